"""Asks with each key all that it may see, for the doctor to tell."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Optional, Sequence, Tuple, Union

from openrouter_usage.commands.doctor.records import Evidence, Examined
from openrouter_usage.days import DAY, month_start
from openrouter_usage.errors import Failure
from openrouter_usage.fetch import completed_days, key_list
from openrouter_usage.fetch.asker import Desk, unknown
from openrouter_usage.records import AccountKeys, Completed, Key, KeyInfo, Keys, Remembered, Span, Unknown, UsageTable

if TYPE_CHECKING:
    from openrouter_usage.fetch.neighbours import Questions, Shelf

BY_KEY, BY_DATE = ("key", "date"), ("date",)

FOR_WORKSPACES = 0.1
"""The part of the time for which the pages of the key list wait to be put; all else is on its way by then."""


class Checkup:
    """What the keys of one profile are answered, each for itself; live totals reach from `since` to `now`.

    What only the books need is asked at the desk `aside`: a failure there is no trouble of the key's.
    """

    def __init__(
        self,
        router: Questions,
        keys: Keys,
        since: datetime,
        now: datetime,
        desk: Desk,
        aside: Desk,
        shelf: Optional[Shelf],
    ) -> None:
        self._router = router
        self._keys = keys.found
        self._since = since
        self._now = now
        self._month = month_start(now.date()), now.date()
        self._desk = desk
        self._aside = aside
        self._shelf = shelf

    def open(self) -> None:
        """Asks each key of itself, without waiting."""
        for key in self._keys:
            self._desk.put(self._router.key, key)

    def ask(self) -> None:
        """Asks each key what one of its kind may see besides, once it told its kind."""
        for key in self._keys:
            self._desk.put(self._router.credits, key)
            if self._may_manage(key):
                self._desk.put(self._router.activity, key)
                self._desk.put(self._router.account_days, key, self._since, self._now)
                self._aside.put(self._router.usage_until, key, BY_KEY, *self._month, self._now)
                self._aside.put(self._router.workspaces, key)

    def taken(self, profile: str) -> Tuple[Examined, ...]:
        """Waits for the answers."""
        for key in self._keys:
            if self._aside.was_put(self._router.workspaces, key):
                key_list.begin(self._aside, self._router, key, FOR_WORKSPACES)
        return tuple(self._examined(key, profile) for key in self._keys)

    def evidence(self, profile: str) -> Tuple[Tuple[Key, Evidence], ...]:
        """Waits for what the books need besides; each beside the key that was told it."""
        return tuple((key, self._evidence(key, profile)) for key in self._keys if self._may_manage(key))

    @property
    def replaced(self) -> Sequence[Failure]:
        """Why remembered answers took the place of those that only the books need."""
        return self._aside.replaced

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
            account=self._desk.known(self._router.account_days, key, self._since, self._now) if manages else None,
            days=self._desk.known(self._router.activity, key) if manages else None,
        )

    def _evidence(self, key: Key, profile: str) -> Evidence:
        account = self._desk.known(self._router.account_days, key, self._since, self._now)
        days, days_at = self._completed(key)
        return Evidence(profile, account, days, days_at, *self._by_keys(key, account, days))

    def _by_keys(self, key: Key, *others: object) -> Tuple[Union[AccountKeys, Unknown], Union[UsageTable, Unknown]]:
        """The key list, and the use by key; who is told nothing else need not be waited for."""
        info = self._desk.known(self._router.key, key)
        if isinstance(info, Unknown) and all(isinstance(one, Unknown) for one in others):
            return info, info
        return self._listed(key), self._aside.known(self._router.usage_until, key, BY_KEY, *self._month, self._now)

    def _completed(self, key: Key) -> Tuple[Union[Completed, Unknown], Optional[datetime]]:
        """The account's completed days of the month, by date."""
        first, today = self._month
        span: Span = first, today - DAY
        answer = self._desk.known(self._router.activity, key)
        if isinstance(answer, Unknown):
            return answer, None
        if isinstance(answer, Remembered):
            return completed_days.remembered(self._shelf, key, BY_DATE, span), answer.as_of
        return completed_days.told(answer, today, BY_DATE, span), None

    def _listed(self, key: Key) -> Union[AccountKeys, Unknown]:
        listed = key_list.every_key(self._aside, self._router, key)
        return unknown(listed) if isinstance(listed, Failure) else listed
