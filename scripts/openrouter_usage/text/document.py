"""Writes JSON: money in full precision, and a note for everything that is not known."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Dict, Iterable, Iterator, Union

from openrouter_usage.days import iso_instant
from openrouter_usage.errors import Failure
from openrouter_usage.records import AsOf, Balance, Note, Unknown

SCHEMA = "openrouter-usage/1"

Json = Dict[str, Any]
"""A JSON object in which Unknown may stand for any value: it is written as null, and noted."""


def render_error(failure: Failure) -> str:
    error = {"code": failure.code, "message": failure.message, "next": failure.next_step or None}
    return dumps({"schema": SCHEMA, "error": error}) + "\n"


def listed(documents: Iterable[str]) -> str:
    """Several documents as one list."""
    return "[\n" + ",\n".join(one.rstrip() for one in documents) + "\n]\n"


def dumps(value: Any, indent: str = "") -> str:
    """JSON in which a Decimal is a number with all its digits: the standard encoder knows only binary fractions."""
    inner = indent + "  "
    if isinstance(value, Unknown):
        return "null"
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
    digits = format(value, "f") if value else "0"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def gaps(value: Any, path: str = "") -> Iterator[Note]:
    """A note for every Unknown in a document, under the name it goes by there."""
    if isinstance(value, Unknown):
        yield Note(value.code, f"{path}: {value.reason}" + (f"; {value.next_step}" if value.next_step else ""))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from gaps(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for item in value:
            yield from gaps(item, path)


def as_note(note: Note) -> Json:
    return dict(note._asdict())


def balance(credits: Union[Balance, Unknown]) -> Union[Json, Unknown]:
    if isinstance(credits, Unknown):
        return credits
    return {f"{name}_usd": amount for name, amount in credits._asdict().items()}


def told(figures: Union[Json, Unknown], as_of: AsOf) -> Union[Json, Unknown]:
    """The figures with the time of which they are."""
    return figures if isinstance(figures, Unknown) else {**figures, "as_of": as_of.at}
