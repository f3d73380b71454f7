"""How long it lasts: the balance, every limit in its own window, and what blocks first."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts import limited, moved, spending, steady
from conftest import GOLDEN, NOW, at, later


def lasts(lines):
    """The summary's line, and its warning."""
    return [line for line in lines if line.startswith(("Lasts:", "⚠️"))]


def forecast(skill, fake, api="agent", mgmt="admin"):
    return skill.ask(fake, api, mgmt).json("forecast")["forecast"]


# The balance


def test_the_balance_lasts_as_long_as_the_daily_rate_says(skill, serve):
    fake = serve(steady("40"))
    told = forecast(skill, fake)
    assert abs(told["burn_usd_per_day"] - 4) < Decimal("0.1")
    assert 9 < told["low_days"] <= told["days"] <= told["high_days"] < 12
    assert abs(told["days"] - 10) < Decimal("0.5")
    assert (told["on"], told["binding"], told["basis"]) == ("2026-11-30", "balance", "30 completed UTC days to Nov 19")
    assert lasts(skill.lines()) == ["Lasts: ~10 days (Nov 30 to Dec 1) at $4.00/day"]


def test_half_a_day_is_not_counted_as_a_whole(skill, serve):
    account = steady("40")
    account.events += spending("2.40", range(1))
    account.purchased += 2.4
    assert abs(forecast(skill, serve(account))["burn_usd_per_day"] - 4) < Decimal("0.1")


def test_a_top_up_is_no_negative_spend(skill, serve):
    account = steady("8")
    fake = serve(account)
    skill.remembers = True
    before = skill.ask(fake, "agent", "admin").json("forecast")["forecast"]
    account.purchased += 100
    after = later(skill, fake, minutes=5).json("forecast")["forecast"]
    assert before["burn_usd_per_day"] == pytest.approx(after["burn_usd_per_day"], rel=Decimal("0.01"))
    assert (before["on"], after["on"]) == ("2026-11-22", "2026-12-17")


def test_byok_alone_drains_no_credits(skill, serve):
    account = steady("40")
    account.events += spending("0", range(1, 31), byok="50")
    assert forecast(skill, serve(account))["on"] == "2026-11-30"


def test_the_first_run_goes_by_eight_weeks(skill, serve):
    told = forecast(skill, serve(steady("400", days=60)))
    assert told["basis"] == "56 completed UTC days to Nov 19"


def test_days_beyond_the_thirty_count_where_they_are_remembered(skill, serve):
    account = steady("400", days=60)
    fake = serve(account)
    skill.remembers = True
    at(skill.ask(fake, "agent", "admin"), fake, NOW - timedelta(days=25)).run()
    fake.fault("/analytics/query", status=503, body="")
    told = at(skill, fake, NOW).json("forecast")["forecast"]
    assert told["basis"] == "55 completed UTC days to Nov 19"


def test_the_weekday_pattern_shows_after_three_weeks(skill, serve):
    account = steady("100")
    account.events = [event for event in account.events if event.at.weekday() < 5]
    fake = serve(account)
    told = forecast(skill, fake)["weekday_usd"]
    assert list(told) == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert max(told["Sat"], told["Sun"]) < 1 < 3 < min(told[day] for day in ("Mon", "Tue", "Wed", "Thu", "Fri"))
    young = serve(steady("100", days=20))
    assert forecast(skill, young)["weekday_usd"] is None
    assert "Expected by weekday: no pattern" in skill.ask(serve(steady("100")), "agent", "admin").lines("forecast")


def test_today_counts_once_it_has_brought_more_than_a_usual_day(skill, serve):
    burns = []
    for today in ("0", "3", "40"):
        account = steady("400")
        account.events += spending(today, [0])
        burns.append(forecast(skill, serve(account))["burn_usd_per_day"])
    assert burns[0] == burns[1] < burns[2]


@pytest.mark.parametrize("keys", [("agent",), ("agent", "admin")], ids=["a regular key", "no days"])
def test_by_counters_byok_is_no_part_of_the_pace_of_the_balance(skill, serve, keys):
    account = steady("400")
    account.events = spending("4", range(30), byok="1")
    fake = serve(account)
    for path in ("/activity", "/analytics/query"):
        fake.fault(path, status=503, body="")
    assert skill.ask(fake, *keys).json("forecast")["forecast"]["burn_usd_per_day"] == Decimal("4.0382")


