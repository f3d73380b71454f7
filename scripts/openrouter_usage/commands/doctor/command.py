"""Answers `doctor`."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Iterator, List, Optional, Sequence, Tuple

from openrouter_usage.cache import inventory
from openrouter_usage.commands.doctor import keys as doctor_keys
from openrouter_usage.commands.doctor import machine, text
from openrouter_usage.commands.doctor.fetch import Checkup
from openrouter_usage.commands.doctor.records import Diagnosis, Examined, KeyFound
from openrouter_usage.errors import Failure, KeyRefused, KeyTrouble, NeedsManagementKey
from openrouter_usage.figures import windows
from openrouter_usage.keys import search, sources
from openrouter_usage.keys.sources import DEFAULT
from openrouter_usage.records import KeyInfo, Note, Unknown
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Profile, Session


def run(session: Session) -> Output:
    render = text.render_json if session.args.format == "json" else text.render
    found = _found(session)
    return Output(found.exit_code, render(found))


def _found(session: Session) -> Diagnosis:
    checkups = _checkups(session)
    examined = [one for profile, checkup in checkups for one in checkup.taken(profile)]
    evidence = [one for profile, checkup in checkups for one in checkup.evidence(profile)]
    keys = tuple(doctor_keys.found(one, session.secrets.of(one.key)) for one in examined)
    clock = _clock(session)
    return Diagnosis(
        as_of=session.now,
        demo=session.args.demo,
        keys=keys,
        works=tuple(doctor_keys.works(*_parted(keys, session))),
        clock=clock,
        machine=machine.look(os.environ, session.profile_names),
        books=doctor_keys.reconciliations(examined, evidence, session.now),
        memory=inventory.read(session.cache, [(_label(one), one.key) for one in examined]),
        troubles=tuple(dict.fromkeys([*doctor_keys.misplaced(examined), *_troubles(session, examined, clock)])),
        exit_code=_exit_code(session, examined),
        notes=tuple(_notes([*session.replaced, *(one for _, checkup in checkups for one in checkup.replaced)])),
    )


def _checkups(session: Session) -> List[Tuple[str, Checkup]]:
    """One for each profile; all are asked side by side."""
    checkups = [(one.name or "", _checkup(session, one)) for one in session.profiles]
    for _, checkup in checkups:
        checkup.open()
    for _, checkup in checkups:
        checkup.ask()
    return checkups


def _checkup(session: Session, profile: Profile) -> Checkup:
    return Checkup(profile.asker, session.asker(), profile.keys, windows.live_since(session.now))


def _label(examined: Examined) -> str:
    """The name that tells the key from those of other profiles."""
    name = examined.key.name
    return f"{name} ({examined.profile})" if examined.profile else name


def _clock(session: Session) -> Optional[timedelta]:
    """How far this machine's is ahead of OpenRouter's."""
    told = session.server_time
    return session.now + session.passed - told if told else None


def _troubles(session: Session, examined: List[Examined], clock: Optional[timedelta]) -> Iterator[str]:
    """All that needs somebody's hand; what other commands remark on is among it."""
    yield from session.told_remarks()
    for profile in session.profiles:
        slots = (profile.keys.regular, profile.keys.management)
        yield from (slot.advice for slot in slots if isinstance(slot, Unknown))
        failures: Tuple[Failure, ...] = (*profile.asker.failures, *profile.asker.replaced)
        yield from (one.advice for one in failures if not isinstance(one, NeedsManagementKey))
    yield from _hidden(session, examined)
    if clock is not None and abs(clock) >= windows.CLOCK_TOLERANCE:
        yield f"this machine's clock is {text.difference(clock)} OpenRouter's: UTC days and windows are off; set it"


def _hidden(session: Session, examined: List[Examined]) -> Iterator[str]:
    """Keys that would be used but for one that was refused."""
    for one in examined:
        if isinstance(one.info, Unknown) and one.info.code == KeyRefused.code:
            where = sources.here(one.profile if one.profile != DEFAULT else None)
            for source in search.hidden(where, one.key, session.time_left(), session.secrets):
                yield f"{one.key.name} from {one.key.source} hides another one in {source}: take out the wrong one"


def _exit_code(session: Session, examined: List[Examined]) -> int:
    """0 where any key was answered, or what it was answered is remembered."""
    if any(isinstance(one.info, KeyInfo) for one in examined if _is_asked_for(one.profile, session)):
        return 0
    askers = [one.asker for one in session.profiles if _is_asked_for(one.name or "", session)]
    failures = [failure for asker in askers for failure in asker.failures]
    return failures[0].exit_code if failures else KeyTrouble.exit_code


def _parted(keys: Sequence[KeyFound], session: Session) -> Tuple[List[KeyFound], List[KeyFound]]:
    """Those that other commands with the same options would use, and all others."""
    used = [key for key in keys if _is_asked_for(key.profile, session)]
    return used, [key for key in keys if key not in used]


def _is_asked_for(profile: str, session: Session) -> bool:
    """Whether other commands with the same options would use that profile's keys."""
    return session.args.all_profiles or profile in ("", DEFAULT, session.args.profile)


def _notes(replaced: Sequence[Failure]) -> Iterator[Note]:
    if replaced:
        yield Note("remembered", f"some answers are remembered ones: {replaced[0].message}")
