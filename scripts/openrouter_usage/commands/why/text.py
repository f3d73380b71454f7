"""Renders an explanation as a sentence and a table that fits the terminal."""

from decimal import ROUND_FLOOR, Decimal
from typing import Iterator, List, Optional, Sequence, Union

from openrouter_usage.commands.report.text import source_line
from openrouter_usage.commands.why import words
from openrouter_usage.commands.why.changes import sum_up
from openrouter_usage.commands.why.records import LAST_DAYS, Change, Changes, Effects, Explanation
from openrouter_usage.dimensions import DIMENSIONS, PATHS
from openrouter_usage.records import A_CENT, Amount, Unknown
from openrouter_usage.session.output import columns
from openrouter_usage.text.amounts import dollars, money, signed
from openrouter_usage.text.dates import written
from openrouter_usage.text.table import Column, ruled

ROWS_SHOWN = 8
"""The rows of a table that are printed; the others are summed up."""

EFFECTS = {
    "New/gone": "New/gone: used in one of the periods alone.",
    "Requests": "Requests: their number, each at its old cost.",
    "Size": "Size: tokens per request, at the old price.",
    "Price": "Price: per token; it moves with provider, cache, share of completion, list price.",
    "Unsplit": "Unsplit: OpenRouter told no requests.",
}
"""The columns of effects, and what they mean."""

OPTIONAL = ("New/gone", "Unsplit")
"""The columns that are left out if no row has an amount in them."""

HALF_A_CENT = A_CENT / 2


def render(found: Explanation) -> str:
    """Returns the explanation, if possible in lines of the terminal's width, and a newline at the end."""
    width = columns()
    parts = [list(_head(found))]
    if isinstance(found.by_model, Changes):
        parts.append(_table(found.by_model, width))
        parts += [] if found.is_of_one_day else [[words.outlier_sentence(found.outlier)]]
        parts += [_other(found.periods.by, found.by_other, width)] if found.by_other else []
    parts.append(list(_foot(found)))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(found: Explanation) -> Iterator[str]:
    before, after = (written(span) for span in (found.periods.earlier, found.periods.later))
    if isinstance(found.by_model, Unknown):
        yield words.without_models(found.by_model, found)
        if found.totals:
            before, after = f"{before}, {dollars(found.totals[0])}", f"{after}, {dollars(found.totals[1])}"
    else:
        yield words.headline(found.by_model, found.periods)
        total = found.by_model.total
        yield from filter(None, [words.of_one_day(found), words.per_request(total)])
        before, after = f"{before}, {dollars(total.before.usd)}", f"{after}, {dollars(total.after.usd)}"
    marks = [found.profile, "all keys", "demo: a sample account" if found.demo else "", "completed UTC days"]
    yield f"Before: {before}"
    yield f"After: {after} ({', '.join(filter(None, marks))})"


def _other(dimension: Optional[str], changes: Union[Changes, Unknown], width: int) -> List[str]:
    if isinstance(changes, Unknown):
        return [f"By {dimension}: unknown ({changes.reason})"]
    return [f"By {dimension}: {words.movers(changes) or 'nobody more than a cent'}.", *_table(changes, width)]


def _foot(found: Explanation) -> Iterator[str]:
    if isinstance(found.by_model, Changes):
        yield from _legend([one for one in (found.by_model, found.by_other) if isinstance(one, Changes)])
        before, after = found.by_model.total.before.byok_usd, found.by_model.total.after.byok_usd
        if before or after:
            yield f"BYOK, in no figure above: {dollars(before)} before, {dollars(after)} after."
        other = f", by {found.periods.by} {PATHS[found.other_source]}" if found.other_source else ""
        if found.periods.kind == LAST_DAYS:
            yield "These are the last 7 completed UTC days; --week takes the last calendar week."
        yield source_line(PATHS[found.source] + other, found.key_name, found.as_of)
    elif found.by_model.next_step:
        yield f"Next: {found.by_model.next_step}"
    yield from (f"Note: {note.message}" for note in found.notes)


def _legend(tables: Sequence[Changes]) -> Iterator[str]:
    """Yields what the columns of the tables mean."""
    headings = [heading for heading in EFFECTS if any(heading in _headings(changes) for changes in tables)]
    yield f"Change is {' + '.join(headings)}, in credits of all keys. Days are UTC."
    yield from (EFFECTS[heading] for heading in headings)
    if len(tables) > 1:
        yield f"By {tables[1].dimension} the price holds the mix of models, too, so that its parts are others."


# The table


def _table(changes: Changes, width: int) -> List[str]:
    lines, left_out = ruled(_columns(changes), width, totals=1)
    headings = ", ".join(column.heading for column in left_out)
    return [*lines, f"Left out at {width} columns: {headings}."] if left_out else lines


def _columns(changes: Changes) -> List[Column]:
    hidden = changes.rows[ROWS_SHOWN:]
    rest = [sum_up(f"{len(hidden)} more", hidden)] if hidden else []
    rows = [*changes.rows[:ROWS_SHOWN], *rest, changes.total]
    printed = [words.printed_change(row) for row in rows]
    effects = dict(zip(EFFECTS, zip(*map(_effect_cells, rows, printed))))
    return [
        Column(DIMENSIONS[changes.dimension].heading, tuple(row.label for row in rows), "name"),
        Column("Before", tuple(money(row.before.usd) for row in rows), drop_order=2),
        Column("After", tuple(money(row.after.usd) for row in rows), drop_order=1),
        Column("Change", tuple(money(one) if isinstance(one, Unknown) else signed(one) for one in printed)),
        *(Column(heading, effects[heading]) for heading in _headings(changes)),
    ]


def _headings(changes: Changes) -> List[str]:
    rows = [_amounts(row.effects) for row in changes.rows if isinstance(row.effects, Effects)]
    used = [heading for place, heading in enumerate(EFFECTS) if any(amounts[place] for amounts in rows)]
    return [heading for heading in EFFECTS if heading not in OPTIONAL or heading in used]


def _effect_cells(row: Change, change: Amount) -> List[str]:
    if isinstance(row.effects, Unknown) or isinstance(change, Unknown):
        return ["?"] * len(EFFECTS)
    return [_effect(*amounts) for amounts in zip(_amounts(row.effects), in_cents(row.effects, change))]


def _amounts(effects: Effects) -> List[Decimal]:
    """Returns the amount in each of the columns of effects."""
    return [effects.new + effects.gone, *effects[2:]]


def in_cents(effects: Effects, change: Decimal) -> List[Decimal]:
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
