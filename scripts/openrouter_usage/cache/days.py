"""The completed UTC days of each account, which are never deleted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Optional

from openrouter_usage.cache import accounts, json_store
from openrouter_usage.cache.cache import Cache, falls_back_to
from openrouter_usage.cache.json_store import instant, text, whole
from openrouter_usage.days import DAY, Span, days_before, every_day, midnight
from openrouter_usage.dimensions import ACTIVITY_REACH
from openrouter_usage.errors import CacheTrouble
from openrouter_usage.figures import evidence, groups, judgement
from openrouter_usage.records import (
    A_CENT,
    ACCOUNT_DAYS,
    ACTIVITY,
    SETTLING,
    AccountDays,
    Activity,
    ActivityRow,
    Amount,
    Completed,
    Key,
    Remembered,
    StoredDay,
    Unknown,
    UsageRow,
    UsageTable,
    Use,
)

if TYPE_CHECKING:
    from openrouter_usage.cache.database import Database

MONEY_PLACES = 10
"""Decimals of a dollar in an integer of the database: as many as the API tells. SQLite adds up fractions inexactly."""

LARGEST_STORED = 9 * 10**17
"""The largest figure that is stored, and the largest sum of all figures of an answer.

SQLite's integers end at 9.2e18, and sums over the days of several answers need room.
"""

NOT_TOLD = Unknown("OpenRouter did not tell it when these days were remembered")

INSERT = f"INSERT INTO spend VALUES ({', '.join('?' * (3 + len(Use._fields)))})"  # noqa: S608 (question marks)
SUMS = ", ".join(f"CASE WHEN COUNT({name}) = COUNT(*) THEN SUM({name}) END AS {name}" for name in Use._fields)
"""The sum of a figure that one of the rows lacks is not known."""

FIGURES = " + ".join(f"COALESCE(SUM({name}), 0)" for name in Use._fields)
"""The sum of all figures, as a day has it."""

HAS_NO_TOKENS = "prompt_tokens + completion_tokens = 0"
APART_BY_ENDPOINT = f"endpoint * 3 + IFNULL({HAS_NO_TOKENS}, 2)"
"""One number for an endpoint and whether there are tokens: yes, no, or not told. SQLite sorts by one number faster."""


# Of a key's account


@falls_back_to(None)
def fresh(cache: Cache, key: Key) -> Optional[Remembered]:
    """The instant of the days that /activity could tell, where all of them are final or fresh; else None."""
    account = _account(cache, key)
    span = days_before(cache.now.date(), ACTIVITY_REACH)
    held = {} if account is None else stored_between(cache.database, account, span)
    if len(held) < ACTIVITY_REACH:
        return None
    last = max(one.doubted_at or one.seen_at for one in held.values())
    are_final = all(_is_final(day, one) for day, one in held.items())
    return Remembered(last) if are_final or cache.is_fresh(last) else None


@falls_back_to(None)
def last(cache: Cache, key: Key) -> Optional[Remembered]:
    """The instant at which any of the account's days was seen last; None where none was."""
    account = _account(cache, key)
    at = None if account is None else last_seen(cache.database, account)
    return Remembered(at) if at else None


def keep(cache: Cache, key: Key, told: Activity) -> Remembered:
    """Stores the days of an answer of /activity: by its own instant it covers the 30 days before.

    A stored day with more in it stays, and is doubted from then on, unless analytics counts as little as the answer.
    """
    at = told.at or cache.now
    account, span = accounts.bind(cache, key), days_before(at.date(), ACTIVITY_REACH)
    counted = _counted(cache, key)
    uses = _uses(told, span)
    with cache.database.changing():
        kept = _standing(cache.database, account, uses, counted)
        _replace(cache.database, account, [row for row in told.rows if row.day not in kept], set(uses) - set(kept), at)
        doubted = {**{day: uses[day].usd for day in kept}, **dict.fromkeys(_lacking(uses, counted, kept))}
        _doubt(cache.database, account, doubted, at)
    return Remembered(at)


