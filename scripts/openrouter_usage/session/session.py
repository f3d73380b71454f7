"""What every command works with: the profiles' keys, the askers, the cache and the clock."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, List, NamedTuple, Optional, Sequence, Tuple, Union

from openrouter_usage import files
from openrouter_usage.cache import balances, cache, found_keys
from openrouter_usage.cache.cache import Cache
from openrouter_usage.errors import CacheTrouble, Failure, KeychainTrouble, KeyTrouble, NotRemembered, Offline
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.fetch.connection import Connection
from openrouter_usage.keys import sources
from openrouter_usage.keys.secrets import Secrets
from openrouter_usage.records import Balance, Credits, Key, Keys, Note, Unknown
from openrouter_usage.session.progress import Progress

# All else is loaded where it is needed: a remembered answer has no time for it.
if TYPE_CHECKING:
    from types import ModuleType

    from openrouter_usage.api.client import Client


OFFLINE = Offline("nobody was asked (--offline)", "nothing is remembered that answers this: run it without")
AT_ONCE = 0.05
"""Seconds that even a bar has for a file that is being written."""
NOT_YET = NotRemembered("nothing is remembered yet")


class Profile(NamedTuple):
    """One profile's keys, and the asker that asks with them. `name` is None where profiles are not told apart."""

    name: Optional[str]
    keys: Keys
    asker: Asker


