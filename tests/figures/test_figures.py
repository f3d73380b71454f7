"""The arithmetic behind the figures, by example and by property."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from conftest import MONEY, UNKNOWN, noon
from openrouter_usage.commands.summary import models
from openrouter_usage.days import midnight, month_start, week_start
from openrouter_usage.figures import balance, expired, limits, windows
from openrouter_usage.figures import groups as figures_groups
from openrouter_usage.records import (
    NO_TOKENS,
    AccountDays,
    Balance,
    Counters,
    Credits,
    DaySpend,
    Limit,
    Spend,
    Unknown,
    UsageRow,
    UsageTable,
    Use,
    total,
)

DAYS = some.dates(min_value=date(2026, 1, 1), max_value=date(2027, 12, 31))


@given(DAYS)
def test_windows_are_utc_weeks_from_monday_and_months_from_the_first(today):
    monday, first = week_start(today), month_start(today)
    assert monday.isoweekday() == 1
    assert timedelta(0) <= today - monday < timedelta(7)
    assert (first.day, first.month) == (1, today.month)
    assert windows.live_since(midnight(today)) == midnight(min(monday, first))


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
    since_monday = (today - week_start(today)).days
    assert counters.credits.week == sum((usd for ago, usd, _ in days if ago <= since_monday), Decimal(0))
    assert counters.byok.month == sum((byok for ago, _, byok in days if ago < today.day), Decimal(0))


def test_a_sum_with_a_hole_is_not_known():
    assert total([Decimal(1), UNKNOWN, Decimal(2)], Decimal(0)) == UNKNOWN
    assert total([], 0) == 0


def row(model, usd, **more):
    use = Use(usd, Decimal(0), *[1] * 5)._replace(**more)
    return UsageRow((model,), use)


@given(some.lists(some.tuples(some.sampled_from([f"v{n % 3}/m{n}" for n in range(20)]), MONEY), max_size=60))
def test_a_breakdown_loses_no_dollar_whatever_is_shown(pairs):
    rows = tuple(row(model, usd) for model, usd in pairs)
    table = models.by_model(UsageTable(("model",), rows), date(2026, 11, 13), date(2026, 11, 19))
    whole = sum((usd for _, usd in pairs), Decimal(0))
    shown = sum((one.use.usd for one in table.shown), Decimal(0))
    assert table.total == whole == shown
    assert sum(one.use.requests for one in table.rows) == len(pairs)
    assert [one.use.usd for one in table.rows] == sorted((one.use.usd for one in table.rows), reverse=True)
    assert len(table.shown) == min(9, len({model for model, _ in pairs}))


@given(some.sets(some.text(alphabet="ab/:-", min_size=1, max_size=6)))
def test_short_names_never_make_two_models_one(models):
    labels = figures_groups.short_names(models)
    assert len(set(labels.values())) == len(models)


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
def test_the_share_used_is_never_less_than_0_nor_1_while_anything_is_left(whole, remaining, spent):
    share = limits.share_used(Limit("key_limit", whole, spent, remaining, None, None))
    assert 0 <= share <= Decimal("9.99")
    assert share < 1 or remaining <= 0 or whole == 0


def test_now_is_an_instant_in_utc():
    assert midnight(date(2026, 11, 20)) == datetime(2026, 11, 20, tzinfo=timezone.utc)


USES = some.builds(Use, MONEY, MONEY, *[some.integers(0, 10**9)] * 5)
ROWS = some.lists(some.tuples(DAYS, some.sampled_from("abcd"), USES), max_size=40)


@given(ROWS, some.sampled_from([("date",), ("model",), ("date", "model"), ("model", "date")]))
def test_groups_lose_nothing_and_times_stand_in_order(rows, by):
    table = UsageTable(("date", "model"), tuple(UsageRow((day, model), use) for day, model, use in rows))
    groups = figures_groups.in_order(figures_groups.grouped(table, by), by)
    assert figures_groups.add_up(groups.values()) == figures_groups.add_up(use for _, _, use in rows)
    assert set(groups) == {tuple({"date": day, "model": model}[one] for one in by) for day, model, _ in rows}
    if by[0] == "date":
        assert [names[0] for names in groups] == sorted(names[0] for names in groups)
    if by == ("model",):
        assert [use.usd for use in groups.values()] == sorted((use.usd for use in groups.values()), reverse=True)
    if by == ("model", "date"):
        heads = [names[0] for names in groups]
        assert heads == sorted(heads, key=heads.index)  # the days of one model stand together


@given(USES, USES)
def test_ratios_are_of_the_whole(part, other):
    whole = figures_groups.add_up([part, other])
    share = figures_groups.share(part, whole)
    assert isinstance(share, Unknown) == (whole.usd == 0)
    assert isinstance(share, Unknown) or 0 <= share <= 1
    price, tokens = figures_groups.usd_per_million_tokens(part), part.prompt_tokens + part.completion_tokens
    assert (price == NO_TOKENS) == (tokens == 0)
    if tokens:
        assert abs(price * tokens / 10**6 - part.usd - part.byok_usd) <= Decimal(tokens) / 10**12
    cached = figures_groups.cached_share(part)
    assert (cached == NO_TOKENS) == (part.prompt_tokens == 0)
    assert cached == NO_TOKENS or 0 <= cached <= 1


# What is remembered


@pytest.mark.parametrize(
    ("told", "now", "known"),
    [
        (noon(11, 20), noon(11, 20), (1, 2, 3)),
        (noon(11, 19), noon(11, 20), ("?", 2, 3)),
        (noon(11, 15), noon(11, 16), ("?", "?", 3)),
        (noon(11, 30), noon(12, 1), ("?", 2, "?")),
        (noon(12, 1), noon(11, 30), ("?", 2, "?")),
    ],
)
def test_of_an_older_answer_only_the_windows_that_still_last_are_known(told, now, known):
    spend = Spend(Decimal(1), Decimal(2), Decimal(3))
    aged = windows.without_ended(Counters(spend, spend, Decimal(9)), told.date(), now.date())
    assert tuple("?" if isinstance(one, Unknown) else one for one in aged.credits) == known
    assert (aged.byok, aged.total) == (aged.credits, 9)


@pytest.mark.parametrize(
    ("resets", "resets_at", "told", "left"),
    [
        ("daily", None, noon(11, 19), None),
        ("weekly", None, noon(11, 19), 5),
        ("weekly", None, noon(11, 15), None),
        ("monthly", None, noon(11, 1), 5),
        (None, None, noon(1, 1), 5),
        ("monthly", noon(11, 20) + timedelta(hours=1), noon(11, 1), 5),
        ("monthly", noon(11, 20) - timedelta(hours=1), noon(11, 20) - timedelta(hours=2), None),
    ],
)
def test_what_is_left_of_a_limit_is_known_until_its_reset(resets, resets_at, told, left):
    layer = Limit("key_limit", Decimal(20), Decimal(15), Decimal(5), resets, resets_at)
    aged = expired.limit(layer, told, noon(11, 20))
    assert aged.limit == 20
    assert (None if isinstance(aged.remaining, Unknown) else aged.remaining) == left
