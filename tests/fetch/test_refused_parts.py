"""A 403 of one question: it costs its own figures, and says why in OpenRouter's words."""

import json

import pytest

from conftest import house
from faults import error, line

WORDS = "Your role may not list this. Ask an owner."
FORBIDDEN = f'OpenRouter forbids this to OPENROUTER_MGMT_KEY (HTTP 403): "{WORDS}"'
PAGE = "look up at https://openrouter.ai/settings/management-keys what the key may do, and from which addresses"


def forbid(fake, *paths, words=WORDS):
    for path in paths:
        fake.fault(path, "admin", status=403, body=error(403, words))


@pytest.mark.parametrize("path", ["/keys", "/workspaces"])
@pytest.mark.parametrize("command", [
    ["summary"], ["report"], ["forecast"], ["why"], ["check"], ["check", "--need", "5"], ["metrics"],
])  # fmt: skip
def test_what_needs_no_key_list_stays_as_it_is_without_it(skill, fake, path, command):
    whole = skill.ask(fake, "agent", "admin").run(*command)
    forbid(fake, path)
    assert skill.run(*command) == whole


def test_a_key_list_that_is_forbidden_costs_the_facts_about_keys_alone(skill, fake):
    forbid(fake, "/keys")
    document = skill.ask(fake, "agent", "admin").json("report", "--by", "key")
    rows = [(row["key"], str(row["usd"]), row["today_usd"]) for row in document["rows"]]
    assert rows == [("agent", "157.83", None), ("second", "29.07", None)]
    assert document["notes"][0] == {
        "code": "key_list",
        "message": f"the key list failed ({FORBIDDEN}): limits and keys without use are unknown; {PAGE}",
    }


def test_workspaces_that_are_forbidden_are_unknown_and_not_told_to_be_one(skill, fake):
    forbid(fake, "/workspaces")
    document = skill.ask(fake, "agent", "admin").json("report", "--by", "key")
    assert [(row["key"], str(row["today_usd"])) for row in document["rows"]] == [("agent", "3.42"), ("second", "1.68")]
    assert document["notes"] == [
        {
            "code": "default_workspace",
            "message": f"the workspaces are unknown ({FORBIDDEN}): "
            "limits and keys of others than the default one may be missing",
        }
    ]
    lines = skill.lines("doctor")
    assert "  $92.00* /keys: 2 keys; other workspaces unknown" in lines
    assert f"  The workspaces are unknown ({FORBIDDEN}): /keys is of the default one alone" in lines


def test_where_analytics_and_workspaces_are_forbidden_the_sum_says_what_may_be_missing(skill, fake):
    forbid(fake, "/analytics/query", "/workspaces")
    lines = skill.ask(fake, "agent", "admin").lines()
    assert lines[2] == "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00"
    assert lines[-1] == (
        "Note: analytics failed: today's total is the sum over the 2 keys listed in the default workspace, "
        f"which may miss keys of other workspaces (unknown: {FORBIDDEN}), deleted, disabled and expired keys, "
        "those made by OAuth, and the chatroom"
    )


def test_a_forbidden_question_fails_the_doctor_in_its_own_line(skill, fake):
    forbid(fake, "/keys")
    lines = skill.ask(fake, "agent", "admin").lines("doctor")
    assert f"  unknown /keys ({FORBIDDEN})" in lines
    assert "  $92.00* /analytics/query" in lines
    assert [one for one in lines if one.startswith("Trouble")] == []


def test_a_forbidden_balance_is_unknown_and_the_doctor_has_the_page(skill, fake):
    forbid(fake, "/credits")
    lines = skill.ask(fake, "agent", "admin").lines()
    assert lines[2] == "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00"
    assert line(lines, "Balance") == f"Balance: unknown ({FORBIDDEN})"
    assert f"Trouble: {FORBIDDEN}; {PAGE}" in skill.lines("doctor")


def test_where_activity_is_forbidden_why_asks_analytics(skill, fake):
    forbid(fake, "/activity")
    lines = skill.ask(fake, mgmt="admin").lines("why")
    assert lines[0].startswith("Down $26.05 (-62%) from Nov 13 to 19, compared with the 7 days before: gpt-5.1")


def test_where_the_management_key_may_not_another_in_the_other_variable_is_asked(skill, fake, account):
    account.keys.append(type(account.key("admin"))("owner", management=True))
    forbid(fake, "/activity")
    document = skill.ask(fake, "owner", "admin").json("report")
    assert str(document["total"]["usd"]) == "186.9"
    assert document["notes"][0] == {
        "code": "key_not_used",
        "message": f"the management key was not used: {FORBIDDEN}",
    }


@pytest.mark.parametrize("words", [
    "This management key may not list keys",
    "Only management keys with the scope `members` can do this",
    "Request IP 203.0.113.9 is not in the allowlist",
])  # fmt: skip
def test_words_that_say_otherwise_are_no_want_of_a_management_key_and_no_blocked_region(skill, fake, words):
    forbid(fake, "/activity", words=words)
    document = skill.ask(fake, mgmt="admin").json()
    message = f'models: OpenRouter forbids this to OPENROUTER_MGMT_KEY (HTTP 403): "{words}"; {PAGE}'
    assert {"code": "forbidden", "message": message} in document["notes"]


@pytest.mark.parametrize(("words", "message"), [
    ("Workspace budget exceeded", "a budget of OPENROUTER_API_KEY is used up"),
    ("This key's budget is at or below zero", "a budget of OPENROUTER_API_KEY is used up"),
    ("Key limit exceeded (total limit)", "the limit of OPENROUTER_API_KEY is reached"),
    ("You may not see budgets", "OpenRouter forbids this to OPENROUTER_API_KEY"),
])  # fmt: skip
def test_a_budget_that_is_used_up_is_called_that(skill, fake, words, message):
    fake.fault_everywhere(status=403, body=error(403, words))
    printed = skill.ask(fake, "agent").run()
    assert (printed.code, printed.err.splitlines()[0]) == (3, f'Error: {message} (HTTP 403): "{words}"')


@pytest.mark.parametrize(("slot", "name", "kind"), [
    ("api", "agent", "keys"), ("api", "admin", "management-keys"), ("mgmt", "admin", "management-keys"),
])  # fmt: skip
def test_the_page_is_that_of_the_keys_kind_whatever_its_variable(skill, fake, slot, name, kind):
    fake.fault("/credits", status=403, body=error(403, WORDS))
    notes = skill.ask(fake, **{slot: name}).json()["notes"]
    (message,) = [note["message"] for note in notes if note["message"].startswith("balance: ")]
    assert f"look up at https://openrouter.ai/settings/{kind} what" in message


def test_an_allowlist_that_shuts_everything_out_is_told_in_openrouters_words(skill, fake):
    words = "Request IP 203.0.113.9 is not in the allowlist"
    fake.fault_everywhere(status=403, body=json.dumps({"error": {"code": 403, "message": words}}))
    printed = skill.ask(fake, mgmt="admin").run("report")
    assert (printed.code, printed.out) == (3, "")
    assert printed.err == (
        f'Error: OpenRouter forbids this to OPENROUTER_MGMT_KEY (HTTP 403): "{words}"\nNext: {PAGE}\n'
    )
    assert house().key("admin").text not in printed.all
