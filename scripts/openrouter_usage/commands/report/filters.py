"""Finds what can be a filter of a question to analytics: an id, exactly one listed key, or exactly one model.

OpenRouter filters by ids of its own, a key by its hash and a model by its permaslug; a session, a provider and the like
are their own ids. Everything else (globs, keys that are deleted or not listed) is matched on the rows of the answer, by
its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Optional

from openrouter_usage.commands.report.keys import KeysByName
from openrouter_usage.commands.report.records import Answers, Filter, Query
from openrouter_usage.dimensions import DIMENSIONS
from openrouter_usage.errors import BadUsage
from openrouter_usage.figures import rows
from openrouter_usage.matching import matches, nearest, pattern
from openrouter_usage.rare_records import UsageFilter
from openrouter_usage.records import AccountKeys, ListedKey, Note, UsageTable

HASH = re.compile("[0-9a-f]{64}")

WILDCARDS = frozenset("*?[")
"""What makes a pattern of a name."""

MOST_NAMED = 3
"""How many of the names that there are a note has, where none fits."""

MOST_COMPARED = 1000
"""How many names are looked through for one like that which is wanted: the dearest."""


def listed_key(wanted: Filter, key_list: AccountKeys, keys: KeysByName, by_case: bool) -> Optional[ListedKey]:
    """Returns the one listed key that is wanted, None if that is none, or several.

    A key of the same name may be in another workspace, so a name needs the list of each. `by_case`: a name of another
    case will not do, for it may be that of a key that is not listed.
    """
    found = keys.meant(wanted.names)
    if len(found) != 1 or not HASH.fullmatch(found[0].hash):
        return None
    key = found[0]
    is_by_hash = key.hash.startswith(wanted.text.lower())
    is_exact = any(map(wanted.is_exactly, (key.name, keys.label(key.name))))
    if is_by_hash:
        return key
    return None if key_list.default_workspace_only or (by_case and not is_exact) else key


def of_ids(query: Query) -> tuple[UsageFilter, ...]:
    """Returns the filters that are known before anything is asked."""
    asked = (one for one in query.filters if DIMENSIONS[one.dimension].is_id)
    return tuple(UsageFilter(one.dimension, (one.text,)) for one in asked)


def may_leave_room(one: Filter) -> bool:
    """Tells whether OpenRouter may filter it, so that it is no dimension of the question."""
    if one.dimension == "model":
        return may_mean_one_model(one.text)
    return one.dimension in ("key", "provider") or DIMENSIONS[one.dimension].is_id


def of_key(key: ListedKey) -> UsageFilter:
    return UsageFilter("key", (key.hash,))


def may_mean_one_model(glob: str) -> bool:
    """Tells whether the text is a model's name, and no pattern for several."""
    return bool(glob) and not WILDCARDS & frozenset(glob)


def of_model(glob: str, models: dict[str, str], permaslugs: Iterable[str]) -> Optional[UsageFilter]:
    """Returns a filter for the one model, or the one of the permaslugs, that is called so; None if that is none.

    `models` has the model of each permaslug of one model alone. A free variant shares its permaslug with the paid one.
    """
    compared = pattern(glob)
    fitting = {model for model in models.values() if matches(compared, model)}
    if len(fitting) == 1 and not any(model.endswith(rows.FREE) for model in fitting):
        return UsageFilter("model", _in_order(version for version, model in models.items() if model in fitting))
    versions = _in_order(version for version in permaslugs if version.lower() == glob.lower())
    return UsageFilter("model", versions) if versions and not fitting else None


def unmatched(query: Query, answers: Answers, tables: Sequence[UsageTable]) -> Optional[Note]:
    """Returns a note on the first filter that no row of the tables fits, with a few of the names that there are.

    The tables have the rows of the key that is asked for. None if there is no row at all, but for a filter of
    OpenRouter's: of its dimension the answers have the names.
    """
    others = answers.other_names or {}
    for one in query.filters:
        if one.dimension in others:
            return _no_match(query, one, others[one.dimension], is_partial=False)
        if one.dimension == "key" or one.dimension in answers.filtered:
            continue
        before = [table for table in tables if one.dimension in table.dimensions]
        after = [rows.of_names(table, one.dimension, one.names) for table in before]
        if any(table.rows for table in before) and not any(table.rows for table in after):
            names = [name for table in before for name in rows.dearest(table, one.dimension)]
            return _no_match(query, one, tuple(dict.fromkeys(names)), any(table.partial for table in before))
        tables = after
    return None


def _no_match(query: Query, one: Filter, names: Sequence[str], is_partial: bool) -> Note:
    used = "of those that were told" if is_partial else "that was used"
    others = " under the other filters" if len(query.filters) > 1 else ""
    alike = () if one.redaction else nearest(one.text, names[:MOST_COMPARED])
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    known = ", ".join(names[:MOST_NAMED]) + more
    there_are = f"; nearest: {', '.join(alike)}" if alike else f"; used: {known}" if names else ""
    return Note("no_match", f"no {noun(one)} {used}{others} fits {one.shown}{there_are}")


def noun(one: Filter) -> str:
    """Returns what a filter is of, such as "external user"."""
    return DIMENSIONS[one.dimension].heading.lower()


def title(one: Filter) -> str:
    """Returns what a filter leaves in as a heading says it, such as "models openai/*"."""
    return f"models {one.shown}" if one.dimension == "model" else DIMENSIONS[one.dimension].called(one.shown)


def too_many(columns: Sequence[str]) -> BadUsage:
    """Returns the error where analytics would have to group by more dimensions than it does."""
    return BadUsage(
        f"OpenRouter groups by two of these at most: {', '.join(columns)} "
        "(a filter counts too, but for --provider, ids, one model and one listed key)",
        "leave one out",
    )


def _in_order(permaslugs: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(permaslugs)))
