"""Makes reports and findings into HTML tables, the dearest rows open and the others folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Optional

from openrouter_usage.commands.dashboard.elements import Child, Markup, element, name
from openrouter_usage.commands.report import legend, picked, shown
from openrouter_usage.commands.report.columns import columns
from openrouter_usage.commands.report.records import Report, ReportRow
from openrouter_usage.dimensions import DIMENSIONS
from openrouter_usage.records import Unknown, total
from openrouter_usage.text.amounts import dollars, number_of
from openrouter_usage.text.bars import full_length
from openrouter_usage.text.table import Column

SHOWN = 12
"""The rows that are not folded."""

HEADINGS = {
    "reqs": "Requests",
    "prompt": "Prompt tokens",
    "compl": "Completion tokens",
    "per-million": "$ per million tokens",
    "per-request": "$ per request",
    "hit": "From cache",
}
"""The headings that a terminal has no room for."""


def of_report(report: Report, caption: str) -> Iterator[Markup]:
    """Yields the table of the dearest rows, with the totals, and the folded table of the others."""
    rows = shown.table(report)
    every = columns(report, rows.rows, may_drop_picked=False)
    own = [row for row, _ in (*rows.groups, *rows.rests)]
    bars, totals = _bars(own), range(len(own), len(rows.rows))
    yield table(caption, every, range(len(own))[:SHOWN], bars, totals)
    folded = range(len(own))[SHOWN:]
    if folded:
        noun = DIMENSIONS[report.query.by[0]].noun
        usd = total((own[place].use.usd for place in folded), Decimal(0))
        heading = f"{number_of(len(folded), f'more {noun}')}: {dollars(usd)}"
        yield element("details", element("summary", heading), table(heading, every, folded, bars))


def explained(report: Report) -> Iterator[str]:
    """Yields what the table shows, as far as its headings do not tell it, and where it is from."""
    names = [one for one in picked.as_columns(report.query.picked, report.query) if one not in HEADINGS]
    yield from (line if line.endswith((".", ";")) else f"{line}." for line in legend.explained(report, names))
    yield from (f"{line}." for line in legend.sources(report))


def notes(report: Report) -> list[str]:
    """Returns why figures are not known, and what qualifies them."""
    return list(legend.notes(report, shown.table(report).rows))


def _bars(rows: Sequence[ReportRow]) -> list[Markup]:
    """Returns a bar of spend for each row."""
    usd = [None if isinstance(row.use.usd, Unknown) else row.use.usd for row in rows]
    full = full_length(usd, may_cut=False)
    return [bar(one / full) if full and one and one > 0 else Markup() for one in usd]


def bar(share: Decimal, class_: str = "bar") -> Markup:
    """Returns a bar that is filled to the share, from 0 to 1; it says nothing that is not written beside it."""
    width = f"{min(max(share, Decimal(0)), Decimal(1)) * 100:.1f}%"
    filled = element("rect", width=width, height="100%")
    return element("svg", filled, class_=class_, aria_hidden="true", focusable="false")


def table(
    caption: str, every: Sequence[Column], rows: Sequence[int], bars: Sequence[Child] = (), sums: Sequence[int] = ()
) -> Markup:
    """Returns the table of those rows of the columns, each with its bar if it has one, and below a line the sums.

    Where the page is too narrow for it, it is scrolled by itself, by the keyboard too.
    """
    headings = [element("th", HEADINGS.get(one.name, one.heading), scope="col", class_=_class(one)) for one in every]
    body = [_row(every, place, bars[place] if bars else None) for place in rows]
    foot = [_row(every, place, None) for place in sums]
    whole = element(
        "table",
        element("caption", element("span", caption)),
        element("thead", element("tr", headings)),
        element("tbody", body),
        element("tfoot", foot) if foot else None,
    )
    return element("div", whole, class_="scroll", tabindex="0", role="group", aria_label=caption)


def _row(every: Sequence[Column], place: int, bar: Child) -> Markup:
    first, *others = every
    heading = element("th", name(first.cells[place]), bar, scope="row", class_="name")
    return element("tr", heading, [element("td", one.cells[place], class_=_class(one)) for one in others])


def _class(column: Column) -> Optional[str]:
    return {"name": "name", "text": "text"}.get(column.kind)
