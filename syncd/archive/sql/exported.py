"""Statements that read papers with all that is known of them, in the order of their first mailings. They only read.

No transaction begins here.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from syncd.archive.sql import authors
from syncd.archive.sql.current_facts import STATED
from syncd.archive.sql.listed_ids import is_listed
from syncd.archive.sql.search_conditions import find_entries
from syncd.archive.sql.tables import ENTRY, PAPER, PAPER_TEXT, VERSION
from syncd.core.exported_paper import ExportedPaper
from syncd.core.model import Certainty, Metadata, PaperId, Section, Version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection

    from syncd.core.model import Author
    from syncd.core.query import Condition

_IDS = 10_000
_VERSIONS = (
    select(*(VERSION.c[name] for name in ("paper_id", "number", "created", "withdrawn", "size_kb", "source_type")))
    .where(is_listed(VERSION.c.paper_id))
    .order_by(VERSION.c.number)
)
_EARLIER, _CURRENT_TEXT = ENTRY.alias("earlier"), PAPER_TEXT.alias("current_text")
_IS_FIRST = ~exists().where(_EARLIER.c.paper_id == ENTRY.c.paper_id, _EARLIER.c.id < ENTRY.c.id)
_COLUMNS: tuple[ColumnElement[Any], ...] = (
    ENTRY.c.paper_id,
    ENTRY.c.day,
    ENTRY.c.number,
    ENTRY.c.section,
    ENTRY.c.certainty,
    ENTRY.c.reason,
    ENTRY.c.version,
    PAPER_TEXT.c.title,
    PAPER_TEXT.c.abstract,
    _CURRENT_TEXT.c.title,
    _CURRENT_TEXT.c.abstract,
    PAPER.c.categories,
    PAPER.c.latest_version,
    PAPER.c.last_modified,
    PAPER.c.source,
    PAPER.c.seen,
    PAPER.c.author_count,
    *(PAPER.c[name] for name in STATED),
)
_ROWS = (
    select(*_COLUMNS)
    .join(PAPER, PAPER.c.id == ENTRY.c.paper_id)
    .join(PAPER_TEXT, (PAPER_TEXT.c.paper_id == ENTRY.c.paper_id) & (PAPER_TEXT.c.number == ENTRY.c.text_number))
    .outerjoin(
        _CURRENT_TEXT,
        (_CURRENT_TEXT.c.paper_id == PAPER.c.id)
        & (_CURRENT_TEXT.c.number == PAPER.c.text_number)
        & (_CURRENT_TEXT.c.number != ENTRY.c.text_number),
    )
    .where(_IS_FIRST)
    .order_by(ENTRY.c.id)
)


def list_entries(connection: Connection, condition: Condition) -> array[int]:
    """Return the ids of the entries that meet the condition, ascending, in eight bytes each."""
    entries = find_entries(connection, condition, whole=True)
    wanted = entries.select().order_by(entries.id).execution_options(yield_per=_IDS)
    return array("q", connection.scalars(wanted))


def read_papers(connection: Connection, entries: Sequence[int]) -> list[ExportedPaper]:
    """Return the papers whose first mailing is that of one of these entries, given by ascending ids, in the same order."""
    rows = connection.execute(_ROWS.where(ENTRY.c.id.in_(entries))).all()
    ids = [PaperId(row[0]) for row in rows]
    of_papers, versions = authors.read_authors(connection, ids), _read_versions(connection, ids)
    return [_to_paper(row, of_papers, versions) for row in rows]


def _read_versions(connection: Connection, ids: Sequence[PaperId]) -> dict[str, list[Version]]:
    found = defaultdict(list)
    for paper, number, created, is_withdrawn, size, source_type in connection.execute(_VERSIONS, {"ids": ids}):
        found[paper].append(Version(number, created, is_withdrawn, size, source_type))
    return found


def _to_paper(
    row: Any, of_papers: Mapping[PaperId, tuple[Author, ...]], versions: Mapping[str, list[Version]]
) -> ExportedPaper:
    paper, day, number, section, certainty, reason, version, title, abstract, later_title, later_abstract, *now = row
    categories, latest, modified, source, seen, count, *stated = now
    return ExportedPaper(
        id=PaperId(paper),
        day=day,
        number=number,
        section=None if section is None else Section(section),
        certainty=Certainty(certainty),
        reason=reason,
        version=version,
        title=title,
        abstract=abstract,
        current_title=later_title if later_title != title else None,
        current_abstract=later_abstract if later_abstract != abstract else None,
        categories=tuple((categories or "").split()),
        latest_version=latest,
        versions=tuple(versions.get(paper, ())),
        metadata=Metadata(None if count is None else of_papers.get(PaperId(paper), ()), *stated),
        last_modified=modified,
        source=source,
        seen=seen,
    )
