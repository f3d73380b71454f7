"""Asks with each key all that it may see, for the doctor to tell."""

from __future__ import annotations

from datetime import datetime
from typing import Optional, Sequence, Tuple, Union

from openrouter_usage.commands.doctor.records import Evidence, Examined
from openrouter_usage.days import DAY, month_start
from openrouter_usage.errors import Failure
from openrouter_usage.fetch import completed_days, key_list, questions
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.records import AccountKeys, Completed, Key, KeyInfo, Keys, Remembered, Span, Unknown, UsageTable

BY_KEY, BY_DATE = ("key", "date"), ("date",)

FOR_WORKSPACES = 0.1
"""The part of the time for which the pages of the key list wait to be put; all else is on its way by then."""


class Checkup:
    """What the keys of one profile are answered, each for itself; live totals reach from `since` to `now`.

    What only the books need is asked through `aside`: a failure there is no trouble of the key's.
    """

    def __init__(
        self,
        asker: Asker,
        aside: Asker,
        keys: Keys,
        since: datetime,
    ) -> None:
        self._keys = keys.found
        self._since = since
        self._month = month_start(asker.now.date()), asker.now.date()
        self._asker = asker
        self._aside = aside

    def open(self) -> None:
        """Asks each key of itself, without waiting."""
        for key in self._keys:
            self._asker.ask(questions.key(key))

    def ask(self) -> None:
        """Asks each key what one of its kind may see besides, once it told its kind."""
        for key in self._keys:
            self._asker.ask(questions.credits(key))
            if self._may_manage(key):
                self._asker.ask(questions.activity(key))
                self._asker.ask(questions.account_days(key, self._since, self._asker.now))
                self._aside.ask(questions.usage_until(key, BY_KEY, *self._month, self._asker.now))
                self._aside.ask(questions.workspaces(key))

    def taken(self, profile: str) -> Tuple[Examined, ...]:
        """Waits for the answers."""
        for key in self._keys:
            if self._aside.was_asked(questions.workspaces(key)):
                key_list.ask(self._aside, key, FOR_WORKSPACES)
        return tuple(self._examined(key, profile) for key in self._keys)

    def evidence(self, profile: str) -> Tuple[Tuple[Key, Evidence], ...]:
        """Waits for what the books need besides; each beside the key that was told it."""
        return tuple((key, self._evidence(key, profile)) for key in self._keys if self._may_manage(key))

    @property
    def replaced(self) -> Sequence[Failure]:
        """Why remembered answers took the place of those that only the books need."""
        return self._aside.replaced

    def _may_manage(self, key: Key) -> bool:
        told = self._asker.known(questions.key(key))
        return not isinstance(told, KeyInfo) or told.is_management is not False

    def _examined(self, key: Key, profile: str) -> Examined:
        manages = self._may_manage(key)
        return Examined(
            key=key,
            profile=profile,
            info=self._asker.known(questions.key(key)),
            credits=self._asker.known(questions.credits(key)),
            account=self._asker.known(questions.account_days(key, self._since, self._asker.now)) if manages else None,
            days=self._asker.known(questions.activity(key)) if manages else None,
        )

    def _evidence(self, key: Key, profile: str) -> Evidence:
        account = self._asker.known(questions.account_days(key, self._since, self._asker.now))
        days, days_at = self._completed(key)
        return Evidence(profile, account, days, days_at, *self._by_keys(key, account, days))

    def _by_keys(self, key: Key, *others: object) -> Tuple[Union[AccountKeys, Unknown], Union[UsageTable, Unknown]]:
        """The key list, and the use by key; who is told nothing else need not be waited for."""
        info = self._asker.known(questions.key(key))
        if isinstance(info, Unknown) and all(isinstance(one, Unknown) for one in others):
            return info, info
        return self._listed(key), self._aside.known(questions.usage_until(key, BY_KEY, *self._month, self._asker.now))

    def _completed(self, key: Key) -> Tuple[Union[Completed, Unknown], Optional[datetime]]:
        """The account's completed days of the month, by date."""
        first, today = self._month
        span: Span = first, today - DAY
        answer = self._asker.known(questions.activity(key))
        if isinstance(answer, Unknown):
            return answer, None
        if isinstance(answer, Remembered):
            return completed_days.cached(self._asker.cache, key, BY_DATE, span), answer.as_of
        return completed_days.answered(answer, today, BY_DATE, span), None

    def _listed(self, key: Key) -> Union[AccountKeys, Unknown]:
        listed = key_list.every_key(self._aside, key)
        return unknown(listed) if isinstance(listed, Failure) else listed
