"""Writes dollars, percentages and counts in a few characters."""

from decimal import ROUND_HALF_UP, Decimal

from openrouter_usage.records import A_CENT, NOT_APPLICABLE, Amount, Count, Unknown

MAGNITUDES = ("", "k", "M", "B", "T")


def dollars(amount: Amount) -> str:
    """Returns "$3.42", "-$3.42", "<$0.01" between nothing and a cent, or "unknown"."""
    if isinstance(amount, Unknown):
        return "unknown"
    size, sign = abs(amount), "-" if amount < 0 else ""
    return f"{sign}<$0.01" if 0 < size < A_CENT else f"{sign}${size.quantize(A_CENT, ROUND_HALF_UP)}"


def signed(amount: Decimal) -> str:
    """Returns dollars with a sign, "+$3.42" or "-$3.42"."""
    return f"{'+' if amount > 0 else ''}{dollars(amount)}"


# Cells of a table


def unknown_mark(gap: Unknown) -> str:
    """Returns a dash if there is nothing to know, else a question mark."""
    return "–" if gap in NOT_APPLICABLE else "?"


def money(amount: Amount) -> str:
    """Returns dollars, or the sign for what is not known."""
    return unknown_mark(amount) if isinstance(amount, Unknown) else dollars(amount)


def percent(share: Amount) -> str:
    """Returns whole percent of a share from 0 to 1: 0% only for nothing, 100% only for the whole."""
    if isinstance(share, Unknown):
        return unknown_mark(share)
    percent = int((share * 100).to_integral_value(ROUND_HALF_UP))
    if percent == 0 and share > 0:
        return "<1%"
    return "99%" if percent == 100 and share < 1 else f"{percent}%"


def exactly(count: Count) -> str:
    """Returns all digits of a count."""
    return unknown_mark(count) if isinstance(count, Unknown) else str(count)


def roughly(count: Count) -> str:
    """Returns the first two or three digits of a count: 940, 8.8k, 512k, 1.2M, 3.4B."""
    if isinstance(count, Unknown):
        return unknown_mark(count)
    size, unit = Decimal(count), 0
    while size >= (Decimal("999.5") if unit else 1000) and unit < len(MAGNITUDES) - 1:
        size, unit = size / 1000, unit + 1
    places = Decimal("0.1") if unit and size < Decimal("9.95") else Decimal(1)
    return f"{size.quantize(places, ROUND_HALF_UP)}{MAGNITUDES[unit]}"
