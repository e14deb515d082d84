"""The format of a digest file, read and written in one place.

It must not judge whether a digest is true, or know where a file lies: bytes and values only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.late_names import import_late

if TYPE_CHECKING:
    from syncd.core.digest.completion import add_listed, complete, describe_completion
    from syncd.core.digest.form import CATEGORY, DEFAULT_TAIL, DIALECTS, Dialect, heading
    from syncd.core.digest.order import (
        add_certain_sections,
        are_sections_in_order,
        count_sections,
        describe_late,
        find_late,
    )
    from syncd.core.digest.proof import prove
    from syncd.core.digest.quick_reading import read
    from syncd.core.digest.reading import MOST_ISSUES, parse
    from syncd.core.digest.writing import from_listing, render
else:
    __getattr__ = import_late(
        __name__,
        {
            "completion": "add_listed complete describe_completion",
            "form": "CATEGORY DEFAULT_TAIL DIALECTS Dialect heading",
            "order": "add_certain_sections are_sections_in_order count_sections describe_late find_late",
            "proof": "prove",
            "quick_reading": "read",
            "reading": "MOST_ISSUES parse",
            "writing": "from_listing render",
        },
    )

__all__ = [
    "CATEGORY",
    "DEFAULT_TAIL",
    "DIALECTS",
    "MOST_ISSUES",
    "Dialect",
    "add_certain_sections",
    "add_listed",
    "are_sections_in_order",
    "complete",
    "count_sections",
    "describe_completion",
    "describe_late",
    "find_late",
    "from_listing",
    "heading",
    "parse",
    "prove",
    "read",
    "render",
]
