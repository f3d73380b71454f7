"""Retries: which answers are asked for again, and when, within the time that the command has left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional

from openrouter_usage.api import failures, times

if TYPE_CHECKING:
    from urllib3.util.retry import Retry

RETRIES = 2
RETRIED = (408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529)
BACKOFF = 0.5
"""Seconds: no wait before the first retry, then 1 s."""


def bounded_retry(time_left: Callable[[], float]) -> Retry:
    """Two retries of any method (the analytics POST only reads), and never a wait that the command cannot afford.

    A 402 is tried again where it has a Retry-After: then requests under way hold the credits that are left.

    urllib3's own Retry leaves POST alone, obeys a Retry-After of any length, raises on one it
    cannot read, and does not know OpenRouter's X-RateLimit-Reset. The class is made here because
    urllib3 is imported only when something is asked.
    """
    from urllib3.exceptions import MaxRetryError, ResponseError
    from urllib3.util.retry import Retry

    class BoundedRetry(Retry):
        wait = 0.0

        def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
            is_budget_in_use = status_code == 402 and has_retry_after
            return is_budget_in_use or super().is_retry(method, status_code, has_retry_after)

        def increment(
            self,
            method: Any = None,
            url: Any = None,
            response: Any = None,
            error: Any = None,
            _pool: Any = None,
            _stacktrace: Any = None,
        ) -> BoundedRetry:
            """The policy for the next try. Raises MaxRetryError where there is none, or no time to wait for it."""
            following = super().increment(method, url, response, error, _pool, _stacktrace)
            advised = None if response is None else advised_wait(response)
            following.wait = following.get_backoff_time() if advised is None else advised
            if following.wait >= time_left():
                raise MaxRetryError(_pool, url, error or ResponseError("no time left to wait"))
            return following

        def sleep(self, response: Any = None) -> None:
            time.sleep(self.wait)

    return BoundedRetry(
        RETRIES,
        other=0,
        allowed_methods=None,
        status_forcelist=RETRIED,
        backoff_factor=BACKOFF,
        raise_on_status=False,
    )


def advised_wait(response: Any, body: Optional[bytes] = None) -> Optional[float]:
    """Seconds until the server wants to be asked again, or None where it does not say.

    It says so in Retry-After (seconds, or a date), or with a 429 in X-RateLimit-Reset: an instant
    in epoch milliseconds, among the headers or in the body. To read urllib3's body is to use it
    up, so what it said is kept with the response.
    """
    if not hasattr(response, "advised_wait"):
        response.advised_wait = _wait_in_headers(response.headers, response.status)
        if response.advised_wait is None and response.status == 429:
            text = bytes(body or response.read(decode_content=True)).decode("utf-8", "replace")
            response.advised_wait = _until_reset(failures.advised_reset(text), response.headers)
    return response.advised_wait  # type: ignore[no-any-return]


def _wait_in_headers(headers: Mapping[str, Any], status: int) -> Optional[float]:
    after = headers.get("Retry-After")
    if after is None:
        return _until_reset(headers.get("X-RateLimit-Reset"), headers) if status == 429 else None
    at = times.of_header(after)
    if at is not None:
        return max(0.0, at.timestamp() - _server_time(headers))
    return float(after) if after.isascii() and after.strip().isdecimal() else None


def _until_reset(milliseconds: Any, headers: Mapping[str, Any]) -> Optional[float]:
    try:
        return max(0.0, float(milliseconds) / 1000 - _server_time(headers))
    except (ValueError, TypeError, OverflowError):
        return None


def _server_time(headers: Mapping[str, Any]) -> float:
    """The time of the answer in epoch seconds: an instant at which to come back is one of the server's clock."""
    at = times.clock(headers.get("Date", ""))
    return at.timestamp() if at else time.time()
