"""TLS, proxies, names and connections: a key goes nowhere that nobody vouches for."""

import contextlib
import select
import socket
import socketserver
import threading
from datetime import datetime, timezone

import pytest

from conftest import BARE, house

PAST = datetime(2020, 1, 2, tzinfo=timezone.utc)


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
        "Next: check the clock; a proxy that has its own certificate needs SSL_CERT_FILE, the file of its authority's\n"
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


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSLKEYLOGFILE"])
def test_a_tls_file_that_is_not_there_is_one_clear_error_and_concerns_https_only(skill, fake, variable):
    skill.ask(fake, "agent").env[variable] = "/nowhere/at/all.pem"
    assert skill.run().code == 0
    skill.env["OPENROUTER_API_URL"] = "https://127.0.0.1:9/api/v1"
    printed = skill.run()
    assert (printed.code, printed.out) == (4, "")
    assert printed.err == (
        f"Error: the file that {variable} names cannot be used\nNext: correct the path, or unset {variable}\n"
    )


def test_a_file_without_a_certificate_is_named_by_its_variable(skill, tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate\n", encoding="utf-8")
    skill.env.update(OPENROUTER_API_KEY="x", SSL_CERT_FILE=str(tmp_path / "ca.pem"))
    assert skill.run().err.startswith("Error: the file that SSL_CERT_FILE names cannot be used\n")


def test_the_first_of_three_variables_names_the_certificates(skill, serve, tmp_path):
    import ssl

    import trustme

    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    for one, name in ((authority, "right"), (trustme.CA(), "wrong")):
        one.cert_pem.write_to_path(str(tmp_path / f"{name}.pem"))
    right, wrong = (str(tmp_path / f"{name}.pem") for name in ("right", "wrong"))
    skill.ask(serve(house(), certificate=context), "agent")
    for variable in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        skill.env[variable] = wrong
        printed = skill.run()
        assert (printed.code, printed.err.splitlines()[1]) == (
            4,
            f"Next: check the clock, a proxy, or {variable}: only the certificates that it names are trusted",
        )
        skill.env[variable] = right
        assert f"Certificates: those that {variable} names" in skill.run("doctor").out
        assert skill.run().code == 0


def over_tls(skill, serve, tmp_path):
    """The fake over TLS, whose certificate the skill trusts, and a list that grows with each handshake."""
    import ssl

    import trustme

    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    handshakes = []
    context.sni_callback = lambda *_: handshakes.append("one")
    fake = serve(house(), certificate=context)
    skill.ask(fake, "agent", "admin").env["REQUESTS_CA_BUNDLE"] = str(tmp_path / "ca.pem")
    return fake, handshakes


def test_over_tls_with_a_trusted_certificate_all_is_well(skill, serve, tmp_path):
    fake, handshakes = over_tls(skill, serve, tmp_path)
    assert skill.lines()[1] == "This key: Today: $3.42* | Week: $18.90 | Month: $61.25"
    assert all("gzip" in asked.headers["Accept-Encoding"] for asked in fake.asked)
    assert 0 < len(handshakes) <= len(fake.asked) == 6


@pytest.mark.usefixtures("starts_python")
def test_connections_that_are_opened_while_packages_load_are_those_that_questions_go_through(skill, serve, tmp_path):
    fake, handshakes = over_tls(skill, serve, tmp_path)
    assert skill.run().code == 0
    assert 0 < len(handshakes) <= len(fake.asked) == 6  # a late question may find a connection that is free again


@pytest.mark.usefixtures("starts_python")
def test_later_questions_go_through_connections_that_are_there(skill, serve, tmp_path):
    fake, handshakes = over_tls(skill, serve, tmp_path)
    assert skill.run("doctor").code == 0
    assert 0 < len(handshakes) <= len(fake.asked) / 2 == 5


def test_where_a_proxy_is_set_nobody_is_connected_to_around_it(skill):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        skill.env["OPENROUTER_API_KEY"] = house().key("agent").text
        skill.env["OPENROUTER_API_URL"] = f"https://localhost:{listener.getsockname()[1]}/api/v1"
        for variable in ("HTTPS_PROXY", "https_proxy", "all_proxy"):
            skill.env[variable] = "http://127.0.0.1:9"
            assert skill.run("--timeout", "1").code == 4
            assert select.select([listener], [], [], 0) == ([], [], [])
            del skill.env[variable]
        assert skill.run("--timeout", "1").code == 4
        assert select.select([listener], [], [], 0) == ([listener], [], [])


def test_without_requests_nobody_is_connected_to(skill):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        skill.env["OPENROUTER_API_KEY"] = house().key("agent").text
        skill.env["OPENROUTER_API_URL"] = f"https://localhost:{listener.getsockname()[1]}/api/v1"
        assert skill.run(python=BARE).code == 3
        assert select.select([listener], [], [], 0) == ([], [], [])


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
        assert skill.lines()[1] == "This key: Today: $3.42* | Week: $18.90 | Month: $61.25"
    assert Tunnel.heard.startswith(b"CONNECT localhost:")
    assert b"uthorization" not in Tunnel.heard
