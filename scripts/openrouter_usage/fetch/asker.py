"""Asks questions side by side, each one once, from the cache or from OpenRouter."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

from openrouter_usage.cache import answers
from openrouter_usage.errors import LONGER_TIMEOUT, Failure, Forbidden, KeyTrouble, MissingPackage, OutOfTime, refusal
from openrouter_usage.fetch import questions
from openrouter_usage.figures import windows
from openrouter_usage.records import (
    ACTIVITY,
    KEY,
    KEYS_PAGE,
    MANAGEMENT_KEYS_PAGE,
    Activity,
    Key,
    KeyInfo,
    Question,
    Secret,
    T,
    Unknown,
)

if TYPE_CHECKING:
    from datetime import datetime

    from openrouter_usage.api.client import Client, Heard
    from openrouter_usage.api.early_connections import EarlyConnections
    from openrouter_usage.cache.cache import Cache
    from openrouter_usage.fetch.sending import Sending

PROGRESS_INTERVAL = 0.25
"""Seconds between progress updates."""

POLL_INTERVAL = 0.03
"""Seconds between two looks at what another process has got."""

OWNER_WAIT = 0.5
"""Seconds for which a command that has all it needs waits to learn whose key it asked with: else it caches nothing."""

SHARE_FOR_ANOTHER = 0.5
"""The share of the time for which another process that asks the same is waited for; the rest is for asking it."""


class Connection:
    """The connection to OpenRouter: its client is imported and made while the first connections are being opened.

    `make` makes the client; `secret_of` gives the secret of a key that is sent. `begin` is called before anything is
    sent, and returns what opens connections early, if anything does.
    """

    def __init__(
        self,
        make: Callable[[Optional[EarlyConnections]], Client],
        secret_of: Callable[[Key], Secret],
        begin: Callable[[], Optional[EarlyConnections]],
    ) -> None:
        self._make = make
        self._secret_of = secret_of
        self._begin = begin
        self._has_begun = False
        self._early: Optional[EarlyConnections] = None
        self._client: Optional[Client] = None

    def prepare(self, key: Key) -> None:
        """Searches for the secret of a key that will be sent, and before the first one begins to load what sends it.

        Called by the main thread alone. Raises a Failure where the secret or a package cannot be had, and KeysChanged.
        """
        address = self._secret_of(key).address
        if not self._has_begun:
            from threading import Lock, Thread  # of no use where the cache answers

            self._early, self._has_begun, self._making = self._begin(), True, Lock()
            Thread(target=self._load, args=(address,), daemon=True).start()

    def _load(self, address: str) -> None:
        """Loads what TLS needs, then all else. An error is dropped: whoever needs it loads it again, and reports it."""
        with suppress(Exception):
            if self._early:
                self._early.make_context(address)
            self.client()

    def ask(self, question: Question[T]) -> T:
        """Asks with a key that was prepared, in any thread, and returns the answer. Raises a Failure."""
        if self._early and self._client is None:
            self._early.open(self._secret_of(question.key).address)
        return self.client().ask(question)

    def client(self) -> Client:
        """The client, made by the first thread that needs it. Raises a Failure where a package cannot be had."""
        with self._making:
            if self._client is None:
                self._client = self._make(self._early)
            return self._client

    @property
    def heard(self) -> Optional[Heard]:
        """OpenRouter's clock at its last answer; None where it told none."""
        return self._client.heard if self._client else None

    @property
    def server_time(self) -> Optional[datetime]:
        """The same without when it was heard."""
        return self.heard.at if self.heard else None

    @property
    def least_time(self) -> Optional[datetime]:
        """OpenRouter's clock at the answer that told the earliest time; None where none told it."""
        return self._client.least_time if self._client else None


