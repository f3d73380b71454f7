"""The emoji summary: whole outputs for every combination of keys, and each line's own rules."""

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from accounts import budget, other_account
from conftest import GOLDEN, HOSTILE_SHOWN, days_from_now, event, house
from fake_openrouter import ABSENT, FakeKey

SAME = ["admin /activity", "admin /analytics/query", "admin /analytics/query", "admin /auth/key", "admin /credits"]


@pytest.mark.parametrize(
    ("name", "api", "mgmt", "asked"),
    [
        ("regular-only", "agent", None, ["agent /auth/key", "agent /credits"]),
        ("management-only", None, "admin", SAME),
        ("both", "agent", "admin", [*SAME, "agent /auth/key"]),
        ("management-only", "admin", None, SAME),
        ("management-only", "admin", "admin", SAME),
    ],
)
def test_every_combination_of_keys_prints_the_truth_with_the_fewest_requests(skill, fake, name, api, mgmt, asked):
    printed = skill.ask(fake, api, mgmt).run()
    assert (printed.code, printed.err) == (0, "")
    assert printed.out == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert fake.paths() == asked


def test_a_regular_key_in_the_place_of_a_management_key_answers_for_itself_and_is_named(skill, fake):
    lines = skill.ask(fake, None, "agent").lines()
    assert lines[:2] == ["💰 OpenRouter Usage (this key)", "Today: $3.42* | Week: $18.90 | Month: $61.25"]
    assert lines[-1] == "Note: OPENROUTER_MGMT_KEY holds a regular key, not a management key"


def test_two_regular_keys_are_not_added_up(skill, fake):
    lines = skill.ask(fake, "agent", "second").lines()
    assert lines[:2] == ["💰 OpenRouter Usage (this key)", "Today: $3.42* | Week: $18.90 | Month: $61.25"]
    assert lines[-1] == "Note: OPENROUTER_MGMT_KEY holds a regular key, not a management key"


def test_swapped_keys_are_taken_for_what_they_are(skill, fake):
    straight = skill.ask(fake, "agent", "admin").lines()
    swapped = skill.ask(fake, "admin", "agent").lines()
    assert swapped == [*straight, "Note: OPENROUTER_MGMT_KEY holds a regular key, not a management key"]


@pytest.mark.parametrize("hides", ["is_management_key", "both"])
def test_a_management_key_that_does_not_say_so_is_known_by_what_it_may_see(skill, fake, hides):
    names = ("is_management_key", "is_provisioning_key")[: 1 if hides == "is_management_key" else 2]
    fake.edit("/auth/key", lambda data: {name: value for name, value in data.items() if name not in names})
    for slots in (("admin", None), (None, "admin")):
        printed = skill.ask(fake, *slots).run()
        assert printed.out == (GOLDEN / "management-only.txt").read_text(encoding="utf-8")


def test_zeros_are_not_believed_of_a_key_that_is_known_to_be_no_management_key_by_its_403s(skill, serve, account):
    account.credits_for_regular = "zeros"
    fake = serve(account)
    fake.fault("/auth/key", status=500, body="")
    printed = skill.ask(fake, None, "agent").run()
    assert printed.code == 4
    assert "$0.00" not in printed.all


def test_a_bad_management_key_beside_a_good_one_is_named(skill, serve, account):
    account.keys.append(FakeKey("gone", management=True, deleted=True))
    lines = skill.ask(serve(account), "admin", "gone").lines()
    assert lines[1] == "Today: $5.10* | Week: $21.40 | Month: $92.00"
    assert lines[-1] == (
        "Note: the management key was not used: OpenRouter refused OPENROUTER_MGMT_KEY (HTTP 401); "
        "the key may be deleted, mistyped or cut: see https://openrouter.ai/settings/management-keys"
    )


def test_two_management_keys_of_one_account_are_one_account(skill, serve, account):
    account.keys.append(FakeKey("admin2", management=True))
    assert skill.ask(serve(account), "admin", "admin2").lines()[1] == "Today: $5.10* | Week: $21.40 | Month: $92.00"


