"""The key list stands in for analytics."""

import pytest

from faults import HTML, error

KEYS_NOTE = (
    "Note: analytics failed: today's total is the sum over the {} keys listed in {}, "
    "which may miss {}deleted, disabled and expired keys, those made by OAuth, and the chatroom"
)
FAILING = "a web page answered instead of the API (HTTP 500): OpenRouter's gateway is failing, most likely"


def without_byok(data):
    return {**data, "data": [{name: row[name] for name in ("date__day", "credits_usage")} for row in data["data"]]}


TRUNCATED = {"row_count": 1, "truncated": True, "query_time_ms": 1}


@pytest.mark.parametrize("break_analytics", [
    lambda fake: fake.fault("/analytics/query", status=500, body=HTML),
    lambda fake: fake.fault("/analytics/query", status=408, body=error(408)),
    lambda fake: fake.fault("/analytics/query", status=403, body=error(403, "Analytics is not enabled")),
    lambda fake: fake.fault("/analytics/query", how="reset"),
    lambda fake: fake.fault("/analytics/query", how="silence"),
    lambda fake: fake.edit("/analytics/query", without_byok),
    lambda fake: fake.fault("/analytics/query", status=400, body=error(400)),
    lambda fake: fake.edit("/analytics/query", lambda data: {**data, "metadata": TRUNCATED}),
    lambda fake: fake.edit("/analytics/query", lambda data: {**data, "data": [{"date__day": "2026-11-20"}]}),
    lambda fake: fake.edit("/analytics/query", lambda data: {**data, "data": [{"credits_usage": 1}]}),
])  # fmt: skip
def test_where_analytics_fails_or_is_partial_the_keys_are_summed_and_it_is_said(skill, fake, break_analytics):
    break_analytics(fake)
    lines = skill.ask(fake, "agent", "admin").lines("--timeout", "8")
    assert lines[2] == "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00"
    assert lines[-1] == KEYS_NOTE.format(2, "every workspace", "")


def test_no_listed_key_is_not_an_account_without_spend(skill, fake):
    fake.fault("/analytics/query", status=500, body=HTML)
    fake.edit("/keys", lambda rows: [])
    lines = skill.ask(fake, None, "admin").lines()
    assert lines[1] == f"Today: unknown | Week: unknown | Month: unknown ({FAILING})"


def test_some_keys_of_one_workspace_do_not_make_this_key_the_only_spender(skill, serve, account):
    account.workspaces, account.key("agent").workspace = ("ws-default", "ws-two"), "ws-two"
    fake = serve(account)
    fake.fault("/analytics/query", status=500, body=HTML)
    fake.fault("/workspaces", status=500, body=HTML)
    lines = skill.ask(fake, "agent", "admin").lines()
    assert lines[:3] == [
        "💰 OpenRouter Usage",
        "This key: Today: $3.42* | Week: $18.90 | Month: $61.25",
        "All keys: Today: at least $3.42* | Week: at least $19.72 | Month: at least $90.32",
    ]
    assert lines[-1].startswith("Note: more may have been spent by all keys")


def test_the_sum_is_over_every_page_of_every_workspace(skill, serve, account):
    from conftest import event
    from fake_openrouter import FakeKey

    account.workspaces = tuple(f"ws-{n}" for n in range(103))
    account.keys = [FakeKey("admin", management=True)]
    account.keys += [FakeKey(f"k{n}", workspace="ws-102") for n in range(250)]
    account.keys += [FakeKey("off", workspace="ws-1", disabled=True), FakeKey("old", workspace="ws-2", expired=True)]
    account.events = [event("11-20", f"k{n}", "v/m", "P", "0.01") for n in range(250)]
    account.events += [event("11-20", "off", "v/m", "P", "3.00"), event("11-17", "old", "v/m", "P", "4.00")]
    fake = serve(account)
    fake.fault("/analytics/query", status=500, body=HTML)
    lines = skill.ask(fake, None, "admin").lines()
    assert lines[1] == "Today: $5.50* | Week: $9.50 | Month: $9.50"
    assert lines[-1] == KEYS_NOTE.format(252, "every workspace", "")


def test_without_the_list_of_workspaces_the_sum_says_that_it_is_of_one(skill, fake):
    fake.fault("/analytics/query", status=500, body=HTML)
    fake.fault("/workspaces", status=404, body=error(404))
    others = "keys of other workspaces (unknown: nothing is there (HTTP 404)), "
    assert skill.ask(fake, None, "admin").lines()[-1] == KEYS_NOTE.format(2, "the default workspace", others)


def test_where_openrouter_lists_no_workspace_the_sum_is_of_the_default_one(skill, fake):
    fake.fault("/analytics/query", status=500, body=HTML)
    fake.edit("/workspaces", lambda rows: [])
    assert skill.ask(fake, None, "admin").lines()[-1] == KEYS_NOTE.format(2, "the default workspace", "")


def test_some_of_the_keys_are_no_account(skill, serve, account):
    account.workspaces = ("ws-default", "ws-two")
    fake = serve(account)
    fake.fault("/analytics/query", status=500, body=HTML)
    fake.edit("/keys", lambda rows: rows or "not a list")
    lines = skill.ask(fake, None, "admin").lines()
    assert lines[1] == f"Today: unknown | Week: unknown | Month: unknown ({FAILING})"


def test_a_key_list_without_a_figure_leaves_that_figure_unknown(skill, fake):
    for path in ("/analytics/query", "/activity"):
        fake.fault(path, status=500, body=HTML)
    fake.edit("/keys", lambda rows: [{**rows[0], "usage_weekly": None}, *rows[1:]])
    assert skill.ask(fake, None, "admin").lines()[1] == (
        "Today: $5.10* | Week: unknown | Month: $92.00 (OpenRouter did not tell usage_weekly)"
    )


@pytest.mark.parametrize("told", [{}, {"name": 5}], ids=["no name", "a number"])
def test_a_key_without_a_name_is_no_key_without_spend(skill, fake, told):
    def edit(rows):
        return [{**{name: row[name] for name in row if name != "name"}, **told}, *rows[1:]] if (row := rows[0]) else []

    fake.edit("/keys", edit)
    printed = skill.ask(fake, mgmt="admin").json("report", "--by", "key")
    assert {row["keys"] for row in printed["rows"]} == {None}
    assert "the key list failed (OpenRouter lists a key of which it tells no name)" in printed["notes"][0]["message"]
