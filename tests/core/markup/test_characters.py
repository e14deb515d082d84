"""Which characters a text may have, and how it becomes one line."""

from __future__ import annotations

import pytest

from syncd.core.markup.characters import clean, is_dangerous, one_line


@pytest.mark.parametrize(
    "char",
    [
        *(
            "\x00",
            "\x08",
            "\x0e",
            "\x1f",
            "\x7f",
            "\x84",
            "\x86",
            "\x9f",
            "\u061c",
            "\u200e",
            "\u200f",
            "\u202a",
            "\u202e",
        ),
        *("\u2066", "\u2069", "\ud800", "\udfff", "\ufdd0", "\ufdef", "\ufeff", "\ufff9", "\ufffb", "\ufffe", "\uffff"),
        *("\U000e0000", "\U000e007f", "\U0001fffe", "\U0001ffff", "\U0010fffe", "\U0010ffff"),
    ],
)
def test_an_invisible_character_is_dropped(char: str) -> None:
    assert clean(f"a{char}b") == "ab"


@pytest.mark.parametrize("char", ["\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_an_unusual_line_end_becomes_a_blank(char: str) -> None:
    assert clean(f"a{char}b") == "a b"


@pytest.mark.parametrize("char", ["\t", "\n", "\r", "é", "漢", "\u200d", "\u2010", "\U000e0080", "\ufffd"])
def test_every_other_character_stays(char: str) -> None:
    assert clean(f"a{char}\x00b") == f"a{char}b"


@pytest.mark.parametrize(
    ("markup", "line"),
    [
        (" a\n b\t\tc\r\nd ", "a b c d"),
        ("a      b", "a b"),
        ("a<br>b", "a <br>b"),
        ("a  <br>  b", "a <br>b"),
        ("<br>a<br>", "a"),
        (" <br> <br>a <br> <br> ", "a"),
        ("a<br><br>b", "a <br> <br>b"),
        ("cafe\u0301", "café"),
        ("<a>\u0338</a>x\u0338", "<a></a>x\u0338"),
        ("x\u0338 <b>", "x\u0338 <b>"),
        ("<br>", ""),
    ],
)
def test_markup_becomes_one_line(markup: str, line: str) -> None:
    assert one_line(markup) == line


@pytest.mark.parametrize(
    "char", ["\x00", "\x1f", "\x7f", "\x9f", "\u2028", "\u2029", "\u202a", "\u202e", "\u2066", "\u2069"]
)
def test_a_character_that_breaks_a_line_or_turns_the_direction_is_dangerous(char: str) -> None:
    assert is_dangerous(f"a{char}")


@pytest.mark.parametrize("char", [" ", "~", "\xa0", "\u200d", "\u2027", "\u202f", "\u2065", "漢"])
def test_an_ordinary_character_is_not_dangerous(char: str) -> None:
    assert not is_dangerous(f"a{char}")
