"""CSV: what a reader of RFC 4180 gets back, cells that no spreadsheet runs, and the two kinds of empty cells."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from syncd.core.markup.characters import clean
from syncd.core.model import Metadata
from syncd.report.export import format_papers
from syncd.report.export.csv_rows import COLUMNS, HEAD, format_paper
from syncd.report.export.paper_fields import build_fields
from tests.support.exported_papers import KNOWN, PAPERS, UNKNOWN

if TYPE_CHECKING:
    from syncd.core.exported_paper import ExportedPaper


def read_row(row: str) -> dict[str, str]:
    (found,) = csv.DictReader(io.StringIO(HEAD + row, newline=""), strict=True)
    return found


def test_the_columns_are_the_fields_of_json_lines() -> None:
    assert list(COLUMNS) == list(build_fields(KNOWN))


def test_lists_are_joined_and_values_are_plain() -> None:
    row = read_row(format_paper(KNOWN))
    assert row["authors"] == "Laurens van der Maaten; Jürgen Müller, Jr."
    assert row["categories"] == "cs.CV cs.LG"
    assert row["versions"] == "v1 2021-04-06T17:30:00Z; v2 2021-05-06T08:00:01Z withdrawn"
    assert (row["withdrawn"], row["number"], row["seen"]) == ("true", "3", "2026-11-25T18:56:46Z")


def test_lines_end_as_rfc_4180_says() -> None:
    text = "".join(format_papers([UNKNOWN], "csv"))
    assert text.count("\r\n") == text.count("\n") == 2


def test_the_head_is_written_where_there_is_no_paper() -> None:
    assert list(format_papers([], "csv")) == [HEAD]


def test_a_cell_that_is_stated_to_be_empty_has_quotes() -> None:
    stated = replace(UNKNOWN, metadata=Metadata(authors=(), doi="", journal_reference=None))
    row = dict(zip(COLUMNS, format_paper(stated).removesuffix("\r\n").split(","), strict=True))
    assert (row["authors"], row["doi"], row["journal_reference"]) == ('""', '""', "")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_text_that_looks_like_a_formula_is_none(sign: str) -> None:
    row = read_row(format_paper(replace(UNKNOWN, title=f'{sign}HYPERLINK("http://example.org")', abstract=f"1{sign}1")))
    assert row["title"] == f'\'{sign}HYPERLINK("http://example.org")'
    assert row["abstract"] == f"1{sign}1"


@given(PAPERS)
def test_any_text_is_read_back(paper: ExportedPaper) -> None:
    row = read_row(format_paper(paper))
    title, comments = clean(paper.title), clean(paper.metadata.comments or "")
    assert row["title"] in {title, f"'{title}"}
    assert row["comments"] in {comments, f"'{comments}"}
    assert row["pdf_url"] == f"https://arxiv.org/pdf/{paper.id}"
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row.values())
