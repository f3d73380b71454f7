"""Asks for the fee for BYOK, where there is any BYOK that it would be for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Optional, Union

from openrouter_usage.errors import Failure
from openrouter_usage.fetch import questions
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.rare_records import ByokFees
from openrouter_usage.records import Amount, Key, Unknown


def told(asker: Asker, key: Key, first: date, byok: Amount, share: float = 1) -> Optional[Union[ByokFees, Unknown]]:
    """The fee from the UTC day `first`, at most 31 days ago, until now; None where `byok` is nothing or not known.

    `share` is the part of the time that is left for which it is awaited.
    """
    if not isinstance(byok, Decimal) or byok == 0:
        return None
    answer = asker.answer(questions.byok_fees(key, first, asker.now), share=share)
    return unknown(answer) if isinstance(answer, Failure) else answer
