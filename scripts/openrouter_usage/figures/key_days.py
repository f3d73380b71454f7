"""Finds what one key spent on completed UTC days by its own counters, which tell no days.

Its lifetime spend less that of the current day, week or month is its lifetime spend at the midnight (UTC) with which
that began. Two midnights have the spend of the days between them as a sum.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, Optional

from openrouter_usage.days import DAY, Span, day_count, midnight
from openrouter_usage.figures import windows
from openrouter_usage.records import A_CENT, KeyInfo

NEAR_MIDNIGHT = timedelta(minutes=5)
"""How close to a midnight the counters are not believed to be of the same day: they lag by less than a minute, and
clocks may differ by CLOCK_TOLERANCE."""

COMPARED_DAYS = 7
"""The number of days that a comparison is best of: each weekday once."""


class Midnight(NamedTuple):
    """The credits in USD that a key had spent over its lifetime when the UTC day began."""

    day: date
    usd: Decimal


class Stretch(NamedTuple):
    """The credits in USD that a key spent on completed UTC days, both ends included, as a sum."""

    days: Span
    usd: Decimal

    @property
    def number(self) -> int:
        """The number of days."""
        return day_count(self.days)

    @property
    def usd_per_day(self) -> Decimal:
        """The mean of a day."""
        return self.usd / self.number


def told(info: KeyInfo, at: datetime) -> Iterator[Midnight]:
    """Yields the midnights that a regular key's counters tell, as they were answered `at` that instant.

    None near a midnight, where the counters may be of two days, and none by counters that contradict each other.
    """
    total, today = info.counters.total, info.counters.credits.today
    since = at - midnight(at.date())
    if info.is_management is not False or not NEAR_MIDNIGHT <= since <= DAY - NEAR_MIDNIGHT:
        return
    if not isinstance(total, Decimal) or not isinstance(today, Decimal):
        return
    for usd, start in zip(info.counters.credits, windows.starts(at.date())):
        if isinstance(usd, Decimal) and max(today - A_CENT, Decimal(0)) <= usd <= total + A_CENT:
            yield Midnight(start, max(total - usd, Decimal(0)))


def believed(held: Iterable[Midnight]) -> list[Midnight]:
    """Returns the midnights that agree with each other, in order.

    A lifetime does not shrink. Where it did, and the newest midnight has less than an older one, the counter was reset:
    nothing before counts. A single midnight below an older one, with more after it, was wrong; several are a reset.
    """
    every = sorted(dict(held).items())
    found: list[Midnight] = []
    low: list[Midnight] = []
    for one in (Midnight(*pair) for pair in every):
        if found and one.usd < found[-1].usd - A_CENT:
            low.append(one)
            continue
        found = _rising([*low, one]) if len(low) > 1 else [*found, one]
        low = []
    return _rising(low) if low else found


def _rising(low: Sequence[Midnight]) -> list[Midnight]:
    """Returns the last midnights of which none has less than the one before."""
    start = max((place for place in range(1, len(low)) if low[place].usd < low[place - 1].usd - A_CENT), default=0)
    return list(low[start:])


def stretches(held: Sequence[Midnight]) -> list[Stretch]:
    """Returns what was spent between each two believed midnights that follow each other, in order."""
    return [_between(one, other) for one, other in zip(held, held[1:])]


def within(held: Sequence[Midnight], span: Span) -> Optional[Stretch]:
    """Returns what was spent between the first and the last known midnight in the span, None if there are no two."""
    inside = [one for one in held if span[0] <= one.day <= span[1] + DAY]
    return _between(inside[0], inside[-1]) if len(inside) > 1 else None


def compared(held: Sequence[Midnight]) -> Optional[tuple[Stretch, Stretch]]:
    """Returns the last days that are known, and those before them, None if there are no two stretches.

    The last days are as close to seven as can be, those before them at least as many where possible, and as few.
    """
    if len(held) < 3:
        return None
    end = held[-1]
    later = min((_between(one, end) for one in held[1:-1]), key=lambda one: abs(one.number - COMPARED_DAYS))
    start = next(one for one in held if one.day == later.days[0])
    before = [_between(one, start) for one in held if one.day < start.day]
    return later, min(before, key=lambda one: (one.number < later.number, abs(one.number - later.number)))


def _between(one: Midnight, other: Midnight) -> Stretch:
    return Stretch((one.day, other.day - DAY), max(other.usd - one.usd, Decimal(0)))
