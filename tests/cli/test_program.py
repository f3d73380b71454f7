"""The program as a whole: the demo, help, wrong usage, bare Pythons, and what it leaves behind (nothing)."""

import contextlib
import json
import os
import signal
import subprocess
import sys

import pytest

import json_schema
from conftest import BARE, GOLDEN, NOW, SCRIPTS, STATS, house, path_with, seen

pytestmark = pytest.mark.usefixtures("starts_python")


def test_the_demo_needs_no_key_no_package_and_no_network(skill):
    printed = skill.run("--demo", python=BARE)
    assert (printed.code, printed.err) == (0, "")
    assert printed.out == (GOLDEN / "demo.txt").read_text(encoding="utf-8")


def test_the_demo_is_marked_in_json_too(skill):
    shown = json.loads(skill.run("--demo", "--json", python=BARE).out)
    assert (shown["demo"], shown["as_of"]) == (True, "2026-11-20T14:09:00Z")


def test_the_demo_adds_up(skill):
    """The sample is an account like any other: its days make its month, its models its days, its key less than all."""
    shown = json.loads(skill.run("--demo", "--json").out)
    key, account = shown["key"], shown["account"]
    assert all(key[name] <= account[name] for name in key if name.endswith("_usd"))
    assert account["month_usd"] < shown["balance"]["used_usd"]
    assert sum(round(row["usd"], 9) for row in shown["models"]["rows"]) == pytest.approx(shown["models"]["total_usd"])


def test_the_demo_ignores_a_real_key(skill, fake):
    printed = skill.ask(fake, "agent", "admin").run("--demo")
    assert (printed.out, fake.asked) == ((GOLDEN / "demo.txt").read_text(encoding="utf-8"), [])


BY_HAND = (
    "install requests and python-dotenv, from your distribution (Debian, Ubuntu: `apt install python3-requests "
    "python3-dotenv`) or into a venv outside this folder"
)


def test_without_requests_it_names_the_ways_to_get_it_and_first_uv_where_it_is_installed(skill, fake, tmp_path):
    skill.ask(fake, "agent")
    for programs, ways in [
        (["uv"], f"run `uv run --script {STATS}`; or {BY_HAND}"),
        ([], f"{BY_HAND}; or install uv (https://docs.astral.sh/uv/) and run `uv run --script {STATS}`"),
    ]:
        skill.env["PATH"] = path_with(tmp_path / f"bin{len(programs)}", *programs)
        printed = skill.run(python=BARE)
        assert (printed.code, printed.out) == (3, "")
        assert printed.err == (
            "Error: the package `requests` is not installed, so OpenRouter was not asked\n"
            f"Next: {ways}; `--demo` needs neither\n"
        )


def test_without_dotenv_a_key_in_a_file_is_not_called_missing(skill, tmp_path):
    skill.env["PATH"] = path_with(tmp_path / "bin", "uv")
    (skill.cwd / ".env").write_text("OPENROUTER_API_KEY=x\n", encoding="utf-8")
    printed = skill.run(python=BARE)
    assert printed.code == 3
    assert printed.err == (
        "Error: ./.env was not read: the package python-dotenv is not installed\n"
        f"Next: run `uv run --script {STATS}`; or {BY_HAND}; or set OPENROUTER_API_KEY\n"
    )


def test_where_packages_are_missing_a_key_is_stored_by_uv_if_it_is_installed(skill, tmp_path):
    skill.env["PATH"] = path_with(tmp_path / "bin", "uv")
    assert f"Next: store one with `uv run --script {STATS} login` in your" in skill.run(python=BARE).err
    assert f"Next: store one with `{sys.executable} {STATS} login` in your" in skill.run().err


@pytest.mark.parametrize("arguments", [
    ["--no-such"], ["--timeout", "0"], ["--timeout", "nan"], ["--timeout", "soon"], ["--timeout", "-3"],
    ["--timeout"], ["summary", "extra"], ["--j"], ["--now", "noon"], ["--now", "0001-01-01"],
])  # fmt: skip
def test_wrong_usage_is_one_clear_error_and_asks_nobody(skill, fake, arguments):
    printed = skill.ask(fake, "agent").run(*arguments)
    assert (printed.code, printed.out, fake.asked) == (2, "", [])
    first, second = printed.err.splitlines()
    assert first.startswith("Error: ")
    assert second == "Next: `--help` shows what there is"


def test_wrong_usage_under_json_is_json(skill):
    printed = skill.run("--json", "--timeout", "0")
    assert (printed.code, printed.err) == (2, "")
    assert json.loads(printed.out)["error"] == {
        "code": "bad_usage",
        "message": "argument --timeout: must be more than 0 and at most 3600 seconds",
        "next": "`--help` shows what there is",
    }


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--quiet", "check", "--need", "lots"], 3),
        (["--announce", "check", "--need", "lots"], 0),
        (["--host", "tmux", "bar", "--period", "year"], 0),
        (["--model", "check", "--need", "lots"], 2),
        (["--profile", "bar", "check", "--need", "lots"], 3),
        (["--nonsense", "check"], 2),
        (["--nonsense=1", "check"], 3),
    ],
)
def test_the_command_is_known_from_a_wrong_command_line(skill, arguments, code):
    """Wherever it stands, and whatever option takes its name for a value: each command reports wrong usage its way."""
    assert skill.run(*arguments).code == code


def test_summary_is_the_default_command(skill, fake):
    assert skill.ask(fake, "agent").run("summary") == skill.run()


