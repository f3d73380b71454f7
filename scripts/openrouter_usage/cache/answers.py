"""The last answer to each question, and whether it is fresh."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

from openrouter_usage.cache import accounts, days, json_store
from openrouter_usage.cache.cache import Cache, falls_back_to
from openrouter_usage.days import DAY
from openrouter_usage.figures import windows
from openrouter_usage.records import ACTIVITY, HOURLY_SPEND, MODELS, Activity, KeyInfo, Question, Unknown

REFUSED = "refused-"
"""The prefix of the name under which the refusal of a question is stored."""


@falls_back_to(None)
def fresh(cache: Cache, question: Question[Any]) -> Any:
    """An answer that is young enough, or None."""
    if not cache.max_age:
        return None
    if question.name == ACTIVITY:
        return days.fresh(cache, question.key)
    held = json_store.last(cache.database, _owner(question), _name(question))
    return _dated(*held) if held and _is_fresh(cache, question, held[0]) else None


@falls_back_to(None)
def last(cache: Cache, question: Question[Any]) -> Any:
    """The last answer, however old, or None."""
    if question.name == ACTIVITY:
        return days.last(cache, question.key)
    held = json_store.last(cache.database, _owner(question), _name(question))
    return _dated(*held) if held else None


@falls_back_to(None)
def keep(cache: Cache, question: Question[Any], answer: Any) -> None:
    """Stores an answer that came just now; that of /activity as completed days."""
    key = question.key
    if isinstance(answer, Activity):
        answer = days.keep(cache, key, answer)
    json_store.keep(cache.database, _owner(question), _name(question), answer, cache.answered_at)
    if isinstance(answer, KeyInfo):
        from openrouter_usage.cache import midnights  # of no use to a remembered answer

        cache.accounts.clear()  # two accounts may become one
        accounts.learn(cache.database, key, accounts.names_of(answer))
        midnights.keep(cache, key, answer)


@falls_back_to(None)
def refused(cache: Cache, question: Question[Any]) -> Optional[Unknown]:
    """The reason why the question was refused, if that was the last answer."""
    name = _name(question)
    refusal = json_store.last(cache.database, _owner(question), REFUSED + name)
    answer = json_store.last(cache.database, _owner(question), name)
    is_last = refusal and (answer is None or answer[0] < refusal[0])
    return refusal[1] if refusal and is_last else None


@falls_back_to(None)
def keep_refusal(cache: Cache, question: Question[Any], reason: Unknown) -> None:
    """Stores that the question was refused just now."""
    json_store.keep(cache.database, _owner(question), REFUSED + _name(question), reason, cache.answered_at)


@falls_back_to(True)
def may_ask(cache: Cache, question: Question[Any]) -> bool:
    """Locks the question, so that other processes wait for this one's answer. False where another one has it locked."""
    if not cache.max_age:
        return True
    return cache.database.locks.acquire(json_store.lock_place(cache.database, _owner(question), _name(question)))


def _is_fresh(cache: Cache, question: Question[Any], at: datetime) -> bool:
    """Tells whether an answer of that instant will do.

    The public list of models does for a day, and the hours of completed days until midnight, whatever the age.
    """
    if question.name == HOURLY_SPEND:
        return at.date() == cache.now.date()
    if question.name == MODELS:
        return -windows.CLOCK_TOLERANCE <= cache.now - at <= DAY
    return cache.is_fresh(at)


def _owner(question: Question[Any]) -> str:
    """The id under which an answer is stored: that of the key, or of the address for what is the same for all keys."""
    return question.key.address_id if question.name == MODELS else question.key.id


def _name(question: Question[Any]) -> str:
    """The name of the question in the database. An instant it is about says when it was asked, not what."""
    return " ".join([question.name, *(str(one) for one in question.about if not isinstance(one, datetime))])


def _dated(at: datetime, answer: Any) -> Any:
    """The answer with the instant it is of: when it was given, or earlier where OpenRouter said so."""
    if not hasattr(answer, "as_of"):
        return answer
    return answer._replace(as_of=min(at, answer.as_of or at))
