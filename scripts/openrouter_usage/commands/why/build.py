"""Builds the explanation from the usage in both periods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Optional, Union, cast

from openrouter_usage.commands.report import known_days, lacking, reach
from openrouter_usage.commands.report.caveats import caveats
from openrouter_usage.commands.report.keys import KeysByName
from openrouter_usage.commands.report.records import Answers, Query
from openrouter_usage.commands.why import changes
from openrouter_usage.commands.why.fetch import ACTIVITY_DIMENSIONS, ANALYTICS_DIMENSIONS, NOT_OVER
from openrouter_usage.commands.why.records import Changes, Comparison, Explanation, Periods, Usage
from openrouter_usage.days import Span
from openrouter_usage.figures import groups, outliers
from openrouter_usage.figures.evidence import is_noticeable
from openrouter_usage.figures.outliers import Outlier
from openrouter_usage.records import A_CENT, LEFT_OUT, Name, Note, Unknown, UsageTable, Use
from openrouter_usage.sanitize import quoted
from openrouter_usage.text import dates, evidence
from openrouter_usage.text.amounts import dollars

NOT_ENOUGH_DAYS = Unknown(f"not enough days, {outliers.FEWEST_DAYS} are needed", "too_few_days")
SAID_OTHERWISE = ("no_use", "days_missing", "not_broken_down")
"""The codes of a report's caveats that an explanation has other words for."""


def build(
    periods: Periods, usage: Usage, now: datetime, max_age: timedelta, demo: bool, notes: tuple[Note, ...]
) -> Explanation:
    """Returns why the spend of the later period differs from that of the earlier one, as known at `now`.

    `notes` are added to the explanation's own. A key list that is older than `max_age` is noted with its time.
    """
    models, others = usage
    by_model = _changes("model", models, now)
    by_other = None if others is None else _changes(periods.by or "", others, now)
    comparisons = [one for one in usage if isinstance(one, Comparison)]
    caveat_notes = [note for comparison in comparisons for note in _caveats(comparison, now, max_age)]
    own_notes = (*caveat_notes, *_notes(periods, by_model, by_other, caveat_notes))
    answers = [answers for comparison in comparisons for answers in comparison.answers]
    return Explanation(
        as_of=min((one.usage.table.as_of or now for one in answers), default=now),
        demo=demo,
        periods=periods,
        source=models.query.source,
        other_source=others.query.source if isinstance(others, Comparison) else "",
        key_name=models.answers[0].key.name if models.answers else "",
        by_model=by_model,
        outlier=_outlier(models, by_model),
        by_other=by_other,
        notes=tuple(dict.fromkeys((*notes, *own_notes))),
        totals=_totals(models),
    )


# The changes


def _changes(dimension: str, comparison: Union[Comparison, Unknown], now: datetime) -> Union[Changes, Unknown]:
    """Returns the changes by a dimension, Unknown if a day of either period is not known or if rows were left out."""
    if isinstance(comparison, Unknown):
        return comparison
    gap = _gap(comparison, now.date())
    if gap:
        return gap
    later, earlier = comparison.answers
    before, after = (_by_name(one.table, dimension) for one in (earlier, later))
    names = {**before, **after}
    if dimension != "model":
        keys = KeysByName(later.key_list, now)
        of_keys = {name: quoted(keys.label(str(name))) for name in names} if dimension == "key" else None
        return changes.compare(dimension, before, after, of_keys or groups.labels(names))
    has_providers = "provider" in later.usage.table.dimensions
    by = ("model", "provider")
    providers = [groups.grouped(one.table, by) for one in (earlier, later)] if has_providers else None
    short = groups.short_names(map(str, names))
    return changes.compare(dimension, before, after, {name: short[str(name)] for name in names}, providers)


def _by_name(table: UsageTable, dimension: str) -> dict[Name, Use]:
    """Returns the use of each name in one dimension."""
    return {name: use for (name,), use in groups.grouped(table, (dimension,)).items()}


def _gap(comparison: Comparison, today: date) -> Optional[Unknown]:
    """Returns why the two periods cannot be compared, None if they can."""
    if not comparison.missing:
        return LEFT_OUT if comparison.is_partial else _not_broken_down(comparison)
    gap = comparison.gap
    if gap in (LEFT_OUT, NOT_OVER):
        days = f"{', '.join(map(dates.written, comparison.missing))}; {gap.reason}"
    else:
        days = known_days.written(_missing(comparison, today))
    oldest = (reach.available if gap else reach.farthest)(_farthest(comparison.query), today)[0]
    next_step = f"choose days from {oldest} on, or such as are remembered (`doctor`)"
    if gap:
        next_step = gap.next_step or ("ask for fewer days at a time" if gap == LEFT_OUT else next_step)
    return Unknown(f"not all days are known: {days}", "days_missing", next_step)


