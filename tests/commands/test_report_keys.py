"""The report by key: every key of every workspace, whatever it is called."""

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from conftest import NOW, RECORDED, answers_together, event, house, later
from fake_openrouter import Account, FakeKey
from fleet import ago, assert_true, fleet, shown_key, truth

# Keys


def test_keys_of_one_name_are_taken_together(skill, serve, big):
    skill.ask(serve(big), mgmt="admin")
    for name in ("TWINS", "twins (2 keys)"):
        document = skill.json("report", "--key", name)
        assert_true(document, truth(big, ("model",), ago(30), ago(1), lambda one: one.key in ("key-1", "key-4")))
    assert (document["only"], document["asked_with"]) == ({"key": "twins (2 keys)"}, "OPENROUTER_MGMT_KEY")


def test_a_nameless_key_goes_by_what_it_is_shown_as(skill, serve, big):
    skill.ask(serve(big), mgmt="admin")
    document = skill.json("report", "--key", "unnamed, created 2026-02-03", "--by", "date")
    sums = truth(big, ("date",), ago(30), ago(1), lambda one: one.key == "key-2")
    assert_true(document, sums, idle=[(ago(day).isoformat(),) for day in range(1, 31)])


@pytest.mark.parametrize("by", ["model", "date,model", "date,provider", "app", "hour", "date,user"])
def test_one_key_by_what_analytics_knows(skill, serve, big, by):
    document = skill.ask(serve(big), mgmt="admin").json("report", "--key", "key-3", "--by", by)
    assert_true(document, truth(big, tuple(by.split(",")), ago(30), ago(1), lambda one: one.key == "key-3"))


def test_one_key_among_the_keys(skill, serve, big):
    document = skill.ask(serve(big), mgmt="admin").json("report", "--key", "key-6", "--by", "key")
    assert [(row["key"], row["usd"], row["marks"]) for row in document["rows"]] == [
        ("key-6", 0, ["no_limit", "unused"])
    ]


@pytest.mark.parametrize("by", ["model", "app", "key"])
def test_a_key_that_is_none_is_wrong_usage(skill, fake, by):
    printed = skill.ask(fake, mgmt="admin").run("report", "--key", "agnet", "--by", by)
    assert (printed.code, printed.out) == (2, "")
    assert printed.err == "Error: no key is called agnet; is it agent?\nNext: `report --by key` lists the keys\n"


def test_every_key_of_every_workspace_with_what_it_may_spend(skill, serve, big):
    document = skill.ask(serve(big), mgmt="admin").json("report", "--by", "key")
    rows = {row["key"]: row for row in document["rows"]}
    assert set(rows) == {
        *(f"key-{number}" for number in (0, 3, 5, 6, 7, 8, 9, 10, 11)),
        "twins (2 keys)",
        "unnamed, created 2026-02-03",
    }
    assert rows["twins (2 keys)"]["keys"] == 2
    limited = ("limit_usd", "limit_remaining_usd", "limit_resets", "expires_at", "marks")
    assert [rows["key-3"][name] for name in limited] == [
        50,
        Decimal("12.25"),
        "weekly",
        "2026-11-29T00:00:00Z",
        ["expires_soon"],
    ]
    assert rows["key-5"]["marks"] == ["no_limit", "disabled", "spent_today"]
    assert rows["key-6"]["marks"] == ["no_limit", "unused"]
    assert document["live_only"] == ["total.today_usd", "rows.today_usd"]
    for window, first in (("today", 0), ("week", 4), ("month", 19)):
        for (name,), figures in truth(big, ("key",), ago(first), NOW.date()).items():
            assert abs(rows[name][f"{window}_usd"] - figures[0]) < Decimal("1e-9"), (name, window)


