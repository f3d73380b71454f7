"""Tells how this program is started, as a command to be pasted into a terminal."""

from __future__ import annotations

import os
import sys

SKILL_FOLDER = os.path.normpath(os.path.join(os.path.realpath(__file__), *[os.pardir] * 3))
STATS = os.path.join(SKILL_FOLDER, "scripts", "stats.py")
UV = "uv run --script"

PYTHON = sys.executable or "python3"
"""The Python that runs this program; it does not know its own path where PATH is not set."""


def command(arguments: str) -> str:
    """Returns the command line that starts this program with these arguments, from any folder.

    It is started by what has started it now: uv, the Python that is called python3, or another Python by its path.
    Where that lacks a package it is started by uv, if there is one.
    """
    return f"{_interpreter()} {_quoted(STATS)} {arguments}"


def by_uv(package: str = "") -> str:
    """Returns the command line by which uv starts this program, with all that it needs and that package besides."""
    return f"uv run {f'--with {package} ' if package else ''}--script {_quoted(STATS)}"


def with_packages(arguments: str = "") -> str:
    """Returns what to do where a package is missing that is needed; first what can be done at once on this machine."""
    by_hand = (
        "install requests and python-dotenv, from your distribution (Debian, Ubuntu: "
        "`apt install python3-requests python3-dotenv`) or into a venv outside this folder"
    )
    run = f"run `{f'{by_uv()} {arguments}'.rstrip()}`"
    return f"{run}; or {by_hand}" if _has_uv() else f"{by_hand}; or install uv (https://docs.astral.sh/uv/) and {run}"


def _has_uv() -> bool:
    from shutil import which

    return which("uv") is not None


def _interpreter() -> str:
    from importlib.util import find_spec
    from shutil import which

    is_by_uv = os.path.basename(os.path.dirname(sys.prefix)).startswith("environments-v")  # its own, for scripts
    if is_by_uv or (_has_uv() and not (find_spec("requests") and find_spec("dotenv"))):
        return UV
    usual = which("python3")
    is_venv = sys.prefix != sys.base_prefix  # its packages are not those of the Python that it links to
    is_usual = usual and not is_venv and os.path.realpath(usual) == os.path.realpath(PYTHON)
    return "python3" if is_usual else _quoted(PYTHON)


def _quoted(path: str) -> str:
    """Returns the path as a shell reads it: below the home folder with a tilde."""
    from shlex import quote

    home = os.path.join(os.path.expanduser("~"), "")
    return f"~/{quote(path[len(home) :])}" if os.path.isabs(home) and path.startswith(home) else quote(path)
