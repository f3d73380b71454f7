"""Keys are stored where they will be found, after OpenRouter said what they are, and taken out again."""

import os
import re
import subprocess
import sys
import time

import pytest

from conftest import NOW, STATS, path_with, terminal, write
from openrouter_usage.cache.locks import CHANGING_KEYS, Locks

IN_A_FILE = "keyrings.alt.file.PlaintextKeyring"
KEYCHAIN = "the system keychain"
FILE = "~/.config/openrouter-usage/credentials.env"
NO_BACKEND = "keyring.backends.fail.Keyring"
NAMED = f"{KEYCHAIN} (file PlaintextKeyring)"


@pytest.fixture
def texts(account):
    return {key.name: key.text for key in account.keys}


@pytest.fixture
def skill(skill, fake):
    """With a real keyring, in a file of this home."""
    skill.env.update(PYTHON_KEYRING_BACKEND=IN_A_FILE, OPENROUTER_API_URL=fake.address)
    return skill


@pytest.fixture
def config(skill):
    return skill.home / ".config" / "openrouter-usage" / "credentials.env"


def said(printed):
    """What it prints when all is well, without the address of the fake."""
    assert (printed.code, printed.err) == (0, ""), printed
    return re.sub(r", sent to http://127\.0\.0\.1:\d+/api/v1", "", printed.out)


def without_keyring(skill, tmp_path):
    """The skill as it is after every install that is documented."""
    (tmp_path / "keyring.py").write_text("raise ImportError\n", encoding="utf-8")
    skill.env["PYTHONPATH"] = str(tmp_path)
    return skill


def today(skill, *args):
    return skill.lines(*args)[1].split(" | ")[0]


# The keychain


def test_a_key_is_stored_and_found_again(skill, texts):
    printed = said(skill.run("login", given=texts["agent"]))
    assert printed == f"Stored as OPENROUTER_API_KEY in {NAMED}: a regular key\n"
    assert today(skill) == "Today: $3.42*"


def test_a_management_key_is_stored_as_one_whether_that_is_said_or_not(skill, texts):
    for flag in ([], ["--management"]):
        printed = said(skill.run("login", *flag, given=texts["admin"]))
        assert printed == f"Stored as OPENROUTER_MGMT_KEY in {NAMED}: a management key\n"
        assert today(skill) == "Today: $5.10*"
        assert said(skill.run("logout")) == f"Taken out of {NAMED}: OPENROUTER_MGMT_KEY\n"
        assert skill.run().code == 3


def test_it_is_asked_what_it_is_and_nothing_else(skill, fake, texts):
    skill.run("login", given=texts["admin"])
    assert fake.paths() == ["admin /auth/key"]


@pytest.mark.parametrize("around", ["{}\n", ' "{}" \r\n', "'{}'"])
def test_what_stands_around_a_key_is_no_part_of_it(skill, fake, texts, around):
    said(skill.run("login", given=around.format(texts["agent"])))
    fake.asked.clear()
    skill.run()
    assert {asked.key for asked in fake.asked} == {"agent"}


def test_the_keychain_is_asked_last_and_for_each_key_alone(skill, fake, texts, config):
    for name in ("agent", "admin"):
        skill.run("login", given=texts[name])
    write(config, f"OPENROUTER_API_KEY={texts['second']}\n")
    fake.asked.clear()
    assert skill.run().code == 0
    assert {asked.key for asked in fake.asked} == {"second", "admin"}


def test_the_doctor_names_the_keychain(skill, texts):
    skill.run("login", given=texts["agent"])
    assert f"OPENROUTER_API_KEY: sk-or-v1-…824, a regular key, from {KEYCHAIN}" in said(skill.run("doctor"))


def test_a_key_that_another_one_comes_before_is_not_used_yet(skill, texts):
    skill.env["OPENROUTER_API_KEY"] = texts["second"]
    assert said(skill.run("login", given=texts["agent"])).splitlines() == [
        f"Stored as OPENROUTER_API_KEY in {NAMED}: a regular key",
        "Not used yet: OPENROUTER_API_KEY from the environment comes first",
    ]
    assert said(skill.run("logout")).splitlines() == [
        f"Taken out of {NAMED}: OPENROUTER_API_KEY",
        "Still found: OPENROUTER_API_KEY, from the environment",
    ]


def test_logout_takes_out_both_keys_or_the_management_key_alone(skill, texts):
    for name in ("agent", "admin"):
        skill.run("login", given=texts[name])
    assert said(skill.run("logout", "--management")).splitlines() == [
        f"Taken out of {NAMED}: OPENROUTER_MGMT_KEY",
        f"Still found: OPENROUTER_API_KEY, from {KEYCHAIN}",
    ]
    skill.run("login", given=texts["admin"])
    assert said(skill.run("logout")) == f"Taken out of {NAMED}: OPENROUTER_API_KEY and OPENROUTER_MGMT_KEY\n"
    assert said(skill.run("logout")) == f"Taken out of {NAMED} and {FILE}: nothing, no such key was there\n"


