"""The arithmetic of the forecast of prepaid credits, by example and by property."""

import math
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from openrouter_usage.forecast.burn import IDLE, Burn, of_counters, of_days, of_window
from openrouter_usage.forecast.runway import HORIZON, runway
from openrouter_usage.records import Unknown

MONDAY = date(2026, 11, 16)
NOON = datetime(2026, 11, 16, 12, tzinfo=timezone.utc)


def days(*amounts, today=MONDAY):
    """The completed days before today, the last of them yesterday."""
    return [(today - timedelta(days=len(amounts) - number), amount) for number, amount in enumerate(amounts)]


def burned(*amounts, today=MONDAY, so_far=None):
    return of_days(days(*amounts, today=today), today, [] if so_far is None else [(today, so_far)])


def lasting(amounts, remaining, start=NOON, **live):
    return runway(burned(*amounts, today=start.date(), **live), remaining, start)


def range_of(burn, days):
    return burn.mean(days) / burn.margin(days), burn.mean(days) * burn.margin(days)


def even(rate=4.0, weekday=(1.0,) * 7):
    return Burn(rate, weekday, noise=0.0, doubt=0.0, growth=0.0, drift=0.0, days=21, has_pattern=False)


AMOUNTS = some.lists(
    some.one_of(some.just(0.0), some.floats(1e-6, 1e5), some.floats(-1e5, -1e-6)), min_size=0, max_size=70
)
LIVE = some.one_of(some.none(), some.just(0.0), some.floats(1e-6, 1e6), some.floats(-1e6, -1e-6))
STARTS = some.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=some.just(timezone.utc))


# The rate.


def test_a_steady_spend_is_its_own_rate_in_a_tight_range():
    burn = burned(*[4.0] * 21)
    assert burn.rate == pytest.approx(4.0, rel=0.005)
    assert burn.days == 21
    low, high = range_of(burn, 10)
    assert 3.4 < low < 4.0 < high < 4.7


def test_forty_dollars_at_four_a_day_last_ten_days():
    assert lasting([4.0] * 21, 40.0).days == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize("refund", [-4.0, -1e6])
def test_a_day_of_refunds_is_one_without_spend(refund):
    usual = [4.0, 5.0, 6.0] * 5
    assert burned(*usual, refund, *usual) == burned(*usual, 0.0, *usual)
    assert burned(*usual, so_far=refund) == burned(*usual, so_far=0.0)
    assert burned(*[4.0] * 7, *[0.0] * 6, refund) == IDLE
    assert of_counters((60.0, 15), (refund, 3)) == of_counters((60.0, 15), (0.0, 3))


def test_a_single_huge_day_shifts_the_rate_by_less_than_a_tenth():
    usual = [4.0] * 28
    for day in (0, 13, 27):
        once = [*usual[:day], 200.0, *usual[day + 1 :]]
        assert burned(*once).rate == pytest.approx(4.0, rel=0.1)


def test_a_single_huge_day_is_dreaded_in_the_range():
    once = [*[4.0] * 20, 200.0, *[4.0] * 7]
    assert burned(*once).margin(10) > 1.3 * burned(*[4.0] * 28).margin(10)


def test_dear_days_are_expected_to_be_dearer_yet():
    burn = burned(*[1.0, 1.0, 9.0, 1.0, 1.0, 1.0, 12.0, 1.0] * 5)
    assert burn.noise > 2.2


def test_huge_days_that_recur_are_a_part_of_the_rate():
    assert burned(*[200.0 if day % 14 == 10 else 4.0 for day in range(56)]).rate > 10


def test_a_third_of_the_level_for_seven_days_is_followed():
    assert burned(*[4.0, 5.0, 3.0, 4.5] * 7, *[1.3, 1.6, 1.0, 1.5, 1.2, 1.4, 1.1]).rate == pytest.approx(1.3, rel=0.15)


def test_three_times_the_level_for_three_days_is_followed():
    assert burned(*[4.0, 5.0, 3.0, 4.5] * 7, 12.0, 15.0, 9.0).rate == pytest.approx(12.0, rel=0.2)


