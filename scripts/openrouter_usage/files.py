"""Says where this program keeps what is the user's: settings and keys, and what is remembered."""

import os
import sys
from typing import Mapping

OURS = "openrouter-usage"


def config(environ: Mapping[str, str]) -> str:
    """`~/.config/openrouter-usage`, or under XDG_CONFIG_HOME: on every platform, for people write into it."""
    chosen = environ.get("XDG_CONFIG_HOME", "")
    root = chosen if os.path.isabs(chosen) else os.path.join(os.path.expanduser("~"), ".config")
    return os.path.join(root, OURS)


def history(environ: Mapping[str, str]) -> str:
    """The file of what is remembered."""
    return os.path.join(state(environ), "history.db")


def state(environ: Mapping[str, str]) -> str:
    """Under XDG_STATE_HOME, or where the platform keeps state."""
    home = os.path.expanduser("~")
    places = {
        "darwin": os.path.join(home, "Library", "Application Support"),
        "win32": environ.get("LOCALAPPDATA") or home,
    }
    chosen = environ.get("XDG_STATE_HOME", "")
    root = chosen if os.path.isabs(chosen) else places.get(sys.platform, os.path.join(home, ".local", "state"))
    return os.path.join(root, OURS)