@falls_back_to({})
def standing(cache: Cache, key: Key, told: Activity, today: date) -> dict[date, Amount]:
    """The stored days that stand although the answer has less of them, each with the USD that the answer has."""
    account = _account(cache, key)
    if account is None:
        return {}
    uses = _uses(told, days_before(told.at.date() if told.at else today, ACTIVITY_REACH))
    return {day: uses[day].usd for day in _standing(cache.database, account, uses, _counted(cache, key))}


@falls_back_to(None)
def read(cache: Cache, key: Key, dimensions: tuple[str, ...], span: Span) -> Optional[Completed]:
    """The account's use on those UTC days of `span` (both included) that are stored; None where none can be read."""
    account = _account(cache, key)
    return None if account is None else _completed(cache.database, account, dimensions, span)


@falls_back_to(())
def versions(cache: Cache, key: Key) -> tuple[tuple[str, str], ...]:
    """Every permaslug of the account's days, with its model."""
    rows = cache.database.read(
        _texts,
        "SELECT DISTINCT permaslug, model FROM endpoint JOIN spend ON spend.endpoint = endpoint.id "
        "JOIN day ON day.id = spend.day WHERE day.account = ? AND permaslug <> ''",
        (accounts.of(cache, key),),
    )
    return tuple(rows)


@falls_back_to(())
def models_of(cache: Cache, permaslugs: Collection[str]) -> tuple[tuple[str, str], ...]:
    """The permaslugs among these that any account has used, each with OpenRouter's name of its model."""
    rows = cache.database.read(_texts, "SELECT DISTINCT permaslug, model FROM endpoint")
    return tuple((permaslug, model) for permaslug, model in rows if permaslug in permaslugs)


def _texts(permaslug: str, model: str) -> tuple[str, str]:
    return text(permaslug), text(model)


@falls_back_to(False)
def is_new_key(cache: Cache, key: Key) -> bool:
    """Tells whether OpenRouter never told this very key of completed days: another of its account may be refused."""
    return json_store.last(cache.database, key.id, ACTIVITY) is None


@falls_back_to(False)
def holds_any(cache: Cache, span: Span) -> bool:
    """Tells whether any of these UTC days (both ends included) is stored, of whatever account."""
    between = (span[0].isoformat(), span[1].isoformat())
    return bool(cache.database.rows("SELECT 1 FROM day WHERE date BETWEEN ? AND ? LIMIT 1", between))


def _account(cache: Cache, key: Key) -> Optional[int]:
    """The account whose days the key may see: only one that OpenRouter told of completed days."""
    told = json_store.last(cache.database, key.id, ACTIVITY)
    return None if told is None else accounts.of(cache, key)


# Of an account


def _counted(cache: Cache, key: Key) -> dict[date, Decimal]:
    """What analytics last counted of each day, in USD of credits, where it was told after the day had ended."""
    held = json_store.last(cache.database, key.id, ACCOUNT_DAYS)
    if held is None or not isinstance(held[1], AccountDays) or not held[1].days:  # without any row it says nothing
        return {}
    at = min(held[0], held[1].as_of or held[0])
    counted = judgement.counted_by_day(held[1], at.date() - DAY)
    return {day: one.usd for day, one in counted.items() if isinstance(one.usd, Decimal)}


def _uses(told: Activity, span: Span) -> dict[date, Use]:
    """The use that the answer has on each day of the span."""
    rows = tuple(UsageRow((row.day,), row.use) for row in told.rows)
    return groups.by_day(Completed(UsageTable(("date",), rows), every_day(span)))


def _standing(database: Database, account: int, uses: dict[date, Use], counted: dict[date, Decimal]) -> list[date]:
    """The stored days that have more than the answer, which analytics does not confirm."""
    held = groups.by_day(_completed(database, account, ("date",), (min(uses), max(uses))))
    lesser = (day for day, use in held.items() if day in uses and evidence.is_lesser(uses[day], use))
    return [day for day in lesser if not evidence.agree(uses[day].usd, counted.get(day))]


def _lacking(uses: dict[date, Use], counted: dict[date, Decimal], kept: Collection[date]) -> list[date]:
    """The days of the answer of which analytics counts more by a cent."""
    both = ((day, use.usd, counted.get(day)) for day, use in uses.items() if day not in kept)
    return [day for day, usd, more in both if isinstance(usd, Decimal) and more is not None and more - usd >= A_CENT]


