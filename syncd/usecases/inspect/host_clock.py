"""Compare this host's clock with the dates of arXiv's responses, which the vault keeps. Nothing is asked of arXiv."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from syncd.core.errors import READING_ERRORS, FolderError
from syncd.core.plural import pluralize
from syncd.core.troubles import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncd.core.model import Receipt
    from syncd.usecases.workspace import Workspace

CLOCK = "host-clock"
"""The code of a clock that differs from that of arXiv."""
TOLERATED = timedelta(minutes=15)
"""A smaller difference is no trouble: polls are a quarter of an hour apart."""
_LOOKED_AT = 50
"""The newest receipts among which a dated response is looked for. Those of files that were adopted have no date."""
_HELP = "timedatectl set-ntp true, or set the clock; then: syncd doctor"


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


def find_clock_trouble(work: Workspace) -> tuple[Trouble, ...]:
    """Return the trouble that this host's clock is, or was at the last dated response, far from arXiv's. Nothing if not.

    A clock that is frozen for a rehearsal is compared with nothing.
    """
    now = work.wall()
    if abs(work.now() - now) > TOLERATED:
        return ()
    try:
        newest, last = _find_dated(work, None), _find_dated(work, now)
    except FolderError:
        return ()  # the check names what is wrong with the vault
    # A receipt of the future is from a clock that was ahead then, unless arXiv's own date is in the future as well.
    if newest is not None and (behind := newest[0].received - newest[1] - now) > TOLERATED:
        words = f"this host's clock is at least {_format_span(behind)} behind arXiv's"
        return (_describe(words, f"it says {_format(now)}", newest),)
    if last is None or abs(last[1]) <= TOLERATED:
        return ()
    side = "ahead of" if last[1] > timedelta(0) else "behind"
    words = f"this host's clock was {_format_span(abs(last[1]))} {side} arXiv's at the last response"
    return (_describe(words, f"it said {_format(last[0].received)}", last),)


def _describe(words: str, clock: str, dated: tuple[Receipt, timedelta]) -> Trouble:
    receipt, gap = dated
    message = f"{words}: {clock}, the response was dated {_format(receipt.received - gap)}"
    return Trouble(CLOCK, "", message, _HELP, is_of_host=True, since=None)


def _find_dated(work: Workspace, until: datetime | None) -> tuple[Receipt, timedelta] | None:
    """Return the newest response with a date among those received until then, and how far the clock was ahead."""
    return next(_measure_all(islice(work.vault.newest_receipts(until), _LOOKED_AT)), None)


def _measure_all(receipts: Iterable[Receipt]) -> Iterator[tuple[Receipt, timedelta]]:
    for receipt in receipts:
        gap = measure_gap(receipt.headers, receipt.received)
        if gap is not None:
            yield receipt, gap


def _format(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _format_span(span: timedelta) -> str:
    """Return a span in its largest unit, rounded down."""
    minutes = int(span.total_seconds()) // 60
    for unit, length in (("day", 1440), ("hour", 60)):
        if minutes >= 2 * length:
            return pluralize(minutes // length, unit)
    return pluralize(minutes, "minute")
