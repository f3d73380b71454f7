"""Our folders, atomic writes, the version of a file, and salted hashes."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Optional

OURS = "openrouter-usage"

MOST_LINKS = 40
"""How many links in a row are followed, as by Linux."""

_NO_LINK_NO_WAIT = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


umask = 0o077
"""The umask of the user, which is for files that are not ours alone; this process has 0o077."""


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


def has_place(environ: Mapping[str, str], variable: str) -> bool:
    """Tells whether there is a place for our folder: one that this variable of XDG names, or a home.

    The root folder is nobody's home.
    """
    return os.path.isabs(environ.get(variable, "")) or home_folder() != os.path.abspath(os.sep)


def claim_folder(folder: str) -> str:
    """Makes our folder if it is missing, and returns why what is in it must not be trusted; empty where it may be.

    It must be the user's own, and nobody else may write to it, or put another in its place. What others can only read
    is closed to them. Always empty on Windows, where a user's folders are closed. Raises OSError.
    """
    try:
        found = os.lstat(folder)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
        found = os.lstat(folder)
    if sys.platform == "win32":
        return ""
    above = os.stat(os.path.dirname(folder))
    if not stat.S_ISDIR(found.st_mode):
        return "it is a link, or no folder"
    if found.st_uid != os.geteuid():
        return "it belongs to another user"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "others can write to it (`chmod 700` closes it, if what is there is yours)"
    if above.st_uid not in (0, os.geteuid()) or above.st_mode & (stat.S_IWOTH | stat.S_ISVTX) == stat.S_IWOTH:
        return "others can put another one in its place"
    if found.st_mode & 0o077:
        os.chmod(folder, 0o700)
    return ""


def cache_file(environ: Mapping[str, str]) -> str:
    """The SQLite file of the cache."""
    return os.path.join(state_folder(environ), "history.db")


class NotOwn(OSError):
    """A file of our state is a link, no regular file, or another user's."""

    def __init__(self) -> None:
        super().__init__(errno.EPERM, "it is a link, no regular file, or another user's")


def own(path: str) -> Optional[os.stat_result]:
    """The status of a file of our own state; None where there is none.

    Raises NotOwn where it is a link, which may lead anywhere, no regular file, or another user's; and OSError.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    _check_own(found)
    return found


def open_own(path: str, flags: int) -> int:
    """Opens a file of our own state, made for its owner alone (0600) where the flags say so. Raises as `own` does."""
    try:
        descriptor = os.open(path, flags | _NO_LINK_NO_WAIT, 0o600)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link, or a pipe that nobody reads
            raise NotOwn from None
        raise
    try:
        _check_own(os.fstat(descriptor))
    except NotOwn:
        os.close(descriptor)
        raise
    return descriptor


def _check_own(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode) or (sys.platform != "win32" and found.st_uid != os.geteuid()):
        raise NotOwn


def followed(path: str) -> str:
    """The path of the file to which a path of the user's choice leads.

    Raises OSError for a link that another user may have made, or changed, and for one of a process, as /dev/stdout is.
    """
    for _ in range(MOST_LINKS):
        folder = os.path.realpath(os.path.dirname(path))
        path = os.path.join(folder, os.path.basename(path))
        if not os.path.islink(path):
            return path
        if folder == "/dev" or f"{folder}/".startswith("/proc/"):  # other folders in /dev are for files
            raise OSError(errno.EINVAL, "it is a stream, and no file")
        if not all(map(_is_users_alone, (path, folder))):
            raise OSError(errno.EPERM, "it is a link that another user may have made")
        path = os.path.join(folder, os.readlink(path))
    raise OSError(errno.ELOOP, "it is a link to itself")


def _is_users_alone(path: str) -> bool:
    """Tells whether a link or folder is the user's, and not for everybody to write to."""
    found = os.lstat(path)
    is_open = stat.S_ISDIR(found.st_mode) and bool(found.st_mode & stat.S_IWOTH)
    return sys.platform == "win32" or (found.st_uid == os.geteuid() and not is_open)


def has_no_room(error: OSError) -> bool:
    """Tells whether something could not be written because the disk is full, or what the user may have of it."""
    return error.errno in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", None))


def write(path: str, content: bytes, mode: int) -> None:
    """Writes a file atomically: beside it first, then by a rename. Raises OSError, and changes nothing then.

    What is there stays if it is no regular file: no link, pipe or device is replaced. The file beside is always a new
    one: in a folder for everybody another user may have put one, or a link, there.
    """
    if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")
    beside = f"{path}.{os.getpid()}.tmp"
    with suppress(FileNotFoundError):
        os.remove(beside)
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        if mode != 0o600:
            os.chmod(beside, mode)
        os.replace(beside, path)
    except (OSError, KeyboardInterrupt):
        with suppress(OSError):
            os.remove(beside)
        raise


def write_to(descriptor: int, content: bytes) -> None:
    """Writes all of the content. Raises OSError where that is not possible, as on a full disk.

    Python's own streams are silent about a part that could not be written, where PYTHONUNBUFFERED is set.
    """
    while content:
        content = content[os.write(descriptor, content) :]
    os.close(os.dup(descriptor))  # the file system of a network may tell only now that its disk is full


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
