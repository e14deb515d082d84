"""The archive that a dry run looks at: the real one, only read, or an empty one in a temporary folder where none exists.

It must not make, change or remove anything of the configured archive.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from syncd.archive.files import marker
from syncd.archive.files.digest_folder import Folder
from syncd.core.errors import ArchiveMissing
from syncd.usecases.workspace import Access, open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from syncd.config import Config
    from syncd.usecases.workspace import Workspace


def open_for_dry_run(
    config: Config, clock: Callable[[], datetime], access: Access
) -> tuple[Workspace, Callable[[], None]]:
    """The archive as a command with this access would find it, and what to call in the end.

    The errors are those that the command itself would end with.
    """
    try:
        return open_workspace(config, clock, Access.READ), _nothing
    except ArchiveMissing:
        if access is Access.READ or (access is Access.CREATE and marker.read(config.archive.root) is not None):
            raise
    room = TemporaryDirectory(prefix="syncd-dry-run-")
    try:
        return open_workspace(_moved(config, Path(room.name), access), clock, access), room.cleanup
    except BaseException:
        room.cleanup()
        raise


def _nothing() -> None:
    return None


def _moved(config: Config, room: Path, access: Access) -> Config:
    """The same configuration with everything that is written in `room`.

    A folder that holds digests is kept, as a new archive is refused there before anything is written.
    """
    root = config.archive.root
    refused = access is Access.CREATE and root.is_dir() and any(Folder(root, config.archive.filename).days())
    archive = replace(config.archive, root=root if refused else room / "archive", vault=None)
    return replace(config, archive=archive, database=replace(config.database, url=f"sqlite:///{room / 'syncd.db'}"))
