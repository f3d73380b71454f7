"""Renders verdicts: as a monitoring plugin's line, as a sentence for a chat, as JSON."""

from decimal import Decimal
from typing import Callable, Dict, Iterator, List, Sequence, Tuple

from openrouter_usage.commands.check.records import (
    CRITICAL,
    OK,
    UNKNOWN,
    WORST_FIRST,
    Bounds,
    Finding,
    Thresholds,
    Verdict,
)
from openrouter_usage.commands.summary.records import Block, Summary
from openrouter_usage.forecast.records import BALANCE_SCOPE, Forecast
from openrouter_usage.records import Balance, Note, Unknown
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.dates import in_brackets, told
from openrouter_usage.text.document import SCHEMA, Json, as_note, dumps, number
from openrouter_usage.text.runway import about, at_rate, scope_name

LEVELS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
EMOJI = ("✅", "⚠️", "🚨", "❔")
NO_REPLY = "NO_REPLY\n"
"""What a host takes for silence."""

UNITS = {"runway": "days", "limit": "percent"}
"""What a finding's figures are in, where that is not US dollars."""

WHOSE = {"account": "all keys", "key": "this key"}

Pairs = Sequence[Tuple[Block, Verdict]]


def line(summary: Summary, verdicts: Sequence[Verdict], level: int, thresholds: Thresholds) -> str:
    """The status, what it is by, and the figures for a graph; the notes in lines of their own."""
    pairs = list(zip(summary.blocks, verdicts))
    figures = " ".join(figure for place, pair in enumerate(pairs) for figure in _perfdata(*pair, thresholds, place))
    status = f"OPENROUTER {LEVELS[level]} - {_plain(_message(pairs, summary))}" + (f" | {figures}" if figures else "")
    return "\n".join([status, *(f"Note: {_plain(note.message)}" for note in _notes(summary))]) + "\n"


def unknown_line(reason: str) -> str:
    """Where nothing could be asked at all."""
    return f"OPENROUTER {LEVELS[UNKNOWN]} - {_plain(reason)}\n"


def sentence(summary: Summary, verdicts: Sequence[Verdict], level: int) -> str:
    """For a chat."""
    return said(level, _message(list(zip(summary.blocks, verdicts)), summary))


def said(level: int, message: str) -> str:
    return f"{EMOJI[level]} OpenRouter {LEVELS[level]}: {message}\n"


def _plain(text: str) -> str:
    """Behind a bar come the figures for a graph."""
    return text.replace("|", "/")


def _notes(summary: Summary) -> List[Note]:
    return [*(note for block in summary.blocks for note in block.notes), *summary.notes]


# The message


def _message(pairs: Pairs, summary: Summary) -> str:
    """What is bad, worst first, then how long it lasts; of two accounts each by its name."""
    parts = []
    for block, verdict in sorted(pairs, key=lambda pair: WORST_FIRST.index(pair[1].level)):
        words = "; ".join(dict.fromkeys(_phrases(block, verdict)))
        old = in_brackets(told(block.forecast_as_of, summary.now))
        parts.append(f"{block.name}: {words}{old}" if block.name else words + old)
    return "; ".join(parts)


def _phrases(block: Block, verdict: Verdict) -> Iterator[str]:
    need = [one for one in verdict.findings if one.name == "need"]
    yield from (PHRASES[one.name](one, block) for one in verdict.findings if one.level != OK or one in need)
    if not need:
        yield _left(block)


def _left(block: Block) -> str:
    """What is left, and for how long: of what blocks first."""
    forecast = block.forecast
    if isinstance(forecast, Forecast):
        lasts = forecast.first or forecast.scopes[0]
        of = "" if lasts.scope == BALANCE_SCOPE else f" of the {scope_name(lasts.scope).lower()}"
        if lasts.remaining <= 0:
            return f"nothing is left{of or ' of the balance'}"
        how_long = "lasts until its reset" if lasts.days is None and lasts.resets_at else about(lasts.days)
        return f"{dollars(lasts.remaining)} left{of}, {how_long}{at_rate(lasts)}"
    if isinstance(block.balance, Balance):
        return f"{dollars(block.balance.remaining)} left, no forecast ({forecast.reason})"
    return _unknown_balance(block.balance)


def _unknown_balance(why: Unknown) -> str:
    return f"balance unknown ({why.advice})"


def _runway(one: Finding, block: Block) -> str:
    if isinstance(one.value, Unknown) and isinstance(block.balance, Balance):
        return f"how long the {scope_name(one.about or BALANCE_SCOPE).lower()} lasts is unknown ({one.value.reason})"
    return _unknown_balance(one.value) if isinstance(one.value, Unknown) else _left(block)


def _balance(one: Finding, block: Block) -> str:
    if isinstance(one.value, Unknown):
        return _unknown_balance(one.value)
    left = one.value or Decimal(0)
    return f"the balance is {dollars(left)}: calls fail" if left <= 0 else f"the balance is below {_crossed(one)}"


