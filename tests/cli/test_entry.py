"""The entry: which modules it finds, where bytecode goes, and what becomes of bytecode that was cut or is open."""

import marshal
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from conftest import BARE, GOLDEN, NOW, ROOT, SCRIPTS, STATS, Skill, at_rest, house
from fake_openrouter import FakeOpenRouter

DEMO = (GOLDEN / "demo.txt").read_text(encoding="utf-8")
ANSWER = "Today: $3.42* | Week: $18.90 | Month: $61.25"
pytestmark = pytest.mark.usefixtures("starts_python")
POSIX = pytest.mark.skipif(os.name != "posix", reason="modes and owners of POSIX")


@pytest.fixture
def cache(skill):
    """Our folder in the cache of this test's own home."""
    del skill.env["XDG_CACHE_HOME"]
    return skill.home / ".cache" / "openrouter-usage"


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """What is in the cache after a summary and a demo."""
    skill = Skill(tmp_path_factory.mktemp("compiled"))
    del skill.env["XDG_CACHE_HOME"]
    with FakeOpenRouter(house(), now=NOW).serving() as fake:
        for arguments in (["--demo"], []):
            assert skill.ask(fake, "agent", "admin").run(*arguments).code == 0
    return skill.home / ".cache"


@pytest.fixture
def filled(cache, compiled):
    """Our folder in the cache of this test's own home, in which bytecode is."""
    shutil.copytree(compiled, cache.parent)
    return cache


@pytest.fixture
def copy(tmp_path):
    """The program in a folder of its own."""
    return shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))


def bytecode(folder, module=""):
    """The bytecode files below the folder; only those of a module such as `cli/program`, if one is named."""
    return [path for path in folder.rglob("*.pyc") if f"/{module}." in path.as_posix() or not module]


def demo(skill, **options):
    printed = skill.run("--demo", **options)
    assert (printed.code, printed.out, printed.err) == (0, DEMO, "")


# Modules


def test_an_older_python_is_told_what_is_needed_and_to_a_monitor_it_is_unknown(skill):
    program = (
        "import runpy, sys; sys.version_info = (3, 8, 18); sys.argv = ['stats.py', 'check']; "
        f"runpy.run_path({str(STATS)!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", program], env=skill.env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "openrouter-usage needs Python 3.9 or newer\n")


def test_a_link_to_the_program_finds_its_modules_and_no_others(skill, tmp_path):
    launcher = tmp_path / "bin" / "orstats"
    launcher.parent.mkdir()
    launcher.symlink_to(STATS)
    (launcher.parent / "openrouter_usage.py").write_text("raise SystemExit('trapped')\n", encoding="utf-8")
    demo(skill, script=launcher)


def test_a_safe_path_python_finds_the_modules_too(skill):
    skill.env["PYTHONSAFEPATH"] = "1"
    demo(skill)


def test_an_isolated_python_finds_the_modules_too(skill):
    demo(skill, python=[*BARE, "-I"])


def test_a_working_directory_full_of_traps_is_not_imported_from(skill, fake):
    for name in ("requests", "openrouter_usage", "openrouter", "json", "decimal", "signal"):
        (skill.cwd / f"{name}.py").write_text("raise SystemExit('trapped')\n", encoding="utf-8")
    assert skill.ask(fake, "agent").lines()[1] == ANSWER


def test_it_runs_from_any_path_and_through_a_link(skill, tmp_path):
    folder = tmp_path / "a folder — with ünusual letters"
    folder.symlink_to(ROOT, target_is_directory=True)
    demo(skill, script=folder / "scripts" / "stats.py")


@POSIX
def test_an_interrupt_during_an_import_is_no_traceback(skill, copy):
    module = copy / "openrouter_usage" / "sanitize.py"
    interrupt = "\nimport os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"
    module.write_text(module.read_text(encoding="utf-8") + interrupt, encoding="utf-8")
    printed = skill.run("--demo", script=copy / "stats.py")
    assert (printed.code, printed.all) == (-signal.SIGINT, "")


# Where bytecode goes


@pytest.mark.parametrize("settings", [
    {},
    {"XDG_CACHE_HOME": "/dev/null/nowhere"},
    {"PYTHONDONTWRITEBYTECODE": "1"},
    {"PYTHONPYCACHEPREFIX": "/dev/null/nowhere"},
], ids=["usual", "unwritable", "none wanted", "unwritable prefix"])  # fmt: skip
def test_the_folder_stays_clean(skill, fake, cache, copy, settings):
    before = sorted(copy.rglob("*"))
    skill.ask(fake, "agent").env.update(settings)
    for _ in range(2):
        printed = skill.run(script=copy / "stats.py")
        assert (printed.code, printed.err) == (0, "")
        assert sorted(copy.rglob("*")) == before
    assert bool(bytecode(skill.home)) == (not settings)


