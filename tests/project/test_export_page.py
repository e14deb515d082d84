"""The page of exported papers names every field, and its example is what the program writes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from textwrap import indent

from syncd.core.model import Author, Metadata
from syncd.report.export.bibtex import format_paper
from syncd.report.export.paper_fields import build_fields
from tests.support.exported_papers import KNOWN

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "export.md").read_text(encoding="utf-8")


def test_every_field_is_explained_in_the_order_in_which_it_is_written() -> None:
    names = [name for row in re.findall(r"^\| (`.*?`) \|", PAGE, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]
    fields = list(build_fields(KNOWN))
    assert sorted(names) == sorted(fields)
    assert [name for name in fields if name in names] == names


def test_the_example_of_bibtex_is_what_is_written() -> None:
    authors = (
        Author("Laurens van der Maaten", "Laurens", "van der Maaten"),
        Author("Jürgen Müller", "Jürgen", "Müller"),
    )
    shown = format_paper(replace(KNOWN, versions=(), metadata=Metadata(authors)))
    without = re.sub(r",\n  (?:keywords|abstract) = .*?(?=,?\n)", "", shown)
    assert indent(without.rstrip("\n"), "    ") in PAGE
