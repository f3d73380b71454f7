"""Metrics for Prometheus: read by its own parsers, and never a zero for what is not known."""

import json
import os
import stat
from decimal import Decimal

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from accounts import limited, steady
from conftest import HOSTILE_SHOWN, event
from fake_openrouter import Account, FakeKey

PARSERS = (openmetrics, prometheus)


def samples(text, parser=openmetrics):
    """Each sample's value by its name and labels; no sample may come twice."""
    found = {}
    for family in parser(text):
        for sample in family.samples:
            name = (sample.name, *sorted(sample.labels.items()))
            assert name not in found
            assert sample.timestamp is None
            found[name] = sample.value
    return found


def scraped(skill, *args):
    outcome = skill.run("metrics", *args)
    assert (outcome.code, outcome.err) == (0, "")
    return outcome.out


@pytest.mark.parametrize("parser", PARSERS)
def test_both_parsers_read_all_that_is_known(skill, serve, account, parser):
    fake = serve(limited(account, 150, 88.75, "monthly"))
    told = samples(scraped(skill.ask(fake, "agent", "admin")), parser)
    for scope, today, week, month, total in (("key", 3.42, 18.9, 61.25, 161.25), ("account", 5.1, 21.4, 92, 261.25)):
        spend = {"today": today, "week": week, "month": month}
        for window, usd in spend.items():
            assert told["openrouter_window_spend_usd", ("scope", scope), ("window", window)] == usd
        assert told["openrouter_spend_usd_total", ("scope", scope)] == total
    assert told[("openrouter_balance_usd",)] == 38.75
    assert told["openrouter_limit_remaining_usd", ("resets", "monthly"), ("scope", "key_limit")] == 88.75
    assert told["openrouter_window_byok_usd", ("scope", "key"), ("window", "month")] == 4
    models = {name[1][1]: usd for name, usd in told.items() if name[0] == "openrouter_model_spend_usd"}
    assert models["anthropic/claude-sonnet-4.5"] == 8.48
    assert models[f"evil/{HOSTILE_SHOWN}"] == 2
    assert (told[("openrouter_scrape_success",)], told[("openrouter_scrape_timestamp_seconds",)]) == (1, 1795183740)


def test_each_family_has_one_type_and_one_help_and_the_text_ends_as_openmetrics_does(skill, fake):
    lines = scraped(skill.ask(fake, "agent", "admin")).splitlines()
    assert lines[-1] == "# EOF"
    for kind in ("HELP", "TYPE"):
        named = [line.split()[2] for line in lines if line.startswith(f"# {kind} ")]
        assert len(named) == len(set(named)) >= 8
    families = {family.name: family.type for family in openmetrics("\n".join(lines) + "\n")}
    assert families["openrouter_spend_usd"] == "counter"
    assert families["openrouter_balance_usd"] == "gauge"


def test_models_are_the_twenty_dearest_and_all_others_together(skill, serve, account):
    account.events = [event("11-18", "agent", f"v/m{number:02}", "P", str(100 - number)) for number in range(23)]
    told = samples(scraped(skill.ask(serve(account), None, "admin")))
    models = {name[1][1]: usd for name, usd in told.items() if name[0] == "openrouter_model_spend_usd"}
    assert len(models) == 21
    assert models["other"] == 80 + 79 + 78
    assert sum(models.values()) == sum(100 - number for number in range(23))


def test_unknown_is_absent(skill, serve, account):
    account.credits_for_regular = "zeros"
    told = samples(scraped(skill.ask(serve(account), "agent")))
    assert {name[0] for name in told} == {
        "openrouter_window_spend_usd", "openrouter_window_byok_usd", "openrouter_spend_usd_total",
        "openrouter_month_end_usd", "openrouter_scrape_success", "openrouter_scrape_timestamp_seconds",
    }  # fmt: skip
    assert ("scope", "account") not in {label for name in told for label in name[1:]}


def test_what_does_not_run_out_has_no_runway(skill, serve):
    told = samples(scraped(skill.ask(serve(limited(steady("40"), 150, 70, "monthly")), "agent", "admin")))
    runways = {name[1][1]: days for name, days in told.items() if name[0] == "openrouter_runway_days"}
    assert list(runways) == ["balance"]
    assert abs(runways["balance"] - 10) < 0.1


def test_a_scrape_that_was_not_answered_in_full_is_no_success(skill, fake):
    fake.fault("/credits", status=503, body="")
    told = samples(scraped(skill.ask(fake, "agent", "admin")))
    assert told[("openrouter_scrape_success",)] == 0
    assert ("openrouter_balance_usd",) not in told


def test_an_answer_that_tells_no_spend_is_no_success(skill, fake):
    fake.edit("/auth/key", lambda data: {**data, "usage_daily": None, "usage_weekly": None, "usage_monthly": None})
    told = samples(scraped(skill.ask(fake, "agent")))
    assert told[("openrouter_scrape_success",)] == 0
    assert told[("openrouter_balance_usd",)] == 38.75


def test_remembered_figures_are_no_success_and_have_their_time(skill, serve, account):
    from conftest import later

    fake = serve(account)
    skill.remembers = True
    scraped(skill.ask(fake, "agent", "admin"))
    fake.fault_everywhere(status=503)
    told = samples(scraped(later(skill, fake, hours=2)))
    assert told[("openrouter_balance_usd",)] == 38.75
    assert (told[("openrouter_scrape_success",)], told[("openrouter_scrape_timestamp_seconds",)]) == (0, 1795183740)


