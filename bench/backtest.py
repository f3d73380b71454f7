#!/usr/bin/env python3
"""Prints how well the forecast of prepaid credits meets made-up accounts whose future is known.

Each seed makes an account of each family: its days are spent by a rule whose parameters are drawn
anew, it is looked at on several days at a random hour, with a balance for 2 to 60 days, and the
truth is the instant at which its future has spent that balance, and what it has spent by the end of
the calendar month. The rival is the mean of the last seven completed days. The forecast was tuned on
seeds 1-199 and is judged on others:
    python3 bench/backtest.py --seeds 1001-1400
"""

import argparse
import math
import random
import statistics
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Callable, NamedTuple, Optional, Union

ROOT = Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True  # nothing is left in the folder
sys.path.insert(0, str(ROOT / "scripts"))

from openrouter_usage.days import midnight, month_end
from openrouter_usage.forecast import burn, month, runway
from openrouter_usage.records import Unknown

CAP = 90.0
"""Days; beyond it, and where the balance is never spent, two dates are the same."""
FUTURE = 400
"""Days of spend after the cut; what is left then is never spent."""
AFTER = (1, 3, 5, 7, 10, 14)
"""Completed days after a stop or a switch, at which it is looked at."""


class Account(NamedTuple):
    """Its spend by day, the first completed day first; `changed` is the first day of the new level, if it has one."""

    spend: list[float]
    level: Callable[[int], float]
    known: int
    office: bool
    changed: Optional[int] = None


class Cut(NamedTuple):
    """One look at an account: what is known, and what comes. `truth` is infinite where it is never spent.

    `month` is what the calendar month has cost so far, `rest` what it costs from now to its end.
    """

    family: str
    spend: list[tuple[date, float]]
    now: datetime
    so_far: Optional[float]
    remaining: float
    truth: float
    after: Optional[int]
    month: float
    rest: float


class Score(NamedTuple):
    """One forecast beside the truth; errors in days, both dates capped, or in percent of the month's spend."""

    inside: bool
    error: float
    rival: float
    after: Optional[int]


# The accounts.


def account(family: str, chance: random.Random, **fixed: float) -> Account:
    """One of a family; `fixed` narrows what is drawn, for a look at a part of the range."""
    known = round(chance.choice([chance.uniform(3, 10), chance.uniform(8, 30), chance.uniform(28, 80)]))
    changed = None
    if family in ("stopping", "switching"):
        changed = round(chance.uniform(7, 50))
        known = changed
    level, changes = LEVELS[family](chance, known, fixed)
    noise = fixed.get("cv", chance.uniform(0.1, 0.3 if family == "slow" else 0.8))
    week = weekdays(chance, always=family == "weekly")
    burst = bursts(chance, fixed) if family == "bursty" else (lambda: 1.0)
    base = 10 ** chance.uniform(-2, 2.5)
    length = known + max(AFTER) + 1 + FUTURE
    spend = [base * level(day) * week[day % 7] * burst() * lognormal(chance, noise) for day in range(length)]
    return Account(
        spend, lambda day: base * level(day), known, office=chance.random() < 0.4, changed=changed if changes else None
    )


def lognormal(chance: random.Random, cv: float) -> float:
    """A factor of mean 1."""
    sigma = math.sqrt(math.log1p(cv * cv))
    return math.exp(chance.gauss(-sigma * sigma / 2, sigma))


def weekdays(chance: random.Random, always: bool) -> list[float]:
    """Seven factors of mean 1; flat for most accounts of the other families."""
    if not always and chance.random() < 0.75:
        return [1.0] * 7
    weekend = chance.choice([0.0, 0.0, chance.uniform(0, 0.3), chance.uniform(0.3, 0.7), chance.uniform(1.3, 2.5)])
    factors = [chance.uniform(0.7, 1.3) for _ in range(5)] + [weekend * chance.uniform(0.8, 1.2) for _ in range(2)]
    return [factor * 7 / sum(factors) for factor in factors]


def bursts(chance: random.Random, fixed: dict[str, float]) -> Callable[[], float]:
    """A factor for each day: heavy-tailed days, rare days of many times the usual, or days without any."""
    kind = fixed.get("kind", chance.randrange(3))
    if kind == 0:
        sigma = chance.uniform(0.8, 1.5)
        return lambda: math.exp(chance.gauss(0, sigma))
    if kind == 1:
        often, size = chance.uniform(0.03, 0.2), chance.uniform(5, 30)
        return lambda: size * chance.uniform(0.5, 1.5) if chance.random() < often else 1.0
    active = chance.uniform(0.2, 0.7)
    return lambda: 1.0 if chance.random() < active else 0.0


Level = tuple[Callable[[int], float], bool]


def flat(chance: random.Random, known: int, fixed: dict[str, float]) -> Level:
    return lambda day: 1.0, False


