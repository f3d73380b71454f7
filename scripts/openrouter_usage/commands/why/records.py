"""The records of `why`: two periods, the use in them, and what made the spend of one differ from the other's."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Optional, Union

from openrouter_usage.commands.report import reach
from openrouter_usage.commands.report.records import Answers, Query
from openrouter_usage.days import Span, day_count
from openrouter_usage.figures.outliers import Outlier
from openrouter_usage.records import A_CENT, Amount, Name, Note, Unknown, Use

LAST_DAYS, DAYS, WEEK, MONTH, LAST_MONTH = "last_days", "days", "week", "month", "last_month"
"""What two periods are: the last days where none are asked for, days of one's choice, calendar weeks, the same days of
two months, or the last two months."""

MOST_MOVERS = 3
MOVER_PART = Decimal("0.25")
"""The part of the largest change that another one has to make up to be named beside it."""

OUTLIER_PART = Decimal("0.25")
"""The part of a change that the spend of one day above the usual has to make up to be told first."""

BYOK_PART = Decimal("0.25")
"""The part of a change in credits that the change in BYOK has to make up to be told beside it."""

MAIN_PART = Decimal("0.67")
"""The part of a change that an effect has to make up to be named alone."""


class Periods(NamedTuple):
    """The two periods to compare, in completed UTC days, both ends included.

    `by` is the dimension by which changes are shown in addition to the models, None for the models alone. `kind` is
    one of LAST_DAYS, DAYS, WEEK, MONTH and LAST_MONTH. `year` is the current one, which is left out of dates.
    """

    later: Span
    earlier: Span
    by: Optional[str] = None
    kind: str = DAYS
    year: int = 0

    @property
    def lengths(self) -> tuple[int, int]:
        """The number of days of the later period, and of the earlier one."""
        return day_count(self.later), day_count(self.earlier)


class Comparison(NamedTuple):
    """The usage in both periods, the later period first: the query for each, and the answers to it.

    The answers are None if no day of the period is known. `gap` is the reason why analytics, which reaches back
    farther, did not have it all.
    """

    usage: tuple[tuple[Query, Optional[Answers]], ...]
    gap: Optional[Unknown] = None

    @property
    def query(self) -> Query:
        """The query for the later period; that for the earlier one differs in nothing but its days."""
        return self.usage[0][0]

    @property
    def answers(self) -> list[Answers]:
        """The answers for each period of which a day is known, the later period first."""
        return [answers for _, answers in self.usage if answers]

    @property
    def is_partial(self) -> bool:
        """Tells whether OpenRouter left rows out of an answer."""
        return any(answers.usage.table.partial for answers in self.answers)

    @property
    def missing(self) -> list[Span]:
        """The days of both periods that are not known, as spans of consecutive UTC days, the earlier period first."""
        known = [(query, answers.usage.days if answers else ()) for query, answers in reversed(self.usage)]
        return [span for query, days in known for span in reach.missing(query, days, date.min, date.min)]

    @property
    def is_complete(self) -> bool:
        """Tells whether every row of every day is known."""
        return not self.is_partial and not self.missing


Usage = tuple[Comparison, Union[Comparison, Unknown, None]]
"""The usage by model, and by the dimension of the periods: None without one, Unknown if there is no answer."""


class Effects(NamedTuple):
    """The parts of a change in spend, in US dollars of credits; they add up to the change exactly.

    `new` and `gone` were used in one of the periods alone. `requests` is due to the number of requests, `size` to the
    prompt and completion tokens of each, `price` to the credits for each token. `unsplit` has no known cause.
    """

    new: Decimal
    gone: Decimal
    requests: Decimal
    size: Decimal
    price: Decimal
    unsplit: Decimal


class Shift(NamedTuple):
    """The likely cause of a change in the price of a token: the share of "cached" tokens, of "completion" tokens, or
    of a "provider", from 0 to 1, in the earlier and in the later period."""

    part: str
    before: Decimal
    after: Decimal
    provider: str = ""


class Change(NamedTuple):
    """The change of a model, key or other name, or of all names together.

    `untold` names the effects that are zero only because they are not known: what they come to is unsplit.
    """

    name: Name
    label: str
    before: Use
    after: Use
    effects: Union[Effects, Unknown]
    shift: Optional[Shift] = None
    untold: tuple[str, ...] = ()

    @property
    def usd(self) -> Amount:
        """The change in USD."""
        return self.effects if isinstance(self.effects, Unknown) else sum(self.effects, Decimal(0))

    @property
    def noticeable(self) -> Decimal:
        """The change in USD, zero if it is less than a cent or not known."""
        return Decimal(0) if isinstance(self.usd, Unknown) or abs(self.usd) < A_CENT else self.usd

    @property
    def main(self) -> tuple[str, ...]:
        """The largest effect in the direction of the change, and the second one unless the first is most of it."""
        if isinstance(self.effects, Unknown) or not self.noticeable:
            return ()
        along = {name: abs(usd) for name, usd in self.effects._asdict().items() if usd * self.noticeable > 0}
        first, *others = sorted(along, key=lambda name: -along[name])
        is_most = along[first] >= MAIN_PART * sum(along.values(), Decimal(0))
        return (first,) if is_most else (first, *others[:1])


class Changes(NamedTuple):
    """The changes by one dimension, the largest first, and their sum."""

    dimension: str
    rows: tuple[Change, ...]
    total: Change

    @property
    def movers(self) -> tuple[Change, ...]:
        """The rows that changed most, up or down, MOST_MOVERS at most; one of them went the way of the total."""
        changed = [row for row in self.rows if row.noticeable]
        largest = abs(changed[0].noticeable) if changed else Decimal(0)
        named = [row for row in changed if abs(row.noticeable) >= MOVER_PART * largest][:MOST_MOVERS]
        along = [row for row in changed if row.noticeable * self.total.noticeable > 0]
        if along and along[0] not in named:
            named = [*named[: MOST_MOVERS - 1], along[0]]
        return tuple(named)

    @property
    def byok(self) -> Amount:
        """The change of BYOK in USD."""
        before, after = self.total.before.byok_usd, self.total.after.byok_usd
        return before if isinstance(before, Unknown) else after if isinstance(after, Unknown) else after - before


class Explanation(NamedTuple):
    """Why the later period's spend differs from the earlier one's, with everything that is printed of it.

    `outlier` is a day of the period that cost more, None if no day stands out. `by_other` has the changes by the
    dimension `periods.by`, None without one; `other_source` is the endpoint that has them. `as_of` is the time of the
    oldest answer, `key_name` the API key that was answered, `profile` the name of the profile, if one was asked for.
    `totals` are the USD of the earlier and of the later period by the fuller count of each day, if that is known.
    """

    as_of: datetime
    demo: bool
    periods: Periods
    source: str
    other_source: str
    key_name: str
    by_model: Union[Changes, Unknown]
    outlier: Union[Outlier, Unknown, None]
    by_other: Union[Changes, Unknown, None]
    notes: tuple[Note, ...]
    profile: str = ""
    totals: Optional[tuple[Decimal, Decimal]] = None

    @property
    def is_of_one_day(self) -> bool:
        """Tells whether the day that stood out makes up a considerable part of the change."""
        if not isinstance(self.outlier, Outlier) or not isinstance(self.by_model, Changes):
            return False
        change = abs(self.by_model.total.noticeable)
        return 0 < OUTLIER_PART * change <= self.outlier.usd - self.outlier.median
