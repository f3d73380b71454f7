"""Finds what is odd about single models: small requests, an unused cache, reasoning, and the end of a model."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple, Optional, Union

from openrouter_usage.commands.audit import steps
from openrouter_usage.commands.audit.records import FLOOR, Facts, Finding
from openrouter_usage.commands.audit.usage import Usage, spend
from openrouter_usage.figures import groups
from openrouter_usage.figures.evidence import ZERO
from openrouter_usage.figures.rows import FREE
from openrouter_usage.rare_records import ListedModel, ListedModels
from openrouter_usage.records import Unknown, Use
from openrouter_usage.text.amounts import dollars, percent, roughly
from openrouter_usage.text.dates import short

DEAR_PER_MILLION, MOST_PER_MILLION = Decimal(5), Decimal(500)
"""USD for a million tokens, prompt and completion together, from which on a model is dear, and above which it is not
the tokens that cost: images and videos, for one."""

SMALL_REQUEST, MANY_REQUESTS = 500, 300
"""The tokens of a request, on average, up to which it is small, and the number of requests that are many."""

BIG_PART = Decimal("0.1")
"""The part of the account's spend from which on a model is a big one."""

HARDLY_CACHED = Decimal("0.1")
"""The part of the prompt below which a model hardly reads from cache."""

CACHEABLE_PROMPT = 2048
"""The prompt tokens of a request, on average, from which on it can be cached: providers ask for 1,024 to 4,096."""

MOSTLY_REASONING = Decimal("0.5")
"""The part of a model's spend above which reasoning is told."""

RETIRES_WITHIN = timedelta(days=90)
"""How long before the end of a model it is told."""


class Tokens(NamedTuple):
    """The tokens and requests of a use of which all are known; `prompt` is without the `cached` ones."""

    requests: int
    prompt: int
    completion: int
    reasoning: int
    cached: int


def findings(facts: Facts, usage: Usage) -> Iterator[Finding]:
    """Yields the findings about models; those that need prices only where the prices are listed."""
    yield from _small_requests(facts, usage)
    listed = Listed(facts.models)
    for model, use in usage.models.items():
        entry = listed.of(model)
        if entry is not None:
            yield from _hardly_cached(facts, usage, model, use, entry)
            yield from _mostly_reasoning(facts, usage, model, use, entry)
            yield from _retires(facts, usage, model, use, entry)


class Listed:
    """The listed models, to be found by the name or the version under which they were used."""

    def __init__(self, listed: Union[ListedModels, Unknown]) -> None:
        models = listed.models if isinstance(listed, ListedModels) else ()
        self._by_id = {model.id: model for model in models}
        versions: dict[str, list[ListedModel]] = {}
        for model in models:
            if not model.id.endswith(FREE):
                versions.setdefault(model.version, []).append(model)
        self._by_version = {version: found[0] for version, found in versions.items() if len(found) == 1}

    def of(self, model: str) -> Optional[ListedModel]:
        """The listed model; of a variant that is not listed, such as `:online`, its model. None if there is none."""
        base = model if model.endswith(FREE) else model.partition(":")[0]
        return self._by_id.get(model) or self._by_id.get(base) or self._by_version.get(base)


# Small requests


def _small_requests(facts: Facts, usage: Usage) -> Iterator[Finding]:
    uses = usage.by_key or {(model, ""): use for model, use in usage.models.items()}
    for (model, key), use in uses.items():
        price, tokens = groups.usd_per_million_tokens(use), known_tokens(use)
        if tokens is None or isinstance(price, Unknown) or not DEAR_PER_MILLION <= price <= MOST_PER_MILLION:
            continue
        size = (tokens.prompt + tokens.cached + tokens.completion) // max(tokens.requests, 1)
        if tokens.requests >= MANY_REQUESTS and size <= SMALL_REQUEST and spend(use) >= FLOOR:
            owner = key if usage.by_key else None
            what = f"was spent on {roughly(tokens.requests)} small requests to {usage.named(model, owner)}"
            message = f"{what}: {size} tokens on average, at {dollars(price)} a million tokens"
            yield _finding("small_requests", spend(use), facts, usage, model, message, owner)


# The cache


def _hardly_cached(facts: Facts, usage: Usage, model: str, use: Use, entry: ListedModel) -> Iterator[Finding]:
    saved, tokens = most_saved(use, entry), known_tokens(use)
    if saved is None or tokens is None or spend(use) < BIG_PART * usage.usd or saved < FLOOR:
        return
    prompt = tokens.prompt + tokens.cached
    is_cacheable = prompt >= CACHEABLE_PROMPT * max(tokens.requests, 1)
    cached = Decimal(tokens.cached) / prompt if prompt else ZERO
    if is_cacheable and cached < HARDLY_CACHED:
        owner = usage.owner(model)
        at_most = f"at most would have been saved if {usage.named(model, owner)} had read all of its prompts from cache"
        share = f"it read {percent(cached)} of {roughly(prompt)} tokens, and cost {dollars(spend(use))}"
        message = f"{at_most}, at its own prices: {share}"
        yield _finding("hardly_cached", saved, facts, usage, model, message, owner)


