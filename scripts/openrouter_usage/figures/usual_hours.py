"""Tells whether an account spent unusually much today, or in the last hour, by its own days of the last four weeks."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import NamedTuple, Optional

from openrouter_usage.days import HOUR, midnight

USUAL_DAYS = 28
"""The completed UTC days that tell what is usual: four of each weekday."""

ENOUGH_DAYS = 7
"""The days with spend before which nothing is called unusual."""

FACTOR = Decimal(3)
"""How many times the usual a spike is, unless another factor is asked for."""

HEADROOM, HEADROOM_OF_AN_HOUR = Decimal(2) / 3, Decimal(5) / 6
"""The parts of the factor by which a spike of today is above the dear days, too, and one of an hour above their dearest
hours. With the factor of 3 made-up accounts with weekends, batches and growth had one false alarm in 15 months."""

DAYS_FOR_A_DEAR_ONE = 14
"""Of so many days one may have been a spike itself, which does not tell what a dear day is."""

FLOOR = Decimal(1)
"""USD above the usual that a spike has at least: for less nobody has to look."""


class Hours(NamedTuple):
    """What an account spent in USD of credits by hour: 24 amounts of each completed UTC day that is known.

    `today` are those of the current day up to `at`, `so_far` is their sum by the fuller count. `dearest` is the model
    that cost most today and in the last completed hour, empty where that is not known, or some of today has no model.
    """

    days: tuple[tuple[Decimal, ...], ...]
    today: tuple[Decimal, ...]
    so_far: Decimal
    at: datetime
    dearest: tuple[str, str] = ("", "")


class SpendSoFar(NamedTuple):
    """What was spent in USD from one instant until another, and what an account usually spends until `usual_until`.

    `window` is today or hour. From `bound` on it is a spike. `model` is the one that cost most.
    """

    window: str
    since: datetime
    until: datetime
    usd: Decimal
    usual: Decimal
    usual_until: datetime
    bound: Decimal
    model: str

    @property
    def is_spike(self) -> bool:
        """Tells whether it is unusually much."""
        return self.usd >= self.bound

    @property
    def times(self) -> Optional[Decimal]:
        """How many times the usual it is; None where nothing is usual."""
        return self.usd / self.usual if self.usual > 0 else None


def paces(hours: Hours, factor: Decimal) -> tuple[SpendSoFar, ...]:
    """Returns the pace of today and of the last completed hour of today; none where too few days are known."""
    days = [day for day in hours.days if any(day)]
    return tuple(_paces(hours, days, factor)) if len(days) >= ENOUGH_DAYS else ()


def _paces(hours: Hours, days: Sequence[Sequence[Decimal]], factor: Decimal) -> Iterator[SpendSoFar]:
    """Yields the pace of today, which is compared with the usual one until the end of the current hour, and the hour's.

    A spike is above the dear days as a whole, too: else a day that is only early would be one.
    """
    start, begun = midnight(hours.at.date()), hours.at.replace(minute=0, second=0, microsecond=0)
    usual = median([sum(day[: hours.at.hour + 1], Decimal(0)) for day in days])
    dear = max(factor * HEADROOM, Decimal(1)) * _dear([sum(day, Decimal(0)) for day in days])
    bound = max(factor * usual, usual + FLOOR, dear)
    yield SpendSoFar("today", start, hours.at, hours.so_far, usual, begun + HOUR, bound, hours.dearest[0])
    if hours.at.hour:
        last = hours.at.hour - 1
        usual = median([day[last] for day in days])
        dear = max(factor * HEADROOM_OF_AN_HOUR, Decimal(1)) * _dear([max(day) for day in days])
        bound = max(factor * usual, usual + FLOOR, dear)
        yield SpendSoFar("hour", begun - HOUR, begun, hours.today[last], usual, begun, bound, hours.dearest[1])


def _dear(peaks: Sequence[Decimal]) -> Decimal:
    """Returns the highest of the days' amounts, but for those that may have been spikes."""
    return sorted(peaks, reverse=True)[len(peaks) // DAYS_FOR_A_DEAR_ONE]
