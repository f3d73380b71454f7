"""The judgement of an account's days by all sources: a source can lack money, it does not invent it."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from conftest import NOW
from openrouter_usage.figures import contradictions, evidence
from openrouter_usage.figures.account_spend import account_spend, broken_floors
from openrouter_usage.figures.evidence import Evidence
from openrouter_usage.figures.judgement import judge
from openrouter_usage.records import (
    NOT_SUMMED,
    AccountDays,
    Completed,
    Counters,
    DaySpend,
    Reading,
    Spend,
    Unknown,
    UsageRow,
    UsageTable,
    Use,
)
from openrouter_usage.text import evidence as words

TODAY = NOW.date()
FIRST = TODAY - timedelta(56)
SPAN = (FIRST, TODAY - timedelta(1))
FAILED = Unknown("it failed")

CENTS = some.integers(0, 10**5).map(lambda cents: Decimal(cents) / 100)
ACCOUNTS = some.dictionaries(some.integers(0, 30), CENTS, min_size=1)
"""What an account spent, by how many days ago."""


def day(ago):
    return TODAY - timedelta(ago)


def use(usd, requests=1):
    return Use(Decimal(usd), Decimal(0), requests, *[0] * 4)


def activity(spent, doubts=()):
    """What /activity tells of the 30 completed days."""
    rows = tuple(UsageRow((day(ago),), use(usd)) for ago, usd in spent.items() if ago and usd)
    return Completed(UsageTable(("date",), rows), tuple(day(ago) for ago in range(30, 0, -1)), (), tuple(doubts))


def analytics(spent, as_of=None):
    rows = tuple(DaySpend(day(ago), Decimal(usd), Decimal(0), 1) for ago, usd in spent.items() if usd)
    return AccountDays(rows, as_of, FIRST)


def judged(told, counted, **more):
    return judge(activity(told), analytics(counted), NOW, **more)


def counters(today=0, week=0, month=0):
    spend = Spend(Decimal(today), Decimal(week), Decimal(month))
    return Counters(spend, Spend(*[Decimal(0)] * 3), Decimal(month))


def reading(ago, used, hour=12):
    return Reading(NOW.replace(hour=hour) - timedelta(ago), Decimal(1000), Decimal(used))


def amounts(found):
    return {one.day: one.usd for one in found.days if one.usd}


# Properties


@given(ACCOUNTS)
def test_where_the_sources_agree_nothing_is_said(spent):
    found = judged(spent, spent)
    assert {one.judgement for one in found.days} <= {evidence.AGREED, evidence.NOT_TOLD}
    assert (found.gap(SPAN), list(words.notes(found, SPAN)), found.lacking_sources) == (None, [], frozenset())
    assert not found.doubts_live
    assert account_spend(found, None, (), FAILED).disputed == ()


@given(ACCOUNTS, some.sets(some.integers(0, 30)), some.sampled_from(["activity", "analytics"]))
def test_days_that_one_source_lost_are_counted_by_the_other(spent, lost, source):
    rest = {ago: usd for ago, usd in spent.items() if ago not in lost}
    assume(any(spent.values()))
    found = judged(rest, spent) if source == "activity" else judged(spent, rest)
    assert amounts(found) == {day(ago): usd for ago, usd in spent.items() if ago and usd}
    lacking = sum((usd for ago, usd in spent.items() if ago in lost and ago), Decimal(0))
    is_noticeable = lacking >= Decimal("0.01")
    assert (source in found.lacking_sources) == is_noticeable


@given(ACCOUNTS, ACCOUNTS)
def test_the_count_of_a_day_is_that_of_the_source_that_has_more(told, counted):
    found = judged(told, counted)
    for one in found.days:
        assert one.usd == max(one.counts, default=one.usd) or one.judgement == evidence.AGREED
        assert one.usd in one.counts


@given(ACCOUNTS, some.integers(2, 5), some.sampled_from(["activity", "analytics"]))
def test_a_multiple_is_disputed_and_both_counts_are_told(spent, factor, source):
    assume(any(usd >= Decimal("0.01") for ago, usd in spent.items() if ago))
    more = {ago: usd * factor for ago, usd in spent.items()}
    found = judged(more, spent) if source == "activity" else judged(spent, more)
    assert found.disputed(SPAN) == (factor - 1) * sum((usd for ago, usd in spent.items() if ago), Decimal(0))
    (note,) = words.notes(found, SPAN)
    assert (note.code, "sources disagree: " in note.message) == ("sources_disagree", True)
    month = account_spend(found, None, [], NOT_SUMMED)
    of_today = spent.get(0, Decimal(0))
    if source == "analytics" and of_today >= Decimal("0.01"):
        assert dict(month.disputed)["today"] == of_today


@given(ACCOUNTS)
def test_analytics_without_any_row_is_not_told(spent):
    assume(any(usd for ago, usd in spent.items() if ago))
    found = judged(spent, {})
    assert (found.is_silent, found.live) == (True, None)
    assert {one.judgement for one in found.days} == {evidence.NOT_TOLD}


@given(ACCOUNTS, CENTS, CENTS, CENTS)
def test_no_window_is_below_what_a_key_alone_spent(spent, today, week, month):
    floor = counters(today, today + week, today + week + month)
    found = judged(spent, spent, floors=[floor])
    windows = account_spend(found, None, [floor], NOT_SUMMED)
    for window, usd in windows.counters.credits._asdict().items():
        least = getattr(floor.credits, window)
        assert isinstance(usd, Unknown) or usd >= least * Decimal("0.99") - Decimal("0.01")


# One by one


def test_a_gap_is_spoken_of_above_a_cent_and_one_percent():
    spent = {3: Decimal(100)}
    assert judged({3: "99.01"}, spent).gap(SPAN) is None
    assert judged({3: "98.99"}, spent).gap(SPAN)[:2] == (Decimal("98.99"), 100)
    assert judged({3: "0.001"}, {3: "0.0109"}).gap(SPAN) is None
    assert words.broken_down(judged({3: "9.18"}, {3: "36.57"}).gap(SPAN)) == "$9.18 of $36.57 is broken down so far"


@pytest.mark.parametrize(
    ("told", "held", "is_lesser"),
    [
        (use("1.00"), use("1.01"), True),
        (use("1.00"), use("1.00"), False),
        (use("1.01"), use("1.00"), False),
        (use(0, requests=0), use(0), True),
        (use(0), use(0, requests=0), False),
        (use(0, requests=0), use(0, requests=0), False),
        (use(0)._replace(usd=FAILED), use(0), True),
        (use(0), use(0)._replace(usd=FAILED), False),
        (use(0)._replace(usd=FAILED), use(0)._replace(usd=FAILED), False),
    ],
)
def test_an_answer_with_fewer_credits_or_without_use_is_the_lesser(told, held, is_lesser):
    assert evidence.is_lesser(told, held) is is_lesser


@pytest.mark.parametrize(
    ("spent", "floor", "broken"),
    [("0", "0.01", True), ("0", "0.009", False), ("100", "101.01", False), ("100", "101.02", True), ("5", "4", False)],
)
def test_a_floor_is_broken_by_a_cent_and_by_more_than_a_hundredth(spent, floor, broken):
    found = broken_floors({"today": Decimal(spent)}, [counters(today=floor)])
    assert found == ({"today": Decimal(floor)} if broken else {})


def test_yesterday_is_not_published_yet_for_six_hours():
    at = NOW.replace(hour=5)
    found = judge(activity({2: 3}), analytics({2: 3, 1: 4}), at)
    assert [(one.judgement, one.is_open) for one in found.days[-2:]] == [
        (evidence.AGREED, False),
        (evidence.ACTIVITY_LACKS, True),
    ]
    assert (found.gap(SPAN), found.lacking_sources) == (None, frozenset())
    assert found.completed(SPAN).unsettled == ()
    assert amounts(found)[day(1)] == 4
    later = judge(activity({2: 3}), analytics({2: 3, 1: 4}), NOW.replace(hour=7))
    assert later.gap(SPAN)[:2] == (3, 7)


def test_a_day_with_requests_in_one_source_alone_is_a_gap():
    free = AccountDays((DaySpend(day(3), Decimal(0), Decimal(0), 12),), None, FIRST)
    found = judge(activity({5: 1}), free._replace(days=(*free.days, *analytics({5: 1}).days)), NOW)
    assert {one.day: one.judgement for one in found.days if one.judgement != evidence.AGREED}[day(3)] == (
        evidence.ACTIVITY_LACKS
    )


def test_requests_and_byok_are_not_compared():
    counted = AccountDays((DaySpend(day(3), Decimal(1), Decimal(9), 99),), None, FIRST)
    found = judge(activity({3: 1}), counted, NOW)
    assert {one.day: one.judgement for one in found.days}[day(3)] == evidence.AGREED


@pytest.mark.parametrize(
    ("grown", "shortfall"), [(30, None), (31, None), (45, Decimal(15))], ids=["as told", "within 1%", "more"]
)
def test_credits_that_grew_by_more_than_all_days_prove_a_shortfall(grown, shortfall):
    spent = {0: 10, 1: 10, 2: 10.9} if grown == 31 else {0: 10, 1: 10, 2: 10}
    found = judged(spent, spent, readings=[reading(2, 100), reading(0, 100 + grown)])
    assert [one.usd for one in found.shortfalls] == ([] if shortfall is None else [shortfall])


@pytest.mark.parametrize(
    ("used", "is_multiple"),
    [("197.99", False), ("198", True), ("202", True), ("202.01", False), ("300", True), ("101", False)],
)
def test_credits_that_are_a_multiple_to_a_hundredth_of_what_they_were_are_not_believed(used, is_multiple):
    found = judged({1: Decimal(1)}, {1: Decimal(1)}, readings=[reading(0, 100, hour=10), reading(0, used)])
    assert found.credits_gap == (contradictions.CREDITS_MULTIPLIED if is_multiple else None)


def test_days_that_hold_more_than_the_credits_grew_by_are_disputed():
    told, counted = {4: 1, 3: 2, 2: 3}, {4: "1.5", 3: "2.2", 2: "3.9"}
    readings = [reading(6, 100), reading(0, 106)]
    found = judged(told, counted, readings=readings)
    assert {one.day for one in found.days if one.judgement == evidence.CONTRADICTED} == {day(4), day(3), day(2)}
    agreeing = judged(told, counted, readings=[reading(6, 100), reading(0, "107.6")])
    assert {one.judgement for one in agreeing.days} <= {evidence.AGREED, evidence.NOT_TOLD, evidence.ACTIVITY_LACKS}


@pytest.mark.parametrize(("hour", "disputed"), [(0, []), (1, [2])], ids=["00:09", "01:09"])
def test_credits_that_were_read_just_after_midnight_dispute_nothing_of_the_day_before(hour, disputed):
    found = judged({2: 9}, {2: 10}, readings=[reading(4, 100), reading(1, 106, hour=hour)])
    assert [one.day for one in found.days if one.judgement == evidence.CONTRADICTED] == [day(ago) for ago in disputed]


def test_a_key_that_spent_more_than_all_days_hold_proves_a_shortfall():
    found = judge(activity({}), FAILED, NOW, floors=[counters(today=5, week=25, month=25)])
    assert {round(one.usd, 2) for one in found.shortfalls} == {Decimal("20.00")}
    assert found.lacking_sources == {"activity", "analytics"}


def test_a_remembered_day_that_is_told_with_less_stays_a_doubt_until_analytics_agrees():
    doubted = activity({3: 5}, doubts=[(day(3), Decimal(0))])
    (doubt,) = judge(doubted, FAILED, NOW).doubts
    assert doubt == (day(3), 5, 0)
    assert [note.message for note in words.notes(judge(doubted, FAILED, NOW), SPAN)] == [
        "on Nov 17 OpenRouter's /activity told $5.00, and now tells $0.00: the fuller count is used"
    ]
    assert judge(doubted, analytics({3: 5}), NOW).doubts == ()


def test_an_answer_of_before_midnight_tells_nothing_of_that_day_as_a_whole():
    as_of = datetime(2026, 11, 19, 23, 0, tzinfo=timezone.utc)
    found = judge(activity({1: 9}), analytics({1: 4}, as_of), NOW)
    assert (found.on, found.live.usd, amounts(found)) == (date(2026, 11, 19), 4, {day(1): 9})


def test_without_any_answer_nothing_is_known():
    found = judge(FAILED, FAILED, NOW)
    assert found == Evidence((), TODAY)
    windows = account_spend(found, None, [], NOT_SUMMED).counters
    assert all(isinstance(usd, Unknown) for usd in (*windows.credits, *windows.byok))


def test_listed_keys_tell_a_week_of_which_they_do_not_tell_today():
    listed = counters(week=5, month=9)
    listed = listed._replace(credits=listed.credits._replace(today=FAILED))
    found = account_spend(judge(FAILED, FAILED, NOW), listed, (), FAILED).counters.credits
    assert found == Spend(FAILED, Decimal(5), Decimal(9))