def most_saved(use: Use, entry: ListedModel) -> Optional[Decimal]:
    """Returns the USD that a model would have cost less if all of its prompt had been read from cache.

    The listed prices tell which part of its spend that is, and bound it; never more than was spent. None where tokens
    or prices are not known, or where cached tokens are not cheaper.
    """
    tokens, parts = known_tokens(use), priced_parts(use, entry)
    if tokens is None or parts is None or entry.cached_usd is None or entry.prompt_usd is None:
        return None
    cheaper = tokens.prompt * (entry.prompt_usd - entry.cached_usd)
    whole = sum(parts, ZERO)
    return min(spend(use) * cheaper / whole, cheaper) if whole > 0 and cheaper > 0 else None


def priced_parts(use: Use, entry: ListedModel) -> Optional[list[Decimal]]:
    """Returns what prompt, cached prompt, completion and requests cost in USD at the listed prices.

    Cached tokens without a price of their own count as any prompt tokens. None where something is not known.
    """
    tokens = known_tokens(use)
    if tokens is None or entry.prompt_usd is None or entry.completion_usd is None:
        return None
    cached_usd = entry.prompt_usd if entry.cached_usd is None else entry.cached_usd
    return [
        tokens.prompt * entry.prompt_usd,
        tokens.cached * cached_usd,
        tokens.completion * entry.completion_usd,
        tokens.requests * (entry.request_usd or ZERO),
    ]


def known_tokens(use: Use) -> Optional[Tokens]:
    """Returns the tokens of a use, None if a count is not known. No more are cached than prompted, nor reasoned than
    completed."""
    counts = use.requests, use.prompt_tokens, use.completion_tokens, use.reasoning_tokens, use.cached_tokens
    requests, prompt, completion, reasoning, cached = (-1 if isinstance(one, Unknown) else one for one in counts)
    if min(requests, prompt, completion, reasoning, cached) < 0:
        return None
    cached = min(cached, prompt)
    return Tokens(requests, prompt - cached, completion, min(reasoning, completion), cached)


# Reasoning


def _mostly_reasoning(facts: Facts, usage: Usage, model: str, use: Use, entry: ListedModel) -> Iterator[Finding]:
    part = reasoning_part(use, entry)
    usd = ZERO if part is None else spend(use) * part
    if part is not None and part > MOSTLY_REASONING and usd > FLOOR:
        owner = usage.owner(model)
        what = f"was spent on reasoning by {usage.named(model, owner)}, {percent(part)} of its {dollars(spend(use))}"
        message = f"{what} (by its tokens, at the listed prices)"
        yield _finding("reasoning", usd, facts, usage, model, message, owner)


def reasoning_part(use: Use, entry: ListedModel) -> Optional[Decimal]:
    """Returns the part of a model's spend that is reasoning: its tokens, at the price of completion, among all.

    None where tokens or prices are not known, or where reasoning has a price of its own.
    """
    tokens, parts = known_tokens(use), priced_parts(use, entry)
    if tokens is None or parts is None or entry.completion_usd is None:
        return None
    if entry.reasoning_usd and entry.reasoning_usd != entry.completion_usd:
        return None
    whole = sum(parts, ZERO)
    return tokens.reasoning * entry.completion_usd / whole if whole > 0 else None


# The end


def _retires(facts: Facts, usage: Usage, model: str, use: Use, entry: ListedModel) -> Iterator[Finding]:
    today, last = facts.now.date(), usage.last_days.get(model)
    if entry.retires is None or entry.retires > today + RETIRES_WITHIN or last is None:
        return
    owner, ahead = usage.owner(model), (entry.retires - today).days
    when = f"in {ahead} days" if ahead > 1 else "tomorrow" if ahead == 1 else "today" if ahead == 0 else "past"
    named, usd = usage.named(model, owner), spend(use) or None
    subject = f"was spent on {named}, which" if usd else named
    message = f"{subject} may be removed after {short(entry.retires)} ({when}); last used on {short(last)}"
    found = _finding("retires", usd, facts, usage, model, message, owner)
    yield found._replace(next_step=steps.successor(entry.id))


def is_unpriced(use: Use, entry: Optional[ListedModel]) -> bool:
    """Tells whether a model cost a dollar or more, and nothing can be held against prices."""
    return spend(use) >= FLOOR and (entry is None or entry.prompt_usd is None or entry.completion_usd is None)


def _finding(
    code: str, usd: Optional[Decimal], facts: Facts, usage: Usage, model: str, message: str, owner: Optional[str]
) -> Finding:
    days = facts.span
    return Finding(code, usd, days, message, steps.senders(days, model), model, usage.key_labels(owner))
