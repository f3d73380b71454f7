"""Renders verdicts: as a monitoring plugin's line, as a sentence for a chat, as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Union

from openrouter_usage.commands.check import need_words, records, spike_words
from openrouter_usage.commands.check.judge import SPIKE_NOT_JUDGED, spike_not_judged
from openrouter_usage.commands.check.records import ALERT_ABOVE, CRITICAL, OK, Check, Finding
from openrouter_usage.commands.summary.records import Block
from openrouter_usage.figures.balance import BY_PURCHASES
from openrouter_usage.figures.limits import is_zero
from openrouter_usage.forecast.records import BALANCE_SCOPE, Forecast
from openrouter_usage.records import A_CENT, NEEDS_MANAGEMENT_KEY, Balance, Counters, Note, Unknown
from openrouter_usage.text import expiry, runway, style
from openrouter_usage.text.amounts import dollars, percent
from openrouter_usage.text.dates import as_of_words, in_brackets
from openrouter_usage.text.document import Json, document, number
from openrouter_usage.text.runway import SPENDERS, about, at_rate, scope_name
from openrouter_usage.text.style import ANSWER, Line, Page, role_of

STATUSES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
EMOJI = ("✅", "⚠️", "🚨", "❔")
ROLES = (ANSWER, style.WARNING, style.CRITICAL, style.WARNING)
"""The words, the signs and the roles of a line for each level."""

NO_REPLY = "NO_REPLY\n"
"""The word by which a chat bot tells its host to say nothing."""

FINDING_UNITS = {"runway": "days", "limit": "percent"}
"""The units of those findings that are not in USD."""

LABELS = {
    "left": "need",
    "balance": "balance",
    "runway_days": "runway",
    "today": "today",
    "month": "month",
    "month_end": "budget",
    "limit": "limit",
}
"""The labels of a graph's figures, and the figures that they name."""

TENTH = Decimal("0.1")

MOST_KEYS = 3
"""The most other keys that are named in the line."""


PHRASES = {
    "balance": "the balance is below {bound}",
    "request": "the balance is about three usual requests to {about} ({usd} each), or less",
    "used_up": "nothing is left of the {scope}",
    "today": "{usd} spent today by {spender}, more than {bound}",
    "month": "{usd} spent this month by {spender}, more than {bound}",
    "limit": "{percent} of the {scope} used",
}
UNKNOWN_PHRASES = {
    "runway": "how long the {scope} lasts is unknown ({reason})",
    "balance": "balance unknown ({advice})",
    "today": "today's spend is unknown ({reason})",
    "month": "this month's spend is unknown ({reason})",
    "limit": "the use of the {scope} is unknown ({reason})",
    "age": "{reason}",
    "account": "what all keys spend is not watched ({reason})",
}


def lines(check: Check, is_short: bool = False) -> Page:
    """Returns the plugin's line, with the figures for a graph, and the notes in lines of their own.

    Unless it `is_short`, what each account spent today stands between them, beside what is usual, and when keys expire.
    """
    figures = [figure for place in range(len(check.verdicts)) for figure in _perfdata(check, place)]
    notes = [note for note in check.summary.every_note if is_short or note.code != SPIKE_NOT_JUDGED]
    more = [*([] if is_short else _today_and_expiry(check)), *(f"Note: {note.message}" for note in notes)]
    status = status_line(check.level, _message(check), " ".join(figures))
    return Page([status, *(Line(_plain(one), role_of(one)) for one in more)])


def _today_and_expiry(check: Check) -> Iterator[str]:
    for verdict in check.verdicts:
        if verdict.today is not None:
            yield spike_words.today(verdict.today, verdict.block.name, "today" in verdict.block.at_least)
        yield from _expiry(verdict.block, check.summary.now)


def _expiry(block: Block, now: datetime) -> Iterator[str]:
    of = f"{block.name}: " if block.name else ""
    every = expiry.beside_runway(block.expires_at, block.expiring, block.forecast, now)
    return (Line(of + one, style.WARNING) for one in every)


def status_line(level: int, message: str, figures: str = "") -> Line:
    """Returns the status, why it is so, and the figures for a graph, as monitoring plugins write it."""
    graph = f" | {figures}" if figures else ""
    return Line(f"OPENROUTER {STATUSES[level]} - {_plain(message)}{graph}", ROLES[level])


def _plain(text: str) -> str:
    """Returns the text without the bar that begins the figures for a graph."""
    return text.replace("|", "/")


def sentence(check: Check, level: int) -> Page:
    """Returns the verdicts as a sentence for a chat, as of that level. OK is only announced when it is so again."""
    return chat_line(level, _message(check), "back to " if level == OK else "")


