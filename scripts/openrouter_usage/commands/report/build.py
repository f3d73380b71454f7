"""Builds the report from the answers of one account."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Optional, Union

from openrouter_usage import records
from openrouter_usage.commands.report import filters, keys, lacking, standouts
from openrouter_usage.commands.report.caveats import caveats
from openrouter_usage.commands.report.records import (
    AT_LEAST,
    DISPUTED,
    Answers,
    Breakdown,
    DayBalance,
    Filter,
    PeriodDays,
    Query,
    Report,
    ReportRow,
    Standouts,
    TodayPart,
)
from openrouter_usage.days import midnight
from openrouter_usage.dimensions import DIMENSIONS, NO_KEY, PERIODS, TIMES
from openrouter_usage.errors import BadUsage, Failing
from openrouter_usage.fetch.account import NO_ROWS, NOT_ASKED
from openrouter_usage.figures import balance, groups, outliers, periods, rows, windows
from openrouter_usage.figures.evidence import NOT_BROKEN_DOWN, NOTHING_TOLD
from openrouter_usage.figures.groups import NO_USE, Names
from openrouter_usage.matching import nearest
from openrouter_usage.records import DAY_NOT_KNOWN, LEFT_OUT, AccountKeys, Name, Unknown, Use
from openrouter_usage.sanitize import quoted
from openrouter_usage.text.amounts import number_of

NO_EARLIER_READING = Unknown("there is no earlier reading of the balance", "no_earlier_reading")
UNKNOWN_USE = Use(*[DAY_NOT_KNOWN] * len(Use._fields))
"""The use on a day of which only the balance is known. No total includes it."""

USE_NOT_TOLD = Use(*[NOT_BROKEN_DOWN] * len(Use._fields))
"""The use of a name of which the source told nothing, although it lacks money. No total includes it."""

DAYS_NOT_SUMMED = PeriodDays(records.NOT_SUMMED, records.NOT_SUMMED)

SUBTOTAL_LABELS = {"date": "Day's total"}
NOT_BROKEN_DOWN_LABEL = "not broken down"


def build(
    query: Query, answers: Answers, now: datetime, max_age: timedelta, demo: bool, notes: tuple[records.Note, ...]
) -> Report:
    """Returns the report on one account at `now`.

    `notes` are added to the report's own. A balance older than `max_age` is shown with its time; a key list older than
    that does not tell which keys are gone.
    Raises BadUsage if no key has the name that the query asks for, Failing if not every key is known.
    """
    live = _live(query, answers, now, max_age)
    grouping = _Grouping(query, answers, now, max_age, lacking.doubts_today(answers, now), live)
    if query.key and not grouping.chosen_keys:
        raise _no_such_key(query.key, grouping.labels.values(), answers.key_list)
    days = answers.usage.days
    older = answers.older.days if answers.older else ()
    cached = [day for day in days if (query.reach is None or day < query.reach[0]) and day not in older]
    tables = [one.table for one in (grouping, live) if isinstance(one, _Grouping)]
    unmatched = filters.unmatched(query, answers, tables)
    own_notes = (*answers.notes, *caveats(query, answers, grouping.table, now, max_age, unmatched))
    completed = _matched(grouping.breakdown("Total"), unmatched)
    today_so_far = _matched(live.breakdown("Today"), unmatched) if isinstance(live, _Grouping) else live
    together = _with_today(completed, today_so_far) if isinstance(today_so_far, Breakdown) else None
    return Report(
        now=now,
        demo=demo,
        query=query,
        days=days,
        cached_days=(cached[0], cached[-1]) if cached else None,
        key_name=answers.key.name,
        completed=_beside_today(completed, today_so_far, together) if query.has_today_columns else completed,
        today=today_so_far,
        with_today=together,
        credits=None if answers.credits is None else _credits(query, answers),
        credits_as_of=windows.as_of(getattr(answers.credits, "as_of", None), now, max_age),
        live=windows.live_windows(now.date()) if query.is_by_key else frozenset(),
        notes=tuple(dict.fromkeys((*notes, *own_notes))),
        older_days=(older[0], older[-1]) if older else None,
    )


def _no_such_key(wanted: Filter, labels: Iterable[str], key_list: Union[AccountKeys, Unknown, None]) -> Exception:
    """Returns a BadUsage with the nearest names, or a Failing if the key may be one that could not be listed."""
    name = wanted.shown
    if isinstance(key_list, Unknown) or (key_list and key_list.default_workspace_only):
        return Failing(f"no key called {name} was seen, but not every key could be listed", "try again")
    likely = [] if wanted.redaction else [quoted(label) for label in nearest(wanted.text, labels) if label]
    question = f"; is it {' or '.join(likely)}?" if likely else ""
    return BadUsage(f"no key is called {name}{question}", "`report --by key` lists the keys")


def _credits(query: Query, answers: Answers) -> Union[records.Balance, Unknown]:
    today = answers.today.table if query.is_whole and isinstance(answers.today, records.TodayUse) else None
    spent_today = LEFT_OUT if today is None or today.partial else groups.add_up([row.use for row in today.rows]).usd
    return balance.spendable(by_purchases(answers), answers.credits_readings, spent_today)


def by_purchases(answers: Answers) -> Union[records.Balance, Unknown]:
    """Returns purchased minus used, as far as it is believed."""
    return balance.believed(answers.credits or NOT_ASKED, None, True, answers.evidence.credits_gap)


def _matched(found: Breakdown, unmatched: Optional[records.Note]) -> Breakdown:
    """Returns the breakdown; of what fits nothing there is none, and its total is not known."""
    if unmatched is None:
        return found
    reason = Unknown("nothing fits what was asked for", unmatched.code)
    use = Use(*[reason] * len(Use._fields))
    total = ReportRow(found.total.names, found.total.labels, use, reason, reason, reason, usd_per_request=reason)
    return Breakdown(found.as_of, (), None, total)


def _live(query: Query, answers: Answers, now: datetime, max_age: timedelta) -> Union[_Grouping, Unknown, None]:
    """Returns today's use so far, grouped like the completed days."""
    if not isinstance(answers.today, records.TodayUse):
        return answers.today
    if not answers.today.table.rows and (answers.evidence.is_silent or answers.evidence.doubts_live):
        return NO_ROWS
    usage = records.Completed(answers.today.table, (query.day_of(now),))
    live = answers._replace(usage=usage, models=answers.today.models, evidence=NOTHING_TOLD)
    return _Grouping(query._replace(first=query.day_of(now)), live, now, max_age, answers.evidence.doubts_live)


