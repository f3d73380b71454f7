"""How far a report reaches: older days by analytics, filters of its questions, and answers that it cuts."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from conftest import NOW, event, house, later
from fake_openrouter import Account, Event, FakeKey
from fleet import ago, assert_true, truth

# Days before those of /activity


def rows_asked(fake):
    """The questions to analytics about rows; one without dimensions is about the account's days."""
    return [asked.body for asked in fake.asked if asked.path == "/analytics/query" and "dimensions" in asked.body]


def queries(fake):
    """The questions to analytics about rows of completed days."""
    return [body for body in rows_asked(fake) if not body["time_range"]["start"].startswith(f"{NOW:%Y-%m-%d}")]


@pytest.mark.parametrize("by", ["model", "date", "date,model"])
def test_models_and_dates_reach_back_a_year_through_analytics(skill, serve, big, by):
    fake = serve(big)
    document = skill.ask(fake, mgmt="admin").json("report", "--by", by, "--days", "100")
    idle = [(ago(day).isoformat(),) for day in range(45, 101)] if by == "date" else []
    assert_true(document, truth(big, tuple(by.split(",")), ago(100), ago(1)), idle=idle)
    assert (document["source"], document["known_days"], document["remembered"]) == ("activity", 100, None)
    assert document["by_analytics"] == {"from": "2026-08-12", "to": "2026-10-20"}
    (question,) = queries(fake)
    assert question["time_range"] == {"start": "2026-08-12T00:00:00Z", "end": "2026-10-21T00:00:00Z"}
    line = "By /analytics/query, for /activity tells them no more: 2026-08-12 to 2026-10-20"
    assert line in skill.lines("report", "--by", by, "--days", "100")


def test_the_whole_of_its_reach_is_367_days_with_today(skill, serve, account):
    account.events.append(Event(NOW - timedelta(days=366), "agent", "v/old", "P", Decimal(3)))
    document = skill.ask(serve(account), mgmt="admin").json("report", "--days", "367")
    assert (document["known_days"], document["by_analytics"]["from"]) == (366, "2025-11-19")
    assert [row["usd"] for row in document["rows"] if row["model"].startswith("v/old")] == [3]
    assert document["notes"][0]["message"] == (
        "not in it: 2025-11-18; OpenRouter's analytics reaches back to 2025-11-19 by model; they are not remembered"
    )


@pytest.mark.parametrize("options", [[], ["--by", "provider", "--days", "60"], ["--days", "30", "--by", "date"]])
def test_where_it_is_not_needed_analytics_is_asked_about_today_alone(skill, fake, options):
    skill.ask(fake, mgmt="admin").run("report", *options)
    assert (len(rows_asked(fake)), queries(fake)) == (1, [])


@pytest.mark.parametrize(("passed", "asked"), [(30, None), (32, ("2026-11-20", "2026-11-21"))])
def test_days_that_are_remembered_are_not_asked_for(skill, serve, account, passed, asked):
    fake = serve(account)
    skill.ask(fake, mgmt="admin").remembers = True
    skill.run("report")
    later(skill, fake, days=passed)
    account.events.append(event("11-20", "agent", "v/late", "P", "2.00", permaslug="v/late-1"))
    document = skill.json("report", "--from", "2026-10-21")
    assert len(rows_asked(fake)) == (2 if asked else 1)
    assert document["by_analytics"] == (dict(zip(("from", "to"), asked)) if asked else None)
    assert document["remembered"] == {"from": "2026-10-21", "to": "2026-11-19"}
    assert document["known_days"] == passed + 30
    assert document["total"]["usd"] == Decimal("194.00")  # with $5.10 of the day that was today


def test_older_days_alone_are_asked_of_analytics(skill, fake):
    march = ["--from", "2026-03-01", "--to", "2026-03-31"]
    document = skill.ask(fake, mgmt="admin").json("report", *march, "--by", "date", "--no-credits")
    assert (document["total"]["usd"], document["known_days"]) == (Decimal("69.25"), 31)
    assert fake.paths() == ["admin /analytics/query"]
    fake.asked.clear()
    rows = skill.json("report", *march, "--no-credits")["rows"]
    assert [(row["model"], row["usd"]) for row in rows] == [("openai/gpt-5.1", Decimal("69.25"))]
    assert fake.paths() == ["admin /activity", "admin /analytics/query", "admin /auth/key"]


