"""The sample account behind --demo: OpenRouter's wire format, made up, for the same parsers as real answers."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, List, Tuple

from usage import Key, Keys

NOW = datetime(2026, 11, 20, 14, 9, tzinfo=timezone.utc)
"""The demo's instant, a Friday: the sample prints the same every day."""

# slug, provider, and of a plain day: millicents of credits, millicents of BYOK, requests, thousands of prompt
# and of completion tokens.
MODELS: Tuple[Tuple[str, str, int, int, int, int, int], ...] = (
    ("anthropic/claude-sonnet-4.5", "Anthropic", 180_000, 0, 34, 510, 18),
    ("anthropic/claude-sonnet-4.5", "Google", 61_250, 0, 11, 172, 6),
    ("openai/gpt-5.1", "OpenAI", 94_400, 11_875, 31, 402, 27),
    ("google/gemini-3-pro", "Google AI Studio", 41_870, 0, 12, 198, 9),
    ("x-ai/grok-4.1-fast", "xAI", 12_031, 0, 22, 260, 14),
    ("deepseek/deepseek-v4-flash", "DeepInfra", 7_206, 0, 38, 655, 7),
    ("qwen/qwen3-coder", "Alibaba", 5_018, 0, 14, 121, 5),
    ("mistralai/mistral-medium-3.1", "Mistral", 3_350, 0, 9, 64, 3),
    ("moonshotai/kimi-k2", "Moonshot AI", 1_912, 0, 4, 23, 2),
    ("openai/gpt-oss-120b:free", "Chutes", 0, 0, 12, 75, 8),
    ("meta-llama/llama-4-maverick", "Together", 64, 0, 1, 4, 1),
)

# How busy each completed day was, in tenths of a plain day, yesterday first.
BUSY = (16, 14, 15, 12, 5, 3, 18, 15, 13, 14, 12, 3, 5, 15, 16, 13, 12, 14, 4, 3, 15, 14, 12, 13, 10, 3, 3, 13, 12, 11)


def keys() -> Keys:
    """The sample's two keys."""
    regular, management = (
        Key("sample", name, "the sample", "sample:") for name in ("OPENROUTER_API_KEY", "OPENROUTER_MGMT_KEY")
    )
    return Keys(regular._replace(text="sample-regular"), management)


def answer(path: str, key_name: str, now: datetime) -> str:
    """What OpenRouter would answer at `now` to one of the sample's keys."""
    if path == "/auth/key":
        data: Any = _regular(now) if key_name == "OPENROUTER_API_KEY" else _management()
    elif path == "/credits":
        data = {"total_credits": 250, "total_usage": 208.6446}
    else:
        data = _activity(now) if path == "/activity" else _analytics(now)
    return json.dumps({"data": data})


def _regular(now: datetime) -> Dict[str, Any]:
    return {
        "usage": 131.7742,
        "usage_daily": 2.87,
        "usage_weekly": 15.6438,
        "usage_monthly": 52.1927,
        "byok_usage": 6.1,
        "byok_usage_daily": 0.21,
        "byok_usage_weekly": 0.6413,
        "byok_usage_monthly": 1.9075,
        "limit": 80,
        "limit_remaining": 27.8073,
        "limit_reset": "monthly",
        "is_management_key": False,
        "expires_at": f"{now + timedelta(days=9):%Y-%m-%d}T00:00:00Z",
        "organization_id": "org-sample",
        "free_model_daily_requests": {"used": 17, "limit": 50, "remaining": 33},
    }


def _management() -> Dict[str, Any]:
    return {"usage": 0, "is_management_key": True, "organization_id": "org-sample", "expires_at": None}


def _activity(now: datetime) -> List[Dict[str, Any]]:
    return [_row(now - timedelta(days=ago), busy, *model) for ago, busy in enumerate(BUSY, 1) for model in MODELS]


def _row(
    day: datetime,
    busy: int,
    model: str,
    provider: str,
    credits: int,
    byok: int,
    requests: int,
    prompt: int,
    completion: int,
) -> Dict[str, Any]:
    return {
        "date": f"{day:%Y-%m-%d} 00:00:00",
        "model": model,
        "provider_name": provider,
        "usage": credits * busy / 1_000_000,
        "byok_usage_inference": byok * busy / 1_000_000,
        "requests": requests * busy // 10,
        "prompt_tokens": prompt * busy * 100,
        "completion_tokens": completion * busy * 100,
        "reasoning_tokens": completion * busy * 30,
        "cached_tokens": prompt * busy * 55,
    }


def _analytics(now: datetime) -> Dict[str, Any]:
    credits, byok = sum(model[2] for model in MODELS), sum(model[3] for model in MODELS)
    rows = [
        {
            "date__day": f"{now - timedelta(days=ago):%Y-%m-%d}",
            "credits_usage": credits * busy / 1_000_000,
            "byok_usage": byok * busy / 1_000_000,
        }
        for ago, busy in enumerate(BUSY, 1)
    ]
    rows.insert(0, {"date__day": f"{now:%Y-%m-%d}", "credits_usage": 4.6618, "byok_usage": 0.21})
    return {"data": rows, "metadata": {"row_count": len(rows), "truncated": False, "query_time_ms": 17}}
