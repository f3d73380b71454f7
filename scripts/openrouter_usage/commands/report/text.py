"""Renders a report as a table that fits the terminal."""

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Callable, Iterator, List, Sequence, Union

from openrouter_usage.commands.report.records import ROWS, DayBalance, KeyFacts, Report, ReportRow, Today
from openrouter_usage.days import DAY, day_count
from openrouter_usage.records import NOT_APPLICABLE, NOT_SUMMED, TIMES, Balance, Limit, Unknown
from openrouter_usage.text import amounts
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.dates import instant
from openrouter_usage.text.sources import PATHS
from openrouter_usage.text.table import Column, display_width, fitted

HEADINGS = {
    "model": "Model",
    "provider": "Provider",
    "date": "Date",
    "key": "Key",
    "app": "App",
    "user": "User",
    "workspace": "Workspace",
    "hour": "Hour (UTC)",
}
MARKS = {"disabled": "disabled", "some_disabled": "some disabled", "unused": "unused", "not_listed": "not listed"}
RESETS = {"daily": "/day", "weekly": "/week", "monthly": "/mo"}
BAR = 8
STAR = "*"
NOTHING = "No rows."
HIT = "Hit: the part of the prompt read from cache."
BALANCES = "Balance: the day's last reading, at that time (UTC); Top-up: bought since the reading before."
LIVE = """\
Today, Week and Month are each key's live counters (* nothing but today is in it yet);
Spend, BYOK and "unused" are of the days above"""


def render(report: Report, width: int) -> str:
    """The report in lines of at most `width` cells where that can be, ending in a newline."""
    lines, left_out = fitted(_columns(report), width)
    above = len(lines) - 1 - len(_todays(report))
    rule = "─" * min(width, max(map(display_width, lines)))
    table = [*lines[:above], rule, *lines[above:]] if _has_rows(report) else [NOTHING]
    parts = [_head(report), table, list(_foot(report, left_out, width))]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _has_rows(report: Report) -> bool:
    return bool(report.rows or (isinstance(report.today, Today) and report.today.group.rows))


def _every(report: Report) -> List[ReportRow]:
    """All rows as they stand in the table: those of the days, their total, and what is live."""
    return [*report.completed.shown, report.total, *_todays(report)]


def _todays(report: Report) -> List[ReportRow]:
    """Today's rows where the range was to run up to it, and what they come to."""
    if not isinstance(report.today, Today):
        return []
    group, is_one_row = report.today.group, report.query.by == ("date",)
    rows = group.shown if _has_todays_rows(report) and not is_one_row else ()
    return [_starred(row) for row in (*rows, group.total)]


def _has_todays_rows(report: Report) -> bool:
    return isinstance(report.today, Today) and report.query.today == ROWS


def _starred(row: ReportRow) -> ReportRow:
    """Its share would be of another total."""
    return row._replace(labels=(f"{row.labels[0]}{STAR}", *row.labels[1:]), share=NOT_SUMMED)


def _head(report: Report) -> List[str]:
    query = report.query
    marks = [
        report.profile,
        f"key {query.key}" if query.key else "all keys",
        f"models {query.model}" if query.model else "",
        "demo: a sample account" if report.demo else "",
    ]
    title = f"💰 OpenRouter Report by {' and '.join(query.by)} ({', '.join(filter(None, marks))})"
    return [title, _days(report), *([] if report.credits is None else [_credits(report.credits, report)])]


def _days(report: Report) -> str:
    first, last = report.query.first, report.query.last
    if report.query.is_live:
        return f"{first}, today so far, live as of {report.as_of:%H:%M} UTC"
    so_far = f", and {last} so far" if _has_todays_rows(report) else ""
    if so_far:
        last -= DAY
    asked, known = day_count((first, last)), len(report.days)
    if known < asked:
        return f"{first} to {last}: {known} of these {asked} UTC days are known{so_far}"
    days = f"{first}, one completed UTC day" if asked == 1 else f"{first} to {last}, {asked} completed UTC days"
    return days + so_far


