"""Draws bars of eighths of a cell."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple, Optional

EIGHTHS = " ▏▎▍▌▋▊▉"
FULL, CUT = "█", "▸"

SHORTEST, LONGEST = 6, 48
"""The least and the most cells of the longest bar: in fewer there is no bar at all, and longer ones are glaring."""

DWARFED = 4
"""How often the next lower amount goes into one that dwarfs it, and whose bar is cut."""

FEWEST, CUT_SHARE = 5, 10
"""How many amounts there must be above zero for one to be cut; of so many one more may be."""


class Bars(NamedTuple):
    """The amount of each row, and what a bar of full length stands for; None has no bar.

    The bars take what room the columns leave. If that is too little, they are left out by `drop_order` as a column is.
    """

    amounts: tuple[Optional[Decimal], ...]
    full: Decimal
    drop_order: int

    @property
    def cuts(self) -> bool:
        """Tells whether any bar is cut."""
        return any(one is not None and one > self.full for one in self.amounts)

    def drawn(self, width: int) -> tuple[str, ...]:
        """Returns the bars, the longest of them so many cells wide."""
        return tuple("" if one is None else bar(one, self.full, width) for one in self.amounts)


def full_length(amounts: Sequence[Optional[Decimal]], may_cut: bool) -> Decimal:
    """Returns the highest amount, or the highest but a few that dwarf all others."""
    falling = sorted((one for one in amounts if one is not None and one > 0), reverse=True)
    full = falling[0] if falling else Decimal(0)
    if may_cut and len(falling) >= FEWEST:
        for higher, lower in zip(falling, falling[1 : len(falling) // CUT_SHARE + 2]):
            full = lower if higher > DWARFED * lower else full
    return full


def bar(amount: Decimal, full: Decimal, width: int) -> str:
    """Returns a bar, at least an eighth of a cell for what is above zero; what is above `full` is cut, and marked."""
    if amount > full:
        return FULL * (width - 1) + CUT
    if amount <= 0:
        return ""
    eighths = max(1, int((amount / full * width * 8).to_integral_value(ROUND_HALF_UP)))
    return FULL * (eighths // 8) + EIGHTHS[eighths % 8].strip()
