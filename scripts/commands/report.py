"""Answers `report`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import each
import ledger
from errors import Failure
from output import Output, columns
from question import nothing_known, query
from session import Profile, Session
from statement import statement

if TYPE_CHECKING:
    from reports import Query, Report


def run(session: Session) -> Output:
    """A report on each profile. Raises a Failure where there is none at all, and BadUsage."""
    asked = query(session.args, session.now.date())
    found = each.answered(session, partial(_report, asked, session))
    if session.args.format == "json":
        from renderers import report_data

        return Output(0, each.as_json(found, report_data.render_json, session))
    reports = [one for one in found if not isinstance(one, Failure)]
    if session.args.format == "csv":
        return _as_csv(reports[0])
    from renderers import tables

    return Output(0, "\n".join(tables.render(report, columns()) for report in reports), each.remarks(found))


def _report(asked: Query, session: Session, profile: Profile) -> Report:
    args, now = session.args, session.now
    answers = ledger.take(session.router, profile.keys, asked, now, profile.desk, session.memory)
    if answers is None:
        raise nothing_known(asked, now.date())
    report = statement(asked, answers, now, args.max_age, args.demo, session.notes())
    session.remember_balance(answers.asker, answers.credits, report.credits)
    return report._replace(profile=profile.name or "")


def _as_csv(report: Report) -> Output:
    """The CSV has no place for notes: they go beside it."""
    from renderers import report_data

    return Output(0, report_data.render_csv(report), report_data.notes(report))
