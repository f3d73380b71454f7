"""Answers `forecast`."""

from openrouter_usage.commands.forecast import text
from openrouter_usage.commands.summary import command
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session

EXAMPLES = (
    ("forecast", "when the credits run out"),
    ("forecast --json", "the same figures for a program"),
)


def run(session: Session) -> Output:
    render = text.render_json if session.args.format == "json" else text.render
    return Output(0, render(command.known(session)[0]))
