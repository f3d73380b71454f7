"""Hosts, dimensions, key sources and commands are declared once: one edit adds another, and everything knows of it."""

import shutil

import pytest

from conftest import SCRIPTS, house


@pytest.fixture
def edited(skill, tmp_path):
    """Runs a copy of the program in which one text of one file has something put behind it, and before it."""

    def edit(file, text, added, before_it=""):
        copy = shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        path = copy / "openrouter_usage" / file
        before = path.read_text(encoding="utf-8")
        assert before.count(text) == 1
        path.write_text(before.replace(text, before_it + text + added), encoding="utf-8")
        return lambda *arguments: skill.run(*arguments, script=copy / "stats.py")

    return edit


def flat(text):
    """The text without the line breaks of a width."""
    return " ".join(text.split())


def test_a_host(edited):
    run = edited(
        "commands/bar/hosts.py",
        "HOSTS: dict[str, Host] = {",
        '"i3status": Host(lambda glance, show: f"i3: {line(glance, show)}\\n"),',
    )
    assert "(default plain): i3status, plain, swiftbar, waybar, tmux, claude" in flat(run("bar", "--help").out)
    assert run("bar", "--demo", "--host", "i3status").out == "i3: 💰 $41.36 · $3.02 today\n"
    assert "dock (choose from i3status, plain, " in run("bar", "--host", "dock").err.replace("'", "")
    assert run("bar", "--host=i3status", "--period", "year").out == "i3: 💰 wrong usage\n"


def test_a_dimension(edited):
    run = edited(
        "dimensions.py", "DIMENSIONS: dict[str, Dimension] = {", '"region": Dimension("Region", "region", "(none)"),'
    )
    assert "--by DIM region, model, provider, date, " in flat(run("report", "--help").out)
    assert "--by DIM besides the models one of region, provider, " in flat(run("why", "--help").out)
    assert "'vendor' is none of region, model, provider, " in run("report", "--by", "vendor").err
    assert "--by adds one of region, provider, key, " in run("why", "--demo", "--by", "date").err
    nowhere = run("report", "--by", "provider", "--from", "2026-01-01", "--to", "2026-01-02", "--demo")
    assert "`--by region` (or model, key, app, " in nowhere.err
    rows = run("report", "--demo", "--by", "region", "--csv").out.splitlines()
    assert [row.split(",")[0] for row in rows] == ["region", "Default"]
    assert "Region" in run("report", "--demo", "--by", "region").out
    assert "Region" in run("why", "--demo", "--by", "region").out


VAULT = """
class Vault(Source):
    name, help = "the vault", "the vault of this house"

    def values(self, seconds):
        return {"OPENROUTER_API_KEY": self.place.environ.get("VAULT", ""), "OPENROUTER_API_URL": "ftp://x"}

"""


def test_a_key_source(edited, skill, fake):
    run = edited("keys/sources.py", "SOURCES: list[type[Source]] = [", "Vault, ", before_it=VAULT)
    assert "looked for in: the vault of this house; the environment; " in flat(run("doctor", "--help").out)
    assert "no OpenRouter key was found" in run().err
    skill.env["VAULT"] = "not a key"
    assert "OPENROUTER_API_KEY in the vault is no key" in run().err
    skill.ask(fake, None, "admin").env["VAULT"] = house().keys[0].text
    assert "a regular key, from the vault, for " in run("doctor").out
    assert run().out.splitlines()[1] == "This key: Today: $3.42* | Week: $18.90 | Month: $61.25"
    del skill.env["OPENROUTER_API_URL"]
    assert "OPENROUTER_API_URL in the vault is not an address" in run().err


COMMAND = """
from openrouter_usage.session.output import Output

def add_options(parser):
    return [parser.add_argument("--loud", action="store_true", help="in capitals")]

def run(session):
    return Output(0, "HELLO\\n" if session.args.loud else "hello\\n")
"""


def test_a_command(edited, tmp_path):
    run = edited(
        "commands/registry.py",
        "COMMANDS: dict[str, Command] = {",
        '"greet": Command("says hello", "greet", needs=()),',
    )
    folder = tmp_path / "scripts" / "openrouter_usage" / "commands" / "greet"
    folder.mkdir()
    (folder / "command.py").write_text(COMMAND, encoding="utf-8")
    assert run("greet").out == "hello\n"
    assert run("--loud", "greet").out == "HELLO\n"
    assert "\n\n  greet      says hello\n  summary    " in run("--help").out
    shown = flat(run("greet", "--help").out)
    assert "stats.py greet [OPTIONS] Says hello. options: --loud in capitals options of every command: " in shown
    assert "examples: stats.py greet as text stats.py greet --json for a program exit codes: " in shown
    assert run("greeet").err == "Error: there is no command 'greeet'\nNext: did you mean greet?\n"
    assert run("report", "--loud").err == ("Error: --loud belongs to the command `greet`\nNext: `greet --loud ...`\n")
    assert "greet" in run("doctor", "--demo").out
