"""Reads the options of `report` into the query that they ask for, and the days that `why` asks for, too."""

from __future__ import annotations

import os
import re
from argparse import Action, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any, Optional

from openrouter_usage.commands import option_types
from openrouter_usage.commands.report import filters, picked, reach
from openrouter_usage.commands.report.records import ALONE, BESIDE, ROWS, Filter, Query
from openrouter_usage.days import DAY, Span
from openrouter_usage.dimensions import ANALYTICS_REACH, DIMENSIONS, MOST_DIMENSIONS, NAMED, TIMES
from openrouter_usage.errors import BadUsage, DayNotThere
from openrouter_usage.fetch.redaction import Redaction
from openrouter_usage.figures import zones
from openrouter_usage.matching import pattern
from openrouter_usage.text import dates

MOST_DAYS = 3660
"""The most days of a report: ten years. More could reach beyond the dates that Python has."""

FILTERED = ("key", *(name for name in DIMENSIONS if name not in (*TIMES, "key")))
"""The dimensions of which a part can be left in, each by the option of its name."""

TEXT_ROWS = 15
"""The rows of a table in text, where it is not asked for others."""

REPORT_DAYS = 30
"""The completed UTC days of a report, where it is not asked for others."""


@cache
def add_days_option(parser: ArgumentParser) -> Action:
    """Adds the option that `report`, `why`, `audit` and `chart` share, once to each parser."""
    days = option_types.whole_number(MOST_DAYS)
    return parser.add_argument("--days", type=days, metavar="N", help="the last N completed days (default 30; why: 7)")


@cache
def add_day_options(parser: ArgumentParser) -> list[Action]:
    """Adds the options that `report`, `why` and `chart` share, once to each parser."""
    add = parser.add_argument
    return [
        add("--by", type=_by, metavar="DIM", help=f"{', '.join(DIMENSIONS)}; or two: date,model"),
        add_days_option(parser),
        add(
            "--from",
            type=option_types.beginning,
            dest="first",
            metavar="DATE",
            help="the first day; week: from Monday, month: from the 1st",
        ),
        add("--to", type=option_types.day, dest="last", metavar="DATE", help="the last day (default: yesterday)"),
    ]


@cache
def add_date_option(parser: ArgumentParser) -> Action:
    """Adds the option that `report` and `chart` share, once to each parser."""
    shown = "YYYY-MM-DD, today (live), yesterday, last-week (from Monday), last-month"
    return parser.add_argument("--date", type=option_types.day_or_period, metavar="DATE", help=shown)


def add_own_options(parser: ArgumentParser) -> list[Action]:
    """Adds the options of `report` alone."""
    add = parser.add_argument
    rows = option_types.whole_number(10**6, least=0)
    return [
        add_date_option(parser),
        *(add(f"--{one.replace('_', '-')}", **_filter_option(one)) for one in FILTERED),
        add("--tz", metavar="ZONE", help="days and hours of that zone: Europe/Berlin, or local (30 days)"),
        add("--top", type=rows, metavar="N", help="the N dearest rows; 0: all (text: 15, but all of times and keys)"),
        add("--columns", type=_words, metavar="A,B", help="these columns, in this order (text, CSV): spend,reqs,hit"),
        add("--no-credits", action="store_true", help="leave out the credits line"),
        option_types.add_redact(parser),
        add("--csv", action="store_true", help="CSV on stdout"),
    ]


def _filter_option(dimension: str) -> dict[str, Any]:
    """Returns how the option is declared that leaves in a part of a dimension."""
    noun = DIMENSIONS[dimension].heading.lower()
    if DIMENSIONS[dimension].is_id:
        return {"type": option_types.identifier, "metavar": "ID", "help": f"only the {noun} of that id (31 days)"}
    if dimension == "key":
        shown = "only the key of that name (or of a hash that begins so)"
    elif dimension == "model":
        shown = "only models that fit, such as 'openai/*'"
    else:
        shown = f"only the {noun} of that name, or all that fit 'a*'"
    return {"type": option_types.name, "metavar": "GLOB" if dimension == "model" else "NAME", "help": shown}


def _by(text: str) -> tuple[str, ...]:
    by = tuple(one.strip().lower() for one in text.split(","))
    strange = [one for one in by if one not in DIMENSIONS]
    if strange:
        raise ArgumentTypeError(f"{strange[0]!r} is none of {', '.join(DIMENSIONS)}")
    if len(by) > MOST_DIMENSIONS or len(set(by)) < len(by):
        raise ArgumentTypeError("must be one dimension, or two different ones such as date,model")
    times = [one for one in by if one in TIMES]
    if len(times) > 1:
        raise ArgumentTypeError(f"{' and '.join(times)} are both times: leave one out")
    return by


def query(args: Namespace, now: datetime, redaction: Optional[Redaction] = None) -> Query:
    """Returns the report that is asked for at that instant; the filters are those of a `redaction`. Raises BadUsage.

    Days that OpenRouter does not tell any more may be remembered, where it is /activity that knew them.
    """
    zone = None if args.tz is None else zones.find(args.tz, os.environ)
    today = zone.day_of(now) if zone else now.date()
    first, last = _range(args, today, zone.name if zone else "UTC")
    asked_filters = tuple(_filters(args, redaction))
    if _is_of_one_id(args, asked_filters):
        last = today
    credits = not args.no_credits and args.format != "csv"
    by = args.by or ("model",)
    asked = Query(by, first, last, asked_filters, _top(args, by), credits, zone=zone)
    asked = asked._replace(today=_today(args, asked, today))
    if _has_too_many(asked) and args.by is None:  # beside two filters there is no room for the models
        asked = asked._replace(by=("date",), top=_top(args, ("date",)))
    asked = asked._replace(picked=picked.read(args.columns, asked) if args.columns else ())
    if _has_too_many(asked):
        raise filters.too_many(asked.columns())
    asked = reach.limited(asked, today)
    if asked.reach is None and asked.source == "analytics":
        raise nothing_known(asked, today)
    return asked


