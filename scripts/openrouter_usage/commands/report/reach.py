"""Which of the UTC days that a report is asked for are known, and which are not."""

from datetime import date
from typing import Iterator, Optional, Sequence

from openrouter_usage.commands.report.records import Query
from openrouter_usage.days import DAY, Span, days_before, every_day
from openrouter_usage.dimensions import ACTIVITY_REACH, ANALYTICS_REACH, DIMENSIONS


def reach(query: Query, today: date) -> Span:
    """The completed days that are known by what the query groups by; today alone where it is asked for alone."""
    if query.is_live:
        return today, today
    return days_before(today, _days(query))


def _days(query: Query) -> int:
    if query.source == "activity":
        return ACTIVITY_REACH
    return min(DIMENSIONS[one].reach for one in query.by)


def reaches_farthest(query: Query) -> bool:
    """Whether nothing else that one could group by is known for longer."""
    return _days(query) == ANALYTICS_REACH


def told(query: Query, today: date) -> Optional[Span]:
    """The days of the query that OpenRouter can tell; None where there is none."""
    oldest, newest = reach(query, today)
    first, last = max(query.first, oldest), min(query.last, newest)
    return (first, last) if first <= last else None


def missing(query: Query, known: Sequence[date], today: date, oldest: date) -> Iterator[Span]:
    """The days that were asked for and are not among the known ones, as spans.

    Cut at `oldest`, the first day that OpenRouter still tells; today, which is not over, stands alone.
    """
    held = frozenset(known)
    start: Optional[date] = None
    for day in every_day((query.first, query.last + DAY)):
        ends = day in held or day > query.last or day == today
        if (ends or day == oldest) and start is not None:
            yield start, day - DAY
            start = None
        if not ends and start is None:
            start = day
    if query.last == today and today not in held:
        yield today, today
