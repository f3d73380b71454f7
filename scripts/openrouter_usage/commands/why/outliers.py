"""Finds the day that cost far more than the others, by a rule that the day itself cannot bend.

The modified z-score is 0.6745 (x - median) / MAD, where MAD is the median of the distances from the
median; above 3.5 a day stands out. Where more than half of the days are alike the MAD is 0, and
1.253314 times the mean distance stands for MAD / 0.6745 (B. Iglewicz, D. C. Hoaglin, "How to Detect
and Handle Outliers", ASQC 1993; the substitute is that of IBM SPSS). Days far below the others are
left alone: at weekends less is spent.
"""

from datetime import date
from decimal import Decimal
from statistics import mean, median
from typing import List, Mapping, Optional, Tuple

from openrouter_usage.commands.why.records import Outlier
from openrouter_usage.records import A_CENT

FEWEST_DAYS = 7
STANDS_OUT = Decimal("3.5")
OF_MAD, OF_MEAN = Decimal("0.6745"), Decimal("1.253314")


def outlier(
    days: Mapping[date, Decimal], models: Mapping[str, Mapping[date, Decimal]], labels: Mapping[str, str]
) -> Optional[Outlier]:
    """The day that stands out by a cent and more, with the model that is farthest above its own median on it.

    `models` has each model's spend on these days, `labels` what it is called. None where no day stands out.
    """
    found = highest(days)
    if found is None or days[found[0]] - median(days.values()) < A_CENT:
        return None
    (day, score), usual = found, {model: median(own.values()) for model, own in models.items()}
    model = max(models, key=lambda name: models[name][day] - usual[name])
    return Outlier(day, days[day], median(days.values()), score, model, labels[model], models[model][day], usual[model])


def highest(days: Mapping[date, Decimal]) -> Optional[Tuple[date, Decimal]]:
    """The day with the highest score, with that; None where no day stands out."""
    scores = dict(zip(days, _scores(list(days.values()))))
    found = max(scores, key=scores.__getitem__, default=None)
    return (found, scores[found]) if found is not None and scores[found] > STANDS_OUT else None


def _scores(values: List[Decimal]) -> List[Decimal]:
    if not values:
        return []
    middle = median(values)
    distances = [abs(value - middle) for value in values]
    factor, spread = (OF_MAD, median(distances)) if median(distances) else (Decimal(1), mean(distances) * OF_MEAN)
    return [factor * (value - middle) / spread if spread else Decimal(0) for value in values]
