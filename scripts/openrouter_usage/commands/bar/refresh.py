"""Renews what is remembered, in a process of its own that nobody waits for."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import cached_property
from typing import List, Optional

from openrouter_usage.cache import found_keys, refreshes
from openrouter_usage.errors import Failure, Forbidden, KeyLimitReached, KeyRefused, NeedsManagementKey, NoKey
from openrouter_usage.fetch.asker import unknown
from openrouter_usage.keys import sources
from openrouter_usage.records import Renewal, Unknown
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session


class Upkeep:
    """The renewals of what one session shows; asked once the session has looked into memory."""

    def __init__(self, session: Session) -> None:
        self._session = session
        every = "all profiles " if session.args.all_profiles else ""
        self._whose = every + sources.fingerprint(sources.here(session.args.profile))

    @cached_property
    def _last(self) -> Optional[Renewal]:
        return refreshes.last(self._session.cache, self._whose)

    @property
    def _is_old(self) -> bool:
        """Whether anything was not remembered, or is too old; keys that were not found may be in the keychain."""
        session = self._session
        return session.is_without_keys or any(one.asker.replaced or one.asker.failures for one in session.profiles)

    @property
    def trouble(self) -> Optional[Unknown]:
        """What the last one met, where something is older than it should be."""
        return self._last.trouble if self._last and self._is_old else None

    @property
    def is_due(self) -> bool:
        """Whether something is older than it should be, and another one could bring more than the last one did."""
        session = self._session
        if session.cache is None or session.args.offline or session.args.demo:
            return False
        return self._is_old and not (self._last and self._last.is_done)

    def begin(self) -> None:
        """Starts one where it is due, unless another is under way."""
        if self.is_due and refreshes.claim(self._session.cache, self._whose, _clock()):
            from openrouter_usage.commands.bar import background

            background.start(["--fetch", *self._session.args.given])

    def run(self) -> Output:
        """Asks what a summary asks, and remembers how that went."""
        cache = self._session.cache
        begun = refreshes.begin(cache, self._whose, _clock())
        if begun:
            failures = _failures(self._session)
            if any(type(one) is NoKey for one in failures):
                found_keys.forget(cache, sources.fingerprint(sources.here(self._session.args.profile)))
            refreshes.end(cache, self._whose, begun._replace(is_done=_is_done(failures), trouble=_first(failures)))
        return Output(0)


def _clock() -> datetime:
    """This machine's, even where --now sets another: it is asked for the time between two processes."""
    return datetime.now(timezone.utc)


def _failures(session: Session) -> List[Failure]:
    """All that was met where everything was asked for."""
    from openrouter_usage.commands.summary import command

    try:
        command.known(session, or_nothing=True, with_today=True)
    except Failure as failure:
        return [failure]
    return [one for profile in session.profiles for one in (*profile.asker.failures, *profile.asker.replaced)]


def _is_done(failures: List[Failure]) -> bool:
    """Where OpenRouter refused some, and answered all else, another renewal would meet the same."""
    return all(isinstance(one, (KeyRefused, Forbidden, NeedsManagementKey, KeyLimitReached)) for one in failures)


def _first(failures: List[Failure]) -> Optional[Unknown]:
    """What to tell of it: the needs of a regular key are told by the figures themselves."""
    telling = (one for one in failures if not isinstance(one, NeedsManagementKey))
    return next(map(unknown, telling), None)
