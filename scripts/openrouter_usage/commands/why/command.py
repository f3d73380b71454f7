"""Answers `why`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from openrouter_usage.commands.why import fetch, periods
from openrouter_usage.commands.why.build import explanation
from openrouter_usage.commands.why.wanted import wanted
from openrouter_usage.errors import Failure
from openrouter_usage.session import profiles
from openrouter_usage.session.output import Output, columns
from openrouter_usage.session.session import Profile, Session

if TYPE_CHECKING:
    from openrouter_usage.commands.why.records import Explanation, Periods


def run(session: Session) -> Output:
    """An explanation for each profile. Raises a Failure where there is none at all, and BadUsage."""
    asked = periods.periods(session.args, session.now.date())
    found = profiles.answered(session, partial(_explanation, asked, session))
    if session.args.format == "json":
        from openrouter_usage.commands.why import data

        return Output(0, profiles.as_json(found, data.render, session))
    from openrouter_usage.commands.why import text

    explained = [one for one in found if not isinstance(one, Failure)]
    return Output(0, "\n".join(text.render(one, columns()) for one in explained), profiles.remarks(found))


def _explanation(asked: Periods, session: Session, profile: Profile) -> Explanation:
    args, now = session.args, session.now
    answers = fetch.take(profile.asker, profile.keys, wanted(asked, now.date()))
    found = explanation(asked, answers, now, args.max_age, args.demo, session.notes())
    return found._replace(profile=profile.name or "")
