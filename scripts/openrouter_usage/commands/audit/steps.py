"""Writes next steps: command lines that can be pasted as they stand, and pages."""

from __future__ import annotations

import re
from datetime import date

from openrouter_usage.days import Span
from openrouter_usage.records import KEYS_PAGE

STATS = "stats.py"
PLAIN = re.compile(r"[A-Za-z0-9@][A-Za-z0-9._/:@-]*")
"""A name that a shell takes as it is. Any other is somebody's text that must not get into a command line."""

DELETE = f"delete it at {KEYS_PAGE} if nobody needs it"
DELETE_IDLE = f"delete at {KEYS_PAGE} those that nobody needs"
RAISE = f"raise it at {KEYS_PAGE} if more is needed"
RENEW = f"make its successor at {KEYS_PAGE}"
COMPARE = f"see each source's count: {STATS} doctor"


def report(days: Span, by: str, model: str = "") -> str:
    """Returns the report by these dimensions of these days, of one model alone if it has a plain name."""
    named = f" --model {model}" if PLAIN.fullmatch(model) else ""
    return f"{STATS} report --by {by} --from {days[0]} --to {days[1]}{named}"


def of_day(day: date) -> str:
    """Returns the report of one day by key and model."""
    return f"see what it was: {STATS} report --by key,model --date {day}"


def senders(days: Span, model: str) -> str:
    """Returns the report that tells which app uses a model."""
    return f"see which app it is: {report(days, 'app', model)}"


def successor(model: str) -> str:
    """Returns the page of a model that retires, if it has a plain name."""
    page = f"https://openrouter.ai/{model}" if PLAIN.fullmatch(model) else "https://openrouter.ai/models"
    return f"choose what takes its place: {page}"
