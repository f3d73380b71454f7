"""Tells what each key sees, and which commands work with the keys that were found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Optional, Union

from openrouter_usage.commands.doctor.records import KeyAnswers, KeyFound, Loss
from openrouter_usage.commands.registry import ACCOUNT_SPEND, COMMANDS, COMPLETED_DAYS, CREDITS_LEFT, OWN_SPEND
from openrouter_usage.figures import balance, windows
from openrouter_usage.keys import sources
from openrouter_usage.records import NEEDS_MANAGEMENT_KEY, Amount, Balance, Key, KeyInfo, Note, Secret, Unknown
from openrouter_usage.session.session import Session

KINDS = {True: "management", False: "regular"}
KIND_NOT_TOLD = Unknown("OpenRouter did not tell")
NO_KEY_ANSWERED = Unknown("no key is answered", "no_key")
ONLY_PROFILES = Unknown("only profiles have keys: use --profile NAME or --all-profiles", "only_profiles")
NO_OWN_SPEND = Unknown("a management key spends nothing itself", "management_key")


def found(answers: KeyAnswers, secret: Secret) -> KeyFound:
    """The key as it is printed: without its secret, and with what it may see."""
    return KeyFound(
        name=answers.key.name,
        profile=answers.profile,
        masked=secret.masked,
        source=answers.key.source + (f" (printed by {secret.program})" if secret.program else ""),
        address=secret.address_shown,
        kind=kind(answers.info),
        sees=tuple(_sees(answers)),
        expires_at=answers.info if isinstance(answers.info, Unknown) else answers.info.expires_at,
    )


def without(key: KeyFound, keys: Sequence[KeyFound]) -> Loss:
    """Returns what is lost without that key, as far as no other key of its profile sees it."""
    own = [one for one in keys if one.profile == key.profile]
    others = [one for one in own if one is not key]
    seen = {what for one in others for what, gap in one.sees if gap is None}
    things = tuple(what for what, gap in key.sees if gap is None and what not in seen)
    work, still = ({name for name, gap in works(some, are_others=False) if gap is None} for some in (own, others))
    stops = tuple(name for name in COMMANDS if name in work and name not in still)
    about = {name: command.needs for name, command in COMMANDS.items() if name in work and name in still}
    lacks = tuple(name for name, needs in about.items() if things and (not needs or _is_lost(needs, things)))
    return Loss(things, lacks, stops)


def _is_lost(needs: Sequence[str], things: Sequence[str]) -> bool:
    """Tells whether a command lacks one of these things: none but the completed days, where it goes by them."""
    used = (COMPLETED_DAYS,) if COMPLETED_DAYS in needs else needs
    return any(one in things for one in used)


def kind(info: Union[KeyInfo, Unknown]) -> Union[str, Unknown]:
    """The kind of a key: "regular" or "management"."""
    if isinstance(info, Unknown):
        return info
    return KIND_NOT_TOLD if info.is_management is None else KINDS[info.is_management]


def _sees(answers: KeyAnswers) -> Iterator[tuple[str, Optional[Unknown]]]:
    info, is_manager = answers.info, kind(answers.info) == "management"
    left = balance.believed(answers.credits, info, is_manager, _contradicted(answers))
    yield OWN_SPEND, info if isinstance(info, Unknown) else NO_OWN_SPEND if is_manager else None
    yield CREDITS_LEFT, left if isinstance(left, Unknown) else None
    for what, answer in ((ACCOUNT_SPEND, answers.account), (COMPLETED_DAYS, answers.days)):
        yield what, answer if isinstance(answer, Unknown) else None


def _contradicted(answers: KeyAnswers) -> Optional[Unknown]:
    """Why other sources contradict what the key was told of the credits; None where they do not."""
    return answers.evidence.credits_gap if answers.evidence else None


def balance_notes(every: Iterable[KeyAnswers], session: Session) -> Iterator[Note]:
    """Notes on credits that are no balance, because calls are paid from grants or invoices as well."""
    for one in every:
        told = balance.believed(one.credits, one.info, kind(one.info) == "management", _contradicted(one))
        readings = session.overdrawn_readings(one.key, one.credits)
        left = balance.spendable(told, readings, _spent_today(one, session.now.date()))
        if isinstance(left, Unknown) and isinstance(told, Balance):
            yield Note(left.code, f"balance: {left.advice}")


def _spent_today(answers: KeyAnswers, today: date) -> Amount:
    account = answers.account
    if isinstance(account, Unknown) or account.as_of != getattr(answers.credits, "as_of", None):
        return balance.NOT_LOOKED_UP
    return windows.of_days(account, today, balance.NOT_LOOKED_UP).credits.today


def misplaced(every: Iterable[KeyAnswers]) -> Iterator[str]:
    """Advice on each regular key in a variable that is for a management key."""
    for one in every:
        if one.key.name not in sources.REGULAR and kind(one.info) == "regular":
            yield f"{one.key.name} holds a regular key, not a management key: set it as {_regular_name(one.key)}"


def _regular_name(key: Key) -> str:
    """The variable for a regular key that is now in that of a management key."""
    return sources.REGULAR[-1 if key.name in sources.COMMANDS else 0]


def works(keys: Sequence[KeyFound], are_others: bool) -> Iterator[tuple[str, Optional[Unknown]]]:
    """Each command with None if these keys suffice for it, or why not; those that need a management key come last.

    `are_others`: other profiles have keys, too.
    """
    seen = {what for key in keys for what, gap in key.sees if gap is None}
    gaps = [gap for key in keys for what, gap in key.sees if what == COMPLETED_DAYS and gap]
    failures = [gap for gap in gaps if gap != NEEDS_MANAGEMENT_KEY]
    needs_of = {name: command.needs for name, command in COMMANDS.items() if command.needs is not None}
    for command, needs in sorted(needs_of.items(), key=lambda one: COMPLETED_DAYS in one[1]):
        if not seen:
            yield command, ONLY_PROFILES if are_others and not keys else NO_KEY_ANSWERED
        elif needs and not seen.intersection(needs):
            yield command, failures[0] if failures else NEEDS_MANAGEMENT_KEY
        else:
            yield command, None
