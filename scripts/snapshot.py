"""Asks all that the keys can answer, side by side; returns what is known, and what is not and why."""

from __future__ import annotations

from concurrent import futures
from datetime import datetime
from threading import Thread
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Protocol, Tuple, TypeVar, Union

from errors import Failure, KeyTrouble, OutOfTime, Unreachable
from usage import (
    NEEDS_MANAGEMENT_KEY,
    AccountDays,
    AccountKeys,
    ActivityRow,
    Credits,
    Holding,
    Key,
    KeyInfo,
    Keys,
    ListedKey,
    Note,
    Unknown,
)

T = TypeVar("T")
Slot = Union[Key, Unknown, None]
"""What a variable holds: a key, something that cannot be one, or nothing."""
Answer = Union[KeyInfo, Unknown, None]
"""What a key told about itself; None where there is no such key."""


class Questions(Protocol):
    """What can be asked of OpenRouter; each may raise a Failure."""

    def key(self, key: Key) -> KeyInfo: ...
    def credits(self, key: Key) -> Credits: ...
    def activity(self, key: Key) -> Tuple[ActivityRow, ...]: ...
    def account_days(self, key: Key, start: datetime, end: datetime) -> AccountDays: ...
    def workspaces(self, key: Key) -> Tuple[str, ...]: ...
    def listed_keys(self, key: Key, workspace: Optional[str]) -> Tuple[ListedKey, ...]: ...


class Snapshot(NamedTuple):
    """One holding an account, and every failure met on the way, the first asked first."""

    holdings: Tuple[Holding, ...]
    failures: Tuple[Failure, ...]


def take(router: Questions, keys: Keys, since: datetime, now: datetime, time_left: Callable[[], float]) -> Snapshot:
    """Everything the keys can answer, in one round of waiting; live account totals reach from `since` to `now`.

    A second round follows only where the single key turns out to be a management key, where
    two keys turn out to be of two accounts, or where analytics fails and the key list stands in.
    """
    desk = _Desk(router, since, now, time_left)
    regular, management = _distinct(keys)
    desk.open(regular, management)
    if _apart(desk.info(regular), desk.info(management)):
        holdings: Tuple[Holding, ...] = (desk.holding(regular, None), desk.holding(None, management))
    else:
        holdings = (desk.holding(regular, management),)
    return Snapshot(holdings, tuple(desk.failures))


def _distinct(keys: Keys) -> Tuple[Slot, Slot]:
    """Both slots; one key written into both of them is asked once."""
    regular, management = keys.regular, keys.management
    same = isinstance(regular, Key) and isinstance(management, Key) and regular.text == management.text
    return (None if same else regular), management


def _apart(one: Answer, other: Answer) -> Optional[bool]:
    """Whether two keys belong to two accounts: by organization, else by creator. None where it cannot be told."""
    if not isinstance(one, KeyInfo) or not isinstance(other, KeyInfo):
        return None
    if not isinstance(one.organization, Unknown) and not isinstance(other.organization, Unknown):
        if one.organization != other.organization:
            return True
        if one.organization is not None:
            return False
    if isinstance(one.creator, str) and isinstance(other.creator, str):
        return one.creator != other.creator
    return None


