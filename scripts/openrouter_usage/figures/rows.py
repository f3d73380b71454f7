"""Picks from a table the rows that a query wants."""

from datetime import date, datetime
from typing import Callable, Collection, Dict, FrozenSet, Tuple, Union

from openrouter_usage.matching import matches, meant, pattern
from openrouter_usage.records import TIMES, Name, Unknown, UsageRow, UsageTable

FREE = ":free"


def names_in(table: UsageTable, dimension: str) -> FrozenSet[str]:
    """The names that the table has in one dimension; none where it has not that dimension."""
    if dimension not in table.dimensions:
        return frozenset()
    column = table.dimensions.index(dimension)
    return frozenset(str(row.names[column]) for row in table.rows)


def named(table: UsageTable, models: Union[Dict[str, str], Unknown], days: Collection[date]) -> UsageTable:
    """The rows of these UTC days; where analytics calls a model by its version, by the model's own name, if known."""
    if "model" in table.dimensions and not isinstance(models, Unknown):
        column = table.dimensions.index("model")
        rows = (row._replace(names=_with(row.names, column, _model(row, column, models))) for row in table.rows)
        table = table._replace(rows=tuple(rows))
    return within(table, days)


def _model(row: UsageRow, column: int, models: Dict[str, str]) -> str:
    """What costs something is not the free variant, which shares its version with those that do."""
    version = str(row.names[column])
    model = models.get(version, version)
    return version if model.endswith(FREE) and row.use.usd else model


def _with(names: Tuple[Name, ...], column: int, name: str) -> Tuple[Name, ...]:
    return (*names[:column], name, *names[column + 1 :])


def within(table: UsageTable, days: Collection[date]) -> UsageTable:
    """The rows of these days; all of them where they tell no time."""
    column = next((table.dimensions.index(time) for time in TIMES if time in table.dimensions), None)
    if column is None:
        return table
    wanted = frozenset(days)
    return table._replace(rows=tuple(row for row in table.rows if _day(row.names[column]) in wanted))


def _day(name: Name) -> date:
    if isinstance(name, datetime):
        return name.date()
    return name if isinstance(name, date) else date.min


def of_models(table: UsageTable, glob: str) -> UsageTable:
    """The rows whose model fits the pattern."""
    compared = pattern(glob)
    return _of(table, "model", lambda model: matches(compared, model))


def of_key(table: UsageTable, wanted: str, labels: Dict[str, str]) -> UsageTable:
    """The rows of the key of that name, or of that label; `labels` are of all keys by name."""
    chosen = wanted_keys(wanted, labels)
    return _of(table, "key", lambda key: key in chosen)


def wanted_keys(wanted: str, labels: Dict[str, str]) -> FrozenSet[str]:
    """The names of the keys that a name or a label means; none where it means none."""
    labelled = meant(wanted, labels.values())
    return meant(wanted, labels) or frozenset(name for name, label in labels.items() if label in labelled)


def _of(table: UsageTable, dimension: str, fits: Callable[[str], bool]) -> UsageTable:
    column = table.dimensions.index(dimension)
    fitting = {name for name in names_in(table, dimension) if fits(name)}
    return table._replace(rows=tuple(row for row in table.rows if row.names[column] in fitting))
