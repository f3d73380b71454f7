"""The arithmetic of `why`: effects that add up exactly, whatever the figures, and a known rule for odd days."""

from argparse import Namespace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrouter_usage.commands.why import changes, periods, text, words
from openrouter_usage.commands.why.records import Effects
from openrouter_usage.figures import outliers
from openrouter_usage.figures.groups import NO_USE
from openrouter_usage.records import Unknown, Use

CENT = Decimal("0.01")
money = st.integers(0, 10**14).map(lambda units: Decimal(units) / 10**10)
counts = st.integers(0, 10**9)
uses = st.builds(
    lambda usd, requests, prompt, completion: Use(usd, Decimal(0), requests, prompt, completion, 0, 0),
    *(money, st.integers(0, 10**6), counts, counts),
)
tables = st.dictionaries(st.sampled_from("abcdefghijkl"), uses)


def use(usd, requests, tokens):
    return Use(Decimal(usd), Decimal(0), requests, tokens, 0, 0, 0)


@given(uses, uses)
def test_effects_add_up_to_the_change_exactly(before, after):
    effects = changes.split(before, after)
    assert sum(effects) == after.usd - before.usd


@given(uses, uses)
def test_each_effect_has_the_sign_of_what_caused_it(before, after):
    new, gone, requests, size, price, _ = changes.split(before, after)
    assert new >= 0 >= gone
    assert requests * (after.requests - before.requests) >= 0
    tokens = [one.prompt_tokens + one.completion_tokens for one in (before, after)]
    if all((*tokens, before.requests, after.requests)):
        assert size * (tokens[1] * before.requests - tokens[0] * after.requests) >= 0
        rise = after.usd * tokens[0] - before.usd * tokens[1]
        assert price * rise >= 0 or abs(price) <= Decimal("2e-10")  # two parts are rounded to 1e-10


@given(tables, tables)
def test_rows_and_columns_add_up_to_the_total(before, after):
    found = changes.compare("model", before, after, {name: name for name in (*before, *after)})
    assert sum(row.usd for row in found.rows) == found.total.usd == sum(found.total.effects)
    for place, amount in enumerate(found.total.effects):
        assert amount == sum(row.effects[place] for row in found.rows)


@given(tables, tables)
def test_in_cents_effects_add_up_to_the_difference_of_the_printed_amounts(before, after):
    found = changes.compare("model", before, after, {name: name for name in (*before, *after)})
    for row in (*found.rows, found.total):
        change = words.printed_change(row)
        rounded = text.in_cents(row.effects, change)
        assert sum(rounded) == (change if abs(change) >= CENT else 0)
        if row.before.usd >= CENT and row.after.usd >= CENT and abs(change) >= CENT:
            cents = [one.usd.quantize(CENT, ROUND_HALF_UP) for one in (row.before, row.after)]
            assert change == cents[1] - cents[0]
        exact = [row.effects.new + row.effects.gone, *row.effects[2:]]
        assert all(abs(one - other) <= CENT for one, other in zip(rounded, exact))


@given(tables, tables)
def test_the_movers_are_the_largest_and_one_of_them_goes_the_way_of_the_change(before, after):
    found = changes.compare("model", before, after, {name: name for name in (*before, *after)})
    changed = [row for row in found.rows if abs(row.usd) >= CENT]
    named = list(found.movers)
    others = changed[len(named) :]
    assert len(named) == min(3, len(changed)) or all(abs(row.usd) * 4 < abs(named[0].usd) for row in others)
    along = [row for row in changed if row.usd * found.total.usd > 0] if abs(found.total.usd) >= CENT else []
    assert not along or along[0] in named
    assert named == changed[: len(named)] or named[:-1] == changed[: len(named) - 1]


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_calendar_periods_are_whole_and_over(today):
    later, earlier, *_ = periods.asked(options(week=True), today)
    assert (later[0].weekday(), later[1].weekday(), later[0] - earlier[0]) == (0, 6, timedelta(days=7))
    assert timedelta(0) < today - later[1] <= timedelta(days=7)
    later, earlier, _, kind, _ = periods.asked(options(month=True), today)
    assert (later[0].day, earlier[0].day, later[1] < today) == (1, 1, True)
    assert earlier[1] < later[0] <= earlier[0] + timedelta(days=31)
    assert (kind == "last_month") == (today.day == 1)
    if kind == "month":
        is_whole = (earlier[1] + timedelta(days=1)).day == 1
        assert earlier[1].day == later[1].day or (is_whole and earlier[1].day < later[1].day)


