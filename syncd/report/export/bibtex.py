"""Exported papers as BibTeX, in UTF-8, for BibTeX and Biber alike.

The key of a paper is made of its id alone. Names, years and titles become known late or change, and then a key made of them
would no longer be the one that a document cites. An id never does, and no other paper has it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from syncd.core.model import id_month
from syncd.report.export.bibtex_names import format_authors
from syncd.report.export.bibtex_text import to_tex, to_title
from syncd.report.export.paper_fields import format_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.core.exported_paper import ExportedPaper

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NOT_IN_DOI = re.compile(r"[^!-~]|[\\{}%#\"<>^`|]")


def format_paper(paper: ExportedPaper) -> str:
    """Return a paper as an entry and an empty line. Title and abstract are the newest that are known, as arXiv cites a paper.

    Year and month are those of the id, in which arXiv announced the paper first. What is not known, or stated to be empty, is
    left out.
    """
    lines = [f"  {name} = {value}" for name, value in _list_fields(paper)]
    return f"@misc{{arXiv:{paper.id},\n" + ",\n".join(lines) + "\n}\n\n"


def _list_fields(paper: ExportedPaper) -> Iterator[tuple[str, str]]:
    stated, (year, month) = paper.metadata, id_month(paper.id)
    notes = ("Withdrawn" if paper.withdrawn else "", stated.journal_reference or "")
    values = {
        "author": format_authors(stated.authors or ()),
        "title": to_title(paper.current_title or paper.title),
        "year": str(year),
        "eprint": paper.id,
        "archivePrefix": "arXiv",
        "primaryClass": next(iter(paper.categories), ""),
        "doi": _format_doi(stated.doi or ""),
        "url": format_url(paper),
        "note": to_tex(". ".join(filter(None, notes))),
        "reportNumber": to_tex(stated.report_number or ""),
        "comment": to_tex(stated.comments or ""),
        "keywords": ", ".join(paper.categories),
        "copyright": to_tex(stated.licence or ""),
        "abstract": to_tex(paper.current_abstract or paper.abstract),
    }
    for name, value in values.items():
        if value:
            yield name, f"{{{value}}}"
        if name == "year":
            yield "month", _MONTHS[month - 1]  # a name that BibTeX and Biber know, so without braces


def _format_doi(stated: str) -> str:
    """Return the first DOI of those that arXiv has, as BibTeX styles and Biber put it into a link: without TeX."""
    first = next(iter(stated.split()), "").rstrip(",;")
    return _NOT_IN_DOI.sub(lambda found: quote(found[0]), first)
