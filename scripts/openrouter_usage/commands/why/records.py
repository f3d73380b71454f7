"""The vocabulary of `why`: two periods set side by side, and what made the spend of the one differ from the other's."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Optional, Tuple, Union

from openrouter_usage.commands.report.records import Ledger, Query
from openrouter_usage.days import Span, day_count
from openrouter_usage.records import Amount, Note, Unknown, Use


class Periods(NamedTuple):
    """Which completed UTC days are compared with which, all ends included.

    `follows`: the later are as many as the earlier and come right after them. `by` is through whom it is to be told
    besides; None: through nobody.
    """

    later: Span
    earlier: Span
    by: Optional[str] = None

    @property
    def follows(self) -> bool:
        (first, last), (before, until) = self.later, self.earlier
        return last - first == until - before and (first - until).days == 1

    @property
    def lengths(self) -> Tuple[int, int]:
        """How many days the later period has, and the earlier one."""
        return day_count(self.later), day_count(self.earlier)


SHOWN = 8
"""So many rows are shown, and the others taken together."""


class Pair(NamedTuple):
    """What is asked for of each period."""

    later: Query
    earlier: Query


class Sources(NamedTuple):
    """The same asked of who knows it best, and of analytics, which knows more days."""

    best: Pair
    wider: Pair


class Wanted(NamedTuple):
    """What is asked for to compare two periods: the use by model, and by what it is to be told besides, if anything."""

    models: Sources
    through: Optional[Sources]


class Answered(NamedTuple):
    """The answers to a pair of queries; None where nobody knows any of the days. `gap` is why the other source, which
    knows more days, did not tell of them."""

    queries: Pair
    later: Optional[Ledger]
    earlier: Optional[Ledger]
    gap: Optional[Unknown] = None

    @property
    def known(self) -> Tuple[Ledger, ...]:
        return tuple(one for one in (self.later, self.earlier) if one is not None)


class Contrast(NamedTuple):
    """What one account answered of two periods; `through` is None where that was not asked for."""

    models: Answered
    through: Union[Answered, Unknown, None]


class Effects(NamedTuple):
    """What a change in spend is made of, in US dollars of credits; the parts add up to it exactly.

    `new` and `gone`: used in one of the periods alone. `requests`: their number; `size`: prompt and completion tokens
    per request; `price`: credits per token, whatever moved it. `unsplit`: known to have changed, not why.
    """

    new: Decimal
    gone: Decimal
    requests: Decimal
    size: Decimal
    price: Decimal
    unsplit: Decimal


class Shift(NamedTuple):
    """What moved the price of a token most: the `part` of tokens that are "cached", "completion" or of a `provider`,
    from 0 to 1, in the earlier and in the later period."""

    part: str
    before: Decimal
    after: Decimal
    provider: str = ""


class Change(NamedTuple):
    """One model, key or the like in both periods, or all together. `main` are the effects that make most of the
    change, in its direction, the largest first."""

    name: str
    label: str
    before: Use
    after: Use
    usd: Amount
    effects: Union[Effects, Unknown]
    main: Tuple[str, ...] = ()
    shift: Optional[Shift] = None

    @property
    def has_tokens(self) -> bool:
        """Whether tokens were counted in both periods, so that the price is that of a token."""
        counts = [(use.prompt_tokens, use.completion_tokens) for use in (self.before, self.after)]
        return all(isinstance(one, int) for pair in counts for one in pair) and all(map(any, counts))


class Changes(NamedTuple):
    """The changes by one dimension, the largest first, and their sum. `rest` takes together those that are not
    `shown`; `movers` are those that explain the sum."""

    dimension: str
    rows: Tuple[Change, ...]
    rest: Optional[Change]
    total: Change
    movers: Tuple[Change, ...]

    @property
    def shown(self) -> Tuple[Change, ...]:
        return self.rows[:SHOWN]


class Outlier(NamedTuple):
    """The UTC day that cost far more than the others of its period, with the model that did it; `median` is of the
    period's days, `score` the modified z-score."""

    day: date
    usd: Decimal
    median: Decimal
    score: Decimal
    model: str
    label: str
    model_usd: Decimal
    model_median: Decimal


class Explanation(NamedTuple):
    """Why the later period's spend differs from the earlier one's, as every renderer shows it at `now`.

    `day` is of the period that cost more, None where none stands out. `through` is by what was asked for besides;
    None: nothing was. `source` is who told the models, `through_source` who told that, `as_of` the oldest time of
    both, `asker` the key that was answered, `profile` what the keys are called, where that was asked for.
    """

    now: datetime
    as_of: datetime
    demo: bool
    periods: Periods
    source: str
    through_source: str
    asker: str
    models: Union[Changes, Unknown]
    day: Union[Outlier, Unknown, None]
    through: Union[Changes, Unknown, None]
    notes: Tuple[Note, ...]
    profile: str = ""
