"""How amounts, tables and JSON are written, by example and by property."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from conftest import MONEY
from openrouter_usage.records import Unknown
from openrouter_usage.text import amounts, dates
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.document import dumps


@given(MONEY)
def test_dollars_are_within_half_a_cent_or_said_to_be_less_than_one(amount):
    text = dollars(amount)
    if 0 < amount < Decimal("0.01"):
        assert text == "<$0.01"
    else:
        assert abs(Decimal(text.replace("$", "").replace(",", "")) - amount) <= Decimal("0.005")


@pytest.mark.parametrize(("amount", "text"), [
    ("0", "$0.00"), ("0.0099999", "<$0.01"), ("0.01", "$0.01"), ("0.015", "$0.02"), ("1.005", "$1.01"),
    ("-0.001", "-<$0.01"), ("-1.255", "-$1.26"), ("1234567.891", "$1,234,567.89"), ("0E-10", "$0.00"),
])  # fmt: skip
def test_dollars_by_example(amount, text):
    assert dollars(Decimal(amount)) == text


@pytest.mark.parametrize(("amount", "text"), [
    ("0", "$0.00"), ("0.0240824155", "$0.0241"), ("0.0015", "$0.0015"), ("0.99996", "$1.0000"), ("1.005", "$1.01"),
    ("0.00035", "$0.0004"), ("0.0001", "$0.0001"), ("0.00009", "<$0.0001"), ("-0.00009", "-<$0.0001"),
    ("-0.0456", "-$0.0456"), ("12.3456", "$12.35"),
])  # fmt: skip
def test_prices_of_one_by_example(amount, text):
    assert amounts.price(Decimal(amount)) == text


def test_what_is_live_has_a_star_unless_it_is_not_known():
    assert [amounts.starred(Decimal("3.42"), live) for live in (True, False)] == ["$3.42*", "$3.42"]
    assert amounts.starred(Unknown("it was not told"), True) == "unknown"


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
