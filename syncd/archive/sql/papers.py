"""Statements about papers as they are now, and their versions. No transaction begins here.

What a mailing announced is kept with its entries, not here, and never changes.
"""

from __future__ import annotations

from dataclasses import field
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, func, not_, or_, select

from syncd.archive.sql import authors, current_facts, texts
from syncd.archive.sql.current_facts import Facts, Held
from syncd.archive.sql.listed_ids import is_listed
from syncd.archive.sql.paper_hashes import keep_hashes
from syncd.archive.sql.statements import build_insert, execute_many, insert_missing, upsert
from syncd.archive.sql.tables import ENTRY, PAPER, PAPER_TEXT, VERSION
from syncd.archive.sql.texts import Text
from syncd.core.model import Author, Metadata, Paper, PaperId, Record, Version
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from syncd.archive.sql.statements import Upsert

# Papers for each statement: a whole response of bulk metadata.
_PAGE = 2500
_LISTINGS = ("new", "catchup", "page")
_IS_CURRENT_TEXT = (PAPER_TEXT.c.paper_id == PAPER.c.id) & (PAPER_TEXT.c.number == PAPER.c.text_number)
_CURRENT = select(
    PAPER.c.id,
    PAPER_TEXT.c.title,
    PAPER_TEXT.c.abstract,
    *texts.HTML,
    PAPER.c.categories,
    PAPER.c.last_modified,
    PAPER.c.source,
    PAPER.c.seen,
    PAPER.c.author_count,
    PAPER.c.latest_version,
    *(PAPER.c[name] for name in current_facts.STATED),
).join(PAPER_TEXT, _IS_CURRENT_TEXT)
_IS_TEXT_OF_VERSION = (PAPER_TEXT.c.paper_id == VERSION.c.paper_id) & (PAPER_TEXT.c.number == VERSION.c.text_number)
_VERSION_TEXTS = (
    select(VERSION.c.paper_id, *texts.HTML)
    .join(PAPER_TEXT, _IS_TEXT_OF_VERSION)
    .where(VERSION.c.number == bindparam("number"), is_listed(VERSION.c.paper_id))
)
_VERSIONS = (
    select(*(VERSION.c[name] for name in ("paper_id", "number", "created", "withdrawn", "size_kb", "source_type")))
    .where(VERSION.c.paper_id.between(bindparam("first"), bindparam("last")))
    .order_by(VERSION.c.paper_id, VERSION.c.number)
)


@dataclass(frozen=True, slots=True)
class Current:
    """A paper as it was when `source` showed it at `seen` (UTC): its record, and title and abstract in canonical HTML.

    Read back from the database, the record has the plain text of title and abstract in place of the raw one, and all versions
    known. `latest_version` is the newest that a source stated then, None where none did.
    """

    record: Record
    title: str
    abstract: str
    source: str
    seen: datetime
    latest_version: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NewestVersion:
    """A paper as a source showed it at `seen` (UTC) when asked for its newest version, and the versions that it stated."""

    paper: Paper
    versions: tuple[Version, ...]
    seen: datetime


@dataclass(frozen=True, slots=True)
class VersionText:
    """The text of one version of a paper, in canonical HTML."""

    id: PaperId
    version: Version
    title: str
    abstract: str


def put(connection: Connection, papers: Iterable[Current]) -> None:
    """Keep these records, a limited number at a time. A record older than what is held adds only what was never stated.

    Texts of versions that were fetched before stay.
    """
    rest = iter(papers)
    while page := list(islice(rest, _PAGE)):
        with keep_hashes(connection, [one.record.id for one in page]):
            current_facts.put(connection, [_to_record_facts(one) for one in page], is_newer=_is_not_older)
            _put_versions(connection, [(one.record.id, one.record.versions, one.seen) for one in page])


def put_listed(connection: Connection, papers: Iterable[Paper], source: str, seen: datetime) -> None:
    """Keep papers as a listing page (`source`) showed them at `seen`, unless a record or a later page is held already.

    What was never stated before is kept in any case. A page has no version, so no row of versions is made.
    """
    rest = iter(papers)
    while page := list(islice(rest, _PAGE)):
        with keep_hashes(connection, [paper.id for paper in page]):
            current_facts.put(connection, [_to_facts(paper, source, seen) for paper in page], is_newer=_is_later_page)