@pytest.mark.parametrize(("days_of_another", "line"), [
    (20, "Balance: $320.00 left, ~79 days, to Feb 7 (80%: Jan 12 to Apr 27) at $4.04/day by this key alone"),
    (40, "Balance: $240.00 left"),
])  # fmt: skip
def test_a_key_that_spent_less_than_half_tells_no_runway_of_the_balance(skill, serve, days_of_another, line):
    account = steady("400")
    account.events = spending("4", range(30)) + spending("4", range(days_of_another), key="second")
    assert line in skill.ask(serve(account), "agent").lines("forecast")


def test_the_week_is_set_beside_the_one_before(skill, serve):
    account = steady("100")
    account.events += spending("4", range(1, 8))
    lines = skill.ask(serve(account), "agent", "admin").lines("forecast")
    assert "Week on week: $56.00 after $28.00 (+100%)" in lines


def test_an_endless_balance_says_so(skill, serve):
    assert lasts(skill.ask(serve(steady("4000")), "agent", "admin").lines())[0].startswith("Lasts: more than a year (")
    skill.ask(serve(steady("9000000", usd="0.02")), "agent", "admin")
    assert lasts(skill.lines()) == ["Lasts: more than 10 years at $0.02/day"]
    told = skill.json("forecast")
    assert (told["forecast"]["days"], told["forecast"]["on"], told["forecast"]["binding"]) == (None, None, None)
    assert [note["code"] for note in told["notes"]] == ["does_not_run_out"]


def test_what_is_old_is_counted_from_the_time_it_is_of(skill, serve):
    fake = serve(steady("40"))
    skill.remembers = True
    fresh = skill.ask(fake, "agent", "admin").json("forecast")["forecast"]
    fake.fault_everywhere(status=503)
    old = later(skill, fake, days=2).json("forecast")["forecast"]
    assert fresh["days"] - old["days"] == pytest.approx(Decimal(2), abs=Decimal("0.02"))
    assert fresh["on"] == old["on"]
    (line,) = lasts(skill.lines())
    assert line.endswith("(as of Nov 20 14:09 UTC)")


# Limits


def test_a_limit_that_lasts_until_its_reset_does_not_run_out(skill, serve):
    fake = serve(limited(steady("400"), 150, 70, "monthly"))
    told = forecast(skill, fake)
    scopes = {scope["scope"]: scope for scope in told["scopes"]}
    assert told["binding"] == "balance"
    assert scopes["key_limit"]["days"] is scopes["key_limit"]["on"] is None
    assert scopes["key_limit"]["resets_at"] == "2026-12-01T00:00:00Z"
    assert any("lasts until its reset (Dec 1)" in line for line in skill.lines("forecast"))


@pytest.mark.parametrize(("remaining", "line"), [
    (140, "Key limit: $140.00 left, lasts until its reset (Dec 1)"),
    (20, "Key limit: $20.00 left, for how long is unknown (OpenRouter's usage_daily is not a number)"),
])  # fmt: skip
def test_the_pace_of_all_keys_is_not_called_that_of_one(skill, serve, remaining, line):
    """It shows at most that a limit lasts, where the key's own counters are not told."""
    fake = serve(limited(steady("400"), 150, remaining, "monthly"))
    fake.edit("/auth/key", lambda told: {**told, **{name: "many" for name in told if "usage" in name}})
    (shown,) = [one for one in skill.ask(fake, "agent", "admin").lines("forecast") if one.startswith("Key limit")]
    assert shown == line
    scopes = {scope["scope"]: scope for scope in forecast(skill, fake)["scopes"]}
    assert scopes["key_limit"]["burn_usd_per_day"] is scopes["key_limit"]["days"] is None


def test_without_any_pace_no_gap_is_left_for_it(skill, serve):
    fake = serve(limited(steady("400"), 150, 140, "monthly"))
    fake.edit("/auth/key", lambda told: {**told, **{name: "many" for name in told if "usage" in name}})
    fake.fault("/credits", status=503, body="")
    shown = skill.ask(fake, "agent", "admin").lines("forecast")
    assert shown[1] == (
        "Key limit: $140.00 left, lasts until its reset (Dec 1); the balance is unknown and may block first"
    )
    assert ("", "") not in list(zip(shown, shown[1:]))


def test_what_blocks_first_is_named(skill, serve):
    fake = serve(limited(steady("40"), 150, 20, "monthly"))
    (line,) = lasts(skill.ask(fake, "agent", "admin").lines())
    assert line == "Lasts: ~5 days (Nov 25) at $4.00/day, then the key limit blocks"
    assert forecast(skill, fake)["binding"] == "key_limit"


