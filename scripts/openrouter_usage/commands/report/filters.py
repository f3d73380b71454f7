"""Finds what can be a filter of a question to analytics: exactly one listed key, or exactly one model.

OpenRouter filters by ids of its own, a key by its hash and a model by its permaslug. Everything else (globs, keys that
are deleted or not listed) is matched on the rows of the answer, by its name.
"""

import re
from typing import Dict, Iterable, Optional, Sequence, Tuple

from openrouter_usage.commands.report.keys import KeysByName
from openrouter_usage.errors import BadUsage
from openrouter_usage.figures.rows import FREE
from openrouter_usage.matching import matches, pattern
from openrouter_usage.records import AccountKeys, ListedKey, UsageFilter

HASH = re.compile("[0-9a-f]{64}")

WILDCARDS = frozenset("*?[")
"""What makes a pattern of a name."""


def listed_key(wanted: str, key_list: AccountKeys, keys: KeysByName, by_case: bool) -> Optional[ListedKey]:
    """Returns the one listed key that is wanted, None if that is none, or several.

    A key of the same name may be in another workspace, so a name needs the list of each. `by_case`: a name of another
    case will not do, for it may be that of a key that is not listed.
    """
    found = keys.meant(wanted)
    if len(found) != 1 or not HASH.fullmatch(found[0].hash):
        return None
    key = found[0]
    is_by_hash, is_exact = key.hash.startswith(wanted.lower()), wanted in (key.name, keys.label(key.name))
    if is_by_hash:
        return key
    return None if key_list.default_workspace_only or (by_case and not is_exact) else key


def of_key(key: ListedKey) -> UsageFilter:
    return UsageFilter("key", (key.hash,))


def may_mean_one_model(glob: str) -> bool:
    """Tells whether the text is a model's name, and no pattern for several."""
    return bool(glob) and not WILDCARDS & frozenset(glob)


def of_model(glob: str, models: Dict[str, str], permaslugs: Iterable[str]) -> Optional[UsageFilter]:
    """Returns a filter for the one model, or the one of the permaslugs, that is called so; None if that is none.

    `models` has the model of each permaslug of one model alone. A free variant shares its permaslug with the paid one.
    """
    compared = pattern(glob)
    fitting = {model for model in models.values() if matches(compared, model)}
    if len(fitting) == 1 and not any(model.endswith(FREE) for model in fitting):
        return UsageFilter("model", _in_order(version for version, model in models.items() if model in fitting))
    versions = _in_order(version for version in permaslugs if version.lower() == glob.lower())
    return UsageFilter("model", versions) if versions and not fitting else None


def too_many(columns: Sequence[str]) -> BadUsage:
    """Returns the error where analytics would have to group by more dimensions than it does."""
    return BadUsage(
        f"OpenRouter groups by two of these at most: {', '.join(columns)} "
        "(--model and --key count too, unless they name one model and one listed key)",
        "leave one out",
    )


def _in_order(permaslugs: Iterable[str]) -> Tuple[str, ...]:
    return tuple(sorted(set(permaslugs)))
