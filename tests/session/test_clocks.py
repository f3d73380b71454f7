"""Two clocks: this machine's, and OpenRouter's, which rules where it is heard."""

import json
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from email.utils import format_datetime

import pytest

from conftest import NOW, house, later
from openrouter_usage import days
from openrouter_usage.cli import program

CYCLE = 28
"""The years after which the calendar is the same again: in 2054 November 20 is a Friday, as in 2026."""

BEHIND, AHEAD = NOW.replace(year=NOW.year + CYCLE), NOW
"""OpenRouter's clock beside a machine that is behind it, and beside one that is ahead."""

LIVE = [
    "💰 OpenRouter Usage",
    "This key: Today: $3.42* | Week: $18.90 | Month: $61.25",
    "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00",
    "Balance: $38.75 / $300.00",
]
"""How the summary of the house begins on NOW."""

BEFORE = "OpenRouter's answer is from before this window began"
LATER = "OpenRouter's answer is of a later day than this machine's clock shows"

COMMANDS = [
    ("summary",),
    ("report",),
    ("report", "--by", "key"),
    ("report", "--date", "today"),
    ("forecast",),
    ("why",),
    ("check",),
    ("metrics",),
    ("audit",),
    ("chart",),
    ("dashboard", "--output", "page.html"),
    ("doctor",),
]


def house_in(year):
    """The house with all that it ever did that many years away from 2026."""
    account = house()
    account.events = [replace(one, at=one.at.replace(year=one.at.year + year - NOW.year)) for one in account.events]
    return account


@pytest.fixture(params=[AHEAD, BEHIND], ids=["ahead", "behind"])
def apart(request, skill, serve):
    """The house at OpenRouter's time, beside a machine whose clock is days or years ahead of it, or behind."""
    fake = serve(house_in(request.param.year), now=request.param)
    skill.now = None
    skill.ask(fake, "agent", "admin")
    return skill, fake


@pytest.fixture
def machine(monkeypatch, skill, fake, capfd):
    """Runs a command line on a machine whose clock shows that time."""
    skill.ask(fake, "agent", "admin")
    for name in ("HOME", "XDG_CACHE_HOME", "OPENROUTER_API_URL", "OPENROUTER_API_KEY", "OPENROUTER_MGMT_KEY"):
        monkeypatch.setenv(name, skill.env[name])
    monkeypatch.chdir(skill.cwd)

    def run(at, *arguments):
        monkeypatch.setattr(days, "clock", lambda: at)
        return program.answer(list(arguments))

    return run


def dated(fake, date, *paths):
    """Makes the fake send another `Date` with answers of these paths, or of all; none if it is empty."""
    fake.rewrite = lambda asked, reply: reply._replace(date=date) if asked.path in (paths or (asked.path,)) else reply


def tells_the_same(skill, fake, command):
    """Asserts that a command ends as it does on a right clock; those that tell of no current hour tell the same."""
    wrong = skill.run(*command)
    skill.now = fake.now
    right = skill.run(*command)
    assert wrong.code == right.code
    if command[0] in ("report", "why", "chart", "audit"):
        assert [line for line in wrong.out.splitlines() if "clock" not in line] == right.out.splitlines()


def test_figures_are_of_openrouters_windows_whatever_this_machine_says(apart):
    skill, fake = apart
    *lines, note = skill.lines()
    assert lines[:4] == LIVE
    assert note.startswith("Note: this machine's clock says ")
    assert note.endswith(f", OpenRouter's {fake.now:%Y-%m-%d} 14:09: all figures go by OpenRouter's")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_tells_on_a_wrong_clock_what_it_tells_on_a_right_one(apart, command):
    tells_the_same(*apart, command)


