"""Computes how many days an amount lasts at a burn rate."""

from datetime import datetime
from typing import Callable, NamedTuple, Optional

from openrouter_usage.forecast.burn import Burn

HORIZON = 3650  # days; an amount that lasts longer does not run out
PRECISION = 1e-5  # the relative error of a result: two minutes in four months


class Runway(NamedTuple):
    """Days until an amount is spent: the expected number, and the ends of the 80% range.

    None means not within the horizon, and perhaps never.
    """

    days: Optional[float]
    low: Optional[float]
    high: Optional[float]


def runway(burn: Burn, remaining: float, start: datetime) -> Runway:
    """Returns how long the amount in USD lasts from the start, an instant in UTC."""
    if remaining <= 0:
        return Runway(0.0, 0.0, 0.0)
    usual = _usual_days(burn, start)

    def expected(days: float) -> float:
        return burn.mean(days) * usual(days)

    return Runway(
        days=_reached(expected, remaining),
        low=_reached(lambda days: expected(days) * burn.margin(days), remaining),
        high=_reached(lambda days: expected(days) / burn.margin(days), remaining),
    )


def _usual_days(burn: Burn, start: datetime) -> Callable[[float], float]:
    """Returns how many usual days, by the weekday factors, the days since the start amount to."""
    begun = (start.hour * 3600 + start.minute * 60 + start.second) / 86400
    factors = [burn.weekday[(start.weekday() + ahead) % 7] for ahead in range(7)]
    sums = [sum(factors[:count]) for count in range(8)]

    def since_midnight(days: float) -> float:
        weeks, rest = divmod(days, 7)
        day = min(int(rest), 6)
        return weeks * sums[7] + sums[day] + (rest - day) * (sums[day + 1] - sums[day])

    before = since_midnight(begun)
    return lambda days: since_midnight(begun + days) - before


def _reached(path: Callable[[float], float], amount: float) -> Optional[float]:
    """Returns when the rising path reaches the amount, by bisection; None if that is beyond the horizon."""
    low, high = 0.0, 1.0
    while path(high) < amount:
        if high >= HORIZON:
            return None
        low, high = high, min(2 * high, float(HORIZON))
    while high - low > PRECISION * high:
        middle = (low + high) / 2
        low, high = (middle, high) if path(middle) < amount else (low, middle)
    return high