def query_by(by: tuple[str, ...], args: Namespace, now: datetime) -> Query:
    """Returns the query by these dimensions of a command that has no options of `report` but its days. Raises BadUsage.

    It is of the whole account, of every row, and without the credits.
    """
    others = dict.fromkeys((*FILTERED, "tz", "top", "columns"))
    return query(Namespace(**{**vars(args), **others, "by": by, "no_credits": True}), now)


def _has_too_many(asked: Query) -> bool:
    """Tells whether analytics would have to group by more than it does, even if it filters all that it may filter."""
    may_be_filtered = [one.dimension for one in asked.filters if filters.may_leave_room(one)]
    return asked.source == "analytics" and len(asked.columns(may_be_filtered)) > MOST_DIMENSIONS


def _filters(args: Namespace, redaction: Optional[Redaction]) -> Iterator[Filter]:
    """Yields what is left in. Raises BadUsage."""
    for dimension in FILTERED:
        text = getattr(args, dimension)
        try:
            pattern(text or "*")
        except re.error:
            flag = f"--{dimension.replace('_', '-')}"
            raise BadUsage(f"argument {flag}: must be a pattern such as 'openai/*'", "`--help` shows more") from None
        if text:
            yield Filter(dimension, text, redaction if DIMENSIONS[dimension].is_private else None)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip()) or (text,)


def _top(args: Namespace, by: tuple[str, ...]) -> Optional[int]:
    """The rows that are shown, None for all. In text 15 where none are asked for, but times and keys are whole."""
    if args.top is not None:
        return args.top or None
    return None if args.format != "text" or {*by} & {*TIMES, "key"} else TEXT_ROWS


def _is_of_one_id(args: Namespace, asked: tuple[Filter, ...]) -> bool:
    """Tells whether it is of one session or the like, which may be of today alone: today then has its rows, too."""
    is_open = args.date is None and args.last is None and args.format != "csv"
    return is_open and any(DIMENSIONS[one.dimension].is_id for one in asked)


def _today(args: Namespace, asked: Query, today: date) -> str:
    """The place of today in the report. A CSV has none beside its rows; keys have live counters instead."""
    if asked.first == today:
        return ALONE
    if args.format == "csv":
        return ""
    if asked.last == today:
        return ROWS
    return "" if args.date is not None or args.last is not None or asked.is_by_key else BESIDE


def _range(args: Namespace, today: date, tz: str) -> Span:
    """The first and the last day of the zone of that name. Raises BadUsage."""
    if args.date is not None and (args.days or args.first is not None or args.last is not None):
        raise BadUsage("--date says which days", "leave out --days, --from and --to")
    if args.last is None and args.first in ("week", "month") and args.format != "csv":
        args = Namespace(**{**vars(args), "last": today})
    if args.date is not None:
        first, last = option_types.span_on(args.date, today)
    else:
        first, last = asked_days(args, REPORT_DAYS, today)
    if max(first, last) > today:
        raise DayNotThere(f"{max(first, last)} is in the future: today is {today} {tz}", "name a day before today")
    return first, last


def asked_days(args: Namespace, usual: int, today: date) -> Span:
    """Returns the first and the last UTC day of --days, --from and --to, by default the `usual` number of days.

    The last day is yesterday where none is named, or today where that is the first one. Raises BadUsage.
    """
    first, last = (None if named is None else option_types.day_on(named, today) for named in (args.first, args.last))
    if args.days and first:
        raise BadUsage("--days and --from both say where it begins", "leave one of them out")
    last = last or (today if first == today else today - DAY)
    first = first or last - ((args.days or usual) - 1) * DAY
    if first > last:
        raise BadUsage(f"it ends before it begins: {first} to {last}", "--from must not be after --to")
    return first, last


def nothing_known(asked: Query, today: date) -> DayNotThere:
    """Returns the error where no day of the query is known. It says by which dimensions they are known, if by any."""
    farthest = today - ANALYTICS_REACH * DAY
    if asked.last < farthest:
        elsewhere = "name days within these"
    elif asked.zone:
        elsewhere = f"leave out --tz: UTC days are known since {farthest}"
    else:
        one, *others = [name for name in NAMED if DIMENSIONS[name].reach == ANALYTICS_REACH]
        elsewhere = (
            f"`--by {one}` (or {', '.join(others)}, or two of these) reaches back to {farthest}: use one of them"
        )
    source = "/activity" if asked.source == "activity" and not asked.has_older_days else "analytics"
    remembered = "" if asked.source == "analytics" else ", and none of these days is remembered"
    return DayNotThere(
        f"nothing is known of {dates.written((asked.first, asked.last))}: by {' and '.join(asked.by)}, OpenRouter's "
        f"{source} holds the completed {asked.tz} days {dates.written(reach.farthest(asked, today))}{remembered}",
        elsewhere,
    )
