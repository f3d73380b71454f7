"""Renders an audit as JSON."""

from __future__ import annotations

from openrouter_usage.commands.audit import text
from openrouter_usage.commands.audit.records import Audit, Finding
from openrouter_usage.records import Note, Unknown
from openrouter_usage.text.document import Json, document


def render(found: Audit) -> str:
    """Returns one JSON object and a newline. Amounts are in full precision, null where there is none."""
    keys = found.keys if isinstance(found.keys, Unknown) else len(found.keys)
    figures: Json = {
        "findings": [_finding(one) for one in found.findings],
        "looked_at": {"keys": keys, "models": found.models, "days": found.days},
        "without_limit": list(found.unlimited) if isinstance(found.unlimited, tuple) else None,
    }
    missing = [Note(one.gap.code, f"not looked at: {one.what} ({one.gap.advice})") for one in found.not_looked_at]
    cells: Json = {
        "as_of": found.as_of,
        "demo": found.demo,
        **({"profile": found.profile} if found.profile else {}),
        "asked_with": found.key_name or None,
        "scope": found.scope,
        "from": found.span[0],
        "to": found.span[1],
        "sentence": text.headline(found),
        **figures,
        "notes": [*found.notes, *missing],
    }
    return document("audit", cells)


def _finding(one: Finding) -> Json:
    return {
        "code": one.code,
        "usd": one.usd,
        "from": one.days[0],
        "to": one.days[1],
        "model": one.model or None,
        "key": one.key or None,
        **({"keys": list(one.keys)} if len(one.keys) > 1 else {}),
        "message": text.sentence(one),
        "next": one.next_step,
    }
