"""Counts the columns of a terminal that a text takes, and shortens a text to them."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from functools import lru_cache

ELLIPSIS = "…"
JOINER = "\u200d"
"""It makes one emoji of those on both sides (Unicode TR51, "zero width joiner")."""

AS_EMOJI = re.compile("(.)\ufe0f")
"""A sign with the selector that asks for its wide and coloured form."""


def display_width(text: str) -> int:
    """Returns how many columns the text takes: East Asian letters and emoji two, marks and what is invisible none.

    Terminals differ on emoji that are made of several. The most that any of them takes is counted: what fits does so
    everywhere.
    """
    if text.isascii():
        return len(text)
    return sum(map(_columns, text)) + sum(_columns(sign) == 1 for sign in AS_EMOJI.findall(text))


@lru_cache(maxsize=4096)
def _columns(letter: str) -> int:
    is_hangul_part = "\u1160" <= letter <= "\u11ff"  # a vowel or an end, drawn into the letter before
    if is_hangul_part or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def shortened(text: str, width: int) -> str:
    """Returns the text at most that wide, with … for its middle. No letter loses its marks, no emoji a part."""
    if display_width(text) <= width:
        return text
    units, head, tail = deque(graphemes(text)), "", ""
    room, longer_tail = width - len(ELLIPSIS), 0
    while units:
        is_tail = longer_tail <= 0
        size = display_width(units[-1 if is_tail else 0])
        if size > room:
            break
        head, tail = (head, units.pop() + tail) if is_tail else (head + units.popleft(), tail)
        room, longer_tail = room - size, longer_tail + (size if is_tail else -size)
    return f"{head}{ELLIPSIS}{tail}"


def graphemes(text: str) -> list[str]:
    """Returns the text in parts that a reader takes for one letter or picture each (after Unicode TR29)."""
    found: list[str] = []
    for letter in text:
        if found and _continues(found[-1], letter):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _continues(unit: str, letter: str) -> bool:
    """Tells whether the letter is part of what stands before it."""
    if letter.isascii():
        return unit.endswith(JOINER)
    is_mark = _columns(letter) == 0 or unicodedata.category(letter) == "Mc"
    is_skin = "\U0001f3fb" <= letter <= "\U0001f3ff"
    is_flag = len(unit) == 1 and _is_half_a_flag(unit) and _is_half_a_flag(letter)
    return unit.endswith(JOINER) or is_mark or is_skin or is_flag


def _is_half_a_flag(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"
