"""Renders a summary as JSON."""

from typing import Callable, Dict, List, Sequence, Union

from openrouter_usage.commands.summary.models import ModelRow, ModelTable
from openrouter_usage.commands.summary.records import Block, Summary, Total
from openrouter_usage.days import iso_instant
from openrouter_usage.records import (
    NEEDS_MANAGEMENT_KEY,
    AsOf,
    Counters,
    FreeRequests,
    Limit,
    Note,
    Spend,
    Unknown,
)
from openrouter_usage.text import runway
from openrouter_usage.text.document import SCHEMA, Json, as_note, balance, dumps, gaps, listed, told

TODAY = {"today_usd": "usd", "today_byok_usd": "byok_usd", "today_requests": "requests"}
"""What the rows have of today."""

TODAY_NOT_ASKED = Unknown("it was not asked for", "not_asked")
NO_REGULAR_KEY = Unknown("no regular key was found", "no_regular_key")


def render(summary: Summary) -> str:
    """JSON, with the total of all profiles in each of their objects."""
    total: Json = {"total": _total(summary.total)} if summary.total else {}
    return by_profile(summary, "summary", lambda block: _block(block, summary), total)


def by_profile(summary: Summary, command: str, of_block: Callable[[Block], Json], of_all: Json) -> str:
    """Returns one JSON object or, for all profiles, a list of one for each.

    A second account of the same keys stands in `other_account`. `of_all` is part of every object.
    """
    by_name: Dict[str, List[Block]] = {}
    for block in summary.blocks:
        by_name.setdefault(block.profile, []).append(block)
    head: Json = {"schema": SCHEMA, "command": command, "as_of": summary.as_of, "demo": summary.demo}
    documents = [dumps({**head, **_of_profile(blocks, summary, of_block, of_all)}) for blocks in by_name.values()]
    return listed(documents) if summary.total else documents[0] + "\n"


def _of_profile(blocks: Sequence[Block], summary: Summary, of_block: Callable[[Block], Json], of_all: Json) -> Json:
    first, *others = blocks
    cells = {**({"profile": first.profile} if first.profile else {}), **of_block(first), **of_all}
    cells["notes"] += [as_note(note) for note in summary.notes]
    if others:
        cells["other_account"] = of_block(others[0])
    return cells


def _total(total: Union[Total, Unknown]) -> Union[Json, Unknown]:
    if isinstance(total, Unknown):
        return total
    spend = {f"{window}_usd": amount for window, amount in total.credits._asdict().items()}
    figures = {"accounts": total.accounts, "keys_alone": list(total.keys_alone), **spend}
    return told({**figures, "balance": balance(total.balance)}, total.as_of)


def _block(block: Block, summary: Summary) -> Json:
    key, limits = block.key_as_of, block.limits
    figures: Json = {
        "key": told(_counters(block.key, block.expires_at, NO_REGULAR_KEY), key),
        "account": told(_counters(block.account, None, NEEDS_MANAGEMENT_KEY), block.account_as_of),
        "balance": told(balance(block.balance), block.balance_as_of),
        "limits": limits if isinstance(limits, Unknown) else [told(_limit(limit), key) for limit in limits],
        "free_requests": told(_free(block.free_requests), block.free_as_of),
        "models": told(_models(block.models, block.today_as_of), block.models_as_of),
        "forecast": runway.cells(block.forecast),
    }
    unknown = dict.fromkeys(gaps({**figures, "total": _total(summary.total) if summary.total else None}))
    notes = [*block.notes, *_expiring(block), *runway.notes(block.forecast), *unknown]
    return {"live_only": _live(summary, figures), **figures, "notes": [as_note(note) for note in notes]}


def _expiring(block: Block) -> List[Note]:
    return [Note("key_expires", f"{one.what} expires at {iso_instant(one.at)}") for one in block.expiring]


def _live(summary: Summary, figures: Json) -> List[str]:
    windows = [window for window in Spend._fields if window in summary.live]
    names = [f"{prefix}{window}_usd" for prefix in ("", "byok_") for window in windows]
    scopes = [scope for scope in ("key", "account") if isinstance(figures[scope], dict)]
    todays = ["today", *(f"rows.{name}" for name in TODAY)]
    of_models = [f"models.{name}" for name in todays if _tells_today(figures["models"])]
    return [*(f"{scope}.{name}" for scope in scopes for name in names), *of_models]


def _tells_today(models: Union[Json, Unknown]) -> bool:
    return isinstance(models, dict) and isinstance(models.get("today"), dict)


def _counters(counters: Union[Counters, Unknown, None], expires_at: object, nobody: Unknown) -> Union[Json, Unknown]:
    if not isinstance(counters, Counters):
        return counters or nobody
    fields: Json = {f"{window}_usd": amount for window, amount in counters.credits._asdict().items()}
    fields["total_usd"] = counters.total
    fields.update({f"byok_{window}_usd": amount for window, amount in counters.byok._asdict().items()})
    fields["expires_at"] = expires_at
    return fields


def _limit(limit: Limit) -> Json:
    return {
        "scope": limit.scope,
        "limit_usd": limit.limit,
        "spent_usd": limit.spent,
        "remaining_usd": limit.remaining,
        "resets": limit.resets,
        "resets_at": limit.resets_at,
    }


def _free(free: Union[FreeRequests, Unknown]) -> Union[Json, Unknown]:
    return free if isinstance(free, Unknown) else dict(free._asdict())


def _models(models: Union[ModelTable, Unknown], today_as_of: AsOf) -> Union[Json, Unknown]:
    """`today` is null where it is not known: the rows do not have it, either."""
    if isinstance(models, Unknown):
        return models
    rows = [_model(row) for row in models.rows]
    today = models.today or TODAY_NOT_ASKED
    live = today if isinstance(today, Unknown) else told(today._asdict(), today_as_of)
    return {"from": models.first, "to": models.last, "total_usd": models.total, "today": live, "rows": rows}


def _model(row: ModelRow) -> Json:
    today = {name: getattr(row.today, field) for name, field in TODAY.items()} if row.today else {}
    return {"model": row.model, **row.use._asdict(), **today}
