"""Every command on terminals of 40 to 200 columns: no line is too long, none is broken in a word, each style ends."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import HOSTILE, credentials_of, days_from_now, event, house, write
from fake_openrouter import Account, FakeKey
from openrouter_usage.commands.registry import COMMANDS
from openrouter_usage.text.width import display_width

WIDTHS = (40, 50, 60, 80, 100, 120, 160, 200)
SOME_WIDTHS = (40, 80, 160)

FOR_PROGRAMS = ("bar", "metrics")
"""The commands whose output is the same on a terminal as in a pipe."""

FOR_PEOPLE = sorted(COMMANDS.keys() - FOR_PROGRAMS)

FITTED = ("report", "why", "chart")
"""The commands with tables, of which the width decides what they show."""

SEQUENCE = re.compile(r"\x1b\[([\d;]*)m")

LONG = "模型" * 30
WIDE = "👩\u200d💻 デモ用のキー ⚠️ 🇩🇪 e\u0301"
SIGNS = "$\\frac{a$ `*_| <b> 100% --json"


def wide_house() -> Account:
    """An account of wide, long and hostile names, with limits, a budget layer, ends, and spend through each key."""
    keys = [
        FakeKey("agent", called=WIDE, limit=100, limit_remaining=4, limit_reset="monthly", expires_at=days_from_now(5)),
        FakeKey("second", called=LONG, expires_at=days_from_now(-4)),
        FakeKey("third", called=SIGNS, limit=10, limit_remaining=0),
        FakeKey("fourth", called="n" * 120),
        FakeKey("admin", management=True),
    ]
    account = house()
    account.keys = keys
    names = [WIDE, LONG, SIGNS, HOSTILE, "v/" + "m" * 100]
    account.events += [
        event(f"11-{day:02}", key, f"v/{name}", name, f"{day}{place}.07", byok="0.5", requests=5000)
        for day in range(1, 21)
        for place, (key, name) in enumerate(zip(("agent", "second", "third", "fourth", None), names))
    ]
    return account


def assert_fits(printed: str, columns: int) -> None:
    """No line is longer than the terminal, but a single word or command, and no style goes on in the next line."""
    for line in left_of(printed):
        styles = SEQUENCE.findall(line)
        assert not styles or styles[-1] == "0", repr(line)
        text = SEQUENCE.sub("", line)
        assert "\x1b" not in text
        words = text.strip("•–⚠️ ").split()
        is_whole = len(words) == 1 or words[:1] == ["stats.py"]
        assert display_width(text) <= columns or is_whole, f"{display_width(text)} at {columns}: {text}"


def left_of(printed: str):
    """The lines as they stand in the end: what was written over, such as the progress of a slow run, is gone."""
    return [line.rpartition("\r")[2] for line in printed.split("\n")]


def words_of(printed: str):
    return SEQUENCE.sub("", "\n".join(left_of(printed))).split()


def on_terminals(skill, widths, *args):
    """Runs the command on a terminal of each width, side by side; returns each width with what was printed."""
    with ThreadPoolExecutor(4) as runs:
        printed = runs.map(lambda columns: skill.on_terminal(*args, columns=columns, styled=True), widths)
    return list(zip(widths, printed))


def assert_all_fit(skill, widths, *args):
    for columns, shown in on_terminals(skill, widths, *args):
        assert_fits(shown.all, columns)


def assert_same_words(skill, widths, *args):
    """On each terminal are the pipe's words in the same order; where there are tables, those above the first."""
    piped = skill.run(*args)
    for columns, shown in on_terminals(skill, widths, *args):
        assert_fits(shown.all, columns)
        of_terminal, of_pipe = ((one.out, one.err) for one in (shown, piped))
        if args[0] in FITTED:
            of_terminal, of_pipe = ((out.partition("\n\n")[0], err) for out, err in (of_terminal, of_pipe))
        assert [shown.code, *map(words_of, of_terminal)] == [piped.code, *map(words_of, of_pipe)]


@pytest.fixture
def demo(skill):
    skill.now = None
    return skill


@pytest.mark.parametrize("command", FOR_PEOPLE)
def test_the_demo_fits_every_width(demo, command):
    assert_same_words(demo, WIDTHS, command, "--demo")


@pytest.mark.parametrize("command", FOR_PROGRAMS)
def test_what_programs_read_is_the_same_on_a_terminal(demo, command):
    (printed,) = [shown for _, shown in on_terminals(demo, [40], command, "--demo")]
    assert printed.out == demo.run(command, "--demo").out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_fits(demo, command):
    assert_all_fit(demo, SOME_WIDTHS, command, "--help")


@pytest.mark.parametrize(
    "args",
    [
        ["report", "--by", "date"],
        ["report", "--by", "key"],
        ["report", "--by", "date,model"],
        ["why", "--by", "key"],
        ["chart", "--by", "key", "--days", "90"],
        ["forecast", "--budget", "100"],
        ["check", "--need", "50"],
        ["check", "--announce", "--warn-balance", "100"],
    ],
    ids=" ".join,
)
def test_the_main_options_fit_too(demo, args):
    assert_same_words(demo, SOME_WIDTHS, *args, "--demo")


@pytest.mark.parametrize("args", [*FOR_PEOPLE, "report --by key", "report --by date,model", "why --by key"])
def test_wide_long_and_hostile_names_fit(skill, serve, args):
    skill.ask(serve(wide_house()), "agent", "admin")
    skill.remembers = True
    assert_all_fit(skill, SOME_WIDTHS, *args.split())


@pytest.mark.parametrize("args", [["summary", "--frob"], ["forecast", "--profile", "nobody"], ["audit"]], ids=" ".join)
def test_errors_are_wrapped_too(skill, args):
    assert_same_words(skill, SOME_WIDTHS, *args)


def test_remarks_and_the_lines_beside_csv_are_wrapped_too(skill, fake, account):
    folder = skill.home / ".config" / "openrouter-usage"
    write(folder / "credentials.env", credentials_of(fake, account.key("admin").text)).chmod(0o644)
    for columns, shown in on_terminals(skill, SOME_WIDTHS, "report", "--csv"):
        assert_fits(shown.err, columns)
        assert words_of(shown.err)[0] == "Remark:"
        assert "\x1b" not in shown.out
