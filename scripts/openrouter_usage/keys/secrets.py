"""Hands out the secret of a key at the moment it is sent."""

from __future__ import annotations

from functools import cached_property
from typing import Callable, Optional

from openrouter_usage.errors import Failure, KeyCommandTrouble, KeysNotRead, KeysUnreadable
from openrouter_usage.files import salted
from openrouter_usage.keys.sources import REGULAR, Place, is_slow
from openrouter_usage.records import Key, Keys, Secret, Unknown


class KeysChanged(Exception):
    """A key is not the one that was cached: everything is to be asked with the keys that there are now."""


class Secrets:
    """The secrets of this run's keys.

    A key that a search has just found has its secret here. One that is only cached is searched for
    with `find` when it is first sent: with the keychain, which costs more than all else, only if
    it came from there. No command that prints a key is run before. `salt` makes the ids, so that they are
    the same in every run.
    """

    def __init__(self, find: Callable[[Place, bool], Keys], salt: Callable[[], bytes]) -> None:
        self._find = find
        self._make_salt = salt
        self._secrets: dict[Key, Secret] = {}
        self._places: dict[Key, list[Place]] = {}
        self._in_keychain: set[Optional[str]] = set()
        self._found: dict[Optional[str], Keys] = {}

    @cached_property
    def _salt(self) -> bytes:
        return self._make_salt()

    def add(self, name: str, source: str, secret: Secret) -> Key:
        """The key of a secret that was found in that source under that name."""
        key_id = salted(f"{secret.address} {secret.text}", self._salt).hex()
        key = Key(key_id, name, source, salted(secret.address, self._salt).hex())
        self._secrets[key] = secret
        return key

    def search_later(self, keys: Keys, place: Place) -> Keys:
        """The cached keys of a place, whose secrets are searched for there once they are sent."""
        for key in keys.found:
            self._places.setdefault(key, []).append(place)
            if is_slow(key.source):
                self._in_keychain.add(place.profile)
        return keys

    def of(self, key: Key) -> Secret:
        """The secret of a key. Raises KeysChanged where any of its places has another by now, and KeysUnreadable."""
        found = [self._found_again(key, place) for place in self._places.get(key, ())]
        return self._secrets[found[0] if found else key]

    def _found_again(self, key: Key, place: Place) -> Key:
        """The cached key as it is found in its place now: in another source, perhaps."""
        if place.profile not in self._found:
            self._found[place.profile] = self._search(place)
        keys = self._found[place.profile]
        for found in keys.found:
            if (found.name, found.id) == (key.name, key.id):
                return found
        slot = keys.regular if key.name in REGULAR else keys.management
        if isinstance(slot, Unknown) and slot.code == KeyCommandTrouble.code:
            raise KeysUnreadable(slot.reason, slot.next_step)
        if not keys.is_whole:
            raise KeysUnreadable(f"{key.name} cannot be read from {key.source} now", "unlock it, or look at `doctor`")
        raise KeysChanged

    def _search(self, place: Place) -> Keys:
        try:
            return self._find(place, place.profile in self._in_keychain)
        except KeyCommandTrouble as trouble:
            gap = Unknown(trouble.message, trouble.code, trouble.next_step)
            return Keys(gap, gap, is_whole=False)
        except KeysNotRead:
            return Keys(None, None, is_whole=False)
        except Failure:
            raise KeysChanged from None
