"""Writes amounts of US dollars for people."""

from decimal import ROUND_HALF_UP, Decimal

from openrouter_usage.records import Amount, Unknown

CENT = Decimal("0.01")


def dollars(amount: Amount) -> str:
    """ "$3.42" to the cent; "<$0.01" between nothing and a cent; a minus sign before the dollar; "unknown"."""
    if isinstance(amount, Unknown):
        return "unknown"
    size, sign = abs(amount), "-" if amount < 0 else ""
    if 0 < size < CENT:
        return f"{sign}<$0.01"
    return f"{sign}${size.quantize(CENT, ROUND_HALF_UP)}"


def signed(amount: Decimal) -> str:
    """Dollars with their sign, be it a plus."""
    return f"{'+' if amount > 0 else ''}{dollars(amount)}"
