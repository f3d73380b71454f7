"""Asks for the rows of two periods; returns what is known of them, and what is not and why."""

from __future__ import annotations

from datetime import date
from typing import List, Optional, Union

from openrouter_usage.commands.report import fetch
from openrouter_usage.commands.report.records import Query
from openrouter_usage.commands.why.records import Answered, Contrast, Pair, Sources, Wanted
from openrouter_usage.days import DAY, every_day
from openrouter_usage.dimensions import ACTIVITY_REACH
from openrouter_usage.errors import Failure, KeyTrouble
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.records import LEFT_OUT, Keys, Unknown

HALF, A_MOMENT = 0.5, 0.1
"""So much of the time has /activity, so that analytics has the rest; and so much when that is asked, for the names."""

NOT_OVER = Unknown("by OpenRouter's clock they are not all over", "clock", "compare earlier days, or set the clock")


def take(asker: Asker, keys: Keys, wanted: Wanted) -> Contrast:
    """What is known, by the first key that may see it. Raises a Failure where nobody tells the models."""
    asking = _Asking(asker, keys)
    for sources in (wanted.models, wanted.through):
        asking.open(sources)
    models = asking.answered(wanted.models)
    try:
        return Contrast(models, asking.answered(wanted.through) if wanted.through else None)
    except Failure as failure:
        return Contrast(models, unknown(failure))


class _Asking:
    def __init__(self, asker: Asker, keys: Keys) -> None:
        self._asker = asker
        self._keys = keys

    def open(self, sources: Optional[Sources]) -> None:
        """Asks those who know it best, without waiting."""
        for query in sources.best if sources else ():
            fetch.ask(self._asker, self._keys, query)

    def answered(self, sources: Sources) -> Answered:
        """By who knows it best, if that knows all the days; else by analytics, where that does.

        Raises a Failure where neither tells anything.
        """
        try:
            found = self._taken(sources.best, HALF)
        except KeyTrouble:
            raise
        except Failure as failure:
            other = self._wider(sources)
            if isinstance(other, Answered):
                return other
            raise failure from None
        if _is_whole(found):
            return found
        if self._lacks_recent_days(found):
            return found._replace(gap=self._not_over(found))
        other = self._wider(sources)
        return other if isinstance(other, Answered) else found._replace(gap=other)

    def _wider(self, sources: Sources) -> Union[Answered, Unknown, None]:
        """What analytics knows, or why it does not tell all of it; None where the days are beyond its reach."""
        if not all(map(_is_told, sources.wider)):
            return None
        try:
            found = self._taken(sources.wider, A_MOMENT)
        except Failure as failure:
            return unknown(failure)
        if _is_whole(found):
            return found
        return LEFT_OUT if any(one.answer.table.partial for one in found.known) else None

    def _lacks_recent_days(self, found: Answered) -> bool:
        """Whether days are wanting that /activity would tell if they were over by OpenRouter's clock."""
        oldest = self._asker.now.date() - ACTIVITY_REACH * DAY
        return any(day >= oldest for day in _wanting(found))

    def _not_over(self, found: Answered) -> Optional[Unknown]:
        told = self._asker.server_time
        return NOT_OVER if told is not None and max(_wanting(found)) >= told.date() else None

    def _taken(self, queries: Pair, share: float) -> Answered:
        """/activity may take that part of the time that is left."""
        later, earlier = (fetch.take(self._asker, self._keys, query, share) for query in queries)
        return Answered(queries, later, earlier)


def _is_told(query: Query) -> bool:
    """Whether OpenRouter can still tell all its days."""
    return query.reach == (query.first, query.last)


def _is_whole(found: Answered) -> bool:
    """Whether all days are known, and no row was left out."""
    return not _wanting(found) and not any(one.answer.table.partial for one in found.known)


def _wanting(found: Answered) -> List[date]:
    """The days that are not known."""
    wanting: List[date] = []
    for query, one in zip(found.queries, (found.later, found.earlier)):
        known = one.answer.days if one else ()
        wanting += [day for day in every_day((query.first, query.last)) if day not in known]
    return wanting