def put_newest(connection: Connection, shown: Iterable[NewestVersion], source: str) -> None:
    """Keep what a source stated when it was asked for the newest versions. It replaces what is older.

    A record of the same version stays, and so does the time that a record states of a version.
    """
    rest = iter(shown)
    while page := list(islice(rest, _PAGE)):
        facts = [_to_facts(one.paper, source, one.seen) for one in page]
        with keep_hashes(connection, [one.paper.id for one in page]):
            current_facts.put(connection, facts, is_newer=_is_later_answer)
            _put_versions(connection, [(one.paper.id, one.versions, one.seen) for one in page], keeps_times=True)


def put_texts(connection: Connection, texts_of_versions: Iterable[VersionText]) -> None:
    """Keep the texts of versions. What is known of their withdrawal stays."""
    rest = iter(texts_of_versions)
    while page := list(islice(rest, _PAGE)):
        with keep_hashes(connection, [one.id for one in page]):
            numbers = texts.put(connection, [Text(one.id, one.title, one.abstract) for one in page])
            connection.execute(insert_missing(connection, PAPER), [{"id": one.id} for one in page])
            values = [
                _version_values(one.id, one.version) | {"text_number": number}
                for one, number in zip(page, numbers, strict=True)
            ]
            connection.execute(upsert(connection, VERSION, "text_number"), values)


def get_paper(connection: Connection, wanted: PaperId) -> Current | None:
    """Return the paper as it is now. None when no source was asked for it."""
    row = connection.execute(_CURRENT.where(PAPER.c.id == wanted)).one_or_none()
    if row is None:
        return None
    return _to_current(row, get_versions(connection, wanted), authors.read_authors(connection, [wanted]))


def list_papers(connection: Connection, after: str, count: int) -> list[Current]:
    """Return the next `count` papers after the id `after`, ascending. Those for which no source was asked are left out."""
    rows = connection.execute(_CURRENT.where(PAPER.c.id > after).order_by(PAPER.c.id).limit(count)).all()
    if not rows:
        return []
    held = _read_versions(connection, rows[0][0], rows[-1][0])
    of_papers = authors.read_authors(connection, [PaperId(row[0]) for row in rows])
    return [_to_current(row, tuple(held.get(row[0], ())), of_papers) for row in rows]


def get_versions(connection: Connection, wanted: PaperId) -> tuple[Version, ...]:
    """Return the known versions of a paper, ascending."""
    return tuple(_read_versions(connection, wanted, wanted).get(wanted, ()))


def get_version_texts(connection: Connection, ids: Collection[PaperId], number: int) -> dict[PaperId, Paper]:
    """Return the texts held of version `number` of these papers. A paper without one is missing."""
    found = {}
    for one, title, abstract in connection.execute(_VERSION_TEXTS, {"number": number, "ids": ids}):
        found[PaperId(one)] = Paper(PaperId(one), title, abstract, number)
    return found


def find_oldest_sighting(connection: Connection, day: date) -> datetime | None:
    """Return when the paper of a mailing whose facts are oldest was seen (UTC). None where no source was asked for any."""
    seen = select(func.min(PAPER.c.seen)).join(ENTRY, ENTRY.c.paper_id == PAPER.c.id).where(ENTRY.c.day == day)
    return connection.scalar(seen)


def list_withdrawn_ids(connection: Connection) -> list[PaperId]:
    """Return the papers whose newest version is a withdrawal, ascending."""
    newest = (VERSION.c.paper_id == PAPER.c.id) & (VERSION.c.number == PAPER.c.latest_version)
    wanted = select(PAPER.c.id).join(VERSION, newest).where(VERSION.c.withdrawn).order_by(PAPER.c.id)
    return [PaperId(one) for one in connection.scalars(wanted)]


def _is_not_older(new: Facts, held: Held) -> bool:
    if held.latest_version is None:
        return True
    if new.latest_version != held.latest_version:
        return (new.latest_version or 0) > held.latest_version
    if new.last_modified != held.last_modified:
        return held.last_modified is None or (new.last_modified is not None and new.last_modified > held.last_modified)
    # Moments are kept to the second.
    return new.seen.replace(microsecond=0) >= held.seen


