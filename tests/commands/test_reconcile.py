"""The doctor's reconciliation: the month by each of OpenRouter's counts, and why they differ."""

import time
from dataclasses import replace
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from accounts import cabin
from conftest import MONEY, NOW, UNKNOWN, at, counters, event, later, write
from fake_openrouter import Account, FakeKey
from openrouter_usage.commands.doctor import reconcile
from openrouter_usage.commands.doctor.records import Cause, CountedBy, Difference, KeyAnswers
from openrouter_usage.records import (
    AccountDays,
    AccountKeys,
    Completed,
    DaySpend,
    Key,
    KeyInfo,
    ListedKey,
    Spend,
    UsageTable,
)

GPT = "openai/gpt-5.1", "OpenAI"
NO_FEE = "  BYOK fee beyond the monthly allowance: $0.00*"


def block(skill, *args):
    """The lines of the reconciliation, from a run that ends with exit code 0."""
    lines = skill.lines("doctor", *args)
    first = next(number for number, line in enumerate(lines) if line.startswith("Books"))
    return lines[first : lines.index("", first)]


def differences(skill, *args):
    """Of the first account."""
    told = skill.json("doctor", *args)["books"][0]["differences"]
    return [(one["side"], one["cause"], one["usd"]) for one in told]


def other_house():
    """A house with keys of each kind: other workspaces, disabled, expired, deleted, and use without any key."""
    keys = [
        FakeKey("agent"),
        FakeKey("second"),
        FakeKey("far", workspace="ws-two"),
        FakeKey("off", disabled=True),
        FakeKey("old", expires_at="2026-11-15T00:00:00Z", expired=True),
        FakeKey("gone", deleted=True),
        FakeKey("chat", deleted=True),
        FakeKey("admin", management=True),
    ]
    spent = {"agent": "10", "second": "20", "far": "5", "off": "3", "old": "2", "gone": "1.50", "chat": "0.75"}
    events = [event("11-12", key, *GPT, usd) for key, usd in spent.items()]
    return Account(keys, events, workspaces=("ws-default", "ws-two"))


def without_key(answer):
    """What the key `chat` did, OpenRouter tells of no key."""
    for row in answer["data"]:
        if row.get("api_key_id") == "chat":
            row["api_key_id"] = None
    return answer


def test_every_count_stands_beside_the_others_and_every_difference_has_its_cause(skill, fake):
    assert block(skill.ask(fake, "agent", "admin")) == [
        "Books since Nov 1 (UTC; credits; * with today, as of 14:09 UTC):",
        "  $92.00* /activity to Nov 19 ($86.90), and today by /analytics/query ($5.10*)",
        "  $92.00* /analytics/query",
        "  $92.00* /keys: 2 keys in 1 workspace",
        "  $61.25* OPENROUTER_API_KEY by its own counter",
        "  /activity alone, and the total of `report`, lack $5.10: today is in no completed day",
        "  The key's own counter lacks $30.75: other keys",
        "  BYOK, $4.95, is in none of these: a dashboard that adds it shows $96.95",
        NO_FEE,
        "  Otherwise the books agree.",
    ]


def test_the_json_has_each_count_in_full_and_each_difference_as_a_note(skill, fake):
    document = skill.ask(fake, "agent", "admin").json("doctor")
    assert document["books"] == [
        {
            "from": "2026-11-01",
            "completed_to": "2026-11-19",
            "completed_usd": Decimal("86.9"),
            "today_usd": Decimal("5.1"),
            "completed_and_today_usd": 92,
            "analytics_usd": 92,
            "keys_usd": 92,
            "key_usd": Decimal("61.25"),
            "byok_usd": Decimal("4.95"),
            "used_usd": 92,
            "byok_fees_usd": 0,
            "base": "analytics",
            "as_of": dict.fromkeys(("completed_and_today", "analytics", "keys", "key"), "2026-11-20T14:09:00Z"),
            "differences": [
                {"side": "completed", "cause": "today", "usd": Decimal("5.1")},
                {"side": "key", "cause": "other_keys", "usd": Decimal("30.75")},
                {"side": "all", "cause": "byok", "usd": Decimal("4.95")},
            ],
        }
    ]
    assert [note["code"] for note in document["notes"]] == ["books_today", "books_other_keys", "books_byok"]
    assert document["notes"][1]["message"] == "The key's own counter lacks $30.75: other keys"


