"""Shows on a terminal that an answer takes its time."""

import time
from contextlib import suppress
from typing import Optional, TextIO

PATIENCE = 1.0
"""Seconds without a word."""


class Progress:
    """One line that is written over, and gone in the end; nothing at all where the stream is no terminal."""

    def __init__(self, stream: Optional[TextIO]) -> None:
        self._stream = stream if stream is not None and stream.isatty() else None
        self._since = time.monotonic()
        self._written = 0

    def show(self, answered: int, asked: int) -> None:
        """Says how far it is, once it takes longer than anybody expects."""
        if time.monotonic() - self._since >= PATIENCE:
            another = "Waiting for another run that asks the same"
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
