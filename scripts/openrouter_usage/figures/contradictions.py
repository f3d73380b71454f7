"""Finds what the sources of days lack or hold too much, by the keys' counters and the account's lifetime credits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Optional

from openrouter_usage.days import DAY, Span
from openrouter_usage.figures.evidence import CONTRADICTED, ZERO, Evidence, JudgedDay, Shortfall, is_noticeable
from openrouter_usage.figures.windows import LAG, starts
from openrouter_usage.records import A_CENT, Amount, Counters, Reading, Unknown, total

CREDITS_BELOW_DAYS = Unknown("/credits tells less use than the days add up to", "credits_contradicted")
CREDITS_FELL = Unknown("/credits told more use before", "credits_contradicted")
CREDITS_MULTIPLIED = Unknown("/credits tells a multiple of the use that it told before", "credits_contradicted")

CREDITS_LAG = timedelta(minutes=15)
"""How long the credits may lag: a reading so soon after midnight may lack some of the day before."""

REMEMBERED_FOR = DAY
"""How long earlier readings of the credits contradict a lesser one: they may have been the wrong ones."""


def by_floors(found: Evidence, floors: Sequence[Counters]) -> Iterator[Shortfall]:
    """Yields what the completed days of the current week and month lack of what keys alone spent in them."""
    for counters in floors:
        _, week, month = starts(found.on)
        for start, usd in ((week, counters.credits.week), (month, counters.credits.month)):
            days = (start, found.on - DAY)
            if start == found.on:  # no day of the window is completed
                continue
            spent, known = total((usd, _negative(counters.credits.today)), ZERO), _spent(found, days)
            if isinstance(spent, Decimal) and known is not None:
                yield from _shortfall(spent, known, days)


def _negative(usd: Amount) -> Amount:
    return usd if isinstance(usd, Unknown) else -usd


def _spent(found: Evidence, days: Span) -> Optional[Decimal]:
    """Returns the USD of the days of the span, None if one of them is not known, or may not be published yet."""
    known = total((one.usd for one in found.within(days)), ZERO)
    is_open = any(one.is_open and one.analytics is None for one in found.within(days))
    return known if isinstance(known, Decimal) and found.holds(days) and not is_open else None


def _shortfall(spent: Decimal, known: Decimal, days: Span) -> list[Shortfall]:
    return [Shortfall(spent - known, days)] if is_noticeable(spent - known, spent) else []


def _pairs(readings: Sequence[Reading]) -> list[tuple[Reading, Reading]]:
    """Returns pairs of readings: each with the next one, and each with the last one."""
    return [*zip(readings, readings[1:]), *((one, readings[-1]) for one in readings[:-2])]


def credits_gap(found: Evidence, readings: Sequence[Reading]) -> Optional[Unknown]:
    """Returns why the last reading cannot be true: less was used than before, or than on the days, or far more."""
    if not readings:
        return None
    *earlier, last = readings
    known = total((_least(found, one) for one in found.days), ZERO)
    if isinstance(known, Decimal) and is_noticeable(known - last.used, known):
        return CREDITS_BELOW_DAYS
    recent = [one for one in earlier if last.at - one.at <= REMEMBERED_FOR]
    higher = [one for one in recent if is_noticeable(one.used - last.used, one.used)]
    if 2 * len(higher) > len(recent):
        return CREDITS_FELL
    return CREDITS_MULTIPLIED if recent and _is_multiple(found, recent[-1], last) else None


def _least(found: Evidence, one: JudgedDay) -> Amount:
    """Returns the USD of the day that may be right; where one source has a multiple, its count is divided by it."""
    if one.is_disputed:
        return one.counts[0]
    return one.usd / found.factor if found.factor and isinstance(one.usd, Decimal) and len(one.counts) == 1 else one.usd


def _is_multiple(found: Evidence, before: Reading, after: Reading) -> bool:
    """Tells whether a reading is a multiple of the one before it, which all that was spent since does not explain."""
    spent = _spent(found, (before.at.date(), min(after.at.date(), found.on - DAY)))
    live = found.live.usd if found.live else None
    if spent is None or not isinstance(live, Decimal) or before.used < A_CENT:
        return False
    factor, grown = round(after.used / before.used), after.used - before.used
    most = factor * (before.used + spent + live) * (1 + LAG)
    return factor > 1 and grown > 2 * (spent + live) and factor * before.used * (1 - LAG) <= after.used <= most


def by_credits(found: Evidence, readings: Sequence[Reading]) -> Iterator[Shortfall]:
    """Yields what all days lack that the account's lifetime spend touched while it grew."""
    for before, after in _pairs(readings):
        first, last = (before.at - CREDITS_LAG).date(), after.at.date()
        known = _spent(found, (first, min(last, found.on - DAY)))
        if last == found.on:
            live = found.live.usd if found.live else None
            known = known + live if known is not None and isinstance(live, Decimal) else None
        if known is not None and last <= found.on:
            yield from _shortfall(after.used - before.used, known, (first, last))


def with_excess(found: Evidence, readings: Sequence[Reading]) -> Iterator[JudgedDay]:
    """Yields the days; they are contradicted where they add up to more than the lifetime spend grew by around them."""
    excessive: list[Span] = []
    for before, after in _pairs(readings):
        inside = (before.at.date() + DAY, (after.at - CREDITS_LAG).date() - DAY)
        known = _spent(found, inside) if inside[0] <= inside[1] else None
        if known is not None and is_noticeable(known - (after.used - before.used), known):
            excessive.append(inside)
    for one in found.days:
        is_excessive = any(first <= one.day <= last for first, last in excessive)
        yield one._replace(judgement=CONTRADICTED) if is_excessive and one.differs else one
