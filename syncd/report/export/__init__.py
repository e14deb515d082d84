"""Exported papers in the formats of `syncd export`: a head, then one text for each paper. Each format is one module.

The texts are whole lines with their line ends. They must depend on nothing but the paper, so that two exports of it are equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.report.export import bibtex, csv_rows, jsonl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncd.core.exported_paper import ExportedPaper

_FORMATS = {
    "jsonl": ("", jsonl.format_paper),
    "csv": (csv_rows.HEAD, csv_rows.format_paper),
    "bibtex": ("", bibtex.format_paper),
}


def format_papers(papers: Iterable[ExportedPaper], form: str) -> Iterator[str]:
    """Yield the head of the format, then each paper, as soon as it comes."""
    head, format_paper = _FORMATS[form]
    if head:
        yield head
    yield from map(format_paper, papers)