class _Desk:
    """Where questions are put, each in a thread of its own and each once, and where answers are waited for.

    The threads are daemons: a server that drips forever cannot hold the program past its time.
    """

    def __init__(self, router: Questions, since: datetime, now: datetime, time_left: Callable[[], float]) -> None:
        self._router = router
        self._since = since
        self._now = now
        self._time_left = time_left
        self._asked: Dict[Tuple[Any, ...], futures.Future[Any]] = {}
        self.failures: List[Failure] = []

    def open(self, regular: Slot, management: Slot) -> None:
        """The first round: each key about itself, and the account's figures by the key that may see them."""
        for key in (regular, management):
            if isinstance(key, Key):
                self._put(self._router.key, key)
        if isinstance(management, Key):
            self._put_account(management)
        elif isinstance(regular, Key):
            self._put(self._router.credits, regular)

    def _put_account(self, key: Key) -> None:
        self._put(self._router.credits, key)
        self._put(self._router.activity, key)
        self._put(self._router.account_days, key, self._since, self._now)

    def info(self, key: Slot) -> Answer:
        return self._known(self._router.key, key) if isinstance(key, Key) else key

    def holding(self, regular: Slot, management: Slot) -> Holding:
        """What one account answered, whichever slot its keys were written into."""
        own, manager = self.info(regular), self.info(management)
        if isinstance(own, KeyInfo) and own.is_management:
            # A management key in OPENROUTER_API_KEY: its own counters are 0, the account's are what is meant.
            return self.holding(None, management if isinstance(manager, KeyInfo) else regular)
        if regular is None and isinstance(manager, KeyInfo) and manager.is_management is False:
            return self.holding(management, None)._replace(notes=(_wrong_slot(management),))
        if isinstance(management, Key):
            return self._account(own, management, manager)
        return self._key_alone(regular, own, management)

    def _key_alone(self, regular: Slot, own: Answer, bad_management: Optional[Unknown]) -> Holding:
        gap = bad_management or NEEDS_MANAGEMENT_KEY
        credits = self._known(self._router.credits, regular) if isinstance(regular, Key) else gap
        return Holding(_name("key", regular), own, bad_management, False, credits, gap, gap, ())

    def _account(self, own: Answer, management: Key, manager: Answer) -> Holding:
        self._put_account(management)
        is_regular = isinstance(manager, KeyInfo) and manager.is_management is False
        holding = Holding(
            name=_name("account", management),
            key=own,
            manager=manager,
            by_management=not is_regular,
            credits=self._known(self._router.credits, management),
            spend=self._spend(management),
            activity=self._known(self._router.activity, management),
            notes=(),
        )
        return holding._replace(notes=tuple(_doubts(holding, management)))

    def _spend(self, key: Key) -> Union[AccountDays, AccountKeys, Unknown]:
        """The account's live totals by analytics; where it is analytics that fails, by the key list."""
        days = self._wait(self._router.account_days, key, self._since, self._now)
        if not isinstance(days, Failure):
            return days
        if isinstance(days, (KeyTrouble, Unreachable)):
            return _unknown(days)
        keys = self._listed(key)
        return _unknown(days) if isinstance(keys, Failure) else keys

    def _listed(self, key: Key) -> Union[AccountKeys, Failure]:
        """Every key of every workspace, or a Failure: some of the keys are no account."""
        ids = self._wait(self._router.workspaces, key)
        workspaces: Tuple[Optional[str], ...] = (None,) if isinstance(ids, Failure) or not ids else ids
        for workspace in workspaces:
            self._put(self._router.listed_keys, key, workspace)
        found: Dict[Any, ListedKey] = {}
        for workspace in workspaces:
            rows = self._wait(self._router.listed_keys, key, workspace)
            if isinstance(rows, Failure):
                return rows
            found.update((row.hash or (workspace, number), row) for number, row in enumerate(rows))
        return AccountKeys(tuple(found.values()), default_workspace_only=workspaces == (None,))

    def _known(self, question: Callable[..., T], key: Key) -> Union[T, Unknown]:
        answer = self._wait(question, key)
        return _unknown(answer) if isinstance(answer, Failure) else answer

    def _put(self, question: Callable[..., T], *about: Any) -> futures.Future[T]:
        if (question, *about) not in self._asked:
            future: futures.Future[T] = futures.Future()
            self._asked[(question, *about)] = future
            Thread(target=_answer, args=(future, question, about), daemon=True).start()
        return self._asked[(question, *about)]

    def _wait(self, question: Callable[..., T], *about: Any) -> Union[T, Failure]:
        try:
            return self._put(question, *about).result(timeout=max(0.0, self._time_left()))
        except futures.TimeoutError:
            failure: Failure = OutOfTime("no answer from OpenRouter in time", "try again, or with a longer --timeout")
        except Failure as met:
            failure = met
        if failure not in self.failures:
            self.failures.append(failure)
        return failure


def _answer(future: futures.Future[Any], question: Callable[..., Any], about: Tuple[Any, ...]) -> None:
    try:
        future.set_result(question(*about))
    except BaseException as error:  # handed on to the waiting thread, which raises what is not a Failure
        future.set_exception(error)


def _name(what: str, slot: Slot) -> str:
    return f"{what} of {slot.name}" if isinstance(slot, Key) else what


def _unknown(failure: Failure) -> Unknown:
    return Unknown(failure.message, failure.code, failure.next_step)


def _wrong_slot(slot: Slot) -> Note:
    name = slot.name if isinstance(slot, Key) else "the management key"
    return Note("not_a_management_key", f"{name} holds a regular key, not a management key")


def _doubts(holding: Holding, management: Key) -> List[Note]:
    """What must be said beside figures that two keys answered together."""
    notes = []
    if not holding.by_management:
        notes.append(_wrong_slot(management))
    answered = any(not isinstance(part, Unknown) for part in (holding.credits, holding.spend, holding.activity))
    if isinstance(holding.key, KeyInfo) and answered and _apart(holding.key, holding.manager) is None:
        message = "OpenRouter did not tell whether both keys belong to one account"
        notes.append(Note("accounts_not_told", message))
    return notes
