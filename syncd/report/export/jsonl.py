"""Exported papers as JSON Lines: one object in each line, in UTF-8."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from syncd.report.diff.unified import UNSAFE
from syncd.report.export.paper_fields import build_fields

if TYPE_CHECKING:
    from syncd.core.exported_paper import ExportedPaper


def format_paper(paper: ExportedPaper) -> str:
    """Return a paper as one line of JSON. Characters that could control a terminal are escaped."""
    line = json.dumps(build_fields(paper), ensure_ascii=False, separators=(",", ":"))
    if not line.isprintable():
        line = UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
    return f"{line}\n"
