"""Reports whose days are those of another time zone, by whole UTC hours."""

import re
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from conftest import NOW, at, house
from fake_openrouter import Account, Event, FakeKey
from fleet import FIGURES, NAMES
from openrouter_usage.figures import zones

HOUR = timedelta(hours=1)
ZONES = [
    "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Auckland", "Asia/Tokyo",
    "Australia/Lord_Howe", "America/St_Johns", "Pacific/Kiritimati", "Pacific/Marquesas", "Africa/Cairo",
]  # fmt: skip


def hour_of(one, zone):
    """The whole UTC hour of an event, by the clocks of the zone."""
    return one.at.replace(minute=0, second=0, microsecond=0).astimezone(ZoneInfo(zone))


def local_truth(account, by, zone, first, last):
    """What the events add up to on the days of the zone, to which each whole UTC hour belongs by its beginning."""
    sums = defaultdict(lambda: [Decimal(0)] * 7)
    for one in account.events:
        hour = hour_of(one, zone)
        if first <= hour.date() <= last:
            times = {
                "date": hour.date().isoformat(),
                "hour": hour.isoformat(),
                "weekday": f"{hour:%A}",
                "month": f"{hour:%Y-%m}",
            }
            names = tuple(times[name] if name in times else NAMES[name](account, one) for name in by)
            figures = (one.usd, one.byok, one.requests, one.prompt, one.completion, one.reasoning, one.cached)
            sums[names] = [whole + part for whole, part in zip(sums[names], figures)]
    return sums


def assert_rows(rows, by, sums):
    found = {tuple(row[name] for name in by): row for row in rows}
    assert len(found) == len(rows)
    assert set(sums) <= set(found)
    for names, row in found.items():
        for figure, value in zip(FIGURES, sums.get(names, [0] * 7)):
            assert abs(row[figure] - value) < Decimal("1e-8"), (names, figure)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Auckland"])
@pytest.mark.parametrize("by", ["date", "hour,model", "weekday", "app,user", "month,key"])
def test_every_row_is_of_the_zones_own_days(skill, serve, big, zone, by):
    document = skill.ask(serve(big), mgmt="admin").json("report", "--tz", zone, "--by", by, "--days", "12")
    today = NOW.replace(minute=0).astimezone(ZoneInfo(zone)).date()
    first, last = today - timedelta(days=12), today - timedelta(days=1)
    dimensions = by.split(",")
    assert_rows(document["rows"], dimensions, local_truth(big, dimensions, zone, first, last))
    assert (document["tz"], document["from"], document["to"]) == (zone, f"{first}", f"{last}")
    assert (document["today"]["date"], document["known_days"]) == (f"{today}", 12)
    assert_rows(document["today"]["rows"], dimensions, local_truth(big, dimensions, zone, today, today))
    assert document["source"] == "analytics"


def hourly(first, last, now=NOW):
    """A dollar in each UTC hour, from the beginning of the first one to that of the last."""
    hours = int((last - first) / HOUR) + 1
    events = [Event(first + number * HOUR, "agent", "v/m", "P", Decimal(1)) for number in range(hours)]
    return Account([FakeKey("agent"), FakeKey("admin", management=True)], events, purchased=5000)