def test_a_label_is_never_shown(skill, serve, big):
    account = fleet()
    account.key("key-2").called = account.key("key-2").label
    fake = serve(account)
    skill.ask(fake, mgmt="admin")
    for arguments in (["--by", "key"], ["--by", "key,user"], ["--by", "key", "--csv"], ["--by", "key", "--json"]):
        printed = skill.run("report", *arguments)
        assert re.search(r"unnamed.*[, …].*26-02-03", printed.out)
        assert [key.label for key in account.keys if key.label in printed.all] == []
        assert [key.hash for key in account.keys if key.hash in printed.all] == []


def test_a_deleted_key_keeps_its_spend(skill, serve):
    account = house()
    account.key("second").deleted = True
    fake = serve(account)
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "key")
    gone = next(row for row in document["rows"] if row["key"] == "second")
    assert (gone["usd"], gone["today_usd"], gone["marks"]) == (Decimal("29.07"), None, ["not_listed"])
    assert document["total"]["usd"] == Decimal("186.90")
    assert "not listed" in next(line for line in skill.lines("report", "--by", "key") if line.startswith("second"))


@pytest.mark.parametrize("workspaces", [200, 403, 500])
def test_asked_twice_it_says_the_same_of_keys_that_are_not_listed(skill, serve, workspaces):
    account = house()
    account.key("second").deleted = True
    fake = serve(account)
    if workspaces != 200:
        fake.fault("/workspaces", status=workspaces, body="{}")
    skill.remembers = True
    first = skill.ask(fake, mgmt="admin").run("report", "--by", "key")
    assert ("No limit: agent" in first.out) == (workspaces == 200)
    assert ("not listed: /keys tells neither" in first.out) == (workspaces == 200)
    fake.asked.clear()
    assert skill.run("report", "--by", "key").out == first.out
    assert fake.times_asked("/keys") == 0


def test_an_old_key_list_does_not_tell_which_keys_are_gone(skill, serve):
    account = house()
    account.key("second").deleted = True
    fake = serve(account)
    skill.remembers = True
    skill.ask(fake, mgmt="admin").run("report", "--by", "key")
    later(skill, fake, hours=1)
    fake.fault("/keys", status=500, body="{}")
    document = skill.json("report", "--by", "key")
    gone = next(row for row in document["rows"] if row["key"] == "second")
    assert (gone["usd"], gone["keys"], gone["marks"]) == (Decimal("29.07"), None, [])
    assert "key_list_as_of" in [note["code"] for note in document["notes"]]


def test_without_the_key_list_the_spend_is_known_all_the_same(skill, fake):
    fake.fault("/keys", status=500, body="{}")
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "key", "--timeout", "6")
    assert [(row["key"], row["usd"], row["today_usd"]) for row in document["rows"]] == [
        ("agent", Decimal("157.83"), None),
        ("second", Decimal("29.07"), None),
    ]
    assert document["notes"][0]["code"] == "key_list"


def test_without_the_list_of_workspaces_the_default_one_is_named(skill, fake):
    fake.fault("/workspaces", status=404, body="<html>")
    notes = skill.ask(fake, mgmt="admin").json("report", "--by", "key")["notes"]
    assert notes == [
        {
            "code": "default_workspace",
            "message": "the workspaces are unknown (a web page answered instead of the API (HTTP 404): "
            "the address is wrong, most likely): limits and keys of others than the default one may be missing",
        }
    ]


def test_hundreds_of_keys_are_fetched_side_by_side(skill, serve):
    account = fleet(keys=250)
    fake = serve(account)
    answers_together(fake, 3, lambda asked: asked.path == "/keys")
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "key")
    assert_true(document, truth(account, ("key",), ago(30), ago(1)), idle=idle_keys(account))
    assert sum(row["keys"] for row in document["rows"]) == 250
    pages = [(asked.params["workspace_id"], asked.params["offset"]) for asked in fake.asked if asked.path == "/keys"]
    assert sorted(pages) == [("ws-default", "0"), ("ws-three", "0"), ("ws-two", "0")]


