"""Puts the keys themselves in place of those that memory knows by their digests, once one of them is to be sent."""

from __future__ import annotations

from _thread import allocate_lock
from typing import Callable, Dict, List, Optional, Set

from openrouter_usage.errors import Failure, KeysNotRead, KeysUnreadable
from openrouter_usage.keys.sources import KEYCHAIN, Place
from openrouter_usage.records import Key, Keys


class KeysChanged(Exception):
    """A key is not the one that was remembered: all is to be asked with those that there are now."""


class StandIns:
    """Which keys stand for others, which `find` finds, with the keychain or without: it costs more than all else.

    `are_one` tells whether the one stands for the other.
    """

    def __init__(self, find: Callable[[Place, bool], Keys], are_one: Callable[[Key, Key], bool]) -> None:
        self._find = find
        self._are_one = are_one
        self._where: Dict[Key, List[Place]] = {}
        self._in_keychain: Set[Optional[str]] = set()
        self._found: Dict[Optional[str], Keys] = {}
        self._lock = allocate_lock()

    def taken(self, keys: Keys, where: Place) -> Keys:
        """These are to be looked for there when they are needed."""
        for key in keys.found:
            self._where.setdefault(key, []).append(where)
            if key.source == KEYCHAIN:
                self._in_keychain.add(where.profile)
        return keys

    def real(self, key: Key) -> Key:
        """The key itself. Raises KeysChanged where it is another in any of its places, and KeysUnreadable."""
        real = [self._real(key, where) for where in self._where.get(key, ())]
        return real[0] if real else key

    def _real(self, key: Key, where: Place) -> Key:
        keys = self._searched(where)
        for found in keys.found:
            if found.name == key.name and self._are_one(key, found):
                return found
        if not keys.is_whole:
            raise KeysUnreadable(f"{key.name} cannot be read from {key.source} now", "unlock it, or look at `doctor`")
        raise KeysChanged

    def _searched(self, where: Place) -> Keys:
        """Once, whoever asks first."""
        with self._lock:
            if where.profile not in self._found:
                self._found[where.profile] = self._search(where)
            return self._found[where.profile]

    def _search(self, where: Place) -> Keys:
        try:
            return self._find(where, where.profile in self._in_keychain)
        except KeysNotRead:
            return Keys(None, None, is_whole=False)
        except Failure:
            raise KeysChanged from None
