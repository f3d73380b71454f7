"""Writes a glance as one line, in the way of each host that shows it."""

import json
from datetime import datetime, timedelta
from typing import Any, Callable, Dict, Iterator, List

from openrouter_usage.commands.bar.glances import Figures, Glance
from openrouter_usage.commands.check.records import CRITICAL, OK, UNKNOWN, WARNING
from openrouter_usage.records import Amount, AsOf, Note, Unknown
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.document import SCHEMA, Json, as_note, dumps, gaps

ICON, NOT_KNOWN = "💰", "—"
LEVELS = ("ok", "warning", "critical", "unknown")
MARKS = {OK: "", WARNING: " ⚠️", CRITICAL: " 🚨", UNKNOWN: ""}
PERIODS = {"today": "today", "week": "this week", "month": "this month"}
"""How the windows read; all are UTC."""

ANSI = {OK: "", WARNING: "33", CRITICAL: "31", UNKNOWN: "2"}
TMUX = {OK: "", WARNING: "yellow", CRITICAL: "red", UNKNOWN: ""}

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def line(glance: Glance, show: str) -> str:
    """Such as "💰 $38.75 · $3.42 today (2h old)"."""
    if show == "icon":
        text = NOT_KNOWN if glance.level == UNKNOWN else ""
    else:
        text = "; ".join(_named(one, glance, show) for one in glance.figures)
    return " ".join(part for part in (ICON, text, age(glance, show)) if part)


def _named(one: Figures, glance: Glance, show: str) -> str:
    usage = f"{_amount(one.usage)} {PERIODS[glance.period]}"
    parts = {"balance": [_amount(one.balance)], "usage": [usage], "both": [_amount(one.balance), usage]}
    return (f"{one.name}: " if one.name else "") + " · ".join(parts[show])


def _amount(amount: Amount) -> str:
    return NOT_KNOWN if isinstance(amount, Unknown) else dollars(amount)


def age(glance: Glance, show: str) -> str:
    """How old the oldest of the figures is, where that has to be said."""
    old = [told.at for told in _shown(glance, show) if told.is_old]
    return f"({_old(min(old), glance.now)})" if old else ""


def _shown(glance: Glance, show: str) -> Iterator[AsOf]:
    for one in glance.figures:
        if show != "usage" and not isinstance(one.balance, Unknown):
            yield one.balance_as_of
        if show != "balance" and not isinstance(one.usage, Unknown):
            yield one.usage_as_of


def _old(at: datetime, now: datetime) -> str:
    passed = now - at
    if passed < timedelta(0):
        return "the clock was set back"
    if passed < HOUR:
        return f"{max(passed // timedelta(minutes=1), 1)}m old"
    return f"{passed // HOUR}h old" if passed < 2 * DAY else f"{passed // DAY}d old"


# The hosts


def plain(glance: Glance, show: str) -> str:
    """For prompts, and whatever shows text as it is."""
    return f"{line(glance, show)}{MARKS[glance.level]}\n"


def tmux(glance: Glance, show: str) -> str:
    """For `#(...)` in a status line, where # begins a style."""
    text, colour = line(glance, show).replace("#", "##"), TMUX[glance.level]
    return f"#[fg={colour}]{text}#[default]\n" if colour else f"{text}\n"


def claude(glance: Glance, show: str) -> str:
    """For Claude Code's status line, which shows colours."""
    text, colour = line(glance, show), ANSI[glance.level]
    return f"\x1b[{colour}m{text}\x1b[0m\n" if colour else f"{text}\n"


def waybar(glance: Glance, show: str) -> str:
    """One object on one line, its texts in Pango's markup."""
    level = LEVELS[glance.level]
    document: Dict[str, Any] = {
        "text": _pango(line(glance, show)),
        "tooltip": _pango("\n".join(details(glance))),
        "class": [level, "stale"] if age(glance, show) else level,
    }
    if glance.percentage is not None:
        document["percentage"] = glance.percentage
    return json.dumps(document, ensure_ascii=False) + "\n"


def _pango(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def details(glance: Glance) -> List[str]:
    """The summary's lines, and why nothing newer is known."""
    from openrouter_usage.commands.summary import text as summary_text

    lines = summary_text.render(glance.summary).splitlines() if glance.summary else ["💰 OpenRouter Usage: unknown"]
    return [*lines, *not_renewed(glance)]


def not_renewed(glance: Glance) -> List[str]:
    why = glance.trouble
    return [f"Not renewed: {why.advice}"] if why else []


def swiftbar(glance: Glance, show: str) -> str:
    from openrouter_usage.commands.bar import swiftbar

    return swiftbar.render(glance, line(glance, show))


HOSTS: Dict[str, Callable[[Glance, str], str]] = {
    "plain": plain,
    "swiftbar": swiftbar,
    "waybar": waybar,
    "tmux": tmux,
    "claude": claude,
}


# JSON


def render_json(glance: Glance, show: str) -> str:
    """The same figures for a program."""
    figures: Json = {"accounts": [_cells(one) for one in glance.figures]}
    document: Json = {
        "schema": SCHEMA,
        "command": "bar",
        "as_of": min((told.at for told in _shown(glance, "both")), default=None),
        "demo": bool(glance.summary and glance.summary.demo),
        "text": line(glance, show),
        "level": LEVELS[glance.level],
        "stale": bool(age(glance, show)),
        "percentage": glance.percentage,
        "period": glance.period,
        **figures,
        "notes": [as_note(note) for note in (*dict.fromkeys(gaps(figures)), *_trouble(glance))],
    }
    return dumps(document) + "\n"


def _trouble(glance: Glance) -> Iterator[Note]:
    if glance.trouble:
        yield Note(glance.trouble.code, not_renewed(glance)[0])


def _cells(one: Figures) -> Json:
    return {
        "name": one.name or None,
        "balance_usd": one.balance,
        "balance_as_of": one.balance_as_of.at,
        "usage_usd": one.usage,
        "usage_as_of": one.usage_as_of.at,
    }
