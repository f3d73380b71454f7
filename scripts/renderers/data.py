"""Renders a report as data: JSON with money in full precision and a note for everything that is not known."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Dict, Iterator, List, Union

from errors import Failure
from usage import (
    NEEDS_MANAGEMENT_KEY,
    Balance,
    Block,
    Counters,
    FreeRequests,
    Limit,
    ModelRow,
    ModelTable,
    Note,
    Report,
    Spend,
    Unknown,
)

SCHEMA = "openrouter-usage/1"

NO_REGULAR_KEY = Unknown("no regular key was found", "no_regular_key")
NO_FORECAST = Unknown("this version makes none", "not_available")

Json = Dict[str, Any]
"""A JSON object in which Unknown may stand for any value: it is written as null, and noted."""


def render(report: Report) -> str:
    """The summary as one JSON object. Two accounts: the first is the object, the second stands in `other_account`."""
    first, *others = report.blocks
    document: Json = {"schema": SCHEMA, "command": "summary", "as_of": report.as_of, "demo": report.demo}
    document.update(_block(first, report))
    document["notes"] += [_note(note) for note in report.notes]
    if others:
        document["other_account"] = _block(others[0], report)
    return dumps(document) + "\n"


def render_error(failure: Failure) -> str:
    error = {"code": failure.code, "message": failure.message, "next": failure.next_step or None}
    return dumps({"schema": SCHEMA, "error": error}) + "\n"


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
        return _number(value)
    if isinstance(value, datetime):
        return json.dumps(value.strftime("%Y-%m-%dT%H:%M:%SZ"))
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    return json.dumps(value, ensure_ascii=False)


def _number(value: Decimal) -> str:
    digits = format(value, "f") if value else "0"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _block(block: Block, report: Report) -> Json:
    figures: Json = {
        "key": _counters(block.key, block.expires_at, NO_REGULAR_KEY),
        "account": _counters(block.account, None, NEEDS_MANAGEMENT_KEY),
        "balance": _balance(block.balance),
        "limits": block.limits if isinstance(block.limits, Unknown) else [_limit(limit) for limit in block.limits],
        "free_requests": _free(block.free_requests),
        "models": _models(block.models),
        "forecast": NO_FORECAST,
    }
    notes = [*block.notes, *_expiring(block), *dict.fromkeys(_gaps(figures))]
    return {"live_only": _live(report, figures), **figures, "notes": [_note(note) for note in notes]}


def _gaps(value: Any, path: str = "") -> Iterator[Note]:
    """A note for every Unknown in a document, under the name it goes by there."""
    if isinstance(value, Unknown):
        yield Note(value.code, f"{path}: {value.reason}" + (f"; {value.next_step}" if value.next_step else ""))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _gaps(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for item in value:
            yield from _gaps(item, path)


def _expiring(block: Block) -> List[Note]:
    return [Note("key_expires", f"{one.what} expires at {one.at:%Y-%m-%dT%H:%M:%SZ}") for one in block.expiring]


def _note(note: Note) -> Json:
    return dict(note._asdict())


def _live(report: Report, figures: Json) -> List[str]:
    windows = [window for window in Spend._fields if window in report.live]
    names = [f"{prefix}{window}_usd" for prefix in ("", "byok_") for window in windows]
    scopes = [scope for scope in ("key", "account") if isinstance(figures[scope], dict)]
    return [f"{scope}.{name}" for scope in scopes for name in names]


def _counters(counters: Union[Counters, Unknown, None], expires_at: object, nobody: Unknown) -> Union[Json, Unknown]:
    if not isinstance(counters, Counters):
        return counters or nobody
    fields: Json = {f"{window}_usd": amount for window, amount in counters.credits._asdict().items()}
    fields["total_usd"] = counters.total
    fields.update({f"byok_{window}_usd": amount for window, amount in counters.byok._asdict().items()})
    fields["expires_at"] = expires_at
    return fields


def _balance(balance: Union[Balance, Unknown]) -> Union[Json, Unknown]:
    if isinstance(balance, Unknown):
        return balance
    return {f"{name}_usd": amount for name, amount in balance._asdict().items()}


def _limit(limit: Limit) -> Json:
    return {
        "scope": limit.scope,
        "limit_usd": limit.limit,
        "spent_usd": limit.spent,
        "remaining_usd": limit.remaining,
        "resets": limit.resets,
        "resets_at": limit.resets_at,
    }


def _free(free: Union[FreeRequests, Unknown]) -> Union[Json, Unknown]:
    return free if isinstance(free, Unknown) else dict(free._asdict())


def _models(models: Union[ModelTable, Unknown]) -> Union[Json, Unknown]:
    if isinstance(models, Unknown):
        return models
    rows = [_model(row) for row in models.rows]
    return {"from": models.first, "to": models.last, "total_usd": models.total, "rows": rows}


def _model(row: ModelRow) -> Json:
    return {name: value for name, value in row._asdict().items() if name != "label"}
