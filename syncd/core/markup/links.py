"""URLs, DOIs and arXiv ids found in raw text and linked, like arXiv's rule of 2020 to 2022. Its input is never HTML.

    text ─► URLs ─► DOIs in the rest ─► arXiv ids in the rest ─► escape the rest ─► HTML

The facts are those of `arxiv/base/urls/links.py` (arXiv/arxiv-base, before 2024-09-24) and of the linkifier it used.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from syncd.core.markup.anchors import authority_of, escape, is_safe, to_doi, to_eprint, to_url, write_external
from syncd.core.markup.names import ARCHIVES, CATEGORIES, SCHEMES, TOP_LEVEL_DOMAINS
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def _any_of(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(names)))


_LONGEST_WORD = 2000
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)"
_PATH = r'(?:[/?][^\s{}|\\^\[\]`<>"]*)?'
_FTP = r"ftp://[a-z0-9,_.+~:@%-]*(?:/[a-z0-9,_.+~:%-]*)*"
# What most authors write. The pattern of all URLs finds the same in such a word, and takes twenty times as long to find its end.
_COMMON_URL = re.compile(r"https?://(?:[a-z0-9-]+\.)+(?:com|org|net|edu|io)(?:/[\w./~#?=&%+-]*)?", re.ASCII)
# Such a URL that is a word, alone or in `\url{}`, with at most a full stop or comma after it: scheme, host and path. The bounds
# keep it shorter than the longest word that is searched.
_COMMON_WORD = re.compile(
    r"(http(?:(?<![^ \n]http)|(?<=[ \n]\\url\{http))s?)://((?:[a-z0-9-]{1,60}\.){1,9}(?:com|org|net|edu|io))"
    r"((?:/(?:[\w./~#?=&%+-]{0,400}[\w/~#?=&%+-])?)?)(?=\}?[.,]?(?:[ \n]|\Z))",
    re.ASCII,
)
_HOST_SIGN = re.compile(r"\.(?:[a-zA-Z]{2}|[0-9]{1,3}\.[0-9])")
# A pattern that begins with one certain character is looked for ten times as fast as a pattern with a choice.
_URL_SIGNS = (_HOST_SIGN, re.compile("://"))
# A text that has neither this nor a slash has none of the signs below.
_INNER_STOP = re.compile(r"\.(?! |\Z)")
_SPACE = re.compile(r"\s")
_HAS_SCHEME = re.compile(r"[\w-]+:")

# A host that begins like a category (math.CO, but also math.stanford.edu) was not linked.
_LIKE_A_CATEGORY = re.compile(
    "|".join(sorted(name for name in CATEGORIES if name.partition(".")[2].lower() in TOP_LEVEL_DOMAINS)), re.IGNORECASE
)
_UNCOMMON_HOST = re.compile(rf"arxiv\.org\Z|\A(?:{_LIKE_A_CATEGORY.pattern})", re.IGNORECASE)

_DOI = re.compile(r"10.[0-9]{4,9}/[-._;()/:A-Z0-9]+", re.ASCII | re.IGNORECASE)
_DOI_SIGN = re.compile(r"10.[0-9]{4,9}/")
_IDENTIFIER_SIGNS = (re.compile(r"\.[0-9]{4}"), re.compile("/[0-9]{7}"))
_SIGNS = (*_URL_SIGNS, _DOI_SIGN, *_IDENTIFIER_SIGNS)


# Both patterns know hundreds of names, and many commands that import this module link no text: they start 4 ms sooner without.
@cache
def _compile_url() -> re.Pattern[str]:
    host = rf"(?:(?:[\w-]+\.)+(?:{_any_of(TOP_LEVEL_DOMAINS)})|(?:{_OCTET}\.){{3}}{_OCTET})"
    scheme = rf"(?:(?:{_any_of(SCHEMES)}):/{{0,3}}(?:(?:\w+:)?\w+@)?)?"
    return re.compile(rf"{_FTP}|\(*\b(?<![@/]){scheme}{host}(?::[0-9]+)?(?!\.\w)\b{_PATH}", re.IGNORECASE)


@cache
def _compile_identifier() -> re.Pattern[str]:
    old = rf"(?P<old_prefix>arxiv:)?(?P<old>(?:{_any_of(ARCHIVES | CATEGORIES)})/[0-9]{{2}}[01][0-9]{{4}}(?:v[0-9]*)?)"
    new = r"(?<![0-9=.])(?P<prefix>arxiv:)?(?P<new>[0-9]{4}\.[0-9]{4,5}(?:v[0-9]*)?)"
    return re.compile(f"{old}|{new}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _LinkedPiece:
    """A piece of the text that is a link already."""

    html: str


_Piece: TypeAlias = str | _LinkedPiece


def link_text(text: str) -> str:
    """Return `text` as HTML, with links where arXiv made them and everything else escaped."""
    if not _may_have_sign(text):
        return escape(text)
    html = link_common(text)
    return _link_any(text) if html is None else html


def _may_have_sign(text: str) -> bool:
    """Return False for most texts that have no sign, in a third of the time that it takes to look for each."""
    return "/" in text or _INNER_STOP.search(text) is not None


def _has_sign(text: str) -> bool:
    return _may_have_sign(text) and any(sign.search(text) for sign in _SIGNS)


def _may_have_link(text: str) -> bool:
    # Most signs are those of a number such as 0.0005.
    return _has_sign(text) and _link_any(text) != escape(text)


def link_common(text: str) -> str | None:
    """Return what `link_text` does, None where the text may hold another link than common URLs, as one in eight does."""
    pieces = _COMMON_WORD.split(text)
    if any(map(_may_have_link, pieces[::4])) or any(map(_UNCOMMON_HOST.search, pieces[2::4])):
        return None
    html = escape(pieces[0])
    for scheme, host, path, after in zip(pieces[1::4], pieces[2::4], pieces[3::4], pieces[4::4], strict=True):
        link = write_external(scheme, escape(f"{scheme}://{host}{path}"), f"this {scheme} URL")
        html += link + escape(after)
    return html


def _link_any(text: str) -> str:
    """Do what `link_text` does, for any text."""
    pieces: Iterable[_Piece] = [text]
    if "://" in text or _HOST_SIGN.search(text):
        pieces = _split_texts(pieces, _find_urls)
    if _DOI_SIGN.search(text):
        pieces = _split_texts(pieces, _find_dois)
    if any(sign.search(text) for sign in _IDENTIFIER_SIGNS):
        pieces = _split_texts(pieces, _find_identifiers)
    return "".join(piece.html if isinstance(piece, _LinkedPiece) else escape(piece) for piece in pieces)


def _split_texts(pieces: Iterable[_Piece], find: Callable[[str], Iterator[_Piece]]) -> Iterator[_Piece]:
    for piece in pieces:
        if isinstance(piece, _LinkedPiece):
            yield piece
        else:
            yield from find(piece)


def _find_words(text: str, signs: Iterable[re.Pattern[str]]) -> Iterator[tuple[int, int]]:
    """Yield start and end of the words of `text` that hold a sign. Only these are searched with the slow patterns."""
    end = 0
    for sign_start, sign_end in sorted(found.span() for sign in signs for found in sign.finditer(text)):
        if sign_start < end:
            continue
        start = max(end - 1, text.rfind(" ", end, sign_start), text.rfind("\n", end, sign_start)) + 1
        space = _SPACE.search(text, sign_end)
        end = space.start() if space else len(text)
        # A bound, because looking for hosts takes quadratic time in a word made of dots.
        if end - start <= _LONGEST_WORD:
            yield start, end


def _find_urls(text: str) -> Iterator[_Piece]:
    end = 0
    for found in chain.from_iterable(_match_urls(text, *word) for word in _find_words(text, _URL_SIGNS)):
        before, url, after = _trim(found[0])
        link = _link_url(url)
        if link:
            yield text[end : found.start()] + before
            yield _LinkedPiece(link)
            end = found.end() - len(after)
    yield text[end:]


def _match_urls(text: str, start: int, end: int) -> Iterable[re.Match[str]]:
    """Return the URLs in the word between these places."""
    common = _COMMON_URL.fullmatch(text, start, end)
    return (common,) if common else _compile_url().finditer(text, start, end)


def _link_url(url: str) -> str | None:
    """Return the link to a URL, None where arXiv made none or where its scheme is not safe."""
    # Authors paste addresses from HTML sources, where `&amp;` means a bare `&`.
    href = url.replace("&amp;", "&")
    href = href if _HAS_SCHEME.match(href) else f"http://{href}"
    authority = authority_of(href)
    if not is_safe(href) or _LIKE_A_CATEGORY.match(authority):
        return None
    host = authority.rpartition("@")[2].partition(":")[0].lower()
    return to_url(href, url if not host or host.endswith("arxiv.org") else None)


def _trim(found: str) -> tuple[str, str, str]:
    """Return the text before the URL, the URL, and the text after it: parentheses around it, full stops and commas after it."""
    start, end = 0, len(found)
    while start < end:
        if found[start] == "(":
            start += 1
            end -= found.endswith(")", start, end)
        elif found[end - 1] in ",." or (found[end - 1] == ")" and "(" not in found[start:end]):
            end -= 1
        else:
            break
    return found[:start], found[start:end], found[end:]


def _find_dois(text: str) -> Iterator[_Piece]:
    end = 0
    for found in _DOI.finditer(text):
        before, doi, after = _trim(found[0])
        if not _DOI.fullmatch(doi):
            continue
        yield text[end : found.start()] + before
        yield _LinkedPiece(to_doi(doi))
        end = found.end() - len(after)
    yield text[end:]


def _find_identifiers(text: str) -> Iterator[_Piece]:
    end = 0
    for found in chain.from_iterable(
        _compile_identifier().finditer(text, *word) for word in _find_words(text, _IDENTIFIER_SIGNS)
    ):
        identifier = found["old"] or found["new"]
        prefix = "arXiv:" if found["old_prefix"] or found["prefix"] else ""
        yield text[end : found.start()]
        yield _LinkedPiece(to_eprint(identifier, prefix + identifier))
        end = found.end()
    yield text[end:]
