"""Renders a summary as OpenMetrics text, which Prometheus' own text parser reads as well."""

from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import NamedTuple, Optional

from openrouter_usage.commands.summary.models import ModelTable
from openrouter_usage.commands.summary.records import Block, Summary
from openrouter_usage.forecast.month import Month
from openrouter_usage.forecast.records import Forecast
from openrouter_usage.records import Amount, Balance, Counters, Limit, Told, Unknown, total
from openrouter_usage.text.document import Json, document, dumps

MOST_MODELS = 20
OTHER = "other"
"""The label of all models beyond the dearest, together."""

METRIC_PREFIX = "openrouter_"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


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
    MONTH_END = "month_end_usd", "gauge", "Expected spend in credits by the end of the current UTC month."
    MONTH_BUDGET = "month_budget_usd", "gauge", "The user's own budget for a UTC month; absent where none is set."
    MODEL_SPEND = "model_spend_usd", "gauge", "Credits by model, all keys, in the last 7 completed UTC days."
    COMPLETE = (
        "source_complete",
        "gauge",
        "1 where the other sources of spend show nothing that this one lacks, else 0.",
    )
    SUCCESS = "scrape_success", "gauge", "1 where all that was asked was answered now or lately, else 0."
    TIMESTAMP = "scrape_timestamp_seconds", "gauge", "When OpenRouter told the oldest of the live figures."

    def __init__(self, metric: str, kind: str, text: str) -> None:
        self.metric, self.kind, self.text = metric, kind, text


class Sample(NamedTuple):
    """A figure of a metric, with its labels. Its value is None or Unknown if there is no known figure to show."""

    family: Family
    labels: dict[str, str]
    value: Optional[Amount]

    @property
    def name(self) -> str:
        """The full name, which ends in _total for a counter."""
        return METRIC_PREFIX + self.family.metric + ("_total" if self.family.kind == "counter" else "")


def render(summary: Optional[Summary], success: bool) -> str:
    """Returns all known figures, family by family. What is not known is absent."""
    found: dict[Family, list[Sample]] = {family: [] for family in Family}
    for sample in _known(summary, success):
        found[sample.family].append(sample)
    lines = (line for family, samples in found.items() if samples for line in _family(family, samples))
    return "".join(f"{line}\n" for line in (*lines, "# EOF"))


def _family(family: Family, samples: list[Sample]) -> Iterator[str]:
    yield f"# HELP {METRIC_PREFIX}{family.metric} {family.text}"
    yield f"# TYPE {METRIC_PREFIX}{family.metric} {family.kind}"
    for sample in samples:
        labels = ",".join(f'{name}="{value.translate(ESCAPES)}"' for name, value in sample.labels.items())
        yield sample.name + (f"{{{labels}}}" if labels else "") + f" {dumps(sample.value)}"


def render_json(summary: Optional[Summary], success: bool) -> str:
    """Returns the samples as a JSON document."""
    samples = [{"name": one.name, "labels": one.labels, "value": one.value} for one in _known(summary, success)]
    head: Json = {"as_of": summary.as_of if summary else None, "demo": bool(summary and summary.demo)}
    return document("metrics", {**head, "samples": samples, "notes": summary.every_note if summary else []})


# What is known


def _known(summary: Optional[Summary], success: bool) -> Iterator[Sample]:
    """Yields the known figures. Of two with the same labels the first is kept."""
    for block in summary.blocks if summary else ():
        account = {"account": block.name} if block.name else {}
        found: list[Sample] = []
        for sample in _of_block(block):
            labels = {**account, **sample.labels}
            is_first = (sample.family, labels) not in [(one.family, one.labels) for one in found]
            if is_first and isinstance(sample.value, Decimal):
                found.append(sample._replace(labels=labels))
        yield from found
    yield Sample(Family.SUCCESS, {}, Decimal(success))
    if summary:
        yield Sample(Family.TIMESTAMP, {}, Decimal(int((summary.as_of - EPOCH).total_seconds())))


def _of_block(block: Block) -> Iterator[Sample]:
    for scope, counters in (("key", block.key), ("account", block.account)):
        if isinstance(counters, Counters):
            yield from _counted(scope, counters)
    if isinstance(block.balance, Balance):
        yield Sample(Family.BALANCE_LEFT, {}, block.balance.remaining)
    yield from _limited(() if isinstance(block.limits, Unknown) else block.limits)
    if isinstance(block.forecast, Forecast):
        yield from _forecast(block.forecast)
    if block.month:
        yield from _month(block.month)
    if isinstance(block.models, ModelTable):
        yield from _models(block.models)
    for source, is_complete in block.sources:
        yield Sample(Family.COMPLETE, {"source": source}, Decimal(is_complete))


def _counted(scope: str, counters: Counters) -> Iterator[Sample]:
    for family, spend in ((Family.WINDOW_SPEND, counters.credits), (Family.WINDOW_BYOK, counters.byok)):
        for window, usd in spend._asdict().items():
            yield Sample(family, {"scope": scope, "window": window}, usd)
    yield Sample(Family.LIFETIME_SPEND, {"scope": scope}, counters.total)


def _limited(limits: tuple[Limit, ...]) -> Iterator[Sample]:
    """Yields each limit. Those alike are numbered from the second largest on: sizes do not change by themselves."""

    def size(limit: Limit) -> Decimal:
        return Decimal("Infinity") if isinstance(limit.limit, Unknown) else -limit.limit

    alike: list[dict[str, str]] = []
    for limit in sorted(limits, key=size):
        labels = _scope(limit.scope, limit.resets)
        alike.append(labels)
        if alike.count(labels) > 1:
            labels = {**labels, "number": str(alike.count(labels))}
        yield Sample(Family.LIMIT_LEFT, labels, limit.remaining)
        yield Sample(Family.LIMIT, labels, limit.limit)


def _scope(scope: str, resets: Told) -> dict[str, str]:
    return {"scope": scope, "resets": resets} if isinstance(resets, str) else {"scope": scope}


def _forecast(forecast: Forecast) -> Iterator[Sample]:
    """Yields the runway of each scope, the one that blocks first at the front."""
    for one in forecast.scopes:
        labels = _scope(one.scope, one.resets)
        yield Sample(Family.RUNWAY, labels, one.days)
        yield Sample(Family.BURN_RATE, labels, one.pace if isinstance(one.pace, Unknown) else one.pace.usd)


def _month(month: Month) -> Iterator[Sample]:
    labels = {"scope": month.scope}
    yield Sample(Family.MONTH_END, labels, month.end if isinstance(month.end, Unknown) else month.end.usd)
    yield Sample(Family.MONTH_BUDGET, labels, month.budget)


def _models(table: ModelTable) -> Iterator[Sample]:
    """Yields the dearest models and the sum of all others."""
    named = [row for row in table.rows[:MOST_MODELS] if row.model != OTHER]
    others = [row.use.usd for row in table.rows if row not in named]
    spends = [(row.model, row.use.usd) for row in named]
    for model, usd in [*spends, *([(OTHER, total(others, Decimal(0)))] if others else [])]:
        yield Sample(Family.MODEL_SPEND, {"model": model, "window": "7d"}, usd)
