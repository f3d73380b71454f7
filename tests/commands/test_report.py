"""The report against the truth of the account it is of: every dimension, range, pattern and half-known answer."""

import json
import re
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest

from conftest import BARE, GOLDEN, NOW, event, house
from fake_analytics import METRICS
from fake_openrouter import Account, Event, FakeKey
from fleet import FIGURES, ago, assert_true, fleet, of_csv, truth

ONE = [("model",), ("provider",), ("date",), ("key",), ("app",), ("user",), ("workspace",), ("hour",)]
TWO = [
    ("date", "model"),
    ("model", "provider"),
    ("key", "model"),
    ("date", "key"),
    ("app", "user"),
    ("hour", "workspace"),
]


@pytest.mark.parametrize("by", ONE + TWO, ids=",".join)
def test_every_breakdown_is_the_truth(skill, serve, big, by):
    skill.ask(serve(big), mgmt="admin")
    document = skill.json("report", "--by", ",".join(by))
    assert (document["from"], document["to"]) == ("2026-10-21", "2026-11-19")
    assert_true(document, truth(big, by, ago(30), ago(1)), idle=[("key-6",)] if by == ("key",) else [])


@pytest.mark.parametrize("iso", [False, True], ids=["live dates", "documented dates"])
def test_both_forms_of_a_date_are_read(skill, serve, iso):
    account = fleet(seed=3)
    account.iso_dates = iso
    fake = serve(account)

    def other_form(data):
        for row in data["data"]:
            row["created_at__day"] = row.pop("date__day") + ("T00:00:00.000Z" if iso else " 00:00:00")
        return data

    fake.edit("/analytics/query", other_form)
    skill.ask(fake, mgmt="admin")
    for by in (("date",), ("date", "app")):
        assert_true(skill.json("report", "--by", ",".join(by)), truth(account, by, ago(30), ago(1)))


def test_counts_are_read_as_numbers_too_and_null_is_nothing(skill, serve):
    account = house()
    fake = serve(account)

    def as_documented(data):
        for row in data["data"]:
            row.update({name: int(value) for name, value in row.items() if name.endswith(("count", "prompt"))})
            row["reasoning_tokens"] = None
        return data

    fake.edit("/analytics/query", as_documented)
    rows = skill.ask(fake, mgmt="admin").json("report", "--by", "app")["rows"]
    assert [(row["app"], row["requests"], row["prompt_tokens"], row["reasoning_tokens"]) for row in rows] == [
        ("an app", 1497, 9000, 0)
    ]


def test_the_house_by_model(skill, fake):
    printed = skill.ask(fake, "agent", "admin").run("report")
    assert (printed.code, printed.err) == (0, "")
    assert printed.out == (GOLDEN / "report-by-model.txt").read_text(encoding="utf-8")
    twice = ["admin /analytics/query"] * 2
    assert fake.paths() == ["admin /activity", *twice, "admin /auth/key", "admin /credits"]


def test_the_house_by_date(skill, fake):
    printed = skill.ask(fake, mgmt="admin").run("report", "--by", "date", "--days", "5")
    assert printed.out == (GOLDEN / "report-by-date.txt").read_text(encoding="utf-8")


def test_the_fleet_by_key(skill, serve, big):
    printed = skill.ask(serve(big), mgmt="admin").run("report", "--by", "key")
    assert printed.out == (GOLDEN / "report-by-key.txt").read_text(encoding="utf-8")


def test_the_demo_needs_no_package_and_no_network(skill):
    for arguments in (["report"], ["report", "--by", "key"], ["report", "--by", "hour,app", "--days", "2"]):
        printed = skill.run(*arguments, "--demo", "--json", python=BARE)
        assert (printed.code, printed.err) == (0, "")
        assert '"demo": true' in printed.out


@pytest.mark.parametrize("by", ["provider", "key", "app,user", "date", "hour"])
def test_the_demo_tells_one_story_whatever_it_is_split_by(skill, by):
    usd = [skill.json("report", "--demo", "--by", one)["total"]["usd"] for one in ("model", by)]
    assert usd == [Decimal("133.529128")] * 2


