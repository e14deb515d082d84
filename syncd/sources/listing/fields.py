"""What the parts of an entry say: its authors and its categories, from their inner HTML.

It knows neither a page nor its parser.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from syncd.core.author_names import MAX_TEXT, add_key_names, split_authors
from syncd.core.errors import LayoutUnknown
from syncd.core.markup import plain_from_html, plain_from_raw

if TYPE_CHECKING:
    from syncd.core.model import Author

_TAG = re.compile(r"<[^>]*>")
_DESCRIPTOR = re.compile(r'\s*<span class="descriptor">[^<]*</span>')
# The link of an author searches for the key name and the initials of the others: `query=Manning,+C+D`.
_AUTHOR_LINK = re.compile(
    r'<a [^>]*\bquery=([^"&<>,%]+(?:%(?!2C)[^"&<>,%]+)*)(?:,|%2C)[^"<>]*"[^>]*>([^<]*)</a>', re.IGNORECASE
)
# The text of such a link is a name, unless it only stands for an address.
_NAME_LINK = re.compile(r'<a href="[^"<>]*\bsearchtype=author\b[^"<>]*">(?!\s*this )([^<]*)</a>')
MORE_AUTHORS = " not shown)"
"""Ends a list of authors that is not whole."""
_SUBJECT = re.compile(r"\(([a-z-]+(?:\.[A-Za-z-]+)?)\)\s*(?:;|$)")


def read_authors(markup: str) -> tuple[Author, ...] | None:
    """Return the authors with the key names that their links search for. None where the page does not show them all."""
    if MORE_AUTHORS in markup:
        return None
    # To take the links away first halves the time of a page: without a tag, most texts need not be read as HTML.
    names = "".join(_NAME_LINK.split(remove_descriptor(markup)))
    authors = split_authors(plain_from_html(names, MAX_TEXT)) or ()
    keys = {plain_from_html(name): plain_from_raw(unquote_plus(key)) for key, name in _AUTHOR_LINK.findall(markup)}
    return add_key_names(authors, [keys.get(author.name, "") for author in authors]) or None


def read_categories(markup: str) -> tuple[str, ...]:
    """Return the categories of a subjects line, the primary one first. LayoutUnknown where one cannot be read."""
    text = get_text(markup)
    found = _SUBJECT.findall(text)
    if not found or len(found) != text.count(";") + 1:
        raise LayoutUnknown(f"a subjects line: {text[:80]}", reason="subjects")
    return tuple(found)


def remove_descriptor(markup: str) -> str:
    """Return the markup of a part without the word that arXiv puts before it, such as `Title:`."""
    found = _DESCRIPTOR.match(markup)
    return markup[found.end() :] if found else markup


def get_text(markup: str) -> str:
    """Return the text of HTML with single blanks, without tags."""
    return " ".join(unescape(_TAG.sub("", markup)).split())
