"""Prints a bar's line once more, as long as nothing that it was made of has changed."""

import os
import time
from contextlib import suppress
from typing import List, Optional, Tuple

from openrouter_usage import files
from openrouter_usage.keys import sources

PREFIX = "bar-"
KEPT = 7 * 24 * 3600
"""Seconds."""

APART = b"\0"
"""What separates the parts of a kept line: no text of ours holds it."""


def printed(arguments: List[str]) -> bool:
    """Whether this command line printed something before that it would print again; then it is printed.

    Not on a terminal, which may have letters of its own.
    """
    kept = None if os.isatty(1) else _kept(arguments)
    for stream, text in zip((1, 2), kept or ()):
        with suppress(OSError):
            os.write(stream, text)
    return kept is not None


def _kept(arguments: List[str]) -> Optional[Tuple[bytes, bytes]]:
    """What is kept for both streams."""
    try:
        with open(_file(arguments), "rb") as file:
            salt, name, made, until, out, err = file.read().split(APART)
        is_young = float(made) <= time.time() < float(until)
        return (out, err) if is_young and name == _fingerprint(made_of(arguments), salt) else None
    except (OSError, ValueError):
        return None


def keep(arguments: List[str], was_made_of: str, out: str, err: str, seconds: float) -> None:
    """Keeps what was printed for so long, for its owner alone, unless what it was made of is another by now.

    Where nothing can be kept, it is made anew each time.
    """
    if made_of(arguments) != was_made_of:
        return
    salt, made = os.urandom(16).hex().encode(), time.time()
    texts = (f"{made}", f"{made + seconds}", out, err)
    with suppress(OSError):
        content = APART.join([salt, _fingerprint(was_made_of, salt), *(text.encode() for text in texts)])
        files.write(_file(arguments), content, 0o600)
        _tidy(time.time() - KEPT)


def made_of(arguments: List[str]) -> str:
    """All that a line is made of: the command line, the keys, what is remembered, this file. It holds secrets."""
    history = files.history(os.environ)
    states = [files.state_of(path) for path in (history, f"{history}-wal", __file__)]
    return "\0".join([*arguments, sources.surroundings(sources.here()), os.environ.get("NO_COLOR", ""), *states])


def _fingerprint(made_of: str, salt: bytes) -> bytes:
    return files.salted(made_of, salt).hex().encode()


def _tidy(since: float) -> None:
    """Removes what nobody has asked for since then."""
    with os.scandir(files.state(os.environ)) as entries:
        for file in entries:
            if file.name.startswith(PREFIX) and file.stat().st_mtime < since:
                os.remove(file.path)


def _file(arguments: List[str]) -> str:
    """One for each command line."""
    name = files.salted("\0".join(arguments), b"bar").hex()[:12]
    return os.path.join(files.state(os.environ), PREFIX + name)
