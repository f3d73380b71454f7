"""The arithmetic behind the figures, by example and by property."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from conftest import MONEY, UNKNOWN
from openrouter_usage import matching
from openrouter_usage.cache.stored import packed, unpacked
from openrouter_usage.commands.report import build as report_build
from openrouter_usage.commands.report import reach as report_reach
from openrouter_usage.commands.report.records import DayBalance, Query
from openrouter_usage.commands.summary import models
from openrouter_usage.days import day_count, midnight, month_start, week_start
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
    Reading,
    Spend,
    Unknown,
    UsageRow,
    UsageTable,
    Use,
    total,
)
from openrouter_usage.sanitize import clean, without_keys
from openrouter_usage.text import amounts
from openrouter_usage.text import table as text_table
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.document import dumps

settings.register_profile("house", database=None, deadline=None)
settings.load_profile("house")

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
    shown = sum((one.use.usd for one in (*table.shown, *([table.rest] if table.rest else []))), Decimal(0))
    assert table.total == whole == shown
    assert sum(one.use.requests for one in table.rows) == len(pairs)
    assert [one.use.usd for one in table.rows] == sorted((one.use.usd for one in table.rows), reverse=True)
    assert len(table.shown) == min(8, len({model for model, _ in pairs}))


@given(some.sets(some.text(alphabet="ab/:-", min_size=1, max_size=6)))
def test_short_names_never_make_two_models_one(models):
    labels = figures_groups.short_names(models)
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
    assert midnight(date(2026, 11, 20)) == datetime(2026, 11, 20, tzinfo=timezone.utc)


NAMES = some.sampled_from(
    ["", "a", "openai/gpt-5.1", "客服机器人", "a name of some length that goes on and on", "e\u0301t\u0301"]
)
COLUMNS = some.lists(
    some.tuples(
        some.sampled_from(["name", "figure", "text"]), some.integers(0, 9), some.lists(NAMES, min_size=3, max_size=3)
    ),
    min_size=1,
    max_size=8,
)


@given(COLUMNS, some.integers(30, 160))
def test_a_table_fits_where_it_can_and_says_what_it_leaves_out(columns, width):
    table = [
        text_table.Column(f"H{n}", tuple(cells), kind, n and leaves) for n, (kind, leaves, cells) in enumerate(columns)
    ]
    lines, left_out = text_table.fitted(table, width)
    kept = [column for column in table if column.heading not in left_out]
    assert [column.heading for column in table if column.heading in lines[0].split()] == [one.heading for one in kept]
    assert not any(column.drop_order == 0 for column in table if column.heading in left_out)
    if any(text_table.display_width(line) > width for line in lines):
        assert not any(column.drop_order for column in kept)


@given(some.text(alphabet="abc客e\u0301", min_size=1, max_size=40), some.integers(3, 30))
def test_a_shortened_name_fits_and_keeps_both_ends(name, width):
    short = text_table.shortened(name, width)
    assert text_table.display_width(short) <= width
    if short != name:
        head, tail = short.split("…")
        assert name.startswith(head)
        assert name.endswith(tail)


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


@given(DAYS, some.integers(1, 500), some.sampled_from([("model",), ("key",), ("hour",), ("provider", "app")]))
def test_a_range_is_known_or_missing_day_by_day(today, days, by):
    query = Query(by, today - timedelta(days), today - timedelta(1))
    told = report_reach.within(query, today)
    known = [told[0] + timedelta(number) for number in range(day_count(told))]
    gaps = list(report_reach.missing(query, known, today, report_reach.available(query, today)[0]))
    assert sum(map(day_count, [told, *gaps])) == days
    reach = {"model": 30, "key": 365, "hour": 31, "provider": 31}[by[0]]
    assert day_count(told) == min(days, reach)
    assert report_reach.within(Query(by, today - timedelta(999), today - timedelta(reach + 1)), today) is None


@pytest.mark.parametrize(
    ("count", "printed"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (9949, "9.9k"),
        (9950, "10k"),
        (999_499, "999k"),
        (999_500, "1.0M"),
        (12_345_678, "12M"),
        (3_400_000_000, "3.4B"),
        (5 * 10**15, "5000T"),
    ],
)
def test_tokens_are_printed_in_two_or_three_figures(count, printed):
    assert amounts.roughly(count) == printed


@pytest.mark.parametrize(
    ("share", "printed"),
    [("0", "0%"), ("0.0000001", "<1%"), ("0.005", "1%"), ("0.994", "99%"), ("0.9999999", "99%"), ("1", "100%")],
)
def test_whole_percent_are_of_nothing_and_of_all_alone(share, printed):
    assert amounts.percent(Decimal(share)) == printed


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("客服", 4), ("e\u0301", 1), ("กำ\u0e34", 2), ("👩", 2), ("Ａ", 2)]
)
def test_letters_are_as_wide_as_a_terminal_shows_them(text, width):
    assert text_table.display_width(text) == width


@pytest.mark.parametrize(
    ("glob", "fits"),
    [
        ("gpt-*", True),
        ("GPT-5.?", True),
        ("openai/*", True),
        ("*5*", True),
        ("gpt", False),
        ("openai", False),
        ("[", False),
    ],
)
def test_a_pattern_is_compared_with_the_name_and_with_what_follows_the_vendor(glob, fits):
    assert matching.matches(matching.pattern(glob), "openai/gpt-5.1") == fits


def test_the_nearest_names_come_first_and_strangers_not_at_all():
    listed = ["openai/gpt-5.1", "anthropic/claude-sonnet-4.5", "anthropic/claude-opus-4.5", "qwen/qwen3"]
    assert matching.nearest("claude-sonet*", listed) == ("anthropic/claude-sonnet-4.5", "anthropic/claude-opus-4.5")
    assert matching.nearest("sonnet", listed)[0] == "anthropic/claude-sonnet-4.5"
    assert matching.nearest("zzzz", listed) == ()


def test_the_very_same_name_is_preferred_to_one_of_another_case():
    assert matching.meant("ci", ["ci", "CI"]) == {"ci"}
    assert matching.meant("Ci", ["ci", "CI"]) == {"ci", "CI"}
    assert matching.meant("c", ["ci"]) == set()


# What is remembered


def noon(month, day):
    return datetime(2026, month, day, 12, tzinfo=timezone.utc)


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
    aged = expired.counters(Counters(spend, spend, Decimal(9)), told, now.date())
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


VALUES = some.one_of(
    MONEY, DAYS, some.datetimes(timezones=some.just(timezone.utc)), some.text(), some.integers(), some.booleans()
)


@given(VALUES, some.lists(some.tuples(DAYS, MONEY), max_size=5))
def test_what_is_packed_is_unpacked_as_it_was(value, days):
    record = AccountDays(tuple(DaySpend(day, usd, Unknown("x")) for day, usd in days), None, None)
    assert unpacked(packed(record)) == record
    assert unpacked(packed(Unknown(str(value), "code"))) == Unknown(str(value), "code")
    assert unpacked(packed((value, None))) == (value, None)


@pytest.mark.parametrize("text", ["", "{", "[1", '{"kind": "Spend"}', '{"kind": "Nobody"}', '{"Decimal": "x"}', "{}"])
def test_what_is_damaged_or_of_another_version_is_not_unpacked(text):
    assert unpacked(text) is None


def test_a_renewal_in_vain_doubles_thepause_after_before_the_next_up_to_five_minutes():
    from openrouter_usage.cache.refreshes import pause_after

    assert [pause_after(tries).total_seconds() for tries in (1, 2, 3, 7, 8, 10**6)] == [3, 6, 12, 192, 300, 300]
