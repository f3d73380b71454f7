"""Keeps what level a check announced last."""

from __future__ import annotations

from datetime import datetime
from typing import Optional

from openrouter_usage.cache.database import History
from openrouter_usage.records import Announcement


def last(history: History, account: int, thresholds: str) -> Optional[Announcement]:
    """What the check by these thresholds announced last of the account."""
    rows = history.rows(
        "SELECT level, at FROM announcement WHERE account = ? AND thresholds = ?", (account, thresholds)
    )
    told = [Announcement(level, datetime.fromisoformat(at)) for level, at in rows]
    return next((one for one in told if one.at.tzinfo), None)


def keep(history: History, account: int, thresholds: str, announced: Announcement) -> None:
    with history.changing():
        row = (account, thresholds, announced.level, announced.at.isoformat())
        history.do("INSERT OR REPLACE INTO announcement VALUES (?, ?, ?, ?)", row)
