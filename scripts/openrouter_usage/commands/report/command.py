"""Answers `report`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from openrouter_usage.commands.report import fetch
from openrouter_usage.commands.report.build import statement
from openrouter_usage.commands.report.options import nothing_known, query
from openrouter_usage.errors import Failure
from openrouter_usage.session import profiles
from openrouter_usage.session.output import Output, columns
from openrouter_usage.session.session import Profile, Session

if TYPE_CHECKING:
    from openrouter_usage.commands.report.records import Query, Report


def run(session: Session) -> Output:
    """A report on each profile. Raises a Failure where there is none at all, and BadUsage."""
    asked = query(session.args, session.now.date())
    found = profiles.answered(session, partial(_report, asked, session))
    if session.args.format == "json":
        from openrouter_usage.commands.report import data

        return Output(0, profiles.as_json(found, data.render_json, session))
    reports = [one for one in found if not isinstance(one, Failure)]
    if session.args.format == "csv":
        return _as_csv(reports[0])
    from openrouter_usage.commands.report import text

    return Output(0, "\n".join(text.render(report, columns()) for report in reports), profiles.remarks(found))


def _report(asked: Query, session: Session, profile: Profile) -> Report:
    args, now = session.args, session.now
    answers = fetch.take(profile.asker, profile.keys, asked)
    if answers is None:
        raise nothing_known(asked, now.date())
    report = statement(asked, answers, now, args.max_age, args.demo, session.notes())
    session.keep_balance(answers.asker, answers.credits, report.credits)
    return report._replace(profile=profile.name or "")


def _as_csv(report: Report) -> Output:
    """The CSV has no place for notes: they go beside it."""
    from openrouter_usage.commands.report import data

    return Output(0, data.render_csv(report), data.notes(report))
