"""What changed between two periods, and what made it change."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from email.utils import format_datetime

import pytest

from conftest import GOLDEN, HOSTILE, HOSTILE_SHOWN, NOW, at, event
from fake_openrouter import Account, FakeKey

OPUS, SONNET, GPT, GEMINI = (
    "anthropic/claude-opus-4.5",
    "anthropic/claude-sonnet-4.5",
    "openai/gpt-5.1",
    "google/gemini-3",
)
HEADLINE = (
    "Up $12.40 (+31%) from Nov 13 to 19, compared with the 7 days before: "
    "claude-opus-4.5 +$10.10 (bigger requests), gemini-3 +$3.60 (new)."
)


def household():
    """A week of $40.00, then one of $52.40: larger requests to opus on Nov 17, gemini new, gpt gone."""
    keys = [FakeKey("agent"), FakeKey("second"), FakeKey("admin", management=True)]
    steady = [event(f"11-{day:02}", "second", SONNET, "Anthropic", "5.25", requests=10) for day in range(6, 20)]
    steady[0], steady[7] = (replace(one, usd=Decimal("5.20")) for one in (steady[0], steady[7]))
    changing = [
        event("11-09", "agent", OPUS, "Anthropic", "2.00", requests=10, prompt=18_000, completion=2_000),
        event("11-17", "agent", OPUS, "Anthropic", "12.10", requests=12, prompt=86_400, completion=9_600),
        event("11-10", "agent", GPT, "OpenAI", "1.30", requests=4),
        event("11-14", "second", GEMINI, "Google", "3.60", requests=9),
    ]
    return Account(keys=keys, events=[*steady, *changing])


@pytest.fixture
def account():
    return household()


def why(skill, *options):
    printed = skill.run("why", *options)
    assert (printed.code, printed.err) == (0, "")
    return printed.out.splitlines()


def row(document, model):
    return next(row for row in document["rows"] if row["model"] == model)


def headline(skill, serve, events, *options):
    account = household()
    account.events = events
    return why(skill.ask(serve(account), mgmt="admin"), *options)[0]


# The story


def test_the_first_line_is_the_sentence_and_the_table_has_every_effect(skill, fake):
    printed = skill.ask(fake, mgmt="admin").run("why")
    assert printed.out.splitlines()[0] == HEADLINE
    assert printed.out == (GOLDEN / "why.txt").read_text(encoding="utf-8")
    assert fake.paths() == ["admin /activity", "admin /analytics/query", "admin /auth/key"]


def test_effects_add_up_exactly(skill, fake):
    document = skill.ask(fake, mgmt="admin").json("why")
    assert document["sentence"] == HEADLINE
    assert row(document, OPUS)["effects"] == {
        "new_usd": 0,
        "gone_usd": 0,
        "requests_usd": Decimal("0.4"),
        "size_usd": Decimal("7.2"),
        "price_usd": Decimal("2.5"),
        "unsplit_usd": 0,
    }
    assert row(document, GPT)["effects"]["gone_usd"] == Decimal("-1.3")
    assert row(document, GEMINI)["effects"]["new_usd"] == Decimal("3.6")
    assert row(document, SONNET)["change_usd"] == 0
    for one in (*document["rows"], document["total"]):
        assert sum(one["effects"].values()) == one["change_usd"] == one["after_usd"] - one["before_usd"]
    assert sum(one["change_usd"] for one in document["rows"]) == document["total"]["change_usd"] == Decimal("12.4")
    assert (document["from"], document["to"]) == ("2026-11-13", "2026-11-19")
    assert document["vs"] == {"from": "2026-11-06", "to": "2026-11-12"}


def test_the_json_is_of_the_usual_form(skill, fake):
    document = skill.ask(fake, mgmt="admin").json("why", "--by", "app")
    assert list(document) == [
        *("schema", "command", "as_of", "demo", "source", "asked_with", "from", "to", "vs", "sentence"),
        *("total", "rows", "day", "through", "notes"),
    ]
    assert (document["schema"], document["command"], document["notes"]) == ("openrouter-usage/1", "why", [])
    assert list(document["rows"][0]) == [
        *("model", "before_usd", "after_usd", "change_usd", "usd_per_request_before", "usd_per_request_after"),
        *("effects", "mostly", "before", "after"),
    ]
    assert document["rows"][0]["before"] == {
        "byok_usd": 0,
        "requests": 10,
        "prompt_tokens": 18_000,
        "completion_tokens": 2_000,
        "reasoning_tokens": 0,
        "cached_tokens": 0,
    }


# Who did it


def test_by_key_says_through_whom(skill, fake):
    lines = why(skill.ask(fake, mgmt="admin"), "--by", "key")
    assert lines[0] == HEADLINE
    start = lines.index("By key: agent +$8.80 (bigger requests), second +$3.60 (more requests).")
    assert [line.split()[:4] for line in lines[start + 2 : start + 4]] == [
        ["agent", "$3.30", "$12.10", "+$8.80"],
        ["second", "$36.70", "$40.30", "+$3.60"],
    ]


def test_through_keys_the_effects_add_up_too(skill, fake):
    through = skill.ask(fake, mgmt="admin").json("why", "--by", "key")["through"]
    assert (through["by"], through["source"]) == ("key", "analytics")
    assert [(one["key"], one["change_usd"]) for one in through["rows"]] == [
        ("agent", Decimal("8.8")),
        ("second", Decimal("3.6")),
    ]
    for one in (*through["rows"], through["total"]):
        assert sum(one["effects"].values()) == one["change_usd"]


def test_where_analytics_fails_the_models_are_told_all_the_same(skill, fake):
    fake.fault("/analytics/query", status=501, body="{}")
    lines = why(skill.ask(fake, mgmt="admin"), "--by", "key")
    assert lines[0] == HEADLINE
    assert [line for line in lines if line.startswith("By key:")] == [
        "By key: unknown (OpenRouter is failing (HTTP 501))"
    ]
    document = skill.json("why", "--by", "key")
    assert (document["through"], document["total"]["change_usd"]) == (None, Decimal("12.4"))
    assert [note["message"].split(";")[0] for note in document["notes"]] == [
        "through: OpenRouter is failing (HTTP 501)"
    ]


# The day


def test_the_day_that_stood_out_is_named_with_its_model(skill, fake):
    assert skill.ask(fake, mgmt="admin").json("why")["day"] == {
        "date": "2026-11-17",
        "usd": Decimal("17.35"),
        "median_usd": Decimal("5.25"),
        "score": Decimal("4.2908463304"),
        "model": OPUS,
        "model_usd": Decimal("12.1"),
        "model_median_usd": 0,
    }


def test_where_spend_fell_the_day_is_of_the_week_before(skill, fake, account):
    account.events = [replace(one, at=NOW.replace(day=19) - (one.at - NOW.replace(day=6))) for one in account.events]
    lines = why(skill.ask(fake, mgmt="admin"))
    assert lines[0].startswith("Down $")
    assert lines[1] == (
        "2026-11-08, in the period before, alone was $12.10 above a usual day ($5.25); "
        "mostly claude-opus-4.5: $12.10, on its median day $0.00."
    )


def test_a_day_that_makes_most_of_the_change_is_told_first(skill, fake, account):
    account.events += [event(f"10-{day:02}", "second", SONNET, "Anthropic", "5.25") for day in range(6, 20)]
    skill.ask(fake, mgmt="admin")
    for lines in (why(skill), why(skill, "--month")):
        assert lines[1] == (
            "2026-11-17 alone was $12.10 above a usual day ($5.25); "
            "mostly claude-opus-4.5: $12.10, on its median day $0.00."
        )
        assert lines[2].startswith("Per request: ")
        assert not any("stood out" in line for line in lines)


@pytest.mark.parametrize(("more", "is_first"), [("5.14", True), ("5.15", False)])
def test_a_day_that_makes_less_than_a_quarter_of_it_is_told_below(skill, serve, account, more, is_first):
    """Of a change of $12.40 and seven times that the day's $12.10 is just above, or below, a quarter."""
    account.events += [event(f"11-{day}", "agent", "v/even", "P", more) for day in range(13, 20)]
    lines = why(skill.ask(serve(account), mgmt="admin"))
    assert ("2026-11-17 alone was $12.10 above " in lines[1]) == is_first
    assert any(line.startswith("2026-11-17 stood out: ") for line in lines) != is_first


