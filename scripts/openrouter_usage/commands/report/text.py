"""Renders a report as a table that fits the terminal."""

from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Iterator, List, Optional, Sequence, Union

from openrouter_usage.commands.report import filters
from openrouter_usage.commands.report.columns import bars, columns, marks, unknown_cells
from openrouter_usage.commands.report.records import (
    ROWS,
    Breakdown,
    DayBalance,
    Query,
    Report,
    ReportRow,
)
from openrouter_usage.commands.report.standouts import completed, with_today
from openrouter_usage.commands.report.words import NO_MATCH, STAR, days, source
from openrouter_usage.dimensions import DIMENSIONS, PATHS
from openrouter_usage.figures.balance import BY_PURCHASES
from openrouter_usage.records import NOT_SUMMED, Balance, Unknown, total
from openrouter_usage.session.output import columns as terminal_width
from openrouter_usage.text import amounts
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.bars import CUT, Bars
from openrouter_usage.text.dates import instant, written
from openrouter_usage.text.table import Column, ruled

MOST_NAMED = 3
"""How many keys a line names before it counts the others."""

URGENT = frozenset(("still_spending", "spent_today", "spent_this_week", "near_limit"))
"""The marks of keys that are named above the table."""

LIVE = """\
{} are each key's live {} (* nothing but today is in it yet);
Spend, BYOK and "unused" are of the days above"""


def render(report: Report) -> str:
    """Returns the report, if possible in lines of the terminal's width, and a newline at the end."""
    width = terminal_width()
    own, others, sums = _own_rows(report), _rests(report), _sums(report)
    drawn = bars(report, own, len(others) + len(sums))
    every = columns(report, [*own, *others, *sums])
    lines, left_out = ruled(every, width, len(sums), drawn)
    table = lines if _has_rows(report) else [_why_empty(report)]
    shown = [column for column in every if column not in left_out]
    cut = drawn if drawn and drawn.cuts and any(CUT in line for line in lines) else None
    parts = [_head(report), table, list(_foot(report, shown, left_out, width, cut))]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _why_empty(report: Report) -> str:
    """Returns what stands in the place of a table without rows."""
    unmatched = next((note.message for note in report.notes if note.code == NO_MATCH), "")
    return f"Nothing to show: {unmatched}." if unmatched else "No rows."


def _has_rows(report: Report) -> bool:
    return bool(report.completed.shown or (isinstance(report.today, Breakdown) and report.today.rows))


def _own_rows(report: Report) -> List[ReportRow]:
    """Returns the rows of the completed days, and behind them today's, if the query's days include today."""
    today = _with_rows_of_today(report)
    return [*_with_subtotals(report.completed), *(map(_starred, _with_subtotals(today)) if today else ())]


def _rests(report: Report) -> List[ReportRow]:
    """Returns what stands for the rows that are not shown, and what no row holds."""
    today = _with_rows_of_today(report)
    rest = [_starred(today.rest)] if today and today.rest else []
    return [row for row in (report.completed.rest, *rest, report.completed.lacking) if row]


def _sums(report: Report) -> List[ReportRow]:
    """Returns the total, and below it today's and that with today, as far as they are not in the rows already."""
    total = [report.completed.total]
    if not isinstance(report.today, Breakdown) or report.with_today is None or report.query.has_today_columns:
        return total
    is_row = report.query.by == ("date",) and _with_rows_of_today(report) and report.today.rows
    return [*total, *([] if is_row else [_starred(report.today.total)]), _starred(report.with_today)]


def _starred(row: ReportRow) -> ReportRow:
    """Returns a row of today; it has no share, which would be one of another total."""
    return row._replace(labels=(f"{row.labels[0]}{STAR}", *row.labels[1:]), share=NOT_SUMMED)


def _with_subtotals(breakdown: Breakdown) -> List[ReportRow]:
    """Returns the rows that are shown, with the sum of each time behind its rows where there are several."""
    subtotals = {row.names[0]: row for row in breakdown.subtotals}
    rows: List[ReportRow] = []
    for time, of_time in groupby(breakdown.rows, key=lambda row: row.names[0]):
        several = list(of_time)
        rows += [*several, *([subtotals[time]] if len(several) > 1 and time in subtotals else [])]
    return rows


def _with_rows_of_today(report: Report) -> Optional[Breakdown]:
    """Returns today's use if its rows stand in the table, and not beside the completed days of each row."""
    is_in_rows = report.query.today == ROWS and not report.query.has_today_columns
    return report.today if is_in_rows and isinstance(report.today, Breakdown) else None


def _head(report: Report) -> List[str]:
    query = report.query
    marks = [
        report.profile,
        "" if query.key else "all keys",
        *map(filters.title, query.filters),
        f"days of {query.tz}" if query.zone else "",
        "demo: a sample account" if report.demo else "",
    ]
    week = list(_week_parts(report.completed))
    title = f"💰 OpenRouter Report by {' and '.join(query.by)} ({', '.join(filter(None, marks))})"
    credits = [] if report.credits is None else [_credits(report.credits, report)]
    return [title, *days(report), *_begin(report.query), *week, *credits, *_outright(report)]


