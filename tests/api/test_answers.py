"""Answers as they really come: recorded ones, older and newer forms, missing fields, wrong types, odd numbers."""

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from conftest import GOLDEN, HOSTILE, RECORDED, ROOT


def recorded(name):
    return json.loads((RECORDED / name).read_text(encoding="utf-8"))["data"]


def without(*names):
    return lambda data: {name: value for name, value in data.items() if name not in names}


# Recordings


def test_an_uncapped_key_of_before_the_budget_fields(skill, fake):
    fake.edit("/auth/key", lambda data: recorded("key-uncapped.json"))
    fake.edit("/credits", lambda data: recorded("credits-regular-key.json"))
    assert skill.ask(fake, "agent").lines()[:4] == [
        "💰 OpenRouter Usage (this key)",
        "Today: $0.00* | Week: $0.00 | Month: $0.00",
        "All keys: unknown (needs a management key)",
        "Balance: $239.26 / $300.00",
    ]


def test_a_monthly_limit_on_a_monday(skill, serve, account):
    skill.now = datetime(2026, 8, 3, 12, tzinfo=timezone.utc)
    fake = serve(account, now=skill.now)
    fake.edit("/auth/key", lambda data: recorded("key-monthly-limit.json"))
    fake.edit("/credits", lambda data: recorded("credits-zeros.json"))
    lines = skill.ask(fake, "agent").lines()
    assert lines[:5] == [
        "💰 OpenRouter Usage (this key)",
        "Today: $3.40* | Week: $3.40* | Month: $45.46",
        "All keys: unknown (needs a management key)",
        "Balance: unknown (needs a management key)",
        "Key limit: $454.54 / $500.00 (9% used, resets monthly, Sep 1)",
    ]
    assert lines[5].startswith("BYOK: Today: unknown | Week: unknown | Month: unknown (OpenRouter did not tell byok")


def test_recorded_activity_sums_its_rows_and_keeps_byok_apart(skill, serve, account):
    skill.now = datetime(2026, 9, 1, 8, tzinfo=timezone.utc)
    fake = serve(account, now=skill.now)
    fake.edit("/activity", lambda rows: recorded("activity.json"))
    lines = skill.ask(fake, None, "admin").lines()
    assert [line for line in lines if line.startswith("•")] == [
        "• deepseek-v4-flash: $1.08 (48 requests)",
        "• claude-opus-5: $0.25 + $9.99 BYOK (3)",
    ]
    rows = skill.json()["models"]["rows"]
    assert rows[0]["usd"] == Decimal("1.080165")
    assert (rows[0]["prompt_tokens"], rows[0]["reasoning_tokens"]) == (2618239, None)


def test_recorded_keys_are_summed_without_the_fields_they_lack(skill, fake):
    for path in ("/analytics/query", "/activity"):
        fake.fault(path, status=500, body="")
    fake.edit("/keys", lambda rows: recorded("keys.json"))
    assert skill.ask(fake, None, "admin").lines()[1] == "Today: $0.46* | Week: $1.02 | Month: $0.96"


# Forms


def test_dates_with_and_without_a_time_are_the_same_day(skill, serve, account):
    account.iso_dates = True
    printed = skill.ask(serve(account), "agent", "admin").run()
    assert printed.out == (GOLDEN / "both.txt").read_text(encoding="utf-8")


def test_iso_instants_are_days_too(skill, fake):
    fake.edit("/activity", lambda rows: [{**row, "date": row["date"].replace(" ", "T") + "Z"} for row in rows])
    printed = skill.ask(fake, "agent", "admin").run()
    assert printed.out == (GOLDEN / "both.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("column", "suffix"), [
    ("date__day", "T00:00:00Z"),
    ("created_at__day", ""),
    ("created_at__day", "T00:00:00.000Z"),
])  # fmt: skip
def test_analytics_names_its_time_column_in_two_ways(skill, fake, column, suffix):
    def rename(data):
        return {**data, "data": [{column: row.pop("date__day") + suffix, **row} for row in data["data"]]}

    fake.edit("/analytics/query", rename)
    assert skill.ask(fake, None, "admin").lines()[1] == "Today: $5.10* | Week: $21.40 | Month: $92.00"


def test_analytics_is_asked_for_eight_weeks_and_today_until_now(skill, fake):
    skill.ask(fake, None, "admin").run()
    bodies = [asked.body for asked in fake.asked if asked.path == "/analytics/query"]
    assert next(body for body in bodies if "dimensions" not in body) == {
        "metrics": ["credits_usage", "byok_usage", "request_count"],
        "granularity": "day",
        "time_range": {"start": "2026-09-25T00:00:00Z", "end": "2026-11-20T14:09:00Z"},
    }