def test_a_day_among_equals_does_not_stand_out(skill, serve):
    account = household()
    account.events = account.events[:14]
    assert "No day stood out." in why(skill.ask(serve(account), mgmt="admin"))


def test_fewer_than_seven_days_are_not_enough_to_tell(skill, fake):
    assert "Whether a day stood out is unknown (not enough days, 7 are needed)." in why(
        skill.ask(fake, mgmt="admin"), "--days", "6"
    )
    document = skill.json("why", "--days", "6")
    assert document["day"] is None
    assert document["notes"] == [{"code": "too_few_days", "message": "day: not enough days, 7 are needed"}]


# Sentences


def test_what_costs_less_is_down(skill, serve):
    events = [
        event("11-10", "agent", GPT, "OpenAI", "6.00", requests=30, prompt=300),
        event("11-18", "agent", GPT, "OpenAI", "2.00", requests=10, prompt=100, completion=33),
    ]
    assert headline(skill, serve, events) == (
        "Down $4.00 (-67%) from Nov 13 to 19, compared with the 7 days before: gpt-5.1 -$4.00 (fewer requests)."
    )


def test_of_equal_changes_three_are_named(skill, serve):
    events = [event("11-18", "agent", f"v/m{number}", "P", "1.00") for number in range(3)]
    assert headline(skill, serve, events) == (
        "Up $3.00 from Nov 13 to 19, compared with the 7 days before, when OpenRouter recorded no use: "
        "m0 +$1.00 (new), m1 +$1.00 (new), m2 +$1.00 (new)."
    )


