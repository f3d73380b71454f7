"""The vocabulary of reports: what is asked for, what was answered, and what is shown."""

from datetime import date, datetime
from decimal import Decimal
from typing import Dict, FrozenSet, NamedTuple, Optional, Tuple, Union

from openrouter_usage.days import Span
from openrouter_usage.dimensions import DIMENSIONS
from openrouter_usage.records import (
    AccountKeys,
    Amount,
    AsOf,
    Balance,
    Completed,
    Count,
    Credits,
    Key,
    Limit,
    Name,
    Note,
    Reading,
    Spend,
    TodayUse,
    Unknown,
    Use,
)

BESIDE, ROWS, ALONE = "beside", "rows", "alone"
"""How today stands in a report: as a line outside the total, with its rows above that line, or as its only day."""


class Query(NamedTuple):
    """What a report is asked for: spend by these dimensions from `first` to `last`, both UTC days included.

    `reach` are those of the days that OpenRouter can still tell, None where there are none.
    `model` is a pattern and `key` a name, empty for all of them; `top` is how many rows are shown.
    `today` says how the current UTC day stands in it: BESIDE, ROWS, ALONE or "", not at all.
    `by_analytics`: it is analytics that is asked, whoever else knows it.
    """

    by: Tuple[str, ...]
    first: date
    last: date
    model: str = ""
    key: str = ""
    top: Optional[int] = None
    with_credits: bool = True
    reach: Optional[Span] = None
    today: str = ""
    by_analytics: bool = False

    @property
    def is_live(self) -> bool:
        """Whether its only day is today, which is not over."""
        return self.today == ALONE

    @property
    def with_today(self) -> bool:
        """Whether today's use so far is to stand beside that of the completed days."""
        return self.today in (BESIDE, ROWS)

    @property
    def is_by_key(self) -> bool:
        """Whether it shows the keys, each with its limit and its live counters."""
        return self.by == ("key",)

    @property
    def has_balances(self) -> bool:
        """Whether it shows what the balance was on each day."""
        return self.by == ("date",) and not self.model and not self.key

    @property
    def source(self) -> str:
        """Who knows it: /activity groups completed days by model, provider and day; analytics groups by anything, and
        knows today."""
        is_analytics = self.is_live or self.by_analytics or self.key
        has_activity = all(DIMENSIONS[one].activity_field for one in self.by)
        return "activity" if has_activity and not is_analytics else "analytics"

    @property
    def needed(self) -> Tuple[str, ...]:
        """The dimensions that the rows must have: `by`, with what the pattern and the name are compared with."""
        wanted = (*self.by, *(["model"] if self.model else []), *(["key"] if self.key else []))
        return tuple(dict.fromkeys(wanted))


class Ledger(NamedTuple):
    """What one account answered to a query, with what was left unanswered.

    `asker` is the key that was answered, `answer` is /activity's (with memory's) or analytics'.
    `slugs` gives the model of each permaslug. `listed` and `credits` are None where they were not
    asked for, nor is `today`. `readings` are those of the query's days, after the last one before them.
    """

    asker: Key
    answer: Completed
    listed: Union[AccountKeys, Unknown, None]
    slugs: Union[Dict[str, str], Unknown]
    credits: Union[Credits, Unknown, None]
    notes: Tuple[Note, ...]
    readings: Tuple[Reading, ...] = ()
    today: Union[TodayUse, Unknown, None] = None


class KeyFacts(NamedTuple):
    """What the key list tells of the keys of one name: how many they are, and their live counters added up.

    `limit` is a single key's, `expires_at` that of the next to expire, else of the last that did.
    `marks` are among no_limit, disabled, some_disabled, expired, expires_soon (within 14 days),
    unused (in the report's days) and not_listed.
    """

    keys: Count
    spend: Spend
    limit: Union[Limit, Unknown, None]
    expires_at: Union[datetime, Unknown, None]
    disabled: Union[bool, Unknown]
    marks: Tuple[str, ...]


class DayBalance(NamedTuple):
    """What the credits were on one UTC day: what was left at the day's last reading, and what was bought since the
    reading before that day's first one (Unknown where there is none)."""

    remaining: Decimal
    at: datetime
    top_up: Amount


class ReportRow(NamedTuple):
    """One group of a report, several taken together, or all.

    `labels` are the names as people read them. `share` is of the total's credits and
    `cached_share` of the prompt tokens, from 0 to 1; `usd_per_million_tokens` is credits and BYOK
    over prompt and completion tokens.
    """

    names: Tuple[Name, ...]
    labels: Tuple[str, ...]
    use: Use
    share: Amount
    usd_per_million_tokens: Amount
    cached_share: Amount
    key: Optional[KeyFacts] = None
    balance: Union[DayBalance, Unknown, None] = None


class Group(NamedTuple):
    """The rows of some days. `rest` takes together those that are not shown; `total` is of all, shown or not."""

    rows: Tuple[ReportRow, ...]
    rest: Optional[ReportRow]
    total: ReportRow

    @property
    def shown(self) -> Tuple[ReportRow, ...]:
        """All but the total."""
        return self.rows if self.rest is None else (*self.rows, self.rest)


class Today(NamedTuple):
    """The use of the current UTC day so far, as OpenRouter told it at `as_of`."""

    day: date
    as_of: datetime
    group: Group


class Report(NamedTuple):
    """Spend broken down as the query asks, as every renderer shows it at `now`.

    `completed` is of `days`, those that are known; `as_of` is when OpenRouter told of the latest of them;
    `remembered` are the days among them that it no longer tells. `today` is in no total; None where
    it was not asked for. `live` names the windows that only live counters know. `profile` names the
    keys it was asked with, where that was asked for.
    """

    now: datetime
    as_of: datetime
    demo: bool
    query: Query
    days: Tuple[date, ...]
    remembered: Optional[Span]
    asker: str
    completed: Group
    today: Union[Today, Unknown, None]
    credits: Union[Balance, Unknown, None]
    credits_as_of: AsOf
    live: FrozenSet[str]
    notes: Tuple[Note, ...]
    profile: str = ""

    @property
    def rows(self) -> Tuple[ReportRow, ...]:
        return self.completed.rows

    @property
    def rest(self) -> Optional[ReportRow]:
        return self.completed.rest

    @property
    def total(self) -> ReportRow:
        return self.completed.total
