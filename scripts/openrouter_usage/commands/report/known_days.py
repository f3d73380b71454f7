"""Tells days that nobody knows, with the reason, from days on which OpenRouter recorded no use.

`report` and `why` decide it here, and take their words from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Optional

from openrouter_usage.commands.report import reach
from openrouter_usage.commands.report.records import Answers, Query
from openrouter_usage.days import DAY, Span
from openrouter_usage.dimensions import ANALYTICS_REACH
from openrouter_usage.fetch.account import NO_ROWS
from openrouter_usage.figures import groups
from openrouter_usage.records import TodayUse, Unknown, Use
from openrouter_usage.text import dates

NO_USE = "OpenRouter recorded no use"


def is_unused(uses: Iterable[Use]) -> bool:
    """Tells whether nothing at all was used, as far as OpenRouter recorded it. An unknown figure may be use."""
    return not any(groups.add_up(uses))


def missing(
    query: Query, answers: Optional[Answers], today: date, failure: Optional[Unknown] = None
) -> Iterator[tuple[Span, str]]:
    """Yields each span of the query's days that nobody knows, and why; today only where it is not told live.

    `failure` is why analytics did not tell days that /activity no longer has.
    """
    known = answers.usage.days if answers else ()
    for gap in reach.missing(query, known, today, reach.farthest(query, today)[0]):
        if gap[0] != today:
            yield gap, _reason(query, answers, gap, today, failure)
        elif not (answers and isinstance(answers.today, TodayUse)):
            yield gap, _reason_today(answers)


def written(found: Iterable[tuple[Span, str]]) -> str:
    """Returns such as "2026-10-01 to 2026-10-19; OpenRouter was not asked about them since they ended"."""
    spans: dict[str, list[str]] = {}
    for span, reason in found:
        spans.setdefault(reason, []).append(dates.written(span))
    return "; ".join(f"{', '.join(days)}; {reason}" for reason, days in spans.items())


def _reason_today(answers: Optional[Answers]) -> str:
    live = answers.today if answers else None
    failed = f", and what is live is not known ({live.reason})" if isinstance(live, Unknown) else ""
    return f"today is not over{failed}"


def _reason(query: Query, answers: Optional[Answers], gap: Span, today: date, failure: Optional[Unknown]) -> str:
    """Returns why completed days are not known."""
    first, _ = reach.farthest(query, today)
    if gap[1] >= first:
        if failure and failure.reason != NO_ROWS.reason:
            return f"OpenRouter's analytics, which has them, cannot be had ({failure.reason})"
        is_silent = query.source == "analytics" and answers is not None and answers.evidence.is_silent
        return NO_ROWS.reason if failure or is_silent else "OpenRouter was not asked about them since they ended"
    longer = "without --tz" if query.zone else "`--by model` or `--by model,key`"
    others = "" if first == today - ANALYTICS_REACH * DAY else f" ({longer}: a year)"
    reaches = f"reaches back to {first} by {' and '.join(query.by)}{others}"
    if query.source == "analytics":
        return f"OpenRouter's analytics {reaches}"
    source = "analytics" if query.has_older_days else "/activity"
    return f"OpenRouter's {source} {reaches}; they are not remembered"
