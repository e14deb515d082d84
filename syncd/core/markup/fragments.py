"""HTML fragments of arXiv's pages, of any year, brought to the canonical form; it reads no page and no raw metadata.

What becomes of the markup in a fragment, so that nothing but `<a>` and `<br>` is ever written:

- tags other than `<a>` and `<br>`, comments and declarations are dropped, the text between the tags stays; a block or a
  table cell leaves a blank;
- `<script>` and `<style>` are dropped with their text, and so is arXiv's `<span class="descriptor">`;
- the text of a CDATA section stays; a `<` that opens no complete tag is text and escaped;
- links are written anew by kind (`anchors`), which loses every foreign attribute; an unclosed link is text, and so is one
  of a scheme other than http, https and ftp;
- entities are decoded before the characters are judged, and `&`, `<`, `>` escaped after.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

from syncd.core.markup.anchors import escape, from_page, is_overlong, unlinked
from syncd.core.markup.characters import clean, one_line
from syncd.core.markup.links import linked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MARKUP = re.compile(
    r"""<!--(?:-?>|(?:(?!<!--).)*?--!?>)
    |<!\[CDATA\[(?P<cdata>(?:(?!<!\[CDATA\[).)*?)\]\]>
    |<(?:[!?]|/(?![a-z]))[^<>]*>
    |<(?P<name>/?[a-z][^\s/<>"'=]*)(?P<attributes>(?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?""")
_SILENT = frozenset({"script", "style"})
_BLOCK = re.compile("/?(?:blockquote|dd|div|dl|dt|h[1-6r]|li|ol|p|pre|table|td|th|tr|ul)")


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    attributes: str = ""


@dataclass(frozen=True, slots=True)
class _Link:
    attributes: dict[str, str]
    text: str


_BREAK = _Tag("br")


def title_from_html(fragment: str) -> str:
    """Canonical title of the inner HTML of a title element: one line, never linked; idempotent."""
    plain = _as_it_is(fragment)
    if plain is not None:
        return plain
    nodes = _nodes(clean(fragment))
    return one_line("".join(" " if node is _BREAK else escape(_title_text(node)) for node in nodes))


def abstract_from_html(fragment: str) -> str:
    """Canonical abstract of the inner HTML of an abstract element: one line with `<br>` and links; idempotent."""
    plain = _as_it_is(fragment)
    if plain is not None:
        return plain
    return one_line("".join(_abstract_text(node) for node in _nodes(clean(fragment))))


def _as_it_is(fragment: str) -> str | None:
    text = fragment.strip(" \n")
    simple = text.isascii() and text.isprintable() and not ("<" in text or "&" in text or ">" in text or "  " in text)
    return text if simple else None


def _title_text(node: str | _Tag | _Link) -> str:
    if isinstance(node, _Link):
        return unlinked(node.attributes, node.text)
    return node if isinstance(node, str) else ""


def _abstract_text(node: str | _Tag | _Link) -> str:
    if isinstance(node, _Link):
        overlong = is_overlong(node.attributes, node.text)
        return linked(node.attributes["href"]) if overlong else from_page(node.attributes, node.text)
    return escape(node) if isinstance(node, str) else "<br>"


def _nodes(fragment: str) -> Iterator[str | _Tag | _Link]:
    """Texts, breaks and whole links of a fragment, in order."""
    opened: _Tag | None = None
    held: list[str] = []
    for token in _tokens(fragment):
        if isinstance(token, _Tag) and token is not _BREAK:
            if opened and token.name == "/a":
                yield _Link(_attributes(opened.attributes), "".join(held))
            else:
                yield from held
            opened, held = (token if token.name == "a" else None), []
        elif opened:
            held.append(token if isinstance(token, str) else " ")
        else:
            yield token
    yield from held


def _tokens(fragment: str) -> Iterator[str | _Tag]:
    """Decoded texts, and the tags that matter: `a`, `/a`, `br`."""
    position, end = 0, len(fragment)
    while position < end:
        found = _MARKUP.search(fragment, position)
        if found is None:
            yield _decoded(fragment[position:])
            return
        if found.start() > position:
            yield _decoded(fragment[position : found.start()])
        yield from _tag(found)
        position = _after(found)


def _tag(found: re.Match[str]) -> Iterable[str | _Tag]:
    name = (found["name"] or "").lower()
    if found["cdata"]:
        return (found["cdata"],)
    if name in {"a", "/a"}:
        return (_Tag(name, found["attributes"]),)
    if name == "br":
        return (_BREAK,)
    return (" ",) if _BLOCK.fullmatch(name) else ()


def _after(found: re.Match[str]) -> int:
    """Where reading goes on: behind the tag, or behind the element that is dropped with its text."""
    name = (found["name"] or "").lower()
    if name not in _SILENT and not (name == "span" and _attributes(found["attributes"]).get("class") == "descriptor"):
        return found.end()
    closing = re.compile(rf"</{name}\b[^>]*>", re.IGNORECASE).search(found.string, found.end())
    return closing.end() if closing else len(found.string)


def _decoded(text: str) -> str:
    return clean(unescape(text)) if "&" in text else text


def _attributes(tag: str) -> dict[str, str]:
    """Decoded attributes; of several with one name the first counts, as in a browser."""
    values: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag):
        values.setdefault(name.lower(), _decoded(double or single or bare))
    return values
