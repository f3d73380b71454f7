"""Writes sentences about how the spend changed and what made it change."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Union

from openrouter_usage.commands.report.known_days import NO_USE, is_unused
from openrouter_usage.commands.why.records import (
    BYOK_PART,
    LAST_MONTH,
    MONTH,
    WEEK,
    Change,
    Changes,
    Explanation,
    Periods,
)
from openrouter_usage.days import Span, days_before
from openrouter_usage.figures.groups import usd_per_request
from openrouter_usage.figures.outliers import Outlier
from openrouter_usage.records import A_CENT, NOT_APPLICABLE, Amount, Unknown
from openrouter_usage.text.amounts import dollars, percent, percent_change, price, signed
from openrouter_usage.text.dates import short_span


def headline(changes: Changes, periods: Periods) -> str:
    """Returns, for example, "Up $12.40 (+31%) from Nov 13 to 19, compared with the 7 days before: m +$9.00 (new)."."""
    before, change, than = changes.total.before.usd, printed_change(changes.total), base(periods)
    if isinstance(change, Unknown) or isinstance(before, Unknown):
        why = getattr(change, "reason", "")
        return _begun(f"The change {on(periods.later, periods)}, compared with {than}, is not known ({why}).", periods)
    if not changes.rows:
        return _begun(f"{NO_USE}: neither in {_days(periods.later, periods)} nor in {than}.", periods)
    what = size(before, change) + _byok(changes, change) + f" {on(periods.later, periods)}, compared with {than}"
    if is_unused([changes.total.before]):
        what += f", when {NO_USE}"
    is_unchanged = abs(change) < A_CENT
    by_what = f"{dollars(changes.total.after.usd)}{_offsets(changes)}" if is_unchanged else movers(changes)
    return _begun(f"{what}: {by_what}.", periods)


def without_models(gap: Unknown, found: Explanation) -> str:
    """Returns how the spend changed, as far as that is known, where it is not known what made it change."""
    if found.totals is None:
        return _begun(f"Why the spend changed: unknown ({gap.reason})", found.periods)
    before, after = found.totals
    change = after - before
    what = f"{size(before, change)} {on(found.periods.later, found.periods)}, compared with {base(found.periods)}"
    if abs(change) < A_CENT:
        return _begun(f"{what}: {dollars(after)}; what changed within it is unknown ({gap.reason}).", found.periods)
    return _begun(f"{what}; what made it change is unknown ({gap.reason}).", found.periods)


def _begun(sentence: str, periods: Periods) -> str:
    """Returns the sentence, after another one on the 1st of a month, of which no day is over yet."""
    if periods.kind != LAST_MONTH:
        return sentence
    start = sentence if sentence.startswith(NO_USE) else f"{sentence[0].lower()}{sentence[1:]}"
    return f"No day of this month is over yet. Last month: {start}"


def base(periods: Periods, with_lengths: bool = True) -> str:
    """Returns the name of the earlier period: "the 7 days before", "Oct 1 to 19, the same days of last month"."""
    later, earlier = periods.lengths
    lengths = f" ({later} days against {earlier})" if with_lengths and later != earlier else ""
    days = _days(periods.earlier, periods) + lengths
    if periods.kind == WEEK:
        return f"the week before, {days}"
    if periods.kind == MONTH:
        return f"{days}, {'all' if later != earlier else 'the same days'} of last month"
    if periods.kind == LAST_MONTH:
        return f"the month before, {days}"
    if periods.earlier != days_before(periods.later[0], later):
        return days
    return "the day before" if earlier == 1 else f"the {earlier} days before"


def _days(span: Span, periods: Periods) -> str:
    return short_span(span, periods.year)


def on(span: Span, periods: Periods) -> str:
    """Returns "from Nov 13 to 19", or "on Nov 13" for a single day."""
    return f"{'on' if span[0] == span[1] else 'from'} {_days(span, periods)}"


def size(before: Decimal, change: Decimal, unit: str = "") -> str:
    """Returns "Up $12.40 (+31%)" with the unit behind the amount, or that nothing changed."""
    if abs(change) < A_CENT:
        return "Unchanged"
    relative = percent_change(change / before) if before >= A_CENT else f"{dollars(before)} before" if before else ""
    return f"{'Up' if change > 0 else 'Down'} {dollars(abs(change))}{unit}" + (f" ({relative})" if relative else "")


def _byok(changes: Changes, change: Decimal) -> str:
    """Returns " but BYOK up $8.00 (+20%)" if that is a considerable part of the change, or against it, else nothing."""
    byok, before = changes.byok, changes.total.before.byok_usd
    if isinstance(byok, Unknown) or isinstance(before, Unknown):
        return ""
    if abs(byok) < A_CENT or abs(byok) < BYOK_PART * abs(change):
        return ""
    what = size(before, byok)
    return f" {'and' if byok * change > 0 else 'but'} BYOK {what[0].lower()}{what[1:]}"


def per_request(total: Change) -> str:
    """Returns what a request cost in both periods, such as "Per request: $0.024 before, $0.026 after (+8%)"."""
    before, after = map(usd_per_request, (total.before, total.after))
    if isinstance(before, Unknown) and isinstance(after, Unknown):
        return "" if before in NOT_APPLICABLE and after in NOT_APPLICABLE else f"Per request: unknown ({after.reason})"
    words = [f"{_each(usd)} {when}" for usd, when in ((before, "before"), (after, "after"))]
    change = ""
    if isinstance(before, Decimal) and isinstance(after, Decimal) and before > 0:
        change = f" ({percent_change(after / before - 1)})" if after != before else " (unchanged)"
    has_byok = bool(total.before.byok_usd or total.after.byok_usd)
    return f"Per request: {', '.join(words)}{change}{', BYOK included' if has_byok else ''}"


def _each(usd: Amount) -> str:
    if isinstance(usd, Decimal):
        return price(usd)
    return "none" if usd in NOT_APPLICABLE else "unknown"


def movers(changes: Changes) -> str:
    """Returns the movers, and the number of other rows if the movers are not half of all changes."""
    named = [f"{_name_and_change(row)}{_causes(row)}" for row in changes.movers]
    changed = [row for row in changes.rows if isinstance(row.usd, Decimal) and row.usd]
    if not named:
        return f"{len(changed)} of them, each less than a cent"
    told, every = (sum(abs(row.noticeable) for row in rows) for rows in (changes.movers, changed))
    more = f" and {len(changed) - len(named)} more" if told * 2 < every else ""
    return ", ".join(named) + more


def _offsets(changes: Changes) -> str:
    """Returns the largest rise and the largest fall if changes cancel each other out."""
    rise, fall = (next((row for row in changes.rows if row.noticeable * sign > 0), None) for sign in (1, -1))
    if rise is None or fall is None:
        return ""
    first, second = _name_and_change(rise), _name_and_change(fall)
    is_all = abs(rise.noticeable + fall.noticeable) < A_CENT
    names = f"{first} and {second}" if is_all else f"{first}, {second} and others"
    return f"; {names} make up for each other"


def _name_and_change(row: Change) -> str:
    change = printed_change(row)
    return f"{row.label} {dollars(change) if isinstance(change, Unknown) else signed(change)}"


def printed_change(row: Change) -> Amount:
    """Returns the difference of the amounts as they are printed, or the exact change if they look the same."""
    before, after = row.before.usd, row.after.usd
    if isinstance(before, Unknown) or isinstance(after, Unknown) or dollars(before) == dollars(after):
        return row.usd
    return after.quantize(A_CENT, ROUND_HALF_UP) - before.quantize(A_CENT, ROUND_HALF_UP) or row.usd


def _causes(row: Change) -> str:
    """Returns what made a change, in brackets: " (new)" or " (more and bigger requests)"."""
    known_first = sorted(row.main, key=lambda effect: effect == "unsplit")
    causes = [_cause(effect, row) for effect in known_first]
    if set(row.main) == {"requests", "size"}:
        causes = [f"{' and '.join(one.partition(' ')[0] for one in causes)} requests"]
    return f" ({' and '.join(causes)})" if causes else ""


def _cause(effect: str, row: Change) -> str:
    is_up = row.noticeable > 0
    if effect in ("requests", "size") and isinstance(row.before.usd, Decimal) and row.before.usd < 0:
        is_up = not is_up  # fewer or smaller refunds are a rise
    if effect == "price":
        price, shift = f"a {'higher' if is_up else 'lower'} price per token", row.shift
        if shift is None:
            return price
        return f"{price}: {shift.provider or shift.part} {percent(shift.before)} to {percent(shift.after)}"
    return {
        "new": "new",
        "gone": "not used any more",
        "requests": f"{'more' if is_up else 'fewer'} requests",
        "size": f"{'bigger' if is_up else 'smaller'} requests",
        "unsplit": _unsplit(row, is_up),
    }[effect]


def _unsplit(row: Change, is_up: bool) -> str:
    """Returns what is known of a change that has no known cause."""
    if all(isinstance(use.requests, int) and use.requests > 0 for use in (row.before, row.after)):
        return f"{'dearer' if is_up else 'cheaper'} requests, tokens not told"
    return "why is not told"


def of_one_day(found: Explanation) -> str:
    """Returns how much of the change is one day's, "2026-11-17 alone was $12.10 above a usual day ($5.25)", and why."""
    outlier = found.outlier
    if not isinstance(outlier, Outlier) or not found.is_of_one_day:
        return ""
    above, usual = dollars(outlier.usd - outlier.median), dollars(outlier.median)
    when = "" if outlier.day >= found.periods.later[0] else ", in the period before,"
    return f"{outlier.day}{when} alone was {above} above a usual day ({usual}); {_dearest_model(outlier)}."


def outlier_sentence(outlier: Union[Outlier, Unknown, None]) -> str:
    """Returns which day cost far more than the others, and by which model."""
    if isinstance(outlier, Unknown):
        return f"Whether a day stood out is unknown ({outlier.reason})."
    if outlier is None:
        return "No day stood out."
    usd, median = dollars(outlier.usd), dollars(outlier.median)
    return f"{outlier.day} stood out: {usd}, the median day {median}; {_dearest_model(outlier)}."


def _dearest_model(outlier: Outlier) -> str:
    is_most = (outlier.model_usd - outlier.model_median) * 2 >= outlier.usd - outlier.median
    which = f"mostly {outlier.label}" if is_most else f"of its many models {outlier.label} most"
    return f"{which}: {dollars(outlier.model_usd)}, on its median day {dollars(outlier.model_median)}"
