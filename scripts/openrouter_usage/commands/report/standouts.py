"""Finds the rows that answer the usual questions outright: the dearest models, the one that hardly reads from cache."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Callable, Optional

from openrouter_usage.commands.report.records import ReportRow, Standouts
from openrouter_usage.records import DAY_NOT_KNOWN, Amount, total

LEAST_USD = Decimal(1)
"""The credits and BYOK in USD above which a model's prices and its cache are spoken of."""

BIG_SHARE = Decimal("0.05")
"""The part of all credits and BYOK from which on a model is a big one."""


def of_models(rows: Sequence[ReportRow]) -> Optional[Standouts]:
    """Returns what stands out among the models, None where fewer than two of them are above a dollar."""
    costs = [(row, cost) for row in rows for cost in [_cost(row)] if isinstance(cost, Decimal)]
    whole = sum((cost for _, cost in costs), Decimal(0))
    compared = [row for row, cost in costs if cost > LEAST_USD]
    if len(compared) < 2:
        return None
    big = [row for row, cost in costs if cost > LEAST_USD and cost >= BIG_SHARE * whole]
    return Standouts(
        per_request=_most(compared, lambda row: row.usd_per_request),
        per_million=_most(compared, lambda row: row.usd_per_million_tokens),
        least_cached=_least(big, lambda row: row.cached_share) if len(big) > 1 else None,
    )


def with_today(row: ReportRow) -> Amount:
    """Returns the USD of credits of a row, with today where it has it apart."""
    return row.today.with_usd if row.today else row.use.usd


def completed(row: ReportRow) -> Amount:
    """Returns the USD of credits of a row on the completed days."""
    return row.use.usd


def dearest(
    rows: Sequence[ReportRow], figure: Callable[[ReportRow], Amount] = completed
) -> Optional[tuple[ReportRow, ...]]:
    """Returns the row with the highest figure, none where nothing was spent, and None where it is not known.

    Of days that are not known there may be a row, for the balance: they are not compared.
    """
    known = [row for row in rows if row.use.usd != DAY_NOT_KNOWN]
    if any(not isinstance(figure(row), Decimal) for row in known):
        return None
    most = _most(known, figure)
    return (most,) if most and figure(most) else ()


def _cost(row: ReportRow) -> Amount:
    return total((row.use.usd, row.use.byok_usd), Decimal(0))


def _most(rows: Sequence[ReportRow], figure: Callable[[ReportRow], Amount]) -> Optional[ReportRow]:
    known = [(value, row) for row in rows for value in [figure(row)] if isinstance(value, Decimal)]
    return max(known, key=lambda pair: pair[0])[1] if known else None


def _least(rows: Sequence[ReportRow], figure: Callable[[ReportRow], Amount]) -> Optional[ReportRow]:
    known = [(value, row) for row in rows for value in [figure(row)] if isinstance(value, Decimal)]
    return min(known, key=lambda pair: pair[0])[1] if known else None
