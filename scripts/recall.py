"""Answers questions out of memory, as long as what is remembered is good enough, and remembers new answers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Sequence, Tuple, TypeVar, cast

from errors import MemoryTrouble
from history import History
from memory import accounts, answers, daybook
from usage import ACTIVITY_REACH, ActivityRow, Balance, Key, KeyInfo, Remembered, Span, UsageRow

if TYPE_CHECKING:
    from diagnosis import MemoryFound
    from reports import Reading

Method = TypeVar("Method", bound=Callable[..., Any])

SLACK = timedelta(minutes=2)
"""A remembered answer may be so much younger than this process, which may have waited for it."""

ASKING = 1
"""From this place on the lock file has one for each key."""


def harmless(otherwise: Any) -> Callable[[Method], Method]:
    """Makes a method answer that where memory fails it, and leave a remark: memory costs nobody an answer."""

    def decorate(method: Method) -> Method:
        @wraps(method)
        def guarded(self: Recall, *about: Any) -> Any:
            try:
                return method(self, *about)
            except (MemoryTrouble, ValueError, ArithmeticError) as trouble:
                self.note(trouble)
                return otherwise

        return cast(Method, guarded)

    return decorate


class Recall:
    """What is remembered for these keys, at `now`.

    `max_age` is how old an answer may be; zero: everything is asked again. `answered_at` tells when
    OpenRouter gave its last answer: a clock that is set wrong must not decide which days that
    covered. Trouble with the file is among the `remarks`, and costs nothing but memory.
    """

    def __init__(
        self,
        history: History,
        keys: Sequence[Key],
        now: datetime,
        max_age: timedelta,
        answered_at: Callable[[], datetime],
    ) -> None:
        self._history = history
        self._keys = keys
        self._now = now
        self._max_age = max_age
        self._answered_at = answered_at
        self._digests: Dict[Key, str] = {}
        self._remarks: List[str] = []

    def note(self, trouble: Exception) -> None:
        remark = f"what OpenRouter answered is not remembered: {trouble}"
        if remark not in self._remarks:
            self._remarks.append(remark)

    @property
    def remarks(self) -> Tuple[str, ...]:
        return (*self._history.remarks, *self._remarks)

    # Answers

    @harmless(None)
    def fresh(self, question: str, key: Key, *about: Any) -> Any:
        """An answer that is young enough, or None."""
        if not self._max_age:
            return None
        if question == "activity":
            return self._fresh_days(key)
        held = answers.last(self._history, self._digest(key), _named(question, about))
        return _dated(*held) if held and self._is_young(held[0]) else None

    @harmless(None)
    def last(self, question: str, key: Key, *about: Any) -> Any:
        """The last answer, however old, or None."""
        if question == "activity":
            return self._last_days(key)
        held = answers.last(self._history, self._digest(key), _named(question, about))
        return _dated(*held) if held else None

    @harmless(None)
    def keep(self, question: str, answer: Any, key: Key, *about: Any) -> None:
        """Remembers what was answered just now."""
        if question == "activity":
            self._keep_days(key, answer)
        else:
            answers.keep(self._history, self._digest(key), _named(question, about), answer, self._now)
        if isinstance(answer, KeyInfo):
            accounts.learn(self._history, key.address, self._digest(key), accounts.names_of(answer))

    def _is_young(self, at: datetime) -> bool:
        """Of the same UTC day, for with the day the figures' windows end."""
        return at.date() == self._now.date() and -SLACK <= self._now - at <= self._max_age

    # Completed days

    def _fresh_days(self, key: Key) -> Optional[Remembered]:
        """All the days that /activity could tell, where they are final or young enough."""
        account = self._account(key)
        seen = {} if account is None else daybook.seen(self._history, account, _reach(self._now.date()))
        if len(seen) < ACTIVITY_REACH:
            return None
        last = max(seen.values())
        are_final = all(daybook.is_final(day, at) for day, at in seen.items())
        return Remembered(last) if are_final or self._is_young(last) else None

    def _last_days(self, key: Key) -> Optional[Remembered]:
        account = self._account(key)
        last = None if account is None else daybook.last_seen(self._history, account)
        return Remembered(last) if last else None

    def _keep_days(self, key: Key, rows: Sequence[ActivityRow]) -> None:
        at = self._answered_at()
        daybook.keep(self._history, self._bound_account(key), rows, _reach(at.date()), at)

    @harmless({})
    def days(self, key: Key, span: Span) -> Dict[date, datetime]:
        """Which of these days are remembered, in order, each with the instant at which it was seen last."""
        account = self._account(key)
        return {} if account is None else daybook.seen(self._history, account, span)

    @harmless(())
    def table(self, key: Key, dimensions: Sequence[str], span: Span) -> Tuple[UsageRow, ...]:
        """The use on those of these days that are remembered, by date, model or provider."""
        account = self._account(key)
        return () if account is None else daybook.table(self._history, account, dimensions, span)

    @harmless(())
    def versions(self, key: Key) -> Tuple[Tuple[str, str], ...]:
        """Every permaslug of the account's days, with its model."""
        account = self._account(key)
        return () if account is None else daybook.versions(self._history, account)

    # Balances

    @harmless(None)
    def keep_balance(self, key: Key, balance: Balance) -> None:
        """Remembers a balance that was told just now, and is believed."""
        from memory import readings

        readings.keep(self._history, self._bound_account(key), balance, self._now)

    @harmless(())
    def readings(self, key: Key, span: Span) -> Tuple[Reading, ...]:
        """The balances of these days in order, after the last one before them."""
        from memory import readings

        account = self._account(key)
        return () if account is None else readings.between(self._history, account, span)

    @harmless(None)
    def close(self) -> None:
        """Nothing more is asked or remembered: whoever waits may ask now."""
        self._history.close()

    # What there is

    @harmless(None)
    def contents(self) -> Optional[MemoryFound]:
        """The file, and what it holds of the accounts of these keys."""
        from diagnosis import MemoryFound
        from memory import inventory

        owners: Dict[int, List[Key]] = {}
        for key in self._keys:
            account = self._account(key)
            if account is not None:
                owners.setdefault(account, []).append(key)
        yesterday = self._now.date() - timedelta(days=1)
        held = [
            inventory.of_account(self._history, account, keys, [self._digest(key) for key in keys], yesterday)
            for account, keys in owners.items()
        ]
        return MemoryFound(
            self._history.name, inventory.size(self._history), tuple(held), inventory.accounts(self._history)
        )

    # Whose it is

    def _digest(self, key: Key) -> str:
        if key not in self._digests:
            self._digests[key] = accounts.digest(self._history, key)
        return self._digests[key]

    def _account(self, key: Key) -> Optional[int]:
        return accounts.bound(self._history, key.address, self._digest(key))

    def _bound_account(self, key: Key) -> int:
        """The key's account; one that is not known yet is told from what the key last said of itself."""
        account = self._account(key)
        if account is not None:
            return account
        held = answers.last(self._history, self._digest(key), "key")
        names = accounts.names_of(held[1]) if held else []
        return accounts.learn(self._history, key.address, self._digest(key), names)

    @harmless(False)
    def is_stranger(self, key: Key) -> bool:
        """Whether nothing is known yet of the account that the key belongs to."""
        return self._account(key) is None

    # Who asks

    @harmless(True)
    def may_ask(self) -> bool:
        """Whether no other process is asking with one of the keys. From then on every other process waits.

        All processes take the keys' places in the same order, so that no two wait for each other.
        """
        places = sorted(ASKING + int(self._digest(key)[:7], 16) for key in self._keys)
        return not self._max_age or all(map(self._history.turn.take, places))


def _named(question: str, about: Sequence[Any]) -> str:
    """The question's name in memory. An instant among the rest says when it was asked, not what."""
    return " ".join([question, *(str(one) for one in about if not isinstance(one, datetime))])


def _dated(at: datetime, answer: Any) -> Any:
    """The answer with the time it is of: when it was given, or earlier where OpenRouter said so."""
    if not hasattr(answer, "as_of"):
        return answer
    return answer._replace(as_of=min(at, answer.as_of or at))


def _reach(today: date) -> Span:
    return today - timedelta(days=ACTIVITY_REACH), today - timedelta(days=1)
