"""Everything fails: one clear error, and its exit code."""

import json
import time

import pytest

from conftest import RECORDED, house, write
from faults import LIMIT_403, MANAGEMENT_403, REGION_403, error, line


@pytest.mark.parametrize(("fault", "code", "message"), [
    ({"status": 401, "body": error(401)}, 3, "OpenRouter refused OPENROUTER_API_KEY (HTTP 401)"),
    ({"status": 402, "body": error(402)}, 4, "the credits are exhausted (HTTP 402)"),
    ({"status": 403, "body": MANAGEMENT_403}, 3, "needs a management key"),
    ({"status": 403, "body": LIMIT_403}, 3,
     'the limit of OPENROUTER_API_KEY is reached (HTTP 403): "Key limit exceeded (daily limit). Manage it using https://x"'),
    ({"status": 403, "body": REGION_403}, 4,
     'OpenRouter blocks this network or region (HTTP 403): "Access denied by security policy."'),
    ({"status": 403, "body": "error code: 1020"}, 4,
     "something else than the API forbids this (HTTP 403): a firewall or a proxy, most likely"),
    ({"status": 403, "body": error(403, "no")}, 3, 'OpenRouter forbids this to OPENROUTER_API_KEY (HTTP 403): "no"'),
    ({"status": 403, "body": error(403, "")}, 3, "OpenRouter forbids this to OPENROUTER_API_KEY (HTTP 403)"),
    ({"status": 404, "body": error(404)}, 4, "nothing is there (HTTP 404)"),
    ({"status": 407, "body": ""}, 4,
     "a login is wanted on the way to OpenRouter (HTTP 407): by a proxy or a network's portal, most likely"),
    ({"status": 408, "body": error(408)}, 4, "OpenRouter took too long (HTTP 408)"),
    ({"status": 418, "body": "short and stout"}, 4, "OpenRouter is failing (HTTP 418)"),
    ({"status": 500, "body": error(500)}, 4, "OpenRouter is failing (HTTP 500)"),
    ({"status": 200, "body": ""}, 4, "OpenRouter's answer is cut or is not JSON"),
    ({"status": 200, "body": '{"data": {"usage": '}, 4, "OpenRouter's answer is cut or is not JSON"),
    ({"status": 200, "body": "[" * 100_000}, 4, "OpenRouter's answer is cut or is not JSON"),
    ({"status": 200, "body": '{"data": {"usage": ' + "9" * 9000 + "}}"}, 4, None),
    ({"status": 200, "body": '{"data": null}'}, 4, "OpenRouter's answer holds no data"),
    ({"status": 200, "body": '[]'}, 4, "OpenRouter's answer holds no data"),
    ({"status": 200, "body": error(402)}, 4, "the credits are exhausted (error 402)"),
    ({"status": 200, "body": REGION_403}, 4,
     'OpenRouter blocks this network or region (error 403): "Access denied by security policy."'),
    ({"status": 200, "body": error(401)}, 3, "OpenRouter refused OPENROUTER_API_KEY (error 401)"),
    ({"status": 200, "body": '{"success":false,"error":{"name":"ZodError","message":"x"}}'}, 4,
     "OpenRouter answered with an error"),
    ({"how": "cut"}, 4, "OpenRouter's answer is cut or is not JSON"),
    ({"how": "reset"}, 4, "the connection to 127.0.0.1:PORT broke"),
])  # fmt: skip
def test_when_nothing_can_be_answered_there_is_one_error_with_its_exit_code(skill, fake, fault, code, message):
    fake.fault_everywhere(**fault)
    printed = skill.ask(fake, "agent").run()
    if message is None:  # an absurd number costs its figure, and in some Pythons the whole answer
        assert printed.code in (0, 4) and "9" * 20 not in printed.all
        return
    assert (printed.code, printed.out) == (code, "")
    host = fake.address.split("/")[2]
    first, *rest = printed.err.splitlines()
    assert first == "Error: " + message.replace("127.0.0.1:PORT", host)
    assert len(rest) == 1 and rest[0].startswith("Next: ")


