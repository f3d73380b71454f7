"""Asks for the rows of one report; returns what is known, and what is not and why."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Dict, List, Optional, Tuple, Union

import books
from desk import Desk, unknown
from errors import Failing, Failure, KeyRefused, MalformedKey, NeedsManagementKey
from keylist import every_key
from reports import Ledger, Query, Reading
from usage import (
    TIMES,
    AccountKeys,
    ActivityRow,
    Completed,
    Key,
    Keys,
    Note,
    Remembered,
    Unknown,
    UsageTable,
)

if TYPE_CHECKING:
    from neighbours import Books, Library


def take(router: Books, keys: Keys, query: Query, today: date, desk: Desk, memory: Optional[Library] = None) -> Ledger:
    """The rows of the known days of `query` on the UTC day `today`, by the first key that may see them.

    Raises a Failure where there are no such rows: that of the key which was asked first.
    """
    refusals: List[Tuple[str, Failure]] = []
    for name, slot in (("the management key", keys.management), ("the regular key", keys.regular)):
        if isinstance(slot, Unknown):
            refusals.append((name, MalformedKey(slot.reason, slot.next_step)))
        elif slot is not None:
            clerk = _Clerk(router, slot, query, today, desk, memory)
            clerk.open()
            rows = clerk.rows()
            if isinstance(rows, Completed):
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

    def __init__(self, router: Books, key: Key, query: Query, today: date, desk: Desk, memory: Optional[Library]):
        self._router = router
        self._key = key
        self._query = query
        self._today = today
        self._desk = desk
        self._memory = memory
        self._by_analytics = query.source == "analytics"

    def open(self) -> None:
        """Asks at once for all that waits for no other answer."""
        reach, needed = self._query.reach, self._query.needed
        if self._query.with_credits:
            self._desk.put(self._router.credits, self._key)
        if reach and self._by_analytics:
            self._desk.put(self._router.usage, self._key, self._dimensions(), *reach)
        if (reach and not self._by_analytics) or self._wants_slugs():
            self._put_activity()
        if "key" in needed:
            self._desk.put(self._router.workspaces, self._key)

    def _put_activity(self) -> None:
        """What it tells is remembered of an account, which a key tells that was never seen before."""
        if self._memory and self._memory.is_stranger(self._key):
            self._desk.put(self._router.key, self._key)
        self._desk.put(self._router.activity, self._key)

    def _activity(self) -> Union[Tuple[ActivityRow, ...], Remembered, Failure]:
        if self._desk.was_put(self._router.key, self._key):
            self._desk.wait(self._router.key, self._key)
        return self._desk.wait(self._router.activity, self._key)

    def _wants_slugs(self) -> bool:
        return self._by_analytics and "model" in self._query.needed

    def _dimensions(self) -> Tuple[str, ...]:
        """With the day in every row, a row of a day that was not asked for is told from the others."""
        needed = self._query.needed
        return needed if set(TIMES) & set(needed) else ("date", *needed)

    def rows(self) -> Union[Completed, Failure]:
        """The rows of all days that are known."""
        if not self._by_analytics:
            return self._completed()
        first, last = self._query.reach or (self._query.first, self._query.last)
        table = self._usage(first, last)
        return table if isinstance(table, Failure) else Completed(table, books.every_day(first, last))

    def _usage(self, first: date, last: date) -> Union[UsageTable, Failure]:
        """By day; where analytics cannot answer so many rows, without the days, unless they are wanted."""
        table = self._desk.wait(self._router.usage, self._key, self._dimensions(), first, last)
        if isinstance(table, Failure) or not table.partial or self._dimensions() == self._query.needed:
            return table
        coarse = self._desk.wait(self._router.usage, self._key, self._query.needed, first, last)
        return table if isinstance(coarse, Failure) else coarse

    def _completed(self) -> Union[Completed, Failure]:
        """What /activity tells, and what is remembered of the days before."""
        span, dimensions = (self._query.first, self._query.last), self._query.needed
        answer = self._activity() if self._query.reach else None
        if isinstance(answer, Failure):
            return answer
        if answer is None or isinstance(answer, Remembered):
            return books.remembered(self._memory, self._key, dimensions, span)
        newer = books.told(answer, self._today, dimensions, span)
        older = (span[0], newer.days[0] - timedelta(days=1))
        return books.together(books.remembered(self._memory, self._key, dimensions, older), newer)

    def ledger(self, answer: Completed, refusals: List[Tuple[str, Failure]]) -> Ledger:
        """The rows with what they need beside them: the keys, then what waited for nothing."""
        return Ledger(
            asker=self._key.name,
            answer=answer,
            listed=self._listed(),
            slugs=self._slugs(),
            credits=self._desk.known(self._router.credits, self._key) if self._query.with_credits else None,
            notes=tuple(Note("key_not_used", f"{name} was not used: {why.message}") for name, why in refusals),
            readings=self._readings(),
        )

    def _readings(self) -> Tuple[Reading, ...]:
        if self._memory is None or not self._query.has_balances:
            return ()
        return self._memory.readings(self._key, (self._query.first, self._query.last))

    def _listed(self) -> Union[AccountKeys, Unknown, None]:
        if "key" not in self._query.needed:
            return None
        listed = every_key(self._desk, self._router, self._key)
        return unknown(listed) if isinstance(listed, Failure) else listed

    def _slugs(self) -> Union[Dict[str, str], Unknown]:
        """The model of each version that belongs to one model alone. Raises Failing where the pattern needs them."""
        if not self._wants_slugs():
            return {}
        rows = self._activity()
        if isinstance(rows, Failure):
            if self._query.model:
                raise Failing(f"/activity failed, so no model can be told by its name: {rows.message}", rows.next_step)
            return unknown(rows)
        told = [] if isinstance(rows, Remembered) else [(row.permaslug, row.model) for row in rows]
        return books.models([*told, *(self._memory.versions(self._key) if self._memory else ())])
