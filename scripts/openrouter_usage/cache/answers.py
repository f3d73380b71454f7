"""The last answer to each question, and whether it is fresh."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

from openrouter_usage.cache import accounts, days, json_store
from openrouter_usage.cache.cache import Cache, falls_back_to
from openrouter_usage.records import ACTIVITY, Activity, KeyInfo, Question, Unknown

REFUSED = "refused-"
"""The prefix of the name under which the refusal of a question is stored."""


@falls_back_to(None)
def fresh(cache: Cache, question: Question[Any]) -> Any:
    """An answer that is young enough, or None."""
    if not cache.max_age:
        return None
    if question.name == ACTIVITY:
        return days.fresh(cache, question.key)
    held = json_store.last(cache.database, question.key.id, _name(question))
    return _dated(*held) if held and cache.is_fresh(held[0]) else None


@falls_back_to(None)
def last(cache: Cache, question: Question[Any]) -> Any:
    """The last answer, however old, or None."""
    if question.name == ACTIVITY:
        return days.last(cache, question.key)
    held = json_store.last(cache.database, question.key.id, _name(question))
    return _dated(*held) if held else None


@falls_back_to(None)
def keep(cache: Cache, question: Question[Any], answer: Any) -> None:
    """Stores an answer that came just now; that of /activity as completed days."""
    key = question.key
    if isinstance(answer, Activity):
        answer = days.keep(cache, key, answer)
    json_store.keep(cache.database, key.id, _name(question), answer, cache.answered_at)
    if isinstance(answer, KeyInfo):
        cache.accounts.clear()  # two accounts may become one
        accounts.learn(cache.database, key, accounts.names_of(answer))


@falls_back_to(None)
def refused(cache: Cache, question: Question[Any]) -> Optional[Unknown]:
    """The reason why the question was refused, if that was the last answer."""
    name = _name(question)
    refusal = json_store.last(cache.database, question.key.id, REFUSED + name)
    answer = json_store.last(cache.database, question.key.id, name)
    is_last = refusal and (answer is None or answer[0] < refusal[0])
    return refusal[1] if refusal and is_last else None


@falls_back_to(None)
def keep_refusal(cache: Cache, question: Question[Any], reason: Unknown) -> None:
    """Stores that the question was refused just now."""
    json_store.keep(cache.database, question.key.id, REFUSED + _name(question), reason, cache.answered_at)


@falls_back_to(True)
def may_ask(cache: Cache, question: Question[Any]) -> bool:
    """Locks the question, so that other processes wait for this one's answer. False where another one has it locked."""
    if not cache.max_age:
        return True
    return cache.database.locks.acquire(json_store.lock_place(cache.database, question.key.id, _name(question)))


def _name(question: Question[Any]) -> str:
    """The name of the question in the database. An instant it is about says when it was asked, not what."""
    return " ".join([question.name, *(str(one) for one in question.about if not isinstance(one, datetime))])


def _dated(at: datetime, answer: Any) -> Any:
    """The answer with the instant it is of: when it was given, or earlier where OpenRouter said so."""
    if not hasattr(answer, "as_of"):
        return answer
    return answer._replace(as_of=min(at, answer.as_of or at))
