"""The records of `check`: thresholds, and the verdicts by them."""

from decimal import Decimal
from typing import NamedTuple, Optional, Union

from openrouter_usage.commands.summary.records import Block, Summary
from openrouter_usage.figures.usual_hours import FACTOR, Hours, SpendSoFar
from openrouter_usage.forecast.records import CRITICAL_DAYS, WARNING_DAYS
from openrouter_usage.records import ListedKey, Unknown

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

    def times(self, factor: Decimal) -> "Bounds":
        """The bounds multiplied by the factor."""
        return Bounds(*(None if bound is None else bound * factor for bound in self))

    def __str__(self) -> str:
        return " ".join("-" if bound is None else f"{bound.normalize():f}" for bound in self)


class Thresholds(NamedTuple):
    """The bounds of each figure: `runway` in days, `limit` in percent, `budget` as a part of it, all others in USD.

    The figures in ALERT_ABOVE alert above their bounds, the others below them. Without an entry for `runway` only what
    has one is judged. The balance must pay for `requests` average requests to the dearest model. `spike` is how many
    times the usual may be spent today, and in the last hour; zero: that is not judged.
    """

    bounds: dict[str, Bounds]
    requests: Decimal = Decimal(3)
    spike: Decimal = Decimal(0)

    def of(self, figure: str) -> Bounds:
        """The bounds of a figure; without values if it has none."""
        return self.bounds.get(figure, Bounds())

    @property
    def name(self) -> str:
        """The name under which announcements by these thresholds are cached, such as `runway 3 1, balance 10 -`."""
        names = [f"{figure} {bounds}" for figure, bounds in self.bounds.items() if bounds.are_set]
        return ", ".join([*names, *([f"spike {self.spike.normalize():f}"] if self.spike not in (0, FACTOR) else [])])


ALERT_ABOVE = ("today", "month", "limit", "budget")

BUDGET = Bounds(Decimal(1), Decimal(1))
"""The bounds of a budget: a warning where all of it is expected to be spent, critical where it is."""

USUAL = Thresholds({"runway": Bounds(Decimal(WARNING_DAYS), Decimal(CRITICAL_DAYS))}, spike=FACTOR)
"""The thresholds without options: a runway under 72 hours, and under 24, and spend three times the usual."""


class Finding(NamedTuple):
    """A figure with its level. `about` is what it belongs to: a limit's scope, a model, or whose spend it is.

    `value` is None if it has no end, as a runway, or if there is no such figure. `key` is the name of another key than
    the one that is asked with, where it is that key's limit. `pace` is what is usual, beside what was spent.
    """

    name: str
    level: int
    value: Union[Decimal, Unknown, None]
    about: str = ""
    key: str = ""
    pace: Optional[SpendSoFar] = None


class Watched(NamedTuple):
    """What is judged of one account beside its summary.

    `keys` are its other keys that can be used now, by their printed names, and `hours` what it spends by the hour; None
    where they were not asked for. `unlisted` is why those of other workspaces are not among them, None where they are.
    """

    keys: Union[dict[str, ListedKey], Unknown, None] = None
    hours: Union[Hours, Unknown, None] = None
    unlisted: Optional[Unknown] = None


class Verdict(NamedTuple):
    """The findings on one account, worst first, and what they were judged by beside its summary."""

    block: Block
    findings: tuple[Finding, ...]
    beside: Watched = Watched()

    @property
    def today(self) -> Union[SpendSoFar, Unknown, None]:
        """Today's spend beside the usual one, or why that is not judged; None where it was not asked for."""
        judged = (one.pace for one in self.findings if one.pace and one.about == "today")
        return next(judged, self.beside.hours if isinstance(self.beside.hours, Unknown) else None)

    @property
    def level(self) -> int:
        """The worst level of the findings."""
        return self.findings[0].level if self.findings else OK


class Check(NamedTuple):
    """The verdicts on all accounts of a summary by these thresholds."""

    summary: Summary
    thresholds: Thresholds
    verdicts: tuple[Verdict, ...]

    @property
    def level(self) -> int:
        """The worst level of all verdicts."""
        return min((one.level for one in self.verdicts), key=WORST_FIRST.index)

    @property
    def spike_level(self) -> int:
        """The worst level of those findings alone that tell of unusual spend."""
        levels = (one.level for verdict in self.verdicts for one in verdict.findings if one.pace)
        return min(levels, key=WORST_FIRST.index, default=OK)
