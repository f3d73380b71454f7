"""Sums the rows of a breakdown by model."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Dict, Iterable, List, Sequence, Tuple, Union

from insights.windows import total
from usage import ActivityRow, ModelRow, ModelTable, Unknown

SHOWN = 8


def by_model(rows: Iterable[ActivityRow], first: date, last: date) -> ModelTable:
    """Spend per model from `first` to `last`, both UTC days included, dearest first.

    The same day and model comes once per endpoint: the rows are summed, never overwritten.
    """
    groups: Dict[str, List[ActivityRow]] = {}
    for row in rows:
        if first <= row.day <= last:
            groups.setdefault(row.model, []).append(row)
    labels = short_names(groups)
    table = sorted((_sum(model, labels[model], group) for model, group in groups.items()), key=_dearest)
    rest = table[SHOWN:]
    return ModelTable(
        first,
        last,
        total=total((row.usd for row in table), Decimal(0)),
        rows=tuple(table),
        shown=tuple(table[:SHOWN]),
        rest=_sum(f"{len(rest)} more", f"{len(rest)} more", rest) if rest else None,
    )


def _sum(model: str, label: str, rows: Sequence[Union[ActivityRow, ModelRow]]) -> ModelRow:
    return ModelRow(
        model,
        label,
        usd=total((row.usd for row in rows), Decimal(0)),
        byok_usd=total((row.byok_usd for row in rows), Decimal(0)),
        requests=total((row.requests for row in rows), 0),
        prompt_tokens=total((row.prompt_tokens for row in rows), 0),
        completion_tokens=total((row.completion_tokens for row in rows), 0),
        reasoning_tokens=total((row.reasoning_tokens for row in rows), 0),
        cached_tokens=total((row.cached_tokens for row in rows), 0),
    )


def _dearest(row: ModelRow) -> Tuple[bool, Decimal, Decimal, str]:
    """Sorts by spend, then BYOK, both falling; what is not known comes first, lest it hide in the rest."""
    usd = Decimal(0) if isinstance(row.usd, Unknown) else row.usd
    byok = Decimal(0) if isinstance(row.byok_usd, Unknown) else row.byok_usd
    return (not isinstance(row.usd, Unknown), -usd, -byok, row.model)


def short_names(models: Iterable[str]) -> Dict[str, str]:
    """Each model's name without its vendor, unless two would then look the same."""
    short = {model: model.split("/", 1)[-1] or model for model in models}
    seen = Counter(short.values())
    labels = {model: name if seen[name] == 1 else model for model, name in short.items()}
    return labels if len(set(labels.values())) == len(labels) else {model: model for model in labels}
