"""Raw metadata text, as its author typed it, converted to canonical HTML like arXiv's own chain of 2020 to 2022.

It parses no HTML.

    raw ─► no invisible characters ─► TeX to Unicode ─► links, the rest escaped ─► paragraphs to <br> ─► one line, NFC

Titles have no links and no paragraphs. Whatever looks like HTML in raw text is text, and is escaped.
"""

from __future__ import annotations

import re
import unicodedata

from syncd.core.markup.anchors import escape
from syncd.core.markup.canonical import plain
from syncd.core.markup.characters import MAX_PLAIN, clean, join_accents, one_line, shorten
from syncd.core.markup.links import link_common, link_text
from syncd.core.markup.tex import to_unicode
from syncd.core.printable import is_printable

_PARAGRAPH = re.compile(r"\n +")
_OUTSIDE = frozenset({"", " "})


def title_from_raw(text: str) -> str:
    """Return the canonical form of a raw title, with or without line breaks. Greek letters become Unicode."""
    return one_line(escape(to_unicode(clean(text), greek=True)))


def abstract_from_raw(text: str) -> str:
    """Return the canonical form of a raw abstract. A line that begins with blanks starts a paragraph, except the first."""
    html = link_text(join_accents(to_unicode(clean(text), greek=False).strip()))
    if "\n" in html:
        html = _PARAGRAPH.sub("<br>", html)
    return one_line(html)


def convert_common(text: str) -> str | None:
    """Return what `abstract_from_raw` does, for an abstract that `to_plain_text` surely makes of it again. None for any other.

    Nothing in such a text is dropped or replaced, and its links are common URLs.
    """
    if ("\\" in text or "{" in text) and to_unicode(text, greek=False) != text:
        return None
    if "\n" not in text:
        return _convert_paragraph(text)
    paragraphs = list(map(_convert_paragraph, text.split("\n  ")))
    return " <br>".join(one for one in paragraphs if one) if all(paragraphs) else None


def _convert_paragraph(text: str) -> str | None:
    if not is_printable(text) or text[:1] in _OUTSIDE or text[-1:] in _OUTSIDE or "  " in text:
        return None
    # NFC joins U+0338 with the end of a tag.
    is_kept = text.isascii() or ("\u0338" not in text and unicodedata.is_normalized("NFC", text))
    return link_common(text) if is_kept else None


def plain_from_raw(text: str, most: int = MAX_PLAIN) -> str:
    """Return a raw text as it reads in a title: plain text on one line. A text longer than `most` is cut and ends in `…`."""
    # Most texts need nothing but this test, which is many times faster.
    if not (text.isascii() and text.isprintable()) or "\\" in text or "{{" in text or "  " in text:
        text = plain(title_from_raw(text[: 2 * most]))
    return shorten(text, most)
