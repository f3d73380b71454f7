"""The documents' recipes work as pasted: each is run by the shell, with the short environment that its host gives."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import datetime, timezone

import pytest

from accounts import limited, moved, steady
from conftest import DATA, ROOT
from documents import TEXTS, blocks

ALERTS, HOSTS, METRICS = (TEXTS[f"references/{name}.md"] for name in ("alerts", "hosts", "metrics"))
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the recipes are for a POSIX shell")


@pytest.fixture
def host(tmp_path, serve):
    """Runs a command as cron does, with nothing but a home that has the keys, and a python3 on the path."""
    home, tools = tmp_path / "home", tmp_path / "bin"
    config = home / ".config" / "openrouter-usage"
    for folder in (config, tools, home / "metrics"):
        folder.mkdir(parents=True)
    python = tools / "python3"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)

    def run(account, command):
        """None: with the account as it is."""
        if account:
            settle(account)
        command = command.replace("SKILL", str(ROOT)).replace("/usr/bin/python3", "python3").replace("%h", str(home))
        return subprocess.run(
            ["/bin/sh", "-c", command], cwd=home, capture_output=True, text=True, timeout=60,
            env={"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(home), "LANG": "C"},
        )  # fmt: skip

    def settle(account):
        now = datetime.now(timezone.utc)  # nobody sets a clock in a recipe
        moved(account, now)
        fake = serve(account, now=now)
        settings = {"OPENROUTER_API_URL": fake.address, "OPENROUTER_MGMT_KEY": account.key("admin").text}
        settings["OPENROUTER_API_KEY"] = account.key("agent").text
        (config / "credentials.env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        (config / "credentials.env").chmod(0o600)

    return run


def only(page, language):
    (block,) = blocks(page, language)
    return block


def test_cron_mails_nothing_when_all_is_well_and_else_the_line(host):
    times, command = re.fullmatch(r"((?:\S+ ){5})(.*)\n", only(ALERTS, "cron")).groups()
    assert (times, "%" in command) == ("0 */6 * * * ", False)
    done = host(steady("40"), command)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = host(steady("8"), command)
    assert (done.returncode, done.stdout[:48], done.stderr) == (
        1, "OPENROUTER WARNING - $8.00 left, ~2.0 days at $4", "",
    )  # fmt: skip


@pytest.mark.parametrize(("left", "went_on"), [("6", True), ("4", False)])
def test_a_job_goes_on_only_where_there_is_enough_whatever_the_runway(host, left, went_on):
    command = next(block for block in blocks(ALERTS, "sh") if "--need" in block)
    done = host(steady(left), f"{command}\necho the job runs")
    assert ("the job runs" in done.stdout) == went_on
    assert done.returncode == (0 if went_on else 2)


def test_the_check_command_is_a_plugin(host):
    command = json.loads("[" + re.search(r"command = \[(.*)\]", only(ALERTS, "icinga")).group(1) + "]")
    arguments = re.findall(r'"(--[a-z-]+)" = "\$(\w+)\$"', only(ALERTS, "icinga"))
    values = {"openrouter_warn_runway": "72h", "openrouter_crit_runway": "24h", "openrouter_warn_balance": "10"}
    given = [part for flag, name in arguments for part in (flag, values[name])]
    done = host(steady("8"), " ".join([*command, *given]))
    assert (done.returncode, done.stderr) == (1, "")
    assert re.search(r" \| balance=8;10: runway_days=[\d.]+;3:;1: today=0\n", done.stdout)


def test_the_chat_hears_of_a_change_and_then_nothing(host):
    block = next(block for block in blocks(ALERTS, "sh") if "openclaw" in block)
    command = re.search(r'--command "(.*)"', block).group(1)
    assert host(steady("40"), command).stdout == "NO_REPLY\n"
    account = limited(steady("40"), 150, 3)
    first, again = host(account, command), host(steady("8"), command)
    assert first.returncode == again.returncode == 0
    assert first.stdout.startswith("🚨 OpenRouter CRITICAL: $3.00 left of the key limit")


def test_the_service_writes_what_a_collector_reads(host, tmp_path):
    service, timer = blocks(METRICS, "ini")
    done = host(steady("40"), re.search(r"^ExecStart=(.*)$", service, re.M).group(1))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    written = (tmp_path / "home" / "metrics" / "openrouter.prom").read_text()
    assert "openrouter_balance_usd 40\n" in written
    assert "OnUnitActiveSec=5min" in timer


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd")
def test_systemd_takes_the_units(tmp_path):
    units = []
    for block in blocks(METRICS, "ini"):
        name = re.match(r"# \S*/(\S+)\n", block).group(1)
        units.append(tmp_path / name)
        units[-1].write_text(block.replace("SKILL", str(ROOT)).replace("/usr/bin/python3", sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, units)], capture_output=True, text=True, timeout=60
    )
    assert [line for line in done.stderr.splitlines() if "openrouter-metrics" in line] == []


# Hosts of the bar


def shown_first_and_then(host, account, command, awaited):
    """Nothing is remembered at first; a later call shows what the first one had renewed, once all of it has come."""
    first = host(account, command)
    for _ in range(100):
        again = host(None, command)
        if awaited in again.stdout:
            break
        time.sleep(0.1)
    assert (first.returncode, again.returncode, again.stderr) == (0, 0, "")
    return first.stdout, again.stdout


def configured(name):
    """A JSON block that has this setting, which is a command."""
    return next(json.loads(block) for block in blocks(HOSTS, "json") if name in block)


def test_waybar_gets_an_object_at_once_and_figures_then(host):
    module = configured("return-type")["custom/openrouter"]
    assert module["return-type"] == "json"
    first, again = shown_first_and_then(host, steady("40"), module["exec"], "💰 $40.00 · $0.00 today")
    assert json.loads(first)["class"] == "unknown"
    assert json.loads(again)["text"] == "💰 $40.00 · $0.00 today"
    styles = set(re.findall(r"#custom-openrouter\.(\w+)", only(HOSTS, "css")))
    assert styles == {"warning", "critical", "unknown", "stale"}


def test_claude_codes_status_line_is_one_line_whatever_comes_in(host):
    setting = configured("statusLine")["statusLine"]
    command = f"cat '{DATA / 'claude-status.json'}' | {setting['command']}"
    line = "Opus · 42% context · 💰 $40.00 · $0.00 today\n"
    assert shown_first_and_then(host, steady("40"), command, line)[1] == line
    assert setting["refreshInterval"] == 60
    another = f"echo '{{\"model\": 1}}' | {setting['command']}"
    assert host(None, another).stdout == "💰 $40.00 · $0.00 today\n"


def settings(language, name):
    """What the blocks in that language set under that name."""
    return re.findall(rf'^ *{name} ?= ?"?(.*?)"?$', "".join(blocks(HOSTS, language)), re.M)


def test_prompts_and_bars_that_run_a_command_get_the_plain_line(host):
    first, *others = (*settings("toml", "command"), *settings("i3blocks", "command"), *settings("polybar", "exec"))
    line = "💰 $8.00 · $0.00 today ⚠\n"
    assert shown_first_and_then(host, steady("8"), first, line)[1] == line
    assert len(others) == 3
    assert {host(None, command).stdout for command in others} == {line}


@pytest.mark.skipif(not shutil.which("i3blocks"), reason="no i3blocks")
def test_a_real_i3blocks_shows_the_line(host, tmp_path):
    shown_first_and_then(host, steady("40"), settings("i3blocks", "command")[0], "$40.00")
    (tmp_path / "i3blocks.conf").write_text(only(HOSTS, "i3blocks").replace("SKILL", str(ROOT)))
    done = host(None, f"timeout 5 i3blocks -c {tmp_path / 'i3blocks.conf'}")
    assert '"full_text":"💰 $40.00 · $0.00 today"' in done.stdout


@pytest.mark.skipif(not shutil.which("i3status"), reason="no i3status")
def test_a_real_i3status_shows_the_file_that_is_written_for_it(host, tmp_path):
    (tmp_path / "home" / ".cache").mkdir()
    write = next(block for block in blocks(HOSTS, "sh") if "openrouter.line" in block)
    shown_first_and_then(host, steady("40"), f"{write} cat ~/.cache/openrouter.line", "$40.00")
    settings = 'general {\n        output_format = "none"\n        interval = 1\n}\n'
    (tmp_path / "i3status.conf").write_text(settings + only(HOSTS, "i3status"))
    done = host(None, f"timeout 5 i3status -c {tmp_path / 'i3status.conf'}")
    assert done.stdout.splitlines()[0] == "💰 $40.00 · $0.00 today"


WRAPPER = ROOT / "scripts" / "hosts" / "openrouter-usage.5m.sh"


def test_the_wrapper_for_menu_bars_shows_figures_with_its_first_call(host, tmp_path):
    skills = tmp_path / "home" / ".openclaw" / "skills"
    skills.mkdir(parents=True)
    (skills / "openrouter-usage").symlink_to(ROOT)
    plugin = shutil.copy(WRAPPER, tmp_path / "home")
    assert os.access(plugin, os.X_OK)
    done = host(steady("40"), plugin)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:3] == [
        "💰 $40.00 · $0.00 today | emojize=false symbolize=false",
        "---",
        "💰 OpenRouter Usage (this key) | href=https://openrouter.ai/activity emojize=false symbolize=false",
    ]


def test_the_wrapper_runs_no_command_for_a_key_and_shows_what_another_was_told(host, tmp_path):
    home = tmp_path / "home"
    host(steady("40"), "true")
    credentials = home / ".config" / "openrouter-usage" / "credentials.env"
    settings = dict(line.split("=", 1) for line in credentials.read_text().splitlines())
    (home / "vault").write_text(f"#!/bin/sh\necho asked >> {home}/asked\necho {settings['OPENROUTER_API_KEY']}\n")
    (home / "vault").chmod(0o755)
    command = f"OPENROUTER_API_KEY_CMD={home}/vault"
    credentials.write_text(f"OPENROUTER_API_URL={settings['OPENROUTER_API_URL']}\n{command}\n")
    plugin = home / WRAPPER.name
    plugin.write_text(WRAPPER.read_text().replace('SKILL=""', f'SKILL="{ROOT}"').replace("--max-age 4m", "--max-age 0"))
    assert host(None, f"sh {plugin}").stdout.startswith("💰 no key from command | ")
    assert not (home / "asked").exists()
    host(None, "python3 SKILL/scripts/stats.py")
    assert host(None, f"sh {plugin}").stdout.startswith("💰 $40.00 · $0.00 today | ")
    assert (home / "asked").read_text() == "asked\n"


def test_what_the_wrapper_shows_can_be_set_in_it(host, tmp_path):
    skills = tmp_path / "home" / ".claude" / "skills"
    skills.mkdir(parents=True)
    (skills / "openrouter-usage").symlink_to(ROOT)
    plugin = shutil.copy(WRAPPER, tmp_path / "home")
    text = WRAPPER.read_text().replace('KEYS=""', 'KEYS="--all-profiles"').replace('SHOWN=""', 'SHOWN="--show balance"')
    (tmp_path / "home" / WRAPPER.name).write_text(text)
    assert host(steady("40"), plugin).stdout.splitlines()[0] == "💰 default: $40.00 | emojize=false symbolize=false"


def test_the_wrapper_takes_the_folder_that_is_set_in_it(host, tmp_path):
    plugin = tmp_path / "home" / WRAPPER.name
    plugin.write_text(WRAPPER.read_text().replace('SKILL=""', f'SKILL="{ROOT}"'))
    plugin.chmod(0o755)
    assert host(steady("40"), str(plugin)).stdout.startswith("💰 $40.00 · $0.00 today | ")


FOLDERS = [
    ".claude/skills", ".openclaw/workspace/skills", ".openclaw/workspace-work/skills",
    ".openclaw/workspace/.agents/skills", ".agents/skills", ".openclaw/skills", ".codex/skills",
    ".claude/plugins/marketplaces",
]  # fmt: skip


@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
@pytest.mark.parametrize("folder", FOLDERS)
def test_the_wrapper_finds_the_skill_where_agents_have_it(tmp_path, folder, shell):
    if not shutil.which(shell):
        pytest.skip(f"no {shell}")
    home = tmp_path / "my home"
    script = home / folder / "openrouter-usage" / "scripts" / "stats.py"
    script.parent.mkdir(parents=True)
    script.write_text("import sys\nprint(*sys.argv)\n")
    done = subprocess.run(
        [shell, str(WRAPPER)], capture_output=True, text=True, timeout=60,
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{script} bar --host swiftbar\n", "")


@pytest.mark.parametrize(
    ("python", "has_skill", "printed"),
    [
        ("python3", False, "no skill\n---\nThe skill openrouter-usage was not found: set SKILL in this file\n"),
        ("/no/python", True, "no Python\n---\n/no/python was not found: set PYTHON in this file\n"),
        ("false", True, "needs Python 3.9\n---\nfalse cannot run the skill, which needs Python 3.9 or newer: "
         "set PYTHON in this file\n"),
    ],
)  # fmt: skip
def test_the_wrapper_says_what_is_missing(host, tmp_path, python, has_skill, printed):
    plugin = tmp_path / "home" / WRAPPER.name
    text = WRAPPER.read_text().replace("PYTHON=python3", f"PYTHON={python}")
    plugin.write_text(text.replace('SKILL=""', f'SKILL="{ROOT}"') if has_skill else text)
    done = host(None, f"sh {plugin}")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"💰 {printed}", "")


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="no shellcheck")
def test_shellcheck_takes_the_wrapper():
    subprocess.run(["shellcheck", str(WRAPPER)], check=True)
