"""Renders a report as data: JSON with money in full precision."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Dict, List, Union

from errors import Failure
from usage import (
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

Json = Dict[str, Any]


def render(report: Report) -> str:
    """The summary as one JSON object. Two accounts: the first is the object, the second stands in `other_account`."""
    first, *others = report.blocks
    document: Json = {"schema": SCHEMA, "command": "summary", "as_of": report.as_of, "demo": report.demo}
    document.update(_block(first, report))
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
    key, account = _counters(block.key), _counters(block.account)
    if key is not None:
        key["expires_at"] = block.expires_at
    return {
        "live_only": _live(report, {"key": key, "account": account}),
        "key": key,
        "account": account,
        "balance": _balance(block.balance),
        "limits": [_limit(limit) for limit in block.limits],
        "free_requests": _free(block.free_requests),
        "models": _models(block.models),
        "forecast": None,
        "notes": [{"code": note.code, "message": note.message} for note in _notes(block)],
    }


def _notes(block: Block) -> List[Note]:
    forecast = Note("not_available", "forecast: this version makes none")
    expiring = [
        Note("key_expires", f"{expiry.what} expires at {expiry.at:%Y-%m-%dT%H:%M:%SZ}") for expiry in block.expiring
    ]
    return [*block.notes, *expiring, *block.gaps, forecast]


def _live(report: Report, scopes: Dict[str, Union[Json, None]]) -> List[str]:
    windows = [window for window in Spend._fields if window in report.live]
    names = [f"{prefix}{window}_usd" for prefix in ("", "byok_") for window in windows]
    return [f"{scope}.{name}" for scope, counters in scopes.items() if counters is not None for name in names]


def _counters(counters: Union[Counters, Unknown, None]) -> Union[Json, None]:
    if not isinstance(counters, Counters):
        return None
    fields: Json = {f"{window}_usd": amount for window, amount in counters.credits._asdict().items()}
    fields["total_usd"] = counters.total
    fields.update({f"byok_{window}_usd": amount for window, amount in counters.byok._asdict().items()})
    fields["expires_at"] = None
    return fields


def _balance(balance: Union[Balance, Unknown]) -> Union[Json, None]:
    if isinstance(balance, Unknown):
        return None
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


def _free(free: Union[FreeRequests, None]) -> Union[Json, None]:
    return dict(free._asdict()) if free else None


def _models(models: Union[ModelTable, Unknown]) -> Union[Json, None]:
    if isinstance(models, Unknown):
        return None
    rows = [_model(row) for row in models.rows]
    return {"from": models.first, "to": models.last, "total_usd": models.total, "rows": rows}


def _model(row: ModelRow) -> Json:
    fields = row._asdict()
    return {"model": fields.pop("model"), **{name: fields[name] for name in fields if name != "label"}}
