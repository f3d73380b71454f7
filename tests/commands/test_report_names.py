"""What stands in a report's rows: people, use without a key, presets, and what has no tokens."""

import time
from decimal import Decimal

import pytest

from conftest import NOW, event, house, later
from fake_openrouter import Account, Event, FakeKey
from fleet import of_csv


def first_cells(lines, count):
    """The names in the first rows of the table."""
    top = next(number for number, line in enumerate(lines) if line.startswith(("User", "App", "Key"))) + 1
    return [line.split("  ")[0] for line in lines[top : top + count]]


# People

PEOPLE = (
    ("Ada", "ada@example.org", "6"),
    (None, "bo@example.org", "5"),
    (None, "cy@example.org", "4"),
    ("Grace", "grace@example.org", "3"),
    ("Grace", "hopper@example.org", "2"),
    ("Grace", "", "1"),
    (None, "", "0.5"),
)
"""Names and emails; an empty email is not told."""


@pytest.fixture
def people(skill, serve):
    keys = [FakeKey(f"key {number}", user=name, email=email) for number, (name, email, _) in enumerate(PEOPLE)]
    events = [event("11-18", key.name, "v/m", "P", usd) for key, (_, _, usd) in zip(keys, PEOPLE)]
    skill.fake = serve(Account([*keys, FakeKey("admin", management=True)], events))
    return skill.ask(skill.fake, mgmt="admin")


def test_two_people_without_a_name_are_two_rows(people):
    document = people.json("report", "--by", "user")
    assert [(row["user"], row["user_email"], row["usd"]) for row in document["rows"]] == [
        ("Ada", "ada@example.org", 6),
        (None, "bo@example.org", 5),
        (None, "cy@example.org", 4),
        ("Grace", "grace@example.org", 3),
        ("Grace", "hopper@example.org", 2),
        ("Grace", None, 1),
        ("(no user)", None, Decimal("0.5")),
    ]
    assert (document["total"]["usd"], document["notes"]) == (Decimal("21.5"), [])


def test_a_person_is_printed_by_name_and_by_email_where_that_does_not_tell_who(people):
    assert first_cells(people.lines("report", "--by", "user"), 7) == [
        "Ada",
        "bo@example.org",
        "cy@example.org",
        "grace@example.org",
        "hopper@example.org",
        "Grace",
        "(no user)",
    ]


def test_a_csv_has_the_email_beside_the_name(people):
    rows = of_csv(people.run("report", "--by", "user,date", "--csv", "--top", "2").out)
    assert [(row["user"], row["user_email"], row["date"]) for row in rows] == [
        ("Ada", "ada@example.org", "2026-11-18"),
        ("", "bo@example.org", "2026-11-18"),
        ("5 more", "", ""),
    ]


def test_why_tells_people_apart_by_their_email(people):
    through = people.json("why", "--by", "user")["through"]
    assert [(row["user"], row["user_email"], row["after_usd"]) for row in through["rows"]][1:3] == [
        (None, "bo@example.org", 5),
        (None, "cy@example.org", 4),
    ]
    lines = people.lines("why", "--by", "user")
    assert "By user: Ada +$6.00 (new), bo@example.org +$5.00 (new), cy@example.org +$4.00 (new)." in lines
    assert [line.split()[0] for line in lines if line.startswith(("bo@", "cy@"))] == [
        "bo@example.org",
        "cy@example.org",
    ]


def test_people_are_remembered_as_they_were_told(people):
    people.remembers = True
    told = people.json("report", "--by", "user", "--no-credits")["rows"]
    later(people, people.fake, seconds=30)
    assert people.json("report", "--by", "user", "--no-credits")["rows"] == told
    assert people.fake.asked == []


def test_people_are_remembered_where_it_is_told_last_whose_the_key_is(people):
    people.remembers = True

    def late(asked, reply):
        time.sleep(0.15 if asked.path == "/auth/key" else 0)
        return reply

    people.fake.rewrite = late
    people.json("report", "--by", "user", "--no-credits")
    people.fake.asked.clear()
    people.json("report", "--by", "user", "--no-credits")
    assert people.fake.asked == []


