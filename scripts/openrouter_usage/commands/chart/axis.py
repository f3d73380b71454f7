"""Chooses what stands at the axes of a chart: round amounts, and as many days as have room."""

from decimal import Decimal
from typing import NamedTuple

from openrouter_usage.commands.chart.records import Bar, Drawn
from openrouter_usage.text.dates import MONTHS, short

MOST_TICKS = 4
"""The most amounts above zero."""

ROUND = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))

STRIDES = {"day": (1, 2, 7, 14, 28, 56), "week": (1, 2, 4, 8, 13, 26), "month": (1, 2, 3, 6, 12, 24), "year": (1, 2, 5)}
"""Of how many bars one has its day below it."""

BETWEEN = 2
"""The least columns between two days."""


class Tick(NamedTuple):
    """A round amount in USD, and how it is written."""

    usd: Decimal
    label: str


def ticks(full: Decimal) -> list[Tick]:
    """Returns zero, and round amounts above it, none of them above the full one."""
    if full <= 0:
        return [Tick(Decimal(0), "$0")]
    power = Decimal(1).scaleb((full / MOST_TICKS).adjusted())
    step = next(one * power for one in ROUND if full < one * power * (MOST_TICKS + 1))
    digits = len(f"{step.normalize():f}".partition(".")[2])
    places = max(digits, 2) if digits else 0
    amounts = (step * number for number in range(MOST_TICKS + 1))
    return [Tick(usd, f"${usd:,.{places if usd else 0}f}") for usd in amounts if usd <= full]


def labelled(shown: Drawn, slot: float) -> list[int]:
    """Returns the numbers of the bars that have their day below them, where each bar has so many columns."""
    width = max((len(day(bar, shown.unit)) for bar in shown.bars), default=0) + BETWEEN
    stride = next((one for one in STRIDES[shown.unit] if one * slot >= width), len(shown.bars) or 1)
    return list(range(0, len(shown.bars), stride))


def day(bar: Bar, unit: str) -> str:
    """Returns the day with which a bar begins, as it stands below it; of a month or a year its name."""
    if unit == "year":
        return f"{bar.first.year}"
    if unit == "month":
        return MONTHS[bar.first.month - 1]
    return short(bar.first)
