"""Records of the doctor: keys and what they see, the month's counts and why they differ, the whole diagnosis."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Optional, Union

from openrouter_usage import rare_records, records
from openrouter_usage.days import month_start
from openrouter_usage.figures.evidence import Evidence
from openrouter_usage.records import AccountDays, AccountKeys, Amount, AsOf, Completed, Key, KeyInfo, Unknown

if TYPE_CHECKING:
    from openrouter_usage.cache.inventory import Inventory
else:
    Inventory = object  # a name in quotes would be compiled

DAY_MISSING = Unknown("a completed day of the month is not known", records.DAY_NOT_KNOWN.code)


class _Coded(Enum):
    """Members with a code for JSON and words for text, which may be a share of a sentence."""

    def __init__(self, code: str, words: str, is_share: bool = False) -> None:
        self.code = code
        self.words = words
        self.is_share = is_share


class CountedBy(_Coded):
    """The ways to count an account's month."""

    ACTIVITY = "completed", "/activity"
    ACTIVITY_AND_TODAY = "completed_and_today", "/activity with today"
    ANALYTICS = "analytics", "/analytics/query"
    KEY_LIST = "keys", "/keys"
    OWN_KEY = "key", "the key's own counter"
    ALL = "all", "every count"


class Cause(_Coded):
    """The causes of a difference. Those of keys have words for a share of the sentence, all others a whole sentence."""

    TODAY = "today", "/activity alone, and the total of `report`, lack {usd}: today is in no completed day"
    OTHER_KEYS = "other_keys", "other keys{of_its_workspace}", True
    OTHER_WORKSPACES = "other_workspaces", "keys of other workspaces", True
    DISABLED_KEYS = "disabled_keys", "disabled keys", True
    EXPIRED_KEYS = "expired_keys", "expired keys", True
    UNLISTED_KEYS = "unlisted_keys", "keys in no list (made by OAuth{of_other_workspaces} or deleted, perhaps)", True
    NO_KEY = "no_key", "use without a key (the chatroom, perhaps)", True
    OTHER_TIMES = (
        "other_times",
        "Not balanced: {count} and {base} differ by {size}, but the one was told {at}, the other {base_at}",
    )
    UNEXPLAINED = "unexplained", "Unexplained: {count}{with_others} is {size} {direction} than {base}, perhaps {guess}"
    BYOK = "byok", "BYOK, {usd}, is in none of these: a dashboard that adds it shows {base_and_usd}"


class KeyAnswers(NamedTuple):
    """The answers to one key's questions, about the key itself and about its account in the current UTC month.

    `days` are the completed ones by date, last fetched at `days_at` where they are from the cache (None: just now);
    `by_key` is the use by key name and date, `evidence` what all sources of days tell together, `byok_fees` the fee for
    BYOK, which is among the credits. A key that is known to be a regular one is not asked for these.
    """

    key: Key
    profile: str
    info: Union[KeyInfo, Unknown]
    credits: Union[records.Credits, Unknown]
    account: Union[AccountDays, Unknown] = records.NEEDS_MANAGEMENT_KEY
    days: Union[Completed, Unknown] = records.NEEDS_MANAGEMENT_KEY
    days_at: Optional[datetime] = None
    listed: Union[AccountKeys, Unknown] = records.NEEDS_MANAGEMENT_KEY
    by_key: Union[records.UsageTable, Unknown] = records.NEEDS_MANAGEMENT_KEY
    evidence: Optional[Evidence] = None
    byok_fees: Union[rare_records.ByokFees, Unknown] = records.NEEDS_MANAGEMENT_KEY


class Spent(NamedTuple):
    """Credits in USD, and when OpenRouter told them."""

    usd: Amount
    as_of: AsOf


