"""Tells from daily spend how fast an account burns its credits."""

import math
from datetime import date
from typing import List, NamedTuple, Optional, Sequence, Tuple, Union

from openrouter_usage.days import DAY
from openrouter_usage.forecast.levels import UNSEEN, Day, level, noise_of
from openrouter_usage.forecast.weekdays import pattern
from openrouter_usage.records import FORECAST_DAYS, Unknown

MEMORY, NEEDED, WEEK = FORECAST_DAYS, 3, 7
"""Days: what is looked back on, with spend at the least, of silence that is idle."""

COUNTED, FAINT = 0.67, 0.01
"""The noise of a day of which only the sum with others is known; the least part of a usual day that a weekday has.
Here and in `levels` such figures were found by bench/backtest.py."""
OUTLYING, DREADED = 3.0, 6.0
"""How often the second dearest day a dear one has to be to be of its own kind; how often the dearest day that counts
one that does not may come again."""
LASTS = 60.0
"""Days in which growth fades."""
TENTH = 1.2816
"""Standard deviations from the median to the outer tenths of a normal distribution."""

NO_PATTERN = (1.0,) * 7

IDLE = Unknown("nothing was spent in the last 7 days", "idle")
TOO_FEW_DAYS = Unknown("fewer than 3 days with spend are known", "too_few_days")
TOO_FEW_COUNTED = Unknown("the key's counters cover fewer than 3 completed days with spend", "too_few_counted")

Spent = Tuple[float, int]
"""US dollars, and the completed UTC days in which they were spent."""


class Burn(NamedTuple):
    """Spend from today on. What is doubted are variances of its logarithm.

    `rate` is in US dollars a UTC day, on average over a week; `weekday` the factors of it, Monday first, which
    average 1. `noise` is the variance of one day's spend over its squared mean, `doubt` that of the level. `growth`
    is a part of the rate a day, `drift` its variance. It stands on so many `days`, completed in UTC; `has_pattern`
    where they are enough for weekdays.
    """

    rate: float
    weekday: Tuple[float, ...]
    noise: float
    doubt: float
    growth: float
    drift: float
    days: int
    has_pattern: bool


def of_days(
    spend: Sequence[Tuple[date, float]], today: date, unfinished: Sequence[Tuple[date, float]] = ()
) -> Union[Burn, Unknown]:
    """From the completed UTC days before `today` that are known, in order, holes left out.

    Days before the first spend do not count. `unfinished` are days, today the first of them, that may still grow.
    """
    known = [(day, spent) for day, spent in _in_use(spend) if (today - day).days <= MEMORY]
    active = sum(spent > 0 for _, spent in known)
    if not any(spent for _, spent in unfinished) and _silent(spend, today):
        return IDLE
    if active < NEEDED:
        return _too_few(active)
    dates = [day for day, _ in known]
    amounts = _tamed([spent for _, spent in known])
    weekday = pattern(dates, amounts)
    shares = [max(FAINT, factor) for factor in weekday or NO_PATTERN]
    days = [Day(spent, shares[day.weekday()]) for day, spent in zip(dates, amounts)]
    live = _live(days, [Day(spent, shares[day.weekday()]) for day, spent in unfinished])
    noise = _left_out([spent for _, spent in known], amounts)
    return _burn([*_but_days_off(days), *live], noise_of(days), len(days), weekday, noise)


def of_counters(month: Optional[Spent], week: Optional[Spent], so_far: Optional[float] = None) -> Union[Burn, Unknown]:
    """From a key's counters of the completed days of the current month and week; None where one is not known.

    The longer window is spread evenly over its days, but for what the shorter one tells of the latest.
    """
    long, short = sorted((one or (0.0, 0) for one in (month, week)), key=lambda one: -one[1])
    if not so_far and long[1] >= WEEK and long[0] <= 0:
        return IDLE
    if long[1] < NEEDED or long[0] <= 0:
        return TOO_FEW_COUNTED
    earlier = (max(0.0, long[0] - short[0]), long[1] - short[1])
    days = [Day(spent / count, 1.0) for spent, count in (earlier, short) for _ in range(count)]
    live = _live(days, [] if so_far is None else [Day(so_far, 1.0)])
    return _burn([*days, *live], max(COUNTED, noise_of(days)), len(days))


