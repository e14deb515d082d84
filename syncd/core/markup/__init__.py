"""Canonical HTML, the one true form of a title or an abstract, from pages and from raw metadata.

It must not know files, listings or digests: text comes in, text goes out.
"""

from syncd.core.markup.canonical import plain, violations
from syncd.core.markup.fragments import abstract_from_html, title_from_html
from syncd.core.markup.raw import abstract_from_raw, title_from_raw

__all__ = [
    "abstract_from_html",
    "abstract_from_raw",
    "plain",
    "title_from_html",
    "title_from_raw",
    "violations",
]
