"""Statements about texts: a title with its abstract is stored once for each paper, and its row never changes.

A text is given in canonical HTML, and stored as plain text. The HTML is stored beside it only where the rules of `core.markup` do
not make it from the plain text, byte for byte. No transaction begins here.
"""

from __future__ import annotations

from contextlib import nullcontext
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import String, case, func, literal, or_, select, type_coerce
from sqlalchemy.types import TypeDecorator

from syncd.archive.sql.listed_ids import is_listed
from syncd.archive.sql.statements import build_insert, execute_many, upsert
from syncd.archive.sql.tables import PAPER_TEXT
from syncd.core import markup
from syncd.core.model import PaperId

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.engine import Dialect

    Guard = Callable[[Connection, Collection[PaperId]], AbstractContextManager[None]]

_LOCK = 0x73796E6374
_COLUMNS = PAPER_TEXT.c


class Text(NamedTuple):
    """A title with its abstract, in canonical HTML."""

    paper: PaperId
    title: str
    abstract: str


class _Abstract(TypeDecorator[str]):
    """An abstract in canonical HTML. One that begins with the mark is plain text, of which the HTML is made when it is read."""

    impl = String
    cache_ok = True
    # No text has a control character.
    mark = "\x01text\x01"

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002  SQLAlchemy's signature
        """Return the HTML. What is no text is damage, and returned as it is."""
        is_marked = isinstance(value, str) and value.startswith(self.mark)
        return markup.abstract_from_raw(value.removeprefix(self.mark)) if is_marked else value


def _escape(text: ColumnElement[str]) -> ColumnElement[str]:
    for character, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = func.replace(text, character, escaped)
    return text


def _guard_nothing(_connection: Connection, _papers: Collection[PaperId]) -> AbstractContextManager[None]:
    return nullcontext()


HTML: tuple[ColumnElement[str], ColumnElement[str]] = (
    case(
        (_COLUMNS.title_html.is_not(None), _COLUMNS.title_html),
        # A title that is no text is damage, which must be read as it is.
        (or_(*(_COLUMNS.title.contains(character) for character in "&<>")), _escape(_COLUMNS.title)),
        else_=_COLUMNS.title,
    ),
    type_coerce(
        case(
            (_COLUMNS.abstract_html.is_not(None), _COLUMNS.abstract_html),
            (_COLUMNS.has_markup, literal(_Abstract.mark) + _COLUMNS.abstract),
            else_=_COLUMNS.abstract,
        ),
        _Abstract,
    ),
)
"""Title and abstract in canonical HTML, for a statement that joins `PAPER_TEXT`."""
STORED = tuple(_COLUMNS[name] for name in ("title", "abstract", "title_html", "has_markup", "abstract_html"))
"""The columns of a text as they are, for `to_html` and `is_sound`."""
_HELD = (
    select(_COLUMNS.paper_id, _COLUMNS.number, *HTML)
    .where(is_listed(_COLUMNS.paper_id))
    .order_by(_COLUMNS.paper_id, _COLUMNS.number)
)


def put(connection: Connection, texts: Sequence[Text], guard: Guard = _guard_nothing) -> list[int]:
    """Return the number of each text among those of its paper, in the order given. A new text is added.

    New rows are inserted inside of `guard`, which gets their papers.
    """
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
        with guard(connection, [row["paper_id"] for row in rows]):
            execute_many(connection, build_insert(connection.dialect.name, PAPER_TEXT), PAPER_TEXT, rows)
    return [numbers[text] for text in texts]


def overwrite(connection: Connection, text: Text, number: int) -> None:
    """Write the text of this number anew, where its row was damaged or is gone."""
    connection.execute(upsert(connection, PAPER_TEXT), _to_row(text, number))


def to_html(stored: Sequence[Any]) -> tuple[Any, Any]:
    """Return title and abstract in canonical HTML, as `HTML` does. A text that is gone is empty, and damage stays as it is."""
    title, abstract, title_html, has_markup, abstract_html = stored
    if title is None:
        return "", ""
    if title_html is None:
        title_html = escape(title, quote=False) if isinstance(title, str) else title
    if abstract_html is None:
        abstract_html = markup.abstract_from_raw(abstract) if has_markup and isinstance(abstract, str) else abstract
    return title_html, abstract_html


def is_sound(paper: PaperId, stored: Sequence[Any]) -> bool:
    """Return whether the plain text of a row is that of its HTML. Whether the HTML is the true one is not known here."""
    title_html, has_markup, abstract_html = stored[2:]
    if title_html is None and abstract_html is None and has_markup is False:
        return True
    try:
        to_sound_html(paper, stored)
    except (TypeError, ValueError, AttributeError):
        return False
    return True


def to_sound_html(paper: PaperId, stored: Sequence[Any]) -> tuple[str, str]:
    """Return title and abstract in canonical HTML. Raise ValueError where the plain text of the row is not that of its HTML.

    What is no text raises TypeError, ValueError or AttributeError.
    """
    title, abstract, title_html, has_markup, abstract_html = stored
    if title_html is None and abstract_html is None and has_markup and isinstance(abstract, str):
        # Seven in eight real texts with markup take half of the time so: there is no need to go the way back.
        made = markup.convert_common(abstract)
        if made is not None and made != abstract:
            return escape(title, quote=False), made
    title, abstract = html = to_html(stored)
    if title_html is None and abstract_html is None:
        # The HTML was made of this plain text, so only the way back can differ.
        is_same = abstract != stored[1] == markup.to_plain_text(abstract)
    else:
        row = _to_row(Text(paper, title, abstract), 0)
        is_same = all(row[column.name] == value for column, value in zip(STORED, stored, strict=True))
    if not is_same:
        raise ValueError(f"the plain text of {paper} is not that of its HTML")
    return html


def _find_held(connection: Connection, texts: Collection[Text]) -> tuple[dict[Text, int], dict[PaperId, int]]:
    """Return the numbers of those texts that are held, and the highest number of each paper that has a text."""
    wanted = set(texts)
    numbers: dict[Text, int] = {}
    newest: dict[PaperId, int] = {}
    papers = {text.paper for text in texts}
    for paper, number, title, abstract in connection.execute(_HELD, {"ids": papers}):
        one = PaperId(paper)
        newest[one] = number
        text = Text(one, title, abstract)
        if text in wanted:
            numbers.setdefault(text, number)
    return numbers, newest


def _to_row(text: Text, number: int) -> dict[str, Any]:
    title, abstract = markup.to_plain_text(text.title), markup.to_plain_text(text.abstract)
    has_markup = abstract != text.abstract
    return {
        "paper_id": text.paper,
        "number": number,
        "title": title,
        "abstract": abstract,
        "title_html": None if escape(title, quote=False) == text.title else text.title,
        "has_markup": has_markup,
        "abstract_html": text.abstract if has_markup and markup.abstract_from_raw(abstract) != text.abstract else None,
    }