def test_what_makes_up_for_each_other_is_said(skill, serve):
    events = [event("11-10", "agent", GPT, "P", "3.00"), event("11-18", "agent", OPUS, "P", "3.004")]
    assert headline(skill, serve, events) == (
        "Unchanged from Nov 13 to 19, compared with the 7 days before: $3.00; "
        "claude-opus-4.5 +$3.00 and gpt-5.1 -$3.00 make up for each other."
    )


def test_no_use_in_either_period_is_said(skill, serve):
    assert headline(skill, serve, []) == (
        "OpenRouter recorded no use: neither in Nov 13 to 19 nor in the 7 days before."
    )
    assert skill.lines("why")[1:5] == [
        "Before: 2026-11-06 to 2026-11-12, $0.00",
        "After: 2026-11-13 to 2026-11-19, $0.00 (all keys, completed UTC days)",
        "",
        "These are the last 7 completed UTC days; --week takes the last calendar week.",
    ]


@pytest.mark.parametrize(("options", "on"), [
    (["--days", "1", "--to", "2026-11-18"], "on Nov 18, compared with the day before"),
    (["--days", "3"], "from Nov 17 to 19, compared with the 3 days before"),
    (["--from", "2026-11-17", "--to", "2026-11-17"], "on Nov 17, compared with the day before"),
    (["--from", "2026-11-13", "--vs", "2026-11-05..2026-11-11"], "from Nov 13 to 19, compared with Nov 5 to 11"),
    (["--vs", "2026-11-10"], "from Nov 13 to 19, compared with Nov 10 (7 days against 1)"),
    (
        ["--to", "2026-11-17", "--days", "2", "--vs", "2026-11-15..2026-11-15"],
        "from Nov 16 to 17, compared with Nov 15 (2 days against 1)",
    ),
])  # fmt: skip
def test_what_is_compared_is_said(skill, fake, options, on):
    assert f") {on}" in why(skill.ask(fake, mgmt="admin"), *options)[0]


def test_periods_of_two_lengths_are_said_to_be_that(skill, fake):
    lines = why(skill.ask(fake, mgmt="admin"), "--vs", "2026-11-10..2026-11-12")
    assert ", compared with Nov 10 to 12 (7 days against 3)" in lines[0]
    assert lines[-1] == "Note: the periods are of 7 and 3 days: sums are compared, not days"


def test_a_price_that_rose_is_told_with_the_cache_that_was_lost(skill, serve):
    events = [
        event("11-10", "agent", GPT, "OpenAI", "1.00", requests=10, prompt=9000, completion=1000, cached=7200),
        event("11-18", "agent", GPT, "OpenAI", "3.00", requests=10, prompt=9000, completion=1000, cached=900),
    ]
    assert headline(skill, serve, events) == (
        "Up $2.00 (+200%) from Nov 13 to 19, compared with the 7 days before: "
        "gpt-5.1 +$2.00 (a higher price per token: cached 80% to 10%)."
    )


