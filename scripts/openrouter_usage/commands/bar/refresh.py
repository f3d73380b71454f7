"""Refreshes the cache in a background process."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import cached_property
from typing import Any, Optional

from openrouter_usage import days
from openrouter_usage.cache import found_keys, refreshes
from openrouter_usage.errors import Failure, Forbidden, KeyLimitReached, KeyRefused, NeedsManagementKey, NoKey
from openrouter_usage.fetch.asker import unknown
from openrouter_usage.invocation import PYTHON, STATS
from openrouter_usage.keys import sources
from openrouter_usage.rare_records import Renewal
from openrouter_usage.records import Unknown
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session


class Refresh:
    """The background refreshes of what one session shows, judged once the session has read the cache."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._whose = session.whose

    @cached_property
    def _last(self) -> Optional[Renewal]:
        return refreshes.last(self._session.cache, self._whose)

    @property
    def _is_stale(self) -> bool:
        """Tells that an answer is missing or too old, or that a key was not found, which may be in the keychain."""
        session = self._session
        return session.is_without_keys or any(one.asker.replaced or one.asker.failures for one in session.profiles)

    @property
    def trouble(self) -> Optional[Unknown]:
        """The reason why the last refresh left something stale."""
        return self._last.trouble if self._last and self._is_stale else None

    @property
    def is_due(self) -> bool:
        """Tells that something is stale, and that another refresh could bring more than the last one did."""
        session = self._session
        if session.cache is None or session.args.offline or session.args.demo:
            return False
        return self._is_stale and not (self._last and self._last.is_done)

    def begin(self) -> None:
        """Starts a refresh where it is due, unless another is under way."""
        if self.is_due and refreshes.claim(self._session.cache, self._whose, days.clock()):
            _start(["--fetch", *self._session.args.given])

    def run(self) -> Output:
        """Asks what a summary asks, in the background process, and stores how that ended."""
        cache = self._session.cache
        begun = refreshes.begin(cache, self._whose, days.clock())
        if begun:
            failures = _failures(self._session)
            if any(type(one) is NoKey for one in failures):
                place = sources.here(self._session.args.profile, reads_dotenv=False)
                found_keys.forget(cache, sources.fingerprint(place))
            # If there were only refusals, the next refresh would meet the same ones.
            refusals = (KeyRefused, Forbidden, NeedsManagementKey, KeyLimitReached)
            is_done = all(isinstance(one, refusals) for one in failures)
            # Figures that need a management key say so themselves.
            trouble = next((unknown(one) for one in failures if not isinstance(one, NeedsManagementKey)), None)
            ended = begun._replace(is_done=is_done, trouble=trouble)
            refreshes.end(cache, self._whose, ended, self._session.machine_time)
        return Output(0)


def _failures(session: Session) -> list[Failure]:
    """Asks what a summary asks, and returns the failures; then judges whether unusually much is spent."""
    from openrouter_usage.commands.check import fetch
    from openrouter_usage.commands.check.records import USUAL
    from openrouter_usage.commands.summary import command

    try:
        shown, all_answers = command.known(session, or_nothing=True, with_today=True)
    except Failure as failure:
        return [failure]
    failures = [one for profile in session.profiles for one in (*profile.asker.failures, *profile.asker.replaced)]
    fetch.watched(session, USUAL, shown, all_answers)  # an extra, whose failures count for nothing
    return failures


def _start(arguments: list[str]) -> None:
    """Starts this program again, in a process that outlives this one and holds none of the caller's pipes open."""
    import subprocess

    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    nothing = subprocess.DEVNULL
    with suppress(OSError):
        subprocess.Popen(
            [PYTHON, STATS, *arguments], stdin=nothing, stdout=nothing, stderr=nothing, close_fds=True, **apart
        )