def test_a_bar_knows_of_a_login_and_of_a_logout(skill, texts):
    skill.remembers = True
    skill.run("login", given=texts["agent"])
    skill.run()
    assert skill.run("bar").out == "💰 $38.75 · $3.42 today\n"
    skill.run("logout")
    assert skill.run("bar").out == "💰 asking\n"


def test_json(skill, texts, fake):
    assert skill.json("login", given=texts["agent"]) == {
        "schema": "openrouter-usage/1",
        "command": "login",
        "profile": None,
        "source": KEYCHAIN,
        "keychain": "file PlaintextKeyring",
        "mode": None,
        "names": ["OPENROUTER_API_KEY"],
        "kind": "regular",
        "address": fake.address,
        "used": {"OPENROUTER_API_KEY": KEYCHAIN},
        "notes": [],
    }
    assert skill.json("logout")["names"] == ["OPENROUTER_API_KEY"]


def test_a_kind_that_openrouter_does_not_tell_is_what_it_is_said_to_be(skill, fake, texts):
    fake.edit("/auth/key", lambda data: {"usage": 1})
    printed = said(skill.run("login", "--management", given=texts["admin"]))
    assert printed == f"Stored as OPENROUTER_MGMT_KEY in {NAMED}: a key of a kind that OpenRouter did not tell\n"


# What is not stored


@pytest.mark.parametrize(
    ("given", "flags", "code", "error"),
    [
        ("", [], 3, "no key was given, so nothing was stored"),
        ("two words", [], 3, "what was given is no key, so nothing was stored"),
        ("{agent}\n{second}\n", [], 3, "what was given is no key, so nothing was stored"),
        ("{agent}", ["--management"], 2, "this is a regular key, so nothing was stored"),
        ("{agent}", ["--offline"], 2, "--offline has no meaning for `login`"),
        ("{agent}", ["--all-profiles"], 2, "--all-profiles has no meaning for `login`"),
        ("{agent}", ["--max-age", "0"], 2, "--max-age has no meaning for `login`"),
        ("{agent}", ["--profile", "a/b"], 2, "argument --profile: must be a name of letters, digits, - and _, no key"),
        ("sk-or-v1-nobody", [], 3, "OpenRouter refused OPENROUTER_API_KEY (HTTP 401); nothing was stored"),
    ],
)  # fmt: skip
def test_what_is_no_good_changes_nothing(skill, texts, given, flags, code, error):
    printed = skill.run("login", *flags, given=given.format(**texts))
    assert (printed.code, printed.out, printed.err.splitlines()[0]) == (code, "", f"Error: {error}")
    assert skill.run().code == 3
    assert not (skill.home / ".local" / "share" / "python_keyring").exists()


def test_who_has_no_management_key_yet_is_told_where_to_make_one(skill, texts):
    assert skill.run("login", "--management", given=texts["agent"]).err.splitlines()[1] == (
        "Next: make a management key at https://openrouter.ai/settings/management-keys, "
        "or leave out --management to store this one"
    )


def test_while_nobody_answers_nothing_is_stored(skill, fake, texts):
    fake.fault_everywhere(status=503)
    printed = skill.run("login", given=texts["agent"])
    assert printed.code == 4
    assert printed.err.splitlines()[0] == "Error: OpenRouter is failing (HTTP 503); nothing was stored"
    fake.fault_everywhere(how="silence")
    printed = skill.run("login", "--timeout", "1", given=texts["agent"])
    assert (printed.code, "nothing was stored" in printed.err) == (4, True)


def test_what_is_no_text_is_no_key(skill):
    command = [sys.executable, str(STATS), "login"]
    done = subprocess.run(command, cwd=skill.cwd, env=skill.env, input=b"sk-\xff\xfe", capture_output=True)
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.startswith(b"Error: what was given is no key, so nothing was stored\n")


def test_no_key_is_printed_or_passed_on(skill, texts, fake):
    for name in ("agent", "admin"):
        for flags in ([], ["--file"], ["--json"], ["--profile", "work"]):
            printed = skill.run("login", *flags, given=texts[name])
            assert printed.code == 0
            assert texts[name][9:20] not in printed.all


def test_a_key_as_an_argument_is_wrong_usage(skill, texts):
    printed = skill.run("login", texts["agent"])
    assert printed.code == 2
    assert texts["agent"][9:20] not in printed.all


# No keychain


