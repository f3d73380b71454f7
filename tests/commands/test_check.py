"""The check: for monitors, for cron, for scripts before a big job, and for chats."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts import budget, limited, moved, spending, steady
from conftest import NOW, SCRIPTS, STATS, days_from_now, event, house, later
from fake_openrouter import Account, FakeKey


def check(skill, *args):
    """The exit code and the lines, on a silent standard error."""
    outcome = skill.run("check", *args)
    assert outcome.err == ""
    return outcome.code, outcome.out.splitlines()


def status(skill, *args):
    """The exit code, the status line without its figures, and the figures."""
    code, lines = check(skill, *args)
    text, _, figures = lines[0].partition(" | ")
    return code, text, figures.split()


@pytest.fixture
def both(skill, serve):
    """Asks an account with both of its keys."""
    return lambda account: skill.ask(serve(account), "agent", "admin")


# By the runway


@pytest.mark.parametrize(
    ("left", "code", "line"),
    [
        (
            "40",
            0,
            "OPENROUTER OK - $40.00 left, ~10 days at $4.00/day | balance=40 runway_days=10;3:;1: today=0",
        ),
        (
            "8",
            1,
            "OPENROUTER WARNING - $8.00 left, ~2.0 days at $4.00/day | balance=8 runway_days=2;3:;1: today=0",
        ),
        (
            "2",
            2,
            "OPENROUTER CRITICAL - $2.00 left, ~0.5 days at $4.00/day | balance=2 runway_days=0.5;3:;1: today=0",
        ),
    ],
)
def test_the_runway_has_thresholds_of_its_own(both, left, code, line):
    today = "Today: $0.00 by 14:09 UTC, usually $4.00 by 15:00 (0x, all keys)"
    assert check(both(steady(left))) == (code, [line, today])


def test_other_thresholds_of_the_runway(both):
    skill = both(steady("8"))
    assert status(skill, "--warn-runway", "36h")[::2] == (0, ["balance=8", "runway_days=2;1.5:;1:", "today=0"])
    assert status(skill, "--crit-runway", "60h")[0] == 2
    assert status(skill, "--warn-runway", "12h")[::2] == (0, ["balance=8", "runway_days=2;0.5:;0.5:", "today=0"])
    assert status(skill, "--crit-runway", "5d")[::2] == (2, ["balance=8", "runway_days=2;5:;5:", "today=0"])
    assert status(skill, "--warn-runway", "0", "--crit-runway", "0")[0] == 0
    assert status(skill, "--warn-runway", "0")[::2] == (0, ["balance=8", "runway_days=2;;1:", "today=0"])
    assert status(skill, "--warn-runway", "0", "--crit-runway", "60h")[0] == 2
    assert status(skill, "--crit-runway", "0")[::2] == (1, ["balance=8", "runway_days=2;3:", "today=0"])


def test_what_blocks_first_is_what_counts(both):
    code, text, _ = status(both(limited(steady("400"), 150, 6, "monthly")))
    assert (code, text) == (1, "OPENROUTER WARNING - $6.00 left of the key limit, ~1.5 days at $4.00/day")


def test_a_limit_of_which_nothing_is_left_is_critical_even_with_credits(both):
    code, text, _ = status(both(limited(steady("400"), 150, 0, "monthly")), "--warn-runway", "0", "--crit-runway", "0")
    assert (code, text) == (2, "OPENROUTER CRITICAL - nothing is left of the key limit")


# By the other figures


@pytest.mark.parametrize(
    ("args", "code", "text", "figure"),
    [
        (
            ["--warn-balance", "50"],
            1,
            "the balance is below $50.00; $40.00 left, ~10 days at $4.00/day",
            "balance=40;50:",
        ),
        (["--warn-balance", "50", "--crit-balance", "45"], 2, "the balance is below $45.00; ", "balance=40;50:;45:"),
        (["--warn-balance", "40"], 0, "$40.00 left", "balance=40;40:"),
        (["--warn-today", "2"], 1, "$3.00 spent today by all keys, more than $2.00; ", "today=3;2"),
        (["--crit-today", "2.99"], 2, "$3.00 spent today by all keys, more than $2.99; ", "today=3;;2.99"),
        (["--warn-today", "3"], 0, "$40.00 left", "today=3;3"),
        (["--warn-limit", "70", "--crit-limit", "90"], 1, "80% of the key limit used; ", "limit=80%;70;90"),
        (["--crit-limit", "79"], 2, "80% of the key limit used; ", "limit=80%;;79"),
    ],
)
def test_balance_today_and_limit_have_thresholds(both, args, code, text, figure):
    account = limited(steady("43"), 500, 100)
    account.events += spending("3", range(1), requests=100)
    said = status(both(account), *args)
    assert (said[0], figure in said[2]) == (code, True), said
    assert said[1].split(" - ")[1].startswith(text)


def test_worst_comes_first(both):
    skill = both(steady("8"))
    _, text, _ = status(skill, "--crit-balance", "9", "--warn-today", "0")
    assert text == "OPENROUTER CRITICAL - the balance is below $9.00; $8.00 left, ~2.0 days at $4.00/day"


def test_a_balance_below_three_of_the_dearest_usual_requests_is_a_warning_whatever_the_thresholds(both):
    account = steady("40")
    account.events += [event("11-18", "agent", "a/huge", "A", "28", requests=2)]
    account.purchased += 28
    code, text, _ = status(both(account), "--warn-runway", "0", "--crit-runway", "0")
    assert (code, text.split("; ")[0]) == (
        1, "OPENROUTER WARNING - the balance is about three usual requests to huge ($14.00 each), or less",
    )  # fmt: skip
    account.purchased += 2.01
    assert status(both(account), "--warn-runway", "0", "--crit-runway", "0")[0] == 0


@pytest.mark.parametrize("left", ["0", "-0.20"])
def test_an_empty_balance_is_critical_whatever_the_thresholds(both, left):
    for args in ([], ["--warn-runway", "0", "--crit-runway", "0"], ["--warn-today", "5"]):
        assert status(both(steady(left)), *args)[0] == 2


def test_a_percentage_is_compared_as_it_is_and_not_rounded(both):
    skill = both(limited(steady("400"), 1000, 196, "monthly"))
    code, text, figures = status(skill, "--warn-limit", "80")
    assert (code, "limit=80.4%;80" in figures) == (1, True)
    assert text.startswith("OPENROUTER WARNING - 80.4% of the key limit used; ")


def test_todays_spend_of_one_key_is_not_taken_for_the_accounts(skill, serve):
    account = steady("900")
    account.events += spending("500", range(1), key="second")
    fake = serve(account)
    for path in ("/analytics/query", "/keys", "/workspaces"):
        fake.fault(path, status=503, body="")
    code, text, figures = status(skill.ask(fake, "agent", "admin"), "--crit-today", "100")
    assert (code, [one for one in figures if one.startswith("today")]) == (3, [])
    assert "today's spend is unknown (OpenRouter is failing (HTTP 503))" in text


# What is needed


@pytest.mark.parametrize(
    ("need", "code", "text"),
    [
        ("5", 0, "OPENROUTER OK - enough for $5.00: $8.00 of balance; the key has no limit"),
        ("8", 0, "OPENROUTER OK - enough for $8.00: $8.00 of balance; the key has no limit"),
        ("$8.01", 2, "OPENROUTER CRITICAL - not enough for $8.01: $8.00 of balance is $0.01 short"),
    ],
)
def test_a_need_alone_knows_only_enough_and_not_enough(both, need, code, text):
    """Although the runway is under 72 hours."""
    assert status(both(steady("8")), "--need", need)[:2] == (code, text)


def test_a_need_beside_thresholds_is_one_of_them(both):
    skill = both(steady("8"))
    code, text, _ = status(skill, "--need", "5", "--warn-balance", "1")  # the runway's usual ones
    assert (code, text) == (
        1, "OPENROUTER WARNING - $8.00 left, ~2.0 days at $4.00/day; "
        "enough for $5.00: $8.00 of balance; the key has no limit",
    )  # fmt: skip
    assert status(skill, "--need", "5", "--warn-runway", "0", "--crit-runway", "0")[0] == 0


def test_the_least_of_balance_and_limits_must_be_enough(both):
    skill = both(limited(steady("400"), 150, 6, "monthly"))
    assert status(skill, "--need", "7")[:2] == (
        2, "OPENROUTER CRITICAL - not enough for $7.00: $6.00 of the key's limit is $1.00 short; "
        "$400.00 of balance would do",
    )  # fmt: skip
    assert status(skill, "--need", "6") == (
        0, "OPENROUTER OK - enough for $6.00: $400.00 of balance and $6.00 of the key's limit",
        ["left=6;;6:", "balance=400", "runway_days=1.5", "today=0"],
    )  # fmt: skip
    assert status(skill, "--need", "401")[1] == (
        "OPENROUTER CRITICAL - not enough for $401.00: "
        "$400.00 of balance is $1.00 short and $6.00 of the key's limit is $395.00 short"
    )


def test_a_need_is_told_of_every_budget_that_it_passed(both):
    account = limited(steady("400"), 150, 60, "monthly")
    account.key("agent").budgets = [budget("api_key", 40, 10), budget("workspace", 500, 100), budget("x", 300, 0)]
    assert status(both(account), "--need", "5")[1] == (
        "OPENROUTER OK - enough for $5.00: $400.00 of balance, $30.00 of the key's budget, $60.00 of the key's limit, "
        "$300.00 of the budget (x) and $400.00 of the workspace budget"
    )


def test_a_need_that_no_regular_key_is_named_for_passed_no_limit(skill, serve):
    assert status(skill.ask(serve(steady("8")), None, "admin"), "--need", "5")[:2] == (
        0, "OPENROUTER OK - enough for $5.00: $8.00 of balance; which key will spend is not known, "
        "so no key's limit was compared with it",
    )  # fmt: skip


@pytest.mark.parametrize(("need", "of_keys"), [
    ("4", "so no key's limit was compared with it"),
    ("20", 'and less is left of the limit of "ci" ($5.00)'),
    ("41", 'and less is left of the limits of "ci" ($5.00) and "notes" ($40.00)'),
])  # fmt: skip
def test_where_every_limit_is_watched_those_below_a_need_are_named(skill, serve, need, of_keys):
    skill.ask(serve(watched()), None, "admin")
    text = status(skill, "--need", need, "--warn-limit", "90", "--spike", "0")[1]
    assert text == (
        'OPENROUTER WARNING - 95% of the limit of key "ci" used; '
        f"enough for ${need}.00: $400.00 of balance; which key will spend is not known, {of_keys}"
    )


def test_a_need_is_unknown_where_the_balance_is(skill, serve):
    account = limited(steady("40"), 5000, 4979.9, "monthly")
    account.credits_for_regular = "zeros"
    skill.ask(serve(account), "agent")
    assert status(skill, "--need", "5") == (
        3, "OPENROUTER UNKNOWN - "
        "$4,979.90 of the key's limit is left, but the balance is unknown (needs a management key)",
        ["today=0"],
    )  # fmt: skip
    assert status(skill, "--need", "5000")[:2] == (  # the limit alone is too little
        2, "OPENROUTER CRITICAL - not enough for $5,000.00: $4,979.90 of the key's limit is $20.10 short; "
        "the balance is unknown (needs a management key)",
    )  # fmt: skip


def test_a_need_of_which_nothing_is_known_says_so_of_each_figure(skill, serve):
    fake = serve(steady("40"))
    fake.fault_everywhere(status=503)
    assert status(skill.ask(fake, "agent"), "--need", "5")[:2] == (
        3, "OPENROUTER UNKNOWN - whether there is enough for $5.00 is unknown: the balance is unknown (OpenRouter is "
        "failing (HTTP 503)) and the key's limit is unknown (OpenRouter is failing (HTTP 503))",
    )  # fmt: skip


def test_an_old_figure_does_not_answer_for_a_need(skill, serve):
    fake = serve(steady("60"))
    skill.remembers = True
    assert status(skill.ask(fake, "agent", "admin"), "--need", "58")[0] == 0
    fake.fault_everywhere(status=503)
    assert status(later(skill, fake, minutes=50), "--need", "58")[0] == 0
    code, text, _ = status(later(skill, fake, minutes=20), "--need", "58")
    assert (code, "OpenRouter told nothing since 2026-11-20 14:09 UTC" in text) == (3, True)


def test_an_old_limit_does_not_answer_for_a_need_either(skill, serve):
    fake = serve(limited(steady("400"), 150, 60, "monthly"))
    skill.remembers = True
    assert status(skill.ask(fake, "agent", "admin"), "--need", "50")[0] == 0
    for path in ("/auth/key", "/key"):
        fake.fault(path, status=503, body="")
    assert status(later(skill, fake, hours=8), "--need", "50")[0] == 3


def test_an_old_figure_of_today_may_alert_but_is_never_ok(skill, serve):
    account = steady("400")
    account.events += spending("1", range(1))
    skill.now = NOW.replace(hour=13)
    fake = serve(account, now=skill.now)
    skill.remembers = True
    assert status(skill.ask(fake, "agent", "admin"), "--warn-today", "5")[0] == 0
    for path in ("/analytics/query", "/keys", "/workspaces"):
        fake.fault(path, status=503, body="")
    code, _, figures = status(later(skill, fake, hours=3), "--warn-today", "5")
    assert (code, [one for one in figures if one.startswith("today")]) == (3, [])
    assert status(skill, "--warn-today", "0.50")[0] == 1


# Unknown, idle, new


@pytest.mark.parametrize("status_code", [401, 402, 503])
def test_a_key_that_cannot_be_read_may_have_a_limit_that_blocks(skill, serve, status_code):
    fake = serve(limited(steady("400"), 150, 1, "monthly"))
    for path in ("/auth/key", "/key"):
        fake.fault(path, "agent", status=status_code, body="")
    code, text, _ = status(skill.ask(fake, "agent", "admin"))
    assert code == 3
    assert text.startswith("OPENROUTER UNKNOWN - how long the key limit lasts is unknown (")


def test_the_first_of_a_month_is_no_all_clear(skill, serve):
    account = limited(steady("400"), 150, 2)
    account.events += spending("1", range(1, 31), key="second")
    skill.now = moved(account, NOW.replace(month=12, day=1))
    fake = serve(account, now=skill.now)
    code, text, _ = status(skill.ask(fake, "agent", "admin"))
    assert code == 3
    assert "the key's counters cover fewer than 3 completed days" in text


def test_a_fresh_limit_that_lasts_even_if_all_keys_spent_of_it_is_ok_on_the_first(skill, serve):
    account = limited(steady("400"), 500, 500, "monthly")
    account.events += spending("1", range(1, 31), key="second")
    skill.now = moved(account, NOW.replace(month=12, day=1))
    assert status(skill.ask(serve(account, now=skill.now), "agent", "admin"))[0] == 0


def test_a_silent_key_does_not_make_its_account_idle(skill, serve):
    account = steady("10", usd="50")
    account.events = [replace(one, key="second") for one in account.events]
    code, text, _ = status(skill.ask(serve(account), "agent"))
    assert code == 3
    assert "what other keys spend is not known" in text
    both_keys = status(skill.ask(serve(account), "agent", "admin"))
    assert both_keys[0] == 2


def test_a_minor_key_does_not_speak_for_its_account(skill, serve):
    account = steady("10", usd="50")
    account.events = [replace(one, key="second") for one in account.events] + spending("0.01", range(1, 31))
    account.purchased += 0.3
    code, text, _ = status(skill.ask(serve(account), "agent"))
    assert (code, "what other keys spend is not known" in text) == (3, True)


@pytest.mark.parametrize("silent", [True, False])
def test_days_that_ended_long_ago_say_nothing_about_now(skill, serve, silent):
    account = steady("150", usd="0.01" if silent else "4", days=40)
    account.events = [one for one in account.events if one.at < NOW - timedelta(days=20 if silent else 10)]
    account.purchased = float(sum(one.usd for one in account.events)) + 150
    then = NOW - timedelta(days=10)
    fake = serve(account, now=then)
    skill.remembers = True
    skill.now = then
    status(skill.ask(fake, "agent", "admin"))
    account.events += spending("100", range(10))
    account.purchased += 1000
    for path in ("/activity", "/analytics/query"):
        fake.fault(path, status=503, body="")
    code, text, _ = status(later(skill, fake, days=10))
    assert (code, "$150.00 left, ~2.3 days at $63." in text) == (1, True), text


def test_a_cent_that_is_there_is_not_said_to_be_used_up(both):
    code, text, _ = status(both(steady("0.01")))
    assert (code, text.split(";")[0]) == (2, "OPENROUTER CRITICAL - $0.01 left, ~0.0 days at $4.00/day")


def test_a_budget_of_a_scope_that_nobody_knows_is_taken_for_a_shared_one(skill, serve):
    account = steady("400")
    budget = {"limit_usd": 400, "spend_usd": 380, "remaining_usd": 20, "reset_interval": "monthly"}
    account.key("agent").budgets = [{"scope": "organization", "include_byok": False, **budget}]
    code, text, _ = status(skill.ask(serve(account), "agent", "admin"))
    assert (code, "$20.00 left of the budget (organization), ~1.0 days at $19." in text) == (1, True), text


def test_the_summary_says_that_another_limit_is_unknown(skill, serve):
    account = limited(steady("400"), 150, 2)
    account.events += spending("1", range(1, 31), key="second")
    skill.now = moved(account, NOW.replace(month=12, day=1))
    lines = skill.ask(serve(account, now=skill.now), "agent", "admin").lines()
    (line,) = (one for one in lines if one.startswith("Lasts:"))
    assert line.endswith(" at $5.00/day; the key limit: unknown")


def test_half_a_days_budget_is_not_counted_as_a_whole_days(skill, serve):
    account = steady("400")
    budget = {"limit_usd": 100, "spend_usd": 70, "remaining_usd": 30, "reset_interval": "daily"}
    account.key("agent").budgets = [{"scope": "workspace", "include_byok": False, **budget}]
    assert status(skill.ask(serve(account), "agent", "admin"))[0] == 2


def test_yesterday_may_not_be_counted_yet_just_after_midnight(skill, serve):
    account = steady("11.90")
    skill.now = NOW.replace(hour=0, minute=10)
    account.events = [one for one in account.events if one.at < NOW - timedelta(days=1, hours=14)]
    account.purchased = float(sum(one.usd for one in account.events)) + 11.9
    code, text, _ = status(skill.ask(serve(account, now=skill.now), "agent", "admin"))
    assert (code, text) == (1, "OPENROUTER WARNING - $11.90 left, ~3.0 days at $4.00/day")


def test_a_shared_budget_that_just_began_is_no_alarm(skill, serve):
    account = steady("400")
    budget = {"limit_usd": 100, "spend_usd": 0.5, "remaining_usd": 99.5, "reset_interval": "daily"}
    account.key("agent").budgets = [{"scope": "workspace", "include_byok": False, **budget}]
    skill.now = NOW.replace(hour=0, minute=20)
    assert status(skill.ask(serve(account, now=skill.now), "agent", "admin"))[0] == 0


def test_what_is_expected_to_be_gone_is_not_said_to_be(skill, serve):
    fake = serve(steady("3"))
    skill.remembers = True
    status(skill.ask(fake, "agent", "admin"))
    fake.fault_everywhere(status=503)
    code, text, _ = status(later(skill, fake, hours=20))
    assert (code, "nothing is left" in text) == (2, False)
    assert text.startswith("OPENROUTER CRITICAL - $3.00 left, used up by now at $4.00/day (as of Nov 20 14:09 UTC)")
    assert any(line.startswith("⚠️ Credits may have run out: top up at ") for line in skill.lines())


@pytest.mark.parametrize(
    ("silent", "days"), [(["/activity"], 1.3), (["/analytics/query"], 1.3), (["/activity", "/analytics/query"], 1.2)]
)
def test_a_source_without_rows_hides_no_runway_that_is_short(skill, serve, silent, days):
    fake = serve(steady("5"))
    for path in silent:
        fake.edit(path, lambda data: [] if isinstance(data, list) else {**data, "data": []})
    code, text, _ = status(skill.ask(fake, "agent", "admin"))
    assert (code, text.split(" - ")[1].split(" at ")[0]) == (1, f"$5.00 left, ~{days} days")


def test_an_unknown_balance_is_never_ok(skill, serve):
    account = steady("40")
    account.credits_for_regular = "zeros"
    code, text, figures = status(skill.ask(serve(account), "agent"))
    assert (code, figures) == (3, ["today=0"])
    assert text.startswith("OPENROUTER UNKNOWN - balance unknown (needs a management key; make one at ")


def test_a_known_trouble_outranks_what_is_unknown(skill, serve):
    account = limited(steady("40"), 150, 2, "monthly")
    account.credits_for_regular = "zeros"
    assert status(skill.ask(serve(account), "agent"))[0] == 2


def test_only_what_is_asked_has_to_be_known(skill, serve):
    account = steady("40")
    account.credits_for_regular = "zeros"
    skill.ask(serve(account), "agent")
    assert status(skill, "--warn-runway", "0", "--crit-runway", "0", "--warn-today", "5")[0] == 0
    assert status(skill, "--warn-runway", "0", "--crit-runway", "0")[0] == 3
    assert status(skill, "--warn-runway", "0", "--crit-runway", "0", "--warn-balance", "5")[0] == 3


def test_no_spend_in_seven_days_is_ok(both):
    account = steady("0.50")
    account.events = [one for one in account.events if one.at < NOW - timedelta(days=8)]
    account.purchased = float(sum(one.usd for one in account.events)) + 0.5
    assert status(both(account))[:2] == (
        0, "OPENROUTER OK - $0.50 left, no forecast (nothing was spent in the last 7 days)",
    )  # fmt: skip


def test_a_new_account_is_judged_by_its_balance(both):
    skill = both(steady("6", days=2))
    why = "no forecast (2 days with spend are known, and it takes 3)"
    assert status(skill)[:2] == (0, f"OPENROUTER OK - $6.00 left, {why}")
    assert status(skill, "--warn-balance", "10")[0] == 1


def test_credits_that_were_never_bought_are_no_trouble(both):
    assert status(both(steady("0", usd="0")))[0] == 0


def test_what_is_a_day_old_says_nothing_about_now(skill, serve):
    fake = serve(steady("400"))
    skill.remembers = True
    assert status(skill.ask(fake, "agent", "admin"))[0] == 0
    fake.fault_everywhere(status=503)
    code, text, _ = status(later(skill, fake, hours=9))
    assert code == 0
    assert text.endswith(" (as of 14:09 UTC)")
    code, text, _ = status(later(skill, fake, hours=16))
    assert (code, "OpenRouter told nothing since 2026-11-20 14:09 UTC" in text) == (3, True)


@pytest.mark.parametrize(("how", "text"), [
    ("nobody", "OPENROUTER UNKNOWN - no OpenRouter key was found"),
    ("refused", "OPENROUTER UNKNOWN - balance unknown (OpenRouter refused OPENROUTER_API_KEY (HTTP 401)"),
    ("failing", "OPENROUTER UNKNOWN - balance unknown (OpenRouter is failing (HTTP 503)"),
])  # fmt: skip
def test_what_keeps_it_from_knowing_is_said_on_standard_output_with_code_3(skill, serve, account, how, text):
    fake = serve(account)
    if how == "refused":
        account.key("agent").deleted = True
        fake.fault("/auth/key", status=401, body="")
    if how == "failing":
        fake.fault_everywhere(status=503)
    if how != "nobody":
        texts = {key.name: key.text for key in account.keys}
        skill.ask(fake)
        skill.env["OPENROUTER_API_KEY"] = texts["agent"]
    code, lines = check(skill)
    assert code == 3
    assert lines[0].startswith(text), lines


@pytest.mark.parametrize("arguments", [
    ["--warn-runway", "24h", "--crit-runway", "72h"],
    ["--warn-balance", "5", "--crit-balance", "10"],
    ["--warn-today", "10", "--crit-today", "5"],
    ["--warn-limit", "90", "--crit-limit", "80"],
    ["--need", "-5"],
    ["--need", "much"],
    ["--warn-runway", "soon"],
    ["--nonsense"],
    ["--top", "5"],
])  # fmt: skip
def test_wrong_usage_is_unknown_not_critical_and_nothing_is_asked(skill, fake, arguments):
    printed = skill.ask(fake, "agent", "admin").run("check", *arguments)
    assert (printed.code, printed.out) == (3, "")
    assert printed.err.startswith("Error: ")
    assert fake.asked == []


@pytest.mark.parametrize("option", ["--warn-runway", "--crit-runway", "--remind"])
def test_a_bare_number_is_no_number_of_seconds_where_hours_or_days_are_meant(skill, option):
    printed = skill.run("check", option, "3")
    assert (printed.code, printed.err.splitlines()[0]) == (
        3, f"Error: argument {option}: must have a unit: 3h is 3 hours, 3d is 3 days",
    )  # fmt: skip


def test_the_figures_of_a_graph_are_rounded_as_elsewhere_and_those_of_a_program_are_not(both):
    account = steady("43.0049")
    account.events += spending("3.4781", range(1))
    skill = both(account)
    assert status(skill)[2] == ["balance=39.53", "runway_days=9.88;3:;1:", "today=3.48"]
    assert skill.lines()[2] == "Balance: $39.53 / $163.00"
    told = skill.json("check", "--warn-today", "9")["findings"]
    assert [one["value_usd"] for one in told if one["name"] == "today"] == [Decimal("3.4781")]


def test_a_bug_is_unknown(skill, fake, monkeypatch, capsys):
    from openrouter_usage.cli import program

    monkeypatch.setattr(program, "Session", lambda *_: 1 / 0)
    output = program.answer(["check"])
    assert (output.code, output.out) == (3, "")
    assert output.err.startswith("Error: a bug in openrouter-usage: ZeroDivisionError")
    assert program.answer(["check", "--announce"]).code == 0
    assert program.answer(["report"]).code == 1


def test_a_bug_while_a_failure_is_reported_is_unknown_too(skill, tmp_path):
    scripts = shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "openrouter_usage/commands/check/text.py").write_text('"""Nothing."""\n', encoding="utf-8")
    printed = skill.run("check", script=scripts / "stats.py")
    assert (printed.code, printed.out) == (3, "")
    assert printed.err.startswith("Error: a bug in openrouter-usage: ")
    assert "Traceback" not in printed.err


# For cron


def test_quiet_prints_nothing_when_all_is_well(both):
    assert check(both(steady("40")), "--quiet") == (0, [])
    code, lines = check(both(steady("8")), "--quiet")
    assert (code, lines[0].split(" - ")[0]) == (1, "OPENROUTER WARNING")


def test_quiet_is_quiet_on_standard_error_too_when_all_is_well(both):
    skill = both(steady("40"))
    (skill.cwd / ".env").write_text("OPENROUTER_API_KEY=\n")
    skill.env["XDG_STATE_HOME"] = "/dev/null/nowhere"
    skill.remembers = True
    printed = skill.run("check", "--quiet")
    assert (printed.code, printed.out, printed.err) == (0, "", "")
    assert "Remark: " in skill.run("check").err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device")
def test_a_line_that_cannot_be_printed_is_unknown(both):
    skill = both(steady("40"))
    with open("/dev/full", "w") as full:
        command = [sys.executable, str(STATS), "check", "--now", NOW.isoformat()]
        assert subprocess.run(command, env=skill.env, cwd=skill.cwd, stdout=full).returncode == 3


# For a program


def test_json_tells_each_finding(both):
    outcome = both(steady("8")).run("check", "--json", "--warn-balance", "10")
    import json

    told = json.loads(outcome.out, parse_float=Decimal)
    assert (outcome.code, told["level"], told["exit_code"]) == (1, "warning", 1)
    assert told["findings"][0] == {
        "name": "runway", "level": "warning", "about": "balance", "value_days": 2, "warn_days": 3, "crit_days": 1,
    }  # fmt: skip
    assert told["findings"][1]["value_usd"] == 8


def test_two_accounts_are_judged_each_and_the_worst_counts(skill, serve):
    theirs = Account([FakeKey("their-admin", management=True)], house().events[:1], 4, organization="org-two")
    theirs.keys.append(FakeKey("agent2"))
    theirs.events = spending("1", range(1, 20), key="agent2")
    theirs.purchased = 20.5
    ours = steady("400")
    code, text, figures = status(skill.ask(serve(ours, theirs), "agent", "their-admin"))
    assert code == 1
    assert "key of OPENROUTER_API_KEY: $400.00 left" in text
    assert "account of OPENROUTER_MGMT_KEY: $1.50 left, ~1.5 days" in text
    assert [one.split("=")[0] for one in figures] == [
        "balance", "runway_days", "today", "balance_2", "runway_days_2", "today_2",
    ]  # fmt: skip


# The limits of other keys


def watched():
    """An account with keys near their limits, of which some cannot be used any more."""
    account = limited(steady("400"), 1000, 980, "monthly")
    limits = {"ci": 5, "notes": 40, "off": 0, "past": 0}
    account.keys += [
        FakeKey(name, limit=100, limit_remaining=left, limit_reset="monthly") for name, left in limits.items()
    ]
    account.key("off").disabled = True
    account.key("past").expires_at = "2026-11-19T00:00:00Z"
    return account


ONLY_LIMITS = ("--warn-runway", "0", "--crit-runway", "0", "--warn-limit")


def test_the_limit_of_every_key_that_can_be_used_is_watched(skill, serve):
    fake = serve(watched())
    code, text, figures = status(skill.ask(fake, "agent", "admin"), *ONLY_LIMITS, "90")
    assert (code, text.split("; ")[0], figures[-1]) == (
        1, 'OPENROUTER WARNING - 95% of the limit of key "ci" used', "limit=95%;90",
    )  # fmt: skip
    assert status(skill, *ONLY_LIMITS, "50", "--crit-limit", "90")[1].split("; ")[:2] == [
        'OPENROUTER CRITICAL - 95% of the limit of key "ci" used', '60% of the limit of key "notes" used',
    ]  # fmt: skip
    assert status(skill, *ONLY_LIMITS, "95")[::2] == (
        0,
        ["balance=400", "runway_days=99.97", "today=0", "limit=95%;95"],
    )


def test_the_own_key_is_named_once_and_not_as_another(skill, serve):
    account = watched()
    account.key("agent").limit_remaining = 30
    assert status(skill.ask(serve(account), "agent", "admin"), *ONLY_LIMITS, "90")[1].split("; ")[:3] == [
        "OPENROUTER WARNING - 97% of the key limit used", '95% of the limit of key "ci" used',
        "$30.00 left of the key limit, ~8 days at $4.00/day",
    ]  # fmt: skip
    del skill.env["OPENROUTER_API_KEY"]
    assert '97% of the limit of key "agent" used' in status(skill, *ONLY_LIMITS, "90")[1]


def test_the_list_of_keys_is_asked_for_only_where_limits_are_watched(skill, serve):
    fake = serve(watched())
    skill.ask(fake, "agent", "admin").run("check")
    assert "admin /keys" not in fake.paths()
    skill.run("check", "--crit-limit", "99")
    assert fake.paths().count("admin /keys") == 1
    skill.env.pop("OPENROUTER_MGMT_KEY")
    fake.asked.clear()
    assert status(skill, *ONLY_LIMITS, "90", "--warn-balance", "1")[0] == 0
    assert {path for path in fake.paths() if "keys" in path} == set()


def test_where_the_list_is_refused_the_own_limit_is_judged_and_that_is_said(skill, serve):
    fake = serve(watched())
    for path in ("/keys", "/workspaces"):
        fake.fault(path, status=503, body="")
    code, lines = check(skill.ask(fake, "agent", "admin"), *ONLY_LIMITS, "90")
    assert (code, lines[1:]) == (
        0,
        [
            "Today: $0.00 by 14:09 UTC, usually $4.00 by 15:00 (0x, all keys)",
            "Note: the limits of other keys are not watched (OpenRouter is failing (HTTP 503))",
        ],
    )
    assert status(skill, *ONLY_LIMITS, "1")[1].startswith("OPENROUTER WARNING - 2% of the key limit used; ")
    skill.env.pop("OPENROUTER_API_KEY")
    assert status(skill, *ONLY_LIMITS, "90")[:2] == (
        3, "OPENROUTER UNKNOWN - the use of the limits of all keys is unknown (OpenRouter is failing (HTTP 503)); "
        "$400.00 left, ~100 days at $4.00/day",
    )  # fmt: skip


def test_many_keys_are_counted(skill, serve):
    account = steady("400")
    account.keys += [FakeKey(f"k{n}", limit=100, limit_remaining=n, called="same" if n < 2 else None) for n in range(5)]
    text = status(skill.ask(serve(account), None, "admin"), *ONLY_LIMITS, "90")[1]
    assert text.split("; ")[:4] == [
        f'OPENROUTER WARNING - 100% of the limit of key "same, hash {account.key("k0").hash[:8]}" used',
        f'99% of the limit of key "same, hash {account.key("k1").hash[:8]}" used',
        '98% of the limit of key "k2" used', "and those of 2 more keys",
    ]  # fmt: skip


# For chats


@pytest.fixture
def chat(skill, serve):
    """An account that spends $4 a day, with so much left, and what the chat hears of it."""
    account = steady("40")
    fake = serve(account)
    skill.remembers = True
    skill.ask(fake, "agent", "admin")
    bought = account.purchased

    def hear(left, *args, **passed):
        account.purchased = bought - 40 + left
        outcome = later(skill, fake, **(passed or {"minutes": 30})).run("check", "--announce", *args)
        assert (outcome.code, outcome.err) == (0, "")
        return outcome.out

    return hear


def test_a_chat_hears_of_a_change_once(chat):
    assert chat(40) == "NO_REPLY\n"
    assert chat(8) == "⚠️ OpenRouter WARNING: $8.00 left, ~2.0 days at $4.00/day\n"
    assert chat(7.9) == "NO_REPLY\n"
    assert chat(3).startswith("🚨 OpenRouter CRITICAL: $3.00 left, ~0.8 days")
    assert chat(2.5) == "NO_REPLY\n"
    assert chat(60).startswith("✅ OpenRouter back to OK: $60.00 left, ~15 days")
    assert chat(59) == "NO_REPLY\n"
    assert chat(8).startswith("⚠️ OpenRouter WARNING")


def test_a_figure_that_hovers_at_the_line_does_not_chatter(chat):
    by = ("--warn-balance", "20", "--warn-runway", "0", "--crit-runway", "0")
    assert chat(20.01, *by) == "NO_REPLY\n"
    assert chat(19.99, *by).startswith("⚠️")
    for left in (20.01, 19.99, 20.5, 19.9, 21.99):
        assert chat(left, *by) == "NO_REPLY\n"
    assert chat(22.01, *by).startswith("✅")
    assert chat(20.01, *by) == "NO_REPLY\n"
    assert chat(19.99, *by).startswith("⚠️")


def test_what_is_not_ok_is_said_again_after_a_while(chat):
    by = ("--warn-balance", "20", "--warn-runway", "0", "--crit-runway", "0")
    assert chat(15, *by).startswith("⚠️")
    assert chat(15, *by, hours=9) == "NO_REPLY\n"
    assert chat(15, *by, "--remind", "9h", minutes=30).startswith("⚠️")
    assert chat(15, *by, "--remind", "9h", hours=8) == "NO_REPLY\n"
    assert chat(40, *by).startswith("✅")
    assert chat(40, *by, "--remind", "1h", hours=4) == "NO_REPLY\n"


def test_a_chat_is_told_once_in_the_gap_unless_it_gets_worse(chat):
    by = ("--warn-balance", "20", "--crit-balance", "10", "--warn-runway", "0", "--crit-runway", "0", "--min-gap", "6h")
    assert chat(15, *by).startswith("⚠️ OpenRouter WARNING: ")
    assert chat(40, *by) == "NO_REPLY\n"  # recovered: held back
    assert chat(15, *by) == "NO_REPLY\n"
    assert chat(5, *by).startswith("🚨 OpenRouter CRITICAL: ")  # worse: at once
    assert chat(15, *by, hours=5) == "NO_REPLY\n"
    assert chat(15, *by, minutes=59) == "NO_REPLY\n"
    assert chat(15, *by, minutes=1).startswith("⚠️ OpenRouter WARNING: ")  # what was held back, after the gap
    assert chat(40, *by, minutes=30) == "NO_REPLY\n"


def test_a_recovery_that_was_held_back_is_told_after_the_gap(chat):
    by = ("--warn-balance", "20", "--warn-runway", "0", "--crit-runway", "0", "--min-gap", "6h")
    assert chat(15, *by).startswith("⚠️")
    assert [chat(40, *by, hours=2) for _ in range(2)] == ["NO_REPLY\n"] * 2
    assert chat(40, *by, hours=2).startswith("✅ OpenRouter back to OK: $40.00 left")


def test_a_reminder_waits_for_the_gap_too(chat):
    by = ("--warn-balance", "20", "--warn-runway", "0", "--crit-runway", "0", "--remind", "1h", "--min-gap", "3h")
    assert chat(15, *by).startswith("⚠️")
    assert [chat(15, *by, hours=1)[:1] for _ in range(5)] == ["N", "N", "⚠", "N", "N"]


def test_the_dearest_request_does_not_chatter_either(skill, serve):
    account = steady("100")
    account.events += [event("11-18", "agent", "a/huge", "A", "20", requests=2)]
    fake, spent = serve(account), account.purchased - 100 + 20
    skill.remembers = True
    skill.ask(fake, "agent", "admin")
    heard = []
    for left in (29.9, 30.1, 29.95, 30.2, 33.1, 30.1):
        account.purchased = spent + left
        args = ("--announce", "--warn-runway", "0", "--crit-runway", "0")
        heard.append(later(skill, fake, minutes=30).run("check", *args).out[:1])
    assert heard == ["⚠", "N", "N", "N", "✅", "N"]


def test_what_is_said_of_a_need_is_the_need(chat):
    assert chat(4, "--need", "5").startswith(
        "🚨 OpenRouter CRITICAL: not enough for $5.00: $4.00 of balance is $1.00 short"
    )
    reminded = chat(5.2, "--need", "5", "--remind", "1h", hours=2)
    assert reminded.startswith("🚨 OpenRouter CRITICAL: hardly enough for $5.00: $5.20 of balance")


def test_two_keys_of_one_account_have_their_own_limits_and_news(skill, serve):
    account = limited(steady("400"), 150, 2, "monthly")
    account.key("second").limit, account.key("second").limit_remaining = 150, 140
    account.events += spending("0.01", range(1, 31), key="second")
    fake = serve(account)
    skill.remembers = True
    heard = [skill.ask(fake, name, "admin").run("check", "--announce").out[:1] for name in ("agent", "second") * 2]
    assert heard == ["🚨", "N", "N", "N"]


def test_each_set_of_thresholds_is_announced_for_itself(chat):
    assert chat(8).startswith("⚠️")
    assert chat(8, "--crit-runway", "3d").startswith("🚨")
    assert chat(8) == chat(8, "--crit-runway", "3d") == "NO_REPLY\n"


def test_another_key_of_the_account_knows_what_was_announced(skill, serve):
    account = steady("8")
    account.keys.append(FakeKey("admin2", management=True))
    fake = serve(account)
    skill.remembers = True
    assert skill.ask(fake, None, "admin").run("check", "--announce").out.startswith("⚠️")
    assert skill.ask(fake, None, "admin2").run("check", "--announce").out == "NO_REPLY\n"


@pytest.mark.parametrize("arguments", [["--need", "much"], ["--quiet"], ["--warn-today", "9", "--crit-today", "5"]])
def test_a_chat_is_told_of_wrong_usage_in_words(skill, fake, arguments):
    printed = skill.ask(fake, "agent", "admin").run("check", "--announce", *arguments)
    assert (printed.code, printed.err) == (0, "")
    assert printed.out.startswith("❔ OpenRouter UNKNOWN: ")


def test_a_chat_is_told_in_words_that_there_is_no_key(skill):
    printed = skill.run("check", "--announce")
    assert printed.code == 0
    assert printed.out.startswith("❔ OpenRouter UNKNOWN: no OpenRouter key was found")


def test_a_chat_hears_that_an_outage_is_over_and_of_the_next_one(skill, serve):
    fake = serve(limited(steady("400"), 150, 100, "monthly"))
    skill.remembers = True
    skill.ask(fake, "agent", "admin").run("check", "--announce")
    heard = []
    for down in (True, True, False, False, True):
        fake.fault_everywhere(status=401 if down else 200, body="", times=10**6 if down else 0)
        heard.append(later(skill, fake, minutes=30).run("check", "--announce").out[:1])
    assert heard == ["❔", "N", "✅", "N", "❔"]


def test_an_outage_is_said_once(skill, serve):
    fake = serve(steady("8"))
    fake.fault_everywhere(status=503)
    skill.remembers = True
    assert skill.ask(fake, None, "admin").run("check", "--announce").out.startswith("❔ OpenRouter UNKNOWN")
    assert later(skill, fake, minutes=30).run("check", "--announce").out == "NO_REPLY\n"


def test_a_refused_management_key_is_no_all_clear(skill, serve):
    account = steady("40")
    account.key("admin").deleted = True
    code, text, _ = status(skill.ask(serve(account), "agent", "admin"))
    assert code == 3
    assert "what all keys spend is not watched (OpenRouter refused OPENROUTER_MGMT_KEY (HTTP 401))" in text
    assert skill.run("check", "--need", "5").code == 0


# When a key expires


EXPIRES_FIRST = "This key expires in 9 days (Nov 29), before the balance runs out"


@pytest.mark.parametrize(("left", "days", "line"), [
    ("40", 9, EXPIRES_FIRST),
    ("400", 20, "This key expires in 20 days (Dec 10), before the balance runs out"),
    ("40", 12, "This key expires in 12 days (Dec 2)"),
    ("40", 15, None),
    ("4000", 400, "This key expires in 400 days (Dec 25 2027), before the balance runs out"),
    ("8", -1, "This key expired (Nov 19)"),
])  # fmt: skip
def test_when_a_key_expires_is_told_and_not_judged(skill, serve, left, days, line):
    account = steady(left)
    account.key("agent").expires_at = days_from_now(days)
    fake = serve(account)
    lines = skill.ask(fake, "agent").run("check", "--warn-runway", "0", "--crit-runway", "0").out.splitlines()
    assert [one for one in lines if "expire" in one] == ([line] if line else [])
    assert lines[0].startswith("OPENROUTER OK - ") and "expire" not in lines[0]
    assert [one for one in skill.run("forecast").out.splitlines() if "expire" in one] == ([line] if line else [])
    assert skill.run("check", "--quiet", "--warn-runway", "0", "--crit-runway", "0").out == ""


def test_that_a_key_expires_is_a_note_for_a_program(skill, serve):
    account = steady("40")
    account.key("agent").expires_at = account.key("admin").expires_at = days_from_now(9)
    skill.ask(serve(account), "agent", "admin")
    notes = [
        {"code": "key_expires", "message": EXPIRES_FIRST},
        {"code": "key_expires", "message": "The management key expires in 9 days (Nov 29)"},
    ]
    assert [one for one in skill.json("check")["notes"] if one["code"] == "key_expires"] == notes
    assert [one for one in skill.json("forecast")["notes"] if one["code"] == "key_expires"] == notes


def test_limits_of_keys_in_workspaces_that_are_not_told_are_said_not_to_be_watched(skill, serve):
    account = house()
    account.workspaces = ("ws-default", "ws-two")
    account.key("second").workspace = "ws-two"
    account.key("second").limit, account.key("second").limit_remaining = 10, 0.5
    fake = serve(account)
    skill.ask(fake, mgmt="admin")
    assert check(skill, *ONLY_LIMITS, "80")[0] == 1
    fake.fault("/workspaces", status=501, body="{}")
    gap = "the workspaces are unknown (OpenRouter is failing (HTTP 501))"
    code, text, _ = status(skill, *ONLY_LIMITS, "80")
    assert (code, text.partition(";")[0]) == (
        3,
        f"OPENROUTER UNKNOWN - the use of the limits of all keys is unknown ({gap})",
    )
    skill.ask(fake, "agent", "admin")
    code, lines = check(skill, *ONLY_LIMITS, "80")
    assert (code, lines[-1]) == (0, f"Note: the limits of keys of other workspaces are not watched ({gap})")
