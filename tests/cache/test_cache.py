"""What is remembered: nothing is asked twice, nothing forgotten, and there is an answer when nobody answers."""

import json
import time
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from accounts import other_house
from conftest import BARE, GOLDEN, NOW, UNKNOWN, at, counters, event, later, spent
from fake_openrouter import FakeKey
from fleet import ago, assert_true, fleet, truth
from openrouter_usage.cache.json_store import packed, unpacked
from openrouter_usage.records import KeyInfo

TWICE = ["admin /analytics/query"] * 2  # the account's totals, and today's models
A_SET = ["admin /activity", *TWICE, "admin /auth/key", "admin /credits", "agent /auth/key"]


@pytest.fixture
def skill(skill):
    skill.remembers = True
    return skill


# The last answers


def test_an_answer_is_not_asked_for_again_within_a_minute(skill, fake):
    first = skill.ask(fake, "agent", "admin").run()
    assert fake.paths() == A_SET
    assert later(skill, fake, seconds=59).run() == replace(first, out=first.out.replace("9h 51m", "9h 50m"))
    assert fake.asked == []


def test_after_a_minute_it_is_asked_again_but_for_the_completed_days(skill, fake, account):
    skill.ask(fake, "agent", "admin").run()
    account.events.append(event("11-20", "second", "v/m", "P", "2.00"))
    assert "All keys: Today: $7.10* | Week: $23.40 | Month: $94.00" in later(skill, fake, seconds=61).lines()
    assert fake.paths() == [path for path in A_SET if path != "admin /activity"]


