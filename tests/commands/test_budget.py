"""Will it stay under $100 this month: the month's end, and the budget of one's own."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts import limited, moved, spending, steady
from conftest import NOW, credentials_of, later, write

BUDGET = "OPENROUTER_MONTHLY_BUDGET"


def months(lines):
    return [line for line in lines if line.startswith(("Month", "Budget"))]


def month_end(skill, *args):
    return skill.json("forecast", *args)["month_end"]


@pytest.fixture
def config(skill):
    return skill.home / ".config" / "openrouter-usage" / "credentials.env"


# The month's end


def test_the_month_ends_where_the_daily_rate_leads(skill, serve):
    """19 days at $4 are $76; 10 days and 9 h 51 min at $4 are $41.64 more."""
    skill.ask(serve(steady("400")), "agent", "admin")
    assert months(skill.lines("forecast")) == ["Month: $76.00* so far, ~$118 by Nov 30 (80%: $116 to $119)"]
    told = month_end(skill)
    assert told["usd"] == pytest.approx(Decimal("117.64"), abs=Decimal("0.5"))
    assert told["so_far_usd"] == 76 < told["low_usd"] < told["usd"] < told["high_usd"] < 125
    assert (told["budget_usd"], told["scope"], told["on"]) == (None, "account", "2026-11-30")


def test_whose_month_it_is_is_said_where_another_may_be_meant(skill, serve):
    account = steady("400")
    account.events += spending("1", range(1, 31), key="second")
    fake = serve(account)
    assert months(skill.ask(fake, "agent", "admin").lines("forecast"))[0].startswith("Month, all keys: $95.00* so far")
    del skill.env["OPENROUTER_MGMT_KEY"]
    assert months(skill.lines("forecast"))[0].startswith("Month, this key: $76.00* so far, ~$118 by Nov 30")
    del skill.env["OPENROUTER_API_KEY"]
    assert months(skill.ask(fake, None, "admin").lines("forecast"))[0].startswith("Month: $95.00* so far")


def test_what_one_key_spent_stands_in_for_all_keys_and_says_so(skill, serve):
    fake = serve(steady("400"))
    for path in ("/analytics/query", "/keys"):
        fake.fault(path, status=503, body="")
    (line,) = months(skill.ask(fake, "agent", "admin").run("forecast").out.splitlines())
    assert line.startswith("Month, this key: $76.00* so far, ~$118 by Nov 30 (80%: ")
    assert "; all keys: unknown (OpenRouter is failing (HTTP 503))" in line


def test_what_nobody_tells_is_no_figure(skill, serve):
    fake = serve(steady("400"))
    fake.edit("/auth/key", lambda data: {name: value for name, value in data.items() if name != "usage_monthly"})
    assert months(skill.ask(fake, "agent").lines("forecast", "--budget", "100")) == [
        "Budget, this key: $100.00 a month: whether it is kept is unknown (OpenRouter did not tell usage_monthly)",
        "Month, this key: unknown (OpenRouter did not tell usage_monthly)",
    ]
    told = skill.json("forecast")
    assert told["month_end"]["usd"] is told["month_end"]["high_usd"] is told["month_end"]["so_far_usd"] is None
    why = "OpenRouter did not tell usage_monthly"
    assert {"code": "not_told", "message": f"month_end.usd: {why}"} in told["notes"]


def test_byok_is_apart(skill, serve):
    account = steady("400")
    account.events += spending("0", range(1, 3), byok="5")
    (line,) = months(skill.ask(serve(account), "agent", "admin").lines("forecast"))
    assert line == "Month: $76.00* so far, ~$118 by Nov 30 (80%: $116 to $119); BYOK is apart: $10.00 so far"


@pytest.mark.parametrize(("now", "line"), [
    (NOW.replace(day=30, hour=18), "Month: $116.00* so far, ~$116.98 by Nov 30 (80%: $116.91 to $117.04)"),
    (NOW.replace(day=1, hour=0, minute=0), "Month: $0.00* so far, ~$120 by Nov 30 (80%: $112 to $129)"),
    (NOW.replace(month=12, day=1, hour=0, minute=0), "Month: $0.00* so far, ~$124 by Dec 31 (80%: $116 to $133)"),
])  # fmt: skip
def test_the_first_and_the_last_day_of_a_month(skill, serve, now, line):
    account = steady("400")
    skill.now = moved(account, now)
    assert months(skill.ask(serve(account, now=now), "agent", "admin").lines("forecast")) == [line]


def test_an_idle_account_expects_nothing_more(skill, serve):
    account = steady("400")
    account.events = [event for event in account.events if event.at < NOW - timedelta(days=8)]
    fake = serve(account)
    why = "nothing was spent in the last 7 days"
    assert months(skill.ask(fake, "agent", "admin").lines("forecast", "--budget", "50")) == [
        f"Budget: $50.00 a month: likely kept, $48.00 spent and nothing more expected ({why})",
        f"Month: $48.00* so far, nothing more expected by Nov 30 ({why})",
    ]
    told = skill.json("forecast")
    assert told["month_end"]["usd"] == told["month_end"]["low_usd"] == told["month_end"]["high_usd"] == 48
    assert {"code": "idle", "message": f"month_end.usd: nothing more is expected: {why}"} in told["notes"]
    assert months(skill.lines("--budget", "50")) == ["Budget: $48.00 of $50.00, nothing more expected by Nov 30"]


def test_too_few_days_tell_what_is_spent_and_no_more(skill, serve):
    skill.ask(serve(steady("400", days=2)), "agent", "admin")
    why = "2 days with spend are known, and it takes 3"
    assert months(skill.lines("forecast", "--budget", "50")) == [
        f"Budget: $50.00 a month: not passed yet, $8.00 spent; whether it is kept is unknown ({why})",
        f"Month: $8.00* so far, by Nov 30 unknown ({why})",
    ]
    told = skill.json("forecast")
    assert (told["month_end"]["so_far_usd"], told["month_end"]["usd"]) == (8, None)
    assert {"code": "too_few_days", "message": f"month_end.usd: {why}"} in told["notes"]


def test_an_old_month_says_how_old_it_is_and_goes_on_from_there(skill, serve):
    fake = serve(steady("400"))
    skill.remembers = True
    before = skill.ask(fake, "agent", "admin").json("forecast")["month_end"]
    fake.fault_everywhere(status=503)
    after = later(skill, fake, days=2).json("forecast")["month_end"]
    assert after["usd"] == pytest.approx(before["usd"], rel=Decimal("0.01"))
    line = "Month, all keys: $76.00 so far (as of Nov 20 14:09 UTC), ~$118 by Nov 30 (80%: $116 to $119)"
    assert months(skill.lines("forecast")) == [line]
    line = "Budget, all keys: $76.00 of $100.00, ~$118 by Nov 30 (as of Nov 20 14:09 UTC)"
    assert months(skill.lines("--budget", "100")) == [line]
    later(skill, fake, days=15)
    line = "Month, all keys: unknown (OpenRouter's answer is from before this window began)"
    assert months(skill.lines("forecast")) == [line]


# The budget


@pytest.mark.parametrize(("budget", "line"), [
    ("150", "Budget: $150.00 a month: likely kept (~$118 by Nov 30, 80%: $116 to $119)"),
    ("100", "Budget: $100.00 a month: likely passed on Nov 26 (~$118 by Nov 30, 80%: $116 to $119)"),
    ("76", "Budget: $76.00 a month: likely passed on Nov 20 (~$118 by Nov 30, 80%: $116 to $119)"),
    ("$75.5", "Budget: $75.50 a month: passed on Nov 19, $76.00 spent, ~$118 by Nov 30"),
])  # fmt: skip
def test_the_first_line_tells_whether_the_budget_is_kept(skill, serve, budget, line):
    skill.ask(serve(steady("400")), "agent", "admin")
    assert skill.lines("forecast", "--budget", budget)[1] == line
    assert month_end(skill, "--budget", budget)["budget_usd"] == Decimal(budget.strip("$"))


def test_the_day_on_which_it_is_passed_is_a_cell(skill, serve):
    skill.ask(serve(steady("400")), "agent", "admin")
    assert month_end(skill, "--budget", "100")["budget_passes_on"] == "2026-11-26"
    assert month_end(skill, "--budget", "150")["budget_passes_on"] is None


def test_the_day_on_which_it_was_passed_is_told_only_where_it_is_known(skill, serve):
    account = steady("400")
    account.events += spending("10", range(1))
    fake = serve(account)
    budgets = [("39.99", "2026-11-10"), ("40", "2026-11-11"), ("76", "2026-11-20")]
    skill.ask(fake, "agent", "admin")
    assert [month_end(skill, "--budget", usd)["budget_passes_on"] for usd, _ in budgets] == [day for _, day in budgets]
    del skill.env["OPENROUTER_MGMT_KEY"]
    line = skill.ask(fake, "agent").lines("forecast", "--budget", "40")[1]
    assert line.startswith("Budget, this key: $40.00 a month: passed, $86.00 spent, ~$134 by Nov 30")


@pytest.mark.parametrize(("budget", "line"), [
    ("150", "Budget: $76.00 of $150.00, ~$118 by Nov 30"),
    ("50", "Budget: $76.00 of $50.00, passed on Nov 13, ~$118 by Nov 30"),
])  # fmt: skip
def test_the_summary_has_the_budget_in_one_line(skill, serve, budget, line):
    skill.ask(serve(steady("400")), "agent", "admin")
    assert months(skill.lines("--budget", budget)) == [line]
    assert skill.json("--budget", budget)["month_end"]["budget_usd"] == Decimal(budget)
    assert months(skill.lines()) == []
    assert "month_end" not in skill.json()


def test_the_budget_costs_no_further_question(skill, serve):
    fake = serve(steady("400"))
    skill.ask(fake, "agent", "admin").lines()
    asked = fake.paths()
    fake.asked.clear()
    skill.lines("--budget", "100")
    assert fake.paths() == asked


@pytest.mark.parametrize("command", ["summary", "forecast"])
@pytest.mark.parametrize("given", ["0", "-5", "ten", "1e3", "nan", ""])
def test_a_budget_that_is_no_amount_is_wrong_usage(skill, command, given):
    printed = skill.run(command, f"--budget={given}", "--demo")
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.startswith("Error: argument --budget: must be an amount above 0, such as 100 or 12.50\n")


def test_a_budget_that_one_source_alone_has_passed_is_perhaps_passed(skill, serve):
    fake = serve(steady("400"))
    fake.source("/analytics/query", "doubled")
    both = "sources disagree: $152.00 or $76.00"
    lines = skill.ask(fake, None, "admin").lines("forecast", "--budget", "100")
    assert lines[1].startswith(f"Budget: $100.00 a month: perhaps passed, $152.00 spent ({both}), ~$")
    assert lines[2].startswith(f"Month: $152.00* so far ({both}), ~$")
    (line,) = months(skill.lines("--budget", "100"))
    assert line.startswith(f"Budget: $152.00 of $100.00 ({both}), perhaps passed, ~$")
    code, line = checked(skill, "--budget", "100")
    words = f"the month's budget of $100.00 is perhaps passed: $152.00 spent by all keys so far ({both})"
    assert (code, line.split(";")[0]) == (2, f"OPENROUTER CRITICAL - {words}")
    assert "sources_disagree" in [note["code"] for note in skill.json("forecast")["notes"]]


def test_what_a_source_lacks_may_have_been_spent_as_well(skill, serve):
    fake = serve(steady("400"))
    fake.source("/analytics/query", "late")
    lines = skill.ask(fake, None, "admin").lines("forecast", "--budget", "150")
    assert lines[1].startswith("Budget: $150.00 a month: likely kept (~$118 by Nov 30")
    assert lines[2].startswith("Month: at least $76.00* so far, ~$118 by Nov 30")
    assert months(skill.lines("--budget", "150")) == ["Budget: at least $76.00 of $150.00, ~$118 by Nov 30"]
    assert "at least $76.00 spent by all keys so far" in checked(skill, "--budget", "150")[1]


# Where it is set


def test_the_environment_sets_it_and_the_option_outranks_it(skill, serve):
    skill.ask(serve(steady("400")), "agent", "admin").env[BUDGET] = " $150 "
    assert months(skill.lines()) == ["Budget: $76.00 of $150.00, ~$118 by Nov 30"]
    assert months(skill.lines("forecast")) == [
        "Month: $76.00* so far, ~$118 by Nov 30 (80%: $116 to $119)",
        "Budget: $150.00 a month: likely kept (~$118 by Nov 30, 80%: $116 to $119)",
    ]
    assert months(skill.lines("--budget", "100")) == ["Budget: $76.00 of $100.00, ~$118 by Nov 30"]


def test_a_key_file_sets_it_even_where_the_keys_are_elsewhere(skill, serve, config):
    skill.ask(serve(steady("400")), "agent", "admin").remembers = True
    write(config, f"{BUDGET}='150'\n")
    for _ in range(2):  # the second time it is remembered
        assert months(skill.lines()) == ["Budget: $76.00 of $150.00, ~$118 by Nov 30"]
    write(config, f"{BUDGET}=160\n# changed\n")
    assert months(skill.lines()) == ["Budget: $76.00 of $160.00, ~$118 by Nov 30"]
    write(config, "\n")
    assert months(skill.lines()) == []


def test_a_working_directory_never_sets_it(skill, serve):
    fake = serve(steady("400"))
    write(skill.cwd / ".env", credentials_of(fake, fake.accounts[0].key("agent").text) + f"{BUDGET}=150\n")
    assert months(skill.lines()) == []


def test_a_profile_has_its_own(skill, serve, config):
    fake = serve(steady("400"))
    skill.ask(fake, "agent", "admin").env[BUDGET] = "150"
    write(config.with_name("credentials.work.env"), f"OPENROUTER_API_KEY={fake.accounts[0].key('agent').text}\n")
    assert months(skill.lines("--profile", "work")) == []
    with config.with_name("credentials.work.env").open("a") as file:
        file.write(f"{BUDGET}=100\n")
    assert months(skill.lines("--profile", "work")) == ["Budget, this key: $76.00 of $100.00, ~$118 by Nov 30"]
    both = [line for line in months(skill.lines("--all-profiles")) if line.startswith("Budget")]
    assert [line.split(",")[-2] for line in both] == ["Budget: $76.00 of $150.00", " this key: $76.00 of $100.00"]


@pytest.mark.parametrize("wrong", ["0", "-5", "a hundred", "1e3"])
def test_a_setting_that_is_no_amount_is_a_note(skill, serve, wrong):
    skill.ask(serve(steady("400")), "agent", "admin").env[BUDGET] = wrong
    note = f"budget ignored: {BUDGET} in the environment is no amount above 0, such as 100"
    for command in ("summary", "forecast"):
        assert f"Note: {note}" in skill.lines(command)
    assert {"code": "budget_ignored", "message": note} in skill.json()["notes"]
    assert months(skill.lines("--budget", "100")) == ["Budget: $76.00 of $100.00, ~$118 by Nov 30"]


def test_the_doctor_tells_where_it_is_set(skill, serve, config):
    skill.ask(serve(steady("400")), "agent", "admin")
    write(config, f"{BUDGET}=150\n")
    note = "the budget is $150.00 a UTC month, from ~/.config/openrouter-usage/credentials.env"
    assert f"Note: {note}" in skill.lines("doctor")
    assert {"code": "budget", "message": note} in skill.json("doctor")["notes"]
    skill.env[BUDGET] = "none"
    why = f"budget ignored: {BUDGET} in the environment is no amount above 0, such as 100"
    assert f"Trouble: {why}" in skill.lines("doctor")


def test_metrics_have_the_months_end_and_the_budget(skill, serve):
    fake = serve(steady("400"))
    told = skill.ask(fake, "agent", "admin").lines("metrics")
    assert [line.split(".")[0] for line in told if line.startswith("openrouter_month")] == [
        'openrouter_month_end_usd{scope="account"} 117'
    ]
    skill.env[BUDGET] = "150"
    assert 'openrouter_month_budget_usd{scope="account"} 150' in skill.lines("metrics")
    few = skill.ask(serve(steady("400", days=2)), "agent", "admin").lines("metrics")
    assert [line for line in few if line.startswith("openrouter_month_end")] == []


# A regular key alone


def test_that_one_key_keeps_the_budget_is_not_said_of_all_keys(skill, serve):
    account = steady("400")
    account.events += spending("10", range(1, 20), key="second")
    skill.ask(serve(account), "agent")
    unknown = "; all keys: unknown (needs a management key)"
    line = skill.lines("forecast", "--budget", "200")[1]
    assert line.startswith("Budget, this key: $200.00 a month: likely kept (~$118 by Nov 30, 80%: ")
    assert line.endswith(")" + unknown)
    summary = "Budget, this key: $76.00 of $200.00, ~$118 by Nov 30" + unknown
    assert months(skill.lines("--budget", "200")) == [summary]
    code, words = checked(skill, "--budget", "200", "--warn-runway", "0", "--crit-runway", "0")
    kept = "the month's budget of $200.00 is likely kept: $76.00 spent by this key so far, ~$118 by Nov 30"
    assert (code, f"; {kept}{unknown} | " in words) == (0, True)


def test_that_one_key_passes_the_budget_is_true_of_all_keys(skill, serve):
    skill.ask(serve(steady("400")), "agent")
    for budget in ("100", "50"):
        lines = [skill.lines("forecast", "--budget", budget)[1], *months(skill.lines("--budget", budget))]
        assert [line for line in (*lines, checked(skill, "--budget", budget)[1]) if "all keys" in line] == []


# What may block first


def test_the_first_line_says_that_an_unknown_balance_may_block_first(skill, serve):
    account = limited(steady("400"), 150, 20, "monthly")
    account.credits_for_regular = "zeros"
    first = skill.ask(serve(account), "agent").lines("forecast")[1]
    assert first.startswith("Key limit: $20.00 left, ~5.0 days, to Nov 25")
    assert first.endswith("; the balance is unknown and may block first")


# The check


def checked(skill, *args):
    printed = skill.run("check", *args)
    assert printed.err == ""
    return printed.code, printed.out.splitlines()[0]


LEFT = "$400.00 left, ~100 days at $4.00/day"
SO_FAR = "$76.00 spent by all keys so far"
GRAPH = "balance=400 runway_days=99.97;3:;1: today=0"


@pytest.mark.parametrize(("budget", "code", "words", "figures"), [
    (
        "150", 0, f"OK - {LEFT}; the month's budget of $150.00 is likely kept: {SO_FAR}, ~$118 by Nov 30",
        "month=76;;150 month_end=117.65;150",
    ),
    (
        "100", 1, "WARNING - the month's budget of $100.00 is likely passed on Nov 26: "
        f"{SO_FAR}, ~$118 by Nov 30; {LEFT}", "month=76;;100 month_end=117.65;100",
    ),
    (
        "75.5", 2, f"CRITICAL - the month's budget of $75.50 is passed on Nov 19: {SO_FAR}; {LEFT}",
        "month=76;;75.5 month_end=117.65;75.5",
    ),
])  # fmt: skip
def test_check_warns_of_a_budget_and_is_critical_once_it_is_passed(skill, serve, budget, code, words, figures):
    skill.ask(serve(steady("400")), "agent", "admin")
    expected = code, f"OPENROUTER {words} | {GRAPH} {figures}"
    assert checked(skill, "--budget", budget) == expected
    skill.env[BUDGET] = budget
    assert checked(skill) == expected
    finding = next(one for one in json.loads(skill.run("check", "--json").out)["findings"] if one["name"] == "budget")
    assert (finding["about"], finding["warn_usd"]) == ("account", float(budget))


def test_a_need_alone_is_not_judged_by_the_budget_of_the_environment(skill, serve):
    skill.ask(serve(steady("400")), "agent", "admin").env[BUDGET] = "50"
    assert checked(skill, "--need", "5")[0] == 0
    assert checked(skill, "--need", "5", "--budget", "50")[0] == 2


@pytest.mark.parametrize(("options", "code"), [
    (("--warn-month", "76"), 0),
    (("--warn-month", "75.99"), 1),
    (("--warn-month", "50", "--crit-month", "75.99"), 2),
])  # fmt: skip
def test_check_alerts_on_what_the_month_has_cost(skill, serve, options, code):
    skill.ask(serve(steady("400")), "agent", "admin")
    found, line = checked(skill, *options)
    assert found == code
    assert ("$76.00 spent this month by all keys, more than $75.99" in line) is bool(code)
    assert f"month=76;{options[1]}" in line


def test_a_critical_month_is_no_milder_than_its_warning(skill):
    printed = skill.run("check", "--demo", "--warn-month", "50", "--crit-month", "40")
    assert (printed.code, printed.out) == (3, "")
    assert "--crit-month is milder than --warn-month" in printed.err


def test_an_unknown_month_is_unknown_and_no_worse(skill, serve):
    fake = serve(steady("400"))
    fake.edit("/auth/key", lambda data: {name: value for name, value in data.items() if name != "usage_monthly"})
    skill.ask(fake, "agent")
    why = "OpenRouter did not tell usage_monthly"
    code, line = checked(skill, "--warn-month", "50", "--warn-runway", "0", "--crit-runway", "0")
    assert (code, line.split(";")[0]) == (3, f"OPENROUTER UNKNOWN - this month's spend is unknown ({why})")
    code, line = checked(skill, "--budget", "50", "--warn-runway", "0", "--crit-runway", "0")
    words = f"OPENROUTER UNKNOWN - whether the month's budget of $50.00 is kept is unknown ({why})"
    assert (code, line.split(";")[0]) == (3, words)
    assert checked(skill, "--budget", "50", "--crit-balance", "500")[0] == 2


def test_what_other_keys_spent_may_have_passed_the_budget(skill, serve):
    fake = serve(steady("400"))
    for path in ("/analytics/query", "/keys"):
        fake.fault(path, status=503, body="")
    skill.ask(fake, "agent", "admin")
    assert skill.run("check", "--budget", "150").code == 3
    assert skill.run("check", "--budget", "70").code == 2


def test_too_few_days_are_judged_by_what_is_spent_alone(skill, serve):
    skill.ask(serve(steady("400", days=2)), "agent", "admin")
    assert checked(skill, "--budget", "8")[0] == 0
    assert checked(skill, "--budget", "7.99")[0] == 2


def test_a_budget_that_is_nearly_kept_stays_announced(skill, serve):
    """An announced warning is over when less than 90% of the budget are expected."""
    skill.remembers = True
    skill.ask(serve(steady("400")), "agent", "admin")
    assert skill.run("check", "--announce", "--budget", "100").out.startswith(
        "⚠️ OpenRouter WARNING: the month's budget"
    )
    assert skill.run("check", "--announce", "--budget", "120").out == "NO_REPLY\n"
    again = skill.run("check", "--announce", "--budget", "120", "--remind", "0").out
    assert again.startswith(
        "⚠️ OpenRouter WARNING: the month's budget of $120.00 is likely nearly used up: $76.00 spent by"
    )
    assert skill.run("check", "--announce", "--budget", "140").out.startswith("✅ OpenRouter back to OK: $400.00 left")
