"""Writes UTC days and instants for people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from openrouter_usage.days import Span
from openrouter_usage.records import AsOf

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def short(day: date) -> str:
    """Returns such as "Nov 9", in English whatever the locale."""
    return f"{MONTHS[day.month - 1]} {day.day}"


def instant(at: datetime) -> str:
    """Returns such as "2026-11-09 14:30 UTC"."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def written(span: Span) -> str:
    """Returns such as "2026-11-13 to 2026-11-19", or a single day."""
    return f"{span[0]}" if span[0] == span[1] else f"{span[0]} to {span[1]}"


def short_span(span: Span, year: int) -> str:
    """Returns such as "Oct 1 to 28", "Oct 28 to Nov 3" or a single day; the year only where it is another one."""
    first, last = span
    until = short(last) if last.year == year else f"{short(last)}, {last.year}"
    if first == last:
        return until
    if (first.year, first.month) == (last.year, last.month):
        return f"{short(first)} to {until.partition(' ')[2]}"
    return f"{short(first) if first.year == last.year else f'{short(first)}, {first.year}'} to {until}"


def as_of_words(as_of: AsOf, now: datetime) -> list[str]:
    """Returns such as "as of Nov 9 14:30 UTC" for a figure that is old, else nothing."""
    if not as_of.is_old:
        return []
    day = "" if as_of.at.date() == now.date() else f"{short(as_of.at)} "
    year = "" if as_of.at.year == now.year else f"{as_of.at.year} "
    return [f"{'final as of' if as_of.is_final else 'as of'} {day}{year}{as_of.at:%H:%M} UTC"]


def in_brackets(words: Iterable[str]) -> str:
    """Returns the words that are not empty in brackets after a space, or nothing."""
    shown = ", ".join(filter(None, words))
    return f" ({shown})" if shown else ""
