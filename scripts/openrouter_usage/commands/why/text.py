"""Renders an explanation as a sentence over a table that fits the terminal."""

from decimal import ROUND_FLOOR, Decimal
from typing import Iterator, List, Sequence, Tuple

from openrouter_usage.commands.why import words
from openrouter_usage.commands.why.records import Change, Changes, Effects, Explanation, Outlier
from openrouter_usage.records import A_CENT, Amount, Unknown
from openrouter_usage.text.amounts import dollars, money, signed
from openrouter_usage.text.dates import instant, written
from openrouter_usage.text.sources import PATHS
from openrouter_usage.text.table import Column, display_width, fitted

HEADINGS = {
    "model": "Model",
    "provider": "Provider",
    "key": "Key",
    "app": "App",
    "user": "User",
    "workspace": "Workspace",
}
COLUMNS = {"new_or_gone": "New/gone", "requests": "Requests", "size": "Size", "price": "Price", "unsplit": "Unsplit"}
SOMETIMES = ("new_or_gone", "unsplit")
"""The columns that are there only where they have an amount."""

NO_EFFECT = "–"
LEAST = A_CENT / 2
MEANINGS = {
    "new_or_gone": "New/gone: used in one of the periods alone.",
    "requests": "Requests: their number, each at its old cost.",
    "size": "Size: tokens per request, at the old price.",
    "price": "Price: per token; it moves with provider, cache, share of completion, list price.",
    "unsplit": "Unsplit: OpenRouter told no requests.",
}


def render(found: Explanation, width: int) -> str:
    """The explanation in lines of at most `width` cells where that can be, ending in a newline."""
    parts = [list(_head(found))]
    if isinstance(found.models, Changes):
        parts += [_table(found.models, width), [_day(found.day)]]
        parts += [_through(found, found.through, width)] if found.through is not None else []
    parts.append(list(_foot(found)))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(found: Explanation) -> Iterator[str]:
    before, after = (written(span) for span in (found.periods.earlier, found.periods.later))
    if isinstance(found.models, Unknown):
        yield f"Why the spend changed: unknown ({found.models.reason})"
    else:
        yield words.headline(found.models, found.periods)
        total = found.models.total
        before, after = f"{before}, {dollars(total.before.usd)}", f"{after}, {dollars(total.after.usd)}"
    marks = [found.profile, "all keys", "demo: a sample account" if found.demo else "", "completed UTC days"]
    yield f"Before: {before}"
    yield f"After: {after} ({', '.join(filter(None, marks))})"


def _day(day: object) -> str:
    if isinstance(day, Outlier):
        return words.standing_out(day)
    return f"Whether a day stood out is unknown ({day.reason})." if isinstance(day, Unknown) else "No day stood out."


def _through(found: Explanation, through: object, width: int) -> List[str]:
    by = found.periods.by
    if isinstance(through, Changes):
        return [f"By {by}: {words.movers(through) or 'nobody more than a cent'}.", *_table(through, width)]
    return [f"By {by}: unknown ({through.reason if isinstance(through, Unknown) else ''})"]


def _foot(found: Explanation) -> Iterator[str]:
    if isinstance(found.models, Changes):
        yield from _legend([found.models, *([found.through] if isinstance(found.through, Changes) else [])])
        yield from _byok(found.models.total)
        yield f"Source: OpenRouter's {_source(found)}, asked with {found.asker}, as of {instant(found.as_of)}"
    elif found.models.next_step:
        yield f"Next: {found.models.next_step}"
    yield from (f"Note: {note.message}" for note in found.notes)


def _legend(tables: Sequence[Changes]) -> Iterator[str]:
    """What the columns mean that are there."""
    names = [name for name in COLUMNS if any(name in _effects_told(changes) for changes in tables)]
    yield f"Change is {' + '.join(COLUMNS[name] for name in names)}, in credits of all keys. Days are UTC."
    yield from (MEANINGS[name] for name in names)
    if len(tables) > 1:
        yield f"By {tables[1].dimension} the price holds the mix of models, too, so that its parts are others."


def _byok(total: Change) -> Iterator[str]:
    """What went to the user's own provider keys, where any did."""
    amounts = total.before.byok_usd, total.after.byok_usd
    if any(amounts):
        before, after = map(dollars, amounts)
        yield f"BYOK, in no figure above: {before} before, {after} after."


def _source(found: Explanation) -> str:
    beside = f", by {found.periods.by} {PATHS[found.through_source]}" if found.through_source else ""
    return PATHS[found.source] + beside


# The table


def _table(changes: Changes, width: int) -> List[str]:
    rows = [*changes.shown, *([changes.rest] if changes.rest else []), changes.total]
    lines, left_out = fitted(_columns(changes, rows), width)
    table = [*lines[:-1], "─" * min(width, max(map(display_width, lines))), lines[-1]]
    return [*table, f"Left out at {width} columns: {', '.join(left_out)}."] if left_out else table


def _columns(changes: Changes, rows: Sequence[Change]) -> List[Column]:
    told = _effects_told(changes)
    effects = [_cells(row) for row in rows]
    places = [(place, heading) for place, (name, heading) in enumerate(COLUMNS.items()) if name in told]
    return [
        Column(HEADINGS[changes.dimension], tuple(row.label for row in rows), "name"),
        Column("Before", tuple(money(row.before.usd) for row in rows), drop_order=2),
        Column("After", tuple(money(row.after.usd) for row in rows), drop_order=1),
        Column("Change", tuple(_change(words.changed(row)) for row in rows)),
        *(Column(heading, tuple(cells[place] for cells in effects)) for place, heading in places),
    ]


def _effects_told(changes: Changes) -> Tuple[str, ...]:
    """The columns that are there."""
    told = [dict(zip(COLUMNS, _amounts(row.effects))) for row in changes.rows if isinstance(row.effects, Effects)]
    return tuple(name for name in COLUMNS if name not in SOMETIMES or any(amounts[name] for amounts in told))


def _change(amount: Amount) -> str:
    return money(amount) if isinstance(amount, Unknown) else signed(amount)


def _cells(row: Change) -> List[str]:
    change = words.changed(row)
    if isinstance(row.effects, Unknown) or isinstance(change, Unknown):
        return ["?"] * len(COLUMNS)
    cents = in_cents(row.effects, change)
    return [_effect(amount, rounded) for amount, rounded in zip(_amounts(row.effects), cents)]


def _amounts(effects: Effects) -> List[Decimal]:
    """What each column is of."""
    return [effects.new + effects.gone, *effects[2:]]


def in_cents(effects: Effects, change: Decimal) -> List[Decimal]:
    """The columns' amounts in cents, which add up to the change as it is printed.

    By the largest remainders: all are rounded down, and the cents that are wanting go where most was cut off.
    """
    amounts = _amounts(effects)
    cents = [amount.quantize(A_CENT, ROUND_FLOOR) for amount in amounts]
    printed = change if abs(change) >= A_CENT else Decimal(0)
    wanting = int((printed - sum(cents, Decimal(0))) / A_CENT)
    by_remainder = sorted(range(len(amounts)), key=lambda place: (not amounts[place], cents[place] - amounts[place]))
    return [amount + A_CENT * (place in by_remainder[:wanting]) for place, amount in enumerate(cents)]


def _effect(amount: Decimal, rounded: Decimal) -> str:
    """What is less than a cent is said to be that, with its sign."""
    if not amount:
        return NO_EFFECT
    return signed(rounded or (min(amount, LEAST) if amount > 0 else max(amount, -LEAST)))
