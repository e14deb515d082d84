"""Statements about texts: a title with its abstract is stored once for each paper, and its row never changes.

A text is given in canonical HTML. Its plain text is stored beside it, once where the two are the same.
No transaction begins here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import func, insert, select

from syncd.archive.sql.tables import PAPER_TEXT
from syncd.core.markup import to_plain_text
from syncd.core.model import PaperId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection

# Numbers of ids in a query. SQLite accepts up to 32,766 parameters. They are few sizes, as a driver caches each statement it saw.
_SIZES = (16, 512, 4096, 16_384)
_Id = TypeVar("_Id", bound=str)
_LOCK = 0x73796E6374
_COLUMNS = PAPER_TEXT.c


@dataclass(frozen=True, slots=True)
class Text:
    """A title with its abstract, in canonical HTML."""

    paper: PaperId
    title: str
    abstract: str


HTML: tuple[ColumnElement[str], ColumnElement[str]] = (
    func.coalesce(_COLUMNS.title_html, _COLUMNS.title),
    func.coalesce(_COLUMNS.abstract_html, _COLUMNS.abstract),
)
"""Title and abstract in canonical HTML, for a statement that joins `PAPER_TEXT`."""


def put(connection: Connection, texts: Sequence[Text]) -> list[int]:
    """Return the number of each text among those of its paper, in the order given. A new text is added."""
    if connection.dialect.name == "postgresql":
        # Two hosts would give the same number to two texts. SQLite has one writer at a time anyway.
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    numbers, newest = _find_held(connection, texts)
    rows = []
    for text in texts:
        if text not in numbers:
            number = numbers[text] = newest[text.paper] = newest.get(text.paper, 0) + 1
            rows.append(_to_row(text, number))
    if rows:
        connection.execute(insert(PAPER_TEXT), rows)
    return [numbers[text] for text in texts]


def fill_pages(ids: Iterable[_Id]) -> Iterator[list[_Id]]:
    """Yield the ids in as few lists as a database accepts, each filled up to one of a few sizes by repeating the last id."""
    rest = iter(ids)
    while page := list(islice(rest, _SIZES[-1])):
        size = next(size for size in _SIZES if len(page) <= size)
        yield page + page[-1:] * (size - len(page))


def _find_held(connection: Connection, texts: Collection[Text]) -> tuple[dict[Text, int], dict[PaperId, int]]:
    """Return the numbers of those texts that are held, and the highest number of each paper that has a text."""
    wanted = set(texts)
    numbers: dict[Text, int] = {}
    newest: dict[PaperId, int] = {}
    for page in fill_pages({text.paper for text in texts}):
        query = select(_COLUMNS.paper_id, _COLUMNS.number, *HTML).where(_COLUMNS.paper_id.in_(page))
        for paper, number, title, abstract in connection.execute(query.order_by(_COLUMNS.paper_id, _COLUMNS.number)):
            one = PaperId(paper)
            newest[one] = number
            text = Text(one, title, abstract)
            if text in wanted:
                numbers.setdefault(text, number)
    return numbers, newest


def _to_row(text: Text, number: int) -> dict[str, Any]:
    title, abstract = to_plain_text(text.title), to_plain_text(text.abstract)
    return {
        "paper_id": text.paper,
        "number": number,
        "title": title,
        "abstract": abstract,
        "title_html": text.title if text.title != title else None,
        "abstract_html": text.abstract if text.abstract != abstract else None,
    }
