"""The tables that syncd keeps for itself, with the prefix `syncd_`: the archive, findings, history, files and acceptances.

Those that only some commands ask for are in `daemon_tables`, `harvest_tables` and `ledger_tables`: to make one takes half a
millisecond. It must not hold a query. Findings, history and acceptances are never removed. The reference page says how long rows
of the other tables are kept.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Named,
    String,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
)

from syncd.archive.sql.column_types import PAPER_ID, SERIAL, Unsigned64, UtcDateTime
from syncd.archive.sql.schema import METADATA, check_one_of, check_sha256, check_single_row
from syncd.core.model import State

_ALL_OR_NONE = " AND ".join(f"({one} IS NULL) = (checked IS NULL)" for one in ("size", "mtime_ns", "ctime_ns", "inode"))


class _ArchiveColumns(TypedColumns):
    id: Named[int] = Column(primary_key=True, autoincrement=False, default=1)
    uuid: Named[str] = Column(String(36), comment="The same as in the marker of the folder.")
    category: Named[str] = Column(Text, comment="The category of arXiv.")
    created: Named[datetime] = Column(UtcDateTime, comment="UTC.")


ARCHIVE = Table(
    "syncd_archive", METADATA, _ArchiveColumns, check_single_row(), comment="The identity of the archive: one row."
)


class _FindingColumns(TypedColumns):
    day: Named[date] = Column(primary_key=True, comment="Listing date.")
    state: Named[str] = Column(String(16), comment="no-mailing, pending, partial, failed or conflict.")
    source: Named[str] = Column(Text, comment="Where the finding came from.")
    evidence: Named[str] = Column(Text, comment="How it is known, in words.")
    response: Named[str | None] = Column(String(64), comment="SHA-256 of the response in the vault behind it.")
    error: Named[str | None] = Column(Text, comment="Code of the error or guard behind it.")
    recorded: Named[datetime | None] = Column(UtcDateTime, comment="UTC.")


FINDING = Table(
    "syncd_finding",
    METADATA,
    _FindingColumns,
    check_one_of("state", (State.NO_MAILING, State.PENDING, State.PARTIAL, State.FAILED, State.CONFLICT)),
    comment="What was found out about a date besides a mailing. A date may have both.",
)


class _HistoryColumns(TypedColumns):
    id: Named[int] = Column(SERIAL, primary_key=True)
    day: Named[date] = Column(comment="Listing date.")
    recorded: Named[datetime] = Column(UtcDateTime, comment="UTC.")
    state: Named[str] = Column(String(16), comment="State of the date.")
    source: Named[str] = Column(Text, comment="As in mailing and syncd_finding.")
    evidence: Named[str] = Column(Text, comment="How it was known, in words.")
    response: Named[str | None] = Column(String(64), comment="SHA-256 of the response in the vault.")
    error: Named[str | None] = Column(Text, comment="Code of the error or guard behind a finding.")
    sha256: Named[str | None] = Column(String(64), comment="SHA-256 of the digest file, of a mailing.")
    papers: Named[int | None] = Column(comment="Number of entries of a mailing.")
    replica: Named[str | None] = Column(
        String(36),
        comment="The folder for which it was recorded, whose vault keeps the response. NULL where not known.",
    )


HISTORY = Table(
    "syncd_history",
    METADATA,
    _HistoryColumns,
    check_one_of("state", State),
    UniqueConstraint("day", "recorded", "state"),
    comment="Every record ever made of a date, mailings and findings. Rows are only added.",
)


class _AcceptedColumns(TypedColumns):
    fingerprint: Named[str] = Column(String(64), primary_key=True, comment="SHA-256 of the difference itself.")
    day: Named[date] = Column(comment="Listing date.")
    code: Named[str] = Column(Text, comment="Code of the difference.")
    paper_id: Named[str | None] = Column(PAPER_ID, comment="The paper, NULL where it concerns the whole mailing.")
    field: Named[str | None] = Column(Text, comment="title, abstract or section.")
    ours: Named[str | None] = Column(Text, comment="The value in this archive.")
    theirs: Named[str | None] = Column(Text, comment="The value upstream.")
    note: Named[str] = Column(Text, comment="Why a person accepted it.")
    recorded: Named[datetime] = Column(UtcDateTime, comment="UTC.")


ACCEPTED = Table(
    "syncd_accepted",
    METADATA,
    _AcceptedColumns,
    check_sha256("fingerprint"),
    Index(None, "day"),
    comment="A difference that a person has accepted.",
)


class _ReplicaColumns(TypedColumns):
    id: Named[str] = Column(String(36), primary_key=True)
    host: Named[str] = Column(Text, comment="Name of its machine.")
    root: Named[str] = Column(Text, comment="Path of the folder there.")
    created: Named[datetime] = Column(UtcDateTime, comment="UTC.")


REPLICA = Table(
    "syncd_replica", METADATA, _ReplicaColumns, comment="A folder of digest files. Several hosts may share a database."
)


class _ReplicaFileColumns(TypedColumns):
    replica: Named[str] = Column(String(36), ForeignKey("syncd_replica.id"), primary_key=True)
    day: Named[date] = Column(primary_key=True, comment="Listing date.")
    agreed: Named[str | None] = Column(String(64), comment="SHA-256 on which file and row last agreed.")
    size: Named[int | None] = Column(BigInteger, comment="Bytes.")
    mtime_ns: Named[int | None] = Column(BigInteger)
    ctime_ns: Named[int | None] = Column(BigInteger)
    inode: Named[int | None] = Column(Unsigned64)
    checked: Named[datetime | None] = Column(UtcDateTime, comment="When the file was last read (UTC).")


REPLICA_FILE = Table(
    "syncd_replica_file",
    METADATA,
    _ReplicaFileColumns,
    check_sha256("agreed"),
    CheckConstraint(_ALL_OR_NONE, name="stat"),
    comment="A digest file of a folder, with its stat when it was last read.",
)