def test_what_other_keys_spent_is_told_by_what_they_are_each_counted_once(skill, serve):
    fake = serve(other_house())
    fake.edit("/analytics/query", without_key)
    assert block(skill.ask(fake, "agent", "admin")) == [
        "Books since Nov 1 (UTC; credits; * with today, as of 14:09 UTC):",
        "  $42.25* /activity to Nov 19 ($42.25), and today by /analytics/query ($0.00*)",
        "  $42.25* /analytics/query",
        "  $40.00* /keys: 5 keys in 2 workspaces",
        "  $10.00* OPENROUTER_API_KEY by its own counter",
        "  /keys lacks $2.25: keys in no list (made by OAuth or deleted, perhaps) $1.50, "
        "use without a key (the chatroom, perhaps) $0.75",
        "  The key's own counter lacks $32.25: other keys of its workspace $20.00, keys of other workspaces $5.00, "
        "disabled keys $3.00, expired keys $2.00, keys in no list (made by OAuth or deleted, perhaps) $1.50, "
        "use without a key (the chatroom, perhaps) $0.75",
        "  Otherwise the books agree.",
    ]


@pytest.mark.parametrize("label", ["Chatroom", -1])
def test_the_chatroom_is_use_without_a_key(skill, serve, label):
    fake = serve(other_house())

    def of_the_chatroom(answer):
        for row in answer["data"]:
            row.update({"api_key_id": label} if row.get("api_key_id") == "chat" else {})
        return answer

    fake.edit("/analytics/query", of_the_chatroom)
    assert (
        "  /keys lacks $2.25: keys in no list (made by OAuth or deleted, perhaps) $1.50, "
        "use without a key (the chatroom, perhaps) $0.75"
    ) in block(skill.ask(fake, "agent", "admin"))


def test_where_openrouter_tells_no_workspace_none_is_named(skill, serve):
    fake = serve(other_house())
    fake.edit("/keys", lambda rows: [{name: row[name] for name in row if name != "workspace_id"} for row in rows])
    lines = block(skill.ask(fake, "agent", "admin"))
    assert lines[3] == "  $40.00* /keys: 5 keys"
    assert (
        "  The key's own counter lacks $32.25: other keys $25.00, "
        "disabled keys $3.00, expired keys $2.00, keys in no list (made by OAuth or deleted, perhaps) $2.25"
    ) in lines


def test_the_json_tells_of_each_cause_in_a_note_of_its_own(skill, serve):
    document = skill.ask(serve(other_house()), "agent", "admin").json("doctor")
    assert [note["message"] for note in document["notes"]] == [
        "/keys lacks $2.25: keys in no list (made by OAuth or deleted, perhaps)",
        "The key's own counter lacks $20.00: other keys of its workspace",
        "The key's own counter lacks $5.00: keys of other workspaces",
        "The key's own counter lacks $3.00: disabled keys",
        "The key's own counter lacks $2.00: expired keys",
        "The key's own counter lacks $2.25: keys in no list (made by OAuth or deleted, perhaps)",
    ]


def test_a_deleted_key_that_shares_its_name_with_a_listed_one_is_not_named(skill, serve):
    house = other_house()
    house.key("gone").called = house.key("chat").called = "second"
    assert differences(skill.ask(serve(house), mgmt="admin")) == [("keys", "unexplained", Decimal("2.25"))]


def test_a_key_without_a_name_is_listed_all_the_same(skill, serve):
    house = other_house()
    house.key("second").called = ""
    told = differences(skill.ask(serve(house), mgmt="admin"))
    assert told == [("keys", "unlisted_keys", Decimal("2.25"))]


def test_a_day_of_which_activity_has_another_amount_is_named(skill, fake):
    def late(rows):
        for row in rows:
            row["usage"] -= {"2026-11-18": 0.40, "2026-11-10": -0.25}.get(row["date"][:10], 0)
        return rows

    fake.edit("/activity", late)  # three endpoints on the 18th, one on the 10th
    lines = block(skill.ask(fake, mgmt="admin"))
    assert lines[1:] == [
        "  $91.05* /activity to Nov 19 ($85.95), and today by /analytics/query ($5.10*)",
        "  $92.00* /analytics/query",
        "  $92.00* /keys: 2 keys in 1 workspace",
        "  $92.25* is what all commands go by: the fuller count of each day",
        "  /activity alone, and the total of `report`, lack $5.10: today is in no completed day",
        "  Unexplained: /activity lacks $1.20 on Nov 18, perhaps not published yet",
        "  Unexplained: /activity has more than /analytics/query: $0.25 on Nov 10",
        "  BYOK, $4.95, is in none of these: a dashboard that adds it shows $96.95",
        NO_FEE,
    ]
    days = [one.get("day") for one in skill.json("doctor")["books"][0]["differences"]]
    assert days == [None, "2026-11-10", "2026-11-18", None]


