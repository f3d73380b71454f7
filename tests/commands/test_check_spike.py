"""The check of spend against the account's own usual hours: what is a spike, when it is judged, and who is told."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts import cabin, steady
from conftest import NOW, at_rest, later
from fake_openrouter import Event

TODAY = "today $18.20 by 14:09 UTC, usually $4.00 by 15:00 (4.6x, all keys), dearest model: gpt-5.1"
HOUR = "$9.00 from 13:00 to 14:00 UTC, usually $1.00 in that hour (9.0x, all keys), dearest model: gpt-5.1"


def spent(usd, hours_ago=1, model="openai/gpt-5.1", now=NOW):
    """So much in the middle of an hour."""
    at = now.replace(minute=30) - timedelta(hours=hours_ago)
    return Event(at, "agent", model, "OpenAI", Decimal(usd))


def by_the_hour(left="900", days=30):
    """An account that spends $1 in each of the hours that begin at 10, 11, 12 and 13, every day."""
    account = steady(left, days=days)
    account.events = [spent("1", 24 * ago + hour, now=NOW) for ago in range(1, days + 1) for hour in (1, 2, 3, 4)]
    return account


def with_today(account, *amounts):
    """The same, with so much in the hours of today that are completed, the last one last."""
    account.events += [spent(usd, ago) for ago, usd in enumerate(reversed(amounts), start=1)]
    return account


@pytest.fixture
def told(skill, serve):
    """The exit code and the words of a check with both keys."""

    def ask(account, *args, api="agent", mgmt="admin"):
        outcome = skill.ask(serve(account), api, mgmt).run("check", *args)
        assert outcome.err == ""
        return outcome.code, outcome.out.partition(" | ")[0]

    return ask


def test_a_day_that_costs_many_times_the_usual_is_a_warning(told):
    account = with_today(by_the_hour(), "4.50", "4.60", "4.60", "4.50")
    code, text = told(account)
    assert (code, text.split("; ")[0]) == (1, f"OPENROUTER WARNING - {TODAY}")
    assert text.split("; ")[1].startswith("$881.80 left")  # the hour is part of the day


def test_an_hour_that_costs_many_times_the_usual_is_a_warning(told):
    account = with_today(by_the_hour(), "0.10", "9.00")
    assert told(account)[1].startswith(f"OPENROUTER WARNING - {HOUR}; $890")


def test_the_last_hour_ends_at_24_00(skill, serve):
    account = with_today(by_the_hour(), "9", "9")
    skill.now = NOW.replace(hour=23, minute=40)
    out = skill.ask(serve(account, now=skill.now), "agent", "admin").run("check").out
    assert "today $18.00 by 23:40 UTC, usually $4.00 by 24:00 (4.5x, all keys), dearest model: gpt-5.1; " in out


def test_usual_days_and_dearer_ones_are_none(told):
    assert told(with_today(by_the_hour(), "1", "1", "1", "1"))[0] == 0
    assert told(with_today(by_the_hour(), "1.9", "1.9", "1.9", "1.9"))[0] == 0


def test_a_day_that_is_only_early_is_none(told):
    account = by_the_hour()
    for one in range(28):
        account.events.append(spent("8", 24 * (one + 1) - 6))  # at 20:00
    assert told(with_today(account, "8", "0.10"))[0] == 0


def test_what_is_dear_every_week_is_no_spike(told):
    account = by_the_hour()
    account.events += [spent("20", 24 * ago + 2) for ago in (7, 14, 21, 28)]
    assert told(with_today(account, "20", "0.10"))[0] == 0


def test_less_than_a_dollar_more_is_none(told):
    account = by_the_hour()
    account.events = [Event(one.at, one.key, one.model, one.provider, one.usd / 20) for one in account.events]
    assert told(with_today(account, "0.30", "0.30", "0.25", "0.34"))[0] == 0  # $0.20 is usual
    assert told(with_today(account, "0.20"))[0] == 1


def test_the_factor_can_be_set_and_switched_off(told, skill):
    account = with_today(by_the_hour(), "4.50", "4.60", "4.60", "4.50")
    assert told(account, "--spike", "4.5")[0] == 1
    assert told(account, "--spike", "4.6")[0] == 0
    assert told(account, "--spike", "0")[0] == 0
    assert told(account, "--need", "5")[0] == 0  # which is asked alone
    assert told(account, "--need", "5", "--spike", "3")[0] == 1
    assert skill.run("check", "--spike", "much").code == 3


@pytest.mark.parametrize(("days", "code"), [(6, 0), (7, 1)])
def test_before_there_are_days_enough_nothing_is_judged_and_a_program_is_told(told, skill, days, code):
    account = with_today(by_the_hour(days=days), "13", "0.10")
    assert told(account, "--warn-runway", "0", "--crit-runway", "0")[0] == code
    notes = [one["message"] for one in json.loads(skill.run("check", "--json").out)["notes"]]
    gap = "6 days with spend are known by the hour, it takes 7"
    assert notes == ([] if code else [f"whether more than usual is spent is not judged ({gap})"])
    assert skill.run("check").out.splitlines()[1:] == [
        "Today: $13.10 by 14:09 UTC, usually $4.00 by 15:00 (3.3x, all keys)"
        if code
        else f"Today: not compared with the usual: {gap}"
    ]


def test_a_regular_key_alone_names_the_command_that_compares_its_days(told, skill):
    account = with_today(by_the_hour(), "9", "9")
    code, text = told(account, mgmt=None)
    assert (code, "usual" in text) == (0, False)
    line = "Today: not compared with the usual: needs a management key; `why` compares the days of a key alone"
    assert skill.run("check").out.splitlines()[1:] == [line]
    outcome = skill.run("check", "--spike", "3")
    assert (outcome.code, outcome.out.splitlines()[1:]) == (0, [line])
    assert skill.json("check")["notes"] == []
    asked = skill.json("check", "--spike", "3")["notes"]
    assert [one["message"] for one in asked] == [
        "whether more than usual is spent is not judged (needs a management key)"
    ]


# Today beside the usual, in the second line


def seconds(skill, *args):
    return [line for line in skill.run("check", *args).out.splitlines() if line.startswith("Today")]


def test_the_second_line_says_what_today_cost_beside_the_usual(told, skill):
    told(with_today(by_the_hour(), "0.40", "0.50", "0.30", "0.36"))
    line = "Today: $1.56 by 14:09 UTC, usually $4.00 by 15:00 (0.4x, all keys)"
    assert skill.run("check").out.splitlines()[1:] == [line]
    assert seconds(skill, "--need", "5", "--spike", "3") == [line]
    assert seconds(skill, "--spike", "0") == seconds(skill, "--need", "5") == []


def test_a_spike_is_in_both_lines_and_a_graph_reads_the_first(told, skill):
    told(with_today(by_the_hour(), "4.50", "4.60", "4.60", "4.50"))
    first, second = skill.run("check").out.splitlines()
    assert first.split(" | ")[1] == "balance=881.8 runway_days=49.2;3:;1: today=18.2"
    assert second == "Today: $18.20 by 14:09 UTC, usually $4.00 by 15:00 (4.6x, all keys)"


def test_what_is_hardly_anything_of_the_usual_is_not_zero_times_it(told, skill):
    told(with_today(by_the_hour(), "0.04"))
    assert seconds(skill) == ["Today: $0.04 by 14:09 UTC, usually $4.00 by 15:00 (<0.1x, all keys)"]


def test_for_cron_and_chats_there_is_no_second_line(skill, serve):
    skill.ask(serve(with_today(by_the_hour(), "4.50", "4.60", "4.60", "4.50")), "agent", "admin")
    assert len(skill.run("check", "--quiet").out.splitlines()) == 1
    assert len(skill.run("check", "--announce").out.splitlines()) == 1
    assert skill.run("check", "--quiet", "--spike", "0").out == ""


def test_each_account_has_a_line_with_its_name(skill, serve):
    skill.ask(serve(by_the_hour(), cabin()), "agent", "cabin admin")
    assert seconds(skill) == [
        "Today, key of OPENROUTER_API_KEY: not compared with the usual: needs a management key; "
        "`why` compares the days of a key alone",
        "Today, account of OPENROUTER_MGMT_KEY: not compared with the usual: "
        "1 day with spend is known by the hour, it takes 7",
    ]


def test_hours_that_are_not_told_are_no_reason_for_unknown(skill, serve):
    fake = serve(by_the_hour())
    fake.fault("/analytics/query", status=503, body="")
    outcome = skill.ask(fake, "agent", "admin").run("check", "--spike", "3")
    assert outcome.code == 0
    assert "Today: not compared with the usual: OpenRouter is failing (HTTP 503)" in outcome.out.splitlines()


def test_a_management_key_that_gets_no_answer_is_not_said_to_be_missing(skill, serve):
    fake = serve(by_the_hour())
    fake.fault_everywhere(status=503)
    assert skill.ask(fake, None, "admin").run("check").out.splitlines()[1:] == [
        "Today: not compared with the usual: OpenRouter is failing (HTTP 503)"
    ]


def test_what_may_be_more_is_at_least_that(skill, serve):
    fake = serve(with_today(by_the_hour(), "0.40", "0.50", "0.30", "0.36"))
    fake.source("/analytics/query", "late")
    assert skill.ask(fake, "agent", "admin").run("check").out.splitlines()[1] == (
        "Today: at least $1.56 by 14:09 UTC, usually $4.00 by 15:00 (0.4x, all keys)"
    )


def test_hours_of_which_some_are_left_out_tell_nothing(skill, serve):
    fake = serve(with_today(by_the_hour(), "4.50", "4.60", "4.60", "4.50"))
    fake.edit("/analytics/query", lambda data: {**data, "metadata": {**data["metadata"], "truncated": True}})
    outcome = skill.ask(fake, "agent", "admin").run("check", "--spike", "3")
    assert "Today: not compared with the usual: OpenRouter's answer is partial (truncated)" in outcome.out.splitlines()
    assert "usually" not in outcome.out


def test_days_of_which_the_hours_lack_money_tell_nothing(skill, serve):
    """Analytics has half of what /activity tells: nothing is called unusual by it."""
    fake = serve(with_today(by_the_hour(), "4.50", "4.60", "4.60", "4.50"))
    fake.source("/analytics/query", "half")
    outcome = skill.ask(fake, "agent", "admin").run("check", "--spike", "3")
    assert "Today: not compared with the usual: 0 days with spend are known by the hour, it takes 7" in outcome.out


def test_no_model_is_called_the_dearest_of_a_day_that_has_spend_without_one(skill, serve):
    fake = serve(with_today(by_the_hour(), "4.50", "4.60", "4.60", "4.50"))
    last_hour = "2026-11-20 13:00:00"
    fake.edit(
        "/analytics/query",
        lambda told: {**told, "data": [row for row in told["data"] if row.get("date__hour") != last_hour]},
    )
    outcome = skill.ask(fake, "agent", "admin").run("check", "--spike", "3")
    assert (outcome.code, "today $18.20 by 14:09 UTC, usually $4.00" in outcome.out) == (1, True)
    assert "dearest model" not in outcome.out


def test_completed_hours_are_asked_for_once_a_day(skill, serve):
    fake = serve(with_today(by_the_hour(), "1", "1"))
    skill.remembers = True
    skill.ask(fake, "agent", "admin").run("check")
    hourly = [one.body for one in fake.asked if one.body and one.body.get("granularity") == "hour"]
    assert sorted(len(one.get("dimensions", [])) for one in hourly) == [0, 1]
    later(skill, fake, minutes=5).run("check")
    hourly = [one.body for one in fake.asked if one.body and one.body.get("granularity") == "hour"]
    assert [one["time_range"]["start"] for one in hourly] == ["2026-11-20T00:00:00Z"]
    later(skill, fake, hours=12).run("check")
    hourly = [one.body for one in fake.asked if one.body and one.body.get("granularity") == "hour"]
    assert sorted(one["time_range"]["start"][:10] for one in hourly) == ["2026-10-24", "2026-11-21"]


def test_outside_utc_its_hours_of_today_are_those_of_the_summary(skill, serve):
    """Today's hours since the earlier beginning of both days: one question, whichever command asks first."""
    skill.env["TZ"] = "Asia/Tokyo"
    fake = serve(with_today(by_the_hour(), "1", "1", "1", "2"))
    skill.remembers = True
    skill.ask(fake, "agent", "admin").run()
    fake.asked.clear()
    line = "Today: $5.00 by 14:09 UTC, usually $4.00 by 15:00 (1.3x, all keys)"
    assert skill.run("check").out.splitlines()[1:] == [line]
    (hours,) = [one.body for one in fake.asked]
    assert (hours["granularity"], hours.get("dimensions")) == ("hour", None)
    table = skill.json("report", "--by", "hour,model", "--date", "today")
    assert [(row["hour"], row["usd"]) for row in table["rows"]] == [
        ("2026-11-20T10:00:00Z", 1), ("2026-11-20T11:00:00Z", 1), ("2026-11-20T12:00:00Z", 1),
        ("2026-11-20T13:00:00Z", 2),
    ]  # fmt: skip


