from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.core.markup import (
    abstract_from_html,
    abstract_from_raw,
    convert_common,
    find_violations,
    plain,
    title_from_html,
    title_from_raw,
    to_plain_text,
)

REL = 'rel="external noopener nofollow"'
PIECES = st.sampled_from(
    [
        "https://example.org/x", "http://", "ftp://example.org", "example.org", "tasks.To", "data:example.org",
        "user@example.org", "10.1145/1.2", "2101.00001", "arXiv:math/0401001v2", "https://example.org/\"onclick='x'",
        "https://arxiv.org/abs/2101.00001", "\\'", "{", "}", "e", "\\alpha", "\\o", "\\ss ", "<br>", "<", ">", "&", "&amp;",
        '"', "(", ")", ",", ".", " ", "  ", "\n", "\n  ", "\r", "\t", "\x00", "\u202e", "\u2028", "\ud800", "\u0338", "\u0301",
        "\xa0", "é", "\ufeff", "ſ", "ı", "K",
    ]
)  # fmt: skip
HOSTILE = st.lists(PIECES | st.text(max_size=8), max_size=12).map("".join)


def test_lines_are_joined_and_a_line_that_begins_with_blanks_starts_a_paragraph() -> None:
    raw = "  We study\nthings.\n  In this paper\nwe say so.\n"
    assert abstract_from_raw(raw) == "We study things. <br>In this paper we say so."


@pytest.mark.parametrize(
    ("raw", "abstract"),
    [
        ("one\n two", "one <br>two"),
        ("one\n\ntwo", "one two"),
        ("one\n\n  two", "one <br>two"),
        ("one\n\ttwo", "one two"),
        ("one\r\n  two", "one <br>two"),
        ("\n  one", "one"),
        ("one\n  ", "one"),
        ("one\u2028  two", "one two"),
    ],
)
def test_paragraphs(raw: str, abstract: str) -> None:
    assert abstract_from_raw(raw) == abstract


def test_title_is_one_line_with_greek_letters_and_no_link() -> None:
    assert title_from_raw("On $\\beta$-VAEs & \\'Etale\n  maps at https://example.org") == (
        "On $β$-VAEs &amp; Étale maps at https://example.org"
    )


def test_abstract_keeps_tex_that_is_no_letter() -> None:
    raw = r"$\alpha < \textit{x}$ -- ~50\% of Schr\"odinger's"
    assert abstract_from_raw(raw) == r"$\alpha &lt; \textit{x}$ -- ~50\% of Schrödinger's"


def test_links_stand_between_paragraphs() -> None:
    link = f'<a class="link-external link-https" href="https://example.org" {REL}>this https URL</a>'
    assert abstract_from_raw("See\nhttps://example.org\n  Next") == f"See {link} <br>Next"


def test_what_looks_like_html_is_text() -> None:
    assert abstract_from_raw("<b>x</b> &amp; <script>") == "&lt;b&gt;x&lt;/b&gt; &amp;amp; &lt;script&gt;"
    assert title_from_raw("<br>\n### 1.") == "&lt;br&gt; ### 1."


def test_invisible_characters_are_dropped() -> None:
    assert title_from_raw("\ufeffa\x00b\u202ec\ud800d\x9fe") == "abcde"


def test_the_result_is_in_nfc() -> None:
    assert title_from_raw("e\u0301 \\'e\u0323") == "é ẹ́"


@given(HOSTILE)
def test_no_raw_text_makes_an_abstract_unsafe(raw: str) -> None:
    abstract = abstract_from_raw(raw)
    assert find_violations(abstract, is_title=False) == ()
    assert abstract.splitlines() in ([], [abstract])
    assert abstract == abstract.strip()


WORDS = st.sampled_from(
    [
        "words", "https://a.org/x_y?a=1&b=2", "https://github.com/a/b.", "http://c.io,", "R&D", "a<b", "é", "漢字", "$\\log_2 n$",
        "\\%", "{x}", "3D.", "and/or", "this https URL</a>", "\\url{https://a.org/b}.",
        "0.0005%",
    ]
)  # fmt: skip
ODD = st.sampled_from(
    [
        "\\alpha", "\\'e", "\\j", "{{x}}", "{{x", "x}}", "&amp;", "<br>", "e\u0301", "\u0301", "\u0338", "\t", "\r", "\x00",
        "\x0b", "\x7f", "\x85", "\xa0", "\ufeff", "\u202e", "\u2028", "https://arxiv.org/a", "https://math.com", "node.js", "10",
        "10 1234/x", "1234/x", "10.1145/1.2", "2101.00001", "math/0601136", "",
    ]
)  # fmt: skip
BETWEEN = st.sampled_from([" ", " ", " ", "\n  ", "\n  ", "", "  ", "\n", "\n   ", " \n  ", "\n  \n  "])


