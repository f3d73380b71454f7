"""Asks every source that tells what an account spends, and has them judged against each other."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple, Union

from openrouter_usage.cache import balances
from openrouter_usage.days import DAY
from openrouter_usage.errors import Failure, KeyRefused, NeedsManagementKey
from openrouter_usage.fetch import completed_days, questions
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.figures import expired, judgement, windows
from openrouter_usage.figures.account_spend import account_spend, broken_floors
from openrouter_usage.figures.evidence import Evidence
from openrouter_usage.records import (
    FORECAST_DAYS,
    NOT_SUMMED,
    AccountDays,
    AccountKeys,
    Completed,
    Counters,
    Key,
    KeyInfo,
    Question,
    Reading,
    Remembered,
    Unknown,
)

HALF = 0.5
"""The share of the time that analytics has; the key list, which stands in for it, has the other half."""

NO_KEY_LISTED = Unknown("OpenRouter lists no key", "no_keys")
NOT_ASKED = Unknown("the credits were not asked for", "not_asked")
ANALYTICS_LACKS = Unknown("OpenRouter's analytics lacks money of other days", "analytics_lacks")
NO_ROWS = Unknown("OpenRouter's analytics has no row of what was spent", "analytics_lacks")


class AccountFigures(NamedTuple):
    """What all sources tell of an account's spend.

    `spend` is the answer that has today: that of analytics, else the key list. `listed` are the keys where they were
    asked for, None where they were not. `floors` are counters of keys that the account's cannot be below.
    """

    spend: Union[AccountDays, AccountKeys, Unknown]
    listed: Union[AccountKeys, Unknown, None]
    evidence: Evidence
    floors: tuple[Counters, ...]


class AccountFetch:
    """Asks with a management key what its account spent on the last 56 completed days and today."""

    def __init__(self, asker: Asker, key: Key, share: float = 1) -> None:
        """`share` is the part of the time that is left for which each source is awaited by `evidence`."""
        self._asker = asker
        self._key = key
        self._share = share
        self._analytics_share = share
        self._question = questions.account_days(key, asker.now)

    def ask(self) -> None:
        """Asks without waiting for any answer."""
        self._asker.ask(questions.credits(self._key))
        self.ask_days()

    def ask_days(self) -> None:
        """Asks the sources of days alone."""
        self._asker.ask(questions.activity(self._key))
        self._asker.ask(self._question)

    def of_credits(self) -> Evidence:
        """Returns what the credits tell, compared with what they told before: all that a regular key may see."""
        return judgement.judge(None, None, self._asker.now, (), self._readings)

    def wait_for_analytics(self) -> None:
        """Waits for analytics, which has a say in whether what /activity answers takes the place of cached days."""
        self._asker.answer(self._question, share=self._analytics_share)
        self._analytics_share = 0  # it has had its time

    def evidence(self, listed: Union[AccountKeys, Unknown, None] = None) -> Evidence:
        """Returns what the sources of days tell; `listed` are a floor, and asked for where analytics tells nothing."""
        answer = self._asker.answer(self._question, share=self._analytics_share)
        analytics = unknown(answer) if isinstance(answer, Failure) else answer
        found = self._judged(analytics, [])
        if listed is None and found.live is None and not isinstance(answer, (KeyRefused, NeedsManagementKey)):
            listed = self._every_key(self._share)
        if not isinstance(listed, AccountKeys):
            return found
        return self._judged(analytics, [windows.of_keys(listed.keys, NOT_SUMMED)])

    def told(self, own: Union[KeyInfo, Unknown, None]) -> AccountFigures:
        """Returns what all sources tell; `own` is what a regular key of the account told of itself.

        All keys are listed only where analytics failed or has no row, or where the other sources contradict it.
        """
        answer = self._asker.answer(self._question, share=HALF, or_cached=False)
        analytics = unknown(answer) if isinstance(answer, Failure) else answer
        floors = self._floors(own, analytics)
        found = self._judged(analytics, floors)
        listed = self._listed(answer, found, floors)
        if isinstance(listed, AccountKeys):
            found = self._judged(analytics, [*floors, windows.of_keys(listed.keys, NOT_SUMMED)])
        if found.live is not None:
            return AccountFigures(analytics, listed, found, tuple(floors))
        if isinstance(listed, AccountKeys):
            return AccountFigures(listed, listed, found, tuple(floors))
        if isinstance(analytics, AccountDays):
            return AccountFigures(NO_ROWS, listed, found, tuple(floors))
        late = self._asker.known(self._question)
        return AccountFigures(analytics if isinstance(late, Unknown) else late, listed, self._judged(late, []), ())

    def _judged(self, analytics: Union[AccountDays, Unknown], floors: Sequence[Counters]) -> Evidence:
        return judgement.judge(self._days, analytics, self._asker.now, floors, self._readings)

    @cached_property
    def _days(self) -> Union[Completed, Unknown]:
        return completed_days.recent(self._asker, self._key, ("date",), FORECAST_DAYS, self._share)

    @cached_property
    def _readings(self) -> tuple[Reading, ...]:
        """The readings of the account's lifetime credits, the last of them the current one."""
        now = self._asker.now
        held = balances.read(self._asker.cache, self._key, (now.date() - FORECAST_DAYS * DAY, now.date()))
        question = questions.credits(self._key)
        told = self._asker.known(question) if self._asker.was_asked(question) else NOT_ASKED
        if isinstance(told, Unknown) or isinstance(told.purchased, Unknown) or isinstance(told.used, Unknown):
            return held
        current = Reading(told.as_of or now, told.purchased, told.used)
        return (*(one for one in held if one.at < current.at), current)

    def _floors(self, own: Union[KeyInfo, Unknown, None], analytics: Union[AccountDays, Unknown]) -> list[Counters]:
        """Returns the counters of the account's own key if they were told together with analytics, on the same day."""
        now, heard = self._asker.now, self._asker.server_time
        if heard and heard.date() != now.date():
            return []
        told_at = now if isinstance(analytics, Unknown) else analytics.as_of or now
        if isinstance(own, KeyInfo) and windows.are_simultaneous(own.as_of or now, told_at):
            return [expired.key_info(own, now).counters]
        return []

    def _listed(
        self, answer: Union[AccountDays, Failure], found: Evidence, floors: Sequence[Counters]
    ) -> Union[AccountKeys, Unknown, None]:
        """Returns the listed keys if they are needed: analytics failed, has no row, or is contradicted."""
        if isinstance(answer, (KeyRefused, NeedsManagementKey)):
            return None
        if isinstance(answer, Failure):
            return self._every_key() if self._is_answered() else unknown(answer)
        broken = broken_floors(account_spend(found, None, [], NOT_SUMMED).counters.credits._asdict(), floors)
        if not answer.days or found.doubts_live or found.shortfalls or broken:
            return self._every_key()
        return None

    def _is_answered(self) -> bool:
        """Tells whether any question was answered; if not, the key list would not be answered either."""
        key = self._key
        every: tuple[Question[Any], ...] = (questions.key(key), questions.credits(key), questions.activity(key))
        answers = [self._asker.answer(question, or_cached=False) for question in every]
        return any(not isinstance(answer, (Failure, Remembered)) for answer in answers)

    def _every_key(self, share: float = 1) -> Union[AccountKeys, Unknown]:
        from openrouter_usage.fetch.key_list import every_key  # rarely of use

        keys = every_key(self._asker, self._key, or_cached=False, share=share)
        if isinstance(keys, Failure):
            return unknown(keys)
        return keys if keys.keys else NO_KEY_LISTED
