"""The tables that people open: mailings, their entries, papers with all that is known of them, authors and categories.

It must not hold a query. The comments of tables and columns are part of the schema and of the reference page. A change here
needs a migration in `alembic/versions`, and a test proves that the two are equal.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Named,
    String,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
)

from syncd.archive.sql.column_types import PAPER_ID, UtcDateTime, UtcSecond
from syncd.archive.sql.schema import METADATA, check_at_least, check_one_of, check_sha256
from syncd.core.model import Certainty, Paragraphs, Section, State


class _MailingColumns(TypedColumns):
    day: Named[date] = Column(
        primary_key=True,
        comment="Date in the heading of arXiv's listing, which is the day after the announcement evening.",
    )
    state: Named[str] = Column(
        String(16),
        comment="complete: from a listing of that date. adopted: from a file that existed. reconstructed: from bulk metadata.",
    )
    source: Named[str] = Column(Text, comment="Where it came from: new, catchup, page, adopted, oai or snapshot.")
    evidence: Named[str] = Column(Text, comment="How its date is known, in words.")
    response: Named[str | None] = Column(
        String(64), comment="SHA-256 of the response in the vault behind it. NULL without one."
    )
    sha256: Named[str] = Column(String(64), comment="SHA-256 of the digest file.")
    tail: Named[int] = Column(comment="Number of blanks that end each abstract line of the file.")
    papers: Named[int] = Column(comment="Number of entries.")
    new_submissions: Named[int | None] = Column(
        comment="Entries of the section of new submissions. NULL where the sections are not certain."
    )
    cross_lists: Named[int | None] = Column(
        comment="Entries of the section of cross-lists. NULL where the sections are not certain."
    )
    recorded: Named[datetime] = Column(UtcDateTime, comment="When this was recorded (UTC).")
    rows_sha256: Named[str] = Column(
        String(64),
        comment="SHA-256 of this row and of its entries, all columns. Rows that were changed by hand break it.",
    )


MAILING = Table(
    "mailing",
    METADATA,
    _MailingColumns,
    check_one_of("state", (State.COMPLETE, State.ADOPTED, State.RECONSTRUCTED)),
    check_sha256("sha256"),
    check_sha256("rows_sha256"),
    check_at_least("tail", 0),
    check_at_least("papers", 0),
    CheckConstraint("new_submissions + cross_lists = papers", name="sections"),
    comment="One announcement of the category: one digest file.",
)


class _PaperTextColumns(TypedColumns):
    paper_id: Named[str] = Column(PAPER_ID, primary_key=True, comment="The paper.")
    number: Named[int] = Column(
        primary_key=True,
        autoincrement=False,
        comment="1, 2, … in the order in which syncd saw the texts. It is not the version.",
    )
    title: Named[str] = Column(Text, comment="Plain text. TeX is as the author wrote it.")
    abstract: Named[str] = Column(
        Text, comment="Plain text. Two blanks begin a paragraph. TeX is as the author wrote it."
    )
    title_html: Named[str | None] = Column(
        Text, comment="As in a digest file. NULL where it is title with & < > escaped."
    )
    has_markup: Named[bool] = Column(
        comment="Whether the abstract in a digest file has links, paragraphs or escaped characters."
    )
    abstract_html: Named[str | None] = Column(
        Text, comment="As in a digest file. NULL where it is abstract itself, or made from it by syncd's rules."
    )


PAPER_TEXT = Table(
    "paper_text",
    METADATA,
    _PaperTextColumns,
    check_at_least("number", 1),
    comment="A title with its abstract, stored once for each paper. Rows never change.",
)


_OR_EMPTY = "NULL where never stated, empty where there is none."


class _PaperColumns(TypedColumns):
    id: Named[str] = Column(PAPER_ID, primary_key=True, comment="arXiv id without version.")
    text_number: Named[int | None] = Column(
        comment="Its current text in paper_text. NULL where no source was asked for it."
    )
    categories: Named[str | None] = Column(
        Text, comment="Current categories as the source writes them, the primary first. NULL where never asked."
    )
    latest_version: Named[int | None] = Column(
        comment="Number of the newest version known. NULL where no source stated it."
    )
    last_modified: Named[date | None] = Column(
        comment="Day (UTC) on which arXiv last changed the record (OAI datestamp). NULL where not stated."
    )
    author_count: Named[int | None] = Column(
        comment="Number of its authors. NULL where never stated, 0 where stated that there is none."
    )
    submitter: Named[str | None] = Column(
        Text, comment="As stated. NULL where never stated, empty where stated that there is none."
    )
    comments: Named[str | None] = Column(
        Text, comment="Comments of the authors. NULL where never stated, empty where there are none."
    )
    journal_reference: Named[str | None] = Column(Text, comment=_OR_EMPTY)
    doi: Named[str | None] = Column(Text, comment=f"Of the publication. {_OR_EMPTY}")
    report_number: Named[str | None] = Column(Text, comment=_OR_EMPTY)
    msc_class: Named[str | None] = Column(Text, comment=f"Mathematics Subject Classification. {_OR_EMPTY}")
    acm_class: Named[str | None] = Column(Text, comment=_OR_EMPTY)
    licence: Named[str | None] = Column(Text, comment=f"Its address. {_OR_EMPTY}")
    source: Named[str | None] = Column(
        Text, comment="The source of the current text. NULL: known from mailings only, no source was asked."
    )
    seen: Named[datetime | None] = Column(
        UtcSecond, comment="When that source showed it (UTC). NULL where no source was asked."
    )
    deleted_source: Named[str | None] = Column(
        Text, comment="The source that said that arXiv has deleted it. NULL where none did, or where it was seen since."
    )
    deleted_seen: Named[datetime | None] = Column(UtcSecond, comment="When it last said so (UTC). NULL where none did.")
    rows_hash: Named[int | None] = Column(comment="Hash of all rows about this paper. Rows changed by hand break it.")


PAPER = Table(
    "paper",
    METADATA,
    _PaperColumns,
    check_at_least("latest_version", 1),
    check_at_least("author_count", 0),
    CheckConstraint("(source IS NULL) = (seen IS NULL)", name="seen"),
    CheckConstraint("(deleted_source IS NULL) = (deleted_seen IS NULL)", name="deleted"),
    ForeignKeyConstraint(["id", "text_number"], ["paper_text.paper_id", "paper_text.number"]),
    comment="A paper as it is now, as far as a source was asked. What a mailing announced is with its entries.",
)


class _EntryColumns(TypedColumns):
    id: Named[int] = Column(
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
        comment="Date and number as one number: YYYYMMDD × 10000 + number.",
    )
    day: Named[date] = Column(ForeignKey("mailing.day"), comment="The mailing.")
    number: Named[int] = Column(comment="Position in the digest file, from 1.")
    paper_id: Named[str] = Column(PAPER_ID, ForeignKey("paper.id"), comment="The paper.")
    section: Named[str | None] = Column(String(8), comment="new or cross. NULL where it is not certain.")
    version: Named[int | None] = Column(comment="The version whose text this is. NULL where not known.")
    certainty: Named[str] = Column(
        String(16), comment="How certain the date is: listed, proven, bounded, assumed or adopted."
    )
    reason: Named[str | None] = Column(
        String(24), comment="Code of the reason for a date that is not proven (bounded or assumed). NULL elsewhere."
    )
    paragraphs: Named[str] = Column(String(16), comment="kept by the source, recovered from another text, or unknown.")
    text_number: Named[int] = Column(comment="The text in paper_text with which it was announced.")


ENTRY = Table(
    "entry",
    METADATA,
    _EntryColumns,
    check_at_least("number", 1),
    check_at_least("version", 1),
    check_one_of("section", (Section.NEW, Section.CROSS)),
    check_one_of("certainty", Certainty),
    CheckConstraint("reason IS NULL OR certainty IN ('bounded', 'assumed')", name="reason"),
    check_one_of("paragraphs", Paragraphs),
    UniqueConstraint("day", "paper_id"),
    Index(None, "paper_id"),
    ForeignKeyConstraint(["paper_id", "text_number"], ["paper_text.paper_id", "paper_text.number"]),
    comment="A paper in a mailing, with the text with which it was announced.",
)


class _VersionColumns(TypedColumns):
    paper_id: Named[str] = Column(PAPER_ID, ForeignKey("paper.id"), primary_key=True, comment="The paper.")
    number: Named[int] = Column(primary_key=True, autoincrement=False, comment="Number of the version, from 1.")
    created: Named[datetime] = Column(UtcSecond, comment="When arXiv received it (UTC).")
    withdrawn: Named[bool] = Column(comment="Whether this version is a withdrawal, as far as a source named it.")
    withdrawal_seen: Named[datetime | None] = Column(
        UtcSecond,
        comment="When a source first named it a withdrawal (UTC). NULL where none did, or where that is not recorded.",
    )
    size_kb: Named[int | None] = Column(comment="Size in kilobytes. NULL where not stated.")
    source_type: Named[str | None] = Column(String(16), comment="Letters of arXiv for its form. NULL where not stated.")
    text_number: Named[int | None] = Column(comment="Its text in paper_text. NULL where it was not fetched.")


VERSION = Table(
    "version",
    METADATA,
    _VersionColumns,
    check_at_least("number", 1),
    ForeignKeyConstraint(["paper_id", "text_number"], ["paper_text.paper_id", "paper_text.number"]),
    comment="A version of a paper.",
    sqlite_with_rowid=False,
)


class _AuthorColumns(TypedColumns):
    id: Named[int] = Column(primary_key=True, comment="Number in this database.")
    name: Named[str] = Column(Text, unique=True, comment="The name as given with a paper.")
    forenames: Named[str | None] = Column(Text, comment="NULL where no source stated them apart.")
    key_name: Named[str | None] = Column(Text, comment="The name to sort by. NULL where no source stated it apart.")
    rows_hash: Named[int | None] = Column(comment="Hash of this row. A row changed by hand breaks it.")


AUTHOR = Table(
    "author",
    METADATA,
    _AuthorColumns,
    comment="A name of authors. Two people of one name are one row, and one person with two spellings two.",
)


class _PaperAuthorColumns(TypedColumns):
    paper_id: Named[str] = Column(PAPER_ID, ForeignKey("paper.id"), primary_key=True, comment="The paper.")
    position: Named[int] = Column(primary_key=True, autoincrement=False, comment="Place among the authors, from 1.")
    author_id: Named[int] = Column(ForeignKey("author.id"), comment="The name.")


PAPER_AUTHOR = Table(
    "paper_author",
    METADATA,
    _PaperAuthorColumns,
    check_at_least("position", 1),
    Index(None, "author_id"),
    comment="The authors of a paper in order, as of its newest metadata.",
    sqlite_with_rowid=False,
)


class _CategoryColumns(TypedColumns):
    code: Named[str] = Column(
        String(32),
        primary_key=True,
        comment="Code of arXiv, such as cs.CV. An alias has the code of its canonical name.",
    )
    archive: Named[str] = Column(String(32), comment="The part before the full stop, such as cs.")


CATEGORY = Table("category", METADATA, _CategoryColumns, comment="A category of arXiv that a paper here has.")


class _PaperCategoryColumns(TypedColumns):
    paper_id: Named[str] = Column(PAPER_ID, ForeignKey("paper.id"), primary_key=True, comment="The paper.")
    category: Named[str] = Column(String(32), ForeignKey("category.code"), primary_key=True, comment="The category.")
    is_primary: Named[bool] = Column(comment="Whether it is the primary category.")


PAPER_CATEGORY = Table(
    "paper_category",
    METADATA,
    _PaperCategoryColumns,
    comment="The current categories of a paper, aliases under their canonical name.",
    sqlite_with_rowid=False,
)


class _SightingColumns(TypedColumns):
    paper_id: Named[str] = Column(PAPER_ID, ForeignKey("paper.id"), primary_key=True, comment="The paper.")
    source: Named[str] = Column(String(16), primary_key=True, comment="The source that showed it.")
    seen: Named[datetime] = Column(UtcSecond, comment="When it last did (UTC).")


SIGHTING = Table(
    "sighting",
    METADATA,
    _SightingColumns,
    comment="When a source last showed a paper, other than the source that paper names.",
    sqlite_with_rowid=False,
)