def options(**given):
    return Namespace(**{**dict.fromkeys(("by", "days", "first", "last", "vs", "week", "month")), **given})


@pytest.mark.parametrize(("today", "later", "earlier"), [
    (date(2026, 3, 31), (date(2026, 3, 1), date(2026, 3, 30)), (date(2026, 2, 1), date(2026, 2, 28))),
    (date(2026, 1, 2), (date(2026, 1, 1), date(2026, 1, 1)), (date(2025, 12, 1), date(2025, 12, 1))),
    (date(2026, 1, 1), (date(2025, 12, 1), date(2025, 12, 31)), (date(2025, 11, 1), date(2025, 11, 30))),
])  # fmt: skip
def test_a_shorter_last_month_is_taken_whole(today, later, earlier):
    assert periods.asked(options(month=True), today)[:2] == (later, earlier)


def test_two_more_requests_four_times_larger_and_a_quarter_dearer():
    """10 requests of 2000 tokens become 12 of 8000: 2 more at $0.20, four times larger, then a quarter dearer."""
    assert changes.split(use("2.00", 10, 20_000), use("12.10", 12, 96_000)) == Effects(
        *map(Decimal, ("0", "0", "0.4", "7.2", "2.5", "0"))
    )


def test_what_is_new_or_gone_is_nothing_else():
    assert changes.split(NO_USE, use("3", 5, 900)) == Effects(*map(Decimal, ("3", "0", "0", "0", "0", "0")))
    assert changes.split(use("3", 5, 900), NO_USE) == Effects(*map(Decimal, ("0", "-3", "0", "0", "0", "0")))


def test_what_was_free_and_costs_now_has_a_higher_price():
    assert changes.split(use("0", 5, 900), use("3", 9, 100)).price == 3


def test_without_tokens_or_requests_nothing_is_made_up():
    assert changes.split(use("1", 10, 0), use("3", 20, 900)) == Effects(*map(Decimal, ("0", "0", "1", "0", "0", "1")))
    assert changes.split(use("1", 0, 5), use("3", 20, 900)).unsplit == 2
    untold = Unknown("not told")
    assert changes.split(use("1", 5, 5)._replace(usd=untold), use("3", 20, 900)) == untold


def days(*amounts):
    return {date(2026, 11, 1) + timedelta(days=number): Decimal(amount) for number, amount in enumerate(amounts)}


def test_the_score_is_that_of_iglewicz_and_hoaglin():
    """Median 4, MAD 1: 0.6745 * (10 - 4) / 1."""
    assert outliers.highest(days(3, 4, 5, 4, 10, 2, 5)) == (date(2026, 11, 5), Decimal("4.047"))
    assert outliers.highest(days(3, 4, 5, 4, 9, 2, 5)) is None  # 3.3725


def test_where_most_days_are_alike_the_mean_distance_stands_in():
    """Median 5, distances 15 and six zeros: 15 / (1.253314 * 15 / 7)."""
    found = outliers.highest(days(5, 5, 5, 5, 20, 5, 5))
    assert found is not None
    assert found[1].quantize(Decimal("0.0001")) == Decimal("5.5852")


def test_days_alike_and_days_that_are_cheap_do_not_stand_out():
    assert outliers.highest(days(5, 5, 5, 5, 5, 5, 5)) is None
    assert outliers.highest(days(5, 5, 6, 4, 5, 0, 0)) is None
    assert outliers.highest({}) is None


@given(st.lists(money, min_size=7, max_size=40))
def test_only_a_day_above_the_median_stands_out(amounts):
    found = outliers.highest(days(*amounts))
    assert found is None or days(*amounts)[found[0]] > sorted(amounts)[len(amounts) // 2]
