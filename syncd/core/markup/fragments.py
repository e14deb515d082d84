"""HTML fragments of arXiv's pages, of any year, converted to the canonical form. It reads no page and no raw metadata.

What happens to the markup in a fragment, so that only `<a>` and `<br>` are ever written:

- tags other than `<a>` and `<br>`, comments and declarations are dropped, the text between the tags stays; a block or a
  table cell leaves a blank;
- `<script>` and `<style>` are dropped with their text, and so is arXiv's `<span class="descriptor">`;
- the text of a CDATA section stays; a `<` that opens no complete tag is text and escaped;
- links are written anew by kind (`anchors`), so that every other attribute is lost. An unclosed link is text, and so is one
  of a scheme other than http, https and ftp;
- entities are decoded before the characters are checked, and `&`, `<`, `>` are escaped afterwards.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from syncd.core.markup.anchors import escape, read_typed, respell_link, unlink
from syncd.core.markup.canonical import plain
from syncd.core.markup.characters import MAX_PLAIN, clean, join_accents, one_line, shorten
from syncd.core.markup.links import link_text
from syncd.core.printable import is_printable
from syncd.core.values import dataclass

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
class _PageLink:
    attributes: dict[str, str]
    text: str


_BREAK = _Tag("br")

# No cleaned text has these characters, and to the rule for links they are blanks, which end an address.
_BREAK_SIGN = "\x1e"
_LINK_SIGN = re.compile("\x1f")


def title_from_html(fragment: str) -> str:
    """Return the canonical title of the inner HTML of a title element: one line without links. Idempotent."""
    text = fragment.strip(" \n")
    if _is_canonical(text):
        return text
    nodes = _read_nodes(clean(fragment))
    return one_line("".join(" " if node is _BREAK else escape(_strip_markup(node)) for node in nodes))


def abstract_from_html(fragment: str) -> str:
    """Return the canonical abstract of the inner HTML of an abstract element: one line with `<br>` and links. Idempotent.

    Pages of different years link different names. So the text that the author typed is restored, and linked anew by the rule
    for raw texts: an abstract has one spelling, whatever its source.
    """
    text = fragment.strip(" \n")
    if _is_canonical(text):
        html = link_text(join_accents(text))
        return html if html == text else one_line(html)
    typed, others = _restore_typed(_read_nodes(clean(fragment)))
    html = link_text(join_accents(typed)).replace(_BREAK_SIGN, "<br>")
    return one_line(_LINK_SIGN.sub(lambda _: others.pop(0), html))


def plain_from_html(fragment: str, most: int = MAX_PLAIN) -> str:
    """Return the inner HTML of any other element as plain text on one line, with what its author typed in place of links.

    A text longer than `most` is cut and ends in `…`.
    """
    return shorten(plain(title_from_html(fragment)), most)


def _is_canonical(text: str) -> bool:
    # Most texts are plain, and this test is many times faster than reading them as HTML.
    return text.isascii() and is_printable(text) and not ("<" in text or "&" in text or ">" in text or "  " in text)


def _strip_markup(node: str | _Tag | _PageLink) -> str:
    if isinstance(node, _PageLink):
        return unlink(node.attributes, node.text)
    return node if isinstance(node, str) else ""


def _restore_typed(nodes: Iterable[str | _Tag | _PageLink]) -> tuple[str, list[str]]:
    """Return the text as its author typed it, with signs for breaks and for links of others, and the HTML of these links."""
    typed, others = "", []
    for node in nodes:
        if isinstance(node, str):
            typed += node
        elif isinstance(node, _Tag):
            typed += f"\n{_BREAK_SIGN}\n"
        else:
            words = read_typed(node.attributes, node.text, typed[-100:]) if node.text.strip() else ""
            typed += _LINK_SIGN.pattern if words is None else words
            others += [respell_link(node.attributes, node.text)] if words is None else []
    return typed, others


def _read_nodes(fragment: str) -> Iterator[str | _Tag | _PageLink]:
    """Yield the texts, breaks and whole links of a fragment, in order."""
    opened: _Tag | None = None
    texts: list[str] = []
    for token in _read_tokens(fragment):
        if isinstance(token, _Tag) and token is not _BREAK:
            if opened and token.name == "/a":
                yield _PageLink(_read_attributes(opened.attributes), "".join(texts))
            else:
                yield from texts
            opened, texts = (token if token.name == "a" else None), []
        elif opened:
            texts.append(token if isinstance(token, str) else " ")
        else:
            yield token
    yield from texts


def _read_tokens(fragment: str) -> Iterator[str | _Tag]:
    """Yield the decoded texts, and the tags that are kept: `a`, `/a`, `br`."""
    position, end = 0, len(fragment)
    while position < end:
        found = _MARKUP.search(fragment, position)
        if found is None:
            yield _decode(fragment[position:])
            return
        if found.start() > position:
            yield _decode(fragment[position : found.start()])
        yield from _read_tag(found)
        position = _find_end(found)


def _read_tag(found: re.Match[str]) -> Iterable[str | _Tag]:
    name = (found["name"] or "").lower()
    if found["cdata"]:
        return (found["cdata"],)
    if name in {"a", "/a"}:
        return (_Tag(name, found["attributes"]),)
    if name == "br":
        return (_BREAK,)
    return (" ",) if _BLOCK.fullmatch(name) else ()


def _find_end(found: re.Match[str]) -> int:
    """Return where reading continues: after the tag, or after the element that is dropped with its text."""
    name = (found["name"] or "").lower()
    if name not in _SILENT and not (
        name == "span" and _read_attributes(found["attributes"]).get("class") == "descriptor"
    ):
        return found.end()
    closing = re.compile(rf"</{name}\b[^>]*>", re.IGNORECASE).search(found.string, found.end())
    return closing.end() if closing else len(found.string)


def _decode(text: str) -> str:
    return clean(unescape(text)) if "&" in text else text


def _read_attributes(tag: str) -> dict[str, str]:
    """Return the decoded attributes. Of several with one name the first counts, as in a browser."""
    values: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag):
        values.setdefault(name.lower(), _decode(double or single or bare))
    return values
