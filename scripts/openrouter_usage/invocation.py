"""Tells how this program is started, as a command to be pasted into a terminal."""

import os
import sys

SKILL_FOLDER = os.path.normpath(os.path.join(os.path.realpath(__file__), *[os.pardir] * 3))
STATS = os.path.join(SKILL_FOLDER, "scripts", "stats.py")
UV = "uv run --script"


def command(arguments: str) -> str:
    """Returns the command line that starts this program with these arguments, from any folder.

    It is started by what has started it now: uv, the Python that is called python3, or another Python by its path.
    """
    return f"{_interpreter()} {_quoted(STATS)} {arguments}"


def by_uv(package: str = "") -> str:
    """Returns the command line by which uv starts this program, with all that it needs and that package besides."""
    return f"uv run {f'--with {package} ' if package else ''}--script {_quoted(STATS)}"


def _interpreter() -> str:
    from shutil import which

    if os.path.basename(os.path.dirname(sys.prefix)).startswith("environments-v"):  # where uv makes those of scripts
        return UV
    usual = which("python3")
    is_venv = sys.prefix != sys.base_prefix  # its packages are not those of the Python that it links to
    return "python3" if usual and not is_venv and os.path.samefile(usual, sys.executable) else _quoted(sys.executable)


def _quoted(path: str) -> str:
    """Returns the path as a shell reads it: below the home folder with a tilde."""
    from shlex import quote

    home = os.path.join(os.path.expanduser("~"), "")
    return f"~/{quote(path[len(home) :])}" if os.path.isabs(home) and path.startswith(home) else quote(path)
