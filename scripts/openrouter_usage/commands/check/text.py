"""Renders verdicts: as a monitoring plugin's line, as a sentence for a chat, as JSON."""

from decimal import Decimal
from typing import Iterator, List, Sequence, Tuple

from openrouter_usage.commands.check.records import CRITICAL, OK, WORST_FIRST, Bounds, Finding, Thresholds, Verdict
from openrouter_usage.commands.summary.records import Block, Summary
from openrouter_usage.forecast.records import BALANCE_SCOPE, Forecast
from openrouter_usage.records import Balance, Counters, Note, Unknown
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.dates import as_of_words, in_brackets
from openrouter_usage.text.document import Json, document, number
from openrouter_usage.text.runway import about, at_rate, scope_name

STATUSES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
EMOJI = ("✅", "⚠️", "🚨", "❔")
NO_REPLY = "NO_REPLY\n"
"""The word by which a chat bot tells its host to say nothing."""

FINDING_UNITS = {"runway": "days", "limit": "percent"}
"""The units of those findings that are not in USD."""

SPENDERS = {"account": "all keys", "key": "this key"}

PHRASES = {
    "need": "{usd} left of the {scope}, {needed} needed",
    "balance": "the balance is below {bound}",
    "request": "the balance is about three usual requests to {about} ({usd} each), or less",
    "used_up": "nothing is left of the {scope}",
    "today": "{usd} spent today by {spender}, more than {bound}",
    "limit": "{percent}% of the {scope} used",
}
UNKNOWN_PHRASES = {
    "need": "whether {needed} are left is unknown ({reason})",
    "runway": "how long the {scope} lasts is unknown ({reason})",
    "balance": "balance unknown ({advice})",
    "today": "today's spend is unknown ({reason})",
    "limit": "the use of the limit is unknown ({reason})",
    "age": "{reason}",
    "account": "what all keys spend is not watched ({reason})",
}

Pairs = Sequence[Tuple[Block, Verdict]]


def line(summary: Summary, verdicts: Sequence[Verdict], level: int, thresholds: Thresholds) -> str:
    """Returns the plugin's line, with the figures for a graph, and the notes in lines of their own."""
    pairs = list(zip(summary.blocks, verdicts))
    figures = " ".join(figure for place, pair in enumerate(pairs) for figure in _perfdata(*pair, thresholds, place))
    notes = "".join(f"Note: {_plain(note.message)}\n" for note in summary.every_note)
    return status_line(level, _message(pairs, summary), figures) + notes


def status_line(level: int, message: str, figures: str = "") -> str:
    """Returns the status, why it is so, and the figures for a graph, as monitoring plugins write it."""
    return f"OPENROUTER {STATUSES[level]} - {_plain(message)}" + (f" | {figures}\n" if figures else "\n")


def _plain(text: str) -> str:
    """Returns the text without the bar that begins the figures for a graph."""
    return text.replace("|", "/")


def sentence(summary: Summary, verdicts: Sequence[Verdict], level: int) -> str:
    """Returns the verdicts as a sentence for a chat."""
    return chat_line(level, _message(list(zip(summary.blocks, verdicts)), summary))


def chat_line(level: int, message: str) -> str:
    """Returns the status for a chat, and why it is so."""
    return f"{EMOJI[level]} OpenRouter {STATUSES[level]}: {message}\n"


# The message


def _message(pairs: Pairs, summary: Summary) -> str:
    """Returns what alerts, worst first, then how long it lasts; each account by its name if there are several."""
    parts = []
    for block, verdict in sorted(pairs, key=lambda pair: WORST_FIRST.index(pair[1].level)):
        words = "; ".join(dict.fromkeys(_phrases(block, verdict)))
        old = in_brackets(as_of_words(block.forecast_as_of, summary.now))
        parts.append(f"{block.name}: {words}{old}" if block.name else words + old)
    return "; ".join(parts)


def _phrases(block: Block, verdict: Verdict) -> Iterator[str]:
    need = [one for one in verdict.findings if one.name == "need"]
    yield from (_phrase(one, block) for one in verdict.findings if one.level != OK or one in need)
    if not need:
        yield _left(block)


