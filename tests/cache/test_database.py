"""The file of what is remembered: where it lies, who may read it, and that no trouble with it costs an answer."""

import ctypes
import hashlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from accounts import other_account
from conftest import DATA, GOLDEN, NOW, STATS, at, event, house, later, spent
from documents import TEXTS, blocks
from openrouter_usage.cache import answers, days
from openrouter_usage.cache.cache import Cache
from openrouter_usage.cache.database import Database
from openrouter_usage.errors import CacheTrouble
from openrouter_usage.records import Activity, ActivityRow, Key, Question, Use

ANSWER = "This key: Today: $3.42* | Week: $18.90 | Month: $61.25"
WHOLE = Decimal("186.9")


@pytest.fixture
def skill(skill):
    skill.remembers = True
    return skill


def file_of(skill):
    return skill.state / "history.db"


def remembered(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    return file_of(skill)


def answered(skill):
    """The remarks of a run that was answered all the same."""
    printed = skill.run()
    assert (printed.code, printed.out.splitlines()[1]) == (0, ANSWER), printed
    return printed.err.splitlines()


# Where


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_only_its_owner_can_read_it_whatever_the_umask(skill, fake):
    skill.ask(fake, "agent", "admin")
    command = [sys.executable, str(STATS), "--now", NOW.isoformat()]
    subprocess.run(command, env=skill.env, cwd=skill.cwd, check=True, preexec_fn=lambda: os.umask(0), timeout=60)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in [skill.state, *skill.state.iterdir()]}
    assert modes == {"openrouter-usage": "0o700", "history.db": "0o600", "history.lock": "0o600"}


def test_it_lies_in_the_state_folder_and_nothing_else_is_left_behind(skill, fake, tmp_path):
    skill.env["XDG_STATE_HOME"] = str(tmp_path / "elsewhere")
    skill.ask(fake, "agent", "admin").run()
    folder = tmp_path / "elsewhere" / "openrouter-usage"
    assert sorted(path.name for path in folder.iterdir()) == ["history.db", "history.lock"]
    assert not (skill.home / ".local").exists()
    skill.env["XDG_STATE_HOME"] = "relative/paths/do/not/count"
    skill.run()
    assert file_of(skill).is_file() and not (skill.cwd / "relative").exists()


def test_the_demo_remembers_nothing(skill):
    skill.run("--demo")
    assert not skill.state.exists()


def test_it_can_be_looked_into_with_sqlite3(skill, fake):
    (shown,) = blocks(TEXTS["references/files.md"], "bash")
    with closing(sqlite3.connect(remembered(skill, fake))) as db:
        rows = db.execute(re.search(r'"(SELECT .*)"', shown).group(1)).fetchall()
        assert (rows[-1], len(rows)) == (("2026-11-18", 10.48), 6)
        assert db.execute("PRAGMA journal_mode").fetchall() == [("wal",)]


# Trouble with it


def another_programs(path):
    path.unlink()
    edit(path, "CREATE TABLE theirs (a)")


GARBAGE = {
    "garbage": lambda path: path.write_bytes(b"this is no database, though it is long enough to be one\n" * 100),
    "another program's": another_programs,
}


@pytest.mark.parametrize("damage", GARBAGE.values(), ids=GARBAGE)
def test_a_file_that_is_not_ours_is_set_aside_and_a_new_one_begun(skill, fake, damage):
    path = remembered(skill, fake)
    damage(path)
    bad = path.read_bytes()
    assert answered(skill) == [
        "Remark: ~/.local/state/openrouter-usage/history.db is damaged or another program's: it was set aside as "
        "history.db.set-aside-1, and a new one takes its place"
    ]
    assert (skill.state / "history.db.set-aside-1").read_bytes() == bad
    fake.asked.clear()
    assert (answered(skill), fake.asked) == ([], [])
    damage(path)
    answered(skill)
    assert (skill.state / "history.db.set-aside-2").is_file()


@pytest.mark.parametrize("keep", [4096 * 3, 5000])
def test_a_file_that_was_cut_is_set_aside(skill, fake, keep):
    path = remembered(skill, fake)
    with open(path, "r+b") as file:
        file.truncate(keep)
    assert "set aside as history.db.set-aside-1" in "".join(answered(skill))
    assert answered(skill) == [] == answered(skill)
    assert spent(skill.ask(fake, mgmt="admin")) == WHOLE