def _begin(query: Query) -> Iterator[str]:
    """Yields a line where the days of the zone do not begin at midnight."""
    begin = query.zone.local(query.zone.start(query.first)) if query.zone else None
    if begin and begin.minute:
        yield f"A day begins at {begin:%H:%M} there: OpenRouter tells whole UTC hours"


def _outright(report: Report) -> Iterator[str]:
    """Yields what would have to be looked for in the table: its dearest rows, and the least cached one."""
    yield from _keys_of_note(report)
    yield from _dearest(report)
    found, star = report.completed.standouts, STAR * report.query.is_live
    if found and found.per_request and found.per_million:
        request, million = (row.labels[0] for row in (found.per_request, found.per_million))
        prices = (
            f"{amounts.price(found.per_request.usd_per_request)}{star} a request",
            f"{amounts.price(found.per_million.usd_per_million_tokens)}{star} a million tokens",
        )
        if request == million:
            yield f"Dearest model above $1, per request and per token: {request} ({', '.join(prices)})"
        else:
            yield f"Dearest models above $1: {request} ({prices[0]}), {million} ({prices[1]})"
    if found and found.least_cached and isinstance(report.completed.total.cached_share, Decimal):
        in_all, least = (
            amounts.percent(row.cached_share) + star for row in (report.completed.total, found.least_cached)
        )
        named = f"least of the big models: {found.least_cached.labels[0]}, {least}"
        alike = "none at all" if in_all == f"0%{star}" else "no big model is below that"
        yield f"From cache: {in_all} of all prompt tokens; {alike if in_all == least else named}"


def _keys_of_note(report: Report) -> Iterator[str]:
    """Yields which keys have no limit, were not used, or are expired, and those that spend on, or are near a limit."""
    rows = [row for row in report.completed.rows if row.key]
    is_listed = any(row.key and "not_listed" not in row.key.marks for row in rows)
    if not (report.query.is_by_key and is_listed) or any(row.key and isinstance(row.key.keys, Unknown) for row in rows):
        return
    told = {
        heading: [row.labels[0] for row in rows if row.key and mark in row.key.marks]
        for mark, heading in (("no_limit", "No limit"), ("unused", "unused"), ("expired", "expired"))
        if mark != "unused" or not report.query.filters
    }
    if not report.query.key:
        yield "; ".join(f"{heading}: {_first_names(names)}" for heading, names in told.items())
    urgent = [
        f"{row.labels[0]} ({marks(row.key, report)})" for row in rows if row.key and URGENT & frozenset(row.key.marks)
    ]
    if urgent:
        yield f"Look at: {_first_names(urgent)}"


