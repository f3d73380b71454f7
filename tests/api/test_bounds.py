"""What is too large, too long or without an end: refused by its size, and the time holds."""

import gzip
import itertools
import json
import time
import zlib

import pytest

from faults import error, line

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
MB = 2**20
TOO_LARGE = "OpenRouter's answer is larger than 16 MB, which no real account's are"
TOO_MANY = "OpenRouter's answer holds more than 600,000 values, which no real account's does"
NOT_JSON = "OpenRouter's answer is cut or is not JSON"
BLANKS = itertools.repeat(b" " * 65_536)


def raw(*pieces, head=HEAD, more=()):
    """A fault that sends these bytes, and then more of them as long as somebody reads."""
    return {"how": "raw", "pieces": lambda: itertools.chain([head + b"\r\n", *pieces], more)}


def bomb(packings):
    """A fault of 100 MB of blanks, packed by gzip so many times."""
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join([*(packer.compress(b" " * MB) for _ in range(100)), packer.flush()])
    for _ in range(packings - 1):
        packed = gzip.compress(packed)
    return raw(packed, head=HEAD + b"Content-Encoding: " + b", ".join([b"gzip"] * packings) + b"\r\n")


def credits(number):
    return {"body": f'{{"data": {{"total_credits": {number}, "total_usage": 1}}}}'}


@pytest.mark.parametrize(("fault", "message"), [
    (raw(more=BLANKS), TOO_LARGE),
    (raw(head=HEAD + b"Transfer-Encoding: chunked\r\n", more=itertools.repeat(b"10000\r\n" + b" " * 65_536 + b"\r\n")),
     TOO_LARGE),
    (bomb(1), TOO_LARGE),
    (bomb(2), NOT_JSON),
    (raw(zlib.compress(b"{}"), head=HEAD + b"Content-Encoding: deflate\r\n"), NOT_JSON),
    (raw(b"garbage", head=HEAD + b"Content-Encoding: gzip\r\n"), NOT_JSON),
    (raw(b"zzz\r\n", head=HEAD + b"Transfer-Encoding: chunked\r\n"), NOT_JSON),
    ({"body": '{"data": [' + "0.1," * 600_001 + "0]}"}, TOO_MANY),
    ({"body": '{"data": [' + "[[]]," * 250_000 + "0]}"}, TOO_MANY),
    ({"body": '{"data": ' + "[" * 500_000}, NOT_JSON),
    (raw(head=HEAD.replace(b"200 OK", b"503 No"), more=BLANKS), "OpenRouter is failing (HTTP 503)"),
    (raw(head=HEAD.replace(b"200 OK", b"429 No"), more=BLANKS), "too many requests (HTTP 429)"),
    (raw(head=HEAD.replace(b"200 OK", b"302 No") + b"Location: /elsewhere\r\n", more=BLANKS),
     "a redirect, which no key is sent along (HTTP 302)"),
], ids=["endless", "chunks", "packed", "packed twice", "deflate", "no gzip", "no chunks", "numbers", "lists", "deep",
        "503", "429", "redirect"])  # fmt: skip
def test_a_body_without_an_end_costs_its_own_line_alone(skill, fake, fault, message):
    fake.fault("/credits", **fault)
    started = time.monotonic()
    lines = skill.ask(fake, "agent", "admin").lines("--timeout", "60")
    assert line(lines, "Balance") == f"Balance: unknown ({message})"
    assert lines[1] == "This key: Today: $3.42* | Week: $18.90 | Month: $61.25"
    assert time.monotonic() - started < 45


@pytest.mark.parametrize(
    "number", ["9" * 1_000_000, "4." + "3" * 1_000_000, "1e999999999", "1e-999999999", "-Infinity"]
)
def test_an_absurd_number_costs_its_own_figure_alone(skill, fake, number):
    fake.fault("/credits", **credits(number))
    skill.env["PYTHONINTMAXSTRDIGITS"] = "0"  # as Pythons before 3.9.14 are
    lines = skill.ask(fake, "agent", "admin").lines()
    assert line(lines, "Balance").startswith("Balance: unknown (OpenRouter's total_credits is not ")
    assert lines[1] == "This key: Today: $3.42* | Week: $18.90 | Month: $61.25"


def test_a_count_of_a_million_digits_is_none(skill, fake):
    fake.edit("/activity", lambda rows: [{**row, "requests": int("9" * 4000)} for row in rows])
    row = skill.ask(fake, "agent", "admin").json("report")["rows"][0]
    assert (row["model"], row["requests"]) == ("openai/gpt-5.1", None)


def test_an_endless_head_ends_with_the_time(skill, fake):
    fake.fault_everywhere(how="raw", pieces=lambda: itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 100))
    started = time.monotonic()
    printed = skill.ask(fake, "agent", "admin").run("--timeout", "2")
    assert (printed.code, printed.err) == (
        4,
        "Error: no answer from OpenRouter in time\nNext: try again, or with a longer --timeout\n",
    )
    assert time.monotonic() - started < 12


def test_a_label_of_a_million_dots_is_not_looked_into(skill, fake):
    fake.edit("/auth/key", lambda data: {**data, "label": "sk-or-" + "." * 1_000_000 + " "})
    assert skill.ask(fake, "agent").lines()[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"


def test_the_answers_to_one_key_have_a_bound_together(skill, fake):
    rows = [{"hash": f"{number:064}", "name": "n" * 140_000} for number in range(100)]
    fake.fault("/keys", body=json.dumps({"data": rows}))
    printed = skill.ask(fake, "agent", "admin").run("report", "--by", "key", "--timeout", "60")
    assert "OpenRouter's answers are together larger than 64 MB, which no real account's are" in printed.all


@pytest.mark.parametrize("wait", ["31536000", "9" * 400, "Sat, 21 Nov 2099 00:00:00 GMT"])
def test_a_wait_of_years_is_not_told_in_seconds(skill, fake, wait):
    fake.fault_everywhere(status=429, body=error(429), headers=(("Retry-After", wait),))
    printed = skill.ask(fake, "agent").run()
    assert printed.err == "Error: too many requests (HTTP 429)\nNext: try again another day\n"
