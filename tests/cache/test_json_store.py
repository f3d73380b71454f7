"""Records as they are stored, and the pauses between background refreshes."""

from datetime import date, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from conftest import MONEY
from openrouter_usage.cache.json_store import packed, unpacked
from openrouter_usage.records import (
    AccountDays,
    DaySpend,
    Unknown,
)

DAYS = some.dates(min_value=date(2026, 1, 1), max_value=date(2027, 12, 31))


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


def test_a_renewal_in_vain_doubles_the_pause_before_the_next_up_to_five_minutes():
    from openrouter_usage.cache.refreshes import pause_after

    assert [pause_after(tries).total_seconds() for tries in (1, 2, 3, 7, 8, 10**6)] == [3, 6, 12, 192, 300, 300]
