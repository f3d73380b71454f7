"""Puts questions side by side, each in a thread of its own and each once, and waits for their answers."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Tuple, TypeVar, Union

from errors import Failure, OutOfTime
from usage import Unknown

if TYPE_CHECKING:
    from concurrent import futures

T = TypeVar("T")

TICK = 0.25
"""Seconds between two words to whoever waits."""


class Desk:
    """Where questions are put. `failures` are those met on the way, the first waited for first.

    `on_wait` is told now and then, while an answer is waited for, how many questions are answered
    and how many were put. The threads are daemons: a server that drips forever cannot hold the
    program past its time.
    """

    def __init__(self, time_left: Callable[[], float], on_wait: Callable[[int, int], None]) -> None:
        self._time_left = time_left
        self._on_wait = on_wait
        self._asked: Dict[Tuple[Any, ...], futures.Future[Any]] = {}
        self.failures: List[Failure] = []

    def put(self, question: Callable[..., T], *about: Any) -> futures.Future[T]:
        """Asks without waiting; a question that was put before is not put again."""
        from concurrent import futures  # costly, and of use only here

        if not self.was_put(question, *about):
            future: futures.Future[T] = futures.Future()
            self._asked[(question, *about)] = future
            Thread(target=_answer, args=(future, question, about), daemon=True).start()
        return self._asked[(question, *about)]

    def was_put(self, question: Callable[..., T], *about: Any) -> bool:
        return (question, *about) in self._asked

    def wait(self, question: Callable[..., T], *about: Any, share: float = 1) -> Union[T, Failure]:
        """The answer, or why there is none; waits for at most that share of the time that is left."""
        future = self.put(question, *about)
        try:
            if self._is_answered(future, self._time_left() * (1 - share)):
                return future.result()
            failure: Failure = OutOfTime("no answer from OpenRouter in time", "try again, or with a longer --timeout")
        except Failure as met:
            failure = met
        if failure not in self.failures:
            self.failures.append(failure)
        return failure

    def _is_answered(self, future: futures.Future[Any], until: float) -> bool:
        """Waits for it, until no more than that is left of the time."""
        from concurrent import futures

        while not future.done():
            patience = self._time_left() - until
            if patience <= 0:
                return False
            futures.wait([future], timeout=min(patience, TICK))
            self._on_wait(sum(one.done() for one in self._asked.values()), len(self._asked))
        return True

    def known(self, question: Callable[..., T], *about: Any) -> Union[T, Unknown]:
        answer = self.wait(question, *about)
        return unknown(answer) if isinstance(answer, Failure) else answer


def unknown(failure: Failure) -> Unknown:
    return Unknown(failure.message, failure.code, failure.next_step)


def _answer(future: futures.Future[Any], question: Callable[..., Any], about: Tuple[Any, ...]) -> None:
    try:
        future.set_result(question(*about))
    except BaseException as error:  # handed on to the waiting thread, which raises what is not a Failure
        future.set_exception(error)
