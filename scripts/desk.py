"""Puts questions side by side, each in a thread of its own and each once, and waits for their answers."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Tuple, TypeVar, Union

from errors import Failure, OutOfTime
from usage import Unknown

if TYPE_CHECKING:
    from concurrent import futures

T = TypeVar("T")


class Desk:
    """Where questions are put. `failures` are those met on the way, the first waited for first.

    The threads are daemons: a server that drips forever cannot hold the program past its time.
    """

    def __init__(self, time_left: Callable[[], float]) -> None:
        self._time_left = time_left
        self._asked: Dict[Tuple[Any, ...], futures.Future[Any]] = {}
        self.failures: List[Failure] = []

    def put(self, question: Callable[..., T], *about: Any) -> futures.Future[T]:
        """Asks without waiting; a question that was put before is not put again."""
        from concurrent import futures  # as costly as all the rest of the start-up, and of use only here

        if not self.was_put(question, *about):
            future: futures.Future[T] = futures.Future()
            self._asked[(question, *about)] = future
            Thread(target=_answer, args=(future, question, about), daemon=True).start()
        return self._asked[(question, *about)]

    def was_put(self, question: Callable[..., T], *about: Any) -> bool:
        return (question, *about) in self._asked

    def wait(self, question: Callable[..., T], *about: Any, share: float = 1) -> Union[T, Failure]:
        """The answer, or why there is none; waits for at most that share of the time that is left."""
        from concurrent import futures

        try:
            return self.put(question, *about).result(timeout=max(0.0, self._time_left() * share))
        except futures.TimeoutError:
            failure: Failure = OutOfTime("no answer from OpenRouter in time", "try again, or with a longer --timeout")
        except Failure as met:
            failure = met
        if failure not in self.failures:
            self.failures.append(failure)
        return failure

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