# Ranges


RANGES = [
    (["--days", "7"], 7, 1),
    (["--date", "2026-11-19"], 1, 1),
    (["--date", "2026-10-21"], 30, 30),
    (["--from", "2026-11-10"], 10, 1),
    (["--from", "2026-11-01", "--to", "2026-11-15"], 19, 5),
    (["--to", "2026-11-10", "--days", "3"], 12, 10),
]


@pytest.mark.parametrize("by", ["model", "user"])
@pytest.mark.parametrize(
    ("options", "first", "last"), RANGES, ids=lambda it: " ".join(it) if isinstance(it, list) else ""
)
def test_a_range_holds_its_days_and_no_other(skill, serve, big, by, options, first, last):
    document = skill.ask(serve(big), mgmt="admin").json("report", "--by", by, *options)
    assert_true(document, truth(big, (by,), ago(first), ago(last)))
    assert document["notes"] == []


def test_a_day_without_use_is_a_zero_that_was_seen(skill, fake):
    rows = skill.ask(fake, mgmt="admin").json("report", "--by", "date", "--days", "3")["rows"]
    assert [(row["date"], row["usd"]) for row in rows] == [
        ("2026-11-17", Decimal("0.820000000")),
        ("2026-11-18", Decimal("10.48")),
        ("2026-11-19", 0),
    ]


def test_days_that_nobody_knows_are_named_and_not_zero(skill, fake):
    skill.ask(fake, mgmt="admin")
    document = skill.json("report", "--by", "provider,date", "--days", "45")
    assert (document["from"], document["known_days"], len(document["rows"])) == ("2026-10-06", 30, 9)
    missing = (
        "not in it: 2026-10-06 to 2026-10-20; OpenRouter's /activity reaches back to 2026-10-21 by provider and date "
        "(`--by model` or `--by model,key`: a year); they are not remembered"
    )
    assert document["notes"] == [{"code": "days_missing", "message": missing}]
    lines = skill.lines("report", "--by", "provider", "--days", "45")
    assert lines[1] == "2026-10-06 to 2026-11-19, 30 of 45 UTC days known: $186.90 + $4.65 BYOK"
    assert lines[-1] == f"Note: {missing.replace(' and date', '')}"


def test_today_is_in_no_total_of_a_range_that_ends_with_it(skill, fake):
    document = skill.ask(fake, mgmt="admin").json("report", "--from", "2026-11-18", "--to", "2026-11-20")
    assert (document["total"]["usd"], document["today"]["total"]["usd"]) == (Decimal("10.48"), Decimal("5.1"))
    # Of what was used today alone there is no price on the completed days.
    assert {note["code"] for note in document["notes"]} == {"no_tokens", "no_requests"}


def test_analytics_reaches_back_a_year_but_a_month_by_provider(skill, serve, account):
    fake = serve(account)
    skill.ask(fake, mgmt="admin")
    year = skill.json("report", "--by", "key", "--days", "365")
    assert (year["known_days"], year["total"]["usd"]) == (365, Decimal("256.15"))
    month = skill.json("report", "--by", "provider,app", "--days", "60")
    assert month["known_days"] == 31
    assert [note["code"] for note in month["notes"]] == ["days_missing"]
    assert month["total"]["usd"] == Decimal("186.90")


def test_yesterday_may_still_grow_for_some_hours(skill, serve, account):
    skill.now = NOW.replace(hour=3)
    fake = serve(account, now=skill.now)
    skill.ask(fake, mgmt="admin")
    assert "2026-11-19 may still grow" in skill.lines("report")[-1]
    assert "grow" not in skill.run("report", "--to", "2026-11-18").out
    skill.now = NOW.replace(hour=7)
    assert "grow" not in skill.run("report").out


# Totals


