"""The vocabulary of the summary: what is shown of each account, and how long it lasts."""

from datetime import datetime
from typing import FrozenSet, NamedTuple, Optional, Tuple, Union

from openrouter_usage.commands.summary.models import ModelTable
from openrouter_usage.forecast.records import BALANCE_SCOPE, Forecast
from openrouter_usage.records import AsOf, Balance, Counters, FreeRequests, Limit, Note, Spend, Unknown


class Expiry(NamedTuple):
    """A key that expires within the next 14 days, counted from UTC day to UTC day; negative: it has expired."""

    what: str
    at: datetime
    days: int


class Block(NamedTuple):
    """What is shown of one account: of the keys of a `profile`, where there are several; `title` tells two accounts
    of the same keys apart.

    `scope` says whose the first line is: "key" or "account". `others_spend` is False where the key is
    known to be the only one that spent in the current windows, `alone` where in the models' days too.
    `percents_used` is of each of the limits, `expires_at` the key's.
    """

    profile: str
    title: str
    scope: str
    key: Union[Counters, Unknown, None]
    key_as_of: AsOf
    account: Union[Counters, Unknown, None]
    account_as_of: AsOf
    others_spend: Optional[bool]
    alone: bool
    balance: Union[Balance, Unknown]
    balance_as_of: AsOf
    limits: Union[Tuple[Limit, ...], Unknown]
    percents_used: Tuple[Optional[int], ...]
    forecast: Union[Forecast, Unknown]
    free_requests: Union[FreeRequests, Unknown]
    free_as_of: AsOf
    models: Union[ModelTable, Unknown]
    models_as_of: AsOf
    today_as_of: AsOf
    expires_at: Union[datetime, Unknown, None]
    expiring: Tuple[Expiry, ...]
    notes: Tuple[Note, ...]

    @property
    def forecast_as_of(self) -> AsOf:
        """The time of the figure that the first runway of the forecast starts from."""
        first = self.forecast.first if isinstance(self.forecast, Forecast) else None
        return self.key_as_of if first and first.scope != BALANCE_SCOPE else self.balance_as_of

    @property
    def name(self) -> str:
        """What tells it from the other blocks; empty where there is no other."""
        return ", ".join(part for part in (self.profile, self.title) if part)


class Total(NamedTuple):
    """The spend and the balance of so many distinct accounts together.

    Of those of `keys_alone`, by the names of their profiles, only what these keys spent is in it. `as_of` is the
    oldest time of its parts.
    """

    accounts: int
    credits: Spend
    balance: Union[Balance, Unknown]
    keys_alone: Tuple[str, ...]
    as_of: AsOf


class Summary(NamedTuple):
    """All that the summary shows at `now`; no live figure is older than `as_of`.

    `live` names the windows the breakdown holds nothing of yet; `notes` concern all blocks. `total` is made
    where all profiles were asked for.
    """

    now: datetime
    as_of: datetime
    demo: bool
    live: FrozenSet[str]
    blocks: Tuple[Block, ...]
    notes: Tuple[Note, ...]
    total: Union[Total, Unknown, None] = None

    @property
    def every_note(self) -> Tuple[Note, ...]:
        """The notes of each account, then those of all accounts."""
        return (*(note for block in self.blocks for note in block.notes), *self.notes)
