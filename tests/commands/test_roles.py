"""Which lines of a command stand out on a terminal, and how: the answer, headings, footnotes, and what is urgent."""

import re

import pytest
from test_audit import KEYS, odd

from accounts import steady
from conftest import days_from_now, house

ANSWER, GREY, WARNING, CRITICAL = "1", "38;5;244", "1;38;5;166", "1;38;5;196"
STYLED = re.compile(r"\x1b\[([\d;]*)m")


@pytest.fixture
def styled(skill):
    """Runs a command with styles, and returns the lines that begin with one, with it."""
    skill.env["FORCE_COLOR"] = "1"

    def run(*args, stream="out"):
        lines = getattr(skill.run(*args), stream).splitlines()
        found = [(STYLED.match(line), STYLED.sub("", line)) for line in lines]
        return [(style[1], text) for style, text in found if style]

    return run


def begins(lines):
    """The first word of each line with its style."""
    return [(style, text.split()[0]) for style, text in lines]


def test_forecast(styled):
    assert begins(styled("forecast", "--demo")) == [
        (GREY, "💰"),
        (ANSWER, "Key"),
        (WARNING, "This"),
        (GREY, "80%:"),
        (GREY, "*"),
    ]


@pytest.mark.parametrize(("left", "style"), [("40", ANSWER), ("8", WARNING), ("2", CRITICAL), ("0", CRITICAL)])
def test_the_forecast_and_the_check_stand_out_by_the_same_levels(skill, serve, styled, left, style):
    skill.ask(serve(steady(left)), "agent", "admin")
    assert begins(styled("forecast"))[1] == (style, "Balance:")
    assert begins(styled("check")) == [(style, "OPENROUTER")]
    assert styled("check", "--quiet") == ([] if style == ANSWER else styled("check"))


def test_a_check_that_knows_nothing_stands_out_as_a_warning(styled):
    assert begins(styled("check")) == [(WARNING, "OPENROUTER")]
    assert begins(styled("check", "--announce")) == [(WARNING, "❔")]


@pytest.mark.parametrize(("budget", "style"), [("1000", ANSWER), ("100", WARNING), ("50", CRITICAL)])
def test_a_budget_stands_out_as_check_judges_it(skill, serve, styled, budget, style):
    skill.ask(serve(steady("400")), "agent", "admin")
    assert begins(styled("forecast", "--budget", budget))[1] == (style, "Budget:")
    skill.env["OPENROUTER_MONTHLY_BUDGET"] = budget
    urgent = [] if style == ANSWER else [(style, "Budget:")]
    assert [one for one in begins(styled()) if one[1] == "Budget:"] == urgent


def test_of_an_audit_what_stops_soon_or_goes_on_stands_out(skill, serve, styled):
    skill.ask(serve(odd()), None, "admin")
    lines = styled("audit")
    assert lines[0][0] == ANSWER
    assert lines[1] == (
        WARNING,
        "$95.00 of the $100.00 weekly limit of key ci is used (95%), resets Nov 23. "
        f"Next: raise it at {KEYS} if more is needed",
    )
    assert [style for style, _ in lines[2:]] == [WARNING, GREY, GREY, GREY]
    assert "key ghost after it expired" in lines[2][1]
    assert [text.split()[0] for _, text in lines[3:]] == ["Amounts", "Looked", "Source:"]


def test_the_doctor(styled):
    assert begins(styled("doctor", "--demo")) == [
        (GREY, "💰"),
        (WARNING, "expires"),
        (ANSWER, "Works:"),
        (GREY, "Books"),
    ]


def test_a_refused_key_is_critical(skill, fake, account, styled):
    account.key("agent").deleted = True
    skill.ask(fake, "agent")
    lines = [text for style, text in styled("doctor") if style == CRITICAL]
    assert len(lines) == 1
    assert "does not see: own spend and limits" in lines[0] and "OpenRouter refused" in lines[0]


def test_a_key_that_expires_later_does_not_stand_out(skill, serve, styled):
    account = house()
    account.key("agent").expires_at = days_from_now(90)
    skill.ask(serve(account), "agent", "admin")
    assert begins(styled("doctor")) == [(GREY, "💰"), (ANSWER, "Works:"), (GREY, "Books")]


def test_without_a_key_the_doctor_is_critical(styled):
    assert (CRITICAL, "No usable key was found.") in styled("doctor")


def test_an_error_is_critical_and_its_next_step_plain(styled):
    assert styled("report", "--frob", stream="err") == [(CRITICAL, "Error: unrecognized arguments: --frob")]


def test_help_has_headings(styled):
    headings = [(GREY, "options:"), (GREY, "options of every command:"), (GREY, "examples:")]
    assert styled("check", "--help") == headings
    assert styled("--help") == []


def test_what_login_did_and_what_is_still_to_do(skill, fake, account, styled):
    skill.env["OPENROUTER_API_URL"] = fake.address
    skill.env["OPENROUTER_API_KEY"] = account.key("agent").text
    lines = skill.run("login", "--file", given=account.key("agent").text).out.splitlines()
    assert lines == [
        f"\x1b[{ANSWER}mStored as OPENROUTER_API_KEY in ~/.config/openrouter-usage/credentials.env (mode 0600): "
        f"a regular key, sent to {fake.address}\x1b[0m",
        f"\x1b[{WARNING}mNot used yet: OPENROUTER_API_KEY from the environment comes first\x1b[0m",
    ]
