"""Titles and abstracts as safe HTML: every foreign character escaped, links kept, formulas as MathML, matches marked."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from markupsafe import Markup

from syncd.core.markup import find_violations, plain
from syncd.core.printable import printable
from syncd.serve.tex_math import MATH, to_mathml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Ranges = Sequence[tuple[int, int]]

_PIECES = re.compile(r"(<[^<>]*>)")
_BREAK = "\n"
_ADDRESS = re.compile(r' href="([^"<>]*)"')


def show_title(title: str) -> Markup:
    """Return a title of canonical HTML."""
    return show_plain(printable(plain(title)))


def show_abstract(abstract: str) -> Markup:
    """Return an abstract of canonical HTML as paragraphs. One that is not canonical is shown without its markup."""
    if find_violations(abstract, is_title=False):
        return _trust(f"<p dir=auto>{_show(printable(plain(abstract)), ())}</p>")
    pieces = map(_show_piece, _PIECES.split(abstract)) if "<" in abstract else (_show(plain(abstract), ()),)
    return _trust(f"<p dir=auto>{''.join(pieces)}</p>")


def show_plain(text: str, marks: Ranges = ()) -> Markup:
    """Return a plain text with its formulas as MathML, and these ranges marked where they are outside of formulas."""
    return _trust(_show(text, marks))


def show_names(names: Iterable[str]) -> Markup:
    """Return names in a row. Each is isolated, so that one from right to left does not turn its neighbours."""
    # One call for all of them takes a third of the time. A name has no line break.
    joined = escape(_BREAK.join(names))
    return _trust(f"<bdi>{joined.replace(_BREAK, '</bdi>, <bdi>')}</bdi>" if joined else "")


def _trust(made: str) -> Markup:
    return Markup(made)  # noqa: S704  each foreign piece of it went through `escape` or `to_mathml`


def _show(text: str, marks: Ranges) -> str:
    if not marks and "$" not in text and "\\(" not in text:
        return escape(text)
    shown: list[str] = []
    at = 0
    for found in MATH.finditer(text):
        math = to_mathml(found["display"] or found["inline"] or found["round"])
        if math is not None:
            shown += (*_mark(text, at, found.start(), marks), math)
            at = found.end()
    return "".join((*shown, *_mark(text, at, len(text), marks)))


def _mark(text: str, begin: int, end: int, marks: Ranges) -> Iterator[str]:
    at = begin
    for first, last in marks:
        if at <= first and last <= end:
            yield f"{escape(text[at:first])}<mark>{escape(text[first:last])}</mark>"
            at = last
    yield escape(text[at:end])


def _show_piece(piece: str) -> str:
    if piece == "<br>":
        return "</p><p dir=auto>"
    if piece == "</a>":
        return piece
    if piece.startswith("<a "):
        address = _ADDRESS.search(piece)
        href = escape(plain(address[1])) if address is not None else ""
        return f'<a rel="external noopener nofollow" href="{href}">'
    return _show(plain(piece), ())
