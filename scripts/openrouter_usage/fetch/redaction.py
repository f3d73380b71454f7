"""Puts numbered names, such as "key 1", in the place of private ones, before anything is made of them."""

from __future__ import annotations

import re
from collections import Counter
from collections import Counter as CounterOf
from collections.abc import Iterable
from typing import Any, Optional, TypeVar, Union, cast

from openrouter_usage.dimensions import DIMENSIONS
from openrouter_usage.errors import Failure
from openrouter_usage.fetch import key_list
from openrouter_usage.fetch.asker import Asker
from openrouter_usage.figures import groups, rows
from openrouter_usage.keys.sources import DEFAULT
from openrouter_usage.matching import meant
from openrouter_usage.rare_records import KeysPage
from openrouter_usage.records import Key, Keys, Name, Person, Question, T, Unknown, UsageRow, UsageTable

Answer = TypeVar("Answer")

LIST_SHARE = 0.5
"""The share of the time that is left for which the key list is awaited, by which keys are numbered."""

WARNING = "its words are left out, for they may hold names"
"""What stands in the place of a warning of OpenRouter's."""

_QUOTE = re.compile(': ".*"')
"""OpenRouter's own words in the message of a failure."""


class Redaction:
    """The numbered names of one run: the same one for the same name, wherever it is told.

    Keys are numbered in the order of OpenRouter's key list. All else, and keys that are not listed, are numbered when
    they are first told, the dearest first. What has no name keeps what stands in the place of one. So do the keys of
    no profile; the `profiles` are numbered in order.
    """

    def __init__(self, profiles: Iterable[str]) -> None:
        self._numbered: dict[str, dict[Name, str]] = {}
        self._counts: CounterOf[str] = Counter()
        self._profiles = {name: f"profile {number}" for number, name in enumerate(profiles, 1)}
        self._redacted: set[Failure] = set()

    # Profiles

    def profile(self, name: Optional[str], keys: Keys) -> tuple[Optional[str], Keys]:
        """Returns a profile's numbered name, and its keys with no other name of it in all that is said of them."""
        if name and name != DEFAULT:
            self._profiles.setdefault(name, f"profile {len(self._profiles) + 1}")
        regular, management = self._slot(keys.regular), self._slot(keys.management)
        shown = keys._replace(regular=regular, management=management, remarks=tuple(map(self.words, keys.remarks)))
        return self._profiles.get(name or "", name), shown

    def _slot(self, slot: Union[Key, Unknown, None]) -> Union[Key, Unknown, None]:
        if not isinstance(slot, Unknown):
            return slot
        return slot._replace(reason=self.words(slot.reason), next_step=self.words(slot.next_step))

    def words(self, text: str) -> str:
        """Returns a text about keys with numbered names of profiles, also as parts of the names of files."""
        if not self._profiles:
            return text
        names = "|".join(sorted(self._profiles, key=len, reverse=True))
        return re.sub(rf"(?<![\w-])(?:{names})(?![\w-])", lambda found: self._profiles[found[0]], text)

    def redact(self, failure: Failure) -> None:
        """Takes OpenRouter's own words, and the names of profiles, out of what a failure says: in it, not in a copy."""
        if failure not in self._redacted:
            self._redacted.add(failure)
            failure.message = self.words(_QUOTE.sub("", failure.message))
            failure.next_step = self.words(failure.next_step)

    # Answers

    def asker(self, *parts: Any) -> Asker:
        """Returns an asker of these parts that hands out all answers with numbered names."""
        return _RedactedAsker(self, *parts)

    def of_answer(self, told: Answer) -> Answer:
        """Returns an answer of OpenRouter's with numbered names."""
        if isinstance(told, UsageTable):
            return cast(Answer, self._table(told))
        if isinstance(told, KeysPage):
            listed = tuple(key._replace(name=self.number("key", key.name)) for key in told.keys)
            return cast(Answer, told._replace(keys=listed))
        return told

    def number(self, dimension: str, name: Name) -> str:
        """Returns the numbered name of a name, which may be told here for the first time."""
        numbered = self._numbered.setdefault(dimension, {})
        if name not in numbered:
            numbered[name] = self._new(dimension, name if isinstance(name, Person) else (str(name),))
        return numbered[name]

    def meant(self, dimension: str, wanted: str) -> tuple[str, ...]:
        """Returns the numbered names of what is meant by a name, by a shell pattern (but for keys), or by a number."""
        numbered = self._numbered.get(dimension, {})
        of_keys = dimension == "key"
        found: Iterable[Name] = meant(wanted, map(str, numbered)) if of_keys else rows.fitting(numbered, wanted)
        shown = dict.fromkeys(numbered[name] for name in numbered if name in found)
        return tuple(shown or (one for one in (wanted.lower(),) if one in numbered.values()))

    def is_called(self, dimension: str, shown: str, wanted: str) -> bool:
        """Tells whether a text, in this case, is the numbered name or the name that it stands for."""
        return wanted == shown or self._numbered.get(dimension, {}).get(wanted) == shown

    def _new(self, dimension: str, texts: tuple[str, ...]) -> str:
        if {"", DIMENSIONS[dimension].nameless, DIMENSIONS[dimension].label}.issuperset(texts):
            return texts[0]
        self._counts[dimension] += 1
        return f"{DIMENSIONS[dimension].noun} {self._counts[dimension]}"

    def _table(self, table: UsageTable) -> UsageTable:
        private = {column: one for column, one in enumerate(table.dimensions) if DIMENSIONS[one].is_private}
        for column, dimension in private.items():
            if not self._numbered.get(dimension, {}).keys() >= {row.names[column] for row in table.rows}:
                for (name,) in groups.in_order(groups.grouped(table, (dimension,)), (dimension,)):
                    self.number(dimension, name)
        renamed = tuple(self._row(row, private) for row in table.rows) if private else table.rows
        return table._replace(rows=renamed, warnings=(WARNING,) if table.warnings else ())

    def _row(self, row: UsageRow, private: dict[int, str]) -> UsageRow:
        names = list(row.names)
        for column, dimension in private.items():
            shown = self.number(dimension, names[column])
            names[column] = Person(shown, "") if isinstance(names[column], Person) else shown
        return row._replace(names=tuple(names))


class _RedactedAsker(Asker):
    """It asks and caches as any other asker does: numbered names are in what it hands out alone."""

    def __init__(self, redaction: Redaction, *args: Any) -> None:
        super().__init__(*args)
        self._redaction = redaction
        self._listed: set[Key] = set()

    def answer(self, question: Question[T], share: float = 1, or_cached: bool = True) -> Union[T, Failure]:
        answer = super().answer(question, share, or_cached)
        for failure in (*self.failures, *self.replaced):
            self._redaction.redact(failure)
        if isinstance(answer, UsageTable) and "key" in answer.dimensions and question.key not in self._listed:
            self._listed.add(question.key)
            key_list.every_key(self, question.key, share=LIST_SHARE)
        return self._redaction.of_answer(answer)
