"""The sample account behind --demo: OpenRouter's wire format, made up, for the same parsers as real answers."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any, Callable, NamedTuple, Optional

from openrouter_usage.api import analytics
from openrouter_usage.days import DAY
from openrouter_usage.dimensions import ACTIVITY_REACH, DIMENSIONS
from openrouter_usage.figures import windows
from openrouter_usage.keys.secrets import Secrets
from openrouter_usage.records import RECENT_DAYS, Keys, Secret, Use

NOW = datetime(2026, 11, 20, 14, 9, tzinfo=timezone.utc)
"""The demo's instant, a Friday: the sample prints the same every day."""


class Habit(NamedTuple):
    """The use of one endpoint on a plain day: millicents, requests, thousands of tokens."""

    model: str
    provider: str
    credits: int
    byok: int
    requests: int
    prompt: int
    completion: int
    key: str
    app: str
    user: str


HABITS = (
    Habit("anthropic/claude-sonnet-4.5", "Anthropic", 180_000, 0, 34, 510, 18, "agent", "OpenClaw", "Ada"),
    Habit("anthropic/claude-sonnet-4.5", "Google", 61_250, 0, 11, 172, 6, "notebook", "Jupyter", "Grace"),
    Habit("openai/gpt-5.1", "OpenAI", 94_400, 11_875, 31, 402, 27, "agent", "Claude Code", "Ada"),
    Habit("google/gemini-3-pro", "Google AI Studio", 41_870, 0, 12, 198, 9, "notebook", "Jupyter", "Grace"),
    Habit("x-ai/grok-4.1-fast", "xAI", 12_031, 0, 22, 260, 14, "ci", "GitHub Actions", "Ada"),
    Habit("deepseek/deepseek-v4-flash", "DeepInfra", 7_206, 0, 38, 655, 7, "ci", "GitHub Actions", "Ada"),
    Habit("qwen/qwen3-coder", "Alibaba", 5_018, 0, 14, 121, 5, "ci", "GitHub Actions", "Ada"),
    Habit("mistralai/mistral-medium-3.1", "Mistral", 3_350, 0, 9, 64, 3, "notebook", "Jupyter", "Grace"),
    Habit("moonshotai/kimi-k2", "Moonshot AI", 1_912, 0, 4, 23, 2, "notebook", "Jupyter", "Grace"),
    Habit("openai/gpt-oss-120b:free", "Chutes", 0, 0, 12, 75, 8, "ci", "GitHub Actions", "Ada"),
    Habit("meta-llama/llama-4-maverick", "Together", 64, 0, 1, 4, 1, "notebook", "Jupyter", "Grace"),
)

BUSY = (
    *(11, 16, 14, 15, 12, 5, 3, 18, 15, 13, 14, 12, 3, 5, 15, 16, 13, 12, 14, 4, 3),
    *(15, 14, 12, 13, 10, 3, 3, 13, 12, 11, 11, 11, 4, 2, 10, 11, 10, 9, 10, 2, 3),
    *(9, 10, 9, 10, 8, 2, 3, 9, 8, 9, 8, 8, 3, 2, 8, 7, 8, 7, 6),
)
"""How busy each day was, in tenths of a plain day: today, and the 60 days before it. /activity has 30 of these."""

BATCHED, BATCHES = "OpenClaw", (7, 10)
"""The app whose requests have been larger for a week, and the ratio of their new number to the old one."""

OFFICE = range(8, 14)
"""The hours in which it all happens, evenly."""

PRICES: dict[str, tuple[str, ...]] = {
    "anthropic/claude-sonnet-4.5": ("0.000003", "0.000015", "0.0000003"),
    "openai/gpt-5.1": ("0.00000125", "0.00001", "0.000000125"),
    "google/gemini-3-pro": ("0.000002", "0.000012", "0.0000002"),
    "x-ai/grok-4.1-fast": ("0.0000002", "0.0000005", "0.00000005"),
    "deepseek/deepseek-v4-flash": ("0.0000001", "0.0000004", "0.00000001"),
    "qwen/qwen3-coder": ("0.0000004", "0.0000016"),
    "mistralai/mistral-medium-3.1": ("0.0000004", "0.000002"),
    "moonshotai/kimi-k2": ("0.0000006", "0.0000025", "0.00000015"),
    "openai/gpt-oss-120b:free": ("0", "0"),
    "meta-llama/llama-4-maverick": ("0.00000015", "0.0000006"),
}
"""The listed models with their USD for a token: prompt, completion and, if it has a price, cached prompt."""

RETIRING, RETIRES_IN = "mistralai/mistral-medium-3.1", 25
"""The listed model that retires, and the days until then."""

KEYS = ("agent", "ci", "notebook", "old laptop")
LIFETIME = 131.7742
"""What the key `agent` ever spent."""

