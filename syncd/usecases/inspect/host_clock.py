"""Compare this host's clock with the dates of arXiv's responses. Nothing is asked of arXiv.

The vault keeps the responses that were accepted, the request log the dates of all. A clock that is far ahead asks for dates that
arXiv does not know yet, so that all its requests are refused.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from syncd.core.errors import ArchiveMissing, FolderError, LedgerError
from syncd.core.plural import pluralize
from syncd.core.server_date import measure_gap
from syncd.core.troubles import Trouble
from syncd.usecases.upstream import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncd.core.model import Receipt
    from syncd.usecases.workspace import Workspace

    Dated = tuple[datetime, timedelta]
    """When this host received a response by its clock (UTC), and how far that was ahead of the server's."""

CLOCK = "host-clock"
"""The code of a clock that differs from that of arXiv."""
TOLERATED = timedelta(minutes=15)
"""A smaller difference is no trouble: polls are a quarter of an hour apart."""
_LOOKED_AT = 50
"""The newest receipts among which a dated response is looked for. Those of files that were adopted have no date."""
_HELP = "timedatectl set-ntp true, or set the clock; then: syncd doctor"


def find_clock_trouble(work: Workspace) -> tuple[Trouble, ...]:
    """Return the trouble that this host's clock is, or was at the last dated response, far from arXiv's. Nothing if not.

    A clock that is frozen for a rehearsal is compared with nothing.
    """
    now = work.wall()
    if abs(work.now() - now) > TOLERATED:
        return ()
    try:
        newest = _find_newest(work, None)
        # Mostly nothing is of the future: what was received until now is the same then, and is not read again.
        last = _find_newest(work, now) if _is_after(work, newest, now) else newest
    except FolderError:
        return ()  # the check names what is wrong with the vault
    # A receipt of the future is from a clock that was ahead then, unless arXiv's own date is in the future as well.
    if newest is not None and (behind := newest[0] - newest[1] - now) > TOLERATED:
        words = f"this host's clock is at least {_format_span(behind)} behind arXiv's"
        return (_describe(words, f"it says {_format(now)}", newest),)
    if last is None or abs(last[1]) <= TOLERATED:
        return ()
    side = "ahead of" if last[1] > timedelta(0) else "behind"
    words = f"this host's clock was {_format_span(abs(last[1]))} {side} arXiv's at the last response"
    return (_describe(words, f"it said {_format(last[0])}", last),)


def _describe(words: str, clock: str, dated: Dated) -> Trouble:
    received, gap = dated
    message = f"{words}: {clock}, the response was dated {_format(received - gap)}"
    return Trouble(CLOCK, "", message, _HELP, is_of_host=True, since=None)


def _find_newest(work: Workspace, until: datetime | None) -> Dated | None:
    """Return the newest response with a date among those received until then."""
    kept = next(_measure_all(islice(work.vault.newest_receipts(until), _LOOKED_AT)), None)
    return max(filter(None, (kept, _find_logged(work, until))), default=None)


def _is_after(work: Workspace, newest: Dated | None, now: datetime) -> bool:
    """Return whether the newest response with a date, or without any the newest response, was received after `now`."""
    if newest is not None:
        return newest[0] > now
    return any(receipt.received > now for receipt in islice(work.vault.newest_receipts(), 1))


def _find_logged(work: Workspace, until: datetime | None) -> Dated | None:
    """Return the same of the responses that this host has logged."""
    try:
        with open_ledger(work) as ledger:
            logged = ledger.list_dated(os.uname().nodename, _LOOKED_AT)
    except (ArchiveMissing, LedgerError):
        return None  # the check names what is wrong with the ledger
    found = ((received, received - dated) for received, dated in logged if until is None or received <= until)
    return next(found, None)


def _measure_all(receipts: Iterable[Receipt]) -> Iterator[Dated]:
    for receipt in receipts:
        gap = measure_gap(receipt.headers, receipt.received)
        if gap is not None:
            yield receipt.received, gap


def _format(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _format_span(span: timedelta) -> str:
    """Return a span in its largest unit, rounded down."""
    minutes = int(span.total_seconds()) // 60
    for unit, length in (("day", 1440), ("hour", 60)):
        if minutes >= 2 * length:
            return pluralize(minutes // length, unit)
    return pluralize(minutes, "minute")
