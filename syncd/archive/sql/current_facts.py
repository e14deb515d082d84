"""Statements about what sources state of papers now. A newer statement replaces, a fuller one adds, and none ever blanks.

No transaction begins here.
"""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from syncd.archive.sql import authors, deletions, texts
from syncd.archive.sql.listed_ids import is_listed
from syncd.archive.sql.statements import execute_many, upsert
from syncd.archive.sql.tables import PAPER, SIGHTING
from syncd.core.model import Author, Metadata, PaperId

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection

    from syncd.archive.sql.texts import Text


STATED = tuple(field.name for field in fields(Metadata) if field.name != "authors")
"""The columns of `paper` that a source may state or not, in the order of `Metadata` after its authors."""
_get_stated = attrgetter(*STATED)
_ROW = PAPER.c
_WRITTEN = (
    *("text_number", "categories", "latest_version", "last_modified", "source", "seen", "author_count"),
    *STATED,
)
# Another host may write the same papers on a server. SQLite has one writer at a time anyway.
_HELD = (
    select(
        *(_ROW.id, _ROW.text_number, _ROW.categories, _ROW.latest_version, _ROW.last_modified),
        *(_ROW.source, _ROW.seen, _ROW.author_count, *(_ROW[name] for name in STATED)),
    )
    .where(_ROW.source.is_not(None), is_listed(_ROW.id))
    .with_for_update()
)


class Facts(NamedTuple):
    """What `source` stated of a paper at `seen` (UTC): its text, categories with blanks between, the newest version, metadata.

    `latest_version` and `last_modified` (OAI's day) are None where the source does not state them.
    """

    text: Text
    categories: str
    latest_version: int | None
    last_modified: date | None
    metadata: Metadata
    source: str
    seen: datetime


class Held(NamedTuple):
    """What is held of a paper for which a source was asked. `text` is the number of its text, None until it is known."""

    text: int | None
    categories: str | None
    latest_version: int | None
    last_modified: date | None
    source: str
    seen: datetime
    author_count: int | None
    stated: tuple[str | None, ...]


def put(connection: Connection, shown: Sequence[Facts], is_newer: Callable[[Facts, Held], bool]) -> None:
    """Keep what sources stated, in the order given.

    `is_newer` says whether a statement replaces what is held of the paper. One that does not adds only what no source has
    stated before.
    """
    held = _read(connection, [one.text.paper for one in shown])
    after: dict[PaperId, Held] = {}
    newest: dict[PaperId, Facts] = {}
    older: dict[PaperId, Facts] = {}
    named: dict[PaperId, tuple[Author, ...]] = {}
    for one in shown:
        paper = one.text.paper
        before = after.get(paper) or held.get(paper)
        is_first = before is None or is_newer(one, before)
        if one.metadata.authors is not None and (is_first or before is None or before.author_count is None):
            named[paper] = one.metadata.authors
        if before is None or is_first:
            newest[paper], after[paper] = one, _merge(one, before)
        else:
            older[paper], after[paper] = one, _complete(before, one)
    numbers = texts.put(connection, [one.text for one in newest.values()])
    for paper, number in zip(newest, numbers, strict=True):
        after[paper] = after[paper]._replace(text=number)
    changed = {paper: one for paper, one in after.items() if one != held.get(paper)}
    if changed:
        execute_many(
            connection, upsert(connection, PAPER, *_WRITTEN), PAPER, [_to_row(*one) for one in changed.items()]
        )
    if named:
        authors.put_authors(connection, named)
    authors.put_categories(
        connection, {paper: one.categories.split() for paper, one in changed.items() if one.categories}
    )
    _put_sightings(connection, held, after, older)
    # A snapshot is seen when it is loaded, and may be older than a deletion.
    deletions.end(connection, ((one.text.paper, one.seen) for one in shown if one.source != "snapshot"))


def _read(connection: Connection, ids: Sequence[PaperId]) -> dict[PaperId, Held]:
    found = {}
    rows: Any = connection.execute(_HELD, {"ids": ids})
    for paper, text, categories, version, modified, source, seen, count, *stated in rows:
        found[PaperId(paper)] = Held(text, categories, version, modified, source, seen, count, tuple(stated))
    return found


def _merge(new: Facts, before: Held | None) -> Held:
    """Return the newer statement, with what was stated before where it is silent."""
    stated = _get_stated(new.metadata)
    count = None if new.metadata.authors is None else len(new.metadata.authors)
    if before is None:
        known = new.categories or None, new.latest_version, new.last_modified
        return Held(None, *known, new.source, new.seen, count, stated)
    is_newer_version = (new.latest_version or 0) > (before.latest_version or 0)
    return Held(
        text=None,
        categories=new.categories or before.categories,
        latest_version=before.latest_version if new.latest_version is None else new.latest_version,
        last_modified=new.last_modified or (None if is_newer_version else before.last_modified),
        source=new.source,
        seen=new.seen,
        author_count=before.author_count if count is None else count,
        stated=tuple(old if value is None else value for value, old in zip(stated, before.stated, strict=True)),
    )


def _complete(before: Held, older: Facts) -> Held:
    """Return what is held with what no source has stated before."""
    pairs = zip(before.stated, _get_stated(older.metadata), strict=True)
    stated = tuple(value if old is None else old for old, value in pairs)
    named = older.metadata.authors
    return before._replace(
        stated=stated,
        categories=before.categories or older.categories or None,
        latest_version=older.latest_version if before.latest_version is None else before.latest_version,
        author_count=len(named) if before.author_count is None and named is not None else before.author_count,
    )


def _to_row(paper: PaperId, one: Held) -> dict[str, Any]:
    return {
        "id": paper,
        "text_number": one.text,
        "categories": one.categories,
        "latest_version": one.latest_version,
        "last_modified": one.last_modified,
        "source": one.source,
        "seen": one.seen,
        "author_count": one.author_count,
        **dict(zip(STATED, one.stated, strict=True)),
    }


def _put_sightings(
    connection: Connection, held: dict[PaperId, Held], after: dict[PaperId, Held], older: dict[PaperId, Facts]
) -> None:
    """Keep when a source showed a paper whose text is another's now."""
    sightings = [(paper, held[paper].source, held[paper].seen) for paper in after if paper in held]
    sightings += [(paper, one.source, one.seen) for paper, one in older.items()]
    values = [
        {"paper_id": paper, "source": source, "seen": seen}
        for paper, source, seen in sightings
        if source != after[paper].source
    ]
    if values:
        later = upsert(connection, SIGHTING, only_if=_is_seen_later)
        execute_many(connection, later, SIGHTING, values)


def _is_seen_later(new: Any) -> ColumnElement[bool]:
    return new.seen > SIGHTING.c.seen  # type: ignore[no-any-return]
