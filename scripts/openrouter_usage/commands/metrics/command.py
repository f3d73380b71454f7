"""Answers `metrics`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Optional

from openrouter_usage.commands.metrics import text as metrics_text
from openrouter_usage.commands.summary import command
from openrouter_usage.errors import Failure, NeedsManagementKey
from openrouter_usage.session import output
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session

if TYPE_CHECKING:
    from openrouter_usage.commands.summary.records import Summary


def run(session: Session) -> Output:
    try:
        shown = command.known(session)
    except Failure as failure:
        return _not_scraped(session.args, output.failed(failure, session.args.json))
    askers = [profile.asker for profile in session.profiles]
    failed = [one for asker in askers for one in asker.failures if not isinstance(one, NeedsManagementKey)]
    is_whole = not (failed or session.replaced or session.troubles)
    return _exposed(session.args, shown, is_whole)


def _not_scraped(args: argparse.Namespace, failed: Output) -> Output:
    """A collector that goes on reading the file must not take the last figures for today's."""
    if args.format == "json" and not args.output:
        return failed
    return _exposed(args, None, False)._replace(code=failed.code, err=failed.err)


def _exposed(args: argparse.Namespace, shown: Optional[Summary], success: bool) -> Output:
    text = (metrics_text.render_json if args.format == "json" else metrics_text.render)(shown, success)
    if not args.output:
        return Output(0, text)
    from openrouter_usage.commands.metrics.exposition import write

    write(args.output, text)
    return Output(0)