def test_a_price_that_fell_is_told_with_the_provider_that_was_chosen(skill, serve):
    cheap, dear = "DeepInfra", "Together"
    events = [
        event("11-10", "agent", GPT, dear, "4.00", requests=10),
        event("11-18", "agent", GPT, cheap, "1.00", requests=10),
    ]
    assert headline(skill, serve, events) == (
        "Down $3.00 (-75%) from Nov 13 to 19, compared with the 7 days before: "
        "gpt-5.1 -$3.00 (a lower price per token: DeepInfra 0% to 100%)."
    )


def test_without_tokens_the_price_is_not_blamed(skill, serve):
    events = [
        event(day, "agent", "v/painter", "P", usd, requests=10, prompt=0, completion=0)
        for day, usd in (("11-10", "1.00"), ("11-18", "2.00"))
    ]
    assert headline(skill, serve, events) == (
        "Up $1.00 (+100%) from Nov 13 to 19, compared with the 7 days before: "
        "painter +$1.00 (dearer requests, tokens not told)."
    )


def test_requests_that_are_not_told_leave_the_change_unsplit(skill, fake):
    fake.edit("/activity", lambda rows: [{**row, "requests": None} for row in rows])
    lines = why(skill.ask(fake, mgmt="admin"))
    assert lines[0].endswith("claude-opus-4.5 +$10.10 (why is not told), gemini-3 +$3.60 (new).")
    assert "Unsplit" in lines[6].split()


def test_a_spend_that_is_not_told_is_no_change_of_zero(skill, fake):
    fake.edit("/activity", lambda rows: [{**row, "usage": None} if row["model"] == OPUS else row for row in rows])
    assert why(skill.ask(fake, mgmt="admin"))[0] == (
        "The change from Nov 13 to 19, compared with the 7 days before, is not known (OpenRouter did not tell usage)."
    )
    document = skill.json("why")
    assert (document["total"]["change_usd"], row(document, GEMINI)["change_usd"]) == (None, Decimal("3.6"))


def test_a_hostile_name_stays_on_its_line(skill, serve):
    events = [event("11-18", "agent", HOSTILE, "P", "1.00")]
    assert f": {HOSTILE_SHOWN} +$1.00 (new)." in headline(skill, serve, events)


def test_many_small_changes_are_counted(skill, serve):
    events = [event("11-18", "agent", f"v/m{number:02}", "P", "0.003") for number in range(30)]
    assert headline(skill, serve, events) == (
        "Up $0.09 from Nov 13 to 19, compared with the 7 days before, when OpenRouter recorded no use: "
        "30 of them, each less than a cent."
    )


def test_where_the_named_are_not_half_of_it_the_others_are_counted(skill, serve):
    events = [event("11-18", "agent", f"v/m{number:02}", "P", "1.00") for number in range(9)]
    assert headline(skill, serve, events).endswith(": m00 +$1.00 (new), m01 +$1.00 (new), m02 +$1.00 (new) and 6 more.")


def test_of_more_than_two_that_make_up_for_each_other_others_are_said_to_be_there(skill, serve):
    gone = [event("11-10", "agent", "v/c", "P", "9.00")]
    new = [event("11-18", "agent", f"v/{name}", "P", usd) for name, usd in (("a", "5.00"), ("b", "4.00"))]
    assert headline(skill, serve, gone + new).endswith("; a +$5.00, c -$9.00 and others make up for each other.")


def test_two_that_do_not_cancel_are_not_said_to_be_all(skill, serve):
    events = [event("11-10", "agent", "v/c", "P", "3.50"), event("11-18", "agent", "v/a", "P", "5.00")]
    events += [event("11-10", "agent", f"v/m{number:03}", "P", "0.005") for number in range(300)]
    assert headline(skill, serve, events).endswith("; a +$5.00, c -$3.50 and others make up for each other.")


def test_from_less_than_a_cent_no_percentage_is_told(skill, serve):
    events = [event("11-10", "agent", "v/a", "P", "0.000001"), event("11-18", "agent", "v/a", "P", "5.00")]
    assert headline(skill, serve, events).startswith("Up $5.00 (<$0.01 before) from Nov 13 to 19, compared with ")


def test_of_refunds_fewer_are_a_rise(skill, serve):
    events = [
        event("11-10", "agent", "v/a", "P", "-10.00", requests=10, prompt=10_000, completion=0),
        event("11-18", "agent", "v/a", "P", "-5.00", requests=5, prompt=5_000, completion=0),
    ]
    assert headline(skill, serve, events).endswith("a +$5.00 (fewer requests).")


