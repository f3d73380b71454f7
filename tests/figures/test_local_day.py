"""The day of the machine's zone, against what `zoneinfo` knows of the same zone."""

import os
import time as clock
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from openrouter_usage.figures.zones import LOCAL, Zone, local_day

ZONES = (
    "America/Los_Angeles",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
)
INSTANTS = some.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=some.just(timezone.utc))


@contextmanager
def machine_in(zone):
    os.environ["TZ"] = zone
    clock.tzset()
    try:
        yield
    finally:
        os.environ["TZ"] = "UTC"
        clock.tzset()


def test_a_day_whose_midnight_the_clocks_skip_begins_after_the_gap_for_the_machine_and_by_name():
    day, after_the_gap = date(2024, 9, 8), datetime(2024, 9, 8, 4, tzinfo=timezone.utc)
    with machine_in("America/Santiago"):
        found = local_day(after_the_gap)
        assert Zone(LOCAL, None).start(day) == after_the_gap
    assert (found.start, found.clock, found.zone) == (after_the_gap, "01:00", "UTC-03:00")
    assert Zone("America/Santiago", ZoneInfo("America/Santiago")).start(day) == after_the_gap


@given(some.sampled_from(ZONES), INSTANTS)
def test_it_begins_with_the_first_whole_utc_hour_of_the_local_day(zone, now):
    with machine_in(zone):
        found = local_day(now)
    midnight = datetime.combine(now.astimezone(ZoneInfo(zone)).date(), time(), ZoneInfo(zone)).astimezone(timezone.utc)
    late = timedelta(minutes=-midnight.minute % 60)
    start = midnight + late
    is_utc_day = start == now.replace(hour=0, minute=0, second=0, microsecond=0)
    if is_utc_day or start > now:
        assert found is None
    else:
        assert found.start == start
        assert found.clock == f"{start.astimezone(ZoneInfo(zone)):%H:%M}"


def test_a_short_name_has_at_most_six_letters():
    now = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
    with machine_in("ABCDEF-3"):
        assert local_day(now).zone == "ABCDEF"
    with machine_in("ABCDEFG-3"):
        assert local_day(now).zone == "UTC+03:00"