def test_where_nothing_is_known_only_that_is_told(skill, fake):
    fake.fault_everywhere(status=503)
    printed = skill.ask(fake, "agent", "admin").run("metrics")
    assert printed.code == 4
    assert samples(printed.out) == {("openrouter_scrape_success",): 0}
    assert printed.err.startswith("Error: OpenRouter is failing (HTTP 503)\n")


def test_two_accounts_have_a_label_each(skill, serve, account):
    theirs = Account([FakeKey("their-admin", management=True)], [], 70, organization="org-two")
    told = samples(scraped(skill.ask(serve(account, theirs), "agent", "their-admin")))
    balances = {name[1][1]: usd for name, usd in told.items() if name[0] == "openrouter_balance_usd"}
    assert balances == {"key of OPENROUTER_API_KEY": 38.75, "account of OPENROUTER_MGMT_KEY": 70}


def test_a_model_called_other_is_added_to_the_others(skill, serve, account):
    account.events = [event("11-18", "agent", f"v/m{number:02}", "P", str(100 - number)) for number in range(23)]
    account.events += [event("11-18", "agent", "other", "P", "1000")]
    told = samples(scraped(skill.ask(serve(account), None, "admin")))
    models = {name[1][1]: usd for name, usd in told.items() if name[0] == "openrouter_model_spend_usd"}
    assert models["other"] == 1000 + 81 + 80 + 79 + 78


def test_limits_alike_are_numbered_and_none_is_lost(skill, serve, account):
    budget = {"scope": "workspace", "reset_interval": "monthly", "resets_at": None, "include_byok": False}
    account.key("agent").budgets = [
        {**budget, "limit_usd": limit, "spend_usd": 200, "remaining_usd": limit - 200} for limit in (900, 600)
    ]
    told = samples(scraped(skill.ask(serve(account), "agent", "admin")))
    left = {name[1:]: usd for name, usd in told.items() if name[0] == "openrouter_limit_remaining_usd"}
    labels = (("resets", "monthly"), ("scope", "workspace"))
    assert left == {labels: 700, (("number", "2"), *labels): 400}


def test_what_a_key_may_not_see_is_no_failed_scrape(skill, serve, account):
    account.credits_for_regular = "403"
    assert samples(scraped(skill.ask(serve(account), "agent")))[("openrouter_scrape_success",)] == 1


def test_sample_figures_do_not_get_into_a_file(skill):
    printed = skill.run("metrics", "--demo", "--output", "openrouter.prom")
    assert printed.code == 2
    assert os.listdir(skill.cwd) == []


def test_a_failure_is_json_where_json_is_asked_for(skill, fake):
    fake.fault_everywhere(status=503)
    printed = skill.ask(fake, "agent", "admin").run("metrics", "--json")
    assert (printed.code, json.loads(printed.out)["error"]["code"]) == (4, "openrouter_failing")


def test_json_has_the_same_samples(skill, fake):
    text = samples(scraped(skill.ask(fake, "agent", "admin")))
    told = json.loads(scraped(skill, "--json"), parse_float=Decimal)["samples"]
    assert {(one["name"], *sorted(one["labels"].items())): float(one["value"]) for one in told} == text


# Into a file


def test_a_file_is_replaced_whole_and_others_may_read_it(skill, fake):
    target = skill.cwd / "openrouter.prom"
    target.write_text("old")
    before = target.stat().st_ino
    assert skill.ask(fake, "agent", "admin").lines("metrics", "--output", str(target)) == []
    assert target.read_text() == scraped(skill)
    assert target.stat().st_ino != before
    assert os.listdir(skill.cwd) == ["openrouter.prom"]
    if os.name == "posix":
        umask = os.umask(0o022)
        os.umask(umask)
        assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~umask


def test_a_failed_scrape_is_written_too(skill, fake):
    fake.fault_everywhere(status=503)
    target = skill.cwd / "openrouter.prom"
    printed = skill.ask(fake, "agent", "admin").run("metrics", "--output", str(target))
    assert (printed.code, printed.out) == (4, "")
    assert samples(target.read_text()) == {("openrouter_scrape_success",): 0}


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("no/such/folder.prom", "there is no such folder"),
        (".", "it is a folder"),
        ("pipe", "it is no regular file"),
        ("to a pipe", "it is no regular file"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_file_that_cannot_be_written_is_said_and_nothing_is_left(skill, fake, place, why):
    os.mkfifo(skill.cwd / "pipe")
    os.symlink("pipe", skill.cwd / "to a pipe")
    printed = skill.ask(fake, "agent", "admin").run("metrics", "--output", place)
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.startswith(f"Error: --output cannot be written: {why}\nNext: ")
    assert sorted(os.listdir(skill.cwd)) == ["pipe", "to a pipe"]


def test_a_link_stays_and_the_file_behind_it_is_written(skill, fake):
    behind, link = skill.home / "behind.prom", skill.cwd / "openrouter.prom"
    link.symlink_to(behind)
    behind.write_text("old")
    assert skill.ask(fake, "agent", "admin").lines("metrics", "--output", str(link)) == []
    assert link.is_symlink() and behind.read_text() == scraped(skill)


def test_without_a_key_the_file_says_that_nothing_was_scraped(skill):
    target = skill.cwd / "openrouter.prom"
    target.write_text("old")
    assert skill.run("metrics", "--output", str(target)).code == 3
    assert samples(target.read_text()) == {("openrouter_scrape_success",): 0}
    told = skill.run("metrics", "--json", "--output", str(target))
    assert (told.code, json.loads(told.out)["error"]["code"], told.err) == (3, "no_key", "")
    assert json.loads(target.read_text())["samples"] == [
        {"name": "openrouter_scrape_success", "labels": {}, "value": 0}
    ]