def test_bytecode_of_the_program_and_of_the_packages_goes_to_the_cache_and_is_used_there(skill, fake, cache):
    skill.ask(fake, "agent")
    assert skill.lines()[1] == ANSWER
    kept = bytecode(cache / "bytecode")
    assert all(bytecode(cache, module) for module in ("cli/program", "api/client", "requests/sessions"))
    assert set(kept) == set(bytecode(skill.home))
    written = {path: path.stat().st_mtime_ns for path in kept}
    assert skill.lines()[1] == ANSWER
    assert {path: path.stat().st_mtime_ns for path in bytecode(skill.home)} == written


@pytest.mark.parametrize("option", [False, True], ids=["variable", "option"])
def test_a_place_that_the_user_chose_for_bytecode_is_taken(skill, cache, tmp_path, option):
    chosen = tmp_path / "chosen"
    if option:
        demo(skill, python=[*BARE, "-X", f"pycache_prefix={chosen}"])
    else:
        skill.env["PYTHONPYCACHEPREFIX"] = str(chosen)
        demo(skill)
    assert bytecode(chosen, "cli/program")
    assert not cache.exists()


def test_no_bytecode_is_written_where_the_user_wants_none(skill, cache):
    skill.env["PYTHONDONTWRITEBYTECODE"] = "1"
    demo(skill)
    assert not cache.exists()


def test_a_relative_cache_folder_is_not_one(skill):
    skill.env["XDG_CACHE_HOME"] = "here"
    demo(skill)
    assert list(skill.cwd.iterdir()) == []


@POSIX
@pytest.mark.parametrize("home", [None, "here", "./", "~"])
def test_nothing_is_written_into_the_working_directory_without_a_home(skill, cache, tmp_path, home):
    """Not even if the system does not know where the user's home is."""
    (tmp_path / "sitecustomize.py").write_text(
        "import pwd\ndef unknown(user):\n    raise KeyError(user)\npwd.getpwuid = pwd.getpwnam = unknown\n"
    )
    skill.env["PYTHONPATH"] = str(tmp_path)
    del skill.env["HOME"]
    if home is not None:
        skill.env["HOME"] = home
    demo(skill)
    assert list(skill.cwd.iterdir()) == list(skill.home.iterdir()) == []


@POSIX
def test_a_home_that_cannot_be_written_leaves_the_packages_their_own_bytecode(skill, fake, tmp_path):
    """A package tells where Python looks for its bytecode: beside it, and not where it would be compiled each time."""
    package = tmp_path / "packages" / "dotenv.py"
    package.parent.mkdir()
    package.write_text(
        "import sys\nprint(__spec__.cached, sys.dont_write_bytecode, file=sys.stderr)\n"
        "def dotenv_values(*_, **__): return {}\n"
    )
    (skill.cwd / ".env").touch()
    skill.ask(fake, "agent").env.update(XDG_CACHE_HOME="/dev/null/nowhere", PYTHONPATH=str(package.parent))
    printed = skill.run()
    assert (printed.code, printed.out.splitlines()[1]) == (0, ANSWER)
    beside = package.parent / "__pycache__" / f"dotenv.{sys.implementation.cache_tag}.pyc"
    assert printed.err == f"{beside} True\n"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user")
def test_a_read_only_cache_is_like_none(skill):
    """For a user for whom modes count."""
    command = (
        f"import os, runpy, sys; entry = runpy.run_path({str(STATS)!r}); "
        "from openrouter_usage import bytecode; "  # while it can be read
        "os.setgid(65534); os.setuid(65534); entry['keep_bytecode_in_cache'](); "
        "print(sys.pycache_prefix, sys.dont_write_bytecode)"
    )
    with tempfile.TemporaryDirectory() as folder:
        bytecode = Path(folder, "openrouter-usage", "bytecode")
        bytecode.mkdir(mode=0o700, parents=True)
        bytecode.parent.chmod(0o700)
        for path in (bytecode, bytecode.parent, Path(folder)):
            os.chown(path, 65534, 65534)
        skill.env["XDG_CACHE_HOME"] = folder
        for mode, told in ((0o700, f"{bytecode} False\n"), (0o500, "None True\n")):
            bytecode.chmod(mode)
            done = subprocess.run([sys.executable, "-c", command], env=skill.env, capture_output=True, text=True)
            assert (done.stdout, done.stderr) == (told, "")


# Whose bytecode is loaded


def plant(path):
    """Bytecode that Python would take for that of the module, and that gives itself away."""
    header = path.read_bytes()[:16]
    path.write_bytes(header + marshal.dumps(compile("raise SystemExit('trapped')", "trap", "exec")))