def _with_today(completed: Breakdown, today: Breakdown) -> ReportRow:
    """Returns the total of the completed days and today's as one row; a share would be of another total."""
    mark = completed.mark or today.mark
    parts = (completed.total, today.total)
    use, with_tokens = (groups.add_up(uses) for uses in zip(*((one.use, one.with_tokens) for one in parts)))
    names = (_marked("With today", mark), *completed.total.names[1:])
    price, cached = groups.usd_per_million_tokens(with_tokens), groups.cached_share(use)
    if completed.lacking or today.lacking:
        price = NOT_BROKEN_DOWN
    row = completed.total._replace(names=names, labels=tuple(map(str, names)), use=use, with_tokens=with_tokens)
    row = row._replace(period=DAYS_NOT_SUMMED if row.period else None)
    row = row._replace(share=records.NOT_SUMMED, usd_per_million_tokens=price, cached_share=cached)
    return row._replace(usd_per_request=groups.usd_per_request(use))


def _beside_today(
    completed: Breakdown, today: Union[Breakdown, Unknown, None], together: Optional[ReportRow]
) -> Breakdown:
    """Returns the completed days with today's total, and both together, beside their total."""
    if not isinstance(today, Breakdown) or together is None:
        return completed
    mark = completed.mark or today.mark
    names = (_marked("Total", mark), *completed.total.names[1:])
    total = completed.total._replace(names=names, labels=tuple(map(str, names)))
    return completed._replace(total=total._replace(today=TodayPart(today.total.use.usd, together.use.usd)))


def _marked(label: str, mark: str) -> str:
    return f"{label}, {mark}" if mark else label


def day_balances(readings: Sequence[records.Reading]) -> dict[date, DayBalance]:
    """Returns the balance of each UTC day that has a reading; the readings are in order.

    Credits bought between two readings count for the day of the later one. A negative top-up is credits taken back.
    """
    days: dict[date, DayBalance] = {}
    for place, (before, reading) in enumerate(zip((None, *readings), readings)):
        day = reading.at.date()
        bought: records.Amount = reading.purchased - before.purchased if before else NO_EARLIER_READING
        if day in days:
            bought = records.total((days[day].top_up, bought), Decimal(0))
        days[day] = DayBalance(balance.of_reading(readings, place), reading.at, bought)
    return days


