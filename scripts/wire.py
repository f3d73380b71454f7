"""Turns what OpenRouter sends into records: alone knows the names of its fields, and what they really hold."""

import json
import re
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, Dict, List, Optional, Tuple, Union

from errors import (
    BadAnswer,
    BrokenAnswer,
    CreditsExhausted,
    Failing,
    Failure,
    Forbidden,
    KeyLimitReached,
    KeyRefused,
    NeedsManagementKey,
    RateLimited,
    RegionBlocked,
    WrongAddress,
)
from plaintext import clean
from usage import (
    NEEDS_MANAGEMENT_KEY,
    AccountDays,
    ActivityRow,
    Amount,
    Count,
    Counters,
    Credits,
    DaySpend,
    FreeRequests,
    KeyInfo,
    Limit,
    ListedKey,
    Spend,
    Told,
    Unknown,
)

KEYS_PAGE = "https://openrouter.ai/settings/keys"
CREDITS_PAGE = "https://openrouter.ai/settings/credits"

SMALLEST, LARGEST = -30, 12
"""Powers of ten between which an amount of money lies; comparing exponents costs nothing, whatever they are."""

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T]|$)", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$", re.ASCII)

Fields = Dict[str, Any]


# Documents


def decode(text: str, key_name: str) -> Any:
    """The `data` of an answer, every fraction a Decimal. Raises BrokenAnswer, or what an error inside a 200 means."""
    document = _parse(text)
    if isinstance(document, dict) and document.get("error"):
        raise _error_within(document, text, key_name)
    if not isinstance(document, dict) or not isinstance(document.get("data"), (dict, list)):
        raise BadAnswer(
            "OpenRouter's answer holds no data", "try again; if it lasts, look at https://status.openrouter.ai"
        )
    return document["data"]


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        raise broken() from None


def broken() -> BrokenAnswer:
    return BrokenAnswer("OpenRouter's answer is cut or is not JSON", "try again")


def _error_within(document: Fields, text: str, key_name: str) -> Failure:
    """What an error inside a 200 means: its code is an HTTP status, or it has none."""
    code = document["error"].get("code") if isinstance(document["error"], dict) else None
    if isinstance(code, int) and 400 <= code < 600:
        return failure(code, text, key_name, said="error")
    if "security policy" in _error_text(text):
        return failure(403, text, key_name, said="error")
    return Failing("OpenRouter answered with an error", "try again; if it lasts, look at https://status.openrouter.ai")


def _fields(data: Any) -> Fields:
    if not isinstance(data, dict):
        raise BadAnswer("OpenRouter's answer is not of the documented form")
    return data


def _rows(data: Any) -> List[Fields]:
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise BadAnswer("OpenRouter's answer is not the documented list")
    return data


# Errors


def failure(status: int, body: str, key_name: str, wait: Optional[float] = None, said: str = "HTTP") -> Failure:
    """What a status other than 200 means. The server's own words are read, never repeated."""
    if status == 401:
        return KeyRefused(
            f"OpenRouter refused {key_name} ({said} 401)",
            f"the key may be deleted, mistyped or cut: see {KEYS_PAGE}",
        )
    if status == 402:
        return CreditsExhausted(f"the credits are exhausted ({said} 402)", f"add credits at {CREDITS_PAGE}")
    if status == 403:
        return _forbidden(body, key_name, f"({said} 403)")
    if status == 404 or 300 <= status < 400:
        what = "nothing is there" if status == 404 else "a redirect, which no key is sent along"
        return WrongAddress(f"{what} ({said} {status})", "OPENROUTER_API_URL, where it is set, should end in /api/v1")
    if status == 429:
        when = f"in {wait:.0f} s" if wait else "in a minute"
        return RateLimited(f"too many requests ({said} 429)", f"try again {when}")
    return Failing(
        f"OpenRouter is failing ({said} {status})", "try again; if it lasts, look at https://status.openrouter.ai"
    )


def _forbidden(body: str, key_name: str, status: str) -> Failure:
    """A 403 says one of three things, and only its text tells which."""
    message = _error_text(body)
    if "management key" in message or "provisioning key" in message:
        return NeedsManagementKey(NEEDS_MANAGEMENT_KEY.reason, NEEDS_MANAGEMENT_KEY.next_step)
    if "limit exceeded" in message:
        return KeyLimitReached(
            f"the limit of {key_name} is reached {status}", f"raise it at {KEYS_PAGE}, or wait for its reset"
        )
    if "security policy" in message or not message:
        return RegionBlocked(f"OpenRouter blocks this network or region {status}", "try from another network")
    return Forbidden(f"OpenRouter forbids this to {key_name} {status}", f"see {KEYS_PAGE}")


