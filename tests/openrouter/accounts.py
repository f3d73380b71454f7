"""Accounts that spend the same every day, so that a test can say by heart when they run out."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from conftest import NOW, event
from fake_openrouter import Account, Event, FakeKey


def spending(usd: str, days: range, key: str = "agent", byok: str = "0", **counts: int) -> list[Event]:
    """So much on each of the days that are so long ago, at noon; 0 is today."""
    noon = NOW.replace(hour=12, minute=0)
    return [
        Event(noon - timedelta(days=ago), key, "openai/gpt-5.1", "OpenAI", Decimal(usd), Decimal(byok), **counts)
        for ago in days
    ]


def steady(left: str, usd: str = "4", days: int = 30, **key: object) -> Account:
    """An account with so much left, whose key `agent` spent the same on each of so many days before today."""
    events = spending(usd, range(1, days + 1), requests=100)
    keys = [FakeKey("agent", **key), FakeKey("second"), FakeKey("admin", management=True)]
    return Account(keys, events, purchased=float(Decimal(left) + sum(event.usd for event in events)))


def limited(account: Account, limit: float, remaining: float, reset: object = None) -> Account:
    """The same, with a limit for `agent`."""
    key = account.key("agent")
    key.limit, key.limit_remaining, key.limit_reset = limit, remaining, reset
    return account


def moved(account: Account, now: datetime) -> datetime:
    """All that it spent, as long before that instant as it was before now; returns the instant."""
    account.events = [replace(event, at=event.at + (now - NOW)) for event in account.events]
    return now


def cabin():
    """Another account: today $2.00, before that $7.00, and $41.00 left."""
    events = [
        Event(NOW, "cabin key", "v/m", "P", Decimal("2.00")),
        Event(NOW.replace(day=12), "cabin key", "v/m", "P", Decimal("7.00")),
    ]
    keys = [FakeKey("cabin key"), FakeKey("cabin second"), FakeKey("cabin admin", management=True)]
    return Account(keys, events, purchased=50, organization="org-two", creator="user-two")


def other_house():
    keys = [FakeKey("other"), FakeKey("other admin", management=True)]
    return Account(keys, [event("11-18", "other", "v/m", "P", "7.00")], organization="org-two", creator="user-two")


def budget(scope, limit, spent, interval="monthly", resets_at="2026-12-01T00:00:00Z"):
    return {
        "scope": scope, "limit_usd": limit, "spend_usd": spent, "remaining_usd": limit - spent, "include_byok": False,
        "reset_interval": interval, "resets_at": resets_at, "budget_id": None, "guardrail_id": None,
    }  # fmt: skip


def other_account(**identity):
    keys = [FakeKey("theirs"), FakeKey("their-admin", management=True)]
    return Account(keys=keys, events=[event("11-20", "theirs", "v/m", "P", "7.00")], purchased=70, **identity)
