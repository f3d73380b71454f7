"""The records of the summary: the figures of each account, and of all accounts together."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, Optional, Union

from openrouter_usage import records
from openrouter_usage.commands.summary.models import ModelTable
from openrouter_usage.figures.evidence import Evidence
from openrouter_usage.forecast.records import BALANCE_SCOPE, Forecast
from openrouter_usage.records import AsOf, Balance, Completed, Counters, Key, KeyInfo, Limit, Note, Spend, Unknown

if TYPE_CHECKING:
    from openrouter_usage.commands.summary.local_today import LocalToday
    from openrouter_usage.forecast.month import Month
else:
    LocalToday = Month = object  # rarely of use; a name in quotes would be compiled


class AccountAnswers(NamedTuple):
    """Everything that one account answered.

    `own` is the key that `key` is the answer about, `asked_with` the key of all other answers. `manager` is the answer
    about the management key; it and `key` are None where there is no such key. `profile` is the name of the keys'
    profile, where profiles are told apart. `spend` is the answer that has today; `listed` are the keys of the account
    where they were asked for besides. `activity` is of the last 7 completed UTC days, by model; `evidence` has what all
    sources tell of the last 56. `today` is by model, None where that was not asked for. `readings` are the latest of
    the credits if more was used than bought. `floors` are counters of keys that the account's cannot be below.
    """

    profile: Optional[str]
    own: Optional[Key]
    asked_with: Optional[Key]
    key: Union[KeyInfo, Unknown, None]
    manager: Union[KeyInfo, Unknown, None]
    credits: Union[records.Credits, Unknown]
    spend: Union[records.AccountDays, records.AccountKeys, Unknown]
    activity: Union[Completed, Unknown]
    evidence: Evidence
    notes: tuple[Note, ...]
    today: Union[records.TodayUse, Unknown, None] = None
    listed: Union[records.AccountKeys, Unknown, None] = None
    floors: tuple[Counters, ...] = ()
    readings: tuple[records.Reading, ...] = ()

    @property
    def is_by_management(self) -> bool:
        """Tells whether `asked_with` is known to be a management key: by its own answer, or by what it saw."""
        is_told = isinstance(self.manager, KeyInfo) and self.manager.is_management is True
        return is_told or not (isinstance(self.spend, Unknown) and isinstance(self.activity, Unknown))

    @property
    def title(self) -> str:
        """The name that tells two accounts of one profile apart."""
        what = "key" if self.asked_with == self.own else "account"
        return f"{what} of {self.asked_with.name}" if self.asked_with else ""


class Block(NamedTuple):
    """The figures of one account, each with its time.

    `profile` is empty if there are no profiles, `title` tells two accounts of the same keys apart. `scope` is "key" or
    "account": whose spend the first line is. `others_spend` is False if the key is known to be the only one that spent
    in the current windows, and `alone` if it was also the only one in the days of the models. In the windows in
    `at_least` the account may have spent more; `disputed` has the lesser count of those of which the sources disagree.
    `sources` tells of each source of the account's days whether it is known to lack nothing. `expires_at` is the key's;
    `expiring` has the key and the management key if they have expired, or will within 14 days. `by_purchases` is
    purchased minus used as OpenRouter told it; `balance` is Unknown if that is not what can be spent. `month` is the
    current UTC month, None where nobody asked for it. `today_local` is the account's spend today by the machine's time
    zone, None where its day is the UTC day.
    """

    profile: str
    title: str
    scope: str
    key: Union[Counters, Unknown, None]
    key_as_of: AsOf
    account: Union[Counters, Unknown, None]
    account_as_of: AsOf
    at_least: frozenset[str]
    disputed: tuple[tuple[str, Decimal], ...]
    sources: tuple[tuple[str, bool], ...]
    others_spend: Optional[bool]
    alone: bool
    balance: Union[Balance, Unknown]
    balance_as_of: AsOf
    limits: Union[tuple[Limit, ...], Unknown]
    forecast: Union[Forecast, Unknown]
    free_requests: Union[records.FreeRequests, Unknown]
    free_as_of: AsOf
    models: Union[ModelTable, Unknown]
    models_as_of: AsOf
    today_as_of: AsOf
    expires_at: Union[datetime, Unknown, None]
    expiring: dict[str, datetime]
    notes: tuple[Note, ...]
    by_purchases: Union[Balance, Unknown]
    month: Optional[Month] = None
    today_local: Union[LocalToday, Unknown, None] = None

    @property
    def first(self) -> Union[Counters, Unknown, None]:
        """The counters of the first line."""
        return self.key if self.scope == "key" else self.account

    @property
    def first_as_of(self) -> AsOf:
        """The time of the counters of the first line."""
        return self.key_as_of if self.scope == "key" else self.account_as_of

    @property
    def forecast_as_of(self) -> AsOf:
        """The time of the figure that the first runway of the forecast starts from."""
        first = self.forecast.first if isinstance(self.forecast, Forecast) else None
        return self.key_as_of if first and first.scope != BALANCE_SCOPE else self.balance_as_of

    @property
    def sets_key_beside_account(self) -> bool:
        """Tells whether the spend of the key stands beside that of all keys, which may be more."""
        return self.scope == "key" and self.account is not None and self.others_spend is not False

    @property
    def name(self) -> str:
        """The name that tells several blocks apart, empty for a single one."""
        return ", ".join(part for part in (self.profile, self.title) if part)


def credits_of(counters: Union[Counters, Unknown, None]) -> Spend:
    """Returns the credits of each window, or for each of them the reason why the counters are not known."""
    if isinstance(counters, Counters):
        return counters.credits
    gap = counters or Unknown("")
    return Spend(gap, gap, gap)


class Total(NamedTuple):
    """The spend and the balance of several distinct accounts together.

    `keys_alone` are the profiles of which only the spend of their keys is included, not that of the whole account.
    `as_of` is the oldest time of all parts.
    """

    accounts: int
    credits: Spend
    balance: Union[Balance, Unknown]
    keys_alone: tuple[str, ...]
    as_of: AsOf


class Summary(NamedTuple):
    """The figures of all accounts at `now`, of which no live one is older than `as_of`.

    `live` are the windows in which no day is completed yet. `notes` concern all blocks. `total` is None unless all
    profiles were asked for.
    """

    now: datetime
    as_of: datetime
    demo: bool
    live: frozenset[str]
    blocks: tuple[Block, ...]
    notes: tuple[Note, ...]
    total: Union[Total, Unknown, None] = None

    @property
    def every_note(self) -> tuple[Note, ...]:
        """The notes of each account, then those of all accounts."""
        return (*(note for block in self.blocks for note in block.notes), *self.notes)
