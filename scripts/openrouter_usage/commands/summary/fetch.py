"""Asks everything that a profile's keys can answer, and sorts the answers by account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Union

from openrouter_usage import records
from openrouter_usage.commands.summary.records import AccountAnswers
from openrouter_usage.errors import REFUSED_CODES
from openrouter_usage.fetch import completed_days, questions, today
from openrouter_usage.fetch.account import ANALYTICS_LACKS, AccountFetch, AccountFigures
from openrouter_usage.figures.evidence import NOTHING_TOLD
from openrouter_usage.figures.same_account import are_apart
from openrouter_usage.records import Key, KeyInfo, Note, TodayUse, Unknown

if TYPE_CHECKING:
    from openrouter_usage.session.profiles import Profile

Slot = Union[Key, Unknown, None]
"""A variable's value: a key, something that cannot be one, or nothing."""

Answer = Union[KeyInfo, Unknown, None]
"""The answer about a key itself; None where there is no such key."""

BY_DATE_AND_MODEL = ("date", "model")

TWO_ACCOUNTS = Note("two_accounts", "the keys belong to two accounts: two blocks, and nothing is added up")
ACCOUNTS_NOT_TOLD = Note(
    "accounts_not_told", "not told whether the keys belong to one account: two blocks, and nothing is added up"
)
KIND_NOT_TOLD = Note("accounts_not_told", "OpenRouter did not tell whether both keys belong to one account")


