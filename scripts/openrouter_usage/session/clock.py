"""Whose clock a run goes by: OpenRouter's windows begin and end by its own, so that rules where it is heard."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Optional

from openrouter_usage.days import bounded
from openrouter_usage.errors import ClockDiffers, WrongClock
from openrouter_usage.figures.windows import CLOCK_TOLERANCE
from openrouter_usage.records import Note
from openrouter_usage.text import dates

if TYPE_CHECKING:
    from openrouter_usage.api.client import Heard


class Clock:
    """The clock of all sessions of a run: this machine's, until OpenRouter tells another time.

    `machine` is what this machine's clock showed at `since`, a time of `time.monotonic()`. Where any of OpenRouter's
    answers agrees with it, it is right, whatever the others say.
    """

    def __init__(self, machine: datetime, since: float) -> None:
        self.since = since
        self._machine = machine
        self._ruling: Optional[Heard] = None
        self._is_settled = False

    @property
    def now(self) -> datetime:
        """The time by the clock that rules."""
        if self._ruling is None:
            return bounded(self._machine)
        return self._ruling.at + timedelta(seconds=time.monotonic() - self._ruling.since)

    def compare(self, heard: Optional[Heard], now: datetime) -> None:
        """Compares the time of an answer with this clock, by which a session began at `now`.

        Raises ClockDiffers where a session has to begin anew by another clock than before, and WrongClock where the
        answer told no time and this machine's cannot be right.
        """
        if heard is None:
            if self._ruling is None and self._cannot_be_right:
                raise WrongClock(f"{self._says}, and OpenRouter told no other time", "set this machine's clock")
        elif self._ruling is None:
            is_other = not self._agrees(heard) or heard.at.date() != now.date()
            if is_other and not self._is_settled:
                self._ruling = heard
                raise ClockDiffers(self)
        elif self._agrees(heard) and not self._agrees(self._ruling):
            self._ruling, self._is_settled = None, True
            raise ClockDiffers(self)

    def ahead(self, heard: Optional[Heard]) -> Optional[timedelta]:
        """Returns how far this machine's clock is ahead of OpenRouter's; None where that was not told."""
        told = self._ruling or heard
        return self._ahead_of(told) if told else None

    def notes(self) -> tuple[Note, ...]:
        """A note where this machine is on another UTC day than OpenRouter, or where its day cannot be."""
        now, machine = self.now, self._machine
        if self._ruling and not self._agrees(self._ruling) and machine.date() != now.date():
            return (Note("clock", f"{self._says}, OpenRouter's {now:%Y-%m-%d %H:%M}: all figures go by OpenRouter's"),)
        if self._ruling is None and self._cannot_be_right:
            return (Note("clock", f"{self._says}, which cannot be: no current day, week or month is known"),)
        return ()

    @property
    def _cannot_be_right(self) -> bool:
        return self._machine != bounded(self._machine)

    @property
    def _says(self) -> str:
        return f"this machine's clock says {dates.instant(self._machine)}"

    def _agrees(self, heard: Heard) -> bool:
        return abs(self._ahead_of(heard)) <= CLOCK_TOLERANCE

    def _ahead_of(self, heard: Heard) -> timedelta:
        return self._machine - heard.at + timedelta(seconds=heard.since - self.since)
