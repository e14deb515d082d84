"""Accented letters as TeX commands: what pybtex and Biber read as the same letters."""

from __future__ import annotations

import codecs
from typing import Any

import latexcodec  # noqa: F401  it registers the codec
import pytest

from syncd.report.export.tex_letters import _LATIN, spell_letters

DECODE: Any = codecs.getdecoder("ulatex")


@pytest.mark.parametrize(
    ("letter", "tex"),
    [
        ("é", r"{\'e}"),
        ("č", r"{\v{c}}"),
        ("ï", r"{\"\i}"),
        ("į", r"{\k{i}}"),
        ("ł", r"{\l}"),
        ("Å", r"{\AA}"),
        ("ễ", r"{\~{\^e}}"),
        ("ặ", r"{\d{\u{a}}}"),
        ("ỉ", "ỉ"),
        ("ơ", "ơ"),
        ("×", "×"),
        ("李", "李"),
    ],
)
def test_a_letter_is_spelt_where_tex_has_its_accent(letter: str, tex: str) -> None:
    assert spell_letters(letter) == tex


def test_every_letter_with_one_accent_is_read_back() -> None:
    letters = [chr(code) for code in range(0xC0, 0x180) if _LATIN.match(chr(code))]
    spelt = {letter: spell_letters(letter) for letter in letters}
    read = {letter: DECODE(tex)[0].strip("{}") for letter, tex in spelt.items() if tex != letter}
    assert len(read) > 100
    assert {letter: text for letter, text in read.items() if text != letter} == {}