def test_rows_of_today_and_of_more_than_seven_days_ago_are_left_out(skill, fake):
    extra = {"model": "v/m", "usage": 0, "byok_usage_inference": 9, "requests": 1}
    days = ("2026-11-20", "2026-11-12", "2027-01-01")
    fake.edit("/activity", lambda rows: rows + [{**extra, "date": day} for day in days])
    printed = skill.ask(fake, "agent", "admin").lines()
    golden = (GOLDEN / "both.txt").read_text(encoding="utf-8").splitlines()
    assert [one for one in printed if "Lasts:" not in one] == [one for one in golden if "Lasts:" not in one]


def test_unknown_fields_are_passed_over(skill, fake):
    new = {"surprise": [1, {"a": None}], "usage_yearly": "x"}
    for path in ("/auth/key", "/credits"):
        fake.edit(path, lambda data: {**data, **new})
    fake.edit("/activity", lambda rows: [{**row, **new} for row in rows])
    printed = skill.ask(fake, "agent", "admin").run()
    assert printed.out == (GOLDEN / "both.txt").read_text(encoding="utf-8")


# Missing and wrong


@pytest.mark.parametrize("value", [None, True, [], {}, "NaN", "", "12,5", "$1", "+1"])
def test_a_figure_that_is_no_number_is_unknown_and_costs_no_other(skill, fake, value):
    fake.edit("/auth/key", lambda data: {**data, "usage_daily": value})
    why = "OpenRouter did not tell usage_daily" if value is None else "OpenRouter's usage_daily is not a number"
    assert skill.ask(fake, "agent").lines()[1] == f"Today: unknown | Week: $18.90 | Month: $61.25 ({why})"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "1e999999999", "1e-999999999", "1e13"])
def test_numbers_that_are_no_money_are_refused_by_name(skill, fake, number):
    body = '{"data": {"usage": 1, "usage_daily": %s, "usage_weekly": 2, "usage_monthly": 3}}' % number  # noqa: UP031
    fake.fault("/auth/key", body=body)
    assert skill.ask(fake, "agent").lines()[1] == (
        "Today: unknown | Week: $2.00 | Month: $3.00 (OpenRouter's usage_daily is not an amount of money)"
    )


@pytest.mark.parametrize(
    ("text", "printed"), [("12.5", "$12.50"), ("7", "$7.00"), ("1.25e1", "$12.50"), ("0", "$0.00")]
)
def test_money_may_come_as_a_string(skill, fake, text, printed):
    fake.edit("/auth/key", lambda data: {**data, "usage_daily": text})
    assert skill.ask(fake, "agent").lines()[1].startswith(f"Today: {printed}* | Week: $18.90 |")


def test_all_money_may_come_as_strings(skill, fake):
    def texts(data):
        rows = data.get("data", [data])
        money = ("credits_usage", "byok_usage", "total_credits", "total_usage")
        for row in rows:
            row.update({name: str(row[name]) for name in money if row.get(name) is not None})
        return data

    printed = skill.ask(fake, "agent", "admin").run("report", "--by", "app").out
    for path in ("/analytics/query", "/credits"):
        fake.edit(path, texts)
    assert "$186.90" in printed
    assert skill.run("report", "--by", "app").out == printed


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", " 1", "1 ", "1_0", "1e9999", "0x1", "١", "1" * 41])
def test_a_string_that_is_no_plain_decimal_is_no_money(skill, fake, text):
    fake.edit("/auth/key", lambda data: {**data, "usage_daily": text})
    assert skill.ask(fake, "agent").lines()[1] == (
        "Today: unknown | Week: $18.90 | Month: $61.25 (OpenRouter's usage_daily is not a number)"
    )


@pytest.mark.parametrize("text", ["1e400", "1e-400", "1e13", "1" * 20])
def test_a_string_beyond_all_measure_is_no_money(skill, fake, text):
    fake.edit("/auth/key", lambda data: {**data, "usage_daily": text})
    assert skill.ask(fake, "agent").lines()[1].endswith("(OpenRouter's usage_daily is not an amount of money)")


def test_a_number_beyond_all_exponents_costs_one_answer(skill, fake):
    fake.fault("/auth/key", body='{"data": {"usage": 1e99999999999999999999999}}')
    lines = skill.ask(fake, "agent", "admin").lines()
    assert lines[1].endswith("(OpenRouter's answer is cut or is not JSON)")


