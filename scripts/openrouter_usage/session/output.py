"""The output of a run: what is printed, the notes beside every figure, and the progress meanwhile."""

import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple, Optional, TextIO

from openrouter_usage import files
from openrouter_usage.errors import BadUsage, Failure, NotWritten, Offline
from openrouter_usage.records import Note
from openrouter_usage.sanitize import without_keys
from openrouter_usage.text.style import CRITICAL, Line, Page

PROGRESS_DELAY = 1.0
"""Seconds for which no progress is shown."""


class Output(NamedTuple):
    """The exit code, standard output and standard error.

    `with_remarks`: the session's remarks stand on standard error, before `err`.
    """

    code: int
    out: str = ""
    err: str = ""
    with_remarks: bool = True


def failed(failure: Failure, as_json: bool) -> Output:
    """The output of a failure: in words on standard error, or as JSON on standard output."""
    if as_json:
        from openrouter_usage.text.document import render_error

        return Output(failure.exit_code, out=render_error(failure))
    return Output(failure.exit_code, err=explained(failure))


def explained(failure: Failure) -> Page:
    """The lines of a failure: its message and the next step."""
    next_step = [f"Next: {failure.next_step}"] if failure.next_step else []
    return Page([Line(f"Error: {failure.message}", CRITICAL), *next_step])


def columns() -> int:
    """The width of the terminal in columns; 80 where standard output is not a terminal."""
    return terminal_columns() or 80


def terminal_columns() -> Optional[int]:
    """The width of the terminal in columns; None where standard output is not a terminal, or it is not told."""
    return width_of(sys.stdout)


def width_of(stream: Optional[TextIO]) -> Optional[int]:
    """The width in columns of the terminal that the stream writes to; None where it is none, or it is not told."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or None  # type: ignore[union-attr]
    except (OSError, ValueError, AttributeError):
        return None


def fallback_notes(replaced: Sequence[Failure]) -> tuple[Note, ...]:
    """A note on cached answers that took the place of those that could not be had."""
    if not replaced:
        return ()
    if any(isinstance(failure, Offline) for failure in replaced):
        return (Note(Offline.code, "nobody was asked (--offline): all figures are remembered ones"),)
    why = "; ".join(dict.fromkeys(failure.message for failure in replaced))
    return (Note("remembered", f'not everything was answered ({why}): figures with "as of" are remembered ones'),)


def check_file(path: str) -> str:
    """The file to which that path of `--output` leads. Raises BadUsage where none can be written.

    A link is followed where it is the user's alone. What is no regular file is never written to, nor is /dev/stdout:
    what is written takes the place of a file as a whole. The path is printed, so that all of it has to be visible.
    """
    if not path.isprintable():
        raise _unwritable("its name has characters that cannot be seen", "name it without them")
    try:
        file = files.followed(path)
    except FileNotFoundError:
        raise _unwritable("the working directory is gone", "name the file with its whole path") from None
    except OSError as error:
        raise _unwritable(f"{error.strerror}", "name a file itself") from None
    if os.path.isdir(file):
        raise _unwritable("it is a folder", "name a file in it")
    if os.path.lexists(file) and not os.path.isfile(file):
        raise _unwritable("it is no regular file", "name another one")
    if not os.path.isdir(os.path.dirname(file)):
        raise _unwritable("there is no such folder", "make the folder first, or name a file in another one")
    return file


def write_file(path: str, content: bytes) -> str:
    """Writes the file of `--output` whole or not at all, and returns its absolute path, as it is shown.

    A link is followed, and a file that is replaced keeps who may read it. Raises BadUsage where it cannot be written,
    and NotWritten where the disk is full.
    """
    file = check_file(path)
    try:
        mode = os.stat(file).st_mode & 0o777 if os.path.exists(file) else 0o644 & ~files.umask
        files.write(file, content, mode)
    except OSError as error:
        kind = NotWritten if files.has_no_room(error) else BadUsage
        next_step = "name another file, in a folder of yours that has room"
        raise _unwritable(str(error.strerror), next_step, kind) from None
    return without_keys(os.path.abspath(path))


def _unwritable(reason: str, next_step: str, kind: type[Failure] = BadUsage) -> Failure:
    return kind(f"--output cannot be written: {reason}", next_step)


class Progress:
    """A line on a terminal that is written over, and cleared in the end; nothing where the stream is none."""

    def __init__(self, stream: Optional[TextIO]) -> None:
        self._stream = stream if stream is not None and stream.isatty() else None
        self._since = time.monotonic()
        self._written = 0

    def show(self, answered: int, asked: int) -> None:
        """Shows how many questions are answered, once it takes longer than anybody expects."""
        if time.monotonic() - self._since >= PROGRESS_DELAY:
            another = "Waiting for another run that asks it"
            self._write(f"Asking OpenRouter: {answered} of {asked} answers" if asked else another)

    def clear(self) -> None:
        """Leaves an empty line behind, with the cursor at its beginning."""
        if self._written:
            self._write("")
            self._write("")

    def _write(self, line: str) -> None:
        if self._stream is not None:
            with suppress(OSError):  # a terminal that is gone
                self._stream.write("\r" + line.ljust(self._written))
                self._stream.flush()
            self._written = len(line)
