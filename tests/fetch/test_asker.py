"""One endpoint fails: it costs its own lines only."""

import pytest

from accounts import other_account
from conftest import house
from faults import HTML, line

FAILING = "a web page answered instead of the API (HTTP 503): OpenRouter's gateway is failing, most likely"


@pytest.mark.parametrize(("path", "key", "start", "expected"), [
    ("/auth/key", "agent", "This key",
     f"This key: Today: unknown | Week: unknown | Month: unknown ({FAILING})"),
    ("/credits", "*", "Balance", f"Balance: unknown ({FAILING})"),
    ("/activity", "*", "Recent", f"Recent Models (7d): unknown ({FAILING}; try again; "
     "if it lasts, look at https://status.openrouter.ai)"),
])  # fmt: skip
def test_one_failed_endpoint_costs_its_own_line_and_says_why(skill, fake, path, key, start, expected):
    whole = skill.ask(fake, "agent", "admin").lines()
    fake.fault(path, key, status=503, body=HTML)
    lines = skill.lines()
    assert line(lines, start) == expected
    kept = [shown for shown in whole if not shown.startswith((start, "•", "💰", "BYOK", "7d", "Lasts"))]
    assert [shown for shown in kept if shown not in lines] == []


def test_a_refused_regular_key_leaves_the_account_its_figures(skill, fake, account):
    account.key("agent").deleted = True
    lines = skill.ask(fake, "agent", "admin").lines()
    assert lines[1:3] == [
        "This key: Today: unknown | Week: unknown | Month: unknown (OpenRouter refused OPENROUTER_API_KEY (HTTP 401))",
        "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00",
    ]


def test_a_refused_management_key_leaves_the_regular_one_its_figures(skill, fake, account):
    account.key("admin").deleted = True
    lines = skill.ask(fake, "agent", "admin").lines()
    refused = "OpenRouter refused OPENROUTER_MGMT_KEY (HTTP 401)"
    assert lines[1:4] == [
        "This key: Today: $3.42* | Week: $18.90 | Month: $61.25",
        f"All keys: Today: unknown | Week: unknown | Month: unknown ({refused})",
        "Balance: $38.75 / $300.00",
    ]
    assert [
        line for line in lines if line.startswith(f"Recent Models (7d): unknown ({refused}; the key may be deleted")
    ]


def test_a_refused_management_key_does_not_stand_before_one_in_the_other_variable(skill, fake, account):
    account.keys.append(type(account.key("admin"))("admin2", management=True))
    skill.ask(fake, "admin2", "admin")
    account.key("admin").deleted = True
    assert skill.lines()[1] == "Today: $5.10* | Week: $21.40 | Month: $92.00"


def test_a_passing_failure_of_the_regular_key_does_not_put_another_in_its_place(skill, fake):
    fake.fault("/auth/key", "agent", status=503, body=HTML)
    lines = skill.ask(fake, "agent", "second").lines()
    assert lines[1] == f"Today: unknown | Week: unknown | Month: unknown ({FAILING})"


def test_a_passing_failure_of_the_management_key_does_not_switch_accounts(skill, serve):
    fake = serve(house(), other_account(organization="org-two"))
    fake.fault("/auth/key", "their-admin", status=503, body=HTML)
    lines = skill.ask(fake, "admin", "their-admin").lines()
    assert lines[1] == "Today: $7.00* | Week: $7.00 | Month: $7.00"
    assert lines[-1] == "Note: OpenRouter did not tell whether both keys belong to one account"


def test_figures_of_two_keys_are_doubted_as_soon_as_one_does_not_tell_its_account(skill, serve):
    fake = serve(house(), other_account(organization="org-two"))
    for path in ("/auth/key", "/activity"):
        fake.fault(path, "their-admin", status=503, body=HTML)
    lines = skill.ask(fake, "agent", "their-admin").lines()
    assert [line for line in lines if line.startswith(("💰", "Today", "All keys"))] == [
        "💰 OpenRouter Usage (key of OPENROUTER_API_KEY)",
        "Today: $3.42* | Week: $18.90 | Month: $61.25",
        "All keys: unknown (needs a management key)",
        "💰 OpenRouter Usage (account of OPENROUTER_MGMT_KEY)",
        "Today: $7.00* | Week: $7.00 | Month: $7.00",
    ]
    assert lines[-1] == "Note: not told whether the keys belong to one account: two blocks, and nothing is added up"


def test_zeros_of_a_key_of_unknown_kind_are_not_shown(skill, fake):
    fake.edit("/auth/key", lambda data: {name: value for name, value in data.items() if "_key" not in name})
    fake.fault("/activity", status=500, body=HTML)
    lines = skill.ask(fake, "admin").lines()
    assert lines[1].startswith("Today: unknown | Week: unknown | Month: unknown (OpenRouter did not tell whether")


def test_the_key_list_stands_in_where_only_activity_answers_besides(skill, fake):
    for path in ("/auth/key", "/credits", "/analytics/query"):
        fake.fault(path, status=500, body=HTML)
    assert skill.ask(fake, None, "admin").lines()[1] == "Today: $5.10* | Week: $21.40 | Month: $92.00"


def test_a_location_that_is_no_address_is_no_bug(skill, fake):
    fake.fault_everywhere(status=302, headers=(("Location", "http://[bad"),))
    assert skill.ask(fake, "agent").run().code == 4


def test_auth_key_falls_back_to_key_where_it_is_gone(skill, serve, account):
    fake = serve(account, has_auth_key=False)
    assert skill.ask(fake, "agent").lines()[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"
    assert fake.paths() == ["agent /auth/key", "agent /credits", "agent /key"]
