"""Asks the same of each profile; one that fails does not cost the others their answer."""

from __future__ import annotations

from typing import Callable, List, TypeVar, Union

from openrouter_usage.errors import Failure
from openrouter_usage.session.output import explained
from openrouter_usage.session.session import Profile, Session

T = TypeVar("T")


def answered(session: Session, ask: Callable[[Profile], T]) -> List[Union[T, Failure]]:
    """What each profile is answered, or why it is not. Raises a Failure where no profile is answered anything."""
    found = [_asked(profile, ask) for profile in session.profiles]
    failures = [one for one in found if isinstance(one, Failure)]
    if len(failures) == len(found):
        raise failures[0]
    return found


def _asked(profile: Profile, ask: Callable[[Profile], T]) -> Union[T, Failure]:
    try:
        return ask(profile)
    except Failure as failure:
        called = f"{profile.name}: " if profile.name else ""
        return type(failure)(f"{called}{failure.message}", failure.next_step)


def as_json(found: List[Union[T, Failure]], render: Callable[[T], str], session: Session) -> str:
    """One document, or of all profiles a list of them."""
    from openrouter_usage.text import document

    documents = [document.render_error(one) if isinstance(one, Failure) else render(one) for one in found]
    return document.listed(documents) if session.args.all_profiles else documents[0]


def remarks(found: List[Union[T, Failure]]) -> str:
    """Why some profiles were not answered, for standard error."""
    return "".join(explained(one) for one in found if isinstance(one, Failure))
