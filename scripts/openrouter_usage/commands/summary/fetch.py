"""Asks everything that a profile's keys can answer, and sorts the answers by account."""

from __future__ import annotations

from datetime import datetime
from typing import Any, List, NamedTuple, Optional, Tuple, Union

from openrouter_usage import records
from openrouter_usage.commands.summary.records import AccountAnswers
from openrouter_usage.days import days_before
from openrouter_usage.errors import BadAnswer, Failure, KeyRefused, MalformedKey, NeedsManagementKey
from openrouter_usage.fetch import completed_days, questions, today
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.records import AccountKeys, Completed, Key, KeyInfo, Note, Remembered, TodayUse, Unknown

Slot = Union[Key, Unknown, None]
"""A variable's value: a key, something that cannot be one, or nothing."""

Answer = Union[KeyInfo, Unknown, None]
"""The answer about a key itself; None where there is no such key."""


NOT_CACHED = Unknown("the completed days cannot be read from memory", "not_remembered")

BY_MODEL, BY_DATE = ("model",), ("date",)
BY_DATE_AND_MODEL = ("date", "model")

ACCOUNTS_NOT_TOLD = Note("accounts_not_told", "OpenRouter did not tell whether both keys belong to one account")
TWO_ACCOUNTS = Note("two_accounts", "the keys belong to two accounts: two blocks, and nothing is added up")


class ProfileAnswers(NamedTuple):
    """The answers of each account, every failure met on the way, the first asked first, and notes on all of them."""

    accounts: Tuple[AccountAnswers, ...]
    failures: Tuple[Failure, ...]
    notes: Tuple[Note, ...] = ()