def test_an_empty_file_is_begun(skill, fake):
    skill.state.mkdir(parents=True)
    file_of(skill).touch()
    skill.ask(fake, "agent", "admin")
    assert answered(skill) == []
    fake.asked.clear()
    assert (answered(skill), fake.asked) == ([], [])


def test_a_file_of_a_newer_version_is_left_alone_and_not_used(skill, fake):
    path = remembered(skill, fake)
    edit(path, "PRAGMA user_version = 99")
    before = path.read_bytes()
    fake.asked.clear()
    assert answered(skill) == [
        "Remark: nothing is remembered: ~/.local/state/openrouter-usage/history.db was written by a newer version: "
        "update this skill to use it"
    ]
    assert (path.read_bytes(), len(fake.asked)) == (before, 6)


def of_version(number, skill, fake):
    skill.state.mkdir(parents=True)
    db = sqlite3.connect(file_of(skill))
    text = (DATA / f"history-{number}.sql").read_text(encoding="utf-8")
    salt = bytes.fromhex(re.search(r"X'([0-9A-F]{64})'", text).group(1))
    address = hashlib.blake2b(fake.address.encode(), key=salt, digest_size=16).hexdigest()
    db.executescript(text.replace("ADDRESS", address))
    db.close()


def test_the_answers_that_version_1_5_0_kept_are_found(skill, account):
    skill.state.mkdir(parents=True)
    db = sqlite3.connect(file_of(skill))
    db.executescript((DATA / "answers-1.5.0.sql").read_text(encoding="utf-8"))
    db.close()
    skill.env["OPENROUTER_API_URL"] = "http://127.0.0.1:18435/api/v1"
    skill.env["OPENROUTER_API_KEY"] = account.key("agent").text
    skill.env["OPENROUTER_MGMT_KEY"] = account.key("admin").text
    assert skill.run("--offline").all == (GOLDEN / "both.txt").read_text(encoding="utf-8")


def test_the_keys_that_version_1_5_0_found_are_known_by_their_digests():
    """It called the digests of a key and of its address text and address."""
    from openrouter_usage.cache.json_store import unpacked
    from openrouter_usage.records import Key, Keys

    key = (
        '{"kind":"Key","text":"d1","name":"OPENROUTER_API_KEY","source":"the environment","address":"d2","headers":[]}'
    )
    keys = '{"kind":"Keys","regular":KEY,"management":null,"notes":[],"remarks":[],"is_whole":true}'
    found = Keys(Key("d1", "OPENROUTER_API_KEY", "the environment", "d2"), None)
    assert unpacked(keys.replace("KEY", key, 1)) == found


def test_a_secret_is_never_stored():
    from openrouter_usage.cache.json_store import packed
    from openrouter_usage.records import Secret

    with pytest.raises(TypeError, match="a secret is never stored"):
        packed((Secret("sk-text", "https://openrouter.ai/api/v1"),))


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_file_of_every_version_is_read(skill, fake, version):
    of_version(version, skill, fake)
    document = skill.ask(fake, mgmt="admin").json("report", "--days", "60", "--by", "date")
    days = {row["date"]: row["usd"] for row in document["rows"] if row["usd"]}
    assert {day: round(float(usd), 2) for day, usd in days.items()} == {
        "2026-10-01": 1,
        "2026-10-21": 100,
        "2026-11-05": 28.25,
        "2026-11-10": 42.35,
        "2026-11-16": 5,
        "2026-11-17": 0.82,
        "2026-11-18": 10.48,
    }
    remembered, asked = document["remembered"], document["by_analytics"]
    assert (document["known_days"], remembered["from"], asked["to"]) == (60, "2026-09-21", "2026-10-20")


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_the_balances_of_every_version_are_read(skill, fake, version):
    of_version(version, skill, fake)
    skill.ask(fake, mgmt="admin").run()
    shown = skill.json("doctor")["memory"]["accounts"][0]
    assert (shown["days"], shown["first"], shown["balance_readings"]) == (60, "2026-09-11", 2)