def test_there_is_no_line_for_all_keys_where_one_key_is_the_only_spender(skill, serve, account):
    account.events = [one for one in account.events if one.key == "agent"]
    lines = skill.ask(serve(account), "agent", "admin").lines()
    assert lines[:2] == ["💰 OpenRouter Usage (this key)", "Today: $3.42* | Week: $18.90 | Month: $61.25"]
    assert not any(line.startswith("All keys") for line in lines)
    assert "Recent Models (7d):" in lines


def test_models_say_all_keys_where_their_days_reach_back_before_the_known_windows(skill, serve, account):
    account.events = [event("11-01", "agent", "a/b", "A", "2.00")]
    skill.now = datetime(2026, 11, 3, 12, tzinfo=timezone.utc)
    lines = skill.ask(serve(account, now=skill.now), "agent", "admin").lines()
    assert not any(line.startswith("All keys") for line in lines)
    assert "Recent Models (7d, all keys):" in lines


@pytest.mark.parametrize(
    ("now", "line"),
    [
        ("2026-11-20T14:09:00", "Today: $3.42* | Week: $18.90 | Month: $61.25"),
        ("2026-11-16T23:59:59", "Today: $5.00* | Week: $5.00* | Month: $47.35"),
        ("2026-11-01T00:00:00", "Today: $0.00* | Week: $0.00 | Month: $0.00*"),
        ("2026-06-01T00:00:01", "Today: $0.00* | Week: $0.00* | Month: $0.00*"),
    ],
)
def test_a_star_marks_what_no_completed_day_holds(skill, serve, account, now, line):
    skill.now = datetime.fromisoformat(now).replace(tzinfo=timezone.utc)
    account.events = [one for one in account.events if one.at <= skill.now]
    assert skill.ask(serve(account, now=skill.now), "agent").lines()[1] == line


def test_the_footer_stands_only_under_a_starred_figure(skill, fake):
    fake.fault("/auth/key", status=500, body="")
    fake.edit("/activity", lambda rows: [{**row, "model": "a*b"} for row in rows])
    fake.fault("/analytics/query", status=401, body="")
    assert not any(line.startswith("* live") for line in skill.ask(fake, None, "admin").lines())


def test_the_footer_says_how_long_the_utc_day_lasts(skill, serve, account):
    skill.now = datetime(2026, 11, 16, 23, 58, 30, tzinfo=timezone.utc)
    assert skill.ask(serve(account, now=skill.now), "agent").lines()[-1] == (
        "* live: the UTC day is not over (0h 1m left)"
    )


def test_the_seven_days_are_the_last_seven_completed_ones(skill, serve, account):
    account.events = [
        event("11-20", "agent", "v/today", "P", "1.00"),
        event("11-19", "agent", "v/yesterday", "P", "2.00"),
        event("11-13", "agent", "v/seventh", "P", "3.00"),
        event("11-12", "agent", "v/eighth", "P", "4.00"),
    ]
    lines = skill.ask(serve(account), None, "admin").lines()
    assert [line for line in lines if line.startswith("•")] == [
        "• seventh: $3.00 (1 request)",
        "• yesterday: $2.00 (1)",
        "• today-20260801: today $1.00*",
    ]


def test_eight_models_are_shown_and_the_rest_is_one_line(skill, serve, account):
    account.events = [event("11-19", "agent", f"v/m{n:02}", "P", f"{20 - n}.10", requests=n + 1) for n in range(11)]
    account.events.append(event("11-19", "agent", "v/m10", "Q", "0.004", byok="0.50", requests=5))
    models = [line for line in skill.ask(serve(account), None, "admin").lines() if line.startswith("•")]
    assert models[0] == "• m00: $20.10 (1 request)"
    assert models[7:] == ["• m07: $13.10 (8)", "• 3 more: $33.30 + $0.50 BYOK (35)"]


def test_names_keep_their_vendor_where_two_would_look_the_same(skill, serve, account):
    account.events = [
        event("11-19", "agent", "one/auto", "P", "3.00"),
        event("11-19", "agent", "two/auto", "P", "2.00"),
        event("11-19", "agent", "two/other:free", "P", "0"),
    ]
    models = [line for line in skill.ask(serve(account), None, "admin").lines() if line.startswith("•")]
    assert models == ["• one/auto: $3.00 (1 request)", "• two/auto: $2.00 (1)", "• other:free: $0.00 (1)"]