def _first_names(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more if names else "none"


def _dearest(report: Report) -> Iterator[str]:
    """Yields the dearest time or name, and what was dearest in that time; today's hours and days among the others."""
    query = report.query
    today = report.today if query.today == ROWS and isinstance(report.today, Breakdown) else None
    told = [report.completed, *([today] if today and not query.has_today_columns else [])]
    found = [(with_today(one.dearest[0]), one.dearest, one) for one in told if one.dearest]
    if not found or any(one.dearest is None for one in told) or sum(map(_number, told)) < 2:
        return
    _, (top, *within), told_by = max(found, key=lambda one: one[0] if isinstance(one[0], Decimal) else Decimal(0))
    star = STAR * (query.is_live or bool(today and (told_by is today or _is_used_today(top))))
    figure = with_today if today else completed
    mostly = "".join(f", above all {row.labels[1]} ({dollars(figure(row))}{star})" for row in within)
    name = f"{top.labels[0]} {query.tz}" if query.by[0] == "hour" else top.labels[0]
    yield f"Dearest {DIMENSIONS[query.by[0]].noun}: {name} at {dollars(figure(top))}{star}{mostly}"


def _is_used_today(row: ReportRow) -> bool:
    """Tells whether today's use is in the row's figure with today, or may be."""
    return row.today is not None and row.today.usd != 0


def _number(breakdown: Breakdown) -> int:
    """Returns the number of rows, shown or not, that are compared with each other."""
    hidden = 1 if breakdown.rest else 0
    return len(breakdown.subtotals or breakdown.rows) + hidden


def _week_parts(breakdown: Breakdown) -> Iterator[str]:
    """Yields the line that sets weekdays against weekends, and which days make these means high."""
    if breakdown.week_parts is None:
        return
    means = (usd.reason if isinstance(usd, Unknown) else f"{dollars(usd)} a day" for usd in breakdown.week_parts)
    yield "Weekdays {}, weekends {}".format(*means)
    dearest = sorted(breakdown.odd_days, key=lambda one: -one[1])
    if dearest:
        named = _first_names([f"{day} stood out with {dollars(usd)}" for day, usd in dearest])
        yield f"{named} and {'is' if len(dearest) == 1 else 'are'} in it"


def _credits(credits: Union[Balance, Unknown], report: Report) -> str:
    if isinstance(credits, Unknown) and credits.code == BY_PURCHASES.code:
        return f"Account credits: {credits.reason}"
    if isinstance(credits, Unknown):
        return f"Account credits: unknown ({credits.reason})"
    account = "Account, all keys" if report.query.filters else "Account"
    bought, used, left = (dollars(amount) for amount in (credits.purchased, credits.used, credits.remaining))
    as_of = f" (as of {instant(report.credits_as_of.at)})" if report.credits_as_of.is_old else ""
    return f"{account}: {used} spent since it was opened, of {bought} purchased; {left} left{as_of}"


def source_line(source: str, key_name: str, as_of: datetime) -> str:
    """Returns the line that says which endpoint had the figures, which key was used, and when."""
    return f"Source: OpenRouter's {source}, asked with {key_name}, as of {instant(as_of)}"


def _foot(
    report: Report, shown: Sequence[Column], left_out: Sequence[Column], width: int, cut: Optional[Bars]
) -> Iterator[str]:
    if _has_rows(report):
        in_rows = _with_rows_of_today(report)
        if report.completed.rest or (in_rows and in_rows.rest):
            yield 'Rows that are summed up as "more" are all shown by --top 0.'
        yield from _legend(report, [column.name for column in shown])
        if cut:
            yield f"{CUT} is cut: a full bar is {dollars(cut.full)}."
        if left_out:
            headings = ", ".join(column.heading for column in left_out)
            names = ",".join(column.name for column in left_out)
            shows = f"--columns {names} shows {'them' if len(left_out) > 1 else 'it'}"
            yield f"Left out at {width} columns: {headings} ({shows}, --csv all)"
    yield source_line(source(report), report.key_name, report.completed.as_of)
    if report.cached_days:
        yield f"From memory, for /activity tells them no more: {written(report.cached_days)}"
    if report.older_days:
        yield f"By {PATHS['analytics']}, for /activity tells them no more: {written(report.older_days)}"
    reasons = _has_rows(report) and dict.fromkeys(
        unknown.reason
        for row in (*_own_rows(report), *_rests(report), *_sums(report))
        for unknown in unknown_cells(row)
    )
    if reasons:
        yield f"Note: ? is unknown: {'; '.join(reasons)}"
    yield from (f"Note: {note.message}" for note in report.notes if _has_rows(report) or note.code != NO_MATCH)


def _legend(report: Report, shown: Sequence[str]) -> Iterator[str]:
    """Yields what the stars and the headings in the table mean."""
    if isinstance(report.today, Breakdown):
        source = f"by {PATHS['analytics']} as of {instant(report.today.as_of)}"
        without = "all else is of the completed days" if report.query.has_today_columns else "Total is without it"
        yield f"* live: today so far, {source}; {without}."
    elif report.query.is_live:
        yield f"* live: the {report.query.tz} day is not over."
    if report.query.is_by_key and {"today", "week", "month"} & {*shown}:
        utc = "counters of UTC days" if report.query.zone else "counters"
        windows = "Week and Month" if report.query.has_today_columns else "Today, Week and Month"
        yield LIVE.format(windows, utc) + (" and of what fits alone." if report.query.filters else ".")
    byok = f" ({amounts.money(report.completed.total.use.byok_usd)} in all)" if "byok" not in shown else ""
    zone = "those of " if report.query.zone else ""
    share = "" if "share" not in shown else "; Share is of the Total's Spend"
    yield f"Spend is credits, BYOK apart{byok}{share}. Days are {zone}{report.query.tz}."
    tokens = [name for name in ("Prompt", "Compl", "Reason", "Cached") if name.lower() in shown]
    if tokens:
        hit = "" if "hit" not in shown else " Hit: the part of the prompt read from cache."
        yield f"{', '.join(tokens)}: tokens.{hit}"
    if any(isinstance(row.balance, DayBalance) for row in report.completed.rows) and "balance" in shown:
        yield "Balance: the day's last reading, at that time (UTC); Top-up: bought since the reading before."
    if "per-million" in shown:
        left_out_of_it = _spend_without_tokens(report.completed.total)
        of_requests = "" if "per-request" not in shown else " $/req: credits and BYOK per request."
        yield f"$/M: credits and BYOK per million prompt and completion tokens{left_out_of_it}.{of_requests}"


def _spend_without_tokens(row: ReportRow) -> str:
    """Returns, for example, ", without $8.00 of what has none"; nothing where all known spend has tokens."""
    of_all, with_tokens = (total((use.usd, use.byok_usd), Decimal(0)) for use in (row.use, row.with_tokens))
    if isinstance(of_all, Unknown) or isinstance(with_tokens, Unknown) or of_all == with_tokens:
        return ""
    return f", without {dollars(of_all - with_tokens)} of what has none"
