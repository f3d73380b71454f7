"""Writes a file whole or not at all, for a collector that may read it at any time."""

import os
from contextlib import suppress

from errors import BadUsage


def write(path: str, text: str) -> None:
    """Writes beside it and renames, so that nobody ever reads a half; others may read it. Raises BadUsage."""
    beside = f"{path}.{os.getpid()}.tmp"  # collectors read what ends in .prom alone
    try:
        with open(beside, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.replace(beside, path)
    except OSError as error:
        with suppress(OSError):
            os.remove(beside)
        raise BadUsage(f"--output cannot be written: {error.strerror}", "name a file in a folder of yours") from None