def test_a_week_without_requests_is_said_with_its_days(skill, serve, account):
    account.events = [event("11-12", "agent", "v/m", "P", "1.00")]
    lines = skill.ask(serve(account), None, "admin").lines()
    assert "Recent Models (7d): none, no requests from Nov 13 to Nov 19" in lines


def test_a_hostile_model_name_is_one_plain_line(skill, fake):
    assert f"• {HOSTILE_SHOWN}: $2.00 (7)" in skill.ask(fake, None, "admin").lines()


# Balance


@pytest.mark.parametrize(("purchased", "line"), [
    (300, "Balance: $38.75 / $300.00"),
    (261.25, "Balance: $0.00 / $261.25"),
    (261.254, "Balance: <$0.01 / $261.25"),
    (260, "Balance: -$1.25 / $260.00"),
])  # fmt: skip
def test_the_balance_is_remaining_of_purchased(skill, serve, account, purchased, line):
    account.purchased = purchased
    assert line in skill.ask(serve(account), None, "admin").lines()


def test_a_negative_balance_says_what_it_means(skill, serve, account):
    account.purchased = 260
    assert skill.ask(serve(account), None, "admin").lines()[-1] == (
        "Note: the balance is negative: calls may fail (HTTP 402), to free models too"
    )


def test_a_regular_key_answered_with_the_truth_shows_the_balance(skill, serve, account):
    account.credits_for_regular = "true"
    assert "Balance: $38.75 / $300.00" in skill.ask(serve(account), "agent").lines()


@pytest.mark.parametrize("answer", ["zeros", "403"])
def test_a_regular_key_refused_or_answered_with_zeros_leaves_the_balance_unknown(skill, serve, account, answer):
    account.credits_for_regular = answer
    assert "Balance: unknown (needs a management key)" in skill.ask(serve(account), "agent").lines()


def test_a_new_account_without_credits_is_a_true_zero_to_a_management_key(skill, serve, account):
    account.events, account.purchased = [], 0
    assert "Balance: $0.00 / $0.00" in skill.ask(serve(account), None, "admin").lines()


def test_credits_below_what_one_key_used_are_not_believed(skill, fake):
    fake.edit("/credits", lambda data: {"total_credits": 500, "total_usage": 150})
    lines = skill.ask(fake, "agent", "admin").lines()
    assert "Balance: unknown (OpenRouter's credits are less than this key alone has used)" in lines


def test_credits_may_lag_behind_today(skill, fake):
    # agent: $161.25 in its life, $3.42 of it today
    fake.edit("/credits", lambda data: {"total_credits": 500, "total_usage": 157.83})
    assert "Balance: $342.17 / $500.00" in skill.ask(fake, "agent").lines()


# Limits


def test_a_monthly_limit_counts_what_is_spent_since_its_reset(skill, serve, account):
    key = account.key("agent")
    key.limit, key.limit_remaining, key.limit_reset = 150, 88.75, "monthly"
    assert "Key limit: $88.75 / $150.00 (41% used, resets monthly, Dec 1)" in skill.ask(serve(account), "agent").lines()


@pytest.mark.parametrize(("limit", "remaining", "reset", "line"), [
    (10, 2.5, "daily", "Key limit: $2.50 / $10.00 (75% used, resets daily, Nov 21)"),
    (10, 9.999, "daily", "Key limit: $10.00 / $10.00 (<1% used, resets daily, Nov 21)"),
    (10, 10, "weekly", "Key limit: $10.00 / $10.00 (0% used, resets weekly, Nov 23)"),
    (10, -0.75, None, "Key limit: -$0.75 / $10.00 (108% used, does not reset)"),
    (10, 0.004, None, "Key limit: <$0.01 / $10.00 (>99% used, does not reset)"),
    (0, 0, None, "Key limit: $0.00 / $0.00 (for free models alone)"),
    (0, 0, "daily", "Key limit: $0.00 / $0.00 (for free models alone)"),
    (10, None, "monthly",
     "Key limit: unknown / $10.00 (resets monthly, Dec 1, OpenRouter did not tell limit_remaining)"),
])  # fmt: skip
def test_the_limit_line_in_all_its_forms(skill, serve, account, limit, remaining, reset, line):
    key = account.key("agent")
    key.limit, key.limit_remaining, key.limit_reset = limit, remaining, reset
    assert line in skill.ask(serve(account), "agent").lines()


