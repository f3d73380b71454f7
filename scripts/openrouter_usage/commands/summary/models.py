"""Spend by model, dearest first."""

from datetime import date
from typing import NamedTuple, Optional, Union

from openrouter_usage.figures.evidence import Gap
from openrouter_usage.figures.groups import NO_USE, add_up, by_name, by_spend, short_names
from openrouter_usage.records import A_CENT, Amount, Unknown, UsageTable, Use

SHOWN_MODELS = 8


class ModelRow(NamedTuple):
    """The use of one model, or of several together, over the table's days.

    `today` is that of the current UTC day so far, which is none of these days; None if it is not known.
    """

    model: str
    label: str
    use: Use
    today: Optional[Use] = None

    @property
    def is_new(self) -> bool:
        """Tells whether the model was not used before today."""
        return self.today is not None and not any(self.use)

    @property
    def notable_today(self) -> Optional[Amount]:
        """Today's credits in USD if they come to a cent, or are not known although something was used; else None."""
        usd = self.today.usd if self.today else None
        return usd if isinstance(usd, Unknown) or (usd is not None and usd >= A_CENT) else None


class ModelTable(NamedTuple):
    """The account's spend by model, dearest first, over the completed UTC days from `first` to `last`, both included.

    `total` are the credits in USD, of which `gap` tells the part that is in the rows, where that is not all of it.
    `shown` are the dearest of the `rows`, and one for all others together. `today` is the use of the current UTC day so
    far, which is in no total; None if it was not asked for.
    """

    first: date
    last: date
    total: Amount
    rows: tuple[ModelRow, ...]
    shown: tuple[ModelRow, ...]
    today: Union[Use, Unknown, None] = None
    gap: Optional[Gap] = None


def by_model(
    table: UsageTable,
    first: date,
    last: date,
    today: Union[UsageTable, Unknown, None] = None,
    gap: Optional[Gap] = None,
) -> ModelTable:
    """Returns the spend per model of a table over the UTC days from `first` to `last`, both included.

    `today` holds the rows of the current day, which is none of these. A model that is new today is sorted by them.
    """
    uses = by_name(table, "model")
    live = by_name(today, "model") if isinstance(today, UsageTable) else {}
    names = sorted({**uses, **live}, key=lambda name: (by_spend(uses.get(name) or live[name]), name))
    labels = short_names(names)
    unused = NO_USE if isinstance(today, UsageTable) else None
    rows = [ModelRow(name, labels[name], uses.get(name, NO_USE), live.get(name, unused)) for name in names]
    notable = [row for row in rows if not row.is_new or row.notable_today is not None]
    shown, rest = notable[:SHOWN_MODELS], notable[SHOWN_MODELS:]
    if rest:
        label, lives = f"{len(rest)} more", [row.today for row in rest if row.today]
        shown.append(ModelRow(label, label, add_up(row.use for row in rest), add_up(lives) if lives else None))
    of_today = add_up(live.values()) if isinstance(today, UsageTable) else today
    total = gap.whole if gap else add_up(uses.values()).usd
    return ModelTable(first, last, total, tuple(rows), tuple(shown), of_today, gap)
