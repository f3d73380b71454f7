"""How amounts, tables and JSON are written, by example and by property."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from conftest import MONEY
from openrouter_usage.text import amounts, bars, dates
from openrouter_usage.text import table as text_table
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.document import dumps


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


@pytest.mark.parametrize(("amount", "text"), [
    ("0", "$0.00"), ("0.0240824155", "$0.0241"), ("0.0015", "$0.00150"), ("0.99951", "$1.000"), ("1.005", "$1.01"),
    ("0.000000123456", "$0.000000123"), ("-0.0456", "-$0.0456"), ("12.3456", "$12.35"),
])  # fmt: skip
def test_prices_of_one_by_example(amount, text):
    assert amounts.dollars_each(Decimal(amount)) == text


@pytest.mark.parametrize(("first", "last", "text"), [
    ("2026-10-01", "2026-10-28", "Oct 1 to 28"), ("2026-10-28", "2026-11-03", "Oct 28 to Nov 3"),
    ("2026-11-10", "2026-11-10", "Nov 10"), ("2025-11-10", "2025-11-10", "Nov 10, 2025"),
    ("2025-11-01", "2025-11-28", "Nov 1 to 28, 2025"), ("2025-12-20", "2026-01-05", "Dec 20, 2025 to Jan 5"),
    ("2024-12-20", "2025-01-05", "Dec 20, 2024 to Jan 5, 2025"),
])  # fmt: skip
def test_spans_say_their_year_where_it_is_another(first, last, text):
    assert dates.short_span((date.fromisoformat(first), date.fromisoformat(last)), 2026) == text


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
    lines, goes = text_table.fitted(table, width)
    left_out = [column.heading for column in goes]
    kept = [column for column in table if column.heading not in left_out]
    assert [column.heading for column in table if column.heading in lines[0].split()] == [one.heading for one in kept]
    assert not any(column.drop_order == 0 for column in table if column.heading in left_out)
    if any(text_table.display_width(line) > width for line in lines):
        assert not any(column.drop_order for column in kept)


@given(COLUMNS, some.integers(30, 160), some.lists(some.decimals(0, 1000, places=2), min_size=3, max_size=3))
def test_bars_take_the_room_that_is_left_and_no_column_goes_for_them(columns, width, amounts):
    table = [
        text_table.Column(f"H{n}", tuple(cells), kind, n and leaves) for n, (kind, leaves, cells) in enumerate(columns)
    ]
    drawn = bars.Bars(tuple(amounts), bars.full_length(amounts, may_cut=True), 99)
    without, left_out = text_table.fitted(table, width)
    lines, also_left_out = text_table.fitted(table, width, drawn)
    assert also_left_out == left_out
    widest = max(map(text_table.display_width, without))
    if widest <= width:
        assert max(map(text_table.display_width, lines)) == (width if "█" in "".join(lines) else widest)


@pytest.mark.parametrize(
    ("amount", "drawn"),
    [("8", "████████"), ("4", "████"), ("4.5", "████▌"), ("0.125", "▏"), ("0.001", "▏"), ("0", ""), ("-1", ""),
     ("9", "███████▸"), ("7.99", "████████")],
)  # fmt: skip
def test_a_bar_has_eighths(amount, drawn):
    assert bars.bar(Decimal(amount), Decimal(8), 8) == drawn


@pytest.mark.parametrize(
    ("amounts", "full"),
    [
        ([100, 9, 8, 7, 6], 9),
        ([30, 9, 8, 7, 6], 30),
        ([100, 9, 8, 7], 100),
        ([100, 90, 8, 7, 6], 100),
        ([1000, 100, *[9] * 18], 9),
        ([0, 0, 0, 0, 0], 0),
        ([], 0),
    ],
)
def test_what_dwarfs_all_others_is_cut(amounts, full):
    assert bars.full_length([Decimal(one) for one in amounts], may_cut=True) == full
    assert bars.full_length([Decimal(one) for one in amounts], may_cut=False) == max([*amounts, 0])


@given(some.text(alphabet="abc客e\u0301", min_size=1, max_size=40), some.integers(3, 30))
def test_a_shortened_name_fits_and_keeps_both_ends(name, width):
    short = text_table.shortened(name, width)
    assert text_table.display_width(short) <= width
    if short != name:
        head, tail = short.split("…")
        assert name.startswith(head)
        assert name.endswith(tail)


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
    [
        ("0", "0%"),
        ("0.0000001", "<1%"),
        ("0.005", "1%"),
        ("0.994", "99%"),
        ("0.9999999", ">99%"),
        ("1", "100%"),
        ("1.084", "108%"),
        ("-0.03", "-3%"),
    ],
)
def test_whole_percent_are_of_nothing_and_of_all_alone(share, printed):
    assert amounts.percent(Decimal(share)) == printed


@pytest.mark.parametrize(
    ("change", "printed"), [("0.31", "+31%"), ("-0.31", "-31%"), ("0.004", "+<1%"), ("-0.004", "-<1%"), ("2", "+200%")]
)
def test_a_change_has_its_sign_below_a_percent_too(change, printed):
    assert amounts.percent_change(Decimal(change)) == printed


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("客服", 4), ("e\u0301", 1), ("กำ\u0e34", 2), ("👩", 2), ("Ａ", 2)]
)
def test_letters_are_as_wide_as_a_terminal_shows_them(text, width):
    assert text_table.display_width(text) == width