REGULAR_ANSWER = {
    "byok_usage": 6.1,
    "is_management_key": False,
    "organization_id": "org-sample",
    "free_model_daily_requests": {"used": 17, "limit": 50, "remaining": 33},
}
"""What the answer about the key `agent` has besides its entry in the key list."""

MANAGEMENT_ANSWER = {"usage": 0, "is_management_key": True, "organization_id": "org-sample", "expires_at": None}
"""The answer about the management key."""

MILLION = 1_000_000

SINGLE = "generation_id"
"""The column of which each request has its own name."""

CUSTOMERS = {"OpenClaw": "customer-17", "Claude Code": "customer-4"}
"""The external users for whom an app works; the others work for none."""

Names = tuple[Optional[str], ...]
Figures = tuple[float, ...]


class Piece(NamedTuple):
    """The use of one endpoint in one hour: microdollars of credits and of BYOK, requests, hundreds of tokens."""

    day: str
    hour: str
    habit: Habit
    figures: tuple[int, ...]
    generation: str = ""

    @property
    def names(self) -> dict[str, Optional[str]]:
        """What it is called in each column of analytics; None where it has no name."""
        named: dict[str, Optional[str]] = {
            one.column: getattr(self.habit, name, "Default") for name, one in DIMENSIONS.items()
        }
        session = None if self.habit.key == "ci" else f"{self.habit.app.lower().replace(' ', '-')}-{self.day[5:]}"
        named.update(session_id=session, external_user=CUSTOMERS.get(self.habit.app), generation_id=self.generation)
        return {**named, "date__day": self.day, "date__hour": self.hour}


def keys(secrets: Secrets) -> Keys:
    """Returns the sample's two keys, whose secrets are made up."""
    names = ("OPENROUTER_API_KEY", "OPENROUTER_MGMT_KEY")
    regular, management = (secrets.add(name, "the sample", Secret(name, "sample:")) for name in names)
    return Keys(regular, management)


def answer(path: str, key_name: str, body: dict[str, Any], now: datetime) -> str:
    """Answers one of the sample's keys as OpenRouter would at `now`."""
    answers: dict[str, Callable[[], Any]] = {
        "/auth/key": lambda: (
            {**_listed("agent", now), **REGULAR_ANSWER} if key_name == "OPENROUTER_API_KEY" else MANAGEMENT_ANSWER
        ),
        "/credits": lambda: {"total_credits": 250, "total_usage": 208.6446},
        "/activity": lambda: _activity(now),
        "/workspaces": lambda: [{"id": "sample"}],
        "/models": lambda: [_model(name, now) for name in PRICES],
        "/keys": lambda: [_listed(name, now) for name in KEYS],
        "/analytics/query": lambda: _analytics(now, body),
    }
    return json.dumps({"data": answers[path]()})


@lru_cache(maxsize=1)
def _pieces(now: datetime) -> Sequence[Piece]:
    """Returns the use of today and of the last 60 completed days, from which every answer is made."""
    return tuple(_used(now))


