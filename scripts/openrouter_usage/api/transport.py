"""Sends requests over HTTPS with `requests`: TLS, the bearer token, timeouts. The only importer of `requests`."""

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from importlib.util import find_spec
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional

from openrouter_usage import invocation
from openrouter_usage.api import failures, times
from openrouter_usage.api.bodies import Bodies
from openrouter_usage.api.early_connections import EarlyConnections
from openrouter_usage.api.retry import Tries, advised_wait, is_passing
from openrouter_usage.errors import (
    LONGER_TIMEOUT,
    Failure,
    MissingPackage,
    NotTheApi,
    OutOfTime,
    Unreachable,
    WrongAddress,
)
from openrouter_usage.records import VERSION, Key, Secret
from openrouter_usage.sanitize import without_secret

if TYPE_CHECKING:
    import ssl

    import requests

USER_AGENT = f"openrouter-usage/{VERSION}"
CONNECTIONS = 8

CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""The variables that name trusted certificates in the place of those that come with `requests`; the first counts.

`requests` reads the first two by itself, and OpenSSL and most programs the third.
"""

LOADING = Lock()
"""Held by the thread that imports `requests`."""

SHORTEST_MASKED = 16
"""The letters of the shortest key that is masked in what a server answers."""

TimeLeft = Callable[[], float]
"""Seconds until the whole command has to be done."""


class Request(NamedTuple):
    """An HTTP request to OpenRouter: a GET, or a POST where there is a body.

    One that `is_public` goes to the key's address without the key, and without a word on who asks.
    """

    path: str
    key: Key
    params: Optional[dict[str, str]] = None
    body: Optional[dict[str, Any]] = None
    is_public: bool = False


class Answer(NamedTuple):
    """The unpacked body of a 200, or the `failure` that any other status, or a web page, stands for.

    `at` is when OpenRouter says it gave it; None where it says no time that can be, or something else answered.
    """

    body: bytes
    at: Optional[datetime] = None
    failure: Optional[Failure] = None


Fetch = Callable[[Request], Answer]
"""Sends a request and returns the answer; raises a Failure where there is none."""


class Bearer:
    """Sets the Authorization header at the moment of sending. Passed as `auth=`, so that no ~/.netrc replaces it."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def __call__(self, prepared: "requests.PreparedRequest") -> "requests.PreparedRequest":
        prepared.headers["Authorization"] = f"Bearer {self._secret.text}"
        return prepared


def anonymous(prepared: "requests.PreparedRequest") -> "requests.PreparedRequest":
    """Sets no Authorization header. Passed as `auth=`, so that no ~/.netrc sets one."""
    return prepared


def over_http(secret_of: Callable[[Key], Secret], time_left: TimeLeft) -> Fetch:
    """A Fetch over the network. Raises MissingPackage where `requests` is not installed.

    A key travels to its own address only: redirects are not followed, and plain http (loopback) passes no proxy.
    """
    if not find_spec("requests"):
        raise _missing()
    return _Network(secret_of, time_left).fetch


class _Network:
    """The connections of one run."""

    def __init__(self, secret_of: Callable[[Key], Secret], time_left: TimeLeft) -> None:
        self._secret_of = secret_of
        self._time_left = time_left
        self._sessions = _Sessions(time_left)
        self._bodies = Bodies(time_left)

    def fetch(self, request: Request) -> Answer:
        """The Fetch. What may be another answer a moment later is asked for again."""
        secret, tries = self._secret_of(request.key), Tries(self._time_left)
        self._sessions.connect_early(secret.address)
        requests = load_requests()
        from urllib3.exceptions import HTTPError

        while True:
            try:
                response = _send(self._sessions.of(secret.address), request, secret, self._time_left())
                body = self._bodies.read(response, request.key)
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                if not tries.wait():
                    raise _failure(error, secret, self._time_left()) from None
                continue
            wait = advised_wait(response.status_code, response.headers, body)
            if not (is_passing(response.status_code, wait) and tries.wait(wait)):
                return _answer(response, body, wait, request.key, secret)


