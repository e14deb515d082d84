"""What stands at the place of a SQLite database: nothing yet, the file of an archive, or what is none and is refused."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.archive.files import folder_tree
from syncd.archive.files.file_system import open_or_create
from syncd.core.errors import ArchiveMissing, DatabaseError
from syncd.core.plural import pluralize

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


def has_content(file: Path, name: str) -> bool:
    """Return whether there is a file that is not empty. Raise DatabaseError for what is no file, or may not be read.

    It is not opened: closing it would free its locks.
    """
    try:
        found = file.stat() if file.exists() else None
    except OSError as error:
        raise DatabaseError(error.strerror or str(error), path=name) from error
    if found is None:
        return False
    if not stat.S_ISREG(found.st_mode):
        detail = "it is not a regular file. Move what stands there away, then run the same command again"
        raise DatabaseError(detail, path=name)
    if not os.access(file, os.R_OK):
        detail = "it may not be read. Give the user who runs syncd the right to it (owner and mode)"
        raise DatabaseError(detail, path=name)
    return found.st_size > 0


def prepare_file(file: Path, name: str, *, create: bool) -> None:
    """Make an empty file with its mode where `create` is True and there is none, else raise ArchiveMissing for a missing one."""
    try:
        if create:
            folder_tree.create_folder(file.parent)
            # SQLite would leave the mode to the umask. One that is there is not opened: closing it would free its locks.
            if not os.path.lexists(file):
                os.close(open_or_create(file, os.O_RDONLY))
        elif not file.exists():
            raise ArchiveMissing("no such file", path=name)
    except OSError as error:
        raise DatabaseError(error.strerror or str(error), path=name) from error


def refuse_other_program(connection: Connection, name: str) -> None:
    """Raise DatabaseError about `name` where a SQLite file without a version of the schema has tables.

    Those of syncd would join them.
    """
    if connection.dialect.name == "sqlite" and (found := sa.inspect(connection).get_table_names()):
        detail = (
            f"another program made it, or it is damaged: it holds {pluralize(len(found), 'table')}, e.g. {found[0]:.40}, and no "
            "version of syncd's schema. Nothing was changed. Name another file in database.url, or move this one away"
        )
        raise DatabaseError(detail, path=name)
