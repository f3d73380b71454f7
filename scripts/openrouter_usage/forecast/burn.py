"""Models how fast an account burns its credits, from its daily spend."""

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Optional, Union

from openrouter_usage.days import DAY
from openrouter_usage.forecast.levels import UNSEEN_DRIFT, Day, current_level, noise_of
from openrouter_usage.records import FORECAST_DAYS, Unknown

WEEK = 7
ACTIVE_DAYS = 3  # the fewest days with spend for a burn rate
PATTERN_DAYS = 21  # the fewest days for a weekday pattern: three of each weekday

# The figures below, and those in `levels`, were found by bench/backtest.py.
COUNTER_NOISE = 0.67  # the noise of a day if only the sum of several days is known
LEAST_SHARE = 0.01  # the least part of a usual day that a weekday has
OUTLIER = 3.0  # a day so many times as dear as the second dearest is an outlier
MOST_RECURRING = 6.0  # an outlier may come again, at most so many times as dear as the dearest other day
FADING_DAYS = 60.0  # the time in which growth fades
DEVIATIONS = 1.2816  # standard deviations from the median to the outer tenths of a normal distribution

EVEN_WEEK = (1.0,) * WEEK

IDLE = Unknown("nothing was spent in the last 7 days", "idle")
TOO_FEW_ACTIVE = Unknown("fewer than 3 days with spend are known", "too_few_days")
TOO_FEW_COUNTED = Unknown("the key's counters cover fewer than 3 completed days with spend", "too_few_counted")

DailySpend = Sequence[tuple[date, float]]
"""USD by UTC day, in order. Days that are not known are left out."""
Counted = tuple[float, int]
"""USD, and the number of completed UTC days in which they were spent."""


class Burn(NamedTuple):
    """A model of the spend from today on. All uncertainty is a variance of the logarithm of the spend.

    `rate` is in USD per UTC day, averaged over a week. `weekday` are factors of it, Monday first, with a mean of 1.
    `noise` is the variance of one day's spend over its squared mean, `doubt` that of the level. `growth` is relative,
    per day, and `drift` its variance. The model is based on `days` completed UTC days; with `has_pattern` they are
    enough for weekdays.
    """

    rate: float
    weekday: tuple[float, ...]
    noise: float
    doubt: float
    growth: float
    drift: float
    days: int
    has_pattern: bool

    def mean(self, days: float) -> float:
        """Returns the expected spend per day over the next days, in USD."""
        return self.rate * math.exp(self.growth * _mean_age(days))

    def margin(self, days: float) -> float:
        """Returns the factor between the expected mean of the next days and each end of its 80% range (lognormal)."""
        noise = math.log1p(self.noise / days) if days > 0 else 0.0
        return math.exp(DEVIATIONS * math.sqrt(noise + self.doubt + self.drift * _mean_age(days) ** 2))


def _mean_age(days: float) -> float:
    """Returns the mean age of the next days, as growth counts it: it is damped (Gardner and McKenzie, 1985)."""
    part = days / FADING_DAYS
    return days / 2 if part < 1e-4 else FADING_DAYS * (1 + math.expm1(-part) / part)


def of_days(spend: DailySpend, today: date, unfinished: DailySpend = ()) -> Union[Burn, Unknown]:
    """Returns the burn of an account from the completed UTC days before `today`.

    Days before the first spend do not count, and one on which more was refunded than spent counts as one without
    spend. `unfinished` are the days from `today` on, which may still grow.
    """
    spend, unfinished = _without_refunds(spend), _without_refunds(unfinished)
    last_week = [spent for day, spent in spend[-WEEK:] if day >= today - WEEK * DAY]
    if len(last_week) == WEEK and not any(last_week) and not any(spent for _, spent in unfinished):
        return IDLE
    known = _known(spend, today)
    if isinstance(known, Unknown):
        return known
    dates = [day for day, _ in known]
    amounts, noise_left_out = _without_outlier([spent for _, spent in known])
    weekday = weekday_factors(dates, amounts)
    shares = [max(LEAST_SHARE, factor) for factor in weekday or EVEN_WEEK]
    days = [Day(spent, shares[day.weekday()]) for day, spent in zip(dates, amounts)]
    live = _counting(days, [Day(spent, shares[day.weekday()]) for day, spent in unfinished])
    return _burn([*_without_days_off(days), *live], noise_of(days), len(days), weekday, noise_left_out)


def of_counters(
    month: Optional[Counted], week: Optional[Counted], so_far: Optional[float] = None
) -> Union[Burn, Unknown]:
    """Returns the burn of a key from its counters of the completed days of the current month and week.

    A counter that is not known is None, and one below zero tells of no spend. The longer window is spread evenly over
    its days, except for what the shorter one tells about the latest of them. `so_far` is the spend of today.
    """
    long, short = sorted((one or (0.0, 0) for one in (month, week)), key=lambda one: -one[1])
    if not so_far and long[1] >= WEEK and long[0] <= 0:
        return IDLE
    if long[1] < ACTIVE_DAYS or long[0] <= 0:
        return TOO_FEW_COUNTED
    short = (max(0.0, short[0]), short[1])
    earlier = (max(0.0, long[0] - short[0]), long[1] - short[1])
    days = [Day(spent / count, 1.0) for spent, count in (earlier, short) for _ in range(count)]
    live = _counting(days, [] if so_far is None else [Day(so_far, 1.0)])
    return _burn([*days, *live], max(COUNTER_NOISE, noise_of(days)), len(days))