def test_a_refund_before_is_no_nothing(skill, serve):
    events = [event("11-10", "agent", "v/a", "P", "-13.00"), event("11-18", "agent", "v/a", "P", "7.00")]
    assert headline(skill, serve, events).startswith(
        "Up $20.00 (-$13.00 before) from Nov 13 to 19, compared with the 7 days before: a +$20.00"
    )


def untold(rows, value):
    """The rows of /activity whose prompt tokens have that value; None: the field is left out."""
    kept = [{name: told for name, told in row.items() if name != "prompt_tokens"} for row in rows]
    return kept if value is None else [{**row, "prompt_tokens": value} for row in kept]


@pytest.mark.parametrize("value", [None, 0, "null", "a few"], ids=str)
@pytest.mark.parametrize("when", ["always", "2026-11-18"])
def test_without_prompt_tokens_size_and_price_are_not_told_apart(skill, serve, value, when):
    """Twice the money for as many requests, with completion tokens alone: larger prompts, or a dearer price."""
    account = household()
    account.events = [
        event(day, "agent", "v/a", "P", usd, requests=10, prompt=500, completion=50)
        for day, usd in (("11-10", "1.00"), ("11-18", "2.00"))
    ]
    fake = serve(account)

    def edit(rows):
        edited = untold(rows, json.loads("null") if value == "null" else value)
        return [new if when in ("always", new["date"][:10]) else old for old, new in zip(rows, edited)]

    fake.edit("/activity", edit)
    document = skill.ask(fake, mgmt="admin").json("why")
    assert document["sentence"].endswith("a +$1.00 (dearer requests, tokens not told).")
    effects = document["total"]["effects"]
    assert (effects["size_usd"], effects["price_usd"], effects["unsplit_usd"]) == (None, None, 1)
    assert "Unsplit" in why(skill)[6].split()


def test_without_completion_tokens_size_and_price_are_not_told_apart_either(skill, fake):
    fake.edit("/activity", lambda rows: [{**row, "completion_tokens": None} for row in rows])
    opus = row(skill.ask(fake, mgmt="admin").json("why"), OPUS)
    assert opus["effects"] == {
        "new_usd": 0,
        "gone_usd": 0,
        "requests_usd": Decimal("0.4"),
        "size_usd": None,
        "price_usd": None,
        "unsplit_usd": Decimal("9.7"),
    }
    (line,) = [line for line in why(skill) if line.startswith("claude-opus-4.5 ")]
    assert line.split()[-4:] == ["+$0.40", "?", "?", "+$9.70"]


def test_without_prompt_tokens_more_requests_are_told_all_the_same(skill, serve):
    events = [
        event(day, "agent", "v/a", "P", usd, requests=calls, prompt=0)
        for day, usd, calls in (("11-10", "1.00", 10), ("11-18", "3.00", 20))
    ]
    assert headline(skill, serve, events).endswith("(more requests and dearer requests, tokens not told).")


def test_a_day_that_many_models_made_dear_is_not_said_to_be_mostly_of_one(skill, serve):
    events = [event(f"11-{day}", "agent", "v/base", "P", "1.00") for day in range(13, 20)]
    events += [event("11-17", "agent", f"v/m{number}", "P", "5.00") for number in range(9)]
    account = household()
    account.events = events
    assert why(skill.ask(serve(account), mgmt="admin"))[1] == (
        "2026-11-17 alone was $45.00 above a usual day ($1.00); "
        "of its many models m0 most: $5.00, on its median day $0.00."
    )


# Movers up and down, BYOK, and what a request costs


def test_the_largest_are_named_whatever_their_direction(skill, serve):
    events = [
        event("11-10", "agent", GPT, "OpenAI", "6.00", requests=30, prompt=300, completion=0),
        event("11-10", "agent", SONNET, "Anthropic", "2.00", requests=10, prompt=100, completion=0),
        event("11-18", "agent", GPT, "OpenAI", "2.00", requests=10, prompt=100, completion=0),
        event("11-18", "agent", SONNET, "Anthropic", "8.00", requests=10, prompt=400, completion=0),
        event("11-18", "agent", GEMINI, "Google", "0.30"),
    ]
    assert headline(skill, serve, events) == (
        "Up $2.30 (+29%) from Nov 13 to 19, compared with the 7 days before: "
        "claude-sonnet-4.5 +$6.00 (bigger requests), gpt-5.1 -$4.00 (fewer requests)."
    )


