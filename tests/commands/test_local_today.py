"""`Today, your time:` in the summary: the day of the machine's zone, by whole UTC hours, from the question of today."""

from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from conftest import NOW, at, event, house, later


def spent(usd, when, key="agent", model="v/m", **more):
    return replace(event("11-20", key, model, "P", usd, **more), at=datetime.fromisoformat(f"2026-{when}:00+00:00"))


EVENTS = [
    spent("16.00", "11-19T07:59"),
    spent("8.00", "11-19T14:59"),
    spent("4.00", "11-19T15:00"),
    spent("2.00", "11-19T18:45", key="second"),
    spent("1.00", "11-19T19:30"),
    spent("0.50", "11-20T07:30", model="v/n"),
    spent("0.25", "11-20T08:00", byok="0.75"),
]


@pytest.fixture
def hourly(skill, serve):
    account = house()
    account.events = list(EVENTS)
    skill.fake = serve(account)
    return skill.ask(skill.fake, "agent", "admin")


def in_zone(skill, zone):
    skill.env["TZ"] = zone
    return skill


def local(lines):
    return [line for line in lines if line.startswith("Today, your")]


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("America/Los_Angeles", ["$0.25* (since 00:00 PST)"]),
        ("Asia/Tokyo", ["$7.75* (since 00:00 JST)"]),
        ("Asia/Kolkata", ["$1.75* (since 00:30 IST)"]),  # its midnight is 18:30 UTC
        ("Asia/Kathmandu", ["$1.75* (since 00:45 UTC+05:45)"]),
        ("<A1B>-9", ["$7.75* (since 00:00 UTC+09:00)"]),
        ("EVILEVILEVILEVILEVILEVIL-9", ["$7.75* (since 00:00 UTC+09:00)"]),
        ("UTC", []),
        ("Europe/London", []),
        ("No/Such", []),
    ],
)
def test_it_is_the_day_of_the_machines_zone_from_its_first_whole_hour(hourly, zone, shown):
    assert local(in_zone(hourly, zone).lines()) == [f"Today, your time (all keys): {one}" for one in shown]


def test_it_stands_below_whose_figures_it_adds_to_and_all_else_stays_utc(hourly):
    here = in_zone(hourly, "Asia/Tokyo").lines()
    there = in_zone(hourly, "UTC").lines()
    assert here[1:4] == [
        "This key: Today: $0.75* | Week: $29.75 | Month: $29.75",
        "All keys: Today: $0.75* | Week: $31.75 | Month: $31.75",
        "Today, your time (all keys): $7.75* (since 00:00 JST)",
    ]
    assert [line for line in here if line not in local(here)] == there
    assert "• m: $31.00 (5 requests), today $0.25*" in there


def test_where_the_second_line_is_of_all_keys_so_is_this_one(hourly):
    del hourly.env["OPENROUTER_API_KEY"]
    lines = in_zone(hourly, "Asia/Tokyo").lines()
    assert lines[1:3] == [
        "Today: $0.75* | Week: $31.75 | Month: $31.75",
        "Today, your time: $7.75* (since 00:00 JST)",
    ]


def test_a_key_alone_has_none(skill, fake):
    assert local(in_zone(skill.ask(fake, "agent"), "Asia/Tokyo").lines()) == []


def test_it_is_in_json_with_the_instant_of_its_beginning(hourly):
    shown = in_zone(hourly, "America/Los_Angeles").json()
    assert shown["today_local"] == {
        "usd": Decimal("0.25"),
        "byok_usd": Decimal("0.75"),
        "since": "2026-11-20T08:00:00Z",
        "tz": "PST",
        "as_of": "2026-11-20T14:09:00Z",
    }
    shown = in_zone(hourly, "UTC").json()
    assert (shown["today_local"], [one for one in shown["notes"] if "today_local" in one["message"]]) == (None, [])


def test_it_costs_no_question_more_and_is_shared_with_a_report(hourly):
    in_zone(hourly, "UTC").run()
    usual = sorted(hourly.fake.paths())
    hourly.fake.asked.clear()
    in_zone(hourly, "Asia/Tokyo").run()
    assert sorted(hourly.fake.paths()) == usual
    hourly.remembers = True
    hourly.run()
    hourly.fake.asked.clear()
    assert hourly.json("report")["today"]["total"]["usd"] == Decimal("0.75")
    assert hourly.fake.paths() == []


def test_a_day_on_which_the_clocks_change_has_its_25_hours(skill, serve):
    account = house()
    account.events = [spent("1.00", "11-01T03:59"), spent("2.00", "11-01T04:00"), spent("4.00", "11-02T02:00")]
    now = datetime(2026, 11, 2, 4, 30, tzinfo=timezone.utc)  # 23:30 EST on Nov 1
    fake = serve(account, now=now)
    at(skill.ask(fake, mgmt="admin"), fake, now)
    assert local(in_zone(skill, "America/New_York").lines()) == ["Today, your time: $6.00* (since 00:00 EDT)"]


def test_before_its_first_whole_hour_there_is_none(hourly):
    at(hourly, hourly.fake, NOW.replace(hour=18, minute=40))  # 00:10 in India
    assert local(in_zone(hourly, "Asia/Kolkata").lines()) == []


def test_a_remembered_one_says_of_when_it_is(hourly):
    hourly.remembers = True
    at(hourly, hourly.fake, NOW.replace(hour=7, minute=50))
    assert local(in_zone(hourly, "America/Los_Angeles").lines()) == [
        "Today, your time (all keys): $15.50* (since 00:00 PST)"
    ]
    lines = later(hourly, hourly.fake, minutes=5).lines("--offline")
    assert local(lines) == ["Today, your time (all keys): $15.50* (since 00:00 PST, as of 07:50 UTC)"]


def test_an_answer_from_before_the_day_began_says_nothing_of_it(hourly):
    hourly.remembers = True
    at(hourly, hourly.fake, NOW.replace(hour=15, minute=30))
    assert local(in_zone(hourly, "Asia/Tokyo").lines()) == ["Today, your time (all keys): $0.00* (since 00:00 JST)"]
    at(hourly, hourly.fake, NOW.replace(hour=17, minute=10))
    assert local(in_zone(hourly, "Asia/Bangkok").lines("--offline")) == []
    shown = hourly.json("--offline")
    assert shown["today_local"] is None
    message = "today_local: OpenRouter's answer is from before this day began"
    assert {"code": "before_window", "message": message} in shown["notes"]


def test_where_the_hours_are_not_told_the_rest_stands(hourly):
    hourly.fake.fault("/analytics/query", status=503, body="")
    lines = in_zone(hourly, "Asia/Tokyo").lines()
    assert local(lines) == []
    assert lines[1].startswith("This key: Today: $0.75*")
    assert in_zone(hourly, "Asia/Tokyo").json()["today_local"] is None


def test_a_bar_shows_it_among_its_rows(hourly):
    hourly.remembers = True
    in_zone(hourly, "Asia/Tokyo").run()
    rows = hourly.run("bar", "--host", "swiftbar").out.splitlines()
    assert [row.split(" | ")[0] for row in rows if "your time" in row] == [
        "Today, your time (all keys): $7.75* (since 00:00 JST)"
    ]


def test_the_demo_has_it_too(skill):
    assert local(in_zone(skill, "Asia/Tokyo").lines("--demo")) == [
        "Today, your time (all keys): $4.48* (since 00:00 JST)"
    ]
