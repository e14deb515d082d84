"""Make an empty folder of another host part of an archive whose database is on a server. No other folder is touched.

A folder that was part of it before and is empty now looks like an unmounted disk, and is refused.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from syncd.archive.files import folder_tree, lock_holders, locks, marker
from syncd.archive.files.digest_folder import Folder
from syncd.archive.sql import database
from syncd.archive.sql.store import Store
from syncd.config import mask_secrets
from syncd.core.errors import ArchiveGuard, ArchiveMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncd.archive.sql.database import Database
    from syncd.config import Config


def join(config: Config) -> bool:
    """Mark the folder as one more of the archive. Return False when it is marked already. The next turn writes its files.

    Raise ArchiveMissing where the database holds no archive. Raise ArchiveGuard when the database is a file, when this host's
    folder was joined before, or when the folder holds digests.
    """
    return _open_unmarked(config, _join)


def may_join(config: Config) -> bool:
    """Return whether `join` would mark the folder, with the errors of `join`. Nothing changes."""
    return _open_unmarked(config, lambda config, opened: bool(_find_joinable(config, opened)))


def _open_unmarked(config: Config, do: Callable[[Config, Database], bool]) -> bool:
    if marker.read(config.archive.root) is not None:
        return False
    opened = database.open_database(config.database.url, create=False)
    try:
        return do(config, opened)
    finally:
        opened.close()


def _find_joinable(config: Config, opened: Database) -> str:
    """Return the UUID of the archive that the folder may become part of."""
    root, host = config.archive.root, os.uname().nodename
    identity = Store(opened, "").identity()
    if identity is None:
        raise ArchiveMissing("the database holds no archive to join", path=mask_secrets(config.database.url))
    if opened.file is not None:
        raise ArchiveGuard("only an archive on a server has more than one folder", path=str(root))
    if (host, str(root)) in {(one.host, one.root) for one in Store(opened, "").list_folders()}:
        raise ArchiveGuard(f"{host} has this folder already, and it is empty: is its disk mounted?", path=str(root))
    if root.is_dir() and any(Folder(root, config.archive.filename).days()):
        raise ArchiveGuard("digests lie in the folder; join with an empty one", path=str(root))
    return identity.uuid


def _join(config: Config, opened: Database) -> bool:
    root, host, uuid = config.archive.root, os.uname().nodename, _find_joinable(config, opened)
    with folder_tree.translate_errors(root):
        folder_tree.create_folder(root)
    with locks.write_lock(root, holder=lock_holders.describe_holder("syncd run --join", datetime.now(UTC))):
        made = marker.Marker(UUID(uuid), uuid4())
        # The row first: a kill before the marker leaves a folder that is refused, never one that the database does not know.
        Store(opened, str(made.replica)).put_replica(host, str(root), datetime.now(UTC))
        marker.create(root, made)
    return True
