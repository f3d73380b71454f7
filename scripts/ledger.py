"""Asks for the rows of one report; returns what is known, and what is not and why."""

from __future__ import annotations

from datetime import date
from typing import Dict, List, Protocol, Set, Tuple, Union

from desk import Desk, unknown
from errors import Failing, Failure, KeyRefused, MalformedKey, NeedsManagementKey
from keylist import Lists, every_key
from usage import (
    TIMES,
    AccountKeys,
    ActivityRow,
    Credits,
    Key,
    Keys,
    Ledger,
    Note,
    Query,
    Unknown,
    UsageTable,
)

Rows = Union[Tuple[ActivityRow, ...], UsageTable]


class Books(Lists, Protocol):
    """What can be asked of OpenRouter; each may raise a Failure."""

    def credits(self, key: Key) -> Credits: ...
    def activity(self, key: Key) -> Tuple[ActivityRow, ...]: ...
    def usage(self, key: Key, dimensions: Tuple[str, ...], first: date, last: date) -> UsageTable: ...


def take(router: Books, keys: Keys, query: Query, desk: Desk) -> Ledger:
    """The rows of the known days of `query`, by the first key that may see them.

    Raises a Failure where there are no such rows: that of the key which was asked first.
    """
    refusals: List[Tuple[str, Failure]] = []
    for name, slot in (("the management key", keys.management), ("the regular key", keys.regular)):
        if isinstance(slot, Unknown):
            refusals.append((name, MalformedKey(slot.reason, slot.next_step)))
        elif slot is not None:
            clerk = _Clerk(router, slot, query, desk)
            clerk.open()
            rows = clerk.rows()
            if not isinstance(rows, Failure):
                return clerk.ledger(rows, refusals)
            if not isinstance(rows, (KeyRefused, NeedsManagementKey)):
                raise refusals[0][1] if refusals else rows
            refusals.append((name, rows))
    raise _final(refusals[0][1])


def _final(refusal: Failure) -> Failure:
    if isinstance(refusal, NeedsManagementKey):
        return NeedsManagementKey("a report is of the whole account: it needs a management key", refusal.next_step)
    return refusal


class _Clerk:
    """What is asked with one key."""

    def __init__(self, router: Books, key: Key, query: Query, desk: Desk) -> None:
        self._router = router
        self._key = key
        self._query = query
        self._desk = desk
        self._by_analytics = query.source == "analytics"

    def open(self) -> None:
        """Asks at once for all that waits for no other answer."""
        if self._query.with_credits:
            self._desk.put(self._router.credits, self._key)
        if self._by_analytics:
            self._desk.put(self._router.usage, self._key, self._dimensions(), *self._query.known)
        if not self._by_analytics or "model" in self._query.needed:
            self._desk.put(self._router.activity, self._key)
        if "key" in self._query.needed:
            self._desk.put(self._router.workspaces, self._key)

    def _dimensions(self) -> Tuple[str, ...]:
        """With the day in every row, a row of a day that was not asked for is told from the others."""
        needed = self._query.needed
        return needed if set(TIMES) & set(needed) else ("date", *needed)

    def rows(self) -> Union[Rows, Failure]:
        """By day; where analytics cannot answer so many rows, without the days, unless they are wanted."""
        if not self._by_analytics:
            return self._desk.wait(self._router.activity, self._key)
        table = self._desk.wait(self._router.usage, self._key, self._dimensions(), *self._query.known)
        if isinstance(table, Failure) or not table.partial or self._dimensions() == self._query.needed:
            return table
        coarse = self._desk.wait(self._router.usage, self._key, self._query.needed, *self._query.known)
        return table if isinstance(coarse, Failure) else coarse

    def ledger(self, rows: Rows, refusals: List[Tuple[str, Failure]]) -> Ledger:
        """The rows with what they need beside them: the keys, then what waited for nothing."""
        return Ledger(
            asker=self._key.name,
            answer=rows,
            listed=self._listed(),
            slugs=self._slugs(),
            credits=self._desk.known(self._router.credits, self._key) if self._query.with_credits else None,
            notes=tuple(Note("key_not_used", f"{name} was not used: {why.message}") for name, why in refusals),
        )

    def _listed(self) -> Union[AccountKeys, Unknown, None]:
        if "key" not in self._query.needed:
            return None
        listed = every_key(self._desk, self._router, self._key)
        return unknown(listed) if isinstance(listed, Failure) else listed

    def _slugs(self) -> Union[Dict[str, str], Unknown]:
        """The model of each version that belongs to one model alone. Raises Failing where the pattern needs them."""
        if not self._by_analytics or "model" not in self._query.needed:
            return {}
        rows = self._desk.wait(self._router.activity, self._key)
        if isinstance(rows, Failure):
            if self._query.model:
                raise Failing(f"/activity failed, so no model can be told by its name: {rows.message}", rows.next_step)
            return unknown(rows)
        models: Dict[str, Set[str]] = {}
        for row in rows:
            models.setdefault(row.permaslug, set()).add(row.model)
        return {permaslug: named.pop() for permaslug, named in models.items() if permaslug and len(named) == 1}
