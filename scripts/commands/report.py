"""Answers `report`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, List, Union

import ledger
from errors import Failure
from output import Output, explained
from question import nothing_known, query
from session import Profile, Session
from statement import statement

if TYPE_CHECKING:
    from reports import Query, Report


def run(session: Session) -> Output:
    """A report on each profile. Raises a Failure where there is none at all, and BadUsage."""
    asked = query(session.args, session.now.date())
    found: List[Union[Report, Failure]] = [_report(asked, session, one) for one in session.profiles]
    failures = [one for one in found if isinstance(one, Failure)]
    if len(failures) == len(found):
        raise failures[0]
    if session.args.format == "json":
        return Output(0, _as_json(found, session))
    reports = [one for one in found if not isinstance(one, Failure)]
    output = _as_csv(reports[0]) if session.args.format == "csv" else Output(0, _as_text(reports))
    return output._replace(err=output.err + "".join(map(explained, failures)))


def _report(asked: Query, session: Session, profile: Profile) -> Union[Report, Failure]:
    args, now = session.args, session.now
    try:
        answers = ledger.take(session.router, profile.keys, asked, now.date(), profile.desk, session.memory)
        if answers is None:
            return nothing_known(asked, now.date())
        report = statement(asked, answers, now, args.max_age, args.demo, session.notes())
    except Failure as failure:
        return _of(profile, failure)
    session.remember_balance(answers.asker, answers.credits, report.credits)
    return report._replace(profile=profile.name or "")


def _of(profile: Profile, failure: Failure) -> Failure:
    return type(failure)(f"{profile.name}: {failure.message}", failure.next_step) if profile.name else failure


def _as_text(reports: List[Report]) -> str:
    from renderers import tables

    return "\n".join(tables.render(report, _width()) for report in reports)


def _as_csv(report: Report) -> Output:
    """The CSV has no place for notes: they go beside it."""
    from renderers import report_data

    return Output(0, report_data.render_csv(report), report_data.notes(report))


def _as_json(found: List[Union[Report, Failure]], session: Session) -> str:
    from renderers import encode, report_data

    documents = [
        encode.render_error(one) if isinstance(one, Failure) else report_data.render_json(one) for one in found
    ]
    return encode.listed(documents) if session.args.all_profiles else documents[0]


def _width() -> int:
    """The terminal's, or 80 where standard output is none."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):
        return 80
