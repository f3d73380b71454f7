"""Fits columns of text into a width."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple, Optional

from openrouter_usage.text.amounts import STAR
from openrouter_usage.text.bars import LONGEST, SHORTEST, Bars
from openrouter_usage.text.style import FOOTNOTE, TABLE, TABLE_BAR, TABLE_HEADING, TABLE_LIVE, Line, Span
from openrouter_usage.text.width import display_width, shortened

COMFORTABLE = 12
"""The cells of the longest bar for which the columns stand closer."""

NARROW, NARROWEST = 18, 12
"""The widths to which names are shortened before columns are left out: most columns, and those that go last."""

LAST = -99
"""The drop order of a column that goes only where names as short as they can be leave no room for it."""


class Column(NamedTuple):
    """A heading with its cells.

    `kind` is "name" (on the left, shortened in the middle if necessary), "text" (on the left, of which the heading may
    be shortened) or "figure" (on the right, always whole). `name` is what a column can be asked for by.

    Where the columns are too wide, that of the highest `drop_order` is left out first, and so on. One above zero goes
    before names are shortened to less than NARROW columns, one below zero before they are shortened to less than
    NARROWEST, one of LAST before a name would have no letter left; one of zero never goes.
    """

    heading: str
    cells: tuple[str, ...]
    kind: str = "figure"
    drop_order: int = 0
    name: str = ""


class Measured(NamedTuple):
    """A column with the width of its widest cell, its heading included, and without that."""

    column: Column
    width: int
    cells_width: int

    @property
    def floors(self) -> tuple[int, int, int]:
        """The widths to which it is shortened: at first, in need, and where nothing else can be left out."""
        if self.column.kind == "name":
            return min(self.width, NARROW), min(self.width, NARROWEST), 1
        in_need = self.cells_width if self.column.kind == "text" else self.width
        return self.width, in_need, in_need


def measured(column: Column) -> Measured:
    """Returns the column with its widths."""
    cells_width = max(map(display_width, column.cells), default=0)
    return Measured(column, max(cells_width, display_width(column.heading)), cells_width)


def least_width(columns: Sequence[Column]) -> int:
    """Returns the width that the columns take which only need leaves out, with names as short as without need."""
    return _least([measured(column) for column in columns if column.drop_order <= 0])


def fitted(
    columns: Sequence[Column], width: int, bars: Optional[Bars] = None, roles: Sequence[str] = ()
) -> tuple[list[Line], list[Column]]:
    """Returns the lines, headings first, each at most `width` wide if possible, and the columns left out.

    The bars stand behind the columns, in the room that these leave. `roles` are those of the rows, if they have any.
    """
    every = list(map(measured, columns))
    kept, left_out = list(every), []
    room = width - (SHORTEST + 1 if bars else 0)
    while True:
        goes = max((one for one in kept if one.column.drop_order), key=lambda one: one.column.drop_order, default=None)
        if _least(kept, _need(goes)) <= room:
            break
        if bars and (goes is None or bars.drop_order > goes.column.drop_order):
            return fitted(columns, width, roles=roles)  # what made way for the bars may have room without them
        if goes is None:
            break
        kept.remove(goes)
        left_out.append(goes.column)
    while len(left_out) > 1 and left_out[-1].kind == "text":  # it may be wide: what went before it has room again
        more = [one for one in every if one in kept or one.column is left_out[-2]]
        if _least(more) > room:
            break
        kept = more
        del left_out[-2]
    return _lines(kept, width, bars, roles), left_out


def _least(columns: Sequence[Measured], need: int = 0) -> int:
    """Returns the width of these columns one blank apart, with names as short as the need makes them."""
    return sum(one.floors[need] for one in columns) + len(columns) - 1


def _need(goes: Optional[Measured]) -> int:
    """Returns how short names are made before that column goes: which of the floors are reached."""
    if goes is None or goes.column.drop_order == LAST:
        return 2
    return 1 if goes.column.drop_order < 0 else 0


def _lines(kept: Sequence[Measured], width: int, bars: Optional[Bars], roles: Sequence[str]) -> list[Line]:
    """Returns the lines of the columns, as far apart as there is room."""
    columns = [one.column for one in kept]
    widths = _shared(kept, width - (SHORTEST + 1 if bars else 0))
    spare = width - sum(widths) - 2 * (len(kept) - 1)
    gap = "  " if spare >= (COMFORTABLE + 2 if bars else 0) else " "
    rows = list(zip(*([column.heading, *column.cells] for column in columns)))
    placed = [_row(row, columns, widths, gap) for row in rows]
    lines = [gap.join(cells) for cells in placed]
    if bars:
        longest = min(LONGEST, width - display_width(lines[0]) - len(gap))
        lines = [f"{line}{gap}{bar}" for line, bar in zip(lines, ("", *bars.drawn(longest)))]
    row = TABLE_BAR if bars else TABLE
    of_rows = [row if role == TABLE else role for role in roles] or [row] * (len(lines) - 1)
    heading = Line(lines[0].rstrip(), TABLE_HEADING)
    return [heading] + [
        Line(line.rstrip(), role, tuple(_spans(cells, columns, gap, role == row and cells[0] == above[0])))
        for line, role, cells, above in zip(lines[1:], of_rows, placed[1:], placed)
    ]


def _spans(cells: Sequence[str], columns: Sequence[Column], gap: str, is_repeated: bool) -> Iterator[Span]:
    """Yields each cell of a row that has a role of its own: it is live, or repeats the first of two names."""
    first = FOOTNOTE if is_repeated and len(columns) > 1 and columns[1].kind != "figure" else ""
    of_cells = [TABLE_LIVE if column.heading.endswith(STAR) else "" for column in columns[-len(cells) :]]
    starts = accumulate((len(cell) + len(gap) for cell in cells), initial=0)
    for start, cell, role in zip(starts, cells, (first, *of_cells[1:])):
        if role:
            yield start, start + len(cell), role


def ruled(
    columns: Sequence[Column], width: int, totals: int, bars: Optional[Bars] = None, roles: Sequence[str] = ()
) -> tuple[list[Line], list[Column]]:
    """Returns the fitted lines with a rule above the last `totals` rows, and the columns left out."""
    lines, left_out = fitted(columns, width, bars, roles)
    rule = "─" * min(width, max(map(display_width, lines)))
    return [*lines[:-totals], Line(rule, TABLE_HEADING), *lines[-totals:]], left_out


def _shared(columns: Sequence[Measured], width: int) -> list[int]:
    """Returns the width of each column: what it needs, but the widest share what the others leave."""
    widths = [one.width for one in columns]
    for floors in zip(*(one.floors for one in columns)):
        while sum(widths) + len(widths) - 1 > width:
            wider = [place for place, floor in enumerate(floors) if widths[place] > floor]
            if not wider:
                break
            widths[max(wider, key=widths.__getitem__)] -= 1
    return widths


def _row(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int], gap: str) -> list[str]:
    """Returns the cells of a line, each as wide as its column.

    A first name that is too long reaches into the second one, if that is empty.
    """
    if len(cells) > 1 and not cells[1] and columns[1].kind != "figure" and display_width(cells[0]) > widths[0]:
        cells, columns = [cells[0], *cells[2:]], [columns[0], *columns[2:]]
        widths = [widths[0] + len(gap) + widths[1], *widths[2:]]
    return list(map(_placed, cells, columns, widths))


def _placed(cell: str, column: Column, width: int) -> str:
    text = cell if column.kind == "figure" else shortened(cell, width)
    blank = " " * (width - display_width(text))
    return blank + text if column.kind == "figure" else text + blank
