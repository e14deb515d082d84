"""Links in canonical HTML."""

from __future__ import annotations

import pytest

from syncd.core.markup import anchors

REL = 'rel="external noopener nofollow"'


@pytest.mark.parametrize(
    ("url", "scheme", "authority"),
    [
        ("https://example.org/x?y#z", "https", "example.org"),
        ("HTTP://u@Example.org:80", "http", "u@Example.org:80"),
        ("mailto:a@b.org", "mailto", ""),
        ("example.org", "", ""),
        ("//example.org", "", ""),
        ("1http://example.org", "", ""),
        ("https://example.org?x", "https", "example.org"),
        ("https://example.org#x", "https", "example.org"),
    ],
)
def test_scheme_and_authority_of_a_url(url: str, scheme: str, authority: str) -> None:
    assert (anchors.scheme_of(url), anchors.authority_of(url)) == (scheme, authority)


@pytest.mark.parametrize(
    ("url", "safe"), [("ftp://x", True), ("https://x", True), ("javascript:x", False), ("x", False)]
)
def test_only_web_addresses_are_safe(url: str, *, safe: bool) -> None:
    assert anchors.is_safe(url) == safe


def test_a_link_to_a_url_reads_as_its_scheme_unless_a_text_is_given() -> None:
    assert anchors.to_url("http://a.org/<\"&' >") == (
        f'<a class="link-external link-http" href="http://a.org/%3C%22&amp;\'%20%3E" {REL}>this http URL</a>'
    )
    assert anchors.to_url("https://a.org", "a < b") == (
        f'<a class="link-external link-https" href="https://a.org" {REL}>a &lt; b</a>'
    )
    assert anchors.to_url("https://info.arxiv.org:443/x", "here") == (
        '<a class="link-internal link-https" href="https://info.arxiv.org:443/x">here</a>'
    )


@pytest.mark.parametrize(
    ("attributes", "text", "html"),
    [
        ({"href": "/abs/2104.00001"}, "arXiv:2104.00001", anchors.to_eprint("2104.00001", "arXiv:2104.00001")),
        ({"href": "//arxiv.org/abs/2104.00001"}, "2104.00001", anchors.to_eprint("2104.00001", "2104.00001")),
        (
            {"href": "https://export.arxiv.org/abs/cs/0401001v2"},
            "cs/0401001v2",
            anchors.to_eprint("cs/0401001v2", "cs/0401001v2"),
        ),
        (
            {"href": "https://arxiv.org/abs/2104.00001", "data-arxiv-id": "2104.00001"},
            "a paper",
            anchors.to_eprint("2104.00001", "a paper"),
        ),
        ({"href": "/abs/2104.00001"}, "2104.00002", anchors.to_url("https://arxiv.org/abs/2104.00001", "2104.00002")),
        ({"href": "/abs/nothing"}, "nothing", anchors.to_url("https://arxiv.org/abs/nothing", "nothing")),
        ({"href": "https://doi.org/10.1000/x", "data-doi": "10.1000/x"}, "text", anchors.to_doi("10.1000/x")),
        ({"href": "https://a.org", "data-doi": "10.1000/x"}, "text", anchors.to_url("https://a.org", "text")),
        ({"href": "https://doi.org/1", "data-doi": "1"}, "text", anchors.to_url("https://doi.org/1", "text")),
        ({"href": "https://a\n.org"}, "text", anchors.to_url("https://a.org", "text")),
        ({"href": "https://a.org"}, " ", ""),
        ({"href": "javascript:x"}, "a & b", "a &amp; b"),
        ({}, "text", "text"),
        ({"href": "http://tasks.Existing"}, "this http URL", "tasks.Existing"),
        ({"href": "http://tasks.To"}, "this http URL", anchors.to_url("http://tasks.To")),
        ({"href": "http://tasks.existing"}, "this http URL", anchors.to_url("http://tasks.existing")),
        ({"href": "http://tasks.Existing/x"}, "this http URL", anchors.to_url("http://tasks.Existing/x")),
        ({"href": "https://tasks.Existing"}, "this https URL", anchors.to_url("https://tasks.Existing")),
    ],
)
def test_a_link_of_a_page_gets_its_canonical_spelling(attributes: dict[str, str], text: str, html: str) -> None:
    assert anchors.respell_link(attributes, text) == html


@pytest.mark.parametrize(
    ("attributes", "text", "written"),
    [
        ({"href": "https://a.org/x"}, "this https URL", "https://a.org/x"),
        ({"href": "http://a.org"}, "this http URL", "a.org"),
        ({"href": "http://a.org/"}, "this http URL", "http://a.org/"),
        ({"href": "http://a.org"}, "a.org", "a.org"),
        ({}, "this http URL", "this http URL"),
        ({"data-doi": "10.1/x"}, "https://doi.org/10.1/x", "10.1/x"),
        ({"data-doi": "10.1/x"}, "the article", "the article"),
    ],
)
def test_a_link_is_undone_to_what_its_author_wrote(attributes: dict[str, str], text: str, written: str) -> None:
    assert anchors.unlink(attributes, text) == written


@pytest.mark.parametrize(
    ("href", "text", "overlong"),
    [
        ('https://a.org"', "this https URL", True),
        ("https://a.org<b", "this https URL", True),
        ("https://a.org>", "this https URL", True),
        ("https://a.org", "this https URL", False),
        ('https://a.org"', "a text", False),
    ],
)
def test_an_address_with_a_quote_or_a_bracket_includes_the_text_after_it(
    href: str, text: str, *, overlong: bool
) -> None:
    assert anchors.is_overlong({"href": href}, text) == overlong
