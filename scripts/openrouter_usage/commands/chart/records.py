"""The record of `chart`: what was spent on each UTC day, and on what."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Optional, Union

from openrouter_usage.days import Span
from openrouter_usage.figures.evidence import NOT_BROKEN_DOWN as NOT_TOLD
from openrouter_usage.records import Amount, Note, Unknown

NAMED, REST, NOT_BROKEN_DOWN = "named", "rest", "not_broken_down"
"""What a series is of: one name, all names that have none of their own, or what OpenRouter tells by no name."""


class Series(NamedTuple):
    """The spend on one of the parts of which every bar is made, in USD of credits and as a part, from 0 to 1, of all.

    `name` is OpenRouter's own name in full; of several names together it is empty.
    """

    label: str
    usd: Amount
    share: Amount
    kind: str = NAMED
    name: str = ""


class Bar(NamedTuple):
    """The spend on a UTC day, or on consecutive ones, both ends included, in USD of credits.

    `usd` is the sum of the known days, Unknown where none of them is known; `unknown_days` counts the others. `parts`
    are its parts in the order of the chart's series, none where it is Unknown. With `may_lack_names` what is spent on a
    name may be in what is not broken down, or under another name.
    """

    first: date
    last: date
    usd: Amount
    parts: tuple[Decimal, ...] = ()
    unknown_days: int = 0
    may_lack_names: bool = False

    @property
    def told_parts(self) -> tuple[Amount, ...]:
        """The parts as they are told: one of zero is not known where names may be lacking."""
        return tuple(NOT_TOLD if self.may_lack_names and not part else part for part in self.parts)

    @property
    def drawn_shares(self) -> tuple[Decimal, ...]:
        """How much of the drawn bar, from 0 to 1, each of the parts takes: one that is a refund takes nothing."""
        spent = [max(part, Decimal(0)) for part in self.parts]
        return tuple(part / sum(spent) if part else part for part in spent)


class Chart(NamedTuple):
    """The spend of an account by UTC day and one dimension, as OpenRouter told it at `as_of`, today at `today_as_of`.

    `days` are the completed days of `span` in order, each a bar: one that nobody knows is Unknown, one without spend
    zero. `today` is the current day so far: a bar, Unknown, or None where it was not asked for. `usd` is the spend on
    the known days, also what no source tells by day, and on today if `counts_today`; `mark` is AT_LEAST or DISPUTED
    where it may be more, or another. `byok_usd` is spend on the user's own provider keys on the same days, in none of
    the other figures. `series` are the dearest names in falling order, then the rest, then what is not broken down.
    `dearest` is the day with the most spend of those that are counted, None where fewer than two are known, nothing
    was spent, or some of it is told of no day. `today_mark` says whether today may be more. `span` is None if today is
    all that was asked for.
    """

    now: datetime
    demo: bool
    profile: str
    by: str
    span: Optional[Span]
    days: tuple[Bar, ...]
    today: Union[Bar, Unknown, None]
    counts_today: bool
    usd: Amount
    byok_usd: Amount
    mark: str
    today_mark: str
    series: tuple[Series, ...]
    dearest: Optional[Bar]
    source: str
    source_path: str
    key_name: str
    as_of: datetime
    today_as_of: datetime
    notes: tuple[Note, ...]

    @property
    def known_days(self) -> int:
        """The number of completed days that are known."""
        return sum(not day.unknown_days for day in self.days)


class Drawn(NamedTuple):
    """The bars of a chart as they are drawn, today's last, and the USD for which a bar of full height stands.

    A bar is of one `unit`: a day, week (from Monday), month or year. What is above `full` is cut.
    """

    unit: str
    bars: tuple[Bar, ...]
    full: Decimal
