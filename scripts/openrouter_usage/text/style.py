"""Gives lines a role, such as the answer or a footnote, which a terminal shows by its style.

A role is beside the text and never in it: where text is written to a pipe, or put into another text, only the words
are left. Modules that write text for people give roles; `text/terminal.py` alone knows what they look like.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

ANSWER, HEADING, WARNING, CRITICAL, FOOTNOTE = "answer", "heading", "warning", "critical", "footnote"
"""The roles of a line. WARNING and CRITICAL are the levels of `check`."""

TABLE, TABLE_BAR, TABLE_HEADING, TABLE_TOTAL, TABLE_LIVE = "row", "bar", "table heading", "total", "live row"
"""The roles of a line of a table."""

CHART = "chart"
"""The role of a line of a chart, which is drawn with shades."""

NEVER_WRAPPED = (TABLE, TABLE_BAR, TABLE_HEADING, TABLE_TOTAL, TABLE_LIVE, CHART)
"""The roles of lines that are made as wide as they may be."""


SIGN = "⚠️ "
"""How a line of a summary begins that needs doing something."""

DEMO = "demo: a sample account"
"""What the headings of all figures say that are none of the user's."""


Span = tuple[int, int, str]
"""A part of a line that has another role: where it begins, where it ends, and that role."""


class Line(str):
    """A line of text with a role, and perhaps parts with another; whatever is made of it is plain text again."""

    role: str
    spans: Sequence[Span]

    def __new__(cls, text: str, role: str, spans: Sequence[Span] = ()) -> Line:
        line = super().__new__(cls, text)
        line.role, line.spans = role, spans
        return line


class Page(str):
    """A text that knows its lines, with their roles; the text itself is plain."""

    lines: tuple[str, ...]

    def __new__(cls, lines: Iterable[str]) -> Page:
        every = tuple(lines)
        page = super().__new__(cls, "".join(f"{line}\n" for line in every))
        page.lines = every
        return page


def page(*parts: Iterable[str]) -> Page:
    """Returns the lines of all parts, with an empty line between those parts that have any."""
    every: list[str] = []
    for part in map(list, parts):
        every += ["", *part] if every and part else part
    return Page(every)


def pages(texts: Sequence[str], between: Sequence[str] = ()) -> Page:
    """Returns the lines of several texts one below the other, with the lines `between` each two of them."""
    every: list[str] = []
    for place, text in enumerate(texts):
        every += [*(between if place else ()), *lines_of(text)]
    return Page(every)


def lines_of(text: str) -> Sequence[str]:
    """Returns the lines of a text: with their roles if it is a Page, else without any."""
    return text.lines if isinstance(text, Page) else text.splitlines()


def role_of(line: str) -> str:
    """Returns the role of a line, empty where it has none."""
    return line.role if isinstance(line, Line) else ""
