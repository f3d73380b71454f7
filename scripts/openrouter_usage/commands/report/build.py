"""Puts the rows of a ledger into the one report that every renderer shows."""

from datetime import date, datetime, timedelta
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple, Union

from openrouter_usage.commands.report import keys, topups
from openrouter_usage.commands.report.caveats import caveats
from openrouter_usage.commands.report.records import Group, KeyFacts, Ledger, Query, Report, ReportRow, Today
from openrouter_usage.days import Span
from openrouter_usage.dimensions import NO_KEY
from openrouter_usage.errors import BadUsage, Failing
from openrouter_usage.figures import balance, expired, windows
from openrouter_usage.figures import groups as figures_groups
from openrouter_usage.figures import rows as figures_rows
from openrouter_usage.figures.groups import NO_USE, Names
from openrouter_usage.matching import nearest
from openrouter_usage.records import (
    DAY_NOT_KNOWN,
    LEFT_OUT,
    NO_READING,
    NOT_A_KEY,
    NOT_SUMMED,
    AccountKeys,
    Completed,
    Name,
    Note,
    TodayUse,
    Unknown,
    Use,
)

LIST_TOO_OLD = Unknown("the key list is of an earlier time", "key_list_as_of")
NOT_SEEN = Use(*[DAY_NOT_KNOWN] * len(Use._fields))
"""The use on a day of which only the balance is known. It is in no total."""


def statement(
    query: Query, ledger: Ledger, now: datetime, max_age: timedelta, demo: bool, notes: Tuple[Note, ...] = ()
) -> Report:
    """The report on an account at `now`. `notes` are added to its own.

    A balance older than `max_age` is marked with its time.

    Raises BadUsage where no key has the wanted name, and Failing where the keys are not known well
    enough to say so.
    """
    draft = _Draft(query, ledger, now)
    draft.check_key()
    return Report(
        now=now,
        as_of=ledger.answer.table.as_of or now,
        demo=demo,
        query=query,
        days=ledger.answer.days,
        remembered=_remembered(query, ledger.answer.days),
        asker=ledger.asker.name,
        completed=draft.group("Total"),
        today=_today(query, ledger, now),
        credits=None if ledger.credits is None else balance.believed(ledger.credits, None, True),
        credits_as_of=windows.as_of(getattr(ledger.credits, "as_of", None), now, max_age),
        live=windows.live_windows(now.date()) if query.is_by_key else frozenset(),
        notes=tuple(dict.fromkeys((*notes, *ledger.notes, *caveats(query, ledger, draft.table, now, max_age)))),
    )


def _remembered(query: Query, days: Sequence[date]) -> Optional[Span]:
    """The days that OpenRouter does not tell any more."""
    older = [day for day in days if query.reach is None or day < query.reach[0]]
    return (older[0], older[-1]) if older else None


def _today(query: Query, ledger: Ledger, now: datetime) -> Union[Today, Unknown, None]:
    """Today's use so far, grouped as the days are."""
    if not isinstance(ledger.today, TodayUse):
        return ledger.today
    table, day = ledger.today.table, now.date()
    live = ledger._replace(answer=Completed(table, (day,)), slugs=ledger.today.models, readings=())
    return Today(day, table.as_of or now, _Draft(query, live, now).group("Today"))


def _dearest(groups: Dict[Names, Use], query: Query) -> Set[Names]:
    """As many as are asked for."""

    def place(names: Names) -> Tuple[bool, Any]:
        return groups[names] == NOT_SEEN, figures_groups.by_spend(groups[names])

    return set(sorted(groups, key=place)[: query.top])