def test_older_days_are_called_by_the_models_own_names_or_said_to_be_not(skill, serve, account):
    account.events.append(
        event("09-01", "agent", "openai/gpt-5.1", "OpenAI", "7.00", permaslug="openai/gpt-5.1-20260601")
    )
    document = skill.ask(serve(account), mgmt="admin").json("report", "--days", "300")
    usd = {row["model"]: row["usd"] for row in document["rows"]}
    assert usd["openai/gpt-5.1"] == Decimal("217.4191044480")  # $148.169... of /activity's days, and $69.25
    assert usd["openai/gpt-5.1-20260601"] == 7
    assert [note["code"] for note in document["notes"]] == ["permaslugs"]
    assert document["notes"][0]["message"].endswith("or several: openai/gpt-5.1-20260601")


def test_a_pattern_is_compared_with_the_names_on_older_days_too(skill, serve, big):
    options = ["--by", "date", "--model", "vendor1/*", "--days", "44"]
    document = skill.ask(serve(big), mgmt="admin").json("report", *options)
    assert_true(document, truth(big, ("date",), ago(44), ago(1), lambda one: one.model.startswith("vendor1/")))


def test_where_analytics_fails_the_older_days_are_missing_with_the_reason(skill, fake):
    fake.fault("/analytics/query", status=400, body="{}")
    document = skill.ask(fake, mgmt="admin").json("report", "--days", "40")
    assert (document["total"]["usd"], document["known_days"]) == (Decimal("186.90"), 30)
    assert document["notes"][0] == {
        "code": "days_missing",
        "message": "not in it: 2026-10-11 to 2026-10-20; OpenRouter's analytics, which has them, cannot be had "
        "(OpenRouter does not take the question (HTTP 400))",
    }
    alone = skill.run("report", "--date", "2026-10-11")
    assert (alone.code, alone.err.splitlines()[0]) == (4, "Error: OpenRouter does not take the question (HTTP 400)")


def test_where_analytics_has_no_row_at_all_older_days_are_not_zero(skill, fake):
    fake.source("/analytics/query", "empty")
    document = skill.ask(fake, mgmt="admin").json("report", "--days", "40")
    assert (document["total"]["usd"], document["known_days"], document["by_analytics"]) == (Decimal("186.90"), 30, None)
    assert {"code": "days_missing", "message": NO_ROWS} in document["notes"]
    for by in ("model", "date", "key", "app,user"):
        printed = skill.run("report", "--by", by, "--from", "2026-03-01", "--to", "2026-03-31")
        assert (printed.code, printed.out) == (4, "")
        assert printed.err.startswith("Error: OpenRouter's analytics has no row of what was spent\n")


NO_ROWS = "not in it: 2026-10-11 to 2026-10-20; OpenRouter's analytics has no row of what was spent"


def test_days_without_use_are_zero_where_analytics_has_others(skill, fake):
    days = ["--from", "2026-04-01", "--to", "2026-04-30"]
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "date", *days)
    assert (document["total"]["usd"], document["known_days"]) == (0, 30)
    assert skill.json("report", "--by", "app", *days)["total"]["usd"] == 0


def test_a_regular_key_is_told_no_older_days(skill, fake):
    printed = skill.ask(fake, "agent").run("report", "--date", "2026-03-02")
    assert (printed.code, printed.err.splitlines()[0]) == (
        3,
        "Error: this is of the whole account: it needs a management key",
    )


# Filters


def asked_filters(fake):
    """The dimensions and filters of the questions to analytics, each once."""
    return [(body["dimensions"], body.get("filters")) for body in rows_asked(fake)]


@pytest.mark.parametrize("by", ["app,user", "model,provider", "app", "model", "date,model", "hour,user", "key"])
def test_a_listed_key_is_a_filter_that_leaves_two_dimensions_free(skill, serve, big, by):
    fake = serve(big)
    document = skill.ask(fake, mgmt="admin").json("report", "--by", by, "--key", "key-3")
    dimensions = tuple(by.split(","))
    assert_true(document, truth(big, dimensions, ago(30), ago(1), lambda one: one.key == "key-3"))
    chosen = {"field": "api_key_id", "operator": "eq", "value": big.key("key-3").hash}
    columns = ["api_key_id" if one == "key" else one for one in dimensions if one not in ("date", "hour")]
    assert asked_filters(fake) == [(columns, [chosen])] * (1 if by == "key" else 2)
    assert document["only"] == {"key": "key-3"}


def same_name():
    """Two listed keys and a deleted one, all called alike."""
    account = house()
    account.key("agent").called = account.key("second").called = "shared"
    account.key("second").created_at = "2026-02-03T04:05:06Z"
    account.keys.append(FakeKey("gone", called="shared", deleted=True))
    account.events.append(event("11-18", "gone", "v/m", "P", "9.00"))
    return account


