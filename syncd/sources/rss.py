"""arXiv's daily RSS feed of a category, a second witness of the newest mailing.

It gives what the feed states and believes none of it: a feed built today may hold yesterday's mailing. feedparser stops here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError, ParserCreate
from xml.parsers.expat import errors as expat

from syncd.errors import GuardRefused, LayoutUnknown, PartialPage
from syncd.markup import abstract_from_raw, title_from_raw
from syncd.model import Paper, Section, versioned_id

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECTIONS = {
    "new": Section.NEW,
    "cross": Section.CROSS,
    "replace": Section.REPLACED,
    "replace-cross": Section.REPLACED,
}
_TITLE = re.compile(r"([a-z-]+(?:\.[A-Za-z-]+)?) updates on arXiv\.org")
_DESCRIPTION = re.compile(r"arXiv:(\S+) Announce Type: (\S+)\s*\nAbstract: (.+)", re.DOTALL)
_GUID = "oai:arXiv.org:"
_CUT = frozenset(
    expat.codes[message]
    for message in (
        expat.XML_ERROR_NO_ELEMENTS,
        expat.XML_ERROR_UNCLOSED_TOKEN,
        expat.XML_ERROR_PARTIAL_CHAR,
        expat.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
_SHIELD = {code: 0x10_0000 + code for code in range(0x80, 0x100)}
"""feedparser repairs what it takes for text decoded wrongly; it cannot where there are no Latin-1 characters."""
_UNSHIELD = {shield: code for code, shield in _SHIELD.items()}


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed, its papers in feed order, with raw texts brought to canonical HTML and the version announced.

    `built` is the time of building, UTC. `day` is the date the feed states, in the offset it states it with: midnight in New
    York of the build, at times a day before the mailing's listing date. `category` is None when the title names none. `replaced`
    holds replacements and replaced cross-lists.
    """

    category: str | None
    built: datetime
    day: date
    new: tuple[Paper, ...]
    cross: tuple[Paper, ...]
    replaced: tuple[Paper, ...]


def feed_url(base: str, category: str) -> str:
    """The feed of a category."""
    return f"{base.rstrip('/')}/rss/{category}"


def read(body: bytes) -> Feed:
    """The feed in these bytes; on a day without a mailing it has no papers.

    PartialPage (`truncated`) when it was cut; LayoutUnknown when a part of it is not understood, with the reason `rdf` for
    the format arXiv used until January 2024; GuardRefused when it names a paper twice.
    """
    feed = _feed(body)
    items = [_item(entry) for entry in feed.entries]
    counts = Counter(paper.id for _, paper in items)
    if repeated := [paper for paper, count in counts.items() if count > 1]:
        raise GuardRefused(f"more than once: {' '.join(repeated[:5])}", reason="duplicate-id")
    title = _TITLE.fullmatch(feed.feed.get("title", ""))
    return Feed(
        category=title[1] if title else None,
        built=_moment(feed.feed, "updated").astimezone(UTC),
        day=_moment(feed.feed, "published").date(),
        new=tuple(paper for section, paper in items if section is Section.NEW),
        cross=tuple(paper for section, paper in items if section is Section.CROSS),
        replaced=tuple(paper for section, paper in items if section is Section.REPLACED),
    )


def _feed(body: bytes) -> Any:
    import feedparser  # not before a feed is at hand: it is slow to load

    text = _well_formed(body).translate(_SHIELD)
    try:
        feed = feedparser.parse(
            BytesIO(text.encode()),
            response_headers={"content-type": "application/rss+xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # It stumbles over well-formed extensions in places where they make no sense.
        raise LayoutUnknown(f"feedparser: {error!r}", reason="layout") from error
    if feed.version != "rss20":
        raise LayoutUnknown(f"not RSS 2.0: {feed.version}", reason="rdf" if feed.version == "rss10" else "not-rss")
    return feed


def _well_formed(body: bytes) -> str:
    """The text of a whole XML document that defines no entity; of any other, feedparser would still make something."""
    try:
        text = body.decode("utf-8-sig")
        ParserCreate().Parse(text, True)  # noqa: FBT003 - the signature is C's
    except UnicodeDecodeError as error:
        if error.end >= len(body):
            raise PartialPage("ends inside a character", reason="truncated") from None
        raise LayoutUnknown(f"not UTF-8 at byte {error.start}", reason="encoding") from None
    except ExpatError as error:
        if error.code in _CUT:
            raise PartialPage("ends before its end", reason="truncated") from None
        raise LayoutUnknown(f"not XML: {error}", reason="not-xml") from None
    if "<!DOCTYPE" in text:
        raise LayoutUnknown("declares a document type", reason="doctype")
    return text


def _item(entry: Mapping[str, Any]) -> tuple[Section, Paper]:
    """Section and paper of an item, which names its id and its kind twice."""
    guid, kind = entry.get("id", "").removeprefix(_GUID), entry.get("arxiv_announce_type", "")
    described = _DESCRIPTION.fullmatch(entry.get("summary", "").translate(_UNSHIELD))
    try:
        paper, version = versioned_id(guid)
    except ValueError as error:
        raise LayoutUnknown(str(error), reason="entry-id") from None
    if kind not in _SECTIONS:
        raise LayoutUnknown(f"{guid} is announced as {kind[:40]!r}", reason="announce-type")
    if described is None or described.group(1, 2) != (guid, kind):
        raise LayoutUnknown(f"the description of {guid}", reason="description")
    title = title_from_raw(entry.get("title", "").translate(_UNSHIELD))
    abstract = abstract_from_raw(described[3])
    categories = tuple(dict.fromkeys(tag["term"] for tag in entry.get("tags", ()) if tag["term"]))
    if version is None or not title or not abstract or not categories:
        raise LayoutUnknown(f"{guid} lacks its version, a text or its categories", reason="entries")
    return _SECTIONS[kind], Paper(paper, title, abstract, version, categories)


def _moment(channel: Mapping[str, Any], name: str) -> datetime:
    text = channel.get(name, "")
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise LayoutUnknown(f"{name}: {text[:60]!r}", reason="dates")
    return moment
