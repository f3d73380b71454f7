"""Asks OpenRouter with each key everything that it may see."""

from __future__ import annotations

from datetime import datetime
from typing import Optional, Union

from openrouter_usage.commands.doctor.counts import count
from openrouter_usage.commands.doctor.keys import kind
from openrouter_usage.commands.doctor.records import KeyAnswers
from openrouter_usage.days import DAY, Span, month_start
from openrouter_usage.errors import Failure
from openrouter_usage.fetch import byok_fees, completed_days, key_list, questions
from openrouter_usage.fetch.account import AccountFetch
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.records import Completed, Key, Remembered, Unknown

DAILY_BY_KEY, DAILY = ("key", "date"), ("date",)

SHARE_FOR_WORKSPACES = 0.1
"""The share of the time for which the list of workspaces is waited for, to ask for all key lists at the same time."""


class KeyQuestions:
    """The questions with one key, and their answers; that about the key itself is asked at once.

    Questions that only the reconciliation needs are asked through `month_asker`: a failure there is not reported as
    trouble.
    """

    def __init__(self, profile: str, key: Key, asker: Asker, month_asker: Asker) -> None:
        self._profile = profile
        self._key = key
        self._asker = asker
        self._month_asker = month_asker
        self._month = month_start(asker.now.date()), asker.now.date()
        self._account = questions.account_days(key, asker.now)
        self._by_key = questions.usage_until(key, DAILY_BY_KEY, *self._month, asker.now)
        asker.ask(questions.key(key))

    def ask(self) -> None:
        """Asks what else a key of its kind may see; waits until its kind is known."""
        self._asker.ask(questions.credits(self._key))
        if self._may_manage():
            self._asker.ask(questions.activity(self._key))
            self._asker.ask(self._account)
            self._month_asker.ask(self._by_key)
            self._month_asker.ask(questions.workspaces(self._key))

    def answers(self) -> KeyAnswers:
        """The answers; waits for them, but for the key list only if the key was told anything else."""
        key, may_manage = self._key, self._may_manage()
        if may_manage:
            key_list.ask(self._month_asker, key, SHARE_FOR_WORKSPACES)
        info, credits = self._asker.known(questions.key(key)), self._asker.known(questions.credits(key))
        found = KeyAnswers(key, self._profile, info, credits)
        if not may_manage:
            return found
        account = self._asker.known(self._account)
        days, days_at = self._completed()
        found = found._replace(account=account, days=days, days_at=days_at)
        if isinstance(info, Unknown) and isinstance(account, Unknown) and isinstance(days, Unknown):
            return found._replace(listed=info, by_key=info)
        listed = key_list.every_key(self._month_asker, key)
        told = unknown(listed) if isinstance(listed, Failure) else listed
        judged = AccountFetch(self._asker, key).evidence(told)
        by_key = self._month_asker.known(self._by_key)
        return self._with_fees(found._replace(listed=told, by_key=by_key, evidence=judged))

    def _with_fees(self, found: KeyAnswers) -> KeyAnswers:
        """The answers with the fee for BYOK, which is asked for only where the month has BYOK."""
        byok = count(found, None, self._asker.now).byok
        fees = byok_fees.told(self._month_asker, self._key, self._month[0], byok)
        return found if fees is None else found._replace(byok_fees=fees)

    def _may_manage(self) -> bool:
        """Tells whether the key is not known to be a regular one."""
        return kind(self._asker.known(questions.key(self._key))) != "regular"

    def _completed(self) -> tuple[Union[Completed, Unknown], Optional[datetime]]:
        """The account's completed days of the month, by date."""
        first, today = self._month
        span: Span = first, today - DAY
        answer = self._asker.known(questions.activity(self._key))
        if isinstance(answer, Unknown):
            return answer, None
        if isinstance(answer, Remembered):
            return completed_days.cached(self._asker.cache, self._key, DAILY, span), answer.as_of
        return completed_days.answered(answer, today, DAILY, span), None
