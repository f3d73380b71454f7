"""Puts what is known of two periods into the one explanation that every renderer shows."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Dict, Iterable, Iterator, Mapping, Optional, Sequence, Tuple, Union

from openrouter_usage.commands.report import keys, reach
from openrouter_usage.commands.report.caveats import caveats
from openrouter_usage.commands.report.records import Ledger
from openrouter_usage.commands.why import changes, outliers, shifts
from openrouter_usage.commands.why.records import Answered, Changes, Contrast, Explanation, Outlier, Periods
from openrouter_usage.figures import groups as figures_groups
from openrouter_usage.figures import rows
from openrouter_usage.figures.groups import NO_USE, Names
from openrouter_usage.records import A_CENT, LEFT_OUT, Amount, Name, Note, Unknown, UsageTable, Use
from openrouter_usage.text import dates

TOO_FEW_DAYS = Unknown(f"not enough days, {outliers.FEWEST_DAYS} are needed", "too_few_days")
FEWER_DAYS = "ask for fewer days at a time"
BY_ITSELF = ("no_use", "days_missing")
"""The caveats of a report that are said here in other words."""


def explanation(
    periods: Periods, contrast: Contrast, now: datetime, max_age: timedelta, demo: bool, notes: Tuple[Note, ...] = ()
) -> Explanation:
    """Why the spend of the later period differs from that of the earlier one, as known at `now`.

    `notes` are added to its own; answers older than `max_age` have their time named.
    """
    models, known = _changes("model", contrast.models, now), contrast.models.known
    through = None if contrast.through is None else _changes(periods.by or "", contrast.through, now)
    told = [one for one in (contrast.models, contrast.through) if isinstance(one, Answered)]
    beside = [note for one in told for note in _caveats(one, now, max_age)]
    own = [*notes, *beside, *_notes(periods, models, through, beside)]
    return Explanation(
        now=now,
        as_of=min((ledger.answer.table.as_of or now for one in told for ledger in one.known), default=now),
        demo=demo,
        periods=periods,
        source=contrast.models.queries.later.source,
        through_source=contrast.through.queries.later.source if isinstance(contrast.through, Answered) else "",
        asker=known[0].asker.name if known else "",
        models=models,
        day=models if isinstance(models, Unknown) else _outlier(_dearer(contrast.models, models)),
        through=through,
        notes=tuple(dict.fromkeys(own)),
    )


# The changes


def _changes(dimension: str, answered: Union[Answered, Unknown], now: datetime) -> Union[Changes, Unknown]:
    """What changed by that dimension; Unknown where a day of either period is not known, or rows were left out."""
    if isinstance(answered, Unknown):
        return answered
    gap = _gap(answered, now)
    if gap is not None:
        return gap
    later, earlier = answered.known
    before, after = (_single(_uses(one, (dimension,))) for one in (earlier, later))
    labels = _labels(dimension, later, {**before, **after})
    if dimension != "model" or "provider" not in later.answer.table.dimensions:
        return changes.by(dimension, before, after, labels)
    parts = (_pairs(_uses(one, ("model", "provider"))) for one in (earlier, later))
    return changes.by(dimension, before, after, labels, shifts.finder(*parts))


def _gap(answered: Answered, now: datetime) -> Optional[Unknown]:
    """What is wanting of the two periods; None: both are known."""
    missing = [
        dates.written(span)
        for query, one in zip(answered.queries[::-1], (answered.earlier, answered.later))
        for span in reach.missing(query, one.answer.days if one else (), now.date(), date.min)
    ]
    if missing:
        return _not_known(", ".join(missing), answered, now)
    return LEFT_OUT if any(one.answer.table.partial for one in answered.known) else None


def _not_known(days: str, answered: Answered, now: datetime) -> Unknown:
    """With the trouble that stood in the way of these days, if one did."""
    reason = f"not all days are known: {days}"
    if answered.gap is not None:
        return Unknown(f"{reason}; {answered.gap.reason}", "days_missing", answered.gap.next_step or FEWER_DAYS)
    oldest = reach.reach(answered.queries.later, now.date())[0]
    return Unknown(reason, "days_missing", f"choose days from {oldest} on, or such as are remembered (`doctor`)")


def _table(ledger: Ledger) -> UsageTable:
    """The rows of its days, the models by their own names."""
    return rows.named(ledger.answer.table, ledger.slugs, ledger.answer.days)


def _uses(ledger: Ledger, by: Tuple[str, ...]) -> Dict[Names, Use]:
    return figures_groups.grouped(_table(ledger), by)


def _single(groups: Dict[Names, Use]) -> Dict[str, Use]:
    return {str(name): use for (name,), use in groups.items()}


def _pairs(groups: Dict[Names, Use]) -> Dict[Tuple[str, str], Use]:
    return {(str(model), str(provider)): use for (model, provider), use in groups.items()}


def _labels(dimension: str, ledger: Ledger, names: Iterable[str]) -> Dict[str, str]:
    """What people call each of the names."""
    if dimension == "model":
        return figures_groups.short_names(names)
    listed = keys.by_name(ledger.listed)
    return {name: keys.label(name, listed.get(name, ())) for name in names}


# The day


def _dearer(answered: Answered, models: Changes) -> Ledger:
    """Of the period that cost more: a dear day in it is a reason for the change."""
    later, earlier = answered.known
    return earlier if isinstance(models.total.usd, Decimal) and models.total.usd < 0 else later


def _outlier(ledger: Ledger) -> Union[Outlier, Unknown, None]:
    """The day of the period that cost far more than the others; Unknown where there are too few to tell."""
    days = ledger.answer.days
    if len(days) < outliers.FEWEST_DAYS:
        return TOO_FEW_DAYS
    by_day = _by_day({day: use for (day,), use in _uses(ledger, ("date",)).items()}, days)
    if isinstance(by_day, Unknown):
        return by_day
    groups: Dict[str, Dict[Name, Use]] = {}
    for (model, day), use in _uses(ledger, ("model", "date")).items():
        groups.setdefault(str(model), {})[day] = use
    every = {model: _by_day(uses, days) for model, uses in groups.items()}
    models = {model: amounts for model, amounts in every.items() if not isinstance(amounts, Unknown)}
    return outliers.outlier(by_day, models, figures_groups.short_names(models))


def _by_day(uses: Mapping[Name, Use], days: Sequence[date]) -> Union[Dict[date, Decimal], Unknown]:
    """The credits of each day, nothing on a day without rows."""
    amounts = {day: uses.get(day, NO_USE).usd for day in days}
    gaps = [amount for amount in amounts.values() if isinstance(amount, Unknown)]
    return gaps[0] if gaps else {day: amount for day, amount in amounts.items() if isinstance(amount, Decimal)}


# Notes


def _caveats(answered: Answered, now: datetime, max_age: timedelta) -> Iterator[Note]:
    """What the rows of both periods need beside them."""
    for query, one in zip(answered.queries, (answered.later, answered.earlier)):
        if one is not None:
            yield from one.notes
            every = caveats(query, one, _table(one), now, max_age)
            yield from (note for note in every if note.code not in BY_ITSELF)


def _notes(
    periods: Periods, models: Union[Changes, Unknown], through: object, beside: Sequence[Note]
) -> Iterator[Note]:
    """What the sums need beside them."""
    later, earlier = periods.lengths
    if later != earlier:
        yield Note("lengths_differ", f"the periods are of {later} and {earlier} days: sums are compared, not days")
    if any(note.code == "permaslugs" for note in beside):
        yield Note(
            "versions_differ", "a model that changed its version is told as one that is gone and one that is new"
        )
    if isinstance(models, Changes) and isinstance(through, Changes) and _differ(models.total.usd, through.total.usd):
        yield Note("sources_differ", f"by {through.dimension} OpenRouter counts another sum than by model")


def _differ(one: Amount, other: Amount) -> bool:
    return isinstance(one, Decimal) and isinstance(other, Decimal) and abs(one - other) >= A_CENT
