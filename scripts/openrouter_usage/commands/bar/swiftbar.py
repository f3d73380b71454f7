"""Renders a glance as a menu for SwiftBar and xbar: the line in the menu bar, and the rows below it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from openrouter_usage.commands.bar import hosts
from openrouter_usage.commands.bar.glance import Glance, Month
from openrouter_usage.commands.check.records import CRITICAL, OK, UNKNOWN, WARNING
from openrouter_usage.commands.forecast import text as forecast_text
from openrouter_usage.commands.summary import text as summary_text
from openrouter_usage.commands.summary.models import ModelTable
from openrouter_usage.commands.summary.records import Block, Summary
from openrouter_usage.forecast.records import Forecast
from openrouter_usage.records import ACTIVITY_PAGE, CREDITS_PAGE, KEYS_PAGE, Amount, Unknown
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.dates import in_brackets, short
from openrouter_usage.text.evidence import broken_down

COLOURS = {OK: "", WARNING: "orange", CRITICAL: "red", UNKNOWN: "gray"}
STEPS, NO_STEP = "▁▂▃▄▅▆▇█", "·"
RULE = "---"
"""A rule separates the line from its menu, and the parts of that."""

LINKS = {"Activity": ACTIVITY_PAGE, "Keys": KEYS_PAGE, "Credits": CREDITS_PAGE}


def render(glance: Glance, line: str) -> str:
    """Returns the line, then the parts of the menu."""
    colour = COLOURS[glance.level]
    parts: list[list[str]] = [[_row(line, f"color={colour}" if colour else "")]]
    if glance.summary:
        for block in glance.summary.blocks:
            parts += _block(block, glance.summary)
    parts += [list(_month(month)) for month in glance.months]
    notes = summary_text.notes(glance.summary) if glance.summary else []
    parts.append([_row(one) for one in (*notes, *hosts.not_refreshed(glance))])
    links = [_row(f"{name} on openrouter.ai", f"href={page}") for name, page in LINKS.items()]
    parts.append([*links, "Refresh | refresh=true"])
    return f"\n{RULE}\n".join("\n".join(part) for part in parts if part) + "\n"


def _row(text: str, options: str = f"href={ACTIVITY_PAGE}") -> str:
    """A row. A | in the text would begin its options, and a word between colons would become a picture."""
    plain = text.replace(" | ", " · ").replace("|", "/")
    return " ".join(filter(None, [plain, "|", options, "emojize=false symbolize=false"]))


def _block(block: Block, shown: Summary) -> Iterator[list[str]]:
    """The parts of one block of the summary: its rows, how long each limit lasts, and the week by model."""
    title, rows = summary_text.title(block, shown.demo), summary_text.rows(block, shown)
    yield [_row(line) for line in (title, *rows)]
    if isinstance(block.forecast, Forecast):
        yield [_row(line) for line in forecast_text.scopes(block, block.forecast, shown.now)]
    if isinstance(block.models, ModelTable):
        name = f"{block.name}: " if block.name else ""
        yield _models(f"{name}7 days", block.models)


def _month(month: Month) -> Iterator[str]:
    """A row with a sparkline of the days, and the rows of the models."""
    name = f"{month.name}: " if month.name else ""
    most = max((amount for amount in month.days if isinstance(amount, Decimal)), default=Decimal(0))
    sparkline = "".join(_step(amount, most) for amount in month.days)
    yield _row(f"{name}{sparkline} {_span(month)}", "font=Menlo")
    known = sum(not isinstance(amount, Unknown) for amount in month.days)
    yield from _models(f"{name}30 days" if known == len(month.days) else f"{name}{known} of 30 days", month.models)


def _span(month: Month) -> str:
    """The amounts that the lowest and the highest bar stand for."""
    known = [amount for amount in month.days if isinstance(amount, Decimal)]
    to = f"30 UTC days to {short(month.last)}"
    return f"{to}: {dollars(min(known))} to {dollars(max(known))} a day" if known else f"{to}: unknown"


def _step(amount: Amount, most: Decimal) -> str:
    """The bar of one day, the highest for the most; a dot where it is not known."""
    if isinstance(amount, Unknown):
        return NO_STEP
    return STEPS[int(amount / most * (len(STEPS) - 1))] if amount > 0 else STEPS[0]


def _models(days: str, models: ModelTable) -> list[str]:
    """A row with the total, and behind it the models."""
    rows = [_row(f"--{row}") for row in summary_text.model_rows(models)]
    gap = in_brackets([broken_down(models.gap)] if models.gap else [])
    return [_row(f"{days} by model, all keys: {dollars(models.total)}{gap}"), *rows]
