"""Answers `chart`: spend by UTC day, as a picture or in the terminal."""

from __future__ import annotations

import os
from argparse import Action, ArgumentParser, Namespace
from functools import partial
from typing import Callable

from openrouter_usage.commands import option_types
from openrouter_usage.commands.chart import build
from openrouter_usage.commands.chart.records import Chart
from openrouter_usage.commands.report import options
from openrouter_usage.commands.report.command import of_profile
from openrouter_usage.commands.report.records import Query
from openrouter_usage.errors import BadUsage
from openrouter_usage.session import output, profiles
from openrouter_usage.session.output import Output
from openrouter_usage.session.profiles import Profile
from openrouter_usage.session.session import Session

BY = ("model", "key", "provider", "app")
"""The dimensions that a day's spend can be stacked by."""

FORMATS = (".png", ".svg")
"""How the name of a picture's file ends."""

DETAILS = (
    "It is of completed UTC days of the whole account, with today starred, and needs a management key. Without "
    "--output it is drawn in the terminal; a picture (.png, .svg) needs matplotlib: `uv run --with matplotlib "
    "scripts/stats.py chart --output spend.png`. With --all-profiles the picture of each has its name: spend.work.png."
)
EXAMPLES = (
    ("chart", "30 completed days by model, in the terminal"),
    ("chart --output spend.png", "a picture, 2400 x 1350"),
    ("chart --by key --days 90 --output spend.svg", "90 days by key"),
)


def add_options(parser: ArgumentParser) -> list[Action]:
    days = options.add_day_options(parser)
    days[0].help = f"what a day is split by (default model): {', '.join(BY)}"
    adders = (options.add_date_option, option_types.add_output, option_types.add_redact)
    return [*days, *(add(parser) for add in adders)]


def validate(args: Namespace) -> None:
    if args.by and (len(args.by) > 1 or args.by[0] not in BY):
        raise BadUsage(f"chart --by is one of {', '.join(BY)}", f"`report --by date,{args.by[0]}` has the others")
    if args.output:
        _check(args.output)


def run(session: Session) -> Output:
    """Prints a chart for each profile, or writes pictures. Raises a Failure where there is none, and BadUsage."""
    args = session.args
    by = args.by or ("model",)
    asked = options.query_by(("date", *by), args, session.now)
    found = profiles.answered(session, partial(_charted, asked, session))
    return profiles.printed(found, _renderer(args), session)


def _check(path: str) -> None:
    """Raises BadUsage before anything is asked where no picture could be written at that path."""
    if os.path.splitext(path)[1].lower() not in FORMATS:
        raise BadUsage(
            f"--output ends in {' or '.join(FORMATS)}: these are the formats of a picture", "name it such as spend.png"
        )
    output.check_file(path)


def _charted(asked: Query, session: Session, profile: Profile) -> tuple[Chart, str]:
    """Returns the chart of a profile, and the path of the picture of it that was written, if any.

    That a key is missing is told before a missing library: with the library alone there would be no chart either.
    """
    args = session.args
    chart = build.build(of_profile(asked, session, profile))
    if not args.output:
        return chart, ""
    from openrouter_usage.commands.chart import library, picture

    library.load()
    stem, ending = os.path.splitext(args.output)
    path = f"{stem}.{(profile.name or '').replace(' ', '-')}{ending}" if args.all_profiles else args.output
    return chart, output.write_file(path, picture.draw(chart, ending[1:].lower()))


def _renderer(args: Namespace) -> Callable[[tuple[Chart, str]], str]:
    if args.format == "json":
        from openrouter_usage.commands.chart.data import render
    else:
        from openrouter_usage.commands.chart.text import render
    return lambda one: render(*one)
