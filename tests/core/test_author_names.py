from __future__ import annotations

from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.core.author_names import MAX_AUTHORS, MAX_NAME, add_key_names, split_authors
from syncd.core.markup.characters import is_dangerous
from syncd.core.model import Author


def names(text: str) -> list[str]:
    return [author.name for author in split_authors(text) or ()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A. Author", ["A. Author"]),
        ("A. B, C. D and E", ["A. B", "C. D", "E"]),
        ("A. B, C. D, and E", ["A. B", "C. D", "E"]),
        ("A. B \\& C. D & E\n  and F", ["A. B", "C. D", "E", "F"]),
        ("D.V. Reed,S.J. Moss,and G.A. Fern", ["D.V. Reed", "S.J. Moss", "G.A. Fern"]),
        ("Anderson Land, Sandy Hill, Aldous Alder", ["Anderson Land", "Sandy Hill", "Aldous Alder"]),
        ("A. One,, , B. Two,", ["A. One", "B. Two"]),
        ("A. One ; B. Two", ["A. One ; B. Two"]),
    ],
)
def test_names_are_separated_by_commas_and_by_and(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A. One (Pond Laboratory), B. Two", ["A. One", "B. Two"]),
        ("A. One (1 and 2) and B. Two(3) ((1) X, (2) Y, Z, (3) W)", ["A. One", "B. Two"]),
        ("A (1) B (2)", ["A", "B"]),
        ("A. One (deceased), B. Two (for the X Collaboration)", ["A. One", "B. Two"]),
        (
            "Wei (Vivian) Wang, Li (Lee) Zhou and Mary (Mo) Moss",
            ["Wei (Vivian) Wang", "Li (Lee) Zhou", "Mary (Mo) Moss"],
        ),
        ("Mary Moss (Harbour) and Bob", ["Mary Moss", "Bob"]),
        ("A. One (never closed, B. Two", ["A. One"]),
        ("A. One), B. Two", ["A. One", "B. Two"]),
        ("(the list is missing)", []),
    ],
)
def test_what_stands_in_parentheses_is_dropped_except_a_nickname(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The POND Collaboration", ["The POND Collaboration"]),
        ("POND collaboration: A. One, B. Two", ["POND collaboration", "A. One", "B. Two"]),
        ("The POND Collaboration, A. One, et al.", ["The POND Collaboration", "A. One"]),
        ("A. One for the POND Collaboration", ["A. One", "POND Collaboration"]),
        ("A. One, for the POND Collaboration", ["A. One", "POND Collaboration"]),
        ("A. One on behalf of the Pebble Survey Team", ["A. One", "Pebble Survey Team"]),
        ("A. One, for the POND and MOSS Collaborations", ["A. One", "POND", "MOSS Collaborations"]),
        ("A. One et al", ["A. One"]),
        ("Ford Forest, Brandon Al", ["Ford Forest", "Brandon Al"]),
    ],
)
def test_a_collaboration_is_an_author(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_a_suffix_belongs_to_the_name_before_it() -> None:
    assert names("Fred Bloggs, Jr., Ann Reed, III and Jr-Shin Li") == ["Fred Bloggs Jr.", "Ann Reed III", "Jr-Shin Li"]
    assert names("Jr., A. One") == ["Jr.", "A. One"]


def test_names_are_in_unicode_without_invisible_characters() -> None:
    assert names("Zs\\'ofia K{\\H{o}}v\\'ari, {\\O}. S{\\o}by and \\c{C}. Mu\\~noz") == [
        "Zsófia K{ő}vári",
        "Ø. Søby",
        "Ç. Muñoz",
    ]
    assert names("A\u202eB\x00 \ud800C,\tU\u0308. D") == ["AB C", "Ü. D"]


def test_no_name_is_no_statement() -> None:
    assert [split_authors(text) for text in ("", " ", ",:-", "et al.")] == [None] * 4


def test_lists_and_names_are_bounded() -> None:
    assert len(split_authors("A. B, " * 60_000) or ()) == MAX_AUTHORS
    (cut,) = names("x" * 5000)
    assert (len(cut), cut[-1]) == (MAX_NAME, "…")


@pytest.mark.parametrize(
    "piece", ["(", ")", "()", "A (B) ", " and ", "A for the B ", ",", "et al ", "\\'", "{{", "a b", "Jr,"]
)
def test_hostile_repetition_takes_no_long_time(piece: str) -> None:
    start = process_time()
    split_authors(piece * 30_000)
    assert process_time() - start < 5


_NAMES = (
    "A. B",
    "Alan",
    "and",
    "et al.",
    "C ET AL",
    "C Et. Al",
    "C et\xa0al",
    "D for the Z Team",
    "Jr.",
    "III",
    "\\'E",
    "",
)
_BETWEEN = (",", ", ", " and ", ", and ", ",and ", " & ", " \\& ", ":", " ", "\xa0", "\t", "\n")


@example("A. B, Jr., ")
@example("A. B, III, ")
@example("C et\xa0al, ")
@example("A. B & ")
@given(st.lists(st.tuples(st.sampled_from(_NAMES), st.sampled_from(_BETWEEN)).map("".join)).map("".join))
def test_a_text_without_parentheses_gives_the_names_that_it_gives_beside_some(text: str) -> None:
    """A parenthesis makes every name be looked at by itself."""
    assert names(f"{text}E. F, Q ()") == [*names(f"{text}E. F"), "Q"]


@given(st.text(alphabet=st.sampled_from("aB ,(){}\\'&:.\n\x00\u202eé") | st.characters(), max_size=60))
def test_any_text_gives_clean_names(text: str) -> None:
    for name in names(text):
        assert not is_dangerous(name)
        assert name == name.strip()
        assert "," not in name
        assert 0 < len(name) <= MAX_NAME


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [
        ("Ana L. de la Fuente", "de la Fuente", ("Ana L.", "de la Fuente")),
        ("A.B.Reed", "Reed", ("A.B.", "Reed")),
        ("Fred Bloggs Jr.", "Bloggs", ("Fred", "Bloggs")),
        ("Fred Bloggs II", "Bloggs", ("Fred", "Bloggs")),
        ("Sivan", "Sivan", ("", "Sivan")),
        ("Ann McReed", "Reed", (None, None)),
        ("Ann Reed", "Moss", (None, None)),
        ("Ann Reed", "", (None, None)),
    ],
)
def test_a_key_name_is_taken_where_it_ends_the_name(
    name: str, key: str, expected: tuple[str | None, str | None]
) -> None:
    assert add_key_names([Author(name)], [key]) == (Author(name, *expected),)