def _credits(credits: Union[Balance, Unknown], report: Report) -> str:
    if isinstance(credits, Unknown):
        return f"Account credits: unknown ({credits.reason})"
    bought, used, left = (dollars(amount) for amount in (credits.purchased, credits.used, credits.remaining))
    as_of = f" (as of {instant(report.credits_as_of.at)})" if report.credits_as_of.is_old else ""
    return f"Account credits: {bought} purchased, {used} used in its lifetime, {left} left{as_of}"


def _foot(report: Report, left_out: Sequence[str], width: int) -> Iterator[str]:
    if _has_rows(report):
        yield from _legend(report, left_out)
    if _has_rows(report) and left_out:
        yield f"Left out at {width} columns: {', '.join(left_out)}; --csv and --json hold all."
    yield f"Source: {_source(report)}, asked with {report.asker}, as of {instant(report.as_of)}"
    if report.remembered:
        first, last = report.remembered
        yield f"From memory, for OpenRouter tells them no more: {first}" + (f" to {last}" if first < last else "")
    reasons = dict.fromkeys(gap.reason for row in _every(report) for gap in _gaps(row))
    if reasons:
        yield f"Note: ? is unknown: {'; '.join(reasons)}"
    yield from (f"Note: {note.message}" for note in report.notes)


def _legend(report: Report, left_out: Sequence[str]) -> Iterator[str]:
    """What the headings mean that are there, and the stars."""
    if isinstance(report.today, Today):
        told = f"by {PATHS['analytics']} as of {instant(report.today.as_of)}"
        yield f"* live: today so far, {told}; it is in no total."
    elif report.query.is_live:
        yield "* live: the UTC day is not over."
    if report.query.is_by_key:
        yield LIVE + (" and of these models alone." if report.query.model else ".")
    byok = f" ({amounts.money(report.total.use.byok_usd)} in all)" if "BYOK" in left_out else ""
    share = "" if "Share" in left_out else "; Share is of the Total's Spend"
    yield f"Spend is credits, BYOK apart{byok}{share}. Days are UTC."
    tokens = [name for name in ("Prompt", "Compl", "Reason", "Cached") if name not in left_out]
    if tokens:
        yield f"{', '.join(tokens)}: tokens." + ("" if "Hit" in left_out else f" {HIT}")
    if any(isinstance(row.balance, DayBalance) for row in report.rows) and "Balance" not in left_out:
        yield BALANCES
    if "$/M" not in left_out:
        yield "$/M: credits and BYOK per million prompt and completion tokens."


def _source(report: Report) -> str:
    """Whose figures they are, and who told the names and the limits that go with them."""
    query = report.query
    path = f"OpenRouter's {PATHS[query.source]}"
    if query.source == "activity":
        return path
    beside = [*(["/keys"] if "key" in query.by else []), *(["/activity"] if "model" in query.needed else [])]
    return path + (f" with {' and '.join(beside)}" if beside else "")


# Columns


def _columns(report: Report) -> List[Column]:
    rows = _every(report)
    names = [
        Column(HEADINGS[dimension], tuple(row.labels[place] for row in rows), _kind(dimension))
        for place, dimension in enumerate(report.query.by)
    ]
    if report.query.is_by_key:
        return [*names, *_live(rows, report), *_usage(rows, report), *_of_keys(rows, report)]
    bars = [_bars(rows)] if report.query.by in (("date",), ("hour",)) else []
    return [*names, *_usage(rows, report), *_balances(rows), *bars]


def _balances(rows: Sequence[ReportRow]) -> List[Column]:
    """What was left on each day, and what was bought; nothing where it was never read."""
    days = [row.balance if isinstance(row.balance, DayBalance) else None for row in rows]
    if not any(days):
        return []
    left = [f"{amounts.money(day.remaining)} {day.at:%H:%M}" if day else "" for day in days]
    bought = [amounts.money(day.top_up) if day else "" for day in days]
    return [Column("Balance", tuple(left), drop_order=2), Column("Top-up", tuple(bought), drop_order=1)]


def _kind(dimension: str) -> str:
    """A time is never shortened."""
    return "text" if dimension in TIMES else "name"


