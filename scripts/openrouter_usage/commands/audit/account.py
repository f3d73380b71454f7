"""Finds what is odd about the account as a whole: a fee for BYOK, and sources that tell different spend."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Callable

from openrouter_usage.commands.audit import steps
from openrouter_usage.commands.audit.records import Facts, Finding
from openrouter_usage.days import DAY, Span
from openrouter_usage.figures.evidence import ZERO, Evidence
from openrouter_usage.rare_records import ByokFees
from openrouter_usage.records import A_CENT
from openrouter_usage.text import evidence
from openrouter_usage.text.dates import short

FEE_DAYS = 30
"""The completed UTC days before today for which OpenRouter tells the fee for BYOK."""


def findings(facts: Facts) -> Iterator[Finding]:
    """Yields the findings about the account."""
    yield from _fees(facts)
    yield from _sources(facts.evidence, facts.span)


def fees_since(span: Span, today: date) -> date:
    """Returns the first UTC day for which the fee for BYOK is told."""
    return max(span[0], today - FEE_DAYS * DAY)


def _fees(facts: Facts) -> Iterator[Finding]:
    fees, today = facts.fees, facts.now.date()
    if isinstance(fees, ByokFees) and isinstance(fees.usd, Decimal) and fees.usd >= A_CENT:
        since = fees_since(facts.span, today)
        message = f"is OpenRouter's fee for BYOK beyond the monthly allowance since {short(since)}, today included"
        yield Finding("byok_fees", fees.usd, (since, today), message, steps.report((since, today), "provider"))


# The sources


def _sources(found: Evidence, span: Span) -> Iterator[Finding]:
    """Yields what OpenRouter's sources of days tell differently; the amounts are what one has more than another."""
    for note in evidence.notes(found, span):
        message = f"is told by one source and not by another: {note.message}"
        yield Finding(note.code, AMOUNTS[note.code](found, span), span, message, steps.COMPARE)
    gap = found.gap(span)
    lacks = gap.whole - gap.broken_down - found.shortfall(span) if gap and not gap.is_disputed else ZERO
    if gap and lacks >= A_CENT:
        message = f"is in no model's row: {evidence.broken_down(gap)}"
        yield Finding("activity_lacks", lacks, span, message, steps.COMPARE)


AMOUNTS: dict[str, Callable[[Evidence, Span], Decimal]] = {
    "days_doubted": Evidence.doubted,
    "sources_disagree": Evidence.disputed,
    "analytics_lacks": Evidence.analytics_lacks,
    "days_lack": Evidence.shortfall,
}
"""The amount of each note on the sources, by its code."""
