"""Asks for the rows of one report; returns what is known, and what is not and why."""

from __future__ import annotations

from datetime import date
from typing import Dict, List, Optional, Protocol, Tuple, Union

from desk import Desk, unknown
from errors import BadUsage, Failure, KeyRefused, MalformedKey, NeedsManagementKey
from keylist import Lists, every_key
from names import meant, nearest
from plaintext import clean, without_keys
from usage import (
    AccountKeys,
    ActivityRow,
    Credits,
    Key,
    Keys,
    Ledger,
    ListedKey,
    Note,
    Query,
    Unknown,
    UsageTable,
)

Rows = Union[Tuple[ActivityRow, ...], UsageTable]


class Books(Lists, Protocol):
    """What can be asked of OpenRouter; each may raise a Failure."""

    def credits(self, key: Key) -> Credits: ...
    def activity(self, key: Key, key_hash: str = "") -> Tuple[ActivityRow, ...]: ...
    def usage(self, key: Key, dimensions: Tuple[str, ...], first: date, last: date) -> UsageTable: ...


def take(router: Books, keys: Keys, query: Query, first: date, last: date, desk: Desk) -> Ledger:
    """The rows of `query` from `first` to `last`, both UTC days included, by the first key that may see them.

    Raises a Failure where there are no such rows: that of the key which was asked first.
    """
    refusals: List[Tuple[str, Failure]] = []
    for name, slot in (("the management key", keys.management), ("the regular key", keys.regular)):
        if isinstance(slot, Unknown):
            refusals.append((name, MalformedKey(slot.reason, slot.next_step)))
        elif slot is not None:
            clerk = _Clerk(router, slot, query, first, last, desk)
            rows = clerk.rows()
            if not isinstance(rows, Failure):
                return clerk.ledger(rows, refusals)
            if not isinstance(rows, (KeyRefused, NeedsManagementKey)):
                raise rows
            refusals.append((name, rows))
    raise _final(refusals[0][1])


def _final(refusal: Failure) -> Failure:
    if isinstance(refusal, NeedsManagementKey):
        return NeedsManagementKey("a report is of the whole account: it needs a management key", refusal.next_step)
    return refusal


class _Clerk:
    """What is asked with one key."""

    def __init__(self, router: Books, key: Key, query: Query, first: date, last: date, desk: Desk) -> None:
        self._router = router
        self._key = key
        self._query = query
        self._span = (first, last)
        self._desk = desk
        self._wants_list = bool(query.key) or "key" in query.by
        self._wants_slugs = query.source == "analytics" and "model" in query.needed
        self._open()

    def _open(self) -> None:
        """Asks at once for all that waits for no other answer."""
        if self._query.credits:
            self._desk.put(self._router.credits, self._key)
        if self._query.source == "analytics":
            self._desk.put(self._router.usage, self._key, self._dimensions(), *self._span)
        if self._wants_slugs or (self._query.source == "activity" and not self._query.key):
            self._desk.put(self._router.activity, self._key)
        if self._wants_list:
            self._desk.put(self._router.workspaces, self._key)

    def _dimensions(self) -> Tuple[str, ...]:
        """With the day in every row, a row of a day that was not asked for is told from the others."""
        needed = self._query.needed
        return needed if {"date", "hour"} & set(needed) else ("date", *needed)

    def rows(self) -> Union[Rows, Failure]:
        if self._query.source == "analytics":
            return self._grouped_by_openrouter()
        if self._query.key:
            return self._activity_of_one_key()
        return self._desk.wait(self._router.activity, self._key)

    def _grouped_by_openrouter(self) -> Union[UsageTable, Failure]:
        """By day; where those are too many rows for one answer, without the days, unless they were asked for."""
        table = self._desk.wait(self._router.usage, self._key, self._dimensions(), *self._span)
        if isinstance(table, Failure) or not table.partial or self._dimensions() == self._query.needed:
            return table
        coarse = self._desk.wait(self._router.usage, self._key, self._query.needed, *self._span)
        return table if isinstance(coarse, Failure) else coarse

    def _activity_of_one_key(self) -> Union[Tuple[ActivityRow, ...], Failure]:
        """/activity by the hashes of all keys of that name."""
        listed = every_key(self._desk, self._router, self._key)
        if isinstance(listed, Failure):
            return listed
        names = meant(self._query.key, self._names(listed.keys))
        hashes = [one.hash for one in listed.keys if one.name in names and one.hash]
        for key_hash in hashes:
            self._desk.put(self._router.activity, self._key, key_hash)
        found: List[ActivityRow] = []
        for key_hash in hashes:
            rows = self._desk.wait(self._router.activity, self._key, key_hash)
            if isinstance(rows, Failure):
                return rows
            found += rows
        return tuple(found)

    def _names(self, listed: Tuple[ListedKey, ...], table: Optional[UsageTable] = None) -> List[str]:
        """The names of all keys. Raises BadUsage where the wanted one is not among them."""
        names = [one.name for one in listed if one.name]
        if table is not None:
            column = table.dimensions.index("key")
            names += [str(row.names[column]) for row in table.rows if row.names[column]]
        if self._query.key and not meant(self._query.key, names):
            likely = " or ".join(nearest(self._query.key, names))
            raise BadUsage(
                f"no key is called {clean(without_keys(self._query.key))}" + (f"; is it {likely}?" if likely else ""),
                "`report --by key` lists the keys",
            )
        return names

    def ledger(self, rows: Rows, refusals: List[Tuple[str, Failure]]) -> Ledger:
        return Ledger(
            asker=self._key.name,
            answer=rows,
            slugs=self._slugs(),
            listed=self._listed(rows),
            credits=self._desk.known(self._router.credits, self._key) if self._query.credits else None,
            notes=tuple(Note("key_not_used", f"{name} was not used: {why.message}") for name, why in refusals),
        )

    def _slugs(self) -> Union[Dict[str, str], Unknown]:
        if not self._wants_slugs:
            return {}
        rows = self._desk.known(self._router.activity, self._key)
        return rows if isinstance(rows, Unknown) else {row.permaslug: row.model for row in rows if row.permaslug}

    def _listed(self, rows: Rows) -> Union[AccountKeys, Unknown, None]:
        if not self._wants_list:
            return None
        listed = every_key(self._desk, self._router, self._key)
        if isinstance(listed, Failure):
            return unknown(listed)
        if isinstance(rows, UsageTable):
            self._names(listed.keys, rows)
        return listed
