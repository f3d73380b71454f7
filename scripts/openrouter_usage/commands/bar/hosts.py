"""Renders a glance as one line, with one function for each host, the program that shows the line."""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Callable, NamedTuple

from openrouter_usage.commands.bar.glance import Figures, Glance
from openrouter_usage.commands.check.records import CRITICAL, OK, UNKNOWN, WARNING
from openrouter_usage.days import DAY
from openrouter_usage.errors import NotRemembered
from openrouter_usage.records import AsOf, Note, Unknown
from openrouter_usage.text import style
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.document import Json, document, gaps
from openrouter_usage.text.style import Line, Page

ICON, DASH = "💰", "—"
LEVEL_NAMES = ("ok", "warning", "critical", "unknown")
LEVEL_MARKS = {OK: "", WARNING: " ⚠", CRITICAL: " 🚨", UNKNOWN: ""}

ASKING = "asking"
"""What a line without any figure says while it is being asked for."""

MOST_TIMES = Decimal(99)
"""The highest factor that is written."""

PERIODS = {"today": "today", "week": "this week", "month": "this month"}
"""The UTC windows of the usage, and how they read."""

FIGURES = ("balance", "usage")
"""The figures of an account, in the order in which they are shown, all of which the icon stands for."""

SESSION_PARTS = ("model", "context")
"""What the line of Claude Code may have before the figures, of its own session: the PARTS of `claude_session`, which is
loaded for none but these."""

Show = Sequence[str]
"""The names of the figures that a line shows; none: the icon alone."""

ROLES = {OK: "", WARNING: style.WARNING, CRITICAL: style.CRITICAL, UNKNOWN: style.FOOTNOTE}
"""What the line is on a terminal."""

TMUX = {OK: "", WARNING: "fg=colour16,bg=colour184", CRITICAL: "fg=colour231,bg=colour124", UNKNOWN: ""}
"""Both colours, for the bar's own may be any: black on yellow, white on dark red. From 16 on they are the same in every
terminal, and where there are but eight, tmux shows these as black, yellow, white and red."""


def line(glance: Glance, show: Show) -> str:
    """Returns a line such as "💰 $38.75 · $3.42 today (2h old)", or "💰 no key" where no figure is known."""
    why = _why_nothing(glance, show)
    if why:
        return f"{ICON} {why}"
    text = "; ".join(_figures(one, glance, show) for one in glance.figures if show)
    if not show and glance.level == UNKNOWN:
        text = DASH
    return " ".join(part for part in (ICON, text, age(glance, show), spike(glance, show)) if part)


def _why_nothing(glance: Glance, show: Show) -> str:
    """Returns in few words why no figure is known; nothing where one is, or where the reason has no few words."""
    amounts = [one.amounts[name][0] for one in glance.figures for name in show or FIGURES]
    gaps = [amount for amount in amounts if isinstance(amount, Unknown)]
    if len(gaps) < len(amounts):
        return ""
    gap = glance.trouble or gaps[0]
    return ASKING if glance.is_asked and gap.code == NotRemembered.code else gap.short


def _figures(one: Figures, glance: Glance, show: Show) -> str:
    shown = {
        name: DASH if isinstance(amount, Unknown) else dollars(amount) for name, (amount, _) in one.amounts.items()
    }
    if one.is_at_least:
        shown["usage"] = f"≥ {shown['usage']}"
    elif one.lesser is not None:
        shown["usage"] += f" or {dollars(one.lesser)}"
    shown["usage"] += f" {PERIODS[glance.period]}"
    return (f"{one.name}: " if one.name else "") + " · ".join(shown[name] for name in show)


def spike(glance: Glance, show: Show) -> str:
    """Returns such as "⚠ 4x usual" if unusually much was spent when that was last judged."""
    if glance.spike is None or not show:
        return ""
    times = glance.spike.times
    return "⚠ unusual" if times is None else f"⚠ {min(times, MOST_TIMES):.0f}x usual"


def age(glance: Glance, show: Show) -> str:
    """Returns how old the oldest figure is, or nothing where all are young enough."""
    old = [as_of.at for as_of in _times(glance, show) if as_of.is_old]
    return f"({_written_age(glance.now - min(old))})" if old else ""


def _times(glance: Glance, show: Show) -> Iterator[AsOf]:
    """Yields the times of the figures that are known."""
    for amount, as_of in (one.amounts[name] for one in glance.figures for name in show or FIGURES):
        if not isinstance(amount, Unknown):
            yield as_of


