"""The raw title or abstract of an author as HTML, as arXiv prints it today.

It must not use `syncd.core.markup`: it is the other side's account, against which that module can be tested.

    raw ─► TeX letters to Unicode ─► links found ─► the rest escaped ─► paragraphs to <br>
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote

_ACCENTS = {
    '"': "\u0308",
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    "c": "\u0327",
    "v": "\u030c",
    "u": "\u0306",
    "H": "\u030b",
    "k": "\u0328",
}
_LETTERS = {
    "ss": "ß",
    "ae": "æ",
    "AE": "Æ",
    "oe": "œ",
    "OE": "Œ",
    "aa": "å",
    "AA": "Å",
    "o": "ø",
    "O": "Ø",
    "l": "ł",
    "L": "Ł",
}
_GREEK = (
    "alpha",
    "beta",
    "gamma",
    "delta",
    "theta",
    "kappa",
    "mu",
    "nu",
    "xi",
    "pi",
    "rho",
    "sigma",
    "tau",
    "phi",
    "psi",
)
_SYMBOLS = {name: unicodedata.lookup(f"GREEK SMALL LETTER {name}") for name in _GREEK} | {
    name.capitalize(): unicodedata.lookup(f"GREEK CAPITAL LETTER {name}") for name in _GREEK
}
_ACCENTED = re.compile(
    r"""(?P<open>\{)?\\(?:(?P<mark>["'`^~=.])\s*|(?P<word>[cvuHk])(?=\{))"""
    r"""(?P<brace>\{)?(?P<letter>[A-Za-z])(?(brace)\})(?(open)\})"""
)
_SPECIAL = re.compile(
    r"\{\\(?P<braced>[A-Za-z]{1,2})\}|\\(?P<bare>ss|ae|AE|oe|OE|aa|AA|o|O|l|L)(?![A-Za-z])(?: |\\(?= ))?"
)
_GREEK_WORD = re.compile(r"\\(" + "|".join(_SYMBOLS) + r")(?![A-Za-z])")

_LINK = re.compile(
    r"(?P<url>(?P<scheme>https?|ftp)://(?:[^\s<>{}()\"']|\([^\s()]*\))*(?:[\w/=#]|\([^\s()]*\)))"
    r"|(?P<doi>\b10\.\d{4,9}/[-._;:/A-Za-z0-9]*[A-Za-z0-9])"
    r"|(?P<paper>\barXiv:(?P<id>\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?)"
    r"|(?P<false>(?<![\w/@.])[A-Za-z][a-z0-9-]+\.[A-Z][a-z]+(?![\w.]))"
)
_PARAGRAPH = re.compile(r"\n[ \t]+")


def escape(text: str) -> str:
    """Return the text with the five characters escaped that today's templates escape."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&#34;").replace("'", "&#39;")


@lru_cache(maxsize=65536)
def title(raw: str) -> str:
    """Return a title for a listing page: letters, accents and Greek in Unicode, never a link."""
    return escape(_GREEK_WORD.sub(lambda found: _SYMBOLS[found[1]], _letters(raw)))


@lru_cache(maxsize=65536)
def link_title(raw: str) -> str:
    """Return a title for an abs page, with links."""
    return _link_text(_GREEK_WORD.sub(lambda found: _SYMBOLS[found[1]], _letters(raw)))


@lru_cache(maxsize=65536)
def abstract(raw: str) -> str:
    """Return an abstract with links. A line that begins with blanks starts a paragraph, Greek and formulas stay as typed."""
    return _PARAGRAPH.sub("\n<br>", _link_text(_letters(raw.strip())))


def _letters(raw: str) -> str:
    if "\\" not in raw:
        return raw
    text = _ACCENTED.sub(_put_accent, raw)
    return unicodedata.normalize("NFC", _SPECIAL.sub(_special, text))


def _put_accent(found: re.Match[str]) -> str:
    return found["letter"] + _ACCENTS[found["mark"] or found["word"]]


def _special(found: re.Match[str]) -> str:
    return _LETTERS.get(found["braced"] or found["bare"], found[0])


def _link_text(text: str) -> str:
    pieces = []
    end = 0
    for found in _LINK.finditer(text):
        pieces += [escape(text[end : found.start()]), _anchor(found)]
        end = found.end()
    return "".join([*pieces, escape(text[end:])])


def _anchor(found: re.Match[str]) -> str:
    """Return a link with its attributes in the order of today's pages."""
    if found["url"]:
        return _url_anchor(found["url"], found["scheme"])
    if found["doi"]:
        url = "https://doi.org/" + quote(found["doi"], safe="/")
        kind = 'class="link-https link-external" rel="external noopener nofollow"'
        return f'<a href="{url}" data-doi="{found["doi"]}" {kind}>{url}</a>'
    if found["paper"]:
        name = found["paper"].removeprefix("arXiv:")
        return f'<a href="https://arxiv.org/abs/{name}" data-arxiv-id="{name}" class="link-https">{found["paper"]}</a>'
    # Since 2024-09 a full stop without a blank after it reads as a host name.
    return _url_anchor("http://" + found["false"], "http")


def _url_anchor(url: str, scheme: str) -> str:
    target = escape(url)
    if re.match(r"https?://(?:[a-z]+\.)?arxiv\.org(?:/|$)", url):
        return f'<a href="{target}" class="link-internal link-{scheme}">{target}</a>'
    return (
        f'<a href="{target}" rel="external noopener nofollow" class="link-external link-{scheme}">this {scheme} URL</a>'
    )
