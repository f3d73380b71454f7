"""Opens what every command works with: the profiles' keys, the way to OpenRouter, and memory."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, List, NamedTuple, Optional, Sequence, Tuple, Union

from openrouter_usage import files
from openrouter_usage.api.late import LateRouter
from openrouter_usage.errors import Failure, KeychainTrouble, KeyTrouble, MemoryTrouble, NotRemembered, Offline
from openrouter_usage.fetch.asker import Desk, unknown
from openrouter_usage.keys import sources
from openrouter_usage.keys.secrets import StandIns
from openrouter_usage.records import Balance, Credits, Key, Keys, Note, Unknown
from openrouter_usage.session.progress import Progress

# All else is loaded where it is needed: a remembered answer has no time for it.
if TYPE_CHECKING:
    from types import ModuleType

    from openrouter_usage.api.client import OpenRouter
    from openrouter_usage.cache.cache import Recall


OFFLINE = Offline("nobody was asked (--offline)", "nothing is remembered that answers this: run it without")
AT_ONCE = 0.05
"""Seconds that even a bar has for a file that is being written."""
NOT_YET = NotRemembered("nothing is remembered yet")


class Profile(NamedTuple):
    """One profile's keys, and the desk at which they ask. `name` is None where profiles are not told apart."""

    name: Optional[str]
    keys: Keys
    desk: Desk