def of_window(spent: float, days: float) -> Burn:
    """From what several spent together in the part of a window that is over: evenly, and not in less than 6 hours."""
    passed = max(days, 0.25)
    return Burn(spent / passed, NO_PATTERN, COUNTED, COUNTED / passed, 0.0, UNSEEN, days=int(days), has_pattern=False)


def _burn(
    days: Sequence[Day], noise: float, basis: int, weekday: Optional[Tuple[float, ...]] = None, more_noise: float = 0.0
) -> Burn:
    found = level(days, noise)
    return Burn(
        rate=found.usd,
        weekday=weekday or NO_PATTERN,
        noise=found.noise + more_noise,
        doubt=found.doubt,
        growth=found.growth,
        drift=found.drift,
        days=basis,
        has_pattern=weekday is not None,
    )


def range_of(burn: Burn, days: float) -> Tuple[float, float]:
    """The mean spend a day over the next days, in US dollars: a tenth of chance that it is less, or more."""
    mean, factor = burn.rate * grown(burn, days), margin(burn, days)
    return mean / factor, mean * factor


def grown(burn: Burn, days: float) -> float:
    """The mean over the next days as a multiple of the rate."""
    return math.exp(burn.growth * _faded(days))


def margin(burn: Burn, days: float) -> float:
    """How many times what is expected the mean over the next days may be, or be less: lognormal, in 8 cases of 10."""
    noise = math.log1p(burn.noise / days) if days > 0 else 0.0
    return math.exp(TENTH * math.sqrt(noise + burn.doubt + burn.drift * _faded(days) ** 2))


def _faded(days: float) -> float:
    """The mean age of the next days, were growth to last; it is damped (Gardner and McKenzie, 1985)."""
    part = days / LASTS
    return days / 2 if part < 1e-4 else LASTS * (1 + math.expm1(-part) / part)


# What is known.


def _in_use(spend: Sequence[Tuple[date, float]]) -> Sequence[Tuple[date, float]]:
    return spend[next((number for number, (_, spent) in enumerate(spend) if spent > 0), len(spend)) :]


def _silent(spend: Sequence[Tuple[date, float]], today: date) -> bool:
    """Whether all of the last seven completed days are known, and nothing was spent in them."""
    last = [spent for day, spent in spend[-WEEK:] if day >= today - WEEK * DAY]
    return len(last) == WEEK and not any(last)


def _too_few(active: int) -> Unknown:
    counted = {0: "no day with spend is", 1: "1 day with spend is"}.get(active, f"{active} days with spend are")
    return TOO_FEW_DAYS._replace(reason=f"{counted} known, and it takes {NEEDED}")


def _tamed(amounts: Sequence[float]) -> List[float]:
    """A dear day of its own kind counts as the second dearest (winsorised, as by Dixon, 1960); two of a kind recur."""
    second = sorted(amounts)[-2]
    return [second if spent > OUTLYING * second else spent for spent in amounts]


def _left_out(amounts: Sequence[float], tamed: Sequence[float]) -> float:
    """The noise of a dear day that does not count: the like of it may come again."""
    mean, most = sum(tamed) / len(tamed), DREADED * max(tamed)
    return sum((min(spent, most) - counted) ** 2 for spent, counted in zip(amounts, tamed)) / mean**2 / len(tamed)


def _but_days_off(days: Sequence[Day]) -> Sequence[Day]:
    """Without one or two last days of next to nothing, after a week in which each had several times as much.

    They say nothing yet: a holiday is over by then, and a stop is believed on the third day.
    """
    for off in (2, 1):
        before, last = days[-off - WEEK : -off], days[-off:]
        if len(before) >= NEEDED and OUTLYING * max(map(_pace, last)) < min(map(_pace, before)):
            return days[:-off]
    return days


def _pace(day: Day) -> float:
    return day.spent / day.share


def _live(days: Sequence[Day], unfinished: Sequence[Day]) -> List[Day]:
    """Days that are not over, each as a whole day once it has more than a usual one of the last week.

    Until then it says nothing: half a day is none, and nobody spends evenly around the clock.
    """
    last = days[-WEEK:]
    usual = sum(day.spent for day in last) / sum(day.share for day in last)
    return [day for day in unfinished if _pace(day) > usual]