@pytest.mark.parametrize("missing", [
    ("budgets", "effective_budget"),
    ("free_model_daily_requests",),
    ("expires_at", "label", "rate_limit", "is_free_tier", "workspace_id", "allowed_data_regions"),
    ("is_management_key",),
])  # fmt: skip
def test_fields_that_come_and_go_are_not_needed(skill, fake, missing):
    fake.edit("/auth/key", without(*missing))
    printed = skill.ask(fake, "agent").run()
    assert printed.out == (GOLDEN / "regular-only.txt").read_text(encoding="utf-8")


def test_the_older_name_of_a_management_key_is_understood(skill, fake):
    fake.edit("/auth/key", without("is_management_key"))
    printed = skill.ask(fake, "admin").run()
    assert printed.out == (GOLDEN / "management-only.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("odd", [
    {"budgets": "none"}, {"budgets": [None, 3]}, {"effective_budget": []}, {"free_model_daily_requests": "12"},
    {"expires_at": "soon"}, {"expires_at": 1732}, {"expires_at": "9999-99-99T00:00:00Z"}, {"organization_id": 7},
    {"limit_reset": 3}, {"creator_user_id": {}},
])  # fmt: skip
def test_odd_side_facts_leave_the_figures_standing(skill, fake, odd):
    fake.edit("/auth/key", lambda data: {**data, **odd})
    assert skill.ask(fake, "agent").lines()[1] == "Today: $3.42* | Week: $18.90 | Month: $61.25"


def test_a_model_row_without_its_spend_makes_that_model_unknown_and_stands_first(skill, fake):
    fake.edit("/activity", lambda rows: [without("usage")(row) if "deepseek" in row["model"] else row for row in rows])
    lines = skill.ask(fake, None, "admin").lines()
    assert [line for line in lines if line.startswith("•")][:2] == [
        "• deepseek-v4-flash: unknown (38 requests)",
        "• claude-sonnet-4.5: $8.48 (150), today $3.42*",
    ]
    assert "7d: Nov 13 to Nov 19, completed UTC days; total unknown (OpenRouter did not tell usage)" in lines
    shown = skill.json()
    assert (shown["models"]["total_usd"], shown["models"]["rows"][0]["usd"]) == (None, None)
    assert {"code": "not_told", "message": "models.rows.usd: OpenRouter did not tell usage"} in shown["notes"]


def test_a_model_row_without_side_figures_still_counts(skill, fake):
    fake.edit(
        "/activity", lambda rows: [without("requests", "byok_usage_inference", "cached_tokens")(row) for row in rows]
    )
    lines = skill.ask(fake, None, "admin").lines()
    assert "• claude-sonnet-4.5: $8.48 + unknown BYOK, today $3.42*" in lines
    assert (
        "7d: Nov 13 to Nov 19, completed UTC days; total $16.30 (OpenRouter did not tell byok_usage_inference)" in lines
    )
    row = skill.json()["models"]["rows"][0]
    assert (row["requests"], row["byok_usd"], row["cached_tokens"]) == (None, None, None)
    assert row["prompt_tokens"] == 2000


def test_counts_may_come_as_strings(skill, fake):
    fake.edit("/activity", lambda rows: [{**row, "requests": str(row["requests"])} for row in rows])
    assert "• claude-sonnet-4.5: $8.48 (150 requests), today $3.42*" in skill.ask(fake, None, "admin").lines()


@pytest.mark.parametrize("date", [None, "", 20261119, "yesterday", "2026-13-01", "2026-11-1", "20261119"])
def test_a_row_without_a_day_is_no_breakdown(skill, fake, date):
    fake.edit("/activity", lambda rows: [{**rows[0], "date": date}, *rows[1:]])
    lines = skill.ask(fake, None, "admin").lines()
    why = "OpenRouter's answer holds a row without a date; try again; if it lasts, please report it"
    assert f"Recent Models (7d): unknown ({why})" in lines


def test_a_row_without_a_slug_goes_by_its_permaslug(skill, fake):
    fake.edit("/activity", lambda rows: [without("model")(row) if row["model"] == HOSTILE else row for row in rows])
    lines = skill.ask(fake, None, "admin").lines()
    assert any(line.startswith("• =cmd") and line.endswith("-20260801: $2.00 (7)") for line in lines)


@pytest.mark.parametrize("data", ["text", {"a": 1}, [1, 2], [[]]])
def test_activity_that_is_no_list_of_rows_is_refused(skill, fake, data):
    fake.edit("/activity", lambda rows: data)
    line = next(line for line in skill.ask(fake, None, "admin").lines() if line.startswith("Recent"))
    assert line.startswith("Recent Models (7d): unknown (OpenRouter's answer ")


