"""Read Atom and RSS with feedparser, but so that it neither alters texts nor accepts a broken document.

The limits of a document stand here for all sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError, ParserCreate
from xml.parsers.expat import errors as expat

from syncd.core.author_names import split_authors
from syncd.core.errors import LayoutUnknown, PartialPage
from syncd.core.markup import plain_from_raw

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from syncd.core.model import Author

CUT = frozenset(
    expat.codes[message]
    for message in (
        expat.XML_ERROR_NO_ELEMENTS,
        expat.XML_ERROR_UNCLOSED_TOKEN,
        expat.XML_ERROR_PARTIAL_CHAR,
        expat.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
"""The errors of a document that ends too early."""
DEEPEST = 64
"""Levels of elements. arXiv has seven."""
MOST_BESIDE = 50_000
"""Records of a response, and unfinished elements in any other one. arXiv sends 2,500 records in one response (2026)."""
MOST_TEXT = 1 << 19
"""Characters of one text, or of one entry of a page. A paper with 3,000 authors has a fifth of that."""
_MOST = 200_000
"""Elements of a document. The API's largest response has about 50,000."""
_SHIELD = {code: 0x10_0000 + code for code in range(0x80, 0x100)}
"""Replacements for Latin-1 characters while feedparser works: it "repairs" such text, as if it was decoded wrongly."""
_UNSHIELD = {shield: code for code, shield in _SHIELD.items()}


def parse(body: bytes, kind: str, entry: str, most: int) -> Any:
    """Return a whole, well-formed feed of content type `kind` as feedparser reads it. Read its texts with `get_text`.

    It may have `most` elements named `entry`. PartialPage (`truncated`) when it was cut, LayoutUnknown when it is not XML,
    defines an entity, or is larger than any feed of arXiv.
    """
    import feedparser  # not before a feed is at hand: it is slow to load

    shielded = _check_document(body, _Shape(entry, most)).translate(_SHIELD)
    try:
        return feedparser.parse(
            BytesIO(shielded.encode()),
            response_headers={"content-type": f"{kind}; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # feedparser fails on well-formed extensions in places where they make no sense.
        raise LayoutUnknown(f"feedparser: {error!r}", reason="layout") from error


def get_text(fields: Any, name: str) -> str:
    """Return a text of a parsed entry as it stands in the feed. Empty when there is none."""
    found = fields.get(name, "")
    # An element with attributes is no text for feedparser.
    return found.translate(_UNSHIELD) if isinstance(found, str) else ""


def get_optional(fields: Any, name: str) -> str | None:
    """Return an optional text in plain form. Empty when the entry has no such element, None when it cannot be read."""
    return plain_from_raw(get_text(fields, name)) if isinstance(fields.get(name, ""), str) else None


def get_authors(fields: Any) -> tuple[Author, ...] | None:
    """Return the authors of a parsed entry, from an element for each or from one text for all. None when it has no name."""
    listed = [get_text(author, "name") for author in fields.get("authors", ())]
    return split_authors(", ".join(listed) if len(listed) > 1 else get_text(fields, "author"))


def check_unfinished(above: Element) -> None:
    """Refuse elements deeper in each other, or more beside each other, than a response has. They would fill the memory."""
    element = above
    for _ in range(DEEPEST):
        if len(element) > MOST_BESIDE:
            raise LayoutUnknown(f"more than {MOST_BESIDE} elements in <{element.tag[:80]}>", reason="too-many-elements")
        if not len(element):
            return
        element = element[-1]
    raise LayoutUnknown(f"elements more than {DEEPEST} deep", reason="too-deep")


@dataclass(slots=True)
class _Shape:
    """Counts elements and characters, and refuses a document on which feedparser would spend minutes.

    It may have `most` elements named `entry`.
    """

    entry: str
    most: int
    depth: int = 0
    count: int = 0
    entries: int = 0
    length: int = 0

    def begin(self, name: str, _attributes: object) -> None:
        """Count an element that begins. LayoutUnknown where it is one too many, or too deep in others."""
        self.depth += 1
        self.count += 1
        self.entries += name.rpartition(":")[2] == self.entry
        self.length = 0
        if self.depth > DEEPEST or self.count > _MOST:
            raise LayoutUnknown(f"more than {DEEPEST} levels or {_MOST} elements", reason="too-many-elements")
        if self.entries > self.most:
            raise LayoutUnknown(f"more than {self.most} elements <{self.entry}>", reason="too-many-elements")

    def end(self, _name: str) -> None:
        """Leave an element."""
        self.depth -= 1

    def take(self, text: str) -> None:
        """Count the characters of a text. LayoutUnknown where it is too long."""
        self.length += len(text)
        if self.length > MOST_TEXT:
            raise LayoutUnknown(f"a text of more than {MOST_TEXT} characters", reason="too-long")


def _check_document(body: bytes, shape: _Shape) -> str:
    """Return the text of a whole XML document without own entities. feedparser would accept any other document too."""
    try:
        document = body.decode("utf-8-sig")
        parser = ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = shape.begin, shape.end
        parser.CharacterDataHandler = shape.take
        parser.Parse(document, True)  # noqa: FBT003 - the signature is C's
    except UnicodeDecodeError as error:
        if error.end >= len(body):
            raise PartialPage("ends inside a character", reason="truncated") from None
        raise LayoutUnknown(f"not UTF-8 at byte {error.start}", reason="encoding") from None
    except ExpatError as error:
        if error.code in CUT:
            raise PartialPage("ends before its end", reason="truncated") from None
        raise LayoutUnknown(f"not XML: {error}", reason="not-xml") from None
    if "<!DOCTYPE" in document:
        raise LayoutUnknown("declares a document type", reason="doctype")
    return document
