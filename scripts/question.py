"""Makes of the command line the report that is asked for, or a BadUsage that says what would be right."""

import argparse
import re
from datetime import date, timedelta

from commandline import MOST_DIMENSIONS
from errors import BadUsage
from insights import ranges
from names import pattern
from reports import Query
from usage import TIMES, Span

USUAL_DAYS = 30


def query(args: argparse.Namespace, today: date) -> Query:
    """The report that is asked for on that UTC day. Raises BadUsage.

    Days that OpenRouter does not tell any more may be remembered, where it is /activity that knew them.
    """
    first, last = _range(args, today)
    _check_pattern(args.model or "*")
    credits = not args.no_credits and args.format != "csv"
    asked = Query(args.by or ("model",), first, last, args.model or "", args.key or "", args.top, credits)
    columns = [one for one in asked.needed if one not in TIMES]
    if asked.source == "analytics" and len(columns) > MOST_DIMENSIONS:
        raise BadUsage(
            f"OpenRouter groups by two of these at most: {', '.join(columns)} (--model and --key count too)",
            "leave one out",
        )
    asked = asked._replace(reach=ranges.told(asked, today))
    if asked.reach is None and asked.source == "analytics":
        raise nothing_known(asked, today)
    return asked


def _check_pattern(glob: str) -> None:
    try:
        pattern(glob)
    except re.error:
        raise BadUsage("argument --model: must be a pattern such as 'openai/*'", "`--help` shows more") from None


def _range(args: argparse.Namespace, today: date) -> Span:
    """One day, from one day to another, or so many days up to a day or to yesterday."""
    if args.date and (args.days or args.first or args.last):
        raise BadUsage("--date is one day", "leave out --days, --from and --to")
    if args.days and args.first:
        raise BadUsage("--days and --from both say where the range begins", "leave one of them out")
    last = args.date or args.last or today - timedelta(days=1)
    first = args.date or args.first or last - timedelta(days=(args.days or USUAL_DAYS) - 1)
    if max(first, last) > today:
        raise BadUsage(f"{max(first, last)} is in the future: today is {today} UTC", "name a day before today")
    if first > last:
        raise BadUsage(f"the range ends before it begins: {first} to {last}", "--from must not be after --to")
    return first, last


def nothing_known(asked: Query, today: date) -> BadUsage:
    """What to say where no day of the query is known; with who does know them, where somebody does."""
    farthest = today - timedelta(days=ranges.ANALYTICS_REACH)
    if asked.first >= today:
        elsewhere = "today's live total is in the summary"
    elif asked.last < farthest:
        elsewhere = "name days within these"
    else:
        elsewhere = (
            f"`--by key` or `--by model,key` (or app, user, workspace) reach back to {farthest}: use one of them"
        )
    source = "/activity" if asked.source == "activity" else "analytics"
    remembered = "" if asked.source == "analytics" else ", and none of these days is remembered"
    return BadUsage(
        f"nothing is known of {ranges.written((asked.first, asked.last))}: by {' and '.join(asked.by)}, OpenRouter's "
        f"{source} holds the completed UTC days {ranges.written(ranges.reach(asked, today))}{remembered}",
        elsewhere,
    )