def _used(now: datetime) -> Iterator[Piece]:
    for ago, busy in enumerate(BUSY):
        day = f"{now - ago * DAY:%Y-%m-%d}"
        for habit in HABITS:
            few, many = BATCHES if habit.app == BATCHED and ago <= RECENT_DAYS else (1, 1)
            requests = busy * habit.requests * few // (10 * many)
            figures = (busy * habit.credits, busy * habit.byok, requests, busy * habit.prompt, busy * habit.completion)
            for number, hour in enumerate(OFFICE):
                # The parts of a day's figure add up to it.
                parts = (figure // len(OFFICE) + (number < figure % len(OFFICE)) for figure in figures)
                yield Piece(day, f"{day}T{hour:02}:00:00Z", habit, tuple(parts))


def _grouped(pieces: Iterable[Piece], by: Callable[[Piece], Names]) -> Iterator[tuple[Names, Figures]]:
    """Yields the names of each group with its credits and BYOK in USD, its requests, and its prompt, completion,
    reasoning and cached tokens."""
    groups: dict[Names, list[tuple[int, ...]]] = {}
    for piece in pieces:
        groups.setdefault(by(piece), []).append(piece.figures)
    for names, figures in groups.items():
        usd, byok, requests, prompt, completion = map(sum, zip(*figures))
        tokens = prompt * 100, completion * 100, completion * 30, prompt * 55
        yield names, (usd / MILLION, byok / MILLION, requests, *tokens)


def _listed(key: str, now: datetime) -> dict[str, Any]:
    """Returns a key of the key list: `agent` has a limit, and expires soon; `old laptop` was never used."""
    pieces = [piece for piece in _pieces(now) if piece.habit.key == key]
    counters: dict[str, float] = {}
    for window, start in zip(("daily", "weekly", "monthly"), windows.starts(now.date())):
        for place, kind in enumerate(("usage", "byok_usage")):
            spent = sum(piece.figures[place] for piece in pieces if piece.day >= f"{start}")
            counters[f"{kind}_{window}"] = spent / MILLION
    month, is_limited = counters["usage_monthly"], key == "agent"
    return {
        "hash": _hash(key),
        "name": key,
        "label": f"sk-or-v1-sam...{key[:3]}",
        "disabled": False,
        "created_at": "2026-01-05T09:00:00Z",
        "usage": LIFETIME if is_limited else month,
        **counters,
        "limit": 80 if is_limited else None,
        "limit_remaining": round(80 - month, 6) if is_limited else None,
        "limit_reset": "monthly" if is_limited else None,
        "expires_at": f"{now + 9 * DAY:%Y-%m-%d}T00:00:00Z" if is_limited else None,
        "last_used_at": max(
            (piece.hour for piece in pieces if piece.hour <= f"{now:%Y-%m-%dT%H:%M:%SZ}"), default=None
        ),
    }


def _model(name: str, now: datetime) -> dict[str, Any]:
    """Returns a model of the public list."""
    pricing = dict(zip(("prompt", "completion", "input_cache_read"), PRICES[name]))
    retires = f"{now + RETIRES_IN * DAY:%Y-%m-%d}" if name == RETIRING else None
    return {"id": name, "canonical_slug": name, "pricing": pricing, "expiration_date": retires}


def _hash(key: str) -> str:
    return str(KEYS.index(key) + 1) * 64


def _activity(now: datetime) -> list[dict[str, Any]]:
    first, today = (f"{now - ago * DAY:%Y-%m-%d}" for ago in (ACTIVITY_REACH, 0))
    pieces = (piece for piece in _pieces(now) if first <= piece.day < today)
    names = ("usage", "byok_usage_inference", *Use._fields[2:])
    groups = _grouped(pieces, lambda piece: (piece.day, piece.habit.model, piece.habit.provider))
    return [
        {
            "date": f"{day} 00:00:00",
            "model": model,
            "model_permaslug": model,
            "provider_name": provider,
            **dict(zip(names, figures)),
        }
        for (day, model, provider), figures in groups
    ]


def _analytics(now: datetime, question: dict[str, Any]) -> dict[str, Any]:
    """Returns the rows by the columns of the question. Counts are strings: that is how the live API writes them."""
    grain = question.get("granularity")
    columns = [*([f"date__{grain}"] if grain else []), *question.get("dimensions", [])]
    start, end = (question["time_range"][edge] for edge in ("start", "end"))

    def names(piece: Piece) -> Names:
        named = piece.names if columns else {}
        return tuple(named[column] for column in columns)

    wanted = {one["field"]: one["value"] for one in question.get("filters", ())}
    pieces = [piece for piece in _pieces(now) if start <= piece.hour <= end]
    if SINGLE in (*columns, *wanted):
        pieces = [one for piece in pieces for one in _single(piece)]
    rows = [
        {**dict(zip(columns, named)), **_metrics(question["metrics"], (usd, byok, *map(str, counts)))}
        for named, (usd, byok, *counts) in _grouped((piece for piece in pieces if _fits(piece, wanted)), names)
    ]
    if "order_by" in question:
        rows.sort(key=lambda row: float(row[question["order_by"]["field"]]), reverse=True)
    kept = rows[: question.get("limit", len(rows))]
    metadata = {"row_count": len(kept), "truncated": len(kept) < len(rows), "query_time_ms": 17}
    return {"data": kept, "metadata": metadata}


def _single(piece: Piece) -> Iterator[Piece]:
    """Yields its requests, of which the first is the smallest. Their figures add up to it."""
    requests = max(piece.figures[2], 1)
    parts = requests * (requests + 1) // 2
    for number in range(requests):
        before, after = (one * (one + 1) // 2 for one in (number, number + 1))
        figures = [figure * after // parts - figure * before // parts for figure in piece.figures]
        figures[2] = int(piece.figures[2] > 0)
        place = HABITS.index(piece.habit)
        at = datetime.strptime(piece.hour, "%Y-%m-%dT%H:00:00%z").timestamp() + 60 * number + place
        yield piece._replace(figures=tuple(figures), generation=f"gen-{at:.0f}-{place:02}{number:03}")


def _fits(piece: Piece, wanted: dict[str, Any]) -> bool:
    """Tells whether the use is of all that a question filters."""
    told = {**piece.names, "api_key_id": _hash(piece.habit.key)} if wanted else {}
    return all(told[column] in (value if isinstance(value, list) else [value]) for column, value in wanted.items())


def _metrics(asked: list[str], told: Sequence[Any]) -> dict[str, Any]:
    """Returns the metrics of a question. Its fee for BYOK is none: the sample is below the allowance."""
    figures = {**dict(zip((*analytics.MONEY, *analytics.COUNTS), told)), analytics.FEES: None}
    return {name: figures[name] for name in asked}