def test_keys_of_one_name_are_told_apart_by_their_hash(skill, serve):
    account = same_name()
    skill.ask(serve(account), mgmt="admin")
    for name, usd, today in (("agent", "157.83", "3.42"), ("second", "29.07", "1.68")):
        beginning = account.key(name).hash[:8]
        document = skill.json("report", "--by", "model", "--key", beginning.upper())
        assert (document["total"]["usd"], document["today"]["total"]["usd"]) == (Decimal(usd), Decimal(today))
        (row,) = skill.json("report", "--by", "key", "--key", beginning)["rows"]
        assert (row["key"], row["keys"], row["usd"], row["today_usd"]) == ("shared", 1, Decimal(usd), Decimal(today))


def test_a_name_of_several_keys_takes_them_together_and_says_how_to_have_one(skill, serve):
    account = same_name()
    document = skill.ask(serve(account), mgmt="admin").json("report", "--key", "shared", "--by", "app")
    assert document["total"]["usd"] == Decimal("195.90")
    hashes = [account.key(name).hash[:8] for name in ("agent", "second")]
    assert document["notes"] == [
        {
            "code": "same_name",
            "message": f"2 keys are called so, and taken together; one alone: --key {hashes[0]} (created 2026-01-01), "
            f"--key {hashes[1]} (created 2026-02-03)",
        }
    ]


def test_a_listed_key_is_not_taken_for_a_deleted_one_of_its_name(skill, serve):
    account = same_name()
    account.key("second").called = "second"
    document = skill.ask(serve(account), mgmt="admin").json("report", "--key", "shared", "--by", "app")
    assert (document["total"]["usd"], document["notes"]) == (Decimal("157.83"), [])


@pytest.mark.parametrize("name", ["gone", "Chatroom"])
def test_a_key_that_is_not_listed_is_matched_on_the_rows(skill, serve, account, name):
    account.keys.append(FakeKey("gone", deleted=True))
    account.events.append(event("11-18", "gone" if name == "gone" else None, "v/m", "P", "9.00"))
    fake = serve(account)
    document = skill.ask(fake, mgmt="admin").json("report", "--key", name, "--by", "model")
    assert document["total"]["usd"] == 9
    assert asked_filters(fake) == [(["model", "api_key_id"], None)] * 2
    printed = skill.run("report", "--key", name, "--by", "app,user")
    assert (printed.code, printed.err.splitlines()[0]) == (
        2,
        "Error: OpenRouter groups by two of these at most: app, user, key (a filter counts too, but for --provider, "
        "ids, one model and one listed key)",
    )


def test_a_key_of_another_case_may_be_a_deleted_one(skill, serve, account):
    account.keys.append(FakeKey("AGENT", deleted=True))
    account.events.append(event("11-18", "AGENT", "v/m", "P", "9.00"))
    skill.ask(serve(account), mgmt="admin")
    for name, usd in (("AGENT", "9"), ("agent", "157.83"), ("Agent", "166.83")):
        assert skill.json("report", "--key", name)["total"]["usd"] == Decimal(usd)
    assert skill.json("report", "--key", "Second", "--by", "app,user")["total"]["usd"] == Decimal("29.07")


def test_without_the_key_list_keys_are_matched_on_the_rows(skill, fake):
    fake.fault("/keys", status=400, body="{}")
    skill.ask(fake, mgmt="admin")
    assert skill.json("report", "--key", "agent")["total"]["usd"] == Decimal("157.83")
    printed = skill.run("report", "--key", "agent", "--by", "app,user")
    assert (printed.code, printed.err.splitlines()[0]) == (4, "Error: OpenRouter does not take the question (HTTP 400)")


def test_a_silent_key_list_does_not_cost_the_spend(skill, fake):
    fake.fault("/keys", how="silence")
    document = skill.ask(fake, mgmt="admin").json("report", "--key", "agent", "--timeout", "4")
    assert document["total"]["usd"] == Decimal("157.83")


def test_a_hash_that_openrouter_does_not_know_is_no_filter(skill, serve, account):
    fake = serve(account)
    fake.edit("/keys", lambda rows: [{**row, "hash": f"{number}" * 64} for number, row in enumerate(rows)])
    document = skill.ask(fake, mgmt="admin").json("report", "--key", "agent")
    assert (document["total"]["usd"], document["today"]["total"]["usd"]) == (Decimal("157.83"), Decimal("3.42"))
    assert document["notes"] == []
    printed = skill.run("report", "--key", "agent", "--by", "app,user")
    assert (printed.code, printed.err.splitlines()[0]) == (4, "Error: OpenRouter does not know the key by its hash")


