"""Keeps the last answer to each question of each key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Optional, Tuple

from openrouter_usage.cache.database import History
from openrouter_usage.cache.packing import packed, unpacked

KEPT = timedelta(days=1)
"""How long an answer about certain days or pages is kept; every other is, until there is a later one."""


def last(history: History, key: str, question: str) -> Optional[Tuple[datetime, Any]]:
    """When it was answered, and the answer; None where there is none that can be read."""
    for at, record in history.rows("SELECT at, record FROM answer WHERE key = ? AND question = ?", (key, question)):
        answer, told = unpacked(record), datetime.fromisoformat(at)
        return (told, answer) if isinstance(answer, tuple) and told.tzinfo else None
    return None


def keep(history: History, key: str, question: str, answer: Any, at: datetime) -> None:
    with history.changing():
        put(history, key, question, answer, at)
        history.do("DELETE FROM answer WHERE question LIKE '% %' AND at < ?", ((at - KEPT).isoformat(),))


def put(history: History, key: str, question: str, answer: Any, at: datetime) -> None:
    """The same within a change that has begun."""
    history.do("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)", (key, question, at.isoformat(), packed(answer)))


def forget(history: History, question: str, key: Optional[str] = None) -> None:
    """What that key was answered; None: all answers to it, whosever they are."""
    with history.changing():
        history.do("DELETE FROM answer WHERE question = ?1 AND (?2 IS NULL OR key = ?2)", (question, key))
