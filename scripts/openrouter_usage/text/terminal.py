"""Shows a page on a terminal: in style, and wrapped by words at its width. Loaded only for a terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Optional, TextIO

from openrouter_usage.text.style import (
    ANSWER,
    CHART,
    CRITICAL,
    FOOTNOTE,
    HEADING,
    NEVER_WRAPPED,
    TABLE_BAR,
    TABLE_HEADING,
    TABLE_LIVE,
    TABLE_TOTAL,
    WARNING,
    Line,
    Page,
    role_of,
)
from openrouter_usage.text.width import display_width, graphemes

GREY, TEAL, BLUE, ORANGE, RED = "38;5;244", "38;5;31", "38;5;67", "38;5;166", "38;5;196"
GREEN, PINK, PURPLE = "38;5;29", "38;5;169", "38;5;99"
"""Colours of the 256 that every terminal shows alike: each has a contrast of 3:1 and more on black and on white."""

STYLES = {
    ANSWER: "1",
    HEADING: GREY,
    WARNING: f"1;{ORANGE}",
    CRITICAL: f"1;{RED}",
    FOOTNOTE: GREY,
    TABLE_HEADING: GREY,
    TABLE_TOTAL: "1",
    TABLE_LIVE: TEAL,
}
"""What begins each style, as parameters of the terminal's sequence (ECMA-48, SGR): 1 is bold, 3 is italic."""

SPANS = (
    (r"(?<![<≥-])[<≥-]*\$[\d.,]+\*", TEAL),  # live: the UTC day is not over
    (r"~\$?\d[\d.,]*(?: (?:days?|hours?|months?))?", "3"),  # an estimate
)
"""What is styled within a line, by what the text says itself. Lines of these two levels keep their own colour."""

LEVELS = (WARNING, CRITICAL)

DRAWN = {
    TABLE_BAR: (("(?<![█-▏])[█-▏]+▸?$", BLUE),),
    CHART: (("[▁-█]+", BLUE), ("▓+", ORANGE), ("▒+", GREEN), ("▚+", PINK), ("▌+", PURPLE), ("[░≈]+", GREY)),
}
"""What else is styled in lines of these roles: the bar at the end of a row, and the parts of a chart by their shade."""

LEAD = r" *(?:(?:•|–|[<-]*\$\d[\d.,]*\*?) )?"
"""The indent of a line, with the bullet or the amount with which a line of a list begins."""

PROGRAM = "stats.py "
"""What a command begins with. One that ends a line is never broken, so that it can be copied."""

TOGETHER = r"""(?x)
    \bstats\.py\ [^`()]*$                          # a command at the end
  | `[^`]*`                                        # one in a sentence
  | (?<![,;])\ (?=[<≥~+-]*\$\d)                   # Week: $18.90, at $3.28/day
  | \ (?=\|(?!\ \w+=))                            # A | B
  | (?<=\|)\ (?=\w+=)                             # | balance=8.75
  | (?<=\d)\ (?=to\ (?:[$\d]|[A-Z][a-z]{2}\ \d))  # $4 to, Nov 24 to
  | (?<=\d\ to)\ (?=[$\d]|[A-Z][a-z]{2}\ \d)     # to $5, to Nov 27
  | (?<=\b[A-Z][a-z]{2})\ (?=\d)                  # Nov 24
  | (?<=-\d\d)\ (?=\d\d:)                         # 2026-11-20 14:09
  | (?<=\d)\ (?=(?:days?|requests?|BYOK|UTC|left)\b)   # 5.1 days
"""
"""What is not broken if there is room for it in one line."""

ADDRESS = r"\W*(?:https?://|~?/)"
"""How the addresses and paths begin that are never broken, so that they can be copied."""

LONGEST_OF_OURS = 36
"""The columns of the longest word that is ours, such as a variable's name. A longer one is a name, broken anywhere."""

NO_BREAK = "\0"
"""Stands for a blank that is not broken, while a line is; no text has it, for it is no letter."""

NEXT_STEP, GRAPH = "Next:", "| "
"""What begins what there is to do, and the figures for a graph in the line of a check."""

BEHIND = rf"{NEXT_STEP}|\|(?= \w+=)"
"""Where the style of a line ends."""

END = "\x1b[0m"


