"""Everything fails: one clear error, and its exit code."""

import json
import time

import pytest

from faults import HTML, LIMIT_403, MANAGEMENT_403, REGION_403, error, line


@pytest.mark.parametrize(("fault", "code", "message"), [
    ({"status": 401, "body": error(401)}, 3, "OpenRouter refused OPENROUTER_API_KEY (HTTP 401)"),
    ({"status": 402, "body": error(402)}, 4, "the credits are exhausted (HTTP 402)"),
    ({"status": 403, "body": MANAGEMENT_403}, 3, "needs a management key"),
    ({"status": 403, "body": LIMIT_403}, 3, "the limit of OPENROUTER_API_KEY is reached (HTTP 403)"),
    ({"status": 403, "body": REGION_403}, 4, "OpenRouter blocks this network or region (HTTP 403)"),
    ({"status": 403, "body": HTML}, 4, "OpenRouter blocks this network or region (HTTP 403)"),
    ({"status": 403, "body": error(403, "no")}, 3, "OpenRouter forbids this to OPENROUTER_API_KEY (HTTP 403)"),
    ({"status": 404, "body": HTML}, 4, "nothing is there (HTTP 404)"),
    ({"status": 408, "body": error(408)}, 4, "OpenRouter took too long (HTTP 408)"),
    ({"status": 418, "body": "short and stout"}, 4, "OpenRouter is failing (HTTP 418)"),
    ({"status": 500, "body": error(500)}, 4, "OpenRouter is failing (HTTP 500)"),
    ({"status": 502, "body": HTML}, 4, "OpenRouter is failing (HTTP 502)"),
    ({"status": 524, "body": HTML}, 4, "OpenRouter is failing (HTTP 524)"),
    ({"status": 200, "body": HTML}, 4, "OpenRouter's answer is cut or is not JSON"),
    ({"status": 200, "body": ""}, 4, "OpenRouter's answer is cut or is not JSON"),
    ({"status": 200, "body": '{"data": {"usage": '}, 4, "OpenRouter's answer is cut or is not JSON"),
    ({"status": 200, "body": "[" * 100_000}, 4, "OpenRouter's answer is cut or is not JSON"),
    ({"status": 200, "body": '{"data": {"usage": ' + "9" * 9000 + "}}"}, 4, None),
    ({"status": 200, "body": '{"data": null}'}, 4, "OpenRouter's answer holds no data"),
    ({"status": 200, "body": '[]'}, 4, "OpenRouter's answer holds no data"),
    ({"status": 200, "body": error(402)}, 4, "the credits are exhausted (error 402)"),
    ({"status": 200, "body": REGION_403}, 4, "OpenRouter blocks this network or region (error 403)"),
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
    assert lines[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"
    assert line(lines, "Balance").startswith("Balance: unknown (no answer from ")
    assert "• claude-sonnet-4.5: $8.48 (150) + $3.42* today" in lines
