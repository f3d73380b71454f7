"""Retries: which answers are asked for again, and when, within the time that the command has left."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Callable, Optional

from openrouter_usage.api import failures, times

PASSING = (408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529)
"""The statuses that may be another one a moment later."""

WAITS = (0.0, 1.0)
"""Seconds before each further try, where the server does not say when."""


class Tries:
    """The further tries of one request: two, and never a wait that the command cannot afford."""

    def __init__(self, time_left: Callable[[], float]) -> None:
        self._time_left = time_left
        self._waits = list(WAITS)

    def wait(self, advised: Optional[float] = None) -> bool:
        """Waits until the next try, as long as was advised; False if there is none, or no time to wait for it."""
        if not self._waits:
            return False
        usual = self._waits.pop(0)
        seconds = usual if advised is None else advised
        if seconds >= self._time_left():
            return False
        time.sleep(seconds)
        return True


def is_passing(status: int, wait: Optional[float]) -> bool:
    """Tells whether to ask again may help: with a 402 if the server says when, for it frees what requests hold."""
    return status in PASSING or (status == 402 and wait is not None)


def advised_wait(status: int, headers: Mapping[str, Any], body: bytes) -> Optional[float]:
    """Seconds until the server wants to be asked again, or None where it does not say.

    It says so in Retry-After (seconds, or a date), or with a 429 in X-RateLimit-Reset: an instant
    in epoch milliseconds, among the headers or in the body.
    """
    after = headers.get("Retry-After")
    if after is not None:
        at = times.of_header(after)
        if at is not None:
            return max(0.0, at.timestamp() - _server_time(headers))
        if after.isascii() and after.strip().isdecimal():
            return float(after)
    if status != 429:
        return None
    told = _until_reset(headers.get("X-RateLimit-Reset"), headers)
    return _until_reset(failures.advised_reset(failures.beginning(body)), headers) if told is None else told


def _until_reset(milliseconds: Any, headers: Mapping[str, Any]) -> Optional[float]:
    try:
        return max(0.0, float(milliseconds) / 1000 - _server_time(headers))
    except (ValueError, TypeError, OverflowError):
        return None


def _server_time(headers: Mapping[str, Any]) -> float:
    """The time of the answer in epoch seconds: an instant at which to come back is one of the server's clock."""
    at = times.server_clock(headers.get("Date", ""))
    return at.timestamp() if at else time.time()
