"""An archive of nine mailings beside its loopback arXiv, ways to damage it, and the comparison of both."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from syncd.core.model import Digest, Entry, State
from syncd.usecases.compare.known_differences import set_accepted_aside
from syncd.usecases.compare.run import compare, gather
from syncd.usecases.compare.select import Selection
from syncd.usecases.compare.source_view import insert_entry
from syncd.usecases.progress import RunControl
from syncd.usecases.reconcile.write import Provenance, write_mailing
from syncd.usecases.upstream import UpstreamAccess
from tests.support.small_archive import World, noon, world
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syncd.core.model import PaperId
    from syncd.core.results import Comparison
    from syncd.rehearsal.history import Work

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
LAST = DAYS[-1]
BEYOND_REACH = timedelta(days=120)
"""After this time no listing page reaches the mailings any more."""


@contextmanager
def open_synced_world(folder: Path) -> Iterator[World]:
    """Open a world in which all nine mailings are held, at noon of the last one."""
    copy_synced_archive(folder)
    with world(folder, noon(LAST)) as made:
        yield made


def copy_synced_archive(folder: Path) -> None:
    """Write the files of an archive that holds all nine mailings."""
    copy_synced(folder, noon(LAST))


def access(here: World) -> UpstreamAccess:
    """Return the way to ask this world's arXiv."""
    return UpstreamAccess(here, here.upstream, RunControl())


def compare_days(here: World, *days: date, source: str = "auto", with_files: bool = False) -> Comparison:
    """Compare these dates (default: all nine) with a source."""
    selection = Selection(days or tuple(DAYS), source, with_files)
    with here.open() as work:
        return gather(set_accepted_aside(work, compare(work, access(here), selection)))


def keys(found: Comparison) -> list[tuple[date, str, str | None]]:
    """Return date, code and paper of every difference."""
    return [(change.day, change.code, change.id) for change in found.changes]


def new_papers(here: World, day: date) -> list[Work]:
    """Return the new submissions of a mailing."""
    return list(here.server.history.mailings[day, "cs.CV"].new)


def cross_lists(here: World, day: date) -> list[Work]:
    """Return the cross-lists of a mailing."""
    return list(here.server.history.mailings[day, "cs.CV"].cross)


def change_mailing(here: World, day: date, change: Callable[[Digest], Digest], state: State = State.COMPLETE) -> None:
    """Change file and rows of a mailing, as if it had been recorded so."""
    with here.open() as work:
        held = work.store.digest(day)
        assert held is not None
    here.file(day).unlink()
    delete_rows(here, day)
    with here.open() as work:
        outcome = write_mailing(work, change(held), Provenance(state, "catchup", "changed by a test", None))
    assert outcome.error is None


def without(paper: PaperId) -> Callable[[Digest], Digest]:
    """Return a change of a digest that leaves out a paper."""
    return lambda digest: replace(digest, entries=tuple(e for e in digest.entries if e.id != paper))


def with_entry(paper: PaperId, **more: object) -> Callable[[Digest], Digest]:
    """Return a change of a digest that sets fields of one entry."""

    def change(digest: Digest) -> Digest:
        entries = (replace(e, **more) if e.id == paper else e for e in digest.entries)  # type: ignore[arg-type]
        return replace(digest, entries=tuple(entries))

    return change


def move_paper(here: World, paper: PaperId, source: date, target: date) -> None:
    """Change the archive as if a paper of `source` had been recorded in the mailing of `target`."""
    with here.open() as work:
        held = work.store.digest(source)
    assert held is not None
    entry = next(entry for entry in held.entries if entry.id == paper)
    change_mailing(here, source, without(paper))
    change_mailing(here, target, lambda digest: insert_entry(digest, entry))


def delete_rows(here: World, day: date) -> None:
    """Delete the rows of a date."""
    with closing(sqlite3.connect(here.folder / "syncd.db")) as connection, connection:
        connection.execute("DELETE FROM entry WHERE day = ?", (str(day),))
        connection.execute("DELETE FROM mailing WHERE day = ?", (str(day),))


def as_adopted(digest: Digest) -> Digest:
    """Return the digest as an adopted file gives it: sections and versions unknown, one blank at the end."""
    entries = (Entry(entry.id, entry.title, entry.abstract) for entry in digest.entries)
    return replace(digest, entries=tuple(entries), tail=1)
