"""Sends requests over HTTPS with `requests`, which nothing outside this folder imports: bearer token, timeouts."""

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional

from openrouter_usage.api import certificates, failures, times
from openrouter_usage.api.bodies import Bodies
from openrouter_usage.api.early_connections import EarlyConnections
from openrouter_usage.api.retry import Tries, advised_wait, is_passing
from openrouter_usage.api.sessions import Sessions, load_requests
from openrouter_usage.errors import (
    LONGER_TIMEOUT,
    Failure,
    NotTheApi,
    OutOfTime,
    Unreachable,
    WrongAddress,
)
from openrouter_usage.records import VERSION, Key, Secret
from openrouter_usage.sanitize import without_secret

if TYPE_CHECKING:
    import requests

USER_AGENT = f"openrouter-usage/{VERSION}"

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


def over_http(secret_of: Callable[[Key], Secret], time_left: TimeLeft, early: EarlyConnections) -> Fetch:
    """A Fetch over the network. Raises MissingPackage where `requests` is not installed.

    A key travels to its own address only: redirects are not followed, and plain http (loopback) passes no proxy.
    """
    load_requests()
    return _Network(secret_of, time_left, early).fetch


class _Network:
    """The connections of one run."""

    def __init__(self, secret_of: Callable[[Key], Secret], time_left: TimeLeft, early: EarlyConnections) -> None:
        self._secret_of = secret_of
        self._time_left = time_left
        self._sessions = Sessions(early)
        self._bodies = Bodies(time_left)

    def fetch(self, request: Request) -> Answer:
        """The Fetch. What may be another answer a moment later is asked for again."""
        secret, tries = self._secret_of(request.key), Tries(self._time_left)
        import requests
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
    variable = certificates.named(os.environ)[0]
    if variable:
        return f"check the clock, a proxy, or {variable}: only the certificates that it names are trusted"
    return "check the clock; a proxy that has its own certificate needs SSL_CERT_FILE, the file of its authority's"


def _out_of_time(host: str) -> OutOfTime:
    return OutOfTime(f"no answer from {host} in time", LONGER_TIMEOUT)


def _host(secret: Secret) -> str:
    return secret.address.split("/")[2]
