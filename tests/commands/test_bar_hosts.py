"""What a bar's hosts get."""

import json

import pytest

from accounts import limited, steady
from fake_openrouter import Account, FakeKey


@pytest.fixture
def skill(skill):
    skill.remembers = True
    return skill


def bar(skill, *args):
    """What it prints: always with exit 0."""
    printed = skill.run("bar", *args)
    assert (printed.code, printed.err) == (0, ""), printed
    return printed.out


# What is left of what blocks first


def percentage(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    shown = json.loads(bar(skill, "--host", "waybar"))
    assert json.loads(bar(skill, "--json"))["percentage"] == shown.get("percentage")
    return shown.get("percentage")


@pytest.mark.parametrize(
    ("account", "left"),
    [
        (steady("64"), 53),  # sixteen days at $4, of thirty
        (steady("400"), 100),
        (steady("0"), 0),
        (limited(steady("64"), 80, 72), 53),  # the limit lasts two days longer
        (limited(steady("100"), 80, 20), 25),
        (limited(steady("100"), 80, 0), 0),
    ],
)
def test_the_percentage_is_of_the_limit_or_of_thirty_days_of_the_balance(skill, serve, account, left):
    assert percentage(skill, serve(account)) == left


def test_there_is_no_percentage_without_a_forecast(skill, serve):
    idle = Account([FakeKey("agent"), FakeKey("admin", management=True)], [], purchased=434)
    assert percentage(skill, serve(idle)) is None
