"""The records of `audit`: what was told about an account, and what stands out in it."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Optional, Union

from openrouter_usage.days import Span
from openrouter_usage.figures.evidence import NOTHING_TOLD, Evidence
from openrouter_usage.rare_records import ByokFees, ListedModels
from openrouter_usage.records import AccountKeys, Count, KeyInfo, Note, Unknown, UsageTable

FLOOR = Decimal(1)
"""The USD below which what may be wasted is worth no line."""


class Facts(NamedTuple):
    """What OpenRouter told about an account at `now`, the oldest of it at `as_of`, to be looked through.

    `span` are the UTC days that are asked about, `days` those of them that are known. `by_model` has the dimensions
    date and model, `by_key` date, model and key. `fees` is None where there was no BYOK to take a fee for, `own` where
    there is no regular key, whose variable is `own_name`.
    """

    now: datetime
    as_of: datetime
    span: Span
    days: tuple[date, ...]
    by_model: Union[UsageTable, Unknown]
    by_key: Union[UsageTable, Unknown]
    listed: Union[AccountKeys, Unknown]
    models: Union[ListedModels, Unknown]
    evidence: Evidence = NOTHING_TOLD
    fees: Union[ByokFees, Unknown, None] = None
    own: Union[KeyInfo, Unknown, None] = None
    own_name: str = ""

    @property
    def is_of_account(self) -> bool:
        """Tells whether anything but the regular key itself is known."""
        return not all(isinstance(one, Unknown) for one in (self.by_model, self.by_key, self.listed))


class Finding(NamedTuple):
    """Something odd or wasteful on these UTC days, both ends included, with the next step.

    `usd` are the credits it is about, None where it is about none; `message` says what they are, and follows them in
    print. `model` is empty where it is about no single one; `keys` are the printed names of all keys that it is about.
    """

    code: str
    usd: Optional[Decimal]
    days: Span
    message: str
    next_step: str
    model: str = ""
    keys: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The one key that it is about, empty if there is none or if there are several."""
        return self.keys[0] if len(self.keys) == 1 else ""


class NotLookedAt(NamedTuple):
    """Something that could not be looked at, and why."""

    what: str
    gap: Unknown


class Audit(NamedTuple):
    """What stands out in an account, dearest first, and what was looked at to find it.

    `scope` is whose figures these are. `keys` are the names of the listed keys, `models` is how many models were used.
    `unlimited` are the keys that can be used and have no limit, `usable` is how many can be used. `key_name` is the API
    key that was answered, `profile` the name of the profile, empty if none was asked for.
    """

    as_of: datetime
    demo: bool
    span: Span
    scope: str
    findings: tuple[Finding, ...]
    days: int
    keys: Union[tuple[str, ...], Unknown]
    models: Count
    unlimited: Union[tuple[str, ...], Unknown]
    usable: int
    not_looked_at: tuple[NotLookedAt, ...]
    notes: tuple[Note, ...]
    key_name: str = ""
    profile: str = ""
