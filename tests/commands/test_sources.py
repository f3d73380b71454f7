"""What every command says where OpenRouter's sources differ: the fuller count, and what is not known is said."""

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from accounts import spending, steady
from conftest import NOW, at, event, house, later

EMPTY = "Recent Models (7d): unknown (OpenRouter's /activity has nothing of the $16.30 spent)"


@pytest.fixture
def asked(skill, fake):
    return skill.ask(fake, "agent", "admin")


def line(lines, start):
    return next(one for one in lines if one.startswith(start))


# Summary


def test_models_are_partial_where_activity_is_late(asked, fake):
    fake.edit("/activity", lambda rows: [row for row in rows if row["date"] < "2026-11-17"])
    lines = asked.lines()
    assert lines[2] == "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00"
    assert line(lines, "Recent") == "Recent Models (7d, all keys; $5.00 of $16.30 is broken down so far):"
    assert line(lines, "7d: ").endswith("; total $16.30")
    models = asked.json()["models"]
    assert (models["total_usd"], models["broken_down_usd"]) == (Decimal("16.3"), 5)


def test_an_activity_without_rows_is_unknown_and_not_zero(asked, fake):
    fake.edit("/activity", lambda rows: [])
    lines = asked.lines()
    assert lines[2] == "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00"
    assert line(lines, "Recent") == EMPTY
    shown = asked.json()
    assert shown["models"] is None
    assert {"code": "activity_lacks", "message": f"models: {EMPTY[29:-1]}"} in shown["notes"]


@pytest.mark.parametrize("keys", [("agent", "admin"), (None, "admin")])
def test_analytics_without_rows_is_not_believed(skill, fake, keys):
    fake.edit("/analytics/query", lambda data: {**data, "data": []})
    lines = skill.ask(fake, *keys).lines()
    whole = "Today: $5.10* | Week: $21.40 | Month: $92.00"
    assert whole in [one.replace("All keys: ", "") for one in lines]
    assert line(lines, "Note: analytics has no row").startswith(
        "Note: analytics has no row: today's total is the sum over the 2 keys listed in every workspace"
    )


def test_a_source_that_has_twice_the_other_is_disputed(asked, fake):
    fake.edit("/activity", lambda rows: [{**row, "usage": 2 * row["usage"]} for row in rows])
    lines = asked.lines()
    assert lines[2] == (
        "All keys: Today: $5.10* | Week: $37.70 | Month: $178.90 "
        "(sources disagree: week $37.70 or $21.40, month $178.90 or $92.00)"
    )
    assert line(lines, "Note: on") == (
        "Note: on 5 days from Nov 5 to Nov 18 OpenRouter's sources disagree: $173.80 or $86.90; "
        "the fuller count is used"
    )
    notes = [note["message"] for note in asked.json()["notes"] if note["code"] == "sources_disagree"]
    assert "account.week_usd: sources disagree: $37.70 or $21.40" in notes


def test_yesterday_that_is_not_published_adds_no_words(skill, serve):
    account = house()
    account.events.append(replace(account.events[0], at=NOW - timedelta(days=1), usd=Decimal(4)))
    fake = serve(account)
    fake.edit("/activity", lambda rows: [row for row in rows if row["date"] < "2026-11-19"])
    early = datetime(2026, 11, 20, 5, 0, tzinfo=timezone.utc)
    account.events = [one for one in account.events if one.at < early]
    lines = at(skill.ask(fake, "agent", "admin"), fake, early).lines()
    assert "Recent Models (7d, all keys):" in lines
    assert not [one for one in lines if one.startswith("Note")]


def test_what_the_keys_spent_and_no_day_holds_is_said(asked, fake):
    fake.edit("/activity", lambda rows: [])
    fake.fault("/analytics/query", status=503, body="")
    lines = asked.lines()
    assert lines[2] == "All keys: Today: $5.10* | Week: at least $21.40 | Month: at least $92.00"
    assert line(lines, "Note: at least") == (
        "Note: at least $86.90 more was spent from Nov 1 to Nov 19 than OpenRouter tells by day: "
        "sums over them are too small"
    )


# Memory