def _doubt(database: Database, account: int, doubted: dict[date, Optional[Amount]], at: datetime) -> None:
    database.do(
        "UPDATE day SET doubted_at = ?, lesser = ? WHERE account = ? AND date = ?",
        *(
            (written(at), units(usd) if isinstance(usd, Decimal) else None, account, day.isoformat())
            for day, usd in doubted.items()
        ),
    )


def _replace(
    database: Database, account: int, rows: Sequence[ActivityRow], days: Collection[date], at: datetime
) -> None:
    """Replaces each of these days by its rows as seen at that instant; a day without rows by a seen zero.

    Rows of other days are left out. Rows alike in every name are all kept: each is money of its own.
    Raises CacheTrouble where their figures are too large to be added up.
    """
    numbers = _begin_days(database, account, days, at)
    here = [(row, _stored(row)) for row in rows if row.day in numbers]
    _bounded(sum(abs(figure or 0) for _, figures in here for figure in figures))
    endpoints = _endpoints(database, [row for row, _ in here])
    database.do(
        INSERT,
        *(
            (numbers[row.day], place, endpoints[row.model, row.permaslug, row.provider], *figures)
            for place, (row, figures) in enumerate(here)
        ),
    )
    of_rows = f"SELECT {FIGURES} FROM spend WHERE spend.day = day.id"  # noqa: S608 (names of ours)
    database.do(f"UPDATE day SET figures = ({of_rows}) WHERE id = ?", *((one,) for one in numbers.values()))  # noqa: S608


def _begin_days(database: Database, account: int, days: Collection[date], at: datetime) -> dict[date, int]:
    """The numbers under which the days are kept, all of them empty."""
    if not days:
        return {}
    dates = [(account, day.isoformat()) for day in days]
    database.do("DELETE FROM day WHERE account = ? AND date = ?", *dates)
    database.do("INSERT INTO day (account, date, seen_at) VALUES (?, ?, ?)", *((*one, written(at)) for one in dates))
    between = (account, min(days).isoformat(), max(days).isoformat())
    question = "SELECT date, id FROM day WHERE account = ? AND date BETWEEN ? AND ?"
    found = dict(database.read(lambda day, number: (date.fromisoformat(day), whole(number)), question, between))
    database.do("DELETE FROM spend WHERE day = ?", *((found[day],) for day in days))  # left by damage, if any
    return {day: found[day] for day in days}


def _endpoints(database: Database, rows: Sequence[ActivityRow]) -> dict[tuple[str, str, str], int]:
    """The numbers of the rows' endpoints."""
    named = dict.fromkeys((row.model, row.permaslug, row.provider) for row in rows)
    database.do("INSERT OR IGNORE INTO endpoint (model, permaslug, provider) VALUES (?, ?, ?)", *named)
    known = database.rows("SELECT model, permaslug, provider, id FROM endpoint")
    return {(model, permaslug, provider): number for model, permaslug, provider, number in known}


def _stored(row: ActivityRow) -> list[Optional[int]]:
    usd, byok, *counts = row.use
    money = [None if isinstance(amount, Unknown) else units(amount) for amount in (usd, byok)]
    return [*money, *(None if isinstance(number, Unknown) else _bounded(number) for number in counts)]


def written(at: datetime) -> str:
    """An instant as it is stored: such texts sort as times do."""
    return at.isoformat(timespec="seconds")


def stored_between(database: Database, account: int, days: Span) -> dict[date, StoredDay]:
    """The stored days of the span in order."""
    between = (account, days[0].isoformat(), days[1].isoformat())
    question = (
        "SELECT date, seen_at, doubted_at, lesser FROM day WHERE account = ? AND date BETWEEN ? AND ? ORDER BY date"
    )
    return dict(database.read(_stored_day, question, between))


def _stored_day(day: str, seen_at: str, doubted_at: Optional[str], lesser: Optional[int]) -> tuple[date, StoredDay]:
    doubted = None if doubted_at is None else instant(doubted_at)
    told = None if lesser is None else dollars(lesser)
    return date.fromisoformat(day), StoredDay(instant(seen_at), doubted, told)


