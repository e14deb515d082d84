"""A listing page as values: what it says it is, and the papers it shows under each heading.

Whether a page can be trusted is decided in `assembly` and `membership`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from datetime import date

    from syncd.core.model import Paper, Section

Kind = Literal["new", "recent", "catchup", "month"]
Part = Literal["all", "first", "continued", "last"]


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One entry: its number in the whole listing, its paper, and the marks after its id.

    `cross_from` is the category of `(cross-list from X)`, None without that mark.
    """

    number: int
    paper: Paper
    cross_from: str | None = None
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class PageBlock:
    """The entries under one heading. `shown` and `total` are the heading's own counts, None where it has none.

    On `/new` and `/catchup` a block is a section. On `/recent` it is a day: `section` is None, and the marks of the entries
    separate new from cross. On a month page it is the whole page. `part` is the heading's word for it, which arXiv does not
    compute reliably.
    """

    day: date | None
    section: Section | None
    part: Part
    shown: int | None
    total: int | None
    entries: tuple[PageEntry, ...]

    @property
    def has_first_entry(self) -> bool:
        """Return True when the heading says that the first entry of its section is on this page."""
        return self.part in ("all", "first")

    @property
    def has_last_entry(self) -> bool:
        """Return True when the heading says that the last entry of its section is on this page. Exact on `/recent` only."""
        return self.part in ("all", "last")

    @property
    def papers(self) -> tuple[Paper, ...]:
        """The papers in page order."""
        return tuple(entry.paper for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Page:
    """One listing page as it stands.

    `day` is the heading's listing date, the first of its month on a month page, None on `/recent`. `category` is the one the
    page's own links name, None when they name none. `total` counts the whole listing, over all its parts. `links_next_day`:
    a catchup page that links the next announcement, so its own day is over. `is_empty`: it says in words that it has no entries.
    """

    kind: Kind
    day: date | None
    category: str | None
    blocks: tuple[PageBlock, ...]
    total: int | None
    links_next_day: bool
    is_empty: bool

    @property
    def entries(self) -> tuple[PageEntry, ...]:
        """The entries of all blocks in page order."""
        return tuple(entry for block in self.blocks for entry in block.entries)

    @property
    def first(self) -> int | None:
        """The number of the first entry shown, None when there is none."""
        return next((entry.number for entry in self.entries), None)
