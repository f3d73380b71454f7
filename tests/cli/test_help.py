"""The help: of all commands on one screen, of one command; the version; and the nearest word for one that is none."""

import os
import re
import subprocess
import sys

import pytest

from conftest import BARE, STATS
from openrouter_usage.cli import help_text
from openrouter_usage.commands.registry import COMMANDS

WIDTHS = (20, 40, 80, 110, 200)


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_it_fits_the_width(command, columns):
    lines = help_text.render(command, columns).splitlines()
    assert max(map(len, lines)) <= min(max(columns, 40), 110)
    assert len(lines) < 60


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_tells_its_options_and_has_at_least_two_examples(command):
    shown = help_text.render(command, 80)
    assert shown.startswith(f"usage: stats.py {command} [OPTIONS]\n\n")
    parts = dict(re.findall(r"^(\w[\w ]+):\n((?:  .*\n)+)", shown, re.M))
    common = parts["options of every command"]
    for flag in ("--json", "--timeout SECONDS", "--profile NAME"):
        assert f"\n  {flag} " in f"\n{common}"
    for flag in ("--max-age AGE", "--offline", "--all-profiles", "--demo"):
        assert (f"\n  {flag} " in f"\n{common}") == (command not in ("login", "logout"))  # which refuse them
    assert list(parts).index("options of every command") == (1 if "options" in parts else 0)
    assert len(re.findall(r"^  stats\.py", parts["examples"], re.M)) >= 2
    assert "--now" not in shown and "--fetch" not in shown
    assert "\nexit codes: " in shown


def test_the_overview_is_one_screen_on_which_each_command_takes_one_line():
    lines = help_text.render(None, 80).splitlines()
    assert len(lines) <= 24
    assert [line.split()[0] for line in lines[3 : 3 + len(COMMANDS)]] == list(COMMANDS)
    assert lines[0] == "usage: stats.py [COMMAND] [OPTIONS]"
    assert "  report     spend broken down, as a table, CSV or JSON" in lines
    assert "  --demo          show a sample account instead of yours" in lines
    assert lines[-1] == "stats.py COMMAND --help: all about one command"
    assert "keys: OPENROUTER_API_KEY, OPENROUTER_MGMT_KEY (see stats.py doctor --help)" in lines


@pytest.mark.parametrize(
    ("arguments", "usage"),
    [
        (["--help"], "[COMMAND]"),
        (["-h"], "[COMMAND]"),
        (["help"], "[COMMAND]"),
        (["--demo", "--help"], "[COMMAND]"),
        (["why", "--help"], "why"),
        (["--help", "why"], "why"),
        (["help", "why"], "why"),
        (["-h", "why", "--vs", "nonsense"], "why"),
        (["--profile", "report", "--help"], "[COMMAND]"),
        (["logout", "--help"], "logout"),
        (["bar", "--help"], "bar"),
    ],
)
def test_it_is_asked_for_anywhere_without_a_key_a_package_or_a_trace(skill, arguments, usage):
    printed = skill.run(*arguments, python=BARE)
    assert (printed.code, printed.err, printed.out.splitlines()[0]) == (0, "", f"usage: stats.py {usage} [OPTIONS]")
    assert [path for folder in (skill.home, skill.cwd) for path in folder.rglob("*")] == []


def test_a_terminal_has_its_own_width(skill):
    narrow, wide = (skill.on_terminal("check", "--help", columns=columns).out.splitlines() for columns in (50, 300))
    assert 40 < max(map(len, narrow)) <= 50
    assert 80 < max(map(len, wide)) <= 110


def test_a_reader_that_goes_away_is_no_error(skill):
    command = f'{sys.executable} {STATS} report --help | head -n 1; exit "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", command], env=skill.env, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "usage: stats.py report [OPTIONS]\n", "")


def test_a_closed_output_is_no_traceback(skill):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, str(STATS), "--help"], env=skill.env, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("arguments", [["--version"], ["report", "--version"], ["--version", "--json"]])
def test_the_version_is_one_line(skill, arguments):
    printed = skill.run(*arguments, python=BARE)
    assert (printed.code, printed.out, printed.err) == (0, "openrouter-usage 1.10.0\n", "")


@pytest.mark.parametrize(
    ("arguments", "error", "nearest"),
    [
        (["reprot"], "there is no command 'reprot'", "report"),
        (["Report"], "there is no command 'Report'", "report"),
        (["reprot", "--help"], "there is no command 'reprot'", "report"),
        (["report", "--dayz", "7"], "unrecognized arguments: --dayz 7", "--days"),
        (["--budgt", "100"], "unrecognized arguments: --budgt", "--budget"),
        (["--ofline"], "unrecognized arguments: --ofline", "--offline"),
        (["report", "--formto=3"], "unrecognized arguments: --formto=3", "--from"),
        (["report", "--by", "modle"], "argument --by: 'modle' is none of model, provider, ", "model"),
        (["report", "forcast"], "unrecognized arguments: forcast", "forecast"),
    ],
)
def test_an_unknown_word_offers_the_nearest(skill, arguments, error, nearest):
    printed = skill.run(*arguments)
    assert (printed.code, printed.out) == (2, "")
    first, second = printed.err.splitlines()
    assert first.startswith(f"Error: {error}")
    assert second == f"Next: did you mean {nearest}?"


def test_a_value_offers_the_nearest_of_its_choices(skill):
    printed = skill.run("bar", "--host", "swiftbra")
    assert printed.err.splitlines()[-1] == "Next: did you mean swiftbar?"


@pytest.mark.parametrize("arguments", [["zzz"], ["help", "zzz"], ["--zzz"], ["--timeout"], ["report", "why"]])
def test_what_is_near_to_nothing_is_led_to_the_help(skill, arguments):
    assert skill.run(*arguments).err.splitlines()[1] == "Next: `--help` shows what there is"
