"""The abstract page of one paper: the text of the version it shows and the history of all versions.

It trusts nothing that the page does not say twice; selectolax stops here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from syncd.core.errors import LayoutUnknown, PartialPage
from syncd.core.markup import abstract_from_html, title_from_html
from syncd.core.model import Paper, Version, paper_id, versioned_id

if TYPE_CHECKING:
    from syncd.core.model import PaperId

_TAG = re.compile(r"<[^>]*>")
_DESCRIPTOR = re.compile(r'\s*<span class="descriptor">[^<]*</span>')
_SUBJECT = re.compile(r"\(([a-z-]+(?:\.[A-Za-z-]+)?)\)\s*(?:;|$)")
_VERSIONED = re.compile(r"\barXiv:(\S+?v[1-9][0-9]*)(?=\s)")
_VERSION = re.compile(
    r"\[v(?P<number>[0-9]{1,4})\] "
    r"(?P<created>[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}) (?:UTC|GMT)"
    r"(?: \((?P<size>[^()]*)\))?(?P<withdrawn> \(withdrawn\))?"
)


@dataclass(frozen=True, slots=True)
class AbstractPage:
    """A paper as its abstract page shows it; `paper.version` is the version whose text it is, never None.

    `versions` ascend from 1 without a gap, their times are UTC.
    """

    paper: Paper
    versions: tuple[Version, ...]

    @property
    def withdrawn(self) -> bool:
        """Whether the newest version withdraws the paper."""
        return self.versions[-1].withdrawn


def abstract_url(base: str, paper: PaperId, version: int | None = None) -> str:
    """The abstract page of a paper, by default of its newest version."""
    return f"{base.rstrip('/')}/abs/{paper}" + ("" if version is None else f"v{version}")


def read(body: bytes) -> AbstractPage:
    """An abstract page of 2019 to today; PartialPage (`truncated`) when it was cut, LayoutUnknown when it is anything else."""
    tree = LexborHTMLParser(_complete(body))
    paper, version = _identity(tree)
    versions = _history(_text(_one(tree, "div.submission-history")))
    if version > len(versions):
        raise LayoutUnknown(f"{paper}v{version} of {len(versions)} versions", reason="versions")
    title = title_from_html(_one(tree, "h1.title"))
    abstract = abstract_from_html(_one(tree, "blockquote.abstract"))
    if not title or not abstract:
        raise LayoutUnknown(f"{paper}v{version} without a text", reason="layout")
    categories = _categories(_text(_one(tree, "td.subjects")))
    return AbstractPage(Paper(paper, title, abstract, version, categories), versions)


def _complete(body: bytes) -> str:
    if not body.rstrip().lower().endswith(b"</html>"):
        raise PartialPage("does not end with </html>", reason="truncated")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LayoutUnknown(f"not UTF-8 at byte {error.start}", reason="encoding") from None
    if "\0" in text:
        raise LayoutUnknown("holds a NUL", reason="encoding")
    return text


def _identity(tree: LexborHTMLParser) -> tuple[PaperId, int]:
    """Id and version shown; the citation line names them, the citation data of the head confirms the id."""
    found = _VERSIONED.search(_text(_one(tree, "td.arxividv")))
    cited = tree.css_first('meta[name="citation_arxiv_id"]')
    try:
        paper, version = versioned_id(found[1] if found else "")
        confirmed = paper_id((cited.attributes.get("content") or "") if cited is not None else paper)
    except ValueError as error:
        raise LayoutUnknown(str(error), reason="entry-id") from None
    if version is None or confirmed != paper:
        raise LayoutUnknown(f"{paper} and {confirmed}", reason="entry-id")
    return paper, version


def _history(text: str) -> tuple[Version, ...]:
    versions = tuple(
        Version(int(found["number"]), _time(found["created"]), found["withdrawn"] is not None)
        for found in _VERSION.finditer(text)
    )
    numbers = [version.number for version in versions]
    if (
        not numbers
        or numbers != list(range(1, len(numbers) + 1))
        or text.count(" UTC") + text.count(" GMT") != len(numbers)
    ):
        raise LayoutUnknown(f"a submission history: {text[:120]}", reason="versions")
    return versions


def _time(text: str) -> datetime:
    try:
        return parsedate_to_datetime(f"{text} +0000").astimezone(UTC)
    except ValueError:
        raise LayoutUnknown(f"no such time: {text}", reason="versions") from None


def _categories(text: str) -> tuple[str, ...]:
    found = _SUBJECT.findall(text)
    if not found or len(found) != text.count(";") + 1:
        raise LayoutUnknown(f"a subjects line: {text[:80]}", reason="subjects")
    return tuple(found)


def _one(tree: LexborHTMLParser, selector: str) -> str:
    """The inner markup of the only element that `selector` finds, without its descriptor."""
    nodes = tree.css(selector)
    if len(nodes) != 1:
        raise LayoutUnknown(f"{len(nodes)} × {selector}", reason="layout")
    markup = nodes[0].inner_html or ""
    found = _DESCRIPTOR.match(markup)
    return markup[found.end() :] if found else markup


def _text(markup: str) -> str:
    return " ".join(unescape(_TAG.sub("", markup)).split())
