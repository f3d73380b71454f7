"""The days that a report can have, and the credits that were bought on them."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from conftest import noon
from openrouter_usage.commands.report import build as report_build
from openrouter_usage.commands.report import reach as report_reach
from openrouter_usage.commands.report.records import DayBalance, Query
from openrouter_usage.days import day_count
from openrouter_usage.records import (
    Reading,
)

DAYS = some.dates(min_value=date(2026, 1, 1), max_value=date(2027, 12, 31))


@given(DAYS, some.integers(1, 500), some.sampled_from([("model",), ("key",), ("hour",), ("provider", "app")]))
def test_a_range_is_known_or_missing_day_by_day(today, days, by):
    query = Query(by, today - timedelta(days), today - timedelta(1))
    told = report_reach.limited(query, today).reach
    known = [told[0] + timedelta(number) for number in range(day_count(told))]
    gaps = list(report_reach.missing(query, known, today, report_reach.available(query, today)[0]))
    assert sum(map(day_count, [told, *gaps])) == days
    reach = {"model": 30, "key": 366, "hour": 31, "provider": 31}[by[0]]
    assert day_count(told) == min(days, reach)
    too_old = Query(by, today - timedelta(999), today - timedelta(reach + 1))
    assert report_reach.limited(too_old, today).reach is None


READINGS = [
    Reading(noon(11, 2), Decimal(100), Decimal(10)),
    Reading(noon(11, 2) + timedelta(hours=9), Decimal(100), Decimal(25)),
    Reading(noon(11, 4), Decimal(150), Decimal(30)),
    Reading(noon(11, 4) + timedelta(hours=1), Decimal(140), Decimal(31)),
    Reading(noon(11, 5), Decimal(140), Decimal(40)),
]


def test_credits_bought_count_for_the_day_on_which_they_were_first_seen():
    days = report_build.day_balances(READINGS)
    assert days == {
        date(2026, 11, 2): DayBalance(Decimal(75), READINGS[1].at, report_build.NO_EARLIER_READING),
        date(2026, 11, 4): DayBalance(Decimal(109), READINGS[3].at, Decimal(40)),
        date(2026, 11, 5): DayBalance(Decimal(100), READINGS[4].at, Decimal(0)),
    }


def test_credits_that_were_taken_back_are_a_negative_top_up():
    assert report_build.day_balances(READINGS[2:4])[date(2026, 11, 4)].top_up == report_build.NO_EARLIER_READING
    assert report_build.day_balances(READINGS[1:4])[date(2026, 11, 4)].top_up == 40
    taken = report_build.day_balances([READINGS[2], Reading(noon(11, 5), Decimal(140), Decimal(31))])
    assert taken[date(2026, 11, 5)].top_up == -10
