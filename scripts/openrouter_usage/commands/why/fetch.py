"""Fetches the usage in two periods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Union

from openrouter_usage.commands.report import fetch, reach
from openrouter_usage.commands.report.records import Query
from openrouter_usage.commands.why.records import Comparison, Periods, Usage
from openrouter_usage.days import DAY
from openrouter_usage.dimensions import ACTIVITY_REACH
from openrouter_usage.errors import Failure, Forbidden, KeyTrouble
from openrouter_usage.fetch.account import NO_ROWS
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.records import LEFT_OUT, Keys, Unknown

ACTIVITY_SHARE, NAMES_SHARE = 0.5, 0.1
"""The share of the time for which /activity is awaited: so that analytics has the rest, or just for models' names."""

NOT_OVER = Unknown("by OpenRouter's clock they are not all over", "clock", "compare earlier days, or set the clock")

ACTIVITY_DIMENSIONS, ANALYTICS_DIMENSIONS = ("date", "model", "provider"), ("date", "model")
"""The dimensions of the usage by model; by provider, too, analytics does not reach back as far."""

Dimensions = tuple[str, ...]


def answer(asker: Asker, keys: Keys, periods: Periods) -> Usage:
    """Returns the usage by model and by the dimension `periods.by`.

    The first key that may see it is used. Raises a Failure if OpenRouter does not answer anything by model.
    """
    fetches = _PeriodsFetch(asker, keys, periods)
    other = (periods.by,) if periods.by else ()
    for query in (*fetches.queries(ACTIVITY_DIMENSIONS), *(fetches.queries(other) if other else ())):
        fetch.ask(asker, keys, query)
    by_model = fetches.comparison(ACTIVITY_DIMENSIONS, ANALYTICS_DIMENSIONS)
    try:
        return by_model, fetches.comparison(other, other) if other else None
    except Failure as failure:
        return by_model, unknown(failure)


class _PeriodsFetch:
    """Fetches the usage in both periods."""

    def __init__(self, asker: Asker, keys: Keys, periods: Periods) -> None:
        self._asker = asker
        self._keys = keys
        self._periods = periods

    def comparison(self, by: Dimensions, in_analytics: Dimensions) -> Comparison:
        """Returns the usage by the dimensions `by`, or that by `in_analytics` of analytics if only this is complete.

        Raises a Failure if there is no answer at all.
        """
        try:
            found = self._answer(self.queries(by), ACTIVITY_SHARE)
        except Failure as failure:
            is_of_key = isinstance(failure, KeyTrouble) and not isinstance(failure, Forbidden)
            other = None if is_of_key else self._from_analytics(in_analytics)
            if isinstance(other, Comparison):
                return other
            raise
        if found.is_complete:
            return found
        newest, server_time = max((last for _, last in found.missing), default=date.min), self._asker.server_time
        if newest >= self._asker.now.date() - ACTIVITY_REACH * DAY:
            # /activity would have these days if they were over by OpenRouter's clock.
            return found._replace(gap=NOT_OVER if server_time and newest >= server_time.date() else None)
        other = self._from_analytics(in_analytics)
        return other if isinstance(other, Comparison) else found._replace(gap=other)

    def _from_analytics(self, by: Dimensions) -> Union[Comparison, Unknown, None]:
        """Returns the usage from analytics, or why it is not complete, None if analytics does not reach back so far."""
        queries = self.queries(by, by_analytics=True)
        if any(query.reach != (query.first, query.last) for query in queries):
            return None
        try:
            found = self._answer(queries, NAMES_SHARE)
        except Failure as failure:
            return unknown(failure)
        if found.is_complete:
            return found
        is_silent = any(one.evidence.is_silent for one in found.answers)
        return LEFT_OUT if found.is_partial else NO_ROWS if is_silent else None

    def queries(self, by: Dimensions, by_analytics: bool = False) -> list[Query]:
        """Returns the query for the later period, and that for the earlier one."""
        spans = (self._periods.later, self._periods.earlier)
        queries = [Query(by, *span, with_credits=False, by_analytics=by_analytics) for span in spans]
        return [reach.limited(query, self._asker.now.date()) for query in queries]

    def _answer(self, queries: Sequence[Query], share: float) -> Comparison:
        """Returns the answers to both queries; `share` is the share of the time left for which /activity is awaited."""
        return Comparison(tuple((query, fetch.answer(self._asker, self._keys, query, share)) for query in queries))
