"""The frame of the hostile trials: each judge sees what it should, and a fault is counted and can be repeated."""

from types import SimpleNamespace

import pytest

import frame
import judges
from conftest import Skill
from frame import Case, numbered
from judges import FORGED
from openrouter_usage.cli import arguments
from openrouter_usage.commands.bar.hosts import HOSTS
from openrouter_usage.commands.registry import COMMANDS
from openrouter_usage.dimensions import DIMENSIONS
from world import COMMAND_LINES, Printed

SECRET = "-".join(("sk", "or", "v1", "0123456789abcdef" * 4))
SUMMARY, REPORT = ("summary",), ("report", "--csv")
ERROR = '{"schema": "openrouter-usage/1", "error": {"code": "bad_answer", "message": "m", "next": null}}'
ROWS = '{{"rows": [{{"model": "a", "requests": {}}}]}}'
PAGE = "<!DOCTYPE html><html><head><title>t</title></head><body>{}</body></html>"


def printed(line=SUMMARY, out="", code=0, err="", file=b""):
    return Printed(line, code, out, err, file=file)


def counts(found):
    return [count for count, _ in found]


@pytest.fixture
def world(tmp_path):
    return SimpleNamespace(secrets=[SECRET], skill=Skill(tmp_path))


WRONG = [
    ("traceback", printed(err="Traceback (most recent call last):\n")),
    ("traceback", printed(err="Error: a bug in openrouter-usage: KeyError at a.py:1\n")),
    ("key", printed(out=f"the key ...{SECRET[20:28]}\n")),
    ("key", printed(err="sk-" + "another-person's")),
    ("key", printed(("dashboard", "--output", "a.html"), file=PAGE.format(SECRET[12:]).encode())),
    ("escape", printed(out="\x1b[31mred")),
    ("escape", printed(err="\u202eright to left")),
    ("escape", printed(out="a\rb")),
    ("escape", printed(out=f"12\nError: {FORGED}")),
    ("escape", printed(("bar", "--host", "swiftbar"), out="a | bash=x | href=y")),
    ("escape", printed(("bar", "--host", "tmux"), out="#(touch x)")),
    ("escape", printed(("bar", "--host", "plain"), out="\x1b[31mred")),
    ("exit code", printed(code=1)),
    ("exit code", printed(("bar",), code=4, err="down")),
    ("exit code", printed(("check", "--announce"), code=3, err="down")),
    ("exit code", printed(("check",), out="OPENROUTER OK - $1 left", code=1)),
    ("exit code", printed(code=4)),
    ("exit code", printed(("dashboard", "--output", "a.html"))),
    ("exit code", printed(("--json",), ERROR)),
    ("JSON", printed(("--json",), "{")),
    ("JSON", printed(("--json",), '{"command": "summary"}')),
    ("JSON", printed(("bar", "--host", "waybar"), '{"text": NaN}')),
    ("JSON", printed(("bar", "--host", "waybar"), '{"text": "a", "text": "b"}')),
    ("CSV", printed(REPORT, "model,usd\r\na,1,2\r\n")),
    ("CSV", printed(REPORT, "model,model\r\na,1\r\n")),
    ("CSV", printed(REPORT, "model,usd\r\n=cmd(),1\r\n")),
    ("CSV", printed(REPORT, "")),
    ("OpenMetrics", printed(("metrics",), "# TYPE a gauge\na 1\n")),
    ("OpenMetrics", printed(("metrics",), '# TYPE a gauge\na{b="c} 1\n# EOF\n')),
    ("HTML", printed(("dashboard", "--output", "a.html"), file=PAGE.format("<b>").encode())),
    ("HTML", printed(("dashboard", "--output", "a.html"), file=PAGE.format("<script>x</script>").encode())),
    ("HTML", printed(("dashboard", "--output", "a.html"), file=PAGE.format(f"<{FORGED}></{FORGED}>").encode())),
    ("HTML", printed(("dashboard", "--output", "a.html"), file=PAGE.format("<img src='http://x/'>").encode())),
    ("HTML", printed(("dashboard", "--output", "a.html"), file=b"<p></p>")),
    ("HTML", printed(("chart", "--output", "a.svg"), file=b"<svg><g></svg>")),
    ("other", printed(("chart", "--output", "a.png"), file=b"\x89PNG\r\n\x1a\n")),
]  # fmt: skip


@pytest.mark.parametrize(("count", "wrong"), WRONG)
def test_what_is_wrong_is_seen(world, count, wrong):
    assert counts(judges.usual(wrong, world)) == [count]


RIGHT = [
    printed(out="Today: $3.42* | Week: $18.90\n"),
    printed(code=4, err="Error: OpenRouter is failing (HTTP 503)\n"),
    printed(("check",), out="OPENROUTER WARNING - $1 left", code=1),
    printed(("bar", "--host", "claude"), out="\x1b[33m$3\x1b[0m\n"),
    printed(("bar", "--host", "swiftbar"), out="a | href=y\n"),
    printed(("bar", "--host", "tmux"), out="#[fg=colour16,bg=colour184] ## 1 #[default]\n"),
    printed(("bar", "--host", "waybar"), '{"text": "a"}\n'),
    printed(REPORT, "model,usd\r\n'=cmd(),-1.5\r\n"),
    printed(("metrics",), "# TYPE a gauge\na 1\n# EOF\n"),
    printed(("dashboard", "--output", "a.html"), file=PAGE.format("<b>x</b><hr><a href='#y'>z</a>").encode()),
    printed(("chart", "--output", "a.svg"), file=b"<svg><g/></svg>"),
    printed(out="task-force and sk-or-prod\n"),
]


