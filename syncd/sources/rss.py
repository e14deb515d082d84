"""arXiv's daily RSS feed of a category, a second source for the newest mailing.

It returns what the feed states and checks none of it: a feed built today may hold yesterday's mailing.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from syncd.core.categories import to_canonical_category
from syncd.core.dates import convert_to_utc
from syncd.core.errors import GuardRefused, LayoutUnknown
from syncd.core.markup import abstract_from_raw, title_from_raw
from syncd.core.model import Metadata, Paper, Section, Unreadable, versioned_id
from syncd.core.values import dataclass
from syncd.sources import feed_xml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

_SECTIONS = {
    "new": Section.NEW,
    "cross": Section.CROSS,
    "replace": Section.REPLACED,
    "replace-cross": Section.REPLACED,
}
_TITLE = re.compile(r"([a-z-]+(?:\.[A-Za-z-]+)?) updates on arXiv\.org")
_DESCRIPTION = re.compile(r"arXiv:(\S+) Announce Type: (\S+)\s*\nAbstract: (.+)", re.DOTALL)
_GUID = "oai:arXiv.org:"
_MOST_ITEMS = 5_000
"""Items of a feed. A day of cs.CV has about 500 with its replacements (2026)."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: its papers in feed order, with texts as canonical HTML and the version that was announced.

    `built` is when it was made, UTC. `day` is the date the feed states, in the offset it states it with: midnight in New York of
    the build, at times a day before the mailing's listing date. `category` is None when the title names none. `replaced` holds
    replacements and replaced cross-lists. `unreadable` are the items that cannot be read: of their papers the feed says nothing.
    """

    category: str | None
    built: datetime
    day: date
    new: tuple[Paper, ...]
    cross: tuple[Paper, ...]
    replaced: tuple[Paper, ...]
    unreadable: tuple[Unreadable, ...] = ()


def feed_url(base: str, category: str) -> str:
    """Return the address of the feed of a category."""
    return f"{base.rstrip('/')}/rss/{to_canonical_category(category)}"


def read(body: bytes) -> Feed:
    """Return the feed in these bytes. On a day without a mailing it has no papers. One broken item hides no other.

    PartialPage (`truncated`) when it was cut. LayoutUnknown when no item of it is understood, with the reason `rdf` for
    the format arXiv used until January 2024. GuardRefused when it names a paper twice.
    """
    feed = feed_xml.parse(body, "application/rss+xml", "item", _MOST_ITEMS)
    if feed.version != "rss20":
        raise LayoutUnknown(f"not RSS 2.0: {feed.version}", reason="rdf" if feed.version == "rss10" else "not-rss")
    found = [_try_item(entry, number) for number, entry in enumerate(feed.entries, 1)]
    items = [one for one in found if not isinstance(one, Unreadable)]
    if found and not items:
        _read_item(feed.entries[0])  # not one item is understood: the feed has another layout
    counts = Counter(paper.id for _, paper in items)
    if repeated := [paper for paper, count in counts.items() if count > 1]:
        raise GuardRefused(f"more than once: {' '.join(repeated[:5])}", reason="duplicate-id")
    title = _TITLE.fullmatch(feed.feed.get("title", ""))
    return Feed(
        category=title[1] if title else None,
        built=convert_to_utc(_read_time(feed.feed, "updated")),
        day=_read_time(feed.feed, "published").date(),
        new=tuple(paper for section, paper in items if section is Section.NEW),
        cross=tuple(paper for section, paper in items if section is Section.CROSS),
        replaced=tuple(paper for section, paper in items if section is Section.REPLACED),
        unreadable=tuple(one for one in found if isinstance(one, Unreadable)),
    )


def _try_item(entry: Mapping[str, Any], number: int) -> tuple[Section, Paper] | Unreadable:
    try:
        return _read_item(entry)
    except LayoutUnknown as error:
        paper = None
        with suppress(ValueError):
            paper, _ = versioned_id(entry.get("id", "").removeprefix(_GUID))
        return Unreadable(f"item {number} of the feed", error.detail, paper)


def _read_item(entry: Mapping[str, Any]) -> tuple[Section, Paper]:
    """Return section and paper of an item, which names its id and its kind twice."""
    guid, kind = entry.get("id", "").removeprefix(_GUID), entry.get("arxiv_announce_type", "")
    described = _DESCRIPTION.fullmatch(feed_xml.get_text(entry, "summary"))
    try:
        paper, version = versioned_id(guid)
    except ValueError as error:
        raise LayoutUnknown(str(error), reason="entry-id") from None
    if kind not in _SECTIONS:
        raise LayoutUnknown(f"{guid} is announced as {kind[:40]!r}", reason="announce-type")
    if described is None or described.group(1, 2) != (guid, kind):
        raise LayoutUnknown(f"the description of {guid}", reason="description")
    title = title_from_raw(feed_xml.get_text(entry, "title"))
    abstract = abstract_from_raw(described[3])
    categories = tuple(dict.fromkeys(tag["term"] for tag in entry.get("tags", ()) if tag["term"]))
    # The feed names the version that was announced; without it an entry could not be compared.
    if version is None or not title or not abstract or not categories:
        raise LayoutUnknown(f"{guid} lacks its version, a text or its categories", reason="entries")
    return _SECTIONS[kind], Paper(paper, title, abstract, version, categories, _read_metadata(entry))


def _read_metadata(entry: Mapping[str, Any]) -> Metadata:
    """Return what the feed states. Every item has a licence, so a missing one says nothing."""
    return Metadata(
        authors=feed_xml.get_authors(entry),
        journal_reference=feed_xml.get_optional(entry, "arxiv_journal_reference"),
        doi=feed_xml.get_optional(entry, "arxiv_doi"),
        licence=feed_xml.get_optional(entry, "rights") or None,
    )


def _read_time(channel: Mapping[str, Any], name: str) -> datetime:
    text = channel.get(name, "")
    try:
        moment = parsedate_to_datetime(text)
        convert_to_utc(moment)
    except (ValueError, OverflowError):  # OverflowError: an offset of millions of hours
        moment = None
    if moment is None or moment.tzinfo is None:
        raise LayoutUnknown(f"{name}: {text[:60]!r}", reason="dates")
    return moment
