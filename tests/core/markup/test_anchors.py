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
        ({"href": "https://a.org", "data-doi": "10.1000/x"}, "text", anchors.to_url("https://a.org", "text")),
        ({"href": "https://doi.org/1", "data-doi": "1"}, "text", anchors.to_url("https://doi.org/1", "text")),
        ({"href": "https://a\n.org"}, "text", anchors.to_url("https://a.org", "text")),
        ({"href": "https://a.org"}, " ", ""),
        ({"href": "javascript:x"}, "a & b", "a &amp; b"),
        ({}, "text", "text"),
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
    ("attributes", "text", "typed"),
    [
        ({"href": "https://a.dev/x"}, "this https URL", "https://a.dev/x"),
        ({"href": "http://node.js"}, "this http URL", "node.js"),
        ({"href": "http://a.dev/x?y"}, "this http URL", "a.dev/x?y"),
        ({"href": "http://a.dev:80/x"}, "this http URL", "http://a.dev:80/x"),
        ({"href": "http://a.dev/"}, "this http URL", "http://a.dev/"),
        ({"href": "HTTP://a.org"}, "this http URL", "HTTP://a.org"),
        ({"href": "ftp://a.org"}, "this ftp URL", "ftp://a.org"),
        ({"href": "mailto:name@a.org"}, "this mailto URL", "mailto:name@a.org"),
        ({"href": "https://doi.org/10.1000/x%3A1", "data-doi": "10.1000/x:1"}, "https://doi.org/10.1000/x%3A1", "10.1000/x:1"),
        ({"href": "/abs/2104.00001"}, "arXiv:2104.00001", "arXiv:2104.00001"),
        ({"href": "https://arxiv.org/abs/2104.00001v1", "data-arxiv-id": "2104.00001v1"}, "2104.00001v1", "2104.00001v1"),
        ({"href": "http://arxiv.org/help"}, "arxiv.org/help", "arxiv.org/help"),
        ({"href": "https://arxiv.org/help"}, "https://arxiv.org/help", "https://arxiv.org/help"),
        ({"href": "https://a.org"}, "our page", None),
        ({"href": "/abs/2104.00001"}, "2104.00002", None),
        ({"href": "https://a.org/abs/2104.00001", "data-arxiv-id": "2104.00001"}, "2104.00001", None),
    ],
)  # fmt: skip
def test_what_the_author_typed_is_read_from_a_link_that_arxiv_made(
    attributes: dict[str, str], text: str, typed: str | None
) -> None:
    assert anchors.read_typed(attributes, text, "") == typed


@pytest.mark.parametrize(
    ("before", "typed"),
    [
        (" ", "a.org/x"),
        ("name@", "a.org/x"),
        ("name@mail.", "a.org/x"),
        ("--", "a.org/x"),
        ("\u00ef", "a.org/x"),
        ("here.", "http://a.org/x"),
        ("here", "http://a.org/x"),
        ("Data:", "http://a.org/x"),
    ],
)
def test_text_before_a_link_shows_whether_its_scheme_was_typed(before: str, typed: str) -> None:
    assert anchors.read_typed({"href": "http://a.org/x"}, "this http URL", before) == typed


def test_a_colon_before_a_name_that_was_no_host_shows_no_scheme() -> None:
    assert anchors.read_typed({"href": "http://node.js"}, "this http URL", "e.g.:") == "node.js"
    assert anchors.read_typed({"href": "http://10.0.0.1"}, "this http URL", "e.g.:") == "http://10.0.0.1"
