"""The revision of the database's schema: which one this syncd knows, and how it is read.

It is read without Alembic, whose import takes longer than most commands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.archive.sql.sqlite_file import refuse_other_program
from syncd.core.errors import DatabaseError

if TYPE_CHECKING:
    from sqlalchemy import Connection

HEAD = "0001"
"""The schema of this syncd: the newest revision in `alembic/versions`. Revisions are four digits and ascend."""

VERSION_TABLE = "syncd_schema"
"""The table with the revision of the schema."""

_REVISION = re.compile(r"\d{4}", re.ASCII)
_UNRELEASED = "unreleased "
_OLD_VERSION_TABLE = "alembic_version"


def read_revision(connection: Connection, name: str) -> str | None:
    """Return the revision of the schema, None without any table of syncd. `name` is that of the database in errors.

    A schema from before the first release is `unreleased` and its revision. Raise DatabaseError where the revision is damaged,
    or the database is that of another program.
    """
    if sa.inspect(connection).has_table(VERSION_TABLE):
        found = _read_version(connection, VERSION_TABLE, name)
        # Tables without a revision are those of a row that was deleted by hand.
        if found is None and sa.inspect(connection).has_table("mailing"):
            raise DatabaseError(f"the table {VERSION_TABLE} has no row", path=name, is_damage=True)
        return found
    # Another program may keep its own tables and its own version in the same database of a server.
    if not all(sa.inspect(connection).has_table(name) for name in (_OLD_VERSION_TABLE, "mailing", "entry", "pool")):
        refuse_other_program(connection, name)
        return None
    found = _read_version(connection, _OLD_VERSION_TABLE, name)
    return None if found is None else f"{_UNRELEASED}{found}"


def _read_version(connection: Connection, table: str, name: str) -> str | None:
    found = connection.execute(sa.text(f"SELECT version_num FROM {table}")).scalars().all()  # noqa: S608  a constant
    if len(found) > 1 or any(_REVISION.fullmatch(str(one)) is None for one in found):
        rows = ", ".join(f"{one!r:.40}" for one in found[:3])
        raise DatabaseError(f"the table {table} holds no revision of the schema: {rows}", path=name, is_damage=True)
    return str(found[0]) if found else None


def is_unreleased(revision: str | None) -> bool:
    """Return whether a schema is from before the first release."""
    return revision is not None and revision.startswith(_UNRELEASED)


def refuse_newer(found: str | None, name: str) -> None:
    """Raise DatabaseError where a newer syncd made the schema."""
    if found is not None and found > HEAD and not is_unreleased(found):
        detail = f"schema {found} belongs to a newer syncd, and this one knows {HEAD}. Install the newer syncd again"
        raise DatabaseError(detail, path=name)
