"""Asks for today's use so far, which no other answer has to wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from openrouter_usage.days import is_utc_here
from openrouter_usage.errors import Failure
from openrouter_usage.fetch import completed_days, questions
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.figures import rows
from openrouter_usage.records import Key, Question, TodayUse, Unknown, UsageTable

if TYPE_CHECKING:
    from datetime import date

    from openrouter_usage.rare_records import UsageFilter

BY_MODEL, HOURS_BY_MODEL = ("date", "model"), ("hour", "model")
"""Where the machine's own day is not the UTC day, today by model and its hours are one question: since the earlier
beginning of both days."""

SHARE = 0.1
"""The share of the time that is left for which today's use is waited for, once all other answers are there."""


def ask(asker: Asker, key: Key, dimensions: tuple[str, ...], filters: tuple[UsageFilter, ...] = ()) -> None:
    """Asks without waiting. With `date` among the dimensions, the rows of another day can be left out."""
    asker.ask(_question(asker, key, dimensions, filters))


def answer(
    asker: Asker,
    key: Key,
    dimensions: tuple[str, ...],
    share: float = SHARE,
    filters: tuple[UsageFilter, ...] = (),
) -> Union[TodayUse, Unknown]:
    """The account's use on the current UTC day, until now; `share` is the part of the time that it may take."""
    table = asker.answer(_question(asker, key, dimensions, filters), share=share)
    if isinstance(table, Failure):
        return unknown(table)
    day = asker.now.date()
    if table.dimensions == dimensions:
        return use(asker, key, rows.within(table, (day,)) if dimensions == HOURS_BY_MODEL else table)
    return use(asker, key, _of_day(table, day))._replace(hours=table)


def _of_day(table: UsageTable, day: date) -> UsageTable:
    """Returns the rows of the UTC day of a table by hour and model, as those of a table by date and model."""
    kept = rows.within(table, (day,)).rows
    return table._replace(dimensions=BY_MODEL, rows=tuple(row._replace(names=(day, row.names[1])) for row in kept))


def use(asker: Asker, key: Key, table: UsageTable) -> TodayUse:
    """Rows of today with the names of their models, as far as they are known by now."""
    question = questions.activity(key)
    activity = asker.answer(question, share=0) if asker.was_asked(question) else None
    return completed_days.of_today(table, activity, asker.cache)


def _question(
    asker: Asker, key: Key, dimensions: tuple[str, ...], filters: tuple[UsageFilter, ...]
) -> Question[UsageTable]:
    today = asker.now.date()
    if dimensions in (BY_MODEL, HOURS_BY_MODEL) and not filters and not is_utc_here(asker.now):
        from openrouter_usage.figures import zones  # of no use where it is UTC

        local = zones.local_day(asker.now)
        if local:
            return questions.usage_until(key, HOURS_BY_MODEL, min(today, local.start.date()), today, asker.now)
    return questions.usage_until(key, dimensions, today, today, asker.now, filters)
