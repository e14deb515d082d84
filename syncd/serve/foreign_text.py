"""Titles and abstracts as safe HTML: every foreign character escaped, links kept, formulas as MathML, matches marked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from syncd.core.markup import find_violations, plain
from syncd.core.printable import printable
from syncd.serve.tex_math import MATH, to_mathml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Ranges = Sequence[tuple[int, int]]

_PIECES = re.compile(r"(<[^<>]*>)")
_ADDRESS = re.compile(r' href="([^"<>]*)"')


def show_title(title: str) -> Markup:
    """Return a title of canonical HTML."""
    return show_plain(printable(plain(title)))


def show_abstract(abstract: str) -> Markup:
    """Return an abstract of canonical HTML as paragraphs. One that is not canonical is shown without its markup."""
    if find_violations(abstract, is_title=False):
        return Markup("<p dir=auto>{}</p>").format(show_plain(printable(plain(abstract))))
    return Markup("").join(_show_pieces(abstract))


def show_plain(text: str, marks: Ranges = ()) -> Markup:
    """Return a plain text with its formulas as MathML, and these ranges marked where they are outside of formulas."""
    shown, at = [], 0
    for found in MATH.finditer(text) if "$" in text or "\\(" in text else ():
        tex = found["display"] or found["inline"] or found["round"]
        math = to_mathml(tex, is_display=False)
        if math is not None:
            shown += [*_mark(text, at, found.start(), marks), math]
            at = found.end()
    shown += _mark(text, at, len(text), marks)
    return Markup("").join(shown)


def _mark(text: str, begin: int, end: int, marks: Ranges) -> Iterator[Markup]:
    at = begin
    for first, last in marks:
        if at <= first and last <= end:
            yield escape(text[at:first])
            yield Markup("<mark>{}</mark>").format(text[first:last])
            at = last
    yield escape(text[at:end])


def _show_pieces(abstract: str) -> Iterator[Markup]:
    yield Markup("<p dir=auto>")
    for piece in _PIECES.split(abstract):
        if piece == "<br>":
            yield Markup("</p><p dir=auto>")
        elif piece == "</a>":
            yield Markup("</a>")
        elif piece.startswith("<a "):
            address = _ADDRESS.search(piece)
            yield Markup('<a rel="external noopener nofollow" href="{}">').format(
                plain(address[1]) if address is not None else ""
            )
        else:
            yield show_plain(plain(piece))
    yield Markup("</p>")