def test_a_key_in_an_email_is_masked(skill, serve, account):
    secret = account.key("second").text
    account.key("agent").user, account.key("agent").email = None, f"{secret}@example.org"
    skill.ask(serve(account), mgmt="admin")
    for form in ("--csv", "--json", "--no-credits"):
        printed = skill.run("report", "--by", "user", form).all
        assert secret not in printed and "[a key]" in printed


# Use without a key


def with_chatroom():
    """The house, with $3.00 of the chatroom, and $1.00 of a key that is not listed."""
    account = house()
    account.keys.append(FakeKey("an app of mine", oauth=True))
    account.events += [event("11-18", None, "v/m", "P", "3.00"), event("11-18", "an app of mine", "v/m", "P", "1.00")]
    return account


def renamed(fake, **names):
    """Makes analytics call keys otherwise."""

    def rename(data):
        for row in data["data"]:
            if row.get("api_key_id") in names:
                row["api_key_id"] = names[row["api_key_id"]]
        return data

    fake.edit("/analytics/query", rename)


@pytest.mark.parametrize("chatroom", ["Chatroom", -1, "-1"])
def test_the_chatroom_is_no_deleted_key_and_makes_no_total_unknown(skill, serve, chatroom):
    fake = serve(with_chatroom())
    renamed(fake, **{"Chatroom": chatroom, "an app of mine": None})
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "key")
    rows = {row["key"]: row for row in document["rows"]}
    assert [(rows[name]["usd"], rows[name]["keys"], rows[name]["marks"]) for name in ("Chatroom", "(no key)")] == [
        (3, 0, []),
        (1, 0, []),
    ]
    total = document["total"]
    assert (total["usd"], total["keys"]) == (Decimal("190.90"), 2)
    assert (total["today_usd"], total["month_usd"]) == (Decimal("5.1"), 92)
    assert {note["code"] for note in document["notes"]} == {"not_a_key"}
    assert [note for note in document["notes"] if note["message"].startswith("total.")] == []
    lines = skill.lines("report", "--by", "key")
    assert next(line for line in lines if line.startswith("Chatroom")).split()[1:5] == ["–", "–", "–", "$3.00"]
    assert next(line for line in lines if line.startswith("Total")).split()[1:4] == ["$5.10", "$21.40", "$92.00"]
    assert [line for line in lines if line.startswith("Note:")] == []


def test_only_the_chatroom_has_no_counters_to_add_up(skill, serve):
    account = Account([FakeKey("admin", management=True)], [event("11-18", None, "v/m", "P", "3.00")])
    total = skill.ask(serve(account), mgmt="admin").json("report", "--by", "key")["total"]
    assert (total["usd"], total["today_usd"]) == (3, None)


def test_a_listed_key_may_be_called_like_the_chatroom(skill, serve, account):
    account.key("agent").called = "Chatroom"
    row = skill.ask(serve(account), mgmt="admin").json("report", "--by", "key")["rows"][0]
    assert (row["key"], row["keys"], row["today_usd"]) == ("Chatroom", 1, Decimal("3.42"))


@pytest.mark.parametrize(("dimension", "label"), [("app", "Unknown"), ("workspace", "Unattributed")])
def test_the_labels_of_use_without_an_app_or_a_workspace_are_names(skill, serve, dimension, label):
    document = skill.ask(serve(with_chatroom()), mgmt="admin").json("report", "--by", dimension)
    assert [row["usd"] for row in document["rows"] if row[dimension] == label] == [3]
    assert (document["total"]["usd"], document["notes"]) == (Decimal("190.90"), [])


def test_a_key_that_is_not_listed_may_be_one_made_by_oauth(skill, serve):
    skill.ask(serve(with_chatroom()), mgmt="admin")
    why = "not listed: /keys tells neither keys made by OAuth nor deleted ones"
    assert skill.lines("report", "--by", "key")[-1] == f"Note: ? is unknown: {why}"
    notes = skill.json("report", "--by", "key")["notes"]
    assert notes[0] == {"code": "not_listed", "message": f"total.today_usd: {why}"}


# Presets


