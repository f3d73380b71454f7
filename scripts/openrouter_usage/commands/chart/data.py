"""Renders a chart as JSON."""

from __future__ import annotations

from typing import Union

from openrouter_usage.commands.chart import words
from openrouter_usage.commands.chart.records import Bar, Chart, Series
from openrouter_usage.records import Unknown
from openrouter_usage.text.document import Json, document, gaps, rounded


def render(chart: Chart, path: str) -> str:
    """Returns one JSON object and a newline; `path` is that of the picture, empty where none was written.

    Amounts are in full precision. `parts_usd` of a day are in the order of `series`, none where the day is not known,
    and null in the place of a zero that is not known.
    """
    figures: Json = {
        "total_usd": chart.usd,
        "byok_usd": chart.byok_usd,
        "dearest": {"date": chart.dearest.first, "usd": chart.dearest.usd} if chart.dearest else None,
        "series": [_series(one, chart.by) for one in chart.series],
        "days": [_day(day) for day in chart.days],
        "today": _today(chart.today),
    }
    cells: Json = {
        "as_of": chart.as_of,
        "demo": chart.demo,
        **({"profile": chart.profile} if chart.profile else {}),
        "source": chart.source,
        "live_only": _live(chart),
        "asked_with": chart.key_name,
        "by": chart.by,
        "from": chart.span[0] if chart.span else chart.now.date(),
        "to": chart.now.date() if chart.counts_today else chart.days[-1].last,
        "known_days": chart.known_days,
        "title": words.title(chart),
        "path": path or None,
        **figures,
        "notes": [*chart.notes, *dict.fromkeys(gaps({**figures, "days": []}))],
    }
    return document("chart", cells)


def _series(one: Series, by: str) -> Json:
    return {by: one.name or None, "label": one.label, "kind": one.kind, "usd": one.usd, "share": rounded(one.share)}


def _day(day: Bar) -> Json:
    return {"date": day.first, "usd": day.usd, "parts_usd": list(day.told_parts) if day.parts else None}


def _today(today: Union[Bar, Unknown, None]) -> Union[Json, Unknown, None]:
    return _day(today) if isinstance(today, Bar) else today


def _live(chart: Chart) -> list[str]:
    """Returns the paths of the figures that have today in them."""
    if not isinstance(chart.today, Bar):
        return []
    return ["total_usd", "byok_usd", "dearest", "series", "today"] if chart.counts_today else ["today"]