def modules_after(skill, *arguments):
    command = ["stats.py", *arguments, "--now", NOW.isoformat()]
    program = (
        f"import sys; sys.argv = {command!r}; sys.path.insert(0, {str(SCRIPTS)!r}); "
        "from openrouter_usage.cli import program; program.main(); print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", program], env=skill.env, cwd=skill.cwd, capture_output=True, text=True
    )
    return set(done.stderr.split())


def test_heavy_packages_are_imported_only_when_needed(skill, fake):
    heavy = {"requests", "urllib3", "dotenv", "dataclasses", "pathlib", "sqlite3", "ssl", "shutil"}
    assert modules_after(skill, "--demo") & heavy == set()
    loaded = modules_after(skill.ask(fake, "agent", "admin"))
    assert {"requests", "sqlite3"} <= loaded
    assert "dotenv" not in loaded
    remembered = modules_after(skill)
    assert "sqlite3" in remembered
    assert remembered & ({*heavy, "threading", "hashlib"} - {"sqlite3"}) == set()
    ours = {".".join(name.split(".")[1:3]) for name in remembered if name.startswith("openrouter_usage.")}
    others = {name for name in ours if name.startswith(("api", "commands.", "session.demo"))}
    assert others == {"commands.summary", "commands.registry", "commands.option_types"}


def test_a_reader_that_goes_away_is_no_error(skill):
    command = f"'{sys.executable}' '{STATS}' --demo --json | head -n 1"
    done = subprocess.run(["bash", "-c", command], env=skill.env, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("{\n", "")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupt_ends_with_130_and_without_a_traceback(skill, fake):
    assert interrupted(skill, fake) == (130, "", "Interrupted: no figure was printed.\n")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupt_is_an_error_in_json(skill, fake):
    code, out, err = interrupted(skill, fake, "--json")
    json_schema.hold(["--json"], out)
    told = {"code": "interrupted", "message": "Interrupted: no figure was printed.", "next": None}
    assert (code, json.loads(out)["error"], err) == (130, told, "")


def interrupted(skill, fake, *arguments):
    """What the program says that is interrupted while it waits for OpenRouter."""
    fake.fault_everywhere(how="silence")
    process = subprocess.Popen(
        [sys.executable, str(STATS), *arguments],
        env=skill.ask(fake, "agent").env,
        cwd=skill.cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert seen(lambda: fake.asked)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


@pytest.mark.parametrize("settings", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONUTF8": "0", "LANG": "C"}])
def test_a_pipe_gets_utf8_whatever_the_locale(skill, settings):
    skill.env.update(settings)
    assert skill.run("--demo").out.startswith("💰 OpenRouter Usage (demo: a sample account)\n")


@pytest.mark.parametrize("arguments", ["--demo --json", "--help", "--json --timeout 0", "--timeout 0"])
def test_readers_that_went_away_get_no_traceback(skill, arguments):
    for closed in (
        f"'{sys.executable}' '{STATS}' {arguments} | true",
        f"'{sys.executable}' '{STATS}' {arguments} 2>&1 | true",
    ):
        done = subprocess.run(["bash", "-c", closed], env=skill.env, capture_output=True, text=True)
        assert "Traceback" not in done.stderr and "Exception" not in done.stderr


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-"])
def test_closed_streams_are_no_bug(skill, closed):
    command = f"'{sys.executable}' '{STATS}' --demo {closed}"
    done = subprocess.run(["bash", "-c", command], env=skill.env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_working_directory_that_is_gone_is_no_bug(skill, fake):
    skill.ask(fake, "agent")
    command = f"mkdir gone && cd gone && rmdir ../gone && '{sys.executable}' '{STATS}' --now 2026-11-20T14:09:00Z"
    done = subprocess.run(["bash", "-c", command], env=skill.env, cwd=skill.cwd, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupt_while_writing_is_no_traceback(skill):
    read, write = os.pipe()
    os.set_blocking(write, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(write, b"x" * 4096)
    os.set_blocking(write, True)
    full = held_by(read)
    os.read(read, 4096)  # less than is to be written
    process = subprocess.Popen(
        [sys.executable, str(STATS), "--demo", "--json"], env=skill.env, stdout=write, stderr=subprocess.PIPE
    )
    assert seen(lambda: held_by(read) == full)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    os.close(read)
    os.close(write)
    assert (process.returncode, err) == (130, b"")


def held_by(pipe):
    """How many bytes wait to be read."""
    import fcntl
    import termios

    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_the_recorded_keys_of_the_house_are_made_at_run_time():
    assert len({key.text for key in house().keys}) == 3


@pytest.mark.parametrize(("arguments", "message"), [
    (["report", "--tz", "9" * 100_000], f"no time zone is called {'9' * 119}…"),
    (["report", "--tz", "\x1b[31mEurope/Berlin"], "no time zone is called Europe/Berlin; is it Europe/Berlin"),
    (["report", "--date", "9" * 100_000], "argument --date: must be a UTC day such as 2026-11-19, or "),
    (["report", "--top", "1" + "0" * 100_000], "argument --top: must be a whole number from 0 to 1000000"),
    (["--budget", "1e999999"], "argument --budget: must be an amount above 0, such as 100 or 12.50"),
    (["--timeout", "1" * 100_000], "argument --timeout: must be more than 0 and at most 3600 seconds"),
    (["9" * 100_000], f"there is no command '{'9' * 96}"),
])  # fmt: skip
def test_a_value_of_any_length_is_wrong_usage_at_once(skill, fake, arguments, message):
    printed = skill.ask(fake, "agent", "admin").run(*arguments)
    assert (printed.code, fake.asked) == (2, [])
    assert printed.err.startswith(f"Error: {message}") and len(printed.err) < 500
