"""The month's end by example and by property."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from openrouter_usage.forecast.burn import Burn
from openrouter_usage.forecast.month import passing_day, projected


def burn(rate=4.0, weekday=(1.0,) * 7, noise=0.0, doubt=0.0, growth=0.0, drift=0.0):
    return Burn(rate, weekday, noise, doubt, growth, drift, days=21, has_pattern=False)


def at(day, hour=0, month=11):
    return datetime(2026, month, day, hour, tzinfo=timezone.utc)


FACTORS = some.lists(some.floats(0, 3), min_size=7, max_size=7).filter(lambda week: sum(week) > 0.1)
BURNS = some.builds(
    burn,
    rate=some.floats(1e-4, 1e5),
    weekday=FACTORS.map(lambda week: tuple(7 * one / sum(week) for one in week)),
    noise=some.floats(0, 5),
    doubt=some.floats(0, 2),
    growth=some.floats(-0.04, 0.04),
    drift=some.floats(0, 0.004),
)
STARTS = some.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=some.just(timezone.utc))
SPENT = some.decimals(0, 10**5, places=6)


def test_ten_days_at_four_dollars_are_forty_more():
    assert projected(burn(), Decimal(60), at(21)) == (Decimal(100), Decimal(100), Decimal(100))
    assert projected(burn(), Decimal(60), at(20, 12)).usd == Decimal(102)


def test_only_what_is_left_of_the_last_day_follows_on_it():
    assert projected(burn(), Decimal(60), at(30, 18)).usd == Decimal(61)
    assert projected(burn(), Decimal(60), at(31, 18, month=12)).usd == Decimal(61)


def test_the_first_instant_has_the_whole_month_before_it():
    assert projected(burn(), Decimal(0), at(1)).usd == Decimal(120)
    assert projected(burn(), Decimal(0), at(1, month=2)).usd == Decimal(112)


def test_a_dead_weekend_costs_nothing():
    week = (1.4,) * 5 + (0.0, 0.0)
    assert projected(burn(5.0, week), Decimal(50), at(28)).usd == Decimal(57)  # Saturday, Sunday, and Monday the 30th


def test_the_range_is_of_what_is_left():
    found = projected(burn(doubt=0.04), Decimal(60), at(21))
    assert [round(one, 2) for one in found] == [Decimal("100.00"), Decimal("90.96"), Decimal("111.69")]


def test_nothing_follows_without_a_burn():
    assert projected(None, Decimal("3.42"), at(9)) == (Decimal("3.42"),) * 3
    assert passing_day(None, Decimal("3.42"), at(9), Decimal(4)) is None


@pytest.mark.parametrize(("budget", "day"), [
    ("61.99", date(2026, 11, 20)),
    ("62", date(2026, 11, 21)),
    ("97.99", date(2026, 11, 29)),
    ("101.99", date(2026, 11, 30)),
    ("102", None),
])  # fmt: skip
def test_the_budget_is_passed_on_the_day_that_takes_it_beyond(budget, day):
    assert passing_day(burn(), Decimal(60), at(20, 12), Decimal(budget)) == day


# Whatever the burn.


@given(BURNS, SPENT, STARTS)
def test_the_range_holds_the_expected_end_and_never_less_than_is_spent(model, so_far, start):
    found = projected(model, so_far, start)
    assert so_far <= found.low <= found.usd <= found.high


@given(BURNS, STARTS, some.floats(0, 20))
def test_a_longer_rest_never_costs_less(model, start, earlier):
    later = start + timedelta(days=earlier)
    assume(later.month == start.month)
    even = model._replace(growth=0.0)  # what grows is expected to cost more, looked at later
    longer, shorter = (projected(even, Decimal(0), one).usd for one in (start, later))
    assert longer >= shorter * Decimal("0.99999")


@settings(max_examples=50)
@given(BURNS, STARTS)
def test_a_thousand_times_the_money_ends_a_thousand_times_higher(model, start):
    thousand = model._replace(rate=1000 * model.rate)
    one, other = projected(model, Decimal(0), start), projected(thousand, Decimal(0), start)
    assert [float(usd) for usd in other] == pytest.approx([1000 * float(usd) for usd in one], rel=1e-4)


@settings(max_examples=50)
@given(BURNS, STARTS)
def test_the_month_is_the_sum_of_its_days(model, start):
    """The budget that is as much as the rest is passed on no day, one a little less on the last day with spend."""
    rest = projected(model, Decimal(0), start).usd
    assert passing_day(model, Decimal(0), start, rest * Decimal("1.0001") + Decimal("1e-9")) is None
    assume(rest > Decimal("1e-6"))
    passed = passing_day(model, Decimal(0), start, rest * Decimal("0.999"))
    assert passed is not None
    assert passed >= start.date()
    assert passed.month == start.month
