"""Full-text search: one query finds the same entries on either database, whatever was typed."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from syncd.archive.sql import database as db
from syncd.archive.sql.full_text import Query, Term, find_matches, fold, parse_terms
from syncd.archive.sql.identity import Identity
from syncd.archive.sql.store import Store
from syncd.core.model import Certainty, Digest, Entry, Mailing, PaperId, Section, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest_plugins = ("tests.support.postgres_server",)
MONDAY, TUESDAY = date(2021, 4, 5), date(2021, 4, 6)
NOW = datetime(2021, 4, 7, 0, 30, tzinfo=UTC)
TEXTS = {
    "2104.00003": ("Edge-aware Depth from One Image", 'We estimate depth. See <a class="link-https" href="u">this https URL</a>'),
    "2104.00002": ("Sch\u00f6ne Bilder &lt;3", "A caf\u00e9 scene with 3D shapes and sharp edges."),
    "2104.00001": ("Depth maps", "Nothing on images, only maps; a depth map is one image."),
}  # fmt: skip


def entry(paper: str, title: str, abstract: str) -> Entry:
    return Entry(PaperId(paper), title, abstract, Section.NEW, 1, Certainty.LISTED)


def mailing_of(day: date, *entries: Entry) -> tuple[Mailing, Digest]:
    hashed = sha256(repr(entries).encode()).hexdigest()
    count = len(entries)
    mailing = Mailing(day, State.COMPLETE, "new", "heading", None, hashed, 6, count, count, 0, NOW)
    return mailing, Digest(day, "cs.CV", entries)


def put(store: Store, day: date, *entries: Entry) -> None:
    store.put_mailing(*mailing_of(day, *entries))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(db.open_database(url, create=True)) as opened:
        store = Store(opened, "replica")
        store.create_identity(Identity("11111111-2222-3333-4444-555555555555", "cs.CV", NOW))
        put(store, MONDAY, *(entry(paper, *texts) for paper, texts in TEXTS.items()))
        put(store, TUESDAY, entry("2104.00009", "Another Depth", "Short."))
        yield store


def found(store: Store, typed: str, **changes: object) -> list[str]:
    query = replace(Query(parse_terms(typed)), **changes)  # type: ignore[arg-type]
    return [hit.entry.id for hit in store.search(query).hits]


def test_mailings_in_reverse_order_make_no_more_segments_of_the_index(tmp_path: Path) -> None:
    days = [MONDAY + timedelta(days=n) for n in range(30)]
    pieces = []
    for name, order in (("ascending", days), ("descending", days[::-1])):
        with closing(db.open_database(f"sqlite:///{tmp_path}/{name}.db", create=True)) as opened:
            store = Store(opened, "replica")
            store.create_identity(Identity("11111111-2222-3333-4444-555555555555", "cs.CV", NOW))
            store.put_mailings(mailing_of(day, entry("2104.00009", f"Depth {day}", "Short.")) for day in order)
            with opened.read() as connection:
                pieces.append(connection.scalar(sa.text("SELECT count(*) FROM syncd_search_data")))
            assert len(found(store, "depth", limit=50)) == len(days)
    assert pieces[0] == pieces[1]


def test_many_mailings_are_indexed_whole(store: Store) -> None:
    for number in range(30):
        put(
            store,
            TUESDAY + timedelta(days=number),
            *(entry(f"2105.{number:02}{i:03}", "Plain", "common") for i in range(9)),
        )
    assert store.search(Query(parse_terms("common"))).total == 270


def test_terms_are_read_as_typed() -> None:
    assert parse_terms('Deep "Neural  Nets" -"old way" -slow pre* "open end') == (
        Term(("deep",)), Term(("neural", "nets")), Term(("old", "way"), excluded=True), Term(("slow",), excluded=True),
        Term(("pre",), prefix=True), Term(("open", "end")),
    )  # fmt: skip


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(said: str) -> None:
    assert fold(fold(said)) == fold(said)


def test_matches_are_found_in_the_text() -> None:
    shown = "Edge-aware D\u00e9pth, depths and edges"
    assert [shown[a:b] for a, b in find_matches(shown, parse_terms("depth edge* -aware"))] == [
        "Edge",
        "D\u00e9pth",
        "edges",
    ]
    assert [shown[a:b] for a, b in find_matches(shown, parse_terms('"edge aware"'))] == ["Edge-aware"]
