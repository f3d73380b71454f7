"""Renders an explanation as JSON."""

from decimal import Decimal
from typing import Union

from openrouter_usage.commands.why import words
from openrouter_usage.commands.why.records import Change, Changes, Effects, Explanation, Outlier, Shift
from openrouter_usage.records import Span, Unknown, Use
from openrouter_usage.text.document import Json, document, gaps

PLACES = Decimal("1e-10")


def render(found: Explanation) -> str:
    """One JSON object; the effects of each row, and of the total, add up to its change exactly."""
    models, periods = found.models, found.periods
    figures: Json = {
        **_changes(models, "model"),
        "day": _day(found.day) if isinstance(found.day, Outlier) else found.day,
        **({"through": _through(found)} if found.through is not None else {}),
    }
    cells: Json = {
        "as_of": found.as_of,
        "demo": found.demo,
        **({"profile": found.profile} if found.profile else {}),
        "source": found.source,
        "asked_with": found.asker,
        "from": periods.later[0],
        "to": periods.later[1],
        "vs": _span(periods.earlier),
        "sentence": words.headline(models, periods) if isinstance(models, Changes) else None,
        **figures,
        "notes": [*found.notes, *dict.fromkeys(gaps(figures))],
    }
    return document("why", cells)


def _span(span: Span) -> Json:
    return {"from": span[0], "to": span[1]}


def _changes(changes: Union[Changes, Unknown], dimension: str) -> Json:
    if isinstance(changes, Unknown):
        return {"total": changes, "rows": changes}
    return {"total": _figures(changes.total), "rows": [_row(row, dimension) for row in changes.rows]}


def _through(found: Explanation) -> Union[Json, Unknown, None]:
    changes, by = found.through, found.periods.by or ""
    return (
        {"by": by, "source": found.through_source, **_changes(changes, by)} if isinstance(changes, Changes) else changes
    )


def _row(row: Change, dimension: str) -> Json:
    return {dimension: row.name if dimension == "model" else row.label, **_figures(row)}


def _figures(row: Change) -> Json:
    return {
        "before_usd": row.before.usd,
        "after_usd": row.after.usd,
        "change_usd": row.usd,
        "effects": _effects(row.effects),
        "mostly": list(row.main),
        **({"price_moved_by": _shift(row.shift)} if row.shift else {}),
        "before": _use(row.before),
        "after": _use(row.after),
    }


def _effects(effects: Union[Effects, Unknown]) -> Union[Json, Unknown]:
    if isinstance(effects, Unknown):
        return effects
    return {f"{name}_usd": amount for name, amount in effects._asdict().items()}


def _shift(shift: Shift) -> Json:
    named = {"provider": shift.provider} if shift.provider else {}
    return {"part": shift.part, **named, "before": _rounded(shift.before), "after": _rounded(shift.after)}


def _use(use: Use) -> Json:
    cells = use._asdict()
    del cells["usd"]
    return cells


def _rounded(ratio: Decimal) -> Decimal:
    return ratio.quantize(PLACES)


def _day(one: Outlier) -> Json:
    return {
        "date": one.day,
        "usd": one.usd,
        "median_usd": one.median,
        "score": _rounded(one.score),
        "model": one.model,
        "model_usd": one.model_usd,
        "model_median_usd": one.model_median,
    }
