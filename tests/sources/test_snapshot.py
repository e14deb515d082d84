from __future__ import annotations

import json
from datetime import UTC, date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.mailing.evidence import Bound, bound
from syncd.core.model import Author, Metadata, PaperId, Record, Version
from syncd.sources import snapshot
from syncd.sources.snapshot import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = {"version": "v1", "created": "Tue, 6 Apr 2021 17:59:59 GMT"}
SECOND = {"version": "v2", "created": "Mon, 3 May 2021 08:00:00 GMT"}


def line(*, spaced: bool = False, **changes: object) -> bytes:
    fields: dict[str, object] = {
        "id": "2104.02703",
        "submitter": "A. Author",
        "authors": "A. Author, B. Author",
        "title": "Moving Away from\n  Moss",
        "comments": None,
        "categories": "cs.CV cs.LG",
        "license": None,
        "abstract": '  Moss is "left alone".\n  Stones are not.\n',
        "versions": [FIRST, SECOND],
        "update_date": "2021-05-04",
        "authors_parsed": [["Author", "A.", ""], ["Author", "B.", ""]],
    }
    fields = {name: value for name, value in (fields | changes).items() if value is not ...}
    return json.dumps(fields, separators=None if spaced else (",", ":")).encode() + b"\n"


def read(*lines: bytes, category: str | None = "cs.CV") -> list[Record | Bound | Malformed]:
    return list(snapshot.read_lines(lines, category))


RECORD = Record(
    id=PaperId("2104.02703"),
    title="Moving Away from\n  Moss",
    abstract='  Moss is "left alone".\n  Stones are not.\n',
    categories=("cs.CV", "cs.LG"),
    versions=(
        Version(1, datetime(2021, 4, 6, 17, 59, 59, tzinfo=UTC)),
        Version(2, datetime(2021, 5, 3, 8, tzinfo=UTC)),
    ),
    datestamp=date(2021, 5, 4),
    metadata=Metadata(
        (Author("A. Author", "A.", "Author"), Author("B. Author", "B.", "Author")), "A. Author", comments="", licence=""
    ),
)


def stated(**changes: Any) -> Metadata:
    (found,) = read(line(**changes))
    assert isinstance(found, Record)
    return found.metadata


def test_a_line_states_what_the_set_has() -> None:
    assert stated(
        authors="Z. K{\\o}v\\'ari, Ana de la Fuente and Fred Bloggs, Jr.",
        authors_parsed=[["Køvári", "Z.", ""], ["de la Fuente", "Ana", "", "Harbour"], ["Bloggs", "Fred", "Jr."]],
        comments="7 pages,\n  in French",
        **{"journal-ref": "J. Pond", "doi": "10.9999/1", "report-no": "POND-7", "license": "http://x.example/"},
    ) == Metadata(
        (
            Author("Z. Køvári", "Z.", "Køvári"),
            Author("Ana de la Fuente", "Ana", "de la Fuente"),
            Author("Fred Bloggs Jr.", "Fred", "Bloggs"),
        ),
        "A. Author",
        "7 pages, in French",
        "J. Pond",
        "10.9999/1",
        "POND-7",
        licence="http://x.example/",
    )


def test_odd_or_missing_optional_fields_leave_a_line_readable() -> None:
    assert stated(submitter=7, comments=["x"], license=...) == Metadata(RECORD.metadata.authors)
    assert stated(comments="a\ud800b\u202ec").comments == "abc"
    assert stated(authors=..., authors_parsed=...).authors is None
    assert stated(authors=None).authors == RECORD.metadata.authors
    for odd in (..., 7, [["Author"]], [7, 7], [[7, 7], [7, 7]], [["Author", "A.", ""]]):
        assert stated(authors_parsed=odd).authors == (Author("A. Author"), Author("B. Author")), odd


@pytest.mark.parametrize("spaced", [False, True])
def test_a_line_of_the_category_is_a_record(spaced: bool) -> None:
    assert read(line(spaced=spaced)) == [RECORD]


@pytest.mark.parametrize("spaced", [False, True])
def test_a_line_of_another_category_is_only_a_bound(spaced: bool) -> None:
    assert read(line(spaced=spaced), category="hep-th") == [bound(RECORD)]


def test_without_a_category_every_line_is_a_record() -> None:
    other = line(id="hep-th/9711999", categories="hep-th")
    assert [type(one) for one in read(line(), other, category=None)] == [Record, Record]


@pytest.mark.parametrize("category", ["cs.C", "s.CV", "CV", "cs"])
def test_a_part_of_a_category_is_not_the_category(category: str) -> None:
    assert read(line(), category=category) == [bound(RECORD)]


def test_a_text_that_looks_like_a_field_is_a_text() -> None:
    tricky = '"categories":"hep-th","versions":[{"version":"v1","created":"Mon, 1 Jan 2001 00:00:00 GMT"'
    assert read(line(abstract=tricky, title=tricky))[0] == Record(
        RECORD.id, tricky, tricky, RECORD.categories, RECORD.versions, RECORD.datestamp, RECORD.metadata
    )
    assert read(line(abstract=tricky, title=tricky), category="stat.ML") == [bound(RECORD)]


