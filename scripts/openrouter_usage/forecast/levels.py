"""Weighs at which level, and with what growth, an account spends now.

Spend has a level, which may have changed once on any day, and may grow or shrink by some percent a
day since then. Each such day and growth is weighed by how well it explains what was spent: the
Bayesian change-point of A. F. M. Smith (Biometrika, 1975), with days that are gamma distributed.
What comes of it is the mean over all of them; how far they disagree is a part of its doubt.
"""

import math
from typing import Callable, Iterator, List, NamedTuple, Sequence, Tuple

CHANGE = 1 / 50
"""The chance that the level changed on a given day; here and below, found by bench/backtest.py."""
NEW_LEVEL = 0.4
"""The shape of the gamma prior of a level's inverse: after a change, anything from a hundredth up is likely enough."""
OF_NEW_LEVEL = math.lgamma(NEW_LEVEL)

GROWTHS = {0.0: 1.0, -0.04: 0.1, -0.02: 0.1, 0.02: 0.1, 0.04: 0.1}
"""Growth a day, and how likely each is beside none."""
STEP, UNSEEN, SEEN_IN = 0.01, 0.04, 10
"""Growth: half the distance of two, its doubt before it can be seen, days in which it can."""
USUAL_NOISE, LOUDEST = 0.1, 5.0
"""Noise: before any is seen, and the greatest."""
STEADIEST = 20.0
"""The greatest shape of a day by which changes are looked for: a fifth more or less is never one at once."""
UNSEEN_TAIL = 0.3
"""How much more noise there is for each unit of it, since the dearest days have not come yet."""


class Day(NamedTuple):
    """What was spent, and in which part of a usual day: 1.4 on a weekday where weekends are dead."""

    spent: float
    share: float


class Level(NamedTuple):
    """What all explanations together expect a day. `doubt` and `drift` are variances, of the logarithm of the level
    and of its growth a day; `noise` is that of a single day over its squared mean."""

    usd: float
    noise: float
    doubt: float
    growth: float
    drift: float


class Stretch(NamedTuple):
    """The last days, so many in `length`, as if they had one level and growth; sums over them, grown to today's."""

    log_weight: float
    level: float
    share: float
    spent: float
    squares: float
    length: int
    growth: float


class Run(NamedTuple):
    """One explanation: level, noise and growth since a change. `weight` is not normalised; `drift` is a deviation."""

    weight: float
    level: float
    noise: float
    doubt: float
    growth: float
    drift: float


def noise_of(days: Sequence[Day]) -> float:
    """The variance of a usual day over its squared mean, by differences of a day and the next, which no change of level
    disturbs for long (von Neumann, 1941): for gamma days ((a - b) / (a + b))² is noise / (2 + noise) on average.

    The noisier of two means is taken, one of which sees silent days better, the other dear ones.
    """
    usual = [day.spent / day.share for day in days if day.share > 0.1]
    pairs = [((one - next_) ** 2, (one + next_) ** 2) for one, next_ in zip(usual, usual[1:]) if one + next_ > 0]
    if not pairs:
        return USUAL_NOISE
    count = len(pairs) + 1
    scale = sum(whole for _, whole in pairs) / len(pairs)
    assumed = USUAL_NOISE / (2 + USUAL_NOISE)
    each = (assumed + sum(part / whole for part, whole in pairs)) / count
    pooled = (assumed + sum(part for part, _ in pairs) / scale) / count
    most = max(each, pooled)
    return min(LOUDEST, 2 * most / (1 - most)) if most < 1 else LOUDEST


def level(days: Sequence[Day], noise: float) -> Level:
    """All explanations in one, by the law of total variance; how long growth lasts is doubted as much as it is itself.

    Of the drift within each the deviations are averaged, lest a faint suspicion of a change widen every range.
    """
    unit = sum(day.spent for day in days) / sum(day.share for day in days)
    runs = _runs([Day(day.spent / unit, day.share) for day in days], noise)
    whole = sum(run.weight for run in runs)

    def mean(figure: Callable[[Run], float]) -> float:
        return sum(run.weight * figure(run) for run in runs) / whole

    logarithm, growth = mean(lambda run: math.log(run.level)), mean(lambda run: run.growth)
    doubt = mean(lambda run: run.doubt + (math.log(run.level) - logarithm) ** 2)
    drift = growth**2 + mean(lambda run: run.drift) ** 2 + mean(lambda run: (run.growth - growth) ** 2)
    usd, spread = unit * mean(lambda run: run.level), mean(lambda run: run.noise)
    return Level(usd, spread, doubt, growth, drift)


def _runs(days: Sequence[Day], noise: float) -> List[Run]:
    """The explanations that are not out of the question."""
    shape = min(STEADIEST, 1 / noise)
    before = _before(days, shape)
    found = [one for growth in GROWTHS for one in _stretches(days, shape, growth, before)]
    best = max(one.log_weight for one in found)
    return [_run(one, best, noise) for one in found if one.log_weight > best - 6]


def _before(days: Sequence[Day], shape: float) -> List[Tuple[float, float]]:
    """For a change on each of the days, how likely all before it is with it, and the level that it left.

    A change on the first day is none.
    """
    found = [(0.0, 1.0)]
    share = spent = 0.0
    for day in days[:-1]:
        share, spent = share + day.share, spent + day.spent
        found.append((math.log(CHANGE) + _evidence(share, spent, 1.0, shape), max(1e-9, spent / share)))
    return found


def _evidence(share: float, spent: float, expected: float, shape: float) -> float:
    """The logarithm of the likelihood of days of one level, less what is the same for all explanations."""
    rate, whole = NEW_LEVEL * expected / shape, NEW_LEVEL + shape * share
    return math.lgamma(whole) - OF_NEW_LEVEL + NEW_LEVEL * math.log(rate) - whole * math.log(rate + spent)


def _stretches(
    days: Sequence[Day], shape: float, growth: float, before: Sequence[Tuple[float, float]]
) -> Iterator[Stretch]:
    """From each of the days on, the spend at today's level if it grew so. Growth is not seen in few days."""
    share = spent = squares = ages = 0.0
    likely = math.log(GROWTHS[growth])
    for length in range(1, len(days) + 1):
        day, age = days[-length], length - 0.5
        grown_since = math.exp(growth * age)
        share, spent, ages = share + day.share, spent + day.spent * grown_since, ages + day.share * age
        squares += (day.spent * grown_since) ** 2 / max(day.share, 0.1)
        if growth and length < SEEN_IN:
            continue
        past, left = before[-length]
        now = _evidence(share, spent, left, shape) + shape * growth * ages
        level = (NEW_LEVEL * left + shape * spent) / (NEW_LEVEL + shape * share)
        yield Stretch(past + likely + now, level, share, spent, squares, length, growth)


def _run(one: Stretch, best: float, noise: float) -> Run:
    """The noise that was seen counts beside three days of what was seen before."""
    seen = max(0.0, one.squares * one.share / one.spent**2 - 1) if one.spent > 0 else 0.0
    noise_since = (3 * noise + one.share * seen) / (3 + one.share)
    noise_since *= 1 + UNSEEN_TAIL * noise_since
    step = STEP if one.growth else 0.0
    return Run(
        weight=math.exp(one.log_weight - best),
        level=one.level,
        noise=noise_since,
        doubt=noise_since / (one.share + NEW_LEVEL * noise) + (step * one.length / 2) ** 2,
        growth=one.growth,
        drift=UNSEEN if one.length < SEEN_IN else step,
    )