def test_totals_are_of_everything_shown_or_not(skill, serve, big):
    skill.ask(serve(big), mgmt="admin")
    lines = skill.lines("report", "--by", "model", "--top", "5")
    whole = skill.lines("report", "--by", "model")
    assert [line for line in lines if line.startswith("Total")] == [line for line in whole if line.startswith("Total")]
    assert sum(line.startswith("7 more ") for line in lines) == 1
    document = skill.json("report", "--by", "model", "--top", "5")
    assert len(document["rows"]) == 5
    assert sum(row["usd"] for row in document["rows"]) + document["rest"]["usd"] == document["total"]["usd"]
    everything = skill.json("report", "--by", "model")
    assert (everything["total"], everything["rest"]) == (document["total"], None)
    assert everything["rows"][:5] == document["rows"]


def test_the_dearest_days_stand_in_their_order(skill, fake):
    rows = skill.ask(fake, mgmt="admin").json("report", "--by", "date", "--top", "3")["rows"]
    assert [row["date"] for row in rows] == ["2026-10-21", "2026-11-05", "2026-11-10"]


def test_a_row_knows_its_share_its_price_and_what_came_from_cache(skill, fake):
    row = skill.ask(fake, mgmt="admin").json("report", "--date", "2026-11-16")["rows"][0]
    assert (row["share"], row["cached_share"]) == (1, 0)
    assert row["usd_per_million_tokens"] == Decimal("5272.7272727273")  # (5.00 + 0.80 BYOK) / 1100 tokens


def test_more_tokens_from_cache_than_in_the_prompt_are_all_of_it(skill, serve, account):
    account.events = [event("11-18", "agent", "v/m", "P", "1.00", prompt=100, cached=250)]
    row = skill.ask(serve(account), mgmt="admin").json("report")["rows"][0]
    assert (row["cached_tokens"], row["cached_share"]) == (250, 1)


# Sources


def test_both_sources_agree_on_the_same_day(skill, serve, big):
    skill.ask(serve(big), mgmt="admin")
    activity = skill.json("report", "--by", "model,provider", "--date", "2026-11-12")
    analytics = skill.json("report", "--by", "model,workspace", "--date", "2026-11-12")
    assert (activity["source"], analytics["source"]) == ("activity", "analytics")
    for document in (activity, analytics):
        sums = defaultdict(Decimal)
        for row in document["rows"]:
            sums[row["model"]] += row["usd"]
        assert {name: usd.quantize(Decimal("1e-9")) for name, usd in sums.items()} == {
            model: figures[0].quantize(Decimal("1e-9"))
            for (model,), figures in truth(big, ("model",), ago(8), ago(8)).items()
        }
    assert [activity["total"][name] for name in FIGURES[2:]] == [analytics["total"][name] for name in FIGURES[2:]]


def test_the_source_is_named_with_the_key_and_the_time(skill, fake):
    skill.ask(fake, mgmt="admin")
    asked = ", asked with OPENROUTER_MGMT_KEY, as of 2026-11-20 14:09 UTC"
    for by, source in (
        ("model", "/activity"),
        ("app", "/analytics/query"),
        ("key", "/analytics/query with /keys"),
        ("key,model", "/analytics/query with /keys and /activity"),
    ):
        assert f"Source: OpenRouter's {source}{asked}" in skill.lines("report", "--by", by)


def test_models_are_called_by_version_where_their_names_are_not_to_be_had(skill, serve, account):
    fake = serve(account)
    fake.fault("/activity", status=500, body="{}")
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "model,user", "--timeout", "5")
    assert document["rows"][0]["model"] == "openai/gpt-5.1-20260801"
    assert [note["code"] for note in document["notes"]] == ["permaslugs"]


def test_a_partial_answer_is_never_a_silent_total(skill, fake):
    skill.ask(fake, mgmt="admin")

    def cut(data):
        data["metadata"]["truncated"] = True
        data["data"] = data["data"][:2]
        return data

    fake.edit("/analytics/query", cut)
    message = (
        "OpenRouter left rows out of its answer: every amount is at least that much, and whole rows may be missing; "
        "ask for fewer days at a time"
    )
    for by in ("date,app", "user", "key"):
        document = skill.json("report", "--by", by)
        assert document["notes"][0] == {"code": "truncated", "message": message}
        assert {row[name] for row in document["rows"] for name in ("share", "cached_share")} == {None}
        lines = skill.lines("report", "--by", by)
        assert lines[-1] == f"Note: {message}"
        assert sum(line.startswith("Total, at least") for line in lines) == 1
    assert f"Note: {message}\n" in skill.run("report", "--by", "user", "--csv").err


