"""Renders what a regular key tells of its own spend, as text and as JSON."""

from __future__ import annotations

from typing import Iterator, Union

from openrouter_usage.commands.report.data import rounded
from openrouter_usage.commands.report.text import source_line
from openrouter_usage.commands.why import words
from openrouter_usage.commands.why.own_key import OwnSpend
from openrouter_usage.commands.why.records import Periods
from openrouter_usage.days import DAY, month_start
from openrouter_usage.figures.key_days import Stretch
from openrouter_usage.records import Unknown
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.dates import short_span
from openrouter_usage.text.document import Json, document, gaps, usd_cells

MOST_SUMS = 8
"""The sums of days that are printed, the last ones."""

SOURCE = "/auth/key, whose counters are remembered at each midnight"


def render(own: OwnSpend) -> str:
    """Returns the text, and a newline at the end."""
    lines = [sentence(own), *_figures(own), "", source_line(SOURCE, own.key_name, own.as_of.at)]
    return "\n".join([*lines, *(f"Note: {note.message}" for note in own.notes)]) + "\n"


def sentence(own: OwnSpend) -> str:
    """Returns, for example, "This key: up $0.93 a day (+31%) compared with Nov 1 to 15: ..."."""
    whose = f"This key ({own.profile})" if own.profile else "This key"
    later, earlier = own.later, own.earlier
    if isinstance(later, Unknown) or isinstance(earlier, Unknown):
        return f"{whose}: whether it spends more than usual is unknown ({getattr(later, 'reason', '')})."
    unit = "" if later.number == earlier.number else " a day"
    after, before = (one.usd_per_day if unit else one.usd for one in (later, earlier))
    size = words.size(before, after - before, unit)
    base = words.base(own.asked if own.is_asked and not unit else Periods(later.days, earlier.days), with_lengths=False)
    days = short_span(later.days, own.now.year)
    from_to = f"from {days}" if later.number > 1 else f"on {days}"
    sums = f"{dollars(after)}{unit} {from_to}, {dollars(before)}{unit} before"
    return f"{whose}: {size[0].lower()}{size[1:]} compared with {base}: {sums}."


def _figures(own: OwnSpend) -> Iterator[str]:
    spend, byok, year = own.counters.credits, own.counters.byok, own.now.year
    usual = ""
    if not isinstance(own.per_day, Unknown):
        days = short_span((month_start(own.now.date()), own.now.date() - DAY), year)
        usual = f"; a day of this month: {dollars(own.per_day)} ({days})"
    yield f"Today so far: {dollars(spend.today)}{usual}"
    yield f"With today: this week {dollars(spend.week)}, this month {dollars(spend.month)}"
    if any(byok):
        today, week, month = map(dollars, byok)
        yield f"BYOK, in no figure above: today {today}, this week {week}, this month {month}"
    sums = [f"{short_span(one.days, year)} {dollars(one.usd)}" for one in own.stretches[-MOST_SUMS:]]
    if sums:
        yield f"Known of it: {', '.join(sums)} (completed UTC days)"


def render_json(own: OwnSpend) -> str:
    """Returns one JSON object and a newline."""
    later, earlier = own.later, own.earlier
    figures: Json = {
        "key": {**usd_cells(own.counters.credits), **usd_cells(own.counters.byok, "byok_")},
        "month_usd_per_day": own.per_day if isinstance(own.per_day, Unknown) else rounded(own.per_day),
        "total": _total(later, earlier),
    }
    is_known = isinstance(later, Stretch) and isinstance(earlier, Stretch)
    cells: Json = {
        "as_of": own.as_of.at,
        "demo": False,
        **({"profile": own.profile} if own.profile else {}),
        "source": "key",
        "asked_with": own.key_name,
        "from": later.days[0] if isinstance(later, Stretch) else own.asked.later[0],
        "to": later.days[1] if isinstance(later, Stretch) else own.asked.later[1],
        "vs": dict(zip(("from", "to"), earlier.days if isinstance(earlier, Stretch) else own.asked.earlier)),
        "sentence": sentence(own) if is_known else None,
        **figures,
        "rows": None,
        "sums": [{"from": one.days[0], "to": one.days[1], "usd": one.usd} for one in own.stretches],
        "notes": [*own.notes, *dict.fromkeys(gaps(figures))],
    }
    return document("why", cells)


def _total(later: Union[Stretch, Unknown], earlier: Union[Stretch, Unknown]) -> Union[Json, Unknown]:
    if isinstance(later, Unknown) or isinstance(earlier, Unknown):
        return later if isinstance(later, Unknown) else earlier  # type: ignore[return-value]
    return {
        "before_usd": earlier.usd,
        "after_usd": later.usd,
        "change_usd": later.usd - earlier.usd if later.number == earlier.number else None,
        "usd_per_day_before": rounded(earlier.usd_per_day),
        "usd_per_day_after": rounded(later.usd_per_day),
        "usd_per_day_change": rounded(later.usd_per_day - earlier.usd_per_day),
    }