def test_an_error_under_json_is_json_on_stdout(skill, fake):
    fake.fault_everywhere(status=401, body=error(401))
    printed = skill.ask(fake, "agent").run("--json")
    assert (printed.code, printed.err) == (3, "")
    assert json.loads(printed.out) == {
        "schema": "openrouter-usage/1",
        "error": {
            "code": "key_refused",
            "message": "OpenRouter refused OPENROUTER_API_KEY (HTTP 401)",
            "next": "the key may be deleted, mistyped or cut: see https://openrouter.ai/settings/keys",
        },
    }


@pytest.mark.parametrize("how", ["silence", "drip"])
def test_a_server_that_never_finishes_is_left_when_the_time_is_up(skill, fake, how):
    fake.fault_everywhere(how=how)
    start = time.monotonic()
    printed = skill.ask(fake, "agent", "admin").run("--timeout", "1.5")
    assert (printed.code, printed.out) == (4, "")
    assert time.monotonic() - start < 12
    assert printed.err.splitlines()[0].startswith("Error: no answer from ")
    assert printed.err.splitlines()[1] == "Next: try again, or with a longer --timeout"


@pytest.mark.parametrize("how", ["silence", "drip"])
def test_one_slow_endpoint_costs_its_own_line_only(skill, fake, how):
    fake.fault("/credits", how=how)
    lines = skill.ask(fake, "agent", "admin").lines("--timeout", "4")
    assert lines[1] == "This key: Today: $3.42* | Week: $18.90 | Month: $61.25"
    assert line(lines, "Balance").startswith("Balance: unknown (no answer from ")
    assert "• claude-sonnet-4.5: $8.48 (150 requests), today $3.42*" in lines


def test_a_passing_failure_of_a_regular_key_is_not_taken_for_the_want_of_a_management_key(skill, fake):
    for path in ("/auth/key", "/key"):
        fake.fault(path, status=500, body="{}")
    skill.ask(fake, "agent")
    failing = "OpenRouter is failing (HTTP 500)"
    assert line(skill.lines(), "Lasts") == f"Lasts: unknown ({failing})"
    assert skill.lines("forecast")[1].startswith(f"None: {failing}; try again")
    checked = skill.run("check")
    assert (checked.code, checked.out.splitlines()[0]) == (
        3,
        f"OPENROUTER UNKNOWN - how long the balance lasts is unknown ({failing}); $38.75 left, no forecast ({failing})"
        " | balance=38.75",
    )
    audited = skill.run("audit")
    assert (audited.code, audited.err.splitlines()[0]) == (4, f"Error: {failing}")


# A web page in place of an answer

PORTAL = "a wrong address, a login page or a network's portal, most likely"
FIREWALL = "a firewall, a proxy or Cloudflare's check, most likely"
GATEWAY = "OpenRouter's gateway is failing, most likely"
LOGIN = "by a proxy or a network's portal, most likely"


@pytest.mark.parametrize(("status", "code", "name", "cause"), [
    (200, 4, "not_the_api", PORTAL),
    (401, 4, "not_the_api", PORTAL),
    (403, 4, "not_the_api", FIREWALL),
    (404, 4, "wrong_address", "the address is wrong, most likely"),
    (407, 4, "not_the_api", LOGIN),
    (502, 4, "openrouter_failing", GATEWAY),
    (503, 4, "openrouter_failing", GATEWAY),
    (511, 4, "not_the_api", LOGIN),
    (524, 4, "openrouter_failing", GATEWAY),
])  # fmt: skip
def test_a_web_page_is_called_that_with_its_likeliest_cause(skill, fake, status, code, name, cause):
    page = (RECORDED / "cloudflare-503.html").read_text(encoding="utf-8")
    fake.fault_everywhere(status=status, body=page)
    printed = skill.ask(fake, "agent", "admin").run("--json")
    assert (printed.code, json.loads(printed.out)["error"]["code"]) == (code, name)
    message = json.loads(printed.out)["error"]["message"]
    assert message == f"a web page answered instead of the API (HTTP {status}): {cause}"
    assert "cookies" not in printed.all


def test_a_page_behind_blanks_or_a_byte_order_mark_is_a_page(skill, fake):
    fake.fault_everywhere(body="\ufeff\r\n  <html></html>")
    assert "a web page answered instead of the API (HTTP 200)" in skill.ask(fake, "agent").run().err


