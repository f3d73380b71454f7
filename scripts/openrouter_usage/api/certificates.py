"""What is trusted of TLS: the certificates that the user names, or those that come with `requests`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from openrouter_usage.errors import Unreachable

if TYPE_CHECKING:
    import ssl

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""The variables that name trusted certificates in the place of those that come with `requests`; the first counts.

`requests` reads the first two by itself, and OpenSSL and most programs the third.
"""


def named(environ: Mapping[str, str]) -> tuple[str, str]:
    """Returns the variable that names the trusted certificates, and their path; both are empty where none does."""
    return next(((name, environ[name]) for name in VARIABLES if environ.get(name)), ("", ""))


def context() -> ssl.SSLContext:
    """urllib3's own kind of TLS context, trusting the certificates that a variable names, or those of `requests`.

    Raises Unreachable where a file cannot be used, and ImportError without `requests`.
    """
    from urllib3.util.ssl_ import create_urllib3_context

    variable, path = named(os.environ)
    try:
        made = create_urllib3_context()
    except OSError:
        raise _unusable("SSLKEYLOGFILE") from None
    if not path:
        from certifi import where  # which `requests` asks, too

        path = where()
    try:
        made.load_verify_locations(**{"capath" if os.path.isdir(path) else "cafile": path})
    except OSError:  # an SSLError is one, too
        raise _unusable(variable) from None
    return made


def _unusable(variable: str) -> Unreachable:
    """The failure of a file for TLS that cannot be used; the variable that names it, empty for that of `requests`."""
    if not variable:
        return Unreachable("the certificates of the package `requests` cannot be read", "install it anew")
    return Unreachable(f"the file that {variable} names cannot be used", f"correct the path, or unset {variable}")
