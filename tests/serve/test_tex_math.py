"""TeX as MathML, and what of it must stay as it was written."""

from __future__ import annotations

from time import process_time

import pytest

from syncd.serve.tex_math import MATH, to_mathml


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("depth of $O(n^2)$ and $3 \\times 3$", ["O(n^2)", "3 \\times 3"]),
        ("a 2$\\times$ speed-up", ["\\times"]),
        ("it costs $5 and then $10", []),
        ("US$5, not $x$", ["x"]),
        (r"escaped \$x\$ and \(y\)", ["y"]),
        ("$$a=b$$", ["a=b"]),
        ("$ x $ and a lone $", []),
    ],
)
def test_formulas_are_known_from_prices(text: str, formulas: list[str]) -> None:
    found = [one["display"] or one["inline"] or one["round"] for one in MATH.finditer(text)]
    assert found == formulas


def test_a_formula_becomes_mathml() -> None:
    made = to_mathml(r"\mathbb{R}^{d} < x")
    assert made is not None
    assert made.startswith('<math display="inline">')
    assert "<msup><mi>\u211d</mi>" in made
    assert "&lt;" in made


@pytest.mark.parametrize(
    "tex",
    [
        r"\foo{x}",
        r"\left(",
        r"\def\a{\a\a}\a",
        r"\newcommand{\a}{b}\a",
        r"\href{javascript:alert(1)}{x}",
        r"\style{color:red}{x}",
        "{" * 200,
        "x^{" * 40 + "}" * 40,
        "}{",
        r"\begin{matrix}",
    ],
)
def test_what_is_not_understood_is_left_as_it_was_written(tex: str) -> None:
    assert to_mathml(tex) is None


def test_no_tag_and_no_attribute_gets_out_of_a_formula() -> None:
    made = to_mathml(r"\text{<script>alert(1)</script>} \color{red}{x}")
    assert made is not None
    assert "<script" not in made
    assert "&lt;script&gt;" in made
    assert "color" not in made


def test_formulas_take_a_bounded_time() -> None:
    hostile = [
        "$" * 5_000,
        "$a" * 2_500,
        "\\(" * 2_500,
        "$" + "\\a" * 2_000,
        "$" + "{" * 298 + "$",
        "$" + "^" * 298 + "$",
    ]
    start = process_time()
    for text in hostile:
        for found in MATH.finditer(text):
            to_mathml(found["display"] or found["inline"] or found["round"])
    assert process_time() - start < 2
