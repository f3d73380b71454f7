"""The fake's public `/models`: rows with every field that the vendor's SDK requires."""

from collections.abc import Iterable
from typing import Any, Optional

import fake_analytics


def model(
    name: str,
    prompt: str = "0.000003",
    completion: str = "0.000015",
    cached: Optional[str] = "0.0000003",
    retires: Optional[str] = None,
    version: str = "",
) -> dict[str, Any]:
    """A listed model, with its prices in USD for a token."""
    prices = {"prompt": prompt, "completion": completion, **({"input_cache_read": cached} if cached else {})}
    return {
        "id": name,
        "canonical_slug": version or f"{name}-20260801",
        "name": name,
        "created": 1767225600,
        "architecture": {"input_modalities": ["text"], "modality": "text->text", "output_modalities": ["text"]},
        "context_length": 200_000,
        "default_parameters": None,
        "expiration_date": retires,
        "links": {"details": f"/api/v1/models/{name}/endpoints"},
        "per_request_limits": None,
        "pricing": prices,
        "supported_parameters": ["max_tokens"],
        "supported_voices": None,
        "top_provider": {"is_moderated": False},
    }


def used(events: Iterable[Any]) -> list[dict[str, Any]]:
    """The models that were used, at the same prices."""
    versions = {event.model: fake_analytics.permaslug(event) for event in events}
    return [model(name, version=version) for name, version in sorted(versions.items())]
