"""Says what must stand beside every figure, whatever was asked."""

from datetime import datetime
from typing import Optional, Sequence, Tuple

from openrouter_usage.errors import Failure, Offline
from openrouter_usage.figures import windows
from openrouter_usage.records import Note
from openrouter_usage.text.dates import instant


def remembered(replaced: Sequence[Failure]) -> Tuple[Note, ...]:
    """A note on answers out of memory that took the place of those that could not be had."""
    if not replaced:
        return ()
    if any(isinstance(failure, Offline) for failure in replaced):
        return (Note(Offline.code, "nobody was asked (--offline): all figures are remembered ones"),)
    why = "; ".join(dict.fromkeys(failure.message for failure in replaced))
    return (Note("remembered", f'not everything was answered ({why}): figures with "as of" are remembered ones'),)


def clock_doubt(now: datetime, server_time: Optional[datetime]) -> Tuple[Note, ...]:
    """A remark where this machine is on another UTC day than OpenRouter, past the moments around midnight."""
    if server_time is None or now.date() == server_time.date() or abs(now - server_time) < windows.CLOCK_TOLERANCE:
        return ()
    message = (
        f"this machine's clock says {instant(now)}, OpenRouter's {server_time:%Y-%m-%d %H:%M}: "
        "windows and days are off by the difference"
    )
    return (Note("clock", message),)
