"""Decides whether and when a request is sent again: urllib3's Retry, bounded by the time the command has left."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Callable, Mapping, Optional

import wire
from urllib3.exceptions import MaxRetryError, ResponseError
from urllib3.util.retry import Retry

RETRIES = 2
RETRIED = (408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529)
BACKOFF = 0.5
"""Seconds: no wait before the first retry after a broken connection, then 1 s."""


class PatientRetry(Retry):
    """Two retries of any method (the analytics POST only reads), and never a wait that the command cannot afford.

    urllib3's own Retry leaves POST alone, obeys a Retry-After of any length, raises on one
    it cannot read, and does not know OpenRouter's X-RateLimit-Reset.
    """

    def __init__(self, *args: Any, time_left: Callable[[], float], **options: Any) -> None:
        super().__init__(*args, **options)
        self._time_left = time_left
        self._wait = 0.0

    @classmethod
    def within(cls, time_left: Callable[[], float]) -> PatientRetry:
        return cls(
            RETRIES,
            other=0,
            allowed_methods=None,
            status_forcelist=RETRIED,
            backoff_factor=BACKOFF,
            raise_on_status=False,
            time_left=time_left,
        )

    def new(self, **changes: Any) -> PatientRetry:
        return super().new(time_left=self._time_left, **changes)

    def increment(
        self,
        method: Any = None,
        url: Any = None,
        response: Any = None,
        error: Any = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> PatientRetry:
        """The policy for the next try. Raises MaxRetryError where there is none, or no time to wait for it."""
        following: PatientRetry = super().increment(method, url, response, error, _pool, _stacktrace)
        following._wait = following._wait_after(response)
        if following._wait >= self._time_left():
            raise MaxRetryError(_pool, url, error or ResponseError("no time left to wait"))
        return following

    def sleep(self, response: Any = None) -> None:
        time.sleep(self._wait)

    def _wait_after(self, response: Any) -> float:
        if response is None:
            return self.get_backoff_time()
        advised = advised_wait(response.headers)
        if advised is None and response.status == 429:
            advised = advised_wait({"X-RateLimit-Reset": wire.advised_reset(_body(response))})
        return self.get_backoff_time() if advised is None else advised


def _body(response: Any) -> str:
    """The body of an answer that is about to be thrown away."""
    return bytes(response.read(decode_content=True)).decode("utf-8", "replace")


def advised_wait(headers: Mapping[str, Any]) -> Optional[float]:
    """Seconds until the server wants to be asked again: Retry-After (seconds or a date), or
    X-RateLimit-Reset, which is an instant in epoch milliseconds. None where it does not say."""
    try:
        after, reset = headers.get("Retry-After"), headers.get("X-RateLimit-Reset")
        if after is not None:
            return max(0.0, float(after) if str(after).strip().isdigit() else _seconds_until(after))
        return None if reset is None else max(0.0, float(reset) / 1000 - time.time())
    except (ValueError, TypeError, OverflowError, ArithmeticError):
        return None


def _seconds_until(http_date: str) -> float:
    return (parsedate_to_datetime(http_date) - datetime.now(timezone.utc)).total_seconds()
