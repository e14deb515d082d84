"""Searches: one query finds the same entries on either database, in the same order, whatever was typed."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.archive.sql import newest_entries, search_conditions, search_queries, wide_searches
from syncd.archive.sql.database import open_database
from syncd.archive.sql.search_queries import Query, list_best, list_newest, read_hits
from syncd.archive.sql.store import Store
from syncd.core.model import Author, Metadata, Paper, PaperId
from syncd.core.query import parse_query
from tests.support.searched_papers import MAY, MONDAY, NOW, fill, make_entry, put_mailing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from syncd.core.query import Condition

pytest_plugins = ("tests.support.postgres_server",)
EVERY = ["2105.00001", "2104.00009", "2104.00004", "2104.00003", "2104.00002", "2104.00001"]
OPERATORS = [
    "title:",
    "abs:",
    "author:",
    "cat:",
    "id:",
    "since:",
    "until:",
    " OR ",
    " AND ",
    " NOT ",
    "|",
    "-",
    "(",
    ")",
    '"',
    "*",
]
WORDS = [
    "2104",
    "2104.00001",
    "cs.LG",
    "depth",
    "one",
    "2021-04",
    "1e5x",
    "\u00e9",
    "\u0e17\u0e35\u0e48",
    "a\U0001e900b",
    "\u00aa",
]
SYNTAX = [*OPERATORS, *WORDS, "'", "\\", ":*", "&", "!", " "]
TYPED = st.lists(st.one_of(st.sampled_from(SYNTAX), st.text(max_size=3)), max_size=14).map("".join)


@pytest.fixture(scope="module")
def held(shared_url: str) -> Iterator[Store]:
    """All mailings. Tests must leave them as they are."""
    with closing(open_database(shared_url, create=True)) as opened:
        store = Store(opened, "replica")
        fill(store)
        yield store


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """All mailings, to which a test may add."""
    with closing(open_database(url, create=True)) as opened:
        store = Store(opened, "replica")
        fill(store)
        yield store


def read(typed: str) -> Condition:
    condition = parse_query(typed)
    assert condition is not None
    return condition


def found(store: Store, typed: str, limit: int = 20, *, newest: bool = True) -> list[str]:
    result = store.search(Query(read(typed), limit, newest))
    assert result.total >= len(result.hits)
    return [hit.entry.id for hit in result.hits]


def list_papers(
    store: Store, wanted: Iterable[tuple[str, int]], list_ids: Callable[[Connection, Condition, int], list[int]]
) -> dict[tuple[str, int], list[str]]:
    """Return the papers by query and limit, without the number of all matches: for tests that search hundreds of times."""
    with store.database.read() as connection:
        ids = {(typed, limit): list_ids(connection, read(typed), limit) for typed, limit in wanted}
        hits = read_hits(connection, sorted(set(chain.from_iterable(ids.values()))))
    return {one: [hits[entry].entry.id for entry in entries] for one, entries in ids.items()}


QUERIES = {
    "depth": ["2105.00001", "2104.00009", "2104.00003", "2104.00001"],
    "DEPTHS image": ["2104.00003", "2104.00001"],
    "maps": ["2104.00001"],
    "mapped": ["2104.00001"],
    "edge": ["2104.00003", "2104.00002"],
    "rotate": ["2105.00001", "2104.00004"],
    '"one image"': ["2104.00003", "2104.00001"],
    '"image one"': [],
    '"depth map"': ["2104.00001"],
    '"maps nothing"': [],
    "edge-aware": ["2104.00003"],
    "depth -maps": ["2105.00001", "2104.00009", "2104.00003"],
    'depth NOT "depth maps" -another': ["2105.00001", "2104.00003"],
    "edg*": ["2104.00003", "2104.00002"],
    "image*": ["2104.00004", "2104.00003", "2104.00001"],
    '"one im*"': ["2104.00003", "2104.00001"],
    "generati*": ["2104.00009", "2104.00004"],
    "cafe schone": ["2104.00002"],
    "CAF\u00c9": ["2104.00002"],
    "3d": ["2104.00002"],
    "href": [],
    "lt": [],
    "maps OR caf\u00e9": ["2104.00002", "2104.00001"],
    "stereo method OR depth maps": ["2105.00001", "2104.00001"],
    "depth (stereo OR short)": ["2105.00001", "2104.00009"],
    "depth -(stereo OR short)": ["2104.00003", "2104.00001"],
    "-depth": ["2104.00004", "2104.00002"],
    "-depth -edges": ["2104.00004"],
    "maps OR -depth": ["2104.00004", "2104.00002", "2104.00001"],
    "depth (maps OR -one)": ["2105.00001", "2104.00009", "2104.00001"],
    "depth -(maps OR -one)": ["2104.00003"],
    "zzz OR depth -(maps OR -one)": ["2104.00003"],
    "title:depth image": ["2104.00003", "2104.00001"],
    "title:(edges OR maps)": ["2104.00003", "2104.00001"],
    "abstract:depth": ["2104.00003", "2104.00001"],
    "-title:depth": ["2104.00004", "2104.00002"],
    'title:"one im*"': ["2104.00003"],
    "author:he": ["2104.00009", "2104.00003", "2104.00001"],
    'author:"he bo"': ["2104.00009", "2104.00003"],
    'author:"K. He"': ["2104.00009", "2104.00001"],
    "one author:he title:depth": ["2104.00003", "2104.00001"],
    "im* author:he": ["2104.00003", "2104.00001"],
    "im* generat*": ["2104.00004"],
    "im* -maps": ["2105.00001", "2104.00004", "2104.00003"],
    "abstract:imag* until:2021-04": ["2104.00004", "2104.00001"],
    "author:k": ["2104.00003"],
    "author:ka*": ["2104.00009", "2104.00001"],
    "author:muller": ["2104.00002"],
    "author:M\u00dcLLER OR maps": ["2104.00002", "2104.00001"],
    "depth -author:he": ["2105.00001"],
    "one author:he": ["2104.00003", "2104.00001"],
    "one author:he -maps": ["2104.00003"],
    "category:cs.LG": ["2104.00003"],
    "cat:CS.lg OR cat:stat": ["2104.00003", "2104.00001"],
    "cat:cs -cat:cs.LG": ["2105.00001", "2104.00009", "2104.00002", "2104.00001"],
    "cat:eess.*": ["2105.00001"],
    "cat:math.XX": [],
    "-cat:cs.CV": ["2104.00004"],
    "cslg OR statml OR cs* OR stat*": [],
    "maps OR cat:cs.LG": ["2104.00003", "2104.00001"],
    "depth -cat:cs.LG -cat:eess": ["2104.00009", "2104.00001"],
    "cat:cs.RO OR (author:he cat:cs.LG)": ["2104.00009", "2104.00003"],
    "maps OR (depth author:he cat:cs.LG)": ["2104.00003", "2104.00001"],
    "depth cat:cs.cv": ["2105.00001", "2104.00009", "2104.00003", "2104.00001"],
    "id:2104.00001v3": ["2104.00001"],
    "2104.00001": ["2104.00001"],
    "id:2105": ["2105.00001"],
    "depth id:2104": ["2104.00009", "2104.00003", "2104.00001"],
    "depth since:2021-04-06": ["2105.00001", "2104.00009"],
    "depth until:2021-04-05": ["2104.00003", "2104.00001"],
    "since:2021-04-06 until:2021-04": ["2104.00009", "2104.00004"],
    "depth section:cross": ["2105.00001", "2104.00009"],
    "section:new author:he": ["2104.00003", "2104.00001"],
    "-section:new": ["2105.00001", "2104.00009"],
    "maps OR section:cross": ["2105.00001", "2104.00009", "2104.00001"],
    "since:2022": [],
    "until:2022": EVERY,
    "maps OR since:2021-05": ["2105.00001", "2104.00001"],
    "NOT since:2021-05 -depth": ["2104.00004", "2104.00002"],
    "of": ["2105.00001", "2104.00009"],
    "AND OR NOT NEAR": EVERY,
    "venue:depth": [],
}  # fmt: skip


def test_every_query_finds_its_papers_newest_first(held: Store) -> None:
    newest = list_papers(held, ((typed, 20) for typed in QUERIES), list_newest)
    assert {typed: papers for (typed, _), papers in newest.items()} == QUERIES
    assert {typed: held.search(Query(read(typed), 1)).total for typed in QUERIES} == {
        typed: len(papers) for typed, papers in QUERIES.items()
    }
    best = list_papers(held, ((typed, 20) for typed in QUERIES), list_best)
    assert {typed: set(papers) for (typed, _), papers in best.items()} == {
        typed: set(papers) for typed, papers in QUERIES.items()
    }


def test_authors_and_categories_of_many_papers_are_looked_up_for_each_entry(
    held: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_conditions, "_MANY", 1)
    wanted = {typed: papers for typed, papers in QUERIES.items() if "cat" in typed or "author" in typed}
    assert {typed: found(held, typed) for typed in wanted} == wanted


@pytest.mark.parametrize("scanned", [1, 2, 4])
def test_the_newest_entries_are_the_same_however_many_are_looked_through_first(
    held: Store, monkeypatch: pytest.MonkeyPatch, scanned: int
) -> None:
    plain = {(typed, limit): papers[:limit] for typed, papers in QUERIES.items() for limit in (1, 3)}
    monkeypatch.setattr(newest_entries, "_SCANNED", scanned)
    monkeypatch.setattr(newest_entries, "_EXCLUDED_AMONG", (scanned, scanned + 2))
    monkeypatch.setattr(newest_entries, "_NAMED_AMONG", (scanned,))
    monkeypatch.setattr(newest_entries, "_MOST_RARE", scanned)
    monkeypatch.setattr(newest_entries, "_MONTHS", (1,))
    monkeypatch.setattr(newest_entries, "_PAGE", 1)
    assert list_papers(held, plain, list_newest) == plain


@pytest.mark.parametrize("numbers", [(1,), (2, 4), (400,)])
def test_matches_of_wide_searches_are_looked_for_among_the_newest_entries(
    store: Store, monkeypatch: pytest.MonkeyPatch, numbers: tuple[int, ...]
) -> None:
    typed = [*(one for one in QUERIES if "*" in one), "-edg*", "im* OR edg*", "-(im* OR edg*)", "edg* -depth", "zz*"]
    typed += ['"one image"', 'author:"K. He"', "one author:he title:depth", "one author:he -maps", "depth -author:he"]
    wanted = [(one, limit) for one in typed for limit in (1, 20)]
    newest, best = (list_papers(store, wanted, list_ids) for list_ids in (list_newest, list_best))
    widen(monkeypatch, numbers)
    monkeypatch.setattr(newest_entries, "_LEAST_FOUND", 10)
    monkeypatch.setattr(newest_entries, "_SCANNED", 1)
    assert list_papers(store, wanted, list_newest) == newest
    ranked = list_papers(store, wanted, list_best)
    assert {one: len(papers) for one, papers in ranked.items()} == {one: len(papers) for one, papers in best.items()}
    assert all(set(papers) <= set(newest[typed, 20]) for (typed, _), papers in ranked.items())


def widen(monkeypatch: pytest.MonkeyPatch, numbers: tuple[int, ...]) -> None:
    """Let every archive be large, every word, beginning, name and phrase common, and look through these numbers of entries."""
    monkeypatch.setattr(wide_searches, "_LARGE", 0)
    monkeypatch.setattr(wide_searches, "_MANY", -1)
    monkeypatch.setattr(wide_searches, "_NEWEST", numbers)
    monkeypatch.setattr(wide_searches, "_BEST", numbers)
    monkeypatch.setattr(wide_searches, "_COMMON_WORDS", 0)
    monkeypatch.setattr(wide_searches, "_COMMON_PHRASE", 0)
    monkeypatch.setattr(search_conditions, "_MANY", 1)


@pytest.mark.parametrize(
    ("typed", "total", "on_both"),
    [
        ("im*", 4, True),
        ("depth until:2021-04 author:k*", 3, False),
        ("depth author:he", 3, False),
        ('"one image"', 2, False),
    ],
)
def test_how_many_matches_of_a_wide_search_were_ranked_is_said(
    store: Store, monkeypatch: pytest.MonkeyPatch, typed: str, total: int, *, on_both: bool
) -> None:
    widen(monkeypatch, (1,))
    result = store.search(Query(read(typed), 1, newest=False))
    is_wide = on_both or store.database.file is not None
    assert (result.total, (result.ranked or 0) < total) == (total, is_wide)
    assert len(result.hits) == 1
    monkeypatch.setattr(wide_searches, "_LARGE", 1_000)
    in_small = store.search(Query(read(typed), 1, newest=False)).ranked
    assert in_small == (total if typed != "im*" else result.ranked)


@pytest.mark.parametrize(("few", "asked"), [(0, 50), (1, 50), (200, 1), (200, 2)])
def test_the_papers_of_an_author_are_the_same_however_they_are_looked_up(
    held: Store, monkeypatch: pytest.MonkeyPatch, few: int, asked: int
) -> None:
    monkeypatch.setattr(newest_entries, "_FEW", few)
    monkeypatch.setattr(newest_entries, "_MOST_ASKED", asked)
    monkeypatch.setattr(newest_entries, "_ASKED", 1)
    wanted = {typed: papers for typed, papers in QUERIES.items() if "author" in typed}
    plain = {(typed, limit): papers[:limit] for typed, papers in wanted.items() for limit in (1, 2, 20)}
    assert list_papers(held, plain, list_newest) == plain
    best = list_papers(held, ((typed, 20) for typed in wanted), list_best)
    assert {typed: set(papers) for (typed, _), papers in best.items()} == {
        typed: set(papers) for typed, papers in wanted.items()
    }


def test_stems_differ_where_the_two_stemmers_do(held: Store) -> None:
    # Porter has one stem for both words, the later stemmer of PostgreSQL has two.
    assert found(held, "generation") == ["2104.00009", "2104.00004"]
    assert found(held, "general") == (["2104.00009", "2104.00004"] if held.database.file else ["2104.00004"])


@given(TYPED)
def test_no_typed_text_is_an_error(held: Store, typed: str) -> None:
    condition = parse_query(typed)
    if condition is not None:
        result = held.search(Query(condition))
        assert len(result.hits) == result.total <= len(EVERY)
        best = held.search(Query(condition, newest=False))
        assert {hit.entry.id for hit in best.hits} == {hit.entry.id for hit in result.hits}
        assert sum(month.found for month in held.count_by_month(condition)) == result.total


@pytest.mark.parametrize(
    "piece",
    ["a# ", "a# OR ", "a# OR -b# OR ", "(a# ", "au:a#|", "cat:c# ", "images#* ", "id:2104.# ", "-(a# OR id:#) "],
)
def test_a_very_long_query_is_no_error(held: Store, piece: str) -> None:
    held.search(Query(read("".join(piece.replace("#", str(number)) for number in range(1_000)))))


def test_the_best_match_comes_first(store: Store) -> None:
    put_mailing(
        store,
        MAY,
        make_entry("2105.00002", "Plain", "Rivers and fields."),
        make_entry("2105.00001", "Rivers", "Plain fields."),
    )
    assert found(store, "rivers") == ["2105.00002", "2105.00001"]
    assert found(store, "rivers", newest=False) == ["2105.00001", "2105.00002"]
    assert found(store, "rivers", 1, newest=False) == ["2105.00001"]
    assert store.search(Query(read("rivers"), newest=False)).ranked == 2
    assert store.search(Query(read("rivers"))).ranked is None


def test_a_search_without_words_to_rank_by_gives_the_newest(held: Store) -> None:
    for typed in ("cat:cs.CV OR cat:eess", "image OR cat:cs.CV", "cat:cs.CV -depth"):
        assert found(held, typed, newest=False) == found(held, typed)


def test_only_the_newest_matches_are_ranked(held: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_queries, "MOST_RANKED", {"sqlite": 2, "postgresql": 2})
    result = held.search(Query(read("depth"), newest=False))
    assert {hit.entry.id for hit in result.hits} == {"2105.00001", "2104.00009"}
    assert (result.total, result.ranked) == (4, 2)


def test_a_limit_takes_the_newest_and_within_a_mailing_the_first(held: Store) -> None:
    everything = found(held, "until:2022", 100)
    assert everything == EVERY
    assert [found(held, "until:2022", limit) for limit in range(1, 7)] == [EVERY[:limit] for limit in range(1, 7)]
    assert [found(held, "depth", limit) for limit in range(1, 5)] == [QUERIES["depth"][:limit] for limit in range(1, 5)]


def test_a_hit_has_its_mailing_and_the_text_as_announced(held: Store) -> None:
    (hit,) = held.search(Query(read("edge-aware"))).hits
    assert (hit.day, hit.number, hit.entry.id) == (MONDAY, 1, "2104.00003")
    assert hit.entry.abstract.endswith("</a>")


@pytest.mark.parametrize("scanned", [1, 3, 1_000])
def test_the_newest_papers_of_several_common_authors_are_found(
    store: Store, monkeypatch: pytest.MonkeyPatch, scanned: int
) -> None:
    teams = [["He", "Lee"], *[["He"]] * 6, ["He", "Lee"], *[["Lee"]] * 6, ["Lee", "He", "Roe"]]
    for number, names in enumerate(teams):
        known = Metadata(authors=tuple(map(Author, names)))
        paper = Paper(PaperId(f"2106.{number:02}000"), "Plain", "Text.", 1, ("cs.CV",), known)
        store.put_listed([paper], "new", NOW)
        put_mailing(store, date(2021, 6, 1) + timedelta(days=number), make_entry(paper.id, "Plain", "Text."))
    monkeypatch.setattr(newest_entries, "_NAMED_AMONG", (scanned,))
    for many in (1, 100):
        monkeypatch.setattr(search_conditions, "_MANY", many)
        for limit in (1, 2, 20):
            assert found(store, "author:he author:lee", limit) == ["2106.14000", "2106.07000", "2106.00000"][:limit]
        assert found(store, "author:he author:lee author:roe", 20) == ["2106.14000"]
        assert found(store, "author:he author:lee until:2021-06-10", 1) == ["2106.07000"]


@pytest.mark.parametrize("rare", [0, 2, 1_000])
def test_rare_words_among_many_entries_are_found(store: Store, monkeypatch: pytest.MonkeyPatch, rare: int) -> None:
    monkeypatch.setattr(newest_entries, "_MOST_RARE", rare)
    monkeypatch.setattr(newest_entries, "_SCANNED", 2)
    monkeypatch.setattr(newest_entries, "_MONTHS", (1,))
    for number in range(20):
        entries = [make_entry(f"2106.{number:02}{i:03}", "Plain", "common") for i in range(5)]
        put_mailing(store, date(2021, 6, 1) + timedelta(days=number), *entries)
    assert found(store, "depth", 3) == QUERIES["depth"][:3]
    assert found(store, "common", 3) == ["2106.19000", "2106.19001", "2106.19002"]
    assert found(store, "common until:2021-06-05", 3) == ["2106.04000", "2106.04001", "2106.04002"]
    assert len(found(store, "common", 50)) == 50


def test_matches_are_counted_by_month_beside_all_entries(held: Store) -> None:
    april, may = date(2021, 4, 1), date(2021, 5, 1)
    counts = {
        typed: [(one.month, one.found, one.held) for one in held.count_by_month(read(typed))]
        for typed in ("depth", "maps", "zzz", "author:he", "depth since:2021-05", "maps OR since:2021-05")
    }
    assert counts == {
        "depth": [(april, 3, 5), (may, 1, 1)],
        "maps": [(april, 1, 5), (may, 0, 1)],
        "zzz": [(april, 0, 5), (may, 0, 1)],
        "author:he": [(april, 3, 5), (may, 0, 1)],
        "depth since:2021-05": [(may, 1, 1)],
        "maps OR since:2021-05": [(april, 1, 5), (may, 1, 1)],
    }


def test_a_search_reads_a_database_in_a_folder_that_may_not_change(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/syncd.db"
    with closing(open_database(url, create=True)) as database:
        fill(Store(database, "replica"))
    held = sorted(tmp_path.iterdir())
    tmp_path.chmod(0o555)
    try:
        with closing(open_database(url, create=False)) as database:
            assert found(Store(database, "replica"), "depth author:he", newest=False)
            assert found(Store(database, "replica"), "maps OR -depth cat:cs.CV")
        assert sorted(tmp_path.iterdir()) == held
    finally:
        tmp_path.chmod(0o755)