def test_remembered_days_are_not_overwritten_by_less(skill, fake):
    skill.remembers = True
    for path in ("/analytics/query", "/keys"):
        fake.fault(path, status=503, body="")
    skill.ask(fake, "agent", "admin").run()
    fake.edit("/activity", lambda rows: [])
    lines = later(skill, fake, days=1).lines()
    assert line(lines, "7d: ").endswith("; total $16.30")
    assert line(lines, "Note: on") == (
        "Note: on 5 days from Nov 5 to Nov 18 OpenRouter's /activity told $86.90, and now tells $0.00: "
        "the fuller count is used"
    )
    total = skill.json("report", "--offline", "--no-credits", "--date", "2026-11-18")["total"]["usd"]
    assert total == Decimal("10.48")


def test_a_lesser_answer_replaces_a_day_once_analytics_agrees(skill, serve):
    account = house()
    fake = serve(account)
    skill.remembers = True
    skill.ask(fake, "agent", "admin").run()
    account.events = [one for one in account.events if one.provider != "Google"]
    later(skill, fake, hours=30).run()
    total = skill.json("report", "--offline", "--no-credits", "--date", "2026-11-18")["total"]["usd"]
    assert total == Decimal("8.0000000004")


def test_a_doubted_day_is_asked_for_again(skill, fake):
    skill.remembers = True
    skill.ask(fake, "agent", "admin").run()
    fake.edit("/activity", lambda rows: [])
    fake.fault("/analytics/query", status=503, body="")
    later(skill, fake, days=1).run()
    later(skill, fake, hours=1).run()
    assert "admin /activity" in fake.paths()


@pytest.mark.parametrize("ahead", ["the machine", "the answer"])
def test_days_by_a_clock_that_is_ahead_are_not_remembered(skill, fake, ahead):
    skill.remembers = True
    if ahead == "the machine":
        skill.now = NOW + timedelta(days=3)
    skill.ask(fake, "agent", "admin")
    if ahead == "the answer":
        fake.fault("/activity", body='{"data": []}', headers=(("Date", "Mon, 23 Nov 2026 14:09:00 GMT"),), times=1)
    skill.run()
    memory = skill.json("doctor", "--offline")["memory"]["accounts"]
    assert memory[0]["last"] == "2026-11-19"


# The other commands


def test_a_forecast_goes_by_the_fuller_count(skill, serve):
    fake = serve(steady("40"))
    whole = skill.ask(fake, "agent", "admin").json("forecast")["forecast"]
    fake.edit("/activity", lambda rows: rows[:10])
    assert skill.json("forecast")["forecast"] == whole


def test_a_report_has_a_row_for_what_is_not_broken_down(asked, fake):
    fake.edit("/activity", lambda rows: [row for row in rows if row["date"] < "2026-11-17"])
    lines = asked.lines("report", "--days", "7")
    assert [one.split()[:4] for one in lines if one.startswith(("not broken", "Total"))] == [
        ["not", "broken", "down", "$11.30"],
        ["Total", "$16.30", "?", "100%"],
    ]
    assert "Note: by model $5.00 of $16.30 is broken down so far" in lines
    document = asked.json("report", "--days", "7")
    assert (document["total"]["usd"], document["not_broken_down_usd"]) == (Decimal("16.3"), Decimal("11.3"))
    assert (document["total"]["requests"], document["rows"][0]["usd"]) == (None, 5)
    csv = asked.run("report", "--days", "7", "--csv").out.splitlines()
    assert csv[-1].startswith("not broken down,11.3")


def test_a_report_by_date_has_the_fuller_count_of_each_day(asked, fake):
    fake.edit("/activity", lambda rows: [row for row in rows if row["date"] < "2026-11-17"])
    document = asked.json("report", "--days", "4", "--by", "date")
    assert [(row["date"], row["usd"]) for row in document["rows"]] == [
        ("2026-11-16", 5),
        ("2026-11-17", Decimal("0.82")),
        ("2026-11-18", Decimal("10.48")),
        ("2026-11-19", 0),
    ]
    assert document["total"]["usd"] == Decimal("16.3")


def test_a_filtered_total_is_at_least_what_is_broken_down(asked, fake):
    fake.edit("/activity", lambda rows: [row for row in rows if row["date"] < "2026-11-17"])
    lines = asked.lines("report", "--days", "7", "--by", "provider", "--model", "openai/*")
    assert [one for one in lines if one.startswith("not broken")] == []
    assert line(lines, "Total").split()[:4] == ["Total,", "at", "least", "$5.00"]


