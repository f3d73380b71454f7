"""Joins an account's completed days: those just answered, and those in the cache."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Optional, Union

from openrouter_usage.cache import days
from openrouter_usage.days import DAY, Span, days_before, every_day
from openrouter_usage.dimensions import ACTIVITY_REACH, DIMENSIONS
from openrouter_usage.errors import Failure
from openrouter_usage.fetch import questions
from openrouter_usage.fetch.asker import unknown
from openrouter_usage.records import Activity, Completed, Key, Remembered, TodayUse, Unknown, UsageRow, UsageTable

if TYPE_CHECKING:
    from openrouter_usage.cache.cache import Cache
    from openrouter_usage.fetch.asker import Asker


NOT_CACHED = Unknown("the completed days cannot be read from memory", "not_remembered")


def cached(cache: Optional[Cache], key: Key, dimensions: tuple[str, ...], span: Span) -> Completed:
    """The use on those UTC days of `span`, both ends included, that are in the cache."""
    held = days.read(cache, key, dimensions, span) if span[0] <= span[1] else None
    return held or Completed(UsageTable(dimensions, ()), ())


def answered(
    answer: Activity, today: date, dimensions: tuple[str, ...], span: Span, without: Collection[date] = ()
) -> Completed:
    """The use on those UTC days of `span` that an answer of /activity covers: the 30 before the day of the answer.

    That is `today`, unless OpenRouter's clock said another day. The rows of days in `without` are left out.
    """
    today = answer.at.date() if answer.at else today
    oldest, yesterday = days_before(today, ACTIVITY_REACH)
    first, last = max(span[0], oldest), min(span[1], yesterday)
    named = [DIMENSIONS[dimension].activity_field for dimension in dimensions]
    rows = (row for row in answer.rows if first <= row.day <= last and row.day not in without)
    used = tuple(UsageRow(tuple(getattr(row, field) for field in named), row.use) for row in rows)
    return Completed(UsageTable(dimensions, used), every_day((first, last)))


def known(asker: Asker, key: Key, answer: Union[Activity, Remembered], by: tuple[str, ...], span: Span) -> Completed:
    """The use on those days of `span` that an answer of /activity covers, and before them on those in the cache.

    Of a covered day that the answer has less of than the cache, the cached rows stand.
    """
    if isinstance(answer, Remembered):
        return cached(asker.cache, key, by, span)
    asker.keep()  # from then on the cache knows whose days it has
    lesser = days.standing(asker.cache, key, answer, asker.now.date())
    newer = answered(answer, asker.now.date(), by, span, lesser)
    standing = [day for day in newer.days if day in lesser]
    fuller = [cached(asker.cache, key, by, (day, day)).table.rows for day in standing]
    older_until = newer.days[0] - DAY if newer.days else span[1]
    older = cached(asker.cache, key, by, (span[0], older_until))
    rows = (*older.table.rows, *newer.table.rows, *(row for of_day in fuller for row in of_day))
    told = ((day, lesser[day]) for day in standing)
    doubts = (*older.doubts, *((day, usd) for day, usd in told if isinstance(usd, Decimal)))
    table = newer.table._replace(rows=rows)
    return Completed(table, (*older.days, *newer.days), (*older.unsettled, *newer.unsettled), doubts)


def recent(asker: Asker, key: Key, by: tuple[str, ...], number: int, share: float = 1) -> Union[Completed, Unknown]:
    """The use on the last completed days that are known of `number`: those before the day on which /activity told them.

    /activity is asked again where the cache has them, and cannot be read. `share` is the part of the time that is left
    for which it is awaited.
    """
    question = questions.activity(key)
    found = _recent(asker, key, asker.answer(question, share=share), by, number)
    if found is not NOT_CACHED:
        return found
    asker.ask_again(question)
    return _recent(asker, key, asker.answer(question, or_cached=False), by, number)


def _recent(
    asker: Asker, key: Key, answer: Union[Activity, Remembered, Failure], by: tuple[str, ...], number: int
) -> Union[Completed, Unknown]:
    if isinstance(answer, Failure):
        return unknown(answer)
    at = answer.as_of if isinstance(answer, Remembered) else answer.at
    found = known(asker, key, answer, by, days_before((at or asker.now).date(), number))
    return found if found.days else NOT_CACHED


def of_today(table: UsageTable, activity: object, cache: Optional[Cache]) -> TodayUse:
    """Today's rows with the models of their permaslugs, as far as an answer of /activity, or the cache, knows them."""
    if "model" not in table.dimensions:
        return TodayUse(table, {})
    column = table.dimensions.index("model")
    permaslugs = {str(row.names[column]) for row in table.rows}
    rows = activity.rows if isinstance(activity, Activity) else ()
    pairs = {(row.permaslug, row.model) for row in rows if row.permaslug in permaslugs}
    return TodayUse(table, models([*pairs, *(days.models_of(cache, permaslugs) if permaslugs else ())]))


def models(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The model of each permaslug that belongs to one model alone."""
    named: dict[str, set[str]] = {}
    for permaslug, model in pairs:
        named.setdefault(permaslug, set()).add(model)
    return {permaslug: owners.pop() for permaslug, owners in named.items() if permaslug and len(owners) == 1}