def chat_line(level: int, message: str, change: str = "") -> Page:
    """Returns the status for a chat, after words on how it changed, and why it is so."""
    return Page([Line(f"{EMOJI[level]} OpenRouter {change}{STATUSES[level]}: {message}", ROLES[level])])


# The message


def _message(check: Check) -> str:
    """Returns what alerts, worst first, then how long it lasts; each account by its name if there are several."""
    parts = []
    for verdict in sorted(check.verdicts, key=lambda one: records.WORST_FIRST.index(one.level)):
        block = verdict.block
        words = "; ".join(dict.fromkeys(_phrases(verdict, check.thresholds)))
        old = in_brackets(as_of_words(block.forecast_as_of, check.summary.now))
        parts.append(f"{block.name}: {words}{old}" if block.name else words + old)
    return "; ".join(parts)


def _phrases(verdict: records.Verdict, by: records.Thresholds) -> Iterator[str]:
    """Yields why each figure alerts, worst first, and once what is left beside what is needed, even if it is enough."""
    need = [one for one in verdict.findings if one.name == "need"]
    unnamed = [one for one in verdict.findings if one.key and one.level != OK][MOST_KEYS:]
    spikes = [one for one in verdict.findings if one.pace and one.level != OK]  # that of today has that of the hour
    for one in verdict.findings:
        if one in need[:1]:
            yield need_words.of(need, by.of("need").crit or Decimal(0), verdict)
        elif one.level != OK and one not in (*need, *unnamed, *spikes[1:]):
            yield _phrase(one, verdict.block, by.of(one.name))
    if unnamed:
        yield f"and those of {len(unnamed)} more keys"
    if not need:
        yield _left(verdict.block)
    kept = [one for one in verdict.findings if one.name == "budget" and one.level == OK]
    yield from (_phrase(one, verdict.block, by.of(one.name)) for one in kept)


def _phrase(one: Finding, block: Block, bounds: records.Bounds) -> str:
    if one.name == "budget":
        from openrouter_usage.text import month  # rarely of use

        return month.verdict(block.month, one.value, one.level == OK, one.level == CRITICAL) if block.month else ""
    scope = f'limit of key "{one.key}"' if one.key else scope_name(one.about or BALANCE_SCOPE).lower()
    if one.name == "limit" and not one.about:
        scope = "limits of all keys"
    needed = dollars(bounds.crit or Decimal(0))
    if isinstance(one.value, Unknown):
        name = "balance" if one.name == "runway" and isinstance(block.balance, Unknown) else one.name
        why = {"reason": one.value.reason, "advice": one.value.advice}
        return UNKNOWN_PHRASES[name].format(scope=scope, needed=needed, **why)
    value = one.value or Decimal(0)
    if one.pace:
        return spike_words.of(one.pace)
    if one.name == "runway":
        return _left(block)
    if one.name == "used_up" and one.about in _zero_limits(block):
        return runway.only_free(one.about)
    if one.name == "balance" and value <= 0:
        return f"the balance is {dollars(value)}: calls may fail"
    return PHRASES[one.name].format(
        usd=dollars(value),
        percent=percent(value / 100, TENTH),
        scope=scope,
        needed=needed,
        bound=needed if one.level == CRITICAL else dollars(bounds.warn or Decimal(0)),
        about=one.about,
        spender=SPENDERS.get(one.about),
    )


def _zero_limits(block: Block) -> list[str]:
    """Returns the scopes of the limits that allow no spend at all."""
    return [] if isinstance(block.limits, Unknown) else [limit.scope for limit in block.limits if is_zero(limit)]


def _left(block: Block) -> str:
    """Returns what remains in the scope that blocks first, and how long it lasts."""
    forecast = block.forecast
    if isinstance(forecast, Forecast):
        first = forecast.scopes[0]
        if first.only_free:
            return runway.only_free(first.scope)
        of = "" if first.scope == BALANCE_SCOPE else f" of the {scope_name(first.scope).lower()}"
        if first.remaining <= 0:
            return f"nothing is left{of or ' of the balance'}"
        how_long = "lasts until its reset" if first.days is None and first.resets_at else about(first.days)
        return f"{dollars(first.remaining)} left{of}, {how_long}{at_rate(first)}{runway.balance_may_block(forecast)}"
    return _left_without_forecast(block, forecast)


def _left_without_forecast(block: Block, forecast: Unknown) -> str:
    if isinstance(block.balance, Balance):
        return f"{dollars(block.balance.remaining)} left, no forecast ({forecast.reason})"
    if forecast != block.balance and not isinstance(block.limits, Unknown) and block.limits:
        left = f"{dollars(block.limits[0].remaining)} left of the {scope_name(block.limits[0].scope).lower()}"
        return f"{left}, no forecast ({forecast.reason}); {runway.UNKNOWN_BALANCE}"
    return UNKNOWN_PHRASES["balance"].format(advice=block.balance.advice)