def presets():
    """An account that used presets, alone and with a model, of the same vendor's version."""
    noon = NOW.replace(day=18, hour=12)
    used = [
        ("@preset/ocr", "1.25"),
        ("qwen/qwen3-235b@preset/ocr", "0.75"),
        ("openrouter/ocr", "0.50"),
        ("vendor/@preset/ocr", "0.25"),
    ]
    events = [Event(noon, "agent", model, "P", Decimal(usd), permaslug="qwen/qwen3-235b-2507") for model, usd in used]
    return Account([FakeKey("agent"), FakeKey("admin", management=True)], events)


def test_a_preset_looks_like_one_and_never_like_a_model(skill, serve):
    skill.ask(serve(presets()), mgmt="admin")
    names = ["@preset/ocr", "qwen3-235b@preset/ocr", "ocr", "vendor/@preset/ocr"]
    lines = skill.lines("report")
    top = next(number for number, line in enumerate(lines) if line.startswith("Model")) + 1
    assert [line.split()[0] for line in lines[top : top + 4]] == names
    assert [line.split(":")[0] for line in skill.lines() if line.startswith("•")] == [f"• {name}" for name in names]
    assert skill.run("report", "--csv").out.splitlines()[1].startswith("'@preset/ocr,")


@pytest.mark.parametrize(("glob", "usd"), [("ocr", "0.5"), ("@preset/*", "1.5"), ("*@preset/ocr", "2.25")])
def test_a_pattern_for_a_model_does_not_take_a_preset(skill, serve, glob, usd):
    document = skill.ask(serve(presets()), mgmt="admin").json("report", "--model", glob)
    assert document["total"]["usd"] == Decimal(usd)


# What has no tokens


def with_videos():
    """An account with text of 101,000 tokens for $0.80 and $3.20, and videos, which have none, for $8.00."""
    days = ["11-18", "11-19"]
    events = [
        event(day, "agent", "openai/gpt-5.1", "OpenAI", usd, prompt=100_000, completion=1000)
        for day, usd in zip(days, ("0.80", "3.20"))
    ]
    events += [
        event(day, "agent", "google/veo-3.1", "Google", usd, prompt=0, completion=0)
        for day, usd in zip(days, ("1.60", "6.40"))
    ]
    return Account([FakeKey("agent"), FakeKey("admin", management=True)], events)


PRICES = {
    "model": [Decimal("19.8019801980"), None],
    "date": [None] * 5 + [Decimal("7.9207920792"), Decimal("31.6831683168")],
}


@pytest.mark.parametrize("by", ["model", "date"])
def test_a_price_per_token_is_of_what_has_tokens(skill, serve, by):
    skill.ask(serve(with_videos()), mgmt="admin")
    document = skill.json("report", "--by", by, "--days", "7")
    prices = [row["usd_per_million_tokens"] for row in document["rows"]]
    assert sorted(prices, key=str) == sorted(PRICES[by], key=str)
    assert (document["total"]["usd"], document["total"]["usd_per_million_tokens"]) == (12, Decimal("19.8019801980"))
    legend = "$/M: credits + BYOK per million prompt + completion tokens, without $8.00 of what has none"
    assert f"{legend}; $/req: per request." in skill.lines("report", "--by", by, "--days", "7")


@pytest.mark.parametrize("by", ["model", "date", "provider,date"])
def test_what_has_no_tokens_stays_apart_in_memory(skill, serve, by):
    fake = serve(with_videos())
    skill.ask(fake, mgmt="admin").remembers = True
    skill.json("report")
    later(skill, fake, days=40)
    total = skill.json("report", "--offline", "--by", by, "--from", "2026-11-18", "--to", "2026-11-19")["total"]
    assert (total["usd"], total["usd_per_million_tokens"]) == (12, Decimal("19.801980198"))


def test_the_rest_leaves_out_what_has_no_tokens_too(skill, serve):
    document = skill.ask(serve(with_videos()), mgmt="admin").json("report", "--top", "1")
    assert (document["rows"][0]["model"], document["rows"][0]["usd_per_million_tokens"]) == ("google/veo-3.1", None)
    assert document["rest"]["usd_per_million_tokens"] == Decimal("19.801980198")
