"""Turns HTTP statuses and error bodies into Failures.

The server's own words are quoted where they alone tell the reason, which is so in a 403; else they are only read.
"""

import json
import re
from typing import Any, NamedTuple, Optional

from openrouter_usage import errors
from openrouter_usage.errors import Failing, Failure
from openrouter_usage.records import (
    CREDITS_PAGE,
    DEFAULT_ADDRESS,
    KEYS_PAGE,
    MANAGEMENT_KEYS_PAGE,
    NEEDS_MANAGEMENT_KEY,
    STATUS_PAGE,
)
from openrouter_usage.sanitize import clean

TRY_AGAIN = f"try again; if it lasts, look at {STATUS_PAGE}"

LONGEST_BODY = 2**16
"""The bytes of a body that are read where it holds an error."""

LONGEST_READ = 2000
"""The characters of a message that are read."""

# The words of a 403, in lower case. A management key may be refused a question, too, with words that name its kind.
_KIND = r"(?:management|provisioning)(?: api)? key"
_NEEDS_MANAGEMENT = re.compile(
    rf"only {_KIND}s? (?:can|may)\b|(?:needs?|requires?) an? {_KIND}|{_KIND} (?:is )?required"
)
_LIMIT = re.compile(r"\blimit (?:is )?(?:exceeded|reached)")
_BUDGET = re.compile(r"\bbudget\b.*(?:exceed|exhaust|reach|spent|used up|zero)|(?:exceed|exhaust)\w* .*\bbudget\b")
_REGION = re.compile(r"security policy|not (?:available|supported) in your (?:country|region)")


class Sent(NamedTuple):
    """What a request was sent with: the variable of the key, the address, and what sets that (empty: nothing)."""

    key_name: str
    address: str = DEFAULT_ADDRESS
    address_from: str = ""

    @property
    def page(self) -> str:
        """The page of the kind of key that the variable is for."""
        is_management = re.search("MGMT|MANAGEMENT|PROVISIONING", self.key_name)
        return MANAGEMENT_KEYS_PAGE if is_management else KEYS_PAGE

    @property
    def address_advice(self) -> str:
        """What to do where the address seems to be wrong."""
        if not self.address_from:
            return f"look for a proxy or a portal on the way (no other address is set), or at {STATUS_PAGE}"
        if not self.address.endswith("/api/v1"):
            return f"{self.address_from} should end in /api/v1"
        return f"check the address in {self.address_from}"


def broken() -> errors.BrokenAnswer:
    return errors.BrokenAnswer("OpenRouter's answer is cut or is not JSON", "try again")


def within_a_200(document: dict[str, Any], text: str, key_name: str) -> Failure:
    """The Failure of an error inside a 200: its code is an HTTP status, or it has none."""
    code = document["error"].get("code") if isinstance(document["error"], dict) else None
    if isinstance(code, int) and 400 <= code < 600:
        return of_status(code, text, Sent(key_name), said="error")
    if _REGION.search(_words(text).lower()):
        return of_status(403, text, Sent(key_name), said="error")
    return Failing("OpenRouter answered with an error", TRY_AGAIN)


def of_status(status: int, body: str, sent: Sent, wait: Optional[float] = None, said: str = "HTTP") -> Failure:
    """The Failure of a status other than 200, or of a web page with any status.

    `wait`: in how many seconds the server wants to be asked again, where it says so.
    """
    told = f"({said} {status})"
    is_redirect = 300 <= status < 400
    if is_web_page(body) and status != 429 and not is_redirect:
        return _web_page(status, sent, told)
    if status in (401, 402, 403):
        return _refused(status, body, sent, told, wait)
    if status == 404 or is_redirect:
        what = "a redirect, which no key is sent along" if is_redirect else "nothing is there"
        return errors.WrongAddress(f"{what} {told}", sent.address_advice)
    if status == 429:
        return errors.RateLimited(f"too many requests {told}", f"try again {_when(wait)}")
    if status in (407, 511):
        return _login_wanted(f"a login is wanted on the way to OpenRouter {told}")
    return _failing(status, told)


def _failing(status: int, told: str) -> Failure:
    if status == 400:
        return Failing(f"OpenRouter does not take the question {told}", "look for a newer version of this skill")
    if status == 408:
        return Failing(f"OpenRouter took too long {told}", "try again; a report may ask for fewer days")
    return Failing(f"OpenRouter is failing {told}", TRY_AGAIN)


def _when(wait: Optional[float]) -> str:
    """Returns when to try again, where that is within a day: `wait` may be anything."""
    if not wait:
        return "in a minute"
    return f"in {wait:.0f} s" if wait < 86_400 else "another day"


# Web pages


def is_web_page(body: str) -> bool:
    """Tells whether a body is HTML; the API answers JSON alone."""
    return body[:200].lstrip("\ufeff \t\r\n").startswith("<")


