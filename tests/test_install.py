"""README's ways to install, update and uninstall, run as written, and what registries leave of the folder."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import stats
from conftest import BARE, GOLDEN, ROOT, Skill, at_rest, credentials_of, write
from documents import TEXTS, blocks
from openrouter_usage import files
from openrouter_usage.records import VERSION

README = TEXTS["README.md"]
INSTALL, UPDATE, UNINSTALL = (
    README.split(f"\n## {heading}\n")[1].split("\n## ")[0] for heading in ("Install", "Update", "Uninstall")
)
PLACEHOLDER = "https://HOST/OWNER/openrouter-usage.git"
"""What stands for the address of the repository until it has one."""

DEMO = (GOLDEN / "demo.txt").read_text(encoding="utf-8")
pytestmark = pytest.mark.skipif(
    os.name != "posix" or not shutil.which("git") or not (ROOT / ".git").exists(),
    reason="the lines are for a POSIX shell with git, in a clone",
)


def line(beginning, section=INSTALL):
    """The one command of a section, in a block or a table, that begins so; without the remark behind it."""
    (found,) = re.findall(rf"(?:^|(?<=`))({re.escape(beginning)}[^`\n]*?)(?=`|\s+#|$)", section, re.M)
    return found


def tracked(*options):
    """The files that git tells of, those not yet committed among them."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *options]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted({name for name in listed.split("\0") if name and (ROOT / name).is_file()})


def copied(names, folder, mode=None):
    """The folder, with copies of those files of ours; `mode` takes the place of theirs."""
    for name in names:
        to = folder / name
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, to)
        to.chmod(mode or to.stat().st_mode)
    return folder


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}


