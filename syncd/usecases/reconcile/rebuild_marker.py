"""Write the lost marker of a folder again, so that `repair` can bring its files back from the database.

A folder without its marker looks like a disk that is not mounted, so only a person's word comes here.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from syncd.archive.files import folder_tree, lock_holders, locks, marker, vault
from syncd.archive.files.digest_folder import Folder
from syncd.archive.sql import database
from syncd.archive.sql.store import Store
from syncd.config import mask_secrets
from syncd.core.errors import ArchiveMissing, MarkerLost
from syncd.core.results import DayOutcome, Done
from syncd.core.values import dataclass
from syncd.usecases.workspace import find_replica

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.archive.sql.database import Database
    from syncd.config import Config


@dataclass(frozen=True, slots=True)
class LostMarker:
    """A marker to write: of which archive, and of which of its folders. `files` are the digests that lie there no more."""

    marker: marker.Marker
    files: Sequence[DayOutcome]


def find_lost_marker(config: Config) -> LostMarker | None:
    """Return the marker that the folder has lost. None where it has one of this archive. Nothing changes.

    Raise ArchiveMissing where the database holds no archive, ArchiveGuard where the folder belongs to another one.
    """
    opened = database.open_database(config.database.url, create=False)
    try:
        return _find(config, opened)
    finally:
        opened.close()


def rebuild_marker(config: Config) -> None:
    """Write the marker that the folder has lost, and make the folder where it is missing. The bytes of a damaged one are kept.

    The errors are those of `find_lost_marker`. Nothing changes where the folder has its marker.
    """
    opened = database.open_database(config.database.url, create=False)
    try:
        root = config.archive.root
        with folder_tree.translate_errors(root):
            folder_tree.create_folder(root)
        with locks.write_lock(root, holder=lock_holders.describe_holder("syncd repair --rebuild", datetime.now(UTC))):
            lost = _find(config, opened)
            if lost is None:
                return
            damaged, now = marker.read_damaged(root), datetime.now(UTC)
            if damaged is not None:
                path = (root / marker.NAME).as_uri()
                kept = vault.open_vault(config.archive.vault)
                kept.put(kind="candidate", url=path, status=0, headers=(), body=damaged, received=now)
            # The row first: a kill before the marker leaves a folder that is refused, never one that the database does not know.
            Store(opened, str(lost.marker.replica)).put_replica(os.uname().nodename, str(root), now)
            marker.create(root, lost.marker, replaces=damaged is not None)
    finally:
        opened.close()


def _find(config: Config, opened: Database) -> LostMarker | None:
    store = Store(opened, "")
    identity, root = store.identity(), config.archive.root
    if identity is None:
        raise ArchiveMissing("the database holds no archive", path=mask_secrets(config.database.url))
    archive = UUID(identity.uuid)
    try:
        marker.require(root, archive)
    except MarkerLost:
        replica = find_replica(config, opened) or uuid4()
        return LostMarker(marker.Marker(archive, replica), _list_missing_files(config, store))
    return None


def _list_missing_files(config: Config, store: Store) -> list[DayOutcome]:
    """Return what is to be written: the digests that the database holds and the folder does not."""
    folder = Folder(config.archive.root, config.archive.filename)
    there = {day for day, _ in folder.days()} if folder.root.is_dir() else set()
    return [
        DayOutcome(day, row.state, Done.PLANNED, folder.path_of(day), row.papers, source=row.source)
        for day, row in store.mailings().items()
        if day not in there
    ]
