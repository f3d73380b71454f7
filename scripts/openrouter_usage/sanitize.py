"""Makes other people's text safe to show: one line, no control or invisible character, no API key, bounded."""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST_TEXT = 120

MOST_MARKS = 3
"""The combining marks that a letter keeps; as many as languages have. Piled up they are drawn over other lines."""

# Terminal sequences whole (CSI, OSC and the two-character ones): with the escape alone gone, "[31m" would stay behind.
_SEQUENCES = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)

_KEYS = r"(?<![A-Za-z0-9])sk-[^\s\"']{12,}|sk-or-v1-[^\s\"']+"
"""What looks like an API key, or a good piece of one. `task-force` and `sk-or-prod` are names."""

# Letters and marks that nobody sees, besides the format characters: Unicode's Default_Ignorable_Code_Point, and the
# blank braille pattern. U+FE0F, which makes an emoji of the sign before it, stays.
_UNSEEN = "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"

_PIECE = 8
_TOKEN = rf"[A-Za-z0-9._~+/=-]{{{_PIECE},}}"

_STOPS = tuple(":.!?：﹕︓꞉∶˸ː։׃。！？")
_LAST = tuple(":：﹕︓꞉∶˸ː։׃*")
"""A label's colon, and the star of today."""

_FIRST = tuple('-–—*•|>#"“💰⚠✅🚨❔')
"""What begins lines of ours, or of Markdown."""

_ROWS = ("total", "not broken down")
"""The rows of our tables, beside `3 more`."""


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """`text` on one line of at most 120 characters, without a key or anything a terminal would obey or hide."""
    line = one_line(text)
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


def one_line(text: str) -> str:
    """`text` on one line, however long, without a key or anything a terminal would obey or hide."""
    if not (text.isascii() and text.isprintable()):
        text = _seen(re.sub(_SEQUENCES, "", text))
    return " ".join(without_keys(text).split())


def _seen(text: str) -> str:
    """`text` without what is invisible, a blank for every other character that is not printable, and few marks."""
    from unicodedata import category as category_of  # rarely of use

    found, marks = [], 0
    for letter in text:
        category = category_of(letter)
        if category == "Cf" or re.match(_UNSEEN, letter):
            continue
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= MOST_MARKS:
            found.append(letter if letter.isprintable() else " ")
    return "".join(found)


def without_keys(text: str) -> str:
    """`text` with everything masked that looks like an API key."""
    return re.sub(_KEYS, "[a key]", text) if "sk-" in text else text


def without_secret(text: str, secret: str) -> str:
    """`text` with every word masked that shares eight letters in a row with this secret."""
    pieces = {secret[start : start + _PIECE] for start in range(len(secret) - _PIECE + 1)}

    def shown(match: re.Match[str]) -> str:
        word = match[0]
        return "[a key]" if any(word[at : at + _PIECE] in pieces for at in range(len(word))) else word

    return re.sub(_TOKEN, shown, text)


def quoted(name: str) -> str:
    """A clean name as it stands in text: in quotes where it could be taken for words of ours."""
    return '"' + name.replace('"', "'") + '"' if _is_like_ours(name) else name


def _is_like_ours(name: str) -> bool:
    """Tells whether a name holds a stop before a blank, such as a colon, ends in a colon or a star, has more than four
    words, or begins as lines of ours do, or is called as rows of our tables are.
    """
    words = name.split(" ")
    is_sentence = len(words) > 4 or any(word.endswith(_STOPS) for word in words[:-1])
    is_row = name.lower() in _ROWS or (words[0].isdecimal() and name.lower().startswith(f"{words[0]} more"))
    return is_sentence or is_row or name.startswith(_FIRST) or name.endswith(_LAST)
