"""Where keys are found, what is taken off them, where each may travel, and what is refused."""

import os
import shutil
import sys

import pytest

from conftest import ROOT, STATS, at_rest, credentials_of, house, write
from fake_openrouter import Account, FakeKey


@pytest.fixture
def key():
    return house().key("agent").text


@pytest.fixture
def config(skill):
    return skill.home / ".config" / "openrouter-usage" / "credentials.env"


def asked_with(fake):
    return sorted({asked.key for asked in fake.asked})


def test_without_a_key_it_says_where_to_put_one(skill):
    printed = skill.run()
    assert (printed.code, printed.out) == (3, "")
    assert printed.err == (
        "Error: no OpenRouter key was found, so nothing was asked\n"
        f"Next: store one with `{sys.executable} {STATS} login` in your own terminal, never in a chat "
        "(keys are made at https://openrouter.ai/settings/keys); or set OPENROUTER_API_KEY, "
        "or write it into ~/.config/openrouter-usage/credentials.env; `--demo` shows a sample\n"
    )


def test_the_users_configuration_folder_is_read(skill, fake, config, key):
    write(config, credentials_of(fake, key))
    assert skill.lines()[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"


def test_xdg_config_home_moves_that_folder(skill, fake, key):
    skill.env["XDG_CONFIG_HOME"] = str(skill.home / "elsewhere")
    write(skill.home / "elsewhere" / "openrouter-usage" / "credentials.env", credentials_of(fake, key))
    assert skill.lines()[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"


def test_the_skill_folders_own_file_is_read(skill, fake, key, tmp_path):
    folder = tmp_path / "openrouter-usage"
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    write(folder / "credentials.env", credentials_of(fake, key))
    assert skill.run(script=folder / "scripts" / "stats.py").code == 0
    assert asked_with(fake) == ["agent"]


def test_a_key_from_the_working_directory_is_named_as_such(skill, fake, key):
    write(skill.cwd / ".env", credentials_of(fake, key))
    assert skill.lines()[-1] == "Note: OPENROUTER_API_KEY is taken from .env in the working directory"
    assert "key_from_working_directory" in [note["code"] for note in skill.json()["notes"]]


def test_the_sources_are_searched_in_order_for_each_key_alone(skill, fake, config):
    texts = {one.name: one.text for one in house().keys}
    write(config, f"OPENROUTER_API_KEY={texts['second']}\nOPENROUTER_MANAGEMENT_KEY={texts['admin']}\n")
    write(skill.cwd / ".env", f"OPENROUTER_API_KEY={texts['agent']}\n")
    skill.env["OPENROUTER_API_URL"] = fake.address
    assert skill.run().code == 0
    assert asked_with(fake) == ["admin", "agent"]


REGULAR = ["OPENROUTER_API_KEY", "OPENROUTER_KEY"]
MANAGEMENT = [
    "OPENROUTER_MGMT_KEY",
    "OPENROUTER_MANAGEMENT_KEY",
    "OPENROUTER_MANAGEMENT_API_KEY",
    "OPENROUTER_MGMT_API_KEY",
    "OPENROUTER_PROVISIONING_KEY",
    "OPENROUTER_PROVISIONING_API_KEY",
]


@pytest.mark.parametrize(("names", "used"), [(REGULAR, "agent"), (MANAGEMENT, "admin")], ids=["regular", "management"])
def test_of_several_names_in_one_source_the_first_that_has_a_value_counts(skill, fake, account, used, names):
    skill.env["OPENROUTER_API_URL"] = fake.address
    skill.env.update(dict.fromkeys(names, account.key("second").text))
    for name in names:
        skill.env[name] = account.key(used).text
        fake.asked.clear()
        assert skill.run().code == 0
        assert asked_with(fake) == [used]
        skill.env[name] = " "


@pytest.mark.parametrize(("names", "used"), [(REGULAR, "agent"), (MANAGEMENT, "admin")], ids=["regular", "management"])
def test_login_and_logout_know_every_name_in_a_file(skill, fake, config, account, used, names):
    skill.env["OPENROUTER_API_URL"] = fake.address
    every = [*names, f"{names[0]}_CMD"]
    others = "# mine\nOPENROUTER_X_TITLE=x\n"
    old = "".join(f"{name}=old\n" for name in every)
    write(config, others + old)
    printed = skill.run("login", "--file", given=account.key(used).text)
    assert (printed.code, printed.err) == (0, "")
    lines = f"{names[0]}={account.key(used).text}\nOPENROUTER_API_URL={fake.address}\n"
    assert config.read_text(encoding="utf-8") == others + lines
    write(config, old + others)
    printed = skill.run("logout", "--file")
    assert printed.out == f"Taken out of ~/.config/openrouter-usage/credentials.env: {' and '.join(every)}\n"
    assert config.read_text(encoding="utf-8") == others


@pytest.mark.parametrize(
    "line",
    [
        "OPENROUTER_API_KEY='{key}'",
        'OPENROUTER_API_KEY="{key}"',
        "export OPENROUTER_API_KEY={key}",
        "  export  OPENROUTER_API_KEY = '{key}'  # mine",
        "OPENROUTER_API_KEY=' {key}\r\n'",
        "\ufeffOPENROUTER_API_KEY={key}",
    ],
)
def test_quotes_blanks_export_and_newlines_in_a_file_are_tolerated(skill, fake, config, key, line):
    write(config, line.format(key=key) + f"\nOPENROUTER_API_URL={fake.address}\n")
    assert skill.lines()[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"


@pytest.mark.parametrize("around", ['"{key}"', "'{key}' ", " {key}\n", '\t"{key}"\r\n', "\u00a0{key}"])
def test_quotes_and_blanks_in_the_environment_are_tolerated(skill, fake, key, around):
    skill.ask(fake).env["OPENROUTER_API_KEY"] = around.format(key=key)
    assert skill.lines()[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"


@pytest.mark.parametrize("bad", ["{key} {key}", "Bearer {key}", "{key}é", "“{key}”", "{key}\x1b[31m", "{key}\nX: y"])
def test_what_cannot_be_a_key_is_refused_by_name_without_printing_it(skill, fake, key, bad):
    skill.ask(fake).env["OPENROUTER_API_KEY"] = bad.format(key=key)
    printed = skill.run()
    assert (printed.code, printed.out, fake.asked) == (3, "", [])
    assert printed.err == (
        "Error: OPENROUTER_API_KEY in the environment is no key: it holds a blank or a character that no key has\n"
        "Next: write the key alone, without quotes or spaces\n"
    )


def test_one_malformed_key_costs_its_own_line_only(skill, fake):
    skill.ask(fake, None, "admin").env["OPENROUTER_API_KEY"] = "not a key"
    lines = skill.lines()
    assert lines[1] == (
        "This key: Today: unknown | Week: unknown | Month: unknown (OPENROUTER_API_KEY in the environment is no key: "
        "it holds a blank or a character that no key has)"
    )
    assert "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00" in lines


def test_a_malformed_management_key_leaves_the_regular_one_its_figures(skill, fake):
    skill.ask(fake, "agent").env["OPENROUTER_MGMT_KEY"] = "two words"
    lines = skill.lines()
    assert lines[1] == "This key: Today: $3.42* | Week: $18.90 | Month: $61.25"
    assert "Balance: $38.75 / $300.00" in lines
    assert [line for line in lines if line.startswith("Note:")] == []  # one key answered: there is no second account


def test_an_empty_value_is_no_key(skill, fake, config, key):
    skill.env["OPENROUTER_API_KEY"] = "  "
    write(config, credentials_of(fake, key))
    assert skill.run().code == 0
    assert asked_with(fake) == ["agent"]


@pytest.mark.parametrize("reference", [
    "${OPENROUTER_MGMT_KEY}", "$OPENROUTER_MGMT_KEY", "${X:-y}", '" ${X}"', "'${X}'", "$(pass show key)", "sk-${X}",
])  # fmt: skip
def test_a_variable_in_a_foreign_file_is_not_expanded_and_hides_no_key(skill, fake, config, key, reference):
    admin = house().key("admin").text
    write(skill.cwd / ".env", f"OPENROUTER_API_KEY={reference}\nOPENROUTER_MGMT_KEY={admin[:9]}\n")
    write(config, credentials_of(fake, key))
    skill.env["OPENROUTER_MGMT_KEY"] = admin
    skill.env["OPENROUTER_API_URL"] = fake.address
    assert skill.run().code == 0
    assert asked_with(fake) == ["admin", "agent"]


# The working directory, which may be anybody's


def test_a_bar_and_its_renewal_read_no_file_of_the_working_directory(skill, fake, key):
    skill.remembers = True
    write(skill.cwd / ".env", credentials_of(fake, key))
    assert skill.run("bar").out == "💰 asking\n"
    assert at_rest(skill)
    assert skill.run("bar").out == "💰 no key\n"
    assert fake.asked == []
    skill.run()
    assert asked_with(fake) == ["agent"]
    assert skill.run("bar").out == "💰 no key\n"


@pytest.mark.parametrize("off", ["0", "false", "Off", " no "])
def test_a_variable_switches_it_off_for_every_command(skill, fake, config, key, off):
    write(skill.cwd / ".env", credentials_of(fake, house().key("second").text))
    write(config, credentials_of(fake, key))
    skill.remembers = True
    assert skill.lines()[1].startswith("Today: $1.68*")
    skill.env["OPENROUTER_DOTENV"] = off
    for command in ([], ["doctor"], ["check", "--need", "1"]):
        fake.asked.clear()
        assert skill.run(*command, "--max-age", "0").code == 0
        assert asked_with(fake) == ["agent"]


def test_it_cannot_switch_itself_on(skill, fake, key):
    write(skill.cwd / ".env", credentials_of(fake, key) + "OPENROUTER_DOTENV=1\n")
    skill.env["OPENROUTER_DOTENV"] = "0"
    assert (skill.run().code, fake.asked) == (3, [])


FOREIGN = "the address beside it is neither OpenRouter's nor on this machine"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example",
        "https://evil.example/api/v1",
        "http://evil.example",
        "https://127.0.0.1.evil.example/",
        "https://localhost.evil.example",
        "https://openrouter.ai.evil.example/api/v1",
        "https://openrouter.ai@evil.example/api/v1",
        "http://127.0.0.1\\@evil.example/",
        "no address",
    ],
)
@pytest.mark.parametrize("name", ["OPENROUTER_API_URL", "OPENROUTER_BASE_URL"])
def test_a_key_there_beside_another_address_is_not_used(skill, fake, config, key, name, address):
    write(skill.cwd / ".env", f"OPENROUTER_API_KEY=theirs\nOPENROUTER_KEY=theirs\n{name}={address}\n")
    printed = skill.run()
    assert (printed.code, printed.out, fake.asked) == (3, "", [])
    assert printed.err.startswith(
        "Error: no OpenRouter key was found, so nothing was asked "
        f"(OPENROUTER_API_KEY in ./.env was not used: {FOREIGN})\n"
    )
    write(config, credentials_of(fake, key))
    printed = skill.run()
    assert (printed.code, printed.err) == (0, f"Remark: OPENROUTER_API_KEY in ./.env was not used: {FOREIGN}\n")
    assert asked_with(fake) == ["agent"]


def test_a_loopback_address_beside_a_second_one_does_not_hide_that(skill, fake, key):
    lines = credentials_of(fake, key) + "OPENROUTER_BASE_URL=https://evil.example\n"
    write(skill.cwd / ".env", lines)
    printed = skill.run()
    assert (printed.code, fake.asked, FOREIGN in printed.err) == (3, [], True)


def test_openrouters_own_address_there_moves_nothing(skill, fake, key):
    lines = f"OPENROUTER_API_KEY={key}\nOPENROUTER_BASE_URL=https://openrouter.ai/api/v1/\n"
    write(skill.cwd / ".env", lines)
    skill.env["OPENROUTER_API_URL"] = fake.address
    assert skill.lines()[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"


def test_a_link_there_to_the_users_own_file_sends_no_key_elsewhere(skill, fake, config, key):
    write(config, credentials_of(fake, key))
    (skill.cwd / ".env").symlink_to(config)
    assert skill.lines()[-1] == "Note: OPENROUTER_API_KEY is taken from .env in the working directory"
    assert asked_with(fake) == ["agent"]


# Addresses


def test_an_address_in_a_file_never_moves_the_environments_key(skill, serve, fake, key):
    elsewhere = serve(house())
    write(skill.cwd / ".env", f"OPENROUTER_API_URL={elsewhere.address}\nOPENROUTER_BASE_URL={elsewhere.address}\n")
    skill.env["OPENROUTER_API_KEY"] = key
    skill.env["HTTPS_PROXY"] = "http://127.0.0.1:9"  # openrouter.ai itself is not asked from a test
    printed = skill.run("--timeout", "5")
    assert printed.code == 4
    assert "openrouter.ai" in printed.err
    assert elsewhere.asked == []


def test_an_address_applies_to_the_keys_beside_it_only(skill, serve, fake, config):
    other = Account(keys=[FakeKey("theirs")], events=[], organization="org-two")
    elsewhere = serve(other)
    write(skill.cwd / ".env", f"OPENROUTER_API_KEY={other.key('theirs').text}\nOPENROUTER_BASE_URL={elsewhere.address}")
    write(config, f"OPENROUTER_MGMT_KEY={house().key('admin').text}\nOPENROUTER_API_URL={fake.address}/\n")
    assert skill.run().code == 0
    assert (asked_with(elsewhere), asked_with(fake)) == (["theirs"], ["admin"])


def test_an_address_in_the_environment_applies_to_all_keys(skill, serve, fake, config, key):
    elsewhere = serve(house())
    write(config, f"OPENROUTER_API_KEY={key}\nOPENROUTER_API_URL={elsewhere.address}\n")
    skill.env["OPENROUTER_BASE_URL"] = fake.address
    assert skill.run().code == 0
    assert (asked_with(fake), elsewhere.asked) == (["agent"], [])


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/api/v1",
        "http://127.0.0.1.example.com/api/v1",
        "http://localhost.example.com/",
        "http://0.0.0.0:80/",
    ],
)
def test_plain_http_is_for_loopback_only(skill, key, address):
    skill.env.update({"OPENROUTER_API_KEY": key, "OPENROUTER_API_URL": address})
    printed = skill.run()
    assert (printed.code, printed.out) == (2, "")
    assert printed.err == (
        "Error: OPENROUTER_API_URL in the environment is not https, so no key is sent there\n"
        "Next: use https (http only on loopback)\n"
    )


@pytest.mark.parametrize(
    "address",
    [
        "openrouter.ai/api/v1",
        "ftp://openrouter.ai",
        "https://user:hush@example.com/",
        "http://127.0.0.1\\@example.com/",
        "http://127.0.0.1@example.com/",
        "https://example.com/?x=1",
        "https://example.com/#",
        "https:// example.com",
        "https://éxample.com",
    ],
)
def test_what_is_no_address_is_refused_without_printing_it(skill, key, address):
    skill.env.update({"OPENROUTER_API_KEY": key, "OPENROUTER_BASE_URL": address})
    printed = skill.run()
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.startswith("Error: OPENROUTER_BASE_URL in the environment is not an address\n")
    assert "hush" not in printed.err


def test_a_netrc_entry_replaces_no_key(skill, fake):
    write(skill.home / ".netrc", "default login mallory password hush\n")
    skill.ask(fake, "agent", "admin").env["NETRC"] = str(skill.home / ".netrc")
    assert skill.run().code == 0
    assert asked_with(fake) == ["admin", "agent"]


def test_a_redirect_is_not_followed_with_a_key_or_without(skill, serve, fake):
    elsewhere = serve(house())
    fake.fault_everywhere(status=302, headers=(("Location", f"{elsewhere.address}/auth/key"),))
    printed = skill.ask(fake, "agent", "admin").run()
    assert (printed.code, elsewhere.asked) == (4, [])
    assert printed.err == (
        "Error: a redirect, which no key is sent along (HTTP 302)\nNext: check the address in OPENROUTER_API_URL\n"
    )


def test_a_loopback_address_passes_no_proxy(skill, serve, fake):
    proxy = serve(house())
    skill.ask(fake, "agent", "admin")
    for variable in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        skill.env[variable] = proxy.address
    assert skill.run().code == 0
    assert proxy.asked == []


# Files


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_a_key_file_that_others_can_read_is_remarked_on(skill, fake, config, key):
    write(config, credentials_of(fake, key)).chmod(0o644)
    printed = skill.run()
    assert printed.code == 0
    assert printed.err == (
        "Remark: ~/.config/openrouter-usage/credentials.env can be read by other users of this machine; "
        "close it with `chmod 600`\n"
    )


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_a_key_file_that_others_may_only_write_to_or_run_is_not_called_readable(skill, fake, config, key):
    write(config, credentials_of(fake, key)).chmod(0o610)
    assert skill.run().err == ""


def test_a_file_that_is_no_text_is_named(skill, config):
    write(config, "x").write_bytes(b"OPENROUTER_API_KEY=\xff\xfe\x00")
    printed = skill.run()
    assert printed.code == 3
    assert "~/.config/openrouter-usage/credentials.env cannot be read, or is not UTF-8 text" in printed.err


def test_a_folder_called_env_and_lines_that_are_no_settings_are_passed_over(skill, fake, config, key):
    (skill.cwd / ".env").mkdir()
    write(config, "this is = not (a setting\n%%%\n" + credentials_of(fake, key))
    assert skill.lines()[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"


LARGEST = 256 * 1024


def padded(text, size):
    """The text with a comment behind it, so many bytes long."""
    return text + "#" * (size - len(text.encode()))


def test_a_file_of_256_kb_is_read_and_a_larger_one_refused(skill, fake, config, key):
    write(config, padded(credentials_of(fake, key), LARGEST))
    assert skill.lines()[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"
    write(config, padded(credentials_of(fake, key), LARGEST + 1))
    fake.asked.clear()
    printed = skill.run()
    assert (printed.code, printed.out, fake.asked) == (3, "", [])
    assert printed.err.splitlines()[0] == (
        "Error: no OpenRouter key was found, so nothing was asked "
        "(~/.config/openrouter-usage/credentials.env was not read: it is larger than 256 KB)"
    )


def test_a_larger_file_costs_no_other_key_and_no_more_than_a_remark(skill, fake, config):
    with write(config, "OPENROUTER_MONTHLY_BUDGET=100\n").open("ab") as file:
        file.truncate(1 << 40)  # a terabyte, of which nothing is on the disk
    shutil.copyfile("/dev/null", skill.cwd / ".env")
    os.truncate(skill.cwd / ".env", 1 << 40)
    printed = skill.ask(fake, "agent").run()
    assert (printed.code, printed.out.splitlines()[1]) == (0, "Today: $3.42* | Week: $18.90 | Month: $61.25")
    assert printed.err == (
        "Remark: ./.env was not read: it is larger than 256 KB\n"
        "Remark: ~/.config/openrouter-usage/credentials.env was not read: it is larger than 256 KB\n"
    )


def test_login_edits_no_file_that_is_larger(skill, fake, config, key):
    skill.env["OPENROUTER_API_URL"] = fake.address
    large = padded("OPENROUTER_API_KEY=old\n", LARGEST + 1)
    write(config, large)
    for command in ("login", "logout"):
        printed = skill.run(command, "--file", given=key)
        assert (printed.code, printed.out) == (3, "")
        assert printed.err.startswith(
            "Error: ~/.config/openrouter-usage/credentials.env was not read: it is larger than 256 KB; "
            "nothing was changed\n"
        )
    assert config.read_text(encoding="utf-8") == large


@pytest.mark.parametrize("blank", [" ", "\t", "\u2003"])
def test_a_foreign_file_full_of_blanks_takes_no_minutes(skill, fake, config, blank):
    write(skill.cwd / ".env", f"OTHER=x{blank * 80_000}x\n")
    printed = skill.ask(fake, "agent").run()
    assert (printed.code, printed.out.splitlines()[1]) == (0, "Today: $3.42* | Week: $18.90 | Month: $61.25")
    assert printed.err == "Remark: ./.env was not read: it has more than 1,000 blanks in a row\n"
    assert "Trouble: ./.env was not read: it has more than 1,000 blanks in a row\n" in skill.run("doctor").out


def test_a_thousand_blanks_in_a_row_are_read_and_login_edits_no_file_with_more(skill, fake, config, key):
    write(config, f"OTHER=x{' ' * 1000}x\n{credentials_of(fake, key)}")
    assert skill.lines()[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"
    write(config, f"OTHER=x{' ' * 1001}x\n{credentials_of(fake, key)}")
    printed = skill.run("login", "--file", given=key)
    assert (printed.code, printed.err.splitlines()[0]) == (
        3,
        "Error: ~/.config/openrouter-usage/credentials.env was not read: it has more than 1,000 blanks in a row; "
        "nothing was changed",
    )


NO_FILE = "was not read: it is a folder, a pipe or a device, not a file"


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices in the place of files")
@pytest.mark.parametrize("what", ["pipe", "device", "folder"])
def test_what_is_no_file_is_neither_waited_for_nor_read(skill, fake, config, what):
    config.parent.mkdir(parents=True)
    for path in (config, skill.cwd / ".env"):
        {"pipe": os.mkfifo, "folder": os.mkdir, "device": lambda path: path.symlink_to("/dev/zero")}[what](path)
    own = f"~/.config/openrouter-usage/credentials.env {NO_FILE}"
    # A folder of that name in the working directory is a virtual environment, most likely.
    both = [own] if what == "folder" else [f"./.env {NO_FILE}", own]
    printed = skill.ask(fake, "agent").run()
    assert printed.out.splitlines()[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"
    assert printed.err == "".join(f"Remark: {one}\n" for one in both)  # there may be a management key in them
    login = skill.run("login", "--file", given=skill.env.pop("OPENROUTER_API_KEY"))
    assert (login.code, login.err.splitlines()[0]) == (3, f"Error: {own}; nothing was changed")
    without = skill.run()
    reasons = "".join(f" ({one})" for one in both)
    assert without.code == 3
    assert without.err.startswith(f"Error: no OpenRouter key was found, so nothing was asked{reasons}\n")