def test_what_was_announced_is_read_and_an_older_file_has_none(skill, fake):
    by = ("check", "--announce", "--warn-balance", "50", "--warn-runway", "0", "--crit-runway", "0")
    of_version(2, skill, fake)
    assert skill.ask(fake, mgmt="admin").lines(*by) == ["NO_REPLY"]
    shutil.rmtree(skill.state)
    of_version(1, skill, fake)
    assert skill.lines(*by)[0].startswith("⚠️ OpenRouter WARNING: the balance is below $50.00")


NO_PLACE = {"no folder": "/dev/null/nowhere", "a file in its place": "FILE"}


@pytest.mark.parametrize("place", NO_PLACE.values(), ids=NO_PLACE)
def test_where_nothing_can_be_kept_there_is_an_answer_and_a_remark(skill, fake, place, tmp_path):
    if place == "FILE":
        (tmp_path / "state").mkdir()
        (tmp_path / "state" / "openrouter-usage").write_text("")
        place = str(tmp_path / "state")
    skill.env["XDG_STATE_HOME"] = place
    (remark,) = answered(skill.ask(fake, "agent", "admin"))
    assert remark.startswith("Remark: nothing is remembered: ") and (
        "cannot be made" in remark or "no folder" in remark
    )


def test_without_a_home_there_is_an_answer(skill, fake, tmp_path):
    (tmp_path / "no home").write_text("")
    home = str(tmp_path / "no home")
    skill.ask(fake, "agent", "admin").env.update(HOME=home, USERPROFILE=home)
    assert answered(skill) == [
        "Remark: nothing is remembered: ~/.local/state/openrouter-usage/history.db cannot be made: Not a directory; "
        "XDG_STATE_HOME can name another place"
    ]


def powerless():
    """As root, lets file modes count (Linux: no CAP_DAC_OVERRIDE, no CAP_DAC_READ_SEARCH)."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):
        libc.prctl(24, capability)


@pytest.mark.skipif(sys.platform != "linux", reason="modes count for root only where capabilities can be dropped")
def test_a_read_only_file_is_read_and_the_answer_not_remembered(skill, fake):
    path = remembered(skill, fake)
    path.chmod(0o400)
    skill.state.chmod(0o500)
    command = [sys.executable, str(STATS), "--now", (NOW + timedelta(seconds=30)).isoformat()]

    def run():
        return subprocess.run(
            command, env=skill.env, cwd=skill.cwd, capture_output=True, text=True, timeout=60, preexec_fn=powerless
        )

    try:
        fake.asked.clear()
        done = run()
        assert (done.returncode, done.stderr, fake.asked, done.stdout.splitlines()[1]) == (0, "", [], ANSWER)
        command[-1] = (NOW + timedelta(hours=1)).isoformat()
        done = run()
        assert (done.returncode, done.stdout.splitlines()[1]) == (0, ANSWER)
        assert "not everything could be looked up or remembered" in done.stderr
        fake.fault_everywhere(status=503)
        done = run()
        assert (done.returncode, done.stdout.splitlines()[1]) == (0, f"{ANSWER} (as of 14:09 UTC)")
    finally:
        skill.state.chmod(0o700)


@pytest.mark.skipif(os.name != "posix", reason="a limit on the size of files stands for a full disk")
@pytest.mark.parametrize("size", [0, 4096, 20_000, 60_000])
def test_a_full_disk_costs_neither_the_answer_nor_a_remembered_day(skill, fake, account, size):
    import resource

    account.events.append(event("10-01", "agent", "v/m", "P", "1.00"))
    if size:
        at(skill, fake, NOW - timedelta(days=40))
        remembered(skill, fake)
        at(skill, fake, NOW)
    skill.ask(fake, "agent", "admin")
    done = subprocess.run(
        [sys.executable, "-B", str(STATS), "--now", NOW.isoformat()],
        env=skill.env,
        cwd=skill.cwd,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    assert (done.returncode, done.stdout.splitlines()[1]) == (0, ANSWER), done
    if size < 60_000:
        assert "remembered" in done.stderr
    if size:
        assert skill.json("report", "--date", "2026-10-01", "--offline", "--no-credits")["total"]["usd"] == 1
    assert skill.run("report").code == 0
    assert spent(skill) == WHOLE + bool(size)


def test_a_clock_that_is_set_back_costs_no_day_and_takes_no_answer_from_the_future(skill, fake):
    at(skill, fake, NOW + timedelta(hours=3))
    remembered(skill, fake)
    at(skill, fake, NOW)
    assert (answered(skill), len(fake.asked)) == ([], 5)
    assert spent(skill.ask(fake, mgmt="admin")) == WHOLE
    fake.fault_everywhere(status=503)
    later(skill, fake, days=-1)
    assert skill.run().code == 0


def test_a_clock_that_is_35_days_ahead_makes_no_day_a_seen_zero(skill, serve, account):
    """OpenRouter's clock decides which days an answer covers."""
    real = datetime.now(timezone.utc)
    fake = serve(account, now=real)
    account.events = [replace(event("11-18", "agent", "v/m", "P", "1.00"), at=real - timedelta(days=3))]
    skill.ask(fake, mgmt="admin").run("report", "--now", real.isoformat())
    fake.now = real - timedelta(days=35)
    skill.now = None
    skill.run("report", "--max-age", "0")
    fake.now = skill.now = real
    document = skill.json("report", "--days", "60", "--by", "date", "--offline", "--no-credits")
    assert document["total"]["usd"] == 1


