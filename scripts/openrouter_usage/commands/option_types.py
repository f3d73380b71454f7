"""Reads the values of options: durations, amounts, days and names. Wrong ones raise ArgumentTypeError."""

from __future__ import annotations

import re
from argparse import Action, ArgumentParser, ArgumentTypeError, Namespace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Callable, Union

from openrouter_usage.days import DAY, YEARS, Span, days_before, month_start, week_start
from openrouter_usage.errors import BadUsage
from openrouter_usage.keys.sources import BUDGET
from openrouter_usage.sanitize import clean

SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
"""The units of a duration."""

DAYS: dict[str, Callable[[date], date]] = {"today": lambda today: today, "yesterday": lambda today: today - DAY}
"""The days that have a name, by the day that is today."""

BEGINNINGS: dict[str, Callable[[date], date]] = {**DAYS, "week": week_start, "month": month_start}
"""The same with the first days of the current week and month."""

PERIODS: dict[str, Callable[[date], Span]] = {
    "last-week": lambda today: days_before(week_start(today), 7),
    "last-month": lambda today: (month_start(month_start(today) - DAY), month_start(today) - DAY),
}
"""The completed week (from Monday) and month before the current ones."""

Day = Union[date, str]
"""A day, or the name of one: which day that is depends on the clock."""


def duration(text: str) -> timedelta:
    """Reads a duration such as 90s, 5m, 72h or 14d; zero needs no unit."""
    match = _duration(text)
    if not match[2] and int(match[1]):
        raise ArgumentTypeError(f"must have a unit: {text}h is {text} hours, {text}d is {text} days")
    return timedelta(seconds=int(match[1]) * SECONDS[match[2]])


def age(text: str) -> timedelta:
    """Reads a duration of which a bare number is seconds."""
    match = _duration(text)
    return timedelta(seconds=int(match[1]) * SECONDS[match[2]])


def _duration(text: str) -> re.Match[str]:
    match = re.fullmatch(r"(\d{1,6})([smhd]?)", text, re.ASCII)
    if not match:
        raise ArgumentTypeError("must be a duration such as 90s, 5m, 72h or 14d, or 0")
    return match


def amount(text: str) -> Decimal:
    """Reads an amount that is not negative, with or without a dollar sign before it."""
    digits = text[1:] if text.startswith("$") else text
    if not re.fullmatch(r"\d{1,9}(\.\d{1,10})?", digits, re.ASCII):
        raise ArgumentTypeError("must be an amount such as 5 or 12.50")
    return Decimal(digits)


def budget(text: str) -> Decimal:
    """Reads an amount above zero, with or without a dollar sign before it."""
    from openrouter_usage.keys.budget import read  # rarely of use

    usd = read(text)
    if usd is None:
        raise ArgumentTypeError("must be an amount above 0, such as 100 or 12.50")
    return usd


@cache
def add_budget(parser: ArgumentParser) -> Action:
    """Adds the option that `summary`, `forecast` and `check` share, once to each parser."""
    return parser.add_argument(
        "--budget", type=budget, metavar="USD", help=f"your own budget for a UTC month (else {BUDGET})"
    )


def path(text: str) -> str:
    """Reads the path of a file."""
    if not text:
        raise ArgumentTypeError("must name a file")
    return text


@cache
def add_output(parser: ArgumentParser) -> Action:
    """Adds the option of commands that write a file, once to each parser."""
    return parser.add_argument("--output", type=path, metavar="FILE", help="write it there, whole or not at all")


@cache
def add_redact(parser: ArgumentParser) -> Action:
    """Adds the option of the commands whose output may be shown to others, once to each parser."""
    shown = "key 1, user 2, ... in the place of names (models keep theirs)"
    return parser.add_argument("--redact", action="store_true", help=shown)


def day(text: str) -> Day:
    """Reads a day such as 2026-11-19, or `today` or `yesterday`."""
    return text if text in DAYS else _date(text, "today, or yesterday")


def beginning(text: str) -> Day:
    """Reads a day from which on something is asked for; `week` and `month` are the first of the current ones."""
    return text if text in BEGINNINGS else _date(text, "today, yesterday, week or month")


def day_or_period(text: str) -> Day:
    """Reads a day, or the name of a completed week or month: `last-week` or `last-month`."""
    return text if text in {**DAYS, **PERIODS} else _date(text, "today, yesterday, last-week or last-month")


def _date(text: str, others: str) -> date:
    try:
        named = date.fromisoformat(text if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else "")
    except ValueError:
        named = date.min
    if named.year not in YEARS:
        raise ArgumentTypeError(f"must be a UTC day such as 2026-11-19, or {others}")
    return named


def day_on(named: Day, today: date) -> date:
    """Returns the day that was named, on the day `today`."""
    return BEGINNINGS[named](today) if isinstance(named, str) else named


def span_on(named: Day, today: date) -> Span:
    """Returns the days of the day or period that was named, on the day `today`."""
    if isinstance(named, str) and named in PERIODS:
        return PERIODS[named](today)
    return (day_on(named, today),) * 2


def days(text: str) -> tuple[Day, Day]:
    """Reads two UTC days with two dots between them, or one day that stands for both."""
    first, _, last = text.partition("..")
    return day(first), day(last or first)


def whole_number(most: int, least: int = 1) -> Callable[[str], int]:
    """Returns what reads a whole number from `least`, which is 0 or 1, to `most`."""

    def read(text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if not least <= number <= most:
            raise ArgumentTypeError(f"must be a whole number from {least} to {most}")
        return number

    return read


def name(text: str) -> str:
    """Reads a name, and cleans it as the names are cleaned that it is compared with."""
    cleaned = clean(text)
    if not cleaned:
        raise ArgumentTypeError("must not be empty")
    return cleaned


def identifier(text: str) -> str:
    """Reads an id, which is compared as it is."""
    if not text.strip() or not text.isprintable():
        raise ArgumentTypeError("must be an id, without line breaks")
    return text.strip()


def exclude(args: Namespace, *pairs: tuple[str, str]) -> None:
    """Raises BadUsage where both options of a pair are given."""
    for one, other in pairs:
        if getattr(args, one) and getattr(args, other):
            flags = f"--{one} and --{other}".replace("_", "-")
            raise BadUsage(f"{flags} exclude each other", "choose one of them")
