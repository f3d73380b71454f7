"""Writes where figures are from, and in what OpenRouter's sources differ, if they do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from openrouter_usage.days import Span
from openrouter_usage.figures.evidence import ANALYTICS_LACKS, CONTRADICTED, Evidence, Gap, is_noticeable
from openrouter_usage.records import Note
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.dates import instant, short

MOST_NAMED = 3
"""The days that are named one by one; of more the first and the last are."""


def source_line(source: str, key_name: str, as_of: datetime) -> str:
    """Returns the line that says which endpoint had the figures, which key was used, and when.

    `source` is empty where it was several endpoints, `key_name` where the key is not named.
    """
    endpoint, key = f"'s {source}" if source else "", f", asked with {key_name}" if key_name else ""
    return f"Source: OpenRouter{endpoint}{key}, as of {instant(as_of)}"


def disagreement(fuller: Decimal, lesser: Decimal) -> str:
    """Returns the words for two counts of which either may be right."""
    return f"sources disagree: {dollars(fuller)} or {dollars(lesser)}"


def broken_down(gap: Gap) -> str:
    """Returns how much of the spend OpenRouter breaks down."""
    if gap.is_disputed:
        return disagreement(gap.whole, gap.broken_down)
    return f"{dollars(gap.broken_down)} of {dollars(gap.whole)} is broken down so far"


def named(days: Sequence[date]) -> str:
    """Returns such as "Nov 9", "Nov 9, Nov 11" or "7 days from Nov 9 to Nov 19"."""
    if len(days) > MOST_NAMED:
        return f"{len(days)} days from {short(days[0])} to {short(days[-1])}"
    return ", ".join(map(short, days))


def notes(found: Evidence, span: Span) -> Iterator[Note]:
    """Yields what of these UTC days, both ends included, the sources tell differently.

    What /activity alone lacks is no part of it: that is said beside the figures that lack it.
    """
    yield from _doubts(found, span)
    yield from _lacking(found, span)
    shortfall = found.largest_shortfall(span)
    if shortfall:
        days = f"{short(shortfall.days[0])} to {short(shortfall.days[1])}"
        message = f"at least {dollars(shortfall.usd)} more was spent from {days} than OpenRouter tells by day"
        yield Note("days_lack", f"{message}: sums over them are too small")


def _doubts(found: Evidence, span: Span) -> Iterator[Note]:
    doubts = found.doubts_within(span)
    remembered = sum((one.remembered for one in doubts), Decimal(0))
    told = sum((one.told for one in doubts), Decimal(0))
    if is_noticeable(remembered - told, remembered):
        days = named([one.day for one in doubts])
        message = f"on {days} OpenRouter's /activity told {dollars(remembered)}, and now tells {dollars(told)}"
        yield Note("days_doubted", f"{message}: the fuller count is used")


def _lacking(found: Evidence, span: Span) -> Iterator[Note]:
    """Yields a note where analytics lacks money, or where one of the two sources has a multiple of the other."""
    days = [one for one in found.within(span) if one.differs]
    disputed = [one for one in days if one.judgement == CONTRADICTED]
    lacking = [one for one in days if one.judgement == ANALYTICS_LACKS]
    lacks = found.analytics_lacks(span)
    whole = sum((one.usd for one in found.within(span) if isinstance(one.usd, Decimal)), Decimal(0))
    if disputed:
        fuller, lesser = (sum((one.counts[place] for one in disputed), Decimal(0)) for place in (1, 0))
        message = f"on {named([one.day for one in disputed])} OpenRouter's {disagreement(fuller, lesser)}"
        yield Note("sources_disagree", f"{message}; the fuller count is used")
    elif is_noticeable(lacks, whole):
        message = f"OpenRouter's analytics lacks {dollars(lacks)} on {named([one.day for one in lacking])}"
        yield Note("analytics_lacks", f"{message} that /activity has: the fuller count is used")
