"""Text for BibTeX: what is kept, what is shown as typed, and that nothing breaks an entry or starts a command."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from syncd.report.export import tex_letters
from syncd.report.export.bibtex_text import to_tex, to_title
from syncd.report.export.tex_commands import DELIMITERS, FORMULA, FORMULA_OF, FORMULA_SIZES, TEXT, TEXT_OF
from tests.support.exported_papers import TEXTS

COMMANDS = (
    {"lbrace", "rbrace", "j", *tex_letters._LETTERS.values()}
    | TEXT
    | TEXT_OF
    | FORMULA
    | FORMULA_OF
    | FORMULA_SIZES
    | DELIMITERS
    | {
        f"text{name}"
        for name in ("asciicircum", "asciitilde", "backslash", "bar", "braceleft", "braceright", "greater", "less")
    }
)


@pytest.mark.parametrize(
    ("typed", "tex"),
    [
        ("R&D at 100% of #1", r"R\&D at 100\% of \#1"),
        (r"R\&D at 100\% of \#1", r"R\&D at 100\% of \#1"),
        (
            "a_b^c ~10 <x> |y|",
            r"a\_b\textasciicircum{}c \textasciitilde{}10 \textless{}x\textgreater{} \textbar{}y\textbar{}",
        ),
        ("“proof” – … 李 Ж", "“proof” – … 李 Ж"),
        ("Gödel, naïve", r"G{\"o}del, na{\"\i}ve"),
        ("α-GAN in $α$-space", r"$\alpha$-GAN in ${\alpha}$-space"),
        (r"\alpha and \'e and \c{s} and \LaTeX", r"$\alpha$ and \'e and \c{s} and \LaTeX"),
        (r"a \\ b\: c\ d", "a b c d"),
        ("two\n lines", "two lines"),
        (r"ends with \ ".strip(), r"ends with \textbackslash{}"),
        (
            r"no letter \', \'{ab c} and \c s",
            r"no letter \textbackslash{}', \textbackslash{}'{ab c} and \textbackslash{}c s",
        ),
    ],
)
def test_text_is_shown_as_a_reader_sees_it(typed: str, tex: str) -> None:
    assert to_tex(typed).replace("  ", " ").replace("  ", " ") == tex


@pytest.mark.parametrize(
    ("typed", "tex"),
    [
        ("$x_1^2 < y$", "$x_1^2 < y$"),
        ("$$x$$ and \\(y\\) and \\[z\\]", "$x$ and $y$ and $z$"),
        (r"$\mathcal{O}(n \log n)$", r"$\mathcal{O}(n \log n)$"),
        (r"$50% \{x\}$", r"$50\% \lbrace{}x\rbrace{}$"),
        (r"$\ours$ wins", r"\$\textbackslash{}ours\$ wins"),
        ("$x^$", r"\$x\textasciicircum{}\$"),
        (r"$\frac$", r"\$\textbackslash{}frac\$"),
        ("$^^5cinput{x}$", r"\$\textasciicircum{}\textasciicircum{}5cinput{x}\$"),
        ("$}{$", r"\$\textbraceright{}\textbraceleft{}\$"),
        ("from $5 to $10", r"from \$5 to \$10"),
        ("$5 or $x$", r"$5 or $x\$"),
        (r"$\left\{x\right)$", r"$\left\lbrace{}x\right)$"),
        (r"$\left(x$", r"\$\textbackslash{}left(x\$"),
        (r"$\left{x\right}$", r"\$\textbackslash{}left{x\textbackslash{}right}\$"),
        (r"$\big($ and $\big$", r"$\big($ and \$\textbackslash{}big\$"),
        ("$50°$", r"$50{\text{°}}$"),
        (r"\(x", r"\textbackslash{}(x"),
        ("$ $", r"\$ \$"),
    ],
)
def test_a_formula_is_kept_where_latex_knows_it(typed: str, tex: str) -> None:
    assert to_tex(typed) == tex


@pytest.mark.parametrize(
    ("typed", "tex"),
    [
        ("a {b} c", "a {b} c"),
        (r"\emph{a} \emph", r"\emph{a} \textbackslash{}emph"),
        ("a } b", r"a \textbraceright{} b"),
        ("a { b {c}", r"a \textbraceleft{} b {c}"),
        (r"\{a", r"\textbraceleft{}a"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input{/etc/passwd}"),
        (r"\write18{ls}", r"\textbackslash{}write18{ls}"),
    ],
)
def test_braces_are_balanced_and_unknown_commands_are_text(typed: str, tex: str) -> None:
    assert to_tex(typed) == tex


@pytest.mark.parametrize(
    ("typed", "tex"),
    [
        ("NeRF: Representing Scenes", "{NeRF:} Representing Scenes"),
        ("A U-Net for X-ray, 3D and CNN/RNN", "A {U-Net} for {X-ray,} {3D} and {CNN/RNN}"),
        ("An (Almost) “Attention” Title", "An (Almost) “Attention” Title"),
        (r"\LaTeX in {\bf Big Words}", r"{{\LaTeX}} in {{\bf Big Words}}"),
        ("On $O(n)$ and $x$", "On {$O(n)$} and $x$"),
        ("Vitamin C for I", "Vitamin {C} for {I}"),
        ("Über ÄÖ", r"{\"U}ber {{\"A}{\"O}}"),
    ],
)
def test_a_title_keeps_its_capitals_in_every_style(typed: str, tex: str) -> None:
    assert to_title(typed) == tex


@given(TEXTS)
def test_no_text_breaks_an_entry(text: str) -> None:
    for value in (to_tex(text), to_title(text)):
        depth = 0
        for brace in re.findall("[{}]", value):  # as BibTeX counts them, also after a backslash
            depth += 1 if brace == "{" else -1
            assert depth >= 0
        assert depth == 0
        assert "\n" not in value
        assert re.search(r"(?:^|[^\\])(?:\\\\)*\\$", value) is None


@given(TEXTS)
def test_no_text_has_a_command_that_latex_might_not_know(text: str) -> None:
    for value in (to_tex(text), to_title(text)):
        assert {name for name in re.findall(r"\\([A-Za-z]+)", value) if len(name) > 1} <= COMMANDS
        bare = re.sub(r"\\.", "", value)
        assert not set("%&#~|<>") & set(re.sub(r"\$[^$]*\$", "", bare))
        assert bare.count("$") % 2 == 0
        assert not set("_^") & set(re.sub(r"\$[^$]*\$", "", bare))
        assert "^^" not in value
