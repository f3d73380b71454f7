"""Accounts that are paid from more than purchases, and limits of zero, as every command tells of them."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from test_metrics import samples

from accounts import budget, limited, spending, steady
from conftest import NOW, at, later
from fake_openrouter import Event

UNTOLD = "by purchases -$120.00: grants and invoices are not told"
PAGE = "https://openrouter.ai/settings/credits"
MAY_BLOCK = "the balance is unknown and may block first"


def granted(account):
    """The same, with nothing bought: what it used ($120.00) was granted, or is invoiced."""
    account.purchased = 0
    return account


def capped():
    """A granted account whose key has $20.00 left of a limit, at $4.00 a day."""
    return granted(limited(steady("40"), 50, 20, "monthly"))


def line(skill, start, *args):
    (found,) = [one for one in skill.run(*args).out.splitlines() if one.startswith(start)]
    return found


def check(skill, *args):
    """The exit code, and the line without its figures."""
    outcome = skill.run("check", *args)
    return outcome.code, outcome.out.splitlines()[0].partition(" | ")[0]


@pytest.fixture
def asked(skill, serve):
    """Asks an account with both of its keys, and remembers what was answered."""
    skill.remembers = True
    return lambda account: skill.ask(serve(account), "agent", "admin")


# Nothing bought, and no limit


def test_what_is_granted_is_no_debt_and_no_call_is_said_to_fail(skill, serve):
    fake = serve(steady("40", days=5))
    fake.edit("/credits", lambda data: {"total_credits": 0, "total_usage": 20.31})
    lines = skill.ask(fake, "agent").lines()
    assert lines[3] == "Balance: by purchases -$20.31: grants and invoices are not told"
    assert [one for one in lines if "fail" in one or "Lasts" in one or "⚠️" in one] == []
    why = "by purchases -$20.31: grants and invoices are not told"
    assert skill.lines("forecast")[:2] == ["💰 OpenRouter Forecast", f"None: {why}; see {PAGE}"]
    assert check(skill) == (3, f"OPENROUTER UNKNOWN - balance unknown ({why}; see {PAGE})")
    assert check(skill, "--need", "1") == (
        3, f"OPENROUTER UNKNOWN - whether there is enough for $1.00 is unknown: the balance is unknown ({why})",
    )  # fmt: skip
    assert check(skill, "--announce") == (0, f"❔ OpenRouter UNKNOWN: balance unknown ({why}; see {PAGE})")


def test_the_account_has_used_what_it_has_although_its_balance_is_null(asked):
    told = asked(granted(steady("40"))).json()
    assert (told["balance"], told["forecast"], told["account"]["total_usd"]) == (None, None, 120)
    notes = [note["message"] for note in told["notes"] if note["code"] == "by_purchases"]
    assert notes == [f"balance: {UNTOLD}; see {PAGE}", f"forecast: {UNTOLD}; see {PAGE}"]


def test_metrics_have_no_balance_that_is_none(asked):
    told = samples(asked(granted(steady("40"))).run("metrics").out)
    assert [name for name in told if name[0] in ("openrouter_balance_usd", "openrouter_runway_days")] == []
    assert told["openrouter_spend_usd_total", ("scope", "account")] == 120


@pytest.mark.parametrize("host", ["plain", "swiftbar", "waybar", "tmux", "claude"])
def test_the_bar_has_a_dash_and_its_colour_is_that_of_the_unknown(asked, host):
    skill = asked(granted(steady("40")))
    skill.run()
    printed = skill.run("bar", "--host", host).out
    assert "💰 — · $0.00 today" in printed
    assert ("$120.00" in printed, "fail" in printed) == (host in ("swiftbar", "waybar"), False)
    if host == "waybar":
        shown = json.loads(printed)
        assert (shown["class"], "percentage" in shown) == ("unknown", False)
        assert f"Balance: {UNTOLD}" in shown["tooltip"]


def test_a_report_says_what_its_credits_are_and_shows_no_balance_of_a_day(asked):
    skill = asked(granted(steady("40")))
    skill.now = NOW - timedelta(days=1)
    skill.run()
    skill.now = NOW
    assert line(skill, "Account credits", "report") == f"Account credits: {UNTOLD}"
    told = skill.json("report", "--by", "date", "--days", "1")
    (row,) = told["rows"]
    assert (told["credits"], row["balance_usd"], row["balance_at"]) == (None, None, "2026-11-19T14:09:00Z")
    assert {note["code"] for note in told["notes"]} >= {"by_purchases"}
    lines = skill.run("report", "--by", "date", "--days", "1").out.splitlines()
    assert "? 14:09" in lines[5]


def test_the_doctor_says_that_the_key_sees_the_credits_and_that_they_are_no_balance(asked):
    lines = asked(granted(steady("40"))).lines("doctor")
    assert "  sees: own spend and limits, balance" in lines
    assert [one for one in lines if one.startswith("Note: ")] == [f"Note: balance: {UNTOLD}; see {PAGE}"]


def test_a_total_with_such_an_account_is_unknown(asked, serve):
    skill = asked(granted(steady("40")))
    secret = skill.env["OPENROUTER_MGMT_KEY"]
    folder = skill.home / ".config" / "openrouter-usage"
    folder.mkdir(parents=True)
    (folder / "credentials.work.env").write_text(
        f"OPENROUTER_MGMT_KEY={secret}\nOPENROUTER_API_URL={skill.env['OPENROUTER_API_URL']}\n"
    )
    (folder / "credentials.work.env").chmod(0o600)
    balances = [one for one in skill.lines("--all-profiles") if one.startswith("Balance: ")]
    assert balances[0] == f"Balance: {UNTOLD}"
    assert balances[-1] == f"Balance: unknown (default: {UNTOLD})"


# Nothing bought, and a limit


def test_the_limit_is_forecast_and_the_balance_is_not_passed_over(asked):
    skill = asked(capped())
    assert line(skill, "Lasts: ") == (
        f"Lasts: ~5 days (Nov 25) at $4.00/day, then the key limit blocks; {MAY_BLOCK}"
    )  # fmt: skip
    assert skill.lines("forecast")[1:3] == [
        f"Key limit: $20.00 left, ~5.0 days, to Nov 25 (80%: Nov 25) at $4.00/day; {MAY_BLOCK}",
        f"Balance: {UNTOLD}; see {PAGE}",
    ]
    told = skill.json("forecast")
    assert told["forecast"]["binding"] == "key_limit"
    assert [(one["scope"], one["remaining_usd"]) for one in told["forecast"]["scopes"]] == [
        ("key_limit", 20), ("balance", None),
    ]  # fmt: skip
    assert [note for note in told["notes"] if note["code"] == "balance_may_block_first"] == [
        {"code": "balance_may_block_first", "message": f"forecast.binding: {MAY_BLOCK}"}
    ]
    menu = skill.run("bar", "--host", "swiftbar").out
    assert (menu.count("Key limit: $20.00 / $50.00"), menu.count(MAY_BLOCK)) == (1, 2)


def test_a_limit_that_lasts_until_its_reset_does_not_speak_for_the_balance_either(asked):
    skill = asked(granted(limited(steady("40", usd="0.8"), 100, 90, "monthly")))
    assert line(skill, "Lasts: ") == f"Lasts: the key limit until its reset (Dec 1) at $0.80/day; {MAY_BLOCK}"
    assert check(skill) == (
        0, f"OPENROUTER OK - $90.00 left of the key limit, lasts until its reset at $0.80/day; {MAY_BLOCK}",
    )  # fmt: skip


def test_a_check_judges_the_limits(asked):
    skill = asked(capped())
    said = f"$20.00 left of the key limit, ~5 days at $4.00/day; {MAY_BLOCK}"
    assert check(skill) == (0, f"OPENROUTER OK - {said}")
    assert check(skill, "--warn-runway", "6d") == (1, f"OPENROUTER WARNING - {said}")
    assert check(skill, "--announce", "--warn-runway", "6d") == (0, f"⚠️ OpenRouter WARNING: {said}")
    told = json.loads(skill.run("check", "--json").out)
    assert (told["level"], told["notes"]) == ("ok", [{"code": "by_purchases", "message": UNTOLD}])


def test_what_is_asked_of_the_balance_itself_stays_unknown(asked):
    skill = asked(capped())
    assert check(skill, "--warn-balance", "5")[0] == 3
    assert check(skill, "--need", "5")[0] == 3
    short = "not enough for $21.00: $20.00 of the key's limit is $1.00 short; the balance is unknown ("
    assert check(skill, "--need", "21")[1].startswith(f"OPENROUTER CRITICAL - {short}")


def test_a_limit_that_nobody_spends_from_is_no_trouble(asked):
    account = granted(limited(steady("40"), 50, 50))
    account.events = [one for one in account.events if one.at < NOW - timedelta(days=8)]
    skill = asked(account)
    idle = "nothing was spent in the last 7 days"
    assert check(skill) == (
        0, f"OPENROUTER OK - $50.00 left of the key limit, no forecast ({idle}); {MAY_BLOCK}",
    )  # fmt: skip
    assert skill.lines("forecast")[1:3] == [
        f"None: {idle}; {MAY_BLOCK}",
        f"Balance: by purchases -$92.00: grants and invoices are not told; see {PAGE}",
    ]


@pytest.mark.parametrize(("left", "percentage"), [(20, None), (0, 0)])
def test_a_percentage_is_shown_only_where_nothing_less_can_be_left(asked, left, percentage):
    skill = asked(granted(limited(steady("40"), 50, left, "monthly")))
    skill.run()
    assert json.loads(skill.run("bar", "--host", "waybar").out).get("percentage") == percentage


def test_any_balance_that_is_not_known_is_not_passed_over(skill, serve):
    account = limited(steady("40"), 50, 20, "monthly")
    account.credits_for_regular = "403"
    skill.remembers = True
    skill.ask(serve(account), "agent")
    assert line(skill, "Lasts: ").endswith(f"then the key limit blocks; {MAY_BLOCK}")
    assert skill.lines("forecast")[1].endswith(f"/day; {MAY_BLOCK}")
    assert "percentage" not in json.loads(skill.run("bar", "--host", "waybar").out)
    assert check(skill)[0] == 3


def test_how_long_a_balance_lasts_that_others_spend_from_is_not_passed_over(skill, serve):
    account = limited(steady("40"), 50, 20, "monthly")
    account.events += spending("9", range(1, 31), key="second")
    account.purchased += 270
    assert line(skill.ask(serve(account), "agent"), "Lasts: ").endswith(
        "then the key limit blocks; how long the balance lasts is unknown"
    )


# Something bought, and more used


def test_a_minus_that_nothing_speaks_against_is_critical(asked, account):
    account.purchased = 260
    skill = asked(account)
    assert line(skill, "Balance: ") == "Balance: -$1.25 / $260.00"
    assert line(skill, "⚠️ Calls") == f"⚠️ Calls may fail: top up at {PAGE}"
    assert check(skill) == (
        2,
        "OPENROUTER CRITICAL - nothing is left of the balance; the balance is -$1.25: calls may fail",
    )


def test_a_minus_that_is_older_than_today_blocks_nothing_where_today_was_spent(asked, account):
    account.purchased = 250  # $11.25 more was used, $5.10 of it today
    skill = asked(account)
    why = "by purchases -$11.25: grants and invoices are not told"
    assert line(skill, "Balance: ") == f"Balance: {why}"
    assert check(skill) == (3, f"OPENROUTER UNKNOWN - balance unknown ({why}; see {PAGE})")
    assert line(skill, "Account credits", "report") == f"Account credits: {why}"
    assert line(skill, "Note: balance", "doctor") == f"Note: balance: {why}; see {PAGE}"


def test_a_minus_is_critical_again_where_nothing_was_spent_today(asked, account):
    account.events = [one for one in account.events if one.at.date() != NOW.date()]
    account.purchased = 244.9
    assert check(asked(account))[0] == 2


@pytest.fixture
def alone(skill, serve):
    """A regular key alone, which does not know what all keys spend: readings of its credits are all that there is."""
    account = steady("-3")
    skill.remembers = True
    fake = serve(account)
    skill.ask(fake, "agent")

    def spent(usd, **passed):
        """So much is spent, then the time passes; the balance as it is told now."""
        account.events.append(Event(fake.now, "agent", "v/m", "P", Decimal(usd)))
        return line(later(skill, fake, **passed), "Balance: ")

    return spent


def test_use_that_grows_while_the_balance_is_negative_shows_that_calls_work(alone):
    assert alone("0", minutes=1) == "Balance: -$3.00 / $117.00"
    assert alone("0.02", minutes=5) == "Balance: -$3.02 / $117.00"  # it may have been counted late
    assert alone("0", minutes=4, seconds=50) == "Balance: -$3.02 / $117.00"
    assert alone("0", seconds=70) == "Balance: by purchases -$3.02: grants and invoices are not told"
    assert alone("0", days=2) == "Balance: by purchases -$3.02: grants and invoices are not told"
    assert alone("0", days=3) == "Balance: -$3.02 / $117.00"  # nothing more was spent for days


def test_less_than_a_cent_shows_nothing(alone):
    assert alone("0", minutes=1) == "Balance: -$3.00 / $117.00"
    assert alone("0.009", minutes=30) == "Balance: -$3.01 / $117.00"


def test_the_first_reading_below_zero_is_kept_on_a_day_that_began_above(skill, serve):
    account = steady("1")
    skill.remembers = True
    fake = serve(account)
    skill.ask(fake, "agent").run()
    for minutes in (10, 20, 30, 40):
        account.events.append(Event(fake.now, "agent", "v/m", "P", Decimal("0.60")))
        later(skill, fake, minutes=10)
        shown = line(skill, "Balance: ")
        if minutes == 20:
            assert shown == "Balance: -$0.20 / $121.00"
    assert shown == "Balance: by purchases -$1.40: grants and invoices are not told"


def test_readings_of_what_was_only_granted_are_kept_and_no_balance(skill, serve):
    account = granted(steady("40"))
    skill.remembers = True
    fake = serve(account)
    skill.ask(fake, None, "admin").run()
    at(skill, fake, NOW + timedelta(minutes=20)).run()
    assert line(skill, "  last fetch", "doctor").endswith("balance readings: 2")


# A limit of zero


def test_a_limit_of_zero_does_not_end_at_its_reset_and_leaves_free_models(asked):
    skill = asked(limited(steady("400"), 0, 0, "daily"))
    lines = skill.lines()
    assert "Key limit: $0.00 / $0.00 (for free models alone)" in lines
    assert line(skill, "Lasts: ") == "Lasts: the key limit is $0.00, for free models alone"
    assert [one for one in lines if "Nov 21" in one or "⚠️" in one] == []
    assert skill.lines("forecast")[1] == "Key limit: $0.00, for free models alone, also after its reset"
    assert check(skill) == (2, "OPENROUTER CRITICAL - the key limit is $0.00, for free models alone")
    told = skill.json()
    assert (told["limits"][0]["resets"], told["forecast"]["scopes"][0]["resets_at"]) == ("daily", None)
    assert {"code": "zero_limit", "message": "forecast.days: the key limit is $0.00, for free models alone"} in told[
        "notes"
    ]
    assert json.loads(skill.run("bar", "--host", "waybar").out)["percentage"] == 0


# Several limits


def test_every_limit_is_shown_and_the_first_to_block_comes_first(asked):
    account = limited(steady("400", usd="0.5"), 1, 0.9, "daily")
    key = account.key("agent")
    daily = budget("key_limit", 1, 0.1, "daily", "2026-11-21T00:00:00Z")
    key.budgets = [daily, budget("api_key", 30, 29.6)]
    key.effective_budget = budget("api_key", 30, 29.6)
    skill = asked(account)
    assert [one for one in skill.lines() if one.startswith("Key ")] == [
        "Key budget: $0.40 / $30.00 (99% used, resets monthly, Dec 1)",
        "Key limit: $0.90 / $1.00 (10% used, resets daily, Nov 21)",
    ]
    assert [one.split(":")[0] for one in skill.lines("forecast")[1:4]] == ["Key budget", "Balance", "Key limit"]
    assert check(skill)[1].startswith("OPENROUTER CRITICAL - $0.40 left of the key budget, ~0.8 days")


def test_need_says_that_parallel_jobs_may_be_refused_where_that_was_seen(skill, serve):
    fake = serve(steady("40"))
    budget = {"error": {"code": 402, "message": "in use", "metadata": {"limit_source": "openrouter_in_flight_budget"}}}
    fake.fault("/activity", status=402, body=json.dumps(budget))
    printed = skill.ask(fake, "agent", "admin").run("check", "--need", "5")
    assert printed.out.splitlines()[1] == (
        "Note: requests that are under way hold credits (HTTP 402): parallel jobs may be refused all the same"
    )
    assert "under way" not in skill.run("check").out
