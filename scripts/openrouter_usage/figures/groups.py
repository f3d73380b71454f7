"""Groups use by its names, dearest first, and loses none of it."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any, Dict, Iterable, List, Sequence, Tuple, Union

from openrouter_usage.commands.summary.records import ModelRow, ModelTable
from openrouter_usage.figures.windows import total
from openrouter_usage.records import TIMES, Name, Unknown, UsageTable, Use

SHOWN = 8
NOTHING = Use(Decimal(0), Decimal(0), 0, 0, 0, 0, 0)

Names = Tuple[Name, ...]


def add_up(uses: Iterable[Use]) -> Use:
    """The sum of each figure, exactly; a figure that one of them lacks is not known of all."""
    every = list(uses)
    return Use(
        usd=total((use.usd for use in every), Decimal(0)),
        byok_usd=total((use.byok_usd for use in every), Decimal(0)),
        requests=total((use.requests for use in every), 0),
        prompt_tokens=total((use.prompt_tokens for use in every), 0),
        completion_tokens=total((use.completion_tokens for use in every), 0),
        reasoning_tokens=total((use.reasoning_tokens for use in every), 0),
        cached_tokens=total((use.cached_tokens for use in every), 0),
    )


def by_spend(use: Use) -> Tuple[bool, Decimal, Decimal]:
    """Sorts by spend, then BYOK, both falling; what is not known comes first, lest it hide in the rest."""
    usd = Decimal(0) if isinstance(use.usd, Unknown) else use.usd
    byok = Decimal(0) if isinstance(use.byok_usd, Unknown) else use.byok_usd
    return (not isinstance(use.usd, Unknown), -usd, -byok)


def by_model(table: UsageTable, first: date, last: date, today: Union[UsageTable, Unknown, None] = None) -> ModelTable:
    """A table's spend per model, dearest first; its rows are of the UTC days from `first` to `last`, both included.

    `today` has the rows of today, which is none of these days. A model that was not used before is placed by them.
    """
    uses = _by_model(table)
    live = _by_model(today) if isinstance(today, UsageTable) else {}
    names = sorted({**uses, **live}, key=lambda name: (by_spend(uses.get(name) or live[name]), name))
    labels = short_names(names)
    unused = NOTHING if isinstance(today, UsageTable) else None
    rows = [ModelRow(name, labels[name], uses.get(name, NOTHING), live.get(name, unused)) for name in names]
    telling = [row for row in rows if not row.is_new or row.worth_of_today is not None]
    return ModelTable(
        first,
        last,
        total=add_up(uses.values()).usd,
        rows=tuple(rows),
        shown=tuple(telling[:SHOWN]),
        rest=_together(telling[SHOWN:]) if telling[SHOWN:] else None,
        today=add_up(live.values()) if isinstance(today, UsageTable) else today,
    )


def _by_model(table: UsageTable) -> Dict[str, Use]:
    return {str(model): use for (model,), use in grouped(table, ("model",)).items()}


def _together(rows: Sequence[ModelRow]) -> ModelRow:
    label = f"{len(rows)} more"
    live = [row.today for row in rows if row.today is not None]
    return ModelRow(label, label, add_up(row.use for row in rows), add_up(live) if live else None)


def grouped(table: UsageTable, by: Sequence[str]) -> Dict[Names, Use]:
    """The use of each group of the table's rows.

    The same names may come several times, once per endpoint: the rows are summed, never overwritten.
    """
    columns = [table.dimensions.index(dimension) for dimension in by]
    groups: Dict[Names, List[Use]] = {}
    for row in table.rows:
        groups.setdefault(tuple(row.names[column] for column in columns), []).append(row.use)
    return {names: add_up(uses) for names, uses in groups.items()}


def in_order(groups: Dict[Names, Use], by: Sequence[str]) -> Dict[Names, Use]:
    """Groups as they are read: times from the oldest on, all else dearest first; of two dimensions, within the first
    one where either is a time."""
    if by[0] in TIMES:
        places: Dict[Names, Any] = {names: (names[0], by_spend(use), names) for names, use in groups.items()}
    elif by[-1] in TIMES:
        heads: Dict[Name, List[Use]] = {}
        for names, use in groups.items():
            heads.setdefault(names[0], []).append(use)
        ranks = {head: by_spend(add_up(uses)) for head, uses in heads.items()}
        places = {names: (ranks[names[0]], names) for names in groups}
    else:
        places = {names: (by_spend(use), names) for names, use in groups.items()}
    return {names: groups[names] for names in sorted(groups, key=places.__getitem__)}


def short_names(models: Iterable[str]) -> Dict[str, str]:
    """Each model's name without its vendor, unless two would then look the same."""
    short = {model: model.split("/", 1)[-1] or model for model in models}
    seen = Counter(short.values())
    labels = {model: name if seen[name] == 1 else model for model, name in short.items()}
    return labels if len(set(labels.values())) == len(labels) else {model: model for model in labels}
