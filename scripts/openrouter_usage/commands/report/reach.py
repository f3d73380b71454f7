"""Finds which of the UTC days of a query are known, and which are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from openrouter_usage.commands.report.records import Query
from openrouter_usage.days import DAY, Span, days_before, every_day
from openrouter_usage.dimensions import ACTIVITY_REACH, ANALYTICS_REACH, DIMENSIONS


def available(query: Query, today: date) -> Span:
    """Returns the completed days that the query's source has for its dimensions, or today if the query is live."""
    if query.is_live:
        return today, today
    if query.source == "activity":
        return days_before(today, ACTIVITY_REACH)
    # As many days of a zone begin on one UTC day more.
    return days_before(today, min(DIMENSIONS[one].reach for one in query.needed) - bool(query.zone))


def farthest(query: Query, today: date) -> Span:
    """Returns the completed days that OpenRouter has for the query's dimensions in any source."""
    return days_before(today, ANALYTICS_REACH) if query.has_older_days else available(query, today)


def older(query: Query, known: Sequence[date], today: date) -> tuple[date, ...]:
    """Returns the days that are not known, and that analytics has although its source no longer does."""
    if not query.has_older_days:
        return ()
    held, first = frozenset(known), max(query.first, farthest(query, today)[0])
    return tuple(
        day for day in every_day((first, min(query.last, available(query, today)[0] - DAY))) if day not in held
    )


def limited(query: Query, today: date) -> Query:
    """Returns the query with its reach: those of its days that OpenRouter still has, None if it has none of them."""
    oldest, newest = available(query, today)
    first, last = max(query.first, oldest), min(query.last, newest)
    return query._replace(reach=(first, last) if first <= last else None)


def missing(query: Query, known: Sequence[date], today: date, oldest: date) -> list[Span]:
    """Returns the days of the query that are not known, as spans of consecutive days.

    Before `oldest`, the first day that OpenRouter still has, and before today a span ends.
    """
    held = frozenset(known)
    spans: list[Span] = []
    for day in every_day((query.first, query.last)):
        if day in held:
            continue
        if spans and day - spans[-1][1] == DAY and day not in (oldest, today):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return spans
