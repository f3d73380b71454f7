"""Writes for people on which UTC day something is, or was told."""

from datetime import date, datetime
from typing import List

from openrouter_usage.days import Span
from openrouter_usage.records import AsOf

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def short(day: date) -> str:
    """Such as Nov 9: in English, whatever the locale."""
    return f"{MONTHS[day.month - 1]} {day.day}"


def told(as_of: AsOf, now: datetime) -> List[str]:
    """When it was told, where that has to be said."""
    if not as_of.is_old:
        return []
    day = "" if as_of.at.date() == now.date() else f"{short(as_of.at)} "
    year = "" if as_of.at.year == now.year else f"{as_of.at.year} "
    return [f"{'final as of' if as_of.is_final else 'as of'} {day}{year}{as_of.at:%H:%M} UTC"]


def in_brackets(words: List[str]) -> str:
    return f" ({', '.join(words)})" if words else ""


def written(span: Span) -> str:
    """Such as 2026-11-13 to 2026-11-19; a single day alone."""
    return f"{span[0]}" if span[0] == span[1] else f"{span[0]} to {span[1]}"
