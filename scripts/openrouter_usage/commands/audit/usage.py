"""Sums the use of an account by day, model and key, and names them as they are printed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Optional, Union, cast

from openrouter_usage.commands.audit.records import Facts
from openrouter_usage.commands.report.keys import KeysByName
from openrouter_usage.dimensions import CHATROOM, DIMENSIONS, NO_KEY
from openrouter_usage.figures import groups
from openrouter_usage.figures.evidence import ZERO, has_use
from openrouter_usage.records import AccountKeys, Unknown, UsageTable, Use
from openrouter_usage.sanitize import quoted

MOSTLY = Decimal("0.8")
"""The part of a model's spend from which on a key is said to have made it."""

NO_KEYS = {NO_KEY: "no key", CHATROOM: "the chatroom"}
"""Use that is no key's, by the name that it is told under."""

DaysByNames = dict[tuple[str, ...], dict[date, Decimal]]


class Usage:
    """The use of an account on the known days."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._keys = KeysByName(facts.listed, facts.now)

    @cached_property
    def models(self) -> dict[str, Use]:
        """The use of each model."""
        table = self._facts.by_model
        return {} if isinstance(table, Unknown) else groups.by_name(table, "model")

    @cached_property
    def by_key(self) -> dict[tuple[str, str], Use]:
        """The use of each model through each key, by the names of both."""
        table = self._facts.by_key
        if isinstance(table, Unknown):
            return {}
        grouped = groups.grouped(table, ("model", "key"))
        return {(str(model), str(key)): use for (model, key), use in grouped.items()}

    @cached_property
    def usd(self) -> Decimal:
        """The credits of all models."""
        return sum((spend(use) for use in self.models.values()), ZERO)

    @cached_property
    def days(self) -> dict[date, Decimal]:
        """The credits of each known day, by the fuller count."""
        days = {day: max(told.values(), default=ZERO) for day, told in self._counts().items()}
        return {day: days[day] for day in self._facts.days}

    def _counts(self) -> Mapping[date, dict[str, Decimal]]:
        counts: dict[date, dict[str, Decimal]] = {day: {} for day in self._facts.days}
        for name, table in (("model", self._facts.by_model), ("key", self._facts.by_key)):
            for day, use in _by_day(table).items():
                counts.setdefault(day, {})[name] = spend(use)
        for one in self._facts.evidence.days:
            if one.day in counts and isinstance(one.usd, Decimal):
                counts[one.day]["fuller"] = one.usd
        return counts

    @cached_property
    def model_days(self) -> DaysByNames:
        """The credits of each model on every known day."""
        return self._by_day(("model",), self._facts.by_model)

    @cached_property
    def key_days(self) -> DaysByNames:
        """The credits of each name of a key on every known day."""
        return self._by_day(("key",), self._facts.by_key)

    @cached_property
    def key_model_days(self) -> DaysByNames:
        """The credits of each model through each key, by the names of both, on every known day."""
        return self._by_day(("model", "key"), self._facts.by_key)

    def _by_day(self, dimensions: tuple[str, ...], table: Union[UsageTable, Unknown]) -> DaysByNames:
        found: DaysByNames = defaultdict(lambda: dict.fromkeys(self._facts.days, ZERO))
        if not isinstance(table, Unknown):
            for (*names, day), use in groups.grouped(table, (*dimensions, "date")).items():
                found[tuple(map(str, names))][cast(date, day)] = spend(use)
        return dict(found)

    @cached_property
    def last_days(self) -> dict[str, date]:
        """The last day on which each model was used."""
        table, last = self._facts.by_model, {}
        used = {} if isinstance(table, Unknown) else groups.grouped(table, ("date", "model"))
        for day, model in sorted((cast(date, day), str(model)) for (day, model), use in used.items() if has_use(use)):
            last[model] = day
        return last

    def owner(self, model: str) -> Optional[str]:
        """The name of the key that made most of a model's spend, None if none did."""
        uses = {key: spend(use) for (name, key), use in self.by_key.items() if name == model}
        whole = sum(uses.values(), ZERO)
        key = max(uses, key=uses.__getitem__, default="")
        return key if whole and uses[key] >= MOSTLY * whole else None

    def spent_by(self, key: str) -> Decimal:
        """The credits of a key of that name."""
        return sum((spend(use) for (_, name), use in self.by_key.items() if name == key), ZERO)

    # Names

    def named(self, model: str, key: Optional[str] = None) -> str:
        """A model, and whose use of it is meant if that is known, such as "gpt-5.1 (key ci)"."""
        through = self.through(key)
        return self.model_label(model) + (f" ({through})" if through else "")

    def model_label(self, model: str) -> str:
        return self._model_labels.get(model) or quoted(model)

    @cached_property
    def _model_labels(self) -> dict[str, str]:
        return groups.short_names({*self.models, *(model for model, _ in self.by_key)})

    def key_label(self, name: str) -> str:
        return self._keys.label(name)

    def key_labels(self, name: Optional[str]) -> tuple[str, ...]:
        """The printed name of a key, none for use that is no key's."""
        return () if name is None or self._is_no_key(name) else (self.key_label(name),)

    def through(self, name: Optional[str]) -> str:
        """Whose use it was, such as "key ci"; empty if that is not known."""
        if name is None:
            return ""
        return NO_KEYS[name] if self._is_no_key(name) else DIMENSIONS["key"].called(quoted(self.key_label(name)))

    def _is_no_key(self, name: str) -> bool:
        return name in NO_KEYS and not self._names[name]

    def is_of_one_key(self, name: str) -> bool:
        """Tells whether one listed key alone has that name, so that its use is that of the name."""
        return self._names[name] == 1

    @cached_property
    def _names(self) -> Counter[str]:
        """How many listed keys have each name."""
        listed = self._facts.listed
        return Counter(key.name for key in listed.keys) if isinstance(listed, AccountKeys) else Counter()


def spend(use: Use) -> Decimal:
    """Returns the credits of a use, zero if they are not known."""
    return use.usd if isinstance(use.usd, Decimal) else ZERO


def _by_day(table: Union[UsageTable, Unknown]) -> dict[date, Use]:
    if isinstance(table, Unknown):
        return {}
    return {cast(date, day): use for (day,), use in groups.grouped(table, ("date",)).items()}