@pytest.mark.parametrize("command", [("report", "--date", "today"), ("report", "--by", "key")], ids=" ".join)
def test_an_error_tells_the_time_too(apart, command):
    """A question about days that are none by OpenRouter's clock may be refused before another is answered."""
    skill, fake = apart

    def refused_or_late(asked, reply):
        if asked.path == "/analytics/query" and f"{fake.now:%Y-%m-%d}" not in json.dumps(asked.body):
            return reply._replace(status=400, body=b'{"error": {"code": 400, "message": "no such days"}}')
        time.sleep(0.3)
        return reply

    fake.rewrite = refused_or_late
    tells_the_same(skill, fake, command)


def test_a_day_that_only_openrouters_clock_knows_is_no_wrong_usage(apart):
    skill, fake = apart
    yesterday = f"{fake.now - timedelta(days=2):%Y-%m-%d}"
    document = skill.json("report", "--date", yesterday)
    assert (document["from"], document["to"], document["total"]["usd"]) == (yesterday, yesterday, Decimal("10.48"))


def test_a_day_that_is_in_the_future_by_openrouters_clock_too_is_wrong_usage(apart):
    skill, fake = apart
    printed = skill.run("report", "--date", "2099-01-01")
    assert (printed.code, printed.out) == (2, "")
    assert printed.err == (
        f"Error: 2099-01-01 is in the future: today is {fake.now:%Y-%m-%d} UTC\nNext: name a day before today\n"
    )


def test_what_was_told_under_a_wrong_clock_is_remembered_under_openrouters(apart):
    skill, fake = apart
    skill.remembers = True
    skill.run()
    fake.asked.clear()
    skill.now = fake.now + timedelta(seconds=20)
    assert skill.lines()[:4] == LIVE
    assert fake.asked == []


@pytest.mark.parametrize(("days", "why"), [
    (400, [BEFORE, BEFORE]),
    (-400, [LATER, LATER]),
])  # fmt: skip
def test_nothing_remembered_is_called_current_by_a_wrong_clock(remembered, days, why):
    remembered.now = NOW + timedelta(days=days)
    lines = remembered.lines("--offline")
    gaps = [f"Today: unknown | Week: unknown | Month: unknown ({one}) (as of Nov 20 2026 14:09 UTC)" for one in why]
    assert lines[1:4] == [
        f"This key: {gaps[0]}",
        f"All keys: {gaps[1]}",
        "Balance: $38.75 / $300.00 (as of Nov 20 2026 14:09 UTC)",
    ]
    for command in COMMANDS:
        assert remembered.run(*command, "--offline").code in (0, 3, 4), command


@pytest.mark.parametrize("days", [1, 3])
def test_a_clock_that_is_days_behind_makes_no_zero_of_what_was_told_of_a_later_day(remembered, days):
    """On its own day nothing was spent; but OpenRouter's day is the later one."""
    remembered.now = NOW - timedelta(days=days)
    lines = remembered.lines("--offline")
    as_of = "(as of Nov 20 14:09 UTC)"
    assert lines[1] == f"This key: Today: unknown | Week: $18.90 | Month: $61.25 ({LATER}) {as_of}"
    assert lines[2] == f"All keys: Today: unknown | Week: unknown | Month: unknown ({LATER}) {as_of}"
    assert remembered.run("bar", "--offline").out == "💰 $38.75 · — today (the clock was set back)\n"
    assert 'window="today"' not in remembered.run("metrics", "--offline").out
    checked = remembered.run("check", "--offline", "--warn-today", "1")
    assert (checked.code, f"today's spend is unknown ({LATER})" in checked.out) == (3, True)


@pytest.mark.parametrize("days", [40, -40])
def test_a_limit_of_another_month_is_not_told_as_this_ones(skill, serve, account, days):
    key = account.key("agent")
    key.limit, key.limit_remaining, key.limit_reset = 150, 88.75, "monthly"
    skill.remembers = True
    skill.ask(serve(account), "agent").run()
    skill.now = NOW + timedelta(days=days)
    (limit,) = skill.json("--offline")["limits"]
    assert (limit["limit_usd"], limit["spent_usd"], limit["remaining_usd"]) == (150, None, None)


