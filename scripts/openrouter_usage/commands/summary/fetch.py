"""Asks all that the keys can answer; returns what is known, and what is not and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any, List, NamedTuple, Optional, Tuple, Union

from openrouter_usage.days import days_before
from openrouter_usage.errors import BadAnswer, Failure, KeyRefused, MalformedKey, NeedsManagementKey
from openrouter_usage.fetch import completed_days, questions, today
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.records import (
    FORECAST_DAYS,
    LEFT_OUT,
    MAY_BE_ZEROS,
    NEEDS_MANAGEMENT_KEY,
    RECENT_DAYS,
    AccountDays,
    AccountKeys,
    Completed,
    Holding,
    Key,
    KeyInfo,
    Keys,
    Note,
    Question,
    Remembered,
    TodayUse,
    Unknown,
)

Slot = Union[Key, Unknown, None]
"""What a variable holds: a key, something that cannot be one, or nothing."""
Answer = Union[KeyInfo, Unknown, None]
"""What a key told about itself; None where there is no such key."""


NOT_REMEMBERED = Unknown("the completed days cannot be read from memory", "not_remembered")

BY_MODEL, BY_DATE = ("model",), ("date",)
BY_DATE_AND_MODEL = ("date", "model")

ACCOUNTS_NOT_TOLD = Note("accounts_not_told", "OpenRouter did not tell whether both keys belong to one account")


TWO_ACCOUNTS = Note("two_accounts", "the keys belong to two accounts: two blocks, and nothing is added up")


class Snapshot(NamedTuple):
    """One holding an account, every failure met on the way, the first asked first, and what concerns all holdings."""

    holdings: Tuple[Holding, ...]
    failures: Tuple[Failure, ...]
    notes: Tuple[Note, ...] = ()


def _distinct(keys: Keys) -> Tuple[Slot, Slot]:
    """Both slots; one key written into both of them is asked once."""
    regular, management = keys.regular, keys.management
    same = isinstance(regular, Key) and isinstance(management, Key) and regular.id == management.id
    return (None if same else regular), management


def _apart(one: Answer, other: Answer) -> Optional[bool]:
    """Whether two keys belong to two accounts. None where it cannot be told."""
    return one.is_apart_from(other) if isinstance(one, KeyInfo) and isinstance(other, KeyInfo) else None


class Inquiry:
    """Everything that these keys can answer, in one round of waiting; live account totals reach from `since` to `now`.

    A second round follows only where the single key turns out to be a management key, where
    two keys turn out to be of two accounts, or where analytics fails and the key list stands in.
    `with_today`: today's use by model is wanted, too.
    """

    def __init__(
        self,
        asker: Asker,
        keys: Keys,
        since: datetime,
        with_today: bool = False,
    ) -> None:
        self._asker = asker
        self._regular, self._management = _distinct(keys)
        self._since = since
        self._with_today = with_today

    def open(self) -> None:
        """Puts the first round of questions: each key about itself, the account's figures by the key that may see them.

        It waits for nothing, so that several may be open at the same time.
        """
        regular, management = self._regular, self._management
        for key in (regular, management):
            if isinstance(key, Key):
                self._asker.ask(questions.key(key))
        if isinstance(management, Key):
            self._put_account(management)
        elif isinstance(regular, Key):
            self._asker.ask(questions.credits(regular))

    def _put_account(self, key: Key) -> None:
        self._asker.ask(questions.credits(key))
        self._asker.ask(questions.activity(key))
        self._asker.ask(questions.account_days(key, self._since, self._asker.now))
        if self._with_today:
            today.ask(self._asker, key, BY_DATE_AND_MODEL)

    def taken(self, profile: Optional[str] = None) -> Snapshot:
        """Waits for the answers. `profile` is what these keys are called."""
        regular, management = self._regular, self._management
        if _apart(self.info(regular), self.info(management)):
            holdings = [self.holding(regular, None), self.holding(None, management)]
        else:
            holdings = [self.holding(regular, management)]
        notes = (TWO_ACCOUNTS,) if len(holdings) > 1 else ()
        named = tuple(holding._replace(profile=profile) for holding in holdings)
        return Snapshot(named, tuple(self._asker.failures), notes)

    def info(self, key: Slot) -> Answer:
        return self._asker.known(questions.key(key)) if isinstance(key, Key) else key

    def holding(self, regular: Slot, management: Slot) -> Holding:
        """What one account answered, whichever slot its keys were written into."""
        regular, management, notes = self._sorted(regular, management)
        if isinstance(management, Key):
            holding = self._account(regular, management)
        else:
            holding = self._key_alone(regular, management)
        return holding._replace(notes=(*notes, *holding.notes))

    def _sorted(self, regular: Slot, management: Slot) -> Tuple[Slot, Slot, List[Note]]:
        """The keys by what they are, not by where they were written, and what must be said of that."""
        regular_manages = isinstance(regular, Key) and self._manages(regular) is True
        if isinstance(management, Key) and self._manages(management) is False:
            notes = [Note("not_a_management_key", f"{management.name} holds a regular key, not a management key")]
            if regular_manages:
                return management, regular, notes
            refusal = _refusal(self.info(regular))
            if regular is not None and refusal is None:
                return regular, None, notes
            return management, None, [*_unused("the regular key", refusal), *notes]
        if not regular_manages:
            both = isinstance(regular, Key) and isinstance(management, Key)
            refusal = _refusal(self.info(management)) if both else None
            return regular, refusal or management, _unused("the management key", refusal)
        told = self.info(management)
        if _refusal(told):
            return None, regular, _unused("the management key", _refusal(told))
        return None, management or regular, [ACCOUNTS_NOT_TOLD] if isinstance(told, Unknown) else []

    def _manages(self, key: Key) -> Optional[bool]:
        """Whether it is a management key: as it says itself, else as what it may see tells."""
        told = self.info(key)
        if isinstance(told, KeyInfo) and told.is_management is not None:
            return told.is_management
        if isinstance(told, KeyInfo) and told.counters.total == 0:
            self._asker.ask(questions.activity(key))  # a management key's own counters are always 0
        if not self._asker.was_asked(questions.activity(key)):
            return None
        seen = self._asker.known(questions.activity(key))
        if not isinstance(seen, Unknown):
            return True
        return False if seen.code == NEEDS_MANAGEMENT_KEY.code else None

    def _key_alone(self, regular: Slot, bad_management: Slot) -> Holding:
        gap = bad_management if isinstance(bad_management, Unknown) else NEEDS_MANAGEMENT_KEY
        credits = self._asker.known(questions.credits(regular)) if isinstance(regular, Key) else gap
        manager = gap if bad_management else None
        return Holding(
            name=_name("key", regular),
            key=self._own(regular),
            manager=manager,
            by_management=False,
            credits=credits,
            spend=gap,
            activity=gap,
            days=gap,
            notes=(),
            asker=regular if isinstance(regular, Key) else None,
            own=regular if isinstance(regular, Key) else None,
        )

    def _own(self, regular: Slot) -> Answer:
        """What the key says of itself; zeros of what may be a management key say nothing."""
        told = self.info(regular)
        zeros = isinstance(told, KeyInfo) and told.counters.total == 0
        if zeros and isinstance(regular, Key) and self._manages(regular) is None:
            return MAY_BE_ZEROS
        return told

    def _account(self, regular: Slot, management: Key) -> Holding:
        self._put_account(management)
        spend = self._spend(management)
        week, weeks = self._completed(management)
        holding = Holding(
            name=_name("account", management),
            key=self.info(regular),
            manager=self.info(management),
            by_management=self._manages(management) is True or not isinstance(spend, Unknown),
            spend=spend,
            credits=self._asker.known(questions.credits(management)),
            activity=week,
            days=weeks,
            notes=(),
            asker=management,
            own=regular if isinstance(regular, Key) else None,
            today=self._today(management, isinstance(spend, AccountDays)) if self._with_today else None,
        )
        return holding._replace(notes=tuple(_doubts(holding)))

    def _today(self, key: Key, is_answered: bool) -> Union[TodayUse, Unknown]:
        """Today's use by model. It is waited for only where analytics answered the question before."""
        found = today.answer(self._asker, key, BY_DATE_AND_MODEL, share=today.SHARE if is_answered else 0)
        return LEFT_OUT if isinstance(found, TodayUse) and found.table.partial else found

    def _completed(self, key: Key) -> Tuple[Union[Completed, Unknown], Union[Completed, Unknown]]:
        """The use by model in the week of completed days before today, and by day in the weeks before it.

        Of an answer that is remembered, before the day on which it was given.
        """
        question = questions.activity(key)
        answer = self._asker.answer(question)
        if isinstance(answer, Remembered):
            today = answer.as_of.date()
            week = completed_days.cached(self._asker.cache, key, BY_MODEL, days_before(today, RECENT_DAYS))
            if week.days:
                return week, completed_days.cached(self._asker.cache, key, BY_DATE, days_before(today, FORECAST_DAYS))
            self._asker.ask_again(question)
            answer = self._asker.answer(question, or_cached=False)
        if isinstance(answer, (Failure, Remembered)):
            gap = unknown(answer) if isinstance(answer, Failure) else NOT_REMEMBERED
            return gap, gap
        today = (answer.at or self._asker.now).date()
        week = completed_days.answered(answer, today, BY_MODEL, days_before(today, RECENT_DAYS))
        return week, completed_days.with_older(
            self._asker.cache, key, answer, today, BY_DATE, days_before(today, FORECAST_DAYS)
        )

    def _spend(self, key: Key) -> Union[AccountDays, AccountKeys, Unknown]:
        """The account's live totals by analytics; where it is analytics that fails, by the key list.

        Half of the time is analytics', so that the key list has the other half; a late answer is still taken.
        """
        question = questions.account_days(key, self._since, self._asker.now)
        days = self._asker.answer(question, share=0.5, or_cached=False)
        if not isinstance(days, Failure):
            return days
        if isinstance(days, (KeyRefused, NeedsManagementKey)):
            return unknown(days)
        keys = self._listed(key) if self._answers(key) else days
        if not isinstance(keys, Failure):
            return keys
        late = self._asker.answer(question)
        return unknown(days) if isinstance(late, Failure) else late

    def _answers(self, key: Key) -> bool:
        """Whether the key is answered anything: where it is not, a key list will not be either."""
        every: Tuple[Question[Any], ...] = (questions.key(key), questions.credits(key), questions.activity(key))
        answers = [self._asker.answer(question, or_cached=False) for question in every]
        return any(not isinstance(answer, (Failure, Remembered)) for answer in answers)

    def _listed(self, key: Key) -> Union[AccountKeys, Failure]:
        from openrouter_usage.fetch.key_list import every_key  # rarely of use

        keys = every_key(self._asker, key, or_cached=False)
        return BadAnswer("OpenRouter lists no key") if isinstance(keys, AccountKeys) and not keys.keys else keys


def _name(what: str, slot: Slot) -> str:
    return f"{what} of {slot.name}" if isinstance(slot, Key) else what


def _refusal(told: Answer) -> Optional[Unknown]:
    """Why a key can never answer: it is malformed, or was refused. Any other failure may pass, and is None here."""
    return told if isinstance(told, Unknown) and told.code in (MalformedKey.code, KeyRefused.code) else None


def _unused(what: str, refusal: Optional[Unknown]) -> List[Note]:
    if refusal is None:
        return []
    return [Note("key_not_used", f"{what} was not used: {refusal.reason}; {refusal.next_step}")]


def _doubts(holding: Holding) -> List[Note]:
    """What must be said beside figures that two keys answered together."""
    answered = any(not isinstance(part, Unknown) for part in (holding.credits, holding.spend, holding.activity))
    both = isinstance(holding.key, KeyInfo) and holding.manager is not None
    return [ACCOUNTS_NOT_TOLD] if both and answered and _apart(holding.key, holding.manager) is None else []
