"""Draws a chart in the terminal: stacked bars of blocks, told apart by their shade, over the days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import ceil

from openrouter_usage.commands.chart import axis, words
from openrouter_usage.commands.chart.periods import drawn
from openrouter_usage.commands.chart.records import NOT_BROKEN_DOWN, REST, Bar, Chart, Drawn
from openrouter_usage.records import Unknown
from openrouter_usage.session.output import columns as terminal_width
from openrouter_usage.text.amounts import STAR, percent, starred
from openrouter_usage.text.evidence import source_line
from openrouter_usage.text.style import ANSWER, CHART, FOOTNOTE, HEADING, Line, page
from openrouter_usage.text.table import Column, fitted

ROWS = 12
"""The rows of cells of a bar of full height."""

WIDEST_BAR = 6
"""The most columns of a bar, with the one between it and the next."""

AXIS = 3
"""The columns of the axis behind its amounts."""

SHADES = "█▓▒▚▌"
"""What the series of the dearest names are drawn with, in their order."""

OTHER_SHADES = {REST: "░", NOT_BROKEN_DOWN: "≈"}
"""What the other series are drawn with."""

LOW = "▁▂▃▄▅▆▇█"
"""Eighths of a cell, from below."""

CUT = "▴"


def render(chart: Chart, path: str) -> str:
    """Returns the chart in lines of the terminal's width, with the amounts of what it is made of, and the notes.

    Where a picture of it was written at that path, it is that path, and what the picture says in words.
    """
    width = terminal_width()
    shown = _fitting(chart, width)
    head = [Line(f"💰 {words.scope(chart)}", HEADING), Line(words.title(chart), ANSWER)]
    plot = [Line(line, CHART) for line in _plot(chart, shown, width)] if shown.full else []
    figures = () if path else (plot, _series(chart, width))
    source = Line(source_line(chart.source_path, chart.key_name, chart.as_of), FOOTNOTE)
    explained = words.explained(chart, None if path else shown, f"{CUT} ")
    notes = [f"Note: {note.message}" for note in chart.notes]
    written = [f"Chart: {path}"] if path else []
    return page([*head, *written], *figures, [*explained, source, *notes])


def _fitting(chart: Chart, width: int) -> Drawn:
    """Returns the bars of the shortest unit with which there is a column for each beside the axis."""
    shown = drawn(chart, width)
    while shown.unit != "year" and _margin(shown) + AXIS + len(shown.bars) + _gap(chart) > width:
        shown = drawn(chart, len(shown.bars) - 1)
    return shown


def _margin(shown: Drawn) -> int:
    """Returns the columns of the amounts at the axis."""
    return max(len(tick.label) for tick in axis.ticks(shown.full))


def _gap(chart: Chart) -> int:
    """Returns the columns between the completed days and today."""
    return 1 if chart.days and isinstance(chart.today, Bar) else 0


def _shades(chart: Chart) -> list[str]:
    """Returns what each series is drawn with."""
    return [OTHER_SHADES.get(one.kind) or SHADES[place] for place, one in enumerate(chart.series)]


def _plot(chart: Chart, shown: Drawn, width: int) -> Iterator[str]:
    """Yields the rows of the bars from above, and the axis of the days below them."""
    margin, gap = _margin(shown), _gap(chart)
    labels = {round(tick.usd / shown.full * ROWS): tick.label for tick in axis.ticks(shown.full)}
    slot = max(1, min((width - margin - AXIS - gap) // len(shown.bars), WIDEST_BAR + 1))
    thick = max(slot - 1, 1)
    starts = [number * slot + (gap if bar is chart.today else 0) for number, bar in enumerate(shown.bars)]
    columns = [_cells(bar, shown, _shades(chart)) for bar in shown.bars]
    for row in reversed(range(ROWS)):
        line = ""
        for start, cells in zip(starts, columns):
            line = line.ljust(start) + cells[row] * thick
        label = labels.get(row + 1, "")
        yield f"{label:>{margin}} {'┤' if label else '│'} {line}".rstrip()
    yield f"{labels[0]:>{margin}} ┼─{'─' * (starts[-1] + thick)}"
    yield f"{'':{margin}}   {_days(chart, shown, starts, slot)}".rstrip()


def _cells(bar: Bar, shown: Drawn, shades: Sequence[str]) -> list[str]:
    """Returns the cells of a bar from below. A cell is drawn as the part that is in its middle."""
    if isinstance(bar.usd, Unknown):
        return [words.UNKNOWN, *[" "] * (ROWS - 1)]
    if bar.usd <= 0:
        return [" "] * ROWS
    height = min(float(bar.usd / shown.full), 1) * ROWS
    tops = list(accumulate(float(share) * height for share in bar.drawn_shares))
    cells = [_cell(row, height, tops, shades) for row in range(ROWS)]
    if bar.usd > shown.full:
        cells[-1] = CUT
    elif bar.unknown_days:
        cells[min(ceil(height), ROWS - 1)] = words.UNKNOWN
    return cells


def _cell(row: int, height: float, tops: Sequence[float], shades: Sequence[str]) -> str:
    """Returns a cell; the lowest one shows however little was spent."""
    covered = min(height - row, 1)
    if covered <= 0:
        return " "
    place = next((place for place, top in enumerate(tops) if top > row + covered / 2), len(tops) - 1)
    eighths = round(covered * 8)
    if place == 0 or (row == 0 and eighths < 4):
        return LOW[max(eighths, 1) - 1] if eighths or row == 0 else " "
    return shades[place] if eighths >= 4 else " "


def _days(chart: Chart, shown: Drawn, starts: Sequence[int], slot: int) -> str:
    """Returns the days below the axis, as many as have room, and today's."""
    today = f"today{STAR}" if isinstance(chart.today, Bar) else ""
    end = max(0, starts[-1] + max(slot - 1, 1) - len(today)) if today else None
    line = ""
    for number in axis.labelled(shown, slot):
        longer = line.ljust(starts[number]) + axis.day(shown.bars[number], shown.unit)
        if end is not None and len(longer) >= end:
            break
        line = longer
    return line.ljust(end or 0) + today


def _series(chart: Chart, width: int) -> list[Line]:
    """Returns the table of the series."""
    labels = [f"{shade} {one.label}" for shade, one in zip(_shades(chart), chart.series)]
    columns = [
        Column(f"  {chart.by.capitalize()}", tuple(labels), "name"),
        Column("Spend", tuple(starred(one.usd, chart.counts_today) for one in chart.series)),
        Column("Share", tuple(percent(one.share) for one in chart.series)),
    ]
    return fitted(columns, width, roles=[CHART] * len(chart.series))[0] if chart.series else []
