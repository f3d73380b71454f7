"""Today, which no completed day holds: live, by model and by hour, apart from every total."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from conftest import BARE, NOW, at, event, house, later

STARRED = "* live: today so far, by /analytics/query as of 14:09 UTC; Total is without it."
SONNET, GPT = "anthropic/claude-sonnet-4.5", "openai/gpt-5.1"


def models(lines):
    return [line for line in lines if line.startswith("•")]


def starred(lines):
    """The first cells of the rows that are live."""
    return [line.split()[:2] for line in lines if line.split(" ")[0].endswith("*") and "$" in line]


# The summary's models


def test_each_model_has_todays_part_beside_it(skill, fake):
    assert models(skill.ask(fake, "agent", "admin").lines()) == [
        "• claude-sonnet-4.5: $8.48 (150 requests), today $3.42*",
        "• gpt-5.1: $5.82 + $1.75 BYOK (52), today $1.68*",
        '• =cmd|"a,b" red: $2.00 (7)',
        "• deepseek-v4-flash: <$0.01 (38)",
    ]


def test_it_is_asked_for_until_now_and_no_further(skill, fake):
    skill.ask(fake, mgmt="admin").run()
    (body,) = [asked.body for asked in fake.asked if "model" in (asked.body or {}).get("dimensions", ())]
    assert body["time_range"] == {"start": "2026-11-20T00:00:00Z", "end": "2026-11-20T14:09:00Z"}


def test_less_than_a_cent_is_not_worth_a_word(skill, serve, account):
    account.events[0] = replace(account.events[0], usd=Decimal("0.0099"))
    assert models(skill.ask(serve(account), mgmt="admin").lines())[0] == "• claude-sonnet-4.5: $8.48 (150 requests)"


def test_a_model_that_is_new_today_has_a_line_where_its_spend_puts_it(skill, serve, account):
    account.events += [
        event("11-20", "agent", "v/brand-new", "P", "7.00", permaslug="v/brand-new"),
        event("11-20", "agent", "v/tiny", "P", "0.001"),
    ]
    lines = models(skill.ask(serve(account), mgmt="admin").lines())
    assert lines[1] == "• brand-new: today $7.00*"
    assert not any("tiny" in line for line in lines)


def test_the_json_has_todays_part_under_names_of_its_own(skill, fake):
    document = skill.ask(fake, "agent", "admin").json()
    shown = document["models"]
    assert {name: shown["today"][name] for name in ("usd", "byok_usd", "requests", "as_of")} == {
        "usd": Decimal("5.1"),
        "byok_usd": Decimal("0.3"),
        "requests": 40,
        "as_of": "2026-11-20T14:09:00Z",
    }
    assert shown["total_usd"] == Decimal("16.3")
    row = shown["rows"][0]
    assert (row["usd"], row["today_usd"], row["today_byok_usd"]) == (Decimal("8.48"), Decimal("3.42"), Decimal("0.3"))
    assert document["live_only"][-4:] == [
        *("models.today", "models.rows.today_usd", "models.rows.today_byok_usd", "models.rows.today_requests"),
    ]


@pytest.mark.parametrize("fault", [{"status": 501, "body": "{}"}, {"status": 403, "body": "{}"}, {"body": "[1"}])
def test_where_analytics_cannot_be_had_the_models_are_as_before(skill, fake, fault):
    fake.fault("/analytics/query", **fault)
    assert models(skill.ask(fake, "agent", "admin").lines())[:2] == [
        "• claude-sonnet-4.5: $8.48 (150 requests)",
        "• gpt-5.1: $5.82 + $1.75 BYOK (52)",
    ]
    document = skill.json()
    assert document["models"]["today"] is None
    assert any(note["message"].startswith("models.today: ") for note in document["notes"])
    assert "today_usd" not in document["models"]["rows"][0]


def test_a_partial_answer_is_not_taken_for_today(skill, fake):
    def cut(data):
        return {**data, "metadata": {"truncated": "model" in data["data"][0]}}

    fake.edit("/analytics/query", cut)
    lines = skill.ask(fake, mgmt="admin").lines()
    assert lines[1] == "Today: $5.10* | Week: $21.40 | Month: $92.00"
    assert models(lines)[0] == "• claude-sonnet-4.5: $8.48 (150 requests)"


def test_a_remembered_part_has_its_time(skill, fake):
    skill.remembers = True
    skill.ask(fake, mgmt="admin").run()
    fake.fault_everywhere(status=501)
    lines = later(skill, fake, hours=2).lines()
    assert models(lines)[0] == "• claude-sonnet-4.5: $8.48 (150 requests), today $3.42*"
    (total,) = [line for line in lines if line.startswith("7d: ")]
    assert "today as of 14:09 UTC; total $16.30" in total


def test_the_next_day_todays_part_is_forgotten(skill, fake):
    skill.remembers = True
    skill.ask(fake, mgmt="admin").run()
    assert (
        models(at(skill, fake, NOW + timedelta(hours=12)).lines("--offline"))[0]
        == "• claude-sonnet-4.5: $8.48 (150 requests)"
    )


def test_commands_that_show_no_models_do_not_ask_for_them(skill, fake):
    skill.ask(fake, mgmt="admin")
    few = ["admin /activity", "admin /analytics/query", "admin /auth/key", "admin /credits"]
    for command in (["forecast"], ["check", "--spike", "0"], ["check", "--need", "5"]):
        fake.asked.clear()
        skill.run(*command)
        assert fake.paths() == few
    fake.asked.clear()
    skill.run("check")
    by_the_hour = [one.body.get("dimensions") for one in fake.asked if one.body and one.body["granularity"] == "hour"]
    assert (len(fake.paths()), sorted(by_the_hour, key=str)) == (6, [None, ["model"]])


# A report on today


@pytest.mark.parametrize("day", ["today", "2026-11-20"])
def test_a_report_on_today_is_live(skill, fake, day):
    lines = skill.ask(fake, mgmt="admin").lines("report", "--date", day)
    assert lines[1] == "2026-11-20, today so far, live as of 14:09 UTC: $5.10* + $0.30 BYOK"
    assert [line.split()[:2] for line in lines[6:9]] == [
        ["Model", "Spend*"],
        ["claude-sonnet-4.5", "$3.42"],
        ["gpt-5.1", "$1.68"],
    ]
    assert lines[10].split()[:2] == ["Total", "$5.10"]
    assert "* live: the UTC day is not over." in lines


def test_its_json_says_that_all_of_it_is_live(skill, fake):
    document = skill.ask(fake, mgmt="admin").json("report", "--date", "today", "--no-credits")
    assert (document["from"], document["to"], document["source"]) == ("2026-11-20", "2026-11-20", "analytics")
    assert document["live_only"] == ["total", "rows"]
    assert [(row["model"], row["usd"]) for row in document["rows"]] == [
        (SONNET, Decimal("3.42")),
        (GPT, Decimal("1.68")),
    ]


def test_from_today_on_is_today(skill, fake):
    by_date, by_from = (skill.ask(fake, mgmt="admin").run("report", flag, "today") for flag in ("--date", "--from"))
    assert by_date == by_from


def test_yesterday_can_be_called_that(skill, fake):
    named, dated = (skill.ask(fake, mgmt="admin").run("report", "--date", day) for day in ("yesterday", "2026-11-19"))
    assert named == dated
    assert named.out.splitlines()[1] == "2026-11-19, one completed UTC day: $0.00"


@pytest.mark.parametrize(("by", "names"), [
    ("key", ["agent", "second"]),
    ("provider", ["Anthropic", "OpenAI"]),
    ("app", ["an app"]),
    ("date", ["2026-11-20"]),
])  # fmt: skip
def test_today_by_anything(skill, fake, by, names):
    document = skill.ask(fake, mgmt="admin").json("report", "--date", "today", "--by", by)
    assert [row[by] for row in document["rows"]] == names
    assert document["total"]["usd"] == Decimal("5.1")


def test_todays_csv_holds_todays_rows(skill, fake):
    printed = skill.ask(fake, mgmt="admin").run("report", "--date", "today", "--csv")
    assert [line.split(",")[:2] for line in printed.out.splitlines()] == [
        ["model", "usd"],
        [SONNET, "3.42"],
        [GPT, "1.68"],
    ]


def test_where_analytics_fails_a_report_on_today_says_so(skill, fake):
    fake.fault("/analytics/query", status=501, body="{}")
    printed = skill.ask(fake, mgmt="admin").run("report", "--date", "today")
    assert (printed.code, printed.out) == (4, "")
    assert printed.err.startswith("Error: OpenRouter is failing (HTTP 501)")


def test_a_regular_key_may_not_see_todays_models(skill, fake):
    printed = skill.ask(fake, "agent").run("report", "--date", "today")
    assert printed.code == 3
    assert "needs a management key" in printed.err


# The starred line


@pytest.mark.parametrize("by", ["model", "provider", "app", "date", "hour", "date,model"])
def test_under_completed_days_today_is_a_line_outside_the_total(skill, fake, by):
    lines = skill.ask(fake, mgmt="admin").lines("report", "--by", by, "--days", "4")
    total = next(number for number, line in enumerate(lines) if line.startswith("Total"))
    assert lines[total].split()[:2] == ["Total", "$16.30"]
    assert lines[total + 1].split()[:2] == ["Today*", "$5.10"]
    assert lines[total + 2].split()[:3] == ["With", "today*", "$21.40"]
    assert STARRED in lines


def test_it_is_of_the_same_models_and_the_same_key(skill, fake):
    skill.ask(fake, mgmt="admin")
    assert starred(skill.lines("report", "--model", "openai/*")) == [["Today*", "$1.68"]]
    assert starred(skill.lines("report", "--key", "agent")) == [["Today*", "$3.42"]]


def test_hours_of_yesterday_and_today_stand_in_one_table(skill, fake, account):
    account.events.append(event("11-19", "agent", GPT, "OpenAI", "2.00"))
    lines = skill.ask(fake, mgmt="admin").lines("report", "--by", "hour", "--from", "yesterday", "--to", "today")
    in_all = "2026-11-19 and 2026-11-20 so far: $7.10* + $0.30 BYOK; $2.00 in the completed UTC day"
    assert lines[1] == in_all
    rows = [line for line in lines if line.startswith(("2026-11-19 12", "2026-11-20 12", "Total", "Today"))]
    assert [row.replace("12:00 ", "12:00_").split()[0] for row in rows] == [
        *("2026-11-19", "2026-11-20", "Total", "Today*"),
    ]
    assert rows[1].startswith("2026-11-20 12:00*")


@pytest.mark.parametrize("options", [["--from", "month"], ["--from", "2026-11-01", "--to", "today"]])
def test_what_is_used_today_stands_beside_the_completed_days_of_each_row(skill, fake, options):
    asked = ["report", "--key", "second", *options, "--no-credits"]
    lines = skill.ask(fake, mgmt="admin").lines(*asked)
    assert lines[1] == (
        "2026-11-01 to 2026-11-19 and 2026-11-20 so far: $30.75* + $0.95 BYOK; "
        "$29.07 + $0.95 BYOK in the 19 completed UTC days"
    )
    table = lines[lines.index("") + 1 :]
    assert table[0].split()[:6] == ["Model", "With", "today*", "Today*", "Spend", "BYOK"]
    assert [line.split()[:4] for line in (*table[1:4], table[5])] == [
        ["claude-sonnet-4.5", "$28.25", "$0.00", "$28.25"],
        ["gpt-5.1", "$2.50", "$1.68", "$0.82"],
        ["deepseek-v4-flash", "<$0.01", "$0.00", "<$0.01"],
        ["Total", "$30.75", "$1.68", "$29.07"],
    ]
    assert table[6] == ""
    assert "* live: today so far, by /analytics/query as of 14:09 UTC; all else is of the completed days." in (lines)
    document = skill.json(*asked)
    assert document["to"] == "2026-11-20"
    assert [(row["model"], row["today_usd"], row["with_today_usd"]) for row in document["rows"]][1] == (
        GPT, Decimal("1.68"), Decimal("2.499104448")
    )  # fmt: skip
    assert (document["total"]["usd"], document["with_today"]["usd"]) == (Decimal("29.07"), Decimal("30.75"))
    assert {"rows.today_usd", "rows.with_today_usd", "today"} < {*document["live_only"]}


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("key", [("agent", 0, "3.42"), ("second", 0, "1.68"), ("admin", 0, "0")]),
        ("model", [(SONNET, 0, "3.42"), (GPT, 0, "1.68")]),
        ("app,provider", [("an app", 0, "3.42"), ("an app", 0, "1.68")]),
        ("weekday", [("Thursday", 0, "0"), ("Friday", 0, "5.1")]),
        ("month", [("2026-11", 0, "5.1")]),
    ],
)
def test_what_was_used_today_alone_has_a_row_sorted_by_both(skill, fake, by, rows):
    document = skill.ask(fake, mgmt="admin").json("report", "--by", by, "--from", "2026-11-19", "--to", "today")
    name = by.split(",")[0]
    found = [(row[name], row["usd"], row["today_usd"]) for row in document["rows"]]
    assert found == [(one, usd, Decimal(today)) for one, usd, today in rows if one != "admin"]
    assert [row["with_today_usd"] for row in document["rows"]] == [row["today_usd"] for row in document["rows"]]


def test_the_rest_and_the_order_are_of_both(skill, fake):
    asked = ["report", "--from", "2026-11-17", "--to", "today", "--top", "1"]
    lines = skill.ask(fake, mgmt="admin").lines(*asked)
    table = [line.split() for line in lines[lines.index("") + 2 :]]
    assert table[0][:4] == ["claude-sonnet-4.5", "$11.90", "$3.42", "$8.48"]
    assert "$1.68" in table[1]
    assert table[3][:4] == ["Total", "$16.40", "$5.10", "$11.30"]
    document = skill.json(*asked)
    assert (document["rest"]["today_usd"], document["rest"]["usd"]) == (Decimal("1.68"), Decimal("2.82"))


def test_where_today_is_not_known_its_columns_say_so(skill, fake):
    fake.fault("/analytics/query", status=501, body="{}")
    lines = skill.ask(fake, mgmt="admin").lines("report", "--from", "month")
    assert lines[1] == "2026-11-01 to 2026-11-20, 19 of 20 UTC days known: $86.90 + $4.65 BYOK"
    table = [line.split() for line in lines[lines.index("") + 1 :]]
    assert [row[1:4] for row in table[1:3]] == [["?", "?", "$48.17"], ["?", "?", "$36.73"]]
    total = next(row for row in table if row[:1] == ["Total"])
    assert total[1:4] == ["?", "?", "$86.90"]
    assert any(line.startswith("Note: ? is unknown: OpenRouter is failing (HTTP 501)") for line in lines)
    rows = skill.json("report", "--from", "month")["rows"]
    assert {(row["today_usd"], row["with_today_usd"]) for row in rows} == {(None, None)}


@pytest.mark.parametrize("state", ["empty", "late"])
def test_where_analytics_lacks_rows_today_is_no_zero_beside_them(skill, serve, state):
    fake = serve(house())
    fake.source("/analytics/query", state)
    rows = skill.ask(fake, mgmt="admin").json("report", "--from", "month")["rows"]
    assert rows
    assert [row["today_usd"] for row in rows] == [None] * len(rows)


def test_todays_columns_are_picked_by_name(skill, fake):
    skill.ask(fake, mgmt="admin")
    lines = skill.lines("report", "--from", "week", "--columns", "with-today,today")
    assert lines[lines.index("") + 1].split() == ["Model", "With", "today*", "Today*"]
    assert skill.run("report", "--columns", "with-today").code == 2


def test_a_csv_from_the_first_of_the_month_on_is_as_before(skill, fake):
    printed = skill.ask(fake, mgmt="admin").run("report", "--from", "month", "--csv")
    assert printed.out.splitlines()[0].startswith("model,usd,byok_usd,requests,")
    assert "today_usd" not in printed.out
    assert printed.out == skill.run("report", "--from", "month", "--to", "yesterday", "--csv").out


def test_in_json_today_has_rows_of_its_own(skill, fake):
    document = skill.ask(fake, mgmt="admin").json("report")
    assert document["live_only"] == ["today", "with_today"]
    with_today = {name: document["with_today"][name] for name in ("usd", "byok_usd", "requests")}
    assert with_today == {"usd": 192, "byok_usd": Decimal("4.95"), "requests": 1537}
    assert [(row["model"], row["usd"]) for row in document["today"]["rows"]] == [
        (SONNET, Decimal("3.42")),
        (GPT, Decimal("1.68")),
    ]
    assert (document["today"]["date"], document["today"]["total"]["usd"]) == ("2026-11-20", Decimal("5.1"))


def test_a_day_on_which_nothing_was_used_yet_is_a_known_zero(skill, fake, account):
    account.events = [one for one in account.events if one.at.date() < NOW.date()]
    assert starred(skill.ask(fake, mgmt="admin").lines("report")) == [["Today*", "$0.00"]]


def test_where_analytics_fails_the_report_is_as_before(skill, fake):
    fake.fault("/analytics/query", status=501, body="{}")
    printed = skill.ask(fake, mgmt="admin").run("report")
    assert (printed.code, "Today" in printed.out) == (0, False)
    document = skill.json("report")
    assert (document["today"], document["total"]["usd"]) == (None, Decimal("186.9"))
    assert [note["message"].split(";")[0] for note in document["notes"]] == ["today: OpenRouter is failing (HTTP 501)"]


def test_where_it_was_asked_for_by_name_its_absence_is_said(skill, fake):
    fake.fault("/analytics/query", status=501, body="{}")
    lines = skill.ask(fake, mgmt="admin").lines("report", "--from", "2026-11-18", "--to", "today")
    why = "today is not over, and what is live is not known (OpenRouter is failing (HTTP 501))"
    assert f"Note: not in it: 2026-11-20; {why}" in lines


@pytest.mark.parametrize("options", [["--csv"], ["--by", "key"], ["--to", "2026-11-18"], ["--date", "2026-11-18"]])
def test_it_is_not_asked_for_where_it_has_no_place(skill, fake, options):
    skill.ask(fake, mgmt="admin").run("report", *options)
    bodies = [asked.body for asked in fake.asked if asked.body and "dimensions" in asked.body]
    assert "2026-11-20T14:09:00Z" not in [body["time_range"]["end"] for body in bodies]


def test_the_demo_of_today_needs_no_package(skill):
    printed = skill.run("report", "--date", "today", "--demo", python=BARE)
    assert (printed.code, printed.err) == (0, "")
    assert "claude-sonnet-4.5" in printed.out


# Where it could be taken for something else


def test_half_a_day_is_never_shown_as_a_completed_one(skill, fake, account):
    skill.remembers = True
    at(skill, fake, NOW.replace(hour=19)).ask(fake, mgmt="admin").run("report", "--by", "app", "--date", "today")
    account.events.append(event("11-20", "agent", GPT, "OpenAI", "50.00"))
    fake.fault("/analytics/query", status=501, body="{}")
    printed = at(skill, fake, NOW + timedelta(hours=20)).run("report", "--by", "app", "--date", "yesterday")
    assert (printed.code, printed.out) == (4, "")


def test_a_day_that_openrouter_calls_completed_is_not_counted_again_as_today(skill, serve, account):
    real = datetime.now(timezone.utc)
    account.events = [replace(event("11-18", "agent", "v/base", "P", "1.00"), at=real - timedelta(minutes=1))]
    fake = serve(account, now=real + timedelta(days=1))
    skill.now = None
    (line,) = models(skill.ask(fake, mgmt="admin").lines())
    assert line == "• base: $1.00 (1 request)"


def test_what_costs_something_is_not_called_by_the_free_models_name(skill, serve, account):
    account.events = [
        event("11-18", "agent", "v/x:free", "P", "0", permaslug="v/x-1"),
        event("11-20", "agent", "v/x", "P", "3.00", permaslug="v/x-1"),
    ]
    skill.ask(serve(account), mgmt="admin")
    assert models(skill.lines()) == ["• x-1: today $3.00*", "• x:free: $0.00 (1 request)"]
    assert [row["model"] for row in skill.json("report", "--date", "today")["rows"]] == ["v/x-1"]


def test_an_amount_of_today_that_is_not_told_is_said_to_be_unknown(skill, fake):
    def without_gpt(data):
        return {**data, "data": [{**row, "credits_usage": "?"} if "gpt" in str(row) else row for row in data["data"]]}

    fake.edit("/analytics/query", without_gpt)
    assert "• gpt-5.1: $5.82 + $1.75 BYOK (52), today unknown" in skill.ask(fake, mgmt="admin").lines()


def test_no_use_in_completed_days_is_not_said_of_today(skill, fake):
    lines = skill.ask(fake, mgmt="admin").lines("report", "--from", "yesterday", "--to", "today")
    assert "Note: OpenRouter recorded no use in the completed days" in lines


def test_a_warning_of_openrouters_is_passed_on(skill, fake):
    fake.edit("/analytics/query", lambda data: {**data, "warnings": ["counts are late"]})
    skill.ask(fake, mgmt="admin")
    for command in ("summary", "report"):
        assert "Note: OpenRouter warns: counts are late" in skill.lines(command)


@pytest.mark.parametrize("state", ["empty", "late"])
@pytest.mark.parametrize("options", [[], ["--by", "date"], ["--by", "key"], ["--key", "agent"], ["--tz", "Asia/Tokyo"]])
def test_today_alone_is_no_zero_where_analytics_lacks_rows(skill, serve, state, options):
    fake = serve(house())
    fake.source("/analytics/query", state)
    document = skill.ask(fake, mgmt="admin").json("report", "--date", "today", *options)
    assert document["total"]["usd"] is None
    assert [row["usd"] for row in document["rows"]] in ([], [None], [None, None])
    notes = {note["code"]: note["message"] for note in document["notes"]}
    assert notes["today_unknown"] == "today is unknown: OpenRouter's analytics has no row of what was spent"
    assert "no_use" not in notes


def test_a_day_without_use_is_zero_where_analytics_has_the_rows_of_others(skill, serve):
    account = house()
    account.events = [one for one in account.events if one.at.date() < NOW.date()]
    document = skill.ask(serve(account), mgmt="admin").json("report", "--date", "today")
    assert (document["total"]["usd"], document["notes"][0]["code"]) == (0, "no_use")
