"""Shows on a terminal that an answer takes its time."""

import time
from typing import TextIO

PATIENCE = 1.0
"""Seconds without a word."""


class Progress:
    """One line that is written over, and gone in the end; nothing at all where the stream is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._since = time.monotonic()
        self._written = 0

    def show(self, answered: int, asked: int) -> None:
        if time.monotonic() - self._since >= PATIENCE and self._stream.isatty():
            self._write(f"Asking OpenRouter: {answered} of {asked} answers")

    def clear(self) -> None:
        if self._written:
            self._write("")
            self._write("")

    def _write(self, line: str) -> None:
        self._stream.write("\r" + line.ljust(self._written))
        self._stream.flush()
        self._written = len(line)
