"""The fake's `/analytics/query`: groups an account's events as the documented endpoint does, and as strictly."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

DIMENSIONS = ("model", "api_key_id", "app", "user", "workspace", "provider")
FINE = ("provider",)
GRANULARITIES = {"hour": "%Y-%m-%dT%H:00:00Z", "day": "%Y-%m-%d", "month": "%Y-%m-01"}
DEFAULT_LIMIT, MOST = 1000, 10_000


class Refused(Exception):
    """The query is not valid."""


class Question(NamedTuple):
    metrics: List[str]
    dimensions: List[str]
    granularity: Optional[str]
    start: datetime
    end: datetime
    limit: int


def question(body: Dict[str, Any], now: datetime) -> Question:
    """What a body asks for. Raises Refused where the real endpoint answers 400."""
    try:
        start, end = (_strict_instant(body["time_range"][edge]) for edge in ("start", "end"))
        asked = Question(
            body["metrics"],
            body.get("dimensions", []),
            body.get("granularity"),
            start,
            end,
            body.get("limit", DEFAULT_LIMIT),
        )
    except (KeyError, TypeError, ValueError):
        raise Refused from None
    reach = timedelta(days=31 if asked.granularity == "hour" or set(FINE) & set(asked.dimensions) else 366)
    if (
        not asked.metrics
        or not set(asked.metrics) <= set(METRICS)
        or not set(asked.dimensions) <= set(DIMENSIONS)
        or len(asked.dimensions) > 2
        or asked.granularity not in (None, *GRANULARITIES)
        or not 1 <= asked.limit <= MOST
        or start > end
        or end - start > reach
        or start < now - timedelta(days=366)
        or set(body) - {"metrics", "dimensions", "granularity", "time_range", "limit"}
    ):
        raise Refused
    return asked


def _strict_instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def answer(asked: Question, events: List[Any], name: Callable[[Any, str], Optional[str]]) -> Dict[str, Any]:
    """The rows, latest time first. `name` tells what an event is called in a dimension."""
    groups: Dict[Tuple[Any, ...], List[Any]] = {}
    column = [f"date__{asked.granularity}"] if asked.granularity else []
    for event in events:
        if asked.start <= event.at <= asked.end:
            time = [f"{event.at:{GRANULARITIES[asked.granularity]}}"] if asked.granularity else []
            groups.setdefault((*time, *(name(event, one) for one in asked.dimensions)), []).append(event)
    rows = [
        {**dict(zip([*column, *asked.dimensions], names)), **{one: METRICS[one](group) for one in asked.metrics}}
        for names, group in sorted(groups.items(), key=lambda it: str(it[0]), reverse=True)
    ]
    kept = rows[: asked.limit]
    metadata = {"row_count": len(kept), "truncated": len(kept) < len(rows), "query_time_ms": 17}
    return {"data": kept, "metadata": metadata}


def _money(field: str) -> Callable[[List[Any]], Optional[float]]:
    """A number; null where there was none."""
    return lambda events: float(sum((getattr(event, field) for event in events), Decimal(0))) or None


def _count(*fields: str) -> Callable[[List[Any]], str]:
    """A string, as the live API has it."""
    return lambda events: str(sum(getattr(event, field) for event in events for field in fields))


METRICS: Dict[str, Callable[[List[Any]], Any]] = {
    "credits_usage": lambda events: _money("usd")(events) or 0,
    "byok_usage": _money("byok"),
    "total_usage": lambda events: (_money("usd")(events) or 0) + (_money("byok")(events) or 0),
    "request_count": _count("requests"),
    "tokens_prompt": _count("prompt"),
    "tokens_completion": _count("completion"),
    "tokens_total": _count("prompt", "completion"),
    "reasoning_tokens": _count("reasoning"),
    "cached_tokens": _count("cached"),
}
