"""What the clock of a server said when it answered, by the headers of its response, beside what this machine's clock said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from syncd.core.errors import READING_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterable


def measure_gap(headers: Iterable[tuple[str, str]], received: datetime) -> timedelta | None:
    """Return how far a clock that said `received` (aware) is ahead of the server's. None when the response has no date.

    `headers` have names in lower case. A response out of a cache is as old as its Age header says.
    """
    known = dict(headers)
    if "date" not in known:
        return None
    from email.utils import parsedate_to_datetime

    try:
        dated = parsedate_to_datetime(known["date"])
        age = known.get("age", "")
        cached = timedelta(seconds=int(age) if age.isdecimal() else 0)
        return received - (dated if dated.tzinfo is not None else dated.replace(tzinfo=UTC)) - cached
    except READING_ERRORS:
        return None
