"""Keeps the account's completed UTC days for good, and adds them up."""

from __future__ import annotations

from datetime import date, datetime
from typing import Collection, Dict, List, Optional, Sequence, Tuple

from openrouter_usage.cache.database import History
from openrouter_usage.cache.money import bounded, dollars, units
from openrouter_usage.days import DAY, every_day, midnight
from openrouter_usage.records import (
    SETTLING,
    ActivityRow,
    Amount,
    Completed,
    Count,
    Name,
    Span,
    Unknown,
    UsageRow,
    UsageTable,
    Use,
)

NOT_TOLD = Unknown("OpenRouter did not tell it when these days were remembered")

INSERT = f"INSERT INTO spend VALUES ({', '.join('?' * (3 + len(Use._fields)))})"  # noqa: S608 (question marks)
SUMS = ", ".join(f"CASE WHEN COUNT({name}) = COUNT(*) THEN SUM({name}) END AS {name}" for name in Use._fields)
"""A figure that one of the rows lacks is not known of their sum."""


def keep(history: History, account: int, rows: Sequence[ActivityRow], days: Span, at: datetime) -> None:
    """Replaces each of these days whole by its rows as seen at that instant; a day without rows by a seen zero.

    Rows of other days are left out. Rows alike in every name are all kept: each is money of its own.
    """
    with history.changing():
        numbers = _begin_days(history, account, days, at)
        here = [row for row in rows if row.day.isoformat() in numbers]
        endpoints = _endpoints(history, here)
        history.do(
            INSERT,
            *(
                (numbers[row.day.isoformat()], place, endpoints[row.model, row.permaslug, row.provider], *_stored(row))
                for place, row in enumerate(here)
            ),
        )


def _begin_days(history: History, account: int, days: Span, at: datetime) -> Dict[str, int]:
    """The numbers under which the days are kept, all of them empty."""
    between = (account, days[0].isoformat(), days[1].isoformat())
    dates = (day.isoformat() for day in every_day(days))
    history.do("DELETE FROM day WHERE account = ? AND date BETWEEN ? AND ?", between)
    history.do(
        "INSERT INTO day (account, date, seen_at) VALUES (?, ?, ?)", *((account, day, written(at)) for day in dates)
    )
    return dict(history.rows("SELECT date, id FROM day WHERE account = ? AND date BETWEEN ? AND ?", between))


def _endpoints(history: History, rows: Sequence[ActivityRow]) -> Dict[Tuple[str, str, str], int]:
    """The numbers of the rows' endpoints."""
    named = dict.fromkeys((row.model, row.permaslug, row.provider) for row in rows)
    history.do("INSERT OR IGNORE INTO endpoint (model, permaslug, provider) VALUES (?, ?, ?)", *named)
    known = history.rows("SELECT model, permaslug, provider, id FROM endpoint")
    return {(model, permaslug, provider): number for model, permaslug, provider, number in known}


def _stored(row: ActivityRow) -> List[Optional[int]]:
    usd, byok, *counts = row.use
    money = [None if isinstance(amount, Unknown) else units(amount) for amount in (usd, byok)]
    return [*money, *(None if isinstance(number, Unknown) else bounded(number) for number in counts)]


def written(at: datetime) -> str:
    """An instant as the file has it, so that texts sort as times do."""
    return at.isoformat(timespec="seconds")


def seen(history: History, account: int, days: Span) -> Dict[date, datetime]:
    """Which of these days are remembered, and when each was seen last; in order."""
    between = (account, days[0].isoformat(), days[1].isoformat())
    rows = history.rows(
        "SELECT date, seen_at FROM day WHERE account = ? AND date BETWEEN ? AND ? ORDER BY date", between
    )
    return {date.fromisoformat(day): datetime.fromisoformat(at) for day, at in rows}


def is_any_kept(history: History, days: Span) -> bool:
    """Whether any account has any of these days."""
    between = (days[0].isoformat(), days[1].isoformat())
    return bool(history.rows("SELECT 1 FROM day WHERE date BETWEEN ? AND ? LIMIT 1", between))


def last_seen(history: History, account: int) -> Optional[datetime]:
    """When a day of the account was seen last."""
    ((at,),) = history.rows("SELECT MAX(seen_at) FROM day WHERE account = ?", (account,))
    return datetime.fromisoformat(at) if at else None


def is_final(day: date, seen_at: datetime) -> bool:
    """Whether the day was over for long enough when it was seen."""
    return seen_at >= midnight(day + DAY) + SETTLING


def read(history: History, account: int, dimensions: Tuple[str, ...], days: Span) -> Completed:
    """The use on those of these days that are remembered, by date, model or provider."""
    with history.at_one_time():
        held = seen(history, account, days)
        rows = table(history, account, dimensions, days)
    unsettled = tuple(day for day, at in held.items() if not is_final(day, at))
    as_of = max(held.values(), default=None)
    return Completed(UsageTable(dimensions, rows, as_of=as_of), tuple(held), unsettled)


def table(history: History, account: int, dimensions: Sequence[str], days: Span) -> Tuple[UsageRow, ...]:
    """The use on these days added up: no single row leaves SQLite."""
    rows = history.rows(_question(dimensions), (account, days[0].isoformat(), days[1].isoformat()))
    width = len(dimensions)
    return tuple(UsageRow(_names(dimensions, row), _use(row[width:])) for row in rows)


def _question(dimensions: Sequence[str]) -> str:
    """Adds up by endpoint before it asks for names: a million rows are sorted by a number, a few hundred by a text."""
    of_day = ["date"] if "date" in dimensions else []
    inner = ", ".join([*of_day, *(["endpoint"] if len(dimensions) > len(of_day) else [])])
    by_number = (
        f"SELECT {inner}, {SUMS} FROM day JOIN spend ON spend.day = day.id "  # noqa: S608 (names of ours)
        f"WHERE account = ? AND date BETWEEN ? AND ? GROUP BY {inner}"
    )
    if len(dimensions) == len(of_day):
        return by_number
    names = ", ".join(dimensions)
    return f"SELECT {names}, {SUMS} FROM ({by_number}) JOIN endpoint ON id = endpoint GROUP BY {names}"  # noqa: S608


def _names(dimensions: Sequence[str], row: Sequence[str]) -> Tuple[Name, ...]:
    return tuple(date.fromisoformat(name) if one == "date" else name for one, name in zip(dimensions, row))


def _use(row: Sequence[Optional[int]]) -> Use:
    usd, byok, *counts = row
    return Use(_money(usd), _money(byok), *(map(_count, counts)))


def _money(units: Optional[int]) -> Amount:
    return NOT_TOLD if units is None else dollars(units)


def _count(number: Optional[int]) -> Count:
    return NOT_TOLD if number is None else number


def versions(history: History, account: int) -> Tuple[Tuple[str, str], ...]:
    """Every permaslug that the account's days have seen, with its model."""
    rows = history.rows(
        "SELECT DISTINCT permaslug, model FROM endpoint JOIN spend ON spend.endpoint = endpoint.id "
        "JOIN day ON day.id = spend.day WHERE day.account = ? AND permaslug <> ''",
        (account,),
    )
    return tuple((permaslug, model) for permaslug, model in rows)


def models_of(history: History, permaslugs: Collection[str]) -> Tuple[Tuple[str, str], ...]:
    """Those of these permaslugs that any account's days have seen, with their models."""
    rows = history.rows("SELECT DISTINCT permaslug, model FROM endpoint")
    return tuple((permaslug, model) for permaslug, model in rows if permaslug in permaslugs)
