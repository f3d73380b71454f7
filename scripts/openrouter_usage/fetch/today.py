"""Asks for today's use so far, which no other answer has to wait for."""

from __future__ import annotations

from typing import Tuple, Union

from openrouter_usage.errors import Failure
from openrouter_usage.fetch import completed_days, questions
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.records import Key, Question, TodayUse, Unknown, UsageFilter, UsageTable

SHARE = 0.1
"""The share of the time that is left for which today's use is waited for, once all other answers are there."""


def ask(asker: Asker, key: Key, dimensions: Tuple[str, ...], filters: Tuple[UsageFilter, ...] = ()) -> None:
    """Asks without waiting. With `date` among the dimensions, the rows of another day can be left out."""
    asker.ask(_question(asker, key, dimensions, filters))


def answer(
    asker: Asker,
    key: Key,
    dimensions: Tuple[str, ...],
    share: float = SHARE,
    filters: Tuple[UsageFilter, ...] = (),
) -> Union[TodayUse, Unknown]:
    """The account's use on the current UTC day, until now; `share` is the part of the time that it may take."""
    table = asker.answer(_question(asker, key, dimensions, filters), share=share)
    return unknown(table) if isinstance(table, Failure) else use(asker, key, table)


def use(asker: Asker, key: Key, table: UsageTable) -> TodayUse:
    """Rows of today with the names of their models, as far as they are known by now."""
    question = questions.activity(key)
    activity = asker.answer(question, share=0) if asker.was_asked(question) else None
    return completed_days.of_today(table, activity, asker.cache)


def _question(
    asker: Asker, key: Key, dimensions: Tuple[str, ...], filters: Tuple[UsageFilter, ...]
) -> Question[UsageTable]:
    today = asker.now.date()
    return questions.usage_until(key, dimensions, today, today, asker.now, filters)
