"""What is unusual spend: by rules that hold for every account, and by a month of made-up accounts."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from openrouter_usage.figures.usual_hours import FACTOR, Hours, median, paces

AT = datetime(2026, 11, 20, 14, 9, tzinfo=timezone.utc)
AMOUNTS = some.sampled_from([Decimal(0), Decimal("0.0004"), Decimal("0.30"), *map(Decimal, (1, 2, 5, 9, 40, 100))])
DAYS = some.lists(some.lists(AMOUNTS, min_size=24, max_size=24).map(tuple), min_size=7, max_size=16).map(tuple)
DAY = (Decimal(1),) * 24


def hours(days, today, at=AT):
    """What is known at that time, if so much was spent in every hour."""
    begun = tuple(usd if hour <= at.hour else Decimal(0) for hour, usd in enumerate(today))
    return Hours(tuple(days), begun, sum(begun, Decimal(0)), at)


def spikes(days, today, at=AT, factor=FACTOR):
    return [pace.window for pace in paces(hours(days, today, at), factor) if pace.is_spike]


def of(*amounts):
    """A day with these amounts in the hours from 10:00 on."""
    return tuple(map(Decimal, [0] * 10 + list(amounts) + [0] * (14 - len(amounts))))


def test_the_pace_of_today_is_set_beside_what_is_usual_until_the_end_of_the_hour():
    today, hour = paces(hours([of(1, 1, 1, 1, 1, 1)] * 28, of(2, 2, 2, 9, 4)), FACTOR)
    assert (today.window, today.usd, today.usual, today.bound) == ("today", 19, 5, 15)
    assert (today.since, today.until) == (AT.replace(hour=0, minute=0), AT)
    assert today.usual_until == AT.replace(hour=15, minute=0)
    assert (hour.window, hour.usd, hour.usual, hour.bound, hour.times) == ("hour", 9, 1, 3, 9)
    assert (hour.since, hour.until) == (AT.replace(hour=13, minute=0), AT.replace(hour=14, minute=0))
    assert (today.is_spike, hour.is_spike) == (True, True)


def test_a_spike_is_far_above_what_is_dear_on_some_days():
    """Two of 28 days may have been spikes themselves; the third dearest is what a dear day is."""
    days = [of(1, 1, 1)] * 25 + [of(1, 1, 4), of(1, 1, 5), of(1, 1, 6)]
    today, hour = paces(hours(days, of(1, 1, 1)), FACTOR)
    assert (today.bound, hour.bound) == (12, 10)
    assert [pace.bound for pace in paces(hours(days, of(1)), Decimal("1.2"))] == [6, 4]


def test_an_account_that_usually_spends_nothing_by_then_has_no_factor():
    days = [tuple(map(Decimal, [0] * 20 + [3] + [0] * 3))] * 10
    today, _ = paces(hours(days, of(9)), FACTOR)
    assert (today.usual, today.times, today.bound, today.is_spike) == (0, None, 6, True)


def test_days_without_spend_are_no_days():
    assert spikes([of(1, 1, 1)] * 8 + [of()] * 20, of(4, 4, 4)) == ["today"]
    assert spikes([of(1, 1, 1)] * 6 + [of()] * 22, of(4, 4, 4)) == []


def test_in_the_first_hour_there_is_no_completed_one():
    assert [pace.window for pace in paces(hours([DAY] * 28, DAY, AT.replace(hour=0)), FACTOR)] == ["today"]


@pytest.mark.parametrize(("amounts", "middle"), [("4", 4), ("41", 2.5), ("914", 4)])
def test_the_median(amounts, middle):
    assert median([Decimal(one) for one in amounts]) == Decimal(middle)


@given(DAYS, some.integers(0, 23))
def test_every_bound_is_above_the_usual(days, hour):
    for pace in paces(hours(days, DAY, AT.replace(hour=hour)), FACTOR):
        assert pace.bound >= max(pace.usual + 1, 3 * pace.usual)


@given(DAYS, some.lists(AMOUNTS, min_size=24, max_size=24), AMOUNTS, some.integers(0, 13))
def test_more_spend_ends_no_spike_and_more_on_other_days_begins_none(days, today, more, hour):
    before = spikes(days, today)
    assert set(before) <= set(spikes(days, [usd + more for usd in today]))
    dearer = [[usd + more if place == hour else usd for place, usd in enumerate(day)] for day in days]
    assert len(days) < 7 or not [one for one in spikes(dearer, today) if one not in before]


@given(DAYS, some.permutations(range(16)), some.lists(AMOUNTS, min_size=24, max_size=24))
def test_the_order_of_days_tells_nothing(days, places, today):
    shuffled = [days[place] for place in places if place < len(days)]
    assert spikes(days, today) == spikes(shuffled, today)


@given(some.lists(AMOUNTS, min_size=24, max_size=24), some.integers(0, 23))
def test_a_day_like_all_others_is_no_spike(day, hour):
    assert spikes([tuple(day)] * 28, day, AT.replace(hour=hour)) == []


# A month of ordinary life

OFFICE = [0] * 8 + [1, 1.2, 1.3, 1, 0.7, 1, 1.2, 1.2, 1, 0.5] + [0.1] * 6


def office(chance, number, usd):
    """Working hours on weekdays, a tenth on weekends; no two days are alike."""
    day = usd * chance.lognormvariate(0, 0.3) * (1 if number % 7 < 5 else 0.1)
    return [day * weight / sum(OFFICE) * chance.lognormvariate(0, 0.5) for weight in OFFICE]


def agent(chance, number, usd):
    """Around the clock."""
    return [usd / 24 * chance.lognormvariate(0, 0.5) for _ in range(24)]


def nights(chance, number, usd):
    """Around the clock, with a batch that costs a usual day on every third night."""
    day = agent(chance, number, usd)
    if chance.random() < 0.3:
        day[chance.randrange(5)] += usd * chance.uniform(0.7, 1.3)
    return day


def growing(chance, number, usd):
    """Two percent more each day."""
    return office(chance, number, usd * 1.02 ** (number - 30))


def weekly(chance, number, usd):
    """Five times as much on Mondays."""
    return agent(chance, number, usd * (5 if number % 7 == 0 else 1))


def batch(chance, number, usd):
    """Once a day, now early, now late."""
    day = [0.0] * 24
    day[int(chance.gauss(12, 4)) % 24] = usd * chance.lognormvariate(0, 0.3)
    return day


def account(habit, seed, usd, days=58):
    chance = Random(f"{habit.__name__} {seed}")  # noqa: S311 (it keeps no secret)
    return [tuple(Decimal(f"{amount:.6f}") for amount in habit(chance, number, usd)) for number in range(days)]


def alarms(before, day):
    """The hours of the day at whose end it is a spike, as a check at half past each hour sees it."""
    start = AT.replace(hour=0, minute=30)
    return [hour for hour in range(24) if spikes(before, day, start + timedelta(hours=hour))]


ORDINARY = (office, agent, nights, growing, weekly, batch)
STEADY = (office, agent, nights, growing, batch)
SEEDS = range(2)


def test_ordinary_months_are_quiet():
    months = [account(habit, seed, 20) for habit in ORDINARY for seed in SEEDS]
    loud = [sum(bool(alarms(days[now - 28 : now], days[now])) for now in range(28, 58)) for days in months]
    assert sum(loud) / len(months) < 0.5


def test_a_day_of_five_times_the_usual_is_found_long_before_its_end():
    found = []
    for habit in STEADY:
        for seed in range(8):
            days = account(habit, seed, 20, days=29)
            usual = sorted(days[:28], key=sum)[14]
            found.append(alarms(days[:28], [5 * usd for usd in usual])[:1])
    assert sum(bool(one) for one in found) / len(found) > 0.95
    assert median([Decimal(hour) for one in found for hour in one]) < 18


def test_a_runaway_hour_that_costs_as_much_as_two_usual_days_is_found():
    found = []
    for habit in (office, agent, growing):
        for seed in range(8):
            days = account(habit, seed, 20, days=29)
            usual = sorted(days[:28], key=sum)[14]
            hour = 8 + seed
            today = [usd + 2 * sum(usual) * (place == hour) for place, usd in enumerate(usual)]
            found.append(hour in alarms(days[:28], today) or hour + 1 in alarms(days[:28], today))
    assert sum(found) / len(found) > 0.9
