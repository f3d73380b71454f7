"""Asks OpenRouter: one method a question, HTTP in, records out.

Each question may raise a Failure, and nothing else. The network itself is a function handed in
(`over_http`, or the demo's), so that every answer goes through the same parsers.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Tuple

from openrouter_usage.api import analytics, answers
from openrouter_usage.api.retry import advised_wait, http_date, patient_retry
from openrouter_usage.errors import (
    BadAnswer,
    BrokenAnswer,
    Failure,
    MissingPackage,
    OutOfTime,
    Unreachable,
    WrongAddress,
)
from openrouter_usage.records import (
    DEFAULT_ADDRESS,
    VERSION,
    AccountDays,
    Activity,
    Credits,
    Key,
    KeyInfo,
    KeysPage,
    UsageTable,
)

if TYPE_CHECKING:
    import ssl

    import requests

USER_AGENT = f"openrouter-usage/{VERSION}"
KEYS_PER_PAGE = 100
WORKSPACES_PER_PAGE = 100
MOST_PAGES = 100
CONNECTIONS = 8

TimeLeft = Callable[[], float]
"""Seconds until the whole command has to be done."""


class Request(NamedTuple):
    """One question to OpenRouter: a GET, or a POST where there is a body."""

    path: str
    key: Key
    params: Optional[Dict[str, str]] = None
    body: Optional[Dict[str, Any]] = None


class Answer(NamedTuple):
    """The text of a 200, and the instant at which the server says it gave it."""

    text: str
    at: Optional[datetime] = None


Fetch = Callable[[Request], Answer]
"""Sends a request and returns the answer; raises a Failure for anything but a 200."""


class OpenRouter:
    """The account API's questions. All windows are UTC. `server_time` is the server's clock at its last answer."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self.server_time: Optional[datetime] = None

    def _ask(self, request: Request) -> Any:
        """The decoded `data`."""
        return self._ask_when(request)[0]

    def _ask_when(self, request: Request) -> Tuple[Any, Optional[datetime]]:
        """The decoded `data`, and when it was given. A body that broke off on the way is asked for once more."""
        try:
            return self._ask_once(request)
        except BrokenAnswer:
            return self._ask_once(request)

    def _ask_once(self, request: Request) -> Tuple[Any, Optional[datetime]]:
        answer = self._fetch(request)
        self.server_time = answer.at or self.server_time
        return answers.decode(answer.text, request.key.name), answer.at

    def key(self, key: Key) -> KeyInfo:
        """The key's own counters, limits and kind. `/auth/key` is undocumented; `/key` is its documented name."""
        try:
            data = self._ask(Request("/auth/key", key))
        except WrongAddress:
            data = self._ask(Request("/key", key))
        return answers.key_info(data)

    def credits(self, key: Key) -> Credits:
        """Lifetime credits of the key's account. A regular key may be refused, or be answered with false zeros."""
        return answers.credits(self._ask(Request("/credits", key)))

    def activity(self, key: Key) -> Activity:
        """The account's last 30 completed UTC days, one row per day, model and endpoint."""
        data, at = self._ask_when(Request("/activity", key))
        return Activity(answers.activity(data), at)

    def account_days(self, key: Key, start: datetime, end: datetime) -> AccountDays:
        """The account's spend by UTC day from `start` to `end`, today included."""
        body = analytics.days_question(start, end)
        days = analytics.account_days(self._ask(Request("/analytics/query", key, body=body)))
        return days._replace(since=start.date())

    def usage(self, key: Key, dimensions: Tuple[str, ...], first: date, last: date) -> UsageTable:
        """The account's use by these dimensions from `first` to `last`, both UTC days included.

        Rows of a neighbouring day may come along where a time is among the dimensions.
        """
        return self._usage(key, dimensions, analytics.usage_question(dimensions, first, last))

    def usage_until(
        self, key: Key, dimensions: Tuple[str, ...], first: date, today: date, until: datetime
    ) -> UsageTable:
        """The same from `first` to `today`, which is not over, and of that only `until` an instant.

        A question of its own: its answer is never taken for that of a completed day.
        """
        return self._usage(key, dimensions, analytics.usage_question(dimensions, first, today, until))

    def _usage(self, key: Key, dimensions: Tuple[str, ...], body: Dict[str, Any]) -> UsageTable:
        return analytics.usage_table(self._ask(Request("/analytics/query", key, body=body)), dimensions)

    def workspaces(self, key: Key) -> Tuple[str, ...]:
        """The ids of the account's workspaces."""
        found: List[str] = []
        for page in range(MOST_PAGES):
            params = {"limit": str(WORKSPACES_PER_PAGE), "offset": str(page * WORKSPACES_PER_PAGE)}
            rows = answers.workspaces(self._ask(Request("/workspaces", key, params)))
            found += rows
            if len(rows) < WORKSPACES_PER_PAGE:
                return tuple(dict.fromkeys(found))
        raise BadAnswer("OpenRouter's list of workspaces has no end")

    def keys_page(self, key: Key, workspace: Optional[str], page: int) -> KeysPage:
        """One page of a workspace's keys (None: the default one); the disabled and expired too, where it lists them."""
        params = {"offset": str(page * KEYS_PER_PAGE), "include_disabled": "true", "include_expired": "true"}
        if workspace is not None:
            params["workspace_id"] = workspace
        rows = answers.listed_keys(self._ask(Request("/keys", key, params)))
        return KeysPage(rows, is_last=len(rows) < KEYS_PER_PAGE)


