"""Answers `metrics`, on standard output or into the file that a collector reads."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace
from typing import TYPE_CHECKING, Optional

from openrouter_usage.commands.metrics import text as metrics_text
from openrouter_usage.commands.option_types import add_output, exclude
from openrouter_usage.commands.summary import command, month
from openrouter_usage.errors import Failure, NeedsManagementKey
from openrouter_usage.records import Counters, Unknown
from openrouter_usage.session import output
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session

if TYPE_CHECKING:
    from openrouter_usage.commands.summary.records import Summary

EXAMPLES = (
    ("metrics", "on standard output"),
    ("metrics --output FILE.prom", "for the textfile collector"),
)


def add_options(parser: ArgumentParser) -> list[Action]:
    return [add_output(parser)]


def validate(args: Namespace) -> None:
    exclude(args, ("demo", "output"))
    if args.output:
        output.check_file(args.output)


def run(session: Session) -> Output:
    """Prints or writes the metrics. Raises BadUsage where the file cannot be written."""
    args = session.args
    try:
        shown = month.added(session, *command.known(session))
    except Failure as failure:
        reported = output.failed(failure, args.json)
        if args.format == "json" and not args.output:
            return reported
        # A collector that goes on reading the file must not take the last figures for today's.
        exposed = _exposed(args, None, False)
        return reported._replace(out=exposed.out + reported.out)
    askers = [profile.asker for profile in session.profiles]
    failed = [one for asker in askers for one in asker.failures if not isinstance(one, NeedsManagementKey)]
    return _exposed(args, shown, _is_told(shown) and not (failed or session.replaced or session.troubles))


def _is_told(shown: Summary) -> bool:
    """Tells whether no spend of a current window is missing where a key or an account told of itself."""
    told = [one for block in shown.blocks for one in (block.key, block.account) if isinstance(one, Counters)]
    return not any(isinstance(usd, Unknown) for one in told for usd in one.credits)


def _exposed(args: Namespace, shown: Optional[Summary], success: bool) -> Output:
    text = (metrics_text.render_json if args.format == "json" else metrics_text.render)(shown, success)
    if not args.output:
        return Output(0, text)
    # It is first written beside the file, under a name that does not end in .prom as what a collector reads does.
    output.write_file(args.output, text.encode())
    return Output(0)
