"""Shows a page on a terminal: in style, and wrapped by words at its width. Loaded only for a terminal."""

import re
import sys
from typing import Iterator, List, Mapping, Optional, TextIO

from openrouter_usage.text.style import ANSWER, CRITICAL, FOOTNOTE, HEADING, TABLE, WARNING, Page, role_of
from openrouter_usage.text.table import display_width

GREY, TEAL, ORANGE, RED = "38;5;244", "38;5;31", "38;5;166", "38;5;160"
"""Colours of the 256 that every terminal shows alike: each has a contrast of 3:1 and more on black and on white."""

STYLES = {
    ANSWER: "1",
    HEADING: GREY,
    WARNING: f"1;{ORANGE}",
    CRITICAL: f"1;{RED}",
    FOOTNOTE: GREY,
}
"""What begins each style, as parameters of the terminal's sequence (ECMA-48, SGR): 1 is bold, 3 is italic."""

SPANS = (
    (re.compile(r"[<≥-]*\$[\d.,]+\*"), TEAL),  # live: the UTC day is not over
    (re.compile(r"~\$?\d[\d.,]*(?: (?:days?|hours?|months?))?"), "3"),  # an estimate
)
"""What is styled within a line, by what the text says itself. Lines of these two levels keep their own colour."""

LEVELS = (WARNING, CRITICAL)

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
        parts = [line] if width is None or role == TABLE else wrapped(line, width)
        yield from (_styled(part, role) for part in parts) if with_style else parts


def wrapped(line: str, width: int) -> List[str]:
    """Returns the line in parts of at most `width` columns, broken between words, all but the first indented by two.

    A word that is longer, such as an address, stays whole: a terminal that breaks it still knows that it is one.
    """
    if display_width(line) <= width:
        return [line]
    text = line.lstrip(" ")
    indent = " " * (len(line) - len(text))
    parts, rest = [], f"{indent}  "
    first, *others = text.split(" ")
    part = indent + first
    for word in others:
        if display_width(part) + 1 + display_width(word) <= width:
            part += f" {word}"
        else:
            parts.append(part)
            part = rest + word
    return [*parts, part]


def _styled(text: str, role: str) -> str:
    """Returns the text in the style of its role, with its live figures and estimates in theirs."""
    style = STYLES.get(role, "")
    if role not in LEVELS:
        for pattern, own in SPANS:
            text = pattern.sub(f"{_begun(own)}\\g<0>{END}{_begun(style)}", text)
    return f"{_begun(style)}{text}{END}" if style and text else text


def _begun(style: str) -> str:
    return f"\x1b[{style}m" if style else ""