def test_days_before_the_first_spend_are_no_low_rate():
    assert burned(*[0.0] * 20, 4.0, 4.0, 4.0) == burned(4.0, 4.0, 4.0)
    assert burned(*[0.0] * 20, 4.0, 4.0, 4.0).rate == pytest.approx(4.0, rel=0.01)
    assert burned(*[0.0] * 20, 4.0, 4.0, 4.0).days == 3


def test_a_day_that_nobody_knows_is_no_day_without_spend():
    known = days(*[4.0] * 30)
    del known[8:13]
    assert of_days(known, MONDAY).rate == pytest.approx(4.0, rel=0.01)
    assert of_days(known, MONDAY).days == 25


def test_what_is_older_than_eight_weeks_is_left_out():
    assert burned(*[900.0] * 30, *[4.0] * 56) == burned(*[4.0] * 56)
    assert burned(*[4.0] * 56) != burned(*[4.0] * 55)


def test_growth_is_seen_and_goes_on():
    burn = burned(*[1.03**day for day in range(42)])
    assert burn.rate == pytest.approx(1.03**42, rel=0.1)
    assert 0.02 <= burn.growth <= 0.04
    assert range_of(burn, 20)[1] > burn.rate * 1.03**10


def test_little_is_known_in_a_wide_range():
    amounts = [4.0, 6.0, 2.0, 5.0, 3.0, 7.0, 3.0, 1.0] * 7
    three, two_weeks, all_of_them = (burned(*amounts[-count:]).margin(10) for count in (3, 14, 56))
    assert three > two_weeks > all_of_them


def test_the_range_is_of_noise_that_evens_out_of_doubt_and_of_drift_that_grows():
    assert even()._replace(noise=0.5).margin(10) == pytest.approx(1.3272195)
    assert even()._replace(doubt=0.04).margin(10) == pytest.approx(1.2921662)
    assert even()._replace(drift=0.0004).margin(10) == pytest.approx(1.1289941)
    assert even()._replace(noise=0.5).margin(0.5) == pytest.approx(2.9066523)
    assert even()._replace(noise=0.5).margin(0) == 1.0


def test_growth_fades_within_two_months():
    assert even()._replace(growth=0.03).mean(10) == pytest.approx(4.6103187)
    assert even()._replace(growth=0.03).mean(60) == pytest.approx(7.7560824)


@pytest.mark.parametrize(
    ("model", "figures"),
    [
        (lambda: burned(*[1.03**day for day in range(42)]), (3.1683, 0.0128787, 0.0745619, 0.0248954, 0.000793726)),
        (lambda: burned(*[4.0, 5.0, 3.0, 4.5] * 7, 12.0, 15.0, 9.0), (11.8331, 0.0715607, 0.0241773, 0.0, 0.0016)),
        (
            lambda: burned(*[4.0, 6.0, 5.0] * 5, 200.0, *[4.0, 3.0] * 3),
            (4.02118, 1.94475, 0.0221791, -0.00839855, 0.000322453),
        ),
        (
            lambda: burned(*[0.0, 9.0, 0.0, 0.0, 3.0] * 5, so_far=12.0),
            (3.04898, 3.8916, 0.245596, 0.000856316, 0.000215686),
        ),
        (lambda: burned(*[4.0, 5.0, 3.0] * 9, 0.0, 0.0, 0.0), (0.0755175, 0.0737221, 0.0241101, 0.0, 0.0016)),
        (lambda: burned(4.0, 1.0, 6.0), (3.68322, 0.755939, 0.230941, 0.0, 0.0016)),
        (lambda: of_counters((60.0, 15), (18.0, 2), 30.0), (12.553, 0.943847, 0.451076, 0.00727522, 0.000989863)),
        (lambda: of_counters(None, (12.0, 3)), (4.0, 0.371424, 0.116871, 0.0, 0.0016)),
        (lambda: of_window(3.0, 0.5), (6.0, 0.67, 1.34, 0.0, 0.04)),
        (lambda: of_window(30.0, 10.0), (3.0, 0.67, 0.067, 0.0, 0.04)),
    ],
    ids=["growth", "change", "outlier", "gaps", "stop", "few", "counters", "week", "half a day", "ten days"],
)
def test_the_model_is_the_one_that_was_tuned(model, figures):
    """Rate, noise, doubt, growth and drift, as bench/backtest.py judged them: who tunes anew writes them anew."""
    burn = model()
    assert (burn.rate, burn.noise, burn.doubt, burn.growth, burn.drift) == pytest.approx(figures, rel=1e-4)