def hours_in(lines):
    """The rows of hours in a table."""
    return [line for line in lines if re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d ", line)]


def utc(month, day, hour=0):
    return datetime(2026, month, day, hour, tzinfo=timezone.utc)


def test_a_day_on_which_clocks_are_set_back_has_25_hours(skill, serve):
    skill.ask(serve(hourly(utc(10, 23), utc(10, 28))), mgmt="admin")
    days = ["--from", "2026-10-24", "--to", "2026-10-26", "--tz", "Europe/Berlin", "--no-credits"]
    document = skill.json("report", "--by", "date", *days)
    assert [(row["date"], row["usd"]) for row in document["rows"]] == [
        ("2026-10-24", 24), ("2026-10-25", 25), ("2026-10-26", 24)
    ]  # fmt: skip
    lines = skill.lines("report", "--by", "hour", "--date", "2026-10-25", "--tz", "Europe/Berlin", "--no-credits")
    assert [line for line in lines if line.startswith("Hour (Europe/Berlin)")]
    assert [line[:22].rstrip() for line in hours_in(lines)[1:5]] == [
        "2026-10-25 01:00", "2026-10-25 02:00 +0200", "2026-10-25 02:00 +0100", "2026-10-25 03:00"
    ]  # fmt: skip
    hours = [row["hour"] for row in skill.json("report", "--by", "hour", *days[:-1])["rows"]]
    assert hours[24:28] == [
        "2026-10-25T00:00:00+02:00", "2026-10-25T01:00:00+02:00", "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:00:00+01:00",
    ]  # fmt: skip
    assert len(hours) == 73


def test_a_day_on_which_clocks_are_set_forward_has_23_hours(skill, serve):
    now = datetime(2026, 4, 2, 9, 30, tzinfo=timezone.utc)
    fake = serve(hourly(utc(3, 27), utc(3, 31)))
    at(skill.ask(fake, mgmt="admin"), fake, now)
    document = skill.json(
        "report", "--by", "date", "--from", "2026-03-28", "--to", "2026-03-30", "--tz", "Europe/Berlin"
    )
    assert [row["usd"] for row in document["rows"]] == [24, 23, 24]


def test_a_completed_day_may_reach_into_the_current_utc_day(skill, serve):
    now = utc(11, 20, 9) + timedelta(minutes=30)
    fake = serve(hourly(utc(11, 18), now))
    at(skill.ask(fake, mgmt="admin"), fake, now)
    yesterday = skill.json("report", "--by", "date", "--date", "yesterday", "--tz", "America/Los_Angeles")
    assert [(row["date"], row["usd"]) for row in yesterday["rows"]] == [("2026-11-19", 24)]
    ranges = [asked.body["time_range"] for asked in fake.asked if asked.body and "dimensions" in asked.body]
    assert sorted(one["start"] for one in ranges) == ["2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z"]
    assert max(one["end"] for one in ranges) == "2026-11-20T09:30:00Z"
    live = skill.lines("report", "--by", "hour", "--date", "today", "--tz", "America/Los_Angeles", "--no-credits")
    assert live[1] == "2026-11-20, today in America/Los_Angeles so far, live as of 09:30 UTC: $2.00*"
    assert [line.split()[:3] for line in hours_in(live)] == [
        ["2026-11-20", "00:00", "$1.00"], ["2026-11-20", "01:00", "$1.00"]
    ]  # fmt: skip


def test_today_may_have_begun_on_an_earlier_utc_day(skill, serve):
    fake = serve(hourly(utc(11, 18), NOW))
    document = skill.ask(fake, mgmt="admin").json(
        "report", "--date", "today", "--tz", "Pacific/Auckland", "--by", "date"
    )
    assert [(row["date"], row["usd"]) for row in document["rows"]] == [("2026-11-21", 4)]  # since 11:00 UTC
    document = skill.json("report", "--from", "yesterday", "--to", "today", "--tz", "America/Los_Angeles")
    assert (document["total"]["usd"], document["today"]["total"]["usd"]) == (24, 7)  # since 08:00 UTC


def test_a_zone_off_the_whole_hour_says_where_its_days_begin(skill, serve):
    fake = serve(hourly(utc(11, 17), utc(11, 20, 14)))
    options = ["--tz", "Asia/Kolkata", "--no-credits"]
    lines = skill.ask(fake, mgmt="admin").lines("report", "--by", "hour", "--date", "2026-11-19", *options)
    assert lines[0] == "💰 OpenRouter Report by hour (all keys, days of Asia/Kolkata)"
    assert lines[1:3] == [
        "2026-11-19, one completed Asia/Kolkata day: $24.00",
        "A day begins at 00:30 there: OpenRouter tells whole UTC hours",
    ]
    hours = [line.split()[1] for line in hours_in(lines)]
    assert (hours[0], hours[-1], len(hours)) == ("00:30", "23:30", 24)
    assert "Days are those of Asia/Kolkata." in "\n".join(lines)
    assert "Days are UTC" not in "\n".join(lines)
    assert "completed UTC" not in "\n".join(lines)


def test_ten_minutes_after_midnight_the_last_hour_of_such_a_day_is_not_over(skill, serve):
    now = utc(11, 20, 18) + timedelta(minutes=40)  # 00:10 in India
    fake = serve(hourly(utc(11, 18), now))
    at(skill.ask(fake, mgmt="admin"), fake, now)
    document = skill.json("report", "--tz", "Asia/Kolkata", "--by", "date", "--date", "today")
    assert [(row["date"], row["usd"]) for row in document["rows"]] == [("2026-11-20", 24)]


@pytest.mark.parametrize(
    ("told", "tz"),
    [("Europe/Berlin", "Europe/Berlin"), (":Europe/Berlin", "Europe/Berlin"), ("UTC", "UTC"), ("", "UTC"),
     (":/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo")],
)  # fmt: skip
def test_the_machine_tells_its_zone(skill, fake, told, tz):
    skill.ask(fake, mgmt="admin").env["TZ"] = told
    assert skill.json("report", "--tz", "local", "--days", "3")["tz"] == tz


def test_a_rule_in_the_place_of_a_name_is_that_of_the_machines_clocks(skill, serve):
    fake = serve(hourly(utc(10, 23), utc(10, 28)))
    skill.ask(fake, mgmt="admin").env["TZ"] = "CET-1CEST,M3.5.0,M10.5.0/3"
    days = ["--by", "date", "--from", "2026-10-24", "--to", "2026-10-26"]
    document = skill.json("report", "--tz", "local", *days)
    assert (document["tz"], [row["usd"] for row in document["rows"]]) == ("local", [24, 25, 24])
    skill.env["TZ"] = "Nowhere/Land"
    printed = skill.run("report", "--tz", "local", *days)
    assert (printed.code, printed.err.splitlines()[0][:46]) == (2, "Error: no time zone is called Nowhere/Land; is")


def test_without_tz_the_days_are_utc_and_say_so(skill, fake):
    assert skill.ask(fake, mgmt="admin").json("report")["tz"] == "UTC"
    assert skill.json("report", "--tz", "UTC", "--days", "60")["known_days"] == 60


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tz", "Berlin"], "no time zone is called Berlin; is it Europe/Berlin?"),
        (["--tz", "europe/berlin"], "no time zone is called europe/berlin; is it Europe/Berlin?"),
        (["--tz", "../../etc/passwd"], "no time zone is called ../../etc/passwd"),
        (["--tz", "Asia/Tokyo", "--date", "2026-11-21"], "2026-11-21 is in the future: today is 2026-11-20 Asia/Tokyo"),
        (
            ["--tz", "Asia/Tokyo", "--by", "date", "--from", "2026-10-01", "--to", "2026-10-10"],
            "nothing is known of 2026-10-01 to 2026-10-10: by date, OpenRouter's analytics holds the completed "
            "Asia/Tokyo days 2026-10-21 to 2026-11-19",
        ),
    ],
)
def test_what_cannot_be_told_is_wrong_usage(skill, fake, options, said):
    printed = skill.ask(fake, mgmt="admin").run("report", *options)
    assert (printed.code, printed.out, fake.asked) == (2, "", [])
    assert printed.err.splitlines()[0] == f"Error: {said}"


