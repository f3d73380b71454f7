"""Our folders, atomic writes, the version of a file, and salted hashes."""

import os
import re
import sys
from contextlib import suppress
from typing import Mapping

OURS = "openrouter-usage"


def home_folder() -> str:
    """The user's home folder; the root folder where there is none, or HOME is relative.

    The working directory, in which a relative one is, may be anybody's: what is there is no setting of the user's.
    """
    home = os.path.expanduser("~")
    return home if os.path.isabs(home) else os.path.abspath(os.sep)


def config_folder(environ: Mapping[str, str]) -> str:
    """`~/.config/openrouter-usage`, or under XDG_CONFIG_HOME: on every platform, for people write into it."""
    return _ours(environ.get("XDG_CONFIG_HOME", ""), os.path.join(home_folder(), ".config"))


def state_folder(environ: Mapping[str, str]) -> str:
    """Our folder below XDG_STATE_HOME, or where the platform keeps state."""
    home = home_folder()
    places = {
        "darwin": os.path.join(home, "Library", "Application Support"),
        "win32": environ.get("LOCALAPPDATA") or home,
    }
    return _ours(environ.get("XDG_STATE_HOME", ""), places.get(sys.platform, os.path.join(home, ".local", "state")))


def _ours(chosen: str, usual: str) -> str:
    """Our folder below the chosen one, if that path is absolute, else below the usual one."""
    return os.path.join(chosen if os.path.isabs(chosen) else usual, OURS)


def cache_file(environ: Mapping[str, str]) -> str:
    """The SQLite file of the cache."""
    return os.path.join(state_folder(environ), "history.db")


def write(path: str, content: bytes, mode: int) -> None:
    """Writes a file atomically: beside it first, then by a rename. Raises OSError, and changes nothing then.

    The file beside is always a new one: in a folder for everybody another user may have put one, or a link, there.
    """
    beside = f"{path}.{os.getpid()}.tmp"
    with suppress(FileNotFoundError):
        os.remove(beside)
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
        os.replace(beside, path)
    except (OSError, KeyboardInterrupt):
        with suppress(OSError):
            os.remove(beside)
        raise


def remove_unfinished(path: str) -> None:
    """Removes what processes that were killed while they wrote the file left beside it. Raises OSError."""
    folder, name = os.path.split(path)
    for beside in os.listdir(folder):
        if re.fullmatch(rf"{re.escape(name)}\.\d+\.tmp", beside, re.ASCII):
            os.remove(os.path.join(folder, beside))


def version_of(path: str) -> str:
    """A text that differs once the file was changed: path, size, mode, times, inode; empty where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return ""
    changes = (found.st_mtime_ns, found.st_ctime_ns)
    return f"{path} {found.st_size} {found.st_mode} {changes} {found.st_dev} {found.st_ino}"


def salted(text: str, salt: bytes) -> bytes:
    """16 bytes that say nothing about the text (BLAKE2b, RFC 7693, with the salt as its key)."""
    try:
        from _blake2 import blake2b  # hashlib loads OpenSSL: 6% of the time of a remembered summary, 12% of a bar's
    except ImportError:
        from hashlib import blake2b
    return blake2b(text.encode("utf-8", "surrogateescape"), key=salt, digest_size=16).digest()
