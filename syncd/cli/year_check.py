"""Refuse to work at the end of time: Python has no times after 2262, and no calendar here goes beyond 2199."""

from __future__ import annotations

from time import time

_END = 7258118400
"""2200-01-01 00:00 UTC, in seconds since 1970."""


def require_known_year() -> None:
    """Raise ConfigError where the clock of this host says a year after 2199."""
    try:
        is_known = time() < _END
    except OverflowError:
        is_known = False
    if not is_known:
        from syncd.core.errors import ConfigError

        raise ConfigError("the clock of this host says a year after 2199; set it right, for example by timedatectl")
