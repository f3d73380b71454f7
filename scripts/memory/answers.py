"""Keeps the last answer to each question of each key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Optional, Tuple

from history import History
from memory.packing import packed, unpacked

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
        history.do("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)", (key, question, at.isoformat(), packed(answer)))
        history.do("DELETE FROM answer WHERE question LIKE '% %' AND at < ?", ((at - KEPT).isoformat(),))
