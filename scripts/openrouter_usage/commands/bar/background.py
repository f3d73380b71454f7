"""Starts this program once more, in the background: it outlives whoever started it, and holds nothing of theirs."""

import os
import subprocess
import sys
from contextlib import suppress
from typing import Any, Dict, List

from openrouter_usage.keys import sources

STATS = os.path.join(sources.SKILL_FOLDER, "scripts", "stats.py")


def start(arguments: List[str]) -> None:
    """Begins, and waits for nothing. It is in a session of its own, and has no pipe of the caller's."""
    with suppress(OSError):
        subprocess.Popen(
            [sys.executable, STATS, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=True,
            **_apart(),
        )


def _apart() -> Dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
