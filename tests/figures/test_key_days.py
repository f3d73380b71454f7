"""What a key's counters tell of its days: lifetimes at midnight, and which of them agree."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from openrouter_usage.figures.key_days import Midnight, Stretch, believed, compared, stretches, told, within
from openrouter_usage.records import Counters, KeyInfo, Spend, Unknown

NOW = datetime(2026, 11, 20, 14, 9, tzinfo=timezone.utc)
FIRST = date(2026, 11, 1)


def info(today="3.42", week="18.90", month="61.25", total="161.25", is_management=False):
    credits = Spend(*(Decimal(usd) if isinstance(usd, str) else usd for usd in (today, week, month)))
    total = Decimal(total) if isinstance(total, str) else total
    counters = Counters(credits, Spend(Decimal(0), Decimal(0), Decimal(0)), total)
    return KeyInfo(counters, (), None, Unknown("not told"), is_management, None, None, None)


def lifetimes(*amounts, first=FIRST):
    """A midnight a day; None: not known."""
    days = (first + timedelta(days=number) for number in range(len(amounts)))
    return [Midnight(day, Decimal(usd)) for day, usd in zip(days, amounts) if usd is not None]


def test_one_answer_tells_three_midnights():
    assert dict(told(info(), NOW)) == {
        date(2026, 11, 20): Decimal("157.83"),
        date(2026, 11, 16): Decimal("142.35"),
        date(2026, 11, 1): Decimal("100.00"),
    }


@pytest.mark.parametrize("answer", [
    info(is_management=True), info(is_management=None), info(total=Unknown("x")), info(today=Unknown("x")),
    info(today="200", week="200", month="200"),
])  # fmt: skip
def test_what_is_no_regular_keys_or_contradicts_itself_tells_none(answer):
    assert list(told(answer, NOW)) == []


@pytest.mark.parametrize("at", ["00:00:30", "00:04:59", "23:55:30"])
def test_near_midnight_nothing_is_told(at):
    assert list(told(info(), datetime.fromisoformat(f"2026-11-20T{at}+00:00"))) == []


def test_a_week_with_less_than_today_is_not_believed():
    assert [one.day for one in told(info(week="1.00"), NOW)] == [date(2026, 11, 20), date(2026, 11, 1)]


@pytest.mark.parametrize(("amounts", "kept"), [
    ([1, 2, 5, 9], [1, 2, 5, 9]),
    ([100, 0, 110], [100, 110]),  # a single answer was wrong
    ([100, 0, 5, 9], [0, 5, 9]),  # the counter was reset
    ([100, 0, 50, 110], [0, 50, 110]),
    ([100, 110, 3], [3]),
    ([100, 50, 3, 8], [3, 8]),
    ([], []),
])  # fmt: skip
def test_a_lifetime_that_shrank_is_not_believed(amounts, kept):
    assert [one.usd for one in believed(lifetimes(*amounts))] == kept


LIFETIMES = some.lists(some.none() | some.integers(0, 10**4), max_size=40)
RISING = some.lists(some.none() | some.integers(0, 100), min_size=3, max_size=40)


@given(LIFETIMES)
def test_what_is_believed_never_falls_and_was_told(amounts):
    held = lifetimes(*amounts)
    found = believed(held)
    assert set(found) <= set(held)
    assert found[-1:] == held[-1:]
    assert all(one.usd - other.usd <= Decimal("0.01") for one, other in zip(found, found[1:]))


@given(RISING)
def test_sums_are_those_of_the_days(spent):
    total, amounts = 0, []
    for usd in spent:
        amounts.append(None if usd is None else total)
        total += usd or 0
    held = believed(lifetimes(*amounts))
    assert held == lifetimes(*amounts)
    for one in stretches(held):
        first, last = ((day - FIRST).days for day in one.days)
        assert one.usd == sum(usd or 0 for usd in spent[first : last + 1])
        assert within(held, one.days) == one
    found = compared(held)
    assert (found is None) == (len(held) < 3)
    if found:
        later, earlier = found
        assert (later.days[1] + timedelta(days=1), earlier.days[1] + timedelta(days=1)) == (held[-1].day, later.days[0])


def test_days_are_compared_with_as_many_before_them_where_they_are_known():
    later, earlier = compared(lifetimes(*range(0, 40, 2)))
    assert (later, earlier) == (
        Stretch((date(2026, 11, 13), date(2026, 11, 19)), Decimal(14)),
        Stretch((date(2026, 11, 6), date(2026, 11, 12)), Decimal(14)),
    )
    held = [Midnight(date(2026, 11, day), Decimal(usd)) for day, usd in ((1, 100), (16, 115), (20, 127))]
    later, earlier = compared(held)
    assert (later.number, later.usd_per_day, earlier.number, earlier.usd_per_day) == (4, 3, 15, 1)
    assert within(held, (date(2026, 11, 2), date(2026, 11, 19))) == Stretch(
        (date(2026, 11, 16), date(2026, 11, 19)), Decimal(12)
    )
    assert within(held, (date(2026, 11, 2), date(2026, 11, 15))) is None


def test_of_fewer_days_before_them_the_most_are_compared():
    held = [Midnight(date(2026, 11, day), Decimal(usd)) for day, usd in ((1, 100), (3, 104), (4, 105), (11, 126))]
    assert compared(held) == (
        Stretch((date(2026, 11, 4), date(2026, 11, 10)), Decimal(21)),
        Stretch((date(2026, 11, 1), date(2026, 11, 3)), Decimal(5)),
    )
