"""Tells how many days an amount lasts at a burn rate."""

from datetime import datetime
from typing import Callable, List, NamedTuple, Optional

from openrouter_usage.forecast.burn import Burn, grown, margin

HORIZON = 3650
"""Days; what lasts longer does not run out."""

EXACT = 1e-5
"""The part of itself by which a date may be off: two minutes in four months."""


class Runway(NamedTuple):
    """Days until it is spent: as expected, and with a tenth of chance before `low`, or after `high`. None: not within
    the horizon, so that perhaps it never is."""

    days: Optional[float]
    low: Optional[float]
    high: Optional[float]


def runway(burn: Burn, remaining: float, start: datetime) -> Runway:
    """How long the amount lasts from the start, which is in UTC: through the rest of its day, then by weekdays."""
    if remaining <= 0:
        return Runway(0.0, 0.0, 0.0)
    usual = _usual_days(burn, start)

    def expected(days: float) -> float:
        return burn.rate * grown(burn, days) * usual(days)

    days = _reached(expected, remaining)
    low = _reached(lambda days: expected(days) * margin(burn, days), remaining)
    high = _reached(lambda days: expected(days) / margin(burn, days), remaining)
    return Runway(days, low, high)


def _usual_days(burn: Burn, start: datetime) -> Callable[[float], float]:
    """For days from the start, how many usual ones they come to: whole weeks are leapt, within a day it is even."""
    begun = (start.hour * 3600 + start.minute * 60 + start.second) / 86400
    sums = _sums([burn.weekday[(start.weekday() + ahead) % 7] for ahead in range(7)])

    def since_midnight(days: float) -> float:
        weeks, rest = divmod(days, 7)
        day = min(int(rest), 6)
        return weeks * sums[7] + sums[day] + (rest - day) * (sums[day + 1] - sums[day])

    before = since_midnight(begun)
    return lambda days: since_midnight(begun + days) - before


def _sums(factors: List[float]) -> List[float]:
    return [sum(factors[:count]) for count in range(len(factors) + 1)]


def _reached(path: Callable[[float], float], amount: float) -> Optional[float]:
    """When the rising path comes to the amount, by halving; None beyond the horizon."""
    low, high = 0.0, 1.0
    while path(high) < amount:
        if high >= HORIZON:
            return None
        low, high = high, min(2 * high, float(HORIZON))
    while high - low > EXACT * high:
        middle = (low + high) / 2
        low, high = (middle, high) if path(middle) < amount else (low, middle)
    return high
