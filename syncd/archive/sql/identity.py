"""Statements about the archive as a whole: what it is, and how much it holds. No transaction begins or ends here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from syncd.archive.sql.tables import ArchiveRow, EntryRow, FindingRow, MailingRow, PaperRow, VersionRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Identity:
    """What the archive is: the UUID that the marker of the folder repeats, its category, its time of creation (UTC)."""

    uuid: str
    category: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each the database holds."""

    mailings: int
    entries: int
    findings: int
    papers: int
    versions: int


def get(connection: Connection) -> Identity | None:
    """Return what this archive is. None before `create`."""
    row = connection.execute(select(ArchiveRow.uuid, ArchiveRow.category, ArchiveRow.created)).one_or_none()
    return None if row is None else Identity(*row)


def create(connection: Connection, identity: Identity) -> None:
    """Record what this archive is. A second time is an IntegrityError."""
    values = {"id": 1, "uuid": identity.uuid, "category": identity.category, "created": identity.created}
    connection.execute(insert(ArchiveRow), values)


def count(connection: Connection) -> Counts:
    """Return how much is held, in one statement."""
    tables = (MailingRow, EntryRow, FindingRow, PaperRow, VersionRow)
    counts = (select(func.count()).select_from(table).scalar_subquery() for table in tables)
    return Counts(*connection.execute(select(*counts)).one())
