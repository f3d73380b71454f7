"""Renders a glance as a menu for SwiftBar and xbar: what is shown in the menu bar, and the rows below it."""

from datetime import datetime
from decimal import Decimal
from typing import Iterator, List, Sequence

from openrouter_usage.commands.bar import hosts
from openrouter_usage.commands.bar.glances import Glance, Month
from openrouter_usage.commands.check.records import CRITICAL, OK, UNKNOWN, WARNING
from openrouter_usage.commands.forecast import text as forecast_text
from openrouter_usage.commands.summary import text as summary_text
from openrouter_usage.commands.summary.models import ModelTable
from openrouter_usage.commands.summary.records import Block, Summary
from openrouter_usage.forecast.records import Forecast
from openrouter_usage.records import ACTIVITY_PAGE, CREDITS_PAGE, KEYS_PAGE, Amount, Unknown
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.dates import short

COLOURS = {OK: "", WARNING: "orange", CRITICAL: "red", UNKNOWN: "gray"}
STEPS, NO_STEP = "▁▂▃▄▅▆▇█", "·"
RULE = "---"
"""What separates the bar from its menu, and the parts of that."""

LINKS = (("Activity", ACTIVITY_PAGE), ("Keys", KEYS_PAGE), ("Credits", CREDITS_PAGE))


def render(glance: Glance, line: str) -> str:
    """The bar's line, then the menu's parts."""
    colour = COLOURS[glance.level]
    parts: List[List[str]] = [[_row(line, f"color={colour}" if colour else "")]]
    if glance.summary:
        for block in glance.summary.blocks:
            parts += [_block(block, glance.summary), _lasting(block, glance.now), _week(block)]
    parts += [list(_month(month)) for month in glance.months]
    parts.append([_row(one) for one in _remarks(glance)])
    parts.append(
        [*(_row(f"{name} on openrouter.ai", f"href={page}") for name, page in LINKS), "Refresh | refresh=true"]
    )
    return f"\n{RULE}\n".join("\n".join(part) for part in parts if part) + "\n"


def _row(text: str, options: str = f"href={ACTIVITY_PAGE}") -> str:
    """One row: a bar would begin its options, and a word between colons would become a picture."""
    plain = text.replace(" | ", " · ").replace("|", "/")
    return " ".join(filter(None, [plain, "|", options, "emojize=false symbolize=false"]))


def _block(block: Block, shown: Summary) -> List[str]:
    """The summary's rows, with every limit."""
    lines = [
        summary_text.title(block, shown.demo),
        *summary_text.rows(block, shown),
        *summary_text.limits(block, shown.now)[1:],
    ]
    return [_row(line) for line in lines]


def _lasting(block: Block, now: datetime) -> List[str]:
    """How long the balance and each limit last."""
    forecast_of = block.forecast
    return (
        [_row(line) for line in forecast_text.scopes(block, forecast_of, now)]
        if isinstance(forecast_of, Forecast)
        else []
    )


def _week(block: Block) -> List[str]:
    name = f"{block.name}: " if block.name else ""
    return _models(f"{name}7 days", block.models) if isinstance(block.models, ModelTable) else []


def _month(month: Month) -> Iterator[str]:
    name = f"{month.name}: " if month.name else ""
    yield _row(f"{name}{sparkline(month.days)} {_span(month)}", "font=Menlo")
    known = sum(not isinstance(amount, Unknown) for amount in month.days)
    yield from _models(f"{name}30 days" if known == len(month.days) else f"{name}{known} of 30 days", month.models)


def _span(month: Month) -> str:
    """What the lowest and the highest bar stand for."""
    known = [amount for amount in month.days if isinstance(amount, Decimal)]
    to = f"30 UTC days to {short(month.last)}"
    return f"{to}: {dollars(min(known))} to {dollars(max(known))} a day" if known else f"{to}: unknown"


def sparkline(amounts: Sequence[Amount]) -> str:
    """A bar for each, the highest for the most; a dot for what is not known."""
    most = max((amount for amount in amounts if isinstance(amount, Decimal)), default=Decimal(0))
    return "".join(_step(amount, most) for amount in amounts)


def _step(amount: Amount, most: Decimal) -> str:
    if isinstance(amount, Unknown):
        return NO_STEP
    return STEPS[int(amount / most * (len(STEPS) - 1))] if amount > 0 else STEPS[0]


def _models(days: str, models: ModelTable) -> List[str]:
    """A row with the total, and behind it the models."""
    rows = [_row(f"--{row}") for row in summary_text.model_rows(models)]
    return [_row(f"{days} by model, all keys: {dollars(models.total)}"), *rows]


def _remarks(glance: Glance) -> List[str]:
    """What stands beside the figures, and why nothing newer is known."""
    return [*(summary_text.notes(glance.summary) if glance.summary else []), *hosts.not_renewed(glance)]