def test_a_program_is_told_what_is_usual(skill, serve):
    skill.ask(serve(with_today(by_the_hour(), "1", "1", "1", "2")), "agent", "admin")
    spikes = [one for one in skill.json("check")["findings"] if one["name"] == "spike"]
    assert spikes == [
        {
            "name": "spike", "level": "ok", "about": "today", "value_usd": 5, "warn_usd": 12, "crit_usd": None,
            "from": "2026-11-20T00:00:00Z", "to": "2026-11-20T14:09:00Z",
            "usual_usd": 4, "usual_to": "2026-11-20T15:00:00Z", "model": "openai/gpt-5.1",
        },
        {
            "name": "spike", "level": "ok", "about": "hour", "value_usd": 2, "warn_usd": 3, "crit_usd": None,
            "from": "2026-11-20T13:00:00Z", "to": "2026-11-20T14:00:00Z",
            "usual_usd": 1, "usual_to": "2026-11-20T14:00:00Z", "model": "openai/gpt-5.1",
        },
    ]  # fmt: skip


# For chats


def hear(skill, fake, *args, **passed):
    return later(skill, fake, **passed).run("check", "--announce", *args).out


def test_a_chat_is_told_of_a_spike_once_and_that_it_is_over(skill, serve):
    account = by_the_hour()
    fake = serve(account)
    skill.remembers = True
    skill.ask(fake, "agent", "admin")
    assert hear(skill, fake) == "NO_REPLY\n"
    with_today(account, "0.10", "9.00")
    assert hear(skill, fake, minutes=2).startswith(f"⚠️ OpenRouter WARNING: {HOUR}; $890.90 left, ~")
    assert hear(skill, fake, minutes=30) == "NO_REPLY\n"
    assert hear(skill, fake, minutes=30).startswith("✅ OpenRouter back to OK: $890.90 left")