def test_two_time_zones_share_one_history(skill, fake):
    skill.ask(fake, mgmt="admin").env["TZ"] = "Pacific/Kiritimati"
    one = skill.json("report", "--by", "date")
    skill.env["TZ"] = "Pacific/Pago_Pago"
    assert skill.json("report", "--by", "date") == one


def edit(path, *statements):
    """Changes the file as damage may: whatever its tables and SQLite have against it."""
    db = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA writable_schema = ON", *statements):
        db.execute(statement)
    db.close()


SET_ASIDE = (
    "~/.local/state/openrouter-usage/history.db is damaged or another program's: it was set aside as "
    "history.db.set-aside-1, and a new one takes its place"
)

SEALED = {
    "an answer's time": "UPDATE answer SET at = 'soon'",
    "an answer's time without a zone": "UPDATE answer SET at = substr(at, 1, 19)",
    "an answer": "UPDATE answer SET record = '5'",
    "an answer of another kind": """UPDATE answer SET record = '{"kind": "Nothing"}'""",
    "an answer's amounts": """UPDATE answer SET record = replace(record, '"Decimal":"3', '"Decimal":"4')""",
    "an answer that nests too deep": "UPDATE answer SET seal = NULL, record = replace(hex(zeroblob(50000)), '0', '[')",
    "a reading": "UPDATE balance SET used = used + 50000000000",
    "a reading's time": "UPDATE balance SET at = substr(at, 1, 10)",
    "days whose rows stay": "DELETE FROM day",
    "a midnight": "UPDATE midnight SET usd = 'much'",
}


@pytest.mark.parametrize("statement", SEALED.values(), ids=SEALED)
def test_a_record_that_is_not_as_it_was_written_counts_as_absent(skill, fake, statement):
    path = remembered(skill, fake)
    edit(path, statement)
    assert (answered(skill), answered(skill)) == ([], [])
    report = skill.json("report")
    assert report["total"]["usd"] == WHOLE
    assert not (skill.state / "history.db.set-aside-1").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM account",
        "UPDATE account SET id = 9223372036854775807",
        "INSERT INTO day (account, date, seen_at) VALUES ('one', '2026-10-01', '')",
    ],
)
def test_a_new_account_takes_over_nothing_that_damage_left_of_another(skill, serve, statement):
    theirs = other_account(organization="org-two")
    theirs.events.append(event("11-18", "theirs", "v/m", "P", "7.00"))
    fake = serve(house(), theirs)
    path = remembered(skill, fake)
    rows = skill.json("report", "--offline")["rows"]
    edit(path, statement)
    assert [row["usd"] for row in skill.ask(fake, mgmt="their-admin").json("report")["rows"]] == [7]
    assert skill.ask(fake, "agent", "admin").json("report", "--offline")["rows"] == rows


