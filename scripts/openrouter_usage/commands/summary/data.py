"""Renders a summary as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Callable, Union

from openrouter_usage.commands.summary.models import ModelTable
from openrouter_usage.commands.summary.records import Block, Summary, Total, credits_of
from openrouter_usage.days import iso_instant
from openrouter_usage.records import NEEDS_MANAGEMENT_KEY, AsOf, Counters, Limit, Note, Spend, Unknown, Use
from openrouter_usage.text import runway
from openrouter_usage.text.document import Json, balance, document, gaps, listed, usd_cells, with_as_of
from openrouter_usage.text.evidence import broken_down, disagreement

TODAY_CELLS = {"today_usd": "usd", "today_byok_usd": "byok_usd", "today_requests": "requests"}
"""The cells that the rows of models have of today, with the fields of Use that they are."""

TODAY_NOT_ASKED = Unknown("it was not asked for", "not_asked")
NO_REGULAR_KEY = Unknown("no regular key was found", "no_regular_key")


def render(summary: Summary) -> str:
    """Returns the JSON of the summary, with the total of all profiles in the object of each of them."""
    total: Json = {"total": _total(summary.total)} if summary.total else {}
    return by_profile(summary, "summary", lambda block: _block(block, summary), total)


def by_profile(summary: Summary, command: str, of_block: Callable[[Block], Json], of_all: Json) -> str:
    """Returns one JSON object or, for all profiles, a list of one for each; `of_all` is part of each."""
    by_name: dict[str, list[Block]] = {}
    for block in summary.blocks:
        by_name.setdefault(block.profile, []).append(block)
    documents = [document(command, _of_profile(blocks, summary, of_block, of_all)) for blocks in by_name.values()]
    return listed(documents) if summary.total else documents[0]


def _of_profile(blocks: Sequence[Block], summary: Summary, of_block: Callable[[Block], Json], of_all: Json) -> Json:
    first, *others = blocks
    cells = of_block(first)
    cells["notes"] += summary.notes
    return {
        "as_of": summary.as_of,
        "demo": summary.demo,
        **({"profile": first.profile} if first.profile else {}),
        **cells,
        **of_all,
        **({"other_account": of_block(others[0])} if others else {}),  # of the same keys
    }


def _total(total: Union[Total, Unknown]) -> Union[Json, Unknown]:
    if isinstance(total, Unknown):
        return total
    figures = {"accounts": total.accounts, "keys_alone": list(total.keys_alone), **usd_cells(total.credits)}
    return with_as_of({**figures, "balance": balance(total.balance)}, total.as_of)


def _block(block: Block, summary: Summary) -> Json:
    free = block.free_requests
    figures: Json = {
        "key": with_as_of(_counters(block.key, block.expires_at, NO_REGULAR_KEY), block.key_as_of),
        "account": with_as_of(_counters(block.account, None, NEEDS_MANAGEMENT_KEY), block.account_as_of),
        "today_local": _today_local(block),
        "balance": with_as_of(balance(block.balance), block.balance_as_of),
        "limits": _limits(block.limits, block.key_as_of),
        "free_requests": with_as_of(free if isinstance(free, Unknown) else free._asdict(), block.free_as_of),
        "models": with_as_of(_models(block.models, block.today_as_of), block.models_as_of),
        "forecast": runway.cells(block.forecast),
    }
    of_month: list[Note] = []
    if block.month is not None:
        from openrouter_usage.text import month  # rarely of use

        figures["month_end"], of_month = month.cells(block.month), list(month.notes(block.month))
    expiring = [Note("key_expires", f"{what} expires at {iso_instant(at)}") for what, at in block.expiring.items()]
    unknown = dict.fromkeys(gaps({**figures, "total": _total(summary.total) if summary.total else None}))
    notes = [*block.notes, *_of_evidence(block), *expiring, *runway.notes(block.forecast), *of_month, *unknown]
    return {"live_only": list(_live(block, summary)), **figures, "notes": notes}


def _of_evidence(block: Block) -> Iterator[Note]:
    """Yields the notes on figures of which the text says in their own line that they are partial, or disputed."""
    if isinstance(block.models, ModelTable) and block.models.gap:
        code = "sources_disagree" if block.models.gap.is_disputed else "activity_lacks"
        yield Note(code, f"models: {broken_down(block.models.gap)}")
    fuller = credits_of(block.account)._asdict()
    for window, lesser in block.disputed:
        yield Note("sources_disagree", f"account.{window}_usd: {disagreement(fuller[window], lesser)}")


def _live(block: Block, summary: Summary) -> Iterator[str]:
    """Yields the paths of the cells that no completed day is part of."""
    windows = [window for window in Spend._fields if window in summary.live]
    for scope, counters in (("key", block.key), ("account", block.account)):
        if isinstance(counters, Counters):
            yield from (f"{scope}.{prefix}{window}_usd" for prefix in ("", "byok_") for window in windows)
    if isinstance(block.models, ModelTable) and isinstance(block.models.today, Use):
        yield from ("models.today", *(f"models.rows.{name}" for name in TODAY_CELLS))


def _counters(counters: Union[Counters, Unknown, None], expires_at: object, nobody: Unknown) -> Union[Json, Unknown]:
    if not isinstance(counters, Counters):
        return counters or nobody
    byok = usd_cells(counters.byok, "byok_")
    return {**usd_cells(counters.credits), "total_usd": counters.total, **byok, "expires_at": expires_at}


def _today_local(block: Block) -> Union[Json, Unknown, None]:
    found = block.today_local
    if found is None or isinstance(found, Unknown):
        return found
    cells = {"usd": found.usd, "byok_usd": found.byok_usd, "since": found.day.start, "tz": found.day.zone}
    return with_as_of(cells, block.today_as_of)


def _limits(limits: Union[tuple[Limit, ...], Unknown], as_of: AsOf) -> Union[list[Json], Unknown]:
    if isinstance(limits, Unknown):
        return limits
    cells = []
    for limit in limits:
        amounts = {f"{name}_usd": getattr(limit, name) for name in ("limit", "spent", "remaining")}
        resets = {"resets": limit.resets, "resets_at": limit.resets_at}
        cells.append({"scope": limit.scope, **amounts, **resets, "as_of": as_of.at})
    return cells


def _models(models: Union[ModelTable, Unknown], today_as_of: AsOf) -> Union[Json, Unknown]:
    """Returns the rows. If the use of today is not known, `today` is null and the rows have no cells of today."""
    if isinstance(models, Unknown):
        return models
    rows = []
    for row in models.rows:
        cells = {name: getattr(row.today, field) for name, field in TODAY_CELLS.items()} if row.today else {}
        rows.append({"model": row.model, **row.use._asdict(), **cells})
    today = models.today or TODAY_NOT_ASKED
    live = today if isinstance(today, Unknown) else with_as_of(today._asdict(), today_as_of)
    partial = {"broken_down_usd": models.gap.broken_down} if models.gap else {}
    return {"from": models.first, "to": models.last, "total_usd": models.total, **partial, "today": live, "rows": rows}