def test_a_report_by_key_marks_no_key_as_unused_where_analytics_is_empty(asked, fake):
    fake.edit("/analytics/query", lambda data: {**data, "data": []})
    document = asked.json("report", "--by", "key")
    assert [(row["key"], row["usd"], row["marks"]) for row in document["rows"]] == [
        ("agent", None, ["no_limit"]),
        ("second", None, ["no_limit"]),
    ]
    assert document["total"]["usd"] == Decimal("186.9")


def test_today_of_a_report_is_unknown_where_analytics_is_empty(asked, fake):
    fake.edit("/analytics/query", lambda data: {**data, "data": []})
    document = asked.json("report")
    assert (document["today"], document["total"]["usd"]) == (None, Decimal("186.9"))
    printed = asked.run("report").out
    assert "Today" not in printed
    assert "Note: today is unknown: OpenRouter's analytics has no row" in printed


@pytest.mark.parametrize(("state", "reason"), [
    ("failing", "OpenRouter is failing (HTTP 503)"),
    ("refused", "OpenRouter forbids this to OPENROUTER_MGMT_KEY (HTTP 403): "),
])  # fmt: skip
def test_a_report_that_has_no_figure_of_today_says_why(asked, fake, state, reason):
    fake.source("/analytics/query", state)
    assert any(line.startswith(f"Note: today is unknown: {reason}") for line in asked.lines("report"))


def test_why_claims_no_fall_that_nobody_saw(asked, fake):
    fake.edit("/activity", lambda rows: [row for row in rows if row["date"] < "2026-11-13"])
    lines = asked.lines("why")
    assert lines[:3] == [
        "Down $26.05 (-62%) from Nov 13 to 19, compared with the 7 days before; what made it change is unknown "
        "(from 2026-11-13 to 2026-11-19 $0.00 of $16.30 is broken down so far).",
        "Before: 2026-11-06 to 2026-11-12, $42.35",
        "After: 2026-11-13 to 2026-11-19, $16.30 (all keys, completed UTC days)",
    ]
    assert asked.json("why")["total"] is None


def test_why_says_which_days_differ_by_cents(skill, serve):
    fake = serve(steady("40"))

    def without_a_cent(rows):
        return [{**row, "usage": row["usage"] - (0.02 if row["date"] == "2026-11-17 00:00:00" else 0)} for row in rows]

    fake.edit("/activity", without_a_cent)
    lines = skill.ask(fake, "agent", "admin").lines("why")
    assert "Note: OpenRouter's sources differ by $0.02 on Nov 17" in lines


@pytest.mark.parametrize(
    ("path", "source"), [("/activity", "activity"), ("/analytics/query", "analytics")], ids=["activity", "analytics"]
)
def test_metrics_tell_which_source_is_complete(asked, fake, path, source):
    def complete(text):
        start = "openrouter_source_complete{source="
        found = [one[len(start) :].split("} ") for one in text.splitlines() if one.startswith(start)]
        return {name.strip('"'): int(value) for name, value in found}

    assert complete(asked.run("metrics").out) == {"activity": 1, "analytics": 1}
    fake.edit(path, lambda data: [] if isinstance(data, list) else {**data, "data": []})
    text = asked.run("metrics").out
    assert complete(text) == {"activity": 1, "analytics": 1, source: 0}
    assert "openrouter_scrape_success 1" in text


def test_a_bar_tells_both_counts(skill, serve):
    account = steady("40")
    account.events += spending("3", range(1))
    fake = serve(account)
    skill.remembers = True
    fake.edit(
        "/analytics/query",
        lambda data: {**data, "data": [{**row, "credits_usage": 2 * row["credits_usage"]} for row in data["data"]]},
    )
    skill.ask(fake, None, "admin").run()
    printed = skill.run("bar", "--show", "usage")
    assert printed.out.split(" (")[0].strip() == "💰 $6.00 or $3.00 today"


@pytest.mark.parametrize("status", [403, 503])
def test_analytics_stands_in_for_an_activity_that_cannot_be_had(asked, fake, status):
    fake.fault("/activity", status=status, body='{"error": {"code": 403, "message": "not for you"}}')
    document = asked.json("report", "--by", "date")
    assert (document["source"], document["total"]["usd"]) == ("analytics", Decimal("186.9"))
    assert document["notes"][0]["code"] == "activity_failed"
    assert asked.json("report", "--by", "provider")["total"]["usd"] == Decimal("186.9")