DAMAGE = {
    "a day": "UPDATE day SET date = '2026-11-0x' WHERE date = '2026-11-18'",
    "a day's time": "UPDATE day SET seen_at = substr(seen_at, 1, 19)",
    "a day of bytes": "UPDATE day SET seen_at = CAST(seen_at AS BLOB)",
    "text that is not UTF-8": "UPDATE day SET seen_at = CAST(x'ff80' AS TEXT)",
    "an amount": "UPDATE spend SET usd = usd + 10000000000 WHERE number = 0",
    "an amount that is text": "UPDATE spend SET usd = 'much'",
    "a count that is a fraction": "UPDATE spend SET requests = 1.5",
    "amounts too large to be added up": "UPDATE spend SET usd = 9223372036854775807",
    "a row that is lost": "DELETE FROM spend WHERE number = 0",
    "a name of bytes": "UPDATE endpoint SET model = CAST(model AS BLOB)",
    "an account that is no number": "UPDATE OR IGNORE alias SET account = 'one'",
    "no salt": "DELETE FROM salt",
    "a salt that is a number": "UPDATE salt SET value = 7",
    "a table that is gone": "DROP TABLE endpoint",
    "a column that is gone": "ALTER TABLE day RENAME COLUMN seen_at TO seen",
    "a table that is cut off": "UPDATE sqlite_master SET rootpage = 99999 WHERE name = 'answer'",
    "a name that a terminal obeys": "UPDATE sqlite_master SET sql = 'CREATE \x1b[31m' WHERE name = 'answer'",
}


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_set_aside_and_costs_no_answer(skill, fake, statement):
    """What it says once is the same whether it is found while the file is opened, or later."""
    path = remembered(skill, fake)
    edit(path, statement)
    (remark,) = answered(skill)
    assert remark.endswith(SET_ASIDE) and remark.isprintable()
    assert answered(skill) == answered(skill) == []
    assert skill.json("report")["total"]["usd"] == WHOLE
    assert (skill.state / "history.db.set-aside-1").is_file()


@pytest.mark.parametrize("statement", [*SEALED.values(), *DAMAGE.values()], ids=[*SEALED, *DAMAGE])
def test_offline_a_figure_of_a_damaged_file_is_right_or_unknown(skill, fake, statement):
    path = remembered(skill, fake)
    edit(path, statement)
    for command in ("summary", "report", "forecast", "audit", "why"):
        printed = skill.run(command, "--offline", "--json")
        document = json.loads(printed.out)
        assert printed.code == (4 if "error" in document else 0)
        if command == "summary" and "error" not in document:
            key, balance = document["key"], document["balance"]
            assert (key and key["today_usd"]) in (3.42, None)
            assert (balance and balance["remaining_usd"]) in (38.75, None)
        if command == "report" and "error" not in document:
            assert document["total"]["usd"] == float(WHOLE)


def test_figures_too_large_to_be_added_up_cost_no_remembered_day(skill, fake, account):
    path = remembered(skill, fake)
    account.events += [event("11-19", "agent", f"v/{number}", "P", "1", requests=9 * 10**17) for number in range(12)]
    (remark,) = later(skill, fake, days=1).run("report", "--max-age", "0").err.splitlines()
    assert remark == "Remark: not everything could be looked up or remembered: a figure is too large to be remembered"
    assert not list(skill.state.glob("*.set-aside-*"))
    with closing(sqlite3.connect(path)) as db:
        assert list(db.execute("SELECT round(SUM(usd), 4) FROM daily_spend")) == [(186.9,)]


def told(key, usd):
    """An answer of /activity with that spend on each of the 30 days."""
    days = (NOW.date() - timedelta(days=ago) for ago in range(1, 31))
    use = Use(Decimal(usd), Decimal(0), 5, 1000, 100, 0, 0)
    return Activity(tuple(ActivityRow(day, "v/m", "v/m-1", "P", use) for day in days), NOW)


KEY = Key("a key", "OPENROUTER_MGMT_KEY", "environment", "an address")


@contextmanager
def a_cache(path):
    """A cache with 30 days, which is closed in the end."""
    cache = Cache(Database(str(path), "history.db"), NOW, timedelta(0), lambda: None)
    answers.keep(cache, Question("activity", KEY), told(KEY, "2"))
    with closing(cache.database):
        yield cache


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "history.db"


@pytest.fixture
def cache(path):
    with a_cache(path) as cache:
        yield cache


