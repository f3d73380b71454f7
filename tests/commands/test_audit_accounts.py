"""What an audit is judged by: ordinary accounts, where it is silent, and planted oddities, each of which it finds."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import ordinary
from conftest import NOW
from openrouter_usage.commands.audit import text
from openrouter_usage.commands.audit.build import build
from openrouter_usage.rare_records import ListedModels
from openrouter_usage.records import Unknown

SEEDS, SEEDS_OF_EACH = 200, 25
BY_NAME = {plant.__name__: plant for plant in ordinary.ODDITIES}


def findings(account):
    return build(account.facts(), False).findings


def says(finding, planted):
    """Whether a finding tells whose it is, when it was, and an amount of what was planted."""
    is_of_it = (finding.code, finding.days) == (planted.code, planted.days)
    names_it = planted.model in ("", finding.model) and planted.key in ("", finding.key)
    if planted.least is None:
        return is_of_it and names_it and finding.usd is None
    return is_of_it and names_it and planted.least <= finding.usd <= planted.most


@pytest.mark.parametrize("first", range(0, SEEDS, 25))
def test_it_is_silent_on_ordinary_accounts(first):
    found = {seed: findings(ordinary.ordinary(seed)) for seed in range(first, first + 25)}
    assert {seed: one for seed, one in found.items() if one} == {}


@pytest.mark.parametrize("name", BY_NAME)
def test_it_finds_what_is_planted_and_nothing_else(name):
    for seed in range(SEEDS_OF_EACH):
        account = ordinary.ordinary(seed)
        planted = BY_NAME[name](account)
        found = findings(account)
        assert [says(one, planted) for one in found] == [True], (seed, planted, found)


def test_it_finds_everything_at_once_dearest_first():
    account = ordinary.ordinary(3)
    planted = [plant(account) for plant in ordinary.ODDITIES]
    found = findings(account)
    assert {one.code for one in found} >= {one.code for one in planted} - {"odd_day"}
    amounts = [one.usd for one in found]
    known = [usd for usd in amounts if usd is not None]
    assert known == sorted(known, reverse=True)
    assert amounts == known + [None] * (len(amounts) - len(known))


ACCOUNTS = some.builds(
    lambda seed, chosen: (seed, sorted(chosen)), some.integers(0, 10**6), some.sets(some.sampled_from(sorted(BY_NAME)))
)


def odd_account(seed, chosen):
    account = ordinary.ordinary(seed)
    for name in chosen:
        BY_NAME[name](account)
    return account


@settings(max_examples=25)
@given(ACCOUNTS)
def test_no_amount_is_more_than_what_it_is_about_cost(drawn):
    account = odd_account(*drawn)
    for one in findings(account):
        if one.usd is not None and one.code not in ("byok_fees", "near_limit", "spends_on", "analytics_lacks"):
            day = one.days[0] if one.code == "odd_day" else None
            model, key = ("", "") if one.code == "odd_day" else (one.model, one.key)
            key = "" if one.code in ("hardly_cached", "reasoning", "retires") else key
            assert 0 < one.usd <= account.spent(model, key, day), one


@settings(max_examples=25)
@given(ACCOUNTS)
def test_the_same_facts_always_give_the_same_audit_in_order(drawn):
    facts = odd_account(*drawn).facts()
    once, again = build(facts, False), build(facts, False)
    assert once == again
    order = [(one.usd is None, -(one.usd or 0)) for one in once.findings]
    assert order == sorted(order)
    shown = text.render(once).splitlines()
    assert [line for line in shown if ". Next: " in line] == shown[1 : 1 + len(once.findings)]


@settings(max_examples=15)
@given(ACCOUNTS)
def test_other_names_change_nothing_else(drawn):
    account = odd_account(*drawn)
    before = findings(account)
    renamed = {name: f"renamed-{number}" for number, name in enumerate(sorted(account.keys, reverse=True))}
    models = {name: f"w/{name[2:]}-renamed" for name in account.models}
    account.keys = {renamed[name]: key._replace(name=renamed[name]) for name, key in account.keys.items()}
    account.models = {models[name]: entry._replace(id=models[name]) for name, entry in account.models.items()}
    account.rows = {(day, models[model], renamed[key]): row for (day, model, key), row in account.rows.items()}
    after = findings(account)

    def plain(one, models, renamed):
        keys = sorted(renamed.get(key, key) for key in one.keys)
        return (one.code, one.usd, one.days, models.get(one.model, one.model), keys)

    told = sorted((plain(one, models, renamed) for one in before), key=str)
    assert told == sorted((plain(one, {}, {}) for one in after), key=str)


def test_what_is_not_known_is_said_and_never_taken_for_nothing():
    facts = ordinary.ordinary(1).facts()
    gap = Unknown("nobody knows", "failing")
    blind = facts._replace(by_model=gap, by_key=gap, listed=gap, models=gap, fees=gap)
    found = build(blind, False)
    assert (found.findings, found.keys, found.models) == ((), gap, gap)
    assert {one.what for one in found.not_looked_at if one.gap is gap} == {
        "the days", "the models (their cache, reasoning and end, too)", "the fee for BYOK", "the keys",
    }  # fmt: skip


def test_without_prices_neither_cache_nor_reasoning_nor_an_end_is_told():
    account = ordinary.ordinary(5)
    ordinary.hardly_cached(account)
    ordinary.reasoning(account)
    facts = account.facts()._replace(models=ListedModels(()))
    found = build(facts, False)
    assert found.findings == ()
    assert any(one.what.startswith("cache, reasoning and end of ") for one in found.not_looked_at)


def test_a_day_is_not_odd_among_four_of_its_kind():
    account = ordinary.ordinary(2)
    for day in ordinary.DAYS[:28:7]:
        for names, row in list(account.rows.items()):
            if names[0] == day:
                account.rows[names] = [10 * part for part in row]
    assert findings(account) == ()


def test_reasoning_of_half_of_a_models_spend_is_no_finding_and_more_is():
    account = ordinary.ordinary(4)
    account.models["v/even"] = ordinary.listed_model("v/even", "1", "10", "")
    row = [100, 1_000_000, 1_000_000, 550_000, 0]
    account.rows[ordinary.DAYS[-1], "v/even", "key 0"] = row
    part = Decimal(55) / 110
    assert [one.code for one in findings(account) if one.code == "reasoning"] == []
    account.rows[ordinary.DAYS[-1], "v/even", "key 0"] = [*row[:3], 560_000, 0]
    (found,) = [one for one in findings(account) if one.code == "reasoning"]
    assert found.usd == account.spent("v/even") * 56 / 110 > account.spent("v/even") * part


def test_the_clock_is_an_argument():
    account = ordinary.ordinary(6)
    ordinary.expires(account)
    facts = account.facts()
    assert [one.code for one in build(facts, False).findings] == ["expires"]
    assert facts.now == NOW
