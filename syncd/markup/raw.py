"""Authors' raw metadata text brought to canonical HTML, as arXiv's own chain of 2020 to 2022 did; it parses no HTML."""

from __future__ import annotations

from syncd.markup.anchors import escape
from syncd.markup.characters import clean, one_line


def title_from_raw(text: str) -> str:
    """Canonical title of a raw title."""
    return one_line(escape(clean(text)))


def abstract_from_raw(text: str) -> str:
    """Canonical abstract of a raw abstract."""
    return one_line(escape(clean(text)))
