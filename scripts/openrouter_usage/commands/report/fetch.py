"""Asks for the rows of one report; returns what is known, and what is not and why."""

from __future__ import annotations

from datetime import date
from typing import Dict, List, Optional, Tuple, Union, cast

from openrouter_usage.cache import balances, days
from openrouter_usage.commands.report.records import Ledger, Query
from openrouter_usage.days import DAY, every_day
from openrouter_usage.dimensions import TIMES
from openrouter_usage.errors import Failing, Failure, KeyRefused, MalformedKey, NeedsManagementKey
from openrouter_usage.fetch import completed_days, questions, today
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.fetch.key_list import every_key
from openrouter_usage.records import (
    AccountKeys,
    Activity,
    Completed,
    Key,
    Keys,
    Note,
    Question,
    Reading,
    Remembered,
    TodayUse,
    Unknown,
    UsageTable,
)


def take(asker: Asker, keys: Keys, query: Query, share: float = 1) -> Optional[Ledger]:
    """The rows of the known days of `query`, by the first key that may see them.

    `share` is the part of the time that is left for which /activity is waited for.
    None where OpenRouter tells none of the days, and none is remembered. Raises a Failure where no
    key may see the rows, or nobody tells them: that of the key which was asked first.
    """
    refusals: List[Tuple[str, Failure]] = []
    for name, slot in (("the management key", keys.management), ("the regular key", keys.regular)):
        if isinstance(slot, Unknown):
            refusals.append((name, MalformedKey(slot.reason, slot.next_step)))
        elif slot is not None:
            asking = _KeyFetch(asker, slot, query, share)
            rows = asking.rows()
            if isinstance(rows, Completed):
                return asking.ledger(rows, refusals) if rows.days else None
            if not isinstance(rows, (KeyRefused, NeedsManagementKey)):
                raise refusals[0][1] if refusals else rows
            refusals.append((name, rows))
    raise _final(refusals[0][1])


def ask(asker: Asker, keys: Keys, query: Query) -> None:
    """Asks by the first key, without waiting: several queries may be asked side by side."""
    first = next(iter(keys.found[::-1]), None)
    if first is not None:
        _KeyFetch(asker, first, query).open()


def _final(refusal: Failure) -> Failure:
    if isinstance(refusal, NeedsManagementKey):
        return NeedsManagementKey("this is of the whole account: it needs a management key", refusal.next_step)
    return refusal


class _KeyFetch:
    """Fetches the rows of a query with one key."""

    def __init__(self, asker: Asker, key: Key, query: Query, share: float = 1) -> None:
        self._asker = asker
        self._key = key
        self._query = query
        self._today = asker.now.date()
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
        told = self._asker.server_time
        return last if told is None or self._query.is_live else min(last, told.date() - DAY)

    def open(self) -> None:
        """Asks at once for all that waits for no other answer."""
        reach, query = self._query.reach, self._query
        if query.with_credits and reach:
            self._asker.ask(questions.credits(self._key))
        if reach and self._by_analytics:
            self._asker.ask(self._usage_question(self._dimensions(), *reach))
        if query.with_today:
            today.ask(self._asker, self._key, self._dimensions())
        if self._wants_slugs() or (not self._by_analytics and (reach or self._has_to_ask_whose())):
            self._put_activity()
        if "key" in query.needed:
            self._asker.ask(questions.workspaces(self._key))

    def _usage_question(self, dimensions: Tuple[str, ...], first: date, last: date) -> Question[UsageTable]:
        """The question for the use on these days; of today until now."""
        if last == self._today:
            return questions.usage_until(self._key, dimensions, first, last, self._asker.now)
        return questions.usage(self._key, dimensions, first, last)

    def _is_stranger(self) -> bool:
        """Whether it has to be learnt first which account the key belongs to, and what it may see."""
        return days.is_new_key(self._asker.cache, self._key)

    def _has_to_ask_whose(self) -> bool:
        """Whether days are remembered that may be of the key's account."""
        return self._is_stranger() and days.holds_any(self._asker.cache, self._span)

    def _put_activity(self) -> None:
        if self._is_stranger():
            self._asker.ask(questions.key(self._key))
        self._asker.ask(questions.activity(self._key))

    def _activity(self) -> Union[Activity, Remembered, Failure]:
        """After the key told its account, to which what is told here belongs."""
        if self._asker.was_asked(questions.key(self._key)):
            self._asker.answer(questions.key(self._key))
        return self._asker.answer(questions.activity(self._key), share=self._share)

    def _wants_slugs(self) -> bool:
        return self._by_analytics and "model" in self._query.needed

    def _dimensions(self) -> Tuple[str, ...]:
        """With the day in every row, a row of a day that was not asked for is told from the others."""
        needed = self._query.needed
        return needed if set(TIMES) & set(needed) else ("date", *needed)

    def _usage(self, first: date, last: date) -> Union[UsageTable, Failure]:
        """By day; where analytics cannot answer so many rows, without the days, unless they are wanted."""
        table = self._asker.answer(self._usage_question(self._dimensions(), first, last))
        if isinstance(table, Failure) or not table.partial or self._dimensions() == self._query.needed:
            return table
        coarse = self._asker.answer(self._usage_question(self._query.needed, first, last))
        return table if isinstance(coarse, Failure) else coarse

    def _completed(self) -> Union[Completed, Failure]:
        """What /activity tells, and what is remembered of the days before."""
        asks = self._asker.was_asked(questions.activity(self._key))
        answer = self._activity() if asks else None
        if isinstance(answer, Failure):
            return answer
        if isinstance(answer, Activity) and self._query.reach:
            return self._together(answer)
        held = self._remembered()
        if held.days or not self._query.reach:
            return held
        self._asker.ask_again(questions.activity(self._key))  # memory has other days, or cannot be read
        told = self._asker.answer(questions.activity(self._key), or_cached=False)
        return self._together(told) if isinstance(told, Activity) else cast(Failure, told)

    def _remembered(self) -> Completed:
        return completed_days.cached(self._asker.cache, self._key, self._query.needed, self._span)

    def _together(self, answer: Activity) -> Completed:
        return completed_days.with_older(
            self._asker.cache, self._key, answer, self._today, self._query.needed, self._span
        )

    def ledger(self, answer: Completed, refusals: List[Tuple[str, Failure]]) -> Ledger:
        """The rows with what they need beside them: the keys, then what waited for nothing."""
        return Ledger(
            asker=self._key,
            answer=answer,
            listed=self._listed(),
            slugs=self._slugs(),
            credits=self._asker.known(questions.credits(self._key)) if self._query.with_credits else None,
            notes=tuple(Note("key_not_used", f"{name} was not used: {why.message}") for name, why in refusals),
            readings=self._readings(),
            today=self._today_so_far() if self._query.with_today else None,
        )

    def _today_so_far(self) -> Union[TodayUse, Unknown]:
        return today.answer(self._asker, self._key, self._dimensions())

    def _readings(self) -> Tuple[Reading, ...]:
        return balances.read(self._asker.cache, self._key, self._span) if self._query.has_balances else ()

    def _listed(self) -> Union[AccountKeys, Unknown, None]:
        if "key" not in self._query.needed:
            return None
        listed = every_key(self._asker, self._key)
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
        return completed_days.models([*told, *days.versions(self._asker.cache, self._key)])
