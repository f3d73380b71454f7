"""Picks the rows of a table by day and by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Union

from openrouter_usage.dimensions import TIMES
from openrouter_usage.figures import groups
from openrouter_usage.matching import matches, meant, pattern
from openrouter_usage.records import Name, Person, Unknown, UsageRow, UsageTable

if TYPE_CHECKING:
    from openrouter_usage.figures.zones import Zone

FREE = ":free"


def names_in(table: UsageTable, dimension: str) -> frozenset[str]:
    """Returns the names that the table has in a dimension, none if it has not that dimension."""
    if dimension not in table.dimensions:
        return frozenset()
    column = table.dimensions.index(dimension)
    return frozenset(str(row.names[column]) for row in table.rows)


def named(table: UsageTable, models: Union[dict[str, str], Unknown], days: Collection[date]) -> UsageTable:
    """Returns the rows of these UTC days, with the models' own names for the versions by which analytics calls them."""
    if "model" in table.dimensions and not isinstance(models, Unknown):
        column = table.dimensions.index("model")
        renamed = []
        for row in table.rows:
            renamed.append(_renamed(row, column, _model(row, column, models)))
        table = table._replace(rows=tuple(renamed))
    return within(table, days)


def _model(row: UsageRow, column: int, models: dict[str, str]) -> str:
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


def dearest(table: UsageTable, dimension: str) -> tuple[str, ...]:
    """Returns the names that the table has in a dimension, as they are printed, the dearest first."""
    uses = groups.grouped(table, (dimension,))
    printed = groups.labels(name for (name,) in uses)
    return tuple(printed[name] for (name,) in groups.in_order(uses, (dimension,)))


def in_zone(table: UsageTable, zone: Zone) -> UsageTable:
    """Returns the rows of a table by hour with the hours as the zone's clocks show them."""
    column = table.dimensions.index("hour")

    def shown(name: Name) -> Name:
        return zone.local(name) if isinstance(name, datetime) else name

    local = {name: shown(name) for name in {row.names[column] for row in table.rows}}
    return table._replace(rows=tuple(_renamed(row, column, local[row.names[column]]) for row in table.rows))


def _renamed(row: UsageRow, column: int, name: Name) -> UsageRow:
    return row._replace(names=(*row.names[:column], name, *row.names[column + 1 :]))


def with_tokens(table: UsageTable) -> UsageTable:
    """Returns the rows that have a price per token; those of videos, for one, have no tokens."""
    kept = (row for row in table.rows if row.use.prompt_tokens != 0 or row.use.completion_tokens != 0)
    return table._replace(rows=tuple(kept))


def fitting(names: Iterable[Name], wanted: str) -> frozenset[Name]:
    """Returns the names that are the wanted one, or match it as a shell pattern.

    The case does not matter. A person has two names: the email is one of them.
    """
    compared, plain = pattern(wanted), wanted.casefold()

    def fits(name: Name) -> bool:
        texts = name if isinstance(name, Person) else (str(name),)
        return any(text.casefold() == plain or matches(compared, text) for text in texts if text)

    return frozenset(filter(fits, names))


def of_names(table: UsageTable, dimension: str, wanted: Iterable[str]) -> UsageTable:
    """Returns the rows whose name in that dimension fits one of the wanted ones."""
    column = table.dimensions.index(dimension)
    names = {row.names[column] for row in table.rows}
    kept = frozenset(name for one in wanted for name in fitting(names, one))
    return table._replace(rows=tuple(row for row in table.rows if row.names[column] in kept))


def of_keys(table: UsageTable, keys: Iterable[str], labels: dict[str, str]) -> UsageTable:
    """Returns the rows of the keys of these names or labels. `labels` are those of all keys, by name."""
    chosen, column = wanted_keys(keys, labels), table.dimensions.index("key")
    return table._replace(rows=tuple(row for row in table.rows if row.names[column] in chosen))


def wanted_keys(keys: Iterable[str], labels: dict[str, str]) -> frozenset[str]:
    """Returns the names of the keys that names or labels mean, none if they mean no key."""
    return frozenset(name for key in keys for name in _wanted_key(key, labels))


def _wanted_key(key: str, labels: dict[str, str]) -> frozenset[str]:
    labelled = meant(key, labels.values())
    return meant(key, labels) or frozenset(name for name, label in labels.items() if label in labelled)