def test_the_layer_that_openrouter_calls_effective_is_the_one_shown(skill, serve, account):
    key = account.key("agent")
    key.budgets = [budget("member", 20, 5), budget("workspace", 500, 499)]
    key.effective_budget = budget("workspace", 500, 499)
    lines = skill.ask(serve(account), "agent").lines()
    assert "Workspace budget: $1.00 / $500.00 (>99% used, resets monthly, Dec 1)" in lines


def test_without_an_effective_layer_the_first_spent_one_blocks_else_the_one_with_the_least_left(skill, serve, account):
    key = account.key("agent")
    key.limit, key.limit_remaining = 50, 12
    key.budgets = [budget("workspace_default_member", 20, 5), budget("workspace", 500, 490, "weekly", None)]
    lines = skill.ask(serve(account), "agent").lines()
    assert "Workspace budget: $10.00 / $500.00 (98% used, resets weekly, Nov 23)" in lines
    key.budgets = [budget("member", 20, 20), budget("workspace", 500, 700)]
    lines = skill.ask(serve(account), "agent").lines()
    assert "Member budget: $0.00 / $20.00 (100% used, resets monthly, Dec 1)" in lines


# Free models, expiry, BYOK


@pytest.mark.parametrize(("used", "line"), [(12, "Free models: 38 of 50 requests left today"), (0, None)])
def test_free_requests_are_shown_once_any_was_used(skill, serve, account, used, line):
    account.free_requests = (used, 50)
    lines = skill.ask(serve(account), "agent").lines()
    assert next((shown for shown in lines if shown.startswith("Free")), None) == line


@pytest.mark.parametrize(("days", "line"), [
    (9, "⚠️ Key expires in 9 days (Nov 29)"),
    (14, "⚠️ Key expires in 14 days (Dec 4)"),
    (15, None),
    (1, "⚠️ Key expires tomorrow (Nov 21)"),
    (0, "⚠️ Key expired (Nov 20)"),  # at its first instant
    (-2, "⚠️ Key expired (Nov 18)"),
])  # fmt: skip
def test_a_key_that_expires_within_14_days_is_announced(skill, serve, account, days, line):
    account.key("agent").expires_at = days_from_now(days)
    lines = skill.ask(serve(account), "agent").lines()
    assert next((shown for shown in lines if shown.startswith("⚠️")), None) == line


def test_an_expiring_management_key_is_called_one(skill, serve, account):
    account.key("admin").expires_at = "2026-11-22T10:00:00.1234567+02:00"
    account.key("agent").expires_at = "2026-11-20T23:00:00Z"
    lines = skill.ask(serve(account), "agent", "admin").lines()
    assert "⚠️ Key expires today (Nov 20)" in lines
    assert "⚠️ Management key expires in 2 days (Nov 22)" in lines


def test_there_is_no_byok_line_without_byok(skill, serve, account):
    account.events = [event("11-20", "agent", "v/m", "P", "1.00")]
    assert not any(line.startswith("BYOK") for line in skill.ask(serve(account), "agent").lines())


# Two accounts


@pytest.mark.parametrize("identity", [
    {"organization": "org-two"},
    {"organization": None, "creator": "user-two"},
])  # fmt: skip
def test_two_accounts_are_two_blocks_and_never_one_sum(skill, serve, identity):
    ours = house()
    if identity["organization"] is None:
        ours.organization = None
    fake = serve(ours, other_account(**identity))
    printed = skill.ask(fake, "agent", "their-admin").run()
    assert printed.out == (GOLDEN / "two-accounts.txt").read_text(encoding="utf-8")


def test_two_accounts_are_two_objects_in_json(skill, serve):
    fake = serve(house(), other_account(organization="org-two"))
    shown = skill.ask(fake, "agent", "their-admin").json()
    assert (float(shown["key"]["today_usd"]), shown["account"]) == (3.42, None)
    other = shown["other_account"]
    assert (other["key"], other["account"]["today_usd"], other["balance"]["remaining_usd"]) == (None, 7, 63)
    assert "two_accounts" in [note["code"] for note in shown["notes"]]