def test_one_that_went_the_way_of_the_change_is_always_named(skill, serve):
    gone = [event("11-10", "agent", f"v/gone{number}", "P", "9.00") for number in range(3)]
    new = [event("11-18", "agent", f"v/new{number:02}", "P", "2.00") for number in range(20)]
    assert headline(skill, serve, gone + new) == (
        "Up $13.00 (+48%) from Nov 13 to 19, compared with the 7 days before: "
        "gone0 -$9.00 (not used any more), gone1 -$9.00 (not used any more), new00 +$2.00 (new) and 20 more."
    )


@pytest.mark.parametrize(("before", "after", "first"), [
    (("6.00", "1.00"), ("1.00", "9.00"), "Down $5.00 (-83%) but BYOK up $8.00 (+800%)"),
    (("6.00", "1.00"), ("7.00", "2.50"), "Up $1.00 (+17%) and BYOK up $1.50 (+150%)"),
    (("6.00", "0"), ("6.00", "0.30"), "Unchanged but BYOK up $0.30"),
    (("6.00", "1.00"), ("7.00", "1.10"), "Up $1.00 (+17%)"),
    (("6.00", "1.00"), ("6.00", "1.00"), "Unchanged"),
])  # fmt: skip
def test_byok_stands_beside_a_change_that_it_would_make_another_one(skill, serve, before, after, first):
    events = [event(day, "agent", GPT, "OpenAI", *told) for day, told in (("11-10", before), ("11-18", after))]
    assert headline(skill, serve, events).startswith(f"{first} from Nov 13 to 19, compared with ")


def per_request(lines):
    (line,) = [line for line in lines[1:3] if line.startswith("Per request: ")]
    return line


def told_per_request(skill, serve, *events):
    account = household()
    account.events = list(events)
    return per_request(why(skill.ask(serve(account), mgmt="admin")))


def test_a_line_of_the_first_tells_what_a_request_costs_byok_included(skill, serve):
    before = event("11-10", "agent", GPT, "OpenAI", "1.00", "0.50", requests=1000)
    after = event("11-18", "agent", GPT, "OpenAI", "2.00", "0.40", requests=1500)
    assert told_per_request(skill, serve, before, after) == (
        "Per request: $0.0015 before, $0.0016 after (+7%), BYOK included"
    )
    assert told_per_request(skill, serve, after) == "Per request: none before, $0.0016 after, BYOK included"
    document = skill.json("why")
    assert (document["rows"][0]["usd_per_request_before"], document["total"]["usd_per_request_after"]) == (
        None,
        Decimal("0.0016"),
    )
    assert document["notes"] == []


def test_without_requests_that_are_told_a_request_costs_nobody_knows_what(skill, fake):
    fake.edit("/activity", lambda rows: [{**row, "requests": None} for row in rows])
    lines = why(skill.ask(fake, mgmt="admin"))
    assert per_request(lines) == "Per request: unknown (OpenRouter did not tell requests)"


# On a narrow terminal


def test_at_40_columns_the_largest_effects_are_left(skill):
    printed = skill.on_terminal("why", "--demo", columns=40).out
    assert (
        printed.split("\n\n")[1]
        == """\
Model            Change Requests    Size
claude-…net-4.5  +$1.44   -$3.26  +$4.70
gpt-5.1          +$0.57   +$0.56  +$0.01
gemini-3-pro     +$0.26   +$0.26 +<$0.01
grok-4.1-fast    +$0.07   +$0.07 +<$0.01
deepsee…4-flash  +$0.05   +$0.05 +<$0.01
qwen3-coder      +$0.03   +$0.03 +<$0.01
mistral…ium-3.1  +$0.02   +$0.02 -<$0.01
kimi-k2          +$0.01   +$0.01 +<$0.01
2 more          +<$0.01        – +<$0.01
────────────────────────────────────────
Total            +$2.44   -$2.28  +$4.72
Left out at 40 columns: Before, After,
  Price."""
    )


# The calendar


def test_the_calendars_week_is_the_last_one_that_is_over(skill, fake):
    lines = why(skill.ask(fake, mgmt="admin"), "--week")
    assert lines[0].startswith("Up $27.90 (+178%) from Nov 9 to 15, compared with the week before, Nov 2 to 8: ")
    assert lines[2:4] == [
        "Before: 2026-11-02 to 2026-11-08, $15.70",
        "After: 2026-11-09 to 2026-11-15, $43.60 (all keys, completed UTC days)",
    ]