def test_the_same_limit_without_a_reset_runs_out(skill, serve):
    told = forecast(skill, serve(limited(steady("400"), 150, 70)))
    assert (told["binding"], told["on"]) == ("key_limit", "2026-12-08")


def test_byok_counts_against_a_limit_that_includes_it(skill, serve):
    account = limited(steady("400"), 150, 40)
    account.events += spending("0", range(1, 31), byok="4")
    fake = serve(account)
    assert forecast(skill, fake)["on"] == "2026-11-30"
    fake.edit("/auth/key", lambda data: {**data, "include_byok_in_limit": True})
    assert forecast(skill, fake)["on"] == "2026-11-25"
    assert any("this key, BYOK included" in line or "all keys, BYOK" in line for line in skill.lines("forecast"))


def test_a_limit_goes_by_its_own_key_and_the_balance_by_all(skill, serve):
    account = limited(steady("80"), 150, 10)
    account.events += spending("4", range(1, 31), key="second")
    scopes = {scope["scope"]: scope for scope in forecast(skill, serve(account))["scopes"]}
    assert scopes["balance"]["burn_usd_per_day"] == pytest.approx(Decimal(8), abs=Decimal("0.2"))
    assert scopes["key_limit"]["burn_usd_per_day"] == pytest.approx(Decimal(4), abs=Decimal("0.2"))


def test_a_budget_that_others_use_too_goes_by_what_all_spent_of_it(skill, serve):
    account = steady("400")
    budget = {
        "limit_usd": 400,
        "spend_usd": 152,
        "remaining_usd": 20,
        "reset_interval": "monthly",
        "include_byok": False,
    }
    account.key("agent").budgets = [{"scope": "workspace", "resets_at": "2026-12-01T00:00:00Z", **budget}]
    told = forecast(skill, serve(account))
    assert told["binding"] == "workspace"
    assert told["burn_usd_per_day"] == pytest.approx(Decimal(8), abs=Decimal("0.3"))
    assert abs(told["days"] - Decimal("2.6")) < Decimal("0.3")
    assert lasts(skill.lines())[1].startswith("⚠️ Workspace budget blocks in ~2.6 days until its reset (Dec 1)")


@pytest.mark.parametrize(("left", "warned"), [("8", True), ("13", False)])
def test_a_warning_stands_only_under_72_hours(skill, serve, left, warned):
    lines = lasts(skill.ask(serve(steady(left)), "agent", "admin").lines())
    top_up = "⚠️ Credits run out in ~2.0 days: top up at https://openrouter.ai/settings/credits"
    assert lines[1:] == ([top_up] if warned else [])


@pytest.mark.parametrize(("left", "line"), [
    ("0", "Lasts: nothing is left of the balance"),
    ("-3", "Lasts: nothing is left of the balance"),
])  # fmt: skip
def test_an_empty_balance_is_no_forecast_of_days(skill, serve, left, line):
    fake = serve(steady(left))
    assert lasts(skill.ask(fake, "agent", "admin").lines()) == [
        line, "⚠️ Calls may fail: top up at https://openrouter.ai/settings/credits",
    ]  # fmt: skip
    assert forecast(skill, fake)["days"] == 0


# A regular key alone


def test_a_regular_key_alone_is_forecast_from_its_counters(skill, serve):
    fake = serve(limited(steady("40"), 150, 20, "monthly"))
    told = forecast(skill, fake, "agent", None)
    assert (told["binding"], told["basis"]) == ("key_limit", "19 completed UTC days of its counters to Nov 19")
    both = forecast(skill, fake, "agent", "admin")
    assert told["high_days"] - told["low_days"] > both["high_days"] - both["low_days"]


def test_the_balance_by_one_keys_counters_is_said_to_be_that(skill, serve):
    account = steady("40")
    (line,) = lasts(skill.ask(serve(account), "agent").lines())
    assert line == "Lasts: ~10 days (Nov 28 to Dec 3) at $4.04/day"  # the account used nothing in its life but by it
    account.events += spending("4", range(40, 60), key="second")
    account.purchased += 80
    (line,) = lasts(skill.lines())
    assert line == "Lasts: ~10 days (Nov 28 to Dec 3) at $4.04/day by this key alone"
    first = "Balance: $40.00 left, ~9.9 days, to Nov 30 (80%: Nov 28 to Dec 3) at $4.04/day by this key alone"
    assert skill.lines("forecast")[1] == first


