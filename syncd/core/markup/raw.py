"""Raw metadata text, as its author typed it, converted to canonical HTML like arXiv's own chain of 2020 to 2022.

It parses no HTML.

    raw ─► no invisible characters ─► TeX to Unicode ─► links, the rest escaped ─► paragraphs to <br> ─► one line, NFC

Titles have no links and no paragraphs. Whatever looks like HTML in raw text is text, and is escaped.
"""

from __future__ import annotations

import re

from syncd.core.markup.anchors import escape
from syncd.core.markup.characters import clean, one_line
from syncd.core.markup.links import link_text
from syncd.core.markup.tex import to_unicode

_PARAGRAPH = re.compile(r"\n +")


def title_from_raw(text: str) -> str:
    """Return the canonical form of a raw title, with or without line breaks. Greek letters become Unicode."""
    return one_line(escape(to_unicode(clean(text), greek=True)))


def abstract_from_raw(text: str) -> str:
    """Return the canonical form of a raw abstract. A line that begins with blanks starts a paragraph, except the first."""
    html = link_text(to_unicode(clean(text), greek=False).strip())
    if "\n" in html:
        html = _PARAGRAPH.sub("<br>", html)
    return one_line(html)
