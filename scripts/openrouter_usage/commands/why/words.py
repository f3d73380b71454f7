"""Writes in words how the spend changed and what made it change."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Optional

from openrouter_usage.commands.why.records import Change, Changes, Outlier, Periods, Shift
from openrouter_usage.records import A_CENT, Amount, Unknown
from openrouter_usage.text.amounts import dollars, percent, signed
from openrouter_usage.text.dates import written


def headline(changes: Changes, periods: Periods) -> str:
    """The sentence that a person wants, such as "Up $12.40 (+31%) on the week before: gpt-5.1 +$9.00, new."."""
    before, change, against = changes.total.before.usd, changed(changes.total), _before(periods)
    if isinstance(change, Unknown) or isinstance(before, Unknown):
        return f"The change on {against} is not known ({getattr(change, 'reason', '')})."
    if not changes.rows:
        return f"Nothing was used: neither in {written(periods.later)} nor in {against}."
    if abs(change) < A_CENT:
        return f"Unchanged on {against}: {dollars(changes.total.after.usd)}{_offsets(changes)}."
    verb = "Up" if change > 0 else "Down"
    return f"{verb} {dollars(abs(change))} ({_relative(change, before)}) on {against}: {movers(changes)}."


def _relative(change: Decimal, before: Decimal) -> str:
    if before < A_CENT:
        return f"from {dollars(before)}" if before else "from nothing"
    whole = int((change * 100 / before).to_integral_value(ROUND_HALF_UP))
    return f"{whole:+d}%" if whole else "less than 1%"


def movers(changes: Changes) -> str:
    """Those that explain the change, and how many others went its way where these are not half of it."""
    named = [f"{_moved(row)}{_how(row)}" for row in changes.movers]
    total = changes.total.usd
    along = [row for row in changes.rows if _goes_with(row.usd, total)]
    explained = sum((row.usd for row in changes.movers if isinstance(row.usd, Decimal)), Decimal(0))
    if isinstance(total, Decimal) and abs(total) >= A_CENT and abs(explained) * 2 < abs(total):
        others = len(along) - len(named)
        named.append(f"{others} more" if named else f"{others} of them, each less than a cent")
    return "; ".join(named)


def _goes_with(one: Amount, total: Amount) -> bool:
    return isinstance(one, Decimal) and isinstance(total, Decimal) and one * total > 0


def _before(periods: Periods) -> str:
    """What it is compared with: "the week before", "the 14 days before", "2026-10-01 to 2026-10-07"."""
    later, number = periods.lengths
    if not periods.follows:
        return written(periods.earlier) + (f" ({later} days against {number})" if later != number else "")
    return {1: "the day before", 7: "the week before"}.get(number, f"the {number} days before")


def _offsets(changes: Changes) -> str:
    """What made up for each other, the largest rise and the largest fall by name."""
    moved = [(row, row.usd) for row in changes.rows if isinstance(row.usd, Decimal) and abs(row.usd) >= A_CENT]
    rise, fall = (next((row for row, usd in moved if usd * sign > 0), None) for sign in (1, -1))
    if rise is None or fall is None:
        return ""
    is_all = abs(sum((row.usd for row in (rise, fall) if isinstance(row.usd, Decimal)), Decimal(0))) < A_CENT
    told = f"{_moved(rise)} and {_moved(fall)}" if is_all else f"{_moved(rise)}, {_moved(fall)} and others"
    return f"; {told} make up for each other"


def _moved(row: Change) -> str:
    change = changed(row)
    return f"{row.label} {dollars(change) if isinstance(change, Unknown) else signed(change)}"


def changed(row: Change) -> Amount:
    """The change between the amounts as they are printed; where these look the same, the change itself."""
    before, after = row.before.usd, row.after.usd
    if isinstance(row.usd, Unknown) or isinstance(before, Unknown) or isinstance(after, Unknown):
        return row.usd
    if dollars(before) == dollars(after):
        return row.usd
    return after.quantize(A_CENT, ROUND_HALF_UP) - before.quantize(A_CENT, ROUND_HALF_UP) or row.usd


def _how(row: Change) -> str:
    """What made a change, after a comma: ", new", ", mostly bigger requests"."""
    words = [_cause(name, row) for name in row.main]
    if not words:
        return ""
    return f", {words[0]}" if row.main[0] in ("new", "gone") else f", mostly {' and '.join(words)}"


def _cause(name: str, row: Change) -> str:
    is_up = isinstance(row.usd, Decimal) and row.usd > 0
    if name in ("requests", "size") and isinstance(row.before.usd, Decimal) and row.before.usd < 0:
        is_up = not is_up  # of refunds fewer, or smaller ones, are a rise
    if name == "price":
        unit = "token" if row.has_tokens else "request"
        return f"a {'higher' if is_up else 'lower'} price per {unit}{_because(row.shift)}"
    return {
        "new": "new",
        "gone": "not used any more",
        "requests": f"{'more' if is_up else 'fewer'} requests",
        "size": f"{'bigger' if is_up else 'smaller'} requests",
        "unsplit": "for reasons that OpenRouter's figures do not tell",
    }[name]


def _because(shift: Optional[Shift]) -> str:
    if shift is None:
        return ""
    return f" ({shift.provider or shift.part} {percent(shift.before)} to {percent(shift.after)})"


def standing_out(one: Outlier) -> str:
    """Which day cost far more than the others, and by which model."""
    usd, usual, own, own_usual = map(dollars, (one.usd, one.median, one.model_usd, one.model_median))
    is_most = (one.model_usd - one.model_median) * 2 >= one.usd - one.median
    which = f"mostly {one.label}" if is_most else f"of its many models {one.label} most"
    return f"{one.day} stood out: {usd}, the median day {usual}; {which}: {own}, on its median day {own_usual}."
