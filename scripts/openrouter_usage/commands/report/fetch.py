"""Fetches the rows of a report, and the other answers that it needs."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple, Union, cast

from openrouter_usage import records
from openrouter_usage.cache import balances, days
from openrouter_usage.commands.report.records import BESIDE, ROWS, Answers, Query
from openrouter_usage.days import DAY, Span, every_day
from openrouter_usage.dimensions import TIMES
from openrouter_usage.errors import Failing, Failure, KeyRefused, MalformedKey, NeedsManagementKey
from openrouter_usage.fetch import completed_days, key_list, questions, today
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.records import Activity, Completed, Unknown, UsageTable


def ask(asker: Asker, keys: records.Keys, query: Query) -> None:
    """Asks the query by the first key, without waiting, so that several queries may be asked side by side."""
    first = next(iter(keys.found[::-1]), None)
    if first is not None:
        _KeyFetch(asker, first, query).ask()


def answer(asker: Asker, keys: records.Keys, query: Query, share: float = 1) -> Optional[Answers]:
    """Returns the answers to the query by the first key that may see the rows, None if no day of it is known.

    `share` is the share of the time left for which /activity is awaited. Raises the Failure of the key that was asked
    first if no key may see the rows, or if OpenRouter cannot answer.
    """
    refusals: List[Tuple[str, Failure]] = []
    for name, slot in (("the management key", keys.management), ("the regular key", keys.regular)):
        if isinstance(slot, Unknown):
            refusals.append((name, MalformedKey(slot.reason, slot.next_step)))
        elif slot is not None:
            fetch = _KeyFetch(asker, slot, query, share)
            usage = fetch.usage()
            if isinstance(usage, Completed):
                return fetch.answers(usage, refusals) if usage.days else None
            if not isinstance(usage, (KeyRefused, NeedsManagementKey)):
                raise refusals[0][1] if refusals else usage
            refusals.append((name, usage))
    refusal = refusals[0][1]
    if isinstance(refusal, NeedsManagementKey):
        raise NeedsManagementKey("this is of the whole account: it needs a management key", refusal.next_step)
    raise refusal


class _KeyFetch:
    """Fetches the answers to a query with one key."""

    def __init__(self, asker: Asker, key: records.Key, query: Query, share: float = 1) -> None:
        self._asker = asker
        self._key = key
        self._query = query
        self._share = share
        self._span = query.first, query.last
        self._by_analytics = query.source == "analytics"
        self._needs_models = self._by_analytics and "model" in query.needed
        self._with_today = query.today in (BESIDE, ROWS)
        # With the day in every row, rows of a day that was not asked for can be left out.
        has_time = set(TIMES) & set(query.needed)
        self._dimensions = query.needed if has_time else ("date", *query.needed)

    def ask(self) -> None:
        """Asks all that can be asked before any answer is there."""
        key, query, reach = self._key, self._query, self._query.reach
        if query.with_credits and reach:
            self._asker.ask(questions.credits(key))
        if reach and self._by_analytics:
            self._asker.ask(self._usage_question(self._dimensions, reach))
        if self._with_today:
            today.ask(self._asker, key, self._dimensions)
        if self._needs_activity():
            if days.is_new_key(self._asker.cache, key):
                self._asker.ask(questions.key(key))
            self._asker.ask(questions.activity(key))
        if "key" in query.needed:
            self._asker.ask(questions.workspaces(key))

    def _usage_question(self, dimensions: Tuple[str, ...], span: Span) -> records.Question[UsageTable]:
        """Returns the question for the use on these days; today's use is that until now."""
        if span[1] == self._asker.now.date():
            return questions.usage_until(self._key, dimensions, *span, self._asker.now)
        return questions.usage(self._key, dimensions, *span)

    def _needs_activity(self) -> bool:
        """Tells whether /activity is asked.

        It has the rows, the names of models, and, if the key is new, says whether the cached days are of its account.
        """
        if self._by_analytics:
            return self._needs_models
        cache = self._asker.cache
        return bool(self._query.reach) or (days.is_new_key(cache, self._key) and days.holds_any(cache, self._span))

    # The rows

    def usage(self) -> Union[Completed, Failure]:
        """Returns the rows of all days that are known."""
        self.ask()
        if not self._by_analytics:
            return self._from_activity()
        first, last = self._query.reach or self._span
        table = self._from_analytics((first, last))
        if isinstance(table, Failure):
            return table
        server_time = self._asker.server_time
        if server_time and not self._query.is_live:
            last = min(last, server_time.date() - DAY)  # by OpenRouter's clock a later day is not over
        return Completed(table, every_day((first, last)))

    def _from_analytics(self, span: Span) -> Union[UsageTable, Failure]:
        """Returns the rows by day, or without the days if these are not needed and make too many rows."""
        table = self._asker.answer(self._usage_question(self._dimensions, span))
        if isinstance(table, Failure) or not table.partial or self._dimensions == self._query.needed:
            return table
        coarse = self._asker.answer(self._usage_question(self._query.needed, span))
        return table if isinstance(coarse, Failure) else coarse

    def _from_activity(self) -> Union[Completed, Failure]:
        """Returns the days that /activity has, and the cached days before them."""
        question = questions.activity(self._key)
        answer = self._activity() if self._asker.was_asked(question) else None
        if isinstance(answer, Failure):
            return answer
        if isinstance(answer, Activity) and self._query.reach:
            return self._with_older(answer)
        cached = completed_days.cached(self._asker.cache, self._key, self._query.needed, self._span)
        if cached.days or not self._query.reach:
            return cached
        self._asker.ask_again(question)  # the cache has other days, or cannot be read
        again = self._asker.answer(question, or_cached=False)
        return self._with_older(again) if isinstance(again, Activity) else cast(Failure, again)

    def _activity(self) -> Union[Activity, records.Remembered, Failure]:
        """Returns the answer of /activity once the key's account, to which it belongs, is known."""
        if self._asker.was_asked(questions.key(self._key)):
            self._asker.answer(questions.key(self._key))
        return self._asker.answer(questions.activity(self._key), share=self._share)

    def _with_older(self, answer: Activity) -> Completed:
        return completed_days.known(self._asker, self._key, answer, self._query.needed, self._span)

    # The other answers

    def answers(self, usage: Completed, refusals: List[Tuple[str, Failure]]) -> Answers:
        """Returns the rows with the other answers; `refusals` are those of the keys that were asked before."""
        asker, key, query = self._asker, self._key, self._query
        listed = key_list.every_key(asker, key) if "key" in query.needed else None
        return Answers(
            key=key,
            usage=usage,
            key_list=unknown(listed) if isinstance(listed, Failure) else listed,
            models=self._models() if self._needs_models else {},
            credits=asker.known(questions.credits(key)) if query.with_credits else None,
            notes=tuple(
                records.Note("key_not_used", f"{name} was not used: {refusal.message}") for name, refusal in refusals
            ),
            readings=balances.read(asker.cache, key, self._span) if query.has_balances else (),
            today=today.answer(asker, key, self._dimensions) if self._with_today else None,
        )

    def _models(self) -> Union[Dict[str, str], Unknown]:
        """Returns the model of each permaslug of one model alone. Raises Failing if the query's glob needs it."""
        answer = self._activity()
        if isinstance(answer, Failure):
            if self._query.model:
                message = f"/activity failed, so no model can be told by its name: {answer.message}"
                raise Failing(message, answer.next_step)
            return unknown(answer)
        rows = answer.rows if isinstance(answer, Activity) else ()
        pairs = [(row.permaslug, row.model) for row in rows]
        return completed_days.models([*pairs, *days.versions(self._asker.cache, self._key)])
