"""The session of one run: the profiles' keys, the askers, the cache and the clock."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Callable, Optional, Union

from openrouter_usage import days, files
from openrouter_usage.cache import cache
from openrouter_usage.cache.cache import Cache
from openrouter_usage.errors import CacheTrouble, Failure, KeyCommandTrouble, KeyTrouble, NotRemembered, Offline
from openrouter_usage.fetch import questions
from openrouter_usage.fetch.asker import OWNER_WAIT, Asker, Connection
from openrouter_usage.figures import balance
from openrouter_usage.keys import sources
from openrouter_usage.keys.secrets import Secrets
from openrouter_usage.records import Balance, Credits, Key, Note, Reading, Unknown
from openrouter_usage.session import output
from openrouter_usage.session.profiles import Profile, ProfileSearch

# Everything else is imported where it is needed: a cached answer has no time for it.
if TYPE_CHECKING:
    from types import ModuleType

    from openrouter_usage.api.client import Client
    from openrouter_usage.api.early_connections import EarlyConnections
    from openrouter_usage.fetch.redaction import Redaction
    from openrouter_usage.session.clock import Clock
    from openrouter_usage.session.overrun import Overrun

OFFLINE = Offline("nobody was asked (--offline)", "nothing is remembered that answers this: run it without")
NOT_OFFLINE = KeyCommandTrouble("it is not run with --offline", "leave that out")
NOT_IN_BACKGROUND = KeyCommandTrouble(
    "it is not run in the background, where you would be asked for it again and again",
    "run `stats.py`: a bar shows what that was told",
)
NOT_YET = NotRemembered("nothing is remembered yet")

SHORT_BUSY_TIMEOUT = 0.05
"""Seconds for which a command that does not wait waits for a database that is being written."""


class Session:
    """The session of one run.

    It is `now`, by OpenRouter's clock where that is another than this machine's, by which it is `machine_time`.
    Where it is `answers_at_once` neither OpenRouter nor the keychain is asked. `cache` is None where there
    is none; `remarks` are for standard error.
    """

    def __init__(
        self,
        args: Namespace,
        uses_cached_keys: bool = True,
        clock: Optional[Clock] = None,
        give_up: Callable[[], None] = lambda: None,
    ) -> None:
        """`uses_cached_keys`: the keys of the last search will do until one of them is sent.

        `clock` is that of a run that has heard OpenRouter's; without it this machine's rules. Its time goes on.
        `give_up` ends the process if the work on what was sent takes longer than there is time.
        """
        self.args = args
        self._give_up = give_up
        self._overrun: Optional[Overrun] = None
        self.answers_at_once = not (args.policy.waits or args.demo)
        self._machine, self._created, self._given_clock = days.clock(), time.monotonic(), clock
        self._has_set_clock = bool(args.now or args.demo)
        self.machine_time: datetime = args.now or days.bounded(self._machine)
        told = sample().NOW if args.demo and not args.now else clock.now if clock else None
        self.now: datetime = told or self.machine_time
        self._began = clock.since if clock else self._created
        self._progress = output.Progress(sys.stderr)
        self._cache_remarks: tuple[str, ...] = ()
        self._remarks_are_shown = False
        self.secrets = Secrets(
            lambda place, with_keychain: self._search.search(place, with_keychain),
            self._salt,
        )
        self._connection = Connection(self._client, self.secrets.of, self._begin_to_send)
        may_be_old = args.max_age or args.offline
        self._uses_cached_keys = uses_cached_keys and bool(may_be_old) and not args.policy.examines_keys
        self.is_without_keys = False
        self._askers: list[Asker] = []

    def time_left(self) -> float:
        """Seconds until the whole command has to be done."""
        return float(self.args.timeout) - (time.monotonic() - self._began)

    def restart_time(self) -> None:
        """Starts the time anew: what a person took to answer is none of the command's."""
        self._began = time.monotonic()

    def finish(self) -> None:
        """Waits a moment for what has to be known before the answers of a finished command can be cached."""
        until = max(self.time_left() - OWNER_WAIT, 0)
        with suppress(KeyboardInterrupt):  # the answer is there
            for asker in self._askers:
                asker.wait_for_owners(until)

    def close(self) -> None:
        """Clears the progress, and closes the cache if it was opened. From then on the run may take longer."""
        self._progress.clear()
        for asker in self._askers:
            asker.keep()
        cache.close(self.__dict__.get("cache"))
        if self._overrun:
            self._overrun.stop()
            self._overrun = None

    def _end(self) -> None:
        """Ends the process, with no progress left on the terminal."""
        self._progress.clear()
        self._give_up()

    # The keys

    @cached_property
    def _search(self) -> ProfileSearch:
        uses_cached_keys, skips_keychain = self._uses_cached_keys, self.answers_at_once
        no_commands = NOT_OFFLINE if self.args.offline else None
        if not self.args.policy.waits:
            no_commands = NOT_IN_BACKGROUND
        return ProfileSearch(
            self.args, self.cache, self.secrets, self.time_left, uses_cached_keys, skips_keychain, no_commands
        )

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        """The profiles that are asked for, each with its keys. Raises a KeyTrouble where there is no key at all."""
        if self.args.demo:
            return (Profile(None, sample().keys(self.secrets), self.asker()),)
        try:
            found = self._search.keys()
        except Failure as failure:
            self.is_without_keys = True
            if self.redaction:
                self.redaction.redact(failure)
            raise
        if self.redaction:
            found = [self.redaction.profile(*one) for one in found]
        return tuple(Profile(name, keys, self.asker()) for name, keys in found)

    @cached_property
    def whose(self) -> str:
        """What tells the keys of this session from those of others, for what is stored of all of them together."""
        return ("all profiles " if self.args.all_profiles else "") + sources.fingerprint(
            sources.here(self.args.profile, reads_dotenv=self.args.policy.waits)
        )

    @property
    def every_key(self) -> list[Key]:
        """The keys of all profiles that are asked for."""
        return [key for profile in self.profiles for key in profile.keys.found]

    @property
    def profile_names(self) -> Sequence[str]:
        """The names of all profiles, in order."""
        return self._search.names

    @property
    def troubles(self) -> list[KeyTrouble]:
        """Why some of several profiles have no key that can be used."""
        return self._search.troubles

    def _salt(self) -> bytes:
        """The salt of the ids of keys: that of the cache, or one of this run where the cache is not used."""
        opened: Optional[Cache] = self.__dict__.get("cache")
        return opened.database.salt if opened else os.urandom(16)

    # OpenRouter

    @cached_property
    def redaction(self) -> Optional[Redaction]:
        """What numbers the names of this run; None where names are shown."""
        if not getattr(self.args, "redact", False):
            return None
        from openrouter_usage.fetch.redaction import Redaction

        named = [self.args.profile] if self.args.profile else []
        return Redaction(sorted({*sources.profiles_with_files(sources.here()), *named}))

    def connect(self, key: Key) -> None:
        """Makes the client with which the key is sent. Raises a Failure where that cannot be done."""
        self._connection.prepare(key)
        self._connection.client()

    def asker(self) -> Asker:
        """An asker that uses the cache, and sends nothing where nothing is to be sent."""
        closed = NOT_YET if self.answers_at_once else OFFLINE if self.args.offline and not self.args.demo else None
        return self._asker(self.cache, self._compare_clocks, closed)

    def asker_without_cache(self) -> Asker:
        """An asker that always asks OpenRouter, caches nothing, and whose answers are of no day."""
        return self._asker(None, lambda: None)

    def _asker(
        self, cache: Optional[Cache], compare_clocks: Callable[[], None], closed: Optional[Failure] = None
    ) -> Asker:
        parts = (self._connection, cache, self.now, self.time_left, self._progress.show, compare_clocks, closed)
        asker = self.redaction.asker(*parts) if self.redaction else Asker(*parts)
        self._askers.append(asker)
        return asker

    def _begin_to_send(self) -> Optional[EarlyConnections]:
        """Watches the run from now on. Returns what opens connections early; None for the sample, which needs none.

        Raises MissingPackage.
        """
        if self.args.demo:
            return None
        from importlib.util import find_spec

        if not find_spec("requests"):
            from openrouter_usage.api import sessions

            raise sessions.missing()
        from openrouter_usage.api.early_connections import EarlyConnections
        from openrouter_usage.session.overrun import Overrun

        self._overrun = Overrun(self.time_left, self._end)
        return EarlyConnections(self.time_left)

    def _client(self, early: Optional[EarlyConnections]) -> Client:
        """The client of OpenRouter, or of the sample where nothing connects. Raises MissingPackage."""
        from openrouter_usage.api import transport
        from openrouter_usage.api.client import Client

        if early is None:
            return Client(
                lambda request: transport.Answer(
                    sample().answer(request.path, request.key.name, request.body or {}, self.now).encode()
                ),
                self.time_left,
            )
        fetch = transport.over_http(self.secrets.of, self.time_left, early)
        # With --now the clock is set for everybody.
        return Client(fetch, self.time_left, ignores_clock=bool(self.args.now))

    # The clock

    @cached_property
    def _clock(self) -> Clock:
        from openrouter_usage.session.clock import Clock  # of no use where the cache answers

        return self._given_clock or Clock(self._machine, self._created)

    @property
    def clock_ahead(self) -> Optional[timedelta]:
        """How far this machine's clock is ahead of OpenRouter's; None where that was not told, or the clock is set."""
        return None if self._has_set_clock else self._clock.ahead(self._connection.heard)

    def hear_clock(self) -> None:
        """Asks a question for the time alone. Raises ClockDiffers, and WrongClock where no clock can be right."""
        if not self._has_set_clock and self._connection.heard is None:
            with suppress(KeyTrouble):
                for key in self.every_key[:1]:
                    self.asker().answer(questions.key(key), or_cached=False)
            self._compare_clocks()

    def _compare_clocks(self) -> None:
        if not self._has_set_clock:
            self._clock.compare(self._connection.heard, self.now)

    def _clock_notes(self) -> tuple[Note, ...]:
        is_of_machine = self._given_clock is None and self._machine == self.now
        return () if self._has_set_clock or is_of_machine else self._clock.notes()

    # The cache

    @cached_property
    def cache(self) -> Optional[Cache]:
        """The cache; None, and a remark on why, where there is none."""
        if self.args.demo:
            return None
        if not files.has_place(os.environ, "XDG_STATE_HOME"):
            self._cache_remarks = ("nothing is remembered: there is no home folder; XDG_STATE_HOME can name a place",)
            return None
        try:
            from openrouter_usage.cache.database import Database
        except ImportError:
            self._cache_remarks = ("nothing is remembered: this Python has no sqlite3",)
            return None
        try:
            file = files.cache_file(os.environ)
            database = Database(file, sources.tilde(file), *([SHORT_BUSY_TIMEOUT] if self.answers_at_once else []))
        except CacheTrouble as trouble:
            self._cache_remarks = (f"nothing is remembered: {trouble}",)
            return None
        opened = Cache(database, self.now, self.args.max_age, lambda: self._connection.server_time)
        if cache.salt(opened) is None:  # nothing that is stored could be found again
            self._cache_remarks = opened.remarks
            database.close()
            return None
        return opened

    def overdrawn_readings(self, key: Optional[Key], told: Union[Credits, Unknown, None]) -> tuple[Reading, ...]:
        """Returns the latest readings in order if, as that key was told, more was used than bought; else none.

        They may show how calls are paid.
        """
        newest = balance.overdrawn(told, self.now)
        if key is None or newest is None:
            return ()
        from openrouter_usage.cache import balances

        today = self.now.date()
        cached = balances.read(self.cache, key, (today - balance.GOES_ON_FOR, today))
        return tuple(sorted((*cached, newest)))

    def keep_balance(
        self, key: Optional[Key], told: Union[Credits, Unknown, None], believed: Union[Balance, Unknown, None]
    ) -> None:
        """Caches purchased minus used as it is believed, if it was told to that key just now."""
        is_new = isinstance(told, Credits) and told.as_of is None
        if key is not None and is_new and isinstance(believed, Balance):
            from openrouter_usage.cache import balances

            balances.keep(self.cache, key, believed)

    # Notes and remarks

    @property
    def replaced(self) -> list[Failure]:
        """The failures in whose place cached answers stand."""
        return [failure for profile in self.profiles for failure in profile.asker.replaced]

    def notes(self) -> tuple[Note, ...]:
        """The notes that stand beside every figure, once everything is asked."""
        own = tuple(note for profile in self.profiles for note in profile.keys.notes)
        return own if self.answers_at_once else (*own, *output.fallback_notes(self.replaced), *self._clock_notes())

    def take_remarks(self) -> tuple[str, ...]:
        """The remarks, for a command that shows them itself: they are not shown again."""
        remarks, self._remarks_are_shown = self.remarks, True
        return remarks

    @property
    def remarks(self) -> tuple[str, ...]:
        """The remarks on keys and cache, as far as they were opened; a command that does not wait shows none."""
        if self._remarks_are_shown or self.answers_at_once:
            return ()
        profiles: tuple[Profile, ...] = self.__dict__.get("profiles", ())
        opened: Optional[Cache] = self.__dict__.get("cache")
        search: Optional[ProfileSearch] = self.__dict__.get("_search")
        of_keys = (remark for profile in profiles for remark in profile.keys.remarks)
        of_search, of_cache = search.remarks if search else (), opened.remarks if opened else ()
        return (*of_keys, *self._cache_remarks, *of_search, *of_cache)


def sample() -> ModuleType:
    """The module of the sample account, imported only where it is needed."""
    from openrouter_usage.session import demo

    return demo
