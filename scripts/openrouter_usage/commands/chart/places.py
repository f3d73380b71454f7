"""Finds room for the amounts of a picture: each above its bar, in the way of no other and of no bar."""

from collections.abc import Iterable
from typing import NamedTuple, Optional


class Box(NamedTuple):
    """An area of a picture, in pixels from the upper left."""

    left: float
    right: float
    top: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        """Tells whether the two have a part in common."""
        is_beside = self.right <= other.left or other.right <= self.left
        return not (is_beside or self.bottom <= other.top or other.bottom <= self.top)


def above(bar: Box, width: float, height: float, within: Box, taken: Iterable[Box]) -> Optional[Box]:
    """Returns where a text of that width and height has room above a bar; None where it has none.

    It stands over the bar's middle or, where something taken is in its way, begins or ends with the bar; it leaves
    `within` to neither side.
    """
    occupied = list(taken)
    middle = (bar.left + bar.right - width) / 2
    for left in (middle, bar.left, bar.right - width):
        inside = max(within.left, min(left, within.right - width))
        box = Box(inside, inside + width, bar.top - height, bar.top)
        if not any(map(box.overlaps, occupied)):
            return box
    return None