def test_a_management_key_alone_names_the_command_that_tells_of_single_keys(skill, serve):
    fake = serve(limited(steady("40"), 150, 20, "monthly"))
    assert skill.ask(fake, None, "admin").lines("forecast")[1:3] == [
        "Balance: $40.00 left, ~10 days, to Nov 30 (80%: Nov 30 to Dec 1) at $4.00/day",
        "Limits of single keys are not in it: `report --by key` shows them",
    ]
    assert "single keys" not in skill.ask(fake, "agent", "admin").run("forecast").out


def test_a_young_month_tells_a_regular_key_nothing(skill, serve):
    account = limited(steady("40", days=5), 150, 20)
    now = NOW.replace(day=2)
    account.events = [event for event in account.events if event.at < now]
    skill.now = now
    fake = serve(account, now=now)
    assert lasts(skill.ask(fake, "agent").lines()) == [
        "Lasts: unknown (the key's counters cover fewer than 3 completed days with spend)"
    ]


# What is declined


def test_two_days_with_spend_are_too_few(skill, serve):
    fake = serve(steady("40", days=2))
    why = "2 days with spend are known, and it takes 3"
    assert lasts(skill.ask(fake, "agent", "admin").lines()) == [f"Lasts: unknown ({why})"]
    assert skill.lines("forecast")[1:3] == [f"None: {why}", "Balance: $40.00 left"]
    told = skill.json("forecast")
    notes = [{"code": "too_few_days", "message": f"{what}: {why}"} for what in ("forecast", "month_end.usd")]
    assert (told["forecast"], told["notes"]) == (None, notes)


def test_an_idle_account_has_no_end_in_sight(skill, serve):
    account = steady("40")
    account.events = [event for event in account.events if event.at < NOW - timedelta(days=8)]
    fake = serve(account)
    assert lasts(skill.ask(fake, "agent", "admin").lines()) == [
        "Lasts: no end in sight (nothing was spent in the last 7 days)"
    ]


def test_an_account_that_never_bought_credits_runs_out_of_none(skill, serve):
    account = steady("0", usd="0")
    assert lasts(skill.ask(serve(account), "agent", "admin").lines()) == []


def test_the_forecast_of_a_failed_activity_goes_by_analytics_alone(skill, serve):
    fake = serve(steady("40"))
    fake.fault("/activity", status=503, body="")
    told = forecast(skill, fake)
    assert (told["on"], told["basis"]) == ("2026-11-30", "30 completed UTC days to Nov 19")


def test_without_any_days_the_forecast_goes_by_the_accounts_counters(skill, serve):
    fake = serve(steady("40"))
    for path in ("/activity", "/analytics/query"):
        fake.fault(path, status=503, body="")
    told = forecast(skill, fake)
    assert (told["on"], told["basis"]) == ("2026-11-30", "19 completed UTC days to Nov 19")


def test_a_scope_of_which_nothing_can_be_told_says_so_by_its_name(skill, serve):
    account = limited(steady("40"), 150, 90)
    account.events += spending("1", range(1, 31), key="second")
    skill.now = moved(account, NOW.replace(month=12, day=1))
    fake = serve(account, now=skill.now)
    told = skill.ask(fake, "agent", "admin").json("forecast")
    scopes = {scope["scope"]: scope for scope in told["forecast"]["scopes"]}
    assert (scopes["key_limit"]["remaining_usd"], scopes["key_limit"]["days"]) == (90, None)
    why = "the key's counters cover fewer than 3 completed days with spend"
    assert {"code": "too_few_counted", "message": f"forecast of key_limit: {why}"} in told["notes"]
    assert f"Key limit: $90.00 left, for how long is unknown ({why})" in skill.lines("forecast")


# As it is printed


def test_the_forecast_of_the_sample(skill):
    printed = skill.run("forecast", "--demo")
    assert (printed.code, printed.err) == (0, "")
    assert printed.out == (GOLDEN / "forecast-demo.txt").read_text(encoding="utf-8")


def test_the_summary_and_the_forecast_agree(skill, serve):
    fake = serve(limited(steady("40"), 150, 20, "monthly"))
    summary = skill.ask(fake, "agent", "admin").json()
    assert summary["forecast"] == forecast(skill, fake)


def test_no_key_sees_neither_balance_nor_limit(skill, serve):
    account = steady("40")
    account.credits_for_regular = "zeros"
    told = skill.ask(serve(account), "agent").json("forecast")
    assert told["forecast"] is None
    assert "needs_management_key" in [note["code"] for note in told["notes"]]
    assert lasts(skill.lines()) == []