def test_max_age_says_how_old_an_answer_may_be(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    lines = later(skill, fake, minutes=59).lines("--max-age", "1h")
    assert (fake.asked, lines[1]) == ([], "This key: Today: $3.42* | Week: $18.90 | Month: $61.25")
    assert later(skill, fake, minutes=2).run("--max-age", "1h").code == 0
    assert "agent /auth/key" in fake.paths()


def test_max_age_0_asks_everything_again(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    skill.run("--max-age", "0")
    assert fake.paths() == sorted(2 * A_SET)


def test_a_bare_number_is_an_age_in_seconds(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    later(skill, fake, seconds=89).run("--max-age", "90")
    assert fake.asked == []
    later(skill, fake, seconds=2).run("--max-age", "90")
    assert "agent /auth/key" in fake.paths()


@pytest.mark.parametrize("age", ["1w", "-1s", "1h30m", "", "9999999s", "1.5h", "٣s"])
def test_a_duration_that_is_none_is_wrong_usage(skill, age):
    printed = skill.run(f"--max-age={age}")
    assert (printed.code, printed.err.splitlines()[0]) == (
        2,
        "Error: argument --max-age: must be a duration such as 90s, 5m, 72h or 14d, or 0",
    )


def test_every_part_of_the_json_says_of_when_it_is(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    shown = later(skill, fake, minutes=30).json("--max-age", "1h")
    parts = ("key", "account", "balance", "models", "free_requests")
    assert {shown["as_of"], *(shown[part]["as_of"] for part in parts)} == {"2026-11-20T14:09:00Z"}
    fake.fault("/credits", status=503)
    shown = json.loads(later(skill, fake, hours=1).run("--json").out)
    assert [shown[part]["as_of"] for part in ("key", "balance")] == ["2026-11-20T15:39:00Z", "2026-11-20T14:09:00Z"]
    assert shown["as_of"] == "2026-11-20T14:09:00Z"


def test_with_the_utc_day_a_live_answer_ends(skill, fake):
    at(skill, fake, datetime(2026, 11, 20, 23, 59, 50, tzinfo=timezone.utc)).ask(fake, "agent").run()
    assert later(skill, fake, seconds=15).lines()[1] == "Today: $0.00* | Week: $18.90 | Month: $61.25"


def test_a_report_by_key_is_remembered_page_by_page(skill, fake):
    first = skill.ask(fake, mgmt="admin").run("report", "--by", "key")
    assert later(skill, fake, seconds=30).run("report", "--by", "key") == first
    assert fake.asked == []


def test_an_answer_that_was_asked_with_another_key_is_not_taken(skill, fake):
    skill.ask(fake, "agent").run()
    skill.ask(fake, "second").run()
    assert {asked.key for asked in fake.asked} == {"agent", "second"}


# When nobody answers


def test_when_nobody_answers_what_is_remembered_stands_in_with_its_time(skill, fake, account):
    key = account.key("agent")
    key.limit, key.limit_remaining, key.limit_reset = 150, 88.75, "monthly"
    account.free_requests = (12, 50)
    skill.ask(fake, "agent", "admin").run()
    fake.fault_everywhere(status=503)
    printed = later(skill, fake, hours=2).run()
    assert (printed.code, printed.err) == (0, "")
    assert printed.out == (GOLDEN / "remembered.txt").read_text(encoding="utf-8")


def test_the_day_after_yesterdays_figures_are_not_todays(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    fake.fault_everywhere(status=503)
    lines = later(skill, fake, days=1).lines()
    too_old = "(OpenRouter's answer is from before this window began) (as of Nov 20 14:09 UTC)"
    assert lines[1] == f"This key: Today: unknown | Week: $18.90 | Month: $61.25 {too_old}"
    assert "Balance: $38.75 / $300.00 (as of Nov 20 14:09 UTC)" in lines
    assert "7d: Nov 13 to Nov 19, completed UTC days, final as of Nov 20 14:09 UTC; total $16.30" in lines


def test_a_limit_that_was_reset_since_has_an_unknown_rest(skill, fake, account):
    key = account.key("agent")
    key.limit, key.limit_remaining, key.limit_reset = 20, 5, "daily"
    skill.ask(fake, "agent").run()
    fake.fault_everywhere(how="reset")
    lines = later(skill, fake, days=1).lines()
    assert lines[4] == (
        "Key limit: unknown / $20.00 (resets daily, Nov 22, OpenRouter's answer is from before this window began, "
        "as of Nov 20 14:09 UTC)"
    )


def test_where_nothing_is_remembered_nobody_answering_is_an_error(skill, fake):
    fake.fault_everywhere(status=503)
    printed = skill.ask(fake, "agent", "admin").run()
    assert (printed.code, printed.out) == (4, "")


def test_a_refusal_is_an_answer_that_memory_does_not_hide(skill, fake, account):
    skill.ask(fake, "agent").run()
    account.key("agent").deleted = True
    printed = later(skill, fake, hours=1).run()
    assert (printed.code, printed.out) == (3, "")
    assert "OpenRouter refused OPENROUTER_API_KEY" in printed.err


def test_analytics_alone_failing_takes_the_live_key_list_before_an_old_total(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    fake.fault("/analytics/query", status=503)
    lines = later(skill, fake, hours=1).lines()
    assert "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00" in lines
    assert any(line.startswith("Note: analytics failed") for line in lines)


def test_in_an_outage_the_totals_of_all_keys_are_the_remembered_ones(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    skill.run("report", "--by", "key")
    fake.fault_everywhere(status=503)
    lines = later(skill, fake, hours=1).lines()
    assert "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00 (as of 14:09 UTC)" in lines
    assert [line for line in lines if line.startswith("Note: ")] == [
        'Note: not everything was answered (OpenRouter is failing (HTTP 503)): figures with "as of" are remembered ones'
    ]


def test_in_an_outage_the_live_counters_of_a_report_by_key_have_their_time(skill, fake):
    skill.ask(fake, mgmt="admin").run("report", "--by", "key")
    fake.fault_everywhere(status=503)
    lines = later(skill, fake, hours=1).lines("report", "--by", "key")
    assert "Note: the keys' limits and live counters are as of 2026-11-20 14:09 UTC" in lines
    assert any(line.endswith("asked with OPENROUTER_MGMT_KEY, as of 2026-11-20 14:09 UTC") for line in lines)


def test_offline_nobody_is_asked(skill, fake):
    printed = skill.ask(fake, "agent", "admin").run("--offline")
    assert (printed.code, printed.out, fake.asked) == (4, "", [])
    assert printed.err == (
        "Error: nobody was asked (--offline)\nNext: nothing is remembered that answers this: run it without\n"
    )
    skill.run()
    lines = later(skill, fake, hours=1).lines("--offline")
    assert lines[1] == "This key: Today: $3.42* | Week: $18.90 | Month: $61.25 (as of 14:09 UTC)"
    assert lines[-1] == "Note: nobody was asked (--offline): all figures are remembered ones"
    assert fake.asked == []


def test_offline_a_report_is_answered_from_memory(skill, fake):
    skill.ask(fake, mgmt="admin").run("report", "--by", "date")
    live = skill.json("report", "--by", "date")
    document = later(skill, fake, hours=1).json("report", "--by", "date", "--offline")
    assert fake.asked == []
    assert document["as_of"] == document["credits"]["as_of"] == "2026-11-20T14:09:00Z"
    assert [row["usd"] for row in document["rows"]] == [row["usd"] for row in live["rows"]]


def test_a_csv_out_of_memory_has_its_time_beside_it(skill, fake):
    answered = skill.ask(fake, mgmt="admin").run("report", "--by", "app", "--csv")
    fake.fault_everywhere(status=503)
    printed = later(skill, fake, hours=1).run("report", "--by", "app", "--csv")
    assert (printed.code, printed.out) == (0, answered.out)
    assert printed.err.splitlines()[-1] == "Note: all figures are as of 2026-11-20 14:09 UTC"


def test_without_requests_what_is_remembered_is_shown(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    assert skill.run(python=BARE).code == 0
    printed = later(skill, fake, hours=1).run(python=BARE)
    assert printed.code == 0
    assert "Balance: $38.75 / $300.00 (as of 14:09 UTC)" in printed.out
    assert "the package `requests` is not installed" in printed.out


# Completed days


def test_days_beyond_thirty_are_remembered_and_add_up(skill, serve):
    account = fleet()
    fake = serve(account)
    for days in (30, 0):
        at(skill, fake, NOW - timedelta(days=days)).ask(fake, mgmt="admin").run("report")
    for by in (("model",), ("provider",), ("date",), ("date", "model"), ("model", "provider")):
        document = skill.json("report", "--by", ",".join(by), "--days", "44")
        assert document["remembered"] == {"from": str(ago(44)), "to": str(ago(31))}
        assert_true(document, truth(account, by, ago(44), ago(1)))
    assert set(fake.paths()) == {"admin /activity", "admin /analytics/query", "admin /credits"}
    assert fake.paths().count("admin /activity") == fake.paths().count("admin /credits") == 1


def test_a_remembered_report_is_the_one_that_was_answered(skill, serve, big):
    skill.ask(serve(big), mgmt="admin")
    for arguments in (["--by", "model"], ["--by", "provider,date"], ["--model", "vendor1/*", "--by", "date"]):
        skill.remembers = False
        answered = skill.json("report", *arguments)
        skill.remembers = True
        remembered = skill.json("report", *arguments)
        assert remembered == answered


def test_days_that_nobody_saw_are_named_and_days_without_use_are_zero(skill, serve, account):
    account.events = [event("09-03", "agent", "v/m", "P", "1.00"), event("11-18", "agent", "v/m", "P", "2.00")]
    fake = serve(account)
    for day in (date(2026, 9, 5), NOW.date()):
        at(skill, fake, datetime(day.year, day.month, day.day, 12, tzinfo=timezone.utc))
        skill.ask(fake, mgmt="admin").run("report")
    fake.fault("/analytics/query", status=400, body="{}")
    document = skill.json("report", "--by", "date", "--from", "2026-08-01")
    days = {row["date"]: row["usd"] for row in document["rows"] if row["usd"] is not None}
    assert (days["2026-09-03"], days["2026-09-04"], days["2026-11-18"]) == (1, 0, 2)
    assert (min(days), len(days), document["known_days"]) == ("2026-08-06", 60, 60)
    assert [note["message"] for note in document["notes"] if note["code"] == "days_missing"] == [
        "not in it: 2026-08-01 to 2026-08-05; OpenRouter's analytics, which has them, cannot be had (OpenRouter does "
        "not take the question (HTTP 400))",
        "not in it: 2026-09-05 to 2026-10-20; OpenRouter's analytics, which has them, cannot be had (OpenRouter does "
        "not take the question (HTTP 400))",
    ]
    lines = skill.lines("report", "--from", "2026-08-01")
    assert lines[1] == "2026-08-01 to 2026-11-19, 60 of 111 UTC days known: $3.00"
    assert "From memory, for /activity tells them no more: 2026-08-06 to 2026-09-04" in lines


def test_a_report_of_older_days_alone_asks_for_no_activity(skill, fake):
    at(skill, fake, NOW - timedelta(days=60)).ask(fake, mgmt="admin").run("report")
    at(skill, fake, NOW)
    assert skill.run("report", "--from", "2026-08-22", "--to", "2026-09-20", "--no-credits").code == 0
    assert fake.asked == []


def test_older_days_that_nobody_saw_are_wrong_usage_and_nobody_is_asked(skill, fake):
    skill.ask(fake, mgmt="admin").run("report")
    fake.asked.clear()
    printed = skill.run("report", "--by", "provider", "--date", "2026-05-01")
    assert (printed.code, fake.asked) == (2, [])
    assert "nothing is known of 2026-05-01" in printed.err and "remembered" in printed.err


def test_rows_alike_in_every_name_are_both_money(skill, serve, account):
    account.events = [event("11-18", "agent", "v/m", "P", "1.25", permaslug="p")] * 2
    fake = serve(account)
    fake.edit("/activity", lambda rows: [dict(row) for row in rows for _ in range(2)])
    skill.ask(fake, mgmt="admin").run("report")
    assert skill.json("report", "--offline")["total"]["usd"] == 5


def test_a_later_answer_replaces_a_day_whole(skill, serve, account):
    account.events = [event("11-18", "agent", "v/m", "P", "1.00"), event("11-18", "agent", "v/n", "P", "4.00")]
    fake = serve(account)
    skill.ask(fake, mgmt="admin").run("report")
    account.events = [event("11-18", "agent", "v/m", "P", "1.50")]
    later(skill, fake, days=1).run("report")
    rows = skill.json("report", "--date", "2026-11-18", "--offline")["rows"]
    assert [(row["model"], row["usd"]) for row in rows] == [("v/m", Decimal("1.5"))]


def test_no_use_at_all_has_its_time_too(skill, serve, account):
    account.events = []
    fake = serve(account)
    at(skill, fake, datetime(2026, 11, 20, 0, 5, tzinfo=timezone.utc)).ask(fake, mgmt="admin").run()
    fake.fault_everywhere(status=503)
    none = "Recent Models (7d): none, no requests from Nov 13 to Nov 19 (as of 00:05 UTC)"
    assert none in later(skill, fake, hours=20).lines()


def test_yesterday_is_asked_for_again_until_it_is_final(skill, fake):
    at(skill, fake, datetime(2026, 11, 20, 5, 0, tzinfo=timezone.utc)).ask(fake, mgmt="admin").run("report")
    later(skill, fake, minutes=59).run("report")
    assert "admin /activity" in fake.paths()
    later(skill, fake, minutes=2).run("report")
    assert "admin /activity" in fake.paths()
    later(skill, fake, hours=17).run("report")
    assert "admin /activity" not in fake.paths()
    later(skill, fake, hours=1).run("report")
    assert "admin /activity" in fake.paths()


def test_what_was_not_told_stays_unknown_in_memory(skill, serve, account):
    account.events = [event("11-18", "agent", "v/m", "P", "1.00"), event("11-18", "agent", "v/n", "P", "4.00")]
    fake = serve(account)

    def without_a_number(rows):
        return [{**row, "usage": None if row["model"] == "v/n" else row["usage"]} for row in rows]

    fake.edit("/activity", without_a_number)
    skill.ask(fake, mgmt="admin").run("report")
    document = skill.json("report", "--offline")
    assert {row["model"]: row["usd"] for row in document["rows"]} == {"v/m": 1, "v/n": None}
    assert document["total"]["usd"] is None
    assert any("did not tell it when these days were remembered" in note["message"] for note in document["notes"])


def test_money_is_remembered_to_the_last_of_ten_decimals(skill, serve, account):
    amounts = ["0.0000000001", "0.1", "0.2", "1234.0123456789"]
    account.events = [event("11-18", "agent", f"v/{number}", "P", usd) for number, usd in enumerate(amounts)]
    skill.ask(serve(account), mgmt="admin").run("report")
    assert skill.json("report", "--offline")["total"]["usd"] == Decimal("1234.3123456790")


def test_a_model_gets_its_name_from_days_that_are_long_gone(skill, serve, account):
    account.events = [event("09-18", "agent", "v/m", "P", "1.00", permaslug="v/m-0801")]
    fake = serve(account)
    at(skill, fake, NOW - timedelta(days=50)).ask(fake, mgmt="admin").run("report")
    document = at(skill, fake, NOW).json("report", "--by", "model,app", "--days", "90")
    assert [row["model"] for row in document["rows"]] == ["v/m"]


def test_without_any_known_day_a_report_is_no_zero(skill, fake):
    skill.ask(fake, mgmt="admin").run("report")
    fake.fault_everywhere(status=503)
    printed = later(skill, fake, days=60).run("report", "--days", "7")
    assert (printed.code, printed.out) == (4, "")


def test_a_day_that_was_seen_too_early_is_named(skill, fake, account):
    skill.ask(fake, mgmt="admin")
    for now in (datetime(2026, 11, 1, 0, 5, tzinfo=timezone.utc), datetime(2026, 12, 1, 12, tzinfo=timezone.utc)):
        at(skill, fake, now).run("report")
    notes = skill.json("report", "--from", "2026-10-29", "--to", "2026-11-03")["notes"]
    early = "seen last before all was counted, so that some spend may lack: 2026-10-31"
    assert [note["message"] for note in notes if note["code"] == "days_unsettled"] == [early]


def test_each_answer_of_activity_says_itself_which_days_it_covers(skill, serve, account):
    """OpenRouter's clock when it answered, not when this machine asked, nor when another question was answered."""
    midnight = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    account.events = [replace(event("11-18", "agent", "v/m", "P", "1.00"), at=midnight - timedelta(hours=1))]
    fake = serve(account, now=midnight - timedelta(seconds=1))

    def a_little_later(credits):
        time.sleep(0.5)
        fake.now = midnight + timedelta(seconds=1)
        return credits

    fake.edit("/credits", a_little_later)
    skill.now = None
    skill.ask(fake, mgmt="admin").run("report")
    skill.now = midnight + timedelta(hours=12)
    yesterday = (midnight - timedelta(days=1)).date().isoformat()
    assert skill.run("report", "--date", yesterday, "--offline").code == 4


@pytest.mark.parametrize(("apart", "known"), [(timedelta(days=-1), 1), (timedelta(days=1), 0)])
def test_a_live_report_too_goes_by_the_day_of_openrouters_answer(skill, serve, account, apart, known):
    """What is asked on one side of midnight and answered on the other makes no day a zero."""
    real = datetime.now(timezone.utc)
    oldest = (real - timedelta(days=30)).replace(hour=12)
    account.events = [replace(event("11-18", "agent", "v/m", "P", "1.00"), at=oldest)]
    fake = serve(account, now=real + apart)
    skill.now = None
    skill.ask(fake, mgmt="admin")
    printed = skill.run("report", "--by", "date", "--json", "--max-age", "0")
    days = {row["date"]: row["usd"] for row in json.loads(printed.out)["rows"]}
    assert (f"{oldest:%Y-%m-%d}" in days) == bool(known)
    assert days.get(f"{real - timedelta(days=1):%Y-%m-%d}", "not known") == ("not known" if known else 0)


def test_a_report_stays_with_the_account_of_its_first_key(skill, serve, account):
    fake = serve(account, other_house())
    at(skill, fake, NOW - timedelta(days=50)).ask(fake, mgmt="admin").run("report")
    at(skill, fake, NOW).ask(fake, api="admin", mgmt="other admin")
    printed = skill.run("report", "--by", "provider", "--date", "2026-09-10")
    assert (printed.code, printed.out) == (2, "")


# Balances


def test_a_report_by_date_shows_what_the_balance_was_and_what_was_bought(skill, fake, account):
    skill.ask(fake, mgmt="admin")
    readings = [(17, 9, 300), (17, 23, 300), (18, 8, 400), (18, 22, 400), (19, 23, 425)]
    for day, hour, purchased in readings:
        account.purchased = purchased
        at(skill, fake, datetime(2026, 11, day, hour, 30, tzinfo=timezone.utc)).run()
    at(skill, fake, NOW)
    rows = skill.json("report", "--by", "date", "--from", "2026-11-16")["rows"]
    assert [(row["balance_usd"], row["balance_at"], row["top_up_usd"]) for row in rows] == [
        (None, None, None),
        (Decimal("38.75"), "2026-11-17T23:30:00Z", None),
        (Decimal("138.75"), "2026-11-18T22:30:00Z", 100),
        (Decimal("163.75"), "2026-11-19T23:30:00Z", 25),
    ]
    lines = skill.run("report", "--by", "date", "--from", "2026-11-16").out.splitlines()
    table = [" ".join(line.split()) for line in lines[lines.index("") + 1 :]]
    assert table[0] == "Date Spend BYOK Share Reqs $/M $/req Hit Balance Top-up"
    assert [line[:10] for line in table[1:5]] == ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19"]
    assert "$138.75 22:30 $100.00" in table[3]
    assert "$163.75 23:30 $25.00" in table[4]
    assert "Balance: the day's last reading, at that time (UTC); Top-up: bought since the reading before." in lines


def test_a_balance_that_is_not_believed_is_no_reading(skill, fake, account):
    account.credits_for_regular = "zeros"
    at(skill, fake, datetime(2026, 11, 19, 9, tzinfo=timezone.utc)).ask(fake, "agent").run()
    at(skill, fake, NOW).ask(fake, "agent", "admin").run()
    assert skill.json("report", "--by", "date", "--date", "2026-11-19")["rows"][0]["balance_usd"] is None


def test_a_balance_is_shown_of_a_day_whose_spend_is_not_known(skill, fake, account):
    at(skill, fake, NOW - timedelta(days=40)).ask(fake, mgmt="admin").run()
    at(skill, fake, NOW).run()
    document = skill.json("report", "--by", "date", "--from", "2026-10-09", "--to", "2026-10-12", "--offline")
    rows = [(row["date"], row["usd"], row["balance_usd"]) for row in document["rows"]]
    assert rows == [("2026-10-09", 0, None), ("2026-10-10", 0, None), ("2026-10-11", None, Decimal("38.75"))]
    assert (document["total"]["usd"], document["known_days"]) == (0, 2)
    lines = skill.lines("report", "--by", "date", "--from", "2026-10-09", "--to", "2026-10-12", "--offline")
    assert "2026-10-11 ? ? ? ? ? ? ? ? ? $38.75 14:09 ?" in [" ".join(line.split()) for line in lines]
    assert any(line.startswith("Note: not in it: 2026-10-11 to 2026-10-12") for line in lines)
    top = skill.lines("report", "--by", "date", "--from", "2026-10-09", "--to", "2026-10-12", "--offline", "--top", "1")
    assert any(line.startswith("1 more") for line in top)


def test_today_stands_in_its_starred_row_alone_with_its_balance(skill, fake, account):
    for hours in (28, 2):
        at(skill, fake, NOW - timedelta(hours=hours)).ask(fake, mgmt="admin").run()
    asked = ["report", "--by", "date", "--from", "2026-11-18", "--to", "today"]
    lines = at(skill, fake, NOW).lines(*asked)
    assert lines[3] == "Dearest day: 2026-11-18 at $10.48"
    table = [line.split() for line in lines[lines.index("") + 1 :]][:7]
    assert [(row[0], row[1]) for row in (*table[1:4], table[5])] == [
        ("2026-11-18", "$10.48"), ("2026-11-19", "$0.00"), ("2026-11-20*", "$5.10"), ("Total", "$10.48")
    ]  # fmt: skip
    assert [(row[-3:]) for row in table[2:4]] == [["$38.75", "10:09", "?"], ["$38.75", "12:09", "$0.00"]]
    assert table[6][:3] == ["With", "today*", "$15.58"]
    notes = [line for line in lines if line.startswith("Note: ?")]
    assert notes == ["Note: ? is unknown: there is no earlier reading of the balance"]
    document = skill.json(*asked)
    assert [row["date"] for row in document["rows"]] == ["2026-11-18", "2026-11-19"]
    (today,) = document["today"]["rows"]
    assert (today["usd"], today["balance_usd"]) == (Decimal("5.1"), Decimal("38.75"))
    printed = skill.run(*asked, "--csv")
    assert [line[:10] for line in printed.out.splitlines()[1:]] == ["2026-11-18", "2026-11-19"]
    assert "2026-11-20; today is not over" in printed.err


# Whose it is


def test_two_accounts_never_mix(skill, serve, account):
    fake = serve(account, other_house())
    skill.ask(fake, mgmt="admin").run("report")
    skill.ask(fake, mgmt="other admin").run("report")
    assert spent(skill) == 7
    assert spent(skill.ask(fake, mgmt="admin")) == Decimal("186.9")


def test_one_key_at_two_addresses_is_two_accounts(skill, serve, account):
    one, other = serve(account), serve(replace(account, events=[event("11-18", "agent", "v/m", "P", "7.00")]))
    skill.ask(one, mgmt="admin").run("report")
    skill.ask(other, mgmt="admin").run("report")
    assert (spent(skill), spent(skill.ask(one, mgmt="admin"))) == (7, Decimal("186.9"))


def rotated(account):
    account.keys.append(FakeKey("new admin", management=True))
    account.key("admin").deleted = True


def test_a_rotated_key_finds_its_accounts_history(skill, fake, account):
    account.events.append(event("10-01", "agent", "v/m", "P", "1.00"))
    at(skill, fake, NOW - timedelta(days=40)).ask(fake, mgmt="admin").run("report")
    rotated(account)
    at(skill, fake, NOW).ask(fake, mgmt="new admin").run("report")
    assert spent(skill) == Decimal("187.9")


def test_a_field_that_vanishes_does_not_split_a_history(skill, fake, account):
    account.events.append(event("10-01", "agent", "v/m", "P", "1.00"))
    at(skill, fake, NOW - timedelta(days=40)).ask(fake, mgmt="admin").run("report")
    for vanished in ("organization_id", "creator_user_id"):
        fake.edit("/auth/key", lambda data, vanished=vanished: {k: v for k, v in data.items() if k != vanished})
        at(skill, fake, NOW).ask(fake, mgmt="admin").run()
        assert spent(skill) == Decimal("187.9")


def test_a_rotated_key_finds_its_history_once_it_tells_its_organization(skill, fake, account):
    """Until then it may be of another account of the same user, and two accounts never mix."""
    account.events.append(event("10-01", "agent", "v/m", "P", "1.00"))
    at(skill, fake, NOW - timedelta(days=40)).ask(fake, mgmt="admin").run("report")
    fake.edit("/auth/key", lambda data: {name: value for name, value in data.items() if name != "organization_id"})
    rotated(account)
    at(skill, fake, NOW).ask(fake, mgmt="new admin").run("report")
    assert spent(skill) == Decimal("186.9")
    fake.edit("/auth/key", lambda data: data)
    later(skill, fake, minutes=2).run()
    assert spent(skill) == Decimal("187.9")


def test_where_the_api_never_tells_organizations_the_user_is_the_account(skill, fake, account):
    account.events.append(event("10-01", "agent", "v/m", "P", "1.00"))
    fake.edit("/auth/key", lambda data: {name: value for name, value in data.items() if name != "organization_id"})
    at(skill, fake, NOW - timedelta(days=40)).ask(fake, mgmt="admin").run("report")
    rotated(account)
    at(skill, fake, NOW).ask(fake, mgmt="new admin").run("report")
    assert spent(skill) == Decimal("187.9")


def test_days_that_are_told_before_the_key_says_whose_they_are_wait_for_it(skill, fake, account):
    def late(data):
        time.sleep(0.4)
        return {name: value for name, value in data.items() if name != "organization_id"}

    fake.edit("/auth/key", late)
    account.events.append(event("10-01", "agent", "v/m", "P", "1.00"))
    at(skill, fake, NOW - timedelta(days=40)).ask(fake, mgmt="admin").run("report")
    rotated(account)
    at(skill, fake, NOW).ask(fake, mgmt="new admin").run("report")
    assert spent(skill) == Decimal("187.9")


def test_a_personal_account_whose_organization_is_not_told_overwrites_nothing(skill, serve, account):
    alone = replace(other_house(), organization=None, creator="user-one")
    fake = serve(account, alone)
    skill.ask(fake, mgmt="admin").run("report")
    fake.edit("/auth/key", lambda data: {name: value for name, value in data.items() if name != "organization_id"})
    skill.ask(fake, mgmt="other admin").run("report")
    assert (spent(skill), spent(skill.ask(fake, mgmt="admin"))) == (7, Decimal("186.9"))


def test_a_key_that_changes_its_organization_joins_nothing(skill, serve, account):
    fake = serve(account, other_house())
    skill.ask(fake, mgmt="other admin").run("report")
    skill.ask(fake, mgmt="admin").run("report")
    fake.edit("/auth/key", lambda data: {**data, "organization_id": "org-two"})
    later(skill, fake, minutes=2).run()
    assert (spent(skill), spent(skill.ask(fake, mgmt="other admin"))) == (Decimal("186.9"), 7)


def test_a_regular_key_is_not_shown_what_only_the_management_key_may_see(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    del skill.env["OPENROUTER_MGMT_KEY"]
    assert later(skill, fake, hours=1).run("report").code == 3
    printed = later(skill, fake, hours=1).run("report", "--offline")
    assert (printed.code, printed.out) == (3, "")
    assert "needs a management key" in printed.err


def test_ids_that_are_learnt_late_join_what_was_apart(skill, fake, account):
    account.events.append(event("10-01", "agent", "v/m", "P", "1.00"))
    names = ("organization_id", "creator_user_id")
    fake.edit("/auth/key", lambda data: {name: value for name, value in data.items() if name not in names})
    at(skill, fake, NOW - timedelta(days=40)).ask(fake, mgmt="admin").run("report")
    account.keys.append(FakeKey("new admin", management=True))
    at(skill, fake, NOW).ask(fake, mgmt="new admin").run("report")
    assert spent(skill) == Decimal("186.9")
    fake.edit("/auth/key", lambda data: data)
    for name in ("admin", "new admin"):
        later(skill, fake, minutes=2).ask(fake, mgmt=name).run()
    assert spent(skill) == spent(skill.ask(fake, mgmt="admin")) == Decimal("187.9")


def test_a_user_alone_and_the_same_user_in_an_organization_are_two_accounts(skill, serve, account):
    alone = replace(other_house(), organization=None, creator="user-one")
    fake = serve(account, alone)
    skill.ask(fake, mgmt="admin").run("report")
    skill.ask(fake, mgmt="other admin").run("report")
    assert (spent(skill), spent(skill.ask(fake, mgmt="admin"))) == (7, Decimal("186.9"))


def test_what_the_version_before_remembered_of_keys_is_still_read():
    own = KeyInfo(counters(Decimal(1)), (), None, UNKNOWN, False, None, "one", None)
    before = json.loads(packed(own))
    del before["workspace"]
    assert unpacked(json.dumps(before)) == own


def test_no_key_and_no_piece_of_one_is_in_the_file(skill, fake, account):
    skill.ask(fake, "agent", "admin")
    for arguments in ([], ["report", "--by", "key"], ["report", "--by", "app"]):
        assert skill.run(*arguments).code == 0
    stored = b"".join(path.read_bytes() for path in skill.state.iterdir())
    assert len(stored) > 20_000
    for key in account.keys:
        pieces = [key.text, key.text[9:41], key.text[-12:], key.label, key.label[:12]]
        assert [piece for piece in pieces if piece.encode() in stored] == []