@POSIX
@pytest.mark.parametrize("umask", ["000", "022", "027"])
def test_folders_for_bytecode_are_the_users_alone_under_any_umask(skill, cache, umask):
    command = f"umask {umask} && exec '{sys.executable}' '{STATS}' --demo"
    subprocess.run(["sh", "-c", command], env=skill.env, cwd=skill.cwd, check=True, capture_output=True)
    assert bytecode(cache, "cli/program")
    made = (cache.parent, cache, cache / "bytecode")
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in made} == {0o700}


@POSIX
@pytest.mark.parametrize(("name", "mode"), [("", 0o777), ("bytecode", 0o777), ("bytecode", 0o702), ("", 0o750)])
def test_bytecode_in_a_folder_that_others_can_enter_is_not_loaded(skill, filled, name, mode):
    folder = filled / name
    for path in bytecode(filled):
        plant(path)
    folder.chmod(mode)
    demo(skill)
    assert (bytecode(filled), stat.S_IMODE(folder.stat().st_mode)) == ([], 0o700)
    demo(skill)
    assert bytecode(filled, "cli/program")


@POSIX
def test_folders_that_an_earlier_version_left_open_are_closed_at_once(skill, filled):
    for folder in (filled, filled / "bytecode"):
        folder.chmod(0o755)
    demo(skill)
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (filled, filled / "bytecode")} == {0o700}
    demo(skill)
    assert bytecode(filled, "cli/program")


@POSIX
def test_bytecode_in_a_private_folder_is_loaded(skill, filled):
    """So that the tests above tell something."""
    plant(*bytecode(filled, "cli/program"))
    assert skill.run("--demo").err == "trapped\n"


@POSIX
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("name", ["", "bytecode"])
def test_bytecode_in_another_users_folder_is_not_loaded_and_nothing_is_written_there(skill, filled, name):
    for path in bytecode(filled):
        plant(path)
    os.chown(filled / name, 65534, 65534)
    before = {path: path.stat().st_mtime_ns for path in filled.rglob("*")}
    demo(skill)
    assert {path: path.stat().st_mtime_ns for path in filled.rglob("*")} == before


@POSIX
@pytest.mark.parametrize(("name", "mode"), [("", 0o700), ("bytecode", 0o777)])
def test_no_link_is_taken_for_our_folder(skill, filled, tmp_path, name, mode):
    for path in bytecode(filled):
        plant(path)
    elsewhere = tmp_path / "elsewhere"
    (filled / name).rename(elsewhere)
    (filled / name).symlink_to(elsewhere)
    elsewhere.chmod(mode)
    before = {path: path.stat().st_mtime_ns for path in elsewhere.rglob("*")}
    demo(skill)
    assert {path: path.stat().st_mtime_ns for path in elsewhere.rglob("*")} == before
    assert stat.S_IMODE(elsewhere.stat().st_mode) == mode