def _web_page(status: int, sent: Sent, told: str) -> Failure:
    """The Failure of a web page, with its likeliest cause."""
    page = f"a web page answered instead of the API {told}"
    if status == 404:
        return errors.WrongAddress(f"{page}: the address is wrong, most likely", sent.address_advice)
    if status in (407, 511):
        return _login_wanted(page)
    if status == 403:
        return errors.NotTheApi(
            f"{page}: a firewall, a proxy or Cloudflare's check, most likely",
            "try from another network, or without the proxy",
        )
    if status == 408 or status >= 500:
        return Failing(f"{page}: OpenRouter's gateway is failing, most likely", TRY_AGAIN)
    return errors.NotTheApi(
        f"{page}: a wrong address, a login page or a network's portal, most likely",
        f"{sent.address_advice}; or log in to the network in a browser",
    )


def _login_wanted(what: str) -> Failure:
    return errors.NotTheApi(
        f"{what}: by a proxy or a network's portal, most likely",
        "log in to the network in a browser, or check HTTPS_PROXY",
    )


# 401, 402 and 403


def _refused(status: int, body: str, sent: Sent, told: str, wait: Optional[float]) -> Failure:
    if status == 402:
        return _payment_required(body, sent, told, wait)
    if status == 403:
        return _forbidden(body, sent, told)
    return errors.KeyRefused(
        f"OpenRouter refused {sent.key_name} {told}", f"the key may be deleted, mistyped or cut: see {sent.page}"
    )


def _payment_required(body: str, sent: Sent, told: str, wait: Optional[float]) -> Failure:
    """The Failure of a 402: `limit_source` tells what is used up; only requests that are under way free a budget."""
    source = _metadata(body).get("limit_source")
    if source == "openrouter_in_flight_budget" or (source is None and wait is not None):
        return errors.BudgetInUse(
            f"requests under way hold the credits that are left {told}",
            f"try again {_when(wait)}, with fewer requests side by side, or add credits at {CREDITS_PAGE}",
        )
    if source == "openrouter_key_limit":
        return _limit_reached(f"the limit of {sent.key_name} is reached {told}")
    if source in (None, "openrouter_credits"):
        return errors.CreditsExhausted(f"the credits are exhausted {told}", f"add credits at {CREDITS_PAGE}")
    return Failing(f"OpenRouter wants payment {told}{_quoted(body)}", f"look at {CREDITS_PAGE}")


def _forbidden(body: str, sent: Sent, told: str) -> Failure:
    """The Failure of a 403: it has many meanings, and only its words tell which."""
    if _error(body) is None:
        return errors.NotTheApi(
            f"something else than the API forbids this {told}: a firewall or a proxy, most likely",
            "try from another network, or without the proxy",
        )
    words, quoted = _words(body).lower(), _quoted(body)
    if _NEEDS_MANAGEMENT.search(words):
        return errors.NeedsManagementKey(NEEDS_MANAGEMENT_KEY.reason, NEEDS_MANAGEMENT_KEY.next_step)
    if _BUDGET.search(words):
        return _limit_reached(f"a budget of {sent.key_name} is used up {told}{quoted}")
    if _LIMIT.search(words):
        return _limit_reached(f"the limit of {sent.key_name} is reached {told}{quoted}")
    if _REGION.search(words):
        return errors.RegionBlocked(
            f"OpenRouter blocks this network or region {told}{quoted}", "try from another network"
        )
    failure = errors.Forbidden(f"OpenRouter forbids this to {sent.key_name} {told}{quoted}")
    failure.set_page(sent.page)
    return failure


def _limit_reached(message: str) -> Failure:
    return errors.KeyLimitReached(message, f"raise it at {KEYS_PAGE}, or wait for its reset")


# Bodies


def beginning(body: bytes) -> str:
    """The text of a body that holds an error, as far as it is read."""
    return body[:LONGEST_BODY].decode("utf-8", "replace")


def _error(body: str) -> Any:
    """The `error` of a body; None where there is none."""
    try:
        return json.loads(body).get("error")
    except (ValueError, AttributeError, RecursionError):
        return None


def _words(body: str) -> str:
    """The message of an error body as it is; empty where there is none."""
    error = _error(body)
    message = error.get("message") if isinstance(error, dict) else error
    return message[:LONGEST_READ] if isinstance(message, str) else ""


def _quoted(body: str) -> str:
    """The message of an error body in quotes, to be put behind a reason: cleaned, bounded, and without keys."""
    words = clean(_words(body))
    return f': "{words}"' if words else ""


def _metadata(body: str) -> dict[str, Any]:
    error = _error(body)
    metadata = error.get("metadata") if isinstance(error, dict) else None
    return metadata if isinstance(metadata, dict) else {}


def advised_reset(body: str) -> Any:
    """The X-RateLimit-Reset that a 429 may carry in its body instead of its headers, or None."""
    headers = _metadata(body).get("headers")
    return headers.get("X-RateLimit-Reset") if isinstance(headers, dict) else None