@pytest.mark.parametrize("date", [
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Mon, 01 Jan 0001 00:00:00 GMT",
    "Fri, 20 Nov 99999999999999999999 14:09:00 GMT",
    "Fri, 20 Nov 2026 14:09:00 -9999",
    "Tue, 20 Nov 1998 14:09:00 GMT",
    "Fri, 20 Nov 2026 14:09:00",
    "Fri, 20 Nov 2026 14:09:00 GMT, Mon, 23 Nov 2026 14:09:00 GMT",
    "2026-11-20T14:09:00Z",
    "soon",
    "\xff",
    "",
])  # fmt: skip
@pytest.mark.parametrize("command", ["summary", "metrics"])
def test_a_date_that_cannot_be_is_as_good_as_none(skill, serve, date, command):
    """This machine's clock then rules."""
    now = datetime.now(timezone.utc)
    account = house()
    account.events = [replace(account.events[0], at=now)]
    fake = serve(account, now=now)
    dated(fake, date)
    skill.now = None
    printed = skill.ask(fake, "agent", "admin").run(command)
    assert (printed.code, printed.err) == (0, "")
    told = {"summary": "Today: $3.42* |", "metrics": 'openrouter_window_spend_usd{scope="key",window="today"} 3.42\n'}
    assert told[command] in printed.out
    assert "clock" not in printed.out


@pytest.mark.parametrize("date", [
    "Fri, 20 Nov 2026 14:08:50 GMT",
    "Fri, 20 Nov 2026 22:08:50 +0800",
    "Fri, 20 Nov 2026 04:08:50 -1000",
    "Friday, 20-Nov-26 14:08:50 GMT",
    "Fri, 20 Nov 2026 14:08:60 GMT",
])  # fmt: skip
def test_a_date_is_read_in_every_form_and_zone(skill, fake, date):
    dated(fake, date)
    skill.now = None
    assert skill.ask(fake, "agent", "admin").lines()[:4] == LIVE


@pytest.mark.parametrize("at", [
    datetime(1970, 1, 1, tzinfo=timezone.utc),
    datetime(2022, 12, 31, tzinfo=timezone.utc),
    datetime(2038, 1, 19, 3, 14, 8, tzinfo=timezone.utc),
    datetime.max.replace(tzinfo=timezone.utc),
], ids=str)  # fmt: skip
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_machine_whose_clock_never_was_right_has_openrouters_figures(machine, at, command):
    printed = machine(at, *command)
    assert (printed.code, printed.err) == (0, ""), printed
    if command == ("summary",):
        assert printed.out.splitlines()[:4] == LIVE


def test_a_clock_that_cannot_be_right_beside_no_other_is_an_error_of_its_own(machine, fake):
    dated(fake, "")
    at = datetime(1970, 1, 1, 0, 5, tzinfo=timezone.utc)
    printed = machine(at)
    assert (printed.code, printed.out) == (4, "")
    assert printed.err == (
        "Error: this machine's clock says 1970-01-01 00:05 UTC, and OpenRouter told no other time\n"
        "Next: set this machine's clock\n"
    )
    assert json.loads(machine(at, "--json").out)["error"]["code"] == "clock"
    assert machine(at, "check").code == 3
    assert machine(at, "report", "--date", "2026-11-19").code == 4


def test_nothing_remembered_is_current_under_a_clock_that_cannot_be_right(machine):
    machine(NOW)
    printed = machine(datetime(1970, 1, 1, 0, 5, tzinfo=timezone.utc), "--offline")
    lines = printed.out.splitlines()
    assert lines[1].startswith("This key: Today: unknown | Week: unknown | Month: unknown (")
    assert lines[-1] == (
        "Note: this machine's clock says 1970-01-01 00:05 UTC, which cannot be: no current day, week or month is known"
    )