@pytest.mark.parametrize(
    "other",
    [
        line(categories="hep-th").replace(b'"2104.02703"', b'"\\u0032104.02703"'),
        line(categories="hep-th").replace(b'"categories":"hep-th"', b'"categories" : "hep-th"'),
        line(categories="hep-th").replace(b'"v1"', b'"\\u00761"'),
        line(categories="hep-th").replace(b'{"id":"2104.02703",', b'{"x":1,"id":"2104.02703",'),
        line(categories="hep-th", versions=[{**dict(reversed(FIRST.items()))}, SECOND]),
    ],
)
def test_a_line_in_unusual_spelling_is_read_in_full(other: bytes) -> None:
    assert read(other) == [bound(RECORD)]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"\n".join([b"{", b"}"]) + b"x", "not JSON: "),
        (line()[:300], "not JSON: "),
        (line(categories="hep-th")[:-3], "not JSON: "),
        (b"[1]", "not an object"),
        (b"7", "not an object"),
        (line(id="2104.2703x"), "not an arXiv id: '2104.2703x'"),
        (line(id=..., categories="hep-th"), "no id"),
        (line(title=None), "no title"),
        (line(abstract=" \n"), "no abstract"),
        (line(categories=[]), "no categories"),
        (line(versions=[]), "no versions"),
        (line(versions=["v1"]), "versions are not objects"),
        (line(versions=[SECOND]), "versions are not v1, v2 …"),
        (line(versions=[SECOND], categories="hep-th"), "versions are not v1, v2 …"),
        (line(versions=[{"version": "v1", "created": "now"}]), "no such time: 'now'"),
        (line(versions=[{"version": "v1", "created": "now"}], categories="hep-th"), "no such time: 'now'"),
        (line(update_date="4 May 2021"), "Invalid isoformat"),
        (line(update_date="4 May 2021", categories="hep-th"), "Invalid isoformat"),
        (line(id="x", categories="hep-th"), "not an arXiv id: 'x'"),
    ],
)
def test_a_bad_line_is_named_and_harms_no_other(bad: bytes, why: str) -> None:
    before, found, after = read(line(), bad, line())
    assert before == after == RECORD
    assert isinstance(found, Malformed)
    assert found.line == 2
    assert found.why.startswith(why)


@pytest.mark.parametrize(
    "bad", [b"[" * 100_000, line().replace(b"Moving", b"\\ud800"), line().replace(b"Moving", b"\xff"), b"\0"]
)
def test_hostile_lines_are_bad_lines(bad: bytes) -> None:
    assert [type(one) for one in read(bad, line())] == [Malformed, Record]


def test_a_category_in_unusual_spelling_is_the_category() -> None:
    assert read(line().replace(b'"cs.CV cs.LG"', b'"cs\\u002eCV cs.LG"')) == [RECORD]


def test_blank_lines_count_and_say_nothing() -> None:
    assert read(b"\n", b"", line(), b"  \n") == [RECORD]
    assert [one.line for one in read(b"\n", b"", b"x") if isinstance(one, Malformed)] == [3]


def test_a_line_without_its_end_of_line_is_whole() -> None:
    assert read(line().rstrip()) == [RECORD]
    assert read(line().rstrip(), category="hep-th") == [bound(RECORD)]


def test_no_more_lines_are_taken_than_are_used() -> None:
    def endless() -> Iterator[bytes]:
        yield line()
        yield line()
        raise AssertionError("read ahead")

    assert list(islice(snapshot.read_lines(endless(), "cs.CV"), 2)) == [RECORD, RECORD]


@given(
    title=st.text(min_size=1),
    abstract=st.text(min_size=1),
    comments=st.none() | st.text(),
    categories=st.sampled_from(["cs.CV", "cs.LG cs.CV", "hep-th", "math.CV"]),
    spaced=st.booleans(),
    ascii_only=st.booleans(),
)
def test_a_glance_says_what_reading_says(
    title: str, abstract: str, comments: str | None, categories: str, spaced: bool, ascii_only: bool
) -> None:
    whole = line(title=title, abstract=abstract, comments=comments, categories=categories, spaced=spaced)
    if not ascii_only:
        whole = json.dumps(json.loads(whole), ensure_ascii=False).encode("utf-8", "surrogatepass")
    (found,), (full,) = read(whole), read(whole, category=None)
    if isinstance(full, Record):
        assert found == (full if "cs.CV" in full.categories else bound(full))
        assert (full.title, full.abstract) == (title, abstract)


@given(st.lists(st.binary(max_size=60)))
def test_no_bytes_break_the_reader(lines: list[bytes]) -> None:
    assert all(isinstance(one, Malformed) for one in read(*lines))


@pytest.mark.parametrize(
    ("head", "packed"),
    [(b"\x1f\x8b\x08\x00", (True, False)), (b"PK\x03\x04\x14", (False, True)), (b'{"id"', (False, False))],
)
def test_packed_files_are_known_by_their_first_bytes(head: bytes, packed: tuple[bool, bool]) -> None:
    assert (snapshot.is_gzip(head), snapshot.is_zip(head)) == packed


@pytest.mark.parametrize(("listed", "asked"), [("cs.SY", "eess.SY"), ("eess.SY", "cs.SY")])
def test_a_line_with_an_alias_of_the_category_is_a_record(listed: str, asked: str) -> None:
    assert isinstance(read(line(categories=f"cs.LG {listed}"), category=asked)[0], Record)
