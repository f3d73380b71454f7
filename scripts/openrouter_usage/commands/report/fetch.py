"""Asks for the rows of one report; returns what is known, and what is not and why."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple, Union, cast

from openrouter_usage.commands.report.records import Ledger, Query
from openrouter_usage.days import DAY, every_day
from openrouter_usage.errors import Failing, Failure, KeyRefused, MalformedKey, NeedsManagementKey
from openrouter_usage.fetch import completed_days, today
from openrouter_usage.fetch.asker import Desk, unknown
from openrouter_usage.fetch.key_list import every_key
from openrouter_usage.records import (
    TIMES,
    AccountKeys,
    Activity,
    Completed,
    Key,
    Keys,
    Note,
    Reading,
    Remembered,
    TodayUse,
    Unknown,
    UsageTable,
)

if TYPE_CHECKING:
    from openrouter_usage.fetch.neighbours import Books, Library


def take(
    router: Books,
    keys: Keys,
    query: Query,
    now: datetime,
    desk: Desk,
    memory: Optional[Library] = None,
    share: float = 1,
) -> Optional[Ledger]:
    """The rows of the known days of `query` at `now`, by the first key that may see them.

    `share` is the part of the time that is left for which /activity is waited for.
    None where OpenRouter tells none of the days, and none is remembered. Raises a Failure where no
    key may see the rows, or nobody tells them: that of the key which was asked first.
    """
    refusals: List[Tuple[str, Failure]] = []
    for name, slot in (("the management key", keys.management), ("the regular key", keys.regular)):
        if isinstance(slot, Unknown):
            refusals.append((name, MalformedKey(slot.reason, slot.next_step)))
        elif slot is not None:
            clerk = _Clerk(router, slot, query, now, desk, memory, share)
            rows = clerk.rows()
            if isinstance(rows, Completed):
                return clerk.ledger(rows, refusals) if rows.days else None
            if not isinstance(rows, (KeyRefused, NeedsManagementKey)):
                raise refusals[0][1] if refusals else rows
            refusals.append((name, rows))
    raise _final(refusals[0][1])


def put(router: Books, keys: Keys, query: Query, now: datetime, desk: Desk, memory: Optional[Library] = None) -> None:
    """Asks by the first key, without waiting: several queries may be put side by side."""
    first = next(iter(keys.found[::-1]), None)
    if first is not None:
        _Clerk(router, first, query, now, desk, memory).open()


def _final(refusal: Failure) -> Failure:
    if isinstance(refusal, NeedsManagementKey):
        return NeedsManagementKey("this is of the whole account: it needs a management key", refusal.next_step)
    return refusal


class _Clerk:
    """What is asked with one key."""

    def __init__(
        self,
        router: Books,
        key: Key,
        query: Query,
        now: datetime,
        desk: Desk,
        memory: Optional[Library],
        share: float = 1,
    ) -> None:
        self._router = router
        self._key = key
        self._query = query
        self._now = now
        self._today = now.date()
        self._desk = desk
        self._memory = memory
        self._share = share
        self._span = query.first, query.last
        self._by_analytics = query.source == "analytics"

    def rows(self) -> Union[Completed, Failure]:
        """The rows of all days that are known."""
        self.open()
        if not self._by_analytics:
            return self._completed()
        first, last = self._query.reach or (self._query.first, self._query.last)
        table = self._usage(first, last)
        return table if isinstance(table, Failure) else Completed(table, every_day((first, self._last_over(last))))

    def _last_over(self, last: date) -> date:
        """The last of the days that is over by OpenRouter's clock, too, unless it is today that is asked for."""
        told = self._router.server_time
        return last if told is None or self._query.is_live else min(last, told.date() - DAY)

    def open(self) -> None:
        """Asks at once for all that waits for no other answer."""
        reach, query = self._query.reach, self._query
        if query.with_credits and reach:
            self._desk.put(self._router.credits, self._key)
        if reach and self._by_analytics:
            self._desk.put(*self._asked(self._dimensions(), *reach))
        if query.with_today:
            today.put(self._desk, self._router, self._key, self._dimensions(), self._now)
        if self._wants_slugs() or (not self._by_analytics and (reach or self._has_to_ask_whose())):
            self._put_activity()
        if "key" in query.needed:
            self._desk.put(self._router.workspaces, self._key)

    def _asked(self, dimensions: Tuple[str, ...], first: date, last: date) -> Tuple[Any, ...]:
        """The question for the use on these days; of today until now."""
        if last == self._today:
            return self._router.usage_until, self._key, dimensions, first, last, self._now
        return self._router.usage, self._key, dimensions, first, last

    def _is_stranger(self) -> bool:
        """Whether it has to be learnt first which account the key belongs to, and what it may see."""
        return self._memory is not None and self._memory.is_stranger(self._key)

    def _has_to_ask_whose(self) -> bool:
        """Whether days are remembered that may be of the key's account."""
        return self._memory is not None and self._is_stranger() and self._memory.holds_any(self._span)

    def _put_activity(self) -> None:
        if self._is_stranger():
            self._desk.put(self._router.key, self._key)
        self._desk.put(self._router.activity, self._key)

    def _activity(self) -> Union[Activity, Remembered, Failure]:
        """After the key told its account, to which what is told here belongs."""
        if self._desk.was_put(self._router.key, self._key):
            self._desk.wait(self._router.key, self._key)
        return self._desk.wait(self._router.activity, self._key, share=self._share)

    def _wants_slugs(self) -> bool:
        return self._by_analytics and "model" in self._query.needed

    def _dimensions(self) -> Tuple[str, ...]:
        """With the day in every row, a row of a day that was not asked for is told from the others."""
        needed = self._query.needed
        return needed if set(TIMES) & set(needed) else ("date", *needed)

    def _usage(self, first: date, last: date) -> Union[UsageTable, Failure]:
        """By day; where analytics cannot answer so many rows, without the days, unless they are wanted."""
        table: Union[UsageTable, Failure] = self._desk.wait(*self._asked(self._dimensions(), first, last))
        if isinstance(table, Failure) or not table.partial or self._dimensions() == self._query.needed:
            return table
        coarse: Union[UsageTable, Failure] = self._desk.wait(*self._asked(self._query.needed, first, last))
        return table if isinstance(coarse, Failure) else coarse

    def _completed(self) -> Union[Completed, Failure]:
        """What /activity tells, and what is remembered of the days before."""
        asks = self._desk.was_put(self._router.activity, self._key)
        answer = self._activity() if asks else None
        if isinstance(answer, Failure):
            return answer
        if isinstance(answer, Activity) and self._query.reach:
            return self._together(answer)
        held = self._remembered()
        if held.days or not self._query.reach:
            return held
        self._desk.put_anew(self._router.activity, self._key)  # memory has other days, or cannot be read
        told = self._desk.wait(self._router.activity, self._key, or_remembered=False)
        return self._together(told) if isinstance(told, Activity) else cast(Failure, told)

    def _remembered(self) -> Completed:
        return completed_days.remembered(self._memory, self._key, self._query.needed, self._span)

    def _together(self, answer: Activity) -> Completed:
        return completed_days.with_older(self._memory, self._key, answer, self._today, self._query.needed, self._span)

    def ledger(self, answer: Completed, refusals: List[Tuple[str, Failure]]) -> Ledger:
        """The rows with what they need beside them: the keys, then what waited for nothing."""
        return Ledger(
            asker=self._key,
            answer=answer,
            listed=self._listed(),
            slugs=self._slugs(),
            credits=self._desk.known(self._router.credits, self._key) if self._query.with_credits else None,
            notes=tuple(Note("key_not_used", f"{name} was not used: {why.message}") for name, why in refusals),
            readings=self._readings(),
            today=self._today_so_far() if self._query.with_today else None,
        )

    def _today_so_far(self) -> Union[TodayUse, Unknown]:
        return today.so_far(self._desk, self._router, self._key, self._dimensions(), self._now, self._memory)

    def _readings(self) -> Tuple[Reading, ...]:
        if self._memory is None or not self._query.has_balances:
            return ()
        return self._memory.readings(self._key, self._span)

    def _listed(self) -> Union[AccountKeys, Unknown, None]:
        if "key" not in self._query.needed:
            return None
        listed = every_key(self._desk, self._router, self._key)
        return unknown(listed) if isinstance(listed, Failure) else listed

    def _slugs(self) -> Union[Dict[str, str], Unknown]:
        """The model of each version that belongs to one model alone. Raises Failing where the pattern needs them."""
        if not self._wants_slugs():
            return {}
        answer = self._activity()
        if isinstance(answer, Failure):
            if self._query.model:
                raise Failing(
                    f"/activity failed, so no model can be told by its name: {answer.message}", answer.next_step
                )
            return unknown(answer)
        told = [] if isinstance(answer, Remembered) else [(row.permaslug, row.model) for row in answer.rows]
        return completed_days.models([*told, *(self._memory.versions(self._key) if self._memory else ())])
