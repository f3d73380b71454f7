"""Draws the spend by day: stacked bars with their legend, and the same figures as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Optional

from openrouter_usage.commands.chart import axis, words
from openrouter_usage.commands.chart.periods import drawn
from openrouter_usage.commands.chart.records import NOT_BROKEN_DOWN, REST, Bar, Chart
from openrouter_usage.commands.dashboard import tables
from openrouter_usage.commands.dashboard.elements import Markup, element, name
from openrouter_usage.records import Unknown
from openrouter_usage.text.amounts import STAR, dollars, money, percent
from openrouter_usage.text.dates import short
from openrouter_usage.text.evidence import source_line
from openrouter_usage.text.table import Column
from openrouter_usage.text.width import shortened

TOP, PLOT, BELOW = Decimal(28), Decimal(200), Decimal(16)
"""CSS pixels: the room above a bar of full height, the height of that bar, and how far below it the dates stand."""

WIDTH = Decimal("0.76")
"""The part of its day's room that a bar takes."""

EDGE = Decimal("0.1")
"""The part of the plot on either side in which a text is not centred, so that it does not reach beyond it."""

UNKNOWN_HEIGHT = Decimal(48)
"""The height of the empty bar of a day that is not known."""

BEYOND, CUT_BELOW, CUT_HEIGHT = Decimal(12), Decimal(18), Decimal(4)
"""How far a bar that is cut reaches beyond full height, how far below its top it has a gap, and how high that is."""

AMOUNT_BARS = 10
"""How many bars apart the amounts above them are at least, so that they have room on a phone, too."""

MOST_BARS = 62
"""The most bars, each of a day as long as there are no more of them."""

WIDEST_HEADING = 24
"""The most columns that a name takes which heads a column of the table."""

CLOSE, NEAR = 3, 7
"""How many days before today a date has no room, and how many before it has none on a phone."""

HATCH = element(
    "svg",
    element(
        "pattern",
        element("line", x1="0", x2="0", y1="0", y2="6"),
        id="hatch",
        width="6",
        height="6",
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    ),
    class_="hatch",
    aria_hidden="true",
)
"""The stripes over the bar of today, which a page has once."""


def figure(chart: Chart) -> Markup:
    """Returns the bars beside their scale, and the legend below them; nothing where nothing was spent."""
    found = drawn(chart, MOST_BARS)
    if all(bar.usd == 0 for bar in found.bars):
        return Markup()
    plot = _Plot(chart, found.bars, found.full)
    return element("figure", element("div", plot.scale(), plot.bars(), class_="days"), _legend(chart))


def table(chart: Chart) -> Markup:
    """Returns the figures of the bars as a table, folded."""
    bars = _bars(chart)
    every = [
        Column("Day", tuple(f"{bar.first}{_star(bar, chart)}" for bar in bars), "text"),
        Column("Spend", tuple(money(bar.usd) + _star(bar, chart) for bar in bars)),
        *(
            Column(
                shortened(one.label, WIDEST_HEADING),
                tuple(money(bar.told_parts[place]) if bar.parts else "?" for bar in bars),
            )
            for place, one in enumerate(chart.series)
        ),
    ]
    shown = tables.table("Spend by UTC day", every, range(len(bars)))
    return element("details", element("summary", "The days as a table"), shown)


def explained(chart: Chart) -> Iterator[str]:
    """Yields what the bars show, as far as they do not tell it themselves."""
    yield words.scope(chart)
    yield from words.explained(chart, drawn(chart, MOST_BARS))
    yield source_line(chart.source_path, chart.key_name, chart.as_of)


def _bars(chart: Chart) -> list[Bar]:
    return [*chart.days, *([chart.today] if isinstance(chart.today, Bar) else [])]


def _star(bar: Bar, chart: Chart) -> str:
    return STAR if bar is chart.today else ""


def _legend(chart: Chart) -> Markup:
    square = element("rect", width="100%", height="100%")
    items = [
        element(
            "li",
            element("svg", square, class_=_colour(chart, place), aria_hidden="true"),
            name(series.label),
            f" {dollars(series.usd)}",
            None if isinstance(series.share, Unknown) else f" ({percent(series.share)})",
        )
        for place, series in enumerate(chart.series)
    ]
    return element("ul", items, class_="legend")


def _colour(chart: Chart, place: int) -> str:
    """Returns the class of the colour of a series; the rest, and what is not broken down, are grey."""
    return {REST: "s5", NOT_BROKEN_DOWN: "s6"}.get(chart.series[place].kind, f"s{place}")


