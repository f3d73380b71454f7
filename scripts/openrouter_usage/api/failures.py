"""Turns HTTP statuses and error bodies into Failures. The server's own words are read, never repeated."""

import json
from typing import Any, Dict, Optional

from openrouter_usage import errors
from openrouter_usage.errors import Failing, Failure
from openrouter_usage.records import CREDITS_PAGE, KEYS_PAGE, MANAGEMENT_KEYS_PAGE, NEEDS_MANAGEMENT_KEY, STATUS_PAGE

TRY_AGAIN = f"try again; if it lasts, look at {STATUS_PAGE}"


def broken() -> errors.BrokenAnswer:
    return errors.BrokenAnswer("OpenRouter's answer is cut or is not JSON", "try again")


def within_a_200(document: Dict[str, Any], text: str, key_name: str) -> Failure:
    """The Failure of an error inside a 200: its code is an HTTP status, or it has none."""
    code = document["error"].get("code") if isinstance(document["error"], dict) else None
    if isinstance(code, int) and 400 <= code < 600:
        return of_status(code, text, key_name, said="error")
    if "security policy" in _error_text(text):
        return of_status(403, text, key_name, said="error")
    return Failing("OpenRouter answered with an error", TRY_AGAIN)


def of_status(status: int, body: str, key_name: str, wait: Optional[float] = None, said: str = "HTTP") -> Failure:
    """The Failure of a status other than 200."""
    if status == 401:
        page = KEYS_PAGE if key_name == "OPENROUTER_API_KEY" else MANAGEMENT_KEYS_PAGE
        return errors.KeyRefused(
            f"OpenRouter refused {key_name} ({said} 401)",
            f"the key may be deleted, mistyped or cut: see {page}",
        )
    if status == 402:
        return errors.CreditsExhausted(f"the credits are exhausted ({said} 402)", f"add credits at {CREDITS_PAGE}")
    if status == 403:
        return _forbidden(body, key_name, f"({said} 403)")
    if status == 404 or 300 <= status < 400:
        what = "nothing is there" if status == 404 else "a redirect, which no key is sent along"
        return errors.WrongAddress(
            f"{what} ({said} {status})", "OPENROUTER_API_URL, where it is set, should end in /api/v1"
        )
    if status == 400:
        return Failing(f"OpenRouter does not take the question ({said} 400)", "look for a newer version of this skill")
    if status == 408:
        return Failing(f"OpenRouter took too long ({said} 408)", "try again; a report may ask for fewer days")
    if status == 429:
        when = f"in {wait:.0f} s" if wait else "in a minute"
        return errors.RateLimited(f"too many requests ({said} 429)", f"try again {when}")
    return Failing(f"OpenRouter is failing ({said} {status})", TRY_AGAIN)


def _forbidden(body: str, key_name: str, status: str) -> Failure:
    """The Failure of a 403: it has several meanings, and only its text tells which."""
    message = _error_text(body)
    if "management key" in message or "provisioning key" in message:
        return errors.NeedsManagementKey(NEEDS_MANAGEMENT_KEY.reason, NEEDS_MANAGEMENT_KEY.next_step)
    if "limit exceeded" in message:
        return errors.KeyLimitReached(
            f"the limit of {key_name} is reached {status}", f"raise it at {KEYS_PAGE}, or wait for its reset"
        )
    if "security policy" in message or not message:
        return errors.RegionBlocked(f"OpenRouter blocks this network or region {status}", "try from another network")
    return errors.Forbidden(f"OpenRouter forbids this to {key_name} {status}", f"see {KEYS_PAGE}")


def _error_text(body: str) -> str:
    """The message of an error body in lower case; empty where the body is HTML or nothing."""
    try:
        error = json.loads(body).get("error")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return str(error.get("message", "") if isinstance(error, dict) else error or "").lower()


def advised_reset(body: str) -> Any:
    """The X-RateLimit-Reset that a 429 may carry in its body instead of its headers, or None."""
    try:
        return json.loads(body)["error"]["metadata"]["headers"]["X-RateLimit-Reset"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