@st.composite
def written(draw: st.DrawFn) -> str:
    """Draw a text of common words, most often with single blanks between them, and with few odd pieces."""
    words = draw(st.lists(WORDS, min_size=1, max_size=8))
    for odd in draw(st.lists(ODD, max_size=2)):
        words.insert(draw(st.integers(0, len(words))), odd)
    between = draw(st.one_of(st.just([" "] * len(words)), st.lists(BETWEEN, min_size=len(words), max_size=len(words))))
    return "".join(word + blank for word, blank in zip(words, between, strict=True)).removesuffix(" ")


@given(written() | HOSTILE)
@example("https://a.org/10 1234/x")
@example("{{a\n  b}}")
@example("\\j\n  b")
def test_a_common_text_becomes_what_any_text_becomes_and_comes_back(text: str) -> None:
    html = convert_common(text)
    if html is not None:
        assert html == abstract_from_raw(text)
        assert to_plain_text(html) == text


@pytest.mark.parametrize(
    "text",
    [
        "Words.",
        "Code is at https://github.com/a/b_c, and R&D where a < b.",
        "One.\n  Two https://a.org.\n  Three.",
        "Poincaré, 漢字 and {x} of $\\log_2 n$ and/or 5\\% https://a.org",
    ],
)
def test_most_texts_are_common(text: str) -> None:
    assert convert_common(text) == abstract_from_raw(text)


@pytest.mark.parametrize(
    "text",
    [
        "", " a", "a ", "a  b", "a\nb", "a\n b", "a \n  b", "a\n   b", "a\n  \n  b", "\n  a", "a\n  ", "a\tb", "a\x00b", "a\x7fb",
        "a\xa0b", "a\ufeffb", "\\'e", "\\alph \\AA", "{{a}}", "{{a\n  b}}", "\\j\n  a", "e\u0301", "a\u0338", "a.com", "https://arxiv.org",
    ],
)  # fmt: skip
def test_a_text_of_which_something_is_dropped_or_replaced_is_not_common(text: str) -> None:
    assert convert_common(text) is None


@given(HOSTILE)
def test_no_raw_text_makes_a_title_unsafe(raw: str) -> None:
    title = title_from_raw(raw)
    assert find_violations(title, is_title=True) == ()
    assert "<" not in title
    assert title == title.strip()


@given(HOSTILE)
@example("ftp://example.org\u0338https://example.org/x")
def test_what_raw_text_becomes_is_canonical_for_pages_too(raw: str) -> None:
    abstract, title = abstract_from_raw(raw), title_from_raw(raw)
    assert abstract_from_html(abstract) == abstract
    assert title_from_html(title) == title


@pytest.mark.shared
def test_seeds_are_rebuilt_from_their_raw_text(seeds: list[bytes]) -> None:
    lines = [line for seed in seeds for line in seed.decode("utf-8").splitlines()[1:]]
    for heading, abstract in zip(lines[::2], lines[1::2], strict=True):
        title = heading.partition(".")[2].partition("  [ :arrow")[0]
        text = abstract.removeprefix(">  ").rstrip(" ")
        assert title_from_raw(plain(title)) == title
        assert abstract_from_raw(_unrendered(text)) == text


def _unrendered(abstract: str) -> str:
    """What the author must have typed: addresses for links, indented lines for breaks."""
    typed = re.sub(r'<a class="link-external [^>]*href="([^"]*)"[^>]*>[^<]*</a>', r"\1", abstract)
    return "  " + plain(typed.replace(" <br>", "\n  ")) + "\n"


def test_an_accent_apart_from_its_letter_ends_no_word() -> None:
    assert abstract_from_raw("A\u0301https://example.org/x") == abstract_from_raw("\u00c1https://example.org/x")
