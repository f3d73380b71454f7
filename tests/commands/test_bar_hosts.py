"""What a bar's hosts get: colours that can be read, few words where nothing is known, Claude Code's own session."""

import json
import os
import re
import subprocess
import sys

import pytest

from accounts import limited, steady
from conftest import DATA, NOW, STATS, at_rest, credentials_of, house, terminal, write
from documents import TEXTS, blocks
from fake_openrouter import Account, FakeKey
from openrouter_usage import errors

STATUS = (DATA / "claude-status.json").read_text(encoding="utf-8")
"""What Claude Code writes to its status line, by its documentation."""


@pytest.fixture
def skill(skill):
    skill.remembers = True
    return skill


def bar(skill, *args, given=""):
    """What it prints: always with exit 0."""
    printed = skill.run("bar", *args, given=given)
    assert (printed.code, printed.err) == (0, ""), printed
    return printed.out


# Colours


def contrast(one, other):
    """The contrast ratio of two colours, each three parts from 0 to 255 (WCAG 2.2)."""
    lighter, darker = sorted(map(luminance, (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def of_256(number):
    """The parts of a terminal's colour from 16 on: a cube of 6 x 6 x 6, then greys. Those before are the user's."""
    assert 16 <= number <= 255
    if number >= 232:
        return [8 + 10 * (number - 232)] * 3
    return [(0, 95, 135, 175, 215, 255)[(number - 16) // step % 6] for step in (36, 6, 1)]


def test_contrast_is_computed_as_its_definition_says():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
    assert (of_256(214), of_256(244)) == ([255, 175, 0], [128] * 3)


@pytest.mark.parametrize(("left", "mark"), [("8", "⚠"), ("2", "🚨")])
def test_tmux_gets_both_colours_and_they_can_be_told_apart_whatever_its_own_are(skill, serve, left, mark):
    skill.ask(serve(steady(left)), "agent", "admin").run()
    printed = bar(skill, "--host", "tmux")
    one, other = re.match(r"#\[fg=colour(\d+),bg=colour(\d+)\] 💰", printed).groups()
    assert contrast(of_256(int(one)), of_256(int(other))) >= 4.5
    assert printed.endswith(f" today {mark} #[default]\n")


def test_tmux_gets_no_style_where_nothing_is_wrong_or_known(skill, fake):
    skill.ask(fake, "agent", "admin")
    assert bar(skill, "--host", "tmux", "--offline") == "💰 nothing remembered\n"
    skill.run()
    assert bar(skill, "--host", "tmux") == "💰 $38.75 · $3.42 today\n"


def test_waybars_styles_can_be_read_on_any_bar():
    (css,) = blocks(TEXTS["references/hosts.md"], "css")
    rules = dict(re.findall(r"^#custom-openrouter(?:\.(\w+))? \{ (.*) \}$", css, re.M))
    assert list(rules) == ["", "warning", "critical", "unknown", "stale"]
    assert rules[""].startswith("padding: ")
    coloured = [rule for rule in rules.values() if "color" in rule]
    assert len(coloured) == 3
    for rule in coloured:
        hexes = re.fullmatch(r"color: #(\w{6}); background-color: #(\w{6});", rule).groups()
        assert contrast(*(bytes.fromhex(one) for one in hexes)) >= 4.5


# Few words where nothing is known


def test_every_failure_has_few_words():
    def kinds(kind):
        return [kind, *(one for below in kind.__subclasses__() for one in kinds(below))]

    words = {kind.__name__: kind.short for kind in kinds(errors.Failure)[1:]}
    assert len(words) > 20
    assert [name for name, short in words.items() if short == errors.Failure.short or len(short) > 22] == []


def refreshed(skill, *args):
    """What it prints once the refresh that it began is over."""
    assert bar(skill, *args) == "💰 asking\n"
    assert at_rest(skill)
    return bar(skill, *args)


def test_every_host_says_why_it_has_nothing(skill):
    assert refreshed(skill) == "💰 no key\n"
    assert bar(skill, "--host", "tmux") == "💰 no key\n"
    assert bar(skill, "--host", "claude") == "\x1b[38;5;244m💰 no key\x1b[0m\n"
    assert bar(skill, "--host", "swiftbar").startswith("💰 no key | color=gray ")
    assert json.loads(bar(skill, "--host", "waybar"))["text"] == "💰 no key"
    assert json.loads(bar(skill, "--json"))["text"] == "💰 no key"
    assert bar(skill, "--show", "icon") == "💰 no key\n"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 401}, "key refused"),
        ({"status": 503}, "OpenRouter failing"),
        ({"how": "drop"}, "no connection"),
        ({"how": "silence"}, "no answer in time"),
    ],
)
def test_what_openrouter_did_is_said_in_few_words(skill, fake, fault, words):
    fake.fault_everywhere(**fault)
    assert refreshed(skill.ask(fake, "agent"), "--timeout", "2") == f"💰 {words}\n"


@pytest.mark.parametrize(("package", "words"), [("requests", "needs requests"), ("dotenv", "needs python-dotenv")])
def test_a_package_that_is_missing_is_named(skill, fake, tmp_path, package, words):
    write(tmp_path / "packages" / f"{package}.py", "raise ImportError\n")
    skill.env["PYTHONPATH"] = str(tmp_path / "packages")
    key = house().key("agent").text
    write(skill.home / ".config" / "openrouter-usage" / "credentials.env", credentials_of(fake, key))
    bar(skill)
    assert at_rest(skill)
    assert bar(skill) == f"💰 {words}\n"


def test_a_figure_that_a_regular_key_is_not_told_says_so_where_it_is_alone(skill, serve, account):
    account.credits_for_regular = "403"
    skill.ask(serve(account), "agent").run()
    assert bar(skill, "--show", "balance") == "💰 needs management key\n"
    assert bar(skill) == "💰 — · $3.42 today\n"


def test_one_that_knows_nothing_and_one_that_does_are_still_told_apart(skill, fake):
    work = skill.home / ".config" / "openrouter-usage" / "credentials.work.env"
    write(work, credentials_of(fake, house().key("second").text))
    skill.ask(fake, "agent", "admin").run()
    assert bar(skill, "--all-profiles") == "💰 default: $38.75 · $3.42 today; work: — · — today\n"


# What is left of what blocks first


def percentage(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    shown = json.loads(bar(skill, "--host", "waybar"))
    assert json.loads(bar(skill, "--json"))["percentage"] == shown.get("percentage")
    return shown.get("percentage")


@pytest.mark.parametrize(
    ("account", "left"),
    [
        (steady("64"), 53),  # sixteen days at $4, of thirty
        (steady("400"), 100),
        (steady("0"), 0),
        (limited(steady("64"), 80, 72), 53),  # the limit lasts two days longer
        (limited(steady("100"), 80, 20), 25),
        (limited(steady("100"), 80, 0), 0),
    ],
)
def test_the_percentage_is_of_the_limit_or_of_thirty_days_of_the_balance(skill, serve, account, left):
    assert percentage(skill, serve(account)) == left


def test_there_is_no_percentage_without_a_forecast(skill, serve):
    idle = Account([FakeKey("agent"), FakeKey("admin", management=True)], [], purchased=434)
    assert percentage(skill, serve(idle)) is None


# Claude Code's session

SESSION = ("--host", "claude", "--show", "model,context,both")
LINE = "💰 $38.75 · $3.42 today\n"


def test_claude_codes_line_keeps_its_model_and_context(remembered):
    assert bar(remembered, *SESSION, given=STATUS) == f"Opus · 42% context · {LINE}"
    assert bar(remembered, "--host", "claude", given=STATUS) == LINE
    assert bar(remembered, "--host", "claude", "--show", "context,icon", given=STATUS) == "42% context · 💰\n"
    assert bar(remembered, "--host", "claude", "--show", "model,usage", given=STATUS) == "Opus · 💰 $3.42 today\n"
    assert bar(remembered, *SESSION, "--json", given=STATUS).startswith("{")


def test_the_kept_line_has_the_session_as_it_is_now(remembered):
    bar(remembered, *SESSION, given=STATUS)
    (kept,) = remembered.state.glob("bar-*")
    content = kept.read_bytes()
    assert b"Opus" not in content
    another = STATUS.replace('"Opus"', '"Haiku"').replace('"used_percentage": 42', '"used_percentage": 7.6')
    assert bar(remembered, *SESSION, given=another) == "Haiku · 8% context · 💰 $38.75 · $3.42 today\n"
    assert bar(remembered, *SESSION) == "💰 $38.75 · $3.42 today\n"
    assert kept.read_bytes() == content  # so it was not made anew, which draws a new salt


def test_only_the_figures_are_coloured(skill, serve):
    skill.ask(serve(steady("2")), "agent", "admin").run()
    for _ in range(2):  # the second one is kept
        assert (
            bar(skill, *SESSION, given=STATUS)
            == "Opus · 42% context · \x1b[1;38;5;196m💰 $2.00 · $0.00 today 🚨\x1b[0m\n"
        )


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        ("", ""),
        ("{", ""),
        ("[]", ""),
        ("[" * 100_000, ""),
        ('{"model": "Opus", "context_window": [42]}', ""),
        ('{"model": {"display_name": 1}, "context_window": {"used_percentage": "42"}}', ""),
        ('{"model": {"display_name": ""}, "context_window": {"used_percentage": null}}', ""),
        ('{"model": {"display_name": "Opus"}, "context_window": {"used_percentage": NaN}}', "Opus · "),
        ('{"context_window": {"used_percentage": -0.0}}', "0% context · "),
        ('{"model": {"display_name": "a\\u001b[31mb\\n\\u202ec"}}', "ab c · "),
        ('{"context_window": {"used_percentage": 0}, "padding": "' + "x" * 100_000 + '"}', "0% context · "),
        ('{"context_window": {"used_percentage": 0}, "padding": "' + "x" * 1_000_000 + '"}', ""),
    ],
)
def test_what_is_no_session_is_left_out(remembered, given, begins):
    assert bar(remembered, *SESSION, given=given) == begins + LINE