@pytest.mark.parametrize("right", RIGHT)
def test_what_is_right_is_let_be(world, right):
    assert list(judges.usual(right, world)) == []


def test_a_key_in_the_cache_is_seen(world):
    world.skill.state.mkdir(parents=True)
    (world.skill.state / "history.db").write_bytes(b"\0" + SECRET.encode())
    assert counts(judges.usual(printed(), world)) == ["key"]


JSON = ("summary", "--json")
METRICS = "# TYPE a_usd gauge\na_usd {}\n# EOF\n"


@pytest.mark.parametrize(
    ("line", "told", "true", "expected"),
    [
        (JSON, '{"key": {"today_usd": 0}}', '{"key": {"today_usd": 3}}', ["false zero", "wrong figure"]),
        (JSON, ROWS.format(0), ROWS.format(2), ["false zero"]),
        (JSON, '{"key": {"today_usd": 3}}', '{"key": {"today_usd": 4}}', ["wrong figure"]),
        (JSON, '{"key": {"today_usd": 3}, "notes": [{}]}', '{"key": {"today_usd": 4}, "notes": []}', []),
        (JSON, '{"key": {"today_usd": null}}', '{"key": {"today_usd": 4}}', []),
        (("doctor", "--json"), '{"memory": {"days": 0}}', '{"memory": {"days": 30}}', []),
        (("metrics",), METRICS.format(0), METRICS.format(2), ["false zero"]),
        (("metrics",), METRICS.format(2), METRICS.format(2), []),
        (REPORT, "model,usd\r\na,0\r\n", "model,usd\r\na,1\r\n", ["false zero"]),
        (REPORT, "model,usd\r\nb,0\r\n", "model,usd\r\na,1\r\n", []),
        (SUMMARY, "Today: $0.00\n", "Today: $3.00\n", ["false zero"]),
        (SUMMARY, "Today: unknown\n", "Today: $3.00\n", []),
    ],
)  # fmt: skip
def test_figures_are_held_to_the_truth(line, told, true, expected):
    assert counts(judges.figures(printed(line, told), printed(line, true), server_lies=False)) == expected
    assert counts(judges.figures(printed(line, told), printed(line, true), server_lies=True)) == []


@pytest.fixture
def trials(monkeypatch):
    """One trial, every case of which has an exit code that is wrong."""
    monkeypatch.setattr(Skill, "forks", True)
    monkeypatch.setattr(frame, "load", lambda: None)
    monkeypatch.setattr(frame, "TRIALS", {})

    @frame.trial(count=3, about="made to fail")
    def made_to_fail(chance):
        while True:
            made = printed(code=chance.choice((1, 2)))
            yield Case(SUMMARY, lambda world: None, told="a lie", run=lambda world, line, made=made: made)

    return frame.TRIALS


def test_each_fault_is_printed_with_what_repeats_it_and_is_counted(trials, capsys):
    assert frame.main(["--jobs", "1", "--seed", "7"]) == 1
    out = capsys.readouterr().out
    assert out.count("exit code: ") == 3
    assert "python3 tests/run.py --hostile made_to_fail --seed 7 --case 2\n" in out
    head, row, seed = out.splitlines()[-3:]
    assert (len(head), row.split()) == (len(row), ["made_to_fail", "3", *"000000000", "3", *"000"])
    assert seed.startswith("seed 7, ")


def test_a_seed_and_a_number_are_a_case(trials):
    one = trials["made_to_fail"]
    codes = [case.run(None, SUMMARY).code for _, case in numbered(one, 7, 9)]
    assert codes == [case.run(None, SUMMARY).code for _, case in numbered(one, 7, 9)]
    assert codes != [case.run(None, SUMMARY).code for _, case in numbered(one, 8, 9)]


def test_a_case_that_takes_too_long_is_an_overrun():
    late = Case(SUMMARY, lambda world: None, run=lambda world, line: printed(line)._replace(seconds=2.1))
    assert counts_of(late) == ["overrun"]


def test_a_trial_that_breaks_is_counted_too():
    assert counts_of(Case(SUMMARY, lambda world: world.there_is_no_such_thing)) == ["trial"]


def counts_of(case):
    return [fault.count for fault in frame.faults_of(case)]


def test_every_command_host_and_dimension_is_drawn():
    drawn = {line[0] for line in COMMAND_LINES}
    assert drawn == set(COMMANDS) - {"logout"}
    assert set(HOSTS) == {line[2] for line in COMMAND_LINES if line[:2] == ("bar", "--host")}
    assert set(DIMENSIONS) <= {line[2] for line in COMMAND_LINES if line[:2] == ("report", "--by")}
    assert len(set(COMMAND_LINES)) == len(COMMAND_LINES)


def test_every_command_line_is_right():
    assert [line for line in COMMAND_LINES if arguments.parsed(list(line)).command != line[0]] == []
