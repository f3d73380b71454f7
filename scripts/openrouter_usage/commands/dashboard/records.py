"""The records of `dashboard`: what the page shows of each profile."""

from collections.abc import Sequence
from typing import NamedTuple, Union

from openrouter_usage.commands.audit.records import Audit
from openrouter_usage.commands.chart.records import Chart
from openrouter_usage.commands.report.records import Report
from openrouter_usage.commands.summary.records import Block, Summary
from openrouter_usage.records import Note, Unknown


class Account(NamedTuple):
    """What the page shows of one profile, whose name is empty where profiles are not told apart.

    `blocks` are its accounts: two where its keys are of two. The other parts are of the account that the management key
    sees; one that could not be had is Unknown, with its reason.
    """

    profile: str
    blocks: tuple[Block, ...]
    by_day: Union[Chart, Unknown]
    by_model: Union[Report, Unknown]
    by_key: Union[Report, Unknown]
    audit: Union[Audit, Unknown]

    @property
    def gaps(self) -> dict[str, Unknown]:
        """The parts that could not be had, by their names."""
        return {name: part for name, part in self._asdict().items() if isinstance(part, Unknown)}

    @property
    def is_unknown(self) -> bool:
        """Tells whether no part but the blocks could be had."""
        return all(isinstance(one, Unknown) for one in (self.by_day, self.by_model, self.by_key, self.audit))


class Dashboard(NamedTuple):
    """What the page shows: the summary of all profiles, and the parts of each. `notes` concern all of them."""

    summary: Summary
    accounts: tuple[Account, ...]
    notes: tuple[Note, ...]

    @property
    def is_of_one(self) -> bool:
        """Tells whether it is of a single profile that has no name."""
        return len(self.accounts) == 1 and not self.accounts[0].profile

    def own(self, notes: Sequence[Note]) -> tuple[Note, ...]:
        """Returns the notes of a part without those that concern all of them."""
        general = {one.code for one in self.notes}
        return tuple(note for note in notes if note.code not in general)

    @property
    def gaps(self) -> tuple[Note, ...]:
        """A note for each part that could not be had."""
        found = [(one.profile, name, gap) for one in self.accounts for name, gap in one.gaps.items()]
        return tuple(Note(gap.code, ": ".join(filter(None, (whose, name, gap.advice)))) for whose, name, gap in found)
