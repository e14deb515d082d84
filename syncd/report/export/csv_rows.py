"""Exported papers as CSV (RFC 4180): a row of column names, then one row for each paper, in UTF-8 without a byte order mark.

An empty cell is not known. A cell of two quotes is stated to be empty. `COPY` of PostgreSQL reads both that way. A cell that a
spreadsheet would take for a formula begins with an apostrophe. Characters that could control a terminal are left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syncd.core.markup.characters import clean
from syncd.report.export.paper_fields import build_fields, format_time

if TYPE_CHECKING:
    from syncd.core.exported_paper import ExportedPaper
    from syncd.core.model import Version
    from syncd.report.json_fields import Fields

COLUMNS = (
    "id", "first_mailing", "number", "section", "placed", "version", "title", "abstract", "current_title", "current_abstract",
    "authors", "categories", "primary_category", "latest_version", "versions", "withdrawn", "submitter", "comments",
    "journal_reference", "doi", "report_number", "msc_class", "acm_class", "licence", "last_modified", "source", "seen", "url",
    "pdf_url", "reason",
)  # fmt: skip
HEAD = ",".join(COLUMNS) + "\r\n"

# The wide signs count as well where Excel runs in Japanese or Chinese.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NEEDS_QUOTES = re.compile(r'[,"\r\n]')


def format_paper(paper: ExportedPaper) -> str:
    """Return a paper as one row. Authors and versions are separated by semicolons, categories by blanks."""
    authors = paper.metadata.authors
    joined: Fields = {
        "authors": None if authors is None else "; ".join(author.name for author in authors),
        "categories": " ".join(paper.categories) or None,
        "versions": "; ".join(map(_format_version, paper.versions)) or None,
    }
    fields = build_fields(paper) | joined
    return ",".join(_format_cell(fields[name]) for name in COLUMNS) + "\r\n"


def _format_version(version: Version) -> str:
    return f"v{version.number} {format_time(version.created)}" + " withdrawn" * version.withdrawn


def _format_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = clean(str(value))
    if _FORMULA.match(text):
        text = f"'{text}"
    if text and not _NEEDS_QUOTES.search(text) and text.strip() == text:
        return text
    return '"' + text.replace('"', '""') + '"'
