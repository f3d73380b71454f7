"""Writes sentences about how the spend changed and what made it change."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Union

from openrouter_usage.commands.why.records import EXPLAINED_PART, Change, Changes, Explanation, Periods
from openrouter_usage.days import days_before
from openrouter_usage.figures.outliers import Outlier
from openrouter_usage.records import A_CENT, Amount, Unknown
from openrouter_usage.text.amounts import dollars, percent, percent_change, signed
from openrouter_usage.text.dates import written


def headline(changes: Changes, periods: Periods) -> str:
    """Returns, for example, "Up $12.40 (+31%) on the week before: gpt-5.1 +$9.00, new."."""
    before, change, base = changes.total.before.usd, printed_change(changes.total), _base(periods)
    if isinstance(change, Unknown) or isinstance(before, Unknown):
        return f"The change on {base} is not known ({getattr(change, 'reason', '')})."
    if not changes.rows:
        return f"Nothing was used: neither in {written(periods.later)} nor in {base}."
    if abs(change) < A_CENT:
        return f"Unchanged on {base}: {dollars(changes.total.after.usd)}{_offsets(changes)}."
    verb = "Up" if change > 0 else "Down"
    return f"{verb} {dollars(abs(change))} ({_relative(change, before)}) on {base}: {movers(changes)}."


def without_models(gap: Unknown, found: Explanation) -> str:
    """Returns how the spend changed, as far as that is known, where it is not known what made it change."""
    if found.totals is None:
        return f"Why the spend changed: unknown ({gap.reason})"
    before, after = found.totals
    change, base = after - before, _base(found.periods)
    if abs(change) < A_CENT:
        return f"Unchanged on {base}: {dollars(after)}; what changed within it is unknown ({gap.reason})."
    verb = "Up" if change > 0 else "Down"
    size = f"{verb} {dollars(abs(change))} ({_relative(change, before)}) on {base}"
    return f"{size}; what made it change is unknown ({gap.reason})."


def _base(periods: Periods) -> str:
    """Returns the name of the earlier period: "the week before", "the 14 days before", "2026-10-01 to 2026-10-07"."""
    later, earlier = periods.lengths
    if periods.earlier != days_before(periods.later[0], later):
        return written(periods.earlier) + (f" ({later} days against {earlier})" if later != earlier else "")
    return {1: "the day before", 7: "the week before"}.get(earlier, f"the {earlier} days before")


def _relative(change: Decimal, before: Decimal) -> str:
    if before < A_CENT:
        return f"from {dollars(before)}" if before else "from nothing"
    return percent_change(change / before)


def movers(changes: Changes) -> str:
    """Returns the movers, and the number of other rows in their direction if the movers are not half of the change."""
    named = [f"{_name_and_change(row)}{_causes(row)}" for row in changes.movers]
    change = changes.total.noticeable
    explained = sum(abs(row.noticeable) for row in changes.movers)
    if explained < EXPLAINED_PART * abs(change):
        along = [row for row in changes.rows if isinstance(row.usd, Decimal) and row.usd * change > 0]
        others = len(along) - len(named)
        named.append(f"{others} more" if named else f"{others} of them, each less than a cent")
    return "; ".join(named)


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
    """Returns what made a change, after a comma: ", new" or ", mostly bigger requests"."""
    causes = [_cause(effect, row) for effect in row.main]
    if not causes:
        return ""
    return f", {causes[0]}" if row.main[0] in ("new", "gone") else f", mostly {' and '.join(causes)}"


def _cause(effect: str, row: Change) -> str:
    is_up = row.noticeable > 0
    if effect in ("requests", "size") and isinstance(row.before.usd, Decimal) and row.before.usd < 0:
        is_up = not is_up  # fewer or smaller refunds are a rise
    if effect == "price":
        counts = [(use.prompt_tokens, use.completion_tokens) for use in (row.before, row.after)]
        has_tokens = all(isinstance(one, int) for pair in counts for one in pair) and all(map(any, counts))
        unit = "token" if has_tokens else "request"
        price, shift = f"a {'higher' if is_up else 'lower'} price per {unit}", row.shift
        if shift is None:
            return price
        return f"{price} ({shift.provider or shift.part} {percent(shift.before)} to {percent(shift.after)})"
    return {
        "new": "new",
        "gone": "not used any more",
        "requests": f"{'more' if is_up else 'fewer'} requests",
        "size": f"{'bigger' if is_up else 'smaller'} requests",
        "unsplit": "for reasons that OpenRouter's figures do not tell",
    }[effect]


def outlier_sentence(outlier: Union[Outlier, Unknown, None]) -> str:
    """Returns which day cost far more than the others, and by which model."""
    if isinstance(outlier, Unknown):
        return f"Whether a day stood out is unknown ({outlier.reason})."
    if outlier is None:
        return "No day stood out."
    amounts = (outlier.usd, outlier.median, outlier.model_usd, outlier.model_median)
    usd, median, model_usd, model_median = map(dollars, amounts)
    is_most = (outlier.model_usd - outlier.model_median) * 2 >= outlier.usd - outlier.median
    which = f"mostly {outlier.label}" if is_most else f"of its many models {outlier.label} most"
    day = f"{outlier.day} stood out: {usd}, the median day {median}"
    return f"{day}; {which}: {model_usd}, on its median day {model_median}."
