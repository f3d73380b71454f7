"""Estimates the level at which an account spends now, and how it grows.

The level may have changed once, on any day, and may since have grown or shrunk by some percent a day. Each such day
and growth is an explanation, weighted by how well it explains the spend: the Bayesian change-point of A. F. M. Smith
(Biometrika, 1975), with days that are gamma distributed. The result is the mean over all explanations; how far they
disagree is part of its doubt.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Callable, NamedTuple

# All figures below were found by bench/backtest.py.
CHANGE = 1 / 50  # the probability that the level changed on a given day
PRIOR = 0.4  # the shape of the gamma prior of a level's inverse: after a change, a hundredth or more is likely enough
LOG_GAMMA_OF_PRIOR = math.lgamma(PRIOR)

# Growth per day, with its prior weight: without the slow ones, steady weeks of slow growth end in too high a level.
GROWTHS = {0.0: 1.0, **{sign * growth: 0.1 for growth in (0.01, 0.02, 0.04) for sign in (1, -1)}}
GROWTH_STEP = 0.01  # how far the true growth may be from the nearest one
GROWTH_DAYS = 10  # the days that it takes to see growth
UNSEEN_DRIFT = 0.04  # the standard deviation of growth that cannot be seen yet

USUAL_NOISE, MOST_NOISE = 0.1, 5.0  # noise before any is seen, and the greatest
MOST_SHAPE = 20.0  # the greatest gamma shape of a day in the search for changes: a fifth more or less is never one
UNSEEN_TAIL = 0.3  # how much more noise there is for each unit of it, since the dearest days have not come yet


class Day(NamedTuple):
    """The spend of a day in USD, and its part of a usual day: 1.4 for a weekday if nothing is spent on weekends."""

    spent: float
    share: float


class Level(NamedTuple):
    """The expected spend per day in USD, by one explanation or by all of them together.

    `doubt` and `drift` are variances: of the logarithm of the level, and of its growth per day (of one explanation: the
    standard deviation). `noise` is the variance of a single day over its squared mean.
    """

    usd: float
    noise: float
    doubt: float
    growth: float
    drift: float


class Stretch(NamedTuple):
    """The last `length` days as if they had one level and growth. `spent` and `squares` are sums, grown to today."""

    log_weight: float
    level: float
    share: float
    spent: float
    squares: float
    length: int
    growth: float


def noise_of(days: Sequence[Day]) -> float:
    """Returns the variance of a usual day over its squared mean, from the differences of successive days.

    A change of level does not disturb these for long (von Neumann, 1941). For gamma distributed days the mean of
    ((a - b) / (a + b))² is noise / (2 + noise). The greater of two means is taken: one sees days without spend
    better, the other dear days.
    """
    usual = [day.spent / day.share for day in days if day.share > 0.1]
    pairs = [((one - next_) ** 2, (one + next_) ** 2) for one, next_ in zip(usual, usual[1:]) if one + next_ > 0]
    if not pairs:
        return USUAL_NOISE
    count = len(pairs) + 1
    scale = sum(whole for _, whole in pairs) / len(pairs)
    assumed = USUAL_NOISE / (2 + USUAL_NOISE)
    by_pair = (assumed + sum(part / whole for part, whole in pairs)) / count
    pooled = (assumed + sum(part for part, _ in pairs) / scale) / count
    most = max(by_pair, pooled)
    return min(MOST_NOISE, 2 * most / (1 - most)) if most < 1 else MOST_NOISE


def current_level(days: Sequence[Day], noise: float) -> Level:
    """Returns the mean of all explanations, with its doubt by the law of total variance.

    How long growth lasts is doubted as much as the growth itself. Of the drift within each explanation the standard
    deviations are averaged, so that a faint suspicion of a change does not widen every range.
    """
    unit = sum(day.spent for day in days) / sum(day.share for day in days)
    found = _explanations([Day(day.spent / unit, day.share) for day in days], noise)
    whole = sum(weight for weight, _ in found)

    def mean(figure: Callable[[Level], float]) -> float:
        return sum(weight * figure(one) for weight, one in found) / whole

    logarithm, growth = mean(lambda one: math.log(one.usd)), mean(lambda one: one.growth)
    doubt = mean(lambda one: one.doubt + (math.log(one.usd) - logarithm) ** 2)
    drift = growth**2 + mean(lambda one: one.drift) ** 2 + mean(lambda one: (one.growth - growth) ** 2)
    usd, spread = unit * mean(lambda one: one.usd), mean(lambda one: one.noise)
    return Level(usd, spread, doubt, growth, drift)


def _explanations(days: Sequence[Day], noise: float) -> list[tuple[float, Level]]:
    """Returns the explanations that are not negligible beside the best one, each with its weight."""
    shape = min(MOST_SHAPE, 1 / noise)
    before = _before(days, shape)
    found = [one for growth in GROWTHS for one in _stretches(days, shape, growth, before)]
    best = max(one.log_weight for one in found)
    return [(math.exp(one.log_weight - best), _level(one, noise)) for one in found if one.log_weight > best - 6]


def _before(days: Sequence[Day], shape: float) -> list[tuple[float, float]]:
    """Returns the log likelihood and the level of the days before each day, if the level changed on it."""
    found = [(0.0, 1.0)]
    share = spent = 0.0
    for day in days[:-1]:
        share, spent = share + day.share, spent + day.spent
        found.append((math.log(CHANGE) + _evidence(share, spent, 1.0, shape), max(1e-9, spent / share)))
    return found


def _evidence(share: float, spent: float, expected: float, shape: float) -> float:
    """Returns the log likelihood of days of one level, less what is the same for all explanations."""
    rate, whole = PRIOR * expected / shape, PRIOR + shape * share
    return math.lgamma(whole) - LOG_GAMMA_OF_PRIOR + PRIOR * math.log(rate) - whole * math.log(rate + spent)


def _stretches(
    days: Sequence[Day], shape: float, growth: float, before: Sequence[tuple[float, float]]
) -> Iterator[Stretch]:
    """Yields the stretch from each day on, its spend at today's level if it has grown like this."""
    share = spent = squares = ages = 0.0
    likely = math.log(GROWTHS[growth])
    for length in range(1, len(days) + 1):
        day, age = days[-length], length - 0.5
        grown_since = math.exp(growth * age)
        share, spent, ages = share + day.share, spent + day.spent * grown_since, ages + day.share * age
        squares += (day.spent * grown_since) ** 2 / max(day.share, 0.1)
        if growth and length < GROWTH_DAYS:
            continue
        past, left = before[-length]
        now = _evidence(share, spent, left, shape) + shape * growth * ages
        level = (PRIOR * left + shape * spent) / (PRIOR + shape * share)
        yield Stretch(past + likely + now, level, share, spent, squares, length, growth)


def _level(one: Stretch, noise: float) -> Level:
    """Returns what a stretch explains. The noise in it counts beside three days of the noise seen before."""
    seen = max(0.0, one.squares * one.share / one.spent**2 - 1) if one.spent > 0 else 0.0
    noise_since = (3 * noise + one.share * seen) / (3 + one.share)
    noise_since *= 1 + UNSEEN_TAIL * noise_since
    step = GROWTH_STEP if one.growth else 0.0
    return Level(
        usd=one.level,
        noise=noise_since,
        doubt=noise_since / (one.share + PRIOR * noise) + (step * one.length / 2) ** 2,
        growth=one.growth,
        drift=UNSEEN_DRIFT if one.length < GROWTH_DAYS else step,
    )
