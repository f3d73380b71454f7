"""Finds how spend differs by weekday."""

from datetime import date
from typing import List, Optional, Sequence, Tuple

PATTERN = 21
"""Days that it takes: three of each weekday."""


def pattern(dates: Sequence[date], amounts: Sequence[float]) -> Optional[Tuple[float, ...]]:
    """Each weekday's mean ratio to the week around it (Macaulay, 1931), shrunk towards 1 (James and Stein, 1961).

    None under three weeks, and where a weekday is not seen twice.
    """
    ratios: List[List[float]] = [[] for _ in range(7)]
    for middle in range(3, len(dates) - 3):
        whole = (dates[middle + 3] - dates[middle - 3]).days == 6
        around = sum(amounts[middle - 3 : middle + 4])
        if whole and around > 0:
            ratios[dates[middle].weekday()].append(7 * amounts[middle] / around)
    if len(dates) < PATTERN or min(len(one) for one in ratios) < 2:
        return None
    means = [sum(one) / len(one) for one in ratios]
    whole_week = sum(means) / 7
    factors = [mean / whole_week for mean in means]
    errors = sum(_variance_of_mean(one) for one in ratios) / 7
    between = sum((factor - 1) ** 2 for factor in factors) / 6
    kept = max(0.0, 1 - errors / between) if between > 1e-12 else 0.0
    return tuple(1 + kept * (factor - 1) for factor in factors)


def _variance_of_mean(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values)
