"""The contents of the cache, for `doctor` to show."""

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple, Optional

from openrouter_usage.cache import accounts, days, json_store
from openrouter_usage.cache.cache import Cache, falls_back_to
from openrouter_usage.days import DAY, Span
from openrouter_usage.records import Key

if TYPE_CHECKING:
    from openrouter_usage.cache.database import Database


class CachedAccount(NamedTuple):
    """The cached data of the account of these keys, by name.

    `first` and `last` are the ends of the completed UTC days that are held, `missing` those in
    between, and up to yesterday, that are not. `last_fetch` is when OpenRouter last answered.
    """

    keys: tuple[str, ...]
    days: int
    first: Optional[date]
    last: Optional[date]
    missing: tuple[Span, ...]
    last_fetch: Optional[datetime]
    balance_readings: int


class Inventory(NamedTuple):
    """The cache's file by the name people know it by, its size in bytes, and how many accounts it knows in all.

    `set_aside` are the names of damaged files beside it.
    """

    file: str
    size_bytes: int
    accounts: tuple[CachedAccount, ...]
    known_accounts: int
    set_aside: tuple[str, ...]


@falls_back_to(None)
def read(cache: Cache, labelled: Sequence[tuple[str, Key]]) -> Inventory:
    """The file, and what it holds of the accounts of these keys, each key with the name that is shown of it."""
    owners: dict[int, list[tuple[str, Key]]] = {}
    for label, key in labelled:
        account = accounts.of(cache, key)
        if account is not None:
            owners.setdefault(account, []).append((label, key))
    ((known,),) = cache.database.rows("SELECT COUNT(*) FROM account")
    held = tuple(_account(cache, account, keys) for account, keys in owners.items())
    return Inventory(cache.database.name, _size(cache.database.path), held, known, cache.database.set_aside)


def _account(cache: Cache, account: int, labelled: Sequence[tuple[str, Key]]) -> CachedAccount:
    database, yesterday = cache.database, cache.now.date() - DAY
    held = list(days.stored_between(database, account, (date.min, date.max)))
    edges = [*held, yesterday + DAY] if held else []
    ((readings,),) = database.rows("SELECT COUNT(*) FROM balance WHERE account = ?", (account,))
    return CachedAccount(
        keys=tuple(label for label, _ in labelled),
        days=len(held),
        first=held[0] if held else None,
        last=held[-1] if held else None,
        missing=tuple((one + DAY, later - DAY) for one, later in zip(edges, edges[1:]) if later - one > DAY),
        last_fetch=_last_fetch(database, account, [key for _, key in labelled]),
        balance_readings=readings,
    )


def _last_fetch(database: "Database", account: int, keys: Sequence[Key]) -> Optional[datetime]:
    """The last instant at which OpenRouter answered any of the keys, or told of the account's days."""
    asked = [at for key in keys for at in json_store.all_instants(database, key.id)]
    seen = days.last_seen(database, account)
    return max([*asked, *([seen] if seen else [])], default=None)


def _size(path: str) -> int:
    """The size in bytes, with what SQLite keeps beside the file."""
    size = os.path.getsize(path)
    with suppress(OSError):  # the last process that had it open took it along
        size += os.path.getsize(path + "-wal")
    return size
