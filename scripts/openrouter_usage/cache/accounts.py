"""Tells which account a key belongs to, so that no two accounts are ever mixed and none is split."""

from __future__ import annotations

from typing import List, Optional, Tuple

from openrouter_usage.cache.database import History
from openrouter_usage.digests import salted
from openrouter_usage.records import Key, KeyInfo


def digest(history: History, key: Key) -> str:
    """What a key at its address is known by: a salted digest, which says nothing about the key."""
    return salted(f"{key.address} {key.text}", history.salt).hex()


def address(history: History, key: Key) -> str:
    """What the key's address is known by; it may hold a secret, too."""
    return salted(key.address, history.salt).hex()


def place(history: History, digest: str, question: str) -> int:
    """A number for a key's question, the same for all processes; two questions may share one."""
    return int.from_bytes(salted(f"{digest} {question}", history.salt)[:3], "big")


def names_of(info: KeyInfo) -> List[str]:
    """What the API calls the account, the surest name first.

    An organization has several users, and a user may have an account of their own besides: the
    user's id names an account for sure only where the API says that there is no organization.
    Where it says nothing of organizations, the id means an account of which it never did.
    """
    user = [f"user {info.creator}"] if isinstance(info.creator, str) else []
    if isinstance(info.organization, str):
        return [f"organization {info.organization}", *user]
    return [*(f"alone {name}" for name in user if info.organization is None), *user]


def bound(history: History, address: str, digest: str) -> Optional[int]:
    """The account to which the key is bound, if it is."""
    return next(iter(_called(history, address, f"key {digest}")), None)


def learn(history: History, address: str, digest: str, names: List[str]) -> int:
    """The account of the key, which is bound to it from now on; the names are its aliases from now on.

    A key that is bound stays bound. Where the account had no sure name yet, and the one it gets is
    another's, the two are one: what is remembered of them is joined. Where it had one, the API
    contradicts itself, and nothing is joined.
    """
    with history.changing():
        known = bound(history, address, digest)
        account = _found(history, address, names) if known is None else known
        is_sure = any(map(_is_sure, _names(history, account)))
        for name in (f"key {digest}", *names):
            others = [one for one in _called(history, address, name) if one != account] if _is_sure(name) else []
            if others and is_sure:
                continue
            for other in others:
                _join(history, other, account)
            history.do("INSERT OR IGNORE INTO alias VALUES (?, ?, ?)", (address, name, account))
    return account


def _is_sure(name: str) -> bool:
    """Whether only one account is ever called that; keys are, but they are bound, not called."""
    return name.startswith(("organization ", "alone "))


def _names(history: History, account: int) -> List[str]:
    return [name for (name,) in history.rows("SELECT name FROM alias WHERE account = ?", (account,))]


def _found(history: History, address: str, names: List[str]) -> int:
    """The account of the surest name that means a single one; a new one where there is none."""
    for name in names:
        accounts = _called(history, address, name)
        if not _is_sure(name):
            accounts = [one for one in accounts if len(names) == 1 and not any(map(_is_sure, _names(history, one)))]
        if len(accounts) == 1:
            return accounts[0]
    history.do("INSERT INTO account (address) VALUES (?)", (address,))
    ((account,),) = history.rows("SELECT MAX(id) FROM account")
    return int(account)


def _called(history: History, address: str, name: str) -> List[int]:
    found = history.rows("SELECT account FROM alias WHERE address = ? AND name = ?", (address, name))
    return [account for (account,) in found]


def _join(history: History, old: int, new: int) -> None:
    """Gives one account all that is remembered of the other; of a day that both have, what was seen later."""
    moved: Tuple[int, int] = (new, old)
    history.do(
        "DELETE FROM day WHERE id IN (SELECT a.id FROM day a JOIN day b ON a.date = b.date "
        "WHERE a.account = ? AND b.account = ? AND a.seen_at < b.seen_at)",
        moved,
    )
    for table in ("day", "balance", "announcement", "alias"):
        history.do(f"UPDATE OR IGNORE {table} SET account = ? WHERE account = ?", moved)  # noqa: S608 (four names)
        history.do(f"DELETE FROM {table} WHERE account = ?", (old,))  # noqa: S608
    history.do("DELETE FROM account WHERE id = ?", (old,))
