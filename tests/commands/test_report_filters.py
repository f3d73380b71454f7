"""Filters of a report, several at once, and what exists for single calls alone."""

from dataclasses import replace
from decimal import Decimal

import pytest

from conftest import event, house
from fake_openrouter import Account, FakeKey
from fleet import ago, assert_true, truth


def bodies(fake):
    """The questions to analytics about rows."""
    return [asked.body for asked in fake.asked if asked.path == "/analytics/query" and "dimensions" in asked.body]


def chats():
    """Two keys; the sessions `chat-1` of $3 and `chat-2` of $5 yesterday, `chat-1` of $0.50 today, the rest unnamed."""
    keys = [FakeKey("agent", user="Ada"), FakeKey("second", user=None, email="grace@example.org")]
    day, today = "11-19", "11-20"
    one = {"session_id": "chat-1", "external_user": "kim", "app": "OpenClaw"}
    events = [
        replace(event(day, "agent", "v/big", "Alpha", "1.00"), **one, generation_id="gen-1"),
        replace(event(day, "agent", "v/small", "Beta", "2.00", byok="0.25"), **one, generation_id="gen-2"),
        replace(event(day, "second", "v/big", "Beta", "5.00"), session_id="chat-2", app="Other [beta]"),
        replace(event(day, "second", "v/big", "alphabet", "7.00"), app="OpenClaw Two"),
        replace(event(today, "agent", "v/big", "Alpha", "0.50"), **one),
    ]
    return Account([*keys, FakeKey("admin", management=True)], events, purchased=100)


def test_a_session_is_asked_for_by_its_id(skill, serve):
    fake = serve(chats())
    lines = skill.ask(fake, mgmt="admin").lines("report", "--session", "chat-1", "--no-credits")
    assert lines[:3] == [
        "💰 OpenRouter Report by model (all keys, session chat-1)",
        "2026-10-21 to 2026-11-19 and 2026-11-20 so far: $3.50* + $0.25 BYOK; "
        "$3.00 + $0.25 BYOK in the 30 completed UTC days",
        "",
    ]
    rows = [line.split()[:4] for line in lines[lines.index("") + 2 :] if not line.startswith("─")]
    assert rows[:4] == [
        ["small", "$2.00", "$0.00", "$2.00"],
        ["big", "$1.50", "$0.50", "$1.00"],
        ["Total", "$3.50", "$0.50", "$3.00"],
        [],
    ]
    assert skill.json("report", "--session", "chat-1", "--to", "yesterday")["today"] is None
    chosen = [{"field": "session_id", "operator": "eq", "value": "chat-1"}]
    assert {str(body["filters"]) for body in bodies(fake)} == {str(chosen)}
    assert {tuple(body["dimensions"]) for body in bodies(fake)} == {("model",)}


def test_a_session_leaves_room_for_two_dimensions(skill, serve):
    document = skill.ask(serve(chats()), mgmt="admin").json("report", "--session", "chat-1", "--by", "user,app")
    assert [(row["user"], row["app"], row["usd"]) for row in document["rows"]] == [("Ada", "OpenClaw", 3)]
    assert document["only"] == {"session": "chat-1"}


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("session", [("(no session)", 7), ("chat-2", 5), ("chat-1", 3)]),
        ("external_user", [("(no external user)", 12), ("kim", 3)]),
        ("generation", [("(no id)", 12), ("gen-2", 2), ("gen-1", 1)]),
    ],
)
def test_single_calls_are_grouped_by_what_they_were_named(skill, serve, by, rows):
    document = skill.ask(serve(chats()), mgmt="admin").json("report", "--by", by)
    assert [(row[by], row["usd"]) for row in document["rows"]] == rows
    assert document["source"] == "analytics"


@pytest.mark.parametrize("by", ["session", "external_user", "generation,model", "hour"])
def test_beyond_31_days_there_are_none(skill, fake, by):
    skill.ask(fake, mgmt="admin")
    printed = skill.run("report", "--by", by, "--from", "2026-10-01", "--to", "2026-10-19")
    assert (printed.code, printed.out) == (2, "")
    named = by.replace(",", " and ")
    assert printed.err.splitlines()[0] == (
        f"Error: nothing is known of 2026-10-01 to 2026-10-19: by {named}, OpenRouter's analytics holds the completed "
        "UTC days 2026-10-20 to 2026-11-19"
    )
    document = skill.json("report", "--by", by, "--days", "40")
    assert (document["known_days"], document["notes"][0]["code"]) == (31, "days_missing")


