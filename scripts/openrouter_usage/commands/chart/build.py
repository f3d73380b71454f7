"""Builds the spend by UTC day from a report by date and one dimension."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Optional, Union

from openrouter_usage.commands.chart.records import NOT_BROKEN_DOWN, REST, Bar, Chart, Series
from openrouter_usage.commands.report import words
from openrouter_usage.commands.report.build import NOT_BROKEN_DOWN_LABEL
from openrouter_usage.commands.report.records import ALONE, AT_LEAST, ROWS, Breakdown, Report, ReportRow
from openrouter_usage.days import DAY, every_day
from openrouter_usage.dimensions import DIMENSIONS
from openrouter_usage.figures import groups
from openrouter_usage.figures.evidence import NOT_BROKEN_DOWN as NOT_TOLD
from openrouter_usage.figures.groups import NO_USE
from openrouter_usage.records import LEFT_OUT, Amount, Unknown, Use, total
from openrouter_usage.sanitize import quoted
from openrouter_usage.text.amounts import number_of

MOST_NAMED = 5
"""How many names have a series of their own. For each there is a shade in the terminal, and a colour in a picture."""

DAY_UNKNOWN = Unknown("the day is not known", "days_missing")

BY_VERSION = "permaslugs"
"""The code of the note that models are called by their version, so that another day may have them by their name."""

ZERO = Decimal(0)

Spent = dict[date, dict[str, Amount]]
"""The USD of credits by UTC day and name."""


def build(report: Report) -> Chart:
    """Returns the chart of a report by date and one other dimension, without filters, in UTC days."""
    query = report.query
    span = None if query.is_live else (query.first, min(query.last, report.now.date() - DAY))
    bars = _Bars(report)
    days = tuple(map(bars.of_day, every_day(span))) if span else ()
    today = bars.of_today()
    counted = [*days, today] if bars.counts_today and isinstance(today, Bar) else days
    return Chart(
        now=report.now,
        demo=report.demo,
        profile=report.profile,
        by=query.by[1],
        span=span,
        days=days,
        today=today,
        counts_today=bars.counts_today,
        usd=bars.use.usd,
        byok_usd=bars.use.byok_usd,
        mark=report.completed.mark or (bars.live.mark if bars.counts_today else ""),
        today_mark=bars.live.mark,
        series=bars.series(),
        dearest=_dearest(counted) if bars.are_whole else None,
        source=query.source,
        source_path=words.source(report),
        key_name=report.key_name,
        as_of=report.completed.as_of,
        today_as_of=bars.live.as_of,
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


class _Bars:
    """Makes the bars of a report of their parts: its dearest names, the rest, and what is not broken down.

    `live` is what tells today, or else the completed days.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._by = report.query.by[1]
        self._known = frozenset(report.days)
        self._today = report.completed if report.query.is_live else report.today
        is_told = isinstance(self._today, Breakdown)
        self.live = self._today if isinstance(self._today, Breakdown) else report.completed
        self._completed = {} if report.query.is_live else _spent(report.completed.rows)
        self._so_far = _spent(self.live.rows) if is_told else {}
        self.counts_today = report.query.today in (ALONE, ROWS) and is_told
        self._may_lack_rows = report.completed.mark == AT_LEAST
        self._lacking = dict(report.completed.lacking_by_day)
        self._lacks: Amount = report.completed.lacking.use.usd if report.completed.lacking else ZERO
        self._mixes_names = self._may_lack_rows or BY_VERSION in (one.code for one in report.notes)
        self._may_lack_names = self._mixes_names or self._lacks != 0
        self._rank_names()

    def _rank_names(self) -> None:
        """Finds the names that have a series of their own, the others, and what was spent on each."""
        every = [*self._completed.values(), *self._so_far.values()]
        counted = every if self.counts_today else list(self._completed.values())
        used = dict.fromkeys(name for of_day in every for name, usd in of_day.items() if usd != 0)
        self._counted = frozenset(name for of_day in counted for name in of_day)
        self._sums = {name: total((of_day.get(name, ZERO) for of_day in counted), ZERO) for name in used}
        ranked = sorted(used, key=self._rank)
        self._named, self._others = ranked[:MOST_NAMED], ranked[MOST_NAMED:]

    @property
    def are_whole(self) -> bool:
        """Tells whether the bars hold all that was spent on the days that are counted."""
        marks = (self._report.completed.mark, self.live.mark if self.counts_today else "")
        return AT_LEAST not in marks and self._lacks == sum(self._lacking.values(), ZERO)

    @property
    def use(self) -> Use:
        """The use on all days that are counted."""
        with_today = self._report.with_today if self.counts_today else None
        return (with_today or self._report.completed.total).use

    def _rank(self, name: str) -> tuple[bool, Decimal, str]:
        """Returns a sort key: unknown spend first, so that it is not hidden in the rest, then the dearest."""
        usd = self._sums[name]
        return (True, -usd, name) if isinstance(usd, Decimal) else (False, ZERO, name)

    def series(self) -> tuple[Series, ...]:
        """Returns the series with their shares of all that is counted."""
        labels = self._labels()
        found = [Series(labels[name], self._usd(name), ZERO, name=name) for name in self._named]
        if self._others:
            told = [name for name in self._others if name in self._counted] or self._others
            usd = total(map(self._usd, told), ZERO)
            found.append(Series(number_of(len(self._others), f"more {DIMENSIONS[self._by].noun}"), usd, ZERO, REST))
        if self._lacks != 0:
            found.append(Series(NOT_BROKEN_DOWN_LABEL, self._lacks, ZERO, NOT_BROKEN_DOWN))
        return tuple(one._replace(share=_share(one.usd, self.use.usd)) for one in found)

    def _usd(self, name: str) -> Amount:
        """Returns the spend on a name; that of today's alone is not known where it may be missing in the other days."""
        return NOT_TOLD if self._may_lack_names and name not in self._counted else self._sums[name]

    def _labels(self) -> dict[str, str]:
        names = [*self._named, *self._others]
        return groups.short_names(names) if self._by == "model" else {name: quoted(name) for name in names}

    def of_day(self, day: date) -> Bar:
        """Returns the bar of a completed day; one without rows may have any where OpenRouter left some out."""
        if day not in self._known:
            return Bar(day, day, DAY_UNKNOWN, unknown_days=1)
        if self._may_lack_rows and day not in self._completed:
            return Bar(day, day, LEFT_OUT, unknown_days=1)
        lacks = self._lacking.get(day, ZERO)
        return self._bar(day, self._completed.get(day, {}), lacks, may_lack_names=lacks != 0)

    def of_today(self) -> Union[Bar, Unknown, None]:
        """Returns the bar of the current day so far, why it is not known, or None where it was not asked for."""
        if self._report.query.is_live and isinstance(self.use.usd, Unknown):
            return self.use.usd
        if not isinstance(self._today, Breakdown):
            return self._today
        today = self._report.now.date()
        return self._bar(today, self._so_far.get(today, {}), ZERO, may_lack_names=bool(self.live.mark))

    def _bar(self, day: date, of_day: dict[str, Amount], lacks: Decimal, may_lack_names: bool) -> Bar:
        named = [of_day.get(name, ZERO) for name in self._named]
        others = total((usd for name, usd in of_day.items() if name not in self._named), ZERO)
        parts: list[Union[Decimal, Unknown]] = [*named, *([others] if self._others else [])]
        parts += [lacks] if self._lacks != 0 else []
        usd = total(parts, ZERO)
        if isinstance(usd, Unknown):
            return Bar(day, day, usd, unknown_days=1)
        known = tuple(one for one in parts if isinstance(one, Decimal))
        return Bar(day, day, usd, known, may_lack_names=may_lack_names or self._mixes_names)


def _share(usd: Amount, whole: Amount) -> Amount:
    if isinstance(whole, Unknown):
        return whole
    return groups.share(NO_USE._replace(usd=usd), NO_USE._replace(usd=whole))