REASONS = {
    "none": "the package `keyring` is not installed for this Python",
    NO_BACKEND: "keyring is switched off by its own variable",
    "keyring.backends.null.Keyring": "keyring is switched off by its own variable",
    "no_keyring.Keyring": "keyring found none on this system",
}


@pytest.mark.parametrize("backend", REASONS)
def test_where_there_is_no_keychain_it_stores_in_the_file_and_says_why(skill, config, texts, tmp_path, backend):
    source = "from keyring.backends.fail import Keyring as Failing\nclass Keyring(Failing): pass\n"
    (tmp_path / "no_keyring.py").write_text(source, encoding="utf-8")
    skill.env.update(PYTHONPATH=str(tmp_path), PYTHON_KEYRING_BACKEND=backend)
    if backend == "none":
        without_keyring(skill, tmp_path)
    assert skill.run().err.startswith("Error: no OpenRouter key was found, so nothing was asked\n")
    where = f"{FILE} (mode 0600, no keychain: {REASONS[backend]})"
    printed = said(skill.run("login", given=texts["agent"]))
    assert printed == f"Stored as OPENROUTER_API_KEY in {where}: a regular key\n"
    assert [oct(path.stat().st_mode & 0o777) for path in (config, config.parent)] == ["0o600", "0o700"]
    assert today(skill) == "Today: $3.42*"
    printed = said(skill.run("login", given=texts["admin"]))
    assert printed == f"Stored as OPENROUTER_MGMT_KEY in {where}: a management key\n"
    assert today(skill) == "This key: Today: $3.42*"
    assert said(skill.run("logout")) == f"Taken out of {FILE}: OPENROUTER_API_KEY and OPENROUTER_MGMT_KEY\n"
    assert config.read_text(encoding="utf-8") == ""
    nothing = f"{FILE} (no keychain: {REASONS[backend]}): nothing, no such key was there"
    assert said(skill.run("logout")) == f"Taken out of {nothing}\n"


@pytest.mark.skipif(os.name != "posix", reason="Windows has its settings elsewhere")
@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"HOME": "own"}, "own/.config"),
        ({"HOME": "own", "XDG_CONFIG_HOME": "/nowhere"}, "own/.config"),
        ({"XDG_CONFIG_HOME": "settings"}, "settings"),
        ({"XDG_DATA_HOME": "settings"}, "settings"),
    ],
)
def test_no_settings_of_keyring_are_taken_from_the_working_directory(skill, tmp_path, variables, folder):
    settings = "[backend]\nkeyring-path=code\ndefault-keyring=evil.Keyring\n"
    write(skill.cwd / folder / "python_keyring" / "keyringrc.cfg", settings)
    ran = tmp_path / "ran"
    write(skill.cwd / "code" / "evil.py", f"open({str(ran)!r}, 'w')\n")
    del skill.env["PYTHON_KEYRING_BACKEND"]
    skill.env.update(variables, XDG_STATE_HOME=str(tmp_path / "state"))
    assert (skill.run().code, ran.exists()) == (3, False)
    printed = skill.run("logout")
    assert (printed.code, ran.exists()) == (0, False)
    assert "(no keychain: keyring would take its settings from the working directory)" in printed.out


def test_without_keyring_a_profile_has_a_file_of_its_own(skill, texts, tmp_path):
    without_keyring(skill, tmp_path)
    printed = said(skill.run("login", "--profile", "work", given=texts["agent"]))
    file = FILE.replace(".env", ".work.env")
    assert printed.startswith(f"Stored as OPENROUTER_API_KEY in {file} (mode 0600, no keychain: ")
    assert printed.endswith("), for the profile work: a regular key\n")
    assert today(skill, "--profile", "work") == "Today: $3.42*"
    assert skill.run().code == 3


def test_why_there_is_no_keychain_is_a_note_in_json(skill, texts, tmp_path, fake):
    document = without_keyring(skill, tmp_path).json("login", given=texts["agent"])
    assert [document[name] for name in ("source", "keychain", "mode", "address")] == [FILE, None, "0600", fake.address]
    assert document["notes"] == [{"code": "no_keychain", "message": REASONS["none"]}]


