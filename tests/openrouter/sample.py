"""The account behind `--demo`, as the fake serves it at any instant: the same habits, keys and prices."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

import fake_models
from fake_openrouter import Account, Event, FakeKey
from openrouter_usage.session import demo

HOURS = (1, 1, 1, 1, 1, 1, 1, 2, 4, 6, 6, 5, 3, 4, 6, 7, 6, 5, 4, 3, 2, 1, 1, 1)
"""How busy each UTC hour of a day is, in parts of their sum."""

FRIDAY = demo.NOW.weekday()
"""The weekday that the demo's list of days begins with."""


LEFT = Decimal("41.36")
"""The balance in USD."""


def sample(now: datetime) -> Account:
    """The account as it is at that instant.

    Its key `agent` has used three quarters of a monthly limit and expires in nine days, `old laptop` was never used.
    """
    events = list(_events(now))
    names = [name for name in demo.KEYS if name != "agent"]
    month = [one for one in events if one.key == "agent" and (one.at.year, one.at.month) == (now.year, now.month)]
    spent = float(sum(one.usd for one in month))
    limit = max(round(spent / 0.75), 10)
    agent = FakeKey("agent", limit=limit, limit_remaining=limit - spent, limit_reset="monthly")
    agent.expires_at = f"{now + timedelta(days=9):%Y-%m-%d}T00:00:00Z"
    keys = [agent, *(FakeKey(name) for name in names), FakeKey("admin", management=True)]
    purchased = float(sum(one.usd for one in events) + LEFT)
    return Account(keys, events, purchased=purchased, free_requests=(17, 50))


def models(now: datetime) -> list[dict[str, Any]]:
    """The public list: the models that the account uses, of which one retires soon."""
    priced = [fake_models.model(name, *(*prices, None)[:3]) for name, prices in demo.PRICES.items()]
    retires = f"{now + timedelta(days=demo.RETIRES_IN):%Y-%m-%d}"
    return [{**row, "expiration_date": retires if row["id"] == demo.RETIRING else None} for row in priced]


def _events(now: datetime) -> Iterator[Event]:
    """Yields what each habit cost in each hour until now, on days as busy as the demo's of the same weekday."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for ago, busy in enumerate(demo.BUSY[(FRIDAY - now.weekday()) % 7 :]):
        day = midnight - timedelta(days=ago)
        for habit in demo.HABITS:
            yield from (one for one in _hours(day, busy, habit) if one.at <= now)


def _hours(day: datetime, busy: int, habit: demo.Habit) -> Iterator[Event]:
    """Yields the hours of a day with requests; their parts, which go by the requests, add up to the day's figures."""
    requests = busy * habit.requests // 10
    figures = [busy * one for one in (habit.credits, habit.byok, habit.prompt, habit.completion)]
    session = "" if habit.key == "ci" else f"{habit.app.lower().replace(' ', '-')}-{day:%m-%d}"
    names = {"app": habit.app, "session_id": session, "external_user": demo.CUSTOMERS.get(habit.app, "")}
    made = [requests * passed // sum(HOURS) for passed in accumulate(HOURS, initial=0)]
    for hour, (before, after) in enumerate(zip(made, made[1:])):
        if after > before:
            usd, byok, prompt, completion = (one * after // requests - one * before // requests for one in figures)
            yield Event(
                day + timedelta(hours=hour),
                habit.key,
                habit.model,
                habit.provider,
                Decimal(usd) / demo.MILLION,
                Decimal(byok) / demo.MILLION,
                requests=after - before,
                prompt=prompt * 100,
                completion=completion * 100,
                reasoning=completion * 30,
                cached=prompt * 55,
                **names,
            )
