"""Asks everything that an audit looks through."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Union

from openrouter_usage.commands.audit.account import fees_since
from openrouter_usage.commands.audit.records import Facts
from openrouter_usage.commands.report import fetch, reach
from openrouter_usage.commands.report.records import Answers, Query
from openrouter_usage.days import Span
from openrouter_usage.errors import Failure, NeedsManagementKey
from openrouter_usage.fetch import byok_fees, key_list, questions
from openrouter_usage.fetch.account import NO_ROWS
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.figures import groups
from openrouter_usage.figures.evidence import NOTHING_TOLD
from openrouter_usage.rare_records import ByokFees, ListedModels
from openrouter_usage.records import (
    LEFT_OUT,
    NEEDS_MANAGEMENT_KEY,
    AccountKeys,
    Key,
    KeyInfo,
    Keys,
    Note,
    Unknown,
    UsageTable,
    total,
)

BY_MODEL, BY_KEY = ("date", "model"), ("date", "model", "key")

SIDE_SHARE = 0.5
"""The share of the time that is left for which each source is awaited, so that the others have the rest."""

NO_DAYS = Unknown("none of these days is known", "days_missing")

Rows = Union[Answers, Failure, None]


class Told(NamedTuple):
    """The facts, the notes that belong to them, and the name of the API key that was answered."""

    facts: Facts
    notes: tuple[Note, ...]
    key_name: str


def ask(asker: Asker, keys: Keys, span: Span) -> None:
    """Asks all that can be asked before any answer is there, without waiting."""
    _AuditFetch(asker, keys, span).ask()


def answer(asker: Asker, keys: Keys, span: Span) -> Told:
    """Returns what is told of the account on the UTC days of `span`, and of the regular key by itself.

    Raises a Failure if nothing at all is told.
    """
    return _AuditFetch(asker, keys, span).told()


class _AuditFetch:
    def __init__(self, asker: Asker, keys: Keys, span: Span) -> None:
        self._asker = asker
        self._keys = keys
        self._span = span
        self._by_model, self._by_key = (self._query(by) for by in (BY_MODEL, BY_KEY))
        self._regular = keys.regular if isinstance(keys.regular, Key) else None
        self._key = keys.first_for_account

    def _query(self, by: tuple[str, ...]) -> Query:
        return reach.limited(Query(by, *self._span, with_credits=False), self._asker.now.date())

    def told(self) -> Told:
        self.ask()
        by_model, by_key = (self._rows(query) for query in (self._by_model, self._by_key))
        answer, listed = self._own(), self._listed(by_key)
        own = unknown(answer) if isinstance(answer, Failure) else answer
        failures = [one for one in (by_model, by_key) if isinstance(one, Failure)]
        if len(failures) == 2 and isinstance(listed, Unknown) and not _tells(own):
            # A regular key would have told something by itself.
            raise answer if isinstance(answer, Failure) and isinstance(failures[0], NeedsManagementKey) else failures[0]
        facts = self._facts(by_model, by_key, listed, own)
        answers = _answers(by_model, by_key)
        notes = [note for one in answers for note in (*one.notes, *one.usage.table.warning_notes)]
        return Told(facts, tuple(dict.fromkeys(notes)), answers[0].key.name if answers else facts.own_name)

    def _facts(
        self, by_model: Rows, by_key: Rows, listed: Union[AccountKeys, Unknown], own: Union[KeyInfo, Unknown, None]
    ) -> Facts:
        answers, of_keys = _answers(by_model, by_key), _table(by_key)
        models = _fuller(_table(by_model), of_keys)
        return Facts(
            now=self._asker.now,
            span=self._span,
            days=tuple(sorted({day for one in answers for day in one.usage.days if self._is_asked(day)})),
            by_model=models,
            by_key=of_keys,
            listed=listed,
            models=self._models(),
            evidence=answers[0].evidence if answers else NOTHING_TOLD,
            fees=self._fees(models, answers),
            own=own,
            own_name=self._regular.name if self._regular else "",
            as_of=_oldest(self._asker.now, models, listed, own),
        )

    def _is_asked(self, day: date) -> bool:
        return self._span[0] <= day <= self._span[1]

    def ask(self) -> None:
        """Asks all that can be asked before any answer is there."""
        if self._regular:
            self._asker.ask(questions.key(self._regular))
        for query in (self._by_model, self._by_key):
            fetch.ask(self._asker, self._keys, query)
        if self._key:
            self._asker.ask(questions.models(self._key))

    def _rows(self, query: Query) -> Rows:
        try:
            return fetch.answer(self._asker, self._keys, query, share=SIDE_SHARE)
        except Failure as failure:
            return failure

    def _listed(self, by_key: Rows) -> Union[AccountKeys, Unknown]:
        """The key list that came with the rows, or is asked for without them."""
        if isinstance(by_key, Answers) and by_key.key_list is not None:
            return by_key.key_list
        if isinstance(by_key, NeedsManagementKey) or self._key is None:
            return NEEDS_MANAGEMENT_KEY
        listed = key_list.every_key(self._asker, self._key, share=SIDE_SHARE)
        return unknown(listed) if isinstance(listed, Failure) else listed

    def _own(self) -> Union[KeyInfo, Failure, None]:
        return self._asker.answer(questions.key(self._regular), share=SIDE_SHARE) if self._regular else None

    def _models(self) -> Union[ListedModels, Unknown]:
        if self._key is None:
            return NEEDS_MANAGEMENT_KEY
        answer = self._asker.answer(questions.models(self._key), share=SIDE_SHARE)
        return unknown(answer) if isinstance(answer, Failure) else answer

    def _fees(self, models: Union[UsageTable, Unknown], answers: list[Answers]) -> Union[ByokFees, Unknown, None]:
        """The fee for BYOK, which is asked for only where there is any."""
        if isinstance(models, Unknown) or not answers:
            return None
        byok = total((row.use.byok_usd for row in models.rows), Decimal(0))
        since = fees_since(self._span, self._asker.now.date())
        return byok_fees.told(self._asker, answers[0].key, since, byok, SIDE_SHARE)


def _answers(*found: Rows) -> list[Answers]:
    return [one for one in found if isinstance(one, Answers)]


def _tells(own: Union[KeyInfo, Unknown, None]) -> bool:
    """Tells whether a regular key told anything of itself."""
    return isinstance(own, KeyInfo) and not own.is_management


def _table(rows: Rows) -> Union[UsageTable, Unknown]:
    """The rows as far as they can be believed: all of them, or none."""
    if isinstance(rows, NeedsManagementKey):
        return NEEDS_MANAGEMENT_KEY
    if isinstance(rows, Failure):
        return unknown(rows)
    if rows is None:
        return NO_DAYS
    if rows.usage.table.partial:
        return LEFT_OUT
    is_silent = "key" in rows.usage.table.dimensions and rows.evidence.is_silent
    return NO_ROWS if is_silent else rows.table


def _fuller(one: Union[UsageTable, Unknown], other: Union[UsageTable, Unknown]) -> Union[UsageTable, Unknown]:
    """The table with more spend in it: a source can lack money, it does not invent it."""
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return other if isinstance(one, Unknown) and not isinstance(other, Unknown) else one
    whole, of_other = (groups.add_up(row.use for row in table.rows).usd for table in (one, other))
    is_less = isinstance(whole, Decimal) and isinstance(of_other, Decimal) and of_other > whole + Decimal("0.01")
    return other if is_less else one


def _oldest(now: datetime, *answers: Union[UsageTable, AccountKeys, KeyInfo, Unknown, None]) -> datetime:
    times = [one.as_of for one in answers if one and not isinstance(one, Unknown) and one.as_of]
    return min(times, default=now)
