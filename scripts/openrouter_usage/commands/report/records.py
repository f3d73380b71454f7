"""The records of `report`: the query, what one account answered to it, and the report that is printed."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Optional, Union

from openrouter_usage import rare_records, records
from openrouter_usage.days import Span
from openrouter_usage.dimensions import ANALYTICS_REACH, DIMENSIONS, PERIODS, TIMES
from openrouter_usage.fetch.redaction import Redaction
from openrouter_usage.figures import rows
from openrouter_usage.figures.evidence import NOTHING_TOLD, Evidence
from openrouter_usage.figures.groups import NO_USE
from openrouter_usage.figures.zones import Zone
from openrouter_usage.records import LAST_USE_NOT_TOLD, NO_REQUESTS, Amount, Name, Note, Unknown, Use
from openrouter_usage.sanitize import clean

BESIDE, ROWS, ALONE = "beside", "rows", "alone"
"""How today appears in a report: as a line outside the total, with its rows above that line, or as its only day."""

AT_LEAST, DISPUTED = "at least", "disputed"
"""How a total is marked that may be more, or another."""


class Filter(NamedTuple):
    """What is left in of one dimension: the name that it is, or a shell pattern; an id as it is.

    With a `redaction`, which numbers the dimension's names, the text is never printed; what it means is known once
    OpenRouter has told the names.
    """

    dimension: str
    text: str
    redaction: Optional[Redaction] = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names or patterns, one of which a row of the answers has to fit; for a key it may be part of its hash."""
        if self.redaction is None:
            return (self.text,)
        return self.redaction.meant(self.dimension, self.text) or ((self.text,) if self.dimension == "key" else ())

    @property
    def shown(self) -> str:
        """The text as it is printed; with a redaction the numbered names that it means, … where it means none."""
        if self.redaction is None:
            return clean(self.text)
        if DIMENSIONS[self.dimension].is_id:
            return self.redaction.number(self.dimension, self.text)
        return ", ".join(self.redaction.meant(self.dimension, self.text)) or "…"

    def is_exactly(self, name: str) -> bool:
        """Tells whether the text means that name of the answers without a change of case."""
        if self.redaction is None:
            return self.text == name
        return self.redaction.is_called(self.dimension, name, self.text)


class Query(NamedTuple):
    """A request for spend grouped by the dimensions `by`, on the days from `first` to `last`, both included.

    They are days of the `zone`, UTC days without one.

    Rows that fit all `filters` are left in. `top` is how many rows are shown (None: all of them).
    `reach` is the part of the days that OpenRouter still has, None if it has none of them. `today` is BESIDE, ROWS,
    ALONE or "" (left out). `by_analytics` makes analytics the source even if /activity has the same rows.
    `picked` are the columns or cells that are shown, in their order; none means all that fit.
    """

    by: tuple[str, ...]
    first: date
    last: date
    filters: tuple[Filter, ...] = ()
    top: Optional[int] = None
    with_credits: bool = True
    reach: Optional[Span] = None
    today: str = ""
    by_analytics: bool = False
    zone: Optional[Zone] = None
    picked: tuple[str, ...] = ()

    @property
    def tz(self) -> str:
        """The name of the zone."""
        return self.zone.name if self.zone else "UTC"

    def day_of(self, at: datetime) -> date:
        """Returns the day of an instant."""
        return self.zone.day_of(at) if self.zone else at.date()

    @property
    def is_live(self) -> bool:
        """Tells whether today, which is not over, is the only day."""
        return self.today == ALONE

    @property
    def has_today_columns(self) -> bool:
        """Tells whether each row has today beside its completed days: by what may be used on both."""
        return self.today == ROWS and not {"date", "hour"} & {*self.by}

    @property
    def is_by_key(self) -> bool:
        """Tells whether the rows are keys, each with its limit and its live counters."""
        return self.by == ("key",)

    @property
    def is_whole(self) -> bool:
        """Tells whether the rows are of the whole account, on UTC days: these can be compared with other sources."""
        return not self.filters and self.zone is None

    @property
    def model(self) -> str:
        """The name or pattern of the models that are left in, empty if all are."""
        return next((one.text for one in self.filters if one.dimension == "model"), "")

    @property
    def key(self) -> Optional[Filter]:
        """The filter of the key that is left in, None if all are."""
        return next((one for one in self.filters if one.dimension == "key"), None)

    @property
    def has_balances(self) -> bool:
        """Tells whether the rows are the days of the whole account, each with its balance."""
        return self.by == ("date",) and self.is_whole

    @property
    def source(self) -> str:
        """The endpoint that has the rows: "activity" groups completed days by model, provider and date; "analytics"
        groups by anything, and has today."""
        if self.is_live or self.by_analytics:
            return "analytics"
        return "activity" if all(DIMENSIONS[one].activity_field for one in self.needed) else "analytics"

    @property
    def by_day(self) -> tuple[str, ...]:
        """The dimensions `by` as they are asked for: the days of a period, and a zone's hours, are summed up here."""
        time = "hour" if self.zone else ""
        return tuple((time or DIMENSIONS[one].base or one) if one in TIMES else one for one in self.by)

    @property
    def is_by_day(self) -> bool:
        """Tells whether the rows are days, or what days have in common, so that a day without use has a row."""
        return len(self.by) == 1 and self.by[0] in TIMES and self.by[0] != "hour"

    @property
    def has_periods(self) -> bool:
        """Tells whether the rows are of periods, each of several days."""
        return bool({*self.by} & {*PERIODS})

    @property
    def needed(self) -> tuple[str, ...]:
        """The dimensions that the rows must have: `by_day`, and those of the filters."""
        hours = ["hour"] if self.zone else []
        return tuple(dict.fromkeys((*self.by_day, *(one.dimension for one in self.filters), *hours)))

    @property
    def has_older_days(self) -> bool:
        """Tells whether analytics has days of what /activity groups by, too, that are older than those of /activity."""
        reach = min(DIMENSIONS[one].reach for one in self.needed)
        return self.source == "activity" and reach == ANALYTICS_REACH

    def columns(self, filtered: Collection[str] = ()) -> tuple[str, ...]:
        """Returns the needed dimensions, without the times, that analytics groups by where it filters some of them."""
        left_out = {one for one in filtered if one not in self.by}
        return tuple(one for one in self.needed if one not in TIMES and one not in left_out)


