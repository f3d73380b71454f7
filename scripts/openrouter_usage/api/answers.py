"""Parses the JSON of the documented endpoints into records: their fields, and what those really hold."""

from __future__ import annotations

import json
from decimal import Decimal
from threading import Lock
from typing import Any, Optional, Union

from openrouter_usage.api import failures, fields, times
from openrouter_usage.api.fields import Fields
from openrouter_usage.errors import LONGER_TIMEOUT, BadAnswer, OutOfTime
from openrouter_usage.records import (
    ActivityRow,
    Amount,
    Counters,
    Credits,
    FreeRequests,
    KeyInfo,
    Limit,
    ListedKey,
    Spend,
    Unknown,
    Use,
)

# Documents

MOST_VALUES = 600_000
"""The number of values above which an answer is given up: each takes up to a hundred times the memory of its text.

The largest /activity that there may be (see bodies.MOST_BYTES) has 500,000.
"""

LONGEST_NUMBER = 100
"""The characters of the longest number that is read: the time that Python takes for more may grow with their square."""

NOT_A_NUMBER = Decimal("NaN")

_DECODING = Lock()


def decode(body: bytes, key_name: str, seconds: float) -> Any:
    """The `data` of an answer, every fraction a Decimal.

    One answer is decoded after the other, for none of the program goes on meanwhile: it waits so many seconds for its
    turn. Raises OutOfTime, BadAnswer, BrokenAnswer, or the Failure of an error in a 200.
    """
    if not _DECODING.acquire(timeout=max(seconds, 0)):
        raise OutOfTime("OpenRouter's answer came too late to be read", LONGER_TIMEOUT)
    try:
        document = _parse(body)
    finally:
        _DECODING.release()
    if isinstance(document, dict) and document.get("error"):
        raise failures.within_a_200(document, failures.beginning(body), key_name)
    if not isinstance(document, dict) or not isinstance(document.get("data"), (dict, list)):
        raise BadAnswer("OpenRouter's answer holds no data", failures.TRY_AGAIN)
    return document["data"]


