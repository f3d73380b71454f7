"""A big account, drawn at random from a seed, and the truth that its reports must add up to."""

import csv
import io
import random
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from conftest import HOSTILE, HOSTILE_SHOWN, NOW, days_from_now
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


def _event(chance: random.Random, ago: int, model: str, provider: str, keys: list[FakeKey]) -> Event:
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


# The truth

FIGURES = ("usd", "byok_usd", "requests", "prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens")


def shown_model(account, one):
    return f"evil/{HOSTILE_SHOWN}" if one.model.startswith("evil") else one.model


def shown_key(account, one):
    key = account.key(one.key)
    if key.called is None:
        return key.name
    return "twins (2 keys)" if key.called else "unnamed, created 2026-02-03"


NAMES = {
    "model": shown_model,
    "provider": lambda account, one: one.provider,
    "date": lambda account, one: one.at.date().isoformat(),
    "key": shown_key,
    "app": lambda account, one: one.app,
    "user": lambda account, one: account.key(one.key).user,
    "workspace": lambda account, one: account.key(one.key).workspace,
    "hour": lambda account, one: f"{one.at:%Y-%m-%dT%H:00:00Z}",
}


def truth(account, by, first, last, fits=lambda one: True):
    """What the account's events add up to, by the names of the dimensions."""
    sums = defaultdict(lambda: [Decimal(0)] * 7)
    for one in account.events:
        if first <= one.at.date() <= last and fits(one):
            figures = (one.usd, one.byok, one.requests, one.prompt, one.completion, one.reasoning, one.cached)
            names = tuple(NAMES[dimension](account, one) for dimension in by)
            sums[names] = [whole + part for whole, part in zip(sums[names], figures)]
    return sums


def ago(days):
    return NOW.date() - timedelta(days=days)


def assert_true(document, sums, idle=()):
    """Every row and the total are the truth to 1e-9; `idle` are the names that are shown without any use."""
    rows = {tuple(row[dimension] for dimension in document["by"]): row for row in document["rows"]}
    assert len(rows) == len(document["rows"])
    assert set(rows) == {*sums, *idle}
    for names, row in rows.items():
        for figure, value in zip(FIGURES, sums.get(names, [0] * 7)):
            assert abs(row[figure] - value) < Decimal("1e-9"), (names, figure)
    for figure, values in zip(FIGURES, zip(*sums.values())):
        assert abs(document["total"][figure] - sum(values)) < Decimal("1e-8"), figure


def of_csv(printed):
    return list(csv.DictReader(io.StringIO(printed, newline="")))
