"""Asks OpenRouter one question and returns its record."""

import time
from datetime import date, datetime
from threading import Lock
from typing import Any, NamedTuple, Optional

from openrouter_usage.api import analytics, answers, fields, models
from openrouter_usage.api.transport import Fetch, Request, TimeLeft
from openrouter_usage.days import midnight
from openrouter_usage.errors import (
    BadAnswer,
    BrokenAnswer,
    Failing,
    Forbidden,
    KeyRefused,
    NeedsManagementKey,
    NotTheApi,
    WrongAddress,
)
from openrouter_usage.rare_records import ByokFees, HourlySpend, KeysPage, ListedModels, UsageFilter
from openrouter_usage.records import AccountDays, Activity, Credits, Key, KeyInfo, Question, T, UsageTable

KEYS_PER_PAGE = 100
WORKSPACES_PER_PAGE = 100
MOST_WORKSPACE_PAGES = 5
"""The number of pages of workspaces after which they are taken for endless: for each one its keys are asked for."""


class Heard(NamedTuple):
    """OpenRouter's clock `at` the moment of an answer, which came at `since`, a time of `time.monotonic()`."""

    at: datetime
    since: float


class Client:
    """The client of the account API. All windows are UTC.

    `fetch` is the network, or the demo's stand-in for it, so that every answer goes through the
    same parsers; `time_left` tells the seconds that the run has. `heard` is OpenRouter's clock at its last answer;
    None where it told none, or where `ignores_clock`. `least_time` is the earliest that it told.
    """

    def __init__(self, fetch: Fetch, time_left: TimeLeft, ignores_clock: bool = False) -> None:
        self._fetch = fetch
        self._time_left = time_left
        self._ignores_clock = ignores_clock
        self._lock = Lock()
        self.heard: Optional[Heard] = None
        self.least_time: Optional[datetime] = None

    def ask(self, question: Question[T]) -> T:
        """Asks the question by the method of its name. Raises a Failure, and nothing else."""
        return getattr(self, question.name)(question.key, *question.about)  # type: ignore[no-any-return]

    def key(self, key: Key) -> KeyInfo:
        """The key's own counters, limits and kind. `/auth/key` is undocumented; `/key` is its documented name."""
        try:
            data = self._get("/auth/key", key)
        except WrongAddress:
            data = self._get("/key", key)
        return answers.key_info(data)

    def credits(self, key: Key) -> Credits:
        """Lifetime credits of the key's account. A regular key may be refused, or be answered with false zeros."""
        return answers.credits(self._get("/credits", key))

    def activity(self, key: Key) -> Activity:
        """The account's last 30 completed UTC days, one row per day, model and endpoint."""
        data, at = self._send(Request("/activity", key))
        return Activity(answers.activity(data), at)

    def account_days(self, key: Key, start: datetime, end: datetime) -> AccountDays:
        """The account's spend by UTC day from `start` to `end`, today included."""
        days = analytics.account_days(self._query(key, analytics.days_question(start, end)))
        return days._replace(since=start.date())

    def hourly_spend(self, key: Key, first: date, last: date) -> HourlySpend:
        """The account's credits by hour from `first`, at most 31 days ago, to `last`, both UTC days included."""
        return analytics.hourly_spend(self._query(key, analytics.hours_question(first, last)), first, last)

    def byok_fees(self, key: Key, first: date, until: datetime) -> ByokFees:
        """OpenRouter's fee for BYOK from the UTC day `first`, at most 31 days ago, until an instant."""
        return analytics.byok_fees(self._query(key, analytics.fees_question(midnight(first), until)))

    def usage(
        self,
        key: Key,
        dimensions: tuple[str, ...],
        first: date,
        last: date,
        filters: tuple[UsageFilter, ...] = (),
    ) -> UsageTable:
        """The account's use by these dimensions from `first` to `last`, both UTC days included.

        Rows of a neighbouring day may come along where a time is among the dimensions.
        """
        data = self._query(key, analytics.usage_question(dimensions, first, last, filters=filters))
        return analytics.usage_table(data, dimensions)

    def usage_until(
        self,
        key: Key,
        dimensions: tuple[str, ...],
        first: date,
        today: date,
        until: datetime,
        filters: tuple[UsageFilter, ...] = (),
    ) -> UsageTable:
        """The account's use by these dimensions from `first` until an instant of `today`, which is not over.

        A question apart from `usage`, so that its answer is never taken for that of a completed day.
        """
        data = self._query(key, analytics.usage_question(dimensions, first, today, until, filters))
        return analytics.usage_table(data, dimensions)

    def workspaces(self, key: Key) -> tuple[str, ...]:
        """The ids of the account's workspaces."""
        found: list[str] = []
        for page in range(MOST_WORKSPACE_PAGES):
            params = {"limit": str(WORKSPACES_PER_PAGE), "offset": str(page * WORKSPACES_PER_PAGE)}
            rows = answers.workspaces(self._get("/workspaces", key, params))
            found += rows
            if len(rows) < WORKSPACES_PER_PAGE:
                return tuple(dict.fromkeys(found))
        raise BadAnswer("OpenRouter's list of workspaces has no end")

    def keys_page(self, key: Key, workspace: Optional[str], page: int) -> KeysPage:
        """A page of a workspace's keys (None: the default one); the disabled and expired too, where it lists them."""
        params = {"offset": str(page * KEYS_PER_PAGE), "include_disabled": "true", "include_expired": "true"}
        if workspace is not None:
            params["workspace_id"] = workspace
        rows = fields.rows(self._get("/keys", key, params))
        return KeysPage(tuple(map(answers.listed_key, rows)), is_last=len(rows) < KEYS_PER_PAGE)

    def models(self, key: Key) -> ListedModels:
        """OpenRouter's public list of models of every kind: it is asked for at the key's address, without the key."""
        try:
            data, _ = self._send(Request("/models", key, {"output_modalities": "all"}, is_public=True))
        except (KeyRefused, Forbidden, NeedsManagementKey):
            raise Failing("the list of models is not told without a key") from None
        return models.listed(data)

    def _get(self, path: str, key: Key, params: Optional[dict[str, str]] = None) -> Any:
        return self._send(Request(path, key, params))[0]

    def _query(self, key: Key, body: dict[str, Any]) -> Any:
        return self._send(Request("/analytics/query", key, body=body))[0]

    def _send(self, request: Request) -> tuple[Any, Optional[datetime]]:
        """The decoded `data`, and when it was given. A body that is broken, or another's, is asked for once more."""
        try:
            return self._send_once(request)
        except (BrokenAnswer, NotTheApi):
            return self._send_once(request)

    def _send_once(self, request: Request) -> tuple[Any, Optional[datetime]]:
        answer = self._fetch(request)
        if answer.at and not request.is_public:  # what is public may come from a proxy's memory
            with self._lock:
                self.least_time = min(answer.at, self.least_time or answer.at)
            if not self._ignores_clock:
                self.heard = Heard(answer.at, time.monotonic())
        if answer.failure:
            raise answer.failure
        data = answers.decode(answer.body, request.key.name, self._time_left())
        return data, None if self._ignores_clock else answer.at
