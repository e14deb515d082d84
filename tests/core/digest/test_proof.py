"""Test the quick proof of a file against the parser, which is its judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.core import digest
from syncd.core.digest.form import to_bytes
from syncd.core.model import Digest, Issue, Severity
from syncd.core.reasons import severity
from tests.support.digest_damage import DAMAGES, EDITS, SOUND, Damage
from tests.support.digests import WEDNESDAY, a_digest, an_entry, digests, of_ids, read_digest

_SNIPPETS = st.binary(max_size=3) | st.sampled_from(
    [
        b"\n",
        b"\r\n",
        b" ",
        b"#",
        b">",
        b"](",
        b".",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"e\xcc\x81",
        b"<b>",
        b"&",
        b"v2",
        b"0",
        b"\x7f",
    ]
)


def judge(data: bytes, day: date = WEDNESDAY) -> tuple[Issue, ...] | None:
    """Return what the parser says of the file of a date, None where it has a fault or another date."""
    parsed = digest.parse(data)
    is_faulty = any(severity(issue.code) is Severity.FAULT for issue in parsed.issues)
    return None if is_faulty or parsed.digest is None or parsed.digest.day != day else parsed.issues


@given(digests())
def test_a_file_that_was_written_is_proven_with_the_hints_of_the_parser(wanted: Digest) -> None:
    data = digest.render(wanted)
    assert digest.prove(data, wanted.day, wanted.category) == judge(data, wanted.day)


@given(digests(), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5), _SNIPPETS), min_size=1, max_size=3))
def test_a_changed_file_is_proven_only_where_the_parser_agrees(
    wanted: Digest, cuts: list[tuple[float, int, bytes]]
) -> None:
    data = digest.render(wanted)
    for where, length, snippet in cuts:
        at = int(where * len(data))
        data = data[:at] + snippet + data[at + length :]
    assert digest.prove(data, wanted.day, wanted.category) == judge(data, wanted.day)


_LINK = '<a class="link-external link-https" href="https://a.org/x?a=1&amp;b" rel="external">this https URL</a>'
_PIECES = [
    _LINK, '<a class="x', 'y" href="https://a.org">z</a>', '<a href="https://a.org">', "</a>", "<br>", "<b>", "<", ">",
    "&amp;", "&lt;", "&", "é", "e\u0301", "\x00", "\x7f", "\x85", "\t", "\u2028", "words", " words ", "A", '"',
]  # fmt: skip
_MARKUP = st.sampled_from(_PIECES)
_AROUND = [("", ""), (_LINK, ""), ("", _LINK)]


@given(st.lists(st.tuples(st.lists(_MARKUP, max_size=2), st.lists(_MARKUP, max_size=5)), min_size=1, max_size=3))
@example([(["A"], ['<a class="x']), (["A"], ['y" href="https://a.org">z</a>'])])
@example([(["A"], ['<a href="https://a.org">']), (["A"], ["</a>"])])
@example([(["A"], [">"])])
@example([(["A"], [">", "<br>"])])
@example([(["A"], ['<a href="https://a.org">', "<br>", "</a>"])])
@example([(["A"], ["&", _LINK])])
@example([(["A"], [_LINK, "&"])])
@example([(["A"], [_LINK, "\x7f", "<br>"])])
@example([(["&amp;", "\x7f"], ["A"])])
def test_markup_is_judged_as_the_parser_does(texts: list[tuple[list[str], list[str]]]) -> None:
    entries = [
        an_entry(f"2104.{5 - at:05}", f"A{''.join(title)}", f"A{''.join(abstract)}A")
        for at, (title, abstract) in enumerate(texts)
    ]
    data = to_bytes(a_digest(*entries))
    assert digest.prove(data, WEDNESDAY, "cs.CV") == judge(data)


@pytest.mark.parametrize("first", _PIECES)
def test_any_two_pieces_of_markup_are_judged_as_the_parser_does(first: str) -> None:
    for abstract in (f"A{before}{first}A{second}{after}A" for second in _PIECES for before, after in _AROUND):
        data = to_bytes(a_digest(an_entry("2104.00001", "A", abstract)))
        assert digest.prove(data, WEDNESDAY, "cs.CV") == judge(data)


@pytest.mark.parametrize("place", [b"# ArXiv", b"### 1.", b"  [ :arrow", b".pdf)", b">  ", b"\n>", b"\n"])
def test_any_byte_in_any_kind_of_place_is_judged_as_the_parser_does(place: bytes) -> None:
    begin, end = SOUND.split(place, 1)
    for code in range(256):
        for data in (begin + place + bytes([code]) + end, begin + bytes([code]) + place + end):
            assert digest.prove(data, WEDNESDAY, "cs.CV") == judge(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_judged_as_the_parser_does(data: bytes) -> None:
    assert digest.prove(data, WEDNESDAY, "cs.CV") == judge(data)


@pytest.mark.parametrize("damage", [*DAMAGES, *EDITS], ids=lambda damage: damage.name)
def test_a_damaged_file_is_judged_as_the_parser_does(damage: Damage) -> None:
    data = damage.apply(SOUND)
    assert digest.prove(data, WEDNESDAY, "cs.CV") == judge(data)


@pytest.mark.shared
def test_real_digests_are_proven(seeds: list[bytes]) -> None:
    for seed in seeds:
        assert digest.prove(seed, read_digest(seed).day, "cs.CV") == ()


def test_the_file_of_another_date_or_category_is_not_proven() -> None:
    assert digest.prove(SOUND, WEDNESDAY, "cs.CV") == ()
    assert digest.prove(SOUND, date(2021, 4, 8), "cs.CV") is None
    assert digest.prove(SOUND, WEDNESDAY, "cs.LG") is None
    assert digest.prove(SOUND.replace(b"cs.CV", b"cs_CV"), WEDNESDAY, "cs_CV") is None


def test_a_late_cross_list_is_a_hint_with_its_line() -> None:
    data = to_bytes(of_ids("2104.00002", "2104.00001", "2103.00001"))
    assert digest.prove(data, WEDNESDAY, "cs.CV") == judge(data)
    assert [issue.line for issue in judge(data) or ()] == [6]


def test_characters_that_change_a_line_are_never_proven() -> None:
    for letter in map(
        chr, [*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
    ):
        for entry in (an_entry(title=f"A{letter}B"), an_entry(abstract=f"A{letter}B")):
            data = to_bytes(a_digest(entry))
            assert digest.prove(data, WEDNESDAY, "cs.CV") is None, ascii(letter)


@pytest.mark.parametrize("tail", [0, 1, 6])
def test_any_constant_tail_is_proven(tail: int) -> None:
    entry = an_entry()
    assert digest.prove(to_bytes(a_digest(entry, tail=tail)), WEDNESDAY, "cs.CV") == ()
    other = replace(entry, id=an_entry("2104.09003").id, abstract=f"{entry.abstract} ")
    assert digest.prove(to_bytes(a_digest(entry, other, tail=tail)), WEDNESDAY, "cs.CV") is None
