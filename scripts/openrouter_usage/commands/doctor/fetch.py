"""Asks OpenRouter with each key everything that it may see."""

from __future__ import annotations

from datetime import datetime
from typing import Optional, Sequence, Tuple, Union

from openrouter_usage.commands.doctor.records import Evidence, KeyAnswers
from openrouter_usage.days import DAY, month_start
from openrouter_usage.errors import Failure
from openrouter_usage.fetch import completed_days, key_list, questions
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.records import AccountKeys, Completed, Key, KeyInfo, Keys, Remembered, Span, Unknown, UsageTable

DAILY_BY_KEY, DAILY = ("key", "date"), ("date",)

FOR_WORKSPACES = 0.1
"""The part of the timeout that the list of workspaces may take before the pages of the key list are asked for."""


class Checkup:
    """The questions with each key of one profile, and their answers. Live totals are from `since` on.

    Questions that only the reconciliation needs are asked through `aside`: a failure there is not reported as trouble.
    """

    def __init__(self, asker: Asker, aside: Asker, keys: Keys, since: datetime) -> None:
        self._keys = keys.found
        self._since = since
        self._month = month_start(asker.now.date()), asker.now.date()
        self._asker = asker
        self._aside = aside

    def open(self) -> None:
        """Asks about each key itself, without waiting for the answer."""
        for key in self._keys:
            self._asker.ask(questions.key(key))

    def ask(self) -> None:
        """Asks with each key what else its kind may see; waits until its kind is known."""
        for key in self._keys:
            self._asker.ask(questions.credits(key))
            if self._may_manage(key):
                self._asker.ask(questions.activity(key))
                self._asker.ask(questions.account_days(key, self._since, self._asker.now))
                self._aside.ask(questions.usage_until(key, DAILY_BY_KEY, *self._month, self._asker.now))
                self._aside.ask(questions.workspaces(key))

    def answers(self, profile: str) -> Tuple[KeyAnswers, ...]:
        """The answers of each key; waits for them."""
        for key in self._keys:
            if self._aside.was_asked(questions.workspaces(key)):
                key_list.ask(self._aside, key, FOR_WORKSPACES)
        return tuple(self._key_answers(key, profile) for key in self._keys)

    def evidence(self, profile: str) -> Tuple[Evidence, ...]:
        """The answers about the account, for each key that may know it; waits for them."""
        return tuple(self._evidence(key, profile) for key in self._keys if self._may_manage(key))

    @property
    def replaced(self) -> Sequence[Failure]:
        """The failures because of which `aside` took cached answers."""
        return self._aside.replaced

    def _may_manage(self, key: Key) -> bool:
        told = self._asker.known(questions.key(key))
        return not isinstance(told, KeyInfo) or told.is_management is not False

    def _key_answers(self, key: Key, profile: str) -> KeyAnswers:
        manages = self._may_manage(key)
        return KeyAnswers(
            key=key,
            profile=profile,
            info=self._asker.known(questions.key(key)),
            credits=self._asker.known(questions.credits(key)),
            account=self._asker.known(questions.account_days(key, self._since, self._asker.now)) if manages else None,
            days=self._asker.known(questions.activity(key)) if manages else None,
        )

    def _evidence(self, key: Key, profile: str) -> Evidence:
        info = self._asker.known(questions.key(key))
        account = self._asker.known(questions.account_days(key, self._since, self._asker.now))
        days, days_at = self._completed(key)
        return Evidence(profile, info, account, days, days_at, *self._by_keys(key, account, days))

    def _by_keys(self, key: Key, *others: object) -> Tuple[Union[AccountKeys, Unknown], Union[UsageTable, Unknown]]:
        """The key list, and the use by key; not waited for with a key that was told nothing else."""
        info = self._asker.known(questions.key(key))
        if isinstance(info, Unknown) and all(isinstance(one, Unknown) for one in others):
            return info, info
        listed = key_list.every_key(self._aside, key)
        by_key = self._aside.known(questions.usage_until(key, DAILY_BY_KEY, *self._month, self._asker.now))
        return unknown(listed) if isinstance(listed, Failure) else listed, by_key

    def _completed(self, key: Key) -> Tuple[Union[Completed, Unknown], Optional[datetime]]:
        """The account's completed days of the month, by date."""
        first, today = self._month
        span: Span = first, today - DAY
        answer = self._asker.known(questions.activity(key))
        if isinstance(answer, Unknown):
            return answer, None
        if isinstance(answer, Remembered):
            return completed_days.cached(self._asker.cache, key, DAILY, span), answer.as_of
        return completed_days.answered(answer, today, DAILY, span), None
