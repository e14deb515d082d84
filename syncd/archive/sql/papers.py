"""Statements about papers as they are now, their versions, and the progress of a bulk harvest. No transaction begins here.

What a mailing announced is kept with its entries, not here, and never changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, false, func, not_, or_, select

from syncd.archive.sql.database import build_insert, upsert
from syncd.archive.sql.tables import Base, HarvestRow, PaperRow, VersionRow
from syncd.core.model import Paper, PaperId, Record, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection

    from syncd.archive.sql.database import Upsert

# Papers for each statement: a whole response of bulk metadata.
_PAGE = 2500
# Numbers of ids in a query. SQLite accepts up to 32,766 parameters. They are few sizes, as a driver caches each statement it saw.
_SIZES = (16, 512, 4096, 16_384)
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
    """The text of one version of a paper, in canonical HTML."""

    id: PaperId
    version: Version
    title: str
    abstract: str


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


def put(connection: Connection, papers: Iterable[Current]) -> None:
    """Keep these records, a limited number at a time. A record older than what is held changes nothing.

    Texts of versions that were fetched before stay.
    """
    rest = iter(papers)
    while page := list(islice(rest, _PAGE)):
        _put_papers(connection, page)
        _put_versions(connection, page)


def put_listed(connection: Connection, papers: Iterable[Paper], source: str, seen: datetime) -> None:
    """Keep papers as a listing page (`source`) showed them at `seen`, unless a record or a later page is held already.

    A page has no version and no raw text. So the paper counts as version 1 until a record says otherwise, and no row of
    versions is made.
    """
    rest = iter(papers)
    while page := list(islice(rest, _PAGE)):
        statement = upsert(connection, PaperRow, only_if=lambda new: _is_listed() & (PaperRow.seen < new.seen))
        connection.execute(statement, [_listed_values(paper, source, seen) for paper in page])


def put_texts(connection: Connection, texts: Iterable[VersionText]) -> None:
    """Keep the texts of versions. What is known of their withdrawal stays."""
    rest = iter(texts)
    while page := list(islice(rest, _PAGE)):
        values = [_version_values(one.id, one.version) | {"title": one.title, "abstract": one.abstract} for one in page]
        connection.execute(upsert(connection, VersionRow, "title", "abstract"), values)


def get_paper(connection: Connection, wanted: PaperId) -> Current | None:
    """Return the paper as it is now. None when no record of it was ever seen."""
    row = connection.execute(select(*_CURRENT).where(PaperRow.id == wanted)).one_or_none()
    return None if row is None else _to_current(row, get_versions(connection, wanted))


def list_papers(connection: Connection, after: str, count: int) -> list[Current]:
    """Return the next `count` papers after the id `after`, ascending."""
    wanted = select(*_CURRENT).where(PaperRow.id > after).order_by(PaperRow.id).limit(count)
    rows = connection.execute(wanted).all()
    if not rows:
        return []
    held = _read_versions(connection, rows[0][0], rows[-1][0])
    return [_to_current(row, tuple(held[row[0]])) for row in rows]


def get_versions(connection: Connection, wanted: PaperId) -> tuple[Version, ...]:
    """Return the known versions of a paper, ascending."""
    return tuple(_read_versions(connection, wanted, wanted).get(wanted, ()))


def get_version_texts(connection: Connection, ids: Collection[PaperId], number: int) -> dict[PaperId, Paper]:
    """Return the texts held of version `number` of these papers. A paper without one is missing."""
    row = VersionRow
    found = {}
    for page in fill_pages(ids):
        wanted = select(row.paper_id, row.title, row.abstract).where(
            row.paper_id.in_(page), row.number == number, row.title.is_not(None)
        )
        for one, title, abstract in connection.execute(wanted):
            found[PaperId(one)] = Paper(PaperId(one), title or "", abstract, number)
    return found


def fill_pages(ids: Iterable[PaperId]) -> Iterator[list[PaperId]]:
    """Yield the ids in as few lists as a database accepts, each filled up to one of a few sizes by repeating the last id."""
    rest = iter(ids)
    while page := list(islice(rest, _SIZES[-1])):
        size = next(size for size in _SIZES if len(page) <= size)
        yield page + page[-1:] * (size - len(page))


def put_harvest(connection: Connection, harvest: Harvest) -> None:
    """Record the progress of a harvest."""
    connection.execute(
        upsert(connection, HarvestRow), {column.key: getattr(harvest, column.key) for column in _HARVEST}
    )


def get_harvest(connection: Connection, key: str) -> Harvest | None:
    """Return the progress of the harvest of that key. None when it never began."""
    row = connection.execute(_HARVEST_OF, {"wanted": key}).one_or_none()
    return None if row is None else Harvest(*row)


def list_withdrawn_ids(connection: Connection) -> list[PaperId]:
    """Return the papers whose newest version is a withdrawal, ascending."""
    newest = (VersionRow.paper_id == PaperRow.id) & (VersionRow.number == PaperRow.version)
    wanted = select(PaperRow.id).join(VersionRow, newest).where(VersionRow.withdrawn).order_by(PaperRow.id)
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
    # Not every source names withdrawals, so a record without one does not undo a withdrawal that another source named.
    newly_withdrawn = and_(new.withdrawn, not_(VersionRow.withdrawn))
    statement = statement.on_conflict_do_update(
        index_elements=["paper_id", "number"],
        set_={"created": new.created, "withdrawn": or_(VersionRow.withdrawn, new.withdrawn)},
        where=or_(VersionRow.created != new.created, newly_withdrawn),
    )
    values = [_version_values(one.record.id, version) for one in page for version in one.record.versions]
    _execute(connection, statement, VersionRow, values)


def _execute(connection: Connection, statement: Upsert, row: type[Base], values: list[dict[str, Any]]) -> None:
    """Execute the statement for many rows directly with the driver. SQLAlchemy takes longer to prepare them than SQLite."""
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect, column_keys=list(values[0]))
    for name in values[0]:
        process = row.__table__.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None:
            _convert_column(values, name, process)
    rows: Any = list(map(itemgetter(*compiled.positiontup), values)) if compiled.positiontup else values
    connection.exec_driver_sql(compiled.string, rows)


def _convert_column(values: list[dict[str, Any]], name: str, process: Callable[[Any], Any]) -> None:
    # Rows next to each other often have the same date.
    given = made = None
    for one in values:
        if one[name] != given:
            given = one[name]
            made = process(given)
        one[name] = made


def _read_versions(connection: Connection, first: str, last: str) -> dict[str, list[Version]]:
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


def _to_current(row: Any, versions: tuple[Version, ...]) -> Current:
    one, title, abstract, raw_title, raw_abstract, categories, datestamp, source, seen = row
    record = Record(PaperId(one), raw_title, raw_abstract, tuple(categories.split()), versions, datestamp)
    return Current(record, title, abstract, source, seen)


def _paper_values(current: Current) -> dict[str, object]:
    record = current.record
    return {
        "id": record.id,
        "title": current.title,
        "abstract": current.abstract,
        "raw_title": _make_storable(record.title),
        "raw_abstract": _make_storable(record.abstract),
        "categories": " ".join(record.categories),
        "version": record.versions[-1].number,
        "datestamp": record.datestamp,
        "source": current.source,
        "seen": current.seen,
    }


def _version_values(paper: PaperId, version: Version) -> dict[str, object]:
    return {"paper_id": paper, "number": version.number, "created": version.created, "withdrawn": version.withdrawn}


def _make_storable(raw: str) -> str:
    # JSON can hold a NUL and half a surrogate pair. PostgreSQL accepts neither.
    return raw if raw.isascii() and "\0" not in raw else raw.replace("\0", "\ufffd").encode(errors="replace").decode()
