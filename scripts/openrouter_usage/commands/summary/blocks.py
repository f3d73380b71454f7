"""Writes what is shown of each account as JSON: one object, or of all profiles a list of them."""

from typing import Callable, Dict, List, Sequence

from openrouter_usage.commands.summary.records import Block, Summary
from openrouter_usage.text.document import SCHEMA, Json, as_note, dumps, listed


def render(summary: Summary, command: str, of_block: Callable[[Block], Json], of_all: Json) -> str:
    """One JSON object. Two accounts: the first is the object, the second stands in `other_account`.

    Of all profiles it is a list of such objects, each with the name of its profile. `of_all` is part of each.
    """
    by_profile: Dict[str, List[Block]] = {}
    for block in summary.blocks:
        by_profile.setdefault(block.profile, []).append(block)
    head: Json = {"schema": SCHEMA, "command": command, "as_of": summary.as_of, "demo": summary.demo}
    documents = [dumps({**head, **_document(blocks, summary, of_block, of_all)}) for blocks in by_profile.values()]
    return listed(documents) if summary.total else documents[0] + "\n"


def _document(blocks: Sequence[Block], summary: Summary, of_block: Callable[[Block], Json], of_all: Json) -> Json:
    first, *others = blocks
    document = {**({"profile": first.profile} if first.profile else {}), **of_block(first), **of_all}
    document["notes"] += [as_note(note) for note in summary.notes]
    if others:
        document["other_account"] = of_block(others[0])
    return document
