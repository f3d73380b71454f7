"""Puts the rows of a report's table in their order, each with the role of its line."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple, Optional

from openrouter_usage.commands.report.records import ROWS, Breakdown, Report, ReportRow
from openrouter_usage.records import NOT_SUMMED
from openrouter_usage.text.amounts import STAR
from openrouter_usage.text.style import TABLE, TABLE_LIVE, TABLE_TOTAL

Row = tuple[ReportRow, str]
"""A row, and the role of its line."""


class Shown(NamedTuple):
    """The rows of a table: groups and the sums of each time, what stands for all others, and the totals below."""

    groups: list[Row]
    rests: list[Row]
    sums: list[Row]

    @property
    def rows(self) -> list[ReportRow]:
        """All rows from top to bottom."""
        return [row for row, _ in (*self.groups, *self.rests, *self.sums)]

    @property
    def roles(self) -> list[str]:
        """The role of each of them."""
        return [role for _, role in (*self.groups, *self.rests, *self.sums)]


def table(report: Report) -> Shown:
    """Returns the rows of the completed days, and those of today as far as the query's days include it."""
    completed, today = report.completed, with_rows_of_today(report)
    of_today = _with_subtotals(today) if today else ()
    starred = (_starred(row, TABLE_LIVE if role == TABLE else role) for row, role in of_today)
    rests = [
        *([(completed.rest, TABLE)] if completed.rest else []),
        *([_starred(today.rest, TABLE_LIVE)] if today and today.rest else []),
        *([(completed.lacking, TABLE)] if completed.lacking else []),
    ]
    return Shown([*_with_subtotals(completed), *starred], rests, _sums(report))


def has_rows(report: Report) -> bool:
    """Tells whether there is anything but totals."""
    return bool(report.completed.shown or (isinstance(report.today, Breakdown) and report.today.rows))


def with_rows_of_today(report: Report) -> Optional[Breakdown]:
    """Returns today's use if its rows stand in the table, and not beside the completed days of each row."""
    is_in_rows = report.query.today == ROWS and not report.query.has_today_columns
    return report.today if is_in_rows and isinstance(report.today, Breakdown) else None


def _sums(report: Report) -> list[Row]:
    """Returns the total, and below it today's and that with today, as far as they are not in the rows already."""
    total = [(report.completed.total, TABLE_TOTAL)]
    if not isinstance(report.today, Breakdown) or report.with_today is None or report.query.has_today_columns:
        return total
    is_row = report.query.by == ("date",) and with_rows_of_today(report) and report.today.rows
    today = [] if is_row else [_starred(report.today.total, TABLE_LIVE)]
    return [*total, *today, _starred(report.with_today, TABLE_TOTAL)]


def _starred(row: ReportRow, role: str) -> Row:
    """Returns a row of today; it has no share, which would be one of another total."""
    return row._replace(labels=(f"{row.labels[0]}{STAR}", *row.labels[1:]), share=NOT_SUMMED), role


def _with_subtotals(breakdown: Breakdown) -> Iterator[Row]:
    """Yields the rows that are shown, with the sum of each time behind its rows where there are several."""
    subtotals = {row.names[0]: row for row in breakdown.subtotals}
    for time, of_time in groupby(breakdown.rows, key=lambda row: row.names[0]):
        several = list(of_time)
        yield from ((row, TABLE) for row in several)
        if len(several) > 1 and time in subtotals:
            yield subtotals[time], TABLE_TOTAL