def idle_keys(account):
    used = {name for (name,) in truth(account, ("key",), ago(30), ago(1))}
    shown = {
        shown_key(account, event("11-18", key.name, "v/m", "P", "1")) for key in account.keys if not key.management
    }
    return {(name,) for name in shown - used}


def test_behind_a_full_page_the_next_ones_are_asked_for_at_once(skill, serve):
    account = fleet(keys=250)
    for key in account.keys:
        key.workspace = "ws-default"
    account.workspaces = ("ws-default",)
    fake = serve(account)
    answers_together(fake, 2, lambda asked: asked.path == "/keys" and asked.params["offset"] in ("100", "200"))
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "key")
    assert sum(row["keys"] for row in document["rows"]) == 250
    offsets = sorted(int(asked.params["offset"]) for asked in fake.asked if asked.path == "/keys")
    assert offsets[:3] == [0, 100, 200]


# Keys


def test_the_marks_of_several_keys_of_one_name(skill, serve):
    account = house()
    for name in ("agent", "second"):
        account.key(name).called = "twins"
    account.key("agent").expires_at, account.key("agent").disabled = "2026-08-01T00:00:00Z", True
    account.key("second").expires_at = "2026-11-23T00:00:00Z"
    skill.ask(serve(account), mgmt="admin")
    row = skill.json("report", "--by", "key")["rows"][0]
    assert (row["key"], row["expires_at"]) == ("twins (2 keys)", "2026-11-23T00:00:00Z")
    assert (row["disabled"], row["marks"]) == (None, ["no_limit", "some_disabled", "expires_soon"])
    assert "expires in 3d, some disabled" in skill.run("report", "--by", "key").out


def test_what_is_not_told_of_a_key_has_its_reason(skill, fake):
    fake.edit("/keys", lambda rows: [{**row, "limit": 50, "limit_remaining": None, "disabled": None} for row in rows])
    skill.ask(fake, mgmt="admin")
    row = skill.json("report", "--by", "key")["rows"][0]
    assert (row["limit_usd"], row["limit_remaining_usd"], row["disabled"]) == (50, None, None)
    said = skill.lines("report", "--by", "key")[-1]
    assert said == "Note: ? is unknown: OpenRouter did not tell disabled; OpenRouter did not tell limit_remaining"


def test_the_recorded_key_list_is_joined_without_hashes(skill, fake):
    recorded = json.loads((RECORDED / "keys.json").read_text())["data"]
    fake.edit("/keys", lambda rows: [{**recorded[0], "name": "agent"}, recorded[1]])
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "key")
    assert [(row["key"], row["usd"], row["today_usd"]) for row in document["rows"]] == [
        ("agent", Decimal("157.83"), Decimal("0.212013332")),
        ("second", Decimal("29.07"), Decimal("0.25")),
    ]


def test_a_key_is_not_called_unknown_while_the_list_of_keys_has_holes(skill, serve):
    account = house()
    account.workspaces = ("ws-default", "ws-two")
    account.keys.append(FakeKey("idle", workspace="ws-two"))
    fake = serve(account)
    skill.ask(fake, mgmt="admin")
    assert skill.json("report", "--key", "idle")["total"]["usd"] == 0
    fake.fault("/workspaces", status=500, body="{}")
    printed = skill.run("report", "--key", "idle", "--timeout", "5")
    assert (printed.code, printed.err.splitlines()[0]) == (
        4,
        "Error: no key called idle was seen, but not every key could be listed",
    )
    assert skill.json("report", "--key", "second")["total"]["usd"] == Decimal("29.07")


def test_a_silent_activity_does_not_cost_the_key_list(skill, fake):
    fake.fault("/activity", how="silence")
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "key,model", "--timeout", "2")
    assert [note["code"] for note in document["notes"]] == ["permaslugs"]
    assert "admin /keys" in fake.paths()


def test_a_csv_asks_for_no_credits(skill, fake):
    assert skill.ask(fake, mgmt="admin").run("report", "--csv").code == 0
    assert fake.paths() == ["admin /activity", "admin /analytics/query", "admin /auth/key"]