def of_window(spent: float, days: float) -> Burn:
    """Returns the burn of several keys from what they spent in the first days (at least a quarter) of a window."""
    passed = max(days, 0.25)
    return Burn(spent / passed, EVEN_WEEK, COUNTER_NOISE, COUNTER_NOISE / passed, 0.0, UNSEEN_DRIFT, int(days), False)


def _burn(
    days: Sequence[Day], noise: float, basis: int, weekday: Optional[tuple[float, ...]] = None, more_noise: float = 0.0
) -> Burn:
    found = current_level(days, noise)
    uncertain = (found.noise + more_noise, found.doubt, found.growth, found.drift)
    return Burn(found.usd, weekday or EVEN_WEEK, *uncertain, basis, weekday is not None)


# The days that count


def _without_refunds(spend: DailySpend) -> DailySpend:
    """Returns the days without what was refunded on them: it tells nothing of how fast credits are used."""
    return [(day, max(0.0, spent)) for day, spent in spend]


def _known(spend: DailySpend, today: date) -> Union[DailySpend, Unknown]:
    """Returns the days from the first spend on that are looked back on, if enough of them have spend."""
    first = next((number for number, (_, spent) in enumerate(spend) if spent > 0), len(spend))
    known = [(day, spent) for day, spent in spend[first:] if (today - day).days <= FORECAST_DAYS]
    active = sum(spent > 0 for _, spent in known)
    if active >= ACTIVE_DAYS:
        return known
    counted = {0: "no day with spend is", 1: "1 day with spend is"}.get(active, f"{active} days with spend are")
    return TOO_FEW_ACTIVE._replace(reason=f"{counted} known, and it takes {ACTIVE_DAYS}")


def _without_outlier(amounts: Sequence[float]) -> tuple[list[float], float]:
    """Returns the amounts with an outlier reduced to the second dearest day, and the noise that this leaves out.

    This is winsorising (Dixon, 1960). Two such days are no outliers: they recur.
    """
    second = sorted(amounts)[-2]
    counted = [second if spent > OUTLIER * second else spent for spent in amounts]
    mean, most = sum(counted) / len(counted), MOST_RECURRING * max(counted)
    squares = sum((min(spent, most) - kept) ** 2 for spent, kept in zip(amounts, counted))
    return counted, squares / mean**2 / len(counted)


def _without_days_off(days: Sequence[Day]) -> Sequence[Day]:
    """Returns the days without one or two last ones of next to nothing, after a week of several times as much a day.

    They tell nothing yet: after a holiday spending goes on, and a stop is believed on the third day.
    """
    for off in (2, 1):
        before, last = days[-off - WEEK : -off], days[-off:]
        if len(before) >= ACTIVE_DAYS and OUTLIER * max(map(_as_usual, last)) < min(map(_as_usual, before)):
            return days[:-off]
    return days


def _counting(days: Sequence[Day], unfinished: Sequence[Day]) -> list[Day]:
    """Returns those unfinished days that already have more than a usual day of the last week.

    The others tell nothing: half a day is no whole one, and spend is not even around the clock.
    """
    last = days[-WEEK:]
    usual = sum(day.spent for day in last) / sum(day.share for day in last)
    return [day for day in unfinished if _as_usual(day) > usual]


def _as_usual(day: Day) -> float:
    """Returns what would have been spent if the day were a usual one."""
    return day.spent / day.share


def weekday_factors(dates: Sequence[date], amounts: Sequence[float]) -> Optional[tuple[float, ...]]:
    """Returns how the weekdays differ, Monday first; None under three weeks, or if a weekday is not seen twice.

    It is each weekday's mean ratio to the week around it (Macaulay, 1931), shrunk towards 1 (James and Stein, 1961).
    """
    ratios: list[list[float]] = [[] for _ in range(WEEK)]
    for middle in range(3, len(dates) - 3):
        is_complete = (dates[middle + 3] - dates[middle - 3]).days == 6
        around = sum(amounts[middle - 3 : middle + 4])
        if is_complete and around > 0:
            ratios[dates[middle].weekday()].append(7 * amounts[middle] / around)
    if len(dates) < PATTERN_DAYS or min(map(len, ratios)) < 2:
        return None
    means = [sum(one) / len(one) for one in ratios]
    level = sum(means) / 7
    factors = [mean / level for mean in means]
    errors = sum(_squares(one, mean) / (len(one) - 1) / len(one) for one, mean in zip(ratios, means)) / 7
    between = _squares(factors, 1) / 6
    kept = max(0.0, 1 - errors / between) if between > 1e-12 else 0.0
    return tuple(1 + kept * (factor - 1) for factor in factors)


def rounded(estimate: float) -> Decimal:
    """Returns six significant digits, which is more than an estimate is good for."""
    return Decimal(f"{estimate:.6g}")


def _squares(values: Sequence[float], mean: float) -> float:
    return sum((value - mean) ** 2 for value in values)