@POSIX
def test_what_is_removed_from_an_open_folder_is_not_looked_for_behind_a_link(skill, filled, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (filled / "bytecode").rename(elsewhere)
    (filled / "bytecode").symlink_to(elsewhere)
    filled.chmod(0o777)
    before = bytecode(elsewhere)
    demo(skill)
    assert bytecode(elsewhere) == before != []


# Bytecode that was cut


def cut(path, size=None):
    """Leaves the header, and half of the rest."""
    content = path.read_bytes()
    path.write_bytes(content[: 16 + (len(content) - 16) // 2 if size is None else size])


@POSIX
def test_a_full_disk_ends_no_later_run(skill, cache):
    command = f"ulimit -f 4 && exec '{sys.executable}' '{STATS}' --demo"
    done = subprocess.run(["bash", "-c", command], env=skill.env, cwd=skill.cwd, capture_output=True)
    assert (done.returncode, done.stdout.decode()) == (0, DEMO)
    for _ in range(2):
        demo(skill)
    assert bytecode(cache, "cli/program")


@pytest.mark.parametrize("module", [
    "openrouter_usage/__init__", "cli/program", "summary/build", "argparse", "requests/adapters", "encodings/idna",
])  # fmt: skip
def test_an_answer_is_given_though_a_bytecode_file_was_cut(skill, fake, filled, module):
    """At the start, late in a command, in the standard library, in a package, in a thread."""
    (path,) = bytecode(filled, module)
    cut(path)
    assert skill.ask(fake, "agent", "admin").lines()[1] == f"This key: {ANSWER}"
    assert bytecode(filled) == []


def test_a_key_from_standard_input_is_stored_though_a_bytecode_file_was_cut(skill, fake, filled, account):
    skill.env["OPENROUTER_API_URL"] = fake.address
    (path,) = bytecode(filled, "requests/adapters")
    cut(path)
    printed = skill.run("login", "--file", given=account.key("agent").text)
    assert (printed.code, printed.err) == (0, "")


@pytest.mark.parametrize("size", [0, 8, 16, 17])
def test_it_does_not_matter_how_much_of_a_bytecode_file_is_left(skill, filled, size):
    (path,) = bytecode(filled, "cli/program")
    cut(path, size)
    demo(skill)
    assert not path.exists() or path.stat().st_size > 1000


def test_only_bytecode_in_our_folder_is_removed(skill, filled, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    others = [elsewhere / "a.pyc", filled / "b.pyc", filled / "bytecode" / "c.py", filled / "bytecode" / "d.pyc.txt"]
    for path in others:
        path.write_bytes(b"another's")
    (filled / "bytecode" / "link").symlink_to(elsewhere)
    (filled / "bytecode" / "e.pyc").symlink_to(elsewhere / "a.pyc")
    cut(*bytecode(filled, "cli/program"))
    demo(skill)
    assert bytecode(filled) == [filled / "b.pyc"]
    assert {path.read_bytes() for path in others} == {b"another's"}
    assert (filled / "bytecode" / "link").is_symlink()


def test_an_answer_is_given_though_broken_bytecode_cannot_be_removed(skill, cache, tmp_path):
    """In a place that the user chose nothing is removed."""
    chosen = tmp_path / "chosen"
    skill.env["PYTHONPYCACHEPREFIX"] = str(chosen)
    demo(skill)
    cut(*bytecode(chosen, "cli/program"))
    before = {path: path.read_bytes() for path in bytecode(chosen)}
    for _ in range(2):
        demo(skill)
    assert {path: path.read_bytes() for path in bytecode(chosen)} == before


@pytest.mark.parametrize("arguments", [
    ["report", "--demo", "--by", "date", "--columns", "a b"], ["check", "--need", "lots"],
], ids=" ".join)  # fmt: skip
def test_the_second_start_has_the_same_command_line(skill, filled, arguments):
    """A wrong one is told in the way of its command."""
    printed = skill.run(*arguments, python=BARE)
    (path,) = bytecode(filled, f"{arguments[0]}/command")
    cut(path)
    assert skill.run(*arguments, python=BARE) == printed
    assert not path.exists()


@POSIX
def test_a_bar_is_renewed_though_bytecode_was_cut(skill, fake, filled):
    skill.remembers = True
    cut(*bytecode(filled, "requests/adapters"))
    assert skill.ask(fake, "agent", "admin").run("bar").out == "💰 asking\n"
    assert at_rest(skill)
    assert skill.run("bar").out == "💰 $38.75 · $3.42 today\n"


@pytest.mark.parametrize("module", ["keyring/core", "keyrings_kept"], ids=["keyring", "backend"])
def test_a_keychain_is_read_though_bytecode_was_cut(skill, fake, filled, tmp_path, module):
    """In a thread of its own, whose failures are told as those of a keychain; keyring does without a broken backend."""
    (tmp_path / "keyrings_kept.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "class Keyring(KeyringBackend):\n"
        "    priority = 99\n"
        f"    def get_password(self, service, name): return {{'OPENROUTER_API_KEY': {agent(fake)!r}}}.get(name)\n"
        "    set_password = delete_password = get_password\n"
    )
    about = tmp_path / "keyrings_kept-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: keyrings-kept\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[keyring.backends]\nkept = keyrings_kept\n")
    del skill.env["PYTHON_KEYRING_BACKEND"]
    skill.ask(fake).env["PYTHONPATH"] = str(tmp_path)
    assert skill.lines()[1] == ANSWER
    cut(*bytecode(filled, module))
    assert skill.lines()[1] == ANSWER
    assert bytecode(filled) == []


def agent(fake):
    return fake.accounts[0].key("agent").text


def test_a_bug_is_no_broken_bytecode(skill, cache, copy):
    """It is told at once, and the bytecode stays."""
    module = copy / "openrouter_usage" / "commands" / "summary" / "build.py"
    module.write_text("raise EOFError\n", encoding="utf-8")
    printed = skill.run("--demo", script=copy / "stats.py")
    assert (printed.code, printed.out) == (1, "")
    assert printed.err.startswith("Error: a bug in openrouter-usage: EOFError at commands/summary/build.py:1\n")
    assert bytecode(cache, "cli/program")


@pytest.mark.skipif(os.name != "posix", reason="Windows tells every Python its path")
@pytest.mark.parametrize(
    ("command", "told"), [("report", "Error: no OpenRouter key was found"), ("bar", "\U0001f4b0 asking")]
)
def test_a_python_that_does_not_know_its_own_path_answers_as_any(skill, command, told):
    del skill.env["PATH"]
    started = ["python3", "-S", str(STATS), command]
    done = subprocess.run(
        started, executable=sys.executable, cwd=skill.cwd, env=skill.env, capture_output=True, text=True
    )
    assert (done.stdout + done.stderr).startswith(told)
