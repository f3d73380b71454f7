"""Renders what a regular key tells of its own spend, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional, Union

from openrouter_usage.commands.why import words
from openrouter_usage.commands.why.own_key import NOT_ALL_DAYS, NOTHING_EARLIER, OTHERS, OwnSpend, Pair
from openrouter_usage.commands.why.records import LAST_DAYS, LAST_MONTH, MONTH, WEEK, Periods
from openrouter_usage.days import DAY, Span, midnight, month_start
from openrouter_usage.figures.key_days import Stretch
from openrouter_usage.records import NEEDS_MANAGEMENT_KEY, Amount, Unknown
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.dates import as_of_words, in_brackets, short_span
from openrouter_usage.text.document import Json, document, gaps, rounded, usd_cells
from openrouter_usage.text.evidence import source_line
from openrouter_usage.text.style import ANSWER, FOOTNOTE, Line, Page, page

MOST_SUMS = 8
"""The sums of days that are printed, the last ones."""

SOURCE = "/auth/key, whose counters are remembered at each midnight"

TOLD_IN_LINES = (NEEDS_MANAGEMENT_KEY.code,)
"""The codes of notes that are lines of the text."""


def render(own: OwnSpend) -> Page:
    """Returns the text, the answer first."""
    source = Line(source_line(SOURCE, own.key_name, own.as_of.at), FOOTNOTE)
    notes = (f"Note: {note.message}" for note in own.notes if note.code not in TOLD_IN_LINES)
    return page([Line(sentence(own), ANSWER), *_instead(own), *_figures(own)], [source, *notes])


# The sentence


def sentence(own: OwnSpend) -> str:
    """Returns, for example, "This key: up $0.93 a day (+31%) from Nov 16 to 19, compared with Nov 1 to 15: ..."."""
    whose = f"This key ({own.profile})" if own.profile else "This key"
    if own.asked.kind == LAST_MONTH:
        whose = f"No day of this month is over yet. {whose}, last month"
    if own.compared:
        return f"{whose}: {_change(own.compared, own)}."
    if own.asked.kind == LAST_DAYS:
        return f"{whose}: whether it spends more than usual is unknown ({NOTHING_EARLIER.reason})."
    return f"{whose}, {_later(own.asked)} compared with {words.base(own.asked)}: unknown, {_known_part(own)}."


def _change(pair: Pair, own: OwnSpend) -> str:
    later, earlier = pair
    periods = own.asked if pair == own.of_asked else Periods(later.days, earlier.days, year=own.now.year)
    unit = "" if later.number == earlier.number else " a day"
    after, before = (one.usd_per_day if unit else one.usd for one in pair)
    size = words.size(before, after - before, unit)
    than = f"{words.on(later.days, periods)}, compared with {words.base(periods, with_lengths=False)}"
    return f"{size[0].lower()}{size[1:]} {than}: {dollars(after)}{unit}, {dollars(before)}{unit} before"


def _later(asked: Periods) -> str:
    days = short_span(asked.later, asked.year)
    return {MONTH: f"this month, {days},", WEEK: f"last week, {days},", LAST_MONTH: f"{days},"}.get(asked.kind, days)


def _known_part(own: OwnSpend) -> str:
    """Returns the sums that are known of the periods that were asked for."""
    parts = [f"{short_span(one.days, own.now.year)} ({dollars(one.usd)})" for one in (own.earlier, own.later) if one]
    told = f"{' and '.join(parts)} only" if parts else "none of these days"
    return f"its counters tell {told}; {'the rest ' if parts else ''}{NEEDS_MANAGEMENT_KEY.reason}"


def _instead(own: OwnSpend) -> Iterator[str]:
    if own.instead and own.asked.kind != LAST_DAYS:
        yield f"Known instead: {_change(own.instead, own)}"


# The figures


def _figures(own: OwnSpend) -> Iterator[str]:
    spend, byok, year = own.counters.credits, own.counters.byok, own.now.year
    yield f"Today so far{_hours(own)}: {dollars(spend.today)}{_usual(own)}"
    yield f"{OTHERS[0].upper()}{OTHERS[1:]}: unknown ({NEEDS_MANAGEMENT_KEY.advice})"
    yield f"With today: this week {dollars(spend.week)}, this month {dollars(spend.month)}"
    yield f"This key since it was made: {_or_why(own.counters.total)}"
    as_of = in_brackets(as_of_words(own.account_as_of, own.now))
    yield f"The account since it was opened: {_or_why(own.account)}{as_of}"
    if any(byok):
        today, week, month = map(dollars, byok)
        yield f"BYOK, in no figure above: today {today}, this week {week}, this month {month}"
    sums = [f"{short_span(one.days, year)} {dollars(one.usd)}" for one in own.stretches[-MOST_SUMS:]]
    if sums:
        yield f"Known of it: {', '.join(sums)} (completed UTC days)"


def _hours(own: OwnSpend) -> str:
    """Returns how much of the day that is, such as " (15h 48m of the UTC day)", nothing if its spend is not known."""
    if isinstance(own.counters.credits.today, Unknown):
        return ""
    minutes = int((own.as_of.at - midnight(own.as_of.at.date())).total_seconds() // 60)
    return f" ({minutes // 60}h {minutes % 60}m of the UTC day)"


def _usual(own: OwnSpend) -> str:
    if isinstance(own.per_day, Unknown):
        return ""
    days = short_span((month_start(own.now.date()), own.now.date() - DAY), own.now.year)
    return f"; a whole day of this month: {dollars(own.per_day)} on average ({days})"


def _or_why(usd: Amount) -> str:
    return f"unknown ({usd.reason})" if isinstance(usd, Unknown) else dollars(usd)


# JSON


def render_json(own: OwnSpend) -> str:
    """Returns one JSON object and a newline."""
    later, earlier = [one.days for one in own.compared] if own.compared else own.asked[:2]
    figures: Json = {
        "key": {
            **usd_cells(own.counters.credits),
            "total_usd": own.counters.total,
            **usd_cells(own.counters.byok, "byok_"),
        },
        "account": {"total_usd": own.account},
        "month_usd_per_day": own.per_day if isinstance(own.per_day, Unknown) else rounded(own.per_day),
        "total": _total(own),
    }
    cells: Json = {
        "as_of": own.as_of.at,
        "demo": False,
        **({"profile": own.profile} if own.profile else {}),
        "source": "key",
        "asked_with": own.key_name,
        **_days(later, earlier),
        "sentence": sentence(own),
        **figures,
        **({"known_instead": _instead_cells(own.instead)} if own.instead else {}),
        "rows": None,
        "sums": [{"from": one.days[0], "to": one.days[1], "usd": one.usd} for one in own.stretches],
        "notes": [*own.notes, *dict.fromkeys(gaps(figures))],
    }
    return document("why", cells)


def _days(later: Span, earlier: Span) -> Json:
    return {"from": later[0], "to": later[1], "vs": dict(zip(("from", "to"), earlier))}


def _instead_cells(pair: Pair) -> Json:
    return {**_days(*(one.days for one in pair)), **_changes(*pair)}


def _total(own: OwnSpend) -> Union[Json, Unknown]:
    if own.compared:
        return _changes(*own.compared)
    if own.asked.kind == LAST_DAYS:
        return NOTHING_EARLIER
    is_whole = (one if one and one.days == span else None for one, span in zip((own.later, own.earlier), own.asked))
    return _changes(*is_whole)


def _changes(later: Optional[Stretch], earlier: Optional[Stretch]) -> Json:
    """Returns the sums and their difference, where all days of both periods, or of one of them, are known."""
    cells: Json = {
        "before_usd": earlier.usd if earlier else NOT_ALL_DAYS,
        "after_usd": later.usd if later else NOT_ALL_DAYS,
        "change_usd": NOT_ALL_DAYS,
        "usd_per_day_before": rounded(earlier.usd_per_day) if earlier else NOT_ALL_DAYS,
        "usd_per_day_after": rounded(later.usd_per_day) if later else NOT_ALL_DAYS,
        "usd_per_day_change": NOT_ALL_DAYS,
    }
    if later and earlier:
        cells["change_usd"] = later.usd - earlier.usd if later.number == earlier.number else None
        cells["usd_per_day_change"] = rounded(later.usd_per_day - earlier.usd_per_day)
    return cells
