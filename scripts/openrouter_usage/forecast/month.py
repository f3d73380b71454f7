"""Projects what will have been spent by the end of a calendar month, from the burn that runways are computed from."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Optional, Union

from openrouter_usage.days import DAY, midnight, month_end
from openrouter_usage.forecast.burn import Burn, rounded
from openrouter_usage.records import Amount, AsOf, Unknown

NOT_PROJECTED = Unknown("it was not projected")


class MonthEnd(NamedTuple):
    """What will have been spent by the end of a UTC month, in USD: the expected sum, and the ends of its 80% range."""

    usd: Decimal
    low: Decimal
    high: Decimal


class Month(NamedTuple):
    """The credits that all keys ("account") or one key ("key") spend in the current UTC month, in USD.

    With `is_named` it is said whose they are, since another's may be meant. `so_far` was told at `as_of`, the spend of
    that day included; `byok` is apart. More may have been spent where it is `at_least`; `lesser` is the lesser count
    where the sources disagree. `gap` is why the spend of all keys is not known where that of one stands in for it.
    `end` is Unknown where nothing can be projected; with `is_idle` nothing more is expected. `budget` is the user's
    own, None where none is set; `passes_on` the UTC day on which it was passed or is expected to be, None where it is
    not, or where that day is not known.
    """

    scope: str
    is_named: bool
    so_far: Amount
    as_of: AsOf
    byok: Amount
    at_least: bool
    lesser: Optional[Decimal]
    gap: Optional[Unknown]
    last: date
    is_idle: bool
    budget: Optional[Decimal]
    end: Union[MonthEnd, Unknown] = NOT_PROJECTED
    passes_on: Optional[date] = None

    @property
    def is_passed(self) -> bool:
        """Tells whether more than the budget is spent already."""
        return self.budget is not None and isinstance(self.so_far, Decimal) and self.so_far > self.budget


def projected(burn: Optional[Burn], so_far: Decimal, at: datetime) -> MonthEnd:
    """Returns the month's spend if `so_far` USD were spent until the instant `at`; without a burn nothing follows.

    The range is that of what is left of the month, so that its low end is never below what is spent.
    """
    if burn is None:
        return MonthEnd(so_far, so_far, so_far)
    expected = sum(usd for _, usd in _days_left(burn, at))
    margin = burn.margin((midnight(month_end(at.date()) + DAY) - at) / DAY)
    return MonthEnd(*(so_far + rounded(rest) for rest in (expected, expected / margin, expected * margin)))


def passing_day(burn: Optional[Burn], so_far: Decimal, at: datetime, budget: Decimal) -> Optional[date]:
    """Returns the UTC day on which the expected spend passes the budget; None if it does not in this month."""
    spent = so_far
    for day, usd in _days_left(burn, at) if burn else ():
        spent += Decimal(usd)
        if spent > budget:
            return day
    return None


def _days_left(burn: Burn, at: datetime) -> Iterator[tuple[date, float]]:
    """Yields the rest of the day `at` and every further UTC day of its month, each with the USD expected in it."""
    day, before = at.date(), 0.0
    while day <= month_end(at.date()):
        over = (midnight(day + DAY) - at) / DAY
        yield day, burn.weekday[day.weekday()] * (over * burn.mean(over) - before * burn.mean(before))
        day, before = day + DAY, over
