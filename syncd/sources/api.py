"""arXiv's API for lists of ids: which addresses to ask, what an answer says, and what it still owes.

It never takes a missing paper for an absent one, and asks no searches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from syncd.core.errors import LayoutUnknown
from syncd.core.markup import abstract_from_raw, title_from_raw
from syncd.core.model import Paper, PaperId, versioned_id
from syncd.sources import feed_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

VersionRequest = tuple[PaperId, int | None]
"""A paper and the version of it that is wanted, None for the newest."""

_LONGEST = 4000
"""Bytes of an address: with its method and protocol the request line must stay under 4094, or the answer is 400."""
_PAPER = re.compile(r"https?://(?:[a-z]+\.)?arxiv\.org/abs/(.+)")
_ERROR = re.compile(r"https?://(?:[a-z]+\.)?arxiv\.org/api/errors(?:#(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ApiEntry:
    """A paper with the text of one version; `published` is the time of its first version, `updated` of this one, UTC.

    `comment` is the author's, raw; a withdrawal is told there and nowhere else.
    """

    paper: Paper
    published: datetime
    updated: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True)
class BadEntry:
    """An entry that is not as it should be: its id, or its place in the answer from 1, and what is wrong with it."""

    which: str
    why: str


@dataclass(frozen=True, slots=True)
class ApiError:
    """What the API says it did not like: the name it gives the error, and its sentence."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What one answer holds, in its order; `total` is the number of papers it says it found, None when it does not say.

    Fewer papers than asked for or than `total` are no proof of anything: see `missing`. An answer with `error` holds none.
    """

    found: tuple[ApiEntry, ...]
    total: int | None
    error: ApiError | None = None
    bad_entries: tuple[BadEntry, ...] = ()

    @property
    def papers(self) -> tuple[Paper, ...]:
        """The papers, each with the version whose text it has."""
        return tuple(one.paper for one in self.found)


def urls(base: str, ids: Iterable[VersionRequest], size: int = 250) -> Iterator[str]:
    """Addresses that together ask for each of `ids` once, at most `size` an address and none too long for arXiv."""
    names: list[str] = []
    for name in dict.fromkeys(_name(*asked) for asked in ids):
        if names and (len(names) == size or len(_url(base, [*names, name])) > _LONGEST):
            yield _url(base, names)
            names = []
        names.append(name)
    if names:
        yield _url(base, names)


def list_missing(asked: Iterable[VersionRequest], answers: Iterable[ApiAnswer]) -> tuple[VersionRequest, ...]:
    """What was asked for and has not come, to be asked for again later: the API leaves out papers it has."""
    papers = [paper for answer in answers for paper in answer.papers]
    held = {(paper.id, version) for paper in papers for version in (paper.version, None)}
    return tuple(one for one in dict.fromkeys(asked) if one not in held)


def read(body: bytes) -> ApiAnswer:
    """One answer of 2017 or today, whatever its status; texts are canonical, the primary category comes first.

    PartialPage (`truncated`) when it was cut, LayoutUnknown when it is no Atom feed. A single bad entry is named in `refused`.
    """
    feed = _feed(body)
    for entry in feed.entries:
        if (error := _ERROR.fullmatch(entry.get("id", ""))) is not None:
            return ApiAnswer((), None, ApiError(error[1] or "", feed_xml.text(entry, "summary")))
    outcomes = [_outcome(entry, place) for place, entry in enumerate(feed.entries, 1)]
    total = feed.feed.get("opensearch_totalresults", "")
    return ApiAnswer(
        found=tuple(found for found in outcomes if isinstance(found, ApiEntry)),
        total=int(total) if re.fullmatch("[0-9]{1,9}", total) else None,
        bad_entries=tuple(found for found in outcomes if isinstance(found, BadEntry)),
    )


def _name(paper: PaperId, version: int | None) -> str:
    return paper if version is None else f"{paper}v{version}"


def _url(base: str, names: Sequence[str]) -> str:
    return f"{base}?id_list={','.join(names)}&max_results={len(names)}"


def _feed(body: bytes) -> Any:
    feed = feed_xml.parsed(body, "application/atom+xml")
    if feed.version != "atom10":
        raise LayoutUnknown(f"not Atom: {feed.version}", reason="not-atom")
    return feed


def _outcome(entry: Mapping[str, Any], place: int) -> ApiEntry | BadEntry:
    name = _PAPER.fullmatch(entry.get("id", ""))
    try:
        return ApiEntry(
            _paper(name[1] if name else "", entry),
            published=_instant(entry, "published"),
            updated=_instant(entry, "updated"),
            comment=feed_xml.text(entry, "arxiv_comment"),
        )
    except ValueError as error:
        return BadEntry(name[1] if name else str(place), str(error))


def _paper(name: str, entry: Mapping[str, Any]) -> Paper:
    paper, version = versioned_id(name)
    if version is None:
        raise ValueError("no version")
    title, abstract = title_from_raw(_text(entry, "title")), abstract_from_raw(_text(entry, "summary"))
    return Paper(paper, title, abstract, version, _categories(entry))


def _text(entry: Mapping[str, Any], name: str) -> str:
    text = feed_xml.text(entry, name)
    if not text or text.isspace():
        raise ValueError(f"no {name}")
    return text


def _categories(entry: Mapping[str, Any]) -> tuple[str, ...]:
    terms = [tag["term"] for tag in entry.get("tags", ()) if tag["term"]]
    marked = entry.get("arxiv_primary_category")
    primary = marked.get("term") if isinstance(marked, dict) else None
    if primary not in terms:
        raise ValueError("no primary category among its categories")
    return tuple(dict.fromkeys((primary, *terms)))


def _instant(entry: Mapping[str, Any], name: str) -> datetime:
    moment = datetime.fromisoformat(_text(entry, name))
    if moment.tzinfo is None:
        raise ValueError(f"{name} has no time zone")
    return moment.astimezone(UTC)


BATCH = 300
"""First versions asked for at once: as many as fit into the longest request line that arXiv takes."""
