"""What goes wrong on the way: what is asked again, what it costs, and what is said."""

import contextlib
import json
import socket
import socketserver
import threading
import time
from datetime import datetime, timedelta, timezone

import pytest

from accounts import other_account
from conftest import house

MANAGEMENT_403 = '{"error":{"code":403,"message":"Only management keys can perform this operation"}}'
LIMIT_403 = '{"error":{"code":403,"message":"Key limit exceeded (daily limit). Manage it using https://x"}}'
REGION_403 = '{"success":false,"error":"Access denied by security policy."}'
PAST = datetime(2020, 1, 2, tzinfo=timezone.utc)
HTML = "<!DOCTYPE html><html><body>sk-or-secret \x1b[31m</body></html>"


def error(code, message="sk-or-words \\u001b[31m of the server", **more):
    return json.dumps({"error": {"code": code, "message": message, **more}})


def line(lines, start):
    return next(line for line in lines if line.startswith(start))


# Everything fails: one clear error, and its exit code


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


def test_a_refused_connection_and_an_unknown_name_are_told_apart(skill, fake):
    skill.ask(fake, "agent").env["OPENROUTER_API_URL"] = "http://127.0.0.1:9/api/v1"
    printed = skill.run()
    assert (printed.code, printed.err.splitlines()[0]) == (4, "Error: 127.0.0.1:9 refused the connection")
    for odd in ("https://a..b/", "https://" + "a" * 80 + ".test/", "https://127.0.0.1:99999/"):
        skill.env["OPENROUTER_API_URL"] = odd
        assert skill.run().code == 4
    skill.env["OPENROUTER_API_URL"] = "https://no-such-host.invalid/api/v1"
    printed = skill.run()
    assert (printed.code, printed.err.splitlines()[0]) == (
        4,
        "Error: the name no-such-host.invalid cannot be resolved",
    )


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(skill, serve):
    import ssl

    import trustme

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    fake = serve(house(), certificate=context)
    printed = skill.ask(fake, "agent").run()
    host = fake.address.split("/")[2]
    assert (printed.code, fake.asked) == (4, [])
    assert printed.err == (
        f"Error: the TLS certificate of {host} was not accepted\n"
        "Next: check the clock, a proxy, or REQUESTS_CA_BUNDLE\n"
    )


@pytest.mark.parametrize("certified", [("elsewhere.test", {}), ("localhost", {"not_after": PAST})])
def test_a_certificate_of_another_host_or_time_is_not_accepted(skill, serve, tmp_path, certified):
    import ssl

    import trustme

    name, more = certified
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **more).configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    fake = serve(house(), certificate=context)
    skill.ask(fake, "agent", "admin").env["REQUESTS_CA_BUNDLE"] = str(tmp_path / "ca.pem")
    printed = skill.run()
    assert (printed.code, fake.asked) == (4, [])
    assert "was not accepted" in printed.err


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSLKEYLOGFILE"])
def test_a_tls_file_that_is_not_there_is_one_clear_error_and_concerns_https_only(skill, fake, variable):
    skill.ask(fake, "agent").env[variable] = "/nowhere/at/all.pem"
    assert skill.run().code == 0
    skill.env["OPENROUTER_API_URL"] = "https://127.0.0.1:9/api/v1"
    printed = skill.run()
    assert (printed.code, printed.out) == (4, "")
    assert printed.err == (
        "Error: a file that REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSLKEYLOGFILE names cannot be used\n"
        "Next: correct the path, or unset the variable\n"
    )


