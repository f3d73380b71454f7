"""Sends a question in a thread of its own."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Callable, Optional

if TYPE_CHECKING:
    from openrouter_usage.records import Question


class Sending:
    """A question that was sent. Once it is done it has its `answer`, or the `error` that came in its place.

    It takes the place of a `concurrent.futures.Future`, whose import takes as long as a tenth of a round trip.
    """

    def __init__(self) -> None:
        self.answer: Any = None
        self.error: Optional[BaseException] = None
        self._done = Event()

    def begin(self, ask: Callable[[Question[Any]], Any], question: Question[Any]) -> None:
        """Asks in a daemon thread: a server that never finishes its answer keeps no program running past its time."""
        Thread(target=self._ask, args=(ask, question), daemon=True).start()

    def _ask(self, ask: Callable[[Question[Any]], Any], question: Question[Any]) -> None:
        try:
            self.answer = ask(question)
        except BaseException as error:  # handed on to the waiting thread, which raises what is not a Failure
            self.error = error
        self._done.set()

    def fail(self, error: BaseException) -> None:
        """Ends it with an error: the question cannot be sent."""
        self.error = error
        self._done.set()

    def is_done(self) -> bool:
        return self._done.is_set()

    def wait(self, seconds: float) -> None:
        """Waits until it is done, for no longer than that."""
        self._done.wait(seconds)