class _Sessions:
    """A session of `requests` for each address. As long as there is none, connections are opened early."""

    def __init__(self, time_left: TimeLeft) -> None:
        self._time_left = time_left
        self._lock, self._context_lock = Lock(), Lock()
        self._context: Optional[ssl.SSLContext] = None
        self._early: dict[str, EarlyConnections] = {}
        self._made: dict[str, requests.Session] = {}

    def connect_early(self, address: str) -> None:
        """Opens a connection to the address while `requests` is imported by another thread."""
        if address in self._made:
            return
        with self._lock:
            if address not in self._early:
                self._early[address] = EarlyConnections(address, self._trusting, CONNECTIONS)
                Thread(target=self._import, args=(address,), daemon=True).start()
        self._early[address].open(self._time_left() / 3)

    def _import(self, address: str) -> None:
        """Imports `requests`, and before it what TLS needs. Whoever needs them imports them again, and meets errors."""
        with suppress(Exception):
            if address.startswith("https:"):
                self._trusting()
            load_requests()

    def _trusting(self) -> "ssl.SSLContext":
        with self._context_lock:
            if self._context is None:
                self._context = _trusting(*certificates(os.environ))
            return self._context

    def of(self, address: str) -> "requests.Session":
        """The session for an address to which `connect_early` was called."""
        with self._lock:
            if address not in self._made:
                is_plain = address.startswith("http:")
                self._made[address] = _loopback() if is_plain else _secure(self._trusting(), self._early[address])
            return self._made[address]


def load_requests() -> Any:
    """Imports `requests`, in one thread at a time. Raises MissingPackage.

    A thread that waits for another's import is handed a half loaded module where that import fails.
    """
    with LOADING:
        try:
            import requests
        except ImportError:
            raise _missing() from None
    return requests


def _missing() -> MissingPackage:
    return MissingPackage(
        "the package `requests` is not installed, so OpenRouter was not asked",
        f"{invocation.with_packages()}; `--demo` needs neither",
    )


def _loopback() -> "requests.Session":
    """A session that heeds no proxy of the environment: what is plain text stays on this machine."""
    import requests

    session = requests.Session()
    session.trust_env = False
    return session


def _secure(context: "ssl.SSLContext", early: EarlyConnections) -> "requests.Session":
    """A session with the trusted certificates loaded once for all its connections.

    Its first connections are those that were opened early.

    On its own requests loads the same bundle anew for each connection, which costs more than
    everything else in a cold summary. What is trusted, and that it is checked, stays as it was.
    """
    import requests
    from urllib3.connection import HTTPSConnection
    from urllib3.connectionpool import HTTPSConnectionPool

    session = requests.Session()
    session.verify = certificates(os.environ)[1] or True

    class Connection(HTTPSConnection):
        def connect(self) -> None:
            self.sock = early.take()
            if self.sock is None:
                super().connect()
            else:
                self.is_verified = True

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    class OneContextAdapter(requests.adapters.HTTPAdapter):
        def init_poolmanager(self, *args: Any, **more: Any) -> None:
            super().init_poolmanager(*args, ssl_context=context, **more)
            self.poolmanager.pool_classes_by_scheme = {"https": Pool}

        def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
            return super().build_connection_pool_key_attributes(request, bool(verify), cert)

        def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
            if conn.proxy is None:  # a proxy's own certificate is checked with them
                conn.ca_certs = conn.ca_cert_dir = None

    session.mount("https://", OneContextAdapter(pool_maxsize=CONNECTIONS, pool_block=True))
    return session


def certificates(environ: Mapping[str, str]) -> tuple[str, str]:
    """Returns the variable that names the trusted certificates, and their path; both are empty where none does."""
    return next(((name, environ[name]) for name in CERTIFICATES if environ.get(name)), ("", ""))


def _trusting(variable: str, path: str) -> "ssl.SSLContext":
    """urllib3's own kind of TLS context, trusting the certificates that the variable names, or those of `requests`."""
    from urllib3.util.ssl_ import create_urllib3_context

    try:
        context = create_urllib3_context()
    except OSError:
        raise _unusable("SSLKEYLOGFILE") from None
    if not path:
        from certifi import where  # which `requests` asks, too

        path = where()
    try:
        context.load_verify_locations(**{"capath" if os.path.isdir(path) else "cafile": path})
    except OSError:  # an SSLError is one, too
        raise _unusable(variable) from None
    return context