class OlderDays(NamedTuple):
    """The UTC days of a report of /activity that analytics knew, and the models that nobody gave a name on them.

    `failure` is the reason why it knew none.
    """

    days: tuple[date, ...] = ()
    unnamed: tuple[str, ...] = ()
    failure: Optional[Unknown] = None


class Answers(NamedTuple):
    """The answers of one account to a query.

    `key` is the API key that was answered. `usage` has the rows of /activity (and of the cache) or of analytics, and
    `models` the model of each permaslug in them. `key_list`, `credits` and `today` are None if they were not asked
    for. `readings` are the cached readings of the balance on the query's days, after the last one before them;
    `credits_readings` are the latest if more was used than bought. OpenRouter has applied `filters` to all rows; with
    a filter by key, `key_list` has that key alone. `older` is None unless analytics was asked for days that /activity
    no longer has. `evidence` has what all sources together tell of the account's days. If no row passed one of the
    `filters`, `other_names` has the names that there are in its dimension, dearest first. With a `zone` the days are
    its days, and the rows are by hour, of all UTC days that these touch: `hours_of`.
    """

    key: records.Key
    usage: records.Completed
    key_list: Union[records.AccountKeys, Unknown, None]
    models: Union[dict[str, str], Unknown]
    credits: Union[records.Credits, Unknown, None]
    notes: tuple[Note, ...]
    readings: tuple[records.Reading, ...] = ()
    today: Union[records.TodayUse, Unknown, None] = None
    credits_readings: tuple[records.Reading, ...] = ()
    filters: tuple[rare_records.UsageFilter, ...] = ()
    older: Optional[OlderDays] = None
    evidence: Evidence = NOTHING_TOLD
    other_names: Optional[dict[str, tuple[str, ...]]] = None
    zone: Optional[Zone] = None
    hours_of: tuple[date, ...] = ()

    @property
    def utc_days(self) -> tuple[date, ...]:
        """The UTC days that the rows are of."""
        return self.hours_of if self.zone else self.usage.days

    @property
    def filtered(self) -> tuple[str, ...]:
        """The dimensions of the filters."""
        return tuple(one.dimension for one in self.filters)

    @property
    def table(self) -> records.UsageTable:
        """The rows of the known days, in which models have their own names as far as these are known."""
        table = rows.in_zone(self.usage.table, self.zone) if self.zone else self.usage.table
        return rows.named(table, self.models, self.usage.days)


class KeyFacts(NamedTuple):
    """What the key list says of the keys of one name: how many there are, and the sums of their live counters.

    `limit` is that of a single key. `expires_at` is that of the next key to expire, or else of the last that did.
    `last_used` is the last use of any of them, None if there was none since the end of 2025.
    `marks` are among no_limit, disabled, some_disabled, spent_today or spent_this_week (though disabled), expired,
    still_spending (after its expiry), expires_soon (within 14 days), unused (in the report's days), near_limit and
    not_listed.
    """

    keys: records.Count
    spend: records.Spend
    limit: Union[records.Limit, Unknown, None]
    expires_at: Union[datetime, Unknown, None]
    disabled: Union[bool, Unknown]
    marks: tuple[str, ...]
    last_used: Union[datetime, Unknown, None] = LAST_USE_NOT_TOLD


