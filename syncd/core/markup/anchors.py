"""Links in canonical HTML, with one spelling for each kind. It does not decide where in a text a link is.

The four kinds and their attributes are those of arXiv's pages of 2020 to 2022 (`docs/format.md`): an external link, a link
to arxiv.org itself, a link to an arXiv id, a DOI. Attributes are in alphabetical order.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from syncd.core.markup.names import SAFE_SCHEMES, TOP_LEVEL_DOMAINS

if TYPE_CHECKING:
    from collections.abc import Mapping

ARXIV = "https://arxiv.org"
EXTERNAL = "external noopener nofollow"

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?://(?P<authority>[^/?#]*))?")
_UNWRITABLE = re.compile(r'[\s"<>]')
_IDENTIFIER = re.compile(r"(?:[a-z-]+(?:\.[a-z-]+)?/\d{7}|\d{4}\.\d{4,5})(?:v\d*)?", re.ASCII | re.IGNORECASE)
_ABS = re.compile(r"https?://(?:www\.|export\.)?arxiv\.org/abs/(?P<id>.+)", re.IGNORECASE)
_DOI = re.compile(r"10.\d{4,9}/[-._;()/:A-Z0-9]+", re.ASCII | re.IGNORECASE)
_DOI_HOST = re.compile(r"https?://(?:dx\.)?doi\.org/", re.IGNORECASE)
_INSIDE_WORD = re.compile(r"(?:[A-Za-z0-9_]|\w[.-])\Z")
_EMAIL = re.compile(r"@[\w.-]*\Z")
_LIKE_A_SITE = re.compile(r"[^/:]+(?::\d+(?:/.*)?|/(?:[^\w/].*)?)")
_ESCAPED = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
_STAND_IN = re.compile(r"this [a-z][a-z0-9+.-]* URL")


def escape(text: str) -> str:
    """Return `text` with `&`, `<` and `>` escaped, and nothing else."""
    # To look for a character that is not there is many times faster than to replace it.
    for character, escaped in _ESCAPED:
        if character in text:
            text = text.replace(character, escaped)
    return text


def scheme_of(url: str) -> str:
    """Return the scheme in lower case, empty when the URL has none."""
    found = _SCHEME.match(url)
    return found["scheme"].lower() if found else ""


def authority_of(url: str) -> str:
    """Return what is between `//` and the path, as written, empty when there is no `//`."""
    found = _SCHEME.match(url)
    return (found["authority"] or "") if found else ""


def is_safe(url: str) -> bool:
    """Return whether a link may have this address, by its scheme."""
    return scheme_of(url) in SAFE_SCHEMES


def to_url(url: str, text: str | None = None) -> str:
    """Return a link to a URL with a safe scheme. Its text is `this https URL` unless `text` is given."""
    scheme, authority = scheme_of(url), authority_of(url)
    if text is None:
        text = f"this {scheme} URL"
    href = escape(_UNWRITABLE.sub(lambda found: quote(found[0]), url))
    if authority.partition(":")[0].endswith("arxiv.org"):
        return f'<a class="link-internal link-{scheme}" href="{href}">{escape(text)}</a>'
    return write_external(scheme, href, escape(text))


def write_external(scheme: str, href: str, text: str) -> str:
    """Return an external link, of an address and a text that are escaped."""
    return f'<a class="link-external link-{scheme}" href="{href}" rel="{EXTERNAL}">{text}</a>'


def to_eprint(identifier: str, text: str) -> str:
    """Return a link to an arXiv id, with or without version."""
    return f'<a class="link-https" data-arxiv-id="{identifier}" href="{ARXIV}/abs/{identifier}">{escape(text)}</a>'


def to_doi(doi: str) -> str:
    """Return a link to a DOI. Its text is its address."""
    url = f"https://doi.org/{quote(doi, safe='/')}"
    return f'<a class="link-https link-external" data-doi="{doi}" href="{url}" rel="{EXTERNAL}">{url}</a>'


def respell_link(attributes: Mapping[str, str], text: str) -> str:
    """Return the canonical spelling of a link that arXiv's rule did not make, from its decoded attributes and text.

    A link with another scheme, without address or without text is removed. Its text stays, escaped.
    """
    url = _absolute(attributes.get("href", ""))
    if not text.strip():
        return ""
    if not is_safe(url):
        return escape(unlink(attributes, text))
    identifier = attributes.get("data-arxiv-id", text.removeprefix("arXiv:"))
    return to_eprint(identifier, text) if _is_eprint(url, identifier) else to_url(url, text)


def read_typed(attributes: Mapping[str, str], text: str, before: str) -> str | None:
    """Return what the author typed where arXiv's rule made a link, None for any other link.

    `before` is the text that ends where the link begins. It decides whether the author typed `http://`, which a page does not
    show.
    """
    url = _absolute(attributes.get("href", ""))
    if _STAND_IN.fullmatch(text.strip()):
        return _drop_scheme(url, before) if is_safe(url) else unlink(attributes, text)
    if _DOI.fullmatch(attributes.get("data-doi", "")) and _DOI_HOST.match(url):
        return attributes["data-doi"]
    identifier = text.removeprefix("arXiv:")
    if _is_eprint(url, identifier) and attributes.get("data-arxiv-id", identifier) == identifier:
        return text
    return text if is_safe(url) and url in {text, f"http://{text}"} else None


def unlink(attributes: Mapping[str, str], text: str) -> str:
    """Return what the author wrote where a page has a link: its text, or its address where the text is `this https URL`.

    A bare host is returned without `http://`, because that is how a name with a dot became a link.
    """
    if "data-doi" in attributes and text.startswith(("http://", "https://")):
        return attributes["data-doi"]
    if not _STAND_IN.fullmatch(text.strip()):
        return text
    url = attributes.get("href", text)
    return url[len("http://") :] if url == f"http://{authority_of(url)}" else url


def _is_eprint(url: str, identifier: str) -> bool:
    eprint = _ABS.fullmatch(url)
    return bool(eprint and identifier == eprint["id"] and _IDENTIFIER.fullmatch(identifier))


def _drop_scheme(url: str, before: str) -> str:
    """Return the address without `http://` where the author hardly typed it: it may as well be `node.js` or `name@host`."""
    bare = url.removeprefix("http://")
    if bare == url or _EMAIL.search(before):
        return bare
    # A name that begins inside a word is a link for its scheme alone, and "Data:" would become the scheme of a bare host.
    if _INSIDE_WORD.search(before) and not bare.startswith("-"):
        return url
    if _is_known(url):
        return url if before.endswith(":") else bare
    return url if _LIKE_A_SITE.fullmatch(bare) else bare


def _is_known(url: str) -> bool:
    """Return whether the rule of 2020 to 2022 could take the host of `url` for one."""
    label = authority_of(url).partition(":")[0].rpartition(".")[2].lower()
    return label in TOP_LEVEL_DOMAINS or label.isdecimal()


def _absolute(href: str) -> str:
    url = "".join(href.split())
    if url.startswith("//"):
        return f"https:{url}"
    return f"{ARXIV}{url}" if url.startswith("/") else url