def test_a_filter_of_single_calls_reaches_31_days(skill, fake):
    skill.ask(fake, mgmt="admin")
    for option in ("--session", "--external-user", "--generation"):
        document = skill.json("report", option, "x", "--days", "40")
        assert (document["known_days"], document["notes"][0]["code"]) == (31, "no_match")


def test_of_more_calls_than_openrouter_tells_the_dearest_are_told(skill, serve):
    account = house()
    account.events = [
        replace(event("11-19", "agent", "v/m", "P", f"{number}.00"), generation_id=f"gen-{number}")
        for number in range(1, 5)
    ]
    fake = serve(account)
    fake.edit(
        "/analytics/query",
        lambda data: (
            {"data": data["data"][:2], "metadata": {"truncated": True}} if "generation_id" in data["data"][0] else data
        ),
    )
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "generation")
    assert [(row["generation"], row["usd"]) for row in document["rows"]] == [("gen-4", 4), ("gen-3", 3)]
    assert document["notes"][0] == {
        "code": "truncated",
        "message": "OpenRouter told the 2 dearest calls alone: $7.00 of $10.00; the others are in no figure",
    }
    (question,) = [body for body in bodies(fake) if body["time_range"]["start"] < "2026-11-20"]
    assert (question["order_by"], question["limit"]) == ({"field": "credits_usage", "direction": "desc"}, 10_000)
    assert skill.lines("report", "--by", "generation", "--no-credits")[7].startswith("Total, at least $7.00")


# Names


@pytest.mark.parametrize(
    ("options", "usd"),
    [
        (["--app", "openclaw"], 3),
        (["--app", "OpenClaw*"], 10),
        (["--app", "Other [beta]"], 5),
        (["--provider", "alpha"], 1),
        (["--provider", "alpha*"], 8),
        (["--user", "ADA"], 3),
        (["--user", "grace@example.org"], 12),
        (["--user", "*@example.org"], 15),
        (["--workspace", "ws-default"], 15),
        (["--app", "openclaw*", "--provider", "alphabet"], 7),
        (["--app", "openclaw*", "--user", "ada", "--by", "date"], 3),
        (["--app", "openclaw*", "--user", "ada", "--key", "agent", "--session", "chat-1", "--by", "date"], 3),
        (["--user", "ada", "--provider", "b*", "--by", "model"], 2),
        (["--user", "ada", "--provider", "B*", "--by", "model", "--model", "small"], 2),
        (["--app", "openclaw", "--provider", "B*", "--by", "key"], 2),
        (["--app", "openclaw*", "--user", "ada"], 3),
        (["--app", "openclaw*", "--user", "*@*", "--provider", "alphabet", "--session", "chat-2"], None),
    ],
)
def test_names_and_patterns_whatever_the_case(skill, serve, options, usd):
    document = skill.ask(serve(chats()), mgmt="admin").json("report", *options)
    assert document["total"]["usd"] == usd
    assert bool([note for note in document["notes"] if note["code"] == "no_match"]) is (usd is None)


def test_two_filters_that_leave_no_room_for_models_are_by_date(skill, serve):
    document = skill.ask(serve(chats()), mgmt="admin").json("report", "--app", "openclaw*", "--user", "ada")
    assert (document["by"], len(document["rows"]), document["total"]["usd"]) == (["date"], 30, 3)
    assert document["rows"][-1]["usd"] == 3


@pytest.mark.parametrize(
    ("options", "fits"),
    [
        (["--provider", "Beta"], lambda account, one: one.provider == "Beta"),
        (["--provider", "=1*"], lambda account, one: one.provider == "=1+1"),
        (["--app", "客服机器人"], lambda account, one: one.app == "客服机器人"),
        (["--workspace", "ws-t*"], lambda account, one: account.key(one.key).workspace != "ws-default"),
        (["--user", "grace"], lambda account, one: account.key(one.key).user == "Grace"),
    ],
)
@pytest.mark.parametrize("by", ["date", "model", "hour"])
def test_every_filter_leaves_what_it_should(skill, serve, big, options, fits, by):
    document = skill.ask(serve(big), mgmt="admin").json("report", "--by", by, *options)
    sums = truth(big, (by,), ago(30), ago(1), lambda one: fits(big, one))
    idle = {(ago(day).isoformat(),) for day in range(1, 31)} - set(sums) if by == "date" else ()
    assert_true(document, sums, idle=idle)


