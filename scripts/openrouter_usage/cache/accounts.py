"""Which account a key belongs to, so that no two accounts are ever mixed and none is split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from openrouter_usage.cache import json_store
from openrouter_usage.cache.cache import Cache
from openrouter_usage.records import KEY, Key, KeyInfo

if TYPE_CHECKING:
    from openrouter_usage.cache.database import Database


SPENT = "COALESCE((SELECT SUM(usd) FROM spend WHERE day = {}.id), 0)"
"""The credits of a day."""

NEW_ACCOUNT = """
    INSERT INTO account (id, address) SELECT 1 + CAST(MAX(id) AS INTEGER), ? FROM (
        SELECT 0 AS id UNION ALL SELECT id FROM account UNION ALL SELECT account FROM alias
        UNION ALL SELECT account FROM day UNION ALL SELECT account FROM balance
        UNION ALL SELECT account FROM announcement
    ) WHERE id < 9223372036854775807
"""
"""An account with a number that nothing else has, for damage may have left what belonged to another.

What damage made no number ranks above all numbers.
"""


def of(cache: Cache, key: Key) -> Optional[int]:
    """The account that the key is bound to; None where it is not bound yet. A bound key is looked up once per run."""
    if key.id not in cache.accounts:
        found = _bound(cache.database, key)
        if found is None:
            return None
        cache.accounts[key.id] = found
    return cache.accounts[key.id]


def bind(cache: Cache, key: Key) -> int:
    """The key's account; one that is not bound yet is told from what the key last said of itself, and bound."""
    account = of(cache, key)
    if account is not None:
        return account
    held = json_store.last(cache.database, key.id, KEY)
    return learn(cache.database, key, names_of(held[1]) if held else [])


def names_of(info: KeyInfo) -> list[str]:
    """The names that the API gives the account, the surest first.

    An organization has several users, and a user may have an account of their own besides: the
    user's id names an account for sure only where the API says that there is no organization.
    Where it says nothing of organizations, the id means an account of which it never did.
    """
    user = [f"user {info.creator}"] if isinstance(info.creator, str) else []
    if isinstance(info.organization, str):
        return [f"organization {info.organization}", *user]
    return [*(f"alone {name}" for name in user if info.organization is None), *user]


def _bound(database: Database, key: Key) -> Optional[int]:
    """The account to which the key is bound, if it is."""
    return next(iter(_called(database, key.address_id, f"key {key.id}")), None)


def learn(database: Database, key: Key, names: list[str]) -> int:
    """Binds the key to its account, which has these names as aliases from now on, and returns it.

    A key that is bound stays bound. Where the account had no sure name yet, and the one it gets is
    another's, the two are one: what is cached of them is joined. Where it had one, the API
    contradicts itself, and nothing is joined.
    """
    address = key.address_id
    with database.changing():
        known = _bound(database, key)
        account = _found(database, address, names) if known is None else known
        is_sure = any(map(_is_sure, _names(database, account)))
        for name in (f"key {key.id}", *names):
            others = [one for one in _called(database, address, name) if one != account] if _is_sure(name) else []
            if others and is_sure:
                continue
            for other in others:
                _join(database, other, account)
            database.do("INSERT OR IGNORE INTO alias VALUES (?, ?, ?)", (address, name, account))
    return account


def _is_sure(name: str) -> bool:
    """Tells whether the name belongs to a single account."""
    return name.startswith(("organization ", "alone "))


def _names(database: Database, account: int) -> list[str]:
    return database.read(json_store.text, "SELECT name FROM alias WHERE account = ?", (account,))


def _found(database: Database, address: str, names: list[str]) -> int:
    """The account of the surest name that means a single one; a new one where there is none."""
    for name in names:
        accounts = _called(database, address, name)
        if not _is_sure(name):
            accounts = [one for one in accounts if len(names) == 1 and not any(map(_is_sure, _names(database, one)))]
        if len(accounts) == 1:
            return accounts[0]
    database.do(NEW_ACCOUNT, (address,))
    ((account,),) = database.rows("SELECT last_insert_rowid()")
    return int(account)


def _called(database: Database, address: str, name: str) -> list[int]:
    return database.read(json_store.whole, "SELECT account FROM alias WHERE address = ? AND name = ?", (address, name))


def _join(database: Database, old: int, new: int) -> None:
    """Gives one account all that is cached of the other; of a day that both have, the fuller rows, or the later."""
    moved: tuple[int, int] = (new, old)
    one, other = (f"{SPENT.format(name)}, {name}.seen_at" for name in "ab")
    database.do(
        "DELETE FROM day WHERE id IN (SELECT a.id FROM day a JOIN day b ON a.date = b.date "  # noqa: S608 (our own text)
        f"WHERE a.account = ? AND b.account = ? AND ({one}) < ({other}))",
        moved,
    )
    for table in ("day", "balance", "announcement", "alias"):
        database.do(f"UPDATE OR IGNORE {table} SET account = ? WHERE account = ?", moved)  # noqa: S608 (four names)
        database.do(f"DELETE FROM {table} WHERE account = ?", (old,))  # noqa: S608
    database.do("DELETE FROM account WHERE id = ?", (old,))
