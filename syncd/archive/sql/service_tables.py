"""The tables that syncd keeps for itself, with the prefix `syncd_`: findings, history, files, events, and the politeness ledger.

It must not hold a query. Findings, history and acceptances are never removed. The reference page says how long rows of the
other tables are kept.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Named,
    String,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
)

from syncd.archive.sql.column_types import PAPER_ID, Unsigned64, UtcDateTime
from syncd.archive.sql.schema import METADATA, check_at_least, check_one_of, check_sha256, check_single_row
from syncd.core.model import State

_SERIAL = BigInteger().with_variant(Integer, "sqlite")
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
    id: Named[int] = Column(_SERIAL, primary_key=True)
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


class _MemoryColumns(TypedColumns):
    id: Named[int] = Column(primary_key=True, autoincrement=False, default=1)
    content: Named[str] = Column(Text, comment="JSON.")


MEMORY = Table(
    "syncd_memory",
    METADATA,
    _MemoryColumns,
    check_single_row(),
    comment="What the daemons of all hosts did last: one row.",
)


class _ReportedProblemColumns(TypedColumns):
    code: Named[str] = Column(Text, primary_key=True)
    subject: Named[str] = Column(Text, primary_key=True)
    message: Named[str] = Column(Text)
    help: Named[str] = Column(Text)
    since: Named[datetime | None] = Column(UtcDateTime, comment="When it was found (UTC).")
    number: Named[int | None] = Column(comment="Number of dates that it concerns.")


REPORTED_PROBLEM = Table(
    "syncd_reported_problem",
    METADATA,
    _ReportedProblemColumns,
    comment="A problem that was reported to the hooks, and whose end was not.",
)


class _AcknowledgedColumns(TypedColumns):
    code: Named[str] = Column(Text, primary_key=True)
    subject: Named[str] = Column(Text, primary_key=True)
    replica: Named[str] = Column(
        String(36), primary_key=True, comment="The folder that has the problem. Empty where it is one of the archive."
    )
    message: Named[str] = Column(Text, comment="What was known of it then.")
    number: Named[int] = Column(comment="Number of dates that it concerned then.")
    person: Named[str] = Column(Text, comment="Who has seen it: user@host.")
    note: Named[str] = Column(Text, comment="What the person said.")
    recorded: Named[datetime] = Column(UtcDateTime, comment="UTC.")


ACKNOWLEDGED = Table(
    "syncd_acknowledged",
    METADATA,
    _AcknowledgedColumns,
    check_at_least("number", 1),
    comment="A problem that a person has seen. Its row goes when the problem ends or changes.",
)


class _EventColumns(TypedColumns):
    id: Named[int] = Column(_SERIAL, primary_key=True)
    event: Named[str] = Column(String(16), comment="new, match, problem or recovered.")
    code: Named[str] = Column(
        Text, comment="Of a match the saved search. Of a new mailing 'matched' once the saved searches were asked."
    )
    subject: Named[str] = Column(Text, comment="Listing date of the events new and match.")
    message: Named[str] = Column(Text, comment="Of a match the query.")
    help: Named[str] = Column(Text)
    since: Named[datetime | None] = Column(UtcDateTime, comment="When the problem was found (UTC).")


EVENT = Table(
    "syncd_event",
    METADATA,
    _EventColumns,
    check_one_of("event", ("new", "match", "problem", "recovered")),
    comment="An event that was not reported to the hooks yet. Its row goes with the report.",
)


class _PublishedColumns(TypedColumns):
    ordinal: Named[int] = Column(primary_key=True, autoincrement=False, comment="Position in the order of commits.")
    day: Named[date] = Column(comment="Listing date.")
    sha256: Named[str] = Column(String(64), comment="SHA-256 of the digest file then.")


PUBLISHED = Table(
    "syncd_published",
    METADATA,
    _PublishedColumns,
    check_at_least("ordinal", 1),
    check_sha256("sha256"),
    comment="The order in which mailings are published. Rows are only added at the end.",
)


class _PoolColumns(TypedColumns):
    name: Named[str] = Column(String(32), primary_key=True)
    next_allowed: Named[datetime] = Column(UtcDateTime, comment="UTC.")


POOL = Table("syncd_pool", METADATA, _PoolColumns, comment="Politeness ledger: when a pool may send next.")


class _RestColumns(TypedColumns):
    host: Named[str] = Column(String(255), primary_key=True)
    until: Named[datetime | None] = Column(
        UtcDateTime,
        comment="End of the cooldown (UTC). NULL where only a person ends it: after a 403, or a wish for more than 7 days.",
    )
    status: Named[int | None] = Column(comment="HTTP status behind it.")
    strikes: Named[int] = Column(comment="Cooldowns since the last success.")
    since: Named[datetime] = Column(UtcDateTime, comment="UTC.")
    reason: Named[str] = Column(Text)


REST = Table(
    "syncd_rest", METADATA, _RestColumns, check_at_least("strikes", 0), comment="Politeness ledger: a paused host."
)


class _RequestColumns(TypedColumns):
    id: Named[int] = Column(_SERIAL, primary_key=True)
    started: Named[datetime] = Column(UtcDateTime, comment="UTC.")
    ended: Named[datetime | None] = Column(UtcDateTime, comment="UTC. NULL during the request, or if it was cut off.")
    host: Named[str] = Column(String(255))
    pool: Named[str] = Column(Text)
    url: Named[str] = Column(Text)
    status: Named[int | None] = Column(comment="HTTP status. NULL without an answer.")
    bytes: Named[int | None] = Column(BigInteger, comment="Size of the body as it came.")
    pid: Named[int] = Column(comment="Process that sent it.")
    outcome: Named[str | None] = Column(Text)
    machine: Named[str | None] = Column(Text, comment="Name of the machine of that process. NULL where not recorded.")
    received: Named[datetime | None] = Column(
        UtcDateTime,
        comment="When the answer began, by the clock of that machine (UTC). NULL where it had no date.",
    )
    dated: Named[datetime | None] = Column(
        UtcDateTime,
        comment="When it began by the clock of the server: its date and its age in a cache (UTC). NULL without a date.",
    )


REQUEST = Table(
    "syncd_request",
    METADATA,
    _RequestColumns,
    Index(None, "host", "started"),
    Index(None, "started"),
    comment="Politeness ledger: a request that was sent.",
)


class _HarvestColumns(TypedColumns):
    key: Named[str] = Column(String(255), primary_key=True)
    first_from: Named[date] = Column()
    until: Named[date | None] = Column()
    token: Named[str | None] = Column(Text, comment="Asks for the next page.")
    reached: Named[date | None] = Column(comment="Newest datestamp of the last page.")
    pages: Named[int] = Column()
    records: Named[int] = Column()
    updated: Named[datetime] = Column(UtcDateTime, comment="UTC.")
    done: Named[bool] = Column()


HARVEST = Table("syncd_harvest", METADATA, _HarvestColumns, comment="The progress of a harvest of bulk metadata.")


class _HarvestedPageColumns(TypedColumns):
    replica: Named[str] = Column(String(36), primary_key=True, comment="The folder whose vault keeps the response.")
    sha256: Named[str] = Column(String(64), primary_key=True, comment="SHA-256 of the response.")
    received: Named[datetime] = Column(UtcDateTime, comment="UTC.")
    modified_from: Named[date] = Column(comment="No record in it was modified before this day (UTC).")
    modified_until: Named[date] = Column(comment="No record in it was modified after this day (UTC).")


HARVESTED_PAGE = Table(
    "syncd_harvested_page",
    METADATA,
    _HarvestedPageColumns,
    check_sha256("sha256"),
    comment="A response of bulk metadata whose records are not in the tables yet. Its row goes when they are.",
)
