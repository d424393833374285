"""Random tokens, their hashes, comparison in constant time, and signatures that expire."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

TOKEN_BYTES = 32
SIGNATURE_BYTES = 32


def token() -> str:
    """Return 256 random bits as 43 characters that are safe in a URL, a header and a cookie."""
    return _text(os.urandom(TOKEN_BYTES))


def digest(secret: str) -> bytes:
    """Return what is stored of a token: its SHA-256. A token is random, so no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def is_equal(one: str | bytes, other: str | bytes) -> bool:
    """Compare two secrets in a time that does not tell where they differ."""
    left = one.encode() if isinstance(one, str) else one
    right = other.encode() if isinstance(other, str) else other
    return hmac.compare_digest(left, right)


def sign(key: bytes, subject: str, expires_at_ms: int) -> str:
    """Return a signature of `subject` (a path, an id) that holds until `expires_at_ms`."""
    return f"{expires_at_ms}.{_text(_mac(key, subject, expires_at_ms))}"


def is_signed(key: bytes, subject: str, signature: str, now_ms: int) -> bool:
    """Say whether `signature` was made by `sign` with this key and subject and still holds."""
    expiry, _, mac = signature.partition(".")
    if not (expiry.isascii() and expiry.isdigit() and len(expiry) <= 16):
        return False
    return is_equal(mac, _text(_mac(key, subject, int(expiry)))) and now_ms < int(expiry)


def hmac_hex(key: str | bytes, message: str) -> str:
    """Return HMAC-SHA-256 in hex, the form customers' servers make for a signed identity."""
    raw = key.encode() if isinstance(key, str) else key
    return hmac.new(raw, message.encode(), hashlib.sha256).hexdigest()


def _mac(key: bytes, subject: str, expires_at_ms: int) -> bytes:
    return hmac.new(key, f"{expires_at_ms}\n{subject}".encode(), hashlib.sha256).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
