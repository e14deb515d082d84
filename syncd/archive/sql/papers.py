"""Statements about papers as they are now, their versions, and how far a bulk harvest has come; no transaction begins here.

What a mailing announced is no matter of this module: it stands with the entries and never changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, false, func, not_, or_, select

from syncd.archive.sql.database import build_insert, upsert
from syncd.archive.sql.tables import Base, EntryRow, HarvestRow, PaperRow, VersionRow
from syncd.core.model import Paper, PaperId, Record, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection

    from syncd.archive.sql.database import Upsert

_PAGE = 2500
"""So many papers a statement: a whole answer of bulk metadata."""
_SIZES = (16, 512, 4096, 16_384)
"""Numbers of ids in a question, of which SQLite takes 32,766. They are few: a driver keeps each statement it has seen."""
_LISTINGS = ("new", "catchup", "page")
_CURRENT = (
    PaperRow.id,
    PaperRow.title,
    PaperRow.abstract,
    PaperRow.raw_title,
    PaperRow.raw_abstract,
    PaperRow.categories,
    PaperRow.datestamp,
    PaperRow.source,
    PaperRow.seen,
)
_HARVEST = (
    HarvestRow.key,
    HarvestRow.first_from,
    HarvestRow.until,
    HarvestRow.token,
    HarvestRow.reached,
    HarvestRow.pages,
    HarvestRow.records,
    HarvestRow.updated,
    HarvestRow.done,
)
_HARVEST_OF = select(*_HARVEST).where(HarvestRow.key == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class Current:
    """A paper as it was when `source` showed it at `seen` (UTC): its record, and title and abstract in canonical HTML."""

    record: Record
    title: str
    abstract: str
    source: str
    seen: datetime


@dataclass(frozen=True, slots=True)
class VersionText:
    """The text of one version of a paper, canonical HTML."""

    id: PaperId
    version: Version
    title: str
    abstract: str


@dataclass(frozen=True, slots=True)
class Harvest:
    """How far a harvest has come: `token` asks for its next page, None before the first and after the last (then `done`).

    `reached` is the newest datestamp so far, None where the pages have not come in the order of their datestamps.
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


def put(connection: Connection, papers: Iterable[Current]) -> None:
    """Keep these records, a bounded number at a time; what is older than what is held changes nothing.

    Texts of versions that were fetched before stay.
    """
    rest = iter(papers)
    while page := list(islice(rest, _PAGE)):
        _put_papers(connection, page)
        _put_versions(connection, page)


def put_listed(connection: Connection, papers: Iterable[Paper], source: str, seen: datetime) -> None:
    """Keep papers as a listing page (`source`) showed them at `seen`, unless a record or a later page says more already.

    A page tells no version and no raw text: what is kept counts as version 1 until a record says otherwise, and no row of
    versions is made.
    """
    rest = iter(papers)
    while page := list(islice(rest, _PAGE)):
        statement = upsert(connection, PaperRow, only_if=lambda new: _is_listed() & (PaperRow.seen < new.seen))
        connection.execute(statement, [_listed_values(paper, source, seen) for paper in page])


def put_texts(connection: Connection, texts: Iterable[VersionText]) -> None:
    """Keep the texts of versions; what is known of their withdrawal stays."""
    rest = iter(texts)
    while page := list(islice(rest, _PAGE)):
        values = [_version_values(one.id, one.version) | {"title": one.title, "abstract": one.abstract} for one in page]
        connection.execute(upsert(connection, VersionRow, "title", "abstract"), values)


def paper(connection: Connection, wanted: PaperId) -> Current | None:
    """The paper as it is now; None when no record of it was ever seen."""
    row = connection.execute(select(*_CURRENT).where(PaperRow.id == wanted)).one_or_none()
    return None if row is None else _current(row, versions(connection, wanted))


def papers(connection: Connection, after: str, count: int) -> list[Current]:
    """The next `count` papers beyond the id `after`, ascending."""
    wanted = select(*_CURRENT).where(PaperRow.id > after).order_by(PaperRow.id).limit(count)
    rows = connection.execute(wanted).all()
    if not rows:
        return []
    held = _versions_between(connection, rows[0][0], rows[-1][0])
    return [_current(row, tuple(held[row[0]])) for row in rows]


def versions(connection: Connection, wanted: PaperId) -> tuple[Version, ...]:
    """The versions known of a paper, ascending."""
    return tuple(_versions_between(connection, wanted, wanted).get(wanted, ()))


def texts(connection: Connection, ids: Collection[PaperId], number: int) -> dict[PaperId, Paper]:
    """The texts held of version `number` of these papers; a paper without one is missing from the answer."""
    row = VersionRow
    found = {}
    for page in in_questions(ids):
        wanted = select(row.paper_id, row.title, row.abstract).where(
            row.paper_id.in_(page), row.number == number, row.title.is_not(None)
        )
        for one, title, abstract in connection.execute(wanted):
            found[PaperId(one)] = Paper(PaperId(one), title or "", abstract, number)
    return found


def in_questions(ids: Iterable[PaperId]) -> Iterator[list[PaperId]]:
    """The ids in as few lists as a database takes, each filled up with repetitions to one of a few sizes."""
    rest = iter(ids)
    while page := list(islice(rest, _SIZES[-1])):
        size = next(size for size in _SIZES if len(page) <= size)
        yield page + page[-1:] * (size - len(page))