# Weekdays.

WORK = [5.0, 5.5, 4.5, 5.0, 5.0, 0.0, 0.0]


@pytest.mark.parametrize("ahead", range(7))
def test_dead_weekends_bend_the_rate_on_no_weekday(ahead):
    amounts = (WORK * 7)[: 42 + ahead]
    today = MONDAY + timedelta(days=ahead)
    burn = burned(*amounts, today=today)
    assert burn.has_pattern
    assert burn.rate == pytest.approx(25 / 7, rel=0.05)
    assert burn.weekday[5:] == pytest.approx((0.0, 0.0), abs=0.05)
    assert sum(burn.weekday) / 7 == pytest.approx(1.0)


def test_weekdays_are_shrunk_towards_each_other():
    amounts = [*[5.0, 5.5, 4.5, 6.0, 5.0, 0.5, 0.0] * 3, 6.0, 4.5, 5.5, 5.0, 7.0, 0.0, 1.0]
    weekday = (1.4193, 1.34754, 1.26143, 1.50082, 1.31534, 0.143764, 0.011812)
    assert burned(*amounts).weekday == pytest.approx(weekday, rel=1e-4)


def test_weekdays_count_from_three_weeks_on():
    assert burned(*(WORK * 3)).has_pattern
    assert not burned(*(WORK * 3)[1:]).has_pattern
    assert burned(*(WORK * 3)[1:]).weekday == (1.0,) * 7


def test_nothing_runs_out_on_a_dead_weekend():
    saturday = datetime(2026, 11, 21, 6, tzinfo=timezone.utc)
    lasts = lasting((WORK * 8)[:53], 1.0, start=saturday - timedelta(days=1))
    assert lasts.days < 0.75
    weekend = runway(even(weekday=(1.4,) * 5 + (0.0, 0.0)), 2.8, saturday)
    assert weekend.days == pytest.approx(1.75 + 0.5)


# What is declined.


@pytest.mark.parametrize(
    ("amounts", "reason"),
    [
        ((), "no day with spend is known, and it takes 3"),
        ((0.0, 2.0, 0.0), "1 day with spend is known, and it takes 3"),
        ((2.0, 0.0, 1.0), "2 days with spend are known, and it takes 3"),
    ],
)
def test_fewer_than_three_days_with_spend_are_declined_by_their_number(amounts, reason):
    assert burned(*amounts) == Unknown(reason, "too_few_days")


def test_seven_days_without_spend_are_idle_unless_something_is_spent_today():
    amounts = [4.0] * 20 + [0.0] * 7
    assert burned(*amounts) == burned(*amounts, so_far=0.0) == IDLE
    assert burned(*[0.0] * 60) == IDLE
    assert isinstance(burned(*amounts[:-1]), Burn)
    assert isinstance(burned(*amounts, so_far=1.0), Burn)


def test_days_that_nobody_knows_are_not_idle():
    assert isinstance(of_days(days(*[4.0] * 20, *[0.0] * 7)[:-2], MONDAY), Burn)


# Today.


@pytest.mark.parametrize("so_far", [0.0, 2.0, 3.8])
def test_a_day_that_is_not_over_is_not_counted_as_a_whole_day(so_far):
    assert burned(*[4.0, 5.0, 3.0] * 7, so_far=so_far) == burned(*[4.0, 5.0, 3.0] * 7)


def test_today_counts_from_a_usual_days_spend_on():
    assert burned(*[3.0] * 20, so_far=3.0) == burned(*[3.0] * 20)
    assert burned(*[4.0, 5.0, 3.0] * 7, so_far=6.0).rate > 1.01 * burned(*[4.0, 5.0, 3.0] * 7).rate


