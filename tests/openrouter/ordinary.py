"""Accounts of ordinary use, drawn from a seed, in which an audit finds nothing, and oddities to plant in them."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Callable, Optional

from conftest import NOW
from openrouter_usage.commands.audit.records import Facts
from openrouter_usage.days import days_before, every_day
from openrouter_usage.figures import groups
from openrouter_usage.figures.evidence import AGREED, Evidence, JudgedDay
from openrouter_usage.rare_records import ByokFees, ListedModel, ListedModels
from openrouter_usage.records import AccountKeys, Counters, Limit, ListedKey, Spend, UsageRow, UsageTable, Use

DAYS = every_day(days_before(NOW.date(), 30))
ZERO = Decimal(0)
PRICES: tuple[tuple[str, str, str, str], ...] = (
    ("v/opus", "5", "25", "0.5"), ("v/sonnet", "3", "15", "0.3"), ("v/flagship", "1.25", "10", "0.125"),
    ("v/pro", "2", "12", "0.2"), ("v/fast", "0.2", "0.5", "0.05"), ("v/mini", "0.25", "2", "0.025"),
    ("v/nano", "0.05", "0.4", ""), ("v/open", "0.4", "1.6", ""), ("v/coder", "0.6", "2.5", "0.15"),
)  # fmt: skip
"""Models with their USD for a million tokens: prompt, completion and, if it is told, cached prompt."""

Row = list[int]
"""Requests, and prompt, completion, reasoning and cached tokens."""


@dataclass
class Account:
    """An account to be audited: tokens by day, model and key, which `facts` prices, and what belongs to them."""

    chance: Random
    rows: dict[tuple[date, str, str], Row] = field(default_factory=dict)
    keys: dict[str, ListedKey] = field(default_factory=dict)
    models: dict[str, ListedModel] = field(default_factory=dict)
    paid: Decimal = Decimal(1)
    """The part of the listed prices that is paid."""
    fees: Optional[ByokFees] = None
    lacking: dict[date, Decimal] = field(default_factory=dict)
    """What analytics lacks on a day, in USD."""

    def cost(self, model: str, row: Row) -> Decimal:
        entry, (_, prompt, completion, _, cached) = self.models[model], row
        assert entry.prompt_usd is not None and entry.completion_usd is not None
        cached_usd = entry.prompt_usd if entry.cached_usd is None else entry.cached_usd
        listed = (prompt - cached) * entry.prompt_usd + cached * cached_usd + completion * entry.completion_usd
        return (listed * self.paid).quantize(Decimal("1e-9"))

    def use(self, model: str, row: Row) -> Use:
        return Use(self.cost(model, row), ZERO, *row)

    def spent(self, model: str = "", key: str = "", day: Optional[date] = None) -> Decimal:
        """The USD of a model, of a key, on a day, or of all."""
        return sum(
            (
                self.cost(one[1], row)
                for one, row in self.rows.items()
                if model in ("", one[1]) and key in ("", one[2]) and day in (None, one[0])
            ),
            ZERO,
        )

    def facts(self) -> Facts:
        by_key = UsageTable(
            ("date", "model", "key"),
            tuple(UsageRow(names, self.use(names[1], row)) for names, row in self.rows.items()),
        )
        grouped = groups.grouped(by_key, ("date", "model"))
        by_model = UsageTable(("date", "model"), tuple(UsageRow(names, use) for names, use in grouped.items()))
        return Facts(
            now=NOW,
            as_of=NOW,
            span=(DAYS[0], DAYS[-1]),
            days=DAYS,
            by_model=by_model,
            by_key=by_key,
            listed=AccountKeys(tuple(self.keys.values()), False),
            models=ListedModels(tuple(self.models.values())),
            evidence=self._evidence(by_model),
            fees=self.fees,
        )

    def _evidence(self, by_model: UsageTable) -> Evidence:
        uses = groups.grouped(by_model, ("date",))
        days = []
        for day in DAYS:
            use, lacks = uses.get((day,), groups.NO_USE), self.lacking.get(day, ZERO)
            usd = Decimal(use.usd)  # type: ignore[arg-type]
            days.append(JudgedDay(day, use, usd, usd - lacks, "analytics_lacks" if lacks else AGREED))
        return Evidence(tuple(days), NOW.date())


# Ordinary use


def ordinary(seed: int) -> Account:
    """An account with a rhythm of weekdays, noise and growth, with one to twelve keys and one to nine models."""
    chance = Random(seed)  # noqa: S311 (it keeps no secret)
    account = Account(chance, paid=Decimal(chance.randrange(70, 101)) / 100)
    for name, *prices in chance.sample(PRICES, chance.randint(1, len(PRICES))):
        account.models[name] = listed_model(name, *prices, retires=chance.choice((None, None, 200)))
    names = [f"key {number}" for number in range(chance.randint(1, 12))]
    _use(account, names, size=10 ** chance.uniform(-1.0, 2.5))
    for name in names:
        account.keys[name] = _key(account, name)
    _idle_by_right(account)
    return account


def listed_model(name: str, prompt: str, completion: str, cached: str, retires: Optional[int] = None) -> ListedModel:
    of_tokens = [Decimal(price) / 10**6 if price else None for price in (prompt, completion, cached)]
    day = None if retires is None else NOW.date() + timedelta(days=retires)
    return ListedModel(name, f"{name}-20260801", *of_tokens, None, None, day)


def _use(account: Account, names: list[str], size: float) -> None:
    """Fills the days; `size` is about what the account spends on a work day, in USD."""
    chance = account.chance
    weekend, noise, growth = chance.uniform(0, 1), chance.uniform(0.05, 0.35), chance.uniform(-0.01, 0.02)
    rhythm = {
        day: (weekend if day.weekday() > 4 else 1) * chance.lognormvariate(0, noise) * (1 + growth) ** number
        for number, day in enumerate(DAYS)
    }
    pairs = [(model, key) for model in account.models for key in names if chance.random() < 0.5]
    pairs = pairs or [(next(iter(account.models)), names[0])]
    weights = [chance.uniform(0.2, 1) for _ in pairs]
    for (model, key), weight in zip(pairs, weights):
        entry = account.models[model]
        prompt, completion = chance.randrange(1_500, 30_000), chance.randrange(100, 1_500)
        cached = chance.uniform(0.2, 0.85) if entry.cached_usd is not None else 0.0
        reasoning = chance.uniform(0, 0.4)
        one = account.cost(model, [1, prompt, completion, 0, int(prompt * cached)])
        a_day = size * weight / sum(weights) / float(one)
        for day in DAYS:
            requests = round(a_day * rhythm[day] * chance.lognormvariate(0, noise / 2))
            tokens = [requests * prompt, requests * completion]
            if requests:
                row = [requests, *tokens, int(tokens[1] * reasoning), int(tokens[0] * cached)]
                account.rows[day, model, key] = row


def _key(account: Account, name: str) -> ListedKey:
    """A key that was used until today. Some have a limit of which less than 80% are used, some expire next year."""
    chance, spent = account.chance, account.spent(key=name)
    today, month = spent / 40, sum((account.spent(key=name, day=day) for day in DAYS if day.month == 11), spent / 40)
    limit = None
    if chance.random() < 0.4:
        size = (max(month, Decimal(1)) * Decimal(chance.randrange(135, 400)) / 100).quantize(Decimal("0.01"))
        limit = Limit("key_limit", size, month, size - month, "monthly", None)
    used = max((day for day, _, key in account.rows if key == name), default=DAYS[-1] - timedelta(days=3))
    return ListedKey(
        hash=f"{chance.getrandbits(256):064x}",
        name=name,
        created=date(2026, 1, 5),
        disabled=False,
        expires_at=chance.choice((None, None, NOW + timedelta(days=chance.randrange(20, 400)))),
        limit=limit,
        counters=Counters(Spend(today, today, month), Spend(ZERO, ZERO, ZERO), spent),
        last_used=datetime(used.year, used.month, used.day, 12, tzinfo=NOW.tzinfo),
    )


def _idle_by_right(account: Account) -> None:
    """Keys that were not used for long, and are no finding: one is new, one disabled, one expired."""
    for name, changes in (
        ("new", {"created": DAYS[-4]}),
        ("disabled", {"disabled": True}),
        ("ended", {"expires_at": NOW - timedelta(days=40)}),
    ):
        if account.chance.random() < 0.3:
            unused = Counters(Spend(ZERO, ZERO, ZERO), Spend(ZERO, ZERO, ZERO), ZERO)
            account.keys[name] = _key(account, name)._replace(counters=unused, limit=None, last_used=None, **changes)


# Oddities


@dataclass
class Planted:
    """What a finding must say: whose it is, and the least and the most USD (None: it has no amount)."""

    code: str
    least: Optional[Decimal]
    most: Optional[Decimal]
    model: str = ""
    key: str = ""
    days: tuple[date, date] = (DAYS[0], DAYS[-1])


def _some_key(account: Account) -> str:
    """A key that can be used, and that no other oddity is planted in."""
    return account.chance.choice([name for name in account.keys if name.startswith("key")])


def _set(account: Account, name: str, **changes: object) -> None:
    account.keys[name] = account.keys[name]._replace(**changes)


def odd_day(account: Account) -> Planted:
    """A day that costs six to fifteen times the usual one more, by one model through one key."""
    chance, day = account.chance, account.chance.choice(DAYS)
    usual = sorted(account.spent(day=one) for one in DAYS)[len(DAYS) // 2]
    model, key = chance.choice(list(account.models)), _some_key(account)
    extra = max(usual, Decimal("0.3")) * chance.randrange(6, 16)
    one = [1, 8_000, 800, 0, 4_000 if account.models[model].cached_usd is not None else 0]
    times = int(extra / account.cost(model, one)) + 1
    before = account.rows.get((day, model, key), [0] * 5)
    account.rows[day, model, key] = [old + new * times for old, new in zip(before, one)]
    planted, ordinary_range = account.cost(model, [times * part for part in one]), 2 * usual
    return Planted("odd_day", planted - ordinary_range, planted + ordinary_range, model, key, (day, day))


def small_requests(account: Account) -> Planted:
    """A dear model that a new key asks hundreds of small things."""
    chance, key = account.chance, "small"
    account.models["v/dear"] = listed_model("v/dear", "5", "25", "0.5")
    prompt, completion = chance.randrange(100, 250), chance.randrange(50, 150)
    requests = chance.randrange(20, 200)
    for day in DAYS:
        account.rows[day, "v/dear", key] = [requests, requests * prompt, requests * completion, 0, 0]
    account.keys[key] = _key(account, key)
    spent = account.spent("v/dear")
    return Planted("small_requests", spent, spent, "v/dear", key)


def hardly_cached(account: Account) -> Planted:
    """A model with a fifth of the spend or more that reads up to 6% of long prompts from cache."""
    chance, key = account.chance, "uncached"
    account.models["v/long"] = listed_model("v/long", "3", "15", "0.3")
    target = max(account.spent() * Decimal(chance.randrange(25, 100)) / 100, Decimal(5))
    prompt, completion = chance.randrange(4_000, 60_000), chance.randrange(100, 900)
    cached = int(prompt * chance.uniform(0, 0.06))
    requests = int(target / len(DAYS) / account.cost("v/long", [1, prompt, completion, 0, cached])) + 1
    for day in DAYS:
        account.rows[day, "v/long", key] = [
            requests, requests * prompt, requests * completion, 0, requests * cached,
        ]  # fmt: skip
    account.keys[key] = _key(account, key)
    saved = account.paid * 30 * requests * (prompt - cached) * Decimal("2.7") / 10**6
    return Planted("hardly_cached", saved * Decimal("0.999"), saved * Decimal("1.001"), "v/long", key)


def reasoning(account: Account) -> Planted:
    """A model most of whose cost is reasoning."""
    chance, key = account.chance, "thinker"
    account.models["v/thinker"] = listed_model("v/thinker", "1.25", "10", "0.125")
    prompt, thought, said = chance.randrange(500, 1_500), chance.randrange(2_000, 9_000), chance.randrange(100, 900)
    requests = chance.randrange(5, 300)
    for day in DAYS:
        account.rows[day, "v/thinker", key] = [
            requests, requests * prompt, requests * (thought + said), requests * thought, 0,
        ]  # fmt: skip
    account.keys[key] = _key(account, key)
    usd = account.paid * 30 * requests * thought * Decimal(10) / 10**6
    return Planted("reasoning", usd * Decimal("0.999"), usd * Decimal("1.001"), "v/thinker", key)


def retires(account: Account) -> Planted:
    """A model that is used, and may be removed within 90 days."""
    used = sorted({model for _, model, _ in account.rows})
    model = account.chance.choice(used)
    day = NOW.date() + timedelta(days=account.chance.randrange(-5, 90))
    account.models[model] = account.models[model]._replace(retires=day)
    return Planted("retires", account.spent(model), account.spent(model), model)


def near_limit(account: Account) -> Planted:
    """A key that has used 80% of its limit or more."""
    name, spent = _some_key(account), Decimal(account.chance.randrange(80, 130))
    _set(account, name, limit=Limit("key_limit", Decimal(100), spent, 100 - spent, "monthly", None), expires_at=None)
    return Planted("near_limit", spent, spent, key=name, days=(date(2026, 11, 1), NOW.date()))


def expires(account: Account) -> Planted:
    """A key in use that expires within 14 days."""
    name = _some_key(account)
    _set(account, name, expires_at=NOW + timedelta(days=account.chance.randrange(0, 14), hours=1))
    return Planted("expires", None, None, key=name)


def expired_spends(account: Account) -> Planted:
    """A key that expired some days ago and spends on."""
    account.keys["ghost"] = _key(account, "ghost")._replace(limit=None)
    model, ended = next(iter(account.models)), account.chance.randrange(3, 25)
    row = [30, 300_000, 30_000, 0, 150_000 if account.models[model].cached_usd is not None else 0]
    for day in DAYS:
        account.rows[day, model, "ghost"] = row
    end = datetime(DAYS[ended].year, DAYS[ended].month, DAYS[ended].day, 9, tzinfo=NOW.tzinfo)
    today = Spend(Decimal("0.5"), Decimal("0.5"), Decimal("0.5"))
    counters = account.keys["ghost"].counters._replace(credits=today)
    _set(account, "ghost", expires_at=end, counters=counters)
    usd = sum((account.spent(key="ghost", day=day) for day in DAYS[ended + 1 :]), Decimal("0.5"))
    return Planted("spends_on", usd, usd, key="ghost", days=(DAYS[ended + 1], NOW.date()))


def disabled_spends(account: Account) -> Planted:
    """A key that is disabled and spent today."""
    name, usd = _some_key(account), Decimal(account.chance.randrange(2, 900)) / 100
    spend = Spend(usd, usd, usd)
    counters = account.keys[name].counters._replace(credits=spend)
    _set(account, name, disabled=True, counters=counters)
    return Planted("spends_on", usd, usd, key=name, days=(NOW.date(), NOW.date()))


def idle(account: Account) -> Planted:
    """A key that can be used, and was not for more than 30 days, or never."""
    unused = Counters(Spend(ZERO, ZERO, ZERO), Spend(ZERO, ZERO, ZERO), Decimal(3))
    last = account.chance.choice((None, NOW - timedelta(days=account.chance.randrange(32, 300))))
    account.keys["forgotten"] = _key(account, "forgotten")._replace(
        counters=unused, limit=None, expires_at=None, last_used=last
    )
    return Planted("idle", None, None, key="forgotten")


def byok_fees(account: Account) -> Planted:
    """A fee for BYOK."""
    usd = Decimal(account.chance.randrange(1, 9_000)) / 100
    account.fees = ByokFees(usd)
    return Planted("byok_fees", usd, usd, days=(DAYS[0], NOW.date()))


def sources(account: Account) -> Planted:
    """A day of which analytics tells less than /activity."""
    day = max(DAYS, key=lambda one: account.spent(day=one))
    usd = account.spent(day=day) * Decimal("0.9")
    account.lacking[day] = usd
    return Planted("analytics_lacks", usd, usd, days=(DAYS[0], DAYS[-1]))


ODDITIES: tuple[Callable[[Account], Planted], ...] = (
    odd_day, small_requests, hardly_cached, reasoning, retires, near_limit, expires, expired_spends, disabled_spends,
    idle, byok_fees, sources,
)  # fmt: skip