@pytest.mark.parametrize("command", ["login", "logout"])
@pytest.mark.parametrize(("error", "what"), [("KeyringLocked", "is locked"), ("InitError", "failed (InitError)")])
def test_a_keychain_that_is_locked_or_fails_is_an_error_before_a_key_is_asked_for(
    skill, fake, config, texts, tmp_path, command, error, what
):
    (tmp_path / "locked_keyring.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        f"from keyring.errors import {error}\n"
        "class Keyring(KeyringBackend):\n"
        "    priority = 1\n"
        f"    def get_password(self, service, name): raise {error}\n"
        "    set_password = delete_password = get_password\n",
        encoding="utf-8",
    )
    skill.env.update(PYTHONPATH=str(tmp_path), PYTHON_KEYRING_BACKEND="locked_keyring.Keyring")
    printed = skill.run(command, given=texts["agent"])
    assert (printed.code, printed.out, fake.asked, config.exists()) == (3, "", [], False)
    assert printed.err == (
        f"Error: the system keychain was not read: the keychain {what}; nothing was changed\n"
        "Next: unlock it, or use --file: keys are then in a file that only you can read\n"
    )
    assert "\nNext: unlock the keychain, if your key is in it; or store one with " in skill.run().err
    assert "mode 0600" in skill.run("login", "--file", given=texts["agent"]).out
    assert skill.run("logout", "--file").out.splitlines() == [
        f"Taken out of {FILE}: OPENROUTER_API_KEY",
        f"Not known whether a key is found there: the system keychain was not read: the keychain {what}",
    ]


@pytest.mark.parametrize(("command", "package"), [("login", "requests"), ("login", "dotenv"), ("logout", "dotenv")])
def test_where_a_package_is_missing_nobody_enters_a_key_in_vain(skill, config, texts, tmp_path, command, package):
    write(config, f"OPENROUTER_API_KEY={texts['second']}\n")
    (tmp_path / f"{package}.py").write_text("raise ImportError\n", encoding="utf-8")
    skill.env["PATH"] = path_with(tmp_path / "bin", "uv")
    printed = without_keyring(skill, tmp_path).run(command, "--file", given=texts["agent"])
    assert (printed.code, printed.out) == (3, "")
    named = {"requests": "`requests`", "dotenv": "python-dotenv"}[package]
    assert f"the package {named} is not installed" in printed.err.splitlines()[0]
    this_run = f"{command} --file --now {NOW.isoformat()}"
    assert printed.err.splitlines()[1].startswith(f"Next: run `uv run --script {STATS} {this_run}`; or install ")
    assert config.read_text(encoding="utf-8") == f"OPENROUTER_API_KEY={texts['second']}\n"


def test_a_keychain_that_keeps_nothing_is_found_out(skill, texts, tmp_path):
    (tmp_path / "forgetful_keyring.py").write_text(
        "from keyring.backends.null import Keyring as Null\nclass Keyring(Null):\n    priority = 1\n", encoding="utf-8"
    )
    skill.env.update(PYTHONPATH=str(tmp_path), PYTHON_KEYRING_BACKEND="forgetful_keyring.Keyring")
    printed = skill.run("login", given=texts["agent"])
    assert (printed.code, printed.err.splitlines()[0]) == (3, "Error: the keychain did not keep it")


def test_a_keychain_that_fails_is_remarked_on_without_its_words(skill, fake, texts, tmp_path):
    (tmp_path / "broken_keyring.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "class Keyring(KeyringBackend):\n"
        "    priority = 1\n"
        "    def get_password(self, service, name): raise RuntimeError('sk-or-v1-' + 'leak' * 9)\n"
        "    set_password = delete_password = get_password\n",
        encoding="utf-8",
    )
    skill.env.update(PYTHONPATH=str(tmp_path), PYTHON_KEYRING_BACKEND="broken_keyring.Keyring")
    printed = skill.ask(fake, "agent").run()
    assert printed.code == 0
    assert printed.err == "Remark: the system keychain was not read: the keychain failed (RuntimeError)\n"
    printed = skill.run("login", given=texts["agent"])
    assert (printed.code, "leak" in printed.all) == (3, False)


# The file


def test_the_file_is_its_owners_alone_and_other_lines_stay(skill, config, texts, fake):
    lines = "# mine\nOPENROUTER_X_TITLE=x\nexport OPENROUTER_API_KEY='old'\n# OPENROUTER_API_KEY=commented\nOTHER=1\n"
    write(config, lines).chmod(0o644)
    printed = said(skill.run("login", "--file", given=texts["agent"]))
    assert printed == f"Stored as OPENROUTER_API_KEY in {FILE} (mode 0600): a regular key\n"
    assert config.read_text(encoding="utf-8").splitlines() == [
        "# mine",
        "OPENROUTER_X_TITLE=x",
        "# OPENROUTER_API_KEY=commented",
        "OTHER=1",
        f"OPENROUTER_API_KEY={texts['agent']}",
        f"OPENROUTER_API_URL={fake.address}",
    ]
    assert os.name != "posix" or config.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in config.parent.iterdir()] == ["credentials.env"]
    assert today(skill) == "Today: $3.42*"