def test_without_analytics_no_day_can_be_named(skill, fake):
    def late(rows):
        return [{**row, "usage": row["usage"] - 0.40 * (row["date"][:10] == "2026-11-18")} for row in rows]

    fake.edit("/activity", late)  # three endpoints
    fake.fault("/analytics/query", status=503)
    lines = block(skill.ask(fake, mgmt="admin"))
    assert "  Unexplained: /activity with today is $1.20 lower than /keys, perhaps not published yet" in lines


def test_where_nothing_differs_the_books_agree(skill, serve):
    house = Account([FakeKey("agent"), FakeKey("admin", management=True)], [event("11-12", "agent", *GPT, "10")])
    assert block(skill.ask(serve(house), "agent", "admin"))[1:] == [
        "  $10.00* /activity to Nov 19 ($10.00), and today by /analytics/query ($0.00*)",
        "  $10.00* /analytics/query",
        "  $10.00* /keys: 1 key in 1 workspace",
        "  $10.00* OPENROUTER_API_KEY by its own counter",
        "  The books agree.",
    ]


def test_without_analytics_the_key_list_is_the_measure(skill, fake):
    fake.fault("/analytics/query", status=503)
    lines = block(skill.ask(fake, "agent", "admin"))
    assert lines[1:7] == [
        "  $92.00* /activity to Nov 19 ($86.90), and today by /keys ($5.10*)",
        "  unknown /analytics/query (OpenRouter is failing (HTTP 503))",
        "  $92.00* /keys: 2 keys in 1 workspace",
        "  $61.25* OPENROUTER_API_KEY by its own counter",
        "  /activity alone, and the total of `report`, lack $5.10: today is in no completed day",
        "  The key's own counter lacks $30.75: other keys",
    ]
    document = skill.json("doctor")
    assert document["books"][0]["analytics_usd"] is None
    assert document["troubles"] == [
        "OpenRouter is failing (HTTP 503); try again; if it lasts, look at https://status.openrouter.ai"
    ]
    assert {
        "code": "openrouter_failing",
        "message": "books.analytics_usd: OpenRouter is failing (HTTP 503); "
        "try again; if it lasts, look at https://status.openrouter.ai",
    } in document["notes"]


@pytest.mark.parametrize("fault", [{"status": 503}, {"how": "silence"}])
def test_a_key_list_that_fails_costs_its_line_alone(skill, fake, fault):
    fake.fault("/keys", **fault)
    began = time.monotonic()
    printed = skill.ask(fake, "agent", "admin").run("doctor", "--timeout", "3")
    lines = printed.out.splitlines()
    assert time.monotonic() - began < 10
    assert (printed.code, printed.err) == (0, "")
    assert not [line for line in lines if line.startswith(("Trouble", "Note"))]
    assert "  $92.00* /analytics/query" in lines
    assert [line for line in lines if line.startswith("  unknown /keys (")]
    assert (
        "  Unexplained: the key's own counter is $30.75 lower than /analytics/query, "
        "perhaps of other keys, or not published yet"
    ) in lines


def test_where_today_is_not_known_the_completed_days_stand_alone(skill, fake):
    for path in ("/analytics/query", "/keys"):
        fake.fault(path, status=503)
    assert block(skill.ask(fake, "agent", "admin"))[1:] == [
        "  unknown /activity to Nov 19 ($86.90), today unknown (OpenRouter is failing (HTTP 503))",
        "  unknown /analytics/query (OpenRouter is failing (HTTP 503))",
        "  unknown /keys (OpenRouter is failing (HTTP 503))",
        "  $61.25* OPENROUTER_API_KEY by its own counter",
    ]


