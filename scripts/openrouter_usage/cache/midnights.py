"""What each key had spent over its lifetime when a UTC day began, as its counters told on that day, or later."""

from __future__ import annotations

from datetime import date

from openrouter_usage.cache.cache import Cache, falls_back_to
from openrouter_usage.cache.days import dollars, units, written
from openrouter_usage.figures import key_days
from openrouter_usage.figures.key_days import Midnight
from openrouter_usage.records import Key, KeyInfo


@falls_back_to(None)
def keep(cache: Cache, key: Key, info: KeyInfo) -> None:
    """Stores the midnights that the key's counters just told; what the week or month tells does not replace others."""
    at = cache.answered_at
    found = [(key.id, day.isoformat(), units(usd), written(at)) for day, usd in key_days.told(info, at)]
    database, today = cache.database, at.date().isoformat()
    with database.changing():
        held = {one.day.isoformat() for one in read(cache, key)}
        database.put("midnight", *(one for one in found if one[1] == today or one[1] not in held))


@falls_back_to(())
def read(cache: Cache, key: Key) -> tuple[Midnight, ...]:
    """Returns all midnights of this very key, in order; a key that was made anew has none of the old one's."""
    return tuple(cache.database.sealed(_midnight, "SELECT * FROM midnight WHERE key = ? ORDER BY date", (key.id,)))


def _midnight(day: str, usd: int, _: str) -> Midnight:
    return Midnight(date.fromisoformat(day), dollars(usd))