def _usage(rows: Sequence[ReportRow], report: Report) -> List[Column]:
    """The figures that every report has."""
    star = STAR if report.query.is_live else ""

    def column(heading: str, drop_order: int, cell: Callable[[ReportRow], str]) -> Column:
        return Column(heading, tuple(cell(row) for row in rows), drop_order=drop_order)

    return [
        column(f"Spend{star}", 0, lambda row: amounts.money(row.use.usd)),
        column("BYOK", 6, lambda row: amounts.money(row.use.byok_usd)),
        column("Share", 7, lambda row: amounts.percent(row.share)),
        column("Reqs", 8, lambda row: amounts.exactly(row.use.requests)),
        column("Prompt", 11, lambda row: amounts.roughly(row.use.prompt_tokens)),
        column("Compl", 12, lambda row: amounts.roughly(row.use.completion_tokens)),
        column("Reason", 14, lambda row: amounts.roughly(row.use.reasoning_tokens)),
        column("Cached", 13, lambda row: amounts.roughly(row.use.cached_tokens)),
        column("$/M", 9, lambda row: amounts.money(row.usd_per_million_tokens)),
        column("Hit", 10, lambda row: amounts.percent(row.cached_share)),
    ]


def _bars(rows: Sequence[ReportRow]) -> Column:
    """Spend drawn beside the rows, the dearest at full length; not beside sums of them."""
    spends = [
        row.use.usd if isinstance(row.names[0], date) and isinstance(row.use.usd, Decimal) else Decimal(0)
        for row in rows
    ]
    most = max([*spends, Decimal(0)])
    return Column("", tuple(_bar(spend / most if most > 0 else Decimal(0)) for spend in spends), "text")


def _bar(share: Decimal) -> str:
    length = int((share * BAR).to_integral_value(ROUND_HALF_UP))
    return "█" * length if length else "▏" * (share > 0)


def _live(rows: Sequence[ReportRow], report: Report) -> List[Column]:
    """What the key list counts, today included; a star where it is live alone."""
    return [
        Column(
            window.capitalize() + "*" * (window in report.live),
            tuple(amounts.money(getattr(row.key.spend, window)) for row in rows if row.key),
            drop_order=drop_order,
        )
        for window, drop_order in (("today", 0), ("week", 5), ("month", 4))
    ]


def _of_keys(rows: Sequence[ReportRow], report: Report) -> List[Column]:
    facts = [row.key for row in rows if row.key]
    return [
        Column("Limit", tuple(map(_limit, facts)), drop_order=1),
        Column("Left", tuple(map(_left, facts)), drop_order=3),
        Column("Marks", tuple(_marks(one, report) for one in facts), "text", drop_order=2),
    ]


# Cells


def _gaps(row: ReportRow) -> Iterator[Unknown]:
    """What is not known of a row, and has a place in the table."""
    shown: List[object] = [*row.use, row.share, row.usd_per_million_tokens, row.cached_share]
    if isinstance(row.balance, DayBalance):
        shown.append(row.balance.top_up)
    if row.key:
        shown += [*row.key.spend, row.key.limit, row.key.expires_at, row.key.disabled]
        shown += row.key.limit if isinstance(row.key.limit, Limit) else []
    yield from (figure for figure in shown if isinstance(figure, Unknown) and figure not in NOT_APPLICABLE)


def _limit(facts: KeyFacts) -> str:
    """Such as $50/week; whole dollars without their cents."""
    if facts.limit is None:
        return "none"
    if isinstance(facts.limit, Unknown):
        return amounts.unknown_mark(facts.limit)
    resets = RESETS.get(facts.limit.resets, "") if isinstance(facts.limit.resets, str) else ""
    return re.sub(r"\.00$", "", amounts.money(facts.limit.limit)) + resets


def _left(facts: KeyFacts) -> str:
    if facts.limit is None:
        return "–"
    return amounts.money(facts.limit if isinstance(facts.limit, Unknown) else facts.limit.remaining)


def _marks(facts: KeyFacts, report: Report) -> str:
    """When it expires, and what is out of the ordinary; that it has no limit is told by the column of the limit."""
    marks = [MARKS[mark] for mark in facts.marks if mark in MARKS]
    if isinstance(facts.expires_at, datetime):
        days = (facts.expires_at.date() - report.now.date()).days
        soon = "today" if days == 0 else f"in {days}d"
        when = soon if "expires_soon" in facts.marks else f"{facts.expires_at:%Y-%m-%d}"
        marks.insert(0, f"{'expired' if 'expired' in facts.marks else 'expires'} {when}")
    return ", ".join(marks)