class Session:
    """What every command works with. Where it is `at_once` nobody waits: neither OpenRouter nor the keychain is asked.

    `memory` is None where nothing is remembered; `remarks` are for standard error.
    """

    def __init__(self, args: argparse.Namespace, recognises: bool = True) -> None:
        """`recognises`: the keys of the last search will do until one of them is to be sent."""
        self.args = args
        self._recognises = recognises and bool(args.max_age) and args.command != "doctor"
        self.at_once = args.command == "bar" and not args.fetch and not args.demo
        self._began = time.monotonic()
        self.now: datetime = args.now or (sample().NOW if args.demo else datetime.now(timezone.utc))
        self._stand_ins = StandIns(
            self._find, lambda key, other: bool(self.memory and self.memory.stands_for(key, other))
        )
        self.router = LateRouter(lambda: self.way(self.every_key), self._stand_ins.real)
        self._progress = Progress(sys.stderr)
        self._forgetful: Tuple[str, ...] = ()
        self._are_told = False
        self.troubles: List[KeyTrouble] = []
        self.is_without_keys = False

    def time_left(self) -> float:
        return float(self.args.timeout) - self.passed.total_seconds()

    def begin_anew(self) -> None:
        """The time that a person took is none of the command's."""
        self._began = time.monotonic()

    @property
    def passed(self) -> timedelta:
        """Since `now`."""
        return timedelta(seconds=time.monotonic() - self._began)

    def close(self) -> None:
        self._progress.clear()
        memory: Optional[Recall] = self.__dict__.get("memory")
        if memory:
            memory.close()

    # The keys

    @cached_property
    def profiles(self) -> Tuple[Profile, ...]:
        """Those that are asked for, each with its keys. Raises a KeyTrouble where there is no key at all."""
        try:
            return self._profiles()
        except Failure:
            self.is_without_keys = True
            raise

    def _profiles(self) -> Tuple[Profile, ...]:
        if self.args.demo:
            return (self._profile(None, sample().keys()),)
        names = self.profile_names if self.is_of_all else ()
        if not (self.args.all_profiles or names):
            return (self._profile(self.args.profile, self.found(self.args.profile)),)
        if not all(self._recognised(sources.here(name)) for name in (None, *names)):
            self._recognises = False  # one key that two profiles have must look the same
        named = [(name, self._found_or_why(name)) for name in names]
        try:
            named.insert(0, (sources.DEFAULT, self.found(None)))
        except KeyTrouble:
            if not named:
                raise
        return tuple(self._profile(name, keys) for name, keys in named)

    @property
    def is_of_all(self) -> bool:
        """Whether all profiles are looked at: the doctor does so unasked."""
        return self.args.all_profiles or (self.args.command == "doctor" and not self.args.profile)

    @property
    def _patience(self) -> float:
        """Seconds for the keychain, which may wait for somebody to open it: a part of the time that is left."""
        return max(self.time_left() / 3, 0)

    def _profile(self, name: Optional[str], keys: Keys) -> Profile:
        return Profile(name, keys, self.profile_desk())

    def profile_desk(self) -> Desk:
        """A desk that remembers, and asks nobody where nobody is to be asked."""
        closed = NOT_YET if self.at_once else OFFLINE if self.args.offline and not self.args.demo else None
        return self.desk(self.memory, closed)

    def desk(self, memory: Optional[Recall] = None, closed: Optional[Failure] = None) -> Desk:
        return Desk(self.time_left, self._progress.show, memory, closed)

    def found(self, profile: Optional[str]) -> Keys:
        """The keys of the profile of that name; None: of no profile. Raises a KeyTrouble where there are none.

        The doctor goes on without, and remarks on it. What was found is known again as long as all is as it was.
        """
        where = sources.here(profile)
        try:
            return self._recognised(where) or self._searched(where)
        except KeyTrouble as trouble:
            if self.args.command != "doctor":
                raise
            return Keys(None, None, remarks=(f"{trouble.message}; {trouble.next_step}",))

    def _searched(self, where: sources.Place) -> Keys:
        """Where nobody waits, without the keychain, and so not to be remembered."""
        before, keys = sources.standing(where), self._find(where, not self.at_once)
        if self.memory and not self.at_once and sources.standing(where) == before:
            self.memory.recognise(before, keys)
        return keys

    def _find(self, where: sources.Place, with_keychain: bool) -> Keys:
        from openrouter_usage.keys import search

        return search.find(where, self._patience if with_keychain else 0)

    def _recognised(self, where: sources.Place) -> Optional[Keys]:
        """As the last search found them, without their secrets."""
        if self.memory is None or not (self._recognises or self.at_once):
            return None
        keys = self.memory.recognised(sources.standing(where), self.at_once)
        return self._stand_ins.taken(keys, where) if keys else None

    def _found_or_why(self, profile: str) -> Keys:
        """Of several profiles one may have no key that can be used: that is among the `troubles`."""
        try:
            return self.found(profile)
        except KeyTrouble as trouble:
            self.troubles.append(trouble)
            return Keys(unknown(trouble), unknown(trouble))

    @cached_property
    def profile_names(self) -> Sequence[str]:
        """Of all that there are."""
        return sorted({*sources.profiles_with_files(sources.here()), *self._profiles_of_the_keychain()})

    def _profiles_of_the_keychain(self) -> Sequence[str]:
        """Where nobody waits, or it cannot be read, those of the last time."""
        remembered = self.memory.profiles() if self.memory else ()
        if self.at_once:
            return remembered
        from openrouter_usage.keys import keychain

        try:
            names = keychain.profiles(self._patience)
        except KeychainTrouble as trouble:
            self._forgetful += (f"which profiles {sources.KEYCHAIN} has now is not known: {trouble.message}",)
            return remembered
        if self.memory:
            self.memory.keep_profiles(tuple(names))
        return names

    @property
    def every_key(self) -> List[Key]:
        return [key for profile in self.profiles for key in profile.keys.found]

    # The way to OpenRouter

    def way(self, keys: Sequence[Key]) -> OpenRouter:
        """The way of these keys to OpenRouter, or to the sample. Raises MissingPackage."""
        from openrouter_usage.api import client

        if self.args.demo:
            return client.OpenRouter(
                lambda request: client.Answer(
                    sample().answer(request.path, request.key.name, request.body or {}, self.now)
                )
            )
        addresses = {self._stand_ins.real(key).address for key in keys}
        fetch = client.over_http(addresses, self.time_left)
        # With --now the clock is set for everybody, OpenRouter too.
        return client.OpenRouter((lambda request: fetch(request)._replace(at=None)) if self.args.now else fetch)

    # What is remembered

    @cached_property
    def memory(self) -> Optional[Recall]:
        """What is remembered; None, and a remark on why, where nothing is."""
        if self.args.demo:
            return None
        try:
            from openrouter_usage.cache.cache import Recall
            from openrouter_usage.cache.database import History
        except ImportError:
            self._forgetful = ("nothing is remembered: this Python has no sqlite3",)
            return None
        try:
            file = files.history(os.environ)
            history = History(file, sources.tilde(file), *([AT_ONCE] if self.at_once else []))
        except MemoryTrouble as trouble:
            self._forgetful = (f"nothing is remembered: {trouble}",)
            return None
        return Recall(history, self.now, self.args.max_age, lambda: self.router.server_time)

    def remember_balance(
        self, asker: Optional[Key], told: Union[Credits, Unknown, None], balance: Union[Balance, Unknown, None]
    ) -> None:
        """Keeps a balance that is believed and was told just now."""
        is_new = isinstance(told, Credits) and told.as_of is None
        if self.memory is not None and asker is not None and is_new and isinstance(balance, Balance):
            self.memory.keep_balance(asker, balance)

    # What is to be said beside the figures

    @property
    def replaced(self) -> List[Failure]:
        """Why remembered answers took the place of those that could not be had."""
        return [failure for profile in self.profiles for failure in profile.desk.replaced]

    def notes(self) -> Tuple[Note, ...]:
        """What must be said beside every figure, once all is asked."""
        own = tuple(note for profile in self.profiles for note in profile.keys.notes)
        if self.at_once or (not self.replaced and self.router.server_time is None):  # memory answered all
            return own
        from openrouter_usage.session.doubts import clock_doubt, remembered

        return (*own, *remembered(self.replaced), *clock_doubt(self.now, self.router.server_time))

    def told_remarks(self) -> Tuple[str, ...]:
        """The remarks, which are told elsewhere then."""
        remarks, self._are_told = self.remarks, True
        return remarks

    @property
    def remarks(self) -> Tuple[str, ...]:
        """On what was opened; a bar has no place for them."""
        if self._are_told or self.at_once:
            return ()
        profiles: Tuple[Profile, ...] = self.__dict__.get("profiles", ())
        memory: Optional[Recall] = self.__dict__.get("memory")
        own = (remark for profile in profiles for remark in profile.keys.remarks)
        return (*own, *self._forgetful, *(memory.remarks if memory else ()))


def sample() -> ModuleType:
    from openrouter_usage.session import demo

    return demo
