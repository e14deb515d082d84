from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.core.markup.links import _compile_url, _link_any, _match_urls, link_common, link_text

REL = 'rel="external noopener nofollow"'


def external(url: str, scheme: str = "https") -> str:
    return f'<a class="link-external link-{scheme}" href="{url}" {REL}>this {scheme} URL</a>'


def eprint(identifier: str, text: str | None = None) -> str:
    url = f"https://arxiv.org/abs/{identifier}"
    return f'<a class="link-https" data-arxiv-id="{identifier}" href="{url}">{text or identifier}</a>'


def doi(name: str, quoted: str | None = None) -> str:
    url = f"https://doi.org/{quoted or name}"
    return f'<a class="link-https link-external" data-doi="{name}" href="{url}" {REL}>{url}</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("https://example.org/a_b", external("https://example.org/a_b")),
        ("at http://example.org, and", f"at {external('http://example.org', 'http')}, and"),
        ("HTTP://Example.ORG/x.", f"{external('HTTP://Example.ORG/x', 'http')}."),
        ("ftp://ftp.example.org/a.", f"{external('ftp://ftp.example.org/a', 'ftp')}."),
        ("www.example.org/x", external("http://www.example.org/x", "http")),
        ("example.co.uk:80/x", external("http://example.co.uk:80/x", "http")),
        ("tasks.To address", f"{external('http://tasks.To', 'http')} address"),
        ("10.0.0.1/x", external("http://10.0.0.1/x", "http")),
        ("(https://example.org)", f"({external('https://example.org')})"),
        ("(see https://example.org/x_(y))", f"(see {external('https://example.org/x_(y))')}"),
        ("(https://example.org/x_(y))", f"({external('https://example.org/x_(y)')})"),
        ("https://user:word@example.org/x", external("https://user:word@example.org/x")),
        ("(at https://example.org/x).", f"(at {external('https://example.org/x')})."),
        (r"\url{https://example.org/x}", f"\\url{{{external('https://example.org/x')}}}"),
        (r"\footnote{example.org}", f"\\footnote{{{external('http://example.org', 'http')}}}"),
        ("https://example.org/?a=1&b=2", external("https://example.org/?a=1&amp;b=2")),
        ("https://example.org/?a=1&amp;b=2", external("https://example.org/?a=1&amp;b=2")),
        ("<https://example.org>", f"&lt;{external('https://example.org')}&gt;"),
        ("https://example.org/a b", f"{external('https://example.org/a')} b"),
    ],
)
def test_urls_with_and_without_scheme_become_external_links(text: str, html: str) -> None:
    assert link_text(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "tasks.Existing",
        "e.g., i.e. w.r.t. U.S. 0.5 1.2.3",
        "https://example.dev/x",
        "user@example.org",
        "math.CO",
        "https://math.stanford.edu/x",
        "mailto:user@example.org",
        "data:example.org/x",
        "javascript:alert(1)",
        "sftp://example.org/x",
        "http://",
        ".org",
        "example.org.Next",
    ],
)
def test_what_arxiv_did_not_link_or_may_not_be_linked_stays_text(text: str) -> None:
    assert link_text(text) == text


def test_address_of_arxiv_itself_keeps_its_text() -> None:
    assert (
        link_text("arxiv.org/help")
        == '<a class="link-internal link-http" href="http://arxiv.org/help">arxiv.org/help</a>'
    )
    assert link_text("https://arxiv.org/abs/2101.00001v2") == (
        '<a class="link-internal link-https" href="https://arxiv.org/abs/2101.00001v2">https://arxiv.org/abs/2101.00001v2</a>'
    )


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("doi:10.1145/1.2.", f"doi:{doi('10.1145/1.2')}."),
        ("(10.1023/A:1)", f"({doi('10.1023/A:1', '10.1023/A%3A1')})"),
        ("10.1000/ab(c)", doi("10.1000/ab(c)", "10.1000/ab%28c%29")),
        ("10.1000/2101.00001", doi("10.1000/2101.00001")),
        ("10.1000/x.math.GR/0601136", doi("10.1000/x.math.GR/0601136")),
        ("https://doi.org/10.1145/1.2", external("https://doi.org/10.1145/1.2")),
        ("10.1000/. and 10.12/x", "10.1000/. and 10.12/x"),
    ],
)
def test_dois_are_linked_where_no_url_holds_them(text: str, html: str) -> None:
    assert link_text(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("2101.00001", eprint("2101.00001")),
        ("(arXiv:0704.0001v3),", f"({eprint('0704.0001v3', 'arXiv:0704.0001v3')}),"),
        ("ARXIV:2101.00001", eprint("2101.00001", "arXiv:2101.00001")),
        ("arXiv: 2101.00001", f"arXiv: {eprint('2101.00001')}"),
        ("hep-th/9711200", eprint("hep-th/9711200")),
        ("math.GR/0601136v3", eprint("math.GR/0601136v3")),
        ("arXiv:cond-mat/0601136.", f"{eprint('cond-mat/0601136', 'arXiv:cond-mat/0601136')}."),
        ("2101.000012", f"{eprint('2101.00001')}2"),
        ("=2101.00001 12101.00001 1.2101.0001", "=2101.00001 12101.00001 1.2101.0001"),
    ],
)
def test_arxiv_ids_are_linked_old_and_new(text: str, html: str) -> None:
    assert link_text(text) == html


def test_nothing_is_linked_inside_a_link() -> None:
    assert link_text("https://example.org/10.1145/1.2/arXiv:2101.00001") == external(
        "https://example.org/10.1145/1.2/arXiv:2101.00001"
    )


def test_text_beside_links_is_escaped() -> None:
    assert (
        link_text("a<b & https://example.org \"c\" 'd'") == f"a&lt;b &amp; {external('https://example.org')} \"c\" 'd'"
    )


