"""The level that a check announced last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from openrouter_usage.cache import accounts, json_store
from openrouter_usage.cache.cache import Cache, falls_back_to
from openrouter_usage.rare_records import Announcement
from openrouter_usage.records import KEY, Key, KeyInfo


@falls_back_to(None)
def last(cache: Cache, keys: Sequence[Key], thresholds: str) -> Optional[Announcement]:
    """The last announcement of a check with these keys by these thresholds."""
    of_check = (accounts.bind(cache, keys[0]), _name(cache, keys, thresholds))
    question = "SELECT * FROM announcement WHERE account = ? AND thresholds = ?"
    return next(iter(cache.database.sealed(_announcement, question, of_check)), None)


def _announcement(_: str, level: int, at: str) -> Announcement:
    return Announcement(json_store.whole(level), json_store.instant(at))


@falls_back_to(None)
def keep(cache: Cache, keys: Sequence[Key], thresholds: str, level: int) -> None:
    """Stores that the level is announced now."""
    row = (accounts.bind(cache, keys[0]), _name(cache, keys, thresholds), level, cache.now.isoformat())
    with cache.database.changing():
        cache.database.put("announcement", row)


def _name(cache: Cache, keys: Sequence[Key], thresholds: str) -> str:
    """The check's name: one with a regular key sees that key's limits, and is apart; all others share the account's."""
    for key in keys:
        told = json_store.last(cache.database, key.id, KEY)
        if told and isinstance(told[1], KeyInfo) and told[1].is_management is False:
            return f"{thresholds}, key {key.id}"
    return thresholds
