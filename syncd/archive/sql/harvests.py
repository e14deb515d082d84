"""Statements about the progress of a harvest of bulk metadata. No transaction begins here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, not_, select

from syncd.archive.sql.harvest_tables import HARVEST, HARVESTED_PAGE
from syncd.archive.sql.statements import upsert
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy import Connection

_HARVEST_OF = select(*HARVEST.c).where(HARVEST.c.key == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class Harvest:
    """The progress of a harvest: `token` asks for its next page, and is None before the first and after the last (`done`).

    `reached` is the newest datestamp so far, None where the pages did not come in the order of their datestamps.
    """

    key: str
    first_from: date
    until: date | None
    token: str | None
    reached: date | None
    pages: int
    records: int
    updated: datetime
    done: bool


@dataclass(frozen=True, slots=True)
class HarvestedPage:
    """A page of bulk metadata in the vault whose records are not in the tables yet. `received` is UTC.

    All of its records were modified on the days (UTC) from `modified_from` to `modified_until`.
    """

    sha256: str
    received: datetime
    modified_from: date
    modified_until: date


def put_harvest(connection: Connection, harvest: Harvest) -> None:
    """Record the progress of a harvest."""
    connection.execute(upsert(connection, HARVEST), {column.key: getattr(harvest, column.key) for column in HARVEST.c})


def get_harvest(connection: Connection, key: str) -> Harvest | None:
    """Return the progress of the harvest of that key. None when it never began."""
    row: Any = connection.execute(_HARVEST_OF, {"wanted": key}).one_or_none()
    return None if row is None else Harvest(*row)


def list_open_harvests(connection: Connection, prefix: str) -> list[Harvest]:
    """Return the harvests that are not done and whose key begins like this, by key."""
    row = HARVEST.c
    wanted = select(*row).where(row.key.startswith(prefix, autoescape=True), not_(row.done)).order_by(row.key)
    found: Any = connection.execute(wanted)
    return [Harvest(*one) for one in found]


def put_page(connection: Connection, replica: str, page: HarvestedPage) -> None:
    """Record that the vault of this folder has the page, and the tables do not have its records."""
    values = {
        "replica": replica,
        "sha256": page.sha256,
        "received": page.received,
        "modified_from": page.modified_from,
        "modified_until": page.modified_until,
    }
    connection.execute(upsert(connection, HARVESTED_PAGE), values)


def list_pages(connection: Connection, replica: str) -> list[HarvestedPage]:
    """Return the pages of this folder that are to be loaded, in the order in which they came."""
    row = HARVESTED_PAGE.c
    columns = (row.sha256, row.received, row.modified_from, row.modified_until)
    found: Any = connection.execute(select(*columns).where(row.replica == replica).order_by(row.received, row.sha256))
    return [HarvestedPage(*one) for one in found]


def remove_pages(connection: Connection, replica: str, pages: Iterable[str]) -> None:
    """Forget these pages, whose records are in the tables now."""
    row = HARVESTED_PAGE.c
    connection.execute(delete(HARVESTED_PAGE).where(row.replica == replica, row.sha256.in_(list(pages))))


def remove_harvests(connection: Connection) -> None:
    """Remove the progress of all harvests."""
    connection.execute(delete(HARVEST))
