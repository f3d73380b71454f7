"""--redact: numbered names in the place of private ones, and nowhere a private one."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from conftest import event, house
from fake_openrouter import Account, FakeKey
from faults import error

SECRET = "Zebra"
"""A word that is in every private name, and nowhere else."""


def private():
    """Three keys of two users in two workspaces; apps, sessions, end users and calls have names of their own."""
    keys = [
        FakeKey("Zebra agent", user="Ada Zebra", email="ada@zebra.example", workspace="ws-default"),
        FakeKey("zebra AGENT", user=None, email="zebra@bo.example", workspace="ws-two"),
        FakeKey("Zebra (old)", user="Ada Zebra", email="other@zebra.example", deleted=True),
        FakeKey("twin", called="Zebra twin", workspace="ws-two"),
        FakeKey("other twin", called="Zebra twin", workspace="ws-two"),
        FakeKey("Zebra admin", management=True),
    ]
    spent = [("Zebra agent", "3"), ("zebra AGENT", "5"), ("Zebra (old)", "7"), ("twin", "1"), ("other twin", "0.25")]
    events = [
        replace(
            event(day, key, model, "Alpha", usd),
            app=f"Zebra {model}",
            session_id=f"zebra-{key}",
            external_user=f"{key}@ZEBRA",
            generation_id=f"gen-zebra-{day}-{key}-{model}",
        )
        for (key, usd), day, model in product(spent, ("11-17", "11-19", "11-20"), ("v/big", "v/small"))
    ]
    names = {"ws-default": "Zebra Inc.", "ws-two": "zebra/two"}
    account = Account(keys, events, organization="org-zebra", creator="user-zebra", workspaces=tuple(names))
    return replace(account, workspace_names=names, user="Zoe Zebra")


@pytest.fixture
def shy(skill, serve):
    skill.fake = serve(private())
    return skill.ask(skill.fake, mgmt="Zebra admin")


def names(document, by):
    return [(row[by], row["usd"]) for row in document["rows"]]


# The names


def test_keys_have_the_numbers_of_the_key_list_and_those_that_are_not_listed_come_behind(shy):
    rows = [("key 4", 28), ("key 2", 20), ("key 1", 12), ("key 3 (2 keys)", 5)]
    assert names(shy.json("report", "--by", "key", "--redact"), "key") == rows
    assert names(shy.json("report", "--by", "key,date", "--date", "2026-11-19", "--redact"), "key") == [
        (name, usd / 2) for name, usd in rows
    ]


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("user", [("user 1", 28), ("user 2", 20), ("user 3", 12), ("user 4", 5)]),
        ("app", [("app 1", 32.5), ("app 2", 32.5)]),
        ("workspace", [("workspace 1", 40), ("workspace 2", 25)]),
        ("model", [("v/big", 32.5), ("v/small", 32.5)]),
        ("provider", [("Alpha", 65)]),
    ],
)
def test_all_else_is_numbered_by_its_spend(shy, by, rows):
    assert names(shy.json("report", "--by", by, "--redact"), by) == rows


def test_what_has_no_name_keeps_what_stands_for_one(skill, serve):
    account = house()
    account.events = [
        replace(event("11-18", None, "v/m", "P", "2"), app=""),
        replace(event("11-18", "agent", "v/m", "P", "1"), app="OpenClaw"),
    ]
    skill.ask(serve(account), mgmt="admin")
    for by, rows in {"key": ["Chatroom", "key 1", "key 2"], "app": ["Unknown", "app 1"]}.items():
        assert [row[by] for row in skill.json("report", "--by", by, "--redact")["rows"]] == rows


def test_the_text_and_the_csv_have_the_same_numbers(shy):
    rows = [row.split(",")[0] for row in shy.run("report", "--by", "key", "--csv", "--redact").out.splitlines()]
    assert rows == ["key", "key 4", "key 2", "key 1", "key 3 (2 keys)"]
    lines = shy.lines("report", "--by", "key", "--redact", "--no-credits")
    assert [line.split("  ")[0] for line in lines if line.startswith("key ")] == rows[1:]


# Filters


@pytest.mark.parametrize(
    ("options", "title", "only", "usd"),
    [
        (["--key", "Zebra agent"], "key 1", {"key": "key 1"}, 12),
        (["--key", "key 1"], "key 1", {"key": "key 1"}, 12),
        (["--key", "key 4"], "key 4", {"key": "key 4"}, 28),
        (["--user", "User 4"], "all keys, user 4", {"user": "user 4"}, 5),
        (["--key", "zebra agent"], "key 1, key 2", {"key": "key 1, key 2"}, 32),
        (["--key", "ZEBRA TWIN"], "key 3", {"key": "key 3"}, 5),
        (["--key", "zebra (OLD)"], "key 4", {"key": "key 4"}, 28),
        (["--app", "zebra v/b*"], "all keys, app 1", {"app": "app 1"}, 32.5),
        (["--app", "*"], "all keys, app 1, app 2", {"app": "app 1, app 2"}, 65),
        (["--user", "ada zebra"], "all keys, user 1, user 3", {"user": "user 1, user 3"}, 40),
        (["--user", "zebra@bo.example"], "all keys, user 2", {"user": "user 2"}, 20),
        (["--workspace", "zebra inc."], "all keys, workspace 1", {"workspace": "workspace 1"}, 40),
        (["--session", "zebra-twin"], "all keys, session 1", {"session": "session 1"}, 4),
        (["--model", "v/big", "--redact"], "all keys, models v/big", {"model": "v/big"}, 32.5),
    ],
)
def test_a_filter_takes_the_real_name_or_the_number_and_shows_the_number(shy, options, title, only, usd):
    document = shy.json("report", "--redact", "--to", "yesterday", *options)
    assert (document["only"], document["total"]["usd"]) == (only, usd)
    first = shy.lines("report", "--redact", *options)[0]
    assert first == f"💰 OpenRouter Report by model ({title})"


def test_what_fits_nothing_is_not_repeated(shy):
    printed = shy.run("report", "--redact", "--key", "Zebra agnt")
    assert (printed.code, printed.out) == (2, "")
    assert printed.err == "Error: no key is called …\nNext: `report --by key` lists the keys\n"
    document = shy.json("report", "--redact", "--app", "Zebra v/bg")
    assert document["notes"][0]["message"] == "no app that was used fits …; used: app 1, app 2"
    document = shy.json("report", "--redact", "--session", "Zebra")
    assert document["notes"][0]["message"] == (
        "no session that was used fits session 6; used: session 1, session 2, session 3 and 2 more"
    )


def test_a_real_name_that_looks_like_a_number_goes_first(skill, serve):
    account = house()
    account.keys = [FakeKey("agent", called="key 2"), FakeKey("second"), FakeKey("admin", management=True)]
    document = skill.ask(serve(account), mgmt="admin").json("report", "--redact", "--key", "key 2", "--days", "2")
    assert (document["only"], document["total"]["usd"]) == ({"key": "key 1"}, Decimal("10.48"))


def test_a_hash_still_tells_keys_of_one_name_apart(shy):
    key = shy.fake.accounts[0].key("other twin")
    document = shy.json("report", "--redact", "--key", key.hash[:12], "--to", "yesterday")
    assert document["total"]["usd"] == 1


# Nothing private anywhere

BY = ["model", "date", "key", "app", "user", "workspace", "session", "external_user", "generation", "key,user", "hour"]
FILTERS = [
    (),
    ("--key", "Zebra agent"),
    ("--key", "ZEBRA AGENT"),
    ("--key", "zebra twin"),
    ("--key", "zebra?"),
    ("--app", "Zebra*"),
    ("--app", "zebra"),
    ("--user", "*@zebra.example"),
    ("--workspace", "zebra/two"),
    ("--session", "zebra-Zebra agent"),
    ("--session", "zebra"),
    ("--external-user", "twin@ZEBRA"),
    ("--generation", "gen-zebra-11-19-twin-v/big"),
]
FORMATS = [(), ("--json",), ("--csv",)]


def figures(printed):
    """What is told without names: the exit code, and the total and the spend of every row."""
    if printed.code:
        return printed.code
    document = json.loads(printed.out)
    return document["total"], sorted(str((row["usd"], row["requests"])) for row in document["rows"])


@pytest.mark.parametrize("asked", FILTERS, ids=" ".join)
def test_no_private_name_is_printed_and_no_figure_is_another(shy, asked):
    shy.remembers = True
    for by in BY:
        options = ("report", "--by", by, *asked)
        printed = {form: shy.run(*options, "--redact", *form) for form in FORMATS}
        for form, outcome in printed.items():
            assert SECRET.lower() not in outcome.all.lower(), (options, form)
        assert figures(printed["--json",]) == figures(shy.run(*options, "--json")), options


@pytest.mark.parametrize(("by", "name"), [("model", "big"), ("provider", "Alpha"), ("key", "key 1"), ("app", "app 1")])
def test_no_chart_has_a_private_name_or_another_figure(shy, by, name):
    options = ("chart", "--by", by, "--redact")
    printed = [shy.run(*options), shy.run(*options, "--json"), shy.run(*options, "--output", "spend.svg")]
    picture = (shy.cwd / "spend.svg").read_text(encoding="utf-8")
    for text in (*(one.all for one in printed), picture):
        assert SECRET.lower() not in text.lower()
    assert f">{name}<" in picture
    redacted, plain = (shy.json("chart", "--by", by, *more) for more in (["--redact"], []))
    assert (redacted["title"], redacted["total_usd"]) == (plain["title"], 65) == (plain["title"], plain["total_usd"])
    assert [one["usd"] for one in redacted["series"]] == [one["usd"] for one in plain["series"]]


@pytest.mark.parametrize("keys", [("Zebra agent", "Zebra admin"), ("twin", None), (None, "Zebra admin")])
def test_no_page_has_a_private_name_or_another_figure(shy, keys):
    del shy.env["OPENROUTER_MGMT_KEY"]
    shy.ask(shy.fake, *keys)
    amounts = []
    for more in (["--redact"], []):
        printed = shy.run("dashboard", "--output", "usage.html", "--json", *more)
        page = (shy.cwd / "usage.html").read_text(encoding="utf-8")
        assert (printed.code, SECRET.lower() in (printed.all + page).lower()) == (0, not more and keys[1] is not None)
        assert "key key" not in page
        amounts.append(sorted(re.findall(r"\$[\d.,]+", page)))
    assert amounts[0] == amounts[1] != []


def test_nothing_redacted_is_remembered(shy):
    shy.remembers = True
    shy.json("report", "--by", "key", "--redact")
    assert names(shy.json("report", "--by", "key", "--offline"), "key")[0] == ("Zebra (old)", 28)
    assert names(shy.json("report", "--by", "key", "--offline", "--redact"), "key")[0] == ("key 4", 28)


# What others say


def test_openrouters_own_words_are_left_out(shy):
    shy.fake.edit("/analytics/query", lambda data: {**data, "warnings": ["Zebra Inc. has many rows"]})
    shy.fake.fault("/keys", status=403, body=error(403, 'Zebra "Inc." forbids'))
    printed = shy.run("report", "--by", "key", "--redact")
    assert SECRET not in printed.all
    assert "OpenRouter warns: its words are left out, for they may hold names" in printed.out
    assert "the key list failed (OpenRouter forbids this to OPENROUTER_MGMT_KEY (HTTP 403)): limits" in printed.out


def test_profiles_are_numbered_too(skill, serve):
    fake = serve(private())
    folder = skill.home / ".config" / "openrouter-usage"
    folder.mkdir(parents=True)
    keys = {"alpha": fake.accounts[0].keys[-1].text, "zebra": "no key", "zebra-2": fake.accounts[0].keys[-1].text}
    for name, text in keys.items():
        file = folder / f"credentials.{name}.env"
        file.write_text(f"OPENROUTER_MGMT_KEY={text}\nOPENROUTER_API_URL={fake.address}\n", encoding="utf-8")
        file.chmod(0o644)
    for form in ((), ("--json",)):
        printed = skill.run("report", "--all-profiles", "--redact", *form)
        assert printed.code == 0
        assert "zebra" not in printed.all.lower()
    assert '"profile": "profile 3"' in printed.out
    assert skill.run("dashboard", "--all-profiles", "--redact", "--output", "usage.html").code == 0
    page = (skill.cwd / "usage.html").read_text(encoding="utf-8")
    assert ("zebra" in page.lower(), "profile 3" in page) == (False, True)
    assert "credentials.profile 3.env can be read by other users" in printed.err
    for name in ("zebra-2", "zebra", "zebra-3"):
        printed = skill.run("report", "--profile", name, "--redact")
        assert "zebra" not in printed.all.lower()
    assert "no OpenRouter key was found for the profile profile 4, so" in printed.err
