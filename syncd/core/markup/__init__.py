"""Canonical HTML, the one true form of a title or an abstract, from pages and from raw metadata.

It must not know files, listings or digests. Its functions take a text and return a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.late_names import import_late

if TYPE_CHECKING:
    from syncd.core.markup.canonical import find_violations, is_markup_sound, plain, to_plain_text
    from syncd.core.markup.fragments import abstract_from_html, plain_from_html, title_from_html
    from syncd.core.markup.raw import abstract_from_raw, convert_common, plain_from_raw, title_from_raw
else:
    __getattr__ = import_late(
        __name__,
        {
            "canonical": "find_violations is_markup_sound plain to_plain_text",
            "fragments": "abstract_from_html plain_from_html title_from_html",
            "raw": "abstract_from_raw convert_common plain_from_raw title_from_raw",
        },
    )

__all__ = [
    "abstract_from_html",
    "abstract_from_raw",
    "convert_common",
    "find_violations",
    "is_markup_sound",
    "plain",
    "plain_from_html",
    "plain_from_raw",
    "title_from_html",
    "title_from_raw",
    "to_plain_text",
]