def _error_text(body: str) -> str:
    """The message of an error body in lower case; empty where the body is HTML or nothing."""
    try:
        error = json.loads(body).get("error")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return str(error.get("message", "") if isinstance(error, dict) else error or "").lower()


def advised_reset(body: str) -> Any:
    """The X-RateLimit-Reset that a 429 may carry in its body instead of its headers, or None."""
    try:
        return json.loads(body)["error"]["metadata"]["headers"]["X-RateLimit-Reset"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


# Fields


def _amount(row: Fields, name: str) -> Amount:
    value = row.get(name)
    if value is None:
        return Unknown(f"OpenRouter did not tell {name}")
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return Unknown(f"OpenRouter's {name} is not a number", "bad_answer")
    money = Decimal(value)
    if not money.is_finite() or (money and not SMALLEST <= money.adjusted() <= LARGEST):
        return Unknown(f"OpenRouter's {name} is not an amount of money", "bad_answer")
    return money


def _count(row: Fields, name: str) -> Count:
    """A count; analytics sends them as strings."""
    value = row.get(name)
    if value is None:
        return Unknown(f"OpenRouter did not tell {name}")
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) <= 18):
        return Unknown(f"OpenRouter's {name} is not a count", "bad_answer")
    return int(text)


def _text(row: Fields, name: str) -> str:
    value = row.get(name)
    return clean(value) if isinstance(value, str) else ""


def _day(value: Any) -> date:
    """A UTC day: live rows say "2026-08-31 00:00:00", the docs "2026-08-31", analytics an ISO instant."""
    match = _DAY.match(value) if isinstance(value, str) else None
    try:
        return date.fromisoformat(match.group(1) if match else "")
    except ValueError:
        raise BadAnswer("OpenRouter's answer holds a row without a date") from None


def _instant(value: Any) -> Optional[datetime]:
    match = _INSTANT.match(value) if isinstance(value, str) else None
    try:
        day, time, zone = match.groups() if match else ("", "", "")
        moment = datetime.fromisoformat(f"{day}T{time}{zone if zone and zone != 'Z' else '+00:00'}")
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def _told(row: Fields, name: str) -> Told:
    return _text(row, name) or None if name in row else Unknown(f"OpenRouter did not tell {name}")


def _expiry(row: Fields) -> Union[datetime, Unknown, None]:
    value = row.get("expires_at")
    if value is None:
        return None if "expires_at" in row else Unknown("OpenRouter did not tell expires_at")
    return _instant(value) or Unknown("OpenRouter's expires_at is not an instant", "bad_answer")


# GET /auth/key


def key_info(data: Any) -> KeyInfo:
    """What `/auth/key` (alias `/key`) says. A management key's own counters are 0 whatever the account spends."""
    row = _fields(data)
    kinds = [row.get(name) for name in ("is_management_key", "is_provisioning_key")]
    return KeyInfo(
        counters=_counters(row),
        limits=_limits(row),
        effective_limit=_budget(row.get("effective_budget")),
        free_requests=_free_requests(row.get("free_model_daily_requests")),
        is_management=True if True in kinds else False if False in kinds else None,
        expires_at=_expiry(row),
        organization=_told(row, "organization_id"),
        creator=_told(row, "creator_user_id"),
    )


def _counters(row: Fields) -> Counters:
    return Counters(credits=_spend(row, "usage"), byok=_spend(row, "byok_usage"), total=_amount(row, "usage"))


def _spend(row: Fields, prefix: str) -> Spend:
    return Spend(*(_amount(row, f"{prefix}_{window}") for window in ("daily", "weekly", "monthly")))


def _limits(row: Fields) -> Union[Tuple[Limit, ...], Unknown]:
    """Every layer that can block the key, in the order OpenRouter checks them; the key's own limit comes last."""
    told = row.get("budgets")
    layers = [layer for layer in map(_budget, told) if layer] if isinstance(told, list) else []
    if row.get("limit") is not None and not any(layer.scope == "key_limit" for layer in layers):
        layers.append(_own_limit(row))
    if not layers and "limit" not in row:
        return Unknown("OpenRouter did not tell limit")
    return tuple(layers)


