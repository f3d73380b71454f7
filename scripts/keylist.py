"""Asks for every key of every workspace, pages side by side."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Protocol, Tuple, Union

from desk import Desk
from errors import BadAnswer, Failure
from usage import AccountKeys, Key, KeysPage, ListedKey

AT_ONCE = 4
"""Pages of one workspace that are asked for together, once its first one was full."""
MOST_PAGES = 100


class Lists(Protocol):
    """What can be asked of OpenRouter; each may raise a Failure."""

    def workspaces(self, key: Key) -> Tuple[str, ...]: ...
    def keys_page(self, key: Key, workspace: Optional[str], page: int) -> KeysPage: ...


def every_key(desk: Desk, router: Lists, key: Key) -> Union[AccountKeys, Failure]:
    """Every key that `key` is shown, each once; or a Failure: some of the keys are no account."""
    ids = desk.wait(router.workspaces, key)
    workspaces: Tuple[Optional[str], ...] = (None,) if isinstance(ids, Failure) or not ids else ids
    found: Dict[Any, ListedKey] = {}
    pages, going_on = range(1), list(workspaces)
    while going_on and pages.start < MOST_PAGES:
        for workspace in going_on:
            for page in pages:
                desk.put(router.keys_page, key, workspace, page)
        unfinished = []
        for workspace in going_on:
            answer = _wave(desk, router, key, workspace, pages)
            if isinstance(answer, Failure):
                return answer
            found.update((one.hash or (workspace, number, pages), one) for number, one in enumerate(answer.keys))
            unfinished += [] if answer.is_last else [workspace]
        going_on, pages = unfinished, range(pages.stop, pages.stop + AT_ONCE)
    if going_on:
        return BadAnswer("OpenRouter's list of keys has no end")
    return AccountKeys(tuple(found.values()), default_workspace_only=workspaces == (None,))


def _wave(desk: Desk, router: Lists, key: Key, workspace: Optional[str], pages: range) -> Union[KeysPage, Failure]:
    """The keys of these pages up to the last there is, which ends the wave."""
    found: List[ListedKey] = []
    for page in pages:
        answer = desk.wait(router.keys_page, key, workspace, page)
        if isinstance(answer, Failure):
            return answer
        found += answer.keys
        if answer.is_last:
            return KeysPage(tuple(found), is_last=True)
    return KeysPage(tuple(found), is_last=False)