class Asker:
    """Asks questions at `now`. `failures` are those met on the way, the first waited for first.

    A cached answer that is fresh is not asked for again, nor one that another process is just
    asking for. Where OpenRouter cannot answer, the cached answer is the fallback, however old, and
    the failure is among `replaced` instead. Where the asker is `closed` nothing is sent: every
    question meets that failure. `on_wait` is told now and then how many questions are answered and
    how many were sent. `compare_clocks` is called once an answer came, or an error that tells the time, and may raise
    ClockDiffers: `now` is not OpenRouter's time. The threads are daemons: a server that never finishes
    its answer cannot keep the program running past its time.
    """

    def __init__(
        self,
        connection: Connection,
        cache: Optional[Cache],
        now: datetime,
        time_left: Callable[[], float],
        on_wait: Callable[[int, int], None],
        compare_clocks: Callable[[], None],
        closed: Optional[Failure] = None,
    ) -> None:
        self._connection = connection
        self.cache = cache
        self.now = now
        self._time_left = time_left
        self._on_wait = on_wait
        self._compare_clocks = compare_clocks
        self._closed = closed
        self._alone_from = time_left() * (1 - SHARE_FOR_ANOTHER)
        self._asked: set[Question[Any]] = set()
        self._left_to_another: set[Question[Any]] = set()
        self._sent: dict[Question[Any], Sending] = {}
        self._done: set[Question[Any]] = set()
        self._answers: dict[Question[Any], Any] = {}
        self._not_cached: list[Question[Any]] = []
        self._fallbacks: dict[Question[Any], Any] = {}
        self._refusals: dict[Question[Any], Optional[Failure]] = {}
        self.failures: list[Failure] = []
        self.replaced: list[Failure] = []

    @property
    def server_time(self) -> Optional[datetime]:
        """OpenRouter's clock at its last answer; None where it told none."""
        return self._connection.server_time

    @property
    def agrees_with_clock(self) -> bool:
        """Tells whether no answer was given at another time than `now`, as far as they told theirs."""
        heard = self._connection.least_time
        return heard is None or windows.is_same_time(heard, self.now)

    # Asking

    def ask(self, question: Question[Any]) -> None:
        """Asks without waiting for anything; a question that was asked before is not asked again."""
        if question in self._asked:
            return
        self._asked.add(question)
        if not self._begin(question):
            self._left_to_another.add(question)

    def was_asked(self, question: Question[Any]) -> bool:
        """Whether the question was asked, answered or not."""
        return question in self._asked

    def _begin(self, question: Question[Any]) -> bool:
        """Takes a fresh cached answer, or sends the question. False where another process is asking the same."""
        held = answers.fresh(self.cache, question)
        if held is None and self._closed is None:
            if not answers.may_ask(self.cache, question):
                return False
            held = answers.fresh(self.cache, question)  # what another process got until a moment ago
        if held is not None:
            self._answers[question] = held
        elif self._closed is None:
            self._send(question)
        return True

    def _send(self, question: Question[Any]) -> None:
        """Sends the question in a thread of its own. A Failure on the way to the key's secret is its answer."""
        from openrouter_usage.fetch.sending import Sending  # of no use where the cache answers

        sending = self._sent[question] = Sending()
        try:
            self._connection.prepare(question.key)
            sending.begin(self._connection.ask, question)
        except Failure as failure:
            sending.fail(failure)

    def ask_again(self, question: Question[Any]) -> None:
        """Asks what the cache was to answer, and could not; but not what was sent already."""
        if self._answers.pop(question, None) is not None and question not in self._sent and self._closed is None:
            self._send(question)

    # Waiting

    def answer(self, question: Question[T], share: float = 1, or_cached: bool = True) -> Union[T, Failure]:
        """The answer, or the Failure.

        It waits for at most that share of the time that is left; where another process was asking the same, for that
        share of the rest once more.

        `or_cached`: where OpenRouter cannot answer, a cached answer will do, however old.
        """
        self.ask(question)
        self._wait_for_another(question, self._time_left() * (1 - share))
        if question not in self._answers:
            until = self._time_left() * (1 - share)
            failure = self._why_not_sent(question) if self._closed else self._wait_for(question, until)
            if failure is not None:
                return self._fallback(question, failure) if or_cached else self._met(failure)
        return self._bounded(self._answers[question])  # type: ignore[no-any-return]

    def known(self, question: Question[T]) -> Union[T, Unknown]:
        """The answer, or Unknown with the reason."""
        answer = self.answer(question)
        return unknown(answer) if isinstance(answer, Failure) else answer

    def _why_not_sent(self, question: Question[Any]) -> Optional[Failure]:
        """Why there is no answer where nothing is sent: as far as is cached it was refused."""
        if question not in self._refusals:
            why = answers.refused(self.cache, question)
            self._refusals[question] = refusal(why.code, why.reason, why.next_step) if why else None
        return self._refusals[question] or self._closed

    def _wait_for_another(self, question: Question[Any], until: float) -> None:
        """Waits until another process has the answer, or has failed; all that it leaves is sent at once.

        No longer than until no more than that is left of the time.
        """
        while question in self._left_to_another:
            self._left_to_another = {one for one in self._left_to_another if not self._begin(one)}
            if self._time_left() <= self._alone_from:
                for one in self._left_to_another:
                    self._send(one)
                self._left_to_another = set()
            elif self._time_left() <= until:
                break
            elif question in self._left_to_another:
                time.sleep(POLL_INTERVAL)
                self._collect()
        self._keep()

    def _wait_for(self, question: Question[Any], until: float) -> Optional[Failure]:
        """Waits until no more than that is left of the time; returns why there is no answer, where there is none."""
        sending = self._sent.get(question)
        if sending is None:  # it is left to another process, which has not got it
            return _out_of_time()
        while not sending.is_done() and self._time_left() > until:
            sending.wait(min(max(self._time_left() - until, 0), PROGRESS_INTERVAL))
            self._collect()
        self._collect()
        if question not in self._done:
            return _out_of_time()
        if sending.error is None or isinstance(sending.error, Failure):
            return sending.error
        raise sending.error

    def _collect(self) -> None:
        """Collects and caches what has come, and shows the progress."""
        done = self._take_done()
        came = any(self._sent[question].error is None for question in done)
        if came or (done and self._connection.heard):  # an error tells the time, too
            self._compare_clocks()
        self._keep()
        self._on_wait(len(self._done), len(self._sent))

    def _take_done(self) -> list[Question[Any]]:
        """Takes the answers that have come since the last time, and returns the questions that are done since."""
        done = [question for question, sent in self._sent.items() if sent.is_done() and question not in self._done]
        came = [question for question in done if self._sent[question].error is None]
        self._done.update(done)
        self._answers.update({question: self._sent[question].answer for question in came})
        self._not_cached += came
        return done

    def wait_for_owners(self, until: float) -> None:
        """Waits until it is known whose the keys are: before that nothing they were told is cached.

        No longer than until no more than that is left of the time. The command has its answer, so that no clock is
        compared any more.
        """
        for owner in {questions.key(question.key) for question in self._not_cached}:
            if owner in self._sent:
                self._sent[owner].wait(max(self._time_left() - until, 0))
        self._take_done()

    # The cache

    def _keep(self, is_last: bool = False) -> None:
        """Caches what came; what has to wait for another answer only after that, or with the last call."""
        kept = [question for question in self._not_cached if not self._is_of_other_days(question)]
        early = [question for question in kept if self._is_early(question, is_last)]
        ready = [question for question in kept if question not in early]
        # The completed days are stored with what all other answers say of them.
        for question in sorted(ready, key=lambda question: (question.name != KEY, question.name == ACTIVITY)):
            answers.keep(self.cache, question, self._bounded(self._answers[question]))
        self._not_cached = early

    def _is_early(self, question: Question[Any], is_last: bool) -> bool:
        """Tells whether the answer cannot be cached yet.

        What a key was told is not, while it is being asked whose it is, nor are the completed days while anything else
        is being asked that may contradict them.
        """
        if self._is_being_asked(questions.key(question.key)):
            return True
        return question.name == ACTIVITY and not is_last and any(map(self._is_being_asked, self._sent))

    def _is_of_other_days(self, question: Question[Any]) -> bool:
        """Tells whether it asks about days or until an instant by another clock than OpenRouter's."""
        told = self.server_time
        has_time = any(isinstance(one, date) for one in question.about)
        return has_time and told is not None and not windows.is_same_time(told, self.now)

    def _bounded(self, answer: T) -> T:
        """The answer; that of /activity covers no day that is not over by every clock of OpenRouter that was heard."""
        heard = self._connection.least_time
        if isinstance(answer, Activity) and heard:
            return answer._replace(at=min(answer.at or self.now, heard))
        return answer

    def keep(self) -> None:
        """Caches what came, also what waits for another answer: it is needed now, or the command is done."""
        self._keep(is_last=True)

    def _is_being_asked(self, question: Question[Any]) -> bool:
        """Tells whether the question was asked, and is neither answered nor has failed yet."""
        sending = self._sent.get(question)
        has_failed = sending is not None and sending.is_done() and sending.error is not None
        return question in self._asked and question not in self._answers and not has_failed

    def _fallback(self, question: Question[T], failure: Failure) -> Union[T, Failure]:
        """The cached answer, where OpenRouter cannot answer; a refusal is an answer."""
        if isinstance(failure, KeyTrouble) and not isinstance(failure, MissingPackage):
            if isinstance(failure, Forbidden):
                self._correct_page(failure, question.key)
            if self._closed is None:
                answers.keep_refusal(self.cache, question, unknown(failure))
            return self._met(failure)
        fresh = None if self._closed else answers.fresh(self.cache, question)
        if fresh is not None:  # another process has got it by now
            self._answers[question] = fresh
            return fresh  # type: ignore[no-any-return]
        if question not in self._fallbacks:
            self._fallbacks[question] = answers.last(self.cache, question)
        held = self._fallbacks[question]
        if held is None:
            return self._met(failure)
        if failure not in self.replaced:
            self.replaced.append(failure)
        return held  # type: ignore[no-any-return]

    def _correct_page(self, failure: Forbidden, key: Key) -> None:
        """Makes the next step lead to the page of the key's kind, where that is known: its variable may be wrong."""
        question = questions.key(key)
        info = self._answers.get(question) or answers.last(self.cache, question)
        if isinstance(info, KeyInfo) and info.is_management is not None:
            failure.set_page(MANAGEMENT_KEYS_PAGE if info.is_management else KEYS_PAGE)

    def _met(self, failure: Failure) -> Failure:
        if failure not in self.failures:
            self.failures.append(failure)
        return failure


def _out_of_time() -> OutOfTime:
    return OutOfTime("no answer from OpenRouter in time", LONGER_TIMEOUT)


def unknown(failure: Failure) -> Unknown:
    """A failure as the reason why a figure is not known."""
    return Unknown(failure.message, failure.code, failure.next_step, failure.short)
