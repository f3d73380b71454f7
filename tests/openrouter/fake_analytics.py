"""The fake's `/analytics/query`: groups an account's events as the documented endpoint does, and as strictly."""

import hashlib
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Callable, NamedTuple, Optional

COARSE = ("model", "api_key_id", "app", "user", "workspace")
FINE = (
    "provider", "origin", "country", "data_region", "variant", "finish_reason", "session_id", "external_user",
    "generation_id",
)  # fmt: skip
"""Dimensions that exist only for single generations."""
DIMENSIONS = COARSE + FINE
FINE_METRICS = ("byok_fees",)
GRANULARITIES = {
    "minute": "%Y-%m-%d %H:%M:00",
    "hour": "%Y-%m-%d %H:00:00",
    "day": "%Y-%m-%d",
    "week": "%Y-%m-%d",
    "month": "%Y-%m-01",
}
REACH, FINE_REACH, MINUTE_REACH = timedelta(days=367), timedelta(days=31), timedelta(hours=3)
DEFAULT_LIMIT, MOST, MOST_FILTERS = 1000, 10_000, 20
ONE_VALUE, SOME_VALUES = ("eq", "neq"), ("in", "not_in")
FIELDS = {"metrics", "dimensions", "filters", "granularity", "time_range", "order_by", "limit"}

CHATROOM, NO_APP, NO_WORKSPACE = "Chatroom", "Unknown", "Unattributed"
"""What use without a key is labelled."""
CHATROOM_ID = -1


class Refused(Exception):
    """The query is not valid."""


class Filter(NamedTuple):
    field: str
    operator: str
    values: tuple[Any, ...]
    include_unset: bool


class Question(NamedTuple):
    metrics: list[str]
    dimensions: list[str]
    granularity: Optional[str]
    start: datetime
    end: datetime
    limit: int
    filters: list[Filter]
    order: Optional[tuple[str, bool]]


# What is asked


def question(body: dict[str, Any], now: datetime) -> Question:
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
            [_filter(**one) for one in body.get("filters", [])],
            _order(body),
        )
    except (KeyError, TypeError, ValueError):
        raise Refused from None
    is_known = not set(body) - FIELDS and _has_known_names(asked)
    if not is_known or not 1 <= asked.limit <= MOST or _is_out_of_reach(asked, now):
        raise Refused
    return asked


def _strict_instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def _filter(field: str, operator: str, value: Any, include_unset: bool = False) -> Filter:
    """A filter. One value goes with eq and neq, a list with in and not_in; names are no ids."""
    if operator not in ONE_VALUE + SOME_VALUES or isinstance(value, list) is (operator in ONE_VALUE):
        raise Refused
    values = tuple(value) if isinstance(value, list) else (value,)
    if not values or (include_unset and operator in ONE_VALUE) or not all(_is_id(field, one) for one in values):
        raise Refused
    return Filter(field, operator, values, include_unset)


def _is_id(field: str, value: Any) -> bool:
    """Whether a dimension can be filtered by that: keys by number or hash, apps by number, else by text."""
    if field in ("api_key_id", "app") and isinstance(value, int):
        return not isinstance(value, bool)
    if not isinstance(value, str) or field == "app":
        return False
    return field != "api_key_id" or (len(value) == 64 and set(value) <= set("0123456789abcdef"))


def _order(body: dict[str, Any]) -> Optional[tuple[str, bool]]:
    """The field to order by, and whether downwards."""
    if "order_by" not in body:
        return None
    field, direction = body["order_by"]["field"], body["order_by"]["direction"]
    fields = (*body["metrics"], "request_count", *body.get("dimensions", []), "date")
    if set(body["order_by"]) != {"field", "direction"} or field not in fields or direction not in ("asc", "desc"):
        raise Refused
    return field, direction == "desc"


def _has_known_names(asked: Question) -> bool:
    return (
        bool(asked.metrics)
        and set(asked.metrics) <= set(METRICS)
        and set(asked.dimensions) <= set(DIMENSIONS)
        and len(asked.dimensions) <= 2
        and len(asked.filters) <= MOST_FILTERS
        and {one.field for one in asked.filters} <= set(DIMENSIONS)
        and asked.granularity in (None, *GRANULARITIES)
    )


def _is_out_of_reach(asked: Question, now: datetime) -> bool:
    """Whether the range is too long, or begins before the completed days that the question reaches."""
    first = datetime(now.year, now.month, now.day, tzinfo=timezone.utc)
    reach = _reach(asked)
    too_early = asked.start < (now if reach == MINUTE_REACH else first) - reach
    return asked.start > asked.end or asked.end - asked.start > reach or too_early


def _reach(asked: Question) -> timedelta:
    if asked.granularity == "minute":
        return MINUTE_REACH
    names = {*asked.dimensions, *asked.metrics, *(one.field for one in asked.filters)}
    is_fine = asked.granularity == "hour" or names & {*FINE, *FINE_METRICS}
    return FINE_REACH if is_fine else REACH


# Whose an event is


