"""Open the archive for a dry run: the real one for reading only, or an empty one in a temporary folder where none exists.

It must not create, change or remove anything of the configured archive.
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
    """Return the archive as a command with this access would find it, and what to call in the end.

    The errors are those of the command itself.
    """
    try:
        return open_workspace(config, clock, Access.READ), lambda: None
    except ArchiveMissing:
        if access is Access.READ or (access is Access.CREATE and marker.read(config.archive.root) is not None):
            raise
    folder = TemporaryDirectory(prefix="syncd-dry-run-")
    try:
        return open_workspace(_relocate(config, Path(folder.name), access), clock, access), folder.cleanup
    except BaseException:
        folder.cleanup()
        raise


def _relocate(config: Config, folder: Path, access: Access) -> Config:
    """Return the same configuration with everything that is written in `folder`.

    A root that holds digests stays, because a new archive is refused there before anything is written.
    """
    root = config.archive.root
    is_refused = access is Access.CREATE and root.is_dir() and any(Folder(root, config.archive.filename).days())
    archive = replace(config.archive, root=root if is_refused else folder / "archive", vault=None)
    return replace(config, archive=archive, database=replace(config.database, url=f"sqlite:///{folder / 'syncd.db'}"))
