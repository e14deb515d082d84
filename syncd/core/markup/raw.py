"""Authors' raw metadata text brought to canonical HTML, as arXiv's own chain of 2020 to 2022 did; it parses no HTML.

    raw ─► no invisible characters ─► TeX to Unicode ─► links, the rest escaped ─► paragraphs to <br> ─► one line, NFC

Titles are never linked and have no paragraphs. Whatever looks like HTML in raw text is text, and comes out escaped.
"""

from __future__ import annotations

import re

from syncd.core.markup.anchors import escape
from syncd.core.markup.characters import clean, one_line
from syncd.core.markup.links import linked
from syncd.core.markup.tex import to_unicode

_PARAGRAPH = re.compile(r"\n +")


def title_from_raw(text: str) -> str:
    """Canonical title of a raw title, hard-wrapped or not; Greek letters become Unicode."""
    return one_line(escape(to_unicode(clean(text), greek=True)))


def abstract_from_raw(text: str) -> str:
    """Canonical abstract of a raw abstract; a line that begins with blanks starts a paragraph, except the first."""
    html = linked(to_unicode(clean(text), greek=False).strip())
    if "\n" in html:
        html = _PARAGRAPH.sub("<br>", html)
    return one_line(html)
