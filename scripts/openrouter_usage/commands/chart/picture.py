"""Draws a chart as a picture of 1200 by 675 pixels, twice as many in PNG: stacked bars, and what they are made of."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any

from openrouter_usage.commands.chart import axis, library, places, words
from openrouter_usage.commands.chart.periods import drawn
from openrouter_usage.commands.chart.places import Box
from openrouter_usage.commands.chart.records import NOT_BROKEN_DOWN, REST, Bar, Chart
from openrouter_usage.records import Unknown
from openrouter_usage.text.amounts import STAR, number_of, percent, starred
from openrouter_usage.text.evidence import source_line
from openrouter_usage.text.width import display_width, shortened

if TYPE_CHECKING:
    from matplotlib.text import Text

WIDTH, HEIGHT, TIMES = 1200, 675, 2
"""The size in pixels, and how many pixels of a PNG stand for one of these."""

PER_INCH, POINTS = 96, 0.75
"""The pixels of an inch, and the points of a pixel. All lengths and places below are pixels, from the upper left."""

MARGIN, LEFT, RIGHT, TOP, BOTTOM = 44, 108, 836, 166, 534
"""What is left empty at both sides, and the edges of the area of the bars."""

LEGEND, PITCH, SWATCH = 876, 54, 20
"""Where the legend begins, the height of one of its entries, and the side of its squares."""

FOOT, SMALL, LINE, MOST_LINES = 654, 17, 24, 3
"""Where the last line of small type stands, the size of its letters, the height of a line, and the most above it."""

WIDEST_LETTER = 10
"""The width that a letter of the small type has at most, on average."""

BEYOND = 22
"""How far a bar that is cut reaches beyond the area."""

AMOUNT, AMOUNT_BELOW = 17, 8
"""The size of the letters of a bar's amount, and the room between the two."""

MOST_BARS, WIDEST_SLOT, TODAYS_GAP = 100, 110, 0.5
"""How many bars there may be, the most width for each, and the part of one that is left empty before today's."""

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9")
"""The colours of the dearest names: some of those by Okabe and Ito, which colour-blind people tell apart."""

OTHER_COLOURS = {REST: "#BDBDBD", NOT_BROKEN_DOWN: "#666666"}
"""The colours of the other series: greys that are no colour-blind person's impression of any of the above."""

INK, FAINT, GRID, BAND, PAPER = "#1F1F1F", "#595959", "#E6E6E6", "#F4F4F4", "#FFFFFF"
"""The colours of text, of lesser text, of lines, of days that are not known, and of what is behind all."""

UNSAID = ("days_missing",)
"""The codes of notes of which the picture itself shows what they say."""

HATCH = "///"
"""The pattern of today, and of days that are not known."""


def draw(chart: Chart, file_format: str) -> bytes:
    """Returns the picture as the content of a file of that format, "png" or "svg": the same for the same chart."""
    texts = [words.scope(chart), *(one.label for one in chart.series), *(note.message for note in chart.notes)]
    metadata: dict[str, Any] = {"Software": None}
    if file_format == "svg":
        metadata = {"Title": f"{words.title(chart)}. {words.scope(chart)}", "Creator": None, "Date": None}
    content = io.BytesIO()
    with library.settings(texts):
        _Picture(chart).figure.savefig(content, format=file_format, metadata=metadata)
    return content.getvalue()