def test_days_that_are_out_of_reach_are_named(skill, fake):
    document = skill.ask(fake, mgmt="admin").json("report", "--tz", "Asia/Tokyo", "--by", "date", "--days", "40")
    assert document["known_days"] == 30
    assert document["notes"][0]["message"] == (
        "not in it: 2026-10-11 to 2026-10-20; OpenRouter's analytics reaches back to 2026-10-21 by date "
        "(without --tz: a year)"
    )


@pytest.mark.parametrize("state", ["empty", "late"])
def test_what_analytics_lacks_is_no_zero_in_a_zone_either(skill, serve, state):
    fake = serve(house())
    fake.source("/analytics/query", state)
    printed = skill.ask(fake, mgmt="admin").run("report", "--by", "date", "--days", "4", "--tz", "Europe/Berlin")
    rows = [line.split()[:2] for line in printed.out.splitlines() if line.startswith("2026-11-1")][1:]
    assert rows == [[f"2026-11-{day}", "?"] for day in (16, 17, 18, 19)]
    assert "\nTotal, at least          ?" in printed.out
    assert "the whole account, $0.00 of $16.30 is broken down so far" in printed.out
    assert "$0.00 " not in printed.out.split("Note:")[0]


def test_that_today_fails_costs_today_alone(skill, serve):
    fake = serve(hourly(utc(11, 17), NOW))
    skill.ask(fake, mgmt="admin")

    def unreadable_today(data):
        is_today = all(row.get("date__hour", "") >= "2026-11-20" for row in data["data"])
        return "nothing to be read" if is_today else data

    fake.edit("/analytics/query", unreadable_today)
    document = skill.json(
        "report", "--tz", "America/Los_Angeles", "--by", "date", "--from", "2026-11-18", "--to", "2026-11-18"
    )
    assert [row["usd"] for row in document["rows"]] == [24]
    printed = skill.run("report", "--tz", "America/Los_Angeles", "--by", "date", "--days", "2", "--timeout", "5")
    assert (printed.code, printed.out) == (4, "")  # its yesterday ends today by UTC
    document = skill.json("report", "--tz", "Europe/Berlin", "--by", "date", "--days", "2")
    assert [row["usd"] for row in document["rows"]] == [24, 24]
    assert document["today"] is None


# The days of a zone


DAYS = some.dates(min_value=date(2024, 1, 1), max_value=date(2030, 12, 31))


@given(some.sampled_from(ZONES), DAYS)
def test_each_whole_hour_belongs_to_one_day(name, day):
    zone = zones.Zone(name, ZoneInfo(name))
    begin, end = zone.start(day), zone.start(day + timedelta(days=1))
    assert begin.minute == begin.second == 0
    assert int((end - begin) / HOUR) in (23, 24, 25)
    for number in range(int((end - begin) / HOUR)):
        assert zone.day_of(begin + number * HOUR) == day
        assert zone.day_of(begin + number * HOUR + timedelta(minutes=59)) == day
    assert zone.day_of(begin - HOUR) == day - timedelta(days=1)
    first, last = zone.utc_days((day, day))
    assert (first, last) == (begin.date(), (end - HOUR).date())


@given(some.sampled_from(ZONES), some.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31)))
def test_hours_keep_their_order_and_show_the_clocks(name, naive):
    instant = naive.replace(tzinfo=timezone.utc)
    zone = zones.Zone(name, ZoneInfo(name))
    assert zone.local(instant) == instant
    assert zone.local(instant) < zone.local(instant + HOUR)
    assert f"{zone.local(instant):%H:%M}" == f"{instant.astimezone(ZoneInfo(name)):%H:%M}"