def _missing(comparison: Comparison, today: date) -> Iterator[tuple[Span, str]]:
    """Yields the days of both periods that nobody knows, the earlier period first, and why."""
    for query, answers in reversed(comparison.usage):
        yield from known_days.missing(_farthest(query), answers, today, comparison.gap)


def _farthest(query: Query) -> Query:
    """Returns the query by the dimensions by which OpenRouter has the most days, if it is the one by model."""
    return query._replace(by=ANALYTICS_DIMENSIONS) if query.by == ACTIVITY_DIMENSIONS else query


def _not_broken_down(comparison: Comparison) -> Optional[Unknown]:
    """Returns how much of a period no row holds: a name that is missing there was not used less."""
    for query, answers in comparison.usage:
        if answers and lacking.is_disputed(answers):
            return Unknown(
                f"from {dates.written((query.first, query.last))} OpenRouter's sources disagree", "sources_disagree"
            )
        found = lacking.find(query, answers, with_open=True) if answers else None
        if found:
            reason = f"from {dates.written((query.first, query.last))} {evidence.broken_down(found.gap)}"
            return Unknown(reason, "not_broken_down", "try again later, or compare earlier days")
    return None


def _totals(comparison: Comparison) -> Optional[tuple[Decimal, Decimal]]:
    """Returns the USD of the earlier period and of the later one by the fuller counts, None if one is not known."""
    totals: list[Decimal] = []
    for query, answers in reversed(comparison.usage):
        if answers is None or comparison.missing or comparison.is_partial:
            return None
        found = lacking.find(query, answers, with_open=True)
        told = groups.add_up(row.use for row in answers.usage.table.rows).usd
        if isinstance(told, Unknown) and found is None:
            return None
        totals.append(found.gap.whole if found else cast(Decimal, told))
    return totals[0], totals[1]


# The day


def _outlier(comparison: Comparison, by_model: Union[Changes, Unknown]) -> Union[Outlier, Unknown, None]:
    """Returns the day that cost far more than the others of the dearer period, where it is a reason for the change."""
    if isinstance(by_model, Unknown):
        return by_model
    later, earlier = comparison.answers
    is_down = isinstance(by_model.total.usd, Decimal) and by_model.total.usd < 0
    answers = earlier if is_down else later
    days = answers.usage.days
    if len(days) < outliers.FEWEST_DAYS:
        return NOT_ENOUGH_DAYS
    by_day = dict.fromkeys(days, Decimal(0))
    models: dict[str, dict[date, Decimal]] = {}
    for (day, model), use in groups.grouped(answers.table, ("date", "model")).items():
        if isinstance(use.usd, Unknown):
            return use.usd
        day = cast(date, day)
        by_day[day] += use.usd
        models.setdefault(str(model), dict.fromkeys(days, Decimal(0)))[day] = use.usd
    return outliers.outlier(by_day, models)


# Notes


def _caveats(comparison: Comparison, now: datetime, max_age: timedelta) -> Iterator[Note]:
    """Yields the notes on the rows of both periods."""
    for query, answers in comparison.usage:
        if answers:
            yield from answers.notes
            own = caveats(query, answers, answers.table, now, max_age)
            yield from (note for note in own if note.code not in SAID_OTHERWISE)
            yield from _small_gaps(query, answers)


def _small_gaps(query: Query, answers: Answers) -> Iterator[Note]:
    """Yields a note on days of which a source lacks a cent or more, but too little to be spoken of elsewhere."""
    judged = answers.evidence.within((query.first, query.last))
    days = [one for one in judged if one.differs]
    usd = sum((one.counts[1] - one.counts[0] for one in days), Decimal(0))
    whole = sum((one.usd for one in judged if isinstance(one.usd, Decimal)), Decimal(0))
    if days and not is_noticeable(usd, whole) and lacking.find(query, answers, with_open=True) is None:
        named = evidence.named([one.day for one in days])
        yield Note("days_differ", f"OpenRouter's sources differ by {dollars(usd)} on {named}")


def _notes(
    periods: Periods, by_model: Union[Changes, Unknown], by_other: object, caveat_notes: Sequence[Note]
) -> Iterator[Note]:
    """Yields the notes on the comparison; `caveat_notes` are those on the rows."""
    later, earlier = periods.lengths
    if later != earlier:
        yield Note("lengths_differ", f"the periods are of {later} and {earlier} days: sums are compared, not days")
    if any(note.code == "permaslugs" for note in caveat_notes):
        message = "a model that changed its version is told as one that is gone and one that is new"
        yield Note("versions_differ", message)
    totals = [changes.total.usd for changes in (by_model, by_other) if isinstance(changes, Changes)]
    known = [usd for usd in totals if isinstance(usd, Decimal)]
    if len(known) == 2 and abs(known[0] - known[1]) >= A_CENT:
        yield Note("sources_differ", f"by {periods.by} OpenRouter counts another sum than by model")
