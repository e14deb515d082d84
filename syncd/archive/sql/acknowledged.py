"""Statements about the troubles that a person has acknowledged. No transaction begins or ends here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.archive.sql.daemon_tables import ACKNOWLEDGED
from syncd.archive.sql.statements import upsert
from syncd.core.troubles import Acknowledgement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

SHARED = ""
"""Stands for a replica where a trouble is one of the archive, whichever host meets it."""
_TABLE = ACKNOWLEDGED.c
_OF_REPLICA = sa.select(
    *(_TABLE[n] for n in ("code", "subject", "message", "number", "person", "note", "recorded"))
).where(_TABLE.replica == sa.bindparam("of"))


def list_acknowledged(connection: Connection, replica: str) -> tuple[Acknowledgement, ...]:
    """Return what was acknowledged of the troubles of a replica, or of the archive."""
    return tuple(Acknowledgement(*row) for row in connection.execute(_OF_REPLICA, {"of": replica}))


def put(connection: Connection, replica: str, said: Iterable[Acknowledgement]) -> None:
    """Record these. A newer one of the same trouble replaces the older one."""
    values = [
        {
            "code": one.code,
            "subject": one.subject,
            "replica": replica,
            "message": one.message,
            "number": one.count,
            "person": one.person,
            "note": one.note,
            "recorded": one.recorded,
        }
        for one in said
    ]
    if values:
        connection.execute(upsert(connection, ACKNOWLEDGED), values)


def remove(connection: Connection, replica: str, code: str, subject: str) -> bool:
    """Remove one. Return False where it is gone already."""
    is_it = (_TABLE.replica == replica) & (_TABLE.code == code) & (_TABLE.subject == subject)
    return connection.execute(sa.delete(ACKNOWLEDGED).where(is_it)).rowcount > 0