@pytest.mark.parametrize(
    "flood", ["a.", "a.aa.", "1.", "(", "-.", "a@", "10.1000/", "2101.0", "http:", "aa:aa@", "%", "/0000000", ".org"]
)
def test_floods_are_read_in_good_time(flood: str) -> None:
    assert "<b" not in link_text(flood * 20_000)


def test_a_word_of_two_thousand_characters_is_still_searched() -> None:
    url = "https://example.org/"
    fits = url + "x" * (2000 - len(url))

    assert link_text(f"a {fits} b") == f"a {external(fits)} b"
    assert link_text(f"a {fits}x b") == f"a {fits}x b"


def test_a_sign_within_a_word_that_was_searched_is_not_searched_again() -> None:
    text = "https://example.org/a.co.uk/b.de and www.example.com"

    assert link_text(text) == (
        f"{external('https://example.org/a.co.uk/b.de')} and {external('http://www.example.com', 'http')}"
    )


def test_a_word_begins_after_a_blank_or_a_line_end() -> None:
    assert link_text("a\nb.org/1 c") == f"a\n{external('http://b.org/1', 'http')} c"
    assert link_text("b.org/1\nc.org/2") == (
        f"{external('http://b.org/1', 'http')}\n{external('http://c.org/2', 'http')}"
    )


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("((https://example.org))", f"(({external('https://example.org')}))"),
        ("(https://example.org", f"({external('https://example.org')}"),
        ("https://example.org),.", f"{external('https://example.org')}),."),
        ("(10.1000/abc).", f"({doi('10.1000/abc')})."),
        ("a 10.1000/abc, b 10.1000/def.", f"a {doi('10.1000/abc')}, b {doi('10.1000/def')}."),
    ],
)
def test_parentheses_and_full_stops_around_a_link_stay_outside(text: str, html: str) -> None:
    assert link_text(text) == html


PIECES = (
    "https://", "http://", "a", "b-c", "github", "1", ".", "com", "co", "org", "net", "edu", "io", "uk", "/", "?", "#", "=",
    "&", "%", "~", "_", "-", "+", "@", ":", "(", ")", ",", "é", "xn--p1ai",
)  # fmt: skip
WORDS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(WORDS.map(lambda word: f"https://{word}"))
@example("https://a.b.com/x.")
@example("https://a.com.uk/x")
@example("http://a-.io/(")
def test_the_short_pattern_finds_what_the_long_one_finds(word: str) -> None:
    assert [found.span() for found in _match_urls(word, 0, len(word))] == [
        found.span() for found in _compile_url().finditer(word)
    ]


ADDRESSES = st.tuples(
    st.sampled_from(["https://", "http://", "(http://", "\\url{http://", "{http://", "https:", "ftp://", ""]),
    st.sampled_from(
        ["a.com", "github.com", "b-c.a.org", "arxiv.org", "math.co.io", "math.com", "x.uk", "a..com", "A.com"]
    ),
    st.sampled_from(
        ["", "/", "/a", "/a.b", "/a_b?c=1&d=%2", "/a.", "/é", "/a;b", ":80/a", "/10.1000/x", "/2101.00001"]
    ),
    st.sampled_from(["", ".", ",", "..", ")", "}", "}.", ".}", "}}", "}x", "\t", "\xa0", "\u2028"]),
).map("".join)
NEIGHBOURS = st.sampled_from(
    [
        "10.1000/x",
        "2101.00001",
        "math/0601136",
        "node.js",
        "a.Next",
        "1.5",
        "1.2.3",
        "0.0005",
        "10",
        "1234/x",
        "a@b.org",
        "é",
        "<",
        "&amp;",
        "://",
    ]
)
TEXTS = st.lists(ADDRESSES | NEIGHBOURS | st.sampled_from([" ", "\n", "\n  ", "word"]), max_size=9)


@given(st.one_of(TEXTS.map(" ".join), TEXTS.map("".join)))
@example("https://a.com. https://b.org/x,\n  http://c.io")
@example("10x1000/a")
@example("wordhttps://a.com")
@example("https://a.com/10 1234/x")
@example(r"At \url{https://a.com/b}, \url{https://a.com}. and \url{https://a.com/b}x.de")
@example(rf"a {chr(92)}url{{https://a.com}}{'{https://b.com}' * 200}")
@example(f"https://{'a.' * 9}com/{'b' * 400}c https://{'a.' * 10}com https://a.com/{'b' * 402}")
def test_a_text_with_common_urls_is_linked_as_any_text_is(text: str) -> None:
    assert link_text(text) == _link_any(text)


def test_a_text_with_another_sign_of_a_link_is_linked_by_the_rule_for_any_text() -> None:
    common = "At https://a.com/b, a_b and http://c.org."
    assert link_common(common) == f"At {external('https://a.com/b')}, a_b and {external('http://c.org', 'http')}."
    others = [
        "x.uk",
        "10.1000/x",
        "2101.00001",
        "math/0601136",
        "https://math.com",
        "https://arxiv.org/a",
        "(https://a.com)",
    ]
    assert [link_common(f"{common} {other}") for other in others] == [None] * len(others)


@pytest.mark.parametrize("sign", ["0.0005%", "and/or", "a://", "1.2.3"])
def test_a_sign_of_which_no_link_is_made_is_common(sign: str) -> None:
    assert link_common(f"{sign} https://a.com/b {sign}") == f"{sign} {external('https://a.com/b')} {sign}"


def test_an_address_in_the_command_of_latex_is_common() -> None:
    assert link_common(r"At \url{https://a.com/b}.") == rf"At \url{{{external('https://a.com/b')}}}."
