"""Asks for every key of every workspace, pages side by side."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Tuple, Union

from openrouter_usage.errors import BadAnswer, Failure
from openrouter_usage.fetch.asker import Desk
from openrouter_usage.records import AccountKeys, Key, KeysPage, ListedKey

if TYPE_CHECKING:
    from openrouter_usage.fetch.neighbours import Lists

AHEAD = 3
"""So many pages behind a full one are asked for before it is known that they are there."""
MOST_PAGES = 100


def every_key(desk: Desk, router: Lists, key: Key, or_remembered: bool = True) -> Union[AccountKeys, Failure]:
    """Every key that `key` is shown, each once; or a Failure: some of the keys are no account.

    Where nobody answers, an older list that is remembered will do, or not.
    """
    ids = desk.wait(router.workspaces, key, or_remembered=or_remembered)
    workspaces: Tuple[Optional[str], ...] = (None,) if isinstance(ids, Failure) or not ids else ids
    _put_first_pages(desk, router, key, workspaces)
    found: Dict[Any, ListedKey] = {}
    earlier: List[datetime] = []
    for workspace in workspaces:
        pages = _pages_of(desk, router, key, workspace, or_remembered)
        if isinstance(pages, Failure):
            return pages
        keys = [one for page in pages for one in page.keys]
        found.update((one.hash or (workspace, number), one) for number, one in enumerate(keys))
        earlier += [page.as_of for page in pages if page.as_of]
    return AccountKeys(tuple(found.values()), workspaces == (None,), min(earlier, default=None))


def begin(desk: Desk, router: Lists, key: Key, share: float) -> None:
    """Puts the first pages, if that share of the time suffices to learn which workspaces there are."""
    ids = desk.wait(router.workspaces, key, share=share, or_remembered=False)
    if not isinstance(ids, Failure):
        _put_first_pages(desk, router, key, ids or (None,))


def _put_first_pages(desk: Desk, router: Lists, key: Key, workspaces: Iterable[Optional[str]]) -> None:
    for workspace in workspaces:
        desk.put(router.keys_page, key, workspace, 0)


def _pages_of(
    desk: Desk, router: Lists, key: Key, workspace: Optional[str], or_remembered: bool
) -> Union[List[KeysPage], Failure]:
    """The key list of one workspace. Behind a full page the next few are asked for at once."""
    found: List[KeysPage] = []
    for page in range(MOST_PAGES):
        answer = desk.wait(router.keys_page, key, workspace, page, or_remembered=or_remembered)
        if isinstance(answer, Failure):
            return answer
        found.append(answer)
        if answer.is_last:
            return found
        for ahead in range(page + 1, page + 1 + AHEAD):
            desk.put(router.keys_page, key, workspace, ahead)
    return BadAnswer("OpenRouter's list of keys has no end")