def put_harvest(connection: Connection, harvest: Harvest) -> None:
    """Record how far a harvest has come."""
    connection.execute(
        upsert(connection, HarvestRow), {column.key: getattr(harvest, column.key) for column in _HARVEST}
    )


def harvest(connection: Connection, key: str) -> Harvest | None:
    """How far the harvest of that key has come; None when it never began."""
    row = connection.execute(_HARVEST_OF, {"wanted": key}).one_or_none()
    return None if row is None else Harvest(*row)


def withdrawn(connection: Connection) -> list[PaperId]:
    """The papers whose newest version is a withdrawal, ascending."""
    newest = (VersionRow.paper_id == PaperRow.id) & (VersionRow.number == PaperRow.version)
    wanted = select(PaperRow.id).join(VersionRow, newest).where(VersionRow.withdrawn).order_by(PaperRow.id)
    return [PaperId(one) for one in connection.scalars(wanted)]


def revised(connection: Connection) -> list[PaperId]:
    """The papers of the mailings that have more than one version by now, ascending."""
    announced = exists().where(EntryRow.paper_id == PaperRow.id)
    wanted = select(PaperRow.id).where(PaperRow.version > 1, announced).order_by(PaperRow.id)
    return [PaperId(one) for one in connection.scalars(wanted)]


def _put_papers(connection: Connection, page: Sequence[Current]) -> None:
    def is_not_older(new: Any) -> ColumnElement[bool]:
        unknown = and_(new.datestamp.is_(None), PaperRow.datestamp.is_not(None))
        same_version = and_(new.version == PaperRow.version, or_(unknown, new.datestamp < PaperRow.datestamp))
        return not_(func.coalesce(or_(new.version < PaperRow.version, same_version), false()))

    statement = upsert(connection, PaperRow, only_if=is_not_older)
    _execute(connection, statement, PaperRow, [_paper_values(one) for one in page])


def _is_listed() -> ColumnElement[bool]:
    return or_(*(PaperRow.source == one for one in _LISTINGS))


def _listed_values(paper: Paper, source: str, seen: datetime) -> dict[str, object]:
    texts = {"title": paper.title, "abstract": paper.abstract or "", "raw_title": "", "raw_abstract": ""}
    facts = {"categories": " ".join(paper.categories), "version": paper.version or 1, "datestamp": None}
    return {"id": paper.id, **texts, **facts, "source": source, "seen": seen}


def _put_versions(connection: Connection, page: Sequence[Current]) -> None:
    statement = build_insert(connection, VersionRow)
    new = statement.excluded
    # Not every source tells of withdrawals: what one of them said is not unsaid by another's silence.
    newly_withdrawn = and_(new.withdrawn, not_(VersionRow.withdrawn))
    statement = statement.on_conflict_do_update(
        index_elements=["paper_id", "number"],
        set_={"created": new.created, "withdrawn": or_(VersionRow.withdrawn, new.withdrawn)},
        where=or_(VersionRow.created != new.created, newly_withdrawn),
    )
    values = [_version_values(one.record.id, version) for one in page for version in one.record.versions]
    _execute(connection, statement, VersionRow, values)


def _execute(connection: Connection, statement: Upsert, row: type[Base], values: list[dict[str, Any]]) -> None:
    """The statement for many rows, handed to the driver in its own terms: SQLAlchemy takes longer over them than SQLite."""
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect, column_keys=list(values[0]))
    for name in values[0]:
        process = row.__table__.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None:
            _process(values, name, process)
    rows: Any = list(map(itemgetter(*compiled.positiontup), values)) if compiled.positiontup else values
    connection.exec_driver_sql(compiled.string, rows)


def _process(values: list[dict[str, Any]], name: str, process: Callable[[Any], Any]) -> None:
    # Neighbours often have the same date.
    given = made = None
    for one in values:
        if one[name] != given:
            given = one[name]
            made = process(given)
        one[name] = made


def _versions_between(connection: Connection, first: str, last: str) -> dict[str, list[Version]]:
    row = VersionRow
    wanted = (
        select(row.paper_id, row.number, row.created, row.withdrawn)
        .where(row.paper_id.between(first, last))
        .order_by(row.paper_id, row.number)
    )
    found: dict[str, list[Version]] = {}
    for one, number, created, is_withdrawn in connection.execute(wanted):
        found.setdefault(one, []).append(Version(number, created, is_withdrawn))
    return found


def _current(row: Any, versions: tuple[Version, ...]) -> Current:
    one, title, abstract, raw_title, raw_abstract, categories, datestamp, source, seen = row
    record = Record(PaperId(one), raw_title, raw_abstract, tuple(categories.split()), versions, datestamp)
    return Current(record, title, abstract, source, seen)


def _paper_values(current: Current) -> dict[str, object]:
    record = current.record
    return {
        "id": record.id,
        "title": current.title,
        "abstract": current.abstract,
        "raw_title": _storable(record.title),
        "raw_abstract": _storable(record.abstract),
        "categories": " ".join(record.categories),
        "version": record.versions[-1].number,
        "datestamp": record.datestamp,
        "source": current.source,
        "seen": current.seen,
    }


def _version_values(paper: PaperId, version: Version) -> dict[str, object]:
    return {"paper_id": paper, "number": version.number, "created": version.created, "withdrawn": version.withdrawn}


def _storable(raw: str) -> str:
    # JSON can spell a NUL and half a surrogate pair; PostgreSQL takes neither.
    return raw if raw.isascii() and "\0" not in raw else raw.replace("\0", "\ufffd").encode(errors="replace").decode()
