"""Which UTC days a report is of, and which of them OpenRouter still knows."""

from datetime import date, timedelta
from typing import Iterator, Optional, Tuple

from errors import BadUsage
from usage import Query

DAYS = 30
"""The usual range, in completed days; also what /activity holds."""

ANALYTICS_REACH, FINE_REACH = 365, 31
"""How many completed days analytics reaches back; by hour, or with the provider, it is the lesser figure."""

Span = Tuple[date, date]
"""Two UTC days, both included."""


def chosen(today: date, days: Optional[int], day: Optional[date], first: Optional[date], last: Optional[date]) -> Span:
    """The days that the command line means: one `day`, `first` to `last`, or so many days up to `last` or yesterday.

    Raises BadUsage for options that contradict each other, a range that ends before it begins,
    and days that have not begun.
    """
    if day and (days or first or last):
        raise BadUsage("--date is one day, so it goes with none of --days, --from and --to")
    if days and first:
        raise BadUsage("--days and --from both say where the range begins", "leave one of them out")
    end = day or last or today - timedelta(days=1)
    begin = day or first or end - timedelta(days=(days or DAYS) - 1)
    if max(begin, end) > today:
        raise BadUsage(f"{max(begin, end)} is in the future: today is {today} UTC", "name a day before today")
    if begin > end:
        raise BadUsage(f"the range ends before it begins: {begin} to {end}", "--from must not be after --to")
    return begin, end


def known(query: Query, today: date) -> Span:
    """The days of the query that can be answered. Raises BadUsage where there is none."""
    oldest, newest = today - timedelta(days=_reach(query)), today - timedelta(days=1)
    first, last = max(query.first, oldest), min(query.last, newest)
    if first <= last:
        return first, last
    raise BadUsage(
        f"nothing is known of {written((query.first, query.last))}: by {' and '.join(query.by)}, OpenRouter knows the "
        f"completed UTC days {written((oldest, newest))}",
        _elsewhere(query, today),
    )


def _elsewhere(query: Query, today: date) -> str:
    """Who knows more of days that the query cannot reach."""
    if query.first >= today:
        return "today's live total is in the summary"
    farthest = today - timedelta(days=ANALYTICS_REACH)
    if query.last < farthest:
        return "name days within these"
    return f"`--by app` (or key, user, workspace) reaches back to {farthest}: use it for these days"


def _reach(query: Query) -> int:
    if query.source == "activity":
        return DAYS
    return FINE_REACH if {"hour", "provider"} & set(query.by) else ANALYTICS_REACH


def missing(query: Query, today: date) -> Iterator[Span]:
    """The days that were asked for and cannot be answered, as spans."""
    first, last = known(query, today)
    if query.first < first:
        yield query.first, first - timedelta(days=1)
    if last < query.last:
        yield last + timedelta(days=1), query.last


def reaches_less_than_others(query: Query) -> bool:
    """Whether other dimensions are known for longer."""
    return _reach(query) < ANALYTICS_REACH


def length(span: Span) -> int:
    """How many days it is."""
    return (span[1] - span[0]).days + 1


def written(span: Span) -> str:
    """Such as 2026-11-13 to 2026-11-19; a single day alone."""
    return f"{span[0]}" if span[0] == span[1] else f"{span[0]} to {span[1]}"
