"""The vocabulary of the summary: what is shown of each account, and how long it lasts."""

from datetime import date, datetime
from decimal import Decimal
from typing import FrozenSet, NamedTuple, Optional, Tuple, Union

from openrouter_usage.records import (
    A_CENT,
    Amount,
    AsOf,
    Balance,
    Counters,
    FreeRequests,
    Limit,
    Note,
    Spend,
    Told,
    Unknown,
    Use,
)

BALANCE = "balance"
"""The scope of the credits; the others are those of limits."""

OWN = ("key_limit", "api_key", "workspace_default_key")
"""The scopes of limits that a key uses up alone; of any other, other keys may spend, too."""

CALM = ("idle", "too_few_days", "never_funded")
"""Why it is not told how long something lasts, where that is no trouble: nothing is spent, or it has just begun."""


class ModelRow(NamedTuple):
    """One model's use, or that of several taken together, over the table's days, and apart from it that of today so
    far; None where that is not known."""

    model: str
    label: str
    use: Use
    today: Optional[Use] = None

    @property
    def is_new(self) -> bool:
        """Whether it was not used before today."""
        return self.today is not None and not any(self.use)

    @property
    def worth_of_today(self) -> Optional[Amount]:
        """Today's credits, where they come to a cent or more, or are not known though something was used."""
        usd = self.today.usd if self.today else None
        return usd if isinstance(usd, Unknown) or (usd is not None and usd >= A_CENT) else None


class ModelTable(NamedTuple):
    """The account's spend by model over completed UTC days, both ends included, dearest first.

    `today` is the use of the current UTC day so far, which is in no total; None where it was not asked for.
    """

    first: date
    last: date
    total: Amount
    rows: Tuple[ModelRow, ...]
    shown: Tuple[ModelRow, ...]
    rest: Optional[ModelRow]
    today: Union[Use, Unknown, None] = None


class Expiry(NamedTuple):
    """A key that expires within the next 14 days, counted from UTC day to UTC day; negative: it has expired."""

    what: str
    at: datetime
    days: int


class Pace(NamedTuple):
    """What is expected to be spent a UTC day, in US dollars, with the 80% range of the mean over the coming week.

    It stands on so many completed UTC `days`, the last of which is `last`: those of the account, or, where
    `of_key`, the ones that a key's own counters cover; BYOK counts where `with_byok`. `weekdays` is the
    expected spend from Monday to Sunday, `weeks` what was spent in the last 7 completed days and in the 7 before.
    `of_window`: it is that of all who spend of a limit, in the current window of that.
    """

    usd: Decimal
    low: Decimal
    high: Decimal
    of_key: bool
    with_byok: bool
    days: int
    last: date
    weekdays: Union[Tuple[Decimal, ...], Unknown]
    weeks: Union[Tuple[Decimal, Decimal], Unknown]
    of_window: bool = False


class Lasts(NamedTuple):
    """How long the balance, or a limit, lasts from now on, with an 80% range.

    `days`, `low` and `high` are None where it does not run out: within its window, which ends with
    the reset `until`, or else within ten years. `resets` is as in Limit.
    """

    scope: str
    remaining: Decimal
    pace: Union[Pace, Unknown]
    days: Optional[Decimal]
    low: Optional[Decimal]
    high: Optional[Decimal]
    on: Optional[date]
    earliest: Optional[date]
    latest: Optional[date]
    resets: Told
    until: Optional[datetime]


class Untold(NamedTuple):
    """A scope of which it cannot be told how long it lasts."""

    scope: str
    remaining: Amount
    why: Unknown


class Forecast(NamedTuple):
    """How long everything lasts that can block; `first` is what blocks first, None where nothing known runs out."""

    first: Optional[Lasts]
    scopes: Tuple[Lasts, ...]
    untold: Tuple[Untold, ...]


class Block(NamedTuple):
    """What is shown of one account: of the keys of a `profile`, where there are several; `title` tells two accounts
    of the same keys apart.

    `scope` says whose the first line is: "key" or "account". `others_spend` is False where the key is
    known to be the only one that spent in the current windows, `alone` where in the models' days too.
    `percents_used` is of each of the limits, `expires_at` the key's.
    """

    profile: str
    title: str
    scope: str
    key: Union[Counters, Unknown, None]
    key_as_of: AsOf
    account: Union[Counters, Unknown, None]
    account_as_of: AsOf
    others_spend: Optional[bool]
    alone: bool
    balance: Union[Balance, Unknown]
    balance_as_of: AsOf
    limits: Union[Tuple[Limit, ...], Unknown]
    percents_used: Tuple[Optional[int], ...]
    forecast: Union[Forecast, Unknown]
    free_requests: Union[FreeRequests, Unknown]
    free_as_of: AsOf
    models: Union[ModelTable, Unknown]
    models_as_of: AsOf
    today_as_of: AsOf
    expires_at: Union[datetime, Unknown, None]
    expiring: Tuple[Expiry, ...]
    notes: Tuple[Note, ...]

    @property
    def name(self) -> str:
        """What tells it from the other blocks; empty where there is no other."""
        return ", ".join(part for part in (self.profile, self.title) if part)


class Total(NamedTuple):
    """The spend and the balance of so many distinct accounts together.

    Of those of `keys_alone`, by the names of their profiles, only what these keys spent is in it. `as_of` is the
    oldest time of its parts.
    """

    accounts: int
    credits: Spend
    balance: Union[Balance, Unknown]
    keys_alone: Tuple[str, ...]
    as_of: AsOf


class Summary(NamedTuple):
    """All that the summary shows at `now`; no live figure is older than `as_of`.

    `live` names the windows the breakdown holds nothing of yet; `notes` concern all blocks. `total` is made
    where all profiles were asked for.
    """

    now: datetime
    as_of: datetime
    demo: bool
    live: FrozenSet[str]
    blocks: Tuple[Block, ...]
    notes: Tuple[Note, ...]
    total: Union[Total, Unknown, None] = None
