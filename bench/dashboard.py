#!/usr/bin/env python3
"""Prints how much longer a dashboard takes than `report --by model`, and how large it is, of a large account.

Each of 400 keys is used once a day on average, with 300 models in all, few of them often. Both are whole processes with
bytecode in place, taken in turns, and find all answers in the cache. Run it with the tests' Python:
    python3 tests/run.py --version && PYTHON bench/dashboard.py
where PYTHON has the packages of tests/requirements.txt.
"""

import os
import random
import sys
import tempfile
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "openrouter")]

from conftest import NOW, STATS
from fake_openrouter import Account, Event, FakeKey, FakeOpenRouter
from pairs import in_turns, median, options, timed

KEYS, MODELS, DAYS, TIMES_A_DAY = 400, 300, 35, 400


def account():
    """The account, drawn at random from a seed: the n-th model is used 1/n as often as the first."""
    chance = random.Random(7)  # noqa: S311 (it keeps no secret)
    keys = [FakeKey(f"key {number} of team {number % 20}") for number in range(KEYS)]
    often = [1 / rank for rank in range(1, MODELS + 1)]
    events = []
    for ago in range(DAYS):
        models = chance.choices(range(MODELS), often, k=TIMES_A_DAY)
        events += [_event(chance, chance.choice(keys).name, model, ago) for model in models]
    return Account([*keys, FakeKey("admin", management=True)], events, purchased=1_000_000)


def _event(chance, key, model, ago):
    minutes = timedelta(days=-ago, minutes=chance.randrange(14 * 60))
    return Event(
        at=NOW.replace(hour=0, minute=0) + minutes,
        key=key,
        model=f"vendor-{model % 23}/model-{model}",
        provider=f"Provider {model % 9}",
        usd=Decimal(chance.randrange(10**10)) / 10**10,
        requests=chance.randrange(1, 50),
        prompt=chance.randrange(100_000),
        completion=chance.randrange(10_000),
        cached=chance.randrange(50_000),
    )


def main():
    args = options(__doc__, rounds=10).parse_args()
    fake = FakeOpenRouter(account(), now=NOW)
    keys = {key.name: key.text for key in fake.accounts[0].keys}
    with fake.serving(), tempfile.TemporaryDirectory() as home:
        page = Path(home) / "usage.html"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "OPENROUTER_API_URL": fake.address,
            "OPENROUTER_API_KEY": keys["key 0 of team 0"],
            "OPENROUTER_MGMT_KEY": keys["admin"],
        }
        common = [sys.executable, str(STATS), "--now", NOW.isoformat(), "--timeout", "600"]
        commands = {"report": ["report", "--by", "model"], "dashboard": ["dashboard", "--output", str(page)]}
        runs = {name: partial(timed, [*common, *words], environment) for name, words in commands.items()}
        taken = in_turns(runs, args.rounds)
        report, dashboard = (median(taken[name]) for name in runs)
        size = page.stat().st_size
    print(f"report --by model: {report * 1000:.0f} ms; dashboard: {dashboard * 1000:.0f} ms")
    print(f"{(dashboard - report) * 1000:.0f} ms more (to reach: under 1000)")
    print(f"{size / 1e6:.2f} MB (to reach: under 1)")


if __name__ == "__main__":
    main()