def test_a_spike_is_news_beside_a_trouble_that_was_told(skill, serve):
    account = by_the_hour(left="11")
    fake = serve(account)
    skill.remembers = True
    skill.ask(fake, "agent", "admin")
    by = ("--crit-runway", "0")
    assert hear(skill, fake, *by).startswith("⚠️ OpenRouter WARNING: $11.00 left, ~2.8 days")
    with_today(account, "0.10", "9.00")
    account.purchased += 19  # so that the runway stays a warning
    assert hear(skill, fake, *by, "--min-gap", "24h", minutes=2) == "NO_REPLY\n"
    assert "usually $1.00 in that hour" in hear(skill, fake, *by, minutes=2)
    assert hear(skill, fake, *by, minutes=2) == "NO_REPLY\n"
    assert hear(skill, fake, *by, hours=1) == "NO_REPLY\n"  # the spike is over, the trouble is not


# For a bar


def test_a_bar_marks_a_spike_that_its_refresh_found(skill, serve):
    account = with_today(by_the_hour(), "4.50", "4.60", "4.60", "4.50")
    skill.remembers = True
    skill.ask(serve(account), "agent", "admin").run("bar")
    assert at_rest(skill)
    assert skill.run("bar").out == "💰 $881.80 · $18.20 today ⚠ 5x usual\n"
    assert skill.run("bar", "--show", "icon").out == "💰 ⚠\n"
    assert skill.run("bar", "--host", "tmux").out.startswith("#[fg=colour16,bg=colour184] 💰 $881.80")
    told = skill.json("bar")
    assert (told["level"], told["times_usual"]) == ("warning", Decimal("4.55"))


def test_a_check_tells_the_bar(skill, serve):
    account = by_the_hour()
    fake = serve(account)
    skill.remembers = True
    skill.ask(fake, "agent", "admin").run("bar")
    assert at_rest(skill)
    assert skill.run("bar").out == "💰 $900.00 · $0.00 today\n"
    with_today(account, "0.10", "9.00")
    later(skill, fake, minutes=4).run("check")
    assert skill.run("bar").out == "💰 $890.90 · $9.10 today ⚠ 9x usual\n"
    fake.asked.clear()
    skill.run("bar")
    assert fake.asked == []
    assert "usual" not in later(skill, fake, hours=1).run("bar", "--max-age", "2h").out