def test_a_management_key_takes_the_place_of_one_under_another_name(skill, config, texts, fake):
    write(config, f"OPENROUTER_BASE_URL={fake.address}/\nOPENROUTER_MANAGEMENT_KEY=old\n")
    said(skill.run("login", "--file", given=texts["admin"]))
    lines = f"OPENROUTER_BASE_URL={fake.address}/\nOPENROUTER_MGMT_KEY={texts['admin']}\n"
    assert config.read_text(encoding="utf-8") == lines


def test_logout_takes_keys_out_of_keychain_and_file(skill, config, texts):
    said(skill.run("login", given=texts["agent"]))
    for name in ("agent", "admin"):
        said(skill.run("login", "--file", given=texts[name]))
    assert skill.run("logout").out.splitlines() == [
        f"Taken out of {NAMED}: OPENROUTER_API_KEY",
        f"Taken out of {FILE}: OPENROUTER_API_KEY and OPENROUTER_MGMT_KEY",
    ]
    assert skill.run().code == 3


def test_a_key_in_the_file_that_comes_before_the_keychain_is_named_with_the_way_out(skill, config, texts):
    said(skill.run("login", "--file", "--profile", "work", given=texts["second"]))
    logout = f"{sys.executable} {STATS} logout --file --profile work"
    work = FILE.replace(".env", ".work.env")
    assert said(skill.run("login", "--profile", "work", given=texts["agent"])).splitlines()[1] == (
        f"Not used yet: OPENROUTER_API_KEY from {work} comes first; `{logout}` takes it out"
    )
    assert said(skill.run("logout", "--file", "--profile", "work")).splitlines()[1] == (
        f"Still found: OPENROUTER_API_KEY, from {KEYCHAIN}"
    )
    assert today(skill, "--profile", "work") == "Today: $3.42*"


def test_a_value_that_is_no_key_comes_first_all_the_same(skill, texts):
    skill.env.update(OPENROUTER_API_KEY="two words", OPENROUTER_MANAGEMENT_KEY="")
    printed = said(skill.run("login", given=texts["agent"]))
    assert printed.splitlines()[1] == "Not used yet: OPENROUTER_API_KEY from the environment comes first"


# The address


def test_a_key_is_used_with_the_address_that_it_was_tried_at(skill, fake, config, texts):
    for flags, where in (([], NAMED), (["--file"], f"{FILE} (mode 0600)")):
        skill.env["OPENROUTER_API_URL"] = fake.address
        printed = skill.run("login", *flags, given=texts["agent"])
        assert printed.out == f"Stored as OPENROUTER_API_KEY in {where}: a regular key, sent to {fake.address}\n"
        del skill.env["OPENROUTER_API_URL"]
        assert today(skill) == "Today: $3.42*"
        assert said(skill.run("login", *flags, given=texts["admin"])).endswith(": a management key\n")
        assert today(skill) == "This key: Today: $3.42*"
        said(skill.run("logout", "--management"))
        assert today(skill) == "Today: $3.42*"
        said(skill.run("logout"))
    assert config.read_text(encoding="utf-8") == ""


@pytest.mark.parametrize("flags", [[], ["--file"]])
def test_keys_of_another_address_are_not_moved(skill, serve, account, texts, config, flags):
    skill.run("login", *flags, given=texts["agent"])
    before = config.read_bytes() if flags else b""
    other = serve(account)
    skill.env.pop("OPENROUTER_API_URL")
    skill.env["OPENROUTER_BASE_URL"] = other.address
    printed = skill.run("login", *flags, given=texts["admin"])
    assert (printed.code, printed.out) == (2, "")
    assert printed.err == (
        "Error: this key was tried at another address (OPENROUTER_BASE_URL) than OPENROUTER_API_KEY in "
        f"{FILE if flags else KEYCHAIN} is for, and one address holds for all keys there, so nothing was stored\n"
        f"Next: store it under a name: `{sys.executable} {STATS} login --profile NAME`\n"
    )
    assert not flags or config.read_bytes() == before
    assert skill.run("login", *flags, "--profile", "there", given=texts["admin"]).code == 0
    assert said(skill.run("login", *flags, given=texts["second"])).startswith("Stored as OPENROUTER_API_KEY")
    del skill.env["OPENROUTER_BASE_URL"]
    assert today(skill) == "Today: $1.68*"


