"""arXiv's API for lists of ids: which addresses to ask, what a response says, and what is still missing.

A paper that is missing from a response may still exist. Searches are never asked.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from syncd.core.dates import convert_to_utc
from syncd.core.errors import LayoutUnknown
from syncd.core.markup import abstract_from_raw, title_from_raw
from syncd.core.model import Metadata, Paper, PaperId, paper_id, versioned_id
from syncd.core.values import dataclass
from syncd.sources import feed_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

VersionRequest = tuple[PaperId, int | None]
"""A paper and the version of it that is wanted, None for the newest."""

_MAX_URL = 4000
"""Bytes of an address. With method and protocol the request line must stay under 4094, or the response has status 400."""
BATCH = 300
"""Papers asked for at once: as many as fit into the longest request line that arXiv takes. No response has more entries."""
_PAPER = re.compile(r"https?://(?:[a-z]+\.)?arxiv\.org/abs/(.+)")
_ERROR = re.compile(r"https?://(?:[a-z]+\.)?arxiv\.org/api/errors(?:#(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ApiEntry:
    """A paper with the text of one version. `published` is the time of its first version, `updated` that of this one, UTC.

    `comment` is the author's, as it was written. It is the only field that mentions a withdrawal.
    """

    paper: Paper
    published: datetime
    updated: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True)
class BadEntry:
    """An entry that cannot be read: its id, or its number in the response from 1, and what is wrong with it."""

    which: str
    why: str


@dataclass(frozen=True, slots=True)
class ApiError:
    """An error that the API reports: the name it gives the error, and its sentence."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What one response holds, in its order. `total` is the number of papers it says it found, None when it does not say.

    Fewer papers than were asked for, or than `total`, prove nothing: see `list_missing`. A response with `error` holds none.
    """

    found: tuple[ApiEntry, ...]
    total: int | None
    error: ApiError | None = None
    bad_entries: tuple[BadEntry, ...] = ()

    @property
    def papers(self) -> tuple[Paper, ...]:
        """The papers, each with the version whose text it has."""
        return tuple(one.paper for one in self.found)

    @property
    def is_whole(self) -> bool:
        """Whether every paper that the response says it found is in it and was read."""
        return self.error is None and not self.bad_entries and self.total == len(self.found)


def list_urls(base: str, ids: Iterable[VersionRequest], size: int = 250) -> Iterator[str]:
    """Yield addresses that together ask for each of `ids` once, at most `size` in one and none too long for arXiv."""
    names: list[str] = []
    for name in dict.fromkeys(paper if version is None else f"{paper}v{version}" for paper, version in ids):
        if names and (len(names) == size or len(_url(base, [*names, name])) > _MAX_URL):
            yield _url(base, names)
            names = []
        names.append(name)
    if names:
        yield _url(base, names)


def list_asked_for_newest(url: str) -> frozenset[PaperId]:
    """Return the papers of which an address asks for the newest version, whatever that is."""
    names = parse_qs(urlsplit(url).query).get("id_list", [""])[0].split(",")
    asked: set[PaperId] = set()
    for name in names:
        with suppress(ValueError):
            asked.add(paper_id(name))
    return frozenset(asked)


def list_missing(asked: Iterable[VersionRequest], answers: Iterable[ApiAnswer]) -> tuple[VersionRequest, ...]:
    """Return what was asked for and did not come, to ask for it again later: the API leaves out papers it has."""
    papers = [paper for answer in answers for paper in answer.papers]
    # A request without a version is answered by any version.
    held = {(paper.id, version) for paper in papers for version in (paper.version, None)}
    return tuple(one for one in dict.fromkeys(asked) if one not in held)


def read(body: bytes) -> ApiAnswer:
    """Return a response of 2017 or today, whatever its status. Texts are canonical, the primary category comes first.

    PartialPage (`truncated`) when it was cut, LayoutUnknown when it is not an Atom feed. A bad entry is named in `bad_entries`.
    """
    feed = feed_xml.parse(body, "application/atom+xml", "entry", BATCH)
    if feed.version != "atom10":
        raise LayoutUnknown(f"not Atom: {feed.version}", reason="not-atom")
    for entry in feed.entries:
        if (error := _ERROR.fullmatch(entry.get("id", ""))) is not None:
            return ApiAnswer((), None, ApiError(error[1] or "", feed_xml.get_text(entry, "summary")))
    entries = _refuse_contradictory([_read_entry(entry, number) for number, entry in enumerate(feed.entries, 1)])
    total = feed.feed.get("opensearch_totalresults", "")
    return ApiAnswer(
        found=tuple(entry for entry in entries if isinstance(entry, ApiEntry)),
        total=int(total) if re.fullmatch("[0-9]{1,9}", total) else None,
        bad_entries=tuple(entry for entry in entries if isinstance(entry, BadEntry)),
    )


def _url(base: str, names: Sequence[str]) -> str:
    return f"{base}?id_list={','.join(names)}&max_results={len(names)}"


def _refuse_contradictory(entries: Sequence[ApiEntry | BadEntry]) -> list[ApiEntry | BadEntry]:
    """Return the entries, those of a version that comes twice and differently as bad ones: nothing shows which is right."""
    first: dict[tuple[PaperId, int | None], ApiEntry] = {}
    good = [entry for entry in entries if isinstance(entry, ApiEntry)]
    odd = {key for one in good if first.setdefault(key := (one.paper.id, one.paper.version), one) != one}
    return [
        BadEntry(f"{one.paper.id}v{one.paper.version}", "given twice, and differently")
        if isinstance(one, ApiEntry) and (one.paper.id, one.paper.version) in odd
        else one
        for one in entries
    ]


def _read_entry(entry: Mapping[str, Any], number: int) -> ApiEntry | BadEntry:
    name = _PAPER.fullmatch(entry.get("id", ""))
    try:
        return ApiEntry(
            _read_paper(name[1] if name else "", entry),
            published=_read_time(entry, "published"),
            updated=_read_time(entry, "updated"),
            comment=feed_xml.get_text(entry, "arxiv_comment"),
        )
    except ValueError as error:
        return BadEntry(name[1] if name else str(number), str(error))


def _read_paper(name: str, entry: Mapping[str, Any]) -> Paper:
    paper, version = versioned_id(name)
    if version is None:
        raise ValueError("no version")
    title, abstract = title_from_raw(_read_text(entry, "title")), abstract_from_raw(_read_text(entry, "summary"))
    return Paper(paper, title, abstract, version, _read_categories(entry), _read_metadata(entry))


def _read_metadata(entry: Mapping[str, Any]) -> Metadata:
    """Return what the API states: an element that is missing says that there is no such text."""
    return Metadata(
        authors=feed_xml.get_authors(entry),
        comments=feed_xml.get_optional(entry, "arxiv_comment"),
        journal_reference=feed_xml.get_optional(entry, "arxiv_journal_ref"),
        doi=feed_xml.get_optional(entry, "arxiv_doi"),
    )


def _read_text(entry: Mapping[str, Any], name: str) -> str:
    text = feed_xml.get_text(entry, name)
    if not text or text.isspace():
        raise ValueError(f"no {name}")
    return text


def _read_categories(entry: Mapping[str, Any]) -> tuple[str, ...]:
    terms = [tag["term"] for tag in entry.get("tags", ()) if tag["term"]]
    marked = entry.get("arxiv_primary_category")
    primary = marked.get("term") if isinstance(marked, dict) else None
    if primary not in terms:
        raise ValueError("no primary category among its categories")
    return tuple(dict.fromkeys((primary, *terms)))


def _read_time(entry: Mapping[str, Any], name: str) -> datetime:
    moment = datetime.fromisoformat(_read_text(entry, name))
    if moment.tzinfo is None:
        raise ValueError(f"{name} has no time zone")
    return convert_to_utc(moment)
