"""Inter-process locks, released when the process exits."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Optional

from openrouter_usage.files import open_own

MAKING = 0
"""The place in the lock file of the process that makes the database, or sets a bad one aside."""

ASKING = 1
"""The first of the places for questions: one for each question of each key."""

CHANGING_KEYS = ASKING + 2**24
"""The place, behind those for questions, of the process that changes which keys are stored."""


class Locks:
    """Locks on single bytes of a file, a byte for each thing to be done; the system lifts them when the process ends.

    Where nothing can be locked (a folder that cannot be written, a network share without locks)
    every process gets the lock: work that is done twice does no harm.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._file: Optional[int] = None
        self._held: set[int] = set()

    def acquire(self, place: int) -> bool:
        """Acquires a lock; False where another process has it."""
        if place not in self._held and not self._locked(place):
            return False
        self._held.add(place)
        return True

    def is_taken(self, place: int) -> bool:
        """Tells whether another process has the lock."""
        if place in self._held:
            return False
        if not self._locked(place):
            return True
        if self._file is not None:
            with suppress(OSError):
                _unlock(self._file, place)
        return False

    def _locked(self, place: int) -> bool:
        """Locks the byte; False where another process has it, True where nothing can be locked."""
        try:
            if self._file is None:
                self._file = open_own(self.path, os.O_RDWR | os.O_CREAT)
        except OSError:
            return True
        try:
            _lock(self._file, place)
        except (PermissionError, BlockingIOError):  # how a lock says that it is another's
            return False
        except OSError:
            return True
        return True

    def release(self) -> None:
        """Releases every lock; the end of the process does so, too."""
        if self._file is not None:
            os.close(self._file)
        self._file, self._held = None, set()


def _lock(file: int, place: int) -> None:
    """Locks one byte, or raises OSError at once."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, place, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)


def _unlock(file: int, place: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, place, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_UN, 1, place)
