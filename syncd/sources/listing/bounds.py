"""Refuse a listing page on which the HTML parser would spend minutes or hundreds of megabytes, before it is parsed."""

from __future__ import annotations

import re

from syncd.core.errors import LayoutUnknown
from syncd.sources.feed_xml import DEEPEST, MOST_TEXT

MOST_ENTRIES = 5_000
"""Entries of a page. arXiv shows 2,000 at most (`show`)."""
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_NEVER_OPEN = frozenset(
    {
        "area",
        "base",
        "br",
        "circle",
        "col",
        "dd",
        "dt",
        "ellipse",
        "embed",
        "hr",
        "img",
        "input",
        "li",
        "line",
        "link",
        "meta",
        "option",
        "p",
        "path",
        "polygon",
        "polyline",
        "rect",
        "source",
        "td",
        "th",
        "tr",
        "track",
        "use",
        "wbr",
    }
)
"""Elements without content, or ended by the next one of their kind: pages leave their end tags out."""


def check_entries(text: str) -> None:
    """Raise LayoutUnknown for a page with more or longer entries than arXiv has."""
    at, count = text.find("<dt"), 0
    while at >= 0:
        following = text.find("<dt", at + 1)
        count += 1
        if count > MOST_ENTRIES:
            raise LayoutUnknown(f"more than {MOST_ENTRIES} entries", reason="too-many-elements")
        if (following if following >= 0 else len(text)) - at > MOST_TEXT:
            raise LayoutUnknown(f"an entry of more than {MOST_TEXT} characters", reason="too-long")
        at = following


def check_depth(text: str, deepest: int = DEEPEST) -> None:
    """Raise LayoutUnknown for elements deeper in each other than arXiv has."""
    # Each kind is counted by itself, so that end tags without a beginning hide no depth.
    unfinished: dict[str, int] = {}
    depth = 0
    for tag in _TAG.finditer(text):
        end, name = tag.group(1, 2)
        name = name.lower()
        count = unfinished.get(name, 0)
        if name in _NEVER_OPEN or (end and not count):
            continue
        step = -1 if end else 1
        unfinished[name] = count + step
        depth += step
        if depth > deepest:
            raise LayoutUnknown(f"elements more than {deepest} deep", reason="too-deep")
