"""Readings of the credits: the last one of each UTC day, and those around each purchase and each change of sign."""

from __future__ import annotations

from openrouter_usage.cache import accounts, json_store
from openrouter_usage.cache.cache import Cache, falls_back_to
from openrouter_usage.cache.days import dollars, units, written
from openrouter_usage.days import Span
from openrouter_usage.records import Balance, Key, Reading

LAST_TWO = "SELECT * FROM balance WHERE account = ? ORDER BY at DESC LIMIT 2"

BETWEEN = (
    "SELECT * FROM balance WHERE account = ?1 AND substr(at, 1, 10) <= ?3 AND at >= "
    "COALESCE((SELECT MAX(at) FROM balance WHERE account = ?1 AND at < ?2), '') ORDER BY at"
)


@falls_back_to(None)
def keep(cache: Cache, key: Key, balance: Balance) -> None:
    """Stores purchased and used credits that were told just now, and are believed.

    They take the place of the day's last reading, unless that was the first after a purchase, or before one. So it is
    with the first below zero: only readings that both are below zero show that spending goes on.
    """
    database, account, at = cache.database, accounts.bind(cache, key), written(cache.answered_at)
    purchased, used = units(balance.purchased), units(balance.used)
    with database.changing():
        last = database.sealed(_reading, LAST_TWO, (account,))
        same = (purchased, used > purchased)
        levels = [(units(one.purchased), one.used > one.purchased) for one in last]
        if levels == [same, same] and written(last[0].at)[:10] == at[:10]:
            database.do("DELETE FROM balance WHERE account = ? AND at = ?", (account, written(last[0].at)))
        database.put("balance", (account, at, purchased, used))


@falls_back_to(())
def read(cache: Cache, key: Key, days: Span) -> tuple[Reading, ...]:
    """The readings of these UTC days (both ends included) in order, after the last one before them."""
    account = accounts.of(cache, key)
    first, last = (day.isoformat() for day in days)
    return tuple(cache.database.sealed(_reading, BETWEEN, (account, first, last)))


def _reading(at: str, purchased: int, used: int) -> Reading:
    return Reading(json_store.instant(at), dollars(purchased), dollars(used))
