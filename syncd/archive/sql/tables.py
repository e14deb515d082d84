"""The tables of the archive's database, as SQLAlchemy types.

It must not hold a query. Texts are `Text`, hashes lower-case hex, times UTC. A change here needs a migration in
`alembic/versions`, and a test proves that the two are equal.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from syncd.archive.sql.column_types import PAPER_ID, Unsigned64, UtcDateTime
from syncd.core.model import Certainty, Section, State

if TYPE_CHECKING:
    from collections.abc import Iterable

# Alembic finds a constraint by its name, so each must have one on every database.
_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of all tables: the names of constraints, and the column type of each Python type."""

    metadata = MetaData(naming_convention=_CONVENTION)
    type_annotation_map = {str: Text, datetime: UtcDateTime}  # noqa: RUF012  SQLAlchemy's own name and shape


def _one_of(column: str, values: Iterable[str], name: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


def _sha256(column: str) -> CheckConstraint:
    return CheckConstraint(f"length({column}) = 64", name=f"{column}_length")


_ALL_OR_NONE = " AND ".join(f"({one} IS NULL) = (checked IS NULL)" for one in ("size", "mtime_ns", "ctime_ns", "inode"))


class ArchiveRow(Base):
    """The identity of the archive: one row. The marker in the folder has the same UUID."""

    __tablename__ = "archive"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    uuid: Mapped[str] = mapped_column(String(36))
    category: Mapped[str]
    created: Mapped[datetime]


class MailingRow(Base):
    """The record of a mailing, without its entries. `new` and `cross` are null where the sections are not certain."""

    __tablename__ = "mailing"
    __table_args__ = (
        _one_of("state", (State.COMPLETE, State.ADOPTED, State.RECONSTRUCTED), "state"),
        _sha256("sha256"),
        CheckConstraint("tail >= 0", name="tail"),
        CheckConstraint("papers >= 0", name="papers"),
        CheckConstraint('"new" + "cross" = papers', name="sections"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    source: Mapped[str]
    evidence: Mapped[str]
    response: Mapped[str | None] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    tail: Mapped[int]
    papers: Mapped[int]
    new: Mapped[int | None]
    cross: Mapped[int | None]
    recorded: Mapped[datetime]


class EntryRow(Base):
    """A paper in a mailing, with the text it was announced with. `version` is null where it is not known."""

    __tablename__ = "entry"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("version >= 1", name="version"),
        _one_of("section", (Section.NEW, Section.CROSS), "section"),
        _one_of("placed", Certainty, "placed"),
        UniqueConstraint("day", "paper_id"),
        Index(None, "paper_id"),
    )

    day: Mapped[date] = mapped_column(ForeignKey("mailing.day"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    paper_id: Mapped[str] = mapped_column(PAPER_ID)
    section: Mapped[str | None] = mapped_column(String(8))
    title: Mapped[str]
    abstract: Mapped[str]
    version: Mapped[int | None]
    placed: Mapped[str] = mapped_column(String(16))


class FindingRow(Base):
    """What was found out about a date besides a mailing. A date may have both (a conflict, a page that shrank)."""

    __tablename__ = "finding"
    __table_args__ = (
        _one_of("state", (State.NO_MAILING, State.PENDING, State.PARTIAL, State.FAILED, State.CONFLICT), "state"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    source: Mapped[str]
    evidence: Mapped[str]
    response: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None]
    recorded: Mapped[datetime | None]


class HistoryRow(Base):
    """Every record ever made of a date, mailings and findings, in the order they were made. Rows are only added.

    `replica` is the folder for which it was recorded, whose vault keeps the response. It is null where that is not known.
    """

    __tablename__ = "history"
    __table_args__ = (_one_of("state", State, "state"), UniqueConstraint("day", "recorded", "state"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    day: Mapped[date]
    recorded: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    source: Mapped[str]
    evidence: Mapped[str]
    response: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    papers: Mapped[int | None]
    replica: Mapped[str | None] = mapped_column(String(36))


class PaperRow(Base):
    """The current metadata of a paper, apart from what was announced. `title` and `abstract` are canonical HTML.

    The raw texts are those of the author. `version` is the number of the newest version, `datestamp` OAI's day of last
    modification.
    """

    __tablename__ = "paper"
    __table_args__ = (CheckConstraint("version >= 1", name="version"), Index(None, "datestamp"))

    id: Mapped[str] = mapped_column(PAPER_ID, primary_key=True)
    title: Mapped[str]
    abstract: Mapped[str]
    raw_title: Mapped[str]
    raw_abstract: Mapped[str]
    categories: Mapped[str]
    version: Mapped[int]
    datestamp: Mapped[date | None]
    source: Mapped[str]
    seen: Mapped[datetime]


class VersionRow(Base):
    """One version of a paper. Its texts are canonical HTML, and null until that version was fetched."""

    __tablename__ = "version"
    __table_args__ = (CheckConstraint("number >= 1", name="number"),)

    paper_id: Mapped[str] = mapped_column(PAPER_ID, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    created: Mapped[datetime]
    withdrawn: Mapped[bool]
    title: Mapped[str | None]
    abstract: Mapped[str | None]


class AcceptedRow(Base):
    """A difference that a person has accepted, with a note. `fingerprint` is the hash of the difference itself."""

    __tablename__ = "accepted"
    __table_args__ = (_sha256("fingerprint"), Index(None, "day"))

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date]
    code: Mapped[str]
    paper_id: Mapped[str | None] = mapped_column(PAPER_ID)
    field: Mapped[str | None]
    ours: Mapped[str | None]
    theirs: Mapped[str | None]
    note: Mapped[str]
    recorded: Mapped[datetime]


class ReplicaRow(Base):
    """A folder of digest files. Several hosts may share a database."""

    __tablename__ = "replica"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    host: Mapped[str]
    root: Mapped[str]
    created: Mapped[datetime]


class ReplicaFileRow(Base):
    """A digest file of a replica: the hash on which file and row last agreed, and its stat when it was last read."""

    __tablename__ = "replica_file"
    __table_args__ = (_sha256("agreed"), CheckConstraint(_ALL_OR_NONE, name="stat"))

    replica: Mapped[str] = mapped_column(ForeignKey("replica.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    agreed: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None] = mapped_column(BigInteger)
    mtime_ns: Mapped[int | None] = mapped_column(BigInteger)
    ctime_ns: Mapped[int | None] = mapped_column(BigInteger)
    inode: Mapped[int | None] = mapped_column(Unsigned64)
    checked: Mapped[datetime | None]


class MemoryRow(Base):
    """What the daemons of all hosts did last, as one of them recorded it (JSON): one row."""

    __tablename__ = "memory"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    content: Mapped[str]


class ReportedProblemRow(Base):
    """A problem of the archive that was reported to the hooks, and whose end was not."""

    __tablename__ = "reported_problem"

    code: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    message: Mapped[str]
    help: Mapped[str]


class NoteRow(Base):
    """An event that was not reported to the hooks yet.

    The subject of the event `new` is a listing date. It has no code and no message.
    """

    __tablename__ = "note"
    __table_args__ = (_one_of("event", ("new", "problem", "recovered"), "event"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    event: Mapped[str] = mapped_column(String(16))
    code: Mapped[str]
    subject: Mapped[str]
    message: Mapped[str]
    help: Mapped[str]


class PublishedRow(Base):
    """The position of a mailing in the order of commits, with the hash of its bytes then. Rows are only added at the end."""

    __tablename__ = "published"
    __table_args__ = (CheckConstraint("ordinal >= 1", name="ordinal"), _sha256("sha256"))

    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date]
    sha256: Mapped[str] = mapped_column(String(64))


class PoolRow(Base):
    """Politeness ledger: the next moment at which a pool (`api`, `pages`) may send."""

    __tablename__ = "pool"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    next_allowed: Mapped[datetime]


class RestRow(Base):
    """Politeness ledger: a paused host. `until` ends its cooldown, and is null after a 403, until a person releases it."""

    __tablename__ = "rest"
    __table_args__ = (CheckConstraint("strikes >= 0", name="strikes"),)

    host: Mapped[str] = mapped_column(String(255), primary_key=True)
    until: Mapped[datetime | None]
    status: Mapped[int | None]
    strikes: Mapped[int]
    since: Mapped[datetime]
    reason: Mapped[str]


class RequestRow(Base):
    """Politeness ledger: a request that was sent. `ended` and `status` are null during the request, or if it was cut off."""

    __tablename__ = "request"
    __table_args__ = (Index(None, "host", "started"), Index(None, "started"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    started: Mapped[datetime]
    ended: Mapped[datetime | None]
    host: Mapped[str] = mapped_column(String(255))
    pool: Mapped[str]
    url: Mapped[str]
    status: Mapped[int | None]
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    pid: Mapped[int]
    outcome: Mapped[str | None]


class HarvestRow(Base):
    """The progress of a bulk harvest: one row for each slice. `token` asks for the next page, and commits with the items before.

    `reached` is the newest datestamp of the last page, null where the pages did not come in the order of their datestamps.
    """

    __tablename__ = "harvest"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    first_from: Mapped[date]
    until: Mapped[date | None]
    token: Mapped[str | None]
    reached: Mapped[date | None]
    pages: Mapped[int]
    records: Mapped[int]
    updated: Mapped[datetime]
    done: Mapped[bool]
