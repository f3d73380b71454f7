"""Reads what Claude Code tells its status line about the session, as JSON on standard input."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from typing import Any, Callable, Optional

from openrouter_usage.sanitize import clean

SECONDS_WAITED = 0.2
"""The time for which standard input is waited for."""

MOST_BYTES = 1 << 18
"""The most that is read, many times what Claude Code writes."""

SEPARATOR = " · "


def written(names: Sequence[str]) -> str:
    """Returns what is known of the parts of these names, each followed by a separator, in this order."""
    session = _session(_given())
    parts = (PARTS[name](session) for name in names)
    return "".join(f"{part}{SEPARATOR}" for part in parts if part)


def _given() -> bytes:
    """Returns what comes through standard input, within bounds of size and time; nothing from a terminal."""
    pieces: list[bytes] = []

    def read() -> None:
        with suppress(OSError):
            while sum(map(len, pieces)) < MOST_BYTES and (piece := os.read(0, MOST_BYTES)):
                pieces.append(piece)

    if sys.stdin is not None and not sys.stdin.isatty():
        reader = Thread(target=read, daemon=True)
        reader.start()
        reader.join(SECONDS_WAITED)
    return b"".join(pieces)


def _session(text: bytes) -> dict[str, Any]:
    """Returns the object that the text holds; an empty one where it holds none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _model(session: dict[str, Any]) -> Optional[str]:
    """Returns the name of the session's model."""
    name = _field(session, "model", "display_name")
    return clean(name) if isinstance(name, str) else None


def _context(session: dict[str, Any]) -> Optional[str]:
    """Returns such as "42% context", the part of the context window that is used."""
    used = _field(session, "context_window", "used_percentage")
    is_percentage = isinstance(used, (int, float)) and not isinstance(used, bool) and 0 <= used < 1000
    return f"{round(used)}% context" if is_percentage else None


def _field(session: dict[str, Any], group: str, name: str) -> Any:
    fields = session.get(group)
    return fields.get(name) if isinstance(fields, dict) else None


PARTS: dict[str, Callable[[dict[str, Any]], Optional[str]]] = {"model": _model, "context": _context}
"""What writes each part of the session, by the names that --show has for them."""
