"""Picks the rows of a table by day, model or key."""

from datetime import date, datetime
from typing import Callable, Collection, Dict, FrozenSet, Union

from openrouter_usage.dimensions import TIMES
from openrouter_usage.matching import matches, meant, pattern
from openrouter_usage.records import Unknown, UsageRow, UsageTable

FREE = ":free"


def names_in(table: UsageTable, dimension: str) -> FrozenSet[str]:
    """Returns the names that the table has in a dimension, none if it has not that dimension."""
    if dimension not in table.dimensions:
        return frozenset()
    column = table.dimensions.index(dimension)
    return frozenset(str(row.names[column]) for row in table.rows)


def named(table: UsageTable, models: Union[Dict[str, str], Unknown], days: Collection[date]) -> UsageTable:
    """Returns the rows of these UTC days, with the models' own names for the versions by which analytics calls them."""
    if "model" in table.dimensions and not isinstance(models, Unknown):
        column = table.dimensions.index("model")
        renamed = []
        for row in table.rows:
            model = _model(row, column, models)
            renamed.append(row._replace(names=(*row.names[:column], model, *row.names[column + 1 :])))
        table = table._replace(rows=tuple(renamed))
    return within(table, days)


def _model(row: UsageRow, column: int, models: Dict[str, str]) -> str:
    """Returns the row's model. A use that cost something is not the free variant's, which has the same version."""
    version = str(row.names[column])
    model = models.get(version, version)
    return version if model.endswith(FREE) and row.use.usd else model


def within(table: UsageTable, days: Collection[date]) -> UsageTable:
    """Returns the rows of these UTC days, or all rows of a table without a time."""
    column = next((table.dimensions.index(time) for time in TIMES if time in table.dimensions), None)
    if column is None:
        return table
    kept, times = frozenset(days), [row.names[column] for row in table.rows]
    dates = [time.date() if isinstance(time, datetime) else time for time in times]
    return table._replace(rows=tuple(row for row, day in zip(table.rows, dates) if day in kept))


def with_tokens(table: UsageTable) -> UsageTable:
    """Returns the rows that have a price per token; those of videos, for one, have no tokens."""
    kept = (row for row in table.rows if row.use.prompt_tokens != 0 or row.use.completion_tokens != 0)
    return table._replace(rows=tuple(kept))


def of_models(table: UsageTable, glob: str) -> UsageTable:
    """Returns the rows whose model matches the pattern."""
    compared = pattern(glob)
    return _matching(table, "model", lambda model: matches(compared, model))


def of_key(table: UsageTable, key: str, labels: Dict[str, str]) -> UsageTable:
    """Returns the rows of the key of that name or label. `labels` are those of all keys, by name."""
    chosen = wanted_keys(key, labels)
    return _matching(table, "key", lambda name: name in chosen)


def wanted_keys(key: str, labels: Dict[str, str]) -> FrozenSet[str]:
    """Returns the names of the keys that a name or a label means, none if it means no key."""
    labelled = meant(key, labels.values())
    return meant(key, labels) or frozenset(name for name, label in labels.items() if label in labelled)


def _matching(table: UsageTable, dimension: str, fits: Callable[[str], bool]) -> UsageTable:
    column = table.dimensions.index(dimension)
    fitting = {name for name in names_in(table, dimension) if fits(name)}
    return table._replace(rows=tuple(row for row in table.rows if row.names[column] in fitting))