class _Plot:
    """The bars of a chart, of which one of full height stands for `full` USD."""

    def __init__(self, chart: Chart, bars: Sequence[Bar], full: Decimal) -> None:
        self._chart = chart
        self._bars = bars
        self._full = full
        self._room = Decimal(100) / max(len(bars), 1)
        self._told_above = _apart(bars, full)
        self._ticks = {self._y(tick.usd): tick.label for tick in axis.ticks(full)}

    def scale(self) -> Markup:
        """Returns the amounts beside the lines."""
        labels = [
            element("text", label, x="100%", y=_px(y), dx="-8", dy="4", text_anchor="end")
            for y, label in self._ticks.items()
        ]
        return element("svg", labels, aria_hidden="true")

    def bars(self) -> Markup:
        """Returns the bars, with words for who cannot see them."""
        lines = [element("line", x2="100%", y1=_px(y), y2=_px(y), class_="grid") for y in self._ticks]
        shapes = [self._bar(place, bar) for place, bar in enumerate(self._bars)]
        dates = [self._date(place, bar) for place, bar in enumerate(self._bars)]
        return element("svg", lines, shapes, dates, role="img", aria_label=self._in_words())

    def _in_words(self) -> str:
        dearest = self._chart.dearest
        most = f", the dearest {dearest.first} with {dollars(dearest.usd)}" if dearest else ""
        return f"Bars of the spend on {len(self._bars)} UTC days{most}; the table below has all figures"

    def _y(self, usd: Decimal) -> Decimal:
        if usd > self._full:
            return TOP - BEYOND
        return TOP + PLOT * (1 - usd / self._full) if self._full else TOP + PLOT

    def _box(self, place: int, top: Decimal, height: Decimal) -> dict[str, str]:
        """Returns the attributes of a box as wide as the bar of that place."""
        return {
            "x": _part(self._left(place)),
            "y": _px(top),
            "width": _part(self._room * WIDTH),
            "height": _px(height),
        }

    def _left(self, place: int) -> Decimal:
        return self._room * (place + (1 - WIDTH) / 2)

    def _bar(self, place: int, bar: Bar) -> Markup:
        shapes = self._unknown(place) if isinstance(bar.usd, Unknown) else self._known(place, bar, bar.usd)
        return element("g", element("title", self._told(bar)), shapes)

    def _told(self, bar: Bar) -> str:
        """Returns the day with its figure, and those of its parts."""
        if isinstance(bar.usd, Unknown):
            return f"{bar.first}: unknown ({bar.usd.reason})"
        parts = [f"{series.label} {dollars(usd)}" for series, usd in zip(self._chart.series, bar.parts) if usd]
        return "\n".join([f"{bar.first}: {dollars(bar.usd)}{_star(bar, self._chart)}", *parts])

    def _unknown(self, place: int) -> Iterator[Markup]:
        """Yields an empty bar with a question mark above it."""
        top = TOP + PLOT - UNKNOWN_HEIGHT
        yield element("rect", class_="unknown", **self._box(place, top, UNKNOWN_HEIGHT))
        yield element("text", "?", y=_px(top), dy="-4", **self._anchored(place))

    def _known(self, place: int, bar: Bar, usd: Decimal) -> Iterator[Markup]:
        """Yields the parts of a bar from below; today has stripes, what is cut a gap, and its amount above it."""
        bottom, height = TOP + PLOT, TOP + PLOT - self._y(max(usd, Decimal(0)))
        for series, share in enumerate(bar.drawn_shares):
            if share and height:
                bottom -= share * height
                yield element("rect", class_=_colour(self._chart, series), **self._box(place, bottom, share * height))
        if bar is self._chart.today:
            yield element("rect", fill="url(#hatch)", **self._box(place, bottom, TOP + PLOT - bottom))
        if usd > self._full:
            top = self._y(usd)
            yield element("rect", class_="gap", **self._box(place, top + CUT_BELOW, CUT_HEIGHT))
            if place in self._told_above:
                yield element("text", dollars(usd), y=_px(top), dy="-4", class_="over", **self._anchored(place))

    def _anchored(self, place: int) -> dict[str, str]:
        """Returns where a text at a bar stands, which reaches to neither side beyond the plot."""
        left, width = self._left(place), self._room * WIDTH
        if left < EDGE * 100:
            return {"x": _part(left), "text_anchor": "start"}
        if left + width > (1 - EDGE) * 100:
            return {"x": _part(left + width), "text_anchor": "end"}
        return {"x": _part(left + width / 2), "text_anchor": "middle"}

    def _date(self, place: int, bar: Bar) -> Optional[Markup]:
        """Returns the word below today, and the date below a Monday; a phone has no room for one near today."""
        is_today, before_today = bar is self._chart.today, len(self._bars) - 1 - place
        if not is_today and (bar.first.weekday() or before_today < CLOSE):
            return None
        label = f"today{STAR}" if is_today else short(bar.first)
        near = "near" if not is_today and before_today < NEAR else None
        return element("text", label, class_=near, y=_px(TOP + PLOT + BELOW), **self._anchored(place))


def _apart(bars: Sequence[Bar], full: Decimal) -> list[int]:
    """Returns the places of the bars above full height whose amounts are not in each other's way, the dearest first."""
    cut = [(bar.usd, place) for place, bar in enumerate(bars) if not isinstance(bar.usd, Unknown) and bar.usd > full]
    found: list[int] = []
    for _, place in sorted(cut, reverse=True):
        if all(abs(place - other) >= AMOUNT_BARS for other in found):
            found.append(place)
    return found


def _px(length: Decimal) -> str:
    return f"{length:.1f}"


def _part(percent: Decimal) -> str:
    return f"{percent:.2f}%"
