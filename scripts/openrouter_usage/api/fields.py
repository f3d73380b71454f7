"""Single fields of OpenRouter's JSON: typed, or Unknown with the reason."""

import hashlib
import re
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, Dict, List, Optional, Union

from openrouter_usage.errors import BadAnswer
from openrouter_usage.records import Amount, Count, Told, Unknown
from openrouter_usage.sanitize import clean, masked

SMALLEST, LARGEST = -30, 12
"""Powers of ten between which an amount of money lies; comparing exponents costs nothing, whatever they are."""

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T]|$)", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?", re.ASCII)
_LABEL = re.compile(r"sk-or-\S*\.\.\.\S*")

Fields = Dict[str, Any]


def not_told(name: str) -> Unknown:
    """The reason why a field that OpenRouter left out is unknown."""
    return Unknown(f"OpenRouter did not tell {name}")


def record(data: Any) -> Fields:
    if not isinstance(data, dict):
        raise BadAnswer("OpenRouter's answer is not of the documented form")
    return data


def rows(data: Any) -> List[Fields]:
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise BadAnswer("OpenRouter's answer is not the documented list")
    return data


def amount(row: Fields, name: str) -> Amount:
    """An amount of money: a number, or a string that holds nothing but a decimal number."""
    value = row.get(name)
    if value is None:
        return not_told(name)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return Unknown(f"OpenRouter's {name} is not a number", "bad_answer")
    money = Decimal(value)
    if not money.is_finite() or (money and not SMALLEST <= money.adjusted() <= LARGEST):
        return Unknown(f"OpenRouter's {name} is not an amount of money", "bad_answer")
    return money


def count(row: Fields, name: str) -> Count:
    """A count; analytics sends them as strings."""
    value = row.get(name)
    if value is None:
        return not_told(name)
    digits = str(value)
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        return Unknown(f"OpenRouter's {name} is not a count", "bad_answer")
    return int(digits)


def text(row: Fields, name: str) -> str:
    value = row.get(name)
    return clean(value) if isinstance(value, str) else ""


def key_name(row: Fields, name: str) -> str:
    """A key's name; empty where it has none, or where its label stands in: that is a piece of the key itself."""
    told = text(row, name)
    return "" if _LABEL.fullmatch(told) else masked(told)


def label_id(row: Fields) -> str:
    """A digest by which a key's label is found again; empty where there is no label."""
    label = row.get("label")
    return hashlib.sha256(label.encode()).hexdigest()[:16] if isinstance(label, str) and _LABEL.fullmatch(label) else ""


def day(value: Any) -> date:
    """A UTC day: live rows say "2026-08-31 00:00:00", the docs "2026-08-31", analytics an ISO instant."""
    match = _DAY.match(value) if isinstance(value, str) else None
    try:
        return date.fromisoformat(match.group(1) if match else "")
    except ValueError:
        raise BadAnswer("OpenRouter's answer holds a row without a date") from None


def instant(value: Any) -> Optional[datetime]:
    match = _INSTANT.match(value) if isinstance(value, str) else None
    try:
        date_part, time, zone = match.groups() if match else ("", "", "")
        moment = datetime.fromisoformat(f"{date_part}T{time}{zone if zone and zone != 'Z' else '+00:00'}")
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def told(row: Fields, name: str) -> Told:
    return text(row, name) or None if name in row else not_told(name)


def expiry(row: Fields) -> Union[datetime, Unknown, None]:
    return instant_or_none(row, "expires_at")


def instant_or_none(row: Fields, name: str) -> Union[datetime, Unknown, None]:
    """An instant; None where OpenRouter says that there is none, Unknown where it says nothing."""
    value = row.get(name)
    if value is None:
        return None if name in row else not_told(name)
    return instant(value) or Unknown(f"OpenRouter's {name} is not an instant", "bad_answer")


def epoch(value: Any) -> Optional[datetime]:
    """An instant in epoch milliseconds (seconds, where the number is that small)."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    try:
        seconds = float(value) / 1000 if value > 10**11 else float(value)
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError, ArithmeticError):
        return None
