"""OpenRouter's account API on a real socket: every answer follows from one ledger, and any of them can be made to fail.

`Account` is the truth: keys and the events they caused. `FakeOpenRouter` serves it over HTTP
(or HTTPS), keeps a log of what was asked with which key, and injects faults on demand. Its
answers hold every field the vendor's SDK requires; `edit` and `fault` bend them from there.
"""

import copy
import gzip
import hashlib
import json
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, NamedTuple, Optional
from urllib.parse import parse_qs, urlsplit

import fake_analytics
import fake_models
import fake_sources

PREFIX = "/api/v1"
NEEDS_MANAGEMENT = "Only management keys can perform this operation"
ACTIVITY_RANGE = "Date must be within the last 30 (completed) UTC days"
HTML = "<!DOCTYPE html><html><body><h1>{status}</h1></body></html>"
OF_THE_ACCOUNT, ABSENT = "(the account's)", "(absent)"
"""A key's organization or creator: that of its account; the field is left out."""


@dataclass(frozen=True)
class Event:
    """Requests that one key made of one endpoint at one instant. Those of the chatroom have no key."""

    at: datetime
    key: Optional[str]
    model: str
    provider: str
    usd: Decimal
    byok: Decimal = Decimal(0)
    requests: int = 1
    prompt: int = 1000
    completion: int = 100
    reasoning: int = 0
    cached: int = 0
    app: str = "an app"
    permaslug: str = ""
    byok_fee: Decimal = Decimal(0)
    """The part of `usd` that is the fee on BYOK."""
    origin: str = "https://example.org"
    country: str = "DE"
    data_region: str = "global"
    variant: str = ""
    finish_reason: str = "stop"
    session_id: str = ""
    external_user: str = ""
    generation_id: str = ""


@dataclass
class FakeKey:
    """`name` tells it apart in the tests, `called` is what OpenRouter calls it (None: the same).

    Neither a management key nor one that an app got by OAuth is ever listed. `email` is made from the user's name
    unless it is given; empty is null.
    """

    name: str
    management: bool = False
    oauth: bool = False
    limit: Optional[float] = None
    limit_remaining: Optional[float] = None
    limit_reset: Optional[str] = None
    expires_at: Optional[str] = None
    called: Optional[str] = None
    user: Optional[str] = "Ada"
    email: Optional[str] = None
    creator: Optional[str] = OF_THE_ACCOUNT
    organization: Optional[str] = OF_THE_ACCOUNT
    external_user: Optional[str] = None
    created_at: str = "2026-01-01T00:00:00Z"
    workspace: str = "ws-default"
    disabled: bool = False
    expired: bool = False
    deleted: bool = False
    budgets: list[dict[str, Any]] = field(default_factory=list)
    effective_budget: Optional[dict[str, Any]] = None

    @property
    def text(self) -> str:
        """The secret, built at run time: no literal in the sources looks like a key."""
        return "-".join(("sk", "or", "v1", hashlib.sha256(self.name.encode()).hexdigest()))

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def label(self) -> str:
        return f"{self.text[:12]}...{self.text[-3:]}"

    @property
    def id(self) -> int:
        """The number that filters know it by."""
        return int(self.hash[:8], 16)

    def creator_of(self, account: "Account") -> Optional[str]:
        return account.creator if self.creator == OF_THE_ACCOUNT else self.creator

    def organization_of(self, account: "Account") -> Optional[str]:
        return account.organization if self.organization == OF_THE_ACCOUNT else self.organization


@dataclass
class Account:
    """One account: its keys, all that they ever did, and the credits bought. `user` is who uses the chatroom."""

    keys: list[FakeKey]
    events: list[Event]
    purchased: float = 300
    organization: Optional[str] = "org-one"
    creator: Optional[str] = "user-one"
    workspaces: tuple[str, ...] = ("ws-default",)
    credits_for_regular: str = "true"
    free_requests: tuple[int, int] = (0, 50)
    iso_dates: bool = False
    money_as_text: bool = False
    user: Optional[str] = "Ada"
    email: Optional[str] = None
    workspace_names: dict[str, str] = field(default_factory=dict)

    def workspace_name(self, workspace: str) -> str:
        return self.workspace_names.get(workspace, workspace)

    def key(self, name: str) -> FakeKey:
        return next(key for key in self.keys if key.name == name)


@dataclass(frozen=True)
class Fault:
    """How one answer goes wrong. `times`: for that many requests, then the truth again.

    `pieces` makes the bytes of a raw answer, its head among them, which is sent until whoever asked hangs up.
    """

    status: int = 200
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    how: str = "answer"
    times: int = 10**6
    pieces: Callable[[], Iterable[bytes]] = tuple


