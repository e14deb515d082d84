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
_STAND_IN = re.compile(r"this [a-z][a-z0-9+.-]* URL")


def escape(text: str) -> str:
    """Return `text` with `&`, `<` and `>` escaped, and nothing else."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


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
    return f'<a class="link-external link-{scheme}" href="{href}" rel="{EXTERNAL}">{escape(text)}</a>'


def to_eprint(identifier: str, text: str) -> str:
    """Return a link to an arXiv id, with or without version."""
    return f'<a class="link-https" data-arxiv-id="{identifier}" href="{ARXIV}/abs/{identifier}">{escape(text)}</a>'


def to_doi(doi: str) -> str:
    """Return a link to a DOI. Its text is its address."""
    url = f"https://doi.org/{quote(doi, safe='/')}"
    return f'<a class="link-https link-external" data-doi="{doi}" href="{url}" rel="{EXTERNAL}">{url}</a>'


def respell_link(attributes: Mapping[str, str], text: str) -> str:
    """Return the canonical spelling of a link found in HTML, from its decoded attributes and text.

    A link with another scheme, without address or without text is removed, and so is a false link. Its text stays, escaped.
    """
    url = _absolute(attributes.get("href", ""))
    if not text.strip():
        return ""
    if not is_safe(url) or _is_false(url, text):
        return escape(unlink(attributes, text))
    eprint = _ABS.fullmatch(url)
    identifier = attributes.get("data-arxiv-id", text.removeprefix("arXiv:"))
    if eprint and identifier == eprint["id"] and _IDENTIFIER.fullmatch(identifier):
        return to_eprint(identifier, text)
    doi = attributes.get("data-doi", "")
    if _DOI.fullmatch(doi) and _DOI_HOST.match(url):
        return to_doi(doi)
    return to_url(url, text)


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


def is_overlong(attributes: Mapping[str, str], text: str) -> bool:
    """Return whether the address includes text that follows it. Since 2024 quotes and angle brackets do not end it."""
    return _STAND_IN.fullmatch(text) is not None and not {'"', "<", ">"}.isdisjoint(attributes.get("href", ""))


def _absolute(href: str) -> str:
    url = "".join(href.split())
    if url.startswith("//"):
        return f"https:{url}"
    return f"{ARXIV}{url}" if url.startswith("/") else url


def _is_false(url: str, text: str) -> bool:
    # Since 2024-09-24 arXiv takes a full stop without a blank after it ("tasks.Existing") for a host.
    if text != "this http URL" or url != f"http://{authority_of(url)}":
        return False
    label = url.rpartition(".")[2]
    return label[:1].isupper() and label.lower() not in TOP_LEVEL_DOMAINS
