"""Ends a run that works longer on OpenRouter's answers than it has time."""

from __future__ import annotations

import time
from threading import Event, Lock, Thread
from typing import Callable

GRACE = 0.7
"""Seconds of computing that a run may take beyond its time: to write what it knows takes a fifth of that.

What the process computes counts, not what a clock shows, so that a busy machine costs no answer.
"""


class Overrun:
    """Watches a run that has `time_left` in seconds; `end` ends the process, and is called in another thread."""

    def __init__(self, time_left: Callable[[], float], end: Callable[[], None]) -> None:
        self._time_left = time_left
        self._end = end
        self._ending = Lock()
        self._stopped = Event()
        Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        until = time.process_time() + GRACE
        while self._time_left() > 0 or time.process_time() < until:
            if self._time_left() > 0:  # it may begin anew, too, where a person had to answer
                self._stopped.wait(max(self._time_left(), 0))
                until = time.process_time() + GRACE
            if self._stopped.wait(max(until - time.process_time(), 0)):
                return
        with self._ending:
            if not self._stopped.is_set():
                self._end()

    def stop(self) -> None:
        """Stops watching: the run has its answer. It does not return where the process is just being ended."""
        with self._ending:
            self._stopped.set()
