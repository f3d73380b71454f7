"""Answers `dashboard`: writes one HTML file that holds everything, for a browser."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace

from openrouter_usage.commands.dashboard import fetch, page
from openrouter_usage.commands.option_types import add_output, add_redact
from openrouter_usage.errors import BadUsage
from openrouter_usage.session import output
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session
from openrouter_usage.text.document import document

DETAILS = (
    "The page needs nothing but a browser: it has no script, and asks nobody for anything. It shows what the keys may "
    "see: a management key the whole account, a regular one its own spend, limits and expiry. What is not known says "
    "why. The path is printed."
)
EXAMPLES = (
    ("dashboard --output usage.html", "the account as a page"),
    ("dashboard --output usage.html --all-profiles", "a part for every profile"),
    ("dashboard --output usage.html --redact", "to be shown to others: key 1, key 2, ... in the place of names"),
    ("dashboard --output usage.html --json", "the path, and what is missing, for a program"),
)


def add_options(parser: ArgumentParser) -> list[Action]:
    return [add_output(parser), add_redact(parser)]


def validate(args: Namespace) -> None:
    if not args.output:
        raise BadUsage("dashboard writes a file, and --output does not name it", "`dashboard --output usage.html`")
    output.check_file(args.output)


def run(session: Session) -> Output:
    """Writes the page, and prints its path. Raises a Failure where nothing is known, and BadUsage."""
    found = fetch.answer(session)
    path = output.write_file(session.args.output, page.render(found).encode("utf-8", "replace"))
    if session.args.format != "json":
        return Output(0, f"{path}\n")
    cells = {
        "as_of": found.summary.as_of,
        "demo": found.summary.demo,
        "path": path,
        "notes": [*found.notes, *found.gaps],
    }
    return Output(0, document("dashboard", cells))
