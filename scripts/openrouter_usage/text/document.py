"""Writes the JSON document of a command: money in full precision, and a note for everything that is not known."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, Union

from openrouter_usage.days import iso_instant
from openrouter_usage.errors import Failure
from openrouter_usage.records import Amount, AsOf, Balance, Note, Unknown

SCHEMA = "openrouter-usage/1"

RATIO_PLACES, LARGE_RATIO = Decimal("1e-10"), 15
"""Ratios are rounded to ten places, but for those of more than 16 digits before the point."""

Json = dict[str, Any]
"""A JSON object. Any value in it may be Unknown, which is written as null, or a Note, which is written as an object."""


def document(command: str, cells: Json) -> str:
    """Returns the JSON document of a command, its schema and name before the cells."""
    return dumps({"schema": SCHEMA, "command": command, **cells}) + "\n"


def render_error(failure: Failure) -> str:
    """Returns the JSON document of a failure."""
    error = {"code": failure.code, "message": failure.message, "next": failure.next_step or None}
    return dumps({"schema": SCHEMA, "error": error}) + "\n"


def listed(documents: Iterable[str]) -> str:
    """Returns several documents as one list."""
    return "[\n" + ",\n".join(one.rstrip() for one in documents) + "\n]\n"


def dumps(value: Any, indent: str = "") -> str:
    """Returns the value as JSON, a Decimal with all its digits: the standard encoder knows only binary fractions."""
    inner = indent + "  "
    if isinstance(value, Unknown):
        return "null"
    if isinstance(value, Note):
        value = value._asdict()
    if isinstance(value, dict) and value:
        pairs = [f"{inner}{json.dumps(name)}: {dumps(item, inner)}" for name, item in value.items()]
        return "{\n" + ",\n".join(pairs) + f"\n{indent}}}"
    if isinstance(value, (list, tuple)) and value:
        return "[\n" + ",\n".join(inner + dumps(item, inner) for item in value) + f"\n{indent}]"
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return json.dumps(iso_instant(value))
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    return json.dumps(value, ensure_ascii=False)


def number(value: Decimal) -> str:
    """Returns all digits of the number, without zeros at the end of a fraction."""
    digits = format(value, "f") if value else "0"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def rounded(ratio: Amount) -> Amount:
    """Returns a ratio to ten places, since unlike money it is rarely finite; a very large one is not rounded."""
    if isinstance(ratio, Unknown) or ratio.adjusted() > LARGE_RATIO:
        return ratio
    return ratio.quantize(RATIO_PLACES)


def gaps(value: Any, path: str = "") -> Iterator[Note]:
    """Yields a note for every Unknown in a JSON value, under its path."""
    if isinstance(value, Unknown):
        yield Note(value.code, f"{path}: {value.advice}")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from gaps(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for item in value:
            yield from gaps(item, path)


def usd_cells(amounts: NamedTuple, prefix: str = "") -> Json:
    """Returns the amounts under their names, each ending in _usd."""
    return {f"{prefix}{name}_usd": amount for name, amount in amounts._asdict().items()}


def balance(credits: Union[Balance, Unknown]) -> Union[Json, Unknown]:
    """Returns the cells of a balance."""
    return credits if isinstance(credits, Unknown) else usd_cells(credits)


def with_as_of(figures: Union[Json, Unknown], as_of: AsOf) -> Union[Json, Unknown]:
    """Returns the figures with their time."""
    return figures if isinstance(figures, Unknown) else {**figures, "as_of": as_of.at}
