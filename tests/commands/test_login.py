"""Keys are stored where they will be found, after OpenRouter said what they are, and taken out again."""

import os
import subprocess
import sys
import time

import pytest

from conftest import BARE, NOW, STATS, terminal, write

IN_A_FILE = "keyrings.alt.file.PlaintextKeyring"
KEYCHAIN = "the system keychain"
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
    """What it prints when all is well."""
    assert (printed.code, printed.err) == (0, ""), printed
    return printed.out


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
    assert said(skill.run("logout")) == f"Taken out of {NAMED}: nothing, no such key was there\n"


def test_a_bar_knows_of_a_login_and_of_a_logout(skill, texts):
    skill.remembers = True
    skill.run("login", given=texts["agent"])
    skill.run()
    assert skill.run("bar").out == "💰 $38.75 · $3.42 today\n"
    skill.run("logout")
    assert skill.run("bar").out == "💰 asking\n"


def test_json(skill, texts):
    assert skill.json("login", given=texts["agent"]) == {
        "schema": "openrouter-usage/1",
        "command": "login",
        "profile": None,
        "source": KEYCHAIN,
        "keychain": "file PlaintextKeyring",
        "names": ["OPENROUTER_API_KEY"],
        "kind": "regular",
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
        ("{agent}", ["--profile", "a/b"], 2, "argument --profile: must be a name of letters, digits, - and _"),
        ("sk-or-v1-nobody", [], 3, "OpenRouter refused OPENROUTER_API_KEY (HTTP 401); nothing was stored"),
    ],
)  # fmt: skip
def test_what_is_no_good_changes_nothing(skill, texts, given, flags, code, error):
    printed = skill.run("login", *flags, given=given.format(**texts))
    assert (printed.code, printed.out, printed.err.splitlines()[0]) == (code, "", f"Error: {error}")
    assert skill.run().code == 3
    assert not (skill.home / ".local" / "share" / "python_keyring").exists()


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


@pytest.mark.parametrize("command", ["login", "logout"])
def test_without_keyring_it_says_so_and_what_can_be_done(skill, texts, fake, command):
    fake.asked.clear()
    printed = skill.run(command, python=BARE, given=texts["agent"])
    assert (printed.code, printed.out, fake.asked) == (3, "", [])
    assert printed.err == (
        "Error: the package `keyring` is not installed for this Python\n"
        "Next: install it, or use --file: keys are then in a file that only you can read\n"
    )


@pytest.mark.parametrize("backend", ["keyring.backends.fail.Keyring", "keyring.backends.null.Keyring"])
def test_where_keyring_is_switched_off_it_says_so_and_other_commands_go_on(skill, fake, texts, backend):
    skill.env["PYTHON_KEYRING_BACKEND"] = backend
    printed = skill.run("login", given=texts["agent"])
    assert (printed.code, printed.err.splitlines()[0]) == (3, "Error: keyring is switched off by its own variable")
    assert skill.run().err.startswith("Error: no OpenRouter key was found, so nothing was asked\n")


def test_without_a_keychain_it_says_so_and_other_commands_go_on(skill, fake, texts, tmp_path):
    source = "from keyring.backends.fail import Keyring as Failing\nclass Keyring(Failing): pass\n"
    (tmp_path / "no_keyring.py").write_text(source, encoding="utf-8")
    skill.env.update(PYTHONPATH=str(tmp_path), PYTHON_KEYRING_BACKEND="no_keyring.Keyring")
    printed = skill.run("login", given=texts["agent"])
    assert (printed.code, printed.err.splitlines()[0]) == (3, "Error: keyring found no keychain on this system")
    assert skill.run().err.startswith("Error: no OpenRouter key was found, so nothing was asked\n")


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


def test_the_file_is_its_owners_alone_and_other_lines_stay(skill, config, texts):
    lines = "# mine\nOPENROUTER_X_TITLE=x\nexport OPENROUTER_API_KEY='old'\n# OPENROUTER_API_KEY=commented\nOTHER=1\n"
    write(config, lines).chmod(0o644)
    printed = said(skill.run("login", "--file", given=texts["agent"]))
    assert printed == "Stored as OPENROUTER_API_KEY in ~/.config/openrouter-usage/credentials.env: a regular key\n"
    assert config.read_text(encoding="utf-8").splitlines() == [
        "# mine",
        "OPENROUTER_X_TITLE=x",
        "# OPENROUTER_API_KEY=commented",
        "OTHER=1",
        f"OPENROUTER_API_KEY={texts['agent']}",
    ]
    assert os.name != "posix" or config.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in config.parent.iterdir()] == ["credentials.env"]
    assert today(skill) == "Today: $3.42*"


def test_a_management_key_takes_the_place_of_one_under_another_name(skill, config, texts):
    write(config, "OPENROUTER_MANAGEMENT_KEY=old\n")
    said(skill.run("login", "--file", given=texts["admin"]))
    assert config.read_text(encoding="utf-8") == f"OPENROUTER_MGMT_KEY={texts['admin']}\n"


def test_the_file_needs_no_keyring(skill, config, texts):
    skill.env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    said(skill.run("login", "--file", given=texts["agent"]))
    assert today(skill) == "Today: $3.42*"
    assert said(skill.run("logout", "--file")) == (
        "Taken out of ~/.config/openrouter-usage/credentials.env: OPENROUTER_API_KEY\n"
    )
    assert config.read_text(encoding="utf-8") == ""


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
def test_all_that_is_no_key_stays_as_it_is(skill, config, texts, before, after):
    write(config, "").write_bytes(before.encode())
    said(skill.run("login", "--file", given=texts["agent"]))
    line = f"OPENROUTER_API_KEY={texts['agent']}"
    assert config.read_bytes() == after.format(line).encode()
    said(skill.run("logout", "--file"))
    assert line.encode() not in config.read_bytes()


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
    assert (printed.code, config.read_bytes()) == (2, b"\xff\xfe\x00")
    assert "Error: credentials.env was left as it is: it cannot be read, or is not UTF-8 text" in printed.err
    skill.env["XDG_CONFIG_HOME"] = "/dev/null/nowhere"
    printed = skill.run("login", "--file", given=texts["agent"])
    assert (printed.code, printed.out) == (2, "")


# A person at a terminal


@pytest.mark.skipif(os.name != "posix", reason="terminals are tested on POSIX")
def test_a_person_is_asked_and_sees_no_key(skill, texts):
    ours, theirs = terminal(80)
    command = [sys.executable, str(STATS), "login", "--timeout", "2", "--now", NOW.isoformat()]
    asked = subprocess.Popen(
        command, cwd=skill.cwd, env=skill.env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    shown = b""
    while b"OpenRouter key (not shown): " not in shown:
        shown += os.read(ours, 1000)
    time.sleep(2.5)  # a person takes longer than the network may
    os.write(ours, texts["agent"].encode() + b"\n")
    assert asked.wait(30) == 0
    shown += os.read(ours, 10_000)
    assert b"Stored as OPENROUTER_API_KEY" in shown
    assert texts["agent"][9:20].encode() not in shown


def test_nobody_else_is_asked_for_anything(skill):
    """Without a terminal an empty standard input is no key."""
    assert skill.run("login").code == 3


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