# The network


class Bearer:
    """Sets the Authorization header at the moment of sending. Passed as `auth=`, so that no ~/.netrc replaces it."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["Authorization"] = f"Bearer {self._key.text}"
        return prepared


def over_http(addresses: Iterable[str], time_left: TimeLeft) -> Fetch:
    """A Fetch to these addresses over the network. Raises MissingPackage where `requests` is not installed.

    A key travels to its own address only: redirects are not followed, and plain http (loopback) passes no proxy.
    """
    requests = _requests()
    from urllib3.exceptions import HTTPError

    retries = patient_retry(time_left)
    sessions = {one: _loopback(retries) if one.startswith("http:") else _secure(retries) for one in set(addresses)}

    def fetch(request: Request) -> Answer:
        try:
            response = _send(sessions[request.key.address], request, time_left())
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise _trouble(error, request.key, time_left()) from None
        return _answer(response, request.key)

    return fetch


def _requests() -> Any:
    try:
        import requests
    except ImportError:
        raise MissingPackage(
            "the package `requests` is not installed, so OpenRouter was not asked",
            "run `uv run --script scripts/stats.py`; or install requests and python-dotenv into a venv outside this "
            "folder, or from your distribution (Debian: python3-requests, python3-dotenv). `--demo` needs neither.",
        ) from None
    return requests


def _loopback(retries: Any) -> requests.Session:
    """A session that heeds no proxy of the environment: what is plain text stays on this machine."""
    import requests

    session = requests.Session()
    session.trust_env = False
    session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retries))
    return session


def _secure(retries: Any) -> requests.Session:
    """A session with the trusted certificates loaded once for all its connections.

    On its own requests loads the same bundle anew for each connection, which costs more than
    everything else in a cold summary. What is trusted, and that it is checked, stays as it was.
    """
    import requests

    session = requests.Session()
    context = _trusting(session)

    class OneContextAdapter(requests.adapters.HTTPAdapter):
        def init_poolmanager(self, *args: Any, **more: Any) -> None:
            super().init_poolmanager(*args, ssl_context=context, **more)

        def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
            return super().build_connection_pool_key_attributes(request, bool(verify), cert)

        def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
            if conn.proxy is None:  # a proxy's own certificate is checked with them
                conn.ca_certs = conn.ca_cert_dir = None

    session.mount("https://", OneContextAdapter(pool_maxsize=CONNECTIONS, pool_block=True, max_retries=retries))
    return session


def _trusting(session: requests.Session) -> ssl.SSLContext:
    """urllib3's own kind of TLS context, trusting what requests trusts: its bundle, or the environment's."""
    from requests.utils import DEFAULT_CA_BUNDLE_PATH
    from urllib3.util.ssl_ import create_urllib3_context

    chosen = session.merge_environment_settings(DEFAULT_ADDRESS, {}, None, None, None)["verify"]
    bundle = chosen if isinstance(chosen, str) else DEFAULT_CA_BUNDLE_PATH
    try:
        context = create_urllib3_context()
        context.load_verify_locations(**{"capath" if os.path.isdir(bundle) else "cafile": bundle})
    except OSError:  # an SSLError is one, too
        raise Unreachable(
            "a file that REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSLKEYLOGFILE names cannot be used",
            "correct the path, or unset the variable",
        ) from None
    return context


def _send(session: requests.Session, request: Request, left: float) -> requests.Response:
    """One request. A third of the time left may go into a connection, so that two more can be tried."""
    if left <= 0:
        raise _out_of_time(request.key)
    return session.request(
        "GET" if request.body is None else "POST",
        request.key.address + request.path,
        params=request.params,
        json=request.body,
        headers={"User-Agent": USER_AGENT, "Accept": "application/json", **dict(request.key.headers)},
        auth=Bearer(request.key),
        timeout=(left / 3, left),
        allow_redirects=False,
    )


def _answer(response: requests.Response, key: Key) -> Answer:
    text = response.content.decode("utf-8", "replace")
    if response.status_code != 200:
        raise answers.failure(response.status_code, text, key.name, advised_wait(response.raw, response.content))
    return Answer(text, http_date(response.headers.get("Date", "")))


def _trouble(error: Exception, key: Key, left: float) -> Failure:
    """What a failure of `requests` means. Its own message is looked at, never shown: it may hold a header or a body."""
    import requests

    host, words = _host(key), repr(error).lower()
    if isinstance(error, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)):
        return answers.broken()
    if isinstance(error, requests.exceptions.SSLError):
        return Unreachable(
            f"the TLS certificate of {host} was not accepted", "check the clock, a proxy, or REQUESTS_CA_BUNDLE"
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return Unreachable(f"the proxy before {host} failed", "check HTTPS_PROXY")
    if isinstance(error, requests.exceptions.Timeout) or left <= 0 or "timed out" in words:
        return _out_of_time(key)
    if "resolve" in words or "getaddrinfo" in words or "name or service" in words:
        return Unreachable(f"the name {host} cannot be resolved", "check the network")
    if "refused" in words:
        return Unreachable(f"{host} refused the connection", "check the network, or OPENROUTER_API_URL")
    return Unreachable(f"the connection to {host} broke", "check the network, then try again")


def _out_of_time(key: Key) -> OutOfTime:
    return OutOfTime(f"no answer from {_host(key)} in time", "try again, or with a longer --timeout")


def _host(key: Key) -> str:
    return key.address.split("/")[2]
