"""JSON Lines: one object a line, null for what is not known, and times in UTC."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from hypothesis import given

from syncd.core.model import Metadata
from syncd.report.export import format_papers
from syncd.report.export.jsonl import format_paper
from tests.support.exported_papers import KNOWN, PAPERS, UNKNOWN

if TYPE_CHECKING:
    from syncd.core.exported_paper import ExportedPaper


def test_every_field_of_a_paper_is_written_in_order() -> None:
    assert list(json.loads(format_paper(KNOWN)).items()) == [
        ("id", "2104.02703"),
        ("first_mailing", "2021-04-07"),
        ("number", 3),
        ("section", "new"),
        ("placed", "listed"),
        ("version", 1),
        ("title", "NeRF and $\\beta$-VAE: 100% of a U-Net"),
        ("abstract", "We show that $x_1 < y$."),
        ("current_title", "NeRF & more"),
        ("current_abstract", None),
        ("authors", [
            {"name": "Laurens van der Maaten", "forenames": "Laurens", "key_name": "van der Maaten"},
            {"name": "Jürgen Müller, Jr.", "forenames": None, "key_name": None},
        ]),
        ("categories", ["cs.CV", "cs.LG"]),
        ("primary_category", "cs.CV"),
        ("latest_version", 2),
        ("versions", [
            {"number": 1, "created": "2021-04-06T17:30:00Z", "withdrawn": False, "size_kb": None, "source_type": None},
            {"number": 2, "created": "2021-05-06T08:00:01Z", "withdrawn": True, "size_kb": 12, "source_type": "I"},
        ]),
        ("withdrawn", True),
        ("submitter", "Laurens van der Maaten"),
        ("comments", "=10 pages, 5 figures"),
        ("journal_reference", ""),
        ("doi", "10.1000/a_b"),
        ("report_number", None),
        ("msc_class", None),
        ("acm_class", None),
        ("licence", "http://creativecommons.org/licenses/by/4.0/"),
        ("last_modified", "2021-05-07"),
        ("source", "oai"),
        ("seen", "2026-11-25T18:56:46Z"),
        ("url", "https://arxiv.org/abs/2104.02703"),
        ("pdf_url", "https://arxiv.org/pdf/2104.02703"),
        ("reason", None),
    ]  # fmt: skip


def test_what_is_not_known_is_null() -> None:
    fields = json.loads(format_paper(UNKNOWN))
    known = {"id", "first_mailing", "number", "placed", "title", "abstract", "url", "pdf_url"}
    assert {name for name, value in fields.items() if value is not None} == known


def test_no_author_and_authors_that_were_never_stated_differ() -> None:
    assert json.loads(format_paper(replace(UNKNOWN, metadata=Metadata(authors=()))))["authors"] == []


def test_a_time_of_another_zone_is_written_in_utc() -> None:
    seen = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert json.loads(format_paper(replace(UNKNOWN, seen=seen)))["seen"] == "2025-12-31T23:30:00Z"


@given(PAPERS)
def test_any_paper_is_one_line_that_cannot_control_a_terminal(paper: ExportedPaper) -> None:
    line = format_paper(paper)
    assert line.removesuffix("\n").splitlines() == [line[:-1]]
    assert not {"\x1b", "\x9b", "\u202e"} & set(line)
    fields = json.loads(line)
    stated = (fields["title"], fields["current_abstract"], fields["doi"])
    assert stated == (paper.title, paper.current_abstract, paper.metadata.doi)


def test_a_paper_is_written_as_soon_as_it_comes() -> None:
    assert next(format_papers(iter([KNOWN, UNKNOWN]), "jsonl")) == format_paper(KNOWN)
