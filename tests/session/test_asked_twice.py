"""What is asked again within --max-age, and answered from memory, is told as it was the first time."""

import pytest

from conftest import event, house

COMMANDS = [
    "summary", "summary --json", "report", "report --by key", "report --by key --json", "report --by provider",
    "report --date today", "report --key agent", "forecast", "why", "why --by key", "check", "metrics", "audit",
    "chart",
]  # fmt: skip


@pytest.fixture
def account():
    """One with all that is not listed: a key that was deleted, and the chatroom."""
    account = house()
    account.key("second").deleted = True
    account.events.append(event("11-19", None, "openai/gpt-5.1", "OpenAI", "2.00", requests=3))
    return account


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("keys", [("agent", "admin"), ("agent", None), (None, "admin")], ids=str)
def test_what_is_asked_twice_is_told_twice(skill, fake, keys, command):
    skill.remembers = True
    first = skill.ask(fake, *keys).run(*command.split())
    assert skill.run(*command.split()) == first
