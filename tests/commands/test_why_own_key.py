"""`why` with a regular key alone: whether it spends more than usual, by its own counters at each midnight."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from accounts import spending
from conftest import NOW, at, event
from fake_openrouter import Account, FakeKey

WHY_UNKNOWN = "This key: whether it spends more than usual is unknown (nothing earlier is known of it: "
NEXT = (
    "make one at https://openrouter.ai/settings/management-keys and set OPENROUTER_MGMT_KEY; "
    "a regular key suffices for `stats.py` (its own spend), `stats.py forecast` (how long its limit lasts), "
    "`stats.py why` (whether it spends more than usual) and `stats.py check` (an alarm on its limit)"
)


def own(skill, *options):
    return skill.json("why", *options)


def seen_daily(skill, fake, *days):
    """Runs the summary at noon of these days of November, with what was spent until then."""
    events = fake.accounts[0].events
    skill.remembers = True
    for day in days:
        now = datetime(2026, 11, day, 14, 9, tzinfo=timezone.utc)
        fake.accounts[0].events = [one for one in events if one.at <= now]
        assert at(skill, fake, now).run().code == 0
    fake.accounts[0].events = events


def test_the_first_run_answers_by_the_weeks_and_the_months_counters(skill, fake):
    assert skill.ask(fake, "agent").lines("why") == [
        "This key: up $1.05 a day (+37%) compared with Nov 1 to 15: $3.87 a day from Nov 16 to 19, $2.82 a day before.",
        "Today so far: $3.42; a day of this month: $3.04 (Nov 1 to 19)",
        "With today: this week $18.90, this month $61.25",
        "BYOK, in no figure above: today $0.30, this week $1.10, this month $4.00",
        "Known of it: Nov 1 to 15 $42.35, Nov 16 to 19 $15.48 (completed UTC days)",
        "",
        "Source: OpenRouter's /auth/key, whose counters are remembered at each midnight, "
        "asked with OPENROUTER_API_KEY, as of 2026-11-20 14:09 UTC",
        "Note: models and other keys are unknown: needs a management key; make one at "
        "https://openrouter.ai/settings/management-keys and set OPENROUTER_MGMT_KEY",
        "Note: of 2026-11-13 to 2026-11-19 and 2026-11-06 to 2026-11-12 its counters tell no sums: "
        "the nearest that are known are compared",
    ]


def test_the_json_has_sums_of_days_and_no_rows(skill, fake):
    document = own(skill.ask(fake, "agent"))
    assert list(document) == [
        *("schema", "command", "as_of", "demo", "source", "asked_with", "from", "to", "vs", "sentence"),
        *("key", "month_usd_per_day", "total", "rows", "sums", "notes"),
    ]
    assert (document["source"], document["rows"]) == ("key", None)
    assert document["total"] == {
        "before_usd": Decimal("42.35"),
        "after_usd": Decimal("15.48"),
        "change_usd": None,
        "usd_per_day_before": Decimal("2.8233333333"),
        "usd_per_day_after": Decimal("3.87"),
        "usd_per_day_change": Decimal("1.0466666667"),
    }
    assert document["sums"] == [
        {"from": "2026-11-01", "to": "2026-11-15", "usd": Decimal("42.35")},
        {"from": "2026-11-16", "to": "2026-11-19", "usd": Decimal("15.48")},
    ]


def test_every_command_that_reads_the_key_remembers_its_midnight(skill, serve):
    account = Account([FakeKey("agent")], spending("2", range(1, 16)) + spending("1", range(8, 16)))
    fake = serve(account)
    skill.ask(fake, "agent")
    seen_daily(skill, fake, 6, 13, 17, 18)
    document = own(at(skill, fake, NOW))
    assert document["sentence"] == (
        "This key: down $7.00 (-33%) compared with the 7 days before: $14.00 from Nov 13 to 19, $21.00 before."
    )
    assert document["total"]["change_usd"] == -7
    assert [(one["from"], one["to"], one["usd"]) for one in document["sums"]][-3:] == [
        ("2026-11-16", "2026-11-16", 2),
        ("2026-11-17", "2026-11-17", 2),
        ("2026-11-18", "2026-11-19", 4),
    ]
    assert "days_missing" not in [note["code"] for note in document["notes"]]
    asked = own(skill, "--from", "2026-11-17", "--to", "2026-11-17")
    assert asked["sentence"].startswith(
        "This key: unchanged compared with the day before: $2.00 on Nov 17, $2.00 before"
    )
    fake.fault_everywhere(status=501)
    assert own(skill, "--offline")["total"] == document["total"]


def test_another_key_has_none_of_its_days(skill, fake):
    skill.ask(fake, "agent")
    seen_daily(skill, fake, 18)
    document = own(at(skill, fake, NOW).ask(fake, "second"))
    assert [(one["from"], one["usd"]) for one in document["sums"]] == [("2026-11-01", Decimal("28.25")), (
        "2026-11-16", Decimal("0.82")
    )]  # fmt: skip


def test_on_a_first_that_is_a_monday_nothing_is_compared(skill, serve):
    fake = serve(Account([FakeKey("agent")], [event("06-01", "agent", "v/m", "P", "0.50")]))
    at(skill, fake, datetime(2026, 6, 1, 14, tzinfo=timezone.utc)).ask(fake, "agent")
    lines = skill.lines("why")
    assert lines[0].startswith(WHY_UNKNOWN)
    assert lines[1:3] == ["Today so far: $0.50", "With today: this week $0.50, this month $0.50"]
    document = own(skill)
    assert (document["sentence"], document["total"], document["sums"]) == (None, None, [])
    assert "total: nothing earlier is known of it" in document["notes"][-1]["message"]


def test_near_midnight_the_counters_are_not_remembered(skill, fake):
    skill.remembers = True
    at(skill, fake, NOW.replace(hour=0, minute=1)).ask(fake, "agent").run()
    assert skill.lines("why")[0].startswith(WHY_UNKNOWN)


def test_a_lifetime_that_was_told_too_small_once_costs_that_day_alone(skill, serve):
    fake = serve(Account([FakeKey("agent")], spending("2", range(1, 31))))
    skill.ask(fake, "agent")
    seen_daily(skill, fake, 16)
    fake.edit("/auth/key", lambda key: {**key, "usage": 1, "usage_daily": 0, "usage_weekly": 0, "usage_monthly": 0})
    seen_daily(skill, fake, 18)
    fake.edit("/auth/key", lambda key: key)
    document = own(at(skill, fake, NOW))
    assert "lifetime_fell" in [note["code"] for note in document["notes"]]
    assert all(one["usd"] == 2 * days(one) for one in document["sums"])


def days(one):
    return (datetime.fromisoformat(one["to"]) - datetime.fromisoformat(one["from"]) + timedelta(days=1)).days


@pytest.mark.parametrize("command", [["report"], ["why", "--by", "key"], ["report", "--by", "app"]])
def test_refused_commands_name_the_nearest_that_work(skill, fake, command):
    printed = skill.ask(fake, "agent").run(*command)
    assert (printed.code, printed.out) == (3, "")
    assert printed.err.splitlines() == [
        "Error: this is of the whole account: it needs a management key",
        f"Next: {NEXT}",
    ]


def test_beside_a_management_key_the_answer_is_the_accounts(skill, fake):
    assert skill.ask(fake, "agent", "admin").json("why")["source"] == "activity"
    fake.fault("/activity", status=501, body="{}")
    fake.fault("/analytics/query", status=501, body="{}")
    assert skill.run("why").code == 4


def test_a_key_that_was_refused_tells_nothing(skill, fake):
    fake.fault_everywhere(status=401)
    assert skill.ask(fake, "agent").run("why").code == 3
