"""The Retry-After header, read as a span of time; what is done about it is not decided here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECONDS = re.compile(r"\s*(\d{1,18})(?:\.(\d+))?\s*", re.ASCII)
_LONGEST = timedelta(days=365 * 1000)
"""More than this is this: no calendar of ours reaches further, and the rest stays longer than anybody waits."""


def read_retry_after(values: Sequence[str], date: str | None, received: datetime) -> timedelta | None:
    """How long an answer asks to be left alone; None when it does not say, or not in a way that can be read.

    `values` are its Retry-After headers, of which the longest counts. A date is measured against `date`, the answer's own
    Date header, and against `received` only where that is missing or unreadable. A date in the past gives zero.
    """
    spans = [span for value in values if (span := _span(value, _moment(date or "") or received)) is not None]
    return max(spans, default=None)


def _span(value: str, origin: datetime) -> timedelta | None:
    seconds = _SECONDS.fullmatch(value)
    if seconds is not None:
        return min(timedelta(seconds=min(int(seconds[1]), 10**11) + (seconds[2] is not None)), _LONGEST)
    moment = _moment(value)
    return None if moment is None else max(moment - origin, timedelta(0))


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
