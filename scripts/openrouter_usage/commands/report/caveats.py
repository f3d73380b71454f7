"""Says what the figures of a report need beside them."""

from datetime import date, datetime, timedelta
from typing import Iterator, Sequence

from openrouter_usage.commands.report import reach
from openrouter_usage.commands.report.records import Ledger, Query
from openrouter_usage.days import DAY, midnight
from openrouter_usage.figures import rows, windows
from openrouter_usage.matching import nearest
from openrouter_usage.records import LEFT_OUT, SETTLING, AccountKeys, Note, Span, TodayUse, Unknown, UsageTable
from openrouter_usage.text import dates

NAMED = 3
"""So many names stand for all of them."""


def caveats(query: Query, ledger: Ledger, table: UsageTable, now: datetime, max_age: timedelta) -> Iterator[Note]:
    """The notes on a report; `table` holds the rows of its days and its key, of whatever model.

    A key list that is older than `max_age` has its time named.
    """
    yield from _days(query, ledger, now)
    yield from _answer(table, ledger)
    if isinstance(ledger.today, TodayUse):
        yield from _warnings(ledger.today.table)
    yield from _models(query, table)
    yield from _versions(query, ledger, table)
    yield from _keys(query, ledger, now, max_age)


def _days(query: Query, ledger: Ledger, now: datetime) -> Iterator[Note]:
    today, days = now.date(), ledger.answer.days
    for gap in reach.missing(query, days, today, reach.reach(query, today)[0]):
        if gap[0] != today or not isinstance(ledger.today, TodayUse):
            why = _today_lacks(ledger) if gap[0] == today else _unknown(query, gap, today)
            yield Note("days_missing", f"not in it: {dates.written(gap)}; {why}")
    told, yesterday = ledger.answer.table.as_of or now, today - DAY
    if yesterday in days and told - midnight(today) < SETTLING:
        yield Note(
            "yesterday_open",
            f"{yesterday} may still grow: OpenRouter counts on for some hours after midnight UTC",
        )
    early = [f"{day}" for day in ledger.answer.unsettled if day != yesterday]
    if early:
        yield Note("days_unsettled", _listed("seen last before all was counted, so that some spend may lack: ", early))


def _today_lacks(ledger: Ledger) -> str:
    failed = f", and what is live is not known ({ledger.today.reason})" if isinstance(ledger.today, Unknown) else ""
    return f"today is not over{failed}"


def _unknown(query: Query, gap: Span, today: date) -> str:
    """Why the days are not known."""
    first, _ = reach.reach(query, today)
    if gap[1] >= first:
        return "OpenRouter was not asked about them since they ended"
    others = "" if reach.reaches_farthest(query) else " (`--by key` or `--by model,key`: a year)"
    reaches = f"reaches back to {first} by {' and '.join(query.by)}{others}"
    if query.source == "analytics":
        return f"OpenRouter's analytics {reaches}"
    return f"OpenRouter's /activity {reaches}; they are not remembered"


def _answer(table: UsageTable, ledger: Ledger) -> Iterator[Note]:
    """What OpenRouter's answer says of itself."""
    if table.partial:
        yield Note(
            LEFT_OUT.code,
            f"{LEFT_OUT.reason}: every amount is at least that much, and whole rows may be missing; "
            "ask for fewer days at a time",
        )
    elif not table.rows:
        is_used_today = isinstance(ledger.today, TodayUse) and ledger.today.table.rows
        days = "the completed days" if is_used_today else "these days"
        yield Note("no_use", f"OpenRouter has recorded no use in {days}")
    yield from _warnings(table)


def _warnings(table: UsageTable) -> Iterator[Note]:
    yield from (Note("warning", f"OpenRouter warns: {warning}") for warning in table.warnings)


def _models(query: Query, table: UsageTable) -> Iterator[Note]:
    """The nearest names, where the pattern fits none."""
    if query.model and table.rows and not rows.of_models(table, query.model).rows:
        models = rows.names_in(table, "model")
        used = " of those that were told" if table.partial else " that was used"
        yield Note(
            "no_match", f"no model{used} fits {query.model}" + _listed("; nearest: ", nearest(query.model, models))
        )


def _versions(query: Query, ledger: Ledger, table: UsageTable) -> Iterator[Note]:
    """Models of which analytics tells the version alone, and nobody the name."""
    if isinstance(ledger.slugs, Unknown):
        yield Note("permaslugs", f"models are called by their version: /activity failed ({ledger.slugs.reason})")
    elif query.source == "analytics":
        unnamed = sorted(rows.names_in(table, "model") - set(ledger.slugs.values()))
        if unnamed:
            compared = ", and compared with --model by it" if query.model else ""
            why = "called by their version, for /activity's 30 days give them no name, or several"
            yield Note("permaslugs", why + compared + _listed(": ", unnamed))


def _keys(query: Query, ledger: Ledger, now: datetime, max_age: timedelta) -> Iterator[Note]:
    listed = ledger.listed
    if isinstance(listed, Unknown):
        yield Note("key_list", f"the key list failed ({listed.reason}): limits and keys without use are unknown")
    elif "key" in query.by and listed and listed.default_workspace_only:
        yield Note("default_workspace", "no workspace was listed: limits and keys are of the default one only")
    as_of = windows.as_of(listed.as_of, now, max_age) if isinstance(listed, AccountKeys) else None
    if as_of and as_of.is_old:
        yield Note("key_list_as_of", f"the keys' limits and live counters are as of {dates.instant(as_of.at)}")


def _listed(before: str, names: Sequence[str]) -> str:
    """Some names after the words that lead to them; nothing where there is none."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return before + ", ".join(names[:NAMED]) + more if names else ""