# The figures for a graph


def _perfdata(check: Check, place: int) -> Iterator[str]:
    """Yields label=value;warn;crit of each known figure; `10:` alerts below 10, the second account's end in _2."""
    block, findings = check.verdicts[place].block, check.verdicts[place].findings
    values = _values(findings)
    if isinstance(block.balance, Balance):
        values.setdefault("balance", block.balance.remaining)
    counters = block.key if block.account is None else block.account
    if isinstance(counters, Counters):
        values.setdefault("today", counters.credits.today)
    first = block.forecast.first if isinstance(block.forecast, Forecast) else None
    values["runway"] = first.days if first else None
    if block.month and block.month.budget:
        values["month"] = block.month.so_far
        values["budget"] = block.month.end if isinstance(block.month.end, Unknown) else block.month.end.usd
    for label, figure in LABELS.items():
        value, below = values.get(figure), "" if figure in ALERT_ABOVE else ":"
        if isinstance(value, Decimal):
            bounds = _bounds(check, block, figure)
            alerts = ";".join("" if bound is None else f"{number(round(bound, 4))}{below}" for bound in bounds)
            name = label if place == 0 else f"{label}_{place + 1}"
            yield f"{name}={_plotted(value)}{'%' if figure == 'limit' else ''};{alerts}".rstrip(";")


def _bounds(check: Check, block: Block, figure: str) -> records.Bounds:
    """Returns the bounds of a figure in its unit; a budget's are the budget itself."""
    budget = block.month.budget if block.month else None
    if figure == "budget":
        return records.Bounds(budget)
    bounds = check.thresholds.of(figure)
    return records.Bounds(crit=budget) if figure == "month" and not bounds.are_set else bounds


def _values(findings: Sequence[Finding]) -> dict[str, Union[Decimal, Unknown, None]]:
    """Returns each figure; of several the one that comes nearest to its bounds, unknown if that may be another one."""
    found: dict[str, Union[Decimal, Unknown, None]] = {}
    for one in findings:  # the worst comes first
        before = found.setdefault(one.name, one.value)
        if isinstance(before, Decimal) and isinstance(one.value, Decimal):
            found[one.name] = (max if one.name in ALERT_ABOVE else min)(before, one.value)
    return found


def _plotted(value: Decimal) -> str:
    """Returns the figure to the cent, as amounts are written elsewhere, without a sign for the unit."""
    return number(value.quantize(A_CENT, ROUND_HALF_UP))


# JSON


def render_json(check: Check) -> str:
    """Returns the verdicts as a JSON document."""
    findings = [(verdict.block, one) for verdict in check.verdicts for one in verdict.findings]
    cells: Json = {
        "as_of": check.summary.as_of,
        "demo": check.summary.demo,
        "level": STATUSES[check.level].lower(),
        "exit_code": check.level,
        "message": _message(check),
        "findings": [_cells(block.name, one, _bounds(check, block, one.name)) for block, one in findings],
        "notes": [*dict.fromkeys((*check.summary.every_note, *_gaps(check)))],
    }
    return document("check", cells)


def _gaps(check: Check) -> Iterator[Note]:
    """Yields a note on each figure that is not known, or is judged by another one, and on keys that expire."""
    balances = [one.balance for one in check.summary.blocks if isinstance(one.balance, Unknown)]
    gaps = [one for one in balances if one.code == BY_PURCHASES.code]  # judged by the limits, it is no finding
    gaps += [one.value for verdict in check.verdicts for one in verdict.findings if isinstance(one.value, Unknown)]
    yield from (Note(gap.code, gap.reason) for gap in gaps)
    for verdict in check.verdicts:
        if isinstance(verdict.today, Unknown) and verdict.today.code != NEEDS_MANAGEMENT_KEY.code:
            yield spike_not_judged(verdict.today, f"{verdict.block.name}: " if verdict.block.name else "")
        yield from (Note("key_expires", one) for one in _expiry(verdict.block, check.summary.now))


def _cells(account: str, one: Finding, bounds: records.Bounds) -> Json:
    unit = FINDING_UNITS.get(one.name, "usd")
    if one.pace:
        bounds = records.Bounds(warn=one.pace.bound)
    return {
        **({"account": account} if account else {}),
        "name": one.name,
        "level": STATUSES[one.level].lower(),
        "about": one.about or None,
        **({"key": one.key} if one.key else {}),
        f"value_{unit}": one.value,
        f"warn_{unit}": bounds.warn,
        f"crit_{unit}": bounds.crit,
        **(spike_words.cells(one.pace) if one.pace else {}),
    }