def test_one_answer_with_a_wrong_date_moves_no_right_clock(skill, serve):
    now = datetime.now(timezone.utc)
    account = house()
    account.events = [replace(account.events[0], at=now)]
    fake = serve(account, now=now)
    dated(fake, format_datetime(now + timedelta(days=3), usegmt=True), "/auth/key")
    skill.now = None
    document = skill.ask(fake, "agent", "admin").json()
    assert document["key"]["today_usd"] == document["account"]["today_usd"] == Decimal("3.42")
    assert abs(datetime.fromisoformat(document["as_of"].replace("Z", "+00:00")) - now) < timedelta(minutes=1)


@pytest.mark.parametrize("status", [200, 302, 404, 511])
def test_a_portal_on_the_way_tells_no_time(machine, fake, status):
    machine(NOW)
    fake.fault_everywhere(status=status, body="<html>", headers=(("Location", "http://portal.example/"),))
    fake.now = NOW - timedelta(days=600)
    lines = machine(NOW + timedelta(hours=1)).out.splitlines()
    assert lines[1] == "This key: Today: $3.42* | Week: $18.90 | Month: $61.25 (as of 14:09 UTC)"


@pytest.mark.parametrize("seconds", [-2, 2])
def test_a_run_over_midnight_is_of_openrouters_day(machine, fake, seconds):
    """Clocks that agree can be on two days: what was $3.42 until midnight is none of the next day's."""
    midnight = datetime(2026, 11, 21, tzinfo=timezone.utc)
    fake.now = midnight - timedelta(seconds=seconds)
    document = json.loads(machine(midnight + timedelta(seconds=seconds), "--json").out)
    assert (document["as_of"][:10], document["key"]["today_usd"]) == (
        ("2026-11-20", 3.42) if seconds > 0 else ("2026-11-21", 0)
    )
    assert "clock" not in [note["code"] for note in document["notes"]]


def test_the_whole_time_of_a_command_holds_although_it_begins_anew(apart):
    """What came first is kept; what is asked again has only the rest of the time."""
    skill, fake = apart

    def late(asked, reply):
        time.sleep(1 if (asked.key, asked.path) == ("agent", "/auth/key") else 2.5)
        return reply

    fake.rewrite = late
    lines = skill.run("--timeout", "3").out.splitlines()
    assert lines[1] == "This key: Today: $3.42* | Week: $18.90 | Month: $61.25"
    assert lines[2].startswith("All keys: Today: unknown | Week: unknown | Month: unknown (no answer from ")


def test_a_bar_beside_a_wrong_clock_shows_nothing_as_current_and_asks_once(apart):
    skill, fake = apart
    skill.remembers = True
    skill.run("bar", "--fetch")
    fake.asked.clear()
    assert skill.run("bar").out.startswith("💰 $38.75")
    assert skill.json("bar")["accounts"][0]["usage_usd"] is None
    assert fake.asked == []


def test_days_by_a_wrong_clock_are_never_remembered_as_completed(apart):
    skill, fake = apart
    skill.remembers = True
    skill.run()
    skill.now = fake.now
    (memory,) = skill.json("doctor", "--offline")["memory"]["accounts"]
    assert memory["last"] == f"{fake.now - timedelta(days=1):%Y-%m-%d}"


def test_a_check_announces_once_although_it_begins_anew(apart):
    skill, _ = apart
    skill.remembers = True
    first, second = (skill.run("check", "--announce", "--crit-balance", "50").out for _ in range(2))
    assert first.startswith("🚨 OpenRouter CRITICAL: the balance is below $50.00")
    assert second == "NO_REPLY\n"


def test_a_later_run_goes_by_the_clock_again_once_it_is_set(apart):
    skill, fake = apart
    skill.remembers = True
    skill.run()
    skill.now = fake.now
    later(skill, fake, hours=1)
    assert skill.lines()[:4] == LIVE


def test_answers_of_several_times_are_no_wrong_usage(skill, fake):
    dated(fake, "Thu, 16 Oct 2025 14:09:00 GMT", "/activity")
    printed = skill.ask(fake, mgmt="admin").run("report", "--by", "date")
    assert (printed.code, printed.out) == (4, "")
    assert printed.err == (
        "Error: by the time that OpenRouter's answers tell, none of these days is over\nNext: try again later\n"
    )
