"""What a real abstract page of arXiv says of its paper, to compare records of other sources with."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

from syncd.core.markup import abstract_from_html, title_from_html
from syncd.core.model import Version

_DESCRIPTOR = re.compile(r'^\s*<span class="descriptor">[^<]*</span>')
_VERSION = re.compile(
    r"\[v([0-9]+)\]\s+([A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8}) (?:UTC|GMT)[^\[]*?(\(withdrawn\))?(?=\[|$)"
)


class AbstractPage(NamedTuple):
    """The paper that a page shows, with texts in canonical form and all its versions in UTC."""

    id: str
    title: str
    abstract: str
    primary: str
    versions: tuple[Version, ...]


def read_abstract_page(body: bytes) -> AbstractPage:
    """Return what the page says of its paper."""
    tree = LexborHTMLParser(body.decode())

    def inner(selector: str) -> str:
        (node,) = tree.css(selector)
        return _DESCRIPTOR.sub("", node.inner_html or "")

    (citation,) = tree.css('meta[name="citation_arxiv_id"]')
    history = " ".join(re.sub(r"<[^>]*>", "", inner("div.submission-history")).split())
    versions = tuple(
        Version(int(number), parsedate_to_datetime(f"{created} +0000").astimezone(UTC), bool(withdrawn))
        for number, created, withdrawn in _VERSION.findall(history)
    )
    return AbstractPage(
        id=citation.attributes["content"] or "",
        title=title_from_html(inner("h1.title")),
        abstract=abstract_from_html(inner("blockquote.abstract")),
        primary=re.findall(r"\(([^()]+)\)", inner("span.primary-subject"))[-1],
        versions=versions,
    )
