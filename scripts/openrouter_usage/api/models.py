"""Parses the public list of models: their prices, and the days on which they retire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Optional

from openrouter_usage.api import fields, times
from openrouter_usage.api.fields import Fields
from openrouter_usage.rare_records import ListedModel, ListedModels


def listed(data: Any) -> ListedModels:
    """Parses `/models`; a row without an id is left out."""
    models = map(_model, fields.rows(data))
    return ListedModels(tuple(model for model in models if model.id))


def _model(row: Fields) -> ListedModel:
    told = row.get("pricing")
    pricing = told if isinstance(told, dict) else {}
    return ListedModel(
        id=fields.text(row, "id"),
        version=fields.text(row, "canonical_slug"),
        prompt_usd=_price(pricing, "prompt"),
        completion_usd=_price(pricing, "completion"),
        cached_usd=_price(pricing, "input_cache_read"),
        reasoning_usd=_price(pricing, "internal_reasoning"),
        request_usd=_price(pricing, "request"),
        retires=times.day(row.get("expiration_date")),
    )


def _price(pricing: Fields, name: str) -> Optional[Decimal]:
    """A price in USD. That of a router depends on the model that it chooses, and is told as -1: it is not known."""
    price = fields.amount(pricing, name)
    return price if isinstance(price, Decimal) and price >= 0 else None