AUTHOR = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def committed(folder):
    """Makes the folder's files, as they are, a commit of its repository."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **AUTHOR}
    for arguments in (["init", "-q"], ["add", "--all"], ["commit", "-qm", "a version"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True, env=environment)


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    """One that holds the files as they are now."""
    folder = copied(tracked(), tmp_path_factory.mktemp("repository") / "openrouter-usage.git")
    committed(folder)
    return folder


class Machine(Skill):
    """A user's: with a shell, a python3 that has the packages, and a repository in the place of ours."""

    def __init__(self, folder, repository):
        super().__init__(folder)
        self.repository = repository
        self.remembers = True
        del self.env["XDG_CACHE_HOME"]
        tools = folder / "bin"
        tools.mkdir()
        python = tools / "python3"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        self.env["PATH"] = f"{tools}:{os.environ['PATH']}"

    def shell(self, script, cwd=None):
        """What a script prints that ends well: `$REPO` is the repository, `~` the home."""
        script = f'REPO="{self.repository}"\n{script}'
        done = subprocess.run(
            ["/bin/sh", "-ec", script], cwd=cwd or self.cwd, env=self.env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def machine(tmp_path, repository):
    return Machine(tmp_path, repository)


@pytest.fixture
def installed(machine):
    """The folder that README's line has cloned."""
    machine.shell(line('git clone "$REPO" ~'))
    return machine.home / ".claude" / "skills" / "openrouter-usage"


# With git


def test_a_clone_shows_the_sample_on_a_bare_python_and_figures_with_a_key(machine, installed, fake):
    before = contents(installed)
    script = installed / "scripts" / "stats.py"
    printed = machine.run("--demo", python=BARE, script=script)
    assert (printed.code, printed.out, printed.err) == (0, DEMO, "")
    printed = machine.ask(fake, "agent", "admin").run(script=script)
    assert (printed.code, printed.out.splitlines()[1]) == (0, "This key: Today: $3.42* | Week: $18.90 | Month: $61.25")
    assert contents(installed) == before


def test_git_pull_brings_the_new_version_and_keeps_keys_and_history(machine, installed, fake, tmp_path):
    newer = tmp_path / "newer"
    machine.shell(f'git clone -q "$REPO" {newer} && git -C {installed} remote set-url origin {newer}')
    machine.env["OPENROUTER_API_URL"] = fake.address
    key = fake.accounts[0].key("agent").text
    kept = [
        write(installed / "credentials.env", credentials_of(fake, key)),
        write(installed / "credentials.work.env", credentials_of(fake, key)),
    ]
    script = installed / "scripts" / "stats.py"
    first = machine.run(script=script).out
    (newer / "CHANGELOG.md").write_text("## a newer one\n")
    committed(newer)
    machine.shell(line("git -C", UPDATE))
    assert (installed / "CHANGELOG.md").read_text() == "## a newer one\n"
    assert [path.read_text() for path in kept] == [credentials_of(fake, key)] * 2
    fake.asked.clear()
    assert (machine.run(script=script).out, fake.paths()) == (first, [])


# With the agents' own tools, where they are


def test_a_shell_can_read_the_lines_and_the_first_one_sets_what_the_others_need(machine):
    (lines,) = blocks(INSTALL, "bash")
    for block in (lines, *blocks(UNINSTALL, "bash")):
        machine.shell(f"set -n\n{block}")
    commands = [one for one in lines.splitlines() if one and not one.startswith("#")]
    assert [one.split()[0] for one in commands] == [f"REPO={PLACEHOLDER}", "npx", "openclaw", "claude", "git", "git"]
    assert [one for one in commands[1:] if "$REPO" not in one] == []


ADD, FETCH = line("npx skills add"), line("openclaw skills install")
TOOLS = {
    "skills": ([ADD, ADD], line("npx skills remove", UNINSTALL), ".claude/skills/openrouter-usage"),
    "openclaw": ([FETCH, f"{FETCH} --force"], line("rm -rf ~/.open", UNINSTALL), ".openclaw/skills/openrouter-usage"),
    "claude": (
        [line("claude plugin marketplace add"), line("claude plugin marketplace update", UPDATE)],
        "\n".join(line(one, UNINSTALL) for one in ("claude plugin uninstall", "rm -rf ~/.claude/plugins")),
        ".claude/plugins/cache/openrouter-usage/openrouter-usage/*",  # of a local repository it has no other copy
    ),
}
"""How each installs and then updates, how it removes, and where it has its copy."""


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_installs_updates_and_removes_it(machine, tool):
    if not shutil.which(tool):
        pytest.skip(f"no {tool}")
    changes, remove, folder = TOOLS[tool]
    for command in changes:
        machine.shell(command.replace("npx skills", "skills"))
        (script,) = machine.home.glob(f"{folder}/scripts/stats.py")
        assert machine.run("--demo", script=script).out == DEMO
    machine.shell(remove.replace("npx skills", "skills"))
    assert not script.exists()


def test_claude_code_finds_one_plugin_of_one_version_in_the_folder_itself():
    manifests = ROOT / ".claude-plugin"
    plugin = json.loads((manifests / "plugin.json").read_text(encoding="utf-8"))
    market = json.loads((manifests / "marketplace.json").read_text(encoding="utf-8"))
    (entry,) = market["plugins"]
    assert (entry["name"], entry["source"], plugin["skills"]) == (plugin["name"], "./", "./")
    assert (plugin["version"], "version" in entry) == (VERSION, False)  # it is told once
    assert (entry["description"], entry["license"]) == (plugin["description"], plugin["license"])
    named = f"{plugin['name']}@{market['name']}"
    assert set(re.findall(r"[\w-]+@[\w-]+", INSTALL + UPDATE + UNINSTALL)) == {named}
    assert f"name: {plugin['name']}\n" in TEXTS["SKILL.md"]


# From a registry

KEPT = (".md", ".json", ".py", ".sh", ".svg", ".toml", ".txt", "")
"""The endings of ours that ClawHub takes; it drops all others, and whatever begins with a dot."""


@pytest.fixture
def published(machine):
    """What ClawHub makes of this folder: fewer files, none of them executable."""
    ignored = set(tracked("--ignored", "--exclude-from=.clawhubignore"))
    names = [name for name in tracked() if name not in ignored and Path(name).suffix in KEPT]
    folder = machine.home / ".openclaw" / "skills" / "openrouter-usage"
    return copied((name for name in names if not re.search(r"(^|/)\.", name)), folder, 0o644)


def test_what_a_registry_leaves_shows_the_sample_stores_a_key_and_shows_figures(machine, published, fake):
    before = contents(published)
    script = published / "scripts" / "stats.py"
    assert machine.run("--demo", python=BARE, script=script).out == DEMO
    machine.env["OPENROUTER_API_URL"] = fake.address
    stored = machine.run("login", "--file", script=script, given=fake.accounts[0].key("agent").text)
    assert (stored.code, stored.err) == (0, "")
    assert "Today: $3.42*" in machine.run(script=script).out
    plugin = "openrouter-usage.5m.sh"
    shown = machine.shell(f'cp "{published}/scripts/hosts/{plugin}" . && chmod +x {plugin} && ./{plugin}')
    assert shown.startswith("💰 $38.75 · ")
    assert contents(published) == before


def test_no_step_in_the_documents_needs_a_file_that_a_registry_drops(published):
    left = {str(path.relative_to(published)) for path in published.rglob("*")}
    dropped = [name for name in tracked() if name not in left and name != "tests/run.py"]  # who develops has a clone
    steps = [block for text in TEXTS.values() for tag in ("bash", "sh", "console") for block in blocks(text, tag)]
    assert "credentials.env.example" in dropped
    assert [(name, step) for name in dropped for step in steps if name in step] == []


# Uninstalled


def test_uninstalling_removes_all_that_the_program_wrote_and_nothing_else(machine, installed, fake):
    others = [".config/other/a", ".cache/other/b", ".local/state/other/c", ".config/openrouter-usage.txt"]
    for name in others:
        write(machine.home / name, "another program's\n")
    before = contents(machine.home)
    script = installed / "scripts" / "stats.py"
    machine.env["OPENROUTER_API_URL"] = fake.address
    machine.env["PYTHON_KEYRING_BACKEND"] = "keyrings.alt.file.PlaintextKeyring"
    for arguments in (["login"], ["login", "--file", "--profile", "work"]):
        assert machine.run(*arguments, script=script, given=fake.accounts[0].key("agent").text).code == 0
    assert machine.run("--all-profiles", script=script).code == 0
    assert machine.run("bar", script=script).code == 0
    written = {path.parent for path in contents(machine.home).keys() - before.keys()}
    assert {machine.home / ".config/openrouter-usage", machine.state} < written
    assert at_rest(machine)
    machine.shell(blocks(UNINSTALL, "bash")[0], installed)
    keychain = {machine.home / ".local/share/python_keyring/keyring_pass.cfg"}  # the keychain itself, now empty
    left = contents(machine.home)
    assert left.keys() - before.keys() == keychain
    assert {path: text for path, text in left.items() if path in before} == before
    assert machine.run(script=script).code == 3


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_uninstalling_knows_where_the_platform_keeps_things(machine, monkeypatch, platform):
    monkeypatch.setenv("HOME", str(machine.home))
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    folders = [Path(one) for one in (files.state_folder({}), files.config_folder({}), stats.cache_folder())]
    assert len(set(folders)) == 3
    for folder in folders:
        write(folder / "a", "")
    machine.shell(blocks(UNINSTALL, "bash")[0], ROOT)
    assert [folder for folder in folders if folder.exists()] == []


# The address, and what is said of the skill at the top


def test_the_placeholder_of_the_address_stands_once_and_there_is_no_other_address():
    texts = {name: (ROOT / name).read_text(encoding="utf-8", errors="replace") for name in tracked()}
    del texts["tests/test_install.py"]
    assert [name for name, text in texts.items() for _ in re.findall(re.escape(PLACEHOLDER), text)] == ["README.md"]
    address = re.compile(r"(?:https?://|git@|ssh://)[^\s\"'`)]*openrouter-usage")
    assert [found for text in texts.values() for found in address.findall(text)] == [PLACEHOLDER[: -len(".git")]]


def test_the_line_at_the_top_is_true():
    header = (ROOT / "scripts" / "stats.py").read_text(encoding="utf-8").split("# ///")[1]
    (python,) = re.findall(r'requires-python = ">=([\d.]+)"', header)
    packages = re.findall(r'"([a-z-]+)>=', header)
    (licensed,) = re.findall(r"^license: (.*)$", TEXTS["SKILL.md"], re.M)
    assert README.splitlines()[2] == (
        f"Version {VERSION} · Python {python} or newer · needs {' and '.join(packages)} · [{licensed}](LICENSE)"
        " · [security](SECURITY.md)"
    )