def is_styled(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Tells whether styles are written to the stream: to a terminal that has them, or where they are asked for.

    NO_COLOR (no-color.org) forbids and FORCE_COLOR (force-color.org) demands it, each if it is not empty.
    """
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb" and _understands(stream)


def _understands(stream: TextIO) -> bool:
    """Tells whether the terminal obeys sequences; an old console of Windows does so once it is told to."""
    if sys.platform != "win32":
        return True
    import ctypes
    import msvcrt

    console, mode = msvcrt.get_osfhandle(stream.fileno()), ctypes.c_ulong()
    is_console = ctypes.windll.kernel32.GetConsoleMode(console, ctypes.byref(mode))
    processes_sequences = 4  # ENABLE_VIRTUAL_TERMINAL_PROCESSING
    return bool(is_console and ctypes.windll.kernel32.SetConsoleMode(console, mode.value | processes_sequences))


def shown(page: Page, width: Optional[int], with_style: bool) -> str:
    """Returns the text for the terminal, wrapped at `width` columns; None does not wrap."""
    return "".join(f"{line}\n" for line in _lines(page, width, with_style))


def _lines(page: Page, width: Optional[int], with_style: bool) -> Iterator[str]:
    for line in page.lines:
        role = role_of(line)
        parts = [line] if width is None or role in NEVER_WRAPPED else wrapped(line, width)
        yield from _all_styled(parts, role) if with_style else parts


def wrapped(line: str, width: int) -> list[str]:
    """Returns the line in parts of at most `width` columns, broken between words.

    All but the first are indented by two more, or stand below what follows the line's bullet or amount, if that is not
    too far to the right: what begins at the left edge is the beginning of a line of ours. A next step and the figures
    for a graph begin a part. A name that is longer is broken at its hyphens, or anywhere; an address or a command may
    be longer: it is to be copied.
    """
    if display_width(line) <= width:
        return [line]
    lead = next(re.finditer(LEAD, line))[0]
    rest = " " * (max(min(len(lead), width // 8), 1) if lead.strip() else len(lead) + 2)
    first, *others = _words(line[len(lead) :], width - max(len(lead), len(rest)))
    parts, part = [], lead + first
    for word in others:
        longer = f"{part} {word}"
        if display_width(longer) <= width and word != NEXT_STEP and not word.startswith(GRAPH):
            part = longer
        else:
            parts.append(part)
            part = rest + word
    return [*parts, part]


def _words(text: str, room: int) -> Iterator[str]:
    """Yields the words, with those together that belong together and have room."""
    for unit in re.sub(TOGETHER, lambda found: found[0].replace(" ", NO_BREAK), text).split(" "):
        whole = unit.replace(NO_BREAK, " ")
        if display_width(whole) <= room or whole.startswith(PROGRAM):
            yield whole
        else:
            for word in whole.split(" "):
                yield from _pieces(word, room)


def _pieces(word: str, room: int) -> Iterator[str]:
    """Yields a word; a name that is longer than a line, in pieces, at its hyphens if it can. An address stays whole."""
    is_short = display_width(word) <= (LONGEST_OF_OURS if "/" in word else room)
    if is_short or re.match(ADDRESS, word):
        yield word
        return
    parts, piece = re.split("(?<=-)", word), ""
    if any(display_width(part) > max(room, LONGEST_OF_OURS) for part in parts):
        parts = graphemes(word)
    for part in parts:
        if piece and display_width(piece + part) > room:
            yield piece
            piece = ""
        piece += part
    yield piece


def _all_styled(parts: Iterable[str], role: str) -> Iterator[str]:
    """Yields the parts of one line. Its style ends at the next step, or at the figures for a graph, a footnote."""
    for part in parts:
        found = re.search(BEHIND, part) if role in (ANSWER, *LEVELS) else None
        told, behind = (part[: found.start()], part[found.start() :]) if found else (part, "")
        after = FOOTNOTE if behind.startswith(GRAPH) else ""
        yield (_styled(told, role) if told.strip() else told) + _styled(behind, after)
        role = after if found else role


def _styled(text: str, role: str) -> str:
    """Returns the text in the style of its role, with its live figures and estimates in theirs."""
    style = STYLES.get(role, "")
    for start, end, own_role in reversed(text.spans if isinstance(text, Line) else ()):
        part = f"{_begun(STYLES[own_role])}{text[start:end]}{END}{_begun(style)}"
        text = text[:start] + part + text[end:]
    if role not in LEVELS:
        for pattern, own in (*SPANS, *DRAWN.get(role, ())):
            text = re.sub(pattern, f"{_begun(own)}\\g<0>{END}{_begun(style)}", text)
    return f"{_begun(style)}{text}{END}" if style and text else text


def _begun(style: str) -> str:
    return f"\x1b[{style}m" if style else ""