def test_this_month_is_compared_with_the_same_days_of_the_last_one(skill, fake, account):
    account.events.append(event("10-19", "agent", GPT, "OpenAI", "90.00"))
    account.events.append(event("10-20", "agent", GPT, "OpenAI", "7.00"))
    lines = why(skill.ask(fake, mgmt="admin"), "--month")
    assert lines[0].startswith(
        "Up $2.40 (+3%) from Nov 1 to 19, compared with Oct 1 to 19, the same days of last month: gpt-5.1 -$88.70 "
    )
    document = skill.json("why", "--month", "--by", "key")
    assert (document["from"], document["to"]) == ("2026-11-01", "2026-11-19")
    assert document["vs"] == {"from": "2026-10-01", "to": "2026-10-19"}
    assert document["through"]["total"]["change_usd"] == Decimal("2.4")


def test_on_the_first_of_a_month_the_last_two_are_compared(skill, fake, account):
    at(skill, fake, datetime(2026, 12, 1, 10, tzinfo=timezone.utc))
    lines = why(skill.ask(fake, mgmt="admin"), "--month")
    assert lines[0].startswith(
        "No day of this month is over yet. Last month: up $92.40 from Nov 1 to 30, "
        "compared with the month before, Oct 1 to 31 (30 days against 31), when OpenRouter recorded no use: "
    )
    assert lines[2:4] == [
        "Before: 2026-10-01 to 2026-10-31, $0.00",
        "After: 2026-11-01 to 2026-11-30, $92.40 (all keys, completed UTC days)",
    ]


# Days that are not known


def test_a_day_that_is_not_over_by_openrouters_clock_is_not_compared(skill, serve, account):
    real = datetime.now(timezone.utc)
    account.events = [replace(event("11-18", "agent", GPT, "P", "1.00"), at=real - timedelta(days=1))]
    skill.now = None
    fake = serve(account, now=real)
    earlier = format_datetime(real - timedelta(days=1), usegmt=True)
    fake.rewrite = lambda asked, reply: reply._replace(date=earlier) if asked.path == "/activity" else reply
    assert skill.ask(fake, mgmt="admin").json("why", "--days", "1")["total"] is None


def test_where_activity_is_silent_analytics_has_time_left(skill, fake):
    fake.fault("/activity", how="silence")
    document = skill.ask(fake, mgmt="admin").json("why", "--timeout", "4")
    assert (document["source"], document["total"]["change_usd"]) == ("analytics", Decimal("12.4"))


def test_analytics_is_not_asked_about_a_day_that_is_not_over_by_openrouters_clock(skill, serve, account):
    real = datetime.now(timezone.utc)
    account.events = [replace(event("11-18", "agent", GPT, "P", "1.00"), at=real - timedelta(days=1))]
    fake = serve(account, now=real - timedelta(days=1))
    fake.fault("/activity", status=501, body="{}")
    skill.now = None
    document = skill.ask(fake, mgmt="admin").json("why", "--days", "1")
    day = f"{real - timedelta(days=2):%Y-%m-%d}"
    assert (document["source"], document["to"], document["total"]["change_usd"]) == ("analytics", day, 0)


def test_where_activity_fails_analytics_tells_the_models(skill, fake):
    fake.fault("/activity", status=501, body="{}")
    document = skill.ask(fake, mgmt="admin").json("why")
    assert (document["source"], document["total"]["change_usd"]) == ("analytics", Decimal("12.4"))
    assert "versions_differ" in [note["code"] for note in document["notes"]]


def test_a_month_is_told_by_analytics(skill, fake):
    lines = why(skill.ask(fake, mgmt="admin"), "--days", "30")
    assert lines[0] == (
        "Up $92.40 from Oct 21 to Nov 19, compared with the 30 days before, when OpenRouter recorded no use: "
        "claude-sonnet-4.5 +$73.40 (new)."
    )
    assert any(line.startswith("Source: OpenRouter's /analytics/query") for line in lines)


