"""The records of `why`: two periods, the use in them, and what made the spend of one differ from the other's."""

from datetime import date, datetime
from decimal import Decimal
from typing import List, NamedTuple, Optional, Tuple, Union

from openrouter_usage.commands.report import reach
from openrouter_usage.commands.report.records import Answers, Query
from openrouter_usage.days import Span, day_count
from openrouter_usage.records import A_CENT, Amount, Note, Unknown, Use

ROWS_SHOWN = 8
"""The rows of a table that are printed; the others are summed up."""

MAIN_PART = Decimal("0.67")
"""The part of a change that an effect has to make up to be named alone."""


class Periods(NamedTuple):
    """The two periods to compare, in completed UTC days, both ends included.

    `by` is the dimension by which changes are shown in addition to the models, None for the models alone.
    """

    later: Span
    earlier: Span
    by: Optional[str] = None

    @property
    def lengths(self) -> Tuple[int, int]:
        """The number of days of the later period, and of the earlier one."""
        return day_count(self.later), day_count(self.earlier)


class PeriodUsage(NamedTuple):
    """The query for one period, and the answers to it, None if no day of the period is known."""

    query: Query
    answers: Optional[Answers]

    @property
    def days(self) -> Tuple[date, ...]:
        """The UTC days that are known."""
        return self.answers.usage.days if self.answers else ()


class Comparison(NamedTuple):
    """The usage in both periods; `gap` is the reason why analytics, which reaches back farther, did not have it all."""

    later: PeriodUsage
    earlier: PeriodUsage
    gap: Optional[Unknown] = None

    @property
    def answers(self) -> Tuple[Answers, ...]:
        """The answers for each period of which a day is known, the later period first."""
        return tuple(usage.answers for usage in (self.later, self.earlier) if usage.answers)

    @property
    def is_partial(self) -> bool:
        """Tells whether OpenRouter left rows out of an answer."""
        return any(answers.usage.table.partial for answers in self.answers)

    @property
    def missing(self) -> List[Span]:
        """The days of both periods that are not known, as spans of consecutive UTC days, the earlier period first."""
        usages = (self.earlier, self.later)
        return [span for one in usages for span in reach.missing(one.query, one.days, date.min, date.min)]

    @property
    def is_complete(self) -> bool:
        """Tells whether every row of every day is known."""
        return not self.is_partial and not self.missing


class Usage(NamedTuple):
    """The usage by model, and by the dimension of the periods: None without one, Unknown if there is no answer."""

    by_model: Comparison
    by_other: Union[Comparison, Unknown, None]


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
    """The change of a model, key or other name, or of all names together."""

    name: str
    label: str
    before: Use
    after: Use
    effects: Union[Effects, Unknown]
    shift: Optional[Shift] = None

    @property
    def usd(self) -> Amount:
        """The change in USD."""
        return self.effects if isinstance(self.effects, Unknown) else sum(self.effects, Decimal(0))

    @property
    def main(self) -> Tuple[str, ...]:
        """The largest effect in the direction of the change, and the second one unless the first is most of it."""
        change = self.usd
        if isinstance(self.effects, Unknown) or isinstance(change, Unknown) or abs(change) < A_CENT:
            return ()
        along = {name: abs(amount) for name, amount in self.effects._asdict().items() if amount * change > 0}
        first, *others = sorted(along, key=lambda name: -along[name])
        is_most = along[first] >= MAIN_PART * sum(along.values(), Decimal(0))
        return (first,) if is_most else (first, *others[:1])


class Changes(NamedTuple):
    """The changes by one dimension, the largest first, and their sum.

    `rest` sums up the rows that are not `shown`. `movers` are the rows that explain the sum.
    """

    dimension: str
    rows: Tuple[Change, ...]
    rest: Optional[Change]
    total: Change
    movers: Tuple[Change, ...]

    @property
    def shown(self) -> Tuple[Change, ...]:
        """The rows of the printed table."""
        return self.rows[:ROWS_SHOWN]


class Outlier(NamedTuple):
    """A UTC day that cost far more than the others of its period, and the model that was most above its own median.

    `median` is that of the period's days, `score` the modified z-score of the day.
    """

    day: date
    usd: Decimal
    median: Decimal
    score: Decimal
    model: str
    label: str
    model_usd: Decimal
    model_median: Decimal


class Explanation(NamedTuple):
    """Why the later period's spend differs from the earlier one's, with everything that is printed of it.

    `outlier` is a day of the period that cost more, None if no day stands out. `by_other` has the changes by the
    dimension `periods.by`, None without one; `other_source` is the endpoint that has them. `as_of` is the time of the
    oldest answer, `key_name` the API key that was answered, `profile` the name of the profile, if one was asked for.
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
    notes: Tuple[Note, ...]
    profile: str = ""
