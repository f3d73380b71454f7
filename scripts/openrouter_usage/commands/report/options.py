"""Makes of the command line the report that is asked for, or a BadUsage that says what would be right."""

import argparse
import re
from datetime import date, timedelta
from typing import Optional, Union

from openrouter_usage.cli.arguments import MOST_DIMENSIONS
from openrouter_usage.commands.report import reach
from openrouter_usage.commands.report.records import ALONE, BESIDE, ROWS, Query
from openrouter_usage.days import DAY
from openrouter_usage.errors import BadUsage
from openrouter_usage.matching import pattern
from openrouter_usage.records import TIMES, Span
from openrouter_usage.text import dates

USUAL_DAYS = 30


def query(args: argparse.Namespace, today: date) -> Query:
    """The report that is asked for on that UTC day. Raises BadUsage.

    Days that OpenRouter does not tell any more may be remembered, where it is /activity that knew them.
    """
    first, last = _range(args, today)
    _check_pattern(args.model or "*")
    credits = not args.no_credits and args.format != "csv"
    asked = Query(args.by or ("model",), first, last, args.model or "", args.key or "", args.top, credits)
    asked = asked._replace(today=_today(args, asked, today))
    columns = [one for one in asked.needed if one not in TIMES]
    if asked.source == "analytics" and len(columns) > MOST_DIMENSIONS:
        raise BadUsage(
            f"OpenRouter groups by two of these at most: {', '.join(columns)} (--model and --key count too)",
            "leave one out",
        )
    asked = asked._replace(reach=reach.told(asked, today))
    if asked.reach is None and asked.source == "analytics":
        raise nothing_known(asked, today)
    return asked


def _today(args: argparse.Namespace, asked: Query, today: date) -> str:
    """How today is to stand in it: a CSV has no place beside its rows, and of keys live counters have it unasked."""
    if asked.first == today:
        return ALONE
    if args.format == "csv":
        return ""
    if asked.last == today:
        return ROWS
    return "" if args.date is not None or args.last is not None or asked.is_by_key else BESIDE


def _check_pattern(glob: str) -> None:
    try:
        pattern(glob)
    except re.error:
        raise BadUsage("argument --model: must be a pattern such as 'openai/*'", "`--help` shows more") from None


def _range(args: argparse.Namespace, today: date) -> Span:
    """One day, or from one day to another. Raises BadUsage."""
    if args.date is not None and (args.days or args.first is not None or args.last is not None):
        raise BadUsage("--date is one day", "leave out --days, --from and --to")
    only = named_day(args.date, today)
    first, last = (only, only) if only else days_meant(args, USUAL_DAYS, today)
    if max(first, last) > today:
        raise BadUsage(f"{max(first, last)} is in the future: today is {today} UTC", "name a day before today")
    return first, last


def days_meant(args: argparse.Namespace, usual: int, today: date) -> Span:
    """From one day to another, or so many days up to a day, or to yesterday; from today on it is today.

    Raises BadUsage.
    """
    first, last = named_day(args.first, today), named_day(args.last, today)
    if args.days and first:
        raise BadUsage("--days and --from both say where it begins", "leave one of them out")
    last = last or (today if first == today else today - DAY)
    first = first or last - ((args.days or usual) - 1) * DAY
    if first > last:
        raise BadUsage(f"it ends before it begins: {first} to {last}", "--from must not be after --to")
    return first, last


def named_day(named: Union[date, timedelta, None], today: date) -> Optional[date]:
    """The day that is named, or so long before today."""
    return None if named is None else day_meant(named, today)


def day_meant(named: Union[date, timedelta], today: date) -> date:
    """The day itself, or so long before today."""
    return today - named if isinstance(named, timedelta) else named


def nothing_known(asked: Query, today: date) -> BadUsage:
    """What to say where no day of the query is known; with who does know them, where somebody does."""
    farthest = today - reach.ANALYTICS_REACH * DAY
    if asked.last < farthest:
        elsewhere = "name days within these"
    else:
        elsewhere = (
            f"`--by key` or `--by model,key` (or app, user, workspace) reach back to {farthest}: use one of them"
        )
    source = "/activity" if asked.source == "activity" else "analytics"
    remembered = "" if asked.source == "analytics" else ", and none of these days is remembered"
    return BadUsage(
        f"nothing is known of {dates.written((asked.first, asked.last))}: by {' and '.join(asked.by)}, OpenRouter's "
        f"{source} holds the completed UTC days {dates.written(reach.reach(asked, today))}{remembered}",
        elsewhere,
    )