# Names


def test_a_name_that_has_the_letters_of_a_key_in_it_stays_as_it_is(skill, serve):
    account = house()
    account.key("agent").called, account.key("second").called = "task-alpha", "sk-or-prod"
    skill.ask(serve(account), mgmt="admin")
    rows = skill.json("report", "--by", "key")["rows"]
    assert [(row["key"], row["usd"]) for row in rows] == [
        ("task-alpha", Decimal("157.83")),
        ("sk-or-prod", Decimal("29.07")),
    ]
    assert skill.json("report", "--key", "task-alpha")["total"]["usd"] == Decimal("157.83")


def test_a_key_that_somebody_put_into_a_name_is_masked(skill, serve):
    account = house()
    secret, label = account.key("second").text, account.key("second").label
    account.key("agent").called, account.key("second").user = f"mine {secret}", label
    account.events = [replace(one, app=secret) for one in account.events]
    skill.ask(serve(account), mgmt="admin")
    for by in ("key", "app", "user", "app,key"):
        for form in ("--csv", "--json", "--no-credits"):
            printed = skill.run("report", "--by", by, form).all
            assert secret not in printed
            assert label not in printed
    assert "mine [a key]" in skill.run("report", "--by", "key").out


def test_what_is_asked_for_is_cleaned_before_it_is_repeated(skill, fake):
    skill.ask(fake, mgmt="admin")
    for arguments in (["--model", "x\x1b[31m\ny"], ["--key", "x\x1b[31m\ny"]):
        printed = skill.run("report", *arguments)
        assert "\x1b" not in printed.all
        assert "x y" in printed.all


def test_use_for_which_no_key_is_named_is_no_keys(skill, serve, big):
    fake = serve(big)

    def chatroom(data):
        for row, name in zip(data["data"], (None, 4711)):
            row["api_key_id"] = name
        return data

    fake.edit("/analytics/query", chatroom)
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "key")
    rows = {row["key"]: row for row in document["rows"]}
    assert (rows["(no key)"]["keys"], rows["(no key)"]["marks"]) == (0, [])
    assert (rows["id 4711"]["keys"], rows["id 4711"]["marks"]) == (0, ["not_listed"])
    whole = sum(figures[0] for figures in truth(big, ("key",), ago(30), ago(1)).values())
    assert abs(document["total"]["usd"] - whole) < Decimal("1e-8")


def test_the_very_name_of_an_idle_key_is_not_taken_for_one_of_another_case(skill, serve):
    account = house()
    account.keys.append(FakeKey("Agent"))
    account.events = [event("11-18", "Agent", "v/m", "P", "9.00"), event("10-01", "agent", "v/m", "P", "1.00")]
    skill.ask(serve(account), mgmt="admin")
    assert skill.json("report", "--key", "agent", "--by", "app")["total"]["usd"] == 0
    assert skill.json("report", "--key", "Agent", "--by", "app")["total"]["usd"] == 9


def test_a_model_named_like_a_key_is_not_shortened_as_one(skill, serve):
    account = house()
    account.key("agent").called = "openai/gpt-5.1"
    lines = skill.ask(serve(account), mgmt="admin").lines("report", "--by", "key,model")
    assert re.search(r"^openai/gpt-5\.1 +gpt-5\.1 ", "\n".join(lines), re.M)


@pytest.mark.parametrize(
    ("expires", "printed", "marks"),
    [
        ("2026-11-20T20:00:00Z", "expires today", ["no_limit", "expires_soon"]),
        ("2026-11-20T14:09:00Z", "expired 2026-11-20", ["no_limit", "expired"]),
        ("2026-12-04T00:00:00Z", "expires in 14d", ["no_limit", "expires_soon"]),
        ("2026-12-05T00:00:00Z", "expires 2026-12-05", ["no_limit"]),
    ],
)
def test_an_expiry_is_marked_within_14_days(skill, serve, account, expires, printed, marks):
    account.key("agent").expires_at = expires
    skill.ask(serve(account), mgmt="admin")
    assert skill.json("report", "--by", "key")["rows"][0]["marks"] == marks
    assert next(line for line in skill.lines("report", "--by", "key") if line.startswith("agent")).endswith(printed)