class ProfileFetch:
    """Asks everything that a profile's keys can answer, as far as possible at the same time.

    More is asked only after the first answers if the single key turns out to be a management key, if two keys turn out
    to be of two accounts, or if analytics fails or is contradicted. With `with_today` today's use by model is asked.
    """

    def __init__(self, profile: Profile, with_today: bool = False) -> None:
        self._profile = profile
        self._asker = profile.asker
        self._with_today = with_today
        regular, management = profile.keys.regular, profile.keys.management
        is_one = isinstance(regular, Key) and isinstance(management, Key) and regular.id == management.id
        self._regular = None if is_one else regular  # one key in both variables is asked once
        self._management = management

    def ask(self) -> None:
        """Asks with each key about itself, and about the account with the key that may see it.

        It does not wait for any answer, so that several profiles can ask at the same time.
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
        AccountFetch(self._asker, key).ask()
        if self._with_today:
            today.ask(self._asker, key, BY_DATE_AND_MODEL)

    def accounts(self) -> tuple[tuple[AccountAnswers, ...], tuple[Note, ...]]:
        """Waits for the answers, and returns those of both keys together, or of each alone with a note on why.

        Nothing is added up unless OpenRouter tells that both keys are of one account.
        """
        regular, management = self._regular, self._management
        are_one = self._are_one(regular, management)
        found = self._account(regular, management)
        if are_one or (are_one is None and not _adds_up(found)):
            return (found,), ()
        note = ACCOUNTS_NOT_TOLD if are_one is None else TWO_ACCOUNTS
        return (self._account(regular, None), self._account(None, management)), (note,)

    def _are_one(self, regular: Slot, management: Slot) -> Optional[bool]:
        """Tells whether the keys are of one account, as a single key always is; None where that is not told."""
        if not isinstance(regular, Key) or not isinstance(management, Key):
            return True
        own, other = self._info(regular), self._info(management)
        apart = are_apart(own, other) if isinstance(own, KeyInfo) and isinstance(other, KeyInfo) else None
        if apart is not None:
            return not apart
        from openrouter_usage.fetch import same_account  # rarely of use

        return same_account.are_one(self._asker, regular, management)

    def _info(self, key: Slot) -> Answer:
        return self._asker.known(questions.key(key)) if isinstance(key, Key) else key

    def _account(self, regular: Slot, management: Slot) -> AccountAnswers:
        """Returns the answers of one account, whichever variables its keys stand in."""
        regular, management, notes = self._by_kind(regular, management)
        own = regular if isinstance(regular, Key) else None
        if isinstance(management, Key):
            return self._by_management_key(own, management, self._info(regular), notes)
        gap = management or records.NEEDS_MANAGEMENT_KEY
        return AccountAnswers(
            profile=self._profile.name,
            own=own,
            asked_with=own,
            key=self._own_answer(regular),
            manager=management,
            credits=self._asker.known(questions.credits(own)) if own else gap,
            spend=gap,
            activity=gap,
            evidence=AccountFetch(self._asker, own).of_credits() if own else NOTHING_TOLD,
            notes=tuple(notes),
        )

    def _by_kind(self, regular: Slot, management: Slot) -> tuple[Slot, Slot, list[Note]]:
        """Returns the regular and the management key by what they are, not by their variables, and notes on that."""
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
        return None, management or regular, [KIND_NOT_TOLD] if isinstance(told, Unknown) else []

    def _manages(self, key: Key) -> Optional[bool]:
        """Tells whether it is a management key: by its own answer, else by what it may see. None: not known."""
        told = self._info(key)
        if isinstance(told, KeyInfo) and told.is_management is not None:
            return told.is_management
        if isinstance(told, KeyInfo) and told.is_zero:
            self._asker.ask(questions.activity(key))  # a management key's own counters are always 0
        if not self._asker.was_asked(questions.activity(key)):
            return None
        seen = self._asker.known(questions.activity(key))
        if not isinstance(seen, Unknown):
            return True
        return False if seen.code == records.NEEDS_MANAGEMENT_KEY.code else None

    def _own_answer(self, regular: Slot) -> Answer:
        """Returns the regular key's answer about itself; zeros of what may be a management key say nothing."""
        told = self._info(regular)
        zeros = isinstance(told, KeyInfo) and told.is_zero
        if zeros and isinstance(regular, Key) and self._manages(regular) is None:
            return records.MAY_BE_ZEROS
        return told

    def _by_management_key(self, own: Optional[Key], key: Key, told: Answer, notes: list[Note]) -> AccountAnswers:
        """Returns what the management key sees, beside what the regular key, if there is one, told of itself."""
        self._ask_account(key)
        account = AccountFetch(self._asker, key).told(told)
        week = completed_days.recent(self._asker, key, ("model",), records.RECENT_DAYS)
        credits = self._asker.known(questions.credits(key))
        manager = self._info(key)
        return AccountAnswers(
            profile=self._profile.name,
            own=own,
            asked_with=key,
            key=told,
            manager=manager,
            credits=credits,
            spend=account.spend,
            activity=week,
            evidence=account.evidence,
            notes=tuple(notes),
            today=self._today(key, account),
            listed=account.listed,
            floors=account.floors,
        )

    def _today(self, key: Key, account: AccountFigures) -> Union[TodayUse, Unknown, None]:
        """Returns today's use by model. It is waited for only where analytics answered the question before."""
        if not self._with_today:
            return None
        if account.evidence.is_silent or account.evidence.doubts_live:
            return ANALYTICS_LACKS
        share = today.SHARE if isinstance(account.spend, records.AccountDays) else 0
        found = today.answer(self._asker, key, BY_DATE_AND_MODEL, share=share)
        return records.LEFT_OUT if isinstance(found, TodayUse) and found.table.partial else found


def _adds_up(found: AccountAnswers) -> bool:
    """Tells whether figures of a key stand beside such as another key was told of an account."""
    is_answered = any(not isinstance(one, Unknown) for one in (found.credits, found.spend, found.activity))
    return isinstance(found.key, KeyInfo) and found.asked_with != found.own and is_answered


def _refusal(told: Answer) -> Optional[Unknown]:
    """Returns why a key can never answer: it is malformed, or was refused. Any other failure may pass: None."""
    return told if isinstance(told, Unknown) and told.code in REFUSED_CODES else None


def _unused(what: str, refusal: Optional[Unknown]) -> list[Note]:
    if refusal is None:
        return []
    return [Note("key_not_used", f"{what} was not used: {refusal.advice}")]