def test_a_name_that_another_key_was_told_is_that_of_all_days(remembered, serve, account):
    fake = serve(account)  # at another address it is another key
    fake.fault("/activity", status=402, body="{}")
    document = remembered.ask(fake, "agent", "admin").json("report", "--from", "month")
    spent = {row["model"]: (row["today_usd"], row["usd"]) for row in document["rows"]}
    assert spent["openai/gpt-5.1"] == (Decimal("1.68"), Decimal("48.169104448"))
    assert "openai/gpt-5.1-20260801" not in spent


def test_use_that_really_doubles_is_believed(skill, serve):
    account = steady("40", usd="5", days=0)
    account.events, account.purchased = spending("5", range(1)), 50
    fake = serve(account)
    skill.remembers = True
    skill.ask(fake, "agent", "admin").run("check")
    account.events += [replace(one, at=one.at + timedelta(days=1)) for one in account.events]
    lines = later(skill, fake, days=1).lines()
    assert "Balance: $40.00 / $50.00" in lines


def test_credits_that_fall_within_a_day_are_unknown(skill, serve):
    account = steady("40")
    account.events += spending("1000", range(70, 71))
    account.purchased += 1000
    fake = serve(account)
    skill.remembers = True
    skill.ask(fake, mgmt="admin").run("check")
    fake.edit("/credits", lambda data: {**data, "total_usage": data["total_usage"] / 2})
    printed = later(skill, fake, minutes=10).run("check")
    assert (printed.code, "/credits told more use before" in printed.out) == (3, True)


def seen_at(skill, fake, account, events, now):
    """What is told at an instant, of what was spent until then."""
    account.events = [one for one in events if one.at <= now]
    return at(skill, fake, now).run().out


@pytest.mark.parametrize("state", ["late", "half", "one vendor missing", "empty", "failing"])
def test_what_the_keys_tell_of_today_is_not_added_to_what_the_credits_prove(skill, serve, state):
    """Of today analytics lacks $3.00: the key list has it, and the credits grew by it; it was spent once."""
    each_day = {"agent": "3.00", "second": "1.00"}
    events = [
        event(f"11-{day:02}", key, "openai/gpt-5.1", "OpenAI", usd)
        for day in range(1, 20)
        for key, usd in each_day.items()
    ]
    events += [
        event("11-20", "agent", "openai/gpt-5.1", "OpenAI", "2.00"),
        event("11-20", "second", "openai/gpt-5.1", "OpenAI", "3.00"),
    ]
    events[-2] = replace(events[-2], at=NOW - timedelta(hours=8))
    account = house()
    fake = serve(account)
    skill.remembers = True
    skill.ask(fake, "agent", "admin")
    before = seen_at(skill, fake, account, events, NOW - timedelta(hours=6))
    assert "All keys: Today: $2.00* | Week: $18.00 | Month: $78.00" in before
    fake.source("/analytics/query", state)
    printed = seen_at(skill, fake, account, events, NOW)
    assert re.search(
        r"All keys: Today: (at least )?\$5\.00\* \| Week: (at least )?\$21\.00 \| Month: (at least )?\$81\.00", printed
    ), printed


def test_what_the_credits_told_too_late_before_midnight_is_not_todays(skill, serve):
    """They lag a minute or more: at 00:00:05 they lack what was spent at 23:59:10."""
    midnight = datetime(2026, 11, 20, tzinfo=timezone.utc)
    late = replace(event("11-19", "agent", "openai/gpt-5.1", "OpenAI", "6.00"), at=midnight - timedelta(seconds=50))
    account = house()
    events = [one for one in account.events if one.at < midnight]
    fake = serve(account)
    skill.remembers = True
    skill.ask(fake, mgmt="admin")
    for now, known in (
        (midnight - timedelta(hours=4), events),
        (midnight + timedelta(seconds=5), events),
        (midnight + timedelta(minutes=20), [*events, late]),
    ):
        printed = seen_at(skill, fake, account, known, now)
    assert printed.splitlines()[1] == "Today: $0.00* | Week: $22.30 | Month: $92.90"


def test_a_clock_over_midnight_is_no_proof_of_more_spend(skill, serve):
    account = steady("40")
    fake = serve(account, now=datetime(2026, 11, 22, 23, 57, tzinfo=timezone.utc))
    skill.now = datetime(2026, 11, 23, 0, 2, tzinfo=timezone.utc)
    lines = skill.ask(fake, "agent", "admin").run().out
    assert "at least" not in lines
