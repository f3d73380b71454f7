"""Asks OpenRouter with each key everything that it may see."""

from __future__ import annotations

from datetime import datetime
from typing import Optional, Sequence, Tuple, Union

from openrouter_usage.commands.doctor.records import Evidence, KeyAnswers
from openrouter_usage.days import DAY, Span, month_start
from openrouter_usage.errors import Failure
from openrouter_usage.fetch import completed_days, key_list, questions
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.records import AccountKeys, Completed, Key, KeyInfo, Keys, Remembered, Unknown, UsageTable

DAILY_BY_KEY, DAILY = ("key", "date"), ("date",)

SHARE_FOR_WORKSPACES = 0.1
"""The share of the time for which the list of workspaces is waited for, to ask for all key lists at the same time."""


class ProfileQuestions:
    """The questions with each key of one profile, and their answers; those about the keys themselves are asked at once.

    Live totals are from `since` on. Questions that only the reconciliation needs are asked through `month_asker`: a
    failure there is not reported as trouble.
    """

    def __init__(self, profile: str, keys: Keys, asker: Asker, month_asker: Asker, since: datetime) -> None:
        self._profile = profile
        self._keys = keys.found
        self._since = since
        self._month = month_start(asker.now.date()), asker.now.date()
        self._asker = asker
        self._month_asker = month_asker
        for key in self._keys:
            asker.ask(questions.key(key))

    def ask(self) -> None:
        """Asks with each key what else its kind may see; waits until its kind is known."""
        for key in self._keys:
            self._asker.ask(questions.credits(key))
            if self._may_manage(key):
                self._asker.ask(questions.activity(key))
                self._asker.ask(questions.account_days(key, self._since, self._asker.now))
                self._month_asker.ask(questions.usage_until(key, DAILY_BY_KEY, *self._month, self._asker.now))
                self._month_asker.ask(questions.workspaces(key))

    def answers(self) -> Tuple[KeyAnswers, ...]:
        """The answers of each key; waits for them."""
        for key in self._keys:
            if self._month_asker.was_asked(questions.workspaces(key)):
                key_list.ask(self._month_asker, key, SHARE_FOR_WORKSPACES)
        return tuple(self._key_answers(key) for key in self._keys)

    def evidence(self) -> Tuple[Evidence, ...]:
        """The answers about the account, for each key that may know it; waits for them."""
        return tuple(self._evidence(key) for key in self._keys if self._may_manage(key))

    @property
    def replaced(self) -> Sequence[Failure]:
        """The failures because of which `month_asker` took cached answers."""
        return self._month_asker.replaced

    def _may_manage(self, key: Key) -> bool:
        """Tells whether the key is not known to be a regular one."""
        told = self._asker.known(questions.key(key))
        return not isinstance(told, KeyInfo) or told.is_management is not False

    def _key_answers(self, key: Key) -> KeyAnswers:
        manages = self._may_manage(key)
        return KeyAnswers(
            key=key,
            profile=self._profile,
            info=self._asker.known(questions.key(key)),
            credits=self._asker.known(questions.credits(key)),
            account=self._asker.known(questions.account_days(key, self._since, self._asker.now)) if manages else None,
            days=self._asker.known(questions.activity(key)) if manages else None,
        )

    def _evidence(self, key: Key) -> Evidence:
        info = self._asker.known(questions.key(key))
        account = self._asker.known(questions.account_days(key, self._since, self._asker.now))
        days, days_at = self._completed(key)
        return Evidence(self._profile, info, account, days, days_at, *self._by_keys(key, info, account, days))

    def _by_keys(
        self, key: Key, info: Union[KeyInfo, Unknown], *others: object
    ) -> Tuple[Union[AccountKeys, Unknown], Union[UsageTable, Unknown]]:
        """The key list, and the use by key; not waited for with a key that was told nothing else."""
        if isinstance(info, Unknown) and all(isinstance(one, Unknown) for one in others):
            return info, info
        listed = key_list.every_key(self._month_asker, key)
        by_key = self._month_asker.known(questions.usage_until(key, DAILY_BY_KEY, *self._month, self._asker.now))
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
