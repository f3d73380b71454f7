"""Makes salted digests, by which secrets are known again without being kept."""


def salted(text: str, salt: bytes) -> bytes:
    """16 bytes that say nothing about the text (BLAKE2b, RFC 7693, with the salt as its key)."""
    try:
        from _blake2 import blake2b  # hashlib would load OpenSSL, which costs more than all the rest of remembering
    except ImportError:
        from hashlib import blake2b
    return blake2b(text.encode("utf-8", "surrogateescape"), key=salt, digest_size=16).digest()
