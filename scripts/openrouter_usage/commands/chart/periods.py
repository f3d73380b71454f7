"""Puts the days of a chart together into weeks, months or years where it has more of them than can be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Callable

from openrouter_usage.commands.chart.records import Bar, Chart, Drawn
from openrouter_usage.days import month_start, week_start
from openrouter_usage.text.bars import full_length

UNITS: dict[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": week_start,
    "month": month_start,
    "year": lambda day: day.replace(month=1, day=1),
}
"""The beginning of what a day belongs to, by what a bar can be of, the shortest first."""


def drawn(chart: Chart, most: int) -> Drawn:
    """Returns at most so many bars, of the shortest unit with which that is possible; today has its own, the last."""
    today = [chart.today] if isinstance(chart.today, Bar) else []
    every = {unit: (*_joined(chart.days, start), *today) for unit, start in UNITS.items()}
    unit = next((unit for unit, bars in every.items() if len(bars) <= most), "year")
    known = [bar.usd if isinstance(bar.usd, Decimal) else None for bar in every[unit]]
    return Drawn(unit, every[unit], full_length(known, may_cut=True))


def _joined(days: Sequence[Bar], start: Callable[[date], date]) -> list[Bar]:
    """Returns the bars of the days that belong together."""
    together: dict[date, list[Bar]] = {}
    for day in days:
        together.setdefault(start(day.first), []).append(day)
    return [_sum(bars) for bars in together.values()]


def _sum(bars: Sequence[Bar]) -> Bar:
    amounts = [bar.usd for bar in bars if isinstance(bar.usd, Decimal)]
    usd = sum(amounts, Decimal(0)) if amounts else bars[0].usd
    parts = tuple(sum(column, Decimal(0)) for column in zip(*(bar.parts for bar in bars if bar.parts)))
    return Bar(bars[0].first, bars[-1].last, usd, parts, sum(bar.unknown_days for bar in bars))