def _written_age(passed: timedelta) -> str:
    minutes = passed // timedelta(minutes=1)
    if passed < timedelta(0):
        return "the clock was set back"
    if minutes < 60:
        return f"{max(minutes, 1)}m old"
    return f"{minutes // 60}h old" if passed < 2 * DAY else f"{passed.days}d old"


# The hosts


def plain(glance: Glance, show: Show) -> str:
    """Returns the line for prompts, and for hosts that show text as it is."""
    return f"{_marked(glance, show)}\n"


def _marked(glance: Glance, show: Show) -> str:
    """Returns the line with the mark of its level, so that no colour is needed to tell it."""
    is_told = glance.level == WARNING and bool(spike(glance, show))
    return line(glance, show) + ("" if is_told else LEVEL_MARKS[glance.level])


def swiftbar(glance: Glance, show: Show) -> str:
    """Returns the line with its menu, for SwiftBar and xbar."""
    from openrouter_usage.commands.bar import swiftbar

    return swiftbar.render(glance, line(glance, show))


def waybar(glance: Glance, show: Show) -> str:
    """Returns one JSON object on one line, its texts in Pango's markup."""
    level = LEVEL_NAMES[glance.level]
    state = {
        "text": _pango(line(glance, show)),
        "tooltip": _pango("\n".join(_details(glance))),
        "class": [level, "stale"] if age(glance, show) else level,
        **({} if glance.percentage is None else {"percentage": glance.percentage}),
    }
    return json.dumps(state, ensure_ascii=False) + "\n"


def _pango(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _details(glance: Glance) -> list[str]:
    """Returns the lines of the summary, and why nothing newer is known."""
    from openrouter_usage.commands.summary import text as summary_text

    lines = summary_text.render(glance.summary).splitlines() if glance.summary else ["💰 OpenRouter Usage: unknown"]
    return [*lines, *not_refreshed(glance)]


def not_refreshed(glance: Glance) -> list[str]:
    """Returns the line that says why nothing newer is known, if there is a reason."""
    return [f"Not renewed: {glance.trouble.advice}"] if glance.trouble else []


def tmux(glance: Glance, show: Show) -> str:
    """Returns the line for `#(...)` in a status line, where # begins a style."""
    text, colours = _marked(glance, show).replace("#", "##"), TMUX[glance.level]
    return f"#[{colours}] {text} #[default]\n" if colours else f"{text}\n"


def claude(glance: Glance, show: Show) -> str:
    """Returns the line for Claude Code's status line, which shows colours, unless NO_COLOR is set."""
    if os.environ.get("NO_COLOR"):
        return plain(glance, show)
    from openrouter_usage.text import terminal

    return terminal.shown(Page([Line(_marked(glance, show), ROLES[glance.level])]), None, with_style=True)


class Host(NamedTuple):
    """A host of the line: the function that renders it, and what that needs.

    With `counts_minutes` its text contains the summary, which counts the minutes until the UTC day is over. With
    `has_months` it shows the last 30 days.
    """

    render: Callable[[Glance, Show], str]
    counts_minutes: bool = False
    has_months: bool = False


HOSTS: dict[str, Host] = {
    "plain": Host(plain),
    "swiftbar": Host(swiftbar, counts_minutes=True, has_months=True),
    "waybar": Host(waybar, counts_minutes=True),
    "tmux": Host(tmux),
    "claude": Host(claude),
}
"""The hosts by their names, which are the choices of --host."""


# JSON


def render_json(glance: Glance, show: Show) -> str:
    """Returns the same figures for a program."""
    figures: Json = {"accounts": [_cells(one) for one in glance.figures]}
    trouble = [Note(glance.trouble.code, *not_refreshed(glance))] if glance.trouble else []
    cells: Json = {
        "as_of": min((as_of.at for as_of in _times(glance, FIGURES)), default=None),
        "demo": bool(glance.summary and glance.summary.demo),
        "text": line(glance, show),
        "level": LEVEL_NAMES[glance.level],
        "stale": bool(age(glance, show)),
        "percentage": glance.percentage,
        **({"times_usual": glance.spike.times} if glance.spike else {}),
        "period": glance.period,
        **figures,
        "notes": [*(glance.summary.every_note if glance.summary else ()), *dict.fromkeys(gaps(figures)), *trouble],
    }
    return document("bar", cells)


def _cells(one: Figures) -> Json:
    cells: Json = {"name": one.name or None}
    for name, (amount, as_of) in one.amounts.items():
        cells.update({f"{name}_usd": amount, f"{name}_as_of": as_of.at})
    if one.is_at_least:
        cells["usage_is_at_least"] = True
    if one.lesser is not None:
        cells["usage_or_usd"] = one.lesser
    return cells