def test_a_session_that_does_not_end_holds_no_line_up(remembered):
    read, write_end = os.pipe()
    os.write(write_end, STATUS.encode())
    command = [sys.executable, str(STATS), "bar", *SESSION, "--now", NOW.isoformat()]
    done = subprocess.run(command, env=remembered.env, cwd=remembered.cwd, stdin=read, capture_output=True, timeout=60)
    assert done.stdout.decode() == f"Opus · 42% context · {LINE}"
    os.close(read)
    os.close(write_end)


@pytest.mark.skipif(os.name != "posix", reason="terminals are tested on POSIX")
def test_a_terminal_is_not_read_nor_is_what_is_closed(remembered):
    ours, theirs = terminal(80)
    os.write(ours, STATUS.replace("\n", " ").encode() + b"\n")
    command = [sys.executable, str(STATS), "bar", *SESSION, "--now", NOW.isoformat()]
    place = {"env": remembered.env, "cwd": remembered.cwd}
    done = subprocess.run(command, **place, stdin=theirs, capture_output=True, timeout=60)
    assert (done.stdout.decode(), done.stderr) == (LINE, b"")
    closed = subprocess.run(["sh", "-c", '"$@" <&-', "sh", *command], **place, capture_output=True, timeout=60)
    assert (closed.stdout.decode(), closed.stderr) == (LINE, b"")
    os.close(ours)
    os.close(theirs)


def test_no_other_host_has_a_session(skill):
    printed = skill.run("bar", "--demo", "--host", "tmux", "--show", "balance,model")
    assert (printed.code, printed.out) == (0, "💰 wrong usage\n")
    assert printed.err == "Error: --show model is of Claude Code's session\nNext: use it with --host claude\n"


def test_what_is_shown_in_an_unknown_way_is_told_with_the_nearest(skill):
    printed = skill.run("bar", "--demo", "--show", "balance,modle")
    assert printed.err.splitlines() == [
        "Error: argument --show: 'modle' is none of icon, both, balance, usage, model, context",
        "Next: did you mean model?",
    ]


def test_the_session_is_there_while_nothing_is_remembered(skill, fake):
    skill.ask(fake, "agent")
    assert bar(skill, *SESSION, "--offline", given=STATUS) == (
        "Opus · 42% context · \x1b[38;5;244m💰 nothing remembered\x1b[0m\n"
    )
