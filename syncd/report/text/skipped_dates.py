"""Show the dates with nothing to examine in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.printable import printable
from syncd.report.terminal import list_dates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from syncd.core.results import SkippedDate

_REASONS = 4
"""At most this many reasons are shown. JSON has all."""


def list_skipped(skipped: Iterable[SkippedDate]) -> Iterator[str]:
    """Yield one line with the dates by reason, nothing without any."""
    reasons: dict[str, list[date]] = {}
    for one in skipped:
        reasons.setdefault(printable(one.why), []).append(one.day)
    shown = [f"{list_dates(days)}: {why}" for why, days in list(reasons.items())[:_REASONS]]
    if shown:
        more = f"; and {len(reasons) - _REASONS} other reasons" if len(reasons) > _REASONS else ""
        yield f"nothing to examine on {'; '.join(shown)}{more}"