class _Draft:
    """A report in the making: `table` holds the rows of the days and the key, `groups` the use that is shown."""

    def __init__(self, query: Query, ledger: Ledger, now: datetime) -> None:
        self._query = query
        self._ledger = ledger
        self._now = now
        self._listed = (
            expired.account_keys(ledger.listed, now) if isinstance(ledger.listed, AccountKeys) else ledger.listed
        )
        self._keys = keys.by_name(self._listed)
        self._balances = topups.by_day(ledger.readings)
        days = figures_rows.named(ledger.answer.table, ledger.slugs, ledger.answer.days)
        self._labels = {name: self._label(name) for name in {*figures_rows.names_in(days, "key"), *self._keys}}
        self.table = figures_rows.of_key(days, query.key, self._labels) if query.key else days
        self.groups = self._groups()
        self._whole = _added(self.groups.values())

    def check_key(self) -> None:
        """Raises where there is no such key as the query wants."""
        if self._query.key and not figures_rows.wanted_keys(self._query.key, self._labels):
            raise _no_such_key(self._query.key, self._labels, self._ledger)

    def group(self, called: str) -> Group:
        """The rows that are shown, the others together, and all together, which is what `called` names."""
        rows = self.rows()
        shown = _dearest(self.groups, self._query)
        hidden = [row for names, row in rows.items() if names not in shown and row.use != NOT_SEEN]
        return Group(
            tuple(row for names, row in rows.items() if names in shown),
            self.together(f"{len(hidden)} more", hidden) if hidden else None,
            self.together(f"{called}, at least" if self.table.partial else called, list(rows.values())),
        )

    def _label(self, name: str) -> str:
        return keys.label(name, self._keys.get(name, ()))

    def _groups(self) -> Dict[Names, Use]:
        """The use of each group, with the groups that had none where their names are known."""
        query = self._query
        wanted = figures_rows.of_models(self.table, query.model) if query.model else self.table
        unused = () if self.table.partial else self._unused()
        groups = {**dict.fromkeys(unused, NO_USE), **figures_groups.grouped(wanted, query.by)}
        return figures_groups.in_order({**dict.fromkeys(self._only_read(), NOT_SEEN), **groups}, query.by)

    def _only_read(self) -> Iterator[Names]:
        """The days of a report by day of which nothing is known but the balance."""
        for day in self._balances if self._query.has_balances else ():
            if self._query.first <= day <= self._query.last and day not in self._ledger.answer.days:
                yield (day,)

    def _unused(self) -> Iterator[Names]:
        """Every day of a report by day, every key of one by key."""
        if self._query.by == ("date",):
            yield from ((day,) for day in self._ledger.answer.days)
        elif self._query.is_by_key:
            labels = {name: self._label(name) for name in self._keys}
            wanted = figures_rows.wanted_keys(self._query.key, labels) if self._query.key else labels
            yield from ((name,) for name in wanted)

    def rows(self) -> Dict[Names, ReportRow]:
        """The rows by their names in the table, in the order in which they are read."""
        models = [str(names[self._query.by.index("model")]) for names in self.groups if "model" in self._query.by]
        short = figures_groups.short_names(models)
        rows: Dict[Names, ReportRow] = {}
        for names, use in self.groups.items():
            called = [(dimension, self._called(dimension, name)) for dimension, name in zip(self._query.by, names)]
            labels = [short[str(name)] if dimension == "model" else _written(name) for dimension, name in called]
            rows[names] = self._detailed(self._row(tuple(name for _, name in called), tuple(labels), use), names)
        return rows

    def _detailed(self, row: ReportRow, names: Names) -> ReportRow:
        """With what is known of a key, or of a day's balance."""
        if self._query.is_by_key:
            return row._replace(key=self._facts(str(names[0]), row.use))
        if self._query.has_balances and isinstance(names[0], date):
            return row._replace(balance=self._balances.get(names[0], NO_READING))
        return row

    def _called(self, dimension: str, name: Name) -> Name:
        return self._label(str(name)) if dimension == "key" else name

    def _row(self, names: Names, labels: Tuple[str, ...], use: Use) -> ReportRow:
        """Of a partial answer no ratio is known: each of its figures may lack another part."""
        if self.table.partial:
            return ReportRow(names, labels, use, LEFT_OUT, LEFT_OUT, LEFT_OUT)
        price, cached = figures_groups.usd_per_million_tokens(use), figures_groups.cached_share(use)
        return ReportRow(names, labels, use, figures_groups.share(use, self._whole), price, cached)

    def _facts(self, name: str, use: Use) -> KeyFacts:
        """Use for which no key is named may be a nameless key's, so that none of these can be called unused."""
        listed = self._listed
        if name == NO_KEY:
            return keys.untold(NOT_A_KEY, 0)
        if isinstance(listed, Unknown):
            return keys.untold(listed, listed)
        if listed and listed.as_of and name not in self._keys:
            return keys.untold(LIST_TOO_OLD, LIST_TOO_OLD)
        in_doubt = self._query.model or (name == "" and (NO_KEY,) in self.groups)
        return keys.facts(self._keys.get(name, ()), None if in_doubt else use, self._now)

    def together(self, label: str, rows: Sequence[ReportRow]) -> ReportRow:
        """Several rows as one."""
        names = (label, *[""] * (len(self._query.by) - 1))
        row = self._row(names, names, _added(row.use for row in rows))
        if self._query.is_by_key:
            return row._replace(key=keys.together([one.key for one in rows if one.key]))
        return row._replace(balance=NOT_SUMMED) if self._query.has_balances else row


def _added(uses: Iterable[Use]) -> Use:
    """The sum of the uses that are known; of nothing but days that are not, nothing is."""
    every = list(uses)
    known = [use for use in every if use != NOT_SEEN]
    return NOT_SEEN if every and not known else figures_groups.add_up(known)


def _written(name: Name) -> str:
    return f"{name:%Y-%m-%d %H:%M}" if isinstance(name, datetime) else str(name)


def _no_such_key(wanted: str, labels: Dict[str, str], ledger: Ledger) -> Exception:
    """Wrong usage, unless the key may be one that was not listed for want of an answer."""
    if isinstance(ledger.listed, Unknown) or (ledger.listed and ledger.listed.default_workspace_only):
        return Failing(f"no key called {wanted} was seen, but not every key could be listed", "try again")
    likely: List[str] = [label for label in nearest(wanted, labels.values()) if label]
    question = f"; is it {' or '.join(likely)}?" if likely else ""
    return BadUsage(f"no key is called {wanted}{question}", "`report --by key` lists the keys")