def growing(chance: random.Random, known: int, fixed: dict[str, float]) -> Level:
    """Compound for all the time, or until some day to come; or linear, from a half to five percent of today's."""
    growth = fixed.get("growth", chance.uniform(0.01, 0.05))
    until = known + chance.choice([500, 30, 10])
    if chance.random() < 0.5:
        return lambda day: math.exp(math.log1p(growth) * (min(day, until) - known)), False
    return lambda day: max(0.05, 1 + growth * (min(day, until) - known)), False


def slow(chance: random.Random, known: int, fixed: dict[str, float]) -> Level:
    """Growth of less than half of what is seen at once, on even days: it shows over many weeks alone."""
    return growing(chance, known, {"growth": chance.uniform(0.005, 0.0125), **fixed})


def stopping(chance: random.Random, changed: int, fixed: dict[str, float]) -> Level:
    rest = chance.choice([0.0, 0.0, chance.uniform(0.01, 0.1)])
    return lambda day: 1.0 if day < changed else rest, True


def switching(chance: random.Random, changed: int, fixed: dict[str, float]) -> Level:
    factor = fixed.get("factor", math.exp(chance.uniform(math.log(2), math.log(5)) * chance.choice([1, -1])))
    return lambda day: 1.0 if day < changed else factor, True


LEVELS: dict[str, Callable[[random.Random, int, dict[str, float]], Level]] = {
    "steady": flat,
    "weekly": flat,
    "bursty": flat,
    "growing": growing,
    "slow": slow,
    "stopping": stopping,
    "switching": switching,
}


# The cuts.


def cuts(family: str, seed: int, **fixed: float) -> Iterator[Cut]:
    """Six looks at one account. One of them on a day before the change, where there is one."""
    chance = random.Random(f"{family} {seed}")  # noqa: S311 (it keeps no secret)
    made = account(family, chance, **fixed)
    shift = chance.randrange(7)
    afters = AFTER if made.changed is not None else range(0, 12, 2)
    for after in afters:
        yield cut(family, made, made.known + after, chance, date(2026, 1, 5) + timedelta(days=shift), after)
    if made.changed is not None:
        yield cut(family, made, max(3, made.changed - chance.randrange(4, 20)), chance, date(2026, 1, 5), None)


def cut(family: str, made: Account, day: int, chance: random.Random, first: date, after: Optional[int]) -> Cut:
    """A look at the account in the course of the day of that number; days before it are completed."""
    known = min(day, 80)
    elapsed = chance.random()
    begun = min(1.0, max(0.0, (elapsed - 1 / 3) * 3)) if made.office else elapsed
    so_far = begun * made.spend[day]
    now = datetime.combine(first, datetime.min.time(), timezone.utc) + timedelta(days=day + elapsed)
    usual = max(made.level(day), made.level(max(0, made.known - 1)) / 4 if made.changed else 0.0)
    remaining = usual * math.exp(chance.uniform(math.log(2), math.log(60))) * max(0.2, lognormal(chance, 0.2))
    return Cut(
        family,
        [(first + timedelta(days=one), made.spend[one]) for one in range(day - known, day)],
        now,
        None if chance.random() < 0.1 else so_far,
        remaining,
        lasting(made.spend[day] - so_far, 1 - elapsed, made.spend[day + 1 : day + FUTURE], remaining),
        after if made.changed is not None else None,
        so_far + sum(made.spend[max(0, day - now.day + 1) : day]),
        made.spend[day] - so_far + sum(made.spend[day + 1 : day + 1 + (month_end(now.date()) - now.date()).days]),
    )


def lasting(today: float, rest: float, days: list[float], remaining: float) -> float:
    """Days until it is spent, evenly within each day; today's rest takes `rest` of a day."""
    if remaining <= today:
        return rest * remaining / today
    remaining, passed = remaining - today, rest
    for spent in days:
        if remaining <= spent:
            return passed + remaining / spent
        remaining, passed = remaining - spent, passed + 1
    return math.inf


# The judgement.


def scores(one: Cut) -> Optional[tuple[Score, Score]]:
    """The runway's and the month's; None where the forecast declines for want of days with spend."""
    unfinished = [] if one.so_far is None else [(one.now.date(), one.so_far)]
    burned = burn.of_days(one.spend, one.now.date(), unfinished)
    if isinstance(burned, Unknown) and burned.code == "too_few_days":
        return None
    return of_runway(one, burned), of_month(one, None if isinstance(burned, Unknown) else burned)


def of_runway(one: Cut, burned: Union[burn.Burn, Unknown]) -> Score:
    rival = abs(capped(last_seven(one)) - capped(one.truth))
    if isinstance(burned, Unknown):
        return Score(one.truth >= CAP, CAP - capped(one.truth), rival, one.after)
    told = runway.runway(burned, one.remaining, one.now)
    inside = capped(told.low) <= capped(one.truth) <= capped(told.high)
    return Score(inside, abs(capped(told.days) - capped(one.truth)), rival, one.after)


