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
from syncd.core.markup.characters import MAX_PLAIN, clean, one_line, shorten
from syncd.core.markup.links import link_text
from syncd.core.markup.tex import to_unicode

_PARAGRAPH = re.compile(r"\n +")


def title_from_raw(text: str) -> str:
    """Return the canonical form of a raw title, with or without line breaks. Greek letters become Unicode."""
    return one_line(escape(to_unicode(clean(text), greek=True)))


def abstract_from_raw(text: str) -> str:
    """Return the canonical form of a raw abstract. A line that begins with blanks starts a paragraph, except the first."""
    text = to_unicode(clean(text), greek=False).strip()
    # An accent apart from its letter would end a word for the links, and the next reader of the text sees no such end.
    if not text.isascii() and "\u0338" not in text:
        text = unicodedata.normalize("NFC", text)
    html = link_text(text)
    if "\n" in html:
        html = _PARAGRAPH.sub("<br>", html)
    return one_line(html)


def plain_from_raw(text: str, most: int = MAX_PLAIN) -> str:
    """Return a raw text as it reads in a title: plain text on one line. A text longer than `most` is cut and ends in `…`."""
    # Most texts need nothing but this test, which is many times faster.
    if not (text.isascii() and text.isprintable()) or "\\" in text or "{{" in text or "  " in text:
        text = plain(title_from_raw(text[: 2 * most]))
    return shorten(text, most)
