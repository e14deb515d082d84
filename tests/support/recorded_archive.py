"""An archive whose mailings came in every way there is, and ways to read, damage and lose it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.core import digest as digests
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.ingest import sync
from syncd.usecases.ingest.adopt import adopt
from syncd.usecases.progress import RunControl
from syncd.usecases.replay.replay import replay
from syncd.usecases.replay.verify import verify
from syncd.usecases.upstream import UpstreamAccess
from syncd.usecases.workspace import Access
from tests.support.compared_archive import DAYS, LAST
from tests.support.made_once import copy_made
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from syncd.core.model import Digest, Mailing
    from syncd.core.results import Comparison, Run


def copy_filled_in_every_way(folder: Path) -> None:
    """Write an archive with four mailings from metadata, one adopted, one adopted and then listed, and three listed."""
    copy_made(_fill_in_every_way, folder)


def _fill_in_every_way(folder: Path) -> None:
    with TemporaryDirectory(prefix="syncd-adopted-") as name, world(folder, noon(LAST)) as here:
        adopted = _write_adopted(Path(name))
        with here.open() as work:
            adopt(work, adopted)
            backfill(work, UpstreamAccess(here, here.upstream, RunControl()), BackfillRequest(DAYS[0], DAYS[3], "oai"))
            sync.sync(work, here.upstream, DAYS[5:])
        assert all(here.file(day).is_file() for day in DAYS)


def _write_adopted(folder: Path) -> list[Path]:
    """Write the files to adopt: as an archive of the time gave them, with a short tail and the text of that day."""
    files = []
    with world(folder / "other", noon(LAST)) as other, other.open() as work:
        sync.sync(work, other.upstream, DAYS)
        for day in DAYS[4:6]:
            held = work.store.digest(day)
            assert held is not None
            first, *others = held.entries
            held = replace(held, entries=(replace(first, abstract="As it read on that day."), *others))
            files.append(folder / f"{day}.txt")
            files[-1].write_bytes(digests.render(replace(held, tail=1)))
    return files


def read_files(here: World) -> dict[str, bytes]:
    """Return the bytes of every digest file by its path below the archive's root."""
    root = here.folder / "archive"
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.md"))}


def read_rows(here: World) -> dict[date, tuple[Mailing, Digest]]:
    """Return the rows of every mailing."""
    with here.open(Access.READ) as work:
        found = work.store.mailings()
        return {digest.day: (found[digest.day], digest) for digest in work.store.digests()}


def delete_database(here: World) -> None:
    """Delete the database, and keep files and vault."""
    for path in here.folder.glob("syncd.db*"):
        path.unlink()


def delete_all_but_vault(here: World) -> None:
    """Delete the database and the folder of digest files."""
    delete_database(here)
    shutil.rmtree(here.folder / "archive")


def delete_journal(here: World) -> None:
    """Leave a vault of the time before the journal was kept."""
    for path in (here.folder / "vault" / "receipts").rglob("*.json"):
        if '"placed"' in path.read_text(encoding="utf-8"):
            path.unlink()


def replay_days(here: World, days: Sequence[date] = (), *, dry_run: bool = False) -> Run:
    """Rebuild these dates (default: all)."""
    with here.open(Access.REBUILD) as work:
        return replay(work, days, dry_run=dry_run)


def execute(here: World, statement: str, **values: object) -> None:
    """Run an SQL statement in the archive's database."""
    with here.open() as work, work.database.write() as connection:
        connection.execute(sa.text(statement), values)


def verify_days(here: World, days: Sequence[date] = ()) -> Comparison:
    """Return what `replay --verify` finds on these dates (default: all)."""
    with here.open(Access.READ) as work:
        return verify(work, days)


def list_codes(found: Comparison) -> set[tuple[date, str]]:
    """Return the date and the code of every difference."""
    return {(change.day, change.code) for change in found.changes}
