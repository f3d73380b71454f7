"""No property of the JSON's schema is dead: each is seen in what some command prints."""

import pytest

from accounts import cabin, limited, other_account, spending, steady
from conftest import Skill, credentials_of, event, house, later, write
from fake_openrouter import Account, FakeKey
from json_schema import DEFINITIONS, documents, met, properties, reached


@pytest.fixture
def asked(tmp_path, serve):
    """Makes a skill of its own that asks an account, or several, with these keys."""

    def ask(accounts, api=None, mgmt="admin", **edits):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        skill = Skill(folder)
        skill.fake = serve(*(accounts if isinstance(accounts, list) else [accounts]))
        for path, change in edits.items():
            skill.fake.edit(f"/{path}", change)
        return skill.ask(skill.fake, api, mgmt)

    return ask


def of_summary(asked):
    yield asked(house(), "agent"), ["--budget", "100"]
    yield asked(limited(house(), 100, 40, "monthly"), "agent", activity=before_the_17th), []
    yield asked([house(), other_account(organization="org-two")], "agent", "their-admin"), []
    here = asked(house())
    here.env["TZ"] = "America/Los_Angeles"
    yield here, []
    yield profiles(asked), ["--all-profiles"]


def before_the_17th(rows):
    return [row for row in rows if row["date"] < "2026-11-17"]


def profiles(asked):
    """With the keys of two accounts in the files of two profiles."""
    skill = asked([house(), cabin()], mgmt=None)
    for name, account, key in (("home", 0, "admin"), ("work", 1, "cabin admin")):
        text = credentials_of(skill.fake, skill.fake.accounts[account].key(key).text).replace("API_KEY", "MGMT_KEY")
        write(skill.home / ".config" / "openrouter-usage" / f"credentials.{name}.env", text)
    return skill


def of_report(asked):
    demo = asked(house())
    for by in ("date", "key", "weekday", "week,provider", "month,app", "hour,user", "session,workspace"):
        yield demo, ["--demo", "--by", by, "--days", "7"]
    yield demo, ["--demo", "--by", "external_user,generation", "--days", "7", "--top", "2"]
    yield demo, ["--demo", "--from", "month"]
    yield demo, ["--demo", "--days", "40"]
    yield asked(house(), activity=before_the_17th), []


def of_forecast(asked):
    yield asked(house(), "agent"), []
    yield asked([house(), other_account(organization="org-two")], "agent", "their-admin"), []


def of_why(asked):
    events = [
        event("11-10", "agent", "m", "Dear", "4", requests=10),
        event("11-18", "agent", "m", "Cheap", "1", requests=10),
    ]
    yield asked(Account(house().keys, events)), ["--by", "key"]
    yield asked(house(), "agent", None), ["--month"]
    yield asked(steady("40")), ["--demo"]


def of_check(asked):
    account = limited(house(), 100, 40, "monthly")
    account.keys.append(FakeKey("ci", limit=100, limit_remaining=5))
    yield asked(account, "agent"), ["--demo"]
    yield asked(account, "agent"), ["--warn-limit", "50"]
    yield profiles(asked), ["--all-profiles", "--warn-limit", "50"]


def of_bar(asked):
    unpublished = asked(house(), **{"activity": lambda rows: [], "analytics/query": lambda data: {**data, "data": []}})
    doubled = asked(house(), activity=lambda rows: [{**row, "usage": 2 * row["usage"]} for row in rows])
    spiked = steady("900")
    spiked.events += spending("40", range(1))
    for skill in (unpublished, doubled, asked(spiked)):
        skill.remembers = True
        skill.run("check")
        yield skill, ["--period", "week"]


def of_metrics(asked):
    yield asked(house(), "agent"), []


def of_audit(asked):
    account = house()
    account.keys += [FakeKey("idle"), FakeKey("spare")]
    yield asked(account, "agent"), []


def of_chart(asked):
    for by in ("model", "key", "provider", "app"):
        yield asked(house()), ["--demo", "--by", by]


def of_dashboard(asked):
    yield asked(house()), ["--output", "page.html"]


def of_doctor(asked):
    skill = asked(house(), "agent", activity=lambda rows: [{**row, "usage": 1.1 * row["usage"]} for row in rows])
    yield skill, []
    skill.remembers = True
    skill.run("report")
    yield later(skill, skill.fake, days=40), []
    yield profiles(asked), []


def of_login(asked):
    skill = asked(house(), mgmt=None)
    yield skill, ["--file"]


def of_logout(asked):
    yield asked(house()), ["--file"]


def of_error(asked):
    yield asked(house()), ["--days", "0"]


RUNS = {
    "summary": of_summary,
    "report": of_report,
    "forecast": of_forecast,
    "why": of_why,
    "check": of_check,
    "bar": of_bar,
    "metrics": of_metrics,
    "audit": of_audit,
    "chart": of_chart,
    "dashboard": of_dashboard,
    "doctor": of_doctor,
    "login": of_login,
    "logout": of_logout,
    "error": of_error,
}
"""By each command, or for an error, what prints all of its properties but those that one before it prints."""


@pytest.mark.parametrize("command", RUNS)
def test_every_property_of_a_command_is_seen(asked, command):
    names = list(RUNS)
    before = {name for one in names[: names.index(command)] for name in reached(one)}
    seen = set()
    for skill, arguments in RUNS[command](asked):
        word = [command] if command != "error" else []
        given = skill.fake.accounts[0].key("agent").text if command == "login" else ""
        for document in documents(skill.run(*word, "--json", *arguments, given=given).out):
            seen |= set(met({"$ref": f"#/$defs/{command}"}, document))
    every = {path for name in reached(command) if name not in before for path in properties(DEFINITIONS[name], name)}
    assert sorted(every - seen) == []
