"""Counts what is remembered."""

from __future__ import annotations

import os
from datetime import date, datetime
from typing import List, Sequence

from openrouter_usage.cache import days
from openrouter_usage.cache.database import History
from openrouter_usage.commands.doctor.records import AccountMemory
from openrouter_usage.records import Key, Span


def of_account(
    history: History, account: int, keys: Sequence[Key], digests: Sequence[str], yesterday: date
) -> AccountMemory:
    """What is held of one account, whose keys these are."""
    held = list(days.seen(history, account, (date.min, date.max)))
    ((readings,),) = history.rows("SELECT COUNT(*) FROM balance WHERE account = ?", (account,))
    fetches = [
        datetime.fromisoformat(at)
        for digest in digests
        for (at,) in history.rows("SELECT MAX(at) FROM answer WHERE key = ?", (digest,))
        if at
    ]
    seen = days.last_seen(history, account)
    return AccountMemory(
        keys=tuple(key.name for key in keys),
        days=len(held),
        first=held[0] if held else None,
        last=held[-1] if held else None,
        missing=tuple(_gaps(held, yesterday)),
        last_fetch=max([*fetches, *([seen] if seen else [])], default=None),
        readings=readings,
    )


def _gaps(held: Sequence[date], yesterday: date) -> List[Span]:
    """The days after the first that are not held, up to yesterday."""
    day = date.resolution
    edges = [*held, yesterday + day] if held else []
    return [(one + day, next_one - day) for one, next_one in zip(edges, edges[1:]) if next_one - one > day]


def accounts(history: History) -> int:
    ((known,),) = history.rows("SELECT COUNT(*) FROM account")
    return int(known)


def size(history: History) -> int:
    """In bytes, with what SQLite keeps beside the file."""
    size = os.path.getsize(history.path)
    try:
        return size + os.path.getsize(history.path + "-wal")
    except OSError:  # the last who had it open took it along
        return size