class Labels:
    """What events of an account are called in a dimension, and the ids that filters know them by."""

    def __init__(self, account: Any) -> None:
        self.account = account

    def columns(self, event: Any, dimension: str) -> dict[str, Optional[str]]:
        """The fields of a row: two for a user, else one."""
        key = self.account.key(event.key) if event.key else None
        if dimension == "user":
            person = key or self.account
            return {"user": person.user, "user_email": email(person)}
        if dimension == "api_key_id":
            return {dimension: (key.name if key.called is None else key.called) if key else CHATROOM}
        if dimension == "workspace":
            return {dimension: self.account.workspace_name(key.workspace) if key else NO_WORKSPACE}
        if dimension == "app":
            return {dimension: event.app if key else NO_APP}
        return {dimension: permaslug(event) if dimension == "model" else getattr(event, dimension) or None}

    def identity(self, event: Any, dimension: str) -> Any:
        """What makes a row of its own: two keys of one name are two."""
        told = tuple(self.columns(event, dimension).values())
        return (*told, event.key) if dimension == "api_key_id" else told

    def ids(self, event: Any, dimension: str) -> tuple[Any, ...]:
        """What a filter may call it; nothing where it is unset."""
        key = self.account.key(event.key) if event.key else None
        if dimension == "api_key_id":
            return (key.hash, key.id) if key else (CHATROOM_ID,)
        if dimension == "app":
            return (app_id(event.app),) if key else ()
        if dimension == "user":
            return (key.creator_of(self.account) if key else self.account.creator,)
        if dimension == "workspace":
            return (key.workspace,) if key else ()
        told = permaslug(event) if dimension == "model" else getattr(event, dimension)
        return (told,) if told else ()

    def fits(self, event: Any, one: Filter) -> bool:
        ids = self.ids(event, one.field)
        if not ids:
            return one.include_unset
        return bool(set(ids) & set(one.values)) is (one.operator in ("eq", "in"))

    def unresolved(self, filters: list[Filter]) -> list[Any]:
        """The hashes that no key of the account has."""
        known = {key.hash for key in self.account.keys if not key.deleted}
        asked = [value for one in filters if one.field == "api_key_id" for value in one.values]
        return [value for value in asked if isinstance(value, str) and value not in known]


def permaslug(event: Any) -> str:
    return event.permaslug or f"{event.model}-20260801"


def email(person: Any) -> Optional[str]:
    """What is told of a key's or an account's user; made from the name unless it is given."""
    if person.email is not None:
        return str(person.email) or None
    return f"{person.user.lower()}@example.org" if person.user else None


def app_id(title: str) -> int:
    """The number that filters know an app by."""
    return int(hashlib.sha256(title.encode()).hexdigest()[:8], 16)


# Answers


def answer(asked: Question, events: list[Any], labels: Labels, money_as_text: bool = False) -> dict[str, Any]:
    """The rows, latest time first unless an order is asked for."""
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for event in events:
        if asked.start <= event.at <= asked.end and all(labels.fits(event, one) for one in asked.filters):
            identity = (_time(asked, event), *(labels.identity(event, one) for one in asked.dimensions))
            groups.setdefault(identity, []).append(event)
    latest_first = [group for _, group in sorted(groups.items(), key=lambda it: str(it[0]), reverse=True)]
    rows = [_row(asked, group, labels, money_as_text) for group in _in_order(asked, latest_first, labels)]
    kept = rows[: asked.limit]
    metadata = {"row_count": len(kept), "truncated": len(kept) < len(rows), "query_time_ms": 17}
    unresolved = labels.unresolved(asked.filters)
    warnings = [f"api_key_id {value} could not be resolved" for value in unresolved]
    return {"data": kept, "metadata": metadata, **({"warnings": warnings} if warnings else {})}


def _time(asked: Question, event: Any) -> str:
    """The time column's value: a naive UTC time, a day; weeks begin on Sunday."""
    if not asked.granularity:
        return ""
    at = event.at - timedelta(days=event.at.isoweekday() % 7) if asked.granularity == "week" else event.at
    return f"{at:{GRANULARITIES[asked.granularity]}}"


def _in_order(asked: Question, groups: list[list[Any]], labels: Labels) -> list[list[Any]]:
    if not asked.order:
        return groups
    field, downwards = asked.order

    def place(group: list[Any]) -> Any:
        if field in METRICS:
            return Decimal(METRICS[field](group) or 0)
        return _time(asked, group[0]) if field == "date" else str(labels.identity(group[0], field))

    return sorted(groups, key=place, reverse=downwards)


def _row(asked: Question, group: list[Any], labels: Labels, money_as_text: bool) -> dict[str, Any]:
    row: dict[str, Any] = {f"date__{asked.granularity}": _time(asked, group[0])} if asked.granularity else {}
    for dimension in asked.dimensions:
        row.update(labels.columns(group[0], dimension))
    for metric in asked.metrics:
        value = METRICS[metric](group)
        row[metric] = f"{value:.10f}" if money_as_text and isinstance(value, (int, float)) else value
    return row


def _money(field: str) -> Callable[[list[Any]], Optional[float]]:
    """A number; null where there was none."""
    return lambda events: float(sum((getattr(event, field) for event in events), Decimal(0))) or None


def _count(*fields: str) -> Callable[[list[Any]], str]:
    """A string, as the live API has it."""
    return lambda events: str(sum(getattr(event, field) for event in events for field in fields))


METRICS: dict[str, Callable[[list[Any]], Any]] = {
    "credits_usage": lambda events: _money("usd")(events) or 0,
    "byok_usage": _money("byok"),
    "byok_fees": _money("byok_fee"),
    "total_usage": lambda events: (_money("usd")(events) or 0) + (_money("byok")(events) or 0),
    "request_count": _count("requests"),
    "tokens_prompt": _count("prompt"),
    "tokens_completion": _count("completion"),
    "tokens_total": _count("prompt", "completion"),
    "reasoning_tokens": _count("reasoning"),
    "cached_tokens": _count("cached"),
}
