"""Statements about folders of digest files: on which hash file and row last agreed, and the stat of the file then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from syncd.archive.sql.service_tables import HISTORY, REPLICA, REPLICA_FILE
from syncd.archive.sql.statements import SINCE, UNTIL, upsert
from syncd.archive.sql.tables import MAILING
from syncd.core.model import FileStat
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

_ROW = REPLICA_FILE.c
_IS_WANTED = (_ROW.replica == bindparam("replica")) & _ROW.day.between(SINCE, UNTIL)
_AGREED = select(_ROW.day, _ROW.agreed).where(_IS_WANTED).order_by(_ROW.day)
_STATS = (
    select(_ROW.day, _ROW.checked, _ROW.size, _ROW.mtime_ns, _ROW.ctime_ns, _ROW.inode)
    .where(_IS_WANTED, _ROW.checked.is_not(None))
    .order_by(_ROW.day)
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement of file and row of `day` on the hash `sha256`. `stat` is that of the file, read at `checked` (UTC)."""

    day: date
    sha256: str
    stat: FileStat
    checked: datetime


@dataclass(frozen=True, slots=True)
class Keeper:
    """A folder for which a mailing was recorded, so that its vault keeps the response.

    `host` and `root` are None where the folder is no longer registered.
    """

    replica: str
    host: str | None
    root: str | None


def list_all(connection: Connection) -> tuple[Keeper, ...]:
    """Return every folder that belongs to the archive, by age."""
    rows = connection.execute(select(REPLICA.c.id, REPLICA.c.host, REPLICA.c.root).order_by(REPLICA.c.created))
    return tuple(Keeper(*row) for row in rows)


def put(connection: Connection, replica: str, values: tuple[str, str, datetime]) -> None:
    """Register a folder by its host, root and time of creation (UTC). Call it again when the folder moved."""
    host, root, created = values
    connection.execute(
        upsert(connection, REPLICA, "host", "root"), {"id": replica, "host": host, "root": root, "created": created}
    )


def record(connection: Connection, replica: str, agreements: Iterable[Agreement]) -> None:
    """Record agreements, in one statement."""
    values = [_to_row(replica, one) for one in agreements]
    if values:
        connection.execute(upsert(connection, REPLICA_FILE), values)


def list_agreed_hashes(connection: Connection, replica: str, since: date, until: date) -> dict[date, str]:
    """Return the hashes on which file and row last agreed, days ascending."""
    rows = connection.execute(_AGREED, {"replica": replica, "since": since, "until": until}).all()
    return {day: sha256 for day, sha256 in rows if sha256 is not None}


def list_file_stats(
    connection: Connection, replica: str, since: date, until: date
) -> dict[date, tuple[FileStat, datetime]]:
    """Return the stat of each file when it was last read, and when that was (UTC), days ascending.

    A stat that is not of numbers is none: the file is read again.
    """
    rows: Sequence[Any] = connection.execute(_STATS, {"replica": replica, "since": since, "until": until}).all()
    return {day: (FileStat(*stat), checked) for day, checked, *stat in rows if set(map(type, stat)) == {int}}


def list_keepers(connection: Connection, since: date, until: date) -> dict[date, tuple[Keeper | None, Keeper | None]]:
    """Return two replicas for each mailing of the range: the first that recorded it with its response, and the last.

    The first has the response in its vault. Each is None where that was not recorded.
    """
    is_it = (MAILING.c.day == HISTORY.c.day) & (MAILING.c.response.is_not_distinct_from(HISTORY.c.response))
    wanted = (
        select(HISTORY.c.day, HISTORY.c.replica, REPLICA.c.host, REPLICA.c.root)
        .join(MAILING, is_it)
        .outerjoin(REPLICA, REPLICA.c.id == HISTORY.c.replica)
        .where(HISTORY.c.day.between(since, until), HISTORY.c.sha256.is_not(None))
        .order_by(HISTORY.c.day, HISTORY.c.id)
    )
    found: dict[date, list[Keeper | None]] = {}
    for day, replica, host, root in connection.execute(wanted):
        found.setdefault(day, []).append(Keeper(replica, host, root) if replica else None)
    return {day: (each[0], each[-1]) for day, each in found.items()}


def _to_row(replica: str, agreement: Agreement) -> dict[str, object]:
    return {
        "replica": replica,
        "day": agreement.day,
        "agreed": agreement.sha256,
        "size": agreement.stat.size,
        "mtime_ns": agreement.stat.mtime_ns,
        "ctime_ns": agreement.stat.ctime_ns,
        "inode": agreement.stat.inode,
        "checked": agreement.checked,
    }
