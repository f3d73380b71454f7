"""Renders a summary as OpenMetrics text, which Prometheus' own parser reads, too."""

from datetime import datetime, timezone
from decimal import Decimal
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

from openrouter_usage.commands.summary.models import ModelTable
from openrouter_usage.commands.summary.records import Block, Summary
from openrouter_usage.forecast.records import Forecast
from openrouter_usage.records import Amount, Balance, Counters, Limit, Told, Unknown
from openrouter_usage.text.document import SCHEMA, Json, as_note, dumps, number

MOST_MODELS = 20
OTHER = "other"
"""What the models beyond the dearest are called together."""

PREFIX = "openrouter_"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

Labels = Tuple[Tuple[str, str], ...]


class Family(NamedTuple):
    """A metric's name without its prefix, its type and what it tells."""

    name: str
    kind: str
    help: str


WINDOW = Family("window_spend_usd", "gauge", "Spend in credits in the current UTC day, week (from Monday) or month.")
BYOK = Family("window_byok_usd", "gauge", "Spend on own provider keys in the current UTC day, week or month.")
SPEND = Family("spend_usd", "counter", "Credits used over the lifetime of the key or account.")
BALANCE = Family("balance_usd", "gauge", "Credits left; negative where more was used than bought.")
LIMIT_LEFT = Family("limit_remaining_usd", "gauge", "What is left of each limit that can block the key.")
LIMIT = Family("limit_usd", "gauge", "Each limit that can block the key.")
RUNWAY = Family("runway_days", "gauge", "Expected days until it blocks; absent where it does not, or is not known to.")
BURN = Family("burn_usd_per_day", "gauge", "Expected spend a UTC day of those who spend of it.")
MODELS = Family("model_spend_usd", "gauge", "Credits by model, all keys, in the last 7 completed UTC days.")
SUCCESS = Family("scrape_success", "gauge", "1 where all that was asked was answered now or lately, else 0.")
TIME = Family("scrape_timestamp_seconds", "gauge", "When OpenRouter told the oldest of the live figures.")
FAMILIES = (WINDOW, BYOK, SPEND, BALANCE, LIMIT_LEFT, LIMIT, RUNWAY, BURN, MODELS, SUCCESS, TIME)


class Sample(NamedTuple):
    family: Family
    labels: Labels
    value: Decimal


def render(summary: Optional[Summary], success: bool) -> str:
    """All that is known, a family at a time; what is not known is absent."""
    found: Dict[Family, List[Sample]] = {family: [] for family in FAMILIES}
    for sample in _samples(summary, success):
        found[sample.family].append(sample)
    lines = (line for family, samples in found.items() if samples for line in _family(family, samples))
    return "".join(f"{line}\n" for line in (*lines, "# EOF"))


def _family(family: Family, samples: List[Sample]) -> Iterator[str]:
    name = PREFIX + family.name
    yield f"# HELP {name} {family.help}"
    yield f"# TYPE {name} {family.kind}"
    yield from (_line(sample) for sample in samples)


def _name(family: Family) -> str:
    return PREFIX + family.name + ("_total" if family.kind == "counter" else "")


def _line(sample: Sample) -> str:
    labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels)
    return _name(sample.family) + (f"{{{labels}}}" if labels else "") + f" {number(sample.value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


# What is known


def _samples(summary: Optional[Summary], success: bool) -> Iterator[Sample]:
    for block in summary.blocks if summary else ():
        account: Labels = (("account", block.name),) if block.name else ()
        once: Dict[Tuple[Family, Labels], Sample] = {}
        for family, labels, value in _of_block(block):
            if isinstance(value, Decimal):
                once.setdefault((family, labels), Sample(family, (*account, *labels), value))
        yield from once.values()
    yield Sample(SUCCESS, (), Decimal(success))
    if summary:
        yield Sample(TIME, (), Decimal(int((summary.as_of - EPOCH).total_seconds())))


Found = Tuple[Family, Labels, Union[Decimal, Unknown, None]]


def _of_block(block: Block) -> Iterator[Found]:
    for scope, counters in (("key", block.key), ("account", block.account)):
        if isinstance(counters, Counters):
            yield from _counted(scope, counters)
    if isinstance(block.balance, Balance):
        yield BALANCE, (), block.balance.remaining
    yield from _limited(() if isinstance(block.limits, Unknown) else block.limits)
    if isinstance(block.forecast, Forecast):
        yield from _expected(block.forecast)
    if isinstance(block.models, ModelTable):
        yield from ((MODELS, (("model", model), ("window", "7d")), usd) for model, usd in _models(block.models))


def _counted(scope: str, counters: Counters) -> Iterator[Found]:
    for window, usd in counters.credits._asdict().items():
        yield WINDOW, (("scope", scope), ("window", window)), usd
    for window, usd in counters.byok._asdict().items():
        yield BYOK, (("scope", scope), ("window", window)), usd
    yield SPEND, (("scope", scope),), counters.total


def _limited(limits: Tuple[Limit, ...]) -> Iterator[Found]:
    """The layers; those alike in scope and reset are numbered from the second on."""
    alike: List[Labels] = []
    for limit in sorted(limits, key=_size):
        labels = _scope(limit.scope, limit.resets)
        alike.append(labels)
        number = alike.count(labels)
        numbered = labels if number == 1 else (*labels, ("number", str(number)))
        yield LIMIT_LEFT, numbered, limit.remaining
        yield LIMIT, numbered, limit.limit


def _size(limit: Limit) -> Decimal:
    """Sorts limits by what never changes by itself: the largest first."""
    return Decimal("Infinity") if isinstance(limit.limit, Unknown) else -limit.limit


def _scope(scope: str, resets: Told) -> Labels:
    return (("scope", scope), *((("resets", resets),) if isinstance(resets, str) else ()))


def _expected(forecast: Forecast) -> Iterator[Found]:
    """Of scopes alike the one that blocks first, which comes first."""
    for lasts in forecast.scopes:
        labels = _scope(lasts.scope, lasts.resets)
        yield RUNWAY, labels, lasts.days
        yield BURN, labels, None if isinstance(lasts.pace, Unknown) else lasts.pace.usd


def _models(table: ModelTable) -> Iterator[Tuple[str, Amount]]:
    """The dearest models, and all others together; of a sum with a hole nothing is known."""
    others = [row.use.usd for row in table.rows[MOST_MODELS:]]
    for row in table.rows[:MOST_MODELS]:
        if row.model == OTHER:
            others.append(row.use.usd)
        else:
            yield row.model, row.use.usd
    known = [usd for usd in others if isinstance(usd, Decimal)]
    if others and len(known) == len(others):
        yield OTHER, sum(known, Decimal(0))


# JSON


def render_json(summary: Optional[Summary], success: bool) -> str:
    """The same samples as a list."""
    samples = [
        {"name": _name(sample.family), "labels": dict(sample.labels), "value": sample.value}
        for sample in _samples(summary, success)
    ]
    notes = [as_note(note) for block in summary.blocks for note in block.notes] if summary else []
    notes += [as_note(note) for note in summary.notes] if summary else []
    document: Json = {"schema": SCHEMA, "command": "metrics", "as_of": summary.as_of if summary else None}
    return dumps({**document, "demo": bool(summary and summary.demo), "samples": samples, "notes": notes}) + "\n"
