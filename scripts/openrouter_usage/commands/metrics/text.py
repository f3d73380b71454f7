"""Renders a summary as OpenMetrics text, which Prometheus' own text parser reads as well."""

from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

from openrouter_usage.commands.summary.models import ModelTable
from openrouter_usage.commands.summary.records import Block, Summary
from openrouter_usage.forecast.records import Forecast
from openrouter_usage.records import Balance, Counters, Limit, Told, Unknown
from openrouter_usage.text.document import Json, document, number

MOST_MODELS = 20
OTHER = "other"
"""The label of all models beyond the dearest, together."""

METRIC_PREFIX = "openrouter_"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})

Labels = Tuple[Tuple[str, str], ...]


class Family(Enum):
    """A metric: its name without the prefix, its type and its help text."""

    WINDOW_SPEND = "window_spend_usd", "gauge", "Spend in credits in the current UTC day, week (from Monday) or month."
    WINDOW_BYOK = "window_byok_usd", "gauge", "Spend on own provider keys in the current UTC day, week or month."
    LIFETIME_SPEND = "spend_usd", "counter", "Credits used over the lifetime of the key or account."
    BALANCE_LEFT = "balance_usd", "gauge", "Credits left; negative where more was used than bought."
    LIMIT_LEFT = "limit_remaining_usd", "gauge", "What is left of each limit that can block the key."
    LIMIT = "limit_usd", "gauge", "Each limit that can block the key."
    RUNWAY = "runway_days", "gauge", "Expected days until it blocks; absent where it does not, or is not known to."
    BURN_RATE = "burn_usd_per_day", "gauge", "Expected spend a UTC day of those who spend of it."
    MODEL_SPEND = "model_spend_usd", "gauge", "Credits by model, all keys, in the last 7 completed UTC days."
    SUCCESS = "scrape_success", "gauge", "1 where all that was asked was answered now or lately, else 0."
    TIMESTAMP = "scrape_timestamp_seconds", "gauge", "When OpenRouter told the oldest of the live figures."

    def __init__(self, metric: str, kind: str, text: str) -> None:
        self.metric, self.kind, self.text = metric, kind, text


class Sample(NamedTuple):
    """A value of a metric, with its labels."""

    family: Family
    labels: Labels
    value: Decimal

    @property
    def name(self) -> str:
        """The full name, which ends in _total for a counter."""
        return METRIC_PREFIX + self.family.metric + ("_total" if self.family.kind == "counter" else "")


def render(summary: Optional[Summary], success: bool) -> str:
    """Returns all known figures, family by family. What is not known is absent."""
    found: Dict[Family, List[Sample]] = {family: [] for family in Family}
    for sample in _samples(summary, success):
        found[sample.family].append(sample)
    lines = (line for family, samples in found.items() if samples for line in _family(family, samples))
    return "".join(f"{line}\n" for line in (*lines, "# EOF"))


def _family(family: Family, samples: List[Sample]) -> Iterator[str]:
    yield f"# HELP {METRIC_PREFIX}{family.metric} {family.text}"
    yield f"# TYPE {METRIC_PREFIX}{family.metric} {family.kind}"
    for sample in samples:
        labels = ",".join(f'{name}="{value.translate(ESCAPES)}"' for name, value in sample.labels)
        yield sample.name + (f"{{{labels}}}" if labels else "") + f" {number(sample.value)}"


def render_json(summary: Optional[Summary], success: bool) -> str:
    """Returns the samples as a JSON document."""
    samples = [
        {"name": sample.name, "labels": dict(sample.labels), "value": sample.value}
        for sample in _samples(summary, success)
    ]
    head: Json = {"as_of": summary.as_of if summary else None, "demo": bool(summary and summary.demo)}
    return document("metrics", {**head, "samples": samples, "notes": summary.every_note if summary else []})


# What is known


def _samples(summary: Optional[Summary], success: bool) -> Iterator[Sample]:
    for block in summary.blocks if summary else ():
        account: Labels = (("account", block.name),) if block.name else ()
        once: Dict[Tuple[Family, Labels], Sample] = {}
        for family, labels, value in _of_block(block):
            if isinstance(value, Decimal):
                once.setdefault((family, labels), Sample(family, (*account, *labels), value))
        yield from once.values()
    yield Sample(Family.SUCCESS, (), Decimal(success))
    if summary:
        yield Sample(Family.TIMESTAMP, (), Decimal(int((summary.as_of - EPOCH).total_seconds())))


Found = Tuple[Family, Labels, Union[Decimal, Unknown, None]]


def _of_block(block: Block) -> Iterator[Found]:
    for scope, counters in (("key", block.key), ("account", block.account)):
        if isinstance(counters, Counters):
            yield from _counted(scope, counters)
    if isinstance(block.balance, Balance):
        yield Family.BALANCE_LEFT, (), block.balance.remaining
    yield from _limited(() if isinstance(block.limits, Unknown) else block.limits)
    if isinstance(block.forecast, Forecast):
        yield from _forecast(block.forecast)
    if isinstance(block.models, ModelTable):
        yield from _models(block.models)


def _counted(scope: str, counters: Counters) -> Iterator[Found]:
    for window, usd in counters.credits._asdict().items():
        yield Family.WINDOW_SPEND, (("scope", scope), ("window", window)), usd
    for window, usd in counters.byok._asdict().items():
        yield Family.WINDOW_BYOK, (("scope", scope), ("window", window)), usd
    yield Family.LIFETIME_SPEND, (("scope", scope),), counters.total


def _limited(limits: Tuple[Limit, ...]) -> Iterator[Found]:
    """Yields each limit. Those alike are numbered from the second largest on: sizes do not change by themselves."""

    def size(limit: Limit) -> Decimal:
        return Decimal("Infinity") if isinstance(limit.limit, Unknown) else -limit.limit

    alike: List[Labels] = []
    for limit in sorted(limits, key=size):
        labels = _scope(limit.scope, limit.resets)
        alike.append(labels)
        number = alike.count(labels)
        numbered = labels if number == 1 else (*labels, ("number", str(number)))
        yield Family.LIMIT_LEFT, numbered, limit.remaining
        yield Family.LIMIT, numbered, limit.limit


def _scope(scope: str, resets: Told) -> Labels:
    return (("scope", scope), *((("resets", resets),) if isinstance(resets, str) else ()))


def _forecast(forecast: Forecast) -> Iterator[Found]:
    """Yields the runway of each scope. Of samples with the same labels the first is kept: it blocks first."""
    for one in forecast.scopes:
        labels = _scope(one.scope, one.resets)
        yield Family.RUNWAY, labels, one.days
        yield Family.BURN_RATE, labels, None if isinstance(one.pace, Unknown) else one.pace.usd


def _models(table: ModelTable) -> Iterator[Found]:
    """Yields the dearest models and the sum of all others, unless a part of it is not known."""
    spends = [(row.model, row.use.usd) for row in table.rows[:MOST_MODELS] if row.model != OTHER]
    others = [row.use.usd for place, row in enumerate(table.rows) if place >= MOST_MODELS or row.model == OTHER]
    known = [usd for usd in others if isinstance(usd, Decimal)]
    if others and len(known) == len(others):
        spends.append((OTHER, sum(known, Decimal(0))))
    for model, usd in spends:
        yield Family.MODEL_SPEND, (("model", model), ("window", "7d")), usd
