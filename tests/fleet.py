"""A big account, drawn at random from a seed: what its reports must add up to is known from its events."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import List

from conftest import HOSTILE, NOW, days_from_now
from fake_openrouter import Account, Event, FakeKey

MODELS = [f"vendor{number % 5}/model-{number}" for number in range(11)] + [HOSTILE]
PROVIDERS = ("Alpha", "Beta", "Gamma, Inc.", "=1+1", "Epsilon", "Zeta")
APPS = ("OpenClaw", "x;=1+1", "=cmd|'/C calc'!A0", "Ein Büro", "客服机器人")
WORKSPACES = ("ws-default", "ws-two", "ws-three")


def fleet(keys: int = 12, seed: int = 7) -> Account:
    """Thirty-odd days of some 70 rows each, with today and days beyond the thirty, spread over these keys."""
    chance = random.Random(seed)  # noqa: S311 (it keeps no secret)
    people = [
        FakeKey(f"key-{number}", workspace=WORKSPACES[number % 3], user=("Ada", "Grace")[number % 2])
        for number in range(keys)
    ]
    people[1].called = people[4].called = "twins"
    people[2].called, people[2].created_at = "", "2026-02-03T04:05:06Z"
    people[3].limit, people[3].limit_remaining, people[3].limit_reset = 50, 12.25, "weekly"
    people[3].expires_at = days_from_now(9)
    people[5].disabled = True
    events = [
        _event(chance, day, model, provider, people) for day in range(45) for model in MODELS for provider in PROVIDERS
    ]
    return Account([*people, FakeKey("admin", management=True)], events, purchased=10_000, workspaces=WORKSPACES)


def _event(chance: random.Random, ago: int, model: str, provider: str, keys: List[FakeKey]) -> Event:
    at = NOW.replace(hour=0, minute=0) - timedelta(days=ago) + timedelta(minutes=chance.randrange(14 * 60))
    owners = [key for key in keys if key.name != "key-6"]
    return Event(
        at=at,
        key=chance.choice(owners).name,
        model=model,
        provider=provider,
        usd=Decimal(chance.randrange(10**10)) / 10**10,
        byok=Decimal(chance.randrange(10**9)) / 10**10 if chance.random() < 0.2 else Decimal(0),
        requests=chance.randrange(1, 50),
        prompt=chance.randrange(100_000),
        completion=chance.randrange(10_000),
        reasoning=chance.randrange(5_000),
        cached=chance.randrange(50_000),
        app=chance.choice(APPS),
        permaslug=f"{model}-2026{chance.choice(('0801', '0915'))}",
    )
