"""The command `dashboard`, read as a browser reads it: what the page says, what it cannot say, what is not in it."""

import hashlib
import json
import os
import re
import stat
from base64 import b64encode
from dataclasses import replace

import pytest

from accounts import limited, steady
from conftest import credentials_of, days_from_now, event, house, later, write
from fake_openrouter import Account, FakeKey
from pages import read

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title><h1>mine</h1>",
    "</style><b onclick='x'>",
    "שלום עולם",
    "😀 family",
    "x" * 119,
    "javascript:alert(1)",
    "&lt;b&gt; &amp; ${7*7}",
]
"""Names of keys."""

HOSTILE_SHOWN = {*HOSTILE, '"\'><img src=x onerror=alert(1)>"'} - {'"><img src=x onerror=alert(1)>'}
"""The same as they are shown: what begins with a quotation mark stands in quotes."""

MANAGEMENT = "make one at https://openrouter.ai/settings/management-keys and store it with `stats.py login`"


def written(skill, *arguments):
    """The page that the command writes when all is well."""
    assert skill.lines("dashboard", "--output", "usage.html", *arguments) == [str(skill.cwd / "usage.html")]
    return (skill.cwd / "usage.html").read_text(encoding="utf-8")


def page(skill, *arguments):
    return read(written(skill, *arguments))


# What it says


def test_the_summary_comes_first_each_figure_with_what_it_is(skill):
    shown = page(skill, "--demo")
    assert list(shown.sections)[2:] == ["summary", "days", "models", "keys", "forecast", "findings", "footer"]
    assert shown.sections["header"][:3] == [
        "OpenRouter usage",
        "Demo: a sample account. Made 2026-11-20 14:09 UTC. Days, weeks (from Monday) and months are UTC.",
        "* live: the UTC day is not over (9h 51m left).",
    ]
    assert shown.sections["summary"] == [
        "Summary",
        "Lasts: ~5 days (Nov 24 to Nov 27) at $3.27/day, then this key's limit blocks",
        "Warning: Key expires in 9 days (Nov 29)",
        *("Today Fri, Nov 20", "$4.48* all keys", "$3.02* this key", "$0.13* BYOK, this key"),
        *("This week since Mon, Nov 16", "$27.68 all keys", "$18.66 this key", "$0.81 BYOK, this key"),
        *("This month since Sun, Nov 1", "$93.63 all keys", "$63.11 this key", "$2.73 BYOK, this key"),
        *("Balance all keys", "$41.36 of $250.00 purchased"),
        *("Key limit this key", "$16.89 of $80.00, 79% used, resets monthly, Dec 1"),
        *("Free models all keys, today", "33 of 50 requests left"),
    ]


def test_the_days_are_drawn_and_told_as_a_table_with_today_starred(skill):
    shown = page(skill, "--demo")
    rows = shown.tables["days"]
    assert rows[0][:4] == ["Day", "Spend", "claude-sonnet-4.5", "gpt-5.1"]
    assert rows[1][:4] == ["2026-10-21", "$4.48", "$2.65", "$1.04"]
    assert rows[-1][:2] == ["2026-11-20*", "$4.48*"]
    assert len(rows) == 32
    assert shown.sections["days"][1] == "$133.53 in 30 days, dearest Nov 13: $7.33"
    assert shown.sections["days"][-1] == (
        "OpenRouter spend by model, all keys, Oct 21 to Nov 19, 2026, UTC days (demo: a sample account). * today so "
        "far: $4.48, live as of 14:09 UTC; not in the total. Spend is credits; $3.90 BYOK is apart. Source: "
        "OpenRouter's /activity, asked with OPENROUTER_MGMT_KEY, as of 2026-11-20 14:09 UTC."
    )
    assert "claude-sonnet-4.5 $79.13 (59%)" in shown.sections["days"]
    assert "4 more models $3.39 (3%)" in shown.sections["days"]
    bars = [line for line in shown.pictures["days"] if line.startswith("2026-")]
    assert len(bars) == 31
    assert bars[-1].startswith("2026-11-20: $4.48* claude-sonnet-4.5 $2.65 gpt-5.1 $1.04")
    assert shown.pictures["days"][-1] == "today*"