class PeriodDays(NamedTuple):
    """How many days of the report a row is of, and the USD of credits on one of them on average."""

    days: records.Count
    usd_per_day: Amount


class DayBalance(NamedTuple):
    """The balance of one UTC day: the credits left at its last reading, and those bought since the last reading of an
    earlier day (Unknown without one)."""

    remaining: Amount
    at: datetime
    top_up: Amount


class TodayPart(NamedTuple):
    """The USD of credits that a row's group used today so far, and what that makes with its completed days."""

    usd: Amount
    with_usd: Amount


class ReportRow(NamedTuple):
    """The use of one group, of several groups together, or of all.

    `labels` are the names as they are printed. `share` is the part of the total's credits, `cached_share` that of
    the prompt tokens, both from 0 to 1. `usd_per_million_tokens` is credits and BYOK over prompt and completion tokens
    of `with_tokens`, the part of the use that has any (videos, for one, have none); `usd_per_request` is of all.
    Where the report's days include today, and rows may be of both, `today` is beside all that, and in none of it.
    """

    names: tuple[Name, ...]
    labels: tuple[str, ...]
    use: Use
    share: Amount
    usd_per_million_tokens: Amount
    cached_share: Amount
    with_tokens: Use = NO_USE
    key: Optional[KeyFacts] = None
    balance: Union[DayBalance, Unknown, None] = None
    period: Optional[PeriodDays] = None
    usd_per_request: Amount = NO_REQUESTS
    today: Optional[TodayPart] = None


class Standouts(NamedTuple):
    """The models above a dollar with the most USD per request and per million tokens, and the big one whose prompts
    are least read from cache; None where that is not known, or there is only one."""

    per_request: Optional[ReportRow]
    per_million: Optional[ReportRow]
    least_cached: Optional[ReportRow]


class Breakdown(NamedTuple):
    """The use on some days by group, as OpenRouter reported it at `as_of`.

    `rest` sums up the rows that `--top` leaves out, `lacking` is what other sources have more; `total` includes both.
    `lacking_by_day` are the USD of `lacking` on each UTC day, as far as they are told by day.
    `week_parts` are the USD of a day from Monday to Friday and of one of the weekend, if the rows are days of the week,
    and `odd_days` those of the days that cost far more than the others, with their USD. `mark` is AT_LEAST or DISPUTED
    where the total may be more, or another. `subtotals` are the sums of each time, where the rows are of a time and
    something else. `standouts` is of models. Of all else, but days of the week, `dearest` is the one with the most
    credits (today's too, where the rows have them), and the dearest row in it. `keys` are the rows of keys. All of
    these are of every row, shown or not; where rows are missing, `standouts` and `dearest` are None, `week_parts`
    Unknown and `odd_days` empty.
    """

    as_of: datetime
    rows: tuple[ReportRow, ...]
    rest: Optional[ReportRow]
    total: ReportRow
    lacking: Optional[ReportRow] = None
    week_parts: Optional[tuple[Amount, Amount]] = None
    subtotals: tuple[ReportRow, ...] = ()
    standouts: Optional[Standouts] = None
    dearest: Optional[tuple[ReportRow, ...]] = ()
    mark: str = ""
    odd_days: tuple[tuple[date, Decimal], ...] = ()
    lacking_by_day: tuple[tuple[date, Decimal], ...] = ()
    keys: tuple[ReportRow, ...] = ()

    @property
    def shown(self) -> tuple[ReportRow, ...]:
        """The rows and the rest, without the total."""
        return (*self.rows, *(row for row in (self.rest, self.lacking) if row))


class Report(NamedTuple):
    """Spend broken down as the query asks, with everything that is printed of it at `now`.

    `completed` is the use on `days`, those of the query's days that are known. `cached_days` are those of them that
    only the cache has, `older_days` those that analytics has, and /activity no longer. `today`, the current UTC day so
    far, which no total includes, is None if it was not asked for. `live` names the windows without a completed day, of
    which only the keys' counters know. `key_name` is the API key that was answered, `profile` the name of the profile,
    empty if none was asked for. `with_today` is the total and today's together, None where today is not known.
    """

    now: datetime
    demo: bool
    query: Query
    days: tuple[date, ...]
    cached_days: Optional[Span]
    key_name: str
    completed: Breakdown
    today: Union[Breakdown, Unknown, None]
    credits: Union[records.Balance, Unknown, None]
    credits_as_of: records.AsOf
    live: frozenset[str]
    notes: tuple[Note, ...]
    profile: str = ""
    older_days: Optional[Span] = None
    with_today: Optional[ReportRow] = None
