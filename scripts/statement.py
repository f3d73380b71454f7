"""Puts the rows of a ledger into the one report that every renderer shows."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Callable, Dict, Iterator, Optional, Sequence, Set, Tuple

from insights import balance, breakdown, keyfacts, ranges, ratios, windows
from insights.breakdown import Names
from names import matches, meant, nearest, pattern
from usage import (
    AccountKeys,
    KeyFacts,
    Ledger,
    ListedKey,
    Name,
    Note,
    Query,
    Report,
    ReportRow,
    Unknown,
    UsageRow,
    UsageTable,
    Use,
)

FRESH = timedelta(minutes=2)
SETTLING = timedelta(hours=6)
"""For about that long after midnight UTC the day before may still grow."""

NOTHING = Use(Decimal(0), Decimal(0), 0, 0, 0, 0, 0)
LEFT_OUT = Unknown("OpenRouter left rows out of its answer", "truncated")


def statement(query: Query, ledger: Ledger, now: datetime, demo: bool, notes: Tuple[Note, ...] = ()) -> Report:
    """The report on an account at `now`. `notes` are added to its own. Raises BadUsage where no day can be known."""
    today = now.date()
    span = ranges.known(query, today)
    table = _within(_named(ledger), span)
    groups = breakdown.grouped(_wanted(table, query), query.by)
    if not table.partial:
        groups = breakdown.in_order({**dict.fromkeys(_unseen(query, ledger, span), NOTHING), **groups}, query.by)
    whole = breakdown.add_up(groups.values())
    rows = _rows(groups, whole, query, ledger, now)
    shown = _shown(groups, query)
    hidden = [row for names, row in rows.items() if names not in shown]
    return Report(
        as_of=now,
        demo=demo,
        query=query,
        known_days=ranges.length(span),
        asker=ledger.asker,
        rows=tuple(row for names, row in rows.items() if names in shown),
        rest=_together(f"{len(hidden)} more", hidden, whole, query) if hidden else None,
        total=_together("Total, at least" if table.partial else "Total", list(rows.values()), whole, query),
        credits=None if ledger.credits is None else balance.believed(ledger.credits, None, True),
        live=windows.live_windows(today) if query.by == ("key",) else frozenset(),
        notes=(*notes, *ledger.notes, *_notes(query, ledger, table, now)),
    )


def _named(ledger: Ledger) -> UsageTable:
    """The answer as a table; where analytics calls a model by its version, by the model's own name."""
    if not isinstance(ledger.answer, UsageTable):
        return breakdown.as_table(ledger.answer)
    table = ledger.answer
    if "model" not in table.dimensions or isinstance(ledger.slugs, Unknown):
        return table
    slugs, column = ledger.slugs, table.dimensions.index("model")

    def named(names: Names) -> Names:
        model = str(names[column])
        return (*names[:column], slugs.get(model, model), *names[column + 1 :])

    return table._replace(rows=tuple(UsageRow(named(row.names), row.use) for row in table.rows))


def _within(table: UsageTable, span: ranges.Span) -> UsageTable:
    """The rows of the span's days; all of them where they tell no time."""
    column = next((table.dimensions.index(time) for time in breakdown.TIMES if time in table.dimensions), None)
    if column is None:
        return table
    first, last = span
    return table._replace(rows=tuple(row for row in table.rows if first <= _day(row.names[column]) <= last))


def _day(name: Name) -> date:
    if isinstance(name, datetime):
        return name.date()
    return name if isinstance(name, date) else date.min


def _wanted(table: UsageTable, query: Query) -> UsageTable:
    """The rows of the wanted models and key."""
    if query.model:
        glob = pattern(query.model)
        table = _filtered(table, "model", lambda model: matches(glob, model))
    if query.key and "key" in table.dimensions:
        keys = meant(query.key, _all(table, "key"))
        table = _filtered(table, "key", lambda key: key in keys)
    return table


def _filtered(table: UsageTable, dimension: str, fits: Callable[[str], bool]) -> UsageTable:
    column = table.dimensions.index(dimension)
    fitting = {name for name in _all(table, dimension) if fits(name)}
    return table._replace(rows=tuple(row for row in table.rows if row.names[column] in fitting))


def _all(table: UsageTable, dimension: str) -> Set[str]:
    column = table.dimensions.index(dimension)
    return {str(row.names[column]) for row in table.rows}


def _unseen(query: Query, ledger: Ledger, span: ranges.Span) -> Iterator[Names]:
    """What had no use and is shown all the same: every day of a report by day, every key of one by key."""
    if query.by == ("date",):
        yield from ((span[0] + timedelta(days=number),) for number in range(ranges.length(span)))
    elif query.by == ("key",):
        listed = keyfacts.by_name(ledger.listed)
        yield from ((name,) for name in (meant(query.key, listed) if query.key else listed))