def test_too_many_rows_by_day_are_asked_for_without_the_days(skill, fake):
    skill.ask(fake, mgmt="admin")

    def cut(data):
        by_day = any("date__day" in row for row in data["data"])
        data["metadata"]["truncated"] = by_day
        return {**data, "data": data["data"][:1]} if by_day else data

    fake.edit("/analytics/query", cut)
    document = skill.json("report", "--by", "key")
    assert document["notes"] == []
    assert [(row["key"], row["usd"]) for row in document["rows"]] == [
        ("agent", Decimal("157.83")),
        ("second", Decimal("29.07")),
    ]
    assert [asked.body["time_range"] for asked in fake.asked if asked.body and "dimensions" in asked.body] == [
        {"start": "2026-10-21T00:00:00Z", "end": "2026-11-20T00:00:00Z"},
        {"start": "2026-10-21T00:00:00Z", "end": "2026-11-19T23:59:59Z"},
    ]


def test_what_openrouter_warns_of_is_handed_on(skill, fake):
    hostile = "one filter \x1b[31mwas\nnot resolved sk-or-v1-" + "0" * 64
    fake.edit("/analytics/query", lambda data: {**data, "warnings": [hostile]})
    notes = skill.ask(fake, mgmt="admin").json("report", "--by", "app")["notes"]
    assert notes == [{"code": "warning", "message": "OpenRouter warns: one filter was not resolved [a key]"}]


def test_an_answer_from_openrouters_cache_says_of_when_it_is(skill, fake):
    then = int((NOW - timedelta(minutes=7)).timestamp() * 1000)
    fake.edit("/analytics/query", lambda data: {**data, "cachedAt": then})
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "app")
    assert (document["as_of"], document["credits"]["as_of"]) == ("2026-11-20T14:02:00Z", "2026-11-20T14:09:00Z")
    assert "asked with OPENROUTER_MGMT_KEY, as of 2026-11-20 14:02 UTC" in skill.run("report", "--by", "app").out


def test_what_openrouter_does_not_tell_is_a_question_mark_and_null(skill, serve, account):
    fake = serve(account)

    def older(rows):
        return [{name: value for name, value in row.items() if name != "cached_tokens"} for row in rows]

    fake.edit("/activity", older)
    document = skill.ask(fake, mgmt="admin").json("report", "--date", "2026-11-18")
    assert {(row["cached_tokens"], row["cached_share"]) for row in document["rows"]} == {(None, None)}
    assert document["notes"][0] == {
        "code": "not_told",
        "message": "total.cached_tokens: OpenRouter did not tell cached_tokens",
    }
    lines = skill.lines("report", "--date", "2026-11-18")
    assert re.search(r"300 +\$\S+ +\$\S+ +\?$", next(line for line in lines if line.startswith("Total")))
    assert lines[-1] == "Note: ? is unknown: OpenRouter did not tell cached_tokens"
    assert of_csv(skill.run("report", "--csv").out)[0]["cached_tokens"] == ""


# Models


def test_a_pattern_picks_models_with_or_without_their_vendor(skill, fake):
    skill.ask(fake, mgmt="admin")
    for glob in ("anthropic/*", "ANTHROPIC/claude-*", "claude-sonnet-?.5", "*sonnet*"):
        document = skill.json("report", "--model", glob)
        assert [row["model"] for row in document["rows"]] == ["anthropic/claude-sonnet-4.5"], glob
        assert (document["total"]["usd"], document["notes"]) == (Decimal("36.73"), [])
    assert "(all keys, models anthropic/*)" in skill.lines("report", "--model", "anthropic/*")[0]


