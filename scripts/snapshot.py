"""Asks all that the keys can answer, side by side; returns what is known, and what is not and why."""

from __future__ import annotations

from concurrent import futures
from datetime import datetime
from threading import Thread
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Protocol, Tuple, TypeVar, Union

from errors import BadAnswer, Failure, KeyRefused, NeedsManagementKey, OutOfTime
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
        regular, management, notes = self._sorted(regular, management)
        if isinstance(management, Key):
            holding = self._account(regular, management)
        else:
            holding = self._key_alone(regular, management)
        return holding._replace(notes=(*notes, *_doubts(holding)))

    def _sorted(self, regular: Slot, management: Slot) -> Tuple[Slot, Slot, List[Note]]:
        """The keys by what they are, not by where they were written, and what must be said of that."""
        regular_manages = isinstance(regular, Key) and self._manages(regular) is True
        if isinstance(management, Key) and self._manages(management) is False:
            notes = [Note("not_a_management_key", f"{management.name} holds a regular key, not a management key")]
            if regular_manages:
                return management, regular, notes
            if regular is None or isinstance(self.info(regular), KeyInfo):
                return regular or management, None, notes
            return management, None, [_unused("the regular key", self.info(regular)), *notes]
        if not regular_manages:
            return regular, management, []
        told = self.info(management)
        if isinstance(told, Unknown):
            return None, regular, [_unused("the management key", told)]
        return None, management or regular, []

    def _manages(self, key: Key) -> Optional[bool]:
        """Whether it is a management key: as it says itself, else as what it may see tells."""
        told = self.info(key)
        if isinstance(told, KeyInfo) and told.is_management is not None:
            return told.is_management
        if isinstance(told, KeyInfo) and told.counters.total == 0:
            self._put(self._router.activity, key)  # a management key's own counters are always 0
        if (self._router.activity, key) not in self._asked:
            return None
        seen = self._known(self._router.activity, key)
        if not isinstance(seen, Unknown):
            return True
        return False if seen.code == NEEDS_MANAGEMENT_KEY.code else None

    def _key_alone(self, regular: Slot, bad_management: Slot) -> Holding:
        gap = bad_management if isinstance(bad_management, Unknown) else NEEDS_MANAGEMENT_KEY
        credits = self._known(self._router.credits, regular) if isinstance(regular, Key) else gap
        manager = gap if bad_management else None
        return Holding(_name("key", regular), self.info(regular), manager, False, credits, gap, gap, ())

    def _account(self, regular: Slot, management: Key) -> Holding:
        self._put_account(management)
        return Holding(
            name=_name("account", management),
            key=self.info(regular),
            manager=self.info(management),
            by_management=self._manages(management) is True,
            spend=self._spend(management),
            credits=self._known(self._router.credits, management),
            activity=self._known(self._router.activity, management),
            notes=(),
        )

    def _spend(self, key: Key) -> Union[AccountDays, AccountKeys, Unknown]:
        """The account's live totals by analytics; where it is analytics that fails, by the key list.

        Half of the time is analytics', so that the key list has the other half; a late answer is still taken.
        """
        question = (self._router.account_days, key, self._since, self._now)
        days = self._wait(*question, share=0.5)
        if not isinstance(days, Failure):
            return days
        if isinstance(days, (KeyRefused, NeedsManagementKey)) or not self._answers(key):
            return _unknown(days)
        keys = self._listed(key)
        if not isinstance(keys, Failure):
            return keys
        late = self._wait(*question)
        return _unknown(days) if isinstance(late, Failure) else late

    def _answers(self, key: Key) -> bool:
        """Whether the key is answered anything: where it is not, a key list will not be either."""
        told = self.info(key), self._known(self._router.credits, key)
        return any(not isinstance(one, Unknown) for one in told)

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
        if not found:
            return BadAnswer("OpenRouter lists no key")
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

    def _wait(self, question: Callable[..., T], *about: Any, share: float = 1) -> Union[T, Failure]:
        """The answer, or why there is none; waits for at most that share of the time that is left."""
        try:
            return self._put(question, *about).result(timeout=max(0.0, self._time_left() * share))
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


def _unused(what: str, why: Answer) -> Note:
    reason = f"{why.reason}; {why.next_step}" if isinstance(why, Unknown) else "it was not needed"
    return Note("key_not_used", f"{what} was not used: {reason}")


def _doubts(holding: Holding) -> List[Note]:
    """What must be said beside figures that two keys answered together."""
    answered = any(not isinstance(part, Unknown) for part in (holding.credits, holding.spend, holding.activity))
    both = isinstance(holding.key, KeyInfo) and holding.manager is not None
    if both and answered and holding.by_management and _apart(holding.key, holding.manager) is None:
        return [Note("accounts_not_told", "OpenRouter did not tell whether both keys belong to one account")]
    return []