def test_by_provider_the_days_of_activity_will_do(skill, serve):
    fake = serve(chats())
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "date,model", "--provider", "beta", "--days", "1")
    assert [(row["model"], row["usd"]) for row in document["rows"]] == [("v/big", 5), ("v/small", 2)]
    assert document["source"] == "activity"
    assert [body["time_range"]["start"] for body in bodies(fake)] == ["2026-11-20T00:00:00Z"]


def test_one_dimension_too_many_filters_the_providers_that_there_are(skill, serve):
    fake = serve(chats())
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "app,user", "--provider", "ALPHA*", "--days", "1")
    assert [(row["app"], row["usd"]) for row in document["rows"]] == [("OpenClaw Two", 7), ("OpenClaw", 1)]
    chosen = [{"field": "provider", "operator": "in", "value": ["Alpha", "alphabet"]}]
    assert [body.get("filters") for body in bodies(fake) if body["dimensions"] == ["app", "user"]] == [chosen] * 2


def test_filters_that_openrouter_does_not_take_are_too_many(skill, serve):
    fake = serve(chats())
    printed = skill.ask(fake, mgmt="admin").run("report", "--app", "a", "--user", "b", "--by", "model")
    assert (printed.code, fake.asked) == (2, [])
    assert printed.err.splitlines() == [
        "Error: OpenRouter groups by two of these at most: model, app, user (a filter counts too, but for --provider, "
        "ids, one model and one listed key)",
        "Next: leave one out",
    ]


# What fits nothing


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--app", "openclav"], "no app that was used fits openclav; nearest: OpenClaw, OpenClaw Two"),
        (["--app", "zzz"], "no app that was used fits zzz; used: OpenClaw Two, Other [beta], OpenClaw"),
        (["--provider", "zzz"], "no provider that was used fits zzz; used: Beta, alphabet, Alpha"),
        (["--user", "zzz"], "no user that was used fits zzz; used: grace@example.org, Ada"),
        (["--session", "CHAT-1"], "no session that was used fits CHAT-1; nearest: chat-1, chat-2"),
        (["--external-user", "zzz"], "no external user that was used fits zzz; used: (no external user), kim"),
        (
            ["--user", "ada", "--provider", "alphabet"],
            "no user that was used under the other filters fits ada; used: grace@example.org",
        ),
        (
            ["--by", "app,user", "--provider", "zzz"],
            "no provider that was used fits zzz; used: Beta, alphabet, Alpha",
        ),
    ],
)
def test_what_fits_nothing_is_no_zero(skill, serve, options, said):
    skill.ask(serve(chats()), mgmt="admin")
    document = skill.json("report", *options)
    assert (document["rows"], document["total"]["usd"], document["notes"][0]["message"]) == ([], None, said)
    lines = skill.lines("report", *options, "--no-credits")
    assert lines[3] == f"Nothing to show: {said}."
    assert not [line for line in lines if "$0.00" in line]


@pytest.mark.parametrize("by", ["date", "key", "hour", "weekday"])
def test_of_what_fits_nothing_no_day_is_told(skill, serve, by):
    skill.ask(serve(chats()), mgmt="admin")
    lines = skill.lines("report", "--app", "zzz", "--by", by, "--no-credits")
    assert lines[3].startswith("Nothing to show: no app that was used fits zzz")


def test_what_was_used_today_alone_fits(skill, serve):
    account = chats()
    account.events.append(replace(event("11-20", "agent", "v/big", "Alpha", "0.25"), session_id="new"))
    document = skill.ask(serve(account), mgmt="admin").json("report", "--session", "new")
    assert (document["total"]["usd"], document["today"]["total"]["usd"]) == (0, Decimal("0.25"))
    assert "no_match" not in [note["code"] for note in document["notes"]]


@pytest.mark.parametrize("options", [["--app", " "], ["--session", "a\nb"], ["--generation", " "]])
def test_what_cannot_be_a_filter_is_wrong_usage(skill, fake, options):
    printed = skill.ask(fake, mgmt="admin").run("report", *options)
    assert (printed.code, printed.out, fake.asked) == (2, "", [])
    assert printed.err.startswith(f"Error: argument {options[0]}: must ")


def test_where_analytics_has_no_row_at_all_a_session_is_not_unknown(skill, serve):
    fake = serve(chats())
    fake.source("/analytics/query", "empty")
    printed = skill.ask(fake, mgmt="admin").run("report", "--session", "chat-1")
    assert "$0.00" not in printed.out