class Reply(NamedTuple):
    """What is sent for an answer. `date` is the header of that name, None: the fake's now, empty: none; `claims`
    the length that the header tells, None: the true one."""

    status: int
    body: bytes
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    date: Optional[str] = None
    claims: Optional[int] = None


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    params: dict[str, str]
    key: str
    headers: dict[str, str]
    body: Any


class FakeOpenRouter:
    """Serves accounts at `now` under `address`.

    `models` are those that are listed publicly; None: all that were ever used. `rewrite` has the last word on each
    answer that is no fault.
    """

    def __init__(
        self,
        *accounts: Account,
        now: datetime,
        certificate: Optional[ssl.SSLContext] = None,
        delay: float = 0.0,
        has_auth_key: bool = True,
    ) -> None:
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._settings = list(accounts), now, delay, has_auth_key
        self.renew()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        if certificate:
            # Each connection shakes hands in a thread of its own: one that never does holds nobody up.
            self._server.socket = certificate.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        scheme, host = ("https", "localhost") if certificate else ("http", "127.0.0.1")
        self.address = f"{scheme}://{host}:{self._server.server_address[1]}{PREFIX}"

    def renew(self) -> None:
        """Makes all as it was at the beginning, at the same address; an answer that is held back is given up."""
        self._stopping.set()
        self._stopping = threading.Event()
        accounts, self.now, self.delay, self.has_auth_key = self._settings
        self.accounts = list(accounts)
        self.models: Optional[list[dict[str, Any]]] = None
        self.rewrite: Callable[[Asked, Reply], Reply] = lambda asked, reply: reply
        self.noted: list[Asked] = []
        self.connects = 0
        self._faults: dict[tuple[str, str], Fault] = {}
        self._edits: dict[str, Callable[[Any], Any]] = {}
        self._states: dict[str, str] = {}

    @contextmanager
    def serving(self) -> Iterator["FakeOpenRouter"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stopping.set()
            self._server.shutdown()
            self._server.server_close()

    def fault(self, path: str, key: str = "*", **how: Any) -> None:
        """Makes the answers of a path go wrong, for one key's name or for all."""
        self._faults[(path, key)] = Fault(**how)

    def fault_everywhere(self, **how: Any) -> None:
        for path in (
            "/auth/key",
            "/key",
            "/credits",
            "/activity",
            "/analytics/query",
            "/workspaces",
            "/keys",
            "/models",
        ):
            self.fault(path, **how)

    def source(self, path: str, state: str) -> None:
        """Puts a source into one of the states of `fake_sources`, "right" again included.

        A state applies to the events that the source counts, so that each of its answers is consistent in itself.
        """
        if path not in fake_sources.SOURCES or state not in fake_sources.STATES:
            raise ValueError(f"no such source or state: {path}, {state}")
        self._states[path] = state

    def _seen(self, path: str, account: Account) -> list[Event]:
        """The events that a source counts."""
        sight = fake_sources.SIGHTS[self._states.get(path, "right")]
        return sight(account.events, self.now.date())

    def edit(self, path: str, change: Callable[[Any], Any]) -> None:
        """Passes the `data` of a path's answers through `change`."""
        self._edits[path] = change

    @property
    def asked(self) -> list[Asked]:
        """What was asked, also what a program sent just before it ended."""
        until = time.monotonic() + 10
        while not self._server.is_all_read() and time.monotonic() < until:
            time.sleep(0.002)
        return self.noted

    def paths(self) -> list[str]:
        """What was asked, as sorted "key name path"."""
        return sorted(f"{asked.key} {asked.path}" for asked in self.asked)

    def times_asked(self, path: str) -> int:
        """How often a path was asked; OpenRouter takes 64 analytics queries a minute."""
        return sum(asked.path == path for asked in self.asked)

    # Answers

    def due_fault(self, path: str, key: str) -> Optional[Fault]:
        with self._lock:
            for slot in ((path, key), (path, "*")):
                fault = self._faults.get(slot)
                if fault and fault.times > 0:
                    self._faults[slot] = replace(fault, times=fault.times - 1)
                    return fault
        how = fake_sources.REFUSALS.get(self._states.get("/auth/key" if path == "/key" else path, "right"))
        return Fault(**how) if how else None

    def public(self, path: str) -> Optional[dict[str, Any]]:
        """The answer that nobody needs a key for, None where a path has none."""
        if path != "/models":
            return None
        every = [event for account in self.accounts for event in account.events]
        rows = fake_models.used(every) if self.models is None else self.models
        return self._edited(path, rows, links={"next": None}, total_count=len(rows))

    def owner(self, authorization: str) -> tuple[Optional[Account], Optional[FakeKey]]:
        for account in self.accounts:
            for key in account.keys:
                if authorization == f"Bearer {key.text}" and not key.deleted:
                    return account, key
        return None, None

    def answer(self, asked: Asked, account: Account, key: FakeKey) -> tuple[int, Any]:
        path = asked.path
        if path == "/key" or (path == "/auth/key" and self.has_auth_key):
            return 200, self._edited("/auth/key", self._key(account, key))
        if path == "/credits":
            return self._credits(account, key)
        if path not in ("/activity", "/keys", "/workspaces", "/analytics/query"):
            return 404, None
        if not key.management:
            return _error(403, NEEDS_MANAGEMENT)
        if path == "/activity":
            return self._activity(account, asked.params)
        if path == "/analytics/query":
            return self._analytics(account, asked.body)
        rows = self._listed(account, asked.params) if path == "/keys" else _workspaces(account, asked.params)
        return 200, self._edited(path, rows)

    def _edited(self, path: str, data: Any, **more: Any) -> dict[str, Any]:
        if path == "/workspaces":
            more["total_count"] = len(data)
        return {"data": self._edits.get(path, lambda it: it)(copy.deepcopy(data)), **more}

    def _key(self, account: Account, key: FakeKey) -> dict[str, Any]:
        used, limit = account.free_requests
        owners = {"creator_user_id": key.creator_of(account), "organization_id": key.organization_of(account)}
        return {
            "label": key.label,
            "allowed_data_regions": ["global"],
            "is_management_key": key.management,
            "is_provisioning_key": key.management,
            **_limits(key),
            **self._counters(self._seen("/auth/key", account), key),
            "is_free_tier": False,
            **{name: owner for name, owner in owners.items() if owner != ABSENT},
            "workspace_id": key.workspace,
            "budgets": key.budgets,
            "effective_budget": key.effective_budget,
            "free_model_daily_requests": {"used": used, "limit": limit, "remaining": limit - used},
            "rate_limit": {"requests": -1, "interval": "10s", "note": "deprecated"},
        }

    def _counters(self, events: list[Event], key: FakeKey) -> dict[str, Any]:
        mine = [event for event in events if event.key == key.name]
        today = self.now.date()
        monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
        counters: dict[str, Any] = {"usage": _usd(mine), "byok_usage": _byok(mine)}
        for name, start in (("daily", today), ("weekly", monday), ("monthly", first)):
            window = [event for event in mine if event.at.date() >= start]
            counters[f"usage_{name}"], counters[f"byok_usage_{name}"] = _usd(window), _byok(window)
        return counters

    def _credits(self, account: Account, key: FakeKey) -> tuple[int, Any]:
        if not key.management and account.credits_for_regular == "403":
            return _error(403, NEEDS_MANAGEMENT)
        used = _usd(self._seen("/credits", account))
        data: dict[str, Any] = {"total_credits": account.purchased, "total_usage": used}
        is_false = not key.management and account.credits_for_regular == "zeros"
        if is_false or self._states.get("/credits") == "empty":
            data = {"total_credits": 0, "total_usage": 0}
        return 200, self._edited("/credits", data)

    def _activity(self, account: Account, params: dict[str, str]) -> tuple[int, Any]:
        today = self.now.date()
        days = [today - timedelta(days=ago) for ago in range(1, 31)]
        if "date" in params:
            days = [day for day in days if day.isoformat() == params["date"]]
            if not days:
                return _error(400, ACTIVITY_RANGE)
        by_workspace = params.get("group_by") == "workspace"
        groups: dict[tuple[Any, ...], list[Event]] = {}
        for event in self._seen("/activity", account):
            if event.at.date() in days and _is_wanted(event, account, params):
                workspace = _workspace(event, account) if by_workspace else ""
                names = (event.at.date(), event.model, event.permaslug, event.provider, workspace)
                groups.setdefault(names, []).append(event)
        rows = [
            {**_activity_row(group, account.iso_dates), **({"workspace_id": names[-1]} if by_workspace else {})}
            for names, group in sorted(groups.items(), key=lambda it: it[0])
        ]
        return 200, self._edited("/activity", rows)

    def _listed(self, account: Account, params: dict[str, str]) -> list[dict[str, Any]]:
        offset = int(params.get("offset", "0"))
        keys = [
            key
            for key in account.keys
            if key.workspace == params.get("workspace_id", account.workspaces[0])
            and not key.management
            and not key.oauth
            and not key.deleted
            and (not key.disabled or params.get("include_disabled") == "true")
            and (not key.expired or params.get("include_expired") == "true")
        ]
        if self._states.get("/keys") == "empty":
            return []
        events = self._seen("/keys", account)
        return [self._listed_key(account, key, events) for key in keys[offset : offset + 100]]

    def _listed_key(self, account: Account, key: FakeKey, events: list[Event]) -> dict[str, Any]:
        return {
            "hash": key.hash,
            "name": key.name if key.called is None else key.called,
            "label": key.label,
            "disabled": key.disabled,
            **_limits(key),
            **self._counters(events, key),
            "created_at": key.created_at,
            "updated_at": None,
            "last_used_at": _last_use(events, key),
            "creator_user_id": key.creator_of(account),
            "external_user": key.external_user,
            "workspace_id": key.workspace,
        }

    def _analytics(self, account: Account, body: Any) -> tuple[int, Any]:
        try:
            asked = fake_analytics.question(body, self.now)
        except fake_analytics.Refused:
            return 400, {"success": False, "error": {"name": "ZodError", "message": "invalid query"}}
        events = self._seen("/analytics/query", account)
        told = fake_analytics.answer(asked, events, fake_analytics.Labels(account), account.money_as_text)
        return 200, self._edited("/analytics/query", told)


def _limits(key: FakeKey) -> dict[str, Any]:
    return {
        "limit": key.limit,
        "limit_remaining": key.limit_remaining,
        "limit_reset": key.limit_reset,
        "include_byok_in_limit": False,
        "expires_at": key.expires_at,
    }


def _activity_row(events: list[Event], iso: bool) -> dict[str, Any]:
    one = events[0]
    slug = hashlib.sha256(f"{one.model} {one.permaslug} {one.provider}".encode()).hexdigest()
    return {
        "date": one.at.date().isoformat() + ("" if iso else " 00:00:00"),
        "model": one.model,
        "model_permaslug": fake_analytics.permaslug(one),
        "endpoint_id": slug[:32],
        "provider_name": one.provider,
        "usage": _usd(events),
        "byok_usage_inference": _byok(events),
        "requests": sum(event.requests for event in events),
        "prompt_tokens": sum(event.prompt for event in events),
        "completion_tokens": sum(event.completion for event in events),
        "reasoning_tokens": sum(event.reasoning for event in events),
        "cached_tokens": sum(event.cached for event in events),
    }


def _is_wanted(event: Event, account: Account, params: dict[str, str]) -> bool:
    """Whether an event passes the filters of /activity."""
    key = account.key(event.key) if event.key else None
    filters = {
        "api_key_hash": key.hash if key else "",
        "user_id": key.creator_of(account) if key else account.creator,
        "workspace_id": _workspace(event, account),
    }
    return all(params.get(name, value) == value for name, value in filters.items())


def _workspace(event: Event, account: Account) -> str:
    """The workspace that /activity attributes an event to: the default one where there is none."""
    return account.key(event.key).workspace if event.key else account.workspaces[0]


def _last_use(events: list[Event], key: FakeKey) -> Optional[str]:
    """When the key was last used; null where that was not since the end of 2025."""
    used = [event.at for event in events if event.key == key.name and event.at.year > 2025]
    return f"{max(used):%Y-%m-%dT%H:%M:%S.000Z}" if used else None


def _workspaces(account: Account, params: dict[str, str]) -> list[dict[str, Any]]:
    offset, limit = int(params.get("offset", "0")), int(params.get("limit", "50"))
    return [
        {
            "id": workspace,
            "name": account.workspace_name(workspace),
            "slug": workspace,
            "description": None,
            "created_at": "2026-01-01T00:00:00Z",
            "created_by": None,
            "updated_at": None,
            "default_guardrail_id": "guardrail",
            "default_image_model": None,
            "default_provider_sort": None,
            "default_text_model": None,
            "io_logging_api_key_ids": None,
            "io_logging_sampling_rate": 1,
            "is_data_discount_logging_enabled": False,
            "is_observability_broadcast_enabled": False,
            "is_observability_io_logging_enabled": False,
        }
        for workspace in account.workspaces[offset : offset + limit]
    ]


def _usd(events: list[Event]) -> float:
    return float(sum((event.usd for event in events), Decimal(0)))


def _byok(events: list[Event]) -> float:
    return float(sum((event.byok for event in events), Decimal(0)))


def _error(status: int, message: str) -> tuple[int, Any]:
    return status, {"error": {"code": status, "message": message}}


# HTTP


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type) -> None:
        super().__init__(address, handler)
        self._is_accepting = False
        self._connections: set[socket.socket] = set()
        self.reading: set[socket.socket] = set()
        """The connections of which a request is being read that is not noted yet."""

    def is_all_read(self) -> bool:
        """Whether all that was sent by now is read and noted, and every client that is gone was let go."""
        if self._is_accepting or _has_come(self.socket):
            return False
        # In this order: it is among those that are read before anything is taken from it.
        return not any(map(_has_come, list(self._connections))) and not self.reading

    def get_request(self) -> tuple[socket.socket, Any]:
        self._is_accepting = True
        try:
            accepted = super().get_request()
            self._connections.add(accepted[0])
        finally:
            self._is_accepting = False
        return accepted

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the tests, not news."""


def _has_come(waiting: socket.socket) -> bool:
    """Whether something can be taken from a socket: a connection, a request, or the news that the client is gone."""
    try:
        return bool(select.select([waiting], [], [], 0)[0])
    except (OSError, ValueError):  # it is closed
        return False


def _handler(fake: FakeOpenRouter) -> type:
    class Handler(BaseHTTPRequestHandler):
        server: _Server
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # an answer is written in two parts, and the second must not wait
        date: Optional[str] = None

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def date_time_string(self, timestamp: Any = None) -> str:
            return format_datetime(fake.now, usegmt=True) if self.date is None else self.date

        def send_header(self, keyword: str, value: str) -> None:
            if keyword != "Date" or value:
                super().send_header(keyword, value)

        def handle_one_request(self) -> None:
            select.select([self.connection], [], [])
            self.server.reading.add(self.connection)
            try:
                super().handle_one_request()
            finally:
                self.server.reading.discard(self.connection)

        def do_GET(self) -> None:
            self._serve(None)

        def do_CONNECT(self) -> None:
            fake.connects += 1
            self.send_error(502)

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self._serve(json.loads(text))

        def _serve(self, body: Any) -> None:
            url = urlsplit(self.path)
            account, key = fake.owner(self.headers.get("Authorization", ""))
            asked = Asked(
                method=self.command,
                path=url.path[len(PREFIX) :] if url.path.startswith(PREFIX) else url.path,
                params={name: values[-1] for name, values in parse_qs(url.query).items()},
                key=key.name if key else "nobody",
                headers=dict(self.headers.items()),
                body=body,
            )
            fake.noted.append(asked)
            self.server.reading.discard(self.connection)
            time.sleep(fake.delay)
            fault = fake.due_fault(asked.path, asked.key)
            public = fake.public(asked.path)
            if fault:
                self._go_wrong(fault)
            elif public:
                self._send(asked, 200, public)
            elif not account or not key:
                self._send(asked, *_error(401, "User not found."))
            else:
                self._send(asked, *fake.answer(asked, account, key))

        def _send(self, asked: Asked, status: int, document: Any) -> None:
            text = HTML.format(status=status) if document is None else json.dumps(document)
            kind = "text/html" if document is None else "application/json"
            self._reply(fake.rewrite(asked, Reply(status, text.encode("utf-8", "surrogatepass"), kind)))

        def _reply(self, reply: Reply) -> None:
            self.date, data = reply.date, reply.body
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            if "gzip" in self.headers.get("Accept-Encoding", "") and reply.claims is None:
                data = gzip.compress(data, 1)
                self.send_header("Content-Encoding", "gzip")
            for header in reply.headers:
                self.send_header(*header)
            self.send_header("Content-Length", str(len(data) if reply.claims is None else reply.claims))
            self.end_headers()
            self.wfile.write(data)
            self.close_connection = self.close_connection or reply.claims is not None

        def _go_wrong(self, fault: Fault) -> None:
            if fault.how == "answer":
                kind = "text/html" if fault.body.startswith("<") else "application/json"
                self._reply(Reply(fault.status, fault.body.encode("utf-8", "surrogatepass"), kind, fault.headers))
            elif fault.how == "cut":
                self._reply(Reply(200, b'{"data": {"usage": 1', claims=4000))
            elif fault.how == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
            elif fault.how == "silence":
                fake._stopping.wait(60)
            elif fault.how == "drip":
                self._drip()
            elif fault.how == "raw":
                self.close_connection = True
                for piece in fault.pieces():
                    self.wfile.write(piece)
            else:
                raise ValueError(f"no such fault: {fault.how}")

        def _drip(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "4000")
            self.end_headers()
            stopping = fake._stopping
            while not stopping.wait(0.1):
                self.wfile.write(b" ")

    return Handler
