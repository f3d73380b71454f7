"""Answers questions out of memory, as long as what is remembered is good enough, and remembers new answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, Callable, Collection, Dict, List, Optional, Sequence, Tuple, TypeVar, Union, cast

from openrouter_usage.cache import accounts, answers, days, found_keys, refreshes
from openrouter_usage.cache.database import History
from openrouter_usage.cache.locks import ASKING
from openrouter_usage.days import DAY, days_before
from openrouter_usage.errors import MemoryTrouble
from openrouter_usage.records import (
    ACTIVITY_REACH,
    Activity,
    Announcement,
    Balance,
    Completed,
    Key,
    KeyInfo,
    Keys,
    Reading,
    Remembered,
    Renewal,
    Span,
    Unknown,
    UsageTable,
)

if TYPE_CHECKING:
    from openrouter_usage.commands.doctor.records import MemoryFound

Method = TypeVar("Method", bound=Callable[..., Any])

SLACK = timedelta(minutes=2)
"""A remembered answer may be so much younger than this process, which may have waited for it."""

REFUSED = "refused-"
SEARCHED_ANEW = DAY


def harmless(otherwise: Any) -> Callable[[Method], Method]:
    """Wraps a method so that it returns `otherwise`, and leaves a remark, where memory fails: that costs no answer."""

    def decorate(method: Method) -> Method:
        @wraps(method)
        def guarded(self: Recall, *about: Any) -> Any:
            try:
                return method(self, *about)
            except MemoryTrouble as trouble:
                self.give_up_writing()
                self.note(f"{trouble}")
            except (ValueError, TypeError, ArithmeticError):
                self.note(f"{self.file} holds what this program did not write; delete it if this lasts")
            return otherwise

        return cast(Method, guarded)

    return decorate


class Recall:
    """What is remembered for each key, at `now`.

    `max_age` is how old an answer may be; zero: everything is asked again. `server_time` tells
    OpenRouter's clock at its last answer, where it is known: this machine's may be wrong. Trouble
    with the file is among the `remarks`, and costs nothing but memory.
    """

    def __init__(
        self,
        history: History,
        now: datetime,
        max_age: timedelta,
        server_time: Callable[[], Optional[datetime]],
    ) -> None:
        self._history = history
        self._now = now
        self._max_age = max_age
        self._server_time = server_time
        self._digests: Dict[Key, str] = {}
        self._addresses: Dict[Key, str] = {}
        self._accounts: Dict[Key, Optional[int]] = {}
        self._remarks: List[str] = []
        self._writes = True

    @property
    def file(self) -> str:
        return self._history.name

    def give_up_writing(self) -> None:
        """A trouble with the file will not pass within this run: another try would only take its time."""
        self._writes = False

    def note(self, trouble: str) -> None:
        remark = f"not everything could be looked up or remembered: {trouble}"
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
    def keep(self, answer: Any, question: str, key: Key, *about: Any) -> None:
        """Remembers what was answered just now."""
        if not self._writes:
            return
        if isinstance(answer, Activity):
            answer = self._keep_days(key, answer)
        name = _named(question, about)
        answers.keep(self._history, self._digest(key), name, answer, self._answered_at())
        if isinstance(answer, KeyInfo):
            self._accounts.clear()  # two may become one
            accounts.learn(self._history, self._address(key), self._digest(key), accounts.names_of(answer))

    @harmless(None)
    def refused(self, question: str, key: Key, *about: Any) -> Optional[Unknown]:
        """Why it was refused, if that was the last answer."""
        name = _named(question, about)
        held = answers.last(self._history, self._digest(key), REFUSED + name)
        told = answers.last(self._history, self._digest(key), name)
        is_last = held and (told is None or told[0] < held[0])
        return held[1] if held and is_last else None

    @harmless(None)
    def keep_refusal(self, why: Unknown, question: str, key: Key, *about: Any) -> None:
        if self._writes:
            name = REFUSED + _named(question, about)
            answers.keep(self._history, self._digest(key), name, why, self._answered_at())

    def _answered_at(self) -> datetime:
        """When that was: by OpenRouter's clock, where this machine's is another."""
        told = self._server_time()
        return told if told and abs(told - self._now) > SLACK else self._now

    def _is_young(self, at: datetime) -> bool:
        """Of the same UTC day, for with the day the figures' windows end."""
        return at.date() == self._now.date() and -SLACK <= self._now - at <= self._max_age

    # Keys that need not be looked for

    @harmless(None)
    def recognised(self, standing: str, however_old: bool = False) -> Optional[Keys]:
        """What a search for keys found when all it depends on was the same; of a key there is only the digest.

        After a day it is to be made again: what a keychain holds may be another by then.
        """
        held = found_keys.keys(self._history, standing)
        if held is None or not (however_old or abs(self._now - held[0]) < SEARCHED_ANEW):
            return None
        for key in held[1].found:
            self._digests[key], self._addresses[key] = key.text, key.address
        return held[1]

    @harmless(None)
    def recognise(self, standing: str, keys: Keys) -> None:
        """Remembers what a search found, with a digest in place of each key and of its address."""
        known = keys._replace(
            regular=self._without_secret(keys.regular), management=self._without_secret(keys.management)
        )
        if self._writes and keys.is_whole and self.recognised(standing) != known:
            found_keys.keep_keys(self._history, standing, known, self._now)

    def _without_secret(self, slot: Union[Key, Unknown, None]) -> Union[Key, Unknown, None]:
        return Key(self._digest(slot), slot.name, slot.source, self._address(slot)) if isinstance(slot, Key) else slot

    @harmless(None)
    def forget_keys(self) -> None:
        """What all searches found, and how renewals went: a key was stored, or taken out."""
        found_keys.forget_all(self._history)
        refreshes.forget(self._history)

    @harmless(None)
    def unlearn(self, standing: str) -> None:
        """What that search found: it finds nothing any more."""
        found_keys.forget(self._history, standing)

    @harmless(())
    def profiles(self) -> Tuple[str, ...]:
        """The profiles that the keychain had at the last search for them."""
        return found_keys.profiles(self._history)

    @harmless(None)
    def keep_profiles(self, names: Tuple[str, ...]) -> None:
        if self._writes and names != self.profiles():
            found_keys.keep_profiles(self._history, names, self._now)

    # Renewals in the background

    @harmless(None)
    def renewal(self, whose: str) -> Optional[Renewal]:
        """The last one for those keys; done only for as long as an answer of that time is young enough."""
        held = refreshes.last(self._history, whose)
        if held is None:
            return None
        at, last = held
        return last._replace(is_done=last.is_done and bool(self._max_age) and self._is_young(at))

    @harmless(False)
    def may_renew(self, whose: str, clock: datetime) -> bool:
        """Whether nobody is at it, nor tried in vain a moment before `clock`; from then on nobody else may."""
        return refreshes.claim(self._history, whose, clock, self._now)

    @harmless(None)
    def begin_renewal(self, whose: str, clock: datetime) -> Optional[Renewal]:
        """The renewal that begins; None while another process is at it."""
        return refreshes.begin(self._history, whose, clock, self._now)

    @harmless(None)
    def end_renewal(self, whose: str, renewal: Renewal) -> None:
        refreshes.end(self._history, whose, renewal, self._now)

    # Completed days

    def _fresh_days(self, key: Key) -> Optional[Remembered]:
        """All the days that /activity could tell, where they are final or young enough."""
        account = self._account(key) if self._may_see_days(key) else None
        span = days_before(self._now.date(), ACTIVITY_REACH)
        seen = {} if account is None else days.seen(self._history, account, span)
        if len(seen) < ACTIVITY_REACH:
            return None
        last = max(seen.values())
        are_final = all(days.is_final(day, at) for day, at in seen.items())
        return Remembered(last) if are_final or self._is_young(last) else None

    def _last_days(self, key: Key) -> Optional[Remembered]:
        account = self._account(key) if self._may_see_days(key) else None
        last = None if account is None else days.last_seen(self._history, account)
        return Remembered(last) if last else None

    def _may_see_days(self, key: Key) -> bool:
        """Whether OpenRouter ever told this very key: another key of the account may be refused."""
        return answers.last(self._history, self._digest(key), "activity") is not None

    def _keep_days(self, key: Key, told: Activity) -> Remembered:
        """The instant of that very answer, by OpenRouter's clock, decides which days it covers."""
        at = told.at or self._now
        days.keep(self._history, self._bound_account(key), told.rows, days_before(at.date(), ACTIVITY_REACH), at)
        return Remembered(at)

    def read(self, key: Key, dimensions: Tuple[str, ...], span: Span) -> Completed:
        """The use on those days of `span` that are remembered; on none, where they cannot be read."""
        held = self._read(key, dimensions, span)
        return Completed(UsageTable(dimensions, ()), ()) if held is None else held

    @harmless(None)
    def _read(self, key: Key, dimensions: Tuple[str, ...], span: Span) -> Optional[Completed]:
        account = self._account(key) if self._may_see_days(key) else None
        return None if account is None else days.read(self._history, account, dimensions, span)

    @harmless(())
    def versions(self, key: Key) -> Tuple[Tuple[str, str], ...]:
        """Every permaslug of the account's days, with its model."""
        account = self._account(key)
        return () if account is None else days.versions(self._history, account)

    @harmless(())
    def models_of(self, permaslugs: Collection[str]) -> Tuple[Tuple[str, str], ...]:
        """Those of these permaslugs that are remembered of whatever account, with their models: OpenRouter's names."""
        return days.models_of(self._history, permaslugs)

    # Balances

    @harmless(None)
    def keep_balance(self, key: Key, balance: Balance) -> None:
        """Remembers a balance that was told just now, and is believed."""
        from openrouter_usage.cache import balances

        if self._writes:
            balances.keep(self._history, self._bound_account(key), balance, self._answered_at())

    @harmless(())
    def readings(self, key: Key, span: Span) -> Tuple[Reading, ...]:
        """The balances of these days in order, after the last one before them."""
        from openrouter_usage.cache import balances

        account = self._account(key)
        return () if account is None else balances.between(self._history, account, span)

    # Announcements

    @harmless(None)
    def announced(self, keys: Sequence[Key], thresholds: str) -> Optional[Announcement]:
        """What a check with these keys by these thresholds announced last."""
        from openrouter_usage.cache import announcements

        return announcements.last(self._history, self._bound_account(keys[0]), self._check(keys, thresholds))

    @harmless(None)
    def announce(self, keys: Sequence[Key], thresholds: str, level: int) -> None:
        """Remembers that the level is announced now."""
        from openrouter_usage.cache import announcements

        if self._writes:
            account, announced = self._bound_account(keys[0]), Announcement(level, self._now)
            announcements.keep(self._history, account, self._check(keys, thresholds), announced)

    def _check(self, keys: Sequence[Key], thresholds: str) -> str:
        """A check with a regular key has its limits in view, and news of its own; all others share the account's."""
        regular = [key for key in keys if self._is_regular(key)]
        return f"{thresholds}, key {self._digest(regular[0])}" if regular else thresholds

    def _is_regular(self, key: Key) -> bool:
        told = answers.last(self._history, self._digest(key), "key")
        return bool(told and isinstance(told[1], KeyInfo) and told[1].is_management is False)

    @harmless(None)
    def close(self) -> None:
        """Nothing more is asked or remembered: whoever waits may ask now."""
        self._history.close()

    # What there is

    @harmless(None)
    def contents(self, every_key: Sequence[Key]) -> Optional[MemoryFound]:
        """The file, and what it holds of the accounts of these keys."""
        from openrouter_usage.cache import inventory
        from openrouter_usage.commands.doctor.records import MemoryFound

        owners: Dict[int, List[Key]] = {}
        for key in every_key:
            account = self._account(key)
            if account is not None:
                owners.setdefault(account, []).append(key)
        yesterday = self._now.date() - DAY
        held = [
            inventory.of_account(self._history, account, keys, [self._digest(key) for key in keys], yesterday)
            for account, keys in owners.items()
        ]
        return MemoryFound(
            self._history.name, inventory.size(self._history), tuple(held), inventory.accounts(self._history)
        )

    # Whose it is

    def stands_for(self, stand_in: Key, key: Key) -> bool:
        """Whether that is the key of which memory knows the digest alone."""
        return stand_in.text == accounts.digest(self._history, key)

    def _digest(self, key: Key) -> str:
        if key not in self._digests:
            self._digests[key] = accounts.digest(self._history, key)
        return self._digests[key]

    def _address(self, key: Key) -> str:
        if key not in self._addresses:
            self._addresses[key] = accounts.address(self._history, key)
        return self._addresses[key]

    def _account(self, key: Key) -> Optional[int]:
        """The account that the key is bound to; looked up once, unless it is not bound yet."""
        if self._accounts.get(key) is None:
            self._accounts[key] = accounts.bound(self._history, self._address(key), self._digest(key))
        return self._accounts[key]

    def _bound_account(self, key: Key) -> int:
        """The key's account; one that is not known yet is told from what the key last said of itself."""
        account = self._account(key)
        if account is not None:
            return account
        held = answers.last(self._history, self._digest(key), "key")
        names = accounts.names_of(held[1]) if held else []
        return accounts.learn(self._history, self._address(key), self._digest(key), names)

    @harmless(False)
    def is_stranger(self, key: Key) -> bool:
        """Whether OpenRouter never told this key of completed days."""
        return not self._may_see_days(key)

    @harmless(False)
    def holds_any(self, span: Span) -> bool:
        """Whether any of these days is remembered, of whatever account."""
        return days.is_any_kept(self._history, span)

    # Who asks

    @harmless(True)
    def may_ask(self, question: str, key: Key, *about: Any) -> bool:
        """Whether no other process is asking the same. From then on every other process waits for the answer."""
        if not self._max_age:
            return True
        place = accounts.place(self._history, self._digest(key), _named(question, about))
        return self._history.turn.take(ASKING + place)


def _named(question: str, about: Sequence[Any]) -> str:
    """The question's name in memory. An instant among the rest says when it was asked, not what."""
    return " ".join([question, *(str(one) for one in about if not isinstance(one, datetime))])


def _dated(at: datetime, answer: Any) -> Any:
    """The answer with the time it is of: when it was given, or earlier where OpenRouter said so."""
    if not hasattr(answer, "as_of"):
        return answer
    return answer._replace(as_of=min(at, answer.as_of or at))
