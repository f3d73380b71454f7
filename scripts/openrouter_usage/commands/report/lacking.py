"""Finds what the rows of a report lack of the fuller count of its days, by all sources that tell them."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Optional

from openrouter_usage.commands.report.records import Answers, Query
from openrouter_usage.dimensions import TIMES
from openrouter_usage.figures.evidence import Gap, JudgedDay, is_noticeable
from openrouter_usage.records import A_CENT, Amount, UsageTable, total


class Lacking(NamedTuple):
    """The USD of credits in the rows, beside the fuller count, and the days of which the rows lack a cent or more.

    `shortfall` is the part of it that no source tells by day, `by_day` has the USD of the other parts.
    """

    gap: Gap
    days: dict[date, JudgedDay]
    shortfall: Decimal
    by_day: dict[date, Decimal]

    @property
    def usd(self) -> Decimal:
        """The USD that no row holds."""
        return self.gap.whole - self.gap.broken_down


def find(query: Query, answers: Answers, with_open: bool = False) -> Optional[Lacking]:
    """Returns what all rows lack together if it is spoken of: a cent or more, and more than 1% of the fuller count.

    A day that is not published yet is no gap, unless `with_open`. None where OpenRouter left rows out of its answer,
    which says so itself. Of a report with a filter it is what the source lacks, wherever it belongs.
    """
    found, days = answers.evidence, answers.utc_days
    asked = frozenset(days)
    judged = [one for one in found.days if one.day in asked and isinstance(one.usd, Decimal)]
    if answers.usage.table.partial or not judged:
        return None
    told = _told(query, answers, judged)
    lacks = {one.day: max(_usd(one) - told[one.day], Decimal(0)) for one in judged if with_open or not one.is_open}
    shortfall = found.shortfall((days[0], days[-1]))
    usd = sum(lacks.values(), shortfall)
    broken_down = sum(told.values(), Decimal(0))
    if not is_noticeable(usd, broken_down + usd):
        return None
    gap = Gap(broken_down, broken_down + usd, is_disputed(answers))
    days_of_note = {one.day: one for one in judged if lacks.get(one.day, Decimal(0)) >= A_CENT}
    return Lacking(gap, days_of_note, shortfall, {day: one for day, one in lacks.items() if one})


def doubts_today(answers: Answers, now: datetime) -> bool:
    """Tells whether the rows are also of the current UTC day, of which analytics may lack some, or all."""
    if now.date() not in answers.utc_days:
        return False
    return answers.evidence.is_silent or answers.evidence.doubts_live


def is_disputed(answers: Answers) -> bool:
    """Tells whether the sources disagree on the answer's days by what is spoken of."""
    found, span = answers.evidence, (answers.utc_days[0], answers.utc_days[-1])
    known = sum((one.usd for one in found.within(span) if isinstance(one.usd, Decimal)), Decimal(0))
    return is_noticeable(found.disputed(span), known)


def _usd(one: JudgedDay) -> Decimal:
    return one.usd if isinstance(one.usd, Decimal) else Decimal(0)


def _told(query: Query, answers: Answers, judged: list[JudgedDay]) -> dict[date, Decimal]:
    """Returns the USD of each judged day by the rows, or by the source of the rows where they have no time.

    A day of which the source tells no sum is taken to be whole, unless the source has no row at all.
    """
    table, older = answers.usage.table, answers.older.days if answers.older else ()
    column = next((table.dimensions.index(time) for time in TIMES if time in table.dimensions), None)
    if column is not None and not query.filters:
        by_day = _spend_by_day(table, column)
        told: dict[date, Optional[Amount]] = {one.day: by_day.get(one.day, Decimal(0)) for one in judged}
    else:
        by_activity = {one.day for one in judged if query.source == "activity" and one.day not in older}
        nothing = Decimal(0) if answers.evidence.is_silent and not by_activity else None
        told = {one.day: one.activity if one.day in by_activity else one.analytics for one in judged}
        told.update({day: nothing for day, usd in told.items() if usd is None})
    known = {day: usd for day, usd in told.items() if isinstance(usd, Decimal)}
    return {one.day: known.get(one.day, _usd(one)) for one in judged}


def _spend_by_day(table: UsageTable, column: int) -> dict[date, Amount]:
    """Returns the USD of the rows by their UTC day."""
    days: dict[date, Amount] = {}
    for names, use in table.rows:
        at = names[column]
        day = at.date() if isinstance(at, datetime) else at
        if isinstance(day, date):
            days[day] = total((days.get(day, Decimal(0)), use.usd), Decimal(0))
    return days
