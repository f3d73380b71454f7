"""Deals with bytecode that must not or cannot be loaded: `stats.py` imports it without using any bytecode."""

import os
import subprocess
import sys
from contextlib import suppress


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
    if os.name == "posix":
        os.execv(sys.executable, command)  # noqa: S606 (no shell is meant)
    return subprocess.call(command)
