"""Writes metrics into the file that a collector reads."""

from openrouter_usage import files
from openrouter_usage.errors import BadUsage


def write(path: str, text: str) -> None:
    """Whole or not at all, for the collector may read it at any time; others may read it. Raises BadUsage.

    What it is written to first does not end in .prom, as what a collector reads does.
    """
    try:
        files.write(path, text.encode(), 0o644)
    except OSError as error:
        raise BadUsage(f"--output cannot be written: {error.strerror}", "name a file in a folder of yours") from None