class _Picture:
    """The picture of a chart; `figure` is what matplotlib makes a file of."""

    def __init__(self, chart: Chart) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self._chart = chart
        self._shown = drawn(chart, MOST_BARS)
        self.figure = Figure((WIDTH / PER_INCH, HEIGHT / PER_INCH), PER_INCH * TIMES, facecolor=PAPER)
        self._renderer = FigureCanvasAgg(self.figure).get_renderer()
        self._axes = self.figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(HEIGHT, 0))
        self._axes.set_axis_off()
        self._colours = [OTHER_COLOURS.get(one.kind) or COLOURS[place] for place, one in enumerate(chart.series)]
        gap = TODAYS_GAP if chart.days and isinstance(chart.today, Bar) else 0
        self._slot = min((RIGHT - LEFT) / max(len(self._shown.bars) + gap, 1), WIDEST_SLOT)
        first = (LEFT + RIGHT - self._slot * (len(self._shown.bars) + gap)) / 2
        self._starts = [
            first + self._slot * (number + (gap if bar is chart.today else 0))
            for number, bar in enumerate(self._shown.bars)
        ]
        self._draw()

    def _draw(self) -> None:
        self._fitted(MARGIN, 62, words.title(self._chart), 34, WIDTH - 2 * MARGIN, weight="bold")
        self._fitted(MARGIN, 98, words.scope(self._chart), 20, WIDTH - 2 * MARGIN, color=FAINT)
        self._amounts()
        self._unknown_days()
        boxes = [self._box(start, bar) for start, bar in zip(self._starts, self._shown.bars)]
        for bar, box in zip(self._shown.bars, boxes):
            self._bar(bar, box)
        self._amounts_of_bars(boxes)
        if not self._shown.full:
            self._text((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2, "nothing was spent", 22, color=FAINT, ha="center")
        self._days()
        self._legend()
        self._foot()

    # What is drawn with

    def _text(self, x: float, y: float, text: str, size: float, **style: Any) -> Text:
        """Writes a text on the line at y, in a size of pixels; it is never taken for a formula."""
        style = {"color": INK, "va": "baseline", **style}
        return self._axes.text(x, y, text, fontsize=size * POINTS, parse_math=False, **style)

    def _width(self, text: Text) -> float:
        return float(text.get_window_extent(self._renderer).width) / TIMES

    def _fitted(self, x: float, y: float, text: str, size: float, width: float, **style: Any) -> None:
        """Writes a text as large as it has room in the width, but not larger than that size."""
        written = self._text(x, y, text, size, **style)
        written.set_fontsize(size * POINTS * min(1, width / self._width(written)))

    def _shortened(self, x: float, y: float, text: str, size: float, width: float, **style: Any) -> None:
        """Writes a text, without its middle if it is too long for the width."""
        written = self._text(x, y, text, size, **style)
        cells = display_width(text)
        while self._width(written) > width and cells > 1:
            cells -= 1
            written.set_text(shortened(text, cells))

    def _rectangle(self, x: float, y: float, width: float, height: float, colour: str, **style: Any) -> None:
        from matplotlib.patches import Rectangle

        style = {"facecolor": colour, "edgecolor": PAPER, "linewidth": 0, **style}
        self._axes.add_patch(Rectangle((x, y), width, height, **style))

    # The bars

    def _height(self, usd: Decimal) -> float:
        return float(usd / self._shown.full) * (BOTTOM - TOP) if usd else 0

    def _amounts(self) -> None:
        """Draws the lines of round amounts, and the one on which the bars stand."""
        for tick in axis.ticks(self._shown.full):
            y = BOTTOM - self._height(tick.usd)
            style = {"color": GRID, "zorder": 0} if tick.usd else {"color": FAINT, "zorder": 3}
            self._axes.plot((LEFT, RIGHT), (y, y), linewidth=POINTS, **style)
            self._text(LEFT - 12, y, tick.label, 18, color=FAINT, ha="right", va="center_baseline")

    def _box(self, start: float, bar: Bar) -> Box:
        """Returns the area of a bar, which has no height where nothing was spent or known."""
        height = 0.0 if isinstance(bar.usd, Unknown) else self._height(max(bar.usd, Decimal(0)))
        top = TOP - BEYOND if height > BOTTOM - TOP else BOTTOM - height
        return Box(start + self._slot * 0.1, start + self._slot * 0.9, top, BOTTOM)

    def _bar(self, bar: Bar, box: Box) -> None:
        if isinstance(bar.usd, Unknown) or bar.usd <= 0:
            return
        width, hatch = box.right - box.left, HATCH if bar is self._chart.today else None
        tops = [BOTTOM, *(BOTTOM - float(share) * (BOTTOM - box.top) for share in accumulate(bar.drawn_shares))]
        for colour, low, top in zip(self._colours, tops, tops[1:]):
            self._rectangle(box.left, top, width, low - top, colour, hatch=hatch)
        if bar.usd > self._shown.full:
            self._cut(box.left, width)
        if bar.unknown_days:
            x = (box.left + box.right) / 2
            self._text(x, box.top - 8, words.UNKNOWN, 22, color=FAINT, ha="center", weight="bold")

    def _amounts_of_bars(self, boxes: Sequence[Box]) -> None:
        """Writes the amounts of the dearest bar, of today and of bars that are cut, as far as there is room."""
        live, dearest = self._chart.today, self._chart.dearest
        known = [
            (bar == dearest, bar is live, bar.usd, box)
            for bar, box in zip(self._shown.bars, boxes)
            if not isinstance(bar.usd, Unknown) and bar.usd > 0 and not bar.unknown_days
        ]
        taken = list(boxes)
        for is_dearest, is_today, usd, box in sorted(known, key=lambda one: one[:3], reverse=True):
            if is_dearest or is_today or usd > self._shown.full:
                taken += self._amount(starred(usd, is_today), box, taken)

    def _amount(self, text: str, bar: Box, taken: Sequence[Box]) -> list[Box]:
        """Writes an amount above its bar, and returns its area; neither where there is no room."""
        written = self._text(0, 0, text, AMOUNT, weight="bold")
        area = Box(LEFT - 4, LEGEND - 10, 0, BOTTOM)
        box = places.above(bar, self._width(written), AMOUNT + AMOUNT_BELOW, area, taken)
        if box is None:
            written.remove()
            return []
        written.set_position((box.left, box.bottom - AMOUNT_BELOW))
        return [box]

    def _cut(self, x: float, width: float) -> None:
        """Draws the gap that says that a bar is not of its true height."""
        from matplotlib.patches import Polygon

        left, right, y = x - 2, x + width + 2, TOP + 14
        self._axes.add_patch(
            Polygon([(left, y + 4), (right, y - 4), (right, y + 2), (left, y + 10)], facecolor=PAPER, zorder=2)
        )

    def _unknown_days(self) -> None:
        """Draws a band with a question mark in the place of the bars of which nothing is known."""
        every = range(len(self._starts))
        for is_unknown, run in groupby(every, lambda place: isinstance(self._shown.bars[place].usd, Unknown)):
            if is_unknown:
                of_run = list(run)
                x, width = self._starts[of_run[0]], self._slot * len(of_run)
                self._rectangle(x, TOP, width, BOTTOM - TOP, BAND, hatch=HATCH, edgecolor=GRID)
                self._text(
                    x + width / 2, (TOP + BOTTOM) / 2, words.UNKNOWN, 30, color=FAINT, ha="center", weight="bold"
                )

    def _days(self) -> None:
        """Writes the days below the bars, as many as have room, today's always."""
        of_letter = 11
        live = self._chart.today
        end = self._starts[-1] - 7 * of_letter if isinstance(live, Bar) else WIDTH
        for number in axis.labelled(self._shown, self._slot / of_letter):
            bar, x = self._shown.bars[number], self._starts[number] + self._slot / 2
            if bar is not live and x < end:
                self._text(x, BOTTOM + 28, axis.day(bar, self._shown.unit), 18, color=FAINT, ha="center")
        if isinstance(live, Bar):
            self._text(self._starts[-1] + self._slot / 2, BOTTOM + 28, f"today{STAR}", 18, ha="center")

    # Beside and below the bars

    def _legend(self) -> None:
        """Draws the series in the order in which they are stacked, each with its amount and its share."""
        for place, (one, colour) in enumerate(reversed([*zip(self._chart.series, self._colours)])):
            y = TOP + place * PITCH
            self._rectangle(LEGEND, y, SWATCH, SWATCH, colour)
            x = LEGEND + SWATCH + 12
            self._shortened(x, y + 16, one.label, 20, WIDTH - MARGIN - x)
            amount = starred(one.usd, self._chart.counts_today)
            share = "" if isinstance(one.share, Unknown) else f", {percent(one.share)}"
            self._text(x, y + 38, f"{amount}{share}", 17, color=FAINT)

    def _foot(self) -> None:
        chart = self._chart
        notes = (f"Note: {note.message}" for note in chart.notes if note.code not in UNSAID)
        lines = self._lines([*words.explained(chart, self._shown), *notes])
        source = source_line(chart.source_path, "", chart.as_of)
        left_out = len(lines) - MOST_LINES
        more = f"; {number_of(left_out, 'more note')} in the text of the chart" if left_out > 0 else ""
        for above, line in enumerate(reversed([*lines[:MOST_LINES], source + more])):
            self._shortened(MARGIN, FOOT - above * LINE, line, SMALL, WIDTH - 2 * MARGIN, color=FAINT)

    @staticmethod
    def _lines(said: Sequence[str]) -> list[str]:
        """Returns the sentences in lines, several in one where they have room."""
        lines: list[str] = []
        for sentence in said:
            longer = f"{lines[-1]}. {sentence}" if lines else ""
            if longer and len(longer) * WIDEST_LETTER <= WIDTH - 2 * MARGIN:
                lines[-1] = longer
            else:
                lines.append(sentence)
        return lines
