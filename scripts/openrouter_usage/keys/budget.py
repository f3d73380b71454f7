"""Finds the monthly budget that the user has set, in the places of keys that are nobody else's."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from typing import Optional, Union

from openrouter_usage.keys.sources import BUDGET, Place, Source, searched
from openrouter_usage.records import Unknown


def find(place: Place) -> tuple[Union[Decimal, Unknown, None], str]:
    """Returns the budget in USD a month and its source; None where none is set, Unknown where it is no amount.

    Neither a working directory's file nor the keychain is looked into. Raises a KeyTrouble for a file that names a
    budget and cannot be read, or is too large to tell.
    """
    for source in searched(place):
        text = _text(source)
        if text:
            return read(text) or Unknown(f"{BUDGET} in {source.name} is no amount above 0, such as 100"), source.name
    return None, ""


def read(text: str) -> Optional[Decimal]:
    """Reads an amount in USD above zero, with or without a dollar sign before it; None where it is none."""
    match = re.fullmatch(r"\$?(\d{1,9}(?:\.\d{1,10})?)", text, re.ASCII)
    return (match and Decimal(match[1])) or None


def _text(source: Source) -> str:
    """Returns the value in that source, empty where there is none. A file that does not name it is not parsed."""
    if not source.holds_budget or (source.path and not _names_budget(source)):
        return ""
    return source.values(0).get(BUDGET, "").strip(" \t\r\n\"'")


def _names_budget(source: Source) -> bool:
    from openrouter_usage.keys import env_file

    try:
        return os.path.isfile(source.path) and BUDGET.encode() in env_file.content(source.path, source.name)
    except OSError:
        return False