def test_an_explosion_today_moves_the_rate_at_once():
    assert burned(*[4.0, 5.0, 3.0] * 7, so_far=120.0).rate > 40


def test_a_day_that_may_still_grow_counts_only_where_it_has_more_than_usual():
    today = MONDAY - timedelta(days=1)
    spend = days(*[4.0, 5.0, 3.0] * 7, today=today)
    usual = of_days(spend, today)
    assert of_days(spend, today, [(today, 0.0), (MONDAY, 0.0)]) == usual
    assert of_days(spend, today, [(today, 30.0), (MONDAY, 0.0)]).rate > 1.5 * usual.rate


# Days off.


@pytest.mark.parametrize("off", [(0.0,), (0.0, 0.0), (0.9,)])
def test_one_or_two_days_off_are_no_stop(off):
    assert burned(*[4.0, 5.0, 3.0] * 9, *off).rate == pytest.approx(4.0, rel=0.05)


def test_days_off_are_compared_with_the_week_before_them_alone():
    risen = [*[0.5] * 20, *[4.0] * 7]
    assert burned(*risen, 0.9).rate == pytest.approx(burned(*risen).rate, rel=0.01)
    uneven = [*[4.0] * 14, 0.5, *[4.0] * 6]
    assert burned(*uneven, 0.9).rate < 0.95 * burned(*uneven).rate


def test_a_third_of_the_least_usual_day_is_no_day_off():
    assert burned(*[3.0] * 20, 1.0).rate < 1.5
    assert burned(*[3.0] * 20, 0.99).rate == pytest.approx(3.0, rel=0.005)


def test_a_stop_is_believed_on_the_third_day():
    assert burned(*[4.0, 5.0, 3.0] * 9, 0.0, 0.0, 0.0).rate < 1.0


# Counters of a single key.


def test_counters_of_a_steady_key_are_its_rate_in_a_wider_range():
    counted = of_counters((60.0, 15), (8.0, 2))
    assert counted.rate == pytest.approx(4.0, rel=0.01)
    assert counted.days == 15
    assert not counted.has_pattern
    assert counted.margin(10) > 1.15 * burned(*[4.0] * 15).margin(10)


def test_a_week_unlike_its_month_is_followed():
    assert 9 < of_counters((10.0 + 60.0, 16), (60.0, 6)).rate < 11


def test_counters_of_fewer_than_three_completed_days_are_declined():
    assert of_counters((8.0, 2), (4.0, 1)).code == "too_few_counted"
    assert of_counters(None, None).code == of_counters((0.0, 3), (0.0, 2)).code == "too_few_counted"
    assert isinstance(of_counters((4.0, 1), (12.0, 3)), Burn)
    assert isinstance(of_counters(None, (12.0, 3)), Burn)


def test_counters_of_a_silent_key_are_idle():
    assert of_counters((0.0, 12), (0.0, 4)) == IDLE
    assert of_counters((0.12, 12), (0.04, 4)).rate == pytest.approx(0.01, rel=0.01)


def test_a_window_that_several_spend_in_is_even_and_no_shorter_than_six_hours():
    assert of_window(30.0, 10.0).rate == 3.0
    assert of_window(0.5, 0.01).rate == 2.0
    assert of_window(30.0, 10.0).days == 10
    assert not of_window(30.0, 10.0).has_pattern
    assert runway(of_window(0.0, 0.5), 10.0, NOON) == (None, None, None)


# The runway.


def test_the_rest_of_today_is_only_its_rest():
    lasts = runway(even(weekday=(0.5, 1.5, 1.0, 1.0, 1.0, 1.0, 1.0)), 1.0 + 6.0, NOON)
    assert lasts == pytest.approx((1.5, 1.5, 1.5), abs=1e-5)
    evening = NOON.replace(hour=18, minute=30, second=30)  # 19,770 seconds before midnight
    lasts = runway(even(weekday=(0.5, 1.5, 1.0, 1.0, 1.0, 1.0, 1.0)), 2.0 * 19770 / 86400 + 6.0, evening)
    assert lasts.days == pytest.approx(19770 / 86400 + 1.0, abs=2e-5)


