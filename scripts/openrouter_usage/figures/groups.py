"""Groups use by its names, adds it up exactly, and computes shares and prices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Union

from openrouter_usage import records
from openrouter_usage.dimensions import TIMES
from openrouter_usage.matching import without_vendor
from openrouter_usage.records import Amount, Completed, Count, Name, Person, Unknown, UsageTable, Use, Weekday, total
from openrouter_usage.sanitize import quoted

NO_USE = Use(Decimal(0), Decimal(0), 0, 0, 0, 0, 0)

Names = tuple[Name, ...]


def add_up(uses: Iterable[Use]) -> Use:
    """Returns the exact sum of each figure; one that is Unknown in any use is Unknown in the sum."""
    columns: Iterable[tuple[Any, ...]] = zip(NO_USE, *uses)
    return Use(*(total(column, 0) for column in columns))


def grouped(table: UsageTable, by: Sequence[str]) -> dict[Names, Use]:
    """Returns the use of each group. Rows of the same names, one per endpoint, are summed, never overwritten."""
    columns = [table.dimensions.index(dimension) for dimension in by]
    groups: dict[Names, list[Use]] = {}
    for row in table.rows:
        groups.setdefault(tuple(row.names[column] for column in columns), []).append(row.use)
    return {names: uses[0] if len(uses) == 1 else add_up(uses) for names, uses in groups.items()}


def by_day(known: Completed) -> dict[date, Use]:
    """Returns the use on each of the known UTC days, in order, also on those without any."""
    uses = grouped(known.table, ("date",))
    return {day: uses.get((day,), NO_USE) for day in known.days}


def by_name(table: UsageTable, dimension: str) -> dict[str, Use]:
    """Returns the use of each name in one dimension."""
    return {str(name): use for (name,), use in grouped(table, (dimension,)).items()}


def by_spend(use: Use) -> tuple[bool, Decimal, Decimal]:
    """Returns a sort key: unknown spend first, so that it is not hidden in the rest, then the dearest."""
    usd = Decimal(0) if isinstance(use.usd, Unknown) else use.usd
    byok = Decimal(0) if isinstance(use.byok_usd, Unknown) else use.byok_usd
    return (not isinstance(use.usd, Unknown), -usd, -byok)


def in_order(groups: dict[Names, Use], by: Sequence[str]) -> dict[Names, Use]:
    """Returns the groups in the order of reading: times from the oldest on, all else dearest first.

    Of two dimensions with a time among them, the second one is sorted within the first.
    """
    heads: dict[Names, list[Use]] = {}
    depth = 1 if by[-1] in TIMES else len(by)
    for names, use in groups.items():
        heads.setdefault(names[:depth], []).append(use)
    ranks = {head: by_spend(add_up(uses)) for head, uses in heads.items()}

    def place(names: Names) -> tuple[Any, ...]:
        return names[0] if by[0] in TIMES else "", ranks[names[:depth]], names

    return {names: groups[names] for names in sorted(groups, key=place)}


def short_names(models: Iterable[str]) -> dict[str, str]:
    """Returns each model's name without its vendor, unless two would then look the same."""
    short = {model: without_vendor(model) for model in models}
    seen = Counter(short.values())
    labels = {model: quoted(name if seen[name] == 1 else model) for model, name in short.items()}
    return labels if len(set(labels.values())) == len(labels) else {model: quoted(model) for model in labels}


def labels(names: Iterable[Name]) -> dict[Name, str]:
    """Returns how names that are no models are printed.

    Of a person that is the name; the email where there is no name, or where another person has the same one.
    """
    found = dict.fromkeys(names)
    seen = Counter(one.name for one in found if isinstance(one, Person))
    printed = {one: _person_label(one, seen) if isinstance(one, Person) else _plain_label(one) for one in found}
    twice = {label for label, number in Counter(printed.values()).items() if number > 1}
    # Where clocks are set back an hour comes twice
    hours = (one for one in found if isinstance(one, datetime) and printed[one] in twice)
    return {**printed, **{one: f"{one:%Y-%m-%d %H:%M %z}" for one in hours}}


def _person_label(person: Person, seen: Mapping[str, int]) -> str:
    is_alone = person.name and seen[person.name] == 1
    return quoted(person.name if is_alone else person.email or person.name)


def _plain_label(name: Name) -> str:
    if isinstance(name, Weekday):
        return name.name
    return f"{name:%Y-%m-%d %H:%M}" if isinstance(name, datetime) else quoted(str(name))


# Shares and prices


def share(part: Use, whole: Use) -> Amount:
    """Returns the part of the whole's credits, from 0 to 1."""
    return part.usd if isinstance(part.usd, Unknown) else _ratio(part.usd, whole.usd, records.NOTHING_SPENT)


def usd_per_million_tokens(use: Use) -> Amount:
    """Returns credits and BYOK in USD per million prompt and completion tokens, which count both kinds of requests.

    The use should hold nothing but what has tokens.
    """
    cost = _cost(use)
    tokens = total((use.prompt_tokens, use.completion_tokens), 0)
    return cost if isinstance(cost, Unknown) else _ratio(cost * 1_000_000, tokens, records.NO_TOKENS)


def usd_per_request(use: Use) -> Amount:
    """Returns credits and BYOK in USD per request, which may be paid by either, or free."""
    cost = _cost(use)
    return cost if isinstance(cost, Unknown) else _ratio(cost, use.requests, records.NO_REQUESTS)


def _cost(use: Use) -> Amount:
    """Returns credits and BYOK in USD."""
    return total((use.usd, use.byok_usd), Decimal(0))


def cached_share(use: Use) -> Amount:
    """Returns the part of the prompt tokens read from the cache, at most 1: OpenRouter may count more of them."""
    if isinstance(use.cached_tokens, Unknown):
        return use.cached_tokens
    ratio = _ratio(Decimal(use.cached_tokens), use.prompt_tokens, records.NO_TOKENS)
    return ratio if isinstance(ratio, Unknown) else min(ratio, Decimal(1))


def _ratio(part: Decimal, whole: Union[Amount, Count], nothing: Unknown) -> Amount:
    if isinstance(whole, Unknown):
        return whole
    return part / whole if whole > 0 else nothing