@pytest.mark.parametrize("by", ["key", "app", "date", "provider"])
def test_a_pattern_goes_with_every_dimension(skill, serve, big, by):
    document = skill.ask(serve(big), mgmt="admin").json("report", "--by", by, "--model", "vendor1/*")
    sums = truth(big, (by,), ago(30), ago(1), lambda one: one.model.startswith("vendor1/"))
    assert_true(document, sums, idle=[("key-6",)] if by == "key" else [])


@pytest.mark.parametrize("by", ["model", "key", "date"])
def test_a_pattern_that_fits_nothing_names_the_nearest(skill, fake, by):
    document = skill.ask(fake, mgmt="admin").json("report", "--by", by, "--model", "anthropic/claude-sonet*")
    nearest = "no model that was used fits anthropic/claude-sonet*; nearest: anthropic/claude-sonnet-4.5"
    assert next(note for note in document["notes"] if note["code"] == "no_match")["message"].startswith(nearest)
    assert (document["total"]["usd"], document["rows"]) == (None, [])


# Versions of models


def versions():
    account = house()
    account.events = [
        Event(
            NOW - timedelta(days=9), "agent", "openai/gpt-5.1", "P", Decimal(10), permaslug="openai/gpt-5.1-20261101"
        ),
        Event(
            NOW - timedelta(days=99), "agent", "openai/gpt-5.1", "P", Decimal(90), permaslug="openai/gpt-5.1-20260601"
        ),
    ]
    return account


def test_a_version_that_nobody_can_name_is_said_to_be_one(skill, serve):
    skill.ask(serve(versions()), mgmt="admin")
    document = skill.json("report", "--by", "model,user", "--days", "365")
    assert [row["model"] for row in document["rows"]] == ["openai/gpt-5.1-20260601", "openai/gpt-5.1"]
    why = "called by their version, for /activity's 30 days give them no name, or several: openai/gpt-5.1-20260601"
    assert document["notes"] == [{"code": "permaslugs", "message": why}]


def test_a_pattern_that_may_miss_a_version_says_so(skill, serve):
    skill.ask(serve(versions()), mgmt="admin")
    document = skill.json("report", "--by", "key", "--days", "365", "--model", "openai/gpt-5.1")
    assert document["total"]["usd"] == 10
    assert "compared with --model by it: openai/gpt-5.1-20260601" in document["notes"][0]["message"]
    assert skill.json("report", "--by", "key", "--days", "365", "--model", "openai/gpt-5.1*")["total"]["usd"] == 100


def test_a_version_of_two_models_is_neither(skill, serve):
    account = house()
    account.events = [
        Event(NOW - timedelta(days=9), "agent", model, "P", Decimal(usd), permaslug="deepseek/chat-v1")
        for model, usd in (("deepseek/chat", 10), ("deepseek/chat:free", 0))
    ]
    document = skill.ask(serve(account), mgmt="admin").json("report", "--by", "user,model")
    assert [(row["model"], row["usd"]) for row in document["rows"]] == [("deepseek/chat-v1", 10)]
    assert document["notes"][0]["code"] == "permaslugs"


def test_a_pattern_that_cannot_be_compared_is_no_zero(skill, fake):
    fake.fault("/activity", status=500, body="{}")
    printed = skill.ask(fake, mgmt="admin").run("report", "--by", "key", "--model", "openai/*", "--timeout", "5")
    assert (printed.code, printed.out) == (4, "")
    assert printed.err.startswith("Error: /activity failed, so no model can be told by its name: OpenRouter is failing")


# Answers that are not whole


@pytest.mark.parametrize("metadata", [{"truncated": True}, {"truncated": "true"}, {"truncated": 1}], ids=str)
def test_every_sign_of_a_partial_answer_is_heeded(skill, fake, metadata):
    fake.edit("/analytics/query", lambda data: {**data, "metadata": metadata})
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "app,date")
    assert document["notes"][0]["code"] == "truncated"


