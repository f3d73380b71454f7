"""The vocabulary of checks: what is judged by which thresholds, and what came of it."""

from decimal import Decimal
from typing import NamedTuple, Optional, Tuple, Union

from openrouter_usage.records import Unknown

OK, WARNING, CRITICAL, UNKNOWN = range(4)
"""The levels, by the exit codes of monitoring plugins."""

WORST_FIRST = (CRITICAL, WARNING, UNKNOWN, OK)
"""What is known to be bad outranks what is not known."""


class Bounds(NamedTuple):
    """Where a figure is a warning and where it is critical; None: nowhere."""

    warn: Optional[Decimal] = None
    crit: Optional[Decimal] = None

    @property
    def are_set(self) -> bool:
        return self.warn is not None or self.crit is not None


class Thresholds(NamedTuple):
    """`runway` in days and `balance` in US dollars alert below, `today` in US dollars and `limit` in percent above.

    `need` is how many US dollars must be there; `need_alone` where that is all that was asked. Of the dearest
    usual requests `requests` must be payable.
    """

    runway: Bounds
    balance: Bounds
    today: Bounds
    limit: Bounds
    need: Optional[Decimal]
    need_alone: bool
    requests: Decimal = Decimal(3)

    @property
    def name(self) -> str:
        """What one set of thresholds is known by, such as `runway 3 1, balance 10 -`."""
        figures = (self.runway, self.balance, self.today, self.limit, Bounds(crit=self.need))
        bounds = zip(("runway", "balance", "today", "limit", "need"), figures)
        return ", ".join(f"{one} {_written(by.warn)} {_written(by.crit)}" for one, by in bounds if by.are_set)


USUAL = Thresholds(Bounds(Decimal(3), Decimal(1)), Bounds(), Bounds(), Bounds(), None, False)
"""What is judged by where nothing else is asked for: a runway under 72 hours, and under 24."""


def _written(bound: Optional[Decimal]) -> str:
    return "-" if bound is None else f"{bound.normalize():f}"


Value = Union[Decimal, Unknown, None]
"""None: there is no end to it, or none of it."""


class Finding(NamedTuple):
    """One figure, judged. `about` says what it is beside the value: a scope, a model, whose it is."""

    name: str
    level: int
    value: Value
    bounds: Bounds = Bounds()
    about: str = ""


class Verdict(NamedTuple):
    """All findings of one account, worst first, with the worst of their levels."""

    level: int
    findings: Tuple[Finding, ...]
