"""Keeps what the balance was: the last reading of each UTC day, and those around each purchase."""

from __future__ import annotations

from datetime import datetime
from typing import Tuple

from openrouter_usage.cache.database import History
from openrouter_usage.cache.days import written
from openrouter_usage.cache.money import dollars, units
from openrouter_usage.records import Balance, Reading, Span


def keep(history: History, account: int, balance: Balance, at: datetime) -> None:
    """A reading takes the place of the day's last one, unless that was the first after a purchase, or before one."""
    purchased, used = units(balance.purchased), units(balance.used)
    with history.changing():
        last = history.rows("SELECT at, purchased FROM balance WHERE account = ? ORDER BY at DESC LIMIT 2", (account,))
        if [level for _, level in last] == [purchased, purchased] and last[0][0][:10] == written(at)[:10]:
            history.do("DELETE FROM balance WHERE account = ? AND at = ?", (account, last[0][0]))
        history.do("INSERT OR REPLACE INTO balance VALUES (?, ?, ?, ?)", (account, written(at), purchased, used))


def between(history: History, account: int, days: Span) -> Tuple[Reading, ...]:
    """The readings of these UTC days in order, after the last one before them."""
    first, last = (day.isoformat() for day in days)
    rows = history.rows(
        "SELECT at, purchased, used FROM balance WHERE account = ?1 AND substr(at, 1, 10) <= ?3 AND at >= "
        "COALESCE((SELECT MAX(at) FROM balance WHERE account = ?1 AND at < ?2), '') ORDER BY at",
        (account, first, last),
    )
    return tuple(Reading(datetime.fromisoformat(at), dollars(bought), dollars(used)) for at, bought, used in rows)