@pytest.mark.parametrize("metadata", [None, {}, {"row_count": None, "truncated": None}], ids=str)
def test_an_answer_without_metadata_is_whole_below_the_limit(skill, fake, metadata):
    fake.edit("/analytics/query", lambda data: {**data, "metadata": metadata})
    assert skill.ask(fake, mgmt="admin").json("report", "--by", "app,date")["notes"] == []


def test_a_row_of_nulls_is_a_row_without_use(skill, fake):
    def idle(data):
        data["data"].append({"date__day": "2026-11-10", "app": "idle", **dict.fromkeys(METRICS)})
        return data

    fake.edit("/analytics/query", idle)
    rows = skill.ask(fake, mgmt="admin").json("report", "--by", "app")["rows"]
    assert [(row["app"], row["usd"], row["requests"]) for row in rows] == [
        ("an app", Decimal("186.9"), 1497),
        ("idle", 0, 0),
    ]


def test_a_hole_that_only_the_total_shows_has_its_reason(skill, fake):
    def hole(rows):
        return [{**row, "usage": None} if row["model"].startswith("deepseek") else row for row in rows]

    fake.edit("/activity", hole)
    skill.ask(fake, mgmt="admin")
    lines = skill.lines("report", "--top", "3", "--no-credits")
    assert next(line for line in lines if line.startswith("Total")).split()[1] == "?"
    assert lines[-1] == "Note: ? is unknown: OpenRouter did not tell usage"
    assert "OpenRouter did not tell usage" in skill.run("report", "--top", "3", "--csv").err


def test_figures_beyond_all_measure_are_no_bug(skill, serve, account):
    account.events = [event("11-18", "agent", "v/m", "P", "9999999999999", prompt=1, completion=0)]
    skill.ask(serve(account), mgmt="admin")
    printed = skill.run("report", "--json")
    row = json.loads(printed.out, parse_float=Decimal)["rows"][0]
    assert row["usd_per_million_tokens"] == Decimal("9999999999999000000")
    assert printed.err == (
        "Remark: not everything could be looked up or remembered: a figure is too large to be remembered\n"
    )
    assert skill.run("report").code == skill.run("report", "--csv").code == 0


def test_a_key_alone_is_not_sent_to_who_reaches_no_farther(skill, fake):
    notes = skill.ask(fake, mgmt="admin").json("report", "--key", "agent", "--days", "400")["notes"]
    assert notes[0]["message"].endswith("OpenRouter's analytics reaches back to 2025-11-19 by model")


def test_a_tiny_share_is_not_printed_as_none(skill, serve, account):
    account.events = [event("11-18", "agent", "v/m", "P", "9000"), event("11-18", "agent", "v/n", "P", "0.0000001")]
    skill.ask(serve(account), mgmt="admin")
    shares = [line.split()[3] for line in skill.lines("report") if line[:2] in ("m ", "n ")]
    assert shares == [">99%", "<1%"]


# Bad input


