"""Which of the UTC days that a report is asked for OpenRouter still knows."""

from datetime import date, timedelta
from typing import Iterator, Optional

from usage import Query, Span

ACTIVITY_REACH, ANALYTICS_REACH, FINE_REACH = 30, 365, 31
"""How many completed days they reach back; analytics by hour, or with the provider, the least of these."""


def reach(query: Query, today: date) -> Span:
    """The completed days that are known by what the query groups by."""
    return today - timedelta(days=_days(query)), today - timedelta(days=1)


def _days(query: Query) -> int:
    if query.source == "activity":
        return ACTIVITY_REACH
    return FINE_REACH if {"hour", "provider"} & set(query.by) else ANALYTICS_REACH


def reaches_farthest(query: Query) -> bool:
    """Whether nothing else that one could group by is known for longer."""
    return _days(query) == ANALYTICS_REACH


def known(query: Query, today: date) -> Optional[Span]:
    """The days of the query that can be answered; None where there is none."""
    oldest, newest = reach(query, today)
    first, last = max(query.first, oldest), min(query.last, newest)
    return (first, last) if first <= last else None


def missing(query: Query) -> Iterator[Span]:
    """The days that were asked for and cannot be answered, as spans."""
    first, last = query.known
    if query.first < first:
        yield query.first, first - timedelta(days=1)
    if last < query.last:
        yield last + timedelta(days=1), query.last


def length(span: Span) -> int:
    """How many days it is."""
    return (span[1] - span[0]).days + 1


def written(span: Span) -> str:
    """Such as 2026-11-13 to 2026-11-19; a single day alone."""
    return f"{span[0]}" if span[0] == span[1] else f"{span[0]} to {span[1]}"
