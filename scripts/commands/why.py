"""Answers `why`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import contrast
import each
import periods
from errors import Failure
from explanation import explanation
from output import Output, columns
from session import Profile, Session
from wanted import wanted

if TYPE_CHECKING:
    from comparisons import Explanation, Periods


def run(session: Session) -> Output:
    """An explanation for each profile. Raises a Failure where there is none at all, and BadUsage."""
    asked = periods.periods(session.args, session.now.date())
    found = each.answered(session, partial(_explanation, asked, session))
    if session.args.format == "json":
        from renderers import why_data

        return Output(0, each.as_json(found, why_data.render, session))
    from renderers import why

    explained = [one for one in found if not isinstance(one, Failure)]
    return Output(0, "\n".join(why.render(one, columns()) for one in explained), each.remarks(found))


def _explanation(asked: Periods, session: Session, profile: Profile) -> Explanation:
    args, now = session.args, session.now
    answers = contrast.take(session.router, profile.keys, wanted(asked, now.date()), now, profile.desk, session.memory)
    found = explanation(asked, answers, now, args.max_age, args.demo, session.notes())
    return found._replace(profile=profile.name or "")