BAD = [
    (["--date", "2026-11-31"], "--date: must be a UTC day such as 2026-11-19"),
    (["--date", "20261119"], "--date: must be a UTC day such as 2026-11-19"),
    (["--date", "tomorrow"], "such as 2026-11-19, or today, yesterday, last-week or last-month"),
    (["--to", "last-month"], "--to: must be a UTC day such as 2026-11-19, or today, or yesterday"),
    (["--date", "2026-11-21"], "2026-11-21 is in the future: today is 2026-11-20 UTC"),
    (["--to", "2027-01-01"], "2027-01-01 is in the future: today is 2026-11-20 UTC"),
    (
        ["--by", "provider", "--date", "2026-10-20"],
        "by provider, OpenRouter's /activity holds the completed UTC days 2026-10-21 to 2026-11-19",
    ),
    (
        ["--date", "2025-11-18"],
        "by model, OpenRouter's analytics holds the completed UTC days 2025-11-19 to 2026-11-19",
    ),
    (
        ["--by", "app", "--date", "2025-11-18"],
        "by app, OpenRouter's analytics holds the completed UTC days 2025-11-19 to 2026-11-19",
    ),
    (
        ["--by", "hour", "--date", "2026-10-19"],
        "by hour, OpenRouter's analytics holds the completed UTC days 2026-10-20 to 2026-11-19",
    ),
    (["--from", "2026-11-18", "--to", "2026-11-17"], "it ends before it begins: 2026-11-18 to 2026-11-17"),
    (["--date", "2026-11-18", "--days", "2"], "--date says which days"),
    (["--from", "2026-11-18", "--days", "2"], "--days and --from both say where it begins"),
    (["--by", "colour"], "'colour' is none of model, provider, date, week, month, weekday, key, app, user, workspace"),
    (["--by", "app,key,user"], "must be one dimension, or two different ones"),
    (["--by", "app,app"], "must be one dimension, or two different ones"),
    (["--by", "date,hour"], "date and hour are both times"),
    (["--by", "app,user", "--model", "x*"], "OpenRouter groups by two of these at most: app, user, model"),
    (["--by", ""], "'' is none of model"),
    (["--csv", "--json"], "--csv and --json exclude each other"),
    (["--days", "0"], "--days: must be a whole number from 1 to 3660"),
    (["--top", "-1"], "--top: must be a whole number from 0 to 1000000"),
    (["--top", "many"], "--top: must be a whole number from 0 to 1000000"),
    (["--model", " "], "--model: must not be empty"),
    (["--key", ""], "--key: must not be empty"),
    (["--model", "\x1b[31m"], "--model: must not be empty"),
    (
        ["--by", "app,user", "--key", "agent", "--model", "[x]"],
        "OpenRouter groups by two of these at most: app, user, key, model (a filter counts too, but for --provider",
    ),
    (["--month", "11"], "unrecognized arguments: 11"),
]


PERIODS = {
    "last-week": ("2026-11-09 to 2026-11-15, 7 completed UTC days: $42.35 + $2.90 BYOK", "gpt-5.1"),
    "last-month": ("2026-10-01 to 2026-10-31, 31 completed UTC days: $100.00", "gpt-5.1"),
}


@pytest.mark.parametrize("period", PERIODS)
def test_the_last_whole_week_and_month_have_names(skill, fake, period):
    lines = skill.ask(fake, "agent", "admin").lines("report", "--date", period, "--no-credits")
    said, model = PERIODS[period]
    assert (lines[1], lines[lines.index("") + 2].split()[0]) == (said, model)
    asked = skill.json("report", "--date", period)
    assert (asked["from"], asked["to"]) == tuple(said[:24].split(" to "))


@pytest.mark.parametrize(("options", "said"), BAD, ids=[" ".join(options) for options, _ in BAD])
def test_bad_input_is_refused_and_nothing_is_asked(skill, fake, options, said):
    printed = skill.ask(fake, "agent", "admin").run("report", *options)
    assert printed.code == 2
    assert said in printed.all
    assert fake.asked == []


def test_a_pattern_is_never_a_bug(skill, fake):
    skill.ask(fake, mgmt="admin")
    for glob in ("[z-a]", "[a--b]", "[!]", "(", "\\", "[[:alpha:]]"):
        assert skill.run("report", "--model", glob).code in (0, 2), glob


@pytest.mark.parametrize("options", [["--top", "3"], ["--csv"], ["--by", "model"], ["summary", "--no-credits"]])
def test_an_option_of_the_report_belongs_to_it_alone(skill, fake, options):
    printed = skill.ask(fake, "agent").run(*options)
    assert (printed.code, fake.asked) == (2, [])
    assert "belongs to the command `report`" in printed.err


def test_days_before_the_thirty_are_sent_to_who_knows_them(skill, fake):
    march = ["--from", "2026-03-01", "--to", "2026-03-31"]
    printed = skill.ask(fake, mgmt="admin").run("report", "--by", "provider", *march)
    assert printed.err.splitlines()[1] == (
        "Next: `--by model` (or key, app, user, workspace, or two of these) reaches back to 2025-11-19: use one of them"
    )
    for by in ("model", "date", "app", "date,model"):
        assert skill.json("report", *march, "--by", by)["total"]["usd"] == Decimal("69.25")


