"""README's recipes work as pasted: each is run by the shell, with the short environment that its host gives."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime, timezone

import pytest

from conftest import ROOT
from steady import limited, moved, steady
from test_documents import TEXTS, blocks

README = TEXTS["README.md"]
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
        now = datetime.now(timezone.utc)  # nobody sets a clock in a recipe
        moved(account, now)
        fake = serve(account, now=now)
        settings = {"OPENROUTER_API_URL": fake.address, "OPENROUTER_MGMT_KEY": account.key("admin").text}
        settings["OPENROUTER_API_KEY"] = account.key("agent").text
        (config / "credentials.env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        (config / "credentials.env").chmod(0o600)
        command = command.replace("SKILL", str(ROOT)).replace("/usr/bin/python3", "python3").replace("%h", str(home))
        return subprocess.run(
            ["/bin/sh", "-c", command], cwd=home, capture_output=True, text=True, timeout=60,
            env={"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(home), "LANG": "C"},
        )  # fmt: skip

    return run


def only(language):
    (block,) = blocks(README, language)
    return block


def test_cron_mails_nothing_when_all_is_well_and_else_the_line(host):
    times, command = re.fullmatch(r"((?:\S+ ){5})(.*)\n", only("cron")).groups()
    assert (times, "%" in command) == ("0 */6 * * * ", False)
    done = host(steady("40"), command)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = host(steady("8"), command)
    assert (done.returncode, done.stdout[:48], done.stderr) == (
        1, "OPENROUTER WARNING - $8.00 left, ~2.0 days at $4", "",
    )  # fmt: skip


@pytest.mark.parametrize(("left", "went_on"), [("6", True), ("4", False)])
def test_a_job_goes_on_only_where_there_is_enough_whatever_the_runway(host, left, went_on):
    command = next(block for block in blocks(README, "sh") if "--need" in block)
    done = host(steady(left), f"{command}\necho the job runs")
    assert ("the job runs" in done.stdout) == went_on
    assert done.returncode == (0 if went_on else 2)


def test_the_check_command_is_a_plugin(host):
    command = json.loads("[" + re.search(r"command = \[(.*)\]", only("icinga")).group(1) + "]")
    arguments = re.findall(r'"(--[a-z-]+)" = "\$(\w+)\$"', only("icinga"))
    values = {"openrouter_warn_runway": "72h", "openrouter_crit_runway": "24h", "openrouter_warn_balance": "10"}
    given = [part for flag, name in arguments for part in (flag, values[name])]
    done = host(steady("8"), " ".join([*command, *given]))
    assert (done.returncode, done.stderr) == (1, "")
    assert re.search(r" \| balance=8;10: runway_days=[\d.]+;3:;1: today=0\n", done.stdout)


def test_the_chat_hears_of_a_change_and_then_nothing(host):
    block = next(block for block in blocks(README, "sh") if "openclaw" in block)
    command = re.search(r'--command "(.*)"', block).group(1)
    assert host(steady("40"), command).stdout == "NO_REPLY\n"
    account = limited(steady("40"), 150, 3)
    first, again = host(account, command), host(steady("8"), command)
    assert first.returncode == again.returncode == 0
    assert first.stdout.startswith("🚨 OpenRouter CRITICAL: $3.00 left of the key limit")


def test_the_service_writes_what_a_collector_reads(host, tmp_path):
    service, timer = blocks(README, "ini")
    done = host(steady("40"), re.search(r"^ExecStart=(.*)$", service, re.M).group(1))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    written = (tmp_path / "home" / "metrics" / "openrouter.prom").read_text()
    assert "openrouter_balance_usd 40\n" in written
    assert "OnUnitActiveSec=5min" in timer


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd")
def test_systemd_takes_the_units(tmp_path):
    units = []
    for block in blocks(README, "ini"):
        name = re.match(r"# \S*/(\S+)\n", block).group(1)
        units.append(tmp_path / name)
        units[-1].write_text(block.replace("SKILL", str(ROOT)).replace("/usr/bin/python3", sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, units)], capture_output=True, text=True, timeout=60
    )
    assert [line for line in done.stderr.splitlines() if "openrouter-metrics" in line] == []