def test_a_key_of_openrouter_itself_moves_no_key_of_a_gateway(skill, fake, config, texts):
    write(config, "OPENROUTER_MGMT_KEY=x\n")
    printed = skill.run("login", "--file", given=texts["agent"])
    assert (printed.code, config.read_text(encoding="utf-8")) == (2, "OPENROUTER_MGMT_KEY=x\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# c\r\nFOO=1\r\n", "# c\r\nFOO=1\r\n{}\r\n"),
        ('NOTE="a\u2028b\x0cc\x85d"\n', 'NOTE="a\u2028b\x0cc\x85d"\n{}\n'),
        ('NOTE="one\nOPENROUTER_API_KEY=inner\nthree"\n', 'NOTE="one\nOPENROUTER_API_KEY=inner\nthree"\n{}\n'),
        ('A=1\nOPENROUTER_API_KEY="old\nsecond"\nB=2\n', "A=1\nB=2\n{}\n"),
        ("'OPENROUTER_API_KEY'=old\nB=2", "B=2\n{}\n"),
        ("", "{}\n"),
    ],
)
def test_all_that_is_no_key_stays_as_it_is(skill, config, texts, fake, before, after):
    write(config, "").write_bytes(before.encode())
    said(skill.run("login", "--file", given=texts["agent"]))
    end = "\r\n" if "\r\n" in after else "\n"
    lines = f"OPENROUTER_API_KEY={texts['agent']}{end}OPENROUTER_API_URL={fake.address}"
    assert config.read_bytes() == after.format(lines).encode()
    said(skill.run("logout", "--file"))
    assert config.read_bytes() == after.format("").encode().removesuffix(end.encode())


def test_a_list_of_profiles_that_cannot_be_written_keeps_no_key(skill, texts, tmp_path):
    (tmp_path / "half_keyring.py").write_text(
        "from keyrings.alt.file import PlaintextKeyring\n"
        "class Keyring(PlaintextKeyring):\n"
        "    priority = 1\n"
        "    def set_password(self, service, name, value):\n"
        "        if name == 'profiles': raise OSError\n"
        "        super().set_password(service, name, value)\n",
        encoding="utf-8",
    )
    skill.env.update(PYTHONPATH=str(tmp_path), PYTHON_KEYRING_BACKEND="half_keyring.Keyring")
    printed = skill.run("login", "--profile", "work", given=texts["agent"])
    assert (printed.code, printed.out) == (3, "")
    assert skill.run("--profile", "work").code == 3
    skill.env["PYTHON_KEYRING_BACKEND"] = IN_A_FILE
    skill.run("login", "--profile", "work", given=texts["agent"])
    skill.env["PYTHON_KEYRING_BACKEND"] = "half_keyring.Keyring"
    assert skill.run("login", "--profile", "work", given=texts["second"]).code == 0  # it is in the list already
    assert today(skill, "--profile", "work") == "Today: $1.68*"


def test_a_keychain_that_does_not_answer_is_waited_for_no_longer_than_the_command_may_take(skill, fake, tmp_path):
    (tmp_path / "slow_keyring.py").write_text(
        "import time\n"
        "from keyring.backend import KeyringBackend\n"
        "class Keyring(KeyringBackend):\n"
        "    priority = 1\n"
        "    def get_password(self, service, name): time.sleep(60)\n"
        "    set_password = delete_password = get_password\n",
        encoding="utf-8",
    )
    skill.env.update(PYTHONPATH=str(tmp_path), PYTHON_KEYRING_BACKEND="slow_keyring.Keyring")
    start = time.monotonic()
    printed = skill.ask(fake, "agent").run("--timeout", "6")
    assert time.monotonic() - start < 15
    assert (printed.code, printed.out.splitlines()[1]) == (0, "Today: $3.42* | Week: $18.90 | Month: $61.25")
    assert printed.err == "Remark: the system keychain was not read: it did not answer in time; it may be locked\n"


def test_an_address_that_is_wrong_elsewhere_does_not_unsay_what_was_stored(skill, config, texts, fake):
    del skill.env["OPENROUTER_API_URL"]
    write(config, f"OPENROUTER_API_URL={fake.address}\n")
    write(skill.cwd / ".env", f"OPENROUTER_MGMT_KEY={texts['admin']}\nOPENROUTER_BASE_URL=http://example.com\n")
    assert "Stored as OPENROUTER_API_KEY" in said(skill.run("login", "--file", given=texts["agent"]))


def test_a_link_stays_a_link(skill, config, texts, tmp_path):
    target = write(tmp_path / "dotfiles" / "credentials", "")
    config.parent.mkdir(parents=True)
    config.symlink_to(target)
    said(skill.run("login", "--file", given=texts["agent"]))
    assert config.is_symlink()
    assert texts["agent"] in target.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_read_or_written_is_left_as_it_is(skill, config, texts):
    write(config, "x").write_bytes(b"\xff\xfe\x00")
    printed = skill.run("login", "--file", given=texts["agent"])
    assert (printed.code, config.read_bytes()) == (3, b"\xff\xfe\x00")
    assert printed.err == (
        f"Error: {FILE} cannot be read, or is not UTF-8 text; nothing was changed\nNext: look at the file\n"
    )
    skill.env["XDG_CONFIG_HOME"] = "/dev/null/nowhere"
    printed = skill.run("login", "--file", given=texts["agent"])
    assert (printed.code, printed.out) == (2, "")
    assert printed.err == (
        "Error: /dev/null/nowhere/openrouter-usage/credentials.env was left as it is: "
        "it cannot be read, or is not UTF-8 text\n"
        "Next: look at the file and its folder\n"
    )


