"""The last background refresh, and the right to do the next one: one process at a time has it.

`whose` tells which keys are refreshed for; it is stored as a salted digest. `clock` is this
machine's, for it measures the time between two processes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Optional

from openrouter_usage.cache import json_store
from openrouter_usage.cache.cache import Cache, falls_back_to
from openrouter_usage.files import salted
from openrouter_usage.rare_records import Renewal

REFRESH = "renewal"
"""The name under which version 1.5.0 stores it, too."""

SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=3), timedelta(minutes=5)
"""The time until a refresh that failed is tried again, at first and in the end, however often a bar is shown."""


@falls_back_to(None)
def last(cache: Cache, whose: str) -> Optional[Renewal]:
    """The last refresh for those keys; done only for as long as an answer of that time is fresh."""
    held = _last(cache, _id(cache, whose))
    if held is None:
        return None
    at, refresh = held
    return refresh._replace(is_done=refresh.is_done and bool(cache.max_age) and cache.is_fresh(at))


@falls_back_to(False)
def claim(cache: Cache, whose: str, clock: datetime) -> bool:
    """Claims the refresh; False while another process has it or has just failed."""
    key_id, database = _id(cache, whose), cache.database
    if database.locks.is_taken(_place(cache, key_id)):
        return False
    with database.changing(tries_again=True):
        held = _last(cache, key_id)
        before = held[1] if held else Renewal(clock, is_done=True)
        if not before.is_done and timedelta(0) <= clock - before.begun < pause_after(before.in_vain):
            return False
        in_vain = 1 if before.is_done else before.in_vain + 1
        json_store.put(database, key_id, REFRESH, Renewal(clock, False, before.trouble, in_vain), cache.now)
    return True


def pause_after(failures: int) -> timedelta:
    """The pause after so many failures in a row: it doubles with each."""
    doubled: timedelta = SHORTEST_PAUSE * 2 ** min(failures - 1, 9)
    return min(doubled, LONGEST_PAUSE)


@falls_back_to(None)
def begin(cache: Cache, whose: str, clock: datetime) -> Optional[Renewal]:
    """Begins the refresh that was claimed, and returns it; None while another process is at it."""
    key_id = _id(cache, whose)
    if not cache.database.locks.acquire(_place(cache, key_id)):
        return None
    held = _last(cache, key_id)
    if held and not held[1].is_done:
        return held[1]
    begun = Renewal(clock, in_vain=1)
    json_store.keep(cache.database, key_id, REFRESH, begun, cache.now, tries_again=True)
    return begun


@falls_back_to(None)
def end(cache: Cache, whose: str, refresh: Renewal, at: datetime) -> None:
    """Stores how the refresh ended, unless it was forgotten meanwhile: there is another key, say.

    `at` is when the session began, by this machine's clock: by that the next bar asks whether it is fresh.
    """
    key_id = _id(cache, whose)
    held = _last(cache, key_id)
    if held and held[1].begun == refresh.begun:
        json_store.keep(cache.database, key_id, REFRESH, refresh, at, tries_again=True)


@falls_back_to(None)
def forget_all(cache: Cache) -> None:
    """Deletes how every refresh went: a key was stored, or taken out."""
    json_store.forget(cache.database, REFRESH)


def _last(cache: Cache, key_id: str) -> Optional[tuple[datetime, Renewal]]:
    return json_store.last(cache.database, key_id, REFRESH)


def _place(cache: Cache, key_id: str) -> int:
    return json_store.lock_place(cache.database, key_id, REFRESH)


def _id(cache: Cache, whose: str) -> str:
    return salted(whose, cache.database.salt).hex()