# Keys that may not see it


def test_a_regular_key_alone_is_told_which_key_it_takes(skill, fake):
    printed = skill.ask(fake, "agent").run("report")
    assert (printed.code, printed.out) == (3, "")
    assert printed.err == (
        "Error: this is of the whole account: it needs a management key\n"
        "Next: make one at https://openrouter.ai/settings/management-keys and store it with `stats.py login`; "
        "of this key alone `stats.py` tells its spend, limit and expiry, "
        "`stats.py why` its lifetime and whether it spends more than usual\n"
    )


def test_a_management_key_is_found_in_either_variable(skill, fake):
    document = skill.ask(fake, "admin").json("report")
    assert document["total"]["usd"] == Decimal("186.90")


def test_swapped_keys_are_sorted_out_and_named(skill, fake):
    document = skill.ask(fake, "admin", "agent").json("report")
    assert document["total"]["usd"] == Decimal("186.90")
    assert [note["code"] for note in document["notes"]] == ["key_not_used"]


def test_a_refused_management_key_is_named(skill, serve, account):
    account.key("admin").deleted = True
    printed = skill.ask(serve(account), "agent", "admin").run("report")
    assert (printed.code, printed.out) == (3, "")
    assert printed.err.startswith("Error: OpenRouter refused OPENROUTER_MGMT_KEY (HTTP 401)\n")


def test_the_refusal_of_the_management_key_outlives_what_follows_it(skill, serve, account):
    account.key("admin").deleted = True
    fake = serve(account)
    fake.fault("/activity", key="agent", status=502, body="<html>")
    printed = skill.ask(fake, "agent", "admin").run("report", "--timeout", "5")
    assert printed.code == 3
    assert printed.err.startswith("Error: OpenRouter refused OPENROUTER_MGMT_KEY (HTTP 401)\n")


def test_a_malformed_management_key_is_named(skill, fake):
    skill.ask(fake, "admin").env["OPENROUTER_MGMT_KEY"] = "two words"
    document = skill.json("report")
    assert document["total"]["usd"] == Decimal("186.90")
    assert [note["code"] for note in document["notes"]] == ["key_not_used"]
    del skill.env["OPENROUTER_API_KEY"]
    assert skill.run("report").code == 3


def test_a_key_of_the_working_directory_is_named_beside_the_report(skill, fake):
    skill.ask(fake)
    file = skill.cwd / ".env"
    file.write_text(f"OPENROUTER_MGMT_KEY={fake.accounts[0].key('admin').text}\n")
    file.chmod(0o600)
    assert [note["code"] for note in skill.json("report")["notes"]] == ["key_from_working_directory"]


def test_a_failing_server_is_not_an_empty_account(skill, fake):
    for path in ("/activity", "/analytics/query"):
        fake.fault(path, status=502, body="<html>")
    printed = skill.ask(fake, mgmt="admin").run("report", "--timeout", "5")
    assert (printed.code, printed.out) == (4, "")
    assert printed.err.startswith(
        "Error: a web page answered instead of the API (HTTP 502): OpenRouter's gateway is failing, most likely\n"
    )


def test_without_credits_the_report_is_shown_all_the_same(skill, fake):
    fake.fault("/credits", status=500, body="{}")
    lines = skill.ask(fake, mgmt="admin").lines("report", "--timeout", "5")
    assert lines[2] == "Account credits: unknown (OpenRouter is failing (HTTP 500))"
    assert next(line for line in lines if line.startswith("Total")).split()[1] == "$186.90"
    assert "Credits" not in skill.run("report", "--no-credits").out


def test_an_account_without_use_has_none(skill, serve):
    account = Account(keys=[FakeKey("agent"), FakeKey("admin", management=True)], events=[])
    lines = skill.ask(serve(account), mgmt="admin").lines("report")
    credits = "Account: $0.00 spent since it was opened, of $300.00 purchased; $300.00 left"
    assert lines[2:5] == [credits, "", "No rows."]
    assert lines[-1] == "Note: OpenRouter recorded no use in these days"
