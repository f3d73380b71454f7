"""The notes that the figures of a report need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Optional

from openrouter_usage.commands.report import known_days, lacking
from openrouter_usage.commands.report.keys import KeysByName
from openrouter_usage.commands.report.records import Answers, Query
from openrouter_usage.days import DAY, days_before, midnight
from openrouter_usage.dimensions import ACTIVITY_REACH
from openrouter_usage.errors import Forbidden
from openrouter_usage.fetch.account import NO_ROWS
from openrouter_usage.figures import groups, rows, windows
from openrouter_usage.figures.evidence import Gap
from openrouter_usage.records import LEFT_OUT, SETTLING, AccountKeys, Completed, Note, TodayUse, Unknown, UsageTable
from openrouter_usage.text import dates, evidence
from openrouter_usage.text.amounts import dollars

TODAY_UNKNOWN = Note("today_unknown", f"today is unknown: {NO_ROWS.reason}")

MOST_NAMED = 3
"""How many names a note lists before it counts the others."""


def caveats(
    query: Query,
    answers: Answers,
    table: UsageTable,
    now: datetime,
    max_age: timedelta,
    unmatched: Optional[Note] = None,
) -> Iterator[Note]:
    """Yields the notes on a report; `table` has the rows of its days and its key, before the other filters.

    A key list that is older than `max_age` is noted with its time. `unmatched` says that nothing fits the filters.
    """
    if unmatched:
        yield unmatched
    failure = answers.older.failure if answers.older else None
    missing = tuple(known_days.missing(query, answers, query.day_of(now), failure))
    yield from (Note("days_missing", f"not in it: {known_days.written([gap])}") for gap in missing)
    yield from _unsettled(query, answers.usage, now)
    if not (unmatched and not table.rows):
        is_told = not lacking.doubts_today(answers, now)
        yield from _answer(query, table, answers, is_whole=not missing, is_told=is_told)
    if answers.utc_days:
        yield from evidence.notes(answers.evidence, (answers.utc_days[0], answers.utc_days[-1]))
    if lacking.doubts_today(answers, now) and not table.rows:
        yield TODAY_UNKNOWN
    if isinstance(answers.today, TodayUse):
        yield from answers.today.table.warning_notes
        is_lacking = answers.evidence.is_silent or answers.evidence.doubts_live
        if is_lacking and not answers.today.table.rows:
            yield TODAY_UNKNOWN
    yield from _permaslugs(query, answers, table, now.date())
    yield from _keys(query, answers, now, max_age)


def _unsettled(query: Query, usage: Completed, now: datetime) -> Iterator[Note]:
    """Yields the notes on days that were seen when OpenRouter might still count on."""
    today = query.day_of(now)
    as_of, yesterday = usage.table.as_of or now, today - DAY
    begin = query.zone.start(today) if query.zone else midnight(today)
    if yesterday in usage.days and as_of - begin < SETTLING:
        midnight_utc = "its end" if query.zone else "midnight UTC"
        message = f"{yesterday} may still grow: OpenRouter counts on for some hours after {midnight_utc}"
        yield Note("yesterday_open", message)
    unsettled = [f"{day}" for day in usage.unsettled if day != yesterday]
    if unsettled:
        message = "seen last before all was counted, so that some spend may lack: "
        yield Note("days_unsettled", message + _first_names(unsettled))


def _answer(query: Query, table: UsageTable, answers: Answers, is_whole: bool, is_told: bool) -> Iterator[Note]:
    """Yields the notes on an answer that lacks rows, or has none, and OpenRouter's own warnings.

    `is_whole`: every day of the query is known. `is_told`: what has no row was not used.
    """
    missing = lacking.find(query, answers)
    if missing:
        yield Note("not_broken_down", _not_broken_down(query, missing.gap))
    elif table.partial and "generation" in query.by:
        yield Note(LEFT_OUT.code, _dearest_calls(query, table, answers))
    elif table.partial:
        yield Note(
            LEFT_OUT.code,
            f"{LEFT_OUT.reason}: every amount is at least that much, and whole rows may be missing; "
            "ask for fewer days at a time",
        )
    elif is_told and answers.usage.days and known_days.is_unused(row.use for row in table.rows):
        is_used_today = isinstance(answers.today, TodayUse) and answers.today.table.rows
        days = "the completed days" if is_used_today else "these days"
        yield Note("no_use", f"{known_days.NO_USE} in {days if is_whole else 'the days that are known'}")
    yield from table.warning_notes


def _dearest_calls(query: Query, table: UsageTable, answers: Answers) -> str:
    """Returns what is said of an answer that holds the dearest calls alone."""
    told = groups.add_up(row.use for row in table.rows).usd
    days = [one.analytics for one in answers.evidence.days if one.day in answers.usage.days]
    whole = None if query.filters or None in days or not days else sum(filter(None, days), Decimal(0))
    of_all = f" of {dollars(whole)}" if whole is not None else ""
    told_of = f": {dollars(told)}{of_all}" if isinstance(told, Decimal) else ""
    return f"OpenRouter told the {len(table.rows)} dearest calls alone{told_of}; the others are in no figure"


def _not_broken_down(query: Query, gap: Gap) -> str:
    if query.by_day == ("date",) and query.is_whole:
        return f"{evidence.broken_down(gap)}: of the other days only the spend is known"
    if query.zone:
        return f"of the UTC days that these touch, and of the whole account, {evidence.broken_down(gap)}"
    whose = "" if query.is_whole else "of the whole account "
    return f"{whose}by {' and '.join(query.by)} {evidence.broken_down(gap)}"


def _permaslugs(query: Query, answers: Answers, table: UsageTable, today: date) -> Iterator[Note]:
    """Yields a note on models of which analytics knows the permaslug, and nobody the name."""
    if isinstance(answers.models, Unknown):
        yield Note("permaslugs", f"models are called by their version: /activity failed ({answers.models.reason})")
        return
    versions = next((one.values for one in answers.filters if one.dimension == "model"), ())
    unnamed: Sequence[str] = answers.older.unnamed if answers.older else ()
    if query.source == "analytics":
        unnamed = sorted(rows.names_in(table, "model") - set(answers.models.values()))
    if unnamed:
        compared = ", and compared with --model by it" if query.model else ""
        reason = "called by their version, for /activity's 30 days give them no name, or several"
        yield Note("permaslugs", f"{reason}{compared}: {_first_names(unnamed)}")
    if versions and query.first < days_before(today, ACTIVITY_REACH)[0]:
        reason = "--model is told by these versions, and others that /activity never named are not in it"
        yield Note("versions", f"{reason}: {_first_names(versions)}")


def _keys(query: Query, answers: Answers, now: datetime, max_age: timedelta) -> Iterator[Note]:
    listed = answers.key_list
    if isinstance(listed, Unknown):
        next_step = f"; {listed.next_step}" if listed.code == Forbidden.code else ""
        unknown = "limits and keys without use are unknown"
        yield Note("key_list", f"the key list failed ({listed.reason}): {unknown}{next_step}")
    elif "key" in query.by and listed and listed.default_workspace_only:
        yield _default_workspace(listed)
    as_of = windows.as_of(listed.as_of, now, max_age) if isinstance(listed, AccountKeys) else None
    if as_of and as_of.is_old:
        yield Note("key_list_as_of", f"the keys' limits and live counters are as of {dates.instant(as_of.at)}")
    several = KeysByName(listed, now).meant(query.key.names) if query.key and isinstance(listed, AccountKeys) else ()
    if len(several) > 1:
        ways = [f"--key {key.short_hash} (created {key.created})" for key in several]
        yield Note(
            "same_name", f"{len(several)} keys are called so, and taken together; one alone: {_first_names(ways)}"
        )


def _default_workspace(listed: AccountKeys) -> Note:
    gap = listed.other_workspaces
    told = "of others than the default one may be missing" if listed.workspaces_gap else "are of the default one only"
    return Note(gap.code, f"{gap.reason}: limits and keys {told}")


def _first_names(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
