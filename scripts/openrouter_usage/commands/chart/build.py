"""Builds the spend by UTC day from a report by date and one dimension."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Dict, Iterable, List, Optional, Sequence, Tuple, Union

from openrouter_usage.commands.chart.records import NOT_BROKEN_DOWN, REST, Bar, Chart, Series
from openrouter_usage.commands.report import words
from openrouter_usage.commands.report.build import NOT_BROKEN_DOWN_LABEL
from openrouter_usage.commands.report.records import AT_LEAST, ROWS, Breakdown, Report, ReportRow
from openrouter_usage.days import DAY, every_day
from openrouter_usage.dimensions import DIMENSIONS
from openrouter_usage.figures import groups
from openrouter_usage.figures.evidence import NOT_BROKEN_DOWN as NOT_TOLD
from openrouter_usage.figures.groups import NO_USE
from openrouter_usage.records import LEFT_OUT, Amount, Unknown, total

MOST_NAMED = 5
"""How many names have a series of their own."""

DAY_UNKNOWN = Unknown("the day is not known", "days_missing")

BY_VERSION = "permaslugs"
"""The code of the note that models are called by their version, so that another day may have them by their name."""

ZERO = Decimal(0)

Spent = Dict[date, Dict[str, Amount]]
"""The USD of credits by UTC day and name."""


def build(report: Report) -> Chart:
    """Returns the chart of a report by date and one other dimension, without filters, in UTC days."""
    query, today = report.query, report.query.day_of(report.now)
    is_live = query.is_live
    live = report.completed if is_live else report.today
    counts_today = is_live or (query.today == ROWS and isinstance(live, Breakdown))
    completed = {} if is_live else _spent(report.completed.rows)
    so_far = _spent(live.rows) if isinstance(live, Breakdown) else {}
    parts = _Parts(report, (completed, so_far), counts_today)
    span = None if is_live else (query.first, min(query.last, today - DAY))
    days = tuple(parts.bar(day, completed) for day in every_day(span)) if span else ()
    row = report.with_today if counts_today and report.with_today else report.completed.total
    now: Union[Bar, Unknown, None] = parts.bar_of_today(today, so_far) if isinstance(live, Breakdown) else live
    if is_live and isinstance(row.use.usd, Unknown):
        now = row.use.usd
    marks = (report.completed.mark, live.mark if isinstance(live, Breakdown) else "")
    return Chart(
        now=report.now,
        demo=report.demo,
        profile=report.profile,
        by=query.by[1],
        span=span,
        days=days,
        today=now,
        counts_today=counts_today,
        usd=row.use.usd,
        byok_usd=row.use.byok_usd,
        mark=marks[0] or (marks[1] if counts_today else ""),
        today_mark=marks[1],
        series=parts.series(row.use.usd),
        dearest=_dearest([*days, *([now] if counts_today and isinstance(now, Bar) else [])]),
        source=query.source,
        source_path=words.source(report),
        key_name=report.key_name,
        as_of=report.completed.as_of,
        today_as_of=live.as_of if isinstance(live, Breakdown) else report.completed.as_of,
        notes=report.notes,
    )


def _spent(rows: Iterable[ReportRow]) -> Spent:
    spent: Spent = {}
    for row in rows:
        day, name = row.names
        if isinstance(day, date) and not isinstance(day, datetime):
            of_day = spent.setdefault(day, {})
            of_day[str(name)] = total((of_day.get(str(name), ZERO), row.use.usd), ZERO)
    return spent


def _dearest(bars: Sequence[Bar]) -> Optional[Bar]:
    known = [(bar.usd, bar) for bar in bars if isinstance(bar.usd, Decimal)]
    usd, bar = max(known, key=lambda one: one[0], default=(ZERO, None))
    return bar if usd > 0 and len(known) > 1 else None


class _Parts:
    """The parts of which the bars of a report are made: its dearest names, the rest, and what is not broken down."""

    def __init__(self, report: Report, told: Sequence[Spent], counts_today: bool) -> None:
        """`told` is the spend on the completed days, and on today."""
        self._by = report.query.by[1]
        self._known = frozenset(report.days)
        self._may_lack_rows = report.completed.mark == AT_LEAST
        self._lacking = dict(report.completed.lacking_by_day)
        self._lacks: Amount = report.completed.lacking.use.usd if report.completed.lacking else ZERO
        every = [of_day for spent in told for of_day in spent.values()]
        counted = every if counts_today else list(told[0].values())
        used = dict.fromkeys(name for of_day in every for name, usd in of_day.items() if usd != 0)
        self._may_lack_names = (
            self._may_lack_rows or self._lacks != 0 or BY_VERSION in (one.code for one in report.notes)
        )
        self._counted = frozenset(name for of_day in counted for name in of_day)
        self._sums = {name: total((of_day.get(name, ZERO) for of_day in counted), ZERO) for name in used}
        ranked = sorted(used, key=self._rank)
        self._named, self._others = ranked[:MOST_NAMED], ranked[MOST_NAMED:]

    def _rank(self, name: str) -> Tuple[bool, Decimal, str]:
        """Returns a sort key: unknown spend first, so that it is not hidden in the rest, then the dearest."""
        usd = self._sums[name]
        return (True, -usd, name) if isinstance(usd, Decimal) else (False, ZERO, name)

    def series(self, whole: Amount) -> Tuple[Series, ...]:
        """Returns the series with their shares of the whole."""
        labels = self._labels()
        found = [Series(labels[name], self._usd(name), ZERO, name=name) for name in self._named]
        if self._others:
            number, noun = len(self._others), DIMENSIONS[self._by].noun
            told = [name for name in self._others if name in self._counted] or self._others
            usd = total(map(self._usd, told), ZERO)
            found.append(Series(f"{number} more {noun}{'s' * (number != 1)}", usd, ZERO, REST))
        if self._lacks != 0:
            found.append(Series(NOT_BROKEN_DOWN_LABEL, self._lacks, ZERO, NOT_BROKEN_DOWN))
        return tuple(one._replace(share=_share(one.usd, whole)) for one in found)

    def _usd(self, name: str) -> Amount:
        """Returns the spend on a name; that of today's alone is not known where it may be missing in the other days."""
        return NOT_TOLD if self._may_lack_names and name not in self._counted else self._sums[name]

    def _labels(self) -> Dict[str, str]:
        names = [*self._named, *self._others]
        return groups.short_names(names) if self._by == "model" else {name: name for name in names}

    def bar(self, day: date, spent: Spent) -> Bar:
        """Returns the bar of a completed day; one without rows may have any where OpenRouter left some out."""
        if day not in self._known:
            return Bar(day, day, DAY_UNKNOWN, unknown_days=1)
        if self._may_lack_rows and day not in spent:
            return Bar(day, day, LEFT_OUT, unknown_days=1)
        return self._bar(day, spent.get(day, {}), self._lacking.get(day, ZERO))

    def bar_of_today(self, today: date, spent: Spent) -> Bar:
        """Returns the bar of the current day so far."""
        return self._bar(today, spent.get(today, {}), ZERO)

    def _bar(self, day: date, of_day: Dict[str, Amount], lacks: Decimal) -> Bar:
        named = [of_day.get(name, ZERO) for name in self._named]
        others = total((usd for name, usd in of_day.items() if name not in self._named), ZERO)
        parts: List[Union[Decimal, Unknown]] = [*named, *([others] if self._others else [])]
        parts += [lacks] if self._lacks != 0 else []
        usd = total(parts, ZERO)
        if isinstance(usd, Unknown):
            return Bar(day, day, usd, unknown_days=1)
        return Bar(day, day, usd, tuple(one for one in parts if isinstance(one, Decimal)))


def _share(usd: Amount, whole: Amount) -> Amount:
    if isinstance(whole, Unknown):
        return whole
    return groups.share(NO_USE._replace(usd=usd), NO_USE._replace(usd=whole))