def test_days_that_another_process_stores_meanwhile_are_no_damage(cache, path, monkeypatch):
    read, amounts = cache.database.read, iter("3456789")

    def read_while_another_writes(*question):
        found = read(*question)
        days.keep(other, KEY, told(KEY, next(amounts)))
        return found

    monkeypatch.setattr(cache.database, "read", read_while_another_writes)
    with a_cache(path) as other:
        standing = days.standing(cache, KEY, told(KEY, "1"), NOW.date())
    assert (len(standing), set(standing.values()), cache.remarks) == (30, {Decimal(1)}, ())
    assert not list(path.parent.glob("*.set-aside-*"))


def test_a_file_that_a_newer_version_migrates_meanwhile_is_left_alone(cache, path):
    edit(path, "ALTER TABLE balance ADD COLUMN more", "ALTER TABLE day RENAME TO days", "PRAGMA user_version = 999")
    with pytest.raises(CacheTrouble, match=r"^history.db was written by a newer version: update this skill to use it$"):
        days.keep(cache, KEY, told(KEY, "3"))
    assert [one.name for one in path.parent.glob("history.db*") if "set-aside" in one.name] == []


def test_the_last_three_that_were_set_aside_are_kept_and_doctor_names_them(skill, fake):
    path = remembered(skill, fake)
    for number in range(5):
        path.write_bytes(b"garbage %d" % number)
        Path(f"{path}-wal").write_bytes(b"garbage")
        answered(skill)
    names = [f"history.db.set-aside-{number}" for number in (3, 4, 5)]
    assert sorted(one.name for one in skill.state.glob("*.set-aside-?")) == names
    assert (skill.state / names[0]).read_bytes() == b"garbage 2"
    assert f"Set aside as damaged: {', '.join(names)} (nothing reads them; delete them)" in skill.lines("doctor")
    assert skill.json("doctor")["memory"]["set_aside"] == names


def test_a_cached_account_of_which_doctor_tells_may_be_set_aside_meanwhile(skill, fake):
    damage_the_table(remembered(skill, fake), "day")
    printed = skill.run("doctor", "--offline")
    assert printed.code == 0 and SET_ASIDE in printed.out