def _parse(body: bytes) -> Any:
    """The document of a body. Raises BrokenAnswer, and BadAnswer where it holds too much."""
    if sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise BadAnswer(f"OpenRouter's answer holds more than {MOST_VALUES:,} values, which no real account's does")
    try:
        text = body.decode("utf-8", "replace")
        return json.loads(text, parse_int=_whole, parse_float=_fraction, parse_constant=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        raise failures.broken() from None


def _whole(digits: str) -> Union[int, Decimal]:
    return int(digits) if len(digits) <= LONGEST_NUMBER else NOT_A_NUMBER


def _fraction(digits: str) -> Decimal:
    return Decimal(digits) if len(digits) <= LONGEST_NUMBER else NOT_A_NUMBER


# GET /auth/key


def key_info(data: Any) -> KeyInfo:
    """Parses `/auth/key` (alias `/key`). A management key's own counters are 0 whatever the account spends."""
    row = fields.record(data)
    kinds = [row.get(name) for name in ("is_management_key", "is_provisioning_key")]
    return KeyInfo(
        counters=_counters(row),
        limits=_limits(row),
        effective_limit=_budget(row.get("effective_budget")),
        free_requests=_free_requests(row.get("free_model_daily_requests")),
        is_management=True if True in kinds else False if False in kinds else None,
        expires_at=fields.expiry(row),
        organization=fields.told(row, "organization_id"),
        creator=fields.told(row, "creator_user_id"),
        workspace=fields.told(row, "workspace_id"),
        label_id=fields.label_id(row),
    )


def _counters(row: Fields) -> Counters:
    return Counters(credits=_spend(row, "usage"), byok=_spend(row, "byok_usage"), total=fields.amount(row, "usage"))


def _spend(row: Fields, prefix: str) -> Spend:
    return Spend(*(fields.amount(row, f"{prefix}_{window}") for window in ("daily", "weekly", "monthly")))


def _limits(row: Fields) -> Union[tuple[Limit, ...], Unknown]:
    """Every layer that can block the key, in the order OpenRouter checks them; the key's own limit comes last."""
    told = row.get("budgets")
    layers = [layer for layer in map(_budget, told) if layer] if isinstance(told, list) else []
    if row.get("limit") is not None and not any(layer.scope == "key_limit" for layer in layers):
        layers.append(_own_limit(row))
    if not layers and "limit" not in row:
        return fields.not_told("limit")
    return tuple(layers)


def _budget(budget: Any) -> Optional[Limit]:
    """A budget layer; None where the value is none."""
    if not isinstance(budget, dict) or not isinstance(fields.amount(budget, "limit_usd"), Decimal):
        return None
    return Limit(
        scope=fields.text(budget, "scope") or "unnamed",
        limit=fields.amount(budget, "limit_usd"),
        spent=fields.amount(budget, "spend_usd"),
        remaining=fields.amount(budget, "remaining_usd"),
        resets=fields.word(budget, "reset_interval"),
        resets_at=times.instant(budget.get("resets_at")),
        includes_byok=budget.get("include_byok") is True,
    )


def _own_limit(row: Fields) -> Limit:
    """The key's own limit. Where it resets, only the difference tells what is spent: `usage` is of the key's life."""
    limit, remaining = fields.amount(row, "limit"), fields.amount(row, "limit_remaining")
    spent: Amount = fields.not_told("limit_remaining")
    if isinstance(limit, Decimal) and isinstance(remaining, Decimal):
        spent = limit - remaining
    includes_byok = row.get("include_byok_in_limit") is True
    return Limit("key_limit", limit, spent, remaining, fields.word(row, "limit_reset"), None, includes_byok)


def _free_requests(value: Any) -> Union[FreeRequests, Unknown]:
    if not isinstance(value, dict):
        return fields.not_told("free_model_daily_requests")
    return FreeRequests(fields.count(value, "used"), fields.count(value, "limit"), fields.count(value, "remaining"))


# GET /credits, /activity, /workspaces, /keys


def credits(data: Any) -> Credits:
    row = fields.record(data)
    return Credits(purchased=fields.amount(row, "total_credits"), used=fields.amount(row, "total_usage"))


def activity(data: Any) -> tuple[ActivityRow, ...]:
    return tuple(_activity_row(row) for row in fields.rows(data))


def _activity_row(row: Fields) -> ActivityRow:
    permaslug = fields.text(row, "model_permaslug")
    return ActivityRow(
        day=fields.day(row.get("date")),
        model=fields.text(row, "model") or permaslug or "(unnamed model)",
        permaslug=permaslug,
        provider=fields.text(row, "provider_name") or "(unnamed provider)",
        use=_use(row),
    )


def _use(row: Fields) -> Use:
    return Use(
        usd=fields.amount(row, "usage"),
        byok_usd=fields.amount(row, "byok_usage_inference"),
        requests=fields.count(row, "requests"),
        prompt_tokens=fields.count(row, "prompt_tokens"),
        completion_tokens=fields.count(row, "completion_tokens"),
        reasoning_tokens=fields.count(row, "reasoning_tokens"),
        cached_tokens=fields.count(row, "cached_tokens"),
    )


def workspaces(data: Any) -> tuple[str, ...]:
    ids = tuple(fields.text(row, "id") for row in fields.rows(data))
    if not all(ids):
        raise BadAnswer("OpenRouter lists a workspace without an id")
    return ids


def listed_key(row: Fields) -> ListedKey:
    """Parses a row of `/keys`. Of its `label`, a piece of the key itself, only a digest is kept.

    Raises BadAnswer where no name is told, by which alone what the key spent is found; it may be empty.
    """
    if "name" not in row or not isinstance(row["name"], (str, type(None))):
        raise BadAnswer("OpenRouter lists a key of which it tells no name")
    created = times.instant(row.get("created_at"))
    disabled = row.get("disabled")
    return ListedKey(
        hash=fields.text(row, "hash"),
        name=fields.key_name(row, "name"),
        created=created.date() if created else None,
        disabled=disabled if isinstance(disabled, bool) else fields.not_told("disabled"),
        expires_at=fields.expiry(row),
        limit=_listed_limit(row),
        counters=_counters(row),
        workspace=fields.told(row, "workspace_id"),
        label_id=fields.label_id(row),
        last_used=fields.instant_or_none(row, "last_used_at"),
    )


def _listed_limit(row: Fields) -> Union[Limit, Unknown, None]:
    if "limit" not in row:
        return fields.not_told("limit")
    return None if row["limit"] is None else _own_limit(row)