def _is_later_answer(new: Facts, held: Held) -> bool:
    if held.latest_version is not None and new.latest_version != held.latest_version:
        return (new.latest_version or 0) > held.latest_version
    return held.source in {*_LISTINGS, new.source} and new.seen > held.seen


def _is_later_page(new: Facts, held: Held) -> bool:
    return held.source in _LISTINGS and new.seen > held.seen


def _to_facts(paper: Paper, source: str, seen: datetime) -> Facts:
    text = Text(paper.id, paper.title, paper.abstract or "")
    return Facts(text, " ".join(paper.categories), paper.version, None, paper.metadata, source, seen)


def _to_record_facts(one: Current) -> Facts:
    record = one.record
    text = Text(record.id, one.title, one.abstract)
    categories = " ".join(record.categories)
    newest = record.versions[-1].number
    return Facts(text, categories, newest, record.datestamp, record.metadata, one.source, one.seen)


def _put_versions(
    connection: Connection,
    page: Sequence[tuple[PaperId, tuple[Version, ...], datetime]],
    *,
    keeps_times: bool = False,
) -> None:
    """Keep the versions that were stated of papers, each with the moment (UTC). `keeps_times`: no known time is replaced."""
    values = [
        _version_values(paper, version) | {"withdrawal_seen": seen if version.withdrawn else None}
        for paper, versions, seen in page
        for version in versions
    ]
    execute_many(connection, _build_upsert_of_versions(connection.dialect.name, keeps_times), VERSION, values)


@lru_cache
def _build_upsert_of_versions(dialect: str, keeps_times: bool) -> Upsert:  # noqa: FBT001  lru_cache is faster so
    statement = build_insert(dialect, VERSION)
    new = statement.excluded
    held = VERSION.c
    stated = {name: func.coalesce(new[name], held[name]) for name in ("size_kb", "source_type")}
    # Not every source names withdrawals, so a record without one does not undo a withdrawal that another source named. Only a
    # record that states the form of the version knows it, and words that mention a withdrawal do not change that.
    withdrawn = case(
        (new.source_type.is_not(None), new.withdrawn),
        (held.source_type.is_not(None), held.withdrawn),
        else_=or_(held.withdrawn, new.withdrawn),
    )
    # Records may come in another order than they were seen in, as in a replay: the first moment counts.
    known, stated_at = held.withdrawal_seen, new.withdrawal_seen
    is_earlier = and_(stated_at.is_not(None), or_(known.is_(None), stated_at < known))
    created = held.created if keeps_times else new.created
    changes = {
        "created": created,
        "withdrawn": withdrawn,
        "withdrawal_seen": case((not_(withdrawn), None), (is_earlier, stated_at), else_=known),
    } | stated
    return statement.on_conflict_do_update(
        index_elements=["paper_id", "number"],
        set_=changes,
        where=or_(*(held[name].is_distinct_from(value) for name, value in changes.items())),
    )


def _read_versions(connection: Connection, first: str, last: str) -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    rows = connection.execute(_VERSIONS, {"first": first, "last": last})
    for one, number, created, is_withdrawn, size, source_type in rows:
        found.setdefault(one, []).append(Version(number, created, is_withdrawn, size, source_type))
    return found


def _to_current(row: Any, versions: tuple[Version, ...], of_papers: dict[PaperId, tuple[Author, ...]]) -> Current:
    one, plain_title, plain_abstract, title, abstract, categories, modified, source, seen, count, latest, *stated = row
    paper = PaperId(one)
    metadata = Metadata(None if count is None else of_papers.get(paper, ()), *stated)
    record = Record(paper, plain_title, plain_abstract, tuple(categories.split()), versions, modified, metadata)
    return Current(record, title, abstract, source, seen, latest)


def _version_values(paper: PaperId, version: Version) -> dict[str, object]:
    return {
        "paper_id": paper,
        "number": version.number,
        "created": version.created,
        "withdrawn": version.withdrawn,
        "size_kb": version.size,
        "source_type": version.source_type,
    }