class Counts(NamedTuple):
    """The UTC month of one account up to `now` by each way to count it, in credits.

    `keys` are those listed, without amounts of windows that have ended. `base` is the way to count with
    which all others are compared (None: no such count is known), `today_by` the one for `today` alone. `used` is the
    month that every command goes by: that of the fuller count of each day. `byok` is BYOK spend in
    USD, `byok_fees` OpenRouter's fee for it, which is among the credits.
    """

    answers: KeyAnswers
    now: datetime
    keys: Union[AccountKeys, Unknown]
    month: dict[CountedBy, Spent]
    base: Optional[CountedBy]
    today: Amount
    today_by: CountedBy
    byok: Amount
    used: Amount
    byok_fees: Spent

    @property
    def first(self) -> date:
        """The first day of the month."""
        return month_start(self.now.date())

    @property
    def completed_to(self) -> Optional[date]:
        """The last known completed day; None where there is none."""
        days = self.answers.days
        return days.days[-1] if isinstance(days, Completed) and days.days else None

    @property
    def base_spent(self) -> Spent:
        """The spend by the base; where there is none, what analytics answered."""
        return self.month[self.base or CountedBy.ANALYTICS]

    @property
    def is_known(self) -> bool:
        """Tells whether any count of the whole account is known."""
        return bool(self.base) or not isinstance(self.month[CountedBy.ACTIVITY].usd, Unknown)

    @property
    def is_default_workspace_only(self) -> bool:
        """Tells whether the keys of the default workspace alone could be listed."""
        return isinstance(self.keys, AccountKeys) and self.keys.default_workspace_only

    @property
    def workspaces(self) -> records.Count:
        """The number of workspaces that the listed keys belong to."""
        if isinstance(self.keys, Unknown):
            return self.keys
        if self.keys.workspaces_gap:
            return self.keys.workspaces_gap
        named = {key.workspace for key in self.keys.keys}
        return len(named) if all(isinstance(one, str) for one in named) else records.WORKSPACE_NOT_TOLD


class Difference(NamedTuple):
    """USD that a count lacks of the base, by one cause; negative where it has more.

    `day`: the difference is of that completed UTC day alone.
    """

    counted_by: CountedBy
    cause: Cause
    usd: Decimal
    day: Optional[date] = None


class Reconciliation(NamedTuple):
    """The counts of one account's current UTC month, and why they differ.

    `own_name` is the name of the regular key, "" without one. Its count is compared only where `is_apart` is False:
    the key is of this account (None: not known). `account_of` names another profile with the same account and figures.
    """

    counts: Counts
    own_name: str
    is_apart: Optional[bool]
    differences: tuple[Difference, ...]
    account_of: str = ""


class KeyFound(NamedTuple):
    """A key that was found: masked, with its source, its address and its kind, "regular" or "management".

    `sees` has each thing that a key may see, with None if this one does, or why not.
    """

    name: str
    profile: str
    masked: str
    source: str
    address: str
    kind: Union[str, Unknown]
    sees: tuple[tuple[str, Optional[Unknown]], ...]
    expires_at: Union[datetime, Unknown, None] = None

    @property
    def label(self) -> str:
        """The name that tells the key from those of other profiles."""
        return f"{self.name} ({self.profile})" if self.profile else self.name


class Loss(NamedTuple):
    """What nobody sees any more without a key, the commands that lack it then, and those that do not work then."""

    things: tuple[str, ...]
    lacks: tuple[str, ...]
    stops: tuple[str, ...]


class Diagnosis(NamedTuple):
    """The whole answer of the doctor. `memory` is None where nothing is cached.

    `works` has each command with None if these keys suffice for it, or what is missing. `clock_ahead` is how far this
    machine's clock is ahead of OpenRouter's, where that is known. `versions` are None where a package is not
    installed, `certificates` names the environment variable that sets another bundle. `troubles` are for the user to
    fix.
    """

    as_of: datetime
    demo: bool
    keys: tuple[KeyFound, ...]
    works: tuple[tuple[str, Optional[Unknown]], ...]
    clock_ahead: Optional[timedelta]
    versions: dict[str, Optional[str]]
    proxies: tuple[str, ...]
    certificates: Optional[str]
    profiles: tuple[str, ...]
    reconciliations: tuple[Reconciliation, ...]
    memory: Optional[Inventory]
    troubles: tuple[str, ...]
    exit_code: int
    notes: tuple[records.Note, ...]