def test_the_tables_have_the_figures_of_the_reports(skill):
    shown = page(skill, "--demo")
    models, keys = shown.tables["models"], shown.tables["keys"]
    assert models[1] == [
        *("claude-sonnet-4.5", "$79.13", "59%", "$0.00", "1369", "$0.0578", "$3.42", "55%", "22M", "787k")
    ]
    assert [row[:2] for row in models[-3:]] == [["Total", "$133.53"], ["Today*", "$4.48"], ["With today*", "$138.01"]]
    assert shown.sections["models"][1] == (
        "Spend by model, all keys; 2026-10-21 to 2026-11-19, 30 completed UTC days: $133.53 + $3.90 BYOK"
    )
    assert keys[1] == [
        *("agent", "$3.02", "$18.66", "$63.11", "$90.00", "67%", "$3.90", "2025"),
        *("$80/mo", "$16.89", "2026-11-20", "expires in 9d"),
    ]
    assert [row[0] for row in keys[2:]] == ["notebook", "ci", "old laptop", "Total"]
    assert shown.sections["models"][2].endswith(
        "Source: OpenRouter's /activity, asked with OPENROUTER_MGMT_KEY, as of 2026-11-20 14:09 UTC."
    )


def test_forecast_and_findings_are_those_of_their_commands(skill):
    shown = page(skill, "--demo")
    assert shown.sections["forecast"][1:5] == [
        "Key limit",
        "$16.89 left, ~5.1 days, to Nov 25 (80%: Nov 24 to Nov 27) at $3.27/day",
        "Balance",
        "$41.36 left, ~9.1 days, to Nov 29 (80%: Nov 26 to Dec 2) at $4.86/day",
    ]
    assert "This key expires in 9 days (Nov 29)" in shown.sections["forecast"]
    assert shown.sections["findings"][2:5] == [
        "$1.10",
        "was spent on mistral-medium-3.1 (key notebook), which may be removed after Dec 15 (in 25 days); last used on "
        "Nov 19.",
        "Next: choose what takes its place: https://openrouter.ai/mistralai/mistral-medium-3.1",
    ]


def test_a_budget_stands_in_the_summary(skill, fake):
    skill.env["OPENROUTER_MONTHLY_BUDGET"] = "50"
    lines = page(skill.ask(fake, "agent", "admin")).sections["summary"]
    assert "Critical: Budget, all keys: $92.00 of $50.00, passed on Nov 10, ~$150 by Nov 30" in lines


def test_the_machines_own_day_is_told_where_it_is_another(skill, fake):
    skill.env["TZ"] = "Asia/Tokyo"
    lines = page(skill.ask(fake, "agent", "admin")).sections["summary"]
    assert lines[-1] == "Today, your time (all keys): $5.10* (since 00:00 JST)"


def test_what_needs_doing_stands_out_by_its_words_too(skill, serve):
    account = limited(steady("2.10"), 20, 1.5, "monthly")
    account.key("agent").expires_at = days_from_now(2)
    shown = page(skill.ask(serve(account), "agent", "admin"))
    assert shown.sections["summary"][1:4] == [
        "Lasts: ~0.4 days (Nov 20) at $4.00/day, then the key limit blocks",
        "Critical: Key limit blocks in ~0.4 days until its reset (Dec 1)",
        "Warning: Key expires in 2 days (Nov 22)",
    ]
    assert [one["class"] for one in shown.named("p") if one.get("class") in ("warning", "critical")] == [
        "critical",
        "warning",
    ]


# The bars