def test_a_list_of_the_default_workspace_alone_is_called_that(skill, serve):
    fake = serve(other_house())
    fake.fault("/workspaces", status=503)
    lines = block(skill.ask(fake, mgmt="admin"))
    assert lines[3:] == [
        "  $35.00* /keys: 4 keys; other workspaces unknown",
        "  /keys lacks $7.25: keys in no list (made by OAuth, of other workspaces or deleted, perhaps)",
        "  The workspaces are unknown (OpenRouter is failing (HTTP 503)): /keys is of the default one alone",
        "  Otherwise the books agree.",
    ]


def test_a_key_that_is_in_no_list_is_none_of_the_others_there(skill, serve):
    house = other_house()
    house.key("agent").workspace = "ws-hidden"
    told = differences(skill.ask(serve(house), "agent", "admin"))
    assert told == [
        ("keys", "unlisted_keys", Decimal("12.25")),
        ("key", "other_workspaces", 25),
        ("key", "disabled_keys", 3),
        ("key", "expired_keys", 2),
        ("key", "unlisted_keys", Decimal("2.25")),
    ]


def test_with_a_regular_key_alone_a_line_says_what_is_wanting(skill, fake):
    document = skill.ask(fake, "agent").json("doctor")
    assert block(skill) == [
        "Books: not known (needs a management key); OPENROUTER_API_KEY's own counter says $61.25* this month"
    ]
    assert (document["books"][0]["analytics_usd"], document["books"][0]["key_usd"]) == (None, Decimal("61.25"))
    assert [note["code"] for note in document["notes"]] == ["needs_management_key"]


def test_a_key_of_another_account_is_not_compared(skill, serve, account):
    lines = block(skill.ask(serve(account, cabin()), "cabin key", "admin"))
    assert "   $9.00* OPENROUTER_API_KEY by its own counter" in lines
    assert "  OPENROUTER_API_KEY is of another account, so it is not compared with this one" in lines
    assert not [line for line in lines if "lacks" in line]


@pytest.mark.parametrize(("spent", "other"), [("0", "0"), ("100", "100.9")])
def test_where_it_is_not_told_whose_a_key_is_likeness_is_no_proof(skill, serve, account, spent, other):
    nobody = {"organization": None, "creator": None}
    mine = replace(
        account, events=[event("11-12", "agent", *GPT, other), event("11-12", "second", *GPT, "7")], **nobody
    )
    theirs = Account([FakeKey("cabin key")], [event("11-12", "cabin key", *GPT, spent)], **nobody)
    lines = block(skill.ask(serve(mine, theirs), "cabin key", "admin"))
    assert any(
        line.startswith("  OpenRouter did not tell whether OPENROUTER_API_KEY is of this account") for line in lines
    )
    assert not [line for line in lines if "lacks" in line and "Today" not in line and "alone" not in line]


def test_a_counter_of_an_earlier_day_has_its_time(skill, serve, account):
    skill.remembers = True
    skill.now = datetime(2026, 12, 1, 9, 0, tzinfo=timezone.utc)
    fake = serve(account, now=skill.now)
    skill.ask(fake, "agent").lines("doctor")
    (line,) = block(later(skill, fake, days=2), "--offline")
    assert line.endswith("OPENROUTER_API_KEY's own counter says $0.00* this month (as of Dec 1 09:00 UTC)")


def test_on_the_first_of_a_month_today_is_all(skill, serve, account):
    account.events.append(event("12-01", "agent", *GPT, "2.00"))
    skill.now = datetime(2026, 12, 1, 14, 9, tzinfo=timezone.utc)
    assert block(skill.ask(serve(account, now=skill.now), "agent", "admin")) == [
        "Books since Dec 1 (UTC; credits; * with today, as of 14:09 UTC):",
        "  $2.00* /activity: no completed day yet, and today by /analytics/query ($2.00*)",
        "  $2.00* /analytics/query",
        "  $2.00* /keys: 2 keys in 1 workspace",
        "  $2.00* OPENROUTER_API_KEY by its own counter",
        "  /activity alone, and the total of `report`, lack $2.00: today is in no completed day",
        "  Otherwise the books agree.",
    ]