def _unusable(variable: str) -> Unreachable:
    """The failure of a file for TLS that cannot be used; the variable that names it, empty for that of `requests`."""
    if not variable:
        return Unreachable("the certificates of the package `requests` cannot be read", "install it anew")
    return Unreachable(f"the file that {variable} names cannot be used", f"correct the path, or unset {variable}")


def _send(session: "requests.Session", request: Request, secret: Secret, left: float) -> "requests.Response":
    """Sends one request, and returns its answer without the body.

    A third of the time left may go into a connection, so that two more can be tried. It is sent by the session's
    adapter: the session itself would read the whole body of a redirect.
    """
    import requests

    if left <= 0:
        raise _out_of_time(_host(secret))
    prepared = session.prepare_request(
        requests.Request(
            "GET" if request.body is None else "POST",
            secret.address + request.path,
            params=request.params,
            json=request.body,
            headers={
                "User-Agent": USER_AGENT,
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                **({} if request.is_public else dict(secret.headers)),
            },
            auth=anonymous if request.is_public else Bearer(secret),
        )
    )
    url = str(prepared.url)
    settings: Any = session.merge_environment_settings(url, {}, True, None, None)
    return session.get_adapter(url).send(prepared, timeout=(left / 3, left), **settings)


def _answer(response: "requests.Response", body: bytes, wait: Optional[float], key: Key, secret: Secret) -> Answer:
    """The answer of a response."""
    text, at = failures.beginning(body), times.server_clock(response.headers.get("Date", ""))
    if response.status_code == 200 and not failures.is_web_page(text):
        return Answer(_without_echo(body, secret), at)
    sent = failures.Sent(key.name, secret.address, secret.address_from)
    failure = failures.of_status(response.status_code, text, sent, wait)
    failure.message = without_secret(failure.message, secret.text)
    is_openrouters = not isinstance(failure, (NotTheApi, WrongAddress))
    return Answer(b"", at if is_openrouters else None, failure)


def _without_echo(body: bytes, secret: Secret) -> bytes:
    """A body in which the key that asked is not repeated; a shorter one could be any word of it."""
    return body.replace(secret.text.encode(), b"[a key]") if len(secret.text) >= SHORTEST_MASKED else body


def _failure(error: Exception, secret: Secret, left: float) -> Failure:
    """The meaning of an error of `requests`. Its own message is never shown: it may hold a header or a body."""
    import requests

    host, words = _host(secret), repr(error).lower()
    check = f"check the network, or {secret.address_from}" if secret.address_from else "check the network"
    if isinstance(error, requests.exceptions.SSLError):
        return Unreachable(f"the TLS certificate of {host} was not accepted", _certificate_advice())
    if isinstance(error, requests.exceptions.ProxyError):
        if "407" in words:
            return Unreachable(f"the proxy before {host} wants a login (HTTP 407)", "put it into HTTPS_PROXY")
        return Unreachable(f"the proxy before {host} failed", "check HTTPS_PROXY")
    if isinstance(error, requests.exceptions.Timeout) or left <= 0 or "timed out" in words:
        return _out_of_time(host)
    if "resolve" in words or "getaddrinfo" in words or "name or service" in words:
        return Unreachable(f"the name {host} cannot be resolved", check)
    if "refused" in words:
        return Unreachable(f"{host} refused the connection", check)
    return Unreachable(f"the connection to {host} broke", "check the network, then try again")


def _certificate_advice() -> str:
    variable = certificates(os.environ)[0]
    if variable:
        return f"check the clock, a proxy, or {variable}: only the certificates that it names are trusted"
    return "check the clock; a proxy that has its own certificate needs SSL_CERT_FILE, the file of its authority's"


def _out_of_time(host: str) -> OutOfTime:
    return OutOfTime(f"no answer from {host} in time", LONGER_TIMEOUT)


def _host(secret: Secret) -> str:
    return secret.address.split("/")[2]