# Two at once, and one that is ended


class Person:
    """Somebody at a terminal who is asked for a key."""

    def __init__(self, skill, *args, **variables):
        self._ours, theirs = terminal(80)
        command = [sys.executable, str(STATS), "login", *args, "--now", NOW.isoformat()]
        streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        environment = {**skill.env, "NO_COLOR": "1", **variables}
        self._asked = subprocess.Popen(command, cwd=skill.cwd, env=environment, start_new_session=True, **streams)
        os.close(theirs)
        self._shown = b""
        while b"OpenRouter key (not shown): " not in self._shown:
            self._shown += os.read(self._ours, 1000)

    def enters(self, text):
        """Returns the exit code, and what was shown, on one line."""
        os.write(self._ours, text.encode() + b"\n")
        code = self._asked.wait(30)
        self._shown += os.read(self._ours, 10_000)
        return code, " ".join(self._shown.decode().split())


@pytest.mark.skipif(os.name != "posix", reason="terminals are tested on POSIX")
@pytest.mark.parametrize("flags", [[], ["--file"]])
def test_a_key_that_was_stored_while_a_person_was_asked_is_not_moved(skill, serve, account, fake, texts, config, flags):
    other = serve(account)
    person = Person(skill, *flags, OPENROUTER_API_URL=other.address)
    said(skill.run("login", *flags, given=texts["agent"]))
    code, shown = person.enters(texts["admin"])
    assert (code, "than OPENROUTER_API_KEY in " in shown, "so nothing was stored" in shown) == (2, True, True)
    fake.asked.clear()
    other.asked.clear()
    del skill.env["OPENROUTER_API_URL"]
    assert today(skill) == "Today: $3.42*"
    assert ({asked.key for asked in fake.asked}, other.asked) == ({"agent"}, [])


@pytest.mark.skipif(os.name != "posix", reason="locks are tested on POSIX")
@pytest.mark.parametrize("command", ["login", "logout"])
def test_while_another_one_changes_keys_nothing_is_changed(skill, texts, config, command):
    skill.remembers = True
    said(skill.run("login", "--file", given=texts["agent"]))
    before, locks = config.read_bytes(), Locks(str(skill.state / "history.lock"))
    assert locks.acquire(CHANGING_KEYS)
    printed = skill.run(command, "--file", "--timeout", "1", given=texts["admin"])
    assert (printed.code, printed.out, config.read_bytes()) == (2, "", before)
    assert printed.err == (
        "Error: another login or logout is under way, so nothing was changed\nNext: try again after it\n"
    )
    locks.release()
    assert skill.run(command, "--file", given=texts["admin"]).code == 0


LOGGED = """
import os
from keyrings.alt.file import PlaintextKeyring
class Keyring(PlaintextKeyring):
    priority = 1
    def set_password(self, service, name, value):
        self.log("set", name, value)
        super().set_password(service, name, value)
    def delete_password(self, service, name):
        self.log("delete", name, "")
        super().delete_password(service, name)
    def log(self, what, name, value):
        with open(os.environ["LOG"], "a") as file:
            print(what, name, file=file)
        if [what, name] == os.environ.get("INTERRUPTED", "").split():
            os.environ["INTERRUPTED"] = ""
            raise KeyboardInterrupt
"""


@pytest.fixture
def log(skill, tmp_path):
    (tmp_path / "logged_keyring.py").write_text(LOGGED, encoding="utf-8")
    log = tmp_path / "log"
    skill.env.update(PYTHONPATH=str(tmp_path), PYTHON_KEYRING_BACKEND="logged_keyring.Keyring", LOG=str(log))
    return log


def test_no_key_is_ever_in_the_keychain_beside_the_address_of_another(skill, serve, account, texts, log):
    skill.run("login", given=texts["agent"])
    log.unlink()
    skill.env["OPENROUTER_API_URL"] = serve(account).address
    said(skill.run("login", given=texts["second"]))
    assert log.read_text(encoding="utf-8").splitlines() == [
        "delete OPENROUTER_API_KEY",
        "delete OPENROUTER_API_URL",
        "set OPENROUTER_API_URL",
        "set OPENROUTER_API_KEY",
    ]
    log.unlink()
    said(skill.run("login", given=texts["agent"]))
    assert log.read_text(encoding="utf-8").splitlines() == ["set OPENROUTER_API_KEY"]


