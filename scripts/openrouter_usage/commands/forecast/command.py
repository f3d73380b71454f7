"""Answers `forecast`."""

from __future__ import annotations

from argparse import Action, ArgumentParser

from openrouter_usage.commands import option_types
from openrouter_usage.commands.forecast import text
from openrouter_usage.commands.summary import command, month
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session

EXAMPLES = (
    ("forecast", "when the credits run out, and what the month will cost"),
    ("forecast --budget 100", "whether the month stays under $100"),
    ("forecast --json", "the same figures for a program"),
)


def add_options(parser: ArgumentParser) -> list[Action]:
    return [option_types.add_budget(parser)]


def run(session: Session) -> Output:
    shown = month.added(session, *command.known(session))
    if session.args.format == "json":
        return Output(0, text.render_json(shown))
    return Output(0, text.render(shown, budget_first=session.args.budget is not None))
