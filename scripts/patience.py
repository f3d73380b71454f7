"""Decides whether and when a request is sent again: urllib3's Retry, bounded by the time the command has left."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional

import wire

if TYPE_CHECKING:
    from urllib3.util.retry import Retry

RETRIES = 2
RETRIED = (408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529)
BACKOFF = 0.5
"""Seconds: no wait before the first retry, then 1 s."""


def patient_retry(time_left: Callable[[], float]) -> Retry:
    """Two retries of any method (the analytics POST only reads), and never a wait that the command cannot afford.

    urllib3's own Retry leaves POST alone, obeys a Retry-After of any length, raises on one it
    cannot read, and does not know OpenRouter's X-RateLimit-Reset. The class is made here because
    urllib3 is imported only when something is asked.
    """
    from urllib3.exceptions import MaxRetryError, ResponseError
    from urllib3.util.retry import Retry

    class PatientRetry(Retry):
        wait = 0.0

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
            following = super().increment(method, url, response, error, _pool, _stacktrace)
            advised = None if response is None else _advice(response)
            following.wait = following.get_backoff_time() if advised is None else advised
            if following.wait >= time_left():
                raise MaxRetryError(_pool, url, error or ResponseError("no time left to wait"))
            return following

        def sleep(self, response: Any = None) -> None:
            time.sleep(self.wait)

    return PatientRetry(
        RETRIES,
        other=0,
        allowed_methods=None,
        status_forcelist=RETRIED,
        backoff_factor=BACKOFF,
        raise_on_status=False,
    )


def _advice(response: Any) -> Optional[float]:
    """The wait that an answer asks for; a 429 may say it in its body, which is about to be thrown away."""
    advised = advised_wait(response.headers)
    if advised is None and response.status == 429:
        body = bytes(response.read(decode_content=True)).decode("utf-8", "replace")
        return advised_wait({"X-RateLimit-Reset": wire.advised_reset(body)})
    return advised


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
