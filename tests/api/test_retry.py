"""What is asked again, and when."""

import time
from datetime import timedelta

import pytest

from conftest import NOW
from faults import HTML, error, line


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
    """By the fake's clock, whatever this machine's says."""
    return str(int((NOW + timedelta(seconds=seconds)).timestamp() * 1000))


@pytest.mark.parametrize("where", ["header", "body"])
def test_a_reset_in_epoch_milliseconds_is_waited_for(skill, fake, where):
    reset = reset_in(2.5)
    headers = (("X-RateLimit-Reset", reset),) if where == "header" else ()
    metadata = {"headers": {"X-RateLimit-Reset": reset}} if where == "body" else None
    fake.fault("/credits", status=429, body=error(429, metadata=metadata), headers=headers, times=1)
    start = time.monotonic()
    lines = skill.ask(fake, "agent", "admin").lines()
    assert "Balance: $38.75 / $300.00" in lines
    assert 2.45 <= time.monotonic() - start < 10


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
    assert time.monotonic() - start < 7.5
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
    assert seconds == 900


def test_a_429_says_when_to_come_back(skill, fake):
    fake.fault_everywhere(status=429, body=error(429), headers=(("Retry-After", "90"),))
    printed = skill.ask(fake, "agent").run()
    assert printed.err == "Error: too many requests (HTTP 429)\nNext: try again in 90 s\n"
