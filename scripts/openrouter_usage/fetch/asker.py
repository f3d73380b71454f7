"""Puts questions side by side, each in a thread of its own and each once, and waits for their answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Set, Tuple, TypeVar, Union

from openrouter_usage.errors import Failure, KeyTrouble, MissingPackage, OutOfTime, refusal
from openrouter_usage.records import Key, Unknown

if TYPE_CHECKING:
    from concurrent import futures

    from openrouter_usage.fetch.neighbours import Memory

T = TypeVar("T")
Question = Tuple[Any, ...]
"""A method of OpenRouter's, and what it is asked about."""

TICK = 0.25
"""Seconds between two words to whoever waits."""

MOMENT = 0.03
"""Seconds between two looks at what another process has got."""

WHOSE = "key"
"""The question that tells whose a key is, and with it all that the key is told."""

FOR_ANOTHER = 0.5
"""The part of the time for which another process that asks the same is waited for; the rest is for asking it."""


class Desk:
    """Where questions are put. `failures` are those met on the way, the first waited for first.

    What is remembered and young enough is not asked, nor what another process is just asking; where
    nobody answers, what is remembered stands in, however old, and the failure is among `replaced`
    instead. Where the desk is `closed` nobody is asked: every question meets that failure. `on_wait`
    is told now and then, while an answer is waited for, how many questions are answered and how
    many were put. The threads are daemons: a server that drips forever cannot
    hold the program past its time.
    """

    def __init__(
        self,
        time_left: Callable[[], float],
        on_wait: Callable[[int, int], None],
        memory: Optional[Memory] = None,
        closed: Optional[Failure] = None,
    ) -> None:
        self._time_left = time_left
        self._on_wait = on_wait
        self._memory = memory
        self._closed = closed
        self._alone_from = time_left() * (1 - FOR_ANOTHER)
        self._put: Set[Question] = set()
        self._left_to_another: Set[Question] = set()
        self._asked: Dict[Question, futures.Future[Any]] = {}
        self._answers: Dict[Question, Any] = {}
        self._unkept: List[Question] = []
        self._stand_ins: Dict[Question, Any] = {}
        self._refusals: Dict[Question, Optional[Failure]] = {}
        self.failures: List[Failure] = []
        self.replaced: List[Failure] = []

    # Putting

    def put(self, question: Callable[..., T], *about: Any) -> None:
        """Asks without waiting for anything; a question that was put before is not put again."""
        if self.was_put(question, *about):
            return
        self._put.add((question, *about))
        if not self._begun((question, *about)):
            self._left_to_another.add((question, *about))

    def was_put(self, question: Callable[..., T], *about: Any) -> bool:
        return (question, *about) in self._put

    def _begun(self, name: Question) -> bool:
        """Takes what is remembered and young enough, or asks. False where another process is asking the same."""
        if self._memory is not None:
            held = self._memory.fresh(*_called(name))
            if held is None and self._closed is None:
                if not self._memory.may_ask(*_called(name)):
                    return False
                held = self._memory.fresh(*_called(name))  # what another process got until a moment ago
            if held is not None:
                self._answers[name] = held
                return True
        if self._closed is None:
            self._ask(name)
        return True

    def _ask(self, name: Question) -> None:
        from concurrent import futures  # costly, and of use only here
        from threading import Thread

        future: futures.Future[Any] = futures.Future()
        self._asked[name] = future
        Thread(target=_answer, args=(future, *name), daemon=True).start()

    def put_anew(self, question: Callable[..., T], *about: Any) -> None:
        """Asks what memory was to answer, and could not; but not what was asked already."""
        name = (question, *about)
        if self._answers.pop(name, None) is not None and name not in self._asked and self._closed is None:
            self._ask(name)

    # Waiting

    def wait(
        self, question: Callable[..., T], *about: Any, share: float = 1, or_remembered: bool = True
    ) -> Union[T, Failure]:
        """The answer, or why there is none; waits for at most that share of the time that is left.

        Where nobody answers, what is remembered will do, or not.
        """
        name: Question = (question, *about)
        self.put(*name)
        self._wait_for_another(name, self._time_left() * (1 - share))
        if name in self._answers:
            return self._answers[name]  # type: ignore[no-any-return]
        failure = self._unasked(name) if self._closed else self._wait_for(name, self._time_left() * (1 - share))
        if failure is None:
            return self._answers[name]  # type: ignore[no-any-return]
        return self._stand_in(name, failure) if or_remembered else self._met(failure)

    def _unasked(self, name: Question) -> Optional[Failure]:
        """Why there is no answer where nobody is asked: as far as is remembered it was refused."""
        if name not in self._refusals:
            why = self._memory.refused(*_called(name)) if self._memory is not None else None
            self._refusals[name] = refusal(why.code, why.reason, why.next_step) if why else None
        return self._refusals[name] or self._closed

    def _wait_for_another(self, name: Question, until: float) -> None:
        """Until another process has the answer, or has not got it in time; all that it leaves is asked at once.

        No longer than until no more than that is left of the time.
        """
        while name in self._left_to_another:
            self._left_to_another = {one for one in self._left_to_another if not self._begun(one)}
            if self._time_left() <= self._alone_from:
                for one in self._left_to_another:
                    self._ask(one)
                self._left_to_another = set()
            elif self._time_left() <= until:
                break
            elif name in self._left_to_another:
                time.sleep(MOMENT)
                self._pass_time()
        self._keep()

    def _wait_for(self, name: Question, until: float) -> Optional[Failure]:
        """Waits until no more than that is left of the time; why there is no answer, where there is none."""
        from concurrent import futures

        future = self._asked.get(name)
        if future is None:  # it is left to another process, which has not got it
            return _out_of_time()
        while not future.done() and self._time_left() > until:
            futures.wait([future], timeout=min(max(self._time_left() - until, 0), TICK))
            self._pass_time()
        self._pass_time()
        try:
            if future.done():
                future.result()
                return None
        except Failure as met:
            return met
        return _out_of_time()

    def _pass_time(self) -> None:
        """Remembers what has come, for whoever waits for it, and says how far it is."""
        done = [name for name, future in self._asked.items() if future.done()]
        for name in done:
            if name not in self._answers and self._asked[name].exception() is None:
                self._answers[name] = self._asked[name].result()
                self._unkept.append(name)
        self._keep()
        self._on_wait(len(done), len(self._asked))

    def _keep(self) -> None:
        """Remembers what came; what a key was told while it is being asked whose it is, only once it has said so."""
        if self._memory is None:
            return
        early = [name for name in self._unkept if self._is_asked_whose(name[1])]
        ripe = [name for name in self._unkept if name not in early]
        for name in sorted(ripe, key=lambda name: _called(name)[0] != WHOSE):
            self._memory.keep(self._answers[name], *_called(name))
        self._unkept = early

    def _is_asked_whose(self, key: Key) -> bool:
        """Whether the key is being asked about itself, and has neither answered nor failed yet."""
        asked = [name for name in self._put if _called(name) == (WHOSE, key)]
        return any(name not in self._answers and not self._has_failed(name) for name in asked)

    def _has_failed(self, name: Question) -> bool:
        return name in self._asked and self._asked[name].done() and self._asked[name].exception() is not None

    def _stand_in(self, name: Question, failure: Failure) -> Any:
        """What is remembered, where nobody answered; a refusal is an answer."""
        if self._memory is None:
            return self._met(failure)
        if isinstance(failure, KeyTrouble) and not isinstance(failure, MissingPackage):
            if self._closed is None:
                self._memory.keep_refusal(unknown(failure), *_called(name))
            return self._met(failure)
        fresh = None if self._closed else self._memory.fresh(*_called(name))
        if fresh is not None:  # another process has got it by now
            self._answers[name] = fresh
            return fresh
        if name not in self._stand_ins:
            self._stand_ins[name] = self._memory.last(*_called(name))
        held = self._stand_ins[name]
        if held is None:
            return self._met(failure)
        if failure not in self.replaced:
            self.replaced.append(failure)
        return held

    def _met(self, failure: Failure) -> Failure:
        if failure not in self.failures:
            self.failures.append(failure)
        return failure

    def known(self, question: Callable[..., T], *about: Any) -> Union[T, Unknown]:
        answer = self.wait(question, *about)
        return unknown(answer) if isinstance(answer, Failure) else answer


def _out_of_time() -> OutOfTime:
    return OutOfTime("no answer from OpenRouter in time", "try again, or with a longer --timeout")


def unknown(failure: Failure) -> Unknown:
    return Unknown(failure.message, failure.code, failure.next_step)


def _called(name: Question) -> Tuple[Any, ...]:
    """What memory calls a question, and what it is about."""
    return (name[0].__name__, *name[1:])


def _answer(future: futures.Future[Any], question: Callable[..., Any], *about: Any) -> None:
    try:
        future.set_result(question(*about))
    except BaseException as error:  # handed on to the waiting thread, which raises what is not a Failure
        future.set_exception(error)
