"""Fetches the rows of a report, and the other answers that it needs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Optional, Union, cast

from openrouter_usage import records
from openrouter_usage.cache import balances, days
from openrouter_usage.commands.report import filters, halves, reach
from openrouter_usage.commands.report.keys import KeysByName
from openrouter_usage.commands.report.records import BESIDE, ROWS, Answers, Filter, OlderDays, Query
from openrouter_usage.days import DAY, Span, every_day
from openrouter_usage.dimensions import DIMENSIONS, MOST_DIMENSIONS, TIMES
from openrouter_usage.errors import Failing, Failure, Forbidden, KeyRefused, MalformedKey, NeedsManagementKey
from openrouter_usage.fetch import completed_days, key_list, questions, today
from openrouter_usage.fetch.account import NO_ROWS, AccountFetch
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.figures import rows
from openrouter_usage.figures.evidence import NOTHING_TOLD, Evidence
from openrouter_usage.figures.zones import Zone
from openrouter_usage.rare_records import UsageFilter
from openrouter_usage.records import AccountKeys, Activity, Completed, TodayUse, Unknown, UsageTable

SOURCES_SHARE = 0.1
"""The share of the time that is left for which a source of days is awaited that only confirms the rows."""

IDS_SHARE = 0.5
"""The share of the time that is left for which the ids of a filter are awaited: analytics has the rest."""


def ask(asker: Asker, keys: records.Keys, query: Query) -> None:
    """Asks the query by the first key, without waiting, so that several queries may be asked side by side."""
    first = keys.first_for_account
    if first is not None:
        _KeyFetch(asker, first, query).ask()


def answer(asker: Asker, keys: records.Keys, query: Query, share: float = 1) -> Optional[Answers]:
    """Returns the answers to the query by the first key that may see the rows, None if no day of it is known.

    `share` is the share of the time left for which /activity is awaited. Raises the Failure of the key that was asked
    first if no key may see the rows, or if OpenRouter cannot answer, and BadUsage.
    """
    refusals: list[tuple[str, Failure]] = []
    for name, slot in (("the management key", keys.management), ("the regular key", keys.regular)):
        if isinstance(slot, Unknown):
            refusals.append((name, MalformedKey(slot.reason, slot.next_step)))
        elif slot is not None:
            fetch = _KeyFetch(asker, slot, query, share)
            usage = fetch.usage()
            if isinstance(usage, Completed):
                return fetch.answers(usage, refusals) if usage.days else None
            if not isinstance(usage, (KeyRefused, NeedsManagementKey, Forbidden)):
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
        self._account = AccountFetch(asker, key, SOURCES_SHARE)
        self._span = query.first, query.last
        self._by_analytics = query.source == "analytics"
        self._needs_models = self._by_analytics and "model" in query.needed
        self._with_today = query.today in (BESIDE, ROWS)
        self._chosen_key: Optional[records.ListedKey] = None
        self._older: Optional[OlderDays] = None
        self._today_failure: Optional[Unknown] = None
        self._other_names: dict[str, tuple[str, ...]] = {}
        self._filter_by(filters.of_ids(query))
        # Some filters are made of ids that another answer has to tell first.
        self._waits_for_ids = bool(query.key) or self._has_too_many

    def _filter_by(self, asked: tuple[UsageFilter, ...]) -> None:
        """Sets the filters, and the dimensions that are left to group by."""
        self._filters = asked
        columns = self._columns
        times = set(TIMES) & set(self._query.needed)
        self._needed = tuple(one for one in self._query.needed if one in columns or one in times)
        # With the day in every row, rows of a day that was not asked for can be left out.
        self._dimensions = self._needed if times else ("date", *self._needed)

    @property
    def _columns(self) -> tuple[str, ...]:
        """The dimensions, without the times, that are left to group by."""
        return self._query.columns([one.dimension for one in self._filters])

    @property
    def _has_too_many(self) -> bool:
        return len(self._columns) > MOST_DIMENSIONS

    @property
    def _is_judged(self) -> bool:
        """Tells whether any of the days that are asked for is one that all sources tell."""
        return bool(self._query.reach) and self._query.last >= self._asker.now.date() - records.FORECAST_DAYS * DAY

    @property
    def _spans(self) -> tuple[Span, ...]:
        """The UTC days that analytics is asked about, the current one apart. Those of another zone touch more of them,
        and include today, whose rows are then not asked for on their own."""
        query = self._query
        if query.reach is None or query.zone is None:
            return () if query.reach is None else (query.reach,)
        current = self._asker.now.date()
        last = query.day_of(self._asker.now) if self._with_today else query.reach[1]
        first, until = query.zone.utc_days((query.reach[0], last))
        apart = [(first, min(until, current - DAY)), (max(first, current), min(until, current))]
        return tuple(span for span in apart if span[0] <= span[1])

    def ask(self) -> None:
        """Asks all that can be asked before any answer is there."""
        key, query = self._key, self._query
        if self._is_judged:
            self._ask_activity()
            self._account.ask_days()
        if query.with_credits and query.reach:
            self._asker.ask(questions.credits(key))
        if not self._waits_for_ids:
            self._ask_analytics()
        if self._needs_activity():
            self._ask_activity()
        if "key" in query.needed:
            self._asker.ask(questions.workspaces(key))

    def _ask_analytics(self) -> None:
        """Asks analytics for the completed days, if it is the source, and for today."""
        for span in self._spans if self._by_analytics else ():
            self._asker.ask(self._usage_question(self._dimensions, span))
        if self._with_today and self._query.zone is None:
            today.ask(self._asker, self._key, self._dimensions, self._filters)

    def _ask_activity(self) -> None:
        """Asks /activity, and, for a key that it never answered, whose account its days are of."""
        if days.is_new_key(self._asker.cache, self._key):
            self._asker.ask(questions.key(self._key))
        self._asker.ask(questions.activity(self._key))

    def _usage_question(
        self, dimensions: tuple[str, ...], span: Span, asked: Optional[tuple[UsageFilter, ...]] = None
    ) -> records.Question[UsageTable]:
        """Returns the question for the use on these days, today's until now; `asked` are other filters than usual."""
        asked = self._filters if asked is None else asked
        if span[1] == self._asker.now.date():
            return questions.usage_until(self._key, dimensions, *span, self._asker.now, asked)
        return questions.usage(self._key, dimensions, *span, asked)

    def _needs_activity(self) -> bool:
        """Tells whether /activity is asked.

        It has the rows, the names of models, and, if the key is new, says whether the cached days are of its account.
        """
        if self._by_analytics:
            return self._needs_models
        cache = self._asker.cache
        return bool(self._query.reach) or (days.is_new_key(cache, self._key) and days.holds_any(cache, self._span))

    # The filters

    def _find_filters(self) -> None:
        """Finds what can be a filter: the key, and provider and model where there is a dimension too many.

        Raises BadUsage or a Failure if there is one dimension too many all the same.
        """
        listed = key_list.every_key(self._asker, self._key, share=IDS_SHARE) if self._query.key else None
        if self._query.key and isinstance(listed, AccountKeys):
            self._filter_by_key(self._query.key, listed)
        for find in (self._filter_by_provider, self._filter_by_model):
            if self._has_too_many:
                find()
        if self._has_too_many:
            raise listed if isinstance(listed, Failure) else filters.too_many(self._columns)

    def _filter_by_key(self, wanted: Filter, listed: AccountKeys) -> None:
        is_free = self._has_too_many
        keys = KeysByName(listed, self._asker.now)
        self._chosen_key = filters.listed_key(wanted, listed, keys, by_case=not is_free)
        if self._chosen_key:
            self._filter_by((*self._filters, filters.of_key(self._chosen_key)))

    def _filter_by_provider(self) -> None:
        """Filters by the providers that fit, which are asked for first: a filter has their exact names.

        Raises a Failure if they cannot be had.
        """
        wanted = next((one for one in self._query.filters if one.dimension == "provider"), None)
        if wanted is None or "provider" in self._query.by or self._query.reach is None:
            return
        table = self._by_one("provider", self._filters)
        if isinstance(table, Failure):
            raise table
        fitting = rows.dearest(rows.of_names(table, "provider", wanted.names), "provider")
        if not fitting:
            self._other_names["provider"] = rows.dearest(table, "provider")
        self._filter_by((*self._filters, UsageFilter("provider", tuple(sorted(fitting)) or (wanted.text,))))

    def _filter_by_model(self) -> None:
        if filters.may_mean_one_model(self._query.model) and "model" not in self._query.by:
            models, pairs = self._models(), self._model_pairs(self._activity())
            named = {} if isinstance(models, Unknown) else models
            found = filters.of_model(self._query.model, named, [permaslug for permaslug, _ in pairs])
            self._filter_by((*self._filters, *([found] if found else [])))

    def _by_one(self, dimension: str, asked: tuple[UsageFilter, ...]) -> Union[UsageTable, Failure]:
        """Returns the use by one dimension, without a time."""
        tables = [self._asker.answer(self._usage_question((dimension,), span, asked)) for span in self._spans]
        failure = next((one for one in tables if isinstance(one, Failure)), None)
        return failure or halves.joined([one for one in tables if isinstance(one, UsageTable)])

    # The rows

    def usage(self) -> Union[Completed, Failure]:
        """Returns the rows of all days that are known. Raises BadUsage or a Failure if no question can be made."""
        self.ask()
        if self._waits_for_ids:
            self._find_filters()
            self._ask_analytics()
        if not self._by_analytics:
            told = self._from_activity()
            return told if isinstance(told, Failure) else self._with_older_days(told)
        first, last = self._query.reach or self._span
        table = self._by_hour(self._query.zone) if self._query.zone else self._from_analytics((first, last))
        if not self._is_judged:
            table = self._unless_silent(table)
        if isinstance(table, Failure):
            return table
        server_time = self._asker.server_time
        if server_time and not self._query.is_live:
            last = min(last, self._query.day_of(server_time) - DAY)  # by OpenRouter's clock a later day is not over
        return Completed(table, every_day((first, last)))

    def _by_hour(self, zone: Zone) -> Union[UsageTable, Failure]:
        """Returns the rows of all UTC days that the days of the zone touch. That today fails costs today alone, where
        no completed day of the zone needs the current UTC day."""
        found: list[UsageTable] = []
        for span in self._spans:
            table = self._from_analytics(span)
            if isinstance(table, UsageTable):
                found.append(table)
            elif found and self._query.reach and zone.utc_days(self._query.reach)[1] < span[0]:
                self._today_failure = unknown(table)
            else:
                return table
        if len({table.dimensions for table in found}) > 1:  # the filter by key was given up in between
            return self._by_hour(zone)
        return halves.joined(found)

    def _from_analytics(self, span: Span) -> Union[UsageTable, Failure]:
        """Returns the rows by day, or without the days if these are not needed and make too many rows."""
        table, dimensions, left = self._told(self._dimensions, span), self._dimensions, halves.MOST_QUESTIONS - 1
        if isinstance(table, UsageTable) and table.warnings and self._chosen_key:
            return self._without_key_filter(span)
        if isinstance(table, UsageTable) and "generation" in self._needed:
            return table  # cut or not: the dearest calls are in it
        if isinstance(table, UsageTable) and table.partial and dimensions != self._needed:
            coarse = self._told(self._needed, span)
            left -= 1
            if isinstance(coarse, UsageTable):
                table, dimensions = coarse, self._needed
        return table if isinstance(table, Failure) else self._in_halves(dimensions, span, table, left)

    def _told(self, dimensions: tuple[str, ...], span: Span) -> Union[UsageTable, Failure]:
        """Returns the rows of these UTC days, without those of the next one that may come along."""
        told = self._asker.answer(self._usage_question(dimensions, span))
        return told if isinstance(told, Failure) else rows.within(told, every_day(span))

    def _unless_silent(self, table: Union[UsageTable, Failure]) -> Union[UsageTable, Failure]:
        """Returns the table, or a Failure if analytics has no row at all, although other sources tell of spend."""
        if isinstance(table, Failure) or table.rows:
            return table
        if not AccountFetch(self._asker, self._key, SOURCES_SHARE).evidence().is_silent:
            return table
        return Failing(NO_ROWS.reason, "try again later, or ask for days that /activity has")

    def _in_halves(self, dimensions: tuple[str, ...], span: Span, table: UsageTable, left: int) -> UsageTable:
        """Returns the table, or where OpenRouter left rows out of it, what its halves tell."""
        return halves.whole(self._asker, lambda part: self._usage_question(dimensions, part), span, table, left)

    def _without_key_filter(self, span: Span) -> Union[UsageTable, Failure]:
        """Returns the rows by key: OpenRouter warns if it does not know a hash; what it answers then is not told."""
        self._chosen_key = None
        self._filter_by(tuple(one for one in self._filters if one.dimension != "key"))
        if self._has_too_many:
            return Failing("OpenRouter does not know the key by its hash", "leave out --key, or one dimension")
        self._ask_analytics()
        return self._from_analytics(span)

    def _from_activity(self) -> Union[Completed, Failure]:
        """Returns the days that /activity has, and the cached days before them."""
        question = questions.activity(self._key)
        answer = self._activity() if self._asker.was_asked(question) else None
        if isinstance(answer, Failure):
            return answer
        if isinstance(answer, Activity) and self._query.reach:
            return self._with_cached(answer)
        cached = completed_days.cached(self._asker.cache, self._key, self._query.needed, self._span)
        if cached.days or not self._query.reach:
            return cached
        self._asker.ask_again(question)  # the cache has other days, or cannot be read
        again = self._asker.answer(question, or_cached=False)
        return self._with_cached(again) if isinstance(again, Activity) else cast(Failure, again)

    def _activity(self) -> Union[Activity, records.Remembered, Failure]:
        """Returns the answer of /activity once the key's account, to which it belongs, is known."""
        if self._asker.was_asked(questions.key(self._key)):
            self._asker.answer(questions.key(self._key))
        if self._is_judged:
            self._account.wait_for_analytics()
        return self._asker.answer(questions.activity(self._key), share=self._share)

    def _with_cached(self, answer: Activity) -> Completed:
        return completed_days.known(self._asker, self._key, answer, self._query.needed, self._span)

    # The days before those of /activity

    def _with_older_days(self, told: Completed) -> Union[Completed, Failure]:
        """Returns the days with those that neither /activity nor the cache has, and analytics still does."""
        missing = reach.older(self._query, told.days, self._asker.now.date())
        if not missing:
            return told
        span = missing[0], missing[-1]
        try:
            table = self._named(self._unless_silent(self._told(self._dimensions, span)), span, missing)
        except Failing as failure:
            table = failure
        if isinstance(table, Failure):
            self._older = OlderDays(failure=unknown(table))
            return told if told.days else table
        places = [table.dimensions.index(one) for one in told.table.dimensions]
        used = tuple(row._replace(names=tuple(row.names[place] for place in places)) for row in table.rows)
        joined = halves.joined([told.table, table._replace(dimensions=told.table.dimensions, rows=used)])
        return told._replace(table=joined, days=tuple(sorted((*told.days, *missing))))

    def _named(
        self, told: Union[UsageTable, Failure], span: Span, missing: tuple[date, ...]
    ) -> Union[UsageTable, Failure]:
        """Returns the rows of the missing days, with the names of models as far as they are known."""
        if isinstance(told, Failure):
            return told
        table = self._in_halves(self._dimensions, span, told, halves.MOST_QUESTIONS - 1)
        if "model" not in self._needed:
            self._older = OlderDays(missing)
            return rows.within(table, missing)
        self._ask_activity()
        models = self._models()
        table = rows.named(table, models, missing)
        names = set() if isinstance(models, Unknown) else set(models.values())
        self._older = OlderDays(missing, tuple(sorted(rows.names_in(table, "model") - names)))
        return table

    # The other answers

    def answers(self, usage: Completed, refusals: list[tuple[str, Failure]]) -> Answers:
        """Returns the rows with the other answers; `refusals` are those of the keys that were asked before."""
        asker, key, query = self._asker, self._key, self._query
        found = self._evidence()
        live = self._today_use(usage) if self._with_today else None
        listed = self._key_list() if "key" in query.needed else None
        models = self._models() if self._needs_models else {}  # last, for it may wait for all of the time
        if self._needs_models and isinstance(live, TodayUse):
            live, models = _named_alike(live, models)
        if not usage.table.rows and not (isinstance(live, TodayUse) and live.table.rows):
            self._find_other_names()
        return Answers(
            key=key,
            usage=self._known(usage, found),
            key_list=listed,
            models=models,
            credits=asker.known(questions.credits(key)) if query.with_credits else None,
            notes=tuple(
                records.Note("key_not_used", f"{name} was not used: {refusal.message}") for name, refusal in refusals
            ),
            readings=balances.read(asker.cache, key, self._span) if query.has_balances else (),
            today=live,
            filters=self._filters,
            older=self._older,
            evidence=found,
            other_names=self._other_names,
            zone=query.zone,
            hours_of=tuple(day for span in self._spans for day in every_day(span)) if query.zone else (),
        )

    def _today_use(self, usage: Completed) -> Union[TodayUse, Unknown]:
        """Returns today's rows; today in another zone is part of what was told by hour."""
        zone = self._query.zone
        if zone is None:
            return today.answer(self._asker, self._key, self._dimensions, filters=self._filters)
        if self._today_failure:
            return self._today_failure
        told = rows.within(rows.in_zone(usage.table, zone), (zone.day_of(self._asker.now),))
        return today.use(self._asker, self._key, told)

    def _find_other_names(self) -> None:
        """Asks for the ids that there are in the dimension of one that no row is of."""
        asked = next((one for one in self._filters if DIMENSIONS[one.dimension].is_id), None)
        if asked is None or self._query.reach is None:
            return
        others = tuple(one for one in self._filters if one != asked)
        table = self._by_one(asked.dimension, others)
        names = () if isinstance(table, Failure) else rows.dearest(table, asked.dimension)
        self._other_names[asked.dimension] = names

    def _known(self, usage: Completed, found: Evidence) -> Completed:
        """Returns the rows without the days that nobody tells, because analytics has no row at all."""
        if not (self._by_analytics and found.is_silent):
            return usage
        told = frozenset(one.day for one in found.days if isinstance(one.usd, Decimal))
        return usage._replace(days=tuple(day for day in usage.days if day in told or self._query.is_live))

    def _evidence(self) -> Evidence:
        """Returns what all sources tell of the account's days, as far as they are told in time."""
        if not self._is_judged:
            return NOTHING_TOLD
        return self._account.evidence()

    def _key_list(self) -> Union[AccountKeys, Unknown]:
        """Returns all listed keys, or the one that the rows are of."""
        listed = key_list.every_key(self._asker, self._key)
        if isinstance(listed, Failure):
            return unknown(listed)
        return listed._replace(keys=(self._chosen_key,)) if self._chosen_key else listed

    def _models(self) -> Union[dict[str, str], Unknown]:
        """Returns the model of each permaslug of one model alone. Raises Failing if the query's glob needs it."""
        answer = self._activity()
        if isinstance(answer, Failure):
            if self._query.model:
                message = f"/activity failed, so no model can be told by its name: {answer.message}"
                raise Failing(message, answer.next_step)
            return unknown(answer)
        return completed_days.models(self._model_pairs(answer))

    def _model_pairs(self, answer: object) -> list[tuple[str, str]]:
        """Returns every permaslug of the account with a model, by an answer of /activity and by the cache."""
        used = answer.rows if isinstance(answer, Activity) else ()
        return [*((row.permaslug, row.model) for row in used), *days.versions(self._asker.cache, self._key)]


def _named_alike(
    live: TodayUse, models: Union[dict[str, str], Unknown]
) -> tuple[TodayUse, Union[dict[str, str], Unknown]]:
    """Returns both with the names of both: a model that today has by its name, and other days by its version, would be
    two models, each unused in the days of the other."""
    if isinstance(models, Unknown) and not live.models:
        return live, models
    every = {**live.models, **({} if isinstance(models, Unknown) else models)}
    return live._replace(models=every), every
