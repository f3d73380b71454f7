"""The records of `check`: thresholds, and the verdicts by them."""

from decimal import Decimal
from typing import NamedTuple, Optional, Tuple, Union

from openrouter_usage.records import Unknown

OK, WARNING, CRITICAL, UNKNOWN = range(4)
"""The levels, which are the exit codes of monitoring plugins."""

WORST_FIRST = (CRITICAL, WARNING, UNKNOWN, OK)
"""The order of the levels: a known trouble outranks an unknown figure."""


class Bounds(NamedTuple):
    """The values beyond which a figure is a warning and critical. None means that it never is."""

    warn: Optional[Decimal] = None
    crit: Optional[Decimal] = None

    @property
    def are_set(self) -> bool:
        """Tells whether the figure can alert at all."""
        return self.warn is not None or self.crit is not None

    def __str__(self) -> str:
        return " ".join("-" if bound is None else f"{bound.normalize():f}" for bound in self)


class Thresholds(NamedTuple):
    """The bounds of each figure: `runway` in days and `balance` in USD alert below them, `today` in USD and `limit` in
    percent above them.

    `need` is the USD that must remain, with `need_alone` if nothing else was asked for. The balance must pay for
    `requests` average requests to the dearest model.
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
        """The name under which announcements by these thresholds are cached, such as `runway 3 1, balance 10 -`."""
        figures = (self.runway, self.balance, self.today, self.limit, Bounds(crit=self.need))
        named = zip(("runway", "balance", "today", "limit", "need"), figures)
        return ", ".join(f"{name} {bounds}" for name, bounds in named if bounds.are_set)


USUAL = Thresholds(Bounds(Decimal(3), Decimal(1)), Bounds(), Bounds(), Bounds(), None, False)
"""The thresholds without options: a runway under 72 hours, and under 24."""


Value = Union[Decimal, Unknown, None]
"""A figure. None means that it has no end, as a runway, or that there is no such figure."""


class Finding(NamedTuple):
    """A figure with its level. `about` is what it belongs to: a limit's scope, a model, or whose spend it is."""

    name: str
    level: int
    value: Value
    bounds: Bounds = Bounds()
    about: str = ""


class Verdict(NamedTuple):
    """The findings of one account, worst first, and the worst of their levels."""

    level: int
    findings: Tuple[Finding, ...]
