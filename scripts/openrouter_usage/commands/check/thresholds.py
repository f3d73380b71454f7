"""Makes of the command line the thresholds of a check, or a BadUsage that says what would be right."""

import argparse
from datetime import timedelta
from decimal import Decimal
from typing import Optional

from openrouter_usage.commands.check.records import USUAL, Bounds, Thresholds
from openrouter_usage.days import DAY
from openrouter_usage.errors import BadUsage

SIDES = (("runway", "below", 1), ("balance", "below", 1), ("today", "above", -1), ("limit", "above", -1))
"""On which side of its thresholds each figure alerts."""


def thresholds(args: argparse.Namespace) -> Thresholds:
    """What the check goes by. Raises BadUsage where a critical threshold is milder than its warning."""
    given = [
        getattr(args, f"{level}_{name}")
        for name in ("runway", "balance", "today", "limit")
        for level in ("warn", "crit")
    ]
    need_alone = args.need is not None and all(one is None for one in given)
    asked = Thresholds(
        runway=Bounds() if need_alone else _runway(_days(args.warn_runway), _days(args.crit_runway)),
        balance=Bounds(args.warn_balance, args.crit_balance),
        today=Bounds(args.warn_today, args.crit_today),
        limit=Bounds(args.warn_limit, args.crit_limit),
        need=args.need,
        need_alone=need_alone,
    )
    for name, side, order in SIDES:
        warn, crit = getattr(asked, name)
        _check(name, warn is None or crit is None or order * crit <= order * warn, side)
    return asked


def _check(name: str, agrees: bool, side: str) -> None:
    if not agrees:
        raise BadUsage(
            f"--crit-{name} is milder than --warn-{name}: both alert {side} their value",
            f"let --crit-{name} be the one that is reached last",
        )


def _days(duration: Optional[timedelta]) -> Optional[Decimal]:
    return None if duration is None else Decimal(duration // timedelta(seconds=1)) / (DAY // timedelta(seconds=1))


def _runway(warn: Optional[Decimal], crit: Optional[Decimal]) -> Bounds:
    """Of the usual thresholds each gives way to the other where that is set beyond it; zero switches one off."""
    usual_warn, usual_crit = (bound or Decimal(0) for bound in USUAL.runway)
    usual = max(usual_warn, crit or usual_warn), min(usual_crit, warn or usual_crit)
    return Bounds(*((other if one is None else one) or None for one, other in zip((warn, crit), usual)))
