"""The words of a chart, which the terminal, the picture and JSON share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional

from openrouter_usage.commands.chart.records import Bar, Chart, Drawn
from openrouter_usage.commands.report.words import marked
from openrouter_usage.days import day_count
from openrouter_usage.records import Amount, Unknown
from openrouter_usage.text.amounts import STAR, dollars, number_of, starred
from openrouter_usage.text.dates import MONTHS, in_brackets, short_span
from openrouter_usage.text.runway import ALL_KEYS
from openrouter_usage.text.style import DEMO

UNKNOWN = "?"
"""What marks days that are not known."""


def title(chart: Chart) -> str:
    """Returns the answer, such as "$146.07 in 30 days, dearest Nov 2: $11.64"; starred with today in it.

    Where nothing was spent before today, it says what today has.
    """
    answer = f"{_marked(chart.usd, chart.mark, chart.counts_today)} {_days(chart)}"
    live = chart.today if isinstance(chart.today, Bar) else None
    if live and chart.usd == 0 and live.usd != 0:
        return f"{answer}, {_marked(live.usd, chart.today_mark, is_live=True)} today so far"
    if chart.dearest is None:
        return answer
    is_today = live is not None and chart.dearest.first == live.first
    day = short_span((chart.dearest.first, chart.dearest.last), chart.now.year)
    return f"{answer}, dearest {day}: {starred(chart.dearest.usd, is_today)}"


def _marked(usd: Amount, mark: str, is_live: bool) -> str:
    """Returns dollars, and whether they may be more, or another sum."""
    return marked(starred(usd, is_live), "" if isinstance(usd, Unknown) else mark)


def _days(chart: Chart) -> str:
    if chart.span is None:
        return "today so far"
    asked = day_count(chart.span)
    if chart.known_days < asked:
        days = f"in the {chart.known_days} of {asked} days that are known"
    elif asked == 1:
        days = f"on {short_span(chart.span, chart.now.year)}"
    else:
        days = f"in {asked} days"
    return f"{days} and today so far" if chart.counts_today else days


def scope(chart: Chart) -> str:
    """Returns what it is of: "OpenRouter spend by model, all keys, Oct 21 to Nov 19, 2026, UTC days"."""
    today = chart.now.date()
    first, last = chart.span or (today, today)
    span = first, today if chart.counts_today else last
    days = f"{short_span(span, 0)}, UTC day{'s' * (span[0] < span[1])}"
    marks = chart.profile, DEMO if chart.demo else ""
    return f"OpenRouter spend by {chart.by}, {ALL_KEYS}, {days}{in_brackets(marks)}"


def explained(chart: Chart, shown: Optional[Drawn], cut_mark: str = "") -> Iterator[str]:
    """Yields what the title leaves open, and what the bars mean if they are shown; a line on those cut has its mark."""
    yield from _today(chart)
    yield from _unknown(chart)
    if shown:
        yield from (f"{cut_mark}{line}" for line in _cut(shown))
        yield from _unit(chart, shown)
    yield from _byok(chart)


def _today(chart: Chart) -> Iterator[str]:
    """Yields what is said of today, which is not over."""
    if isinstance(chart.today, Bar):
        amount = _marked(chart.today.usd, chart.today_mark, is_live=False)
        counted = "counted in the figures" if chart.counts_today else "not in the total"
        yield f"{STAR} today so far: {amount}, live as of {chart.today_as_of:%H:%M} UTC; {counted}"
    elif isinstance(chart.today, Unknown):
        yield f"today: unknown ({chart.today.reason})"


def _byok(chart: Chart) -> Iterator[str]:
    """Yields what the spend is without, where there is any of it."""
    if isinstance(chart.byok_usd, Unknown):
        yield "Spend is credits; BYOK is apart (unknown)"
    elif chart.byok_usd:
        yield f"Spend is credits; {dollars(chart.byok_usd)} BYOK is apart"


def _unknown(chart: Chart) -> Iterator[str]:
    """Yields how many days are not known."""
    number = sum(day.unknown_days for day in chart.days)
    if number:
        yield f"{UNKNOWN} not known: {number_of(number, 'day')}"


def _cut(shown: Drawn) -> Iterator[str]:
    """Yields the true amounts of the bars that are cut, and what a bar of full height is."""
    named = [
        f"{period(bar, shown.unit)} {dollars(bar.usd)}"
        for bar in shown.bars
        if not isinstance(bar.usd, Unknown) and bar.usd > shown.full
    ]
    if named:
        yield f"Cut: {', '.join(named)}; a full bar is {dollars(shown.full)}"


def _unit(chart: Chart, shown: Drawn) -> Iterator[str]:
    """Yields what a bar is of, if not of a day."""
    if shown.unit != "day":
        monday = " from Monday" if shown.unit == "week" else ""
        yield f"A bar is a {shown.unit}{monday}{'; today has its own' * isinstance(chart.today, Bar)}"


def period(bar: Bar, unit: str) -> str:
    """Returns such as "Nov 2", "week of Nov 2" or "Nov 2026"."""
    if unit == "month":
        return f"{MONTHS[bar.first.month - 1]} {bar.first.year}"
    if unit == "year":
        return f"{bar.first.year}"
    day = short_span((bar.first, bar.first), bar.last.year)
    return f"week of {day}" if unit == "week" else day