def _crossed(one: Finding) -> str:
    """The threshold that the figure is beyond."""
    bound = one.bounds.crit if one.level == CRITICAL else one.bounds.warn
    return dollars(bound or Decimal(0))


def _request(one: Finding, block: Block) -> str:
    return f"the balance is about three usual requests to {one.about} ({_amount(one)} each), or less"


def _used_up(one: Finding, block: Block) -> str:
    return f"nothing is left of the {scope_name(one.about).lower()}"


def _today(one: Finding, block: Block) -> str:
    if isinstance(one.value, Unknown):
        return f"today's spend is unknown ({one.value.reason})"
    return f"{_amount(one)} spent today by {WHOSE[one.about]}, more than {_crossed(one)}"


def _limit(one: Finding, block: Block) -> str:
    if isinstance(one.value, Unknown):
        return f"the use of the limit is unknown ({one.value.reason})"
    used = number(round(one.value or Decimal(0), 1))
    return f"{used}% of the {scope_name(one.about).lower()} used"


def _need(one: Finding, block: Block) -> str:
    needed = dollars(one.bounds.crit or Decimal(0))
    if isinstance(one.value, Unknown):
        return f"whether {needed} are left is unknown ({one.value.reason})"
    of = f" of the {scope_name(one.about).lower()}"
    return f"{_amount(one)} left{of}, {needed} needed"


def _age(one: Finding, block: Block) -> str:
    return one.value.reason if isinstance(one.value, Unknown) else ""


def _account(one: Finding, block: Block) -> str:
    return f"what all keys spend is not watched ({one.value.reason})" if isinstance(one.value, Unknown) else ""


def _amount(one: Finding) -> str:
    return dollars(one.value) if isinstance(one.value, (Decimal, Unknown)) else "none"


PHRASES: Dict[str, Callable[[Finding, Block], str]] = {
    "need": _need,
    "runway": _runway,
    "balance": _balance,
    "request": _request,
    "used_up": _used_up,
    "today": _today,
    "limit": _limit,
    "age": _age,
    "account": _account,
}


# The figures for a graph


def _perfdata(block: Block, verdict: Verdict, thresholds: Thresholds, place: int) -> Iterator[str]:
    """label=value;warn;crit, of what is known; `10:` alerts below 10. The second account's labels end in _2."""
    values = {one.name: one.value for one in verdict.findings}
    if isinstance(block.balance, Balance):
        values.setdefault("balance", block.balance.remaining)
    first = block.forecast.first if isinstance(block.forecast, Forecast) else None
    figures: List[Tuple[str, object, str, Bounds, str]] = [
        ("left", values.get("need"), "", Bounds(crit=thresholds.need), ":"),
        ("balance", values.get("balance"), "", thresholds.balance, ":"),
        ("runway_days", first.days if first else None, "", thresholds.runway, ":"),
        ("today", values.get("today", _spent_today(block)), "", thresholds.today, ""),
        ("limit", values.get("limit"), "%", thresholds.limit, ""),
    ]
    for label, value, unit, bounds, below in figures:
        if isinstance(value, Decimal):
            alerts = ";".join("" if bound is None else f"{_number(bound)}{below}" for bound in bounds)
            name = label if place == 0 else f"{label}_{place + 1}"
            yield f"{name}={_number(value)}{unit};{alerts}".rstrip(";")


def _spent_today(block: Block) -> object:
    counters = block.key if block.account is None else block.account
    return None if counters is None or isinstance(counters, Unknown) else counters.credits.today


def _number(value: Decimal) -> str:
    """To the hundredth of a cent."""
    return number(round(value, 4))


# JSON


def render_json(summary: Summary, verdicts: Sequence[Verdict], level: int) -> str:
    pairs = list(zip(summary.blocks, verdicts))
    document: Json = {
        "schema": SCHEMA,
        "command": "check",
        "as_of": summary.as_of,
        "demo": summary.demo,
        "level": LEVELS[level].lower(),
        "exit_code": level,
        "message": _message(pairs, summary),
        "findings": [{**_named(block), **_cells(one)} for block, verdict in pairs for one in verdict.findings],
    }
    notes = [*_notes(summary), *(Note(n.code, n.reason) for n in dict.fromkeys(_gaps(verdicts)))]
    return dumps({**document, "notes": [as_note(note) for note in notes]}) + "\n"


def _gaps(verdicts: Sequence[Verdict]) -> Iterator[Unknown]:
    for verdict in verdicts:
        yield from (one.value for one in verdict.findings if isinstance(one.value, Unknown))


def _named(block: Block) -> Json:
    return {"account": block.name} if block.name else {}


def _cells(one: Finding) -> Json:
    unit = UNITS.get(one.name, "usd")
    figures = {"value": one.value, **one.bounds._asdict()}
    cells = {"name": one.name, "level": LEVELS[one.level].lower(), "about": one.about or None}
    return {**cells, **{f"{name}_{unit}": figure for name, figure in figures.items()}}