def damage_the_table(path, table):
    """Overwrites the first page of one table, so that only whoever reads it finds out."""
    db = sqlite3.connect(path)
    ((page,),) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
    ((size,),) = db.execute("PRAGMA page_size")
    db.close()
    with open(path, "r+b") as file:
        file.seek((page - 1) * size)
        file.write(bytes(range(7, 107)) * (size // 100))


def test_days_that_cannot_be_read_are_asked_for_and_never_zero(skill, fake):
    damage_the_table(remembered(skill, fake), "spend")
    printed = skill.run()
    assert "7d: Nov 13 to Nov 19, completed UTC days; total $16.30" in printed.out
    assert "history.db.set-aside-1" in printed.err
    damage_the_table(remembered(skill, fake), "spend")
    report = json.loads(skill.run("report", "--json").out)
    assert (report["total"]["usd"], report["known_days"]) == (float(WHOLE), 30)


def test_a_file_that_is_set_aside_is_told_of_beside_an_error_too(skill, fake):
    remembered(skill, fake).write_bytes(b"garbage" * 999)
    printed = skill.run("--offline")
    assert (printed.code, printed.out) == (4, "")
    assert printed.err.startswith("Remark: ~/.local/state/openrouter-usage/history.db is damaged")


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_a_file_that_others_could_read_is_closed(skill, fake):
    path = remembered(skill, fake)
    path.chmod(0o644)
    skill.state.chmod(0o755)
    assert answered(skill) == []
    assert (oct(path.stat().st_mode & 0o777), oct(skill.state.stat().st_mode & 0o777)) == ("0o600", "0o700")


# Killed at any instant


def kill_at_random_instants(skill, kills):
    """Runs it, kills it, and counts how often it was killed before it had answered."""
    import random

    chance = random.Random(7)  # noqa: S311 (it keeps no secret)
    command = [sys.executable, str(STATS), "--max-age", "0", "--now", NOW.isoformat()]
    killed = 0
    for _ in range(kills):
        process = subprocess.Popen(
            command, env=skill.env, cwd=skill.cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        time.sleep(chance.uniform(0.05, 0.3))
        process.kill()
        assert process.communicate()[1] in (b"", b"Killed\n")
        killed += process.returncode == -signal.SIGKILL
    return killed


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_no_kill_costs_a_remembered_day(skill, fake, account):
    account.events.append(event("10-01", "agent", "v/m", "P", "1.00"))
    at(skill, fake, NOW - timedelta(days=40)).ask(fake, "agent", "admin").run()
    at(skill, fake, NOW).run()
    assert kill_at_random_instants(skill, 25) > 5
    assert answered(skill) == []
    assert spent(skill) == WHOLE + 1


# Many at once


@contextmanager
def running(skill, *arguments):
    """The program in the background, for as long as it is looked at."""
    command = [sys.executable, str(STATS), *arguments]
    process = subprocess.Popen(
        command, env=skill.env, cwd=skill.cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def many(skill, count, *arguments):
    """That many processes at the same moment, and what each printed."""
    command = [sys.executable, str(STATS), "--now", NOW.isoformat(), *arguments]
    processes = [
        subprocess.Popen(
            command, env=skill.env, cwd=skill.cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(count)
    ]
    return [(process.communicate(timeout=120), process.returncode) for process in processes]


def test_of_many_that_need_the_same_answer_one_asks(skill, fake):
    fake.delay = 0.5
    skill.ask(fake, "agent", "admin")
    outcomes = many(skill, 16)
    assert len({out for (out, _), _ in outcomes}) == 1
    assert {(err, code) for (_, err), code in outcomes} == {("", 0)}
    assert outcomes[0][0][0].splitlines()[1] == ANSWER
    assert len(fake.asked) == 6


def test_a_report_and_a_summary_at_once_ask_nothing_twice(skill, fake):
    fake.delay = 0.3
    skill.ask(fake, mgmt="admin")
    command = [sys.executable, str(STATS), "--now", NOW.isoformat()]
    arguments = ([], ["report"], ["report", "--by", "date"], ["doctor"])
    processes = [subprocess.Popen([*command, *more], env=skill.env, cwd=skill.cwd, stdout=-3) for more in arguments]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    questions = [f"{asked.path} {asked.params} {asked.body}" for asked in fake.asked]
    assert sorted(questions) == sorted(set(questions))


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_who_was_to_ask_and_does_not_holds_nobody_up(skill, fake, sign):
    fake.delay = 3
    skill.ask(fake, "agent", "admin")
    with running(skill, "--now", NOW.isoformat()) as first:
        while not fake.asked:
            time.sleep(0.02)
        first.send_signal(sign)
        fake.delay = 0.7
        start = time.monotonic()
        printed = skill.run("--timeout", "6")
        assert (printed.code, printed.out.splitlines()[1]) == (0, ANSWER)
        assert "unknown" not in printed.out
        assert time.monotonic() - start < 12


def test_a_run_that_asks_something_else_holds_nobody_up(skill, fake):
    remembered(skill, fake)
    fake.fault("/analytics/query", how="silence")
    later(skill, fake, minutes=5)
    with running(skill, "report", "--by", "app", "--now", skill.now.isoformat()):
        while "admin /analytics/query" not in fake.paths():
            time.sleep(0.02)
        start = time.monotonic()
        assert skill.run("report").code == skill.run("report", "--by", "provider").code == 0
        assert time.monotonic() - start < 9
    assert "admin /credits" in fake.paths()


def test_offline_nobody_is_waited_for(skill, fake):
    remembered(skill, fake)
    fake.fault_everywhere(how="silence")
    later(skill, fake, hours=1)
    with running(skill, "--now", skill.now.isoformat()):
        while not fake.asked:
            time.sleep(0.02)
        start = time.monotonic()
        assert skill.run("--offline").code == 0
        assert time.monotonic() - start < 9


def test_a_file_that_somebody_keeps_locked_takes_a_second_and_no_figure(skill, fake):
    db = sqlite3.connect(remembered(skill, fake), isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    (remark,) = later(skill, fake, minutes=5).run("--timeout", "5").err.splitlines()
    assert remark.endswith("history.db: database is locked")
    assert time.monotonic() - start < 9
    db.close()


def test_a_reader_does_not_wait_for_a_writer(skill, fake):
    path = remembered(skill, fake)
    fake.asked.clear()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    assert (answered(skill), fake.asked) == ([], [])
    db.execute("ROLLBACK")
    db.close()
