"""Asks for every key of every workspace, pages side by side."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Protocol, Tuple, Union

from desk import Desk
from errors import BadAnswer, Failure
from usage import AccountKeys, Key, KeysPage, ListedKey

AHEAD = 3
"""So many pages behind a full one are asked for before it is known that they are there."""
MOST_PAGES = 100


class Lists(Protocol):
    """What can be asked of OpenRouter; each may raise a Failure."""

    def workspaces(self, key: Key) -> Tuple[str, ...]: ...
    def keys_page(self, key: Key, workspace: Optional[str], page: int) -> KeysPage: ...


def every_key(desk: Desk, router: Lists, key: Key) -> Union[AccountKeys, Failure]:
    """Every key that `key` is shown, each once; or a Failure: some of the keys are no account."""
    ids = desk.wait(router.workspaces, key)
    workspaces: Tuple[Optional[str], ...] = (None,) if isinstance(ids, Failure) or not ids else ids
    for workspace in workspaces:
        desk.put(router.keys_page, key, workspace, 0)
    found: Dict[Any, ListedKey] = {}
    for workspace in workspaces:
        keys = _keys_of(desk, router, key, workspace)
        if isinstance(keys, Failure):
            return keys
        found.update((one.hash or (workspace, number), one) for number, one in enumerate(keys))
    return AccountKeys(tuple(found.values()), default_workspace_only=workspaces == (None,))


def _keys_of(desk: Desk, router: Lists, key: Key, workspace: Optional[str]) -> Union[List[ListedKey], Failure]:
    """The keys of one workspace. Behind a full page the next few are asked for at once."""
    found: List[ListedKey] = []
    for page in range(MOST_PAGES):
        answer = desk.wait(router.keys_page, key, workspace, page)
        if isinstance(answer, Failure):
            return answer
        found += answer.keys
        if answer.is_last:
            return found
        for ahead in range(page + 1, page + 1 + AHEAD):
            desk.put(router.keys_page, key, workspace, ahead)
    return BadAnswer("OpenRouter's list of keys has no end")
