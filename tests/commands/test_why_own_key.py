"""`why` with a regular key alone: whether it spends more than usual, by its own counters at each midnight."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from accounts import spending
from conftest import NOW, at, event
from documents import TEXTS, blocks
from fake_openrouter import Account, FakeKey

WHY_UNKNOWN = "This key: whether it spends more than usual is unknown (nothing earlier is known of it: "
MAKE_ONE = "make one at https://openrouter.ai/settings/management-keys and store it with `stats.py login`"
OF_REPORT = (
    "of this key alone `stats.py` tells its spend, limit and expiry, "
    "`stats.py why` its lifetime and whether it spends more than usual"
)
OF_WHY = "without --by, `stats.py why` tells how much this key alone spends and whether that is more than usual"
ONE_KEYS_CHANGE = "up $1.05 a day (+37%) from Nov 16 to 19, compared with Nov 1 to 15: $3.87 a day, $2.82 a day before"
ONE_KEYS_SUMS = "Known of it: Nov 1 to 15 $42.35, Nov 16 to 19 $15.48 (completed UTC days)"


def own(skill, *options):
    return skill.json("why", *options)


def seen_daily(skill, fake, *days):
    """Runs the summary at noon of these days of November, with what was spent until then."""
    events = fake.accounts[0].events
    skill.remembers = True
    for day in days:
        now = datetime(2026, 11, day, 14, 9, tzinfo=timezone.utc)
        fake.accounts[0].events = [one for one in events if one.at <= now]
        assert at(skill, fake, now).run().code == 0
    fake.accounts[0].events = events


def test_the_first_run_answers_by_the_weeks_and_the_months_counters(skill, fake):
    assert skill.ask(fake, "agent").lines("why") == [
        f"This key: {ONE_KEYS_CHANGE}.",
        "Today so far (14h 9m of the UTC day): $3.42; a whole day of this month: $3.04 on average (Nov 1 to 19)",
        f"Cost per request, models and other keys: unknown (needs a management key; {MAKE_ONE})",
        "With today: this week $18.90, this month $61.25",
        "This key since it was made: $161.25",
        "The account since it was opened: $261.25",
        "BYOK, in no figure above: today $0.30, this week $1.10, this month $4.00",
        ONE_KEYS_SUMS,
        "",
        "Source: OpenRouter's /auth/key, whose counters are remembered at each midnight, "
        "asked with OPENROUTER_API_KEY, as of 2026-11-20 14:09 UTC",
        "Note: of 2026-11-13 to 2026-11-19 and 2026-11-06 to 2026-11-12 its counters tell no sums: "
        "the nearest that are known are compared",
    ]


def test_a_key_whose_kind_is_not_told_is_a_regular_one_where_it_spent(skill, fake):
    fake.edit(
        "/auth/key",
        lambda data: {name: data[name] for name in data if "management" not in name and "provisioning" not in name},
    )
    lines = skill.ask(fake, "agent").lines("why")
    assert lines[0].startswith(WHY_UNKNOWN)
    assert "With today: this week $18.90, this month $61.25" in lines


def test_a_month_is_answered_as_the_page_shows_it(skill, fake):
    (shown,) = blocks(TEXTS["references/why.md"], "")
    assert skill.ask(fake, "agent").run("why", "--month").out.startswith(shown)


def test_the_json_has_sums_of_days_and_no_rows(skill, fake):
    document = own(skill.ask(fake, "agent"))
    assert list(document) == [
        *("schema", "command", "as_of", "demo", "source", "asked_with", "from", "to", "vs", "sentence"),
        *("key", "account", "month_usd_per_day", "total", "rows", "sums", "notes"),
    ]
    assert (document["key"]["total_usd"], document["account"]) == (Decimal("161.25"), {"total_usd": Decimal("261.25")})
    assert [note["code"] for note in document["notes"]] == ["needs_management_key", "days_missing"]
    assert (document["source"], document["rows"]) == ("key", None)
    assert document["total"] == {
        "before_usd": Decimal("42.35"),
        "after_usd": Decimal("15.48"),
        "change_usd": None,
        "usd_per_day_before": Decimal("2.8233333333"),
        "usd_per_day_after": Decimal("3.87"),
        "usd_per_day_change": Decimal("1.0466666667"),
    }
    assert document["sums"] == [
        {"from": "2026-11-01", "to": "2026-11-15", "usd": Decimal("42.35")},
        {"from": "2026-11-16", "to": "2026-11-19", "usd": Decimal("15.48")},
    ]


def test_every_command_that_reads_the_key_remembers_its_midnight(skill, serve):
    account = Account([FakeKey("agent")], spending("2", range(1, 16)) + spending("1", range(8, 16)))
    fake = serve(account)
    skill.ask(fake, "agent")
    seen_daily(skill, fake, 6, 13, 17, 18)
    document = own(at(skill, fake, NOW))
    assert document["sentence"] == (
        "This key: down $7.00 (-33%) from Nov 13 to 19, compared with the 7 days before: $14.00, $21.00 before."
    )
    assert document["total"]["change_usd"] == -7
    assert [(one["from"], one["to"], one["usd"]) for one in document["sums"]][-3:] == [
        ("2026-11-16", "2026-11-16", 2),
        ("2026-11-17", "2026-11-17", 2),
        ("2026-11-18", "2026-11-19", 4),
    ]
    assert "days_missing" not in [note["code"] for note in document["notes"]]
    asked = own(skill, "--from", "2026-11-17", "--to", "2026-11-17")
    assert asked["sentence"].startswith(
        "This key: unchanged on Nov 17, compared with the day before: $2.00, $2.00 before"
    )
    fake.fault_everywhere(status=501)
    assert own(skill, "--offline")["total"] == document["total"]


def test_another_key_has_none_of_its_days(skill, fake):
    skill.ask(fake, "agent")
    seen_daily(skill, fake, 18)
    document = own(at(skill, fake, NOW).ask(fake, "second"))
    assert [(one["from"], one["usd"]) for one in document["sums"]] == [("2026-11-01", Decimal("28.25")), (
        "2026-11-16", Decimal("0.82")
    )]  # fmt: skip


def test_on_a_first_that_is_a_monday_nothing_is_compared(skill, serve):
    fake = serve(Account([FakeKey("agent")], [event("06-01", "agent", "v/m", "P", "0.50")]))
    at(skill, fake, datetime(2026, 6, 1, 14, tzinfo=timezone.utc)).ask(fake, "agent")
    lines = skill.lines("why")
    assert lines[0].startswith(WHY_UNKNOWN)
    assert (lines[1], lines[3]) == (
        "Today so far (14h 0m of the UTC day): $0.50",
        "With today: this week $0.50, this month $0.50",
    )
    document = own(skill)
    assert (document["sentence"], document["total"], document["sums"]) == (lines[0], None, [])
    assert "total: nothing earlier is known of it" in document["notes"][-1]["message"]


def test_near_midnight_the_counters_are_not_remembered(skill, fake):
    skill.remembers = True
    at(skill, fake, NOW.replace(hour=0, minute=1)).ask(fake, "agent").run()
    assert skill.lines("why")[0].startswith(WHY_UNKNOWN)


def test_a_lifetime_that_was_told_too_small_once_costs_that_day_alone(skill, serve):
    fake = serve(Account([FakeKey("agent")], spending("2", range(1, 31))))
    skill.ask(fake, "agent")
    seen_daily(skill, fake, 16)
    fake.edit("/auth/key", lambda key: {**key, "usage": 1, "usage_daily": 0, "usage_weekly": 0, "usage_monthly": 0})
    seen_daily(skill, fake, 18)
    fake.edit("/auth/key", lambda key: key)
    document = own(at(skill, fake, NOW))
    assert "lifetime_fell" in [note["code"] for note in document["notes"]]
    assert all(one["usd"] == 2 * days(one) for one in document["sums"])


def days(one):
    return (datetime.fromisoformat(one["to"]) - datetime.fromisoformat(one["from"]) + timedelta(days=1)).days


def unknown(asked, told):
    return f"This key, {asked}: unknown, its counters tell {told} management key."


@pytest.mark.parametrize(("options", "first"), [
    (["--month"], unknown(
        "this month, Nov 1 to 19, compared with Oct 1 to 19, the same days of last month",
        "Nov 1 to 19 ($57.83) only; the rest needs a",
    )),
    (["--week"], unknown(
        "last week, Nov 9 to 15, compared with the week before, Nov 2 to 8", "none of these days; needs a",
    )),
    (["--days", "5"], unknown(
        "Nov 15 to 19 compared with the 5 days before", "Nov 16 to 19 ($15.48) only; the rest needs a",
    )),
    (["--from", "2026-11-17", "--to", "2026-11-17"], unknown(
        "Nov 17 compared with the day before", "none of these days; needs a",
    )),
    (["--vs", "2025-11-01..2025-11-07"], unknown(
        "Nov 13 to 19 compared with Nov 1 to 7, 2025", "Nov 16 to 19 ($15.48) only; the rest needs a",
    )),
    (["--from", "2026-11-16", "--vs", "2026-10-31..2026-11-15"], unknown(
        "Nov 16 to 19 compared with Oct 31 to Nov 15 (4 days against 16)",
        "Nov 1 to 15 ($42.35) and Nov 16 to 19 ($15.48) only; the rest needs a",
    )),
])  # fmt: skip
def test_days_that_its_counters_cannot_compare_are_not_answered_by_others(skill, fake, options, first):
    lines = skill.ask(fake, "agent").lines("why", *options)
    assert lines[:2] == [
        first,
        f"Known instead: {ONE_KEYS_CHANGE}",
    ]
    assert (ONE_KEYS_SUMS in lines, any(line.startswith("Note: ") for line in lines)) == (True, False)
    document = own(skill, *options)
    assert document["sentence"] == first
    assert (document["total"]["change_usd"], document["total"]["usd_per_day_change"]) == (None, None)
    assert document["known_instead"]["after_usd"] == Decimal("15.48")


def test_in_json_the_asked_period_that_is_known_has_its_sum(skill, fake):
    document = own(skill.ask(fake, "agent"), "--month")
    assert (document["from"], document["to"]) == ("2026-11-01", "2026-11-19")
    assert document["vs"] == {"from": "2026-10-01", "to": "2026-10-19"}
    assert (document["total"]["before_usd"], document["total"]["after_usd"]) == (None, Decimal("57.83"))
    assert document["known_instead"]["vs"] == {"from": "2026-11-01", "to": "2026-11-15"}
    assert "total.before_usd: the key's counters do not tell all of its days" in [
        note["message"] for note in document["notes"]
    ]


def test_days_that_it_can_compare_are(skill, fake):
    options = ("--from", "2026-11-16", "--vs", "2026-11-01..2026-11-15")
    lines = skill.ask(fake, "agent").lines("why", *options)
    assert lines[0] == f"This key: {ONE_KEYS_CHANGE}."
    assert lines[1].startswith("Today so far ")
    assert "known_instead" not in own(skill, *options)


def test_on_the_first_the_last_month_is_asked_for(skill, serve):
    fake = serve(Account([FakeKey("agent")], spending("2", range(1, 16))))
    skill.remembers = True
    at(skill, fake, datetime(2026, 10, 31, 12, tzinfo=timezone.utc)).ask(fake, "agent").run()
    at(skill, fake, datetime(2026, 12, 1, 10, tzinfo=timezone.utc))
    assert skill.lines("why", "--month")[0].startswith(
        "No day of this month is over yet. This key, last month, Nov 1 to 30, compared with the month before, "
        "Oct 1 to 31 (30 days against 31): unknown, its counters tell "
    )


def test_what_the_account_spent_is_unknown_where_its_credits_cannot_be_true(skill, serve, account):
    account.credits_for_regular = "zeros"
    assert "The account since it was opened: unknown (needs a management key)" in skill.ask(
        serve(account), "agent"
    ).lines("why")
    document = own(skill)
    assert document["account"] == {"total_usd": None}
    assert "account.total_usd: needs a management key; " + MAKE_ONE in [note["message"] for note in document["notes"]]


@pytest.mark.parametrize(("command", "instead"), [
    (["report"], OF_REPORT), (["why", "--by", "key"], OF_WHY), (["report", "--by", "app"], OF_REPORT),
])  # fmt: skip
def test_refused_commands_name_what_of_it_this_key_can_be_told(skill, fake, command, instead):
    printed = skill.ask(fake, "agent").run(*command)
    assert (printed.code, printed.out) == (3, "")
    assert printed.err.splitlines() == [
        "Error: this is of the whole account: it needs a management key",
        f"Next: {MAKE_ONE}; {instead}",
    ]


def test_an_option_of_a_command_that_refuses_this_key_says_so(skill, fake):
    printed = skill.ask(fake, "agent").run("--tz", "local")
    assert (printed.code, printed.err.splitlines()) == (
        2, ["Error: --tz belongs to the command `report`", "Next: `report --tz ...` (it needs a management key)"],
    )  # fmt: skip


def test_where_the_key_itself_cannot_be_asked_that_is_the_reason(skill, fake):
    fake.fault("/auth/key", status=501, body="{}")
    fake.fault("/key", status=501, body="{}")
    printed = skill.ask(fake, "agent").run("why")
    assert (printed.code, printed.out) == (4, "")
    assert printed.err.startswith("Error: OpenRouter is failing (HTTP 501)")


def test_beside_a_management_key_the_answer_is_the_accounts(skill, fake):
    assert skill.ask(fake, "agent", "admin").json("why")["source"] == "activity"
    fake.fault("/activity", status=501, body="{}")
    fake.fault("/analytics/query", status=501, body="{}")
    assert skill.run("why").code == 4


def test_a_key_that_was_refused_tells_nothing(skill, fake):
    fake.fault_everywhere(status=401)
    assert skill.ask(fake, "agent").run("why").code == 3
