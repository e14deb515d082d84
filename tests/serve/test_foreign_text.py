"""Foreign texts as HTML that cannot become more than text, links, formulas and marks."""

from __future__ import annotations

import pytest

from syncd.serve.foreign_text import show_abstract, show_plain, show_title


def test_a_title_is_escaped_whatever_is_in_it() -> None:
    assert show_title("&lt;b&gt; &amp; &lt;3") == "&lt;b&gt; &amp; &lt;3"
    assert "<img" not in show_title('<img src="x">&lt;img src=x onerror=alert(1)&gt;')


def test_an_abstract_keeps_its_paragraphs_and_links() -> None:
    link = '<a class="link-https" href="https://u.example/?a=1&amp;b=2" rel="external noopener nofollow">this https URL</a>'
    shown = show_abstract(f"One {link}.<br>Two &lt; $x^2$.")
    assert shown.startswith("<p dir=auto>One <a rel=")
    assert 'href="https://u.example/?a=1&amp;b=2">this https URL</a>.</p><p dir=auto>Two &lt; <math' in shown


@pytest.mark.parametrize(
    "text",
    [
        '<a href="javascript:alert(1)">x</a>',
        "<script>alert(1)</script>",
        '<a href="https://u.example" onclick="alert(1)">x</a>',
        "<svg/onload=alert(1)>",
        "\u202eevil",
    ],
)
def test_what_is_not_canonical_loses_its_markup(text: str) -> None:
    shown = show_abstract(text)
    assert "<script" not in shown
    assert "<svg" not in shown
    assert "onclick" not in shown
    assert "javascript:" not in shown
    assert "\u202e" not in shown


def test_matches_are_marked_outside_of_formulas() -> None:
    assert show_plain("a <depth> map", [(3, 8)]) == "a &lt;<mark>depth</mark>&gt; map"
    assert "<mark>" not in show_plain("$depth$", [(1, 6)])
