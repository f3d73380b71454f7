"""Asks for every key of every workspace, pages side by side."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Optional, Union

from openrouter_usage.errors import BadAnswer, Failure
from openrouter_usage.fetch import questions
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.rare_records import KeysPage
from openrouter_usage.records import MOST_PAGES, AccountKeys, Key, ListedKey

PAGES_AHEAD = 3
"""The pages behind a full one that are asked for before it is known that there are any."""


def every_key(asker: Asker, key: Key, or_cached: bool = True, share: float = 1) -> Union[AccountKeys, Failure]:
    """Every key that `key` is shown, each once; or a Failure: some of the keys are no account.

    Where the workspaces are not known, /keys tells of the default one alone.
    `or_cached`: where OpenRouter cannot answer, an older list will do. `share` is the share of the time that is left
    for which each of its answers is awaited.
    """
    ids = asker.answer(questions.workspaces(key), share=share, or_cached=or_cached)
    workspaces: tuple[Optional[str], ...] = (None,) if isinstance(ids, Failure) or not ids else ids
    _ask_first_pages(asker, key, workspaces)
    found: dict[Any, ListedKey] = {}
    earlier: list[datetime] = []
    for workspace in workspaces:
        pages = _pages(asker, key, workspace, or_cached, share)
        if isinstance(pages, Failure):
            return pages
        keys = [one for page in pages for one in page.keys]
        found.update((one.hash or (workspace, number), one) for number, one in enumerate(keys))
        earlier += [page.as_of for page in pages if page.as_of]
    gap = unknown(ids) if isinstance(ids, Failure) else None
    return AccountKeys(tuple(found.values()), workspaces == (None,), min(earlier, default=None), gap)


def ask(asker: Asker, key: Key, share: float) -> None:
    """Asks for the first pages, if that share of the time suffices to learn which workspaces there are."""
    ids = asker.answer(questions.workspaces(key), share=share, or_cached=False)
    if not isinstance(ids, Failure):
        _ask_first_pages(asker, key, ids or (None,))


def _ask_first_pages(asker: Asker, key: Key, workspaces: Iterable[Optional[str]]) -> None:
    for workspace in workspaces:
        asker.ask(questions.keys_page(key, workspace, 0))


def _pages(
    asker: Asker, key: Key, workspace: Optional[str], or_cached: bool, share: float
) -> Union[list[KeysPage], Failure]:
    """The key list of one workspace. Behind a full page the next few are asked for at once."""
    found: list[KeysPage] = []
    for page in range(MOST_PAGES):
        answer = asker.answer(questions.keys_page(key, workspace, page), share=share, or_cached=or_cached)
        if isinstance(answer, Failure):
            return answer
        found.append(answer)
        if answer.is_last:
            return found
        for ahead in range(page + 1, page + 1 + PAGES_AHEAD):
            asker.ask(questions.keys_page(key, workspace, ahead))
    return BadAnswer("OpenRouter's list of keys has no end")
