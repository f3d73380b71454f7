"""Writes money as integers of 1e-10 USD, for SQLite adds up fractions inexactly."""

from decimal import Decimal

from openrouter_usage.errors import MemoryTrouble

PLACES = 10
"""The API tells dollars with up to ten decimals."""

LARGEST = 9 * 10**17
"""SQLite's integers end at 9.2e18, and a sum of them needs room."""


def units(amount: Decimal) -> int:
    """US dollars in units of 1e-10; what is finer is rounded half to even. Raises MemoryTrouble."""
    return bounded(int(amount.scaleb(PLACES).to_integral_value()))


def dollars(units: int) -> Decimal:
    """Units of 1e-10 in US dollars."""
    return Decimal(units).scaleb(-PLACES)


def bounded(number: int) -> int:
    """The number, if SQLite can hold it. Raises MemoryTrouble."""
    if abs(number) > LARGEST:
        raise MemoryTrouble("a figure is too large to be remembered")
    return number
