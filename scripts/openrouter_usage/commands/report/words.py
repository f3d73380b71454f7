"""The words for the days of a report, and for what was spent on them, in its heading and beside its CSV."""

from __future__ import annotations

from collections.abc import Iterator

from openrouter_usage.commands.report.records import AT_LEAST, ROWS, Breakdown, Report, ReportRow
from openrouter_usage.days import DAY, Span, day_count
from openrouter_usage.dimensions import PATHS
from openrouter_usage.records import Unknown
from openrouter_usage.text.amounts import STAR, number_of, with_byok
from openrouter_usage.text.dates import written

NO_MATCH, NOTHING_FITS = "no_match", "nothing fits"


def days(report: Report) -> Iterator[str]:
    """Yields the days, each line with what was spent on them."""
    first, last = report.query.first, report.query.last
    in_all = spent(report.completed.total, report.completed.mark, STAR * report.query.is_live)
    if report.query.is_live:
        tz = f" in {report.query.tz}" if report.query.zone else ""
        yield f"{first}, today{tz} so far, live as of {report.completed.as_of:%H:%M} UTC: {in_all}"
        return
    today = report.today if isinstance(report.today, Breakdown) and report.query.today == ROWS else None
    asked = first, last - DAY if today else last
    if today and report.with_today and in_all != NOTHING_FITS:
        together = spent(report.with_today, report.completed.mark or today.mark, STAR)
        completed = _completed_alone(asked, len(report.days), report.query.tz)
        yield f"{written(asked)} and {last} so far: {together}; {in_all} in the {completed}"
    else:
        yield f"{_completed(asked, len(report.days), report.query.tz)}: {in_all}"


def _completed_alone(span: Span, known: int, tz: str) -> str:
    """Returns such as "30 completed UTC days", or how many are known if not all are."""
    asked = day_count(span)
    if known < asked:
        return f"{known} of {asked} completed {tz} days known"
    return f"{asked} completed {tz} days" if asked > 1 else f"completed {tz} day"


def _completed(span: Span, known: int, tz: str) -> str:
    """Returns such as "2026-10-21 to 2026-11-19, 30 completed UTC days", and how many are known if not all are."""
    asked = day_count(span)
    if known < asked:
        return f"{written(span)}, {known} of {asked} {tz} days known"
    return f"{written(span)}, {asked} completed {tz} days" if asked > 1 else f"{span[0]}, one completed {tz} day"


def in_one_line(report: Report, rows: int) -> str:
    """Returns such as "12 rows, 2026-10-21 to 2026-11-19 (30 completed UTC days), $133.53 + $3.90 BYOK"."""
    today = report.query.day_of(report.now)
    last = report.query.last if report.query.is_live else min(report.query.last, today - DAY)
    span, known = (report.query.first, last), len(report.days)
    asked = day_count(span)
    tz = report.query.tz
    days = f"completed {tz} day{'s' * (asked != 1)}"
    counted = f"{known} {days}" if known == asked else f"{known} of {asked} {days} known"
    without = "" if last < today - DAY else "; today is not in it"
    when = "today so far" if report.query.is_live else counted + without
    in_all = spent(report.completed.total, report.completed.mark, STAR * report.query.is_live)
    return f"{number_of(rows, 'row')}, {written(span)} ({when}), {in_all}"


def spent(total: ReportRow, mark: str, star: str = "") -> str:
    """Returns credits with the BYOK beside them, and whether they may be more, or another sum."""
    if isinstance(total.use.usd, Unknown) and total.use.usd.code == NO_MATCH:
        return NOTHING_FITS
    if isinstance(total.use.usd, Unknown) and isinstance(total.use.byok_usd, Unknown):
        return "unknown"
    return marked(with_byok(total.use.usd, total.use.byok_usd, star), mark)


def marked(amount: str, mark: str) -> str:
    """Returns an amount that may be more, or another, with words for that: `mark` is AT_LEAST, DISPUTED or empty."""
    return f"at least {amount}" if mark == AT_LEAST else f"{amount} ({mark})" if mark else amount


def source(report: Report) -> str:
    """Returns the endpoint of the rows, and those of the names and limits in them."""
    query = report.query
    if query.source == "activity":
        return PATHS["activity"]
    others = [*(["/keys"] if "key" in query.by else []), *(["/activity"] if "model" in query.needed else [])]
    return PATHS[query.source] + (f" with {' and '.join(others)}" if others else "")