def test_a_page_in_place_of_one_answer_costs_its_figure_alone(skill, fake):
    fake.fault("/credits", status=403, body="<html>")
    lines = skill.ask(fake, "agent", "admin").lines()
    assert line(lines, "Balance") == f"Balance: unknown (a web page answered instead of the API (HTTP 403): {FIREWALL})"
    assert lines[1:3] == [
        "This key: Today: $3.42* | Week: $18.90 | Month: $61.25",
        "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00",
    ]


@pytest.mark.parametrize("variable", ["OPENROUTER_BASE_URL", "OPENROUTER_API_URL"])
def test_an_address_without_v1_is_named_by_the_variable_that_is_set(skill, fake, variable):
    del skill.ask(fake, "agent").env["OPENROUTER_API_URL"]
    skill.env[variable] = fake.address[: -len("/v1")]
    printed = skill.run()
    assert (printed.code, printed.err) == (
        4,
        "Error: a web page answered instead of the API (HTTP 404): the address is wrong, most likely\n"
        f"Next: {variable} should end in /api/v1\n",
    )


def test_an_address_in_the_file_of_the_key_is_named_with_the_file(skill, fake):
    text = f"OPENROUTER_API_KEY={house().key('agent').text}\nOPENROUTER_BASE_URL={fake.address[:-3]}\n"
    write(skill.home / ".config" / "openrouter-usage" / "credentials.env", text)
    assert skill.run().err.splitlines()[1] == (
        "Next: OPENROUTER_BASE_URL in ~/.config/openrouter-usage/credentials.env should end in /api/v1"
    )


def test_an_address_that_ends_as_it_should_is_to_be_checked(skill, fake):
    fake.fault_everywhere(status=404, body=error(404))
    printed = skill.ask(fake, "agent").run()
    assert printed.err == ("Error: nothing is there (HTTP 404)\nNext: check the address in OPENROUTER_API_URL\n")


# 402


@pytest.mark.parametrize(("source", "headers", "code", "message", "next_step"), [
    ("openrouter_credits", (), 4, "the credits are exhausted (HTTP 402)",
     "add credits at https://openrouter.ai/settings/credits"),
    ("openrouter_key_limit", (), 3, "the limit of OPENROUTER_API_KEY is reached (HTTP 402)",
     "raise it at https://openrouter.ai/settings/keys, or wait for its reset"),
    ("openrouter_in_flight_budget", (("Retry-After", "90"),), 4,
     "requests under way hold the credits that are left (HTTP 402)",
     "try again in 90 s, with fewer requests side by side, or add credits at https://openrouter.ai/settings/credits"),
    ("openrouter_in_flight_budget", (), 4, "requests under way hold the credits that are left (HTTP 402)",
     "try again in a minute, with fewer requests side by side, or add credits at "
     "https://openrouter.ai/settings/credits"),
    (None, (("Retry-After", "90"),), 4, "requests under way hold the credits that are left (HTTP 402)",
     "try again in 90 s, with fewer requests side by side, or add credits at https://openrouter.ai/settings/credits"),
    ("openrouter_new_thing", (), 4, 'OpenRouter wants payment (HTTP 402): "Pay."',
     "look at https://openrouter.ai/settings/credits"),
])  # fmt: skip
def test_what_a_402_is_about_is_told_by_its_source(skill, fake, source, headers, code, message, next_step):
    metadata = {"limit_source": source} if source else None
    fake.fault_everywhere(status=402, body=error(402, "Pay.", metadata=metadata), headers=headers)
    printed = skill.ask(fake, "agent").run()
    assert (printed.code, printed.err) == (code, f"Error: {message}\nNext: {next_step}\n")


def test_a_budget_that_is_held_is_asked_for_again_after_the_time_it_says(skill, fake):
    body = error(402, metadata={"limit_source": "openrouter_in_flight_budget"})
    fake.fault("/credits", status=402, body=body, headers=(("Retry-After", "1"),), times=1)
    assert "Balance: $38.75 / $300.00" in skill.ask(fake, "agent", "admin").lines()
    assert fake.paths().count("admin /credits") == 2
