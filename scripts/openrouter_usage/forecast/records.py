"""The records of a forecast: what can be spent and by whom, the burn rate, and how long the balance and limits last."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Optional, Union

from openrouter_usage.records import Amount, Balance, Counters, Limit, Told, Unknown

BALANCE_SCOPE = "balance"
"""The scope of the account's credits. Every other scope is that of a limit."""

KEY_SCOPES = ("key_limit", "api_key", "workspace_default_key")
"""The scopes of limits that a single key spends from. Other keys may spend from any other limit."""

HARMLESS_CODES = ("idle", "too_few_days", "never_funded")
"""The codes of a missing forecast that are no trouble: nothing is spent, spending has just begun, or no credits were
ever bought."""


WARNING_DAYS, CRITICAL_DAYS = 3, 1
"""A runway shorter than so many days is a warning, or critical, unless other thresholds are asked for."""


class Funds(NamedTuple):
    """The balance and the limits that a forecast is about, and the counters of those who spend from them.

    `key` and `account` are None where there is no such key. `others_spend` is False where the key is known to be the
    only one of the account that spent in the current windows. Each instant tells when OpenRouter answered.
    """

    balance: Union[Balance, Unknown]
    balance_at: datetime
    limits: Union[tuple[Limit, ...], Unknown]
    key: Union[Counters, Unknown, None]
    key_at: datetime
    account: Union[Counters, Unknown, None]
    account_at: datetime
    others_spend: Optional[bool]


class Pace(NamedTuple):
    """The expected spend in USD per UTC day, with the 80% range of the mean over the coming week.

    It is based on `days` completed UTC days up to and including `last`: those of the account or, with `of_key`, those
    that a key's own counters cover. BYOK is included with `with_byok`. `weekdays` is the expected spend from Monday to
    Sunday, `weeks` the spend of the last 7 completed days and of the 7 before them. With `of_window` it is the pace of
    all who spend from a limit, in its current window.
    """

    usd: Decimal
    low: Decimal
    high: Decimal
    of_key: bool
    with_byok: bool
    days: int
    last: date
    weekdays: Union[tuple[Decimal, ...], Unknown]
    weeks: Union[tuple[Decimal, Decimal], Unknown]
    of_window: bool = False


class ScopeRunway(NamedTuple):
    """How long the balance or a limit lasts from now on, in days and as UTC dates, with an 80% range.

    All of these are None if it does not run out before the reset at `resets_at` or, without a reset, within ten years.
    `resets` is as in Limit. With `only_free` it is a limit of zero, which no reset ends: free models alone can be
    called.
    """

    scope: str
    remaining: Decimal
    pace: Union[Pace, Unknown]
    days: Optional[Decimal]
    low_days: Optional[Decimal]
    high_days: Optional[Decimal]
    on: Optional[date]
    earliest: Optional[date]
    latest: Optional[date]
    resets: Told
    resets_at: Optional[datetime]
    only_free: bool = False


class UnknownRunway(NamedTuple):
    """The balance or a limit for which no runway can be told."""

    scope: str
    remaining: Amount
    why: Unknown


class Forecast(NamedTuple):
    """The runways of all scopes, soonest first; `first` is None if nothing is known to run out."""

    first: Optional[ScopeRunway]
    scopes: tuple[ScopeRunway, ...]
    unknown: tuple[UnknownRunway, ...]

    @property
    def troubling(self) -> tuple[UnknownRunway, ...]:
        """The scopes without a runway that may block soon, for all that is known."""
        return tuple(one for one in self.unknown if one.why.code not in HARMLESS_CODES)

    @property
    def may_block_first(self) -> Optional[UnknownRunway]:
        """The balance, if it may run out before what is known to block first; None if that blocks already."""
        is_blocked = bool(self.first) and self.scopes[0].remaining <= 0
        return None if is_blocked else next((one for one in self.troubling if one.scope == BALANCE_SCOPE), None)
