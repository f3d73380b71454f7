"""Makes other people's text safe to show: one line, no control or invisible character, bounded."""

import re
from functools import lru_cache

LONGEST_TEXT = 120

# Terminal sequences whole (CSI, OSC and the two-character ones): with the escape alone gone, "[31m" would stay behind.
_SEQUENCES = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_KEYS = r"sk-[^\s\"']+"
_PIECE = 8
_TOKEN = rf"[A-Za-z0-9._~+/=-]{{{_PIECE},}}"
_KEYS_IN_NAMES = r"(?<![A-Za-z0-9])sk-[^\s\"']{12,}"


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """`text` on one line of at most 120 characters, without anything a terminal would obey or hide."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in re.sub(_SEQUENCES, "", text))
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


def without_keys(text: str) -> str:
    """`text` with everything masked that looks like an API key."""
    return re.sub(_KEYS, "[a key]", text)


def without_secret(text: str, secret: str) -> str:
    """`text` with every word masked that shares eight letters in a row with this secret."""
    pieces = {secret[start : start + _PIECE] for start in range(len(secret) - _PIECE + 1)}

    def shown(match: "re.Match[str]") -> str:
        word = match[0]
        return "[a key]" if any(word[at : at + _PIECE] in pieces for at in range(len(word))) else word

    return re.sub(_TOKEN, shown, text)


def masked(name: str) -> str:
    """A name without an API key in it, or a good piece of one. `task-force` and `sk-or-prod` are names."""
    return re.sub(_KEYS_IN_NAMES, "[a key]", name)
