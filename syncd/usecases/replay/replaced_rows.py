"""Write restored rows over those that are gone, damaged or older. What the present rows hold is kept aside first."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.model import State
from syncd.usecases.reconcile.write import PAGE, keep_aside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.archive.sql.mailings import MailingRecord
    from syncd.usecases.workspace import Workspace


def write_rows(work: Workspace, records: Iterable[MailingRecord]) -> None:
    """Write the records in their order, a page under each lock. A day whose rows are there has no open finding any more."""
    for page in _split(records):
        with work.write_lock():
            keep_replaced_rows(work, page)
            work.store.put_mailings(page)
            work.steps("row")
            for row, _ in page:
                found = work.store.finding(row.day)
                if found is not None and found.state is not State.CONFLICT:
                    work.store.drop_finding(row.day)


def _split(records: Iterable[MailingRecord]) -> Iterator[list[MailingRecord]]:
    """Yield the records in pages that name each day once at most, so that every record comes into the history."""
    page: list[MailingRecord] = []
    days: set[date] = set()
    for record in records:
        if len(page) == PAGE or record[0].day in days:
            yield page
            page, days = [], set()
        page.append(record)
        days.add(record[0].day)
    if page:
        yield page


def keep_replaced_rows(work: Workspace, page: Sequence[MailingRecord]) -> None:
    """Keep in the vault what the present rows render to, where they render at all and differ from what replaces them."""
    for row, _ in page:
        with suppress(
            ValueError, TypeError, AttributeError
        ):  # damaged rows that cannot be rendered leave nothing to keep
            held = work.store.digest(row.day)
            if held is not None and held.entries and sha256(digests.render(held)) != row.sha256:
                keep_aside(work, work.folder.path_of(row.day), digests.render(held))
