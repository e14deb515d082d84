"""BibTeX as another program reads it: keys that stay, names in their parts, and no text that breaks an entry."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pybtex.bibtex.utils import change_case
from pybtex.database import parse_string

from syncd.core.model import Author, Metadata, paper_id
from syncd.report.export import format_papers
from syncd.report.export.bibtex import format_paper
from syncd.report.export.bibtex_text import to_tex
from tests.support.exported_papers import AUTHORS, KNOWN, PAPERS, UNKNOWN

if TYPE_CHECKING:
    from syncd.core.exported_paper import ExportedPaper

ENTRY = r"""@misc{arXiv:2104.02703,
  author = {van der Maaten, Laurens and M{\"u}ller, Jr., J{\"u}rgen},
  title = {{NeRF} \& more},
  year = {2021},
  month = apr,
  eprint = {2104.02703},
  archivePrefix = {arXiv},
  primaryClass = {cs.CV},
  doi = {10.1000/a_b},
  url = {https://arxiv.org/abs/2104.02703},
  note = {Withdrawn},
  comment = {=10 pages, 5 figures},
  keywords = {cs.CV, cs.LG},
  copyright = {http://creativecommons.org/licenses/by/4.0/},
  abstract = {We show that $x_1 < y$.}
}

"""


def read(text: str) -> Any:
    """Return the entries of a BibTeX text by key, as pybtex reads them."""
    return parse_string(text, "bibtex").entries


def read_names(*authors: Author) -> list[tuple[str, str, str, str]]:
    """Return the parts of each name as BibTeX takes them: forenames, particles, family name, suffix."""
    entry = read(format_paper(replace(UNKNOWN, metadata=Metadata(authors=authors))))["arXiv:cs/0401001"]
    return [
        (
            " ".join(person.first_names + person.middle_names),
            " ".join(person.prelast_names),
            " ".join(person.last_names),
            " ".join(person.lineage_names),
        )
        for person in entry.persons["author"]
    ]


def test_an_entry_has_all_that_is_known_of_a_paper() -> None:
    assert format_paper(KNOWN) == ENTRY


def test_what_is_not_known_has_no_field() -> None:
    entry = read(format_paper(UNKNOWN))["arXiv:cs/0401001"]
    assert dict(entry.fields) == {
        "title": "A Title",
        "year": "2004",
        "month": "January",
        "eprint": "cs/0401001",
        "archivePrefix": "arXiv",
        "url": "https://arxiv.org/abs/cs/0401001",
        "abstract": "An abstract.",
    }


def test_the_key_stays_when_everything_else_becomes_known_or_changes() -> None:
    bare = replace(UNKNOWN, id=KNOWN.id)
    assert list(read(format_paper(bare))) == list(read(format_paper(KNOWN))) == ["arXiv:2104.02703"]


def test_papers_of_the_same_authors_year_and_title_have_their_own_keys() -> None:
    ids = [paper_id(f"2104.{number:05}") for number in range(1, 40)]
    text = "".join(format_papers((replace(KNOWN, id=paper) for paper in ids), "bibtex"))
    assert list(read(text)) == [f"arXiv:{paper}" for paper in ids]


@pytest.mark.parametrize(
    ("author", "parts"),
    [
        (Author("Ada B. Lovelace"), ("Ada B.", "", "Lovelace", "")),
        (Author("Laurens van der Maaten"), ("Laurens", "van der", "Maaten", "")),
        (Author("Luc Van Gool", "Luc", "Van Gool"), ("Luc", "", "Van Gool", "")),
        (Author("Juan García Márquez", "Juan", "García Márquez"), ("Juan", "", r"Garc{\'\i}a M{\'a}rquez", "")),
        (Author("Sammy Davis, Jr."), ("Sammy", "", "Davis", "Jr.")),
        (Author("Ludwig van Beethoven III"), ("Ludwig", "van", "Beethoven", "III")),
        (Author("R. Hart IV", "R.", "Hart"), ("R.", "", "Hart", "IV")),
        (Author("R. Hart Jr", "R.", "Hart Jr"), ("R.", "", "Hart", "Jr")),
        (Author("The ATLAS Collaboration"), ("", "", "{The ATLAS Collaboration}", "")),
        (Author("NA61/SHINE Collaboration", "NA61/SHINE", "Collaboration"), ("", "", "{NA61/SHINE Collaboration}", "")),
        (Author("Procter and Gamble"), ("", "", "{Procter and Gamble}", "")),
        (Author("Émile Zola"), (r"{\'E}mile", "", "Zola", "")),
        (Author("the β Group", "the β", "Group"), ("", "", r"{the $\beta$ Group}", "")),
        (Author("Jo α Doe"), ("", "", r"{Jo $\alpha$ Doe}", "")),
        (Author("OpenAI"), ("", "", "{OpenAI}", "")),
        (Author("others"), ("", "", "{others}", "")),
        (Author("Vision Team, Example Ltd"), ("", "", "{Vision Team, Example Ltd}", "")),
        (Author("Jo Doe", "Jo, X", "Doe"), ("", "", "{Jo Doe}", "")),
        (Author("Foo, Bar"), ("", "", "{Foo, Bar}", "")),
        (Author("J. R&D {Smith"), ("J. R\\&D", "", "\\textbraceleft{}Smith", "")),
    ],
    ids=lambda value: value.name if isinstance(value, Author) else "",
)
def test_a_name_is_read_in_its_parts(author: Author, parts: tuple[str, str, str, str]) -> None:
    assert read_names(author) == [parts]


def test_the_case_of_a_title_survives_a_style_that_changes_it() -> None:
    paper = replace(UNKNOWN, title=r"NeRF for $\Gamma$-VAE with \textsc{Big} Networks")
    title = read(format_paper(paper))["arXiv:cs/0401001"].fields["title"]
    assert change_case(title, "t") == r"{NeRF} for {$\Gamma$-VAE} with {{\textsc{Big}}} networks"


def test_a_withdrawn_paper_says_so_before_its_journal() -> None:
    paper = replace(KNOWN, metadata=Metadata(journal_reference="Proc. X & Y 2021"))
    assert "note = {Withdrawn. Proc. X \\& Y 2021}" in format_paper(paper)
    assert "note = {Proc. X \\& Y 2021}" in format_paper(replace(paper, versions=KNOWN.versions[:1]))


@pytest.mark.parametrize(
    ("stated", "doi"),
    [
        ("10.1/a_b, 10.2/c", "10.1/a_b"),
        ("10.1002/(SICI)1<1::AID>3.0", "10.1002/(SICI)1%3C1::AID%3E3.0"),
        ("10.1/a{b\\c%d", "10.1/a%7Bb%5Cc%25d"),
        ("10.1/ü", "10.1/%C3%BC"),
    ],
)
def test_a_doi_is_one_link_without_tex(stated: str, doi: str) -> None:
    assert read(format_paper(replace(UNKNOWN, metadata=Metadata(doi=stated))))["arXiv:cs/0401001"].fields["doi"] == doi


@given(PAPERS)
def test_any_paper_is_read_back_as_one_entry(paper: ExportedPaper) -> None:
    text = format_paper(paper)
    ((key, entry),) = read(text).items()
    assert key == f"arXiv:{paper.id}"
    assert entry.fields["eprint"] == paper.id
    abstract = re.sub(r"\s+", " ", to_tex(paper.current_abstract or paper.abstract)).strip()
    assert entry.fields.get("abstract", "") == abstract
    assert len(entry.persons.get("author", ())) == len(paper.metadata.authors or ())


@given(st.lists(AUTHORS, min_size=1, max_size=3))
def test_any_names_are_read_as_the_number_of_authors_there_are(authors: list[Author]) -> None:
    assert len(read_names(*authors)) == len(authors)