def _shown(groups: Dict[Names, Use], query: Query) -> Set[Names]:
    """The dearest, as many as are asked for."""
    return set(sorted(groups, key=lambda names: breakdown.dearest(groups[names]))[: query.top])


# Rows


def _rows(groups: Dict[Names, Use], whole: Use, query: Query, ledger: Ledger, now: datetime) -> Dict[Names, ReportRow]:
    keys = keyfacts.by_name(ledger.listed)
    short = _short_models(groups, query)

    def called(dimension: str, name: Name) -> Name:
        return keyfacts.label(str(name), keys.get(str(name), ())) if dimension == "key" else name

    rows: Dict[Names, ReportRow] = {}
    for raw, use in groups.items():
        names = tuple(called(dimension, name) for dimension, name in zip(query.by, raw))
        row = _row(names, tuple(short.get(str(name)) or _written(name) for name in names), use, whole)
        if query.by == ("key",):
            row = row._replace(key=_facts(keys.get(str(raw[0]), ()), None if query.model else use, ledger, now))
        rows[raw] = row
    return rows


def _short_models(groups: Dict[Names, Use], query: Query) -> Dict[str, str]:
    if "model" not in query.by:
        return {}
    column = query.by.index("model")
    return breakdown.short_names(sorted({str(names[column]) for names in groups}))


def _facts(keys: Sequence[ListedKey], use: Optional[Use], ledger: Ledger, now: datetime) -> KeyFacts:
    if isinstance(ledger.listed, AccountKeys):
        return keyfacts.facts(keys, use, now)
    return keyfacts.unlisted(ledger.listed or LEFT_OUT)


def _row(names: Names, labels: Tuple[str, ...], use: Use, whole: Use) -> ReportRow:
    share, price = ratios.share(use, whole), ratios.usd_per_million_tokens(use)
    return ReportRow(names, labels, use, share, price, ratios.cached_share(use))


def _together(label: str, rows: Sequence[ReportRow], whole: Use, query: Query) -> ReportRow:
    names = (label, *[""] * (len(query.by) - 1))
    row = _row(names, names, breakdown.add_up(row.use for row in rows), whole)
    facts = [row.key for row in rows if row.key]
    return row._replace(key=keyfacts.together(facts)) if query.by == ("key",) else row


def _written(name: Name) -> str:
    return f"{name:%Y-%m-%d %H:%M}" if isinstance(name, datetime) else str(name)


# Notes


def _notes(query: Query, ledger: Ledger, table: UsageTable, now: datetime) -> Iterator[Note]:
    """What the figures need beside them."""
    yield from _gaps_in_time(query, now)
    if table.partial:
        yield Note("truncated", f"{LEFT_OUT.reason}: every figure is at least that much; ask for fewer days at a time")
    yield from (Note("warning", f"OpenRouter warns: {warning}") for warning in table.warnings)
    if table.as_of and now - table.as_of > FRESH:
        yield Note("cached", f"OpenRouter served figures as of {table.as_of:%Y-%m-%d %H:%M} UTC")
    yield from _unmatched(query, table)
    yield from _nameless(ledger)


def _gaps_in_time(query: Query, now: datetime) -> Iterator[Note]:
    today = now.date()
    first, last = ranges.known(query, today)
    for gap in ranges.missing(query, today):
        source = "/activity" if query.source == "activity" else "analytics"
        why = "today is not over" if gap[0] == today else f"OpenRouter's {source} reaches back to {first} by this"
        yield Note("days_missing", f"not in it: {ranges.written(gap)}; {why}")
    if last == today - timedelta(days=1) and now - windows.midnight(today) < SETTLING:
        yield Note("yesterday_open", f"{last} may still grow: OpenRouter counts on for some hours after midnight UTC")


def _unmatched(query: Query, table: UsageTable) -> Iterator[Note]:
    """The nearest names, where the pattern fits none."""
    if not query.model:
        return
    models = _all(table, "model")
    glob = pattern(query.model)
    if not any(matches(glob, model) for model in models):
        likely = ", ".join(nearest(query.model, models))
        yield Note("no_match", "no model of these days fits the pattern" + (f"; nearest: {likely}" if likely else ""))


def _nameless(ledger: Ledger) -> Iterator[Note]:
    """What could not be told of names, for want of another answer."""
    if isinstance(ledger.slugs, Unknown):
        yield Note("permaslugs", f"models are called by their version: /activity failed ({ledger.slugs.reason})")
    if isinstance(ledger.listed, Unknown):
        yield Note("key_list", f"the key list failed ({ledger.listed.reason}): limits and keys without use are unknown")
    elif ledger.listed is not None and ledger.listed.default_workspace_only:
        yield Note("default_workspace", "the list of workspaces failed: keys are of the default workspace only")