def test_whole_weeks_are_leapt_to_the_same_day_as_by_walking():
    weekday, remaining, walked = (1.9, 0.1, 1.5, 0.5, 1.2, 1.8, 0.0), 4.0 * 250.3, 0.5
    left, day = remaining - 0.5 * 4.0 * weekday[0], 1
    while left > 4.0 * weekday[day % 7]:
        left, day, walked = left - 4.0 * weekday[day % 7], day + 1, walked + 1
    walked += left / (4.0 * weekday[day % 7])
    assert runway(even(weekday=weekday), remaining, NOON).days == pytest.approx(walked, abs=1e-3)


def test_nothing_left_lasts_no_day():
    assert runway(even(), 0.0, NOON) == runway(even(), -3.0, NOON) == (0.0, 0.0, 0.0)


def test_what_lasts_beyond_the_horizon_does_not_run_out():
    assert HORIZON == 3650
    assert runway(even(), 4.0 * HORIZON * 1.001, NOON) == (None, None, None)
    assert runway(even(), 4.0 * HORIZON * 0.999, NOON).days == pytest.approx(HORIZON * 0.999, rel=1e-4)
    doubtful = even()._replace(doubt=0.25)
    early = runway(doubtful, 4.0 * HORIZON * 1.001, NOON)
    assert early.days is early.high is None
    assert early.low == pytest.approx(HORIZON * 1.001 / math.exp(1.2816 * 0.5), rel=1e-3)


def test_after_some_days_of_silence_it_perhaps_never_runs_out():
    lasts = lasting([4.0, 5.0, 3.0] * 9 + [0.0] * 6, 40.0)
    assert lasts.low is not None
    assert lasts.high is None or lasts.high > 365


# Whatever the series.


@given(AMOUNTS, LIVE, some.floats(1e-6, 1e7), STARTS)
@example([1e-6] * 3 + [1e5] * 3, 1e6, 1e7, NOON)
def test_low_is_never_after_the_date_nor_high_before_it(amounts, so_far, remaining, start):
    burn = burned(*amounts, today=start.date(), so_far=so_far)
    if isinstance(burn, Unknown):
        return
    days_left, low, high = (math.inf if one is None else one for one in runway(burn, remaining, start))
    assert 0 <= low <= days_left <= high


@given(AMOUNTS, LIVE)
def test_a_burn_is_finite_and_above_zero(amounts, so_far):
    burn = burned(*amounts, so_far=so_far)
    if isinstance(burn, Unknown):
        return
    assert burn.rate > 0
    assert all(math.isfinite(figure) and figure >= 0 for figure in (burn.rate, burn.noise, burn.doubt, burn.drift))
    assert sum(burn.weekday) == pytest.approx(7)
    assert min(burn.weekday) >= -1e-9
    low, high = range_of(burn, 5)
    assert 0 <= low <= high < math.inf


@settings(max_examples=50)
@given(AMOUNTS, LIVE, some.floats(1e-2, 1e4))
def test_a_thousand_times_the_money_lasts_as_many_days(amounts, so_far, remaining):
    one = burned(*amounts, so_far=so_far)
    thousand = burned(*[1000 * x for x in amounts], so_far=so_far and 1000 * so_far)
    if isinstance(one, Unknown):
        assert thousand == one
        return
    assert thousand.rate == pytest.approx(1000 * one.rate, rel=1e-6)
    lasts = [math.inf if days is None else days for days in runway(one, remaining, NOON)]
    assert [math.inf if days is None else days for days in runway(thousand, 1000 * remaining, NOON)] == pytest.approx(
        lasts, rel=1e-4
    )


@given(some.floats(1, 1e6), some.floats(1.01, 5), STARTS)
def test_more_money_lasts_longer(remaining, times, start):
    burn = burned(4.0, 2.0, 0.0, 7.0, 3.0, 4.0, 5.0)
    less, more = (runway(burn, amount, start) for amount in (remaining, times * remaining))
    for fewer, later in zip(less, more):
        assert later is None or fewer < later