def test_a_key_with_byok_alone_is_used(skill, serve, account):
    account.events = [event("11-18", "agent", "v/m", "P", "0", "0.50"), event("11-18", "second", "v/n", "P", "1")]
    skill.ask(serve(account), mgmt="admin")
    marks = {row["key"]: row["marks"] for row in skill.json("report", "--by", "key")["rows"]}
    assert marks == {"agent": ["no_limit"], "second": ["no_limit"]}
    of_one_model = skill.json("report", "--by", "key", "--model", "v/n")["rows"]
    assert {row["key"]: row["marks"] for row in of_one_model} == {"agent": ["no_limit"], "second": ["no_limit"]}


def test_limits_of_several_keys_of_one_name_are_not_one(skill, serve, account):
    for name, limit in (("agent", 10), ("second", 20)):
        account.key(name).called, account.key(name).limit, account.key(name).limit_remaining = "twins", limit, 5
    document = skill.ask(serve(account), mgmt="admin").json("report", "--by", "key")
    assert (document["rows"][0]["limit_usd"], document["rows"][0]["marks"]) == (None, [])
    why = "rows.limit_usd: several keys of one name differ in it"
    assert {"code": "several_keys", "message": why} in document["notes"]


# Where the list is a part


@pytest.fixture
def in_two_workspaces(account):
    """The house with its second key in another workspace than the default one."""
    account.workspaces = ("ws-default", "ws-two")
    account.key("second").workspace = "ws-two"
    return account


@pytest.mark.parametrize("fault", [{"status": 501, "body": "{}"}, {"body": '{"data": []}'}, {"body": "[]"}], ids=str)
def test_where_the_workspaces_are_not_told_a_key_of_another_one_is_unknown(skill, serve, in_two_workspaces, fault):
    fake = serve(in_two_workspaces)
    fake.fault("/workspaces", **fault)
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "key")
    agent, second = document["rows"]
    assert (agent["key"], agent["keys"], str(agent["month_usd"]), agent["marks"]) == ("agent", 1, "61.25", ["no_limit"])
    assert (second["key"], str(second["usd"]), second["keys"], second["month_usd"]) == ("second", "29.07", None, None)
    assert (second["marks"], document["total"]["keys"]) == ([], None)
    assert {note["code"] for note in document["notes"]} == {"default_workspace"}
    printed = skill.run("report", "--by", "key").out
    assert "not listed" not in printed
    assert "deleted" not in printed
    assert "unused: none" not in printed


@pytest.mark.parametrize("offset", ["0", "100"])
def test_where_a_page_of_the_list_fails_every_key_is_unknown(skill, serve, offset):
    fake = serve(Account([FakeKey(f"key {number}") for number in range(101)] + house().keys, house().events))
    fake.rewrite = lambda asked, reply: (
        reply._replace(status=501, body=b"{}") if asked.params.get("offset") == offset else reply
    )
    rows = skill.ask(fake, mgmt="admin").json("report", "--by", "key")["rows"]
    assert [(row["key"], row["keys"], row["marks"]) for row in rows] == [("agent", None, []), ("second", None, [])]


def test_where_the_list_of_one_workspace_fails_every_key_is_unknown(skill, serve, in_two_workspaces):
    fake = serve(in_two_workspaces)
    fake.rewrite = lambda asked, reply: (
        reply._replace(status=501, body=b"{}") if asked.params.get("workspace_id") == "ws-two" else reply
    )
    rows = skill.ask(fake, mgmt="admin").json("report", "--by", "key")["rows"]
    assert [(row["key"], row["keys"], row["marks"]) for row in rows] == [("agent", None, []), ("second", None, [])]
