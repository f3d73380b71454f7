"""Writes dollars, percentages and counts in a few characters."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from openrouter_usage.records import A_CENT, NOT_APPLICABLE, Amount, Count, Unknown

ONE = Decimal(1)
HUNDREDTH_OF_A_CENT = Decimal("0.0001")
STAR = "*"
MAGNITUDES = ("", "k", "M", "B", "T")


def dollars(amount: Amount) -> str:
    """Returns "$3.42", "-$1,234.50", "<$0.01" between nothing and a cent, or "unknown"."""
    if isinstance(amount, Unknown):
        return "unknown"
    size, sign = abs(amount), "-" if amount < 0 else ""
    return f"{sign}<$0.01" if 0 < size < A_CENT else f"{sign}${size.quantize(A_CENT, ROUND_HALF_UP):,}"


def starred(amount: Amount, is_live: bool) -> str:
    """Returns dollars with the star of what is live: it has the current UTC day in it, which is not over."""
    return dollars(amount) + (STAR if is_live and not isinstance(amount, Unknown) else "")


def with_byok(usd: Amount, byok_usd: Amount, star: str = "") -> str:
    """Returns credits, starred if they are live, and the BYOK beside them where there is any: "$3.42 + $0.30 BYOK"."""
    byok = "" if byok_usd == 0 else f" + {dollars(byok_usd)} BYOK"
    return f"{dollars(usd)}{star}{byok}"


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


def price(amount: Amount) -> str:
    """Returns the price of one, below a dollar to four places, as "$0.0578"; or the sign for what is not known."""
    if isinstance(amount, Unknown) or not 0 < abs(amount) < 1:
        return money(amount)
    size, sign = abs(amount), "-" if amount < 0 else ""
    if size < HUNDREDTH_OF_A_CENT:
        return f"{sign}<$0.0001"
    return f"{sign}${size.quantize(HUNDREDTH_OF_A_CENT, ROUND_HALF_UP)}"


def percent(share: Amount, step: Decimal = ONE) -> str:
    """Returns the percent of a share, to a whole `step`: 0% only for nothing, and 100% only for the whole.

    What would be rounded to either is "<1%" or ">99%".
    """
    if isinstance(share, Unknown):
        return unknown_mark(share)
    exact = share * 100
    percent = exact.quantize(step, ROUND_HALF_UP)
    if percent == 0 < exact:
        return "<1%"
    return ">99%" if percent == 100 > exact else f"{percent.normalize():f}%"


def percent_change(change: Decimal) -> str:
    """Returns such as "+31%" or "-<1%" for a change that is a part of what was before."""
    return f"{'-' if change < 0 else '+'}{percent(abs(change))}"


def exactly(count: Count) -> str:
    """Returns all digits of a count."""
    return unknown_mark(count) if isinstance(count, Unknown) else str(count)


def number_of(number: int, noun: str) -> str:
    """Returns such as "1 day" or "3 days"."""
    return f"{number} {noun}{'s' * (number != 1)}"


def roughly(count: Count) -> str:
    """Returns the first two or three digits of a count: 940, 8.8k, 512k, 1.2M, 3.4B."""
    if isinstance(count, Unknown):
        return unknown_mark(count)
    size, unit = Decimal(count), 0
    while size >= (Decimal("999.5") if unit else 1000) and unit < len(MAGNITUDES) - 1:
        size, unit = size / 1000, unit + 1
    places = Decimal("0.1") if unit and size < Decimal("9.95") else Decimal(1)
    return f"{size.quantize(places, ROUND_HALF_UP)}{MAGNITUDES[unit]}"
