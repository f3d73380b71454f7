"""Single fields of OpenRouter's JSON: typed, or Unknown with the reason."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Union

from openrouter_usage.api import times
from openrouter_usage.errors import BadAnswer
from openrouter_usage.records import Amount, Count, Told, Unknown
from openrouter_usage.sanitize import clean

SMALLEST, LARGEST = -30, 12
"""Powers of ten between which an amount of money lies; comparing exponents costs nothing, whatever they are."""

_DECIMAL = re.compile(r"-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?", re.ASCII)
LONGEST_LABEL = 120
"""The characters of a key's label, of which OpenRouter's own has 20."""

_LABEL = re.compile(r"sk-or-\S*\.\.\.\S*")

Fields = dict[str, Any]


@cache
def not_told(name: str) -> Unknown:
    """The reason why a field that OpenRouter left out is unknown."""
    return Unknown(f"OpenRouter did not tell {name}")


@cache
def _is_not(name: str, what: str) -> Unknown:
    return Unknown(f"OpenRouter's {name} is not {what}", "bad_answer")


def record(data: Any) -> Fields:
    if not isinstance(data, dict):
        raise BadAnswer("OpenRouter's answer is not of the documented form")
    return data


def rows(data: Any) -> list[Fields]:
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
        return _is_not(name, "a number")
    money = Decimal(value)
    if not money.is_finite() or (money and not SMALLEST <= money.adjusted() <= LARGEST):
        return _is_not(name, "an amount of money")
    return money


def count(row: Fields, name: str) -> Count:
    """A count; analytics sends them as strings."""
    value = row.get(name)
    if value is None:
        return not_told(name)
    digits = str(value)
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        return _is_not(name, "a count")
    return int(digits)


def text(row: Fields, name: str) -> str:
    value = row.get(name)
    return clean(value) if isinstance(value, str) else ""


def key_name(row: Fields, name: str) -> str:
    """A key's name; empty where it has none, or where its label stands in: that is a piece of the key itself."""
    return "" if _is_label(row.get(name)) else text(row, name)


def label_id(row: Fields) -> str:
    """A digest by which a key's label is found again; empty where there is no label."""
    label = row.get("label")
    return hashlib.sha256(label.encode()).hexdigest()[:16] if isinstance(label, str) and _is_label(label) else ""


def _is_label(value: Any) -> bool:
    """Tells whether it is a key's label, such as `sk-or-v1-0e6...f4d`."""
    return isinstance(value, str) and len(value) <= LONGEST_LABEL and bool(_LABEL.fullmatch(value.strip()))


def day(value: Any) -> date:
    """A UTC day. Raises BadAnswer."""
    told = times.day(value)
    if told is None:
        raise BadAnswer("OpenRouter's answer holds a row without a date")
    return told


def told(row: Fields, name: str) -> Told:
    return text(row, name) or None if name in row else not_told(name)


def word(row: Fields, name: str) -> Told:
    """A word of OpenRouter's own, such as "weekly"; whatever else stands there is not told to anybody."""
    found = told(row, name)
    is_other = isinstance(found, str) and not re.fullmatch(r"[A-Za-z_-]{1,20}", found)
    return Unknown(f"OpenRouter's {name} is not a word", "bad_answer") if is_other else found


def expiry(row: Fields) -> Union[datetime, Unknown, None]:
    return instant_or_none(row, "expires_at")


def instant_or_none(row: Fields, name: str) -> Union[datetime, Unknown, None]:
    """An instant; None where OpenRouter says that there is none, Unknown where it says nothing."""
    value = row.get(name)
    if value is None:
        return None if name in row else not_told(name)
    return times.instant(value) or _is_not(name, "an instant")