def test_a_day_that_dwarfs_the_others_is_cut_and_says_its_amount(skill, serve):
    account = steady("500")
    account.events.append(event("11-11", "agent", "a/dear-model", "P", "300.00"))
    shown = page(skill.ask(serve(account), "agent", "admin"))
    assert "$304.00" in shown.pictures["days"]
    assert shown.pictures["days"][:5] == ["$0", "$1", "$2", "$3", "$4"]
    assert [one["class"] for one in shown.named("rect") if one.get("class") == "gap"] == ["gap"]


def test_a_refund_makes_no_bar_higher_than_its_day(skill, serve):
    account = steady("500")
    account.events += [event("11-11", "agent", "a/dear", "P", "300"), event("11-11", "agent", "a/back", "P", "-300")]
    account.events += [event("11-12", "agent", "a/back", "P", "-50")]
    shown = page(skill.ask(serve(account), "agent", "admin"))
    bars = [one for one in shown.named("rect") if (one.get("class") or "").startswith("s") and "y" in one]
    assert min(float(one["y"]) for one in bars) == 28
    assert max(float(one["y"]) + float(one["height"]) for one in bars) == 228
    assert ["2026-11-12", "-$46.00"] in [row[:2] for row in shown.tables["days"]]


def test_amounts_of_days_that_are_cut_are_not_in_each_others_way(skill, serve):
    account = steady("500")
    account.events += [event(day, "agent", "a/m", "P", usd) for day, usd in (("11-11", "300"), ("11-12", "200"))]
    account.events.append(event("10-24", "agent", "a/m", "P", "100"))
    shown = page(skill.ask(serve(account), "agent", "admin"))
    assert [one for one in shown.pictures["days"] if one in ("$304.00", "$204.00", "$104.00")] == ["$104.00", "$304.00"]
    assert any("Cut: Oct 24 $104.00, Nov 11 $304.00, Nov 12 $204.00" in line for line in shown.sections["days"])


def test_a_day_that_nobody_knows_is_no_day_without_spend(skill, fake):
    skill.remembers = True
    written(skill.ask(fake, "agent", "admin"))
    shown = page(later(skill, fake, days=3), "--offline")
    rows = {row[0]: row[1:3] for row in shown.tables["days"]}
    assert rows["2026-11-18"] == ["$10.48", "$0.00"]
    assert rows["2026-11-19"] == ["$0.00", "$0.00"]
    assert rows["2026-11-21"] == rows["2026-11-22"] == ["?", "?"]
    assert "2026-11-22: unknown (the day is not known)" in shown.pictures["days"]
    assert len([one for one in shown.named("rect") if one.get("class") == "unknown"]) == 3


def test_a_model_is_not_called_unused_on_a_day_that_is_not_broken_down(skill, fake):
    fake.edit("/activity", lambda rows: [row for row in rows if row["date"] < "2026-11-17"])
    rows = page(skill.ask(fake, "agent", "admin")).tables["days"]
    assert [rows[0], *rows[-5:-2]] == [
        ["Day", "Spend", "gpt-5.1", "claude-sonnet-4.5", "not broken down"],
        ["2026-11-16", "$5.00", "$5.00", "$0.00", "$0.00"],
        ["2026-11-17", "$0.82", "?", "?", "$0.82"],
        ["2026-11-18", "$10.48", "?", "?", "$10.48"],
    ]


def test_where_nothing_was_spent_there_are_no_bars_but_the_days(skill, serve):
    account = Account([FakeKey("agent"), FakeKey("admin", management=True)], [], purchased=10)
    shown = page(skill.ask(serve(account), "agent", "admin"))
    assert shown.sections["days"][1:3] == ["$0.00 in 30 days", "The days as a table"]
    assert "days" not in shown.pictures
    assert shown.tables["days"][1] == ["2026-10-21", "$0.00"]


