"""Writes the vocabulary's records as text, and reads them back as they were."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Callable, Dict

from openrouter_usage import records

KIND = "kind"
"""Where a record has its name; no field is called that."""

PLAIN: Dict[str, Callable[[str], Any]] = {
    "Decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
}


def packed(value: Any) -> str:
    """A record, a tuple of them or a plain value as JSON."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> Any:
    """What was packed; None where the text is damaged, or of a version whose records had other fields."""
    try:
        return _tuples(json.loads(text, object_hook=_object))
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError):
        return None


def _plain(value: Any) -> Any:
    """The value in JSON's own types: what JSON does not know becomes an object that names its kind."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    name = type(value).__name__
    if name in PLAIN:
        return {name: str(value) if name == "Decimal" else value.isoformat()}
    if hasattr(value, "_fields"):
        return {KIND: name, **{field: _plain(item) for field, item in value._asdict().items()}}
    return [_plain(item) for item in value]


def _object(pairs: Dict[str, Any]) -> Any:
    if KIND in pairs:
        return getattr(records, pairs.pop(KIND))(**{field: _tuples(item) for field, item in pairs.items()})
    ((name, value),) = pairs.items()
    return PLAIN[name](value)


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