def test_figures_of_two_times_are_not_balanced(skill, fake, account):
    skill.remembers = True
    skill.ask(fake, "agent", "admin").lines("doctor")
    account.events.append(event("11-20", "second", *GPT, "1.00"))
    fake.fault("/keys", status=503)
    lines = block(later(skill, fake, minutes=10))
    assert lines[3] == "  $92.00* /keys: 2 keys in 1 workspace (as of 14:09 UTC)"
    assert (
        "  Not balanced: /keys and /analytics/query differ by $1.00, "
        "but the one was told Nov 20 14:09 UTC, the other Nov 20 14:19 UTC"
    ) in lines
    assert lines[-2:] == ["  BYOK, $4.95, is in none of these: a dashboard that adds it shows $97.95", NO_FEE]
    assert "Note: some answers are remembered ones: OpenRouter is failing (HTTP 503)" in skill.lines("doctor")


def test_where_today_is_not_known_the_completed_days_alone_are_of_another_time(skill, fake, account):
    skill.remembers = True
    skill.ask(fake, mgmt="admin").lines("doctor")
    account.events.append(event("11-20", "second", *GPT, "1.00"))
    for path in ("/analytics/query", "/keys"):
        fake.fault(path, status=503)
    lines = block(later(skill, fake, days=1))
    assert lines[1].startswith("  unknown /activity to Nov 20 ($93.00), today unknown (")
    assert (
        "  Not balanced: /activity and /analytics/query differ by $1.00, "
        "but the one was told Nov 21 14:09 UTC, the other Nov 20 14:09 UTC"
    ) in lines


def test_what_was_told_on_another_day_or_month_is_no_figure_of_this_one(skill, fake):
    skill.remembers = True
    skill.ask(fake, "agent", "admin").lines("doctor")
    asked = len(fake.asked)
    lines = block(later(skill, fake, days=1), "--offline")
    assert lines == [
        "Books since Nov 1 (UTC; credits; * with today, as of Nov 20 14:09 UTC):",
        "  unknown /activity to Nov 19 ($86.90; a completed day of the month is not known), "
        "today unknown (OpenRouter's answer is from before this window began)",
        "  $92.00* /analytics/query (as of Nov 20 14:09 UTC)",
        "  $92.00* /keys: 2 keys in 1 workspace (as of Nov 20 14:09 UTC)",
        "  $61.25* OPENROUTER_API_KEY by its own counter (as of Nov 20 14:09 UTC)",
        "  The key's own counter lacks $30.75: other keys",
        "  BYOK, $4.95, is in none of these: a dashboard that adds it shows $96.95",
        f"{NO_FEE} (as of Nov 20 14:09 UTC)",
        "  Otherwise the books agree.",
    ]
    assert block(at(skill, fake, NOW.replace(month=12)), "--offline") == [
        "Books: not known (OpenRouter's answer is from before this window began)"
    ]
    assert asked > 0 and not fake.asked


def test_two_profiles_of_one_account_share_its_figures(skill, fake, account):
    texts = {key.name: key.text for key in account.keys}
    for name, key in (("home", "agent"), ("work", "second")):
        path = skill.home / ".config" / "openrouter-usage" / f"credentials.{name}.env"
        write(path, f"OPENROUTER_API_KEY={texts[key]}\nOPENROUTER_MGMT_KEY={texts['admin']}\n")
    lines = skill.ask(fake).run("doctor", "--all-profiles").out.splitlines()
    first = lines.index("Books of home since Nov 1 (UTC; credits; * with today, as of 14:09 UTC):")
    assert lines[first + 11 : first + 15] == [
        "Books of work: the account is that of home, above",
        "  $30.75* OPENROUTER_API_KEY by its own counter",
        "  The key's own counter lacks $61.25: other keys",
        "  Otherwise the books agree.",
    ]


def test_the_sample_account_has_balanced_books(skill):
    assert block(skill, "--demo")[-3:] == [
        "  BYOK, $2.73, is in none of these: a dashboard that adds it shows $96.36",
        NO_FEE,
        "  Otherwise the books agree.",
    ]


# The fee for BYOK


def with_fee(account, usd):
    account.events = [replace(one, byok_fee=Decimal(usd)) if one.byok else one for one in account.events]
    return account


def test_the_fee_for_byok_is_told_with_where_it_is_counted(skill, serve, account):
    fake = serve(with_fee(account, "0.05"))  # the month has four events with BYOK
    lines = block(skill.ask(fake, "agent", "admin"))
    assert lines[-2] == ("  BYOK fee beyond the monthly allowance: $0.20*; /analytics/query has it among the credits")
    assert lines[2] == "  $92.00* /analytics/query"
    assert skill.json("doctor")["books"][0]["byok_fees_usd"] == Decimal("0.2")
    (asked, _) = [one.body for one in fake.asked if one.body and one.body["metrics"] == ["byok_fees"]]
    assert asked["time_range"] == {"start": "2026-11-01T00:00:00Z", "end": "2026-11-20T14:09:00Z"}