def test_a_first_day_is_told_and_is_no_part_of_nothing(skill, serve):
    account = Account(
        [FakeKey("agent"), FakeKey("admin", management=True)], [event("11-20", "agent", "a/m", "P", "1")], 9
    )
    shown = page(skill.ask(serve(account), "agent", "admin"))
    assert shown.sections["days"][1] == "$0.00 in 30 days, $1.00* today so far"
    assert "m-20260801 $0.00" in shown.sections["days"]


# What it cannot say


def test_a_regular_key_alone_is_told_what_it_can_be_and_what_the_rest_needs(skill, fake):
    shown = page(skill.ask(fake, "agent"))
    assert list(shown.sections)[2:] == ["summary", "forecast", "findings", "missing", "footer"]
    assert shown.sections["summary"][2:5] == ["Today Fri, Nov 20", "$3.42* this key", "$0.30* BYOK, this key"]
    assert shown.sections["summary"][-1] == f"All keys: unknown (needs a management key; {MANAGEMENT})"
    why = f"this is of the whole account: it needs a management key; {MANAGEMENT}"
    assert shown.sections["missing"] == [
        "What is not known",
        "Spend by day, Spend by model, Keys and their limits",
        why,
    ]


def test_a_management_key_alone_has_all_but_a_key_of_its_own(skill, fake):
    shown = page(skill.ask(fake, None, "admin"))
    assert shown.sections["summary"][2:6] == [
        *("Today Fri, Nov 20", "$5.10* all keys", "$0.30* BYOK, all keys", "This week since Mon, Nov 16")
    ]
    assert "this key" not in " ".join(shown.sections["summary"])
    assert "missing" not in shown.sections


def test_a_part_that_fails_costs_no_other(skill, fake):
    for path in ("/auth/key", "/key", "/credits", "/analytics/query", "/workspaces", "/keys", "/models"):
        fake.fault(path, status=503)
    shown = page(skill.ask(fake, "agent", "admin"))
    failing = "OpenRouter is failing (HTTP 503); try again; if it lasts, look at https://status.openrouter.ai"
    assert shown.sections["summary"][1:3] == ["Today Fri, Nov 20", "unknown all keys"]
    assert shown.sections["summary"][-1] == f"All keys, this key, Balance: unknown ({failing})"
    assert [row[:2] for row in shown.tables["models"]][-1] == ["Total", "$186.90"]
    assert shown.sections["missing"] == ["What is not known", "Keys and their limits", failing]


def test_where_nothing_is_known_there_is_no_file(skill, fake):
    fake.fault_everywhere(status=503)
    printed = skill.ask(fake, "agent", "admin").run("dashboard", "--output", "usage.html")
    assert (printed.code, printed.out) == (4, "")
    assert printed.err.startswith("Error: OpenRouter is failing (HTTP 503)\nNext: ")
    assert os.listdir(skill.cwd) == []


def test_without_a_key_it_fails_as_usual_and_there_is_no_file(skill):
    printed = skill.run("dashboard", "--output", "usage.html")
    assert (printed.code, printed.out) == (3, "")
    assert printed.err.startswith("Error: no OpenRouter key was found")
    assert os.listdir(skill.cwd) == []


def test_remembered_figures_say_how_old_they_are(skill, fake):
    skill.remembers = True
    written(skill.ask(fake, "agent", "admin"))
    shown = page(later(skill, fake, hours=2), "--offline")
    assert "$5.10* all keys, as of 14:09 UTC" in shown.sections["summary"]
    assert "$38.75 of $300.00 purchased, as of 14:09 UTC" in shown.sections["summary"]
    assert shown.sections["footer"][0] == "Note: nobody was asked (--offline): all figures are remembered ones"
    assert str(shown.sections).count("nobody was asked") == 1


