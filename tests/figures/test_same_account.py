"""By what two keys are known to belong to two accounts, or to one."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from conftest import UNKNOWN, counters
from openrouter_usage.figures.same_account import are_apart, are_of_two_creators, have_different_credits
from openrouter_usage.records import Credits, KeyInfo

NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)


def key(organization, creator):
    return KeyInfo(counters(Decimal(1)), (), None, UNKNOWN, False, None, organization, creator)


@pytest.mark.parametrize(
    ("one", "other", "apart", "two_creators"),
    [
        (("acme", "ada"), ("acme", "bob"), False, True),
        (("acme", "ada"), ("other", "ada"), True, False),
        (("acme", "ada"), (None, "ada"), True, False),
        ((None, "ada"), (None, "ada"), False, False),
        ((None, "ada"), (None, "bob"), None, True),
        ((None, None), (None, None), None, False),
        ((None, "ada"), (None, None), None, False),
        ((UNKNOWN, "ada"), ("acme", "ada"), False, False),
        (("acme", "ada"), (UNKNOWN, "bob"), None, True),
        ((UNKNOWN, UNKNOWN), (UNKNOWN, UNKNOWN), None, False),
    ],
)
def test_organizations_tell_accounts_apart_and_a_creator_joins_them(one, other, apart, two_creators):
    keys = key(*one), key(*other)
    assert (are_apart(*keys), are_of_two_creators(*keys)) == (apart, two_creators)


@pytest.mark.parametrize(
    ("one", "other", "minutes", "different"),
    [
        (("100", "50"), ("100", "50"), 0, False),
        (("100", "50"), ("100", "50.50"), 0, False),
        (("100", "50"), ("100", "50.51"), 0, True),
        (("100", "50"), ("99", "50"), 0, False),
        (("100", "50"), ("98.99", "50"), 0, True),
        (("100", "50"), ("200", "50"), 2, True),
        (("100", "50"), ("200", "50"), 3, False),
        (("100", "50"), ("200", "0"), 0, False),
        (("0", "0"), ("200", "50"), 0, False),
        ((UNKNOWN, "50"), ("200", "50"), 0, False),
        (("100", UNKNOWN), ("200", "50"), 0, True),
    ],
)
def test_credits_of_one_time_that_are_more_than_a_hundredth_apart_are_of_two_accounts(one, other, minutes, different):
    first, second = (Credits(*(Decimal(usd) if isinstance(usd, str) else usd for usd in told)) for told in (one, other))
    later = second._replace(as_of=NOW - timedelta(minutes=minutes))
    assert have_different_credits(first, later, NOW) is have_different_credits(later, first, NOW) is different
