"""Answers `doctor`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Optional

from openrouter_usage import bytecode
from openrouter_usage.api import certificates
from openrouter_usage.cache import inventory
from openrouter_usage.commands.doctor import elsewhere, machine, text
from openrouter_usage.commands.doctor import keys as doctor_keys
from openrouter_usage.commands.doctor.fetch import KeyQuestions
from openrouter_usage.commands.doctor.reconcile import reconciliations
from openrouter_usage.commands.doctor.records import Diagnosis, KeyAnswers
from openrouter_usage.errors import Failure, KeyRefused, KeyTrouble, NeedsManagementKey
from openrouter_usage.fetch.asker import Asker
from openrouter_usage.figures import windows
from openrouter_usage.keys import search, sources
from openrouter_usage.keys.sources import DEFAULT, Place
from openrouter_usage.records import MANAGEMENT_KEYS_PAGE, KeyInfo, Note, Unknown
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session
from openrouter_usage.text.amounts import dollars

DETAILS = (
    f"Keys are looked for in: {'; '.join(source.help for source in sources.SOURCES)}. With --profile NAME only in "
    "credentials.NAME.env in these two folders, and in the keychain. In place of a key "
    f"{' and '.join(sources.COMMANDS)} may name a command that prints it. .env in the working directory is not read by "
    f"`bar`, nor with {sources.DOTENV}=0. A management key is made at {MANAGEMENT_KEYS_PAGE}. Answers are remembered: "
    "completed days for good, all else to answer with again within --max-age, and when nobody answers."
)
EXAMPLES = (
    ("doctor", "all keys of all profiles"),
    ("doctor --profile work", "those of one profile"),
)


def run(session: Session) -> Output:
    """Asks with every key of every profile, and tells what each sees, what is wrong and what is cached."""
    render = text.render_json if session.args.format == "json" else text.render
    diagnosis = _diagnosis(session)
    return Output(diagnosis.exit_code, render(diagnosis))


def _diagnosis(session: Session) -> Diagnosis:
    month_asker = session.asker()
    answers = _answers(session, month_asker)
    keys = tuple(doctor_keys.found(one, session.secrets.of(one.key)) for one in answers)
    used = [key for key in keys if _is_used(key.profile, session)]
    clock_ahead = session.clock_ahead
    replaced = [*session.replaced, *month_asker.replaced]
    notes = [*_budgets(session), *([] if keys else elsewhere.notes(os.environ))]
    fallbacks = (Note("remembered", f"some answers are remembered ones: {one.message}") for one in replaced[:1])
    return Diagnosis(
        as_of=session.now,
        demo=session.args.demo,
        keys=keys,
        works=tuple(doctor_keys.works(used, are_others=len(used) < len(keys))),
        clock_ahead=clock_ahead,
        versions=machine.versions(),
        proxies=tuple(machine.proxies()),
        certificates=certificates.named(os.environ)[0] or None,
        profiles=tuple(session.profile_names),
        reconciliations=reconciliations(answers, session.now),
        memory=inventory.read(session.cache, [(key.label, one.key) for key, one in zip(keys, answers)]),
        troubles=tuple(dict.fromkeys([*doctor_keys.misplaced(answers), *_troubles(session, answers, clock_ahead)])),
        exit_code=_exit_code(session, answers),
        notes=tuple(dict.fromkeys((*doctor_keys.balance_notes(answers, session), *notes, *fallbacks))),
    )


def _answers(session: Session, month_asker: Asker) -> list[KeyAnswers]:
    """Asks with the keys of all profiles at the same time."""
    asked = [
        KeyQuestions(profile.name or "", key, profile.asker, month_asker)
        for profile in session.profiles
        for key in profile.keys.found
    ]
    for one in asked:
        one.ask()
    return [one.answers() for one in asked]


def _troubles(session: Session, answers: list[KeyAnswers], clock_ahead: Optional[timedelta]) -> Iterator[str]:
    """The troubles for the user to fix, including the remarks that other commands print on standard error."""
    yield from session.take_remarks()
    if bytecode.why_not:
        yield f"Python compiles this program in each run, which takes time: {bytecode.why_not}"
    for profile in session.profiles:
        slots = (profile.keys.regular, profile.keys.management)
        yield from (slot.advice for slot in slots if isinstance(slot, Unknown))
        if isinstance(profile.keys.budget, Unknown):
            yield f"budget ignored: {profile.keys.budget.reason}"
        failures: tuple[Failure, ...] = (*profile.asker.failures, *profile.asker.replaced)
        yield from (one.advice for one in failures if not isinstance(one, NeedsManagementKey))
    yield from _hidden_keys(session, answers)
    if not session.args.demo:
        for profile in session.profiles:
            yield from elsewhere.unread(_place(profile.name))
    if clock_ahead is not None and abs(clock_ahead) >= windows.CLOCK_TOLERANCE:
        difference = text.clock_difference(clock_ahead)
        yield f"this machine's clock is {difference} OpenRouter's: all figures go by OpenRouter's; set it"


def _budgets(session: Session) -> Iterator[Note]:
    """Notes on where the budgets of the profiles are set."""
    for profile in session.profiles:
        usd, of = profile.keys.budget, f" of {profile.name}" if profile.name else ""
        if isinstance(usd, Decimal):
            yield Note("budget", f"the budget{of} is {dollars(usd)} a UTC month, from {profile.keys.budget_source}")


def _hidden_keys(session: Session, answers: list[KeyAnswers]) -> Iterator[str]:
    """Advice on keys that are not used because one that OpenRouter refused is found first."""
    for one in answers:
        if isinstance(one.info, Unknown) and one.info.code == KeyRefused.code:
            for source in search.hidden(_place(one.profile), one.key, session.time_left(), session.secrets):
                yield f"{one.key.name} from {one.key.source} hides another one in {source}: take out the wrong one"


def _place(profile: Optional[str]) -> Place:
    """Returns where the keys of a profile of that name are searched for."""
    return sources.here(profile if profile != DEFAULT else None)


def _exit_code(session: Session, answers: list[KeyAnswers]) -> int:
    """The exit code: 0 if any key was answered, now or in the cache; else that of the first failure."""
    if any(isinstance(one.info, KeyInfo) for one in answers if _is_used(one.profile, session)):
        return 0
    askers = [one.asker for one in session.profiles if _is_used(one.name or "", session)]
    failures = [failure for asker in askers for failure in asker.failures]
    return failures[0].exit_code if failures else KeyTrouble.exit_code


def _is_used(profile: str, session: Session) -> bool:
    """Tells whether other commands with the same options would use that profile's keys."""
    return session.args.all_profiles or profile in ("", DEFAULT, session.args.profile)
