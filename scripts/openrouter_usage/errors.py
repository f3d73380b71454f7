"""The failures, each kind with its exit code and the next step."""

from __future__ import annotations

import sys
from typing import Any

LONGER_TIMEOUT = "try again, or with a longer --timeout"
"""The next step of a failure for want of time."""


class Failure(Exception):
    """A failure with its message and the next step. Neither text ever holds a key.

    A server's words are in the message only where they alone tell the reason: cleaned, bounded and in quotes.
    `code` is its name in JSON, `short` the few words for where there is no room, such as a menu bar; `exit_code` is the
    program's where nothing else could be answered.
    """

    code = "failed"
    short = "no answer"
    exit_code = 4

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    @property
    def advice(self) -> str:
        """The message and the next step."""
        return "; ".join(part for part in (self.message, self.next_step) if part)


class CacheTrouble(Exception):
    """The cache cannot be read or written. It costs no answer, and is only remarked on."""


class Bug(Failure):
    """A bug in this program."""

    code = "bug"
    short = "a bug"
    exit_code = 1


class ClockDiffers(Exception):
    """OpenRouter's clock is not the one that this run goes by: everything is to be asked by `clock`, which does."""

    def __init__(self, clock: Any) -> None:
        super().__init__()
        self.clock = clock


class Interrupted(Failure):
    """The program was ended from outside, as by Ctrl-C, before it had an answer."""

    code = "interrupted"
    short = "interrupted"
    exit_code = 130


class BadUsage(Failure):
    """The command line, or a setting, asks for something that cannot be done."""

    code = "bad_usage"
    short = "wrong usage"
    exit_code = 2


class DayNotThere(BadUsage):
    """A day is asked for that, by the clock, is not over, is in the future, or is too long ago."""


class NotWritten(Failure):
    """The answer, or a key, could not be written: the disk is full, say."""

    code = "not_written"
    short = "not written"
    exit_code = 5


class MissingLibrary(BadUsage):
    """An option needs a package that is not installed, and that nothing else needs."""

    code = "missing_package"


class KeyTrouble(Failure):
    """A key cannot be used: there is none, it was refused, or what is needed to read or send it is missing."""

    exit_code = 3
    short = "key unusable"


class NoKey(KeyTrouble):
    code = "no_key"
    short = "no key"


class KeysNotRead(NoKey):
    """A search without a key, in which not every place could be read."""


class KeyCommandTrouble(KeysNotRead):
    """A command that is to print a key printed none, or is not run."""

    code = "key_command"
    short = "no key from command"


class MalformedKey(KeyTrouble):
    code = "malformed_key"
    short = "not a key"


class KeyRefused(KeyTrouble):
    code = "key_refused"
    short = "key refused"


REFUSED_CODES = (KeyRefused.code, MalformedKey.code)
"""The codes of a key that can never answer."""


class Forbidden(KeyTrouble):
    """OpenRouter forbids one question to the key, which it may answer others."""

    code = "forbidden"
    short = "forbidden"

    def set_page(self, page: str) -> None:
        """Makes the next step lead to the page where keys of this key's kind are managed."""
        self.next_step = f"look up at {page} what the key may do, and from which addresses"


class NeedsManagementKey(KeyTrouble):
    code = "needs_management_key"
    short = "needs management key"


class KeyLimitReached(KeyTrouble):
    """The key's limit, or a budget that it falls under, is used up."""

    code = "key_limit_reached"
    short = "key limit reached"


class KeychainTrouble(KeyTrouble):
    """The system's keychain cannot be used."""

    code = "keychain"
    short = "keychain failed"


class MissingPackage(KeyTrouble):
    """A key was found, but a package that is needed to ask with it is not installed."""

    code = "missing_package"
    short = "needs requests"


class MissingDotenv(MissingPackage):
    """The package that reads key files is not installed."""

    short = "needs python-dotenv"


def refusal(code: str, message: str, next_step: str) -> KeyTrouble:
    """The refusal of that code, made anew from its cached parts."""
    kinds = {kind.code: kind for kind in KeyTrouble.__subclasses__()}
    return kinds.get(code, KeyTrouble)(message, next_step)


class WrongClock(Failure):
    """This machine's clock cannot be right, and nobody tells another time: no current day, week or month is known."""

    code = "clock"
    short = "wrong clock"


class Unreachable(Failure):
    """OpenRouter cannot be reached: no name, no route, no TLS."""

    code = "unreachable"
    short = "no connection"


class OutOfTime(Unreachable):
    code = "out_of_time"
    short = "no answer in time"


class Offline(Unreachable):
    """Nothing was sent, as was asked for."""

    code = "offline"
    short = "offline"


class NotRemembered(Unreachable):
    """Nothing is sent, because the command does not wait, and the cache has no answer."""

    code = "not_remembered"
    short = "nothing remembered"


class KeysUnreadable(Unreachable):
    """The secret of a cached key cannot be read now, so that nothing can be asked with it."""

    code = "keys_unreadable"
    short = "key not readable"


class Failing(Failure):
    """OpenRouter answered, but not with what was asked for."""

    code = "openrouter_failing"
    short = "OpenRouter failing"


class RegionBlocked(Failing):
    code = "region_blocked"
    short = "region blocked"


class CreditsExhausted(Failing):
    code = "credits_exhausted"
    short = "no credits left"


class BudgetInUse(Failing):
    """Requests that are under way hold the credits that are left."""

    code = "in_flight_budget"
    short = "credits in use"


class NotTheApi(Failing):
    """Something else than OpenRouter's API answered: a portal, a firewall, a proxy."""

    code = "not_the_api"
    short = "not OpenRouter's API"


class WrongAddress(Failing):
    code = "wrong_address"
    short = "wrong address"


class RateLimited(Failing):
    code = "rate_limited"
    short = "rate limited"


class BadAnswer(Failing):
    """An answer that cannot be believed: cut, garbled, or not of the documented form."""

    code = "bad_answer"
    short = "bad answer"

    def __init__(self, message: str, next_step: str = "try again; if it lasts, please report it") -> None:
        super().__init__(message, next_step)


class BrokenAnswer(BadAnswer):
    """An answer that was damaged on the way, so that asking once more may mend it."""


def raised_at(error: BaseException) -> tuple[str, int]:
    """The file and the line in which an exception was raised."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return (trace.tb_frame.f_code.co_filename, trace.tb_lineno) if trace else ("?", 0)


def is_broken_bytecode(error: BaseException) -> bool:
    """Tells an import that failed on a bytecode file that was cut, as on a full disk, from any other error.

    Such an error must reach `stats.py`, which starts the program once more. False in a process that writes no bytecode:
    it is the second start, or has none of our own.
    """
    return not sys.dont_write_bytecode and raised_at(error)[0] == "<frozen importlib._bootstrap_external>"
