"""Invented authors, comments and numbers of a paper of the loopback arXiv, as typed and as they read.

They follow from the id alone. Both spellings stand in the tables below, so that they can judge what reads the raw one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

from syncd.core.model import Author, Metadata, Version
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from syncd.core.model import PaperId


@dataclass(frozen=True, slots=True)
class InventedAuthor:
    """An author: the name as typed in TeX, as arXiv prints it, and the two parts by which arXiv sorts it.

    `prefix` is what stands before a collaboration that an author writes for.
    """

    typed: str
    name: str
    forenames: str
    key_name: str
    prefix: str = ""

    @property
    def printed(self) -> str:
        """Return the name as pages and feeds print it."""
        return self.prefix + self.name


@dataclass(frozen=True, slots=True)
class InventedText:
    """A text as typed, and as it reads."""

    typed: str
    read: str


@dataclass(frozen=True, slots=True)
class InventedDetails:
    """What arXiv knows of a paper beside its text. `pieces` are the authors and the text between them, None is none."""

    pieces: tuple[InventedAuthor | str, ...]
    comments: InventedText | None
    journal_reference: str | None
    doi: str | None
    report_number: str | None
    msc_class: str | None
    acm_class: str | None
    licence: str | None

    @property
    def authors(self) -> tuple[InventedAuthor, ...]:
        """Return the authors in order."""
        return tuple(piece for piece in self.pieces if isinstance(piece, InventedAuthor))

    @property
    def submitter(self) -> str:
        """Return who submitted the paper: its last author."""
        return self.authors[-1].name

    @property
    def typed_authors(self) -> str:
        """Return the one text that names all authors."""
        return "".join(piece if isinstance(piece, str) else piece.prefix + piece.typed for piece in self.pieces)

    def state_in_bulk(self) -> Metadata:
        """Return what the bulk metadata states: every field, with the authors in one text."""
        return Metadata(
            tuple(Author(one.name) for one in self.authors),
            self.submitter,
            self.comments.read if self.comments else "",
            self.journal_reference or "",
            self.doi or "",
            self.report_number or "",
            self.msc_class or "",
            self.acm_class or "",
            self.licence or "",
        )


@lru_cache(maxsize=1 << 16)
def paper_details(paper: PaperId) -> InventedDetails:
    """Return the details of a paper, the same for the same id."""
    chance = crc32(paper.encode())
    doi = _DOIS[(chance >> 7) % len(_DOIS)]
    return InventedDetails(
        pieces=_arrange_authors(chance),
        comments=_COMMENTS[(chance >> 3) % len(_COMMENTS)],
        journal_reference=_JOURNALS[(chance >> 5) % len(_JOURNALS)],
        doi=doi.format(n=chance % 10_000) if doi else None,
        report_number=f"POND-{chance % 100}" if chance >> 9 & 3 == 0 else None,
        msc_class="68T45, 94A08" if chance >> 11 & 3 == 0 else None,
        acm_class="I.4.8; I.5.4" if chance >> 13 & 1 == 0 else None,
        licence=_LICENCES[(chance >> 15) % len(_LICENCES)],
    )


@lru_cache(maxsize=1 << 16)
def bulk_metadata(paper: PaperId) -> Metadata:
    """Return what the bulk metadata states of a paper."""
    return paper_details(paper).state_in_bulk()


@lru_cache(maxsize=1 << 16)
def stated_version(paper: PaperId, version: Version) -> Version:
    """Return a version with size and source type, as bulk metadata states them."""
    size = 20 + crc32(f"{paper}v{version.number}".encode()) % 9000
    return Version(version.number, version.created, version.withdrawn, size, "I" if version.withdrawn else "D")


def _arrange_authors(chance: int) -> tuple[InventedAuthor | str, ...]:
    first = chance % len(_PEOPLE)
    count = 1 + (chance >> 4) % 5
    people = [_PEOPLE[(first + 5 * turn) % len(_PEOPLE)] for turn in range(count)]
    arrangement = (chance >> 17) % 8
    if arrangement == 0:
        return (_COLLABORATION, ": ", *_join(people, ", ", ", "))
    if arrangement == 1:
        return (*_join(people, ", ", ", "), ", ", _CUSTOMERS)
    if arrangement == 2:
        return _affiliate(people)
    return _join(people, ", ", " and " if arrangement == 3 else ", ")


def _join(people: list[InventedAuthor], between: str, last: str) -> tuple[InventedAuthor | str, ...]:
    pieces: list[InventedAuthor | str] = [people[0]]
    for number, one in enumerate(people[1:], 2):
        pieces += [last if number == len(people) else between, one]
    return tuple(pieces)


def _affiliate(people: list[InventedAuthor]) -> tuple[InventedAuthor | str, ...]:
    pieces: list[InventedAuthor | str] = []
    for number, one in enumerate(people):
        pieces += [one, f" ({1 + number % 2})" + (", " if number + 1 < len(people) else "")]
    return (*pieces, " ((1) Institute of Shade, Harbour Town, (2) Pond Laboratory)")


_PEOPLE = (
    InventedAuthor("Zs\\'ofia K\\H{o}v\\'ari", "Zsófia Kővári", "Zsófia", "Kővári"),
    InventedAuthor("Ifeoma Adeyemi", "Ifeoma Adeyemi", "Ifeoma", "Adeyemi"),
    InventedAuthor('J\\"orn M\\"uhlbach', "Jörn Mühlbach", "Jörn", "Mühlbach"),
    InventedAuthor("Pieter van der Meulen", "Pieter van der Meulen", "Pieter", "van der Meulen"),
    InventedAuthor("S. K. Raman", "S. K. Raman", "S. K.", "Raman"),
    InventedAuthor("{\\L}ucja Wi\\'sniowska", "Łucja Wiśniowska", "Łucja", "Wiśniowska"),
    InventedAuthor("Yuki Tanabe", "Yuki Tanabe", "Yuki", "Tanabe"),
    InventedAuthor("Ana L. de la Fuente", "Ana L. de la Fuente", "Ana L.", "de la Fuente"),
    InventedAuthor("Xiaoyu Chen", "Xiaoyu Chen", "Xiaoyu", "Chen"),
    InventedAuthor("Tom\\'a\\v{s} Hork\\'y", "Tomáš Horký", "Tomáš", "Horký"),
    InventedAuthor("Maeve O'Riordan", "Maeve O'Riordan", "Maeve", "O'Riordan"),
    InventedAuthor("Sivan", "Sivan", "", "Sivan"),
    InventedAuthor("Noor El-Haddad", "Noor El-Haddad", "Noor", "El-Haddad"),
)
_COLLABORATION = InventedAuthor("The Pebble Survey Collaboration", "The Pebble Survey Collaboration", "", "")
_CUSTOMERS = InventedAuthor("Lamp Collaboration", "Lamp Collaboration", "", "", "for the ")
_COMMENTS = (
    InventedText("7 pages, 3 figures", "7 pages, 3 figures"),
    InventedText("Code is at https://code.example.org/lamp", "Code is at https://code.example.org/lamp"),
    InventedText("In French: \\'Etude d'un \\'etang", "In French: Étude d'un étang"),
    InventedText("Accepted at a workshop;\n  9 pages & 2 tables", "Accepted at a workshop; 9 pages & 2 tables"),
    None,
)
_JOURNALS = (None, None, None, "J. Pond Stud. 12 (2026) 3-19", "Shade & Light, pp. 7-15, 2026")
_DOIS = (None, None, None, "10.9999/pond.2026.{n}", "10.9999/shade.{n} 10.9999/light.{n}")
_LICENCES = (
    "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
    "http://creativecommons.org/licenses/by/4.0/",
    "http://creativecommons.org/licenses/by-nc-sa/4.0/",
    None,
)