def test_a_note_of_one_account_says_which(skill, serve):
    theirs = other_account(organization="org-two")
    theirs.purchased = 5
    lines = skill.ask(serve(house(), theirs), "agent", "their-admin").lines()
    assert (
        "Note: account of OPENROUTER_MGMT_KEY: the balance is negative: calls may fail (HTTP 402), to free models too"
        in lines
    )


def test_management_keys_of_two_accounts_are_two_blocks(skill, serve):
    fake = serve(house(), other_account(organization="org-two"))
    lines = skill.ask(fake, "admin", "their-admin").lines()
    assert lines[0] == "💰 OpenRouter Usage (account of OPENROUTER_API_KEY)"
    assert lines[1] == "Today: $5.10* | Week: $21.40 | Month: $92.00"
    second = lines.index("💰 OpenRouter Usage (account of OPENROUTER_MGMT_KEY)")
    assert lines[second + 1] == "Today: $7.00* | Week: $7.00 | Month: $7.00"


def without_owners(data):
    return {name: value for name, value in data.items() if name not in ("organization_id", "creator_user_id")}


def test_keys_that_do_not_tell_their_account_are_of_one_where_the_one_lists_the_other(skill, fake):
    fake.edit("/auth/key", without_owners)
    printed = skill.ask(fake, "agent", "admin").run()
    assert printed.out == (GOLDEN / "both.txt").read_text(encoding="utf-8")
    assert "admin /keys" in fake.paths()


def test_where_it_cannot_be_told_whether_two_keys_share_an_account_nothing_is_added_up(skill, fake):
    fake.edit("/auth/key", without_owners)
    fake.fault("/keys", status=503, body="")
    lines = skill.ask(fake, "agent", "admin").lines()
    assert [line for line in lines if line.startswith(("💰", "All keys"))] == [
        "💰 OpenRouter Usage (key of OPENROUTER_API_KEY)",
        "All keys: unknown (needs a management key)",
        "💰 OpenRouter Usage (account of OPENROUTER_MGMT_KEY)",
    ]
    assert lines[-1] == ("Note: not told whether the keys belong to one account: two blocks, and nothing is added up")


def test_two_members_of_one_organization_are_one_account(skill, serve):
    account = house()
    account.organization = ABSENT
    account.key("admin").creator = "user-two"
    fake = serve(account)
    lines = skill.ask(fake, "agent", "admin").lines()
    assert lines[1:3] == [
        "This key: Today: $3.42* | Week: $18.90 | Month: $61.25",
        "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00",
    ]
    assert lines[-1].startswith("* live")


def test_two_creators_whose_credits_are_alike_may_be_of_one_account(skill, serve):
    theirs = other_account(organization=None, creator="user-two")
    theirs.events = [replace(event, key="theirs") for event in house().events]
    theirs.purchased = 300
    ours = house()
    ours.organization = None
    lines = skill.ask(serve(ours, theirs), "agent", "their-admin").lines()
    assert lines[-1].startswith("Note: not told whether the keys belong to one account")


def test_an_account_below_its_own_key_is_at_least_what_its_keys_spent(skill, fake):
    def without_today(data):
        return {**data, "data": [row for row in data["data"] if not row["date__day"].startswith("2026-11-20")]}

    fake.edit("/analytics/query", without_today)
    lines = skill.ask(fake, "agent", "admin").lines()
    assert lines[2] == "All keys: Today: at least $5.10* | Week: at least $21.40 | Month: at least $92.00"
    assert lines[-1] == ("Note: more may have been spent by all keys: OpenRouter's sources do not tell all of it")


def test_an_older_answer_from_openrouters_cache_carries_its_time(skill, fake):
    at = datetime(2026, 11, 20, 13, 5, tzinfo=timezone.utc).timestamp() * 1000
    fake.edit("/analytics/query", lambda data: {**data, "cachedAt": at})
    lines = skill.ask(fake, None, "admin").lines()
    assert lines[1:3] == [
        "Today: $5.10* | Week: $21.40 | Month: $92.00 (as of 13:05 UTC)",
        "Balance: $38.75 / $300.00",
    ]
