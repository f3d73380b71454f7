"""Renders a report as a table that fits the terminal."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Callable, Iterator, List, Sequence, Union

from renderers.layout import Column, display_width, fitted
from renderers.money import dollars
from usage import NOT_SENSIBLE, Amount, Balance, Count, KeyFacts, Report, ReportRow, Unknown

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
MARKS = {"expired": "expired", "disabled": "disabled", "unused": "unused", "not_listed": "not listed"}
RESETS = {"daily": "/day", "weekly": "/week", "monthly": "/month"}
UNITS = ("", "k", "M", "B", "T")
BAR = 8
NOTHING = "None: there was no use in these days."
SPEND = "Spend is credits, BYOK apart."
TOKENS = """\
Prompt, Compl, Reason, Cached are tokens; $/M is credits and BYOK per million of them;
Hit is the part of the prompt tokens that was read from cache."""
LIVE = """\
Today, Week and Month are each key's live counters (* nothing but today is in it yet);
Spend is of the days above"""


def render(report: Report, width: int) -> str:
    """The report in lines of at most `width` cells where that can be, ending in a newline."""
    lines, left_out = fitted(_columns(report), width)
    table = [*lines[:-1], "─" * min(width, max(map(display_width, lines))), lines[-1]] if report.rows else [NOTHING]
    parts = [_head(report), table, list(_foot(report, left_out, width))]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(report: Report) -> List[str]:
    query = report.query
    scope = f"key {query.key}" if query.key else "all keys"
    marks = [scope, *([f"models {query.model}"] if query.model else []), *(["demo: a sample account"] * report.demo)]
    title = f"💰 OpenRouter Report by {' and '.join(query.by)} ({', '.join(marks)})"
    return [title, _days(report), *([] if report.credits is None else [_credits(report.credits)])]


def _days(report: Report) -> str:
    first, last = report.query.first, report.query.last
    asked = (last - first).days + 1
    range_ = f"{first}" if asked == 1 else f"{first} to {last}"
    if report.known_days < asked:
        return f"{range_}: {report.known_days} of these {asked} UTC days are known"
    return f"{range_}, {asked} completed UTC day{'s' * (asked > 1)}"


def _credits(credits: Union[Balance, Unknown]) -> str:
    if isinstance(credits, Unknown):
        return f"Credits: unknown ({credits.reason})"
    bought, used, left = (dollars(amount) for amount in (credits.purchased, credits.used, credits.remaining))
    return f"Credits: {bought} purchased, {used} used, {left} left"


def _foot(report: Report, left_out: Sequence[str], width: int) -> Iterator[str]:
    if report.rows:
        yield from _legend(report, left_out)
    if left_out:
        yield f"Left out at {width} columns: {', '.join(left_out)}; --csv and --json hold all."
    yield f"Source: {_source(report)}, asked with {report.asker} at {report.as_of:%Y-%m-%d %H:%M} UTC"
    reasons = dict.fromkeys(gap.reason for row in report.rows for gap in _gaps(row))
    if reasons:
        yield f"Note: ? is unknown: {'; '.join(reasons)}"
    yield from (f"Note: {note.message}" for note in report.notes)


def _legend(report: Report, left_out: Sequence[str]) -> Iterator[str]:
    if report.query.by == ("key",):
        yield LIVE + (" and of these models alone." if report.query.model else ".")
    yield SPEND
    if "Prompt" not in left_out:
        yield TOKENS


def _source(report: Report) -> str:
    if report.query.source == "activity":
        return "OpenRouter's /activity"
    return "OpenRouter's /analytics/query" + (" and /keys" if report.query.by == ("key",) else "")


# Columns


def _columns(report: Report) -> List[Column]:
    rows = [*report.rows, *([report.rest] if report.rest else []), report.total]
    names = [
        Column(HEADINGS[dimension], tuple(row.labels[place] for row in rows), _kind(dimension))
        for place, dimension in enumerate(report.query.by)
    ]
    if report.query.by == ("key",):
        return [*names, *_live(rows, report), *_usage(rows), *_of_keys(rows, report)]
    bars = [_bars(rows, len(report.rows))] if report.query.by in (("date",), ("hour",)) else []
    return [*names, *_usage(rows), *bars]


def _kind(dimension: str) -> str:
    """A time is never shortened."""
    return "text" if dimension in ("date", "hour") else "name"


def _usage(rows: Sequence[ReportRow]) -> List[Column]:
    """The figures that every report has."""

    def column(heading: str, leaves: int, cell: Callable[[ReportRow], str]) -> Column:
        return Column(heading, tuple(cell(row) for row in rows), leaves=leaves)

    return [
        column("Spend", 0, lambda row: _money(row.use.usd)),
        column("BYOK", 1, lambda row: _money(row.use.byok_usd)),
        column("Share", 2, lambda row: _percent(row.share)),
        column("Reqs", 3, lambda row: _exactly(row.use.requests)),
        column("Prompt", 6, lambda row: _roughly(row.use.prompt_tokens)),
        column("Compl", 7, lambda row: _roughly(row.use.completion_tokens)),
        column("Reason", 9, lambda row: _roughly(row.use.reasoning_tokens)),
        column("Cached", 8, lambda row: _roughly(row.use.cached_tokens)),
        column("$/M", 4, lambda row: _money(row.usd_per_million_tokens)),
        column("Hit", 5, lambda row: _percent(row.cached_share)),
    ]


def _bars(rows: Sequence[ReportRow], shown: int) -> Column:
    """Spend drawn beside the shown rows, the dearest of them at full length."""
    spends = [row.use.usd if isinstance(row.use.usd, Decimal) else Decimal(0) for row in rows[:shown]]
    most = max([*spends, Decimal(0)])
    bars = [_bar(spend / most if most > 0 else Decimal(0)) for spend in spends]
    return Column("", (*bars, *[""] * (len(rows) - shown)), "text")


def _bar(share: Decimal) -> str:
    length = int((share * BAR).to_integral_value(ROUND_HALF_UP))
    return "█" * length if length else "▏" * (share > 0)


def _live(rows: Sequence[ReportRow], report: Report) -> List[Column]:
    """What the key list counts, today included; a star where it is live alone."""
    return [
        Column(
            window.capitalize() + "*" * (window in report.live),
            tuple(_money(getattr(row.key.spend, window)) if row.key else "" for row in rows),
        )
        for window in ("today", "week", "month")
    ]


def _of_keys(rows: Sequence[ReportRow], report: Report) -> List[Column]:
    facts = [row.key for row in rows]
    return [
        Column("Limit", tuple(_limit(one) if one else "" for one in facts)),
        Column("Left", tuple(_left(one) if one else "" for one in facts)),
        Column("Expires", tuple(_expiry(one) if one else "" for one in facts), "text"),
        Column("", tuple(_marks(one, report) if one else "" for one in facts), "text"),
    ]


# Cells


def _gaps(row: ReportRow) -> Iterator[Unknown]:
    """What is not known of a row, and has a place in the table."""
    figures = (*row.use, row.share, row.usd_per_million_tokens, row.cached_share, *(row.key.spend if row.key else ()))
    for figure in (*figures, *((row.key.limit, row.key.expires_at) if row.key else ())):
        if isinstance(figure, Unknown) and figure not in NOT_SENSIBLE:
            yield figure


def _hole(gap: Unknown) -> str:
    return "–" if gap in NOT_SENSIBLE else "?"


def _money(amount: Amount) -> str:
    return _hole(amount) if isinstance(amount, Unknown) else dollars(amount)


def _percent(share: Amount) -> str:
    """Whole percent: 0% and 100% only of nothing and of all."""
    if isinstance(share, Unknown):
        return _hole(share)
    percent = int((share * 100).to_integral_value(ROUND_HALF_UP))
    if percent == 0 and share > 0:
        return "<1%"
    return "99%" if percent == 100 and share < 1 else f"{percent}%"


def _exactly(count: Count) -> str:
    return _hole(count) if isinstance(count, Unknown) else str(count)


def _roughly(count: Count) -> str:
    """Two or three figures: 940, 8.8k, 512k, 1.2M, 3.4B."""
    if isinstance(count, Unknown):
        return _hole(count)
    size, unit = Decimal(count), 0
    while size >= (Decimal("999.5") if unit else 1000) and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    places = Decimal("0.1") if unit and size < Decimal("9.95") else Decimal(1)
    return f"{size.quantize(places, ROUND_HALF_UP)}{UNITS[unit]}"


def _limit(facts: KeyFacts) -> str:
    if facts.limit is None:
        return "none"
    if isinstance(facts.limit, Unknown):
        return _hole(facts.limit)
    resets = RESETS.get(facts.limit.resets, "") if isinstance(facts.limit.resets, str) else ""
    return _money(facts.limit.limit) + resets


def _left(facts: KeyFacts) -> str:
    if facts.limit is None:
        return "–"
    return _hole(facts.limit) if isinstance(facts.limit, Unknown) else _money(facts.limit.remaining)


def _expiry(facts: KeyFacts) -> str:
    if facts.expires_at is None:
        return "never"
    return _hole(facts.expires_at) if isinstance(facts.expires_at, Unknown) else f"{facts.expires_at:%Y-%m-%d}"


def _marks(facts: KeyFacts, report: Report) -> str:
    """What is out of the ordinary; a key without a limit is marked in its own column."""
    marks = [MARKS[mark] for mark in facts.marks if mark in MARKS]
    if "expires_soon" in facts.marks and not isinstance(facts.expires_at, Unknown) and facts.expires_at:
        marks.insert(0, f"expires in {(facts.expires_at.date() - report.as_of.date()).days}d")
    return ", ".join(marks)
