"""The names of the columns that `--columns` takes, each with the cells of JSON and CSV that it stands for."""

from __future__ import annotations

from collections.abc import Iterable

from openrouter_usage.commands.report.records import Query
from openrouter_usage.dimensions import DIMENSIONS
from openrouter_usage.errors import BadUsage

Cells = dict[str, tuple[str, ...]]

BAR = "bar"
USE: Cells = {
    "spend": ("usd",),
    "byok": ("byok_usd",),
    "share": ("share",),
    "reqs": ("requests",),
    "prompt": ("prompt_tokens",),
    "compl": ("completion_tokens",),
    "reason": ("reasoning_tokens",),
    "cached": ("cached_tokens",),
    "per-million": ("usd_per_million_tokens",),
    "per-request": ("usd_per_request",),
    "hit": ("cached_share",),
}
PERIOD: Cells = {"days": ("days",), "per-day": ("usd_per_day",)}
TODAY: Cells = {"today": ("today_usd",), "with-today": ("with_today_usd",)}
BALANCE: Cells = {"balance": ("balance_usd", "balance_at"), "top-up": ("top_up_usd",)}
KEY: Cells = {
    "today": ("today_usd",),
    "week": ("week_usd",),
    "month": ("month_usd",),
    "limit": ("limit_usd", "limit_resets"),
    "left": ("limit_remaining_usd",),
    "last-used": ("last_used_at",),
    "marks": ("marks", "expires_at", "disabled", "keys"),
}
HEADINGS = {"$/m": "per-million", "$/req": "per-request", "$/day": "per-day"}
"""The names of columns that are called by a sign in the table."""


def columns(query: Query) -> Cells:
    """Returns the columns of a report, with their cells; a bar has none."""
    names = {one: tuple(filter(None, (one, DIMENSIONS[one].email_column))) for one in query.by}
    period = PERIOD if query.has_periods else {}
    today = TODAY if query.has_today_columns else {}
    details = KEY if query.is_by_key else BALANCE if query.has_balances else {}
    use = {"spend": USE["spend"], **today, **USE}
    return {**names, **period, **use, **details, **({BAR: ()} if len(query.by) == 1 else {})}


def read(words: Iterable[str], query: Query) -> tuple[str, ...]:
    """Returns the picked columns by name, or cells, behind the dimensions that are not named. Raises BadUsage."""
    known = columns(query)
    cells = {cell for of_column in known.values() for cell in of_column}
    found: list[str] = []
    for word in words:
        name = HEADINGS.get(word.lower(), word.lower())
        name = name if name in cells else name.replace("_", "-") if name.replace("_", "-") in known else name
        if name not in known and name not in cells:
            raise BadUsage(f"argument --columns: {word!r} is none of {', '.join(known)}", "name some of these")
        found.append(name)
    return tuple(dict.fromkeys((*(one for one in query.by if one not in found), *found)))


def as_columns(picked: Iterable[str], query: Query) -> tuple[str, ...]:
    """Returns the columns of what is picked: a cell stands for its column."""
    known = columns(query)
    column_of = {cell: name for name, cells in known.items() for cell in cells}
    return tuple(dict.fromkeys(name if name in known else column_of[name] for name in picked))


def as_cells(picked: Iterable[str], query: Query) -> tuple[str, ...]:
    """Returns the cells of what is picked: a column stands for its cells."""
    known = columns(query)
    return tuple(dict.fromkeys(cell for name in picked for cell in known.get(name, (name,))))
