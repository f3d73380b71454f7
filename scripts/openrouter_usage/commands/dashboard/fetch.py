"""Asks everything that a page shows, side by side; a part that fails costs no other."""

from __future__ import annotations

from functools import partial
from typing import Callable, Union

from openrouter_usage.commands.audit import command as audit
from openrouter_usage.commands.audit import fetch as audit_fetch
from openrouter_usage.commands.chart import build as chart
from openrouter_usage.commands.chart.records import Chart
from openrouter_usage.commands.dashboard.records import Account, Dashboard
from openrouter_usage.commands.report import command as report
from openrouter_usage.commands.report import fetch as report_fetch
from openrouter_usage.commands.report import reach
from openrouter_usage.commands.report.records import BESIDE, Query
from openrouter_usage.commands.summary import command as summary
from openrouter_usage.commands.summary import month
from openrouter_usage.commands.summary.build import has_figures
from openrouter_usage.commands.summary.records import Summary
from openrouter_usage.days import days_before
from openrouter_usage.errors import Failure
from openrouter_usage.fetch.asker import unknown
from openrouter_usage.records import T, Unknown
from openrouter_usage.session.profiles import Profile
from openrouter_usage.session.session import Session

DAYS = 30
"""The completed UTC days that the page is of, besides the current windows."""

OF_MODELS = ("model", "spend", "share", "byok", "reqs", "per-request", "per-million", "hit", "prompt", "compl")
OF_KEYS = ("key", "today", "week", "month", "spend", "share", "byok", "reqs", "limit", "left", "last-used", "marks")
"""The columns of the tables, in their order."""


def answer(session: Session) -> Dashboard:
    """Returns what the page shows. Raises a Failure where nothing at all is known."""
    fetches = [_ProfileFetch(session, one) for one in session.profiles]
    for one in fetches:
        one.ask()
    shown = month.added(session, *summary.known(session, or_nothing=True, with_today=True))
    accounts = tuple(one.account(shown) for one in fetches)
    failures = [failure for one in fetches for failure in one.failures]
    if not has_figures(shown) and all(one.is_unknown for one in accounts):
        raise failures[0]
    last = session.notes()  # what is said of all answers, now that all are there
    codes = {note.code for note in last}
    return Dashboard(shown, accounts, (*(note for note in shown.notes if note.code not in codes), *last))


class _ProfileFetch:
    """Fetches what the page shows of one profile. `failures` are those of the parts that could not be had."""

    def __init__(self, session: Session, profile: Profile) -> None:
        self._session = session
        self._profile = profile
        self._span = days_before(session.now.date(), DAYS)
        self._by_day = self._query(("date", "model"), BESIDE)
        self._by_model = self._query(("model",), BESIDE, OF_MODELS)
        self._by_key = self._query(("key",), "", OF_KEYS)  # keys have live counters in the place of today
        self.failures: list[Failure] = []

    def _query(self, by: tuple[str, ...], today: str, columns: tuple[str, ...] = ()) -> Query:
        query = Query(by, *self._span, with_credits=False, today=today, picked=columns)
        return reach.limited(query, self._session.now.date())

    def ask(self) -> None:
        """Asks what the summary does not ask, without waiting."""
        asker, keys = self._profile.asker, self._profile.keys
        for query in (self._by_day, self._by_model, self._by_key):
            report_fetch.ask(asker, keys, query)
        audit_fetch.ask(asker, keys, self._span)

    def account(self, shown: Summary) -> Account:
        """Returns the parts of the profile, with its blocks of the summary."""
        name = self._profile.name or ""
        return Account(
            profile=name,
            blocks=tuple(block for block in shown.blocks if block.profile == name),
            by_day=self._part(self._chart),
            by_model=self._part(partial(report.of_profile, self._by_model)),
            by_key=self._part(partial(report.of_profile, self._by_key)),
            audit=self._part(partial(audit.of_profile, self._span)),
        )

    def _chart(self, session: Session, profile: Profile) -> Chart:
        return chart.build(report.of_profile(self._by_day, session, profile))

    def _part(self, of_profile: Callable[[Session, Profile], T]) -> Union[T, Unknown]:
        try:
            return of_profile(self._session, self._profile)
        except Failure as failure:
            self.failures.append(failure)
            return unknown(failure)
