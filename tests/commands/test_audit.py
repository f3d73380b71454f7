"""`audit`: what looks odd or wasteful, dearest first, as a person, an agent and a script are told it."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts import budget, cabin
from conftest import HOSTILE, NOW, days_from_now, later, write
from fake_models import model
from fake_openrouter import Account, Event, FakeKey

KEYS, STATS = "https://openrouter.ai/settings/keys", "stats.py"
SONNET = "anthropic/claude-sonnet-4.5"


def daily(key, name, usd, days=range(1, 31), **counts):
    """So much on each of the days that are so long ago."""
    return [
        Event(NOW.replace(hour=12, minute=0) - timedelta(days=ago), key, name, "P", Decimal(usd), **counts)
        for ago in days
    ]


def calm():
    """$4 a day by one model through one key, of 10 requests of 3,100 tokens, half of them read from cache."""
    events = daily("agent", SONNET, "4", requests=10, prompt=30_000, completion=1_000, cached=15_000)
    return Account([FakeKey("agent"), FakeKey("admin", management=True)], events)


def odd():
    """The same with a spike, a key near its limit, one that spends after its end, one unused, and a model that ends."""
    account = calm()
    account.events += [
        *daily("ci", "x/spike", "60", days=[8], requests=5, prompt=9_000, completion=900),
        *daily("ghost", "x/old", "0.25", days=range(1, 6), requests=5, prompt=9_000, completion=900),
    ]
    account.keys += [
        FakeKey("ci", limit=100, limit_remaining=5, limit_reset="weekly"),
        FakeKey("ghost", expires_at=days_from_now(-4)),
        FakeKey("old laptop"),
    ]
    return account


def findings(printed):
    return [line for line in printed if ". Next: " in line]


# What is found


def test_findings_come_dearest_first_each_with_its_amount_and_its_next_step(skill, serve):
    fake = serve(odd())
    fake.models = [model(SONNET), model("x/spike"), model("x/old", retires="2026-12-01")]
    assert skill.ask(fake, None, "admin").lines("audit") == [
        "5 findings from 2026-10-21 to 2026-11-19 (all keys), dearest first",
        "$95.00 of the $100.00 weekly limit of key ci is used (95%), resets Nov 23. "
        f"Next: raise it at {KEYS} if more is needed",
        "$60.00 more than a usual day ($4.00) was spent on Nov 12: spike (key ci) +$60.00. "
        "Next: see what it was: stats.py report --by key,model --date 2026-11-12",
        " $1.25 was spent on old (key ghost), which may be removed after Dec 1 (in 11 days); last used on Nov 19. "
        "Next: choose what takes its place: https://openrouter.ai/x/old",
        " $0.75 was spent by key ghost after it expired on Nov 16, last on Nov 19. "
        f"Next: delete it at {KEYS} if nobody needs it",
        "     – 1 key is idle since Oct 21 or longer, and can be used: old laptop (never used). "
        f"Next: delete at {KEYS} those that nobody needs",
        "",
        "Amounts are credits. They overlap, so they are not added up.",
        "Looked at: 4 keys (agent, ci, ghost, old laptop), 3 models, 30 completed UTC days.",
        "Without a limit: 2 of 3 usable keys: agent, old laptop.",
        "Source: OpenRouter, asked with OPENROUTER_MGMT_KEY, as of 2026-11-20 14:09 UTC",
    ]


def test_json_has_every_finding_with_its_amount_days_and_whose_it_is(skill, serve):
    fake = serve(odd())
    fake.models = [model(SONNET), model("x/spike"), model("x/old", retires="2026-12-01")]
    told = skill.ask(fake, None, "admin").json("audit")
    cells = ("code", "usd", "from", "to", "model", "key")
    assert [tuple(one[cell] for cell in cells) for one in told["findings"]] == [
        ("near_limit", 95, "2026-11-16", "2026-11-20", None, "ci"),
        ("odd_day", 60, "2026-11-12", "2026-11-12", "x/spike", "ci"),
        ("retires", Decimal("1.25"), "2026-10-21", "2026-11-19", "x/old", "ghost"),
        ("spends_on", Decimal("0.75"), "2026-11-17", "2026-11-19", None, "ghost"),
        ("idle", None, "2026-10-21", "2026-11-19", None, "old laptop"),
    ]
    assert [one["message"] for one in told["findings"]][1:5:3] == [
        "$60.00 more than a usual day ($4.00) was spent on Nov 12: spike (key ci) +$60.00",
        "1 key is idle since Oct 21 or longer, and can be used: old laptop (never used)",
    ]
    assert all(one["message"] and one["next"] for one in told["findings"])
    assert told["looked_at"] == {"keys": 4, "models": 3, "days": 30}
    assert (told["without_limit"], told["scope"]) == (["agent", "old laptop"], "all keys")
    assert (told["from"], told["to"], told["notes"]) == ("2026-10-21", "2026-11-19", [])


def test_nothing_found_says_what_was_looked_at(skill, serve):
    assert skill.ask(serve(calm()), None, "admin").lines("audit") == [
        "Nothing odd found from 2026-10-21 to 2026-11-19 (all keys)",
        "",
        "Looked at: 1 key (agent), 1 model, 30 completed UTC days.",
        "Without a limit: 1 of 1 usable keys: agent.",
        "Source: OpenRouter, asked with OPENROUTER_MGMT_KEY, as of 2026-11-20 14:09 UTC",
    ]


@pytest.mark.parametrize(
    ("others", "named"),
    [
        ([], "$105.00 more than a usual day ($14.00) was spent on Nov 12: opus (key ci) +$60.00. "),
        ([("agent", "a/opus", "30")], ": opus (key ci) +$60.00; opus +$90.00 through all keys. "),
        ([("agent", "x/big", "40"), ("bot", "x/big", "40")], ": opus (key ci) +$60.00; big +$80.00 through all keys. "),
    ],
    ids=["alone", "with others", "beside another model"],
)
def test_an_odd_day_names_the_model_and_key_that_went_farthest_above_their_own_usual(skill, serve, others, named):
    account = calm()
    account.keys += [FakeKey("ci"), FakeKey("bot")]
    account.events += daily("ci", "x/usual", "10", days=[day for day in range(1, 31) if day != 8])
    for key, name, usd in (("ci", "a/opus", "60"), ("agent", "x/other", "55"), *others):  # ci is $50 above its own
        account.events += daily(key, name, usd, days=[8])
    (line,) = [line for line in skill.ask(serve(account), None, "admin").lines("audit") if "usual day" in line]
    assert named in line


def test_a_terminal_gets_lines_of_its_width_with_no_command_or_address_broken(skill, serve):
    fake = serve(odd())
    skill.ask(fake, None, "admin")
    lines = skill.on_terminal("audit", columns=60).out.splitlines()
    assert lines[2:9] == [
        "$95.00 of the $100.00 weekly limit of key ci is used (95%),",
        "       resets Nov 23.",
        "       Next: raise it at https://openrouter.ai/settings/keys",
        "       if more is needed",
        "$60.00 more than a usual day ($4.00) was spent on Nov 12:",
        "       spike (key ci) +$60.00.",
        "       Next: see what it was:",
    ]
    assert lines[9] == "       stats.py report --by key,model --date 2026-11-12"
    longer = [line for line in lines if len(line) > 60]
    assert [line for line in longer if "stats.py" not in line and "https://" not in line] == []


def test_a_dear_model_on_many_small_requests(skill, serve):
    account = calm()
    account.events += daily("bot", "a/opus", "1.5", requests=200, prompt=40_000, completion=20_000)
    account.keys.append(FakeKey("bot"))
    (line,) = findings(skill.ask(serve(account), None, "admin").lines("audit"))
    assert line == (
        "$45.00 was spent on 6.0k small requests to opus (key bot): 300 tokens on average, at $25.00 a million tokens. "
        "Next: see which app it is: stats.py report --by app --from 2026-10-21 --to 2026-11-19 --model a/opus"
    )


def test_a_big_model_that_hardly_reads_from_cache(skill, serve):
    account = calm()
    account.events = daily("agent", SONNET, "3", requests=10, prompt=900_000, completion=20_000, cached=9_000)
    (line,) = findings(skill.ask(serve(account), None, "admin").lines("audit"))
    assert line.startswith(
        "$72.17 at most would have been saved if claude-sonnet-4.5 (key agent) had read all of its prompts from cache, "
        "at its own prices: it read 1% of 27M tokens, and cost $90.00. Next: "
    )


def test_reasoning_that_is_most_of_a_models_spend(skill, serve):
    account = calm()
    account.events = daily("agent", "o/think", "0.5", requests=10, prompt=5_000, completion=30_000, reasoning=24_000)
    (line,) = findings(skill.ask(serve(account), None, "admin").lines("audit"))
    assert line.startswith(
        "$11.61 was spent on reasoning by think (key agent), 77% of its $15.00 (by its tokens, at the listed prices). "
        "Next: "
    )


def test_fees_for_byok_are_asked_for_only_where_there_is_byok(skill, serve):
    account = calm()
    fake = serve(account)
    skill.ask(fake, None, "admin").run("audit")
    queries = [asked.body["metrics"] for asked in fake.asked if asked.path == "/analytics/query"]
    assert ["byok_fees"] not in queries
    noon = NOW.replace(day=18, hour=12)
    account.events.append(Event(noon, "agent", SONNET, "P", Decimal("0.40"), Decimal("8"), byok_fee=Decimal("0.40")))
    (line,) = findings(skill.lines("audit"))
    assert line.startswith(
        "$0.40 is OpenRouter's fee for BYOK beyond the monthly allowance since Oct 21, today included. Next: "
    )


def test_sources_that_differ_are_a_finding_with_what_they_differ_by(skill, serve):
    fake = serve(calm())
    fake.source("/activity", "empty")
    printed = skill.ask(fake, None, "admin").lines("audit")
    assert findings(printed) == [
        "$120.00 is in no model's row: $0.00 of $120.00 is broken down so far. "
        "Next: see each source's count: stats.py doctor"
    ]
    assert "Looked at: 1 key (agent), 1 model, 30 completed UTC days." in printed  # by analytics


def test_several_idle_keys_are_one_line(skill, serve):
    account = calm()
    account.keys += [FakeKey(f"k{number}") for number in range(5)]
    (line,) = findings(skill.ask(serve(account), None, "admin").lines("audit"))
    assert line.startswith(
        "– 5 keys are idle since Oct 21 or longer, and can be used: k0 (never used), k1 (never used), k2 (never used) "
        "and 2 more. Next: "
    )
    (found,) = skill.json("audit")["findings"]
    assert (found["key"], found["keys"]) == (None, ["k0", "k1", "k2", "k3", "k4"])


def test_use_of_the_chatroom_is_no_keys(skill, serve):
    account = calm()
    account.events += daily(None, "a/opus", "1.5", requests=200, prompt=40_000, completion=20_000)
    (line,) = findings(skill.ask(serve(account), None, "admin").lines("audit"))
    assert line.startswith("$45.00 was spent on 6.0k small requests to opus (the chatroom): 300 tokens")
    (found,) = skill.json("audit")["findings"]
    assert (found["key"], found["model"]) == (None, "a/opus")


def test_a_free_model_that_retires_has_no_amount(skill, serve):
    account = calm()
    account.events += daily("agent", "a/gift:free", "0", requests=5)
    fake = serve(account)
    fake.models = [model(SONNET), model("a/gift:free", "0", "0", None, retires="2026-11-21")]
    (line,) = findings(skill.ask(fake, None, "admin").lines("audit"))
    assert line.startswith("– gift:free may be removed after Nov 21 (tomorrow); last used on Nov 19. Next: ")


def test_what_analytics_lacks_has_no_key(skill, serve):
    fake = serve(odd())
    fake.source("/analytics/query", "half")
    printed = skill.ask(fake, None, "admin").lines("audit")
    assert printed[0].startswith("4 findings ")
    assert [line for line in printed if line.startswith("Not looked at: which key spent $")] != []


# With a regular key


def test_a_regular_key_alone_tells_of_itself(skill, serve):
    account = calm()
    key = account.key("agent")
    key.limit, key.limit_remaining, key.limit_reset, key.expires_at = 150, 30, "monthly", days_from_now(3)
    key.budgets = [budget("workspace", 500, 450)]
    printed = skill.ask(serve(account), "agent").lines("audit")
    assert printed == [
        "3 findings (this key), dearest first; all keys: unknown (needs a management key)",
        "$450.00 of the $500.00 monthly workspace budget of this key (OPENROUTER_API_KEY) is used (90%), resets Dec 1. "
        f"Next: raise it at {KEYS} if more is needed",
        "$120.00 of the $150.00 monthly limit of this key (OPENROUTER_API_KEY) is used (80%), resets Dec 1. "
        f"Next: raise it at {KEYS} if more is needed",
        f"      – this key (OPENROUTER_API_KEY) expires in 3 days (Nov 23). Next: make its successor at {KEYS}",
        "",
        "Amounts are credits. They overlap, so they are not added up.",
        "Looked at: this key's limit, budgets and expiry.",
        "Not looked at: the days, the models (their cache, reasoning and end, too), the fee for BYOK, the keys "
        "(needs a management key; make one at https://openrouter.ai/settings/management-keys and store it with "
        "`stats.py login`)",
        "Source: OpenRouter, asked with OPENROUTER_API_KEY, as of 2026-11-20 14:09 UTC",
    ]


def test_a_regular_key_without_anything_odd(skill, serve):
    printed = skill.ask(serve(calm()), "agent").lines("audit")
    assert printed[0] == (
        "Nothing odd found in what could be looked at (this key); all keys: unknown (needs a management key)"
    )
    assert "Without a limit: 1 of 1 usable keys: OPENROUTER_API_KEY." in printed


def test_both_keys_tell_each_thing_once(skill, serve):
    account = calm()
    key = account.key("agent")
    key.limit, key.limit_remaining, key.expires_at = 150, 15, days_from_now(3)
    assert [
        line.split(". Next")[0] for line in findings(skill.ask(serve(account), "agent", "admin").lines("audit"))
    ] == [
        "$135.00 of the $150.00 limit of key agent is used (90%)",
        "      – key agent expires in 3 days (Nov 23)",
    ]


# The public list of models


def test_the_list_of_models_is_asked_for_once_a_day(skill, serve):
    fake = serve(calm())
    skill.remembers = True
    skill.ask(fake, "agent", "admin").lines("audit")
    assert fake.times_asked("/models") == 1
    later(skill, fake, hours=6)
    skill.lines("audit")
    assert (fake.times_asked("/models"), fake.times_asked("/keys")) == (0, 1)
    later(skill, fake, hours=19)
    skill.lines("audit")
    assert fake.times_asked("/models") == 1


def test_the_list_of_models_is_asked_for_without_a_key(skill, serve):
    fake = serve(calm())
    skill.ask(fake, "agent", "admin").env["OPENROUTER_X_TITLE"] = "My app"
    skill.lines("audit")
    (asked,) = [one for one in fake.asked if one.path == "/models"]
    assert {"Authorization", "X-Title", "HTTP-Referer"} & set(asked.headers) == set()
    assert (asked.params, asked.key) == ({"output_modalities": "all"}, "nobody")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 500, "body": "{}"}, "OpenRouter is failing (HTTP 500)"),
        ({"status": 401, "body": '{"error": {"code": 401}}'}, "the list of models is not told without a key"),
        ({"body": '{"data": [' + '"' + "x" * 17_000_000 + '"]}'}, "OpenRouter's answer is larger than 16 MB"),
        ({"body": '{"data": [7]}'}, "OpenRouter's answer is not the documented list"),
    ],
    ids=["failing", "refused", "endless", "garbled"],
)
def test_a_list_of_models_that_fails_costs_its_own_line_only(skill, serve, fault, reason):
    fake = serve(odd())
    fake.fault("/models", **fault)
    printed = skill.ask(fake, None, "admin").lines("audit")
    assert len(findings(printed)) == 4
    (line,) = [line for line in printed if line.startswith("Not looked at: ")]
    assert line.startswith(f"Not looked at: models that retire, and what cache and reasoning cost ({reason}")


def test_odd_rows_in_the_list_of_models_are_read_as_far_as_they_can_be(skill, serve):
    fake = serve(calm())
    fake.models = [
        {"id": "", "pricing": {}},
        {"id": SONNET, "pricing": {"prompt": "-1", "completion": None}, "expiration_date": "soon"},
        {"id": "x/y", "pricing": "free", "expiration_date": "2026-12-01"},
    ]
    printed = skill.ask(fake, None, "admin").lines("audit")
    assert printed[0].startswith("Nothing odd found")
    assert (
        "Not looked at: cache, reasoning and end of claude-sonnet-4.5 (OpenRouter's public list has no such model, or "
        "not its prices)" in printed
    )


# Options, profiles, failures


def test_fewer_days(skill, serve):
    fake = serve(odd())
    printed = skill.ask(fake, None, "admin").lines("audit", "--days", "7")
    assert printed[0] == "3 findings from 2026-11-13 to 2026-11-19 (all keys), dearest first"
    assert "on Nov 12" not in "".join(printed)
    printed = skill.run("audit", "--days", "400")
    assert (printed.code, printed.err) == (2, "Error: OpenRouter knows 366 days\nNext: ask for fewer --days\n")


def test_offline_it_says_how_old_the_answers_are(skill, serve):
    fake = serve(odd())
    skill.remembers = True
    asked_now = skill.ask(fake, None, "admin").lines("audit")
    skill.now += timedelta(minutes=30)
    fake.asked.clear()
    printed = skill.lines("audit", "--offline")
    assert fake.asked == []
    assert findings(printed) == findings(asked_now)
    assert printed[-1] == "Source: OpenRouter, asked with OPENROUTER_MGMT_KEY, as of 2026-11-20 14:09 UTC"
    assert "Note: nobody was asked (--offline): all figures are remembered ones" in printed


def test_all_profiles_have_an_audit_each(skill, serve):
    fake = serve(calm(), cabin())
    skill.ask(fake, None, "admin")
    cabin_key = fake.accounts[1].key("cabin admin").text
    path = skill.home / ".config" / "openrouter-usage" / "credentials.cabin.env"
    write(path, f"OPENROUTER_MGMT_KEY={cabin_key}\nOPENROUTER_API_URL={fake.address}\n")
    printed = skill.lines("audit", "--all-profiles")
    heads = [line for line in printed if " from 2026-10-21 to 2026-11-19 (" in line]
    assert heads == [
        "Nothing odd found from 2026-10-21 to 2026-11-19 (default, all keys)",
        "1 finding from 2026-10-21 to 2026-11-19 (cabin, all keys)",
    ]
    assert [one["profile"] for one in skill.json("audit", "--all-profiles")] == ["default", "cabin"]
    assert skill.lines("audit", "--profile", "cabin")[0] == "1 finding from 2026-10-21 to 2026-11-19 (cabin, all keys)"


def test_names_of_others_get_into_no_command_line(skill, serve):
    account = calm()
    account.events += daily("$(reboot)", HOSTILE, "60", days=[8], requests=5)
    account.keys.append(FakeKey("$(reboot)"))
    fake = serve(account)
    fake.models = [model(SONNET), model(HOSTILE, retires="2026-12-01")]
    printed = skill.ask(fake, None, "admin").lines("audit")
    assert len(findings(printed)) == 2
    assert "\x1b" not in "".join(printed)
    steps = [line.split(". Next: ")[1] for line in findings(printed)]
    assert [step for step in steps if "reboot" in step or "evil" in step] == []


def test_where_nothing_at_all_is_told_it_is_a_failure(skill, serve):
    fake = serve(calm())
    fake.fault_everywhere(status=503, body="{}")
    printed = skill.ask(fake, "agent", "admin").run("audit")
    assert (printed.code, printed.out) == (4, "")
    assert skill.run("audit", "--json").code == 4


def test_findings_without_the_models_say_in_the_first_line_that_not_all_was_looked_at(skill, serve):
    fake = serve(odd())
    fake.fault("/activity", status=503, body="{}")
    fake.fault("/analytics/query", status=503, body="{}")
    printed = skill.ask(fake, None, "admin").lines("audit")
    assert printed[0] == "2 findings in what could be looked at from 2026-10-21 to 2026-11-19 (all keys)"
    assert "Looked at: 4 keys (agent, ci, ghost, old laptop), ? models, 0 completed UTC days." in printed


def test_every_command_that_a_next_step_names_can_be_run_as_it_stands(skill, serve):
    account = odd()
    account.events += daily("bot", "a/opus", "1.5", requests=200, prompt=40_000, completion=20_000)
    account.events += daily("bot", SONNET, "1", days=[2], byok=Decimal(8), byok_fee=Decimal(1))
    account.keys.append(FakeKey("bot"))
    fake = serve(account)
    fake.source("/activity", "half")
    steps = [one["next"] for one in skill.ask(fake, None, "admin").json("audit")["findings"]]
    shown = {step.split("stats.py ")[1] for step in steps if "stats.py " in step}
    assert {command.split()[0] for command in shown} == {"report", "doctor"}
    assert len(shown) == 4
    for command in shown:
        assert skill.run(*command.split()).code == 0, command


def test_the_demo_shows_three_findings(skill):
    printed = skill.run("audit", "--demo").out.splitlines()
    assert printed[0] == "3 findings from 2026-10-21 to 2026-11-19 (all keys, demo: a sample account)"
    assert [one["code"] for one in json.loads(skill.run("audit", "--demo", "--json").out)["findings"]] == [
        "retires", "expires", "idle",
    ]  # fmt: skip
