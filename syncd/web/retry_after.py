"""The Retry-After header, read as a span of time.

It must not decide what is done about it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECONDS = re.compile(r"\s*(\d+)(?:\.(\d+))?\s*", re.ASCII)
_MOST_DIGITS = 10
_LONGEST = timedelta(days=365 * 100)
"""A longer span is cut to this one. No span is used that comes near it (`syncd.web.policy.LONGEST_COOLDOWN`)."""


def read_retry_after(values: Sequence[str], date: str | None, received: datetime) -> timedelta | None:
    """Return how long a response asks to be left alone. None when it does not say, or not in a readable way.

    `values` are its Retry-After headers, of which the longest counts. A date is measured against `date`, the response's
    own Date header, and against `received` only where that is missing or unreadable. A date in the past gives zero.
    Part of a second counts as a whole one.
    """
    origin = _parse_moment(date or "") or received
    spans = [span for value in values if (span := _parse_span(value, origin)) is not None]
    return max(spans, default=None)


def _parse_span(value: str, origin: datetime) -> timedelta | None:
    seconds = _SECONDS.fullmatch(value)
    if seconds is not None:
        digits = seconds[1].lstrip("0")
        if len(digits) > _MOST_DIGITS:
            return _LONGEST
        # Numbers are compared, not spans: many digits would overflow a timedelta.
        return timedelta(seconds=min(int(digits or "0") + (seconds[2] is not None), _LONGEST.total_seconds()))
    moment = _parse_moment(value)
    return None if moment is None else min(max(moment - origin, timedelta(0)), _LONGEST)


def _parse_moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
