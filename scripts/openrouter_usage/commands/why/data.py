"""Renders an explanation as JSON."""

from __future__ import annotations

from typing import Optional, Union

from openrouter_usage.commands.report.data import name_cells
from openrouter_usage.commands.why import words
from openrouter_usage.commands.why.records import Change, Changes, Effects, Explanation
from openrouter_usage.figures.groups import usd_per_request
from openrouter_usage.figures.outliers import Outlier
from openrouter_usage.records import NOT_APPLICABLE, Name, Person, Unknown
from openrouter_usage.text.document import Json, document, gaps, rounded, usd_cells


def render(found: Explanation) -> str:
    """Returns one JSON object and a newline. The effects of a row, or of the total, add up to its change exactly."""
    by_model, by_other, periods = found.by_model, found.by_other, found.periods
    figures: Json = {
        **_changes(by_model, "model"),
        "day": _outlier(found.outlier) if isinstance(found.outlier, Outlier) else found.outlier,
    }
    if isinstance(by_other, Changes):
        source = {"by": periods.by, "source": found.other_source}
        figures["through"] = {**source, **_changes(by_other, by_other.dimension)}
    elif by_other:
        figures["through"] = by_other
    cells: Json = {
        "as_of": found.as_of,
        "demo": found.demo,
        **({"profile": found.profile} if found.profile else {}),
        "source": found.source,
        "asked_with": found.key_name,
        "from": periods.later[0],
        "to": periods.later[1],
        "vs": {"from": periods.earlier[0], "to": periods.earlier[1]},
        "sentence": _sentence(found),
        **figures,
        "notes": [*found.notes, *dict.fromkeys(gaps(figures))],
    }
    return document("why", cells)


def _sentence(found: Explanation) -> Optional[str]:
    if isinstance(found.by_model, Changes):
        return words.headline(found.by_model, found.periods)
    return words.without_models(found.by_model, found) if found.totals else None


def _changes(changes: Union[Changes, Unknown], dimension: str) -> Json:
    if isinstance(changes, Unknown):
        return {"total": changes, "rows": changes}
    rows = [{**name_cells(dimension, _name(row, dimension)), **_cells(row)} for row in changes.rows]
    return {"total": _cells(changes.total), "rows": rows}


def _name(row: Change, dimension: str) -> Name:
    """Returns the whole name: of a key that is its label, which tells a nameless one from others."""
    return row.name if dimension == "model" or isinstance(row.name, Person) else row.label


def _cells(row: Change) -> Json:
    before, after = row.before._asdict(), row.after._asdict()
    each = [usd_per_request(use) for use in (row.before, row.after)]
    before_each, after_each = (None if one in NOT_APPLICABLE else rounded(one) for one in each)
    cells: Json = {
        "before_usd": before.pop("usd"),
        "after_usd": after.pop("usd"),
        "change_usd": row.usd,
        "usd_per_request_before": before_each,
        "usd_per_request_after": after_each,
        "effects": row.effects if isinstance(row.effects, Unknown) else _effects(row, row.effects),
        "mostly": list(row.main),
    }
    if row.shift:
        named = {"provider": row.shift.provider} if row.shift.provider else {}
        shares = {"before": rounded(row.shift.before), "after": rounded(row.shift.after)}
        cells["price_moved_by"] = {"part": row.shift.part, **named, **shares}
    return {**cells, "before": before, "after": after}


def _effects(row: Change, effects: Effects) -> Json:
    return {**usd_cells(effects), **{f"{name}_usd": None for name in row.untold}}


def _outlier(outlier: Outlier) -> Json:
    return {
        "date": outlier.day,
        "usd": outlier.usd,
        "median_usd": outlier.median,
        "score": rounded(outlier.score),
        "model": outlier.model,
        "model_usd": outlier.model_usd,
        "model_median_usd": outlier.model_median,
    }