def _phrase(one: Finding, block: Block) -> str:
    scope, needed = scope_name(one.about or BALANCE_SCOPE).lower(), dollars(one.bounds.crit or Decimal(0))
    if isinstance(one.value, Unknown):
        name = "balance" if one.name == "runway" and isinstance(block.balance, Unknown) else one.name
        why = {"reason": one.value.reason, "advice": one.value.advice}
        return UNKNOWN_PHRASES[name].format(scope=scope, needed=needed, **why)
    value = one.value or Decimal(0)
    if one.name == "runway":
        return _left(block)
    if one.name == "balance" and value <= 0:
        return f"the balance is {dollars(value)}: calls fail"
    return PHRASES[one.name].format(
        usd=dollars(value),
        percent=number(round(value, 1)),
        scope=scope,
        needed=needed,
        bound=needed if one.level == CRITICAL else dollars(one.bounds.warn or Decimal(0)),
        about=one.about,
        spender=SPENDERS.get(one.about),
    )


def _left(block: Block) -> str:
    """Returns what remains in the scope that blocks first, and how long it lasts."""
    forecast = block.forecast
    if isinstance(forecast, Forecast):
        first = forecast.scopes[0]
        of = "" if first.scope == BALANCE_SCOPE else f" of the {scope_name(first.scope).lower()}"
        if first.remaining <= 0:
            return f"nothing is left{of or ' of the balance'}"
        how_long = "lasts until its reset" if first.days is None and first.resets_at else about(first.days)
        return f"{dollars(first.remaining)} left{of}, {how_long}{at_rate(first)}"
    if isinstance(block.balance, Balance):
        return f"{dollars(block.balance.remaining)} left, no forecast ({forecast.reason})"
    return UNKNOWN_PHRASES["balance"].format(advice=block.balance.advice)


# The figures for a graph


def _perfdata(block: Block, verdict: Verdict, thresholds: Thresholds, place: int) -> Iterator[str]:
    """Yields label=value;warn;crit of each known figure; `10:` alerts below 10, the second account's end in _2."""
    values = {one.name: one.value for one in verdict.findings}
    if isinstance(block.balance, Balance):
        values.setdefault("balance", block.balance.remaining)
    counters = block.key if block.account is None else block.account
    if isinstance(counters, Counters):
        values.setdefault("today", counters.credits.today)
    first = block.forecast.first if isinstance(block.forecast, Forecast) else None
    figures: List[Tuple[str, object, str, Bounds, str]] = [
        ("left", values.get("need"), "", Bounds(crit=thresholds.need), ":"),
        ("balance", values.get("balance"), "", thresholds.balance, ":"),
        ("runway_days", first.days if first else None, "", thresholds.runway, ":"),
        ("today", values.get("today"), "", thresholds.today, ""),
        ("limit", values.get("limit"), "%", thresholds.limit, ""),
    ]
    for label, value, unit, bounds, below in figures:
        if isinstance(value, Decimal):
            alerts = ";".join("" if bound is None else f"{_number(bound)}{below}" for bound in bounds)
            name = label if place == 0 else f"{label}_{place + 1}"
            yield f"{name}={_number(value)}{unit};{alerts}".rstrip(";")


def _number(value: Decimal) -> str:
    """Returns the figure to the hundredth of a cent."""
    return number(round(value, 4))


# JSON


def render_json(summary: Summary, verdicts: Sequence[Verdict], level: int) -> str:
    """Returns the verdicts as a JSON document."""
    pairs = list(zip(summary.blocks, verdicts))
    unknown = [one.value for _, verdict in pairs for one in verdict.findings if isinstance(one.value, Unknown)]
    cells: Json = {
        "as_of": summary.as_of,
        "demo": summary.demo,
        "level": STATUSES[level].lower(),
        "exit_code": level,
        "message": _message(pairs, summary),
        "findings": [_cells(block, one) for block, verdict in pairs for one in verdict.findings],
        "notes": [*summary.every_note, *(Note(gap.code, gap.reason) for gap in dict.fromkeys(unknown))],
    }
    return document("check", cells)


def _cells(block: Block, one: Finding) -> Json:
    unit = FINDING_UNITS.get(one.name, "usd")
    return {
        **({"account": block.name} if block.name else {}),
        "name": one.name,
        "level": STATUSES[one.level].lower(),
        "about": one.about or None,
        f"value_{unit}": one.value,
        f"warn_{unit}": one.bounds.warn,
        f"crit_{unit}": one.bounds.crit,
    }