class _Grouping:
    """The use of some days, grouped as the query asks.

    `labels` are the printed names of all keys, `chosen_keys` the names of those that the query asks for. `table` has
    the rows of these keys, before the other filters.
    """

    def __init__(
        self,
        query: Query,
        answers: Answers,
        now: datetime,
        max_age: timedelta,
        is_at_least: bool = False,
        live: Union[_Grouping, Unknown, None] = None,
    ) -> None:
        """`is_at_least`: the source of the rows may lack some of them. `live` is today's use, grouped alike."""
        self._query = query
        self._live = live if query.has_today_columns else None
        self._is_at_least = is_at_least
        self._today = now.date()
        self._is_disputed = bool(answers.utc_days) and lacking.is_disputed(answers)
        self._days = answers.usage.days
        self._day_counts = {name: days for one in query.by for name, days in periods.counted(one, self._days).items()}
        self._as_of = answers.usage.table.as_of or now
        self._keys = keys.KeysByName(answers.key_list, now, max_age)
        self._balances = day_balances(answers.readings)
        table = answers.table
        self.labels = {name: self._keys.label(name) for name in {*rows.names_in(table, "key"), *self._keys.names}}
        self.labels.update(live.labels if isinstance(live, _Grouping) else {})
        key = () if "key" in answers.filtered or not query.key else query.key.names
        self._filters = [one for one in query.filters if one.dimension not in (*answers.filtered, "key")]
        self.chosen_keys = rows.wanted_keys(key, self.labels) if key else self.labels.keys()
        self.table = rows.of_keys(table, key, self.labels) if key else table
        self._lacking = lacking.find(query, answers)
        named = set() if isinstance(answers.models, Unknown) else set(answers.models.values())
        self._are_unnamed = query.source == "analytics" and bool(rows.names_in(self.table, "model") - named)
        self._uses = self._grouped()
        self._with_tokens = periods.folded(groups.grouped(rows.with_tokens(self._fitting()), query.by_day), query.by)
        self._total = periods.summed([*self._uses.values(), NO_USE._replace(usd=self._missing_usd)])

    def _fitting(self) -> records.UsageTable:
        """Returns the rows that fit every filter."""
        table = self.table
        for one in self._filters:
            table = rows.of_names(table, one.dimension, one.names)
        return table

    def _grouped(self) -> dict[Names, Use]:
        """Returns the use of each group in order, also of names without use, and of days with nothing but a balance."""
        query, table = self._query, self._fitting()
        chosen = [name for name in self._keys.names if name in self.chosen_keys]
        # A day or a key without use has a row, too.
        every_name: Sequence[Name] = self._days if query.is_by_day else chosen if query.is_by_key else ()
        unused = () if table.partial else every_name
        days = self._lacking_days()
        without_row = USE_NOT_TOLD if (self._lacking or self._is_at_least) and query.is_by_key else NO_USE
        uses: dict[Names, Use] = {(name,): USE_NOT_TOLD if name in days else without_row for name in unused}
        told = groups.grouped(table, query.by_day)
        self._told_uses = periods.folded(told, query.by)
        uses.update(told)
        if self._lacking and query.is_whole and query.by_day == ("date",):
            uses.update({(day,): one.use for day, one in self._lacking.days.items()})
        others: list[Names] = [(day,) for day in self._balances if self._is_of_balance_alone(day)]
        every = periods.folded({**dict.fromkeys(others, UNKNOWN_USE), **uses}, query.by)
        if isinstance(self._live, _Grouping):
            every.update({names: self._without_row(names) for names in self._live._uses if names not in every})
        compared = {names: self._with_today(names, use) for names, use in every.items()}
        return {names: every[names] for names in groups.in_order(compared, query.by)}

    def _without_row(self, names: Names) -> Use:
        """Returns the use of a group that has no row: none, unless the rows may lack it."""
        if self._query.has_periods and not self._days_of(names):
            return NO_USE
        return USE_NOT_TOLD if self._lacking or self._is_at_least or self.table.partial else NO_USE

    def _days_of(self, names: Names) -> int:
        """Returns how many of the days belong to the period that is among the names."""
        return next((self._day_counts[one] for one in names if one in self._day_counts), 0)

    def _today_use(self, names: Names) -> Optional[Use]:
        """Returns a group's use today, None where it is no part of these rows, or not known."""
        if not isinstance(self._live, _Grouping):
            return None
        return self._live._uses.get(names) or self._live._without_row(names)

    def _with_today(self, names: Names, use: Use) -> Use:
        """Returns all that is known of the use of a group, today's with it."""
        today = self._today_use(names)
        return use if today is None else periods.summed([use, today])

    def _today_part(self, names: Names, use: Use) -> Optional[TodayPart]:
        if isinstance(self._live, Unknown):
            return TodayPart(self._live, self._live)
        today = self._today_use(names)
        return today and TodayPart(today.usd, records.total((use.usd, today.usd), Decimal(0)))

    def _is_of_balance_alone(self, day: date) -> bool:
        """Tells whether nothing but the balance is known of a day; today is told live, or not at all."""
        return self._query.first <= day <= self._query.last and day not in self._days and day != self._today

    def _lacking_days(self) -> Collection[date]:
        """Returns the days of which the source lacks money, or may do so; those of another zone are of two UTC days."""
        days = list(self._lacking.days if self._lacking and not self._query.is_whole else ())
        days += [self._today] if self._is_at_least else []
        hours = (midnight(day) + timedelta(hours=hour) for day in days for hour in (0, 23))
        return {self._query.day_of(hour) for hour in hours}

    def breakdown(self, label: str) -> Breakdown:
        """Returns the rows that are shown, the sum of the others, and the total under that label."""
        every_row = self._rows()
        told = {names: self._with_today(names, use) for names, use in self._uses.items()}
        ranks = {names: (periods.is_unknown(use), groups.by_spend(use)) for names, use in told.items()}
        shown = set(sorted(ranks, key=ranks.__getitem__)[: self._query.top])
        hidden = [row for names, row in every_row.items() if names not in shown and not periods.is_unknown(told[names])]
        missing, subtotals = self._missing(), self._subtotals(every_row)
        every = [*every_row.values(), *([missing] if missing else [])]
        return Breakdown(
            as_of=self._as_of,
            rows=tuple(row for names, row in every_row.items() if names in shown),
            rest=self._rest(hidden) if hidden else None,
            total=self._total_row(label, every, missing),
            lacking=missing,
            lacking_by_day=tuple(self._lacking.by_day.items()) if self._lacking and missing else (),
            mark=self._mark,
            week_parts=self._week_parts(),
            odd_days=self._odd_days(),
            subtotals=subtotals,
            standouts=self._standouts(list(every_row.values())),
            dearest=self._dearest(subtotals, list(every_row.values())),
            keys=tuple(row for row in every_row.values() if row.key),
        )

    def _rest(self, hidden: Sequence[ReportRow]) -> ReportRow:
        """Returns the rows that are not shown as one, "13 more models", or "13 more rows" of two dimensions."""
        noun = DIMENSIONS[self._query.by[0]].noun if len(self._query.by) == 1 else "row"
        row = self._summed(f"{len(hidden)} more", hidden)
        return row._replace(labels=(number_of(len(hidden), f"more {noun}"), *row.labels[1:]))

    def _subtotals(self, every_row: dict[Names, ReportRow]) -> tuple[ReportRow, ...]:
        """Returns the sum of each time, where the rows are of a time and something else in it."""
        first, *others = self._query.by
        if first not in TIMES or not others:
            return ()
        of_time: dict[Name, list[ReportRow]] = {}
        for names, row in every_row.items():
            of_time.setdefault(names[0], []).append(row)
        label = _marked(SUBTOTAL_LABELS.get(first, f"{first.capitalize()}'s total"), "" if self._is_whole else AT_LEAST)
        return tuple(
            self._with_details(self._sum_of(rows_of_time, (name, ""), (rows_of_time[0].labels[0], label)), (name,))
            for name, rows_of_time in of_time.items()
        )

    def _standouts(self, every_row: Sequence[ReportRow]) -> Optional[Standouts]:
        """Returns what stands out among all models, None where that is not asked for or rows are missing."""
        return standouts.of_models(every_row) if self._query.by == ("model",) and self._is_whole else None

    def _dearest(
        self, subtotals: Sequence[ReportRow], every_row: Sequence[ReportRow]
    ) -> Optional[tuple[ReportRow, ...]]:
        """Returns the row with the most credits, or the time and the dearest row in it, None where it is not known."""
        by = self._query.by
        if by[0] in ("model", "weekday") or (len(by) > 1 and not subtotals):
            return ()
        figure = standouts.completed if isinstance(self._live, Unknown) else standouts.with_today
        top = standouts.dearest(subtotals or every_row, figure) if self._is_whole else None
        if not top or not subtotals:
            return top
        within = [row for row in every_row if row.names[0] == top[0].names[0]]
        return (*top, *(standouts.dearest(within, figure) or ()))

    def _week_parts(self) -> Optional[tuple[records.Amount, records.Amount]]:
        if "weekday" not in self._query.by:
            return None
        if not self._is_whole:
            return (LEFT_OUT if self.table.partial else NOT_BROKEN_DOWN,) * 2
        return periods.week_parts(self._uses, self._query.by.index("weekday"), self._day_counts)

    def _odd_days(self) -> tuple[tuple[date, Decimal], ...]:
        """Returns the days that cost far more than the others, with their USD, if the rows are days of the week."""
        is_told = "weekday" in self._query.by and self._is_whole and not self._lacking
        if not is_told or len(self._days) < outliers.FEWEST_DAYS:
            return ()
        told = groups.grouped(self._fitting(), ("hour" if self._query.zone else "date",))
        usd: dict[date, records.Amount] = dict.fromkeys(self._days, Decimal(0))
        for (time,), use in told.items():
            day = time.date() if isinstance(time, datetime) else time
            if isinstance(day, date) and day in usd:
                usd[day] = records.total((usd[day], use.usd), Decimal(0))
        known = {day: one for day, one in usd.items() if isinstance(one, Decimal)}
        return tuple((day, known[day]) for day in outliers.all_above(known)) if len(known) == len(usd) else ()

    @property
    def _is_whole(self) -> bool:
        """Tells whether the rows, and those of today beside them, hold all that was spent."""
        is_live_whole = self._live._is_whole if isinstance(self._live, _Grouping) else True
        return not self._missing_usd and self._mark != AT_LEAST and is_live_whole

    @property
    def _mark(self) -> str:
        """The mark of a total that may be more, or another."""
        if self.table.partial or self._is_at_least or (self._lacking and not self._query.is_whole):
            return AT_LEAST
        return DISPUTED if self._is_disputed else ""

    def _total_row(self, label: str, every: Sequence[ReportRow], missing: Optional[ReportRow]) -> ReportRow:
        """Returns the total, whose label says if it may be more, or another; ratios over a part are unknown."""
        row = self._summed(_marked(label, self._mark), every)
        if self._query.has_periods:
            row = row._replace(period=self._period(row, len(self._days)))
        if self._is_unmatched:
            row = row._replace(use=USE_NOT_TOLD, share=NOT_BROKEN_DOWN, usd_per_request=NOT_BROKEN_DOWN)
        return row._replace(usd_per_million_tokens=NOT_BROKEN_DOWN, with_tokens=USE_NOT_TOLD) if missing else row

    @property
    def _is_unmatched(self) -> bool:
        """Tells whether no row fits, although the source lacks rows, or may do so, or lacks names of models."""
        if self._told_uses or self._is_at_least:
            return not self._told_uses
        if self._query.is_whole:
            return False
        is_by_model = any(one.dimension == "model" for one in self._filters)
        return bool(self._lacking) or (is_by_model and self._are_unnamed)

    @property
    def _missing_usd(self) -> Decimal:
        """The USD that no row holds. A report by date has the fuller count of each day in its rows."""
        if self._lacking is None or not self._query.is_whole:
            return Decimal(0)
        return self._lacking.shortfall if self._query.by_day == ("date",) else self._lacking.usd

    def _missing(self) -> Optional[ReportRow]:
        """Returns what no row holds of the fuller count."""
        query = self._query
        if self._lacking is None or not self._missing_usd:
            return None
        place = next((place for place, one in enumerate(query.by) if one not in TIMES), 0)
        names = tuple(NOT_BROKEN_DOWN_LABEL if one == place else "" for one in range(len(query.by)))
        row = self._row(names, names, USE_NOT_TOLD._replace(usd=self._missing_usd), USE_NOT_TOLD)
        row = row._replace(period=DAYS_NOT_SUMMED) if query.has_periods else row
        row = row._replace(today=TodayPart(records.NOT_SUMMED, self._missing_usd)) if self._live else row
        return row._replace(key=self._keys.facts(NO_KEY, None)) if query.is_by_key else row

    def _rows(self) -> dict[Names, ReportRow]:
        """Returns the rows by the names of their groups, in the order of the table."""
        by = self._query.by
        labels = [self._labels(one, [group[place] for group in self._uses]) for place, one in enumerate(by)]
        found: dict[Names, ReportRow] = {}
        for group, use in self._uses.items():
            names = tuple(self.labels[str(name)] if one == "key" else name for one, name in zip(by, group))
            printed = tuple(of_dimension[name] for of_dimension, name in zip(labels, group))
            is_told = use == self._told_uses.get(group, use)
            with_tokens = self._with_tokens.get(group, NO_USE) if is_told and not periods.is_unknown(use) else use
            row = self._row(names, printed, use, with_tokens)._replace(today=self._today_part(group, use))
            found[group] = self._with_details(row, group)
        return found

    def _labels(self, dimension: str, names: Sequence[Name]) -> dict[Name, str]:
        """Returns how the names in a dimension are printed."""
        if dimension == "key":
            return {name: quoted(self.labels[str(name)]) for name in names}
        if dimension in PERIODS:
            return {name: periods.label(dimension, name, self._day_counts.get(name, 0)) for name in names}
        if dimension == "model":
            short = groups.short_names(map(str, names))
            return {name: short[str(name)] for name in names}
        return groups.labels(names)

    def _row(self, names: Names, labels: tuple[str, ...], use: Use, with_tokens: Use) -> ReportRow:
        """Returns a row without details. Ratios of a partial answer are unknown: each figure may lack another part.

        `with_tokens` is the part of the use that has tokens, and so a price per token.
        """
        if self.table.partial:
            return ReportRow(names, labels, use, LEFT_OUT, LEFT_OUT, LEFT_OUT, usd_per_request=LEFT_OUT)
        price, cached = groups.usd_per_million_tokens(with_tokens), groups.cached_share(use)
        row = ReportRow(names, labels, use, groups.share(use, self._total), price, cached, with_tokens)
        return row._replace(usd_per_request=groups.usd_per_request(use))

    def _with_details(self, row: ReportRow, group: Names) -> ReportRow:
        """Adds what is known of the keys of that name, of the balance on that day, or of the days of that period.

        Use without a key's name may be that of a nameless key, so none of these is then marked as unused.
        """
        name = group[0]
        if self._query.has_periods:
            return row._replace(period=self._period(row, self._days_of(group)))
        if self._query.is_by_key:
            is_filtered = any(one.dimension != "key" for one in self._query.filters)
            is_partial = is_filtered or (name == "" and (NO_KEY,) in self._uses)
            today = self._today_use(group)
            use = groups.add_up([row.use, *([today] if today else [])])
            return row._replace(key=self._keys.facts(str(name), None if is_partial else use, self._query.first))
        if self._query.has_balances and isinstance(name, date):
            return row._replace(balance=self._balances.get(name, records.NO_READING))
        return row

    def _period(self, row: ReportRow, days: int) -> PeriodDays:
        return PeriodDays(days, records.LEFT_OUT if self.table.partial else periods.per_day(row.use.usd, days))

    def _sum_of(self, summed: Sequence[ReportRow], names: Names, labels: tuple[str, ...]) -> ReportRow:
        uses, with_tokens = [one.use for one in summed], [one.with_tokens for one in summed]
        row = self._row(names, labels, periods.summed(uses), periods.summed(with_tokens))
        live = [one.today for one in summed if one.today]
        return row._replace(today=TodayPart(*(records.total(usd, Decimal(0)) for usd in zip(*live)))) if live else row

    def _summed(self, label: str, summed: Sequence[ReportRow]) -> ReportRow:
        """Returns several rows as one."""
        names = (label, *[""] * (len(self._query.by) - 1))
        row = self._sum_of(summed, names, names)
        if self._query.is_by_key:
            return row._replace(key=keys.sum_up([one.key for one in summed if one.key]))
        row = row._replace(period=DAYS_NOT_SUMMED) if self._query.has_periods else row
        return row._replace(balance=records.NOT_SUMMED) if self._query.has_balances else row
