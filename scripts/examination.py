"""Makes of what each key was answered what its owner should know of it."""

from typing import Iterable, Iterator, Optional, Sequence, Tuple, Union

from diagnosis import ACCOUNT, BALANCE, DAYS, OWN, Examined, KeyFound
from insights import balance
from usage import NEEDS_MANAGEMENT_KEY, KeyInfo, Unknown

KINDS = {True: "management", False: "regular"}
NOT_TOLD = Unknown("OpenRouter did not tell")
NO_KEY = Unknown("no key is answered", "no_key")
ONLY_PROFILES = Unknown("only profiles have keys: use --profile NAME or --all-profiles", "only_profiles")
NO_OWN = Unknown("a management key spends nothing itself", "management_key")

NEEDS = {
    "summary": (),
    "forecast": (BALANCE, OWN),
    "check": (BALANCE, OWN),
    "bar": (),
    "metrics": (),
    "report": (DAYS,),
}
"""What each command needs to see: any of these; nothing in particular where there are none."""


def found(examined: Examined) -> KeyFound:
    """The key, and of each thing whether it sees it."""
    key = examined.key
    return KeyFound(
        key.name, examined.profile, key.masked, key.source, key.address, kind(examined.info), tuple(_sees(examined))
    )


def kind(info: Union[KeyInfo, Unknown]) -> Union[str, Unknown]:
    if isinstance(info, Unknown):
        return info
    return NOT_TOLD if info.is_management is None else KINDS[info.is_management]


def _sees(examined: Examined) -> Iterator[Tuple[str, Optional[Unknown]]]:
    info, manages = examined.info, examined.days is not None
    is_manager = isinstance(info, KeyInfo) and info.is_management is True
    left = balance.believed(examined.credits, info, is_manager)
    yield OWN, info if isinstance(info, Unknown) else NO_OWN if is_manager else None
    yield BALANCE, left if isinstance(left, Unknown) else None
    for what, answer in ((ACCOUNT, examined.account), (DAYS, examined.days)):
        yield what, answer if isinstance(answer, Unknown) else None if manages else NEEDS_MANAGEMENT_KEY


def misplaced(examined: Iterable[Examined]) -> Iterator[str]:
    """A regular key where only a management key is of use."""
    for one in examined:
        if one.key.name != "OPENROUTER_API_KEY" and kind(one.info) == "regular":
            yield f"{one.key.name} holds a regular key, not a management key: set it as OPENROUTER_API_KEY"


def works(keys: Sequence[KeyFound], others: Sequence[KeyFound]) -> Iterator[Tuple[str, Optional[Unknown]]]:
    """Of each command whether these keys suffice for it; where they do not, why. `others` are of other profiles."""
    seen = {what for key in keys for what, gap in key.sees if gap is None}
    gaps = [gap for key in keys for what, gap in key.sees if what == DAYS and gap and gap != NEEDS_MANAGEMENT_KEY]
    for command, needs in NEEDS.items():
        if not seen:
            yield command, NO_KEY if keys or not others else ONLY_PROFILES
        elif needs and not seen.intersection(needs):
            yield command, gaps[0] if gaps else NEEDS_MANAGEMENT_KEY
        else:
            yield command, None
