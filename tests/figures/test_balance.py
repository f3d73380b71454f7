"""Whether calls are paid from purchases alone, by what was spent and by readings of the credits."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from conftest import MONEY, UNKNOWN, counters
from openrouter_usage.figures import balance
from openrouter_usage.figures.balance import of_reading, spendable
from openrouter_usage.records import Balance, Credits, KeyInfo, Reading, Unknown

NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)


def told(purchased, used):
    return balance.believed(Credits(Decimal(purchased), Decimal(used)), None, asked_by_management=True)


def reading(used, minutes=0, purchased="10"):
    return Reading(NOON + timedelta(minutes=minutes), Decimal(purchased), Decimal(used))


def code(found):
    return found.code if isinstance(found, Unknown) else "believed"


@pytest.mark.parametrize(("used", "is_believed"), [("9.89", False), ("9.90", True), ("12", True)])
def test_an_account_has_used_what_its_key_had_used_but_for_a_hundredth(used, is_believed):
    key = KeyInfo(counters(Decimal(10)), (), None, UNKNOWN, False, None, None, None)
    found = balance.believed(Credits(Decimal(20), Decimal(used)), key, asked_by_management=True)
    assert code(found) == ("believed" if is_believed else "credits_contradicted")
    assert balance.believed(Credits(Decimal(20), Decimal(1)), None, asked_by_management=True).remaining == 19


@pytest.mark.parametrize(
    ("used", "reason"),
    [
        ("0.31", "by purchases -$0.31: grants and invoices are not told"),
        ("0.0004", "by purchases -<$0.01: grants and invoices are not told"),
        ("1234.565", "by purchases -$1,234.57: grants and invoices are not told"),
    ],
)
def test_use_without_any_purchase_is_granted_or_invoiced(used, reason):
    found = spendable(told("0", used), ())
    assert found == Unknown(reason, "by_purchases", "see https://openrouter.ai/settings/credits")


def test_nothing_bought_and_nothing_used_is_a_balance_of_zero():
    assert spendable(told("0", "0"), ()) == Balance(Decimal(0), Decimal(0), Decimal(0))


@pytest.mark.parametrize(
    ("spent_today", "found"),
    [
        ("0", "believed"),  # nothing was spent today: it may be blocked
        ("0.009", "believed"),
        ("0.01", "by_purchases"),  # it was at -$0.99 when the day began
        ("0.99", "by_purchases"),
        ("1", "believed"),  # the day began at zero
        ("5", "believed"),  # the day began above zero, and ended the credits
    ],
)
def test_a_minus_above_the_spend_of_the_day_was_there_before_the_day_and_blocked_nothing(spent_today, found):
    assert code(spendable(told("10", "11"), (), Decimal(spent_today))) == found


def test_a_reading_of_today_that_is_not_negative_shows_that_its_spend_is_not_counted_yet():
    readings = [reading("9.9", -60), reading("11")]
    assert code(spendable(told("10", "11"), readings, Decimal("0.02"))) == "believed"
    readings = [reading("9.9", -24 * 60), reading("11")]
    assert code(spendable(told("10", "11"), readings, Decimal("0.02"))) == "by_purchases"


def test_a_spend_of_the_day_that_is_not_known_shows_nothing():
    assert code(spendable(told("10", "11"), (), Unknown("not told"))) == "believed"


@pytest.mark.parametrize(
    ("readings", "found"),
    [
        ([reading("11", -10), reading("11.01")], "by_purchases"),
        ([reading("11", -9), reading("11.01")], "believed"),  # too close: it may have been counted late
        ([reading("11", -10), reading("11.009")], "believed"),
        ([reading("11", -10), reading("11")], "believed"),
        ([reading("10", -10), reading("11")], "believed"),  # it was not negative before
        ([reading("11", -20), reading("11", -10), reading("11.01")], "by_purchases"),
        ([reading("11", -20), reading("11.01", -10), reading("11.01")], "by_purchases"),
        # a purchase between them may have paid for it
        ([reading("11", -20, "9"), reading("12", 0, "11.5")], "believed"),
        # it did not: the balance was below zero with it, too
        ([reading("12", -20, "9"), reading("13", 0, "11.5")], "by_purchases"),
        # what went on before the last purchase says nothing of what blocks now
        ([reading("10.5", -40), reading("10.9", -20), reading("21", 0, "20")], "believed"),
        # long ago
        ([reading("11", -9000), reading("12", -8000), reading("12", -4400), reading("12")], "believed"),
        ([reading("11", -9000), reading("12", -8000), reading("12", -4300), reading("12")], "believed"),
        ([reading("11", -4300), reading("12", -4200), reading("12")], "by_purchases"),
        ([reading("11", -9000), reading("12")], "by_purchases"),  # nobody looked in between
    ],
)
def test_use_that_grows_between_two_negative_readings_shows_that_calls_work(readings, found):
    _, purchased, used = readings[-1]
    assert code(spendable(told(purchased, used), tuple(readings))) == found


def test_a_reading_is_judged_by_those_before_it():
    readings = (reading("9", -60), reading("11", -40), reading("11.5", -20), reading("12", purchased="20"))
    assert of_reading(readings, 0) == 1
    assert of_reading(readings, 1) == -1
    assert code(of_reading(readings, 2)) == "by_purchases"
    assert of_reading(readings, 3) == 8
    assert code(of_reading((reading("1", purchased="0"),), 0)) == "by_purchases"


@given(MONEY, MONEY, MONEY, some.lists(some.tuples(MONEY, MONEY), max_size=5))
def test_what_is_not_negative_is_believed_whatever_else_is_seen(purchased, used, spent, others):
    readings = tuple(Reading(NOON + timedelta(hours=hour), *one) for hour, one in enumerate(others))
    found = spendable(told(purchased, used), readings, spent)
    assert used > purchased or found == Balance(purchased - used, purchased, used)
    assert isinstance(found, Unknown) or found.purchased > 0 or found.used == 0


@given(MONEY, MONEY, some.lists(MONEY, min_size=1, max_size=20))
def test_a_prepaid_account_that_stops_at_zero_is_never_taken_for_another(purchased, over, spends):
    """It spends until nothing is left, is overdrawn once by the last call, and then by none."""
    used, readings = Decimal(0), []
    for place, spend in enumerate([*spends, over, *[Decimal(0)] * 3]):
        used = used + spend if used < purchased else used
        readings.append(Reading(NOON + timedelta(hours=place), purchased, used))
        found = spendable(told(purchased, used), tuple(readings))
        assert isinstance(found, Balance) or purchased == 0
