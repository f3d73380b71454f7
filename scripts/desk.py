"""Puts questions side by side, each in a thread of its own and each once, and waits for their answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple, TypeVar, Union

from errors import Failure, KeyTrouble, MissingPackage, OutOfTime
from usage import Unknown

if TYPE_CHECKING:
    from concurrent import futures

    from neighbours import Memory

T = TypeVar("T")
Question = Tuple[Any, ...]
"""A method of OpenRouter's, and what it is asked about."""

TICK = 0.25
"""Seconds between two words to whoever waits."""

MOMENT = 0.03
"""Seconds between two looks at what another process has got."""

FOR_ANOTHER = 0.75
"""The part of the time for which another process that asks the same is waited for."""


class Desk:
    """Where questions are put. `failures` are those met on the way, the first waited for first.

    What is remembered and young enough is not asked; where nobody answers, what is remembered
    stands in, however old, and the failure is among `replaced` instead. `on_wait` is told now and
    then, while an answer is waited for, how many questions are answered and how many were put. The
    threads are daemons: a server that drips forever cannot hold the program past its time.
    """

    def __init__(
        self, time_left: Callable[[], float], on_wait: Callable[[int, int], None], memory: Optional[Memory] = None
    ) -> None:
        self._time_left = time_left
        self._on_wait = on_wait
        self._memory = memory
        self._alone_from = time_left() * (1 - FOR_ANOTHER)
        self._asked: Dict[Question, futures.Future[Any]] = {}
        self._answers: Dict[Question, Any] = {}
        self.failures: List[Failure] = []
        self.replaced: List[Failure] = []

    def put(self, question: Callable[..., T], *about: Any) -> None:
        """Asks without waiting for the answer; a question that was put before is not put again."""
        if self.was_put(question, *about):
            return
        held = self._fresh(question, about)
        if held is not None:
            self._answers[(question, *about)] = held
        else:
            self._ask(question, about)

    def was_put(self, question: Callable[..., T], *about: Any) -> bool:
        return (question, *about) in self._answers or (question, *about) in self._asked

    def _fresh(self, question: Callable[..., T], about: Tuple[Any, ...]) -> Optional[T]:
        """What is remembered and young enough: at once, or as soon as another process that is asking has it."""
        if self._memory is None:
            return None
        held = self._memory.fresh(question.__name__, *about)
        while held is None and self._time_left() > self._alone_from:
            may_ask = self._memory.may_ask()
            held = self._memory.fresh(question.__name__, *about)
            if may_ask:
                break
            time.sleep(MOMENT)
            self._on_wait(0, 1)
        return held  # type: ignore[no-any-return]

    def _ask(self, question: Callable[..., T], about: Tuple[Any, ...]) -> None:
        from concurrent import futures  # costly, and of use only here
        from threading import Thread

        future: futures.Future[T] = futures.Future()
        self._asked[(question, *about)] = future
        Thread(target=_answer, args=(future, question, about), daemon=True).start()

    def wait(
        self, question: Callable[..., T], *about: Any, share: float = 1, or_remembered: bool = True
    ) -> Union[T, Failure]:
        """The answer, or why there is none; waits for at most that share of the time that is left."""
        self.put(question, *about)
        name: Question = (question, *about)
        if name not in self._answers:
            answer = self._awaited(self._asked[name], self._time_left() * (1 - share))
            if isinstance(answer, Failure):
                return self._stand_in(question, about, answer) if or_remembered else self._met(answer)
            if self._memory is not None:
                self._memory.keep(question.__name__, answer, *about)
            self._answers[name] = answer
        return self._answers[name]  # type: ignore[no-any-return]

    def _awaited(self, future: futures.Future[T], until: float) -> Union[T, Failure]:
        try:
            if self._is_answered(future, until):
                return future.result()
        except Failure as met:
            return met
        return OutOfTime("no answer from OpenRouter in time", "try again, or with a longer --timeout")

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

    def _stand_in(self, question: Callable[..., T], about: Tuple[Any, ...], failure: Failure) -> Union[T, Failure]:
        """What is remembered, where nobody answered; a refusal is an answer."""
        refused = isinstance(failure, KeyTrouble) and not isinstance(failure, MissingPackage)
        held = None if refused or self._memory is None else self._memory.last(question.__name__, *about)
        if held is None:
            return self._met(failure)
        self.replaced.append(failure)
        self._answers[(question, *about)] = held
        return held  # type: ignore[no-any-return]

    def _met(self, failure: Failure) -> Failure:
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