def test_one_model_is_a_filter_where_there_is_one_dimension_too_many(skill, serve, big):
    fake = serve(big)
    for glob in ("vendor1/model-1", "MODEL-1"):
        fake.asked.clear()
        document = skill.ask(fake, mgmt="admin").json("report", "--by", "app,user", "--model", glob)
        assert_true(document, truth(big, ("app", "user"), ago(30), ago(1), lambda one: one.model == "vendor1/model-1"))
        versions = ["vendor1/model-1-20260801", "vendor1/model-1-20260915"]
        only = {"field": "model", "operator": "in", "value": versions}
        assert asked_filters(fake) == [(["app", "user"], [only])] * 2
        assert document["notes"] == []


def test_one_key_and_one_model_leave_two_dimensions_free(skill, serve, big):
    options = ["--by", "workspace,app", "--key", "key-3", "--model", "vendor1/model-1"]
    document = skill.ask(serve(big), mgmt="admin").json("report", *options)
    chosen = truth(
        big,
        ("workspace", "app"),
        ago(30),
        ago(1),
        lambda one: (one.key, one.model) == ("key-3", "vendor1/model-1"),
    )
    assert_true(document, chosen)


def test_a_pattern_goes_with_one_key_and_one_dimension(skill, serve, big):
    document = skill.ask(serve(big), mgmt="admin").json(
        "report", "--by", "app", "--key", "key-3", "--model", "vendor1/*"
    )
    chosen = truth(big, ("app",), ago(30), ago(1), lambda one: one.key == "key-3" and one.model.startswith("vendor1/"))
    assert_true(document, chosen)


def test_versions_that_nobody_named_are_said_to_lack(skill, serve, account):
    options = ["--by", "app,user", "--days", "300", "--model", "openai/gpt-5.1"]
    document = skill.ask(serve(account), mgmt="admin").json("report", *options)
    assert document["total"]["usd"] == Decimal("217.419104448")
    assert document["notes"] == [
        {
            "code": "versions",
            "message": "--model is told by these versions, and others that /activity never named are not in it: "
            "openai/gpt-5.1-20260801",
        }
    ]


@pytest.mark.parametrize("model", ["gpt-9", "v/m", "v/m:free"])
def test_what_is_not_one_model_is_no_filter(skill, serve, account, model):
    account.events += [
        event("11-18", "agent", name, "P", usd, permaslug="v/m-1") for name, usd in (("v/m", "1"), ("v/m:free", "0"))
    ]
    printed = skill.ask(serve(account), mgmt="admin").run("report", "--by", "app,user", "--model", model)
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.startswith("Error: OpenRouter groups by two of these at most: app, user, model (a filter")


def test_a_version_is_a_filter_by_its_own_name(skill, serve, account):
    account.events += [
        event("11-18", "agent", name, "P", usd, permaslug="v/m-1") for name, usd in (("v/m", "1"), ("v/m:free", "0"))
    ]
    document = skill.ask(serve(account), mgmt="admin").json("report", "--by", "app,user", "--model", "v/m-1")
    assert document["total"]["usd"] == 1


# Answers that are cut


def crowd(days, models):
    """An account that used so many models on each of its last days, a dollar each."""
    keys = [FakeKey("agent"), FakeKey("admin", management=True)]
    noon = NOW.replace(hour=12, minute=0)
    events = [
        Event(noon - timedelta(days=day), "agent", f"v/m-{number}", "P", Decimal(1), app=f"app {number}")
        for day in range(1, days + 1)
        for number in range(models)
    ]
    return Account(keys, events)


def at_most(fake, most):
    """Makes analytics answer no more rows than that, but for the account's days."""

    def cut(data):
        if not any({"app", "model"} & set(row) for row in data["data"]):
            return data
        data["metadata"]["truncated"] = len(data["data"]) > most
        data["data"] = data["data"][:most]
        return data

    fake.edit("/analytics/query", cut)


def spans(fake):
    """The days at which the ranges of the questions begin and end."""
    ranges = [body["time_range"] for body in queries(fake)]
    return [(one["start"][:10], one["end"][:10]) for one in ranges]