@pytest.mark.parametrize("at", ["delete OPENROUTER_API_URL", "set OPENROUTER_API_URL", "set OPENROUTER_API_KEY"])
def test_an_interrupt_leaves_the_keychain_as_it_was(skill, serve, account, fake, texts, log, at):
    skill.run("login", given=texts["agent"])
    skill.env.update(OPENROUTER_API_URL=serve(account).address, INTERRUPTED=at)
    printed = skill.run("login", given=texts["second"])
    assert (printed.code, printed.err) == (130, "Interrupted: no figure was printed.\n")
    del skill.env["OPENROUTER_API_URL"]
    fake.asked.clear()
    assert today(skill) == "Today: $3.42*"
    assert {asked.key for asked in fake.asked} == {"agent"}


@pytest.mark.parametrize("command", ["login", "logout"])
def test_what_a_killed_login_left_beside_the_file_is_removed(skill, config, texts, command):
    write(config, "A=1\n")
    for name in ("credentials.env.4711.tmp", "credentials.env.tmp", "credentials.work.env.4711.tmp"):
        write(config.with_name(name), f"OPENROUTER_API_KEY={texts['agent']}\n")
    assert skill.run(command, "--file", given=texts["agent"]).code == 0
    assert sorted(path.name for path in config.parent.iterdir()) == [
        "credentials.env",
        "credentials.env.tmp",
        "credentials.work.env.4711.tmp",
    ]


def test_a_logout_that_fails_at_the_file_says_what_it_took_out_of_the_keychain(skill, config, texts):
    skill.run("login", given=texts["agent"])
    write(config, f"OPENROUTER_MGMT_KEY={texts['admin']}\n")
    config.with_name("credentials.env.1.tmp").mkdir()  # which cannot be removed as a file
    printed = skill.run("logout")
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.splitlines()[0].endswith(f"; taken out of {KEYCHAIN}: OPENROUTER_API_KEY")
    assert texts["admin"] in config.read_text(encoding="utf-8")


# A person at a terminal


@pytest.mark.skipif(os.name != "posix", reason="terminals are tested on POSIX")
def test_a_person_is_asked_and_sees_no_key(skill, texts):
    person = Person(skill, "--timeout", "2")
    time.sleep(2.5)  # a person takes longer than the network may
    code, shown = person.enters(texts["agent"])
    assert (code, "Stored as OPENROUTER_API_KEY" in shown) == (0, True)
    assert texts["agent"][9:20] not in shown


@pytest.mark.skipif(os.name != "posix", reason="descriptors are tested on POSIX")
def test_a_standard_input_that_cannot_be_read_is_no_key(skill):
    with open(os.devnull, "w") as nothing:
        command = [sys.executable, str(STATS), "login", "--now", NOW.isoformat()]
        done = subprocess.run(command, cwd=skill.cwd, env=skill.env, stdin=nothing, capture_output=True, check=False)
    assert (done.returncode, done.stderr.splitlines()[0]) == (3, b"Error: no key was given, so nothing was stored")


def test_nobody_else_is_asked_for_anything(skill):
    """Without a terminal an empty standard input is no key."""
    printed = skill.run("login", "--profile", "work")
    assert (printed.code, printed.err) == (
        3,
        "Error: no key was given, so nothing was stored\n"
        f"Next: run `{sys.executable} {STATS} login --profile work` in your own terminal, which asks for the key, "
        "or hand it over from a password manager, through standard input\n",
    )


# Headers


def test_the_referer_and_the_title_go_out_as_headers(skill, fake):
    skill.env.update(OPENROUTER_HTTP_REFERER="https://example.com/", OPENROUTER_X_TITLE="My App")
    skill.ask(fake, "agent").run()
    assert {(asked.headers["HTTP-Referer"], asked.headers["X-Title"]) for asked in fake.asked} == {
        ("https://example.com/", "My App")
    }


def test_a_files_title_is_for_the_keys_in_that_file(skill, fake, config, texts):
    write(config, f"OPENROUTER_MGMT_KEY={texts['admin']}\nOPENROUTER_X_TITLE=filed\n")
    skill.ask(fake, "agent").run()
    assert {(asked.key, asked.headers.get("X-Title")) for asked in fake.asked} == {("agent", None), ("admin", "filed")}


@pytest.mark.parametrize("value", ["a\nb", "é", "x" * 201, "a\x07b"])
def test_what_no_header_can_hold_is_not_sent_and_costs_no_answer(skill, fake, value):
    skill.env["OPENROUTER_X_TITLE"] = value
    printed = skill.ask(fake, "agent").run()
    assert (printed.code, {asked.headers.get("X-Title") for asked in fake.asked}) == (0, {None})
    assert printed.err == (
        "Remark: OPENROUTER_X_TITLE was not sent: it is longer than 200 characters, or not of plain ASCII\n"
    )