def test_json_has_the_path_and_what_is_missing(skill, fake):
    told = skill.ask(fake, "agent").json("dashboard", "--output", "usage.html")
    assert list(told) == ["schema", "command", "as_of", "demo", "path", "notes"]
    assert told["path"] == str(skill.cwd / "usage.html")
    assert (told["command"], told["demo"]) == ("dashboard", False)
    assert [(note["code"], note["message"].split(":")[0]) for note in told["notes"]] == [
        ("needs_management_key", "by_day"),
        ("needs_management_key", "by_model"),
        ("needs_management_key", "by_key"),
    ]


# Several accounts


def test_two_accounts_of_one_profile_have_a_summary_each(skill, serve):
    other = Account([FakeKey("k"), FakeKey("boss", management=True)], [event("11-20", "k", "x/m", "P", "7")], 70)
    other.creator, other.organization = "another", "another"
    shown = page(skill.ask(serve(house(), other), "agent", "boss"))
    assert shown.sections["summary-1"][0] == "Summary: key of OPENROUTER_API_KEY"
    assert shown.sections["summary-2"][0] == "Summary: account of OPENROUTER_MGMT_KEY"
    assert [shown.sections[one][0] for one in ("days", "models", "keys", "findings")] == [
        f"{part}: account of OPENROUTER_MGMT_KEY"
        for part in ("Spend by day", "Spend by model", "Keys and their limits", "Findings")
    ]
    assert "$3.42* this key" in shown.sections["summary-1"]
    assert "$7.00* all keys" in shown.sections["summary-2"]
    assert "Note: the keys belong to two accounts: two blocks, and nothing is added up" in shown.sections["footer"]


def test_each_profile_has_a_section_and_one_that_fails_costs_its_own(skill, serve):
    other = steady("55")
    for key in other.keys:
        key.name = f"{key.name} at work"
    other.events = [replace(one, key=f"{one.key} at work") for one in other.events]
    fake = serve(house(), other)
    folder = skill.home / ".config" / "openrouter-usage"
    write(folder / "credentials.work.env", credentials_of(fake, other.key("agent at work").text))
    write(folder / "credentials.gone.env", credentials_of(fake, FakeKey("gone").text))
    shown = page(skill.ask(fake, "agent", "admin"), "--all-profiles")
    assert shown.sections["header"][3:] == ["All profiles together", "default", "gone", "work"]
    assert [shown.sections[f"profile-{number}"] for number in (1, 2, 3)] == [["default"], ["gone"], ["work"]]
    assert "$5.10* all keys" in shown.sections["profile-1-summary"]
    assert "$0.00* this key" in shown.sections["profile-3-summary"]
    assert shown.sections["profile-2-missing"][2].startswith("OpenRouter refused OPENROUTER_API_KEY (HTTP 401)")
    assert shown.sections["total"][1:3] == ["Today Fri, Nov 20", "unknown all accounts"]
    assert shown.sections["total"][-1].startswith("Today, This week, This month, Balance: unknown (gone: OpenRouter")


# What is not in it


