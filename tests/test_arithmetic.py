"""The arithmetic behind the figures, by example and by property."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from insights import balance, breakdown, limits, windows
from plaintext import clean, without_keys
from renderers.encode import dumps
from renderers.money import dollars
from usage import AccountDays, ActivityRow, Balance, Credits, DaySpend, Limit, Unknown, Use

settings.register_profile("house", database=None, deadline=None)
settings.load_profile("house")

MONEY = some.decimals(min_value=0, max_value=10**6, places=10, allow_nan=False)
DAYS = some.dates(min_value=date(2026, 1, 1), max_value=date(2027, 12, 31))
UNKNOWN = Unknown("not told")


@given(DAYS)
def test_windows_are_utc_weeks_from_monday_and_months_from_the_first(today):
    monday, first = windows.week_start(today), windows.month_start(today)
    assert monday.isoweekday() == 1
    assert timedelta(0) <= today - monday < timedelta(7)
    assert (first.day, first.month) == (1, today.month)
    assert windows.live_since(windows.midnight(today)) == windows.midnight(min(monday, first))


@given(DAYS)
def test_a_limit_resets_on_the_first_day_after_today_that_begins_its_window(today):
    assert windows.reset_day("daily", today) == today + timedelta(1)
    weekly, monthly = windows.reset_day("weekly", today), windows.reset_day("monthly", today)
    assert weekly.isoweekday() == 1
    assert 1 <= (weekly - today).days <= 7
    assert monthly.day == 1
    assert 1 <= (monthly - today).days <= 31
    assert windows.reset_day(None, today) is windows.reset_day("yearly", today) is None


@given(some.lists(some.tuples(some.integers(0, 45), MONEY, MONEY)), DAYS)
def test_the_accounts_windows_hold_exactly_their_days(days, today):
    spends = [DaySpend(today - timedelta(ago), usd, byok) for ago, usd, byok in days]
    counters = windows.of_days(AccountDays(tuple(spends), None), today, UNKNOWN)
    assert counters.credits.today == sum((usd for ago, usd, _ in days if ago == 0), Decimal(0))
    since_monday = (today - windows.week_start(today)).days
    assert counters.credits.week == sum((usd for ago, usd, _ in days if ago <= since_monday), Decimal(0))
    assert counters.byok.month == sum((byok for ago, _, byok in days if ago < today.day), Decimal(0))


def test_a_sum_with_a_hole_is_not_known():
    assert windows.total([Decimal(1), UNKNOWN, Decimal(2)], Decimal(0)) == UNKNOWN
    assert windows.total([], 0) == 0


def row(model, usd, day=date(2026, 11, 19), **more):
    use = Use(usd, Decimal(0), *[1] * 5)._replace(**more)
    return ActivityRow(day, model, f"{model}-20260801", "P", use)


@given(some.lists(some.tuples(some.sampled_from([f"v{n % 3}/m{n}" for n in range(20)]), MONEY), max_size=60))
def test_a_breakdown_loses_no_dollar_whatever_is_shown(pairs):
    rows = [row(model, usd) for model, usd in pairs]
    table = breakdown.by_model(rows, date(2026, 11, 13), date(2026, 11, 19))
    whole = sum((usd for _, usd in pairs), Decimal(0))
    shown = sum((one.use.usd for one in (*table.shown, *([table.rest] if table.rest else []))), Decimal(0))
    assert table.total == whole == shown
    assert sum(one.use.requests for one in table.rows) == len(pairs)
    assert [one.use.usd for one in table.rows] == sorted((one.use.usd for one in table.rows), reverse=True)
    assert len(table.shown) == min(8, len({model for model, _ in pairs}))


@given(some.sets(some.text(alphabet="ab/:-", min_size=1, max_size=6)))
def test_short_names_never_make_two_models_one(models):
    labels = breakdown.short_names(models)
    assert len(set(labels.values())) == len(models)


@given(MONEY)
def test_dollars_are_within_half_a_cent_or_said_to_be_less_than_one(amount):
    text = dollars(amount)
    if 0 < amount < Decimal("0.01"):
        assert text == "<$0.01"
    else:
        assert abs(Decimal(text.replace("$", "")) - amount) <= Decimal("0.005")


@pytest.mark.parametrize(("amount", "text"), [
    ("0", "$0.00"), ("0.0099999", "<$0.01"), ("0.01", "$0.01"), ("0.015", "$0.02"), ("1.005", "$1.01"),
    ("-0.001", "-<$0.01"), ("-1.255", "-$1.26"), ("1234567.891", "$1234567.89"), ("0E-10", "$0.00"),
])  # fmt: skip
def test_dollars_by_example(amount, text):
    assert dollars(Decimal(amount)) == text


@given(
    some.recursive(
        MONEY | some.text() | some.none() | some.booleans() | some.integers(),
        lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
        max_leaves=20,
    )
)
def test_json_keeps_every_value_and_every_digit(value):
    import json

    assert json.loads(dumps(value), parse_float=Decimal) == value


@given(some.text(max_size=300))
def test_cleaned_text_is_one_bounded_printable_line_and_stays_so(text):
    line = clean(text)
    assert len(line) <= 120
    assert line == "" or line.isprintable()
    assert clean(line) == line


@pytest.mark.parametrize(("text", "line"), [
    ("a\x1b[31mb\x1b[0m", "ab"),
    ("a\x1b]0;title\x07b", "ab"),
    ("a\x9b31mb", "ab"),
    ("a\r\nb\tc", "a b c"),
    ("a\u202eb\u200bc", "a b c"),
    ("  spaced   out ", "spaced out"),
    ("x" * 130, "x" * 119 + "…"),
])  # fmt: skip
def test_cleaned_text_by_example(text, line):
    assert clean(text) == line


def test_what_looks_like_a_key_is_masked():
    text = "-".join(("sk", "or", "v1", "0" * 20))
    assert without_keys(f"invalid choice: '{text}' (choose)") == "invalid choice: '[a key]' (choose)"


@given(MONEY, MONEY)
def test_a_believed_balance_is_purchased_minus_used(purchased, used):
    left = balance.believed(Credits(purchased, used), None, asked_by_management=True)
    assert left == Balance(purchased - used, purchased, used)


def limit(scope, whole, spent):
    return Limit(scope, Decimal(whole), Decimal(spent), Decimal(whole) - Decimal(spent), None, None)


@given(some.lists(some.tuples(some.integers(1, 100), some.integers(0, 150)), min_size=1, max_size=6))
def test_the_first_limit_is_a_spent_one_or_the_one_with_the_least_left(pairs):
    layers = tuple(limit(f"layer {n}", whole, spent) for n, (whole, spent) in enumerate(pairs))
    ordered = limits.first_to_block(layers, None)
    spent = [layer for layer in layers if layer.remaining <= 0]
    assert ordered[0] == (spent[0] if spent else min(layers, key=lambda layer: layer.remaining))
    assert sorted(ordered) == sorted(layers)


@given(MONEY, MONEY, some.decimals(min_value=-100, max_value=10**9, places=10))
def test_percent_used_is_never_less_than_0_nor_100_while_anything_is_left(whole, remaining, spent):
    percent = limits.percent_used(Limit("key_limit", whole, spent, remaining, None, None))
    assert 0 <= percent <= 999
    assert percent < 100 or remaining <= 0 or whole == 0 or spent >= 10 * whole


def test_now_is_an_instant_in_utc():
    assert windows.midnight(date(2026, 11, 20)) == datetime(2026, 11, 20, tzinfo=timezone.utc)
