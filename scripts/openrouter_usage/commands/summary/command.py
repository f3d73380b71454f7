"""Answers `summary`, and asks for what other commands show of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Tuple

from openrouter_usage.commands.summary import fetch
from openrouter_usage.commands.summary.build import build_summary, has_figures
from openrouter_usage.figures import windows
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session

if TYPE_CHECKING:
    from openrouter_usage.commands.summary.records import Summary
    from openrouter_usage.records import Holding


def run(session: Session) -> Output:
    shown = known(session, with_today=True)
    if session.args.format == "json":
        from openrouter_usage.commands.summary.data import render
    else:
        from openrouter_usage.commands.summary.text import render
    return Output(0, render(shown))


def known(session: Session, or_nothing: bool = False, with_today: bool = False) -> Summary:
    """All that is known of each account, `with_today` today's spend by model, too.

    Raises a Failure where that is nothing, unless it will do.
    """
    return known_of(session, or_nothing, with_today)[0]


def known_of(session: Session, or_nothing: bool = False, with_today: bool = False) -> Tuple[Summary, List[Holding]]:
    """The same with what each of its blocks is made of."""
    args, now = session.args, session.now
    taken = _taken(session, with_today)
    holdings = [holding for one in taken for holding in one.holdings]
    notes = (*(note for one in taken for note in one.notes), *session.notes())
    shown = build_summary(holdings, now, args.max_age, args.demo, args.all_profiles, notes)
    failures = [*(failure for one in taken for failure in one.failures), *session.troubles]
    if failures and not or_nothing and not has_figures(shown):
        raise failures[0]
    for holding, block in zip(holdings, shown.blocks):
        session.keep_balance(holding.asker, holding.credits, block.balance)
    return shown, holdings


def _taken(session: Session, with_today: bool) -> List[fetch.Snapshot]:
    """What each profile's keys answer; they are asked side by side."""
    since = windows.live_since(session.now)
    inquiries = [fetch.Inquiry(one.asker, one.keys, since, with_today) for one in session.profiles]
    for inquiry in inquiries:
        inquiry.open()
    return [inquiry.taken(one.name) for one, inquiry in zip(session.profiles, inquiries)]
