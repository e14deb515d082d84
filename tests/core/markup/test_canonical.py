from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.markup import abstract_from_html, abstract_from_raw, canonical, find_violations, plain

REL = 'rel="external noopener nofollow"'
LINK = f'<a class="link-external link-https" href="https://example.org" {REL}>this https URL</a>'


def test_plain_text_has_no_tags_and_no_entities() -> None:
    assert plain(f"V&amp;L &lt;b&gt; &amp;lt;. <br>See {LINK}.") == "V&L <b> &lt;. See this https URL."


@given(st.text())
def test_plain_gives_back_the_text_that_was_escaped(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain(escaped) == text


@pytest.mark.parametrize("text", ["", "Plain.", "V&amp;L &lt; 3", f"One. <br>Two {LINK}.", "Schrödinger", "A  gap"])
def test_sound_abstracts_have_no_violations(text: str) -> None:
    assert find_violations(text, is_title=False) == ()


_PIECES = st.sampled_from(
    ["a", " ", "é", "e\u0301", "\n", "\u202e", "<", ">", "&", "&amp;", "&lt;", "<br>", "<b>", "</a>", LINK, '<a href="',
     '<a class="', '" href="', "https://example.org", "javascript:x", '" rel="x', '">', '"'],
)  # fmt: skip


@given(text=st.lists(_PIECES, max_size=12).map("".join), is_title=st.booleans())
def test_what_is_sound_at_a_glance_has_no_violations_when_looked_at_closely(text: str, is_title: bool) -> None:
    closely = (*canonical._check_characters(text), *canonical._check_markup(text, is_title=is_title))
    assert find_violations(text, is_title=is_title) == tuple(dict.fromkeys(closely))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a < b", "unescaped <"),
        ("a > b", "unescaped >"),
        ("V&L", "unescaped &"),
        ("it&#39;s", "unescaped &"),
        ("<b>bold</b>", "tag not allowed: <b>"),
        ("<br/>", "tag not allowed: <br/>"),
        ("<script>", "tag not allowed: <script>"),
        ("<a href='https://example.org'>x</a>", "tag not allowed: <a href='https://example.org'>"),
        ('<a href="https://example.org" class="x">y</a>', "attributes not in alphabetical order"),
        ('<a href="https://example.org" href="https://example.org">y</a>', "attributes not in alphabetical order"),
        ('<a href="https://example.org" onclick="x()">y</a>', "attribute not allowed: onclick"),
        ('<a href="javascript:alert(1)">y</a>', "link with an unsafe scheme: javascript:alert(1)"),
        ('<a href="/abs/2101.00001">y</a>', "link with an unsafe scheme: /abs/2101.00001"),
        ('<a class="x">y</a>', "link without address"),
        ('<a href="https://example.org">y', "link not closed"),
        ("y</a>", "link closed that was not opened"),
        ('<a href="https://a.org"><a href="https://b.org">y</a>', "link inside a link"),
        ("a\nb", "control or bidirectional character"),
        ("a\x00b", "control or bidirectional character"),
        ("a\u202eb", "control or bidirectional character"),
        ("a\u2028b", "control or bidirectional character"),
        ("a\ud800b", "control or bidirectional character"),
        ("e\u0301", "not in NFC"),
        (" a", "outer blanks"),
        ("é ", "outer blanks"),
    ],
)
def test_each_problem_is_named(text: str, problem: str) -> None:
    assert problem in find_violations(text, is_title=False)


@pytest.mark.parametrize(("text", "problem"), [(LINK, "link in a title"), ("a <br>b", "line break in a title")])
def test_titles_hold_neither_links_nor_breaks(text: str, problem: str) -> None:
    assert find_violations(text, is_title=True) == (problem,)
    assert find_violations(text, is_title=False) == ()


def test_a_problem_is_named_once() -> None:
    assert find_violations("<b>a</b><b>", is_title=False) == ("tag not allowed: <b>", "tag not allowed: </b>")


@given(st.text(alphabet="ab<>&;\"'= \n\u202e", max_size=30))
def test_what_has_violations_is_never_written_as_it_is(text: str) -> None:
    for made in (abstract_from_html(text), abstract_from_raw(text)):
        assert find_violations(made, is_title=False) == ()


@pytest.mark.shared
def test_texts_of_the_seeds_have_no_violations(seeds: list[bytes]) -> None:
    lines = [line for seed in seeds for line in seed.decode("utf-8").splitlines()[1:]]
    titles = [line.partition(".")[2].partition("  [ :arrow")[0] for line in lines[::2]]
    abstracts = [line.removeprefix(">  ").rstrip(" ") for line in lines[1::2]]
    assert len(titles) == len(abstracts) == 328
    assert [found for title in titles for found in find_violations(title, is_title=True)] == []
    assert [found for abstract in abstracts for found in find_violations(abstract, is_title=False)] == []


def test_a_problem_quotes_the_first_forty_characters() -> None:
    address = "javascript:" + "x" * 60

    assert find_violations(f"<{'b' * 60}>", is_title=False) == (f"tag not allowed: <{'b' * 39}",)
    assert find_violations(f'<a href="{address}">y</a>', is_title=False) == (
        f"link with an unsafe scheme: {address[:40]}",
    )


def test_a_closed_link_may_be_followed_by_another() -> None:
    assert find_violations(f"{LINK} {LINK} café", is_title=False) == ()
    assert find_violations(f"{LINK}</a>", is_title=False) == ("link closed that was not opened",)
