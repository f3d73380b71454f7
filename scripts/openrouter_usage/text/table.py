"""Fits columns of text into a width."""

import unicodedata
from typing import List, NamedTuple, Optional, Sequence, Tuple

from openrouter_usage.text.bars import SHORTEST, Bars

COMFORTABLE = 12
"""The cells of the longest bar for which the columns stand closer."""

NARROWEST = 18
"""The least width to which a name is shortened."""


class Column(NamedTuple):
    """A heading with its cells.

    `kind` is "name" (on the left, shortened in the middle if necessary), "text" (on the left) or "figure" (on the
    right). If the columns are too wide, that of the highest `drop_order` is left out first, and one of 0 never.
    `name` is what a column can be asked for by.
    """

    heading: str
    cells: Tuple[str, ...]
    kind: str = "figure"
    drop_order: int = 0
    name: str = ""

    @property
    def width(self) -> int:
        """The width of the widest cell."""
        return max(map(display_width, (self.heading, *self.cells)))


def fitted(columns: Sequence[Column], width: int, bars: Optional[Bars] = None) -> Tuple[List[str], List[Column]]:
    """Returns the lines, headings first, each at most `width` wide if possible, and the columns left out.

    The bars stand behind the columns, in the room that these leave.
    """
    kept, left_out = list(columns), []
    while bars or any(column.drop_order for column in kept):
        least = [min(column.width, NARROWEST) if column.kind == "name" else column.width for column in kept]
        if sum(least) + len(kept) - 1 + (SHORTEST + 1 if bars else 0) <= width:
            break
        goes = max(kept, key=lambda column: column.drop_order)
        if bars and bars.drop_order > goes.drop_order:
            return fitted(columns, width)  # what made way for the bars may have room without them
        kept.remove(goes)
        left_out.append(goes)
    widths = _shared(kept, width - (SHORTEST + 1 if bars else 0))
    spare = width - sum(widths) - 2 * (len(kept) - 1)
    gap = "  " if spare >= (COMFORTABLE + 2 if bars else 0) else " "
    rows = zip(*([column.heading, *column.cells] for column in kept))
    lines = [gap.join(_placed(*cell) for cell in zip(row, kept, widths)) for row in rows]
    drawn = ("", *bars.drawn(width - display_width(lines[0]) - len(gap))) if bars else ("",) * len(lines)
    return [f"{line}{gap}{bar}".rstrip() for line, bar in zip(lines, drawn)], left_out


def ruled(
    columns: Sequence[Column], width: int, totals: int, bars: Optional[Bars] = None
) -> Tuple[List[str], List[Column]]:
    """Returns the fitted lines with a rule above the last `totals` rows, and the columns left out."""
    lines, left_out = fitted(columns, width, bars)
    rule = "─" * min(width, max(map(display_width, lines)))
    return [*lines[:-totals], rule, *lines[-totals:]], left_out


def _shared(columns: Sequence[Column], width: int) -> List[int]:
    """Returns the width of each column: what it needs, but names share what the others leave."""
    widths = [column.width for column in columns]
    while sum(widths) + len(widths) - 1 > width:
        names = [number for number, one in enumerate(columns) if one.kind == "name" and widths[number] > NARROWEST]
        if not names:
            break
        widths[max(names, key=widths.__getitem__)] -= 1
    return widths


def _placed(cell: str, column: Column, width: int) -> str:
    text = shortened(cell, width) if column.kind == "name" else cell
    blank = " " * (width - display_width(text))
    return blank + text if column.kind == "figure" else text + blank


def shortened(text: str, width: int) -> str:
    """Returns the text at most that wide, with … for its middle."""
    if display_width(text) <= width:
        return text
    head, tail = text[: len(text) // 2], text[len(text) // 2 :]
    while display_width(head) + 1 + display_width(tail) > width:
        head, tail = (head[:-1], tail) if len(head) >= len(tail) else (head, tail[1:])
    return f"{head}…{tail}"


def display_width(text: str) -> int:
    """Returns how many cells of a terminal the text takes: East Asian letters and emoji take two, accents none."""
    if text.isascii():
        return len(text)
    return sum(_cells(letter) for letter in text)


def _cells(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
