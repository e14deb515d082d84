"""Full-text search: one query finds the same entries on either database, whatever was typed."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.archive.sql import database as db
from syncd.archive.sql.full_text import Query, Term, find_matches, fold, parse_terms
from syncd.archive.sql.identity import Identity
from syncd.archive.sql.store import Store
from syncd.core.model import Certainty, Digest, Entry, Mailing, PaperId, Section, State
from tests.support.schema_versions import downgrade

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
                pieces.append(connection.scalar(sa.text("SELECT count(*) FROM search_data")))
            assert len(found(store, "depth", limit=50)) == len(days)
    assert pieces[0] == pieces[1]


@pytest.mark.parametrize(
    ("typed", "papers"),
    [
        ("depth", {"2104.00001", "2104.00003", "2104.00009"}),
        ("DEPTH image", {"2104.00001", "2104.00003"}),
        ('"one image"', {"2104.00001", "2104.00003"}),
        ('"image one"', set()),
        ("depth -maps", {"2104.00003", "2104.00009"}),
        ('depth -"depth map" -another', {"2104.00003"}),
        ("edge-aware", {"2104.00003"}),
        ("edge*", {"2104.00002", "2104.00003"}),
        ("edge", {"2104.00003"}),
        ("cafe schone", {"2104.00002"}),
        ("CAF\u00c9", {"2104.00002"}),
        ("3D", {"2104.00002"}),
        ("href", set()),
        ("lt", set()),
        ("AND OR NOT NEAR", set()),
        ("title:depth", set()),
    ],
)
def test_a_query_finds_words_phrases_and_beginnings(store: Store, typed: str, papers: set[str]) -> None:
    assert set(found(store, typed)) == papers


@given(
    st.text(alphabet=st.one_of(st.sampled_from("\"'-*()^:&|!<>\\%_{}+ \u0000abDepth"), st.characters()), max_size=30)
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_no_typed_text_is_an_error(store: Store, typed: str) -> None:
    wanted = parse_terms(typed)
    if any(not term.excluded for term in wanted):
        store.search(Query(wanted))
    else:
        with pytest.raises(ValueError, match="no term to look for"):
            store.search(Query(wanted))


def test_the_newest_mailing_comes_first_or_the_best_match(store: Store) -> None:
    assert found(store, "depth")[0] == "2104.00009"
    assert found(store, "depth map*", newest=False)[0] == "2104.00001"


def test_a_word_in_the_title_weighs_more_than_one_in_the_abstract(store: Store) -> None:
    put(
        store,
        MONDAY,
        entry("2104.00002", "Plain", "Rivers and fields."),
        entry("2104.00001", "Rivers", "Plain fields."),
    )
    assert found(store, "rivers", newest=False) == ["2104.00001", "2104.00002"]


def test_within_a_mailing_the_order_is_that_of_the_digest(store: Store) -> None:
    assert found(store, "one") == ["2104.00003", "2104.00001"]


def test_a_range_of_dates_and_a_limit_hold(store: Store) -> None:
    assert found(store, "depth", since=TUESDAY) == ["2104.00009"]
    assert (
        found(store, "depth", until=MONDAY, limit=1) == ["2104.00003"]
        or len(found(store, "depth", until=MONDAY, limit=1)) == 1
    )
    everything = store.search(Query(parse_terms("depth"), limit=1))
    assert (len(everything.hits), everything.total) == (1, 3)


def test_a_replaced_mailing_is_found_by_its_new_text_only(store: Store) -> None:
    put(store, MONDAY, entry("2104.00003", "Something else", "Entirely."))
    assert found(store, "depth") == ["2104.00009"]
    assert found(store, "entirely") == ["2104.00003"]
    assert store.count_unindexed() == 0


def test_an_outdated_index_is_noticed_and_built_again(store: Store) -> None:
    with store.database.write() as connection:
        connection.execute(sa.text("DELETE FROM search"))
    assert found(store, "depth") == []
    assert store.count_unindexed() == 4
    assert store.reindex() == 4
    assert store.count_unindexed() == 0
    assert len(found(store, "depth")) == 3


def test_a_schema_without_search_gets_an_index_of_its_entries(store: Store, url: str) -> None:
    downgrade(url, "0001")
    assert db.upgrade(url) == ("0001", db.HEAD)
    assert store.count_unindexed() == 0
    assert set(found(store, "caf\u00e9")) == {"2104.00002"}
    assert found(store, "href") == []


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
