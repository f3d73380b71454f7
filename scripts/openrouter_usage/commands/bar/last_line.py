"""Prints the last line of `bar` again as long as nothing that it was made of has changed."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Optional

from openrouter_usage import files
from openrouter_usage.keys import sources

PREFIX = "bar-"
SECONDS_KEPT = 7 * 24 * 3600
"""The time after which a file is deleted that no command line has asked for."""

MOST_BYTES = 10**6
"""The bytes of a file that are read: a line is shorter."""

SEPARATOR = b"\0"
"""The byte between the parts of a file; no text of ours holds it."""


def printed(arguments: list[str]) -> bool:
    """Prints what this command line printed last, if it would print that again; False if it has to be made anew.

    That is always so on a terminal, whose encoding may be another one, and where the line cannot be written: who makes
    it anew reports that.
    """
    kept = None if os.isatty(1) else _kept(arguments)
    if kept is None:
        return False
    session_parts, out, err = kept
    try:
        files.write_to(1, begun(session_parts).encode() + out)
    except BrokenPipeError:
        pass
    except OSError:
        return False
    with suppress(OSError):  # nobody can be told
        files.write_to(2, err)
    return True


def begun(session_parts: Sequence[str]) -> str:
    """Returns how the line begins: with the parts of these names of Claude Code's session, which are never kept."""
    if not session_parts:
        return ""
    from openrouter_usage.commands.bar import claude_session

    return claude_session.written(session_parts)


def _kept(arguments: list[str]) -> Optional[tuple[list[str], bytes, bytes]]:
    """The names of the session's parts, and the last texts for both streams, if they still hold."""
    try:
        with os.fdopen(files.open_own(_file(arguments), os.O_RDONLY), "rb") as file:
            salt, name, *texts = file.read(MOST_BYTES).split(SEPARATOR)
        made, until, parts, out, err = texts
        is_young = float(made) <= time.time() < float(until)
        holds = is_young and name == _fingerprint(made_of(arguments), salt, texts)
        return (parts.decode().split(), out, err) if holds else None
    except (OSError, ValueError):
        return None


def keep(
    arguments: list[str], was_made_of: str, session_parts: Sequence[str], out: str, err: str, seconds: float
) -> None:
    """Keeps the texts for so many seconds in a file for its owner alone, unless what they were made of has changed.

    Each time that they are printed, they begin with the parts of these names of Claude Code's session. Where no file
    can be written, the line is made anew each time.
    """
    if made_of(arguments) != was_made_of:
        return
    salt, made = os.urandom(16).hex().encode(), time.time()
    texts = [text.encode() for text in (f"{made}", f"{made + seconds}", " ".join(session_parts), out, err)]
    with suppress(OSError):
        content = SEPARATOR.join([salt, _fingerprint(was_made_of, salt, texts), *texts])
        files.write(_file(arguments), content, 0o600)
        _tidy(time.time() - SECONDS_KEPT)


def made_of(arguments: list[str]) -> str:
    """Returns everything a line is made of: command line, keys, cache, this file. It holds secrets."""
    place, history = sources.here(reads_dotenv=False), files.cache_file(os.environ)
    paths = [history, f"{history}-wal", __file__, *(path for _, path in sources.profile_files(place))]
    states = map(files.version_of, paths)
    return "\0".join([*arguments, sources.fingerprint(place), os.environ.get("NO_COLOR", ""), *states])


def _fingerprint(made_of: str, salt: bytes, texts: Sequence[bytes]) -> bytes:
    """A digest of all that a line is made of, and of the file itself: what was damaged is not printed."""
    kept = SEPARATOR.join(texts).decode("utf-8", "surrogateescape")
    return files.salted(f"{made_of}\0{kept}", salt).hex().encode()


def _tidy(since: float) -> None:
    """Deletes the files that were written before that time."""
    with os.scandir(files.state_folder(os.environ)) as entries:
        for file in entries:
            is_kept = file.name.startswith(PREFIX) and file.is_file(follow_symlinks=False)
            if is_kept and file.stat().st_mtime < since:
                os.remove(file.path)


def _file(arguments: list[str]) -> str:
    """The path of the file of a command line."""
    name = files.salted("\0".join(arguments), b"bar").hex()[:12]
    return os.path.join(files.state_folder(os.environ), PREFIX + name)
