"""Finds the day that cost far more than the others, by a rule that the day itself cannot influence.

The modified z-score is 0.6745 (x - median) / MAD, where MAD is the median of the distances from the median; a day
above 3.5 is an outlier. If more than half of the days are alike, the MAD is 0, and 1.253314 times the mean distance
takes the place of MAD / 0.6745 (B. Iglewicz, D. C. Hoaglin, "How to Detect and Handle Outliers", ASQC 1993; the
substitute is that of IBM SPSS). Days far below the others are no outliers, since less is spent on weekends.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from statistics import mean, median
from typing import NamedTuple, Optional

from openrouter_usage.figures import groups
from openrouter_usage.records import A_CENT

FEWEST_DAYS = 7
OUTLIER_SCORE = Decimal("3.5")
MAD_FACTOR, MEAN_FACTOR = Decimal("0.6745"), Decimal("1.253314")


class Outlier(NamedTuple):
    """A UTC day that cost far more than the others of its period, and the model that was most above its own median.

    `median` is that of the period's days, `score` the modified z-score of the day.
    """

    day: date
    usd: Decimal
    median: Decimal
    score: Decimal
    model: str
    label: str
    model_usd: Decimal
    model_median: Decimal


def outlier(days: Mapping[date, Decimal], models: Mapping[str, Mapping[date, Decimal]]) -> Optional[Outlier]:
    """Returns the outlier among the days if it is at least a cent above the median, with the model that made it one.

    `days` has the spend of all models, `models` that of each. The model is the one farthest above its own median on
    that day.
    """
    found, usual = highest(days), median(days.values())
    if found is None or days[found[0]] - usual < A_CENT:
        return None
    (day, score), medians = found, {model: median(own.values()) for model, own in models.items()}
    model = max(models, key=lambda name: models[name][day] - medians[name])
    label = groups.short_names(models)[model]
    return Outlier(day, days[day], usual, score, model, label, models[model][day], medians[model])


def highest(days: Mapping[date, Decimal]) -> Optional[tuple[date, Decimal]]:
    """Returns the day with the highest score and its score, None if no day is an outlier."""
    found = all_above(days)
    first = max(found, key=found.__getitem__, default=None)
    return None if first is None else (first, found[first])


def all_above(days: Mapping[date, Decimal]) -> dict[date, Decimal]:
    """Returns the score of every day that is an outlier."""
    scores = zip(days, _scores(list(days.values())))
    return {day: score for day, score in scores if score > OUTLIER_SCORE}


def _scores(values: list[Decimal]) -> list[Decimal]:
    if not values:
        return []
    middle = median(values)
    distances = [abs(value - middle) for value in values]
    mad = median(distances)
    factor, spread = (MAD_FACTOR, mad) if mad else (Decimal(1), mean(distances) * MEAN_FACTOR)
    return [factor * (value - middle) / spread if spread else Decimal(0) for value in values]
