"""The hash by which the bytes of digests are compared."""

from __future__ import annotations

import hashlib


def sha256(data: bytes) -> str:
    """The hash by which bytes are compared here: SHA-256, lower-case hex."""
    return hashlib.sha256(data).hexdigest()
