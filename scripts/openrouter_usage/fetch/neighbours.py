"""Says for the type checker alone what those who ask need of OpenRouter, and of memory."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Collection, Optional, Protocol, Tuple, Union

from openrouter_usage.records import (
    AccountDays,
    Activity,
    Completed,
    Credits,
    Key,
    KeyInfo,
    KeysPage,
    Reading,
    Remembered,
    Span,
    Unknown,
    UsageTable,
)


class Lists(Protocol):
    """The key lists; each question may raise a Failure."""

    def workspaces(self, key: Key) -> Tuple[str, ...]: ...
    def keys_page(self, key: Key, workspace: Optional[str], page: int) -> KeysPage: ...


class Books(Lists, Protocol):
    """What a report asks of OpenRouter; each question may raise a Failure."""

    @property
    def server_time(self) -> Optional[datetime]: ...
    def key(self, key: Key) -> KeyInfo: ...
    def credits(self, key: Key) -> Credits: ...
    def activity(self, key: Key) -> Union[Activity, Remembered]: ...
    def usage(self, key: Key, dimensions: Tuple[str, ...], first: date, last: date) -> UsageTable: ...
    def usage_until(
        self, key: Key, dimensions: Tuple[str, ...], first: date, today: date, until: datetime
    ) -> UsageTable: ...


class Questions(Books, Protocol):
    """What a summary asks of OpenRouter; each question may raise a Failure."""

    def account_days(self, key: Key, start: datetime, end: datetime) -> AccountDays: ...


class Memory(Protocol):
    """The last answers, by the name of the question and what it is about, the key first."""

    def fresh(self, question: str, *about: Any) -> Any:
        """An answer that is young enough, or None."""

    def last(self, question: str, *about: Any) -> Any:
        """The last answer, however old, or None."""

    def keep(self, answer: Any, question: str, *about: Any) -> None: ...

    def refused(self, question: str, *about: Any) -> Optional[Unknown]:
        """Why it was refused, if that was the last answer."""

    def keep_refusal(self, why: Unknown, question: str, *about: Any) -> None: ...

    def may_ask(self, question: str, *about: Any) -> bool:
        """False while another process asks the same; from then on every other process waits."""


class Shelf(Protocol):
    """The completed UTC days of a key's account."""

    def read(self, key: Key, dimensions: Tuple[str, ...], span: Span) -> Completed:
        """The use on those days of `span`, both ends included, that are remembered."""

    def versions(self, key: Key) -> Tuple[Tuple[str, str], ...]:
        """Every permaslug that the key's account has used, with its model."""

    def models_of(self, permaslugs: Collection[str]) -> Tuple[Tuple[str, str], ...]:
        """Those of these permaslugs that any account has used, each with its model."""


class Library(Shelf, Protocol):
    """All that is remembered for good of a key's account."""

    def is_stranger(self, key: Key) -> bool:
        """Whether OpenRouter never told this key of completed days."""

    def holds_any(self, span: Span) -> bool:
        """Whether any of these days is remembered, of whatever account."""

    def readings(self, key: Key, span: Span) -> Tuple[Reading, ...]: ...