def of_month(one: Cut, burned: Optional[burn.Burn]) -> Score:
    """What is spent so far is told, so that only the rest of the month can be wrong."""
    told = [float(usd) for usd in month.projected(burned, Decimal(0), one.now)]
    week = [spent for _, spent in one.spend[-7:]]
    left = (midnight(month_end(one.now.date())) - one.now).total_seconds() / 86400 + 1
    rival, whole = sum(week) / len(week) * left, (one.month + one.rest) / 100 or 1.0
    inside = told[1] <= one.rest * (1 + 1e-5) and one.rest <= told[2] * (1 + 1e-5)  # it is told in six digits
    return Score(inside, abs(told[0] - one.rest) / whole, abs(rival - one.rest) / whole, one.after)


def last_seven(one: Cut) -> Optional[float]:
    """The rival's date: the balance over the mean of the last seven completed days, or of as many as there are."""
    week = [spent for _, spent in one.spend[-7:]]
    return one.remaining * len(week) / sum(week) if sum(week) else None


def capped(days: Optional[float]) -> float:
    return CAP if days is None else min(days, CAP)


def judged(family: str, seeds: range, **fixed: float) -> tuple[list[Score], list[Score]]:
    """The scores of the runways, and of the months."""
    both = [found for seed in seeds for one in cuts(family, seed, **fixed) for found in [scores(one)] if found]
    return [runway for runway, _ in both], [month for _, month in both]


def coverage(scores: list[Score]) -> float:
    return sum(one.inside for one in scores) / len(scores) if scores else math.nan


def errors(scores: list[Score]) -> tuple[float, float]:
    """The median errors in days, ours first."""
    return statistics.median(one.error for one in scores), statistics.median(one.rival for one in scores)


def ratio(ours: float, rival: float) -> float:
    return ours / rival if rival else math.nan


def foreseeable(family: str, scores: list[Score]) -> list[Score]:
    """Without those before a stop or a switch, or less than seven days after it."""
    if family not in ("stopping", "switching"):
        return scores
    return [one for one in scores if one.after is not None and one.after >= 7]


def line(name: str, scores: list[Score]) -> str:
    ours, rival = errors(scores)
    return f"{name:10} {coverage(scores):8.1%} {ours:8.2f} {rival:8.2f} {ratio(ours, rival):7.2f} {len(scores):6}"


def printed(title: str, families: dict[str, list[Score]]) -> None:
    print(title)
    for family, scores in families.items():
        print(line(family, scores))
    print(line("pooled", [one for scores in families.values() for one in scores]))
    for family in ("stopping", "switching"):
        by_day = ((after, [one for one in families[family] if one.after == after]) for after in AFTER)
        print(f"{family}, by days after it: " + ", ".join(f"{after}: {coverage(some):.0%}" for after, some in by_day))


def targets(families: dict[str, list[Score]]) -> Iterator[tuple[str, bool]]:
    """Each thing to reach, and whether it is."""
    for family, scores in families.items():
        covered = coverage(foreseeable(family, scores))
        if family in ("stopping", "switching"):
            yield f"{family}: covers {covered:.1%} from 7 days after (to reach: 70-100%)", covered >= 0.7
        else:
            yield f"{family}: covers {covered:.1%} (to reach: 70-92%)", 0.7 <= covered <= 0.92
        ours, rival = errors(scores)
        yield f"{family}: {ratio(ours, rival):.2f} of the rival's error (to reach: at most 1)", ours <= rival
    ours, rival = errors([one for scores in families.values() for one in scores])
    yield f"pooled: {ratio(ours, rival):.2f} of the rival's error (to reach: at most 0.85)", ours <= 0.85 * rival
    ratios = [ratio(*errors(scores)) for scores in families.values()]
    mean = sum(ratios) / len(ratios)
    yield f"mean of the families' ratios: {mean:.2f} (to reach: at most 0.85)", mean <= 0.85


def month_targets(families: dict[str, list[Score]]) -> Iterator[tuple[str, bool]]:
    """Each thing to reach for the end of the month, and whether it is."""
    for family, scores in families.items():
        covered = coverage(foreseeable(family, scores))
        yield f"month, {family}: covers {covered:.1%} (to reach: 70-92%)", 0.7 <= covered <= 0.92
    covered = coverage([one for family, scores in families.items() for one in foreseeable(family, scores)])
    yield f"month, pooled: covers {covered:.1%} (to reach: 72-90%)", 0.72 <= covered <= 0.9
    ours, rival = errors([one for scores in families.values() for one in scores])
    yield f"month, pooled: {ratio(ours, rival):.2f} of the rival's error (to reach: at most 0.85)", ours <= 0.85 * rival


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seeds", default="1001-1400", metavar="A-B")
    first, last = (int(number) for number in options.parse_args().seeds.split("-"))
    both = {family: judged(family, range(first, last + 1)) for family in LEVELS}
    runways, months = ({family: found[place] for family, found in both.items()} for place in (0, 1))
    printed("family     coverage     ours    rival   ratio      n   (median errors in days)", runways)
    printed("\nto the end of the month              (median errors in percent of the month's spend)", months)
    reached = [*targets(runways), *month_targets(months)]
    for text, met in reached:
        print(("met     " if met else "NOT MET ") + text)
    return 0 if all(met for _, met in reached) else 1


if __name__ == "__main__":
    sys.exit(main())