def test_over_tls_with_a_trusted_certificate_all_is_well(skill, serve, tmp_path):
    import ssl

    import trustme

    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    fake = serve(house(), certificate=context)
    skill.ask(fake, "agent", "admin").env["REQUESTS_CA_BUNDLE"] = str(tmp_path / "ca.pem")
    assert skill.lines()[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"
    assert all("gzip" in asked.headers["Accept-Encoding"] for asked in fake.asked)


def test_the_certificate_of_an_https_proxy_is_checked_against_the_same_bundle(skill, serve, tmp_path):
    import ssl

    import trustme

    for name in ("ours", "others"):
        authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        authority.cert_pem.write_to_path(str(tmp_path / f"{name}.pem"))
    proxy = serve(house(), certificate=context)  # it tunnels nothing: what counts is whether it is spoken to
    skill.ask(proxy, "agent").env["HTTPS_PROXY"] = proxy.address[: -len("/api/v1")]
    skill.env["OPENROUTER_API_URL"] = "https://openrouter.test/api/v1"
    skill.env.update(REQUESTS_CA_BUNDLE=str(tmp_path / "ours.pem"), SSL_CERT_FILE=str(tmp_path / "others.pem"))
    assert skill.run("--timeout", "5").code == 4
    assert proxy.connects == 0
    skill.env["REQUESTS_CA_BUNDLE"] = str(tmp_path / "others.pem")
    assert skill.run("--timeout", "5").code == 4
    assert proxy.connects > 0


class Tunnel(socketserver.StreamRequestHandler):
    """An HTTPS proxy: connects where it is told, and keeps what it reads of the way there."""

    heard = b""

    def handle(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:  # whoever knocked went away
                return
            head += line
        Tunnel.heard += head
        host, port = head.split()[1].decode().split(":")
        with socket.create_connection((host, int(port))) as there:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=self.pump, args=(there, self.connection), daemon=True)
            back.start()
            self.pump(self.connection, there)
            back.join(5)

    @staticmethod
    def pump(source, target):
        with contextlib.suppress(OSError):  # either side may hang up
            while data := source.recv(65536):
                target.sendall(data)


@contextlib.contextmanager
def tunnelling():
    """The port of a proxy."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tunnel) as proxy:
        proxy.daemon_threads = True
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield proxy.server_address[1]
        finally:
            proxy.shutdown()


def test_through_an_https_proxy_the_certificate_is_checked_and_the_proxy_sees_no_key(skill, serve, tmp_path):
    import ssl

    import trustme

    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    fake = serve(house(), certificate=context)
    with tunnelling() as port:
        skill.ask(fake, "agent", "admin").env["HTTPS_PROXY"] = f"http://127.0.0.1:{port}"
        untrusted = skill.run()
        assert (untrusted.code, fake.asked) == (4, [])
        skill.env["REQUESTS_CA_BUNDLE"] = str(tmp_path / "ca.pem")
        assert skill.lines()[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"
    assert Tunnel.heard.startswith(b"CONNECT localhost:")
    assert b"uthorization" not in Tunnel.heard


# Time


@pytest.mark.parametrize("how", ["silence", "drip"])
def test_a_server_that_never_finishes_is_left_when_the_time_is_up(skill, fake, how):
    fake.fault_everywhere(how=how)
    start = time.monotonic()
    printed = skill.ask(fake, "agent", "admin").run("--timeout", "1.5")
    assert (printed.code, printed.out) == (4, "")
    assert time.monotonic() - start < 6
    assert printed.err.splitlines()[0].startswith("Error: no answer from ")
    assert printed.err.splitlines()[1] == "Next: try again, or with a longer --timeout"


@pytest.mark.parametrize("how", ["silence", "drip"])
def test_one_slow_endpoint_costs_its_own_line_only(skill, fake, how):
    fake.fault("/credits", how=how)
    lines = skill.ask(fake, "agent", "admin").lines("--timeout", "1.5")
    assert lines[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"
    assert line(lines, "Balance").startswith("Balance: unknown (no answer from ")
    assert "• claude-sonnet-4.5: $8.48 (150) + $3.42* today" in lines


# One endpoint fails: its own lines only


@pytest.mark.parametrize(("path", "key", "start", "expected"), [
    ("/auth/key", "agent", "Today",
     "Today: unknown | Week: unknown | Month: unknown (OpenRouter is failing (HTTP 503))"),
    ("/credits", "*", "Balance", "Balance: unknown (OpenRouter is failing (HTTP 503))"),
    ("/activity", "*", "Recent", "Recent Models (7d): unknown (OpenRouter is failing (HTTP 503); try again; "
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
        "Today: unknown | Week: unknown | Month: unknown (OpenRouter refused OPENROUTER_API_KEY (HTTP 401))",
        "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00",
    ]


def test_a_refused_management_key_leaves_the_regular_one_its_figures(skill, fake, account):
    account.key("admin").deleted = True
    lines = skill.ask(fake, "agent", "admin").lines()
    refused = "OpenRouter refused OPENROUTER_MGMT_KEY (HTTP 401)"
    assert lines[1:4] == [
        "Today: $3.42* | Week: $18.90 | Month: $61.25",
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
    assert lines[1] == "Today: unknown | Week: unknown | Month: unknown (OpenRouter is failing (HTTP 503))"


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
    assert "All keys: Today: $7.00* | Week: $7.00 | Month: $7.00" in lines
    assert "Note: OpenRouter did not tell whether both keys belong to one account" in lines


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


# The key list stands in for analytics


KEYS_NOTE = (
    "Note: analytics failed: the totals of all keys are the sum over the {} keys listed in {}, "
    "which may miss deleted, disabled and expired keys"
)


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
    assert lines[-1] == KEYS_NOTE.format(2, "every workspace")


def test_no_listed_key_is_not_an_account_without_spend(skill, fake):
    fake.fault("/analytics/query", status=500, body=HTML)
    fake.edit("/keys", lambda rows: [])
    lines = skill.ask(fake, None, "admin").lines()
    assert lines[1] == "Today: unknown | Week: unknown | Month: unknown (OpenRouter is failing (HTTP 500))"


def test_some_keys_of_one_workspace_do_not_make_this_key_the_only_spender(skill, serve, account):
    account.workspaces, account.key("agent").workspace = ("ws-default", "ws-two"), "ws-two"
    fake = serve(account)
    fake.fault("/analytics/query", status=500, body=HTML)
    fake.fault("/workspaces", status=500, body=HTML)
    lines = skill.ask(fake, "agent", "admin").lines()
    assert lines[:3] == [
        "💰 OpenRouter Usage",
        "Today: $3.42* | Week: $18.90 | Month: $61.25",
        "All keys: Today: $1.68* | Week: $2.50 | Month: $30.75",
    ]
    assert lines[-1].startswith("Note: OpenRouter counts less for all keys than for this key alone")


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
    assert lines[-1] == KEYS_NOTE.format(252, "every workspace")


def test_without_the_list_of_workspaces_the_sum_says_that_it_is_of_one(skill, fake):
    fake.fault("/analytics/query", status=500, body=HTML)
    fake.fault("/workspaces", status=404, body=HTML)
    assert skill.ask(fake, None, "admin").lines()[-1] == KEYS_NOTE.format(2, "the default workspace")


def test_some_of_the_keys_are_no_account(skill, serve, account):
    account.workspaces = ("ws-default", "ws-two")
    fake = serve(account)
    fake.fault("/analytics/query", status=500, body=HTML)
    fake.edit("/keys", lambda rows: rows or "not a list")
    lines = skill.ask(fake, None, "admin").lines()
    assert lines[1] == "Today: unknown | Week: unknown | Month: unknown (OpenRouter is failing (HTTP 500))"


def test_a_key_list_without_a_figure_leaves_that_figure_unknown(skill, fake):
    fake.fault("/analytics/query", status=500, body=HTML)
    fake.edit("/keys", lambda rows: [{**rows[0], "usage_weekly": None}, *rows[1:]])
    assert skill.ask(fake, None, "admin").lines()[1] == (
        "Today: $5.10* | Week: unknown | Month: $92.00 (OpenRouter did not tell usage_weekly)"
    )


# What is asked again


@pytest.mark.parametrize("path", ["/auth/key", "/credits", "/activity", "/analytics/query"])
@pytest.mark.parametrize("fault", [
    {"status": 503, "body": HTML, "times": 2},
    {"status": 429, "body": error(429), "headers": (("Retry-After", "1"),), "times": 1},
    {"how": "reset", "times": 2},
    {"how": "cut", "times": 1},
    {"status": 200, "body": HTML, "times": 1},
])  # fmt: skip
def test_a_passing_fault_is_asked_again_and_leaves_no_trace(skill, fake, path, fault):
    whole = skill.ask(fake, "agent", "admin").run()
    fake.fault(path, **fault)
    assert skill.run() == whole


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404])
def test_a_final_answer_is_not_asked_again(skill, fake, status):
    fake.fault("/credits", status=status, body=error(status))
    skill.ask(fake, "agent", "admin").run()
    assert fake.paths().count("admin /credits") == 1


def test_two_retries_and_no_more(skill, fake):
    fake.fault("/credits", status=503, body=HTML)
    skill.ask(fake, "agent", "admin").run()
    assert fake.paths().count("admin /credits") == 3


def reset_in(seconds):
    return str(int((datetime.now(timezone.utc) + timedelta(seconds=seconds)).timestamp() * 1000))


@pytest.mark.parametrize("where", ["header", "body"])
def test_a_reset_in_epoch_milliseconds_is_waited_for(skill, fake, where):
    reset = reset_in(2.5)
    headers = (("X-RateLimit-Reset", reset),) if where == "header" else ()
    metadata = {"headers": {"X-RateLimit-Reset": reset}} if where == "body" else None
    fake.fault("/credits", status=429, body=error(429, metadata=metadata), headers=headers, times=1)
    start = time.time()
    lines = skill.ask(fake, "agent", "admin").lines()
    assert "Balance: $38.75 / $300.00" in lines
    assert int(reset) / 1000 - 0.05 <= time.time() < start + 10


@pytest.mark.parametrize("headers", [
    (("Retry-After", "3600"),),
    (("Retry-After", "Sat, 21 Nov 2099 00:00:00 GMT"),),
    (("X-RateLimit-Reset", "4098000000000"),),
])  # fmt: skip
def test_a_wait_longer_than_the_time_left_is_not_begun(skill, fake, headers):
    fake.fault("/credits", status=429, body=error(429), headers=headers)
    start = time.monotonic()
    lines = skill.ask(fake, "agent", "admin").lines("--timeout", "8")
    assert line(lines, "Balance") == "Balance: unknown (too many requests (HTTP 429))"
    assert time.monotonic() - start < 5
    assert fake.paths().count("admin /credits") == 1


@pytest.mark.parametrize("header", ["soon", "-5", "1e999", "", "\u00b2"])
def test_an_unreadable_retry_after_is_no_bug(skill, fake, header):
    fake.fault("/credits", status=429, body="nothing", headers=(("Retry-After", header),), times=1)
    assert "Balance: $38.75 / $300.00" in skill.ask(fake, "agent", "admin").lines()


def test_only_a_429_may_say_when_to_come_back_in_its_reset(skill, fake):
    fake.fault("/credits", status=502, body=HTML, headers=(("X-RateLimit-Reset", reset_in(45)),), times=1)
    assert "Balance: $38.75 / $300.00" in skill.ask(fake, "agent", "admin").lines()


@pytest.mark.parametrize("timeout", ["20", "60"])
def test_a_429_whose_body_says_when_is_quoted(skill, fake, timeout):
    body = error(429, metadata={"headers": {"X-RateLimit-Reset": reset_in(900)}})
    fake.fault_everywhere(status=429, body=body)
    printed = skill.ask(fake, "agent").run("--timeout", timeout)
    seconds = int(printed.err.split("try again in ")[1].split()[0])
    assert 880 <= seconds <= 900


def test_a_429_says_when_to_come_back(skill, fake):
    fake.fault_everywhere(status=429, body=error(429), headers=(("Retry-After", "90"),))
    printed = skill.ask(fake, "agent").run()
    assert printed.err == "Error: too many requests (HTTP 429)\nNext: try again in 90 s\n"
