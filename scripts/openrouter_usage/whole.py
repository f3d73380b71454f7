"""Writes a file whole or not at all."""

import os
from contextlib import suppress


def write(path: str, content: bytes, mode: int) -> None:
    """Writes beside it and renames, so that nobody ever reads a half. Raises OSError, and changes nothing then."""
    beside = f"{path}.{os.getpid()}.tmp"
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(content)
        os.replace(beside, path)
    except OSError:
        with suppress(OSError):
            os.remove(beside)
        raise
