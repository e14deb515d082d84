"""What people type to search: how it is read, and that every text can be read."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.query.conditions import (
    And,
    AuthorName,
    CategoryCode,
    Condition,
    IdPattern,
    MailingDates,
    Not,
    Or,
    Part,
    Phrase,
    SectionName,
)
from syncd.core.query.typed_query import join_arguments, parse_query

A, B, C, D = (Phrase((word,)) for word in "abcd")
TITLE, ABSTRACT = Part.TITLE, Part.ABSTRACT
SYNTAX = [
    "title:", "ti:", "abstract:", "author:", "au:", "category:", "cat:", "id:", "since:", "until:", " OR ", " AND ", " NOT ", "|",
    "-", "(", ")", '"', "*", "2104.02703", "2021-04", "cs.LG", "depth", "é", " ",
]  # fmt: skip
TYPED = st.lists(st.one_of(st.sampled_from(SYNTAX), st.text(max_size=5)), max_size=30).map("".join)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("a", A),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("A É", And((A, Phrase(("e",))))),
        ("a and b", And((A, Phrase(("and",)), B))),
        ('"a b" c', And((Phrase(("a", "b")), C))),
        ('a "b c', And((A, Phrase(("b", "c"))))),
        ("edge-aware", Phrase(("edge", "aware"))),
        ("foo_bar/baz", Phrase(("foo", "bar", "baz"))),
        ("seg*", Phrase(("seg",), prefix=True)),
        ('"a b*"', Phrase(("a", "b"), prefix=True)),
        ('"a b"*', Phrase(("a", "b"), prefix=True)),
        ("a OR b", Or((A, B))),
        ("a | b||c", Or((A, B, C))),
        ("a b OR c d", Or((And((A, B)), And((C, D))))),
        ("a (b OR c)", And((A, Or((B, C))))),
        ("a (b c)", And((A, B, C))),
        ("a -b", And((A, Not(B)))),
        ("a NOT b", And((A, Not(B)))),
        ("a AND NOT b", And((A, Not(B)))),
        ("-a", Not(A)),
        ("--a", Not(A)),
        ("NOT -a", A),
        ("-(a OR b)", Not(Or((A, B)))),
        ("a OR -b", Or((A, Not(B)))),
        ('-"a b"', Not(Phrase(("a", "b")))),
    ],
)
def test_words_and_operators_are_read(typed: str, read: Condition) -> None:
    assert parse_query(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("title:a b", And((Phrase(("a",), part=TITLE), B))),
        ("Title: a", Phrase(("a",), part=TITLE)),
        ("ti:a", Phrase(("a",), part=TITLE)),
        ("abs:a", Phrase(("a",), part=ABSTRACT)),
        ('abstract:"a b"', Phrase(("a", "b"), part=ABSTRACT)),
        ("title:(a OR b*) c", And((Or((Phrase(("a",), part=TITLE), Phrase(("b",), prefix=True, part=TITLE))), C))),
        ("title:(a abs:b)", And((Phrase(("a",), part=TITLE), Phrase(("b",), part=ABSTRACT)))),
        ("-title:a", Not(Phrase(("a",), part=TITLE))),
        ("title:-a", Not(Phrase(("a",), part=TITLE))),
        ('author:"Kaiming He"', AuthorName(("kaiming", "he"))),
        ("au:del_maestro", AuthorName(("del", "maestro"))),
        ("author:lec*", AuthorName(("lec",), prefix=True)),
        ("category:cs.LG", CategoryCode("cs.lg")),
        ("cat:CS.lg", CategoryCode("cs.lg")),
        ("cat:cs", CategoryCode("cs")),
        ("cat:cs.*", CategoryCode("cs.", prefix=True)),
        ("cat:math.MP", CategoryCode("math-ph")),
        ("cat:cs.na", CategoryCode("math.na")),
        ("cat:cond-mat.dis-nn", CategoryCode("cond-mat.dis-nn")),
        ("id:2104.02703v2", IdPattern("2104.02703")),
        ("id:arXiv:2104.02703", IdPattern("2104.02703")),
        ("id:2104", IdPattern("2104", prefix=True)),
        ("id:2104.0*", IdPattern("2104.0", prefix=True)),
        ("id:math.AG/0601", IdPattern("math.AG/0601", prefix=True)),
        ("arXiv:2104.02703v1", IdPattern("2104.02703")),
        ("2104.02703", IdPattern("2104.02703")),
        ("cs/0401001", IdPattern("cs/0401001")),
        ("https://arxiv.org/abs/2104.02703v1", IdPattern("2104.02703")),
        ("arxiv.org/pdf/2104.02703.pdf", IdPattern("2104.02703")),
        ('"2104.02703"', Phrase(("2104", "02703"))),
        ("section:Cross", SectionName("cross")),
        ("section:old", Phrase(("section", "old"))),
        ("since:2021", MailingDates(since=date(2021, 1, 1))),
        ("since:2021-02", MailingDates(since=date(2021, 2, 1))),
        ("until:2021", MailingDates(until=date(2021, 12, 31))),
        ("until:2024-02", MailingDates(until=date(2024, 2, 29))),
        ("until:2021-02-03", MailingDates(until=date(2021, 2, 3))),
    ],
)  # fmt: skip
def test_fields_are_read(typed: str, read: Condition) -> None:
    assert parse_query(typed) == read


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("OR a", [("or",), ("a",)]),
        ("a OR", [("a",), ("or",)]),
        ("AND", [("and",)]),
        ("NOT", [("not",)]),
        ("a OR )", [("a",), ("or",)]),
        ("a AND OR b", [("a",), ("and",)]),
        ("venue:cvpr", [("venue", "cvpr")]),
        ("title:", [("title",)]),
        ("since:soon", [("since", "soon")]),
        ("since:2021-13", [("since", "2021", "13")]),
        ("since:0000", [("since", "0000")]),
        ("cat:3", [("cat", "3")]),
        ("id:depth", [("id", "depth")]),
        ("a)b", [("a",), ("b",)]),
        ("(a b", [("a",), ("b",)]),
        ("a - b", [("a",), ("b",)]),
    ],
)
def test_what_does_not_fit_is_read_as_words(typed: str, words: list[tuple[str, ...]]) -> None:
    read = parse_query(typed)
    parts = read.parts if isinstance(read, And | Or) else (read,)
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,))]
    assert [part.words for part in flat if isinstance(part, Phrase)][: len(words)] == words


@pytest.mark.parametrize("typed", ["", " ", '"', "()", "((", "*", "-", "...", "||", '""', "-()", "\ud800"])
def test_a_text_without_a_word_is_no_query(typed: str) -> None:
    assert parse_query(typed) is None


@given(TYPED)
def test_every_text_can_be_read_and_gives_a_sound_condition(typed: str) -> None:
    assert_sound(parse_query(typed))


@pytest.mark.parametrize("piece", ["(", ")", "-", "-(", "NOT ", "title:", "a OR ", "(a ", '"', "-a|", "x" * 300 + " "])
def test_a_long_text_of_one_piece_can_be_read(piece: str) -> None:
    assert_sound(parse_query(piece * 5_000))


def assert_sound(read: Condition | None) -> None:
    match read:
        case And(parts) | Or(parts):
            assert len(parts) > 1
            assert not any(type(part) is type(read) for part in parts)
            for part in parts:
                assert_sound(part)
        case Not(part):
            assert not isinstance(part, Not)
            assert_sound(part)
        case Phrase(words) | AuthorName(words):
            assert words
            assert all(word.isalnum() and len(word) <= 100 for word in words)


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ([], ""),
        (["neural rendering"], "neural rendering"),
        (["depth", "maps"], "depth maps"),
        (["depth", "neural field"], 'depth "neural field"'),
        (["depth", "-neural field"], 'depth -"neural field"'),
        (["author:Kaiming He", "depth"], 'author:"Kaiming He" depth'),
        (["depth", "a OR b"], "depth a OR b"),
        (["depth", '"a b" c'], 'depth "a b" c'),
        (["depth", "(a b)"], "depth (a b)"),
    ],
)
def test_the_arguments_of_a_command_line_are_one_query(arguments: list[str], query: str) -> None:
    assert join_arguments(arguments) == query