def test_without_byok_the_fee_is_none_and_is_not_asked_for(skill, serve, account):
    account.events = [replace(one, byok=Decimal(0)) for one in account.events]
    fake = serve(account)
    assert not [one for one in block(skill.ask(fake, "agent", "admin")) if "BYOK" in one]
    assert skill.json("doctor")["books"][0]["byok_fees_usd"] == 0
    assert not [one for one in fake.asked if one.body and "byok_fees" in one.body["metrics"]]


def without_fees(answer):
    """An answer without any row to the question about the fees alone."""
    return {**answer, "data": [row for row in answer["data"] if "byok_fees" not in row]}


def test_a_fee_that_is_not_told_is_unknown_not_zero(skill, fake):
    fake.edit("/analytics/query", without_fees)
    lines = block(skill.ask(fake, "agent", "admin"))
    assert "  BYOK fee beyond the monthly allowance: unknown (OpenRouter did not tell byok_fees)" in lines
    document = skill.json("doctor")
    assert document["books"][0]["byok_fees_usd"] is None
    assert {"code": "not_told", "message": "books.byok_fees_usd: OpenRouter did not tell byok_fees"} in document[
        "notes"
    ]


def test_a_fee_that_openrouter_does_not_answer_is_no_trouble(skill, fake):
    def refused(answer):
        return "no" if any("byok_fees" in row for row in answer["data"]) else answer

    fake.edit("/analytics/query", refused)
    lines = skill.ask(fake, "agent", "admin").lines("doctor")
    assert [one for one in lines if one.startswith("  BYOK fee beyond the monthly allowance: unknown (OpenRouter's")]
    assert not [one for one in lines if one.startswith("Trouble")]


CAUSES = some.tuples(some.sampled_from((Cause.TODAY, Cause.OTHER_KEYS)), MONEY, some.none() | some.dates())


@given(MONEY, MONEY, some.lists(CAUSES))
def test_the_named_parts_and_the_rest_add_up_to_the_difference_exactly(base, figure, causes):
    parts = [Difference(CountedBy.KEY_LIST, *cause) for cause in causes]
    *named, rest = reconcile.split(CountedBy.KEY_LIST, base - figure, parts)
    assert sum((one.usd for one in named), rest.usd) == base - figure
    assert [one for one in named if abs(one.usd) < Decimal("0.01")] == []
    assert (rest.cause.code, rest.day) == ("unexplained", None)


AMOUNTS = some.lists(some.tuples(some.sampled_from(("ws-one", "ws-two")), some.booleans(), MONEY), min_size=1)
NONE = Spend(Decimal(0), Decimal(0), Decimal(0))


@given(AMOUNTS, MONEY)
def test_what_is_named_of_any_account_adds_up_but_for_amounts_below_a_cent(spent, account):
    listed = [
        ListedKey(f"{number}", f"{number}", None, disabled, None, None, counters(month), workspace)
        for number, (workspace, disabled, month) in enumerate(spent)
    ]
    own = KeyInfo(counters(spent[0][2]), (), None, UNKNOWN, False, None, "one", None, workspace="ws-one")
    day = date(2026, 11, 12)
    answers = KeyAnswers(
        key=Key("id", "OPENROUTER_API_KEY", "the environment", "address"),
        profile="",
        info=own,
        credits=UNKNOWN,
        account=AccountDays((DaySpend(day, account, Decimal(0)),), None),
        days=Completed(UsageTable(("date",), ()), tuple(date(2026, 11, number) for number in range(1, 20))),
        days_at=None,
        listed=AccountKeys(tuple(listed), False),
        by_key=UsageTable(("key", "date"), ()),
    )
    found = reconcile.reconcile(answers, answers, NOW)
    month = {way.code: spent.usd for way, spent in found.counts.month.items()}
    for side, usd in (("completed_and_today", Decimal(0)), ("keys", month["keys"]), ("key", month["key"])):
        named = sum((one.usd for one in found.differences if one.counted_by.code == side), Decimal(0))
        assert abs(account - usd - named) < Decimal("0.01")