def test_it_holds_no_script_asks_nobody_and_is_styled_by_itself_alone(skill):
    shown = page(skill, "--demo")
    attributes = {name for _, named in shown.elements for name in named}
    assert {tag for tag, _ in shown.elements} & {"script", "link", "img", "iframe", "object", "base", "form"} == set()
    assert [name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset", "action")] == []
    assert {one["href"][0] for one in shown.named("a")} == {"#"}
    digest = b64encode(hashlib.sha256(shown.style.encode()).digest()).decode()
    assert shown.named("meta")[1] == {
        "http-equiv": "Content-Security-Policy",
        "content": f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    }
    assert "url(" not in shown.style and "@import" not in shown.style


def hostile_account():
    account = house()
    account.keys += [FakeKey(f"hostile-{number}", called=name) for number, name in enumerate(HOSTILE)]
    for number, name in enumerate(HOSTILE):
        account.events.append(event(f"11-{11 + number}", f"hostile-{number}", f"evil/{name}", "P", "20.00"))
    return account


def test_hostile_names_are_text(skill, serve):
    shown = page(skill.ask(serve(hostile_account()), "agent", "admin"))
    assert {row[0] for row in shown.tables["keys"]} >= HOSTILE_SHOWN
    assert {tag for tag, _ in shown.elements} & {"script", "img", "b onclick"} == set()
    assert len(shown.named("title")) == 1 + 31
    assert len(shown.named("h1")) == 1
    assert "evil" not in str(shown.named("a"))


def test_it_holds_no_secret_no_label_and_no_hash(skill, fake, account):
    html = written(skill.ask(fake, "agent", "admin"))
    for key in account.keys:
        for secret in (key.text, key.text[-12:], key.label, key.hash, key.hash[:8]):
            assert secret not in html


def test_redacted_it_holds_no_names_of_keys(skill, serve):
    account = limited(house(), 20, 1.5, "monthly")
    for key, name in zip(account.keys, ("Alice's laptop", "Bob's server", "The boss")):
        key.called = name
    html = written(skill.ask(serve(account), "agent", "admin"), "--redact")
    assert re.findall("Alice|Bob|boss", html) == []
    assert [row[0] for row in read(html).tables["keys"]] == ["Key", "key 1", "key 2", "Total"]


# Large accounts


def test_the_dearest_are_open_and_the_others_folded_with_their_sum(skill, serve):
    account = house()
    account.keys += [FakeKey(f"many-{number:03}") for number in range(40)]
    for number in range(40):
        account.events.append(event("11-12", f"many-{number:03}", f"many/model-{number:03}", "P", "1.50"))
    account.purchased = 1000
    shown = page(skill.ask(serve(account), "agent", "admin"))
    assert "30 more keys: $45.00" in shown.sections["keys"]
    assert "32 more models: $46.50" in shown.sections["models"]
    names = [row[0] for row in shown.tables["keys"]]
    assert names[:3] == ["Key", "agent", "second"]
    assert names[13:15] == ["Total", "Key"]
    assert sorted(names[3:13] + names[15:]) == [f"many-{number:03}" for number in range(40)]
    assert ["Total", "$246.90"] in [row[:2] for row in shown.tables["models"]]


def test_each_question_is_asked_once(skill, fake):
    page(skill.ask(fake, "agent", "admin"))
    asked = [json.dumps([one.path, one.params, one.key, one.body], sort_keys=True, default=str) for one in fake.asked]
    assert sorted(set(asked)) == sorted(asked)


# The file


def test_without_the_name_of_a_file_it_says_how_to_name_one(skill):
    printed = skill.run("dashboard", "--demo")
    assert (printed.code, printed.out) == (2, "")
    assert printed.err == (
        "Error: dashboard writes a file, and --output does not name it\nNext: `dashboard --output usage.html`\n"
    )


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("", "argument --output: must name a file"),
        ("no/such/folder.html", "--output cannot be written: there is no such folder"),
        (".", "--output cannot be written: it is a folder"),
        ("/dev/null", "--output cannot be written: it is no regular file"),
    ],
)
def test_a_file_that_cannot_be_written_is_said_before_anything_is_asked(skill, fake, place, why):
    printed = skill.ask(fake, "agent", "admin").run("dashboard", "--output", place)
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.startswith(f"Error: {why}\nNext: ")
    assert fake.asked == []


def test_a_file_is_replaced_whole(skill):
    target = skill.cwd / "usage.html"
    target.write_text("old")
    before = target.stat().st_ino
    written(skill, "--demo")
    assert target.stat().st_ino != before
    assert os.listdir(skill.cwd) == ["usage.html"]
    assert stat.S_ISREG(target.stat().st_mode)


def test_a_file_that_is_replaced_keeps_who_may_read_it(skill):
    target = skill.cwd / "usage.html"
    for mode in (0o600, 0o640, 0o400, 0o644):
        target.touch()
        target.chmod(mode)
        written(skill, "--demo")
        assert stat.S_IMODE(target.stat().st_mode) == mode
