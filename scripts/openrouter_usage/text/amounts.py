"""Writes the figures of a table, each in a few characters."""

from decimal import ROUND_HALF_UP, Decimal

from openrouter_usage.records import NOT_APPLICABLE, Amount, Count, Unknown
from openrouter_usage.text.money import dollars

UNITS = ("", "k", "M", "B", "T")


def hole(gap: Unknown) -> str:
    return "–" if gap in NOT_APPLICABLE else "?"


def money(amount: Amount) -> str:
    return hole(amount) if isinstance(amount, Unknown) else dollars(amount)


def percent(share: Amount) -> str:
    """Whole percent: 0% and 100% only of nothing and of all."""
    if isinstance(share, Unknown):
        return hole(share)
    percent = int((share * 100).to_integral_value(ROUND_HALF_UP))
    if percent == 0 and share > 0:
        return "<1%"
    return "99%" if percent == 100 and share < 1 else f"{percent}%"


def exactly(count: Count) -> str:
    return hole(count) if isinstance(count, Unknown) else str(count)


def roughly(count: Count) -> str:
    """Two or three figures: 940, 8.8k, 512k, 1.2M, 3.4B."""
    if isinstance(count, Unknown):
        return hole(count)
    size, unit = Decimal(count), 0
    while size >= (Decimal("999.5") if unit else 1000) and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    places = Decimal("0.1") if unit and size < Decimal("9.95") else Decimal(1)
    return f"{size.quantize(places, ROUND_HALF_UP)}{UNITS[unit]}"
