"""Deals with bytecode that cannot or must not be loaded: `stats.py` imports it without using any bytecode."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress

from openrouter_usage import files

why_not = ""
"""Why this run keeps no bytecode in our folder, where somebody has to look into that."""


def prepare(cache: str, folder: str) -> bool:
    """Makes our folder in the cache and the one for bytecode in it; tells whether what is there may be used.

    One that others can enter is closed for the next run, and its bytecode removed: anybody may have put it there.
    """
    global why_not
    for ours in (cache, folder):
        try:
            if _is_own_and_open(ours):
                close(ours, folder)
                return False
            why_not = files.claim_folder(ours)
        except OSError:
            return False
        if why_not:
            why_not = f"{ours} is not used: {why_not}"
            return False
    return os.access(folder, os.W_OK)


def _is_own_and_open(folder: str) -> bool:
    """Tells whether the folder is there, is the user's, and can be entered by others. Raises OSError."""
    if sys.platform == "win32" or not os.path.lexists(folder):
        return False
    found = os.lstat(folder)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and bool(found.st_mode & 0o077)


def remove(folder: str) -> None:
    """Removes the `.pyc` files below the folder as far as possible, and nothing else. No link is followed."""
    if os.path.islink(folder):
        return
    for below, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".pyc"):
                with suppress(OSError):
                    os.remove(os.path.join(below, name))


def close(folder: str, bytecode: str) -> None:
    """Closes an own folder to other users, and removes the bytecode below it, which one of them may have written."""
    with suppress(OSError):
        os.chmod(folder, 0o700)
        if not os.path.islink(bytecode):
            os.chmod(bytecode, 0o700)
        remove(bytecode)


def restart() -> int:
    """Runs the same command line in a new process that keeps no bytecode, and returns its exit code.

    On POSIX the new process takes the place of this one, whose locks end with it. In the same process a package that
    was loaded in part could not be loaded again.
    """
    arguments = getattr(sys, "orig_argv", ["", *sys.argv])[1:]  # Python 3.9 does not tell the options of its own
    command = [sys.executable, "-B", "-X", "pycache_prefix=", *arguments]
    if sys.platform != "win32":
        os.execv(sys.executable, command)  # noqa: S606 (no shell is meant)
    import subprocess

    return subprocess.call(command)
