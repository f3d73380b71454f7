"""Reads a credentials file, and edits single keys in it without touching the rest."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from collections.abc import Iterator, Mapping
from typing import Any, Callable, Optional, TextIO

from openrouter_usage import files, invocation
from openrouter_usage.errors import BadUsage, Failure, KeysNotRead, MissingDotenv, NotWritten
from openrouter_usage.keys.permissions import readable_by_others
from openrouter_usage.keys.sources import COMMANDS, tilde

_REFERENCE = r"\$[\w{(]"

MOST_BYTES = 256 * 1024
"""The size of the largest file that is read."""

MOST_BLANKS = 1000
"""The blanks in a row that a file may have: the time of python-dotenv, which looks for a comment behind each of them,
grows with their square, and is minutes for a file full of them."""

NO_FILE = "it is a folder, a pipe or a device, not a file"
TOO_LARGE = "it is larger than 256 KB"
TOO_BLANK = f"it has more than {MOST_BLANKS:,} blanks in a row"


def read(path: str, name: str) -> dict[str, str]:
    """Returns the settings of the file that people know by that name; none if it does not exist.

    No variable is expanded: `KEY=${OTHER}` in a foreign file counts as nothing. In a command it stands for what its
    program makes of it. Raises MissingDotenv where python-dotenv is not installed, and KeysNotRead.
    """
    values = _parsed(path, name) if os.path.exists(path) else {}
    return {
        variable: value
        for variable, value in values.items()
        if value is not None and (variable in COMMANDS or not re.search(_REFERENCE, value))
    }


def _parsed(path: str, name: str) -> dict[str, Optional[str]]:
    """Returns all settings of the file, as python-dotenv reads them; None for a bare word. Raises as `read` does."""
    try:
        import logging

        from dotenv import dotenv_values

        logging.getLogger("dotenv").addHandler(logging.NullHandler())
        with io.StringIO(_decoded(path, name), newline=None) as stream:
            return dict(dotenv_values(stream=stream, interpolate=False))
    except ImportError:
        raise MissingDotenv(
            f"{name} was not read: the package python-dotenv is not installed",
            f"{invocation.with_packages()}; or set OPENROUTER_API_KEY",
        ) from None
    except (OSError, ValueError):
        raise KeysNotRead(f"{name} cannot be read, or is not UTF-8 text") from None


def content(path: str, name: str) -> bytes:
    """Returns what is in the file that people know by that name.

    Raises KeysNotRead where it is no regular file, for a pipe is not waited for, or too large, which is known before it
    is read; and OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise KeysNotRead(f"{name} was not read: {NO_FILE}")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            found = file.read(MOST_BYTES + 1) if status.st_size <= MOST_BYTES else b""
    finally:
        os.close(descriptor)
    if max(status.st_size, len(found)) > MOST_BYTES:
        raise KeysNotRead(f"{name} was not read: {TOO_LARGE}")
    return found


def _decoded(path: str, name: str) -> str:
    """Returns the text of the file that people know by that name.

    Raises KeysNotRead where it is no regular file, is too large, or has too many blanks in a row, and OSError or
    ValueError where it cannot be read, or is not UTF-8.
    """
    text = content(path, name).decode("utf-8-sig")
    if re.search(rf"[^\S\r\n]{{{MOST_BLANKS + 1}}}", text):
        raise KeysNotRead(f"{name} was not read: {TOO_BLANK}")
    return text


def edit(path: str, changes: Mapping[str, Optional[str]]) -> None:
    """Sets these variables, each in a new last line, and takes out those whose value is None; all else stays.

    The file is its owner's alone (0600), and written atomically. Raises BadUsage where it cannot be, NotWritten where
    the disk is full, and MissingDotenv where python-dotenv is not installed.
    """
    rest = "".join(text for name, text in _settings(path) if name not in changes)
    end = "\r\n" if "\r\n" in rest else "\n"
    lines = "".join(f"{name}={value}{end}" for name, value in changes.items() if value is not None)
    _write(path, rest + (end if lines and rest and not rest.endswith("\n") else "") + lines)


def variables(path: str) -> list[str]:
    """Returns the names of all variables in the file, a bare word among them. Raises BadUsage, or MissingDotenv."""
    return [name for name, _ in _settings(path) if name]


def _settings(path: str) -> list[tuple[str, str]]:
    """Each setting's name and its text with line ends; text that is no setting (comments, say) has no name."""
    parse_stream = load_parser()
    with io.StringIO(_text(path), newline="") as text:
        return [(binding.key or "", binding.original.string) for binding in parse_stream(text)]


def load_parser() -> Callable[[TextIO], Iterator[Any]]:
    """Imports the parser of python-dotenv. Raises MissingDotenv."""
    try:
        from dotenv.parser import parse_stream
    except ImportError:
        raise MissingDotenv(
            "the package python-dotenv is not installed, so no file was changed", invocation.with_packages()
        ) from None
    return parse_stream


def _text(path: str) -> str:
    """The text of the file; empty where there is none."""
    try:
        return _decoded(path, "it")
    except FileNotFoundError:
        return ""
    except KeysNotRead as trouble:
        raise _trouble(path, trouble.message) from None
    except (OSError, ValueError):
        raise _trouble(path, "it cannot be read, or is not UTF-8 text") from None


def _write(path: str, text: str) -> None:
    """Writes the file; where it is a link of the user's alone, the one that it leads to, whose mode stays."""
    try:
        target = files.followed(path)
        if os.path.islink(path) and readable_by_others(target):
            raise OSError(errno.EPERM, "it leads to a file that others can read (`chmod 600` closes it)")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        files.remove_unfinished(target)
        files.write(target, text.encode(), 0o600)
    except OSError as error:
        kind = NotWritten if files.has_no_room(error) else BadUsage
        raise _trouble(path, error.strerror or "it cannot be written", kind) from None


def _trouble(path: str, why: str, kind: type[Failure] = BadUsage) -> Failure:
    return kind(f"{tilde(path)} was left as it is: {why}", "look at the file and its folder")