def last_seen(database: Database, account: int) -> Optional[datetime]:
    """The instant at which any day of the account was seen last."""
    question = "SELECT seen_at FROM day WHERE account = ? ORDER BY seen_at DESC LIMIT 1"
    return next(iter(database.read(instant, question, (account,))), None)


def _is_final(day: date, stored: StoredDay) -> bool:
    """Tells whether the day was over for long enough when it was seen, and was not doubted since."""
    return _is_settled(day, stored) and stored.doubted_at is None


def _is_settled(day: date, stored: StoredDay) -> bool:
    return stored.seen_at >= midnight(day + DAY) + SETTLING


def _completed(database: Database, account: int, dimensions: tuple[str, ...], days: Span) -> Completed:
    """The use on the stored days of the span, by date, model or provider."""
    with database.reading():
        held = stored_between(database, account, days)
        rows = _table(database, account, dimensions, days)
    unsettled = tuple(day for day, one in held.items() if not _is_settled(day, one))
    as_of = max((one.seen_at for one in held.values()), default=None)
    doubts = tuple((day, one.lesser) for day, one in held.items() if one.lesser is not None)
    return Completed(UsageTable(dimensions, rows, as_of=as_of), tuple(held), unsettled, doubts)


def _table(database: Database, account: int, dimensions: Sequence[str], days: Span) -> tuple[UsageRow, ...]:
    """The use on these days added up: no single row leaves SQLite. Called within `reading`."""
    span = (account, days[0].isoformat(), days[1].isoformat())
    rows = database.read(partial(_row, dimensions), _question(dimensions), span)
    of_days = database.read(whole, "SELECT figures FROM day WHERE account = ? AND date BETWEEN ? AND ?", span)
    if sum(figures for _, figures in rows) != sum(of_days):
        raise database.damage()
    return tuple(row for row, _ in rows)


def _question(dimensions: Sequence[str]) -> str:
    """Adds up by endpoint before it asks for names: a million rows are sorted by one number, a few hundred by a text.

    What has no tokens (videos, for one) stays apart, as it is in OpenRouter's own rows: it has no price per token.
    """
    of_day = ["date"] if "date" in dimensions else []
    has_names = len(dimensions) > len(of_day)
    by_number = (
        f"SELECT {', '.join([*of_day, *(['endpoint'] if has_names else [])])}, {SUMS}, {FIGURES} AS figures "  # noqa: S608 (names of ours)
        "FROM day JOIN spend ON spend.day = day.id WHERE account = ? AND date BETWEEN ? AND ? "
        f"GROUP BY {', '.join([*of_day, APART_BY_ENDPOINT if has_names else HAS_NO_TOKENS])}"
    )
    if not has_names:
        return by_number
    names = ", ".join(dimensions)
    by_name = f"SELECT {names}, {SUMS}, SUM(figures) FROM ({by_number}) JOIN endpoint ON id = endpoint"  # noqa: S608 (names of ours)
    return f"{by_name} GROUP BY {names}, {HAS_NO_TOKENS}"


def _row(dimensions: Sequence[str], *row: Any) -> tuple[UsageRow, int]:
    """A stored row: its names, then its figures, of which NULL was not told, and their sum."""
    names = tuple(date.fromisoformat(name) if one == "date" else text(name) for one, name in zip(dimensions, row))
    usd, byok, *counts, figures = row[len(dimensions) :]
    money: list[Amount] = [NOT_TOLD if units is None else dollars(units) for units in (usd, byok)]
    use = Use(money[0], money[1], *(NOT_TOLD if one is None else whole(one) for one in counts))
    return UsageRow(names, use), whole(figures)


# Money


def units(amount: Decimal) -> int:
    """US dollars in units of 1e-10; what is finer is rounded half to even. Raises CacheTrouble."""
    return _bounded(int(amount.scaleb(MONEY_PLACES).to_integral_value()))


def dollars(units: int) -> Decimal:
    """Units of 1e-10 in US dollars. Raises TypeError for what is no whole number."""
    return Decimal(whole(units)).scaleb(-MONEY_PLACES)


def _bounded(number: int) -> int:
    """The number, if SQLite can hold it. Raises CacheTrouble."""
    if abs(number) > LARGEST_STORED:
        raise CacheTrouble("a figure is too large to be remembered")
    return number