def test_a_byok_day_without_credits_counts_as_told(skill, fake):
    def bend(data):
        return {**data, "data": [*data["data"], {"date__day": "2026-11-19", "credits_usage": None, "byok_usage": 0.5}]}

    fake.edit("/analytics/query", bend)
    lines = skill.ask(fake, None, "admin").lines()
    assert lines[1] == "Today: $5.10* | Week: $21.40 | Month: $92.00"
    assert lines[3] == "BYOK: Today: $0.30* | Week: $2.55 | Month: $5.45"


def test_a_limit_that_is_not_told_is_not_called_none(skill, fake):
    fake.edit("/auth/key", without("limit", "limit_remaining", "limit_reset", "budgets", "effective_budget"))
    assert "Key limit: unknown (OpenRouter did not tell limit)" in skill.ask(fake, "agent").lines()
    shown = skill.json()
    assert shown["limits"] is None
    assert {"code": "not_told", "message": "limits: OpenRouter did not tell limit"} in shown["notes"]


def test_a_reset_that_is_not_told_is_not_called_none(skill, fake):
    fake.edit("/auth/key", lambda data: {**without("limit_reset")(data), "limit": 10, "limit_remaining": 4})
    assert "Key limit: $4.00 / $10.00 (60% used)" in skill.ask(fake, "agent").lines()


@pytest.mark.parametrize("value", ["soon", 1732])
def test_an_expiry_that_cannot_be_read_is_noted(skill, fake, value):
    fake.edit("/auth/key", lambda data: {**data, "expires_at": value})
    notes = skill.ask(fake, "agent").json()["notes"]
    assert {"code": "bad_answer", "message": "key.expires_at: OpenRouter's expires_at is not an instant"} in notes


def test_an_answer_cached_before_midnight_tells_nothing_of_today(skill, serve, account):
    skill.now = datetime(2026, 11, 20, 0, 1, 30, tzinfo=timezone.utc)
    fake = serve(account, now=skill.now)
    at = datetime(2026, 11, 19, 23, 59, 40, tzinfo=timezone.utc).timestamp() * 1000
    fake.edit("/analytics/query", lambda data: {**data, "cachedAt": at})
    lines = skill.ask(fake, None, "admin").lines()
    assert lines[1] == (
        "Today: unknown | Week: $16.30 | Month: $86.90 (OpenRouter's answer is from before this window began)"
        " (as of Nov 19 23:59 UTC)"
    )


def test_a_clock_on_another_day_than_openrouters_is_named(skill, serve, account):
    now = datetime.now(timezone.utc)
    skill.now = None
    noted = [line for line in skill.ask(serve(account, now=now), "agent").lines() if "clock" in line]
    assert noted == []
    fake = serve(account, now=now - timedelta(days=1))
    last = skill.ask(fake, "agent").lines()[-1]
    assert last.startswith("Note: this machine's clock says ")
    assert last.endswith(": all figures go by OpenRouter's")


# JSON


def test_the_whole_json_of_both_keys(skill, serve, account):
    key = account.key("agent")
    key.limit, key.limit_remaining, key.limit_reset, key.expires_at = 150, 88.75, "monthly", "2026-11-29T08:00:00Z"
    account.free_requests = (12, 50)
    printed = skill.ask(serve(account), "agent", "admin").run("--json")
    assert printed.out == (GOLDEN / "both.json").read_text(encoding="utf-8")


def test_json_has_every_name_that_is_promised_and_a_note_for_every_null(skill, fake):
    shown = skill.ask(fake, "agent").json()
    assert list(shown) == [
        "schema", "command", "as_of", "demo", "live_only", "key", "account", "today_local", "balance", "limits",
        "free_requests", "models", "forecast", "notes",
    ]  # fmt: skip
    assert (shown["schema"], shown["as_of"], shown["demo"]) == ("openrouter-usage/1", "2026-11-20T14:09:00Z", False)
    assert shown["live_only"] == ["key.today_usd", "key.byok_today_usd"]
    assert (shown["account"], shown["models"]) == (None, None)
    gaps = ["account", "models", "forecast.week_over_week", "forecast.weekday_usd"]
    assert [note["message"].split(":")[0] for note in shown["notes"]] == gaps


def test_json_keeps_every_digit(skill, fake):
    rows = {row["model"]: row["usd"] for row in skill.ask(fake, None, "admin").json()["models"]["rows"]}
    assert rows["deepseek/deepseek-v4-flash"] == Decimal("0.000895552")
    assert rows["anthropic/claude-sonnet-4.5"] == Decimal("8.48")


def test_recordings_are_whole_and_described():
    files = {path.name for path in RECORDED.glob("*.json")}
    described = (RECORDED / "README.md").read_text(encoding="utf-8")
    assert len(files) == 8
    assert [name for name in files if name not in described] == []
    assert (ROOT / "scripts").is_dir()
