"""Opens the way to OpenRouter with the first question, so that nothing of it is loaded where memory answers."""

from __future__ import annotations

from _thread import allocate_lock  # threading loads more than the lock
from datetime import date, datetime
from typing import TYPE_CHECKING, Callable, Optional, Tuple

if TYPE_CHECKING:
    from openrouter_usage.api.client import OpenRouter
    from openrouter_usage.records import AccountDays, Activity, Credits, Key, KeyInfo, KeysPage, UsageTable


class LateRouter:
    """Asks what OpenRouter's own class does; `opening` makes that one, or raises a Failure.

    `real` gives the key that is sent: what memory knows of one is not the key itself.
    """

    def __init__(self, opening: Callable[[], OpenRouter], real: Callable[[Key], Key]) -> None:
        self._opening = opening
        self._real = real
        self._lock = allocate_lock()
        self._opened: Optional[OpenRouter] = None

    def _router(self) -> OpenRouter:
        with self._lock:
            if self._opened is None:
                self._opened = self._opening()
            return self._opened

    @property
    def server_time(self) -> Optional[datetime]:
        """The server's clock at its last answer; None where it gave none."""
        return self._opened.server_time if self._opened else None

    def key(self, key: Key) -> KeyInfo:
        return self._router().key(self._real(key))

    def credits(self, key: Key) -> Credits:
        return self._router().credits(self._real(key))

    def activity(self, key: Key) -> Activity:
        return self._router().activity(self._real(key))

    def account_days(self, key: Key, start: datetime, end: datetime) -> AccountDays:
        return self._router().account_days(self._real(key), start, end)

    def usage(self, key: Key, dimensions: Tuple[str, ...], first: date, last: date) -> UsageTable:
        return self._router().usage(self._real(key), dimensions, first, last)

    def usage_until(
        self, key: Key, dimensions: Tuple[str, ...], first: date, today: date, until: datetime
    ) -> UsageTable:
        return self._router().usage_until(self._real(key), dimensions, first, today, until)

    def workspaces(self, key: Key) -> Tuple[str, ...]:
        return self._router().workspaces(self._real(key))

    def keys_page(self, key: Key, workspace: Optional[str], page: int) -> KeysPage:
        return self._router().keys_page(self._real(key), workspace, page)