def test_days_that_nobody_tells_are_named_and_nothing_is_compared(skill, fake):
    fake.fault("/analytics/query", status=501, body="{}")
    lines = why(skill.ask(fake, mgmt="admin"), "--days", "30")
    unknown = "Why the spend changed: unknown (not all days are known: 2026-09-21 to 2026-10-20; "
    why_not = "OpenRouter's analytics, which has them, cannot be had (OpenRouter is failing (HTTP 501)))"
    assert lines[0] == unknown + why_not
    assert any(line.startswith("Next: try again") for line in lines)
    document = skill.json("why", "--days", "30")
    assert (document["total"], document["rows"], document["sentence"]) == (None, None, None)
    assert "days_missing" in [note["code"] for note in document["notes"]]


def test_what_analytics_cuts_off_is_not_compared(skill, fake):
    fake.edit("/analytics/query", lambda data: {**data, "metadata": {"truncated": True}})
    lines = why(skill.ask(fake, mgmt="admin"), "--days", "30")
    assert lines[0].endswith("; OpenRouter left rows out of its answer)")
    assert "Next: ask for fewer days at a time" in lines


def test_days_beyond_all_reach_are_named_with_what_can_be_chosen(skill, fake):
    lines = why(skill.ask(fake, mgmt="admin"), "--vs", "2024-01-01..2024-01-07")
    assert lines[0] == (
        "Why the spend changed: unknown (not all days are known: 2024-01-01 to 2024-01-07; "
        "OpenRouter's analytics reaches back to 2025-11-19 by date and model; they are not remembered)"
    )
    assert "Next: choose days from 2025-11-19 on, or such as are remembered (`doctor`)" in lines


def test_days_beyond_thirty_come_from_memory(skill, fake, account):
    skill.remembers = True
    account.events.append(event("10-10", "agent", GPT, "OpenAI", "7.00"))
    at(skill, fake, NOW - timedelta(days=29)).ask(fake, mgmt="admin").run("report")
    at(skill, fake, NOW)
    document = skill.json("why", "--days", "29")
    assert (document["source"], document["total"]["before_usd"]) == ("activity", 7)
    fake.fault_everywhere(status=501)
    assert skill.json("why", "--days", "29", "--offline")["total"] == document["total"]


# Who may ask, and for what


@pytest.mark.parametrize(("options", "said"), [
    (["--to", "today"], "2026-11-20 is not over: today is 2026-11-20 UTC"),
    (["--from", "2026-11-18", "--to", "2026-11-10"], "it ends before it begins: 2026-11-18 to 2026-11-10"),
    (["--vs", "2026-11-12..yesterday"], "--vs must end before the days with which it is compared: 2026-11-13"),
    (["--vs", "last week"], "argument --vs: must be a UTC day such as 2026-11-19, or today, or yesterday"),
    (["--vs", "2026-11-05..2026-11-01"], "--vs ends before it begins: 2026-11-05 to 2026-11-01"),
    (["--days", "7", "--from", "2026-11-10"], "--days and --from both say where it begins"),
    (["--by", "hour"], "`why` tells the models; --by adds one of provider, key, app, user, workspace"),
    (["--by", "key,app"], "`why` tells the models; --by adds one of provider, key, app, user, workspace"),
    (["--csv"], "--csv belongs to the command `report`"),
    (["--month", "--days", "7"], "--month and --days exclude each other: --month sets both periods"),
    (["--month", "--to", "today"], "--month and --to exclude each other: --month sets both periods"),
    (["--week", "--vs", "2026-11-01"], "--week and --vs exclude each other: --week sets both periods"),
    (["--week", "--month"], "--month and --week exclude each other: --month sets both periods"),
])  # fmt: skip
def test_bad_input_is_refused_and_nothing_is_asked(skill, fake, options, said):
    printed = skill.ask(fake, mgmt="admin").run("why", *options)
    assert (printed.code, printed.out, fake.asked) == (2, "", [])
    assert said in printed.err


def test_vs_belongs_to_why(skill, fake):
    printed = skill.ask(fake, mgmt="admin").run("report", "--vs", "2026-11-01..2026-11-07")
    assert (printed.code, fake.asked) == (2, [])
    assert "--vs belongs to the command `why`" in printed.err


def test_every_profile_has_its_own_sentence(skill, fake, account):
    folder = skill.home / ".config" / "openrouter-usage"
    folder.mkdir(parents=True)
    text = f"OPENROUTER_MGMT_KEY={account.key('admin').text}\nOPENROUTER_API_URL={fake.address}\n"
    file = folder / "credentials.work.env"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    documents = skill.json("why", "--all-profiles")
    assert [(one["profile"], one["sentence"]) for one in documents] == [("work", HEADLINE)]