class ProfileFetch:
    """Fetches everything that a profile's keys can answer, in one round of waiting.

    A second round follows only where the single key turns out to be a management key, where two
    keys turn out to be of two accounts, or where analytics fails and the key list is the fallback.
    Live account totals reach from `since` to now. `with_today`: today's use by model is asked, too.
    """

    def __init__(self, asker: Asker, keys: records.Keys, since: datetime, with_today: bool = False) -> None:
        self._asker = asker
        self._regular, self._management = keys.regular, keys.management
        self._since = since
        self._with_today = with_today
        regular, management = keys.regular, keys.management
        if isinstance(regular, Key) and isinstance(management, Key) and regular.id == management.id:
            self._regular = None  # one key in both variables is asked once

    def ask(self) -> None:
        """Asks the first round: each key about itself, the account's figures by the key that may see them.

        It waits for nothing, so that several profiles may ask side by side.
        """
        regular, management = self._regular, self._management
        for key in (regular, management):
            if isinstance(key, Key):
                self._asker.ask(questions.key(key))
        if isinstance(management, Key):
            self._ask_account(management)
        elif isinstance(regular, Key):
            self._asker.ask(questions.credits(regular))

    def _ask_account(self, key: Key) -> None:
        self._asker.ask(questions.credits(key))
        self._asker.ask(questions.activity(key))
        self._asker.ask(questions.account_days(key, self._since, self._asker.now))
        if self._with_today:
            today.ask(self._asker, key, BY_DATE_AND_MODEL)

    def answers(self, profile: Optional[str] = None) -> ProfileAnswers:
        """Waits for the answers. `profile` is the name of the profile, where it is shown."""
        regular, management = self._regular, self._management
        if _are_apart(self._info(regular), self._info(management)):
            accounts = [self._account(regular, None), self._account(None, management)]
        else:
            accounts = [self._account(regular, management)]
        notes = (TWO_ACCOUNTS,) if len(accounts) > 1 else ()
        named = tuple(account._replace(profile=profile) for account in accounts)
        return ProfileAnswers(named, tuple(self._asker.failures), notes)

    def _info(self, key: Slot) -> Answer:
        return self._asker.known(questions.key(key)) if isinstance(key, Key) else key

    def _account(self, regular: Slot, management: Slot) -> AccountAnswers:
        """The answers of one account, whichever variables its keys stand in."""
        regular, management, notes = self._by_kind(regular, management)
        if isinstance(management, Key):
            account = self._by_management_key(regular, management)
        else:
            account = self._by_regular_key(regular, management)
        return account._replace(notes=(*notes, *account.notes))

    def _by_kind(self, regular: Slot, management: Slot) -> Tuple[Slot, Slot, List[Note]]:
        """Sorts the keys by what they are, not by the variables they stand in; with the notes on that."""
        regular_manages = isinstance(regular, Key) and self._manages(regular) is True
        if isinstance(management, Key) and self._manages(management) is False:
            notes = [Note("not_a_management_key", f"{management.name} holds a regular key, not a management key")]
            if regular_manages:
                return management, regular, notes
            refusal = _refusal(self._info(regular))
            if regular is not None and refusal is None:
                return regular, None, notes
            return management, None, [*_unused("the regular key", refusal), *notes]
        if not regular_manages:
            both = isinstance(regular, Key) and isinstance(management, Key)
            refusal = _refusal(self._info(management)) if both else None
            return regular, refusal or management, _unused("the management key", refusal)
        told = self._info(management)
        if _refusal(told):
            return None, regular, _unused("the management key", _refusal(told))
        return None, management or regular, [ACCOUNTS_NOT_TOLD] if isinstance(told, Unknown) else []

    def _manages(self, key: Key) -> Optional[bool]:
        """Tells whether it is a management key: by its own answer, else by what it may see. None: not known."""
        told = self._info(key)
        if isinstance(told, KeyInfo) and told.is_management is not None:
            return told.is_management
        if isinstance(told, KeyInfo) and told.counters.total == 0:
            self._asker.ask(questions.activity(key))  # a management key's own counters are always 0
        if not self._asker.was_asked(questions.activity(key)):
            return None
        seen = self._asker.known(questions.activity(key))
        if not isinstance(seen, Unknown):
            return True
        return False if seen.code == records.NEEDS_MANAGEMENT_KEY.code else None

    def _by_regular_key(self, regular: Slot, bad_management: Slot) -> AccountAnswers:
        gap = bad_management if isinstance(bad_management, Unknown) else records.NEEDS_MANAGEMENT_KEY
        credits = self._asker.known(questions.credits(regular)) if isinstance(regular, Key) else gap
        manager = gap if bad_management else None
        return AccountAnswers(
            name=_name("key", regular),
            key=self._own(regular),
            manager=manager,
            by_management=False,
            credits=credits,
            spend=gap,
            activity=gap,
            days=gap,
            notes=(),
            asked_with=regular if isinstance(regular, Key) else None,
            own=regular if isinstance(regular, Key) else None,
        )

    def _own(self, regular: Slot) -> Answer:
        """The answer about the key itself; zeros of what may be a management key say nothing."""
        told = self._info(regular)
        zeros = isinstance(told, KeyInfo) and told.counters.total == 0
        if zeros and isinstance(regular, Key) and self._manages(regular) is None:
            return records.MAY_BE_ZEROS
        return told

    def _by_management_key(self, regular: Slot, management: Key) -> AccountAnswers:
        self._ask_account(management)
        spend = self._spend(management)
        week, weeks = self._completed(management)
        account = AccountAnswers(
            name=_name("account", management),
            key=self._info(regular),
            manager=self._info(management),
            by_management=self._manages(management) is True or not isinstance(spend, Unknown),
            spend=spend,
            credits=self._asker.known(questions.credits(management)),
            activity=week,
            days=weeks,
            notes=(),
            asked_with=management,
            own=regular if isinstance(regular, Key) else None,
            today=self._today(management, isinstance(spend, records.AccountDays)) if self._with_today else None,
        )
        answered = any(not isinstance(part, Unknown) for part in (account.credits, account.spend, account.activity))
        both = isinstance(account.key, KeyInfo) and account.manager is not None
        is_not_told = both and answered and _are_apart(account.key, account.manager) is None
        return account._replace(notes=(ACCOUNTS_NOT_TOLD,) if is_not_told else ())

    def _today(self, key: Key, is_answered: bool) -> Union[TodayUse, Unknown]:
        """Today's use by model. It is waited for only where analytics answered the question before."""
        found = today.answer(self._asker, key, BY_DATE_AND_MODEL, share=today.SHARE if is_answered else 0)
        return records.LEFT_OUT if isinstance(found, TodayUse) and found.table.partial else found

    def _completed(self, key: Key) -> Tuple[Union[Completed, Unknown], Union[Completed, Unknown]]:
        """The use by model in the last week of completed days, and by day in the last eight weeks.

        The days of a cached answer end before the day on which it was given.
        """
        question = questions.activity(key)
        answer = self._asker.answer(question)
        if isinstance(answer, Remembered):
            today = answer.as_of.date()
            week = completed_days.cached(self._asker.cache, key, BY_MODEL, days_before(today, records.RECENT_DAYS))
            if week.days:
                return week, completed_days.cached(
                    self._asker.cache, key, BY_DATE, days_before(today, records.FORECAST_DAYS)
                )
            self._asker.ask_again(question)
            answer = self._asker.answer(question, or_cached=False)
        if isinstance(answer, (Failure, Remembered)):
            gap = unknown(answer) if isinstance(answer, Failure) else NOT_CACHED
            return gap, gap
        today = (answer.at or self._asker.now).date()
        week = completed_days.answered(answer, today, BY_MODEL, days_before(today, records.RECENT_DAYS))
        return week, completed_days.with_older(
            self._asker.cache, key, answer, today, BY_DATE, days_before(today, records.FORECAST_DAYS)
        )

    def _spend(self, key: Key) -> Union[records.AccountDays, AccountKeys, Unknown]:
        """The account's live totals by analytics; where analytics fails, by the key list.

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
        """Tells whether the key is answered anything: where it is not, a key list will not be either."""
        every: Tuple[records.Question[Any], ...] = (questions.key(key), questions.credits(key), questions.activity(key))
        answers = [self._asker.answer(question, or_cached=False) for question in every]
        return any(not isinstance(answer, (Failure, Remembered)) for answer in answers)

    def _listed(self, key: Key) -> Union[AccountKeys, Failure]:
        from openrouter_usage.fetch.key_list import every_key  # rarely of use

        keys = every_key(self._asker, key, or_cached=False)
        return BadAnswer("OpenRouter lists no key") if isinstance(keys, AccountKeys) and not keys.keys else keys


def _are_apart(one: Answer, other: Answer) -> Optional[bool]:
    """Tells whether two keys belong to two accounts. None where it is not told."""
    return one.is_apart_from(other) if isinstance(one, KeyInfo) and isinstance(other, KeyInfo) else None


def _name(what: str, slot: Slot) -> str:
    return f"{what} of {slot.name}" if isinstance(slot, Key) else what


def _refusal(told: Answer) -> Optional[Unknown]:
    """The reason why a key can never answer: it is malformed, or was refused. Any other failure may pass: None."""
    return told if isinstance(told, Unknown) and told.code in (MalformedKey.code, KeyRefused.code) else None


def _unused(what: str, refusal: Optional[Unknown]) -> List[Note]:
    if refusal is None:
        return []
    return [Note("key_not_used", f"{what} was not used: {refusal.reason}; {refusal.next_step}")]
