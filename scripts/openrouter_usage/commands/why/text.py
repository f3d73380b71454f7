"""Renders an explanation as a sentence and a table that fits the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Optional, Union

from openrouter_usage.commands.why import words
from openrouter_usage.commands.why.changes import sum_up
from openrouter_usage.commands.why.records import LAST_DAYS, Change, Changes, Effects, Explanation
from openrouter_usage.dimensions import DIMENSIONS, PATHS
from openrouter_usage.records import A_CENT, Amount, Unknown
from openrouter_usage.session.output import columns
from openrouter_usage.text.amounts import dollars, money, signed
from openrouter_usage.text.dates import in_brackets, written
from openrouter_usage.text.evidence import source_line
from openrouter_usage.text.runway import ALL_KEYS
from openrouter_usage.text.style import ANSWER, DEMO, FOOTNOTE, TABLE, TABLE_TOTAL, Line, Page, page
from openrouter_usage.text.table import Column, ruled

ROWS_SHOWN = 8
"""The rows of a table that are printed; the others are summed up."""

EFFECTS = {
    "New/gone": "New/gone: used in one of the periods alone.",
    "Requests": "Requests: their number, each at its old cost.",
    "Size": "Size: tokens per request, at the old price.",
    "Price": "Price: per token; it moves with provider, cache, share of completion, list price.",
    "Unsplit": "Unsplit: OpenRouter told no requests, or no tokens to tell size and price apart.",
}
"""The columns of effects, and what they mean."""

OPTIONAL = ("New/gone", "Unsplit")
"""The columns that are left out if no row has an amount in them."""

HALF_A_CENT = A_CENT / 2


def render(found: Explanation) -> Page:
    """Returns the explanation, its tables as wide as the terminal."""
    width = columns()
    parts: list[Iterable[str]] = [_head(found)]
    if isinstance(found.by_model, Changes) and found.by_model.rows:
        parts.append(_table(found.by_model, width))
        parts += [] if found.is_of_one_day else [[words.outlier_sentence(found.outlier)]]
        parts += [_other(found.periods.by, found.by_other, width)] if found.by_other else []
    return page(*parts, _foot(found))


def _head(found: Explanation) -> Iterator[str]:
    before, after = (written(span) for span in (found.periods.earlier, found.periods.later))
    if isinstance(found.by_model, Unknown):
        yield Line(words.without_models(found.by_model, found), ANSWER)
        if found.totals:
            before, after = f"{before}, {dollars(found.totals[0])}", f"{after}, {dollars(found.totals[1])}"
    else:
        yield Line(words.headline(found.by_model, found.periods), ANSWER)
        total = found.by_model.total
        yield from filter(None, [words.of_one_day(found), words.per_request(total)])
        before, after = f"{before}, {dollars(total.before.usd)}", f"{after}, {dollars(total.after.usd)}"
    marks = [found.profile, ALL_KEYS, DEMO if found.demo else "", "completed UTC days"]
    yield f"Before: {before}"
    yield f"After: {after}{in_brackets(marks)}"


def _other(dimension: Optional[str], changes: Union[Changes, Unknown], width: int) -> Iterator[str]:
    if isinstance(changes, Unknown):
        yield f"By {dimension}: unknown ({changes.reason})"
        return
    yield Line(f"By {dimension}: {words.movers(changes) or 'nobody more than a cent'}.", ANSWER)
    yield from _table(changes, width)


def _foot(found: Explanation) -> Iterator[str]:
    if isinstance(found.by_model, Changes):
        tables = [one for one in (found.by_model, found.by_other) if isinstance(one, Changes) and one.rows]
        yield from (Line(line, FOOTNOTE) for line in (_legend(tables) if tables else ()))
        before, after = found.by_model.total.before.byok_usd, found.by_model.total.after.byok_usd
        if before or after:
            yield f"BYOK, in no figure above: {dollars(before)} before, {dollars(after)} after."
        yield from (Line(line, FOOTNOTE) for line in _sources(found))
    elif found.by_model.next_step:
        yield f"Next: {found.by_model.next_step}"
    yield from (f"Note: {note.message}" for note in found.notes)


def _legend(tables: Sequence[Changes]) -> Iterator[str]:
    """Yields what the columns of the tables mean."""
    headings = [heading for heading in EFFECTS if any(heading in _sizes(changes) for changes in tables)]
    yield f"Change is {' + '.join(headings)}, in credits of all keys. Days are UTC."
    yield from (EFFECTS[heading] for heading in headings)
    if len(tables) > 1:
        yield f"By {tables[1].dimension} the price holds the mix of models, too, so that its parts are others."


def _sources(found: Explanation) -> Iterator[str]:
    """Yields which periods these are if they were not asked for, and where the figures are from."""
    if found.periods.kind == LAST_DAYS:
        yield "These are the last 7 completed UTC days; --week takes the last calendar week."
    other = f", by {found.periods.by} {PATHS[found.other_source]}" if found.other_source else ""
    yield source_line(PATHS[found.source] + other, found.key_name, found.as_of)


# The table


def _table(changes: Changes, width: int) -> list[Line]:
    table = _columns(changes)
    roles = [*[TABLE] * (len(table[0].cells) - 1), TABLE_TOTAL]
    lines, left_out = ruled(table, width, totals=1, roles=roles)
    headings = ", ".join(column.heading for column in left_out)
    return [*lines, Line(f"Left out at {width} columns: {headings}.", FOOTNOTE)] if left_out else lines


def _columns(changes: Changes) -> list[Column]:
    hidden = changes.rows[ROWS_SHOWN:]
    rest = [sum_up(f"{len(hidden)} more", hidden)] if hidden else []
    rows = [*changes.rows[:ROWS_SHOWN], *rest, changes.total]
    printed = [words.printed_change(row) for row in rows]
    effects = dict(zip(EFFECTS, zip(*map(_effect_cells, rows, printed))))
    sizes = _sizes(changes)
    goes = sorted(sizes, key=sizes.__getitem__)  # where there is no room, the least of the effects goes first
    return [
        Column(DIMENSIONS[changes.dimension].heading, tuple(row.label for row in rows), "name"),
        Column("Before", tuple(money(row.before.usd) for row in rows), drop_order=2),
        Column("After", tuple(money(row.after.usd) for row in rows), drop_order=1),
        Column("Change", tuple(money(one) if isinstance(one, Unknown) else signed(one) for one in printed)),
        *(Column(heading, effects[heading], drop_order=-1 - goes.index(heading)) for heading in sizes),
    ]


def _sizes(changes: Changes) -> dict[str, Decimal]:
    """Returns what each effect made of all changes, up and down, under the headings of the columns that are shown."""
    rows = [_amounts(row.effects) for row in changes.rows if isinstance(row.effects, Effects)]
    sizes = {heading: sum((abs(of_row[place]) for of_row in rows), Decimal(0)) for place, heading in enumerate(EFFECTS)}
    return {heading: size for heading, size in sizes.items() if size or heading not in OPTIONAL}


def _effect_cells(row: Change, change: Amount) -> list[str]:
    if isinstance(row.effects, Unknown) or isinstance(change, Unknown):
        return ["?"] * len(EFFECTS)
    cells = [_effect(*amounts) for amounts in zip(_amounts(row.effects), in_cents(row.effects, change))]
    return ["?" if heading.lower() in row.untold else cell for heading, cell in zip(EFFECTS, cells)]


def _amounts(effects: Effects) -> list[Decimal]:
    """Returns the amount in each of the columns of effects."""
    return [effects.new + effects.gone, *effects[2:]]


def in_cents(effects: Effects, change: Decimal) -> list[Decimal]:
    """Returns the amounts of the columns in cents, which add up to the change as it is printed.

    By the largest remainder method: all are rounded down, and the missing cents go where most was cut off.
    """
    amounts = _amounts(effects)
    cents = [amount.quantize(A_CENT, ROUND_FLOOR) for amount in amounts]
    printed = change if abs(change) >= A_CENT else Decimal(0)
    missing = int((printed - sum(cents, Decimal(0))) / A_CENT)
    by_remainder = sorted(range(len(amounts)), key=lambda place: (not amounts[place], cents[place] - amounts[place]))
    return [amount + A_CENT * (place in by_remainder[:missing]) for place, amount in enumerate(cents)]


def _effect(amount: Decimal, rounded: Decimal) -> str:
    """Returns an amount in cents, or, for example, "+<$0.01" for one that is rounded to nothing."""
    if not amount:
        return "–"
    return signed(rounded or max(min(amount, HALF_A_CENT), -HALF_A_CENT))
