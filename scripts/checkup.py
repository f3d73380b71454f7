"""Asks with each key all that it may see, for the doctor to tell."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Tuple

from desk import Desk
from diagnosis import Examined
from usage import Key, KeyInfo, Keys

if TYPE_CHECKING:
    from neighbours import Questions


class Checkup:
    """What the keys of one profile are answered, each for itself; live totals reach from `since` to `now`."""

    def __init__(self, router: Questions, keys: Keys, since: datetime, now: datetime, desk: Desk) -> None:
        self._router = router
        self._keys = keys.found
        self._window = since, now
        self._desk = desk

    def open(self) -> None:
        """Asks each key of itself, without waiting."""
        for key in self._keys:
            self._desk.put(self._router.key, key)

    def taken(self, profile: str) -> Tuple[Examined, ...]:
        """Waits for the answers, and for those to what a key of that kind may see besides."""
        for key in self._keys:
            self._desk.put(self._router.credits, key)
            if self._may_manage(key):
                self._desk.put(self._router.activity, key)
                self._desk.put(self._router.account_days, key, *self._window)
        return tuple(self._examined(key, profile) for key in self._keys)

    def _may_manage(self, key: Key) -> bool:
        told = self._desk.known(self._router.key, key)
        return not isinstance(told, KeyInfo) or told.is_management is not False

    def _examined(self, key: Key, profile: str) -> Examined:
        manages = self._may_manage(key)
        return Examined(
            key=key,
            profile=profile,
            info=self._desk.known(self._router.key, key),
            credits=self._desk.known(self._router.credits, key),
            account=self._desk.known(self._router.account_days, key, *self._window) if manages else None,
            days=self._desk.known(self._router.activity, key) if manages else None,
        )
