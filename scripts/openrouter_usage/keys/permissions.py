"""Tells which other users of this machine may read or change a file with keys."""

from __future__ import annotations

import os
import stat
import sys


def readable_by_others(path: str) -> bool:
    """Tells whether group or others may read the file. Never so on Windows, where a user's folders are closed."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return os.name == "posix" and bool(mode & (stat.S_IRGRP | stat.S_IROTH))


def changeable_by_others(path: str) -> str:
    """Returns the path at which anybody but the user and root may change what the file says; empty where nobody may.

    It is that of the file, or of a folder above it, if another user owns it or if group or others may write to it; in
    a folder with the sticky bit they cannot touch what is not theirs. A link is followed, and the folders above it are
    looked at, too. Always empty on Windows.
    """
    while sys.platform != "win32":
        folder = os.path.realpath(os.path.dirname(path))
        path = os.path.join(folder, os.path.basename(path))
        is_link = os.path.islink(path)
        found = next(filter(_is_open, [*_with_parents(folder), *([] if is_link else [path])]), "")
        if found or not is_link:
            return found
        try:
            path = os.path.join(folder, os.readlink(path))
        except OSError:  # it was a link a moment ago
            return path
    return ""


def _with_parents(folder: str) -> list[str]:
    parent = os.path.dirname(folder)
    return [folder] if parent == folder else [*_with_parents(parent), folder]


def _is_open(path: str) -> bool:
    """Tells it of one path. One that cannot be looked at, or is gone meanwhile, may be anything by now."""
    try:
        found = os.stat(path)
    except OSError:
        return True
    is_sticky = stat.S_ISDIR(found.st_mode) and bool(found.st_mode & stat.S_ISVTX)
    is_writable = bool(found.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
    is_anothers = sys.platform != "win32" and found.st_uid not in (0, os.geteuid())
    return is_anothers or (is_writable and not is_sticky)