class Session:
    """The session of one run. Where it is `at_once` neither OpenRouter nor the keychain is asked.

    `cache` is None where there is none; `remarks` are for standard error.
    """

    def __init__(self, args: argparse.Namespace, uses_cached_keys: bool = True) -> None:
        """`uses_cached_keys`: the keys of the last search will do until one of them is to be sent."""
        self.args = args
        self._uses_cached_keys = uses_cached_keys and bool(args.max_age) and not args.policy.examines_keys
        self.at_once = not (args.policy.waits or args.demo)
        self._began = time.monotonic()
        self.now: datetime = args.now or (sample().NOW if args.demo else datetime.now(timezone.utc))
        self.secrets = Secrets(self._find, self._salt)
        self._connection = Connection(self._client, self.secrets.of)
        self._progress = Progress(sys.stderr)
        self._cache_remarks: Tuple[str, ...] = ()
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
        """Clears the progress, and closes the cache if it was opened."""
        self._progress.clear()
        cache.close(self.__dict__.get("cache"))

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
            return (self._profile(None, sample().keys(self.secrets)),)
        names = self.profile_names if self.is_of_all else ()
        if not (self.args.all_profiles or names):
            return (self._profile(self.args.profile, self.found(self.args.profile)),)
        if not all(self._cached_keys(sources.here(name)) for name in (None, *names)):
            self._uses_cached_keys = False  # one key that two profiles have must look the same
        named = [(name, self._found_or_why(name)) for name in names]
        try:
            named.insert(0, (sources.DEFAULT, self.found(None)))
        except KeyTrouble:
            if not named:
                raise
        return tuple(self._profile(name, keys) for name, keys in named)

    @property
    def is_of_all(self) -> bool:
        """Whether all profiles are looked at: a command that examines keys does so unasked."""
        return self.args.all_profiles or (self.args.policy.examines_keys and not self.args.profile)

    @property
    def _keychain_timeout(self) -> float:
        """Seconds for the keychain, which may wait for somebody to open it: a part of the time that is left."""
        return max(self.time_left() / 3, 0)

    def _profile(self, name: Optional[str], keys: Keys) -> Profile:
        return Profile(name, keys, self.asker())

    def asker(self) -> Asker:
        """An asker that uses the cache, and sends nothing where nothing is to be sent."""
        closed = NOT_YET if self.at_once else OFFLINE if self.args.offline and not self.args.demo else None
        return self._asker(self.cache, closed)

    def asker_without_cache(self) -> Asker:
        """An asker that always asks OpenRouter, and caches nothing."""
        return self._asker(None, None)

    def _asker(self, cache: Optional[Cache], closed: Optional[Failure]) -> Asker:
        return Asker(self._connection, cache, self.now, self.time_left, self._progress.show, closed)

    def found(self, profile: Optional[str]) -> Keys:
        """The keys of the profile of that name; None: of no profile. Raises a KeyTrouble where there are none.

        A command that examines keys goes on without, and remarks on it. What was found is known again as long as all
        is as it was.
        """
        where = sources.here(profile)
        try:
            return self._cached_keys(where) or self._search(where)
        except KeyTrouble as trouble:
            if not self.args.policy.examines_keys:
                raise
            return Keys(None, None, remarks=(f"{trouble.message}; {trouble.next_step}",))

    def _search(self, where: sources.Place) -> Keys:
        """Searches for the keys. `bar` skips the keychain, so its result is not cached."""
        before, keys = sources.fingerprint(where), self._find(where, not self.at_once)
        if not self.at_once and sources.fingerprint(where) == before:
            found_keys.keep(self.cache, before, keys)
        return keys

    def _find(self, where: sources.Place, with_keychain: bool) -> Keys:
        from openrouter_usage.keys import search

        return search.find(where, self._keychain_timeout if with_keychain else 0, self.secrets)

    def _salt(self) -> bytes:
        return cache.salt(self.cache) or os.urandom(16)

    def _cached_keys(self, where: sources.Place) -> Optional[Keys]:
        """The keys that the last search found, whose secrets are not known yet."""
        if self.cache is None or not (self._uses_cached_keys or self.at_once):
            return None
        keys = found_keys.last(self.cache, sources.fingerprint(where), self.at_once)
        return self.secrets.search_later(keys, where) if keys else None

    def _found_or_why(self, profile: str) -> Keys:
        """Of several profiles one may have no key that can be used: that is among the `troubles`."""
        try:
            return self.found(profile)
        except KeyTrouble as trouble:
            self.troubles.append(trouble)
            return Keys(unknown(trouble), unknown(trouble))

    @cached_property
    def profile_names(self) -> Sequence[str]:
        """The names of all profiles, in order."""
        return sorted({*sources.profiles_with_files(sources.here()), *self._profiles_of_the_keychain()})

    def _profiles_of_the_keychain(self) -> Sequence[str]:
        """The profiles of the keychain; those of the last time where it is not asked, or cannot be read."""
        cached = found_keys.profiles(self.cache)
        if self.at_once:
            return cached
        from openrouter_usage.keys import keychain

        try:
            names = keychain.profiles(self._keychain_timeout)
        except KeychainTrouble as trouble:
            self._cache_remarks += (f"which profiles {sources.KEYCHAIN} has now is not known: {trouble.message}",)
            return cached
        found_keys.keep_profiles(self.cache, tuple(names))
        return names

    @property
    def every_key(self) -> List[Key]:
        """The keys of all profiles that are asked for."""
        return [key for profile in self.profiles for key in profile.keys.found]

    # OpenRouter

    @property
    def server_time(self) -> Optional[datetime]:
        """OpenRouter's clock at its last answer; None where it told none."""
        return self._connection.server_time

    def _client(self) -> Client:
        """The client of OpenRouter, or of the sample. Raises MissingPackage."""
        from openrouter_usage.api import transport
        from openrouter_usage.api.client import Client

        if self.args.demo:
            return Client(
                lambda request: transport.Answer(
                    sample().answer(request.path, request.key.name, request.body or {}, self.now)
                )
            )
        fetch = transport.over_http(self.secrets.of, self.time_left)
        # With --now the clock is set for everybody, OpenRouter too.
        return Client((lambda request: fetch(request)._replace(at=None)) if self.args.now else fetch)

    # The cache

    @cached_property
    def cache(self) -> Optional[Cache]:
        """The cache; None, and a remark on why, where there is none."""
        if self.args.demo:
            return None
        try:
            from openrouter_usage.cache.database import Database
        except ImportError:
            self._cache_remarks = ("nothing is remembered: this Python has no sqlite3",)
            return None
        try:
            file = files.history(os.environ)
            database = Database(file, sources.tilde(file), *([AT_ONCE] if self.at_once else []))
        except CacheTrouble as trouble:
            self._cache_remarks = (f"nothing is remembered: {trouble}",)
            return None
        return Cache(database, self.now, self.args.max_age, lambda: self.server_time)

    def keep_balance(
        self, key: Optional[Key], told: Union[Credits, Unknown, None], balance: Union[Balance, Unknown, None]
    ) -> None:
        """Caches a balance that is believed, and was told to that key just now."""
        is_new = isinstance(told, Credits) and told.as_of is None
        if key is not None and is_new and isinstance(balance, Balance):
            balances.keep(self.cache, key, balance)

    # What is to be said beside the figures

    @property
    def replaced(self) -> List[Failure]:
        """Why remembered answers took the place of those that could not be had."""
        return [failure for profile in self.profiles for failure in profile.asker.replaced]

    def notes(self) -> Tuple[Note, ...]:
        """What must be said beside every figure, once all is asked."""
        own = tuple(note for profile in self.profiles for note in profile.keys.notes)
        if self.at_once or (not self.replaced and self.server_time is None):  # the cache answered all
            return own
        from openrouter_usage.session.doubts import clock_doubt, remembered

        return (*own, *remembered(self.replaced), *clock_doubt(self.now, self.server_time))

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
        opened: Optional[Cache] = self.__dict__.get("cache")
        own = (remark for profile in profiles for remark in profile.keys.remarks)
        return (*own, *self._cache_remarks, *(opened.remarks if opened else ()))


def sample() -> ModuleType:
    from openrouter_usage.session import demo

    return demo
