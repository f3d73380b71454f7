"""Makes of what each key was answered what its owner should know of it."""

from datetime import datetime
from typing import Iterable, Iterator, List, Optional, Sequence, Tuple, Union

from openrouter_usage.commands.doctor.reconcile import reconciled
from openrouter_usage.commands.doctor.records import (
    ACCOUNT,
    BALANCE,
    DAYS,
    OWN,
    Evidence,
    Examined,
    KeyFound,
    Reconciliation,
)
from openrouter_usage.figures import balance
from openrouter_usage.records import NEEDS_MANAGEMENT_KEY, Key, KeyInfo, Secret, Unknown

Answer = Union[KeyInfo, Unknown]
"""What a key told of itself."""

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
    "why": (DAYS,),
}
"""What each command needs to see: any of these; nothing in particular where there are none."""


def found(examined: Examined, secret: Secret) -> KeyFound:
    """The key, and of each thing whether it sees it."""
    key = examined.key
    return KeyFound(
        key.name,
        examined.profile,
        secret.masked,
        key.source,
        secret.address,
        kind(examined.info),
        tuple(_sees(examined)),
    )


def kind(info: Answer) -> Union[str, Unknown]:
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


def reconciliations(
    examined: Sequence[Examined], evidence: Sequence[Tuple[Key, Evidence]], now: datetime
) -> Tuple[Reconciliation, ...]:
    """That of each profile's account. Of profiles with one account, and one answer, the later name the first."""
    found: List[Tuple[Answer, Reconciliation]] = []
    for profile in dict.fromkeys(one.profile for one in examined):
        of_profile = [one for one in examined if one.profile == profile]
        seen = [(key, told) for key, told in evidence if told.profile == profile]
        manager, reconciliation = _reconciled(of_profile, seen, now)
        others = (other.profile for info, other in found if _is_same(manager, reconciliation, info, other))
        found.append((manager, reconciliation._replace(account_of=next(others, ""))))
    return tuple(reconciliation for _, reconciliation in found)


def _reconciled(
    examined: Sequence[Examined], seen: Sequence[Tuple[Key, Evidence]], now: datetime
) -> Tuple[Answer, Reconciliation]:
    """What the key that is told most of its account told of itself, and that account."""
    manager, evidence = _best(examined, seen)
    own = _own(examined)
    told, name = (own.info, own.key.name) if own else (None, "")
    return manager, reconciled(evidence, told, name, _are_apart(told, manager), now)


def _best(examined: Sequence[Examined], seen: Sequence[Tuple[Key, Evidence]]) -> Tuple[Answer, Evidence]:
    """What the key that is told most was told, of itself and of its account; where none may be told, a gap."""
    if not seen:
        gap = NEEDS_MANAGEMENT_KEY
        return gap, Evidence(examined[0].profile, account=gap, days=gap, days_at=None, listed=gap, by_key=gap)
    infos = {one.key: one.info for one in examined}
    key, evidence = max(seen, key=lambda one: _rank(one[0], one[1], infos[one[0]]))
    return infos[key], evidence


def _are_apart(one: Optional[Answer], other: Answer) -> Optional[bool]:
    """Whether they are of two accounts; None where it cannot be told."""
    if isinstance(one, KeyInfo) and isinstance(other, KeyInfo):
        return one.is_apart_from(other)
    return None


def _own(examined: Sequence[Examined]) -> Optional[Examined]:
    """The regular key; where none is known to be one, what stands in its place and is not known to be another."""
    regular = [one for one in examined if kind(one.info) == "regular"]
    perhaps = [one for one in examined if one.key.name == "OPENROUTER_API_KEY" and kind(one.info) != "management"]
    return next(iter([*regular, *perhaps]), None)


def _rank(key: Key, evidence: Evidence, info: Answer) -> Tuple[int, bool, bool]:
    answers = (evidence.account, evidence.listed, evidence.days)
    known = sum(not isinstance(answer, Unknown) for answer in answers)
    return known, kind(info) == "management", key.name != "OPENROUTER_API_KEY"


def _is_same(info: Answer, one: Reconciliation, other_info: Answer, other: Reconciliation) -> bool:
    """Whether two profiles have one account, and were told the same of it."""
    figures = [[side.usd for side in (each.completed_and_today, each.analytics, each.listed)] for each in (one, other)]
    return bool(one.base) and _are_apart(info, other_info) is False and figures[0] == figures[1]
