"""The cache as one run sees it, and the rule that a failure of it costs no answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, Callable, Optional

from openrouter_usage.errors import CacheTrouble
from openrouter_usage.figures import windows
from openrouter_usage.records import T

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    from openrouter_usage.cache.database import Database

    P = ParamSpec("P")


class Cache:
    """The cache at `now`, for the time of one run: every store is a module whose functions are given it.

    `max_age` is how old an answer may be; zero: everything is asked again. `server_time` tells
    OpenRouter's clock at its last answer, where it is known: this machine's may be wrong.
    `accounts` holds which account each key belongs to, as far as it was looked up.
    """

    def __init__(
        self,
        database: Database,
        now: datetime,
        max_age: timedelta,
        server_time: Callable[[], Optional[datetime]],
    ) -> None:
        self.database = database
        self.now = now
        self.max_age = max_age
        self.accounts: dict[str, int] = {}
        self._server_time = server_time
        self._remarks: list[str] = []

    @property
    def answered_at(self) -> datetime:
        """The instant of an answer that came just now: OpenRouter's clock, where this machine's is another."""
        told = self._server_time()
        return told if told and not windows.is_same_time(told, self.now) else self.now

    def is_fresh(self, at: datetime) -> bool:
        """Tells whether an answer of that instant is fresh enough to answer with again."""
        return windows.is_fresh(at, self.now, self.max_age)

    def note(self, trouble: str) -> None:
        """Remarks on a failure of the cache, once."""
        remark = f"not everything could be looked up or remembered: {trouble}"
        if remark not in self._remarks:
            self._remarks.append(remark)

    @property
    def remarks(self) -> tuple[str, ...]:
        """The remarks on the cache, for standard error."""
        return (*self.database.remarks, *self._remarks)


def falls_back_to(
    otherwise: Any,
) -> Callable[[Callable[Concatenate[Cache, P], T]], Callable[Concatenate[Optional[Cache], P], T]]:
    """Wraps a function of a store so that it returns `otherwise` where there is no cache, or where it fails.

    A failure leaves a remark, and costs nothing else: what is cached can be asked again.
    """

    def decorate(function: Callable[Concatenate[Cache, P], T]) -> Callable[Concatenate[Optional[Cache], P], T]:
        @wraps(function)
        def guarded(cache: Optional[Cache], *args: P.args, **kwargs: P.kwargs) -> T:
            if cache is None:
                return otherwise  # type: ignore[no-any-return]
            try:
                return function(cache, *args, **kwargs)
            except CacheTrouble as trouble:
                cache.note(f"{trouble}")
            except OSError as error:
                cache.note(f"{cache.database.name}: {error.strerror}")
            except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError):
                cache.note(_what_is_odd(cache.database))
            return otherwise  # type: ignore[no-any-return]

        return guarded  # type: ignore[return-value]  # the parameter's name is not part of the type

    return decorate


def _what_is_odd(database: Database) -> str:
    """What is wrong with a file that led to an error of ours."""
    try:
        database.examine()
    except CacheTrouble as trouble:
        return f"{trouble}"
    return f"{database.name} holds what this program did not write; move it away if this lasts"


@falls_back_to(None)
def salt(cache: Cache) -> Optional[bytes]:
    """The salt of the ids of keys, the same in every run; None where it cannot be read."""
    return cache.database.salt


@falls_back_to(None)
def close(cache: Cache) -> None:
    """Closes the database: other processes that wait for an answer of this one may ask now."""
    cache.database.close()