def _budget(budget: Any) -> Optional[Limit]:
    """One budget layer; None for what is none."""
    if not isinstance(budget, dict) or not isinstance(_amount(budget, "limit_usd"), Decimal):
        return None
    return Limit(
        scope=_text(budget, "scope") or "unnamed",
        limit=_amount(budget, "limit_usd"),
        spent=_amount(budget, "spend_usd"),
        remaining=_amount(budget, "remaining_usd"),
        resets=_told(budget, "reset_interval"),
        resets_at=_instant(budget.get("resets_at")),
    )


def _own_limit(row: Fields) -> Limit:
    """The key's own limit. Where it resets, only the difference tells what is spent: `usage` is of the key's life."""
    limit, remaining = _amount(row, "limit"), _amount(row, "limit_remaining")
    spent: Amount = Unknown("OpenRouter did not tell limit_remaining")
    if isinstance(limit, Decimal) and isinstance(remaining, Decimal):
        spent = limit - remaining
    return Limit("key_limit", limit, spent, remaining, _told(row, "limit_reset"), None)


def _free_requests(value: Any) -> Union[FreeRequests, Unknown]:
    if not isinstance(value, dict):
        return Unknown("OpenRouter did not tell free_model_daily_requests")
    return FreeRequests(_count(value, "used"), _count(value, "limit"), _count(value, "remaining"))


# GET /credits, /activity, /workspaces, /keys


def credits(data: Any) -> Credits:
    row = _fields(data)
    return Credits(purchased=_amount(row, "total_credits"), used=_amount(row, "total_usage"))


def activity(data: Any) -> Tuple[ActivityRow, ...]:
    return tuple(_activity_row(row) for row in _rows(data))


def _activity_row(row: Fields) -> ActivityRow:
    return ActivityRow(
        day=_day(row.get("date")),
        model=_text(row, "model") or _text(row, "model_permaslug") or "(unnamed model)",
        provider=_text(row, "provider_name"),
        usd=_amount(row, "usage"),
        byok_usd=_amount(row, "byok_usage_inference"),
        requests=_count(row, "requests"),
        prompt_tokens=_count(row, "prompt_tokens"),
        completion_tokens=_count(row, "completion_tokens"),
        reasoning_tokens=_count(row, "reasoning_tokens"),
        cached_tokens=_count(row, "cached_tokens"),
    )


def workspaces(data: Any) -> Tuple[str, ...]:
    ids = tuple(_text(row, "id") for row in _rows(data))
    if not all(ids):
        raise BadAnswer("OpenRouter lists a workspace without an id")
    return ids


def listed_keys(data: Any) -> Tuple[ListedKey, ...]:
    """Rows of `/keys`. Their `label` is a piece of the key itself and is left where it is."""
    return tuple(ListedKey(_text(row, "hash"), _counters(row)) for row in _rows(data))


# POST /analytics/query


def account_days(data: Any) -> AccountDays:
    """The account's spend by UTC day. Raises BadAnswer for a partial answer: its sum would be a lie."""
    answer = _fields(data)
    metadata = answer.get("metadata")
    if isinstance(metadata, dict) and metadata.get("truncated") is True:
        raise BadAnswer("OpenRouter's answer is partial (truncated)")
    return AccountDays(tuple(_day_spend(row) for row in _rows(answer.get("data"))), _epoch(answer.get("cachedAt")))


def _day_spend(row: Fields) -> DaySpend:
    """One row. A metric that the day has no use of is null; a row without both, or without a number, is no answer."""
    column = next((name for name in row if name.startswith(("date", "created_at"))), "")
    usd, byok = (_metric(row, name) for name in ("credits_usage", "byok_usage"))
    if isinstance(usd, Unknown) or isinstance(byok, Unknown) or (usd is None and byok is None):
        raise BadAnswer("OpenRouter's answer holds a day without a number")
    return DaySpend(_day(row.get(column)), usd or Decimal(0), byok or Decimal(0))


def _metric(row: Fields, name: str) -> Optional[Amount]:
    return None if name in row and row[name] is None else _amount(row, name)


def _epoch(value: Any) -> Optional[datetime]:
    """An instant in epoch milliseconds (seconds, where the number is that small)."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    try:
        seconds = float(value) / 1000 if value > 10**11 else float(value)
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError, ArithmeticError):
        return None
