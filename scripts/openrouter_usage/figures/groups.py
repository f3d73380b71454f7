"""Groups use by its names, dearest first, and loses none of it."""

from collections import Counter
from decimal import Decimal
from typing import Any, Dict, Iterable, List, Sequence, Tuple

from openrouter_usage.figures.windows import total
from openrouter_usage.records import TIMES, Name, Unknown, UsageTable, Use

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