def test_an_answer_that_is_cut_is_asked_again_in_halves(skill, serve):
    account = crowd(days=8, models=10)
    fake = serve(account)
    at_most(fake, 40)
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "date,app", "--days", "8")
    assert_true(document, truth(account, ("date", "app"), ago(8), ago(1)))
    assert document["notes"] == []
    assert sorted(spans(fake)) == [
        ("2026-11-12", "2026-11-16"),
        ("2026-11-12", "2026-11-20"),
        ("2026-11-16", "2026-11-20"),
    ]


def test_what_was_used_at_midnight_is_in_one_half_alone(skill, serve):
    account = crowd(days=8, models=10)
    account.events = [replace(one, at=one.at.replace(hour=0, minute=0, second=0)) for one in account.events]
    fake = serve(account)
    at_most(fake, 40)
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "date,app", "--days", "8")
    assert_true(document, truth(account, ("date", "app"), ago(8), ago(1)))


def test_a_single_day_that_is_cut_stays_partial(skill, serve):
    account = crowd(days=8, models=10)
    account.events += [
        Event(NOW - timedelta(days=3), "agent", "v/m", "P", Decimal(1), app=f"more {number}") for number in range(40)
    ]
    fake = serve(account)
    at_most(fake, 40)
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "date,app", "--days", "8")
    assert (document["total"]["usd"], document["notes"][0]["code"]) == (110, "truncated")
    assert len(queries(fake)) == 7
    assert "Total, at least" in skill.run("report", "--by", "date,app", "--days", "8").out


@pytest.mark.parametrize("by", ["date,app", "app", "date,model"])
def test_no_more_than_16_questions_are_asked(skill, serve, by):
    account = crowd(days=25, models=30)
    fake = serve(account)
    at_most(fake, 7)
    days = ["--from", "2026-06-01", "--to", "2026-06-30"] if by == "date,model" else ["--days", "30"]
    if by == "date,model":
        account.events = [replace(one, at=one.at - timedelta(days=150)) for one in account.events]
    document = skill.ask(fake, mgmt="admin").json("report", "--by", by, *days)
    assert 13 <= len(queries(fake)) <= 16
    assert document["notes"][0]["code"] == "truncated"


def test_where_a_half_is_not_answered_the_cut_answer_stays(skill, serve):
    account = crowd(days=8, models=10)
    fake = serve(account)
    at_most(fake, 40)
    told = fake.answer

    def failing(asked, *owner):
        is_half = asked.path == "/analytics/query" and asked.body["time_range"]["start"].startswith("2026-11-16")
        return (404, None) if is_half else told(asked, *owner)

    fake.answer = failing
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "date,app", "--days", "8")
    assert (document["total"]["usd"], document["notes"][0]["code"]) == (40, "truncated")


def test_older_days_that_are_cut_are_asked_again_in_halves(skill, serve):
    account = crowd(days=8, models=10)
    account.events = [replace(one, at=one.at - timedelta(days=60)) for one in account.events]
    fake = serve(account)
    at_most(fake, 20)
    document = skill.ask(fake, mgmt="admin").json("report", "--from", "2026-09-13", "--to", "2026-09-20")
    assert (document["total"]["usd"], len(document["rows"])) == (80, 10)
    assert [note["code"] for note in document["notes"]] == ["permaslugs"]
    assert len(queries(fake)) == 7


# The last use


def test_a_key_says_when_it_was_used_last(skill, serve):
    account = house()
    account.keys.append(FakeKey("idle"))
    fake = serve(account)
    rows = skill.ask(fake, mgmt="admin").json("report", "--by", "key")["rows"]
    assert {row["key"]: row["last_used_at"] for row in rows} == {
        "agent": "2026-11-20T12:00:00Z",
        "second": "2026-11-20T12:00:00Z",
        "idle": None,
    }
    fake.edit("/keys", lambda rows: [{name: row[name] for name in row if name != "last_used_at"} for row in rows])
    document = skill.json("report", "--by", "key")
    assert document["rows"][0]["last_used_at"] is None
    assert {"code": "not_told", "message": "rows.last_used_at: OpenRouter did not tell last_used_at"} in document[
        "notes"
    ]


def test_the_last_use_of_several_keys_is_the_latest(skill, serve):
    account = house()
    account.key("agent").called = account.key("second").called = "twins"
    fake = serve(account)
    uses = iter(("2026-11-02T00:00:00Z", "2026-11-09T08:07:06.123Z"))
    fake.edit("/keys", lambda rows: [{**row, "last_used_at": next(uses)} for row in rows])
    rows = skill.ask(fake, mgmt="admin").json("report", "--by", "key")["rows"]
    assert rows[0]["last_used_at"] == "2026-11-09T08:07:06Z"
