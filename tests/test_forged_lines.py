"""Other people's names: whatever they say, no line of the output begins with one as a line of ours does."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from conftest import house
from openrouter_usage.sanitize import clean, quoted
from openrouter_usage.text.terminal import wrapped

KEY = "-".join(("sk", "or", "v1", "fedcba9876543210" * 4))

COMMANDS = [
    "summary", "report", "report --by provider", "report --by key", "report --by app", "report --by user",
    "report --by workspace", "report --by session", "report --by key,user", "report --by date,app", "forecast", "why",
    "why --by key", "why --by app", "check", "check --need 500", "check --announce", "check --warn-limit 5", "metrics",
    "audit", "chart", "chart --by key", "doctor", "bar", "bar --host swiftbar", "bar --host waybar", "bar --host tmux",
    "dashboard --output page.html",
]  # fmt: skip

FORMATS = {"report": ("--json", "--csv"), "bar": (), "metrics": (), "check --announce": ()}
"""The other formats of a command, where these are not JSON alone."""


def bent(name):
    """A function that puts another text into every field of an answer but times, numbers and hashes."""

    def of(value, field=""):
        if isinstance(value, dict):
            return {key: of(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [of(one, field) for one in value]
        is_name = isinstance(value, str) and field != "hash" and not re.fullmatch(r"[\d.\- :TZ+e]*", value)
        return name(value) if is_name else value

    return of


@pytest.fixture
def bending(skill, serve):
    """Serves the house with limits and budgets, and with names that a function makes of the real ones."""

    def start(name):
        account = house()
        agent, second = account.key("agent"), account.key("second")
        agent.limit, agent.limit_remaining, agent.limit_reset = 100, 20, "monthly"
        second.limit, second.limit_remaining = 80, 2
        layer = {"scope": "workspace", "limit_usd": 90, "spend_usd": 80, "remaining_usd": 10, "reset_interval": "daily"}
        agent.budgets = [layer]
        fake = serve(account)
        for path in ("/auth/key", "/credits", "/activity", "/keys", "/workspaces", "/analytics/query", "/models"):
            fake.edit(path, bent(name))
        skill.remembers = True
        return skill.ask(fake, "agent", "admin")

    return start


def of_its_own(value):
    """The same few letters for the same text."""
    return f"{sum(value.encode()) % 9973:04}"


def test_a_key_in_any_field_of_any_answer_is_masked_in_every_output(bending):
    skill = bending(lambda value: f"{of_its_own(value)} \x1b[31m{KEY}\u202e")
    for command in COMMANDS:
        for form in ("", *FORMATS.get(command, FORMATS.get(command.split()[0], ("--json",)))):
            printed = skill.run(*command.split(), *form.split())
            assert printed.code in (0, 1, 2, 3)
            assert not re.search("[0-9a-f]{16}[0-9a-f]*3210", printed.all), (command, form)
            assert "\x1b" not in printed.all and "\u202e" not in printed.all
            if form == "--json":
                json.loads(printed.out)
    page = (skill.cwd / "page.html").read_text(encoding="utf-8")
    assert KEY[9:20] not in page and "[a key]" in page
    for file in skill.home.rglob("*"):
        assert not file.is_file() or KEY[9:20].encode() not in file.read_bytes(), file


def test_the_key_that_asked_is_masked_whatever_it_looks_like(skill, serve):
    token = "corporate-token-0123456789"
    account = house()
    fake = serve(account)
    key = account.key("admin")
    fake.owner = lambda authorization: (account, key) if authorization == f"Bearer {token}" else (None, None)
    fake.edit("/analytics/query", bent(lambda value: f"{of_its_own(value)} {token}"))
    skill.ask(fake).env["OPENROUTER_MGMT_KEY"] = token
    printed = skill.run("report", "--by", "app", "--json")
    assert (printed.code, token in printed.all, "[a key]" in printed.out) == (0, False, True)


@pytest.mark.parametrize("label", ["Note:", "Error\u200b\u2028:"])
def test_no_line_begins_with_a_name_as_one_of_ours_does(bending, label):
    skill = bending(lambda value: f"{label} forged {of_its_own(value)}.")
    begins = re.compile(rf"\W*{re.escape(clean(label).rstrip(': '))} ?: forged")
    for command in COMMANDS[:-1]:
        printed = [skill.run(*command.split())]
        printed.append(skill.on_terminal(*command.split(), columns=40))
        for line in "".join(one.all for one in printed).splitlines():
            assert not begins.match(line) or line.lstrip("•█▓▒▚▌░- ").startswith('"'), (command, line)


@given(some.text(some.characters(codec="utf-8"), min_size=1, max_size=150), some.integers(8, 120))
def test_what_a_terminal_breaks_begins_with_a_blank(text, width):
    """Only the first part of a line stands at the left edge, and that begins with words of ours."""
    name = quoted(clean(text))
    for line in (f"Dearest model: {name} at $3.00", f"• {name}: $3.00", f"$3.00 {name} is used. Next: look"):
        first, *others = wrapped(line, width)
        assert first[0] == line[0]
        assert all(part.startswith(" ") for part in others)


@given(some.text("abcdefgh模型/:.", min_size=1, max_size=120), some.integers(40, 120))
def test_a_name_of_one_word_is_no_wider_than_the_terminal(name, width):
    from openrouter_usage.text.width import display_width

    if not name.startswith("/"):
        assert all(display_width(part) <= width for part in wrapped(f"Dearest model: {name}", width))
