"""The nouns of the project as frozen values. They have no behaviour and need only the standard library."""

from __future__ import annotations

import re
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, NewType

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from datetime import date, datetime

PaperId = NewType("PaperId", str)
"""An arXiv id without prefix and version: `2104.02703`, `0704.0001`, `cs/0401001`. Ids are ordered as strings."""

_NEW_STYLE = re.compile(r"(?P<year>\d\d)(?P<month>0[1-9]|1[0-2])\.\d{4,5}", re.ASCII)
_OLD_STYLE = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/(?P<year>\d\d)(?P<month>0[1-9]|1[0-2])\d{3}", re.ASCII)
_VERSION = re.compile(r"v([1-9]\d{0,3})$", re.ASCII)


def paper_id(text: str) -> PaperId:
    """Return `text` as an id. ValueError when it is not exactly an id, as with a prefix or a version."""
    if _NEW_STYLE.fullmatch(text) or _OLD_STYLE.fullmatch(text):
        return PaperId(text)
    raise ValueError(f"not an arXiv id: {text[:40]!r}")


def versioned_id(text: str) -> tuple[PaperId, int | None]:
    """Return id and version of `2104.02703v2` or `2104.02703` (version None). ValueError for any other form."""
    found = _VERSION.search(text)
    if found is None:
        return paper_id(text), None
    return paper_id(text[: found.start()]), int(found[1])


def id_month(paper: PaperId) -> tuple[int, int]:
    """Return year and month of an id: those of the freeze day of the mailing that first announced it."""
    found = _NEW_STYLE.fullmatch(paper) or _OLD_STYLE.fullmatch(paper)
    if found is None:
        raise ValueError(f"not an arXiv id: {paper[:40]!r}")
    year = int(found["year"])
    # arXiv began in 1991.
    return (1900 if year >= 91 else 2000) + year, int(found["month"])


class Section(StrEnum):
    """The section of a listing that has the paper."""

    NEW = "new"
    CROSS = "cross"
    REPLACED = "replaced"


class Certainty(StrEnum):
    """How certain it is that an entry belongs to its mailing. JSON and the database call it `placed`."""

    LISTED = "listed"
    """A listing page of that date showed it."""
    PROVEN = "proven"
    """Lower and upper bound of its id meet on that date."""
    BOUNDED = "bounded"
    """The bounds leave more than one date, and the calendar chose."""
    ASSUMED = "assumed"
    """There is no upper bound, and the calendar chose."""
    ADOPTED = "adopted"
    """It was in a digest file that was adopted."""


class Paragraphs(StrEnum):
    """What is known of the paragraphs of an abstract. Of old versions, the API gives texts without line ends."""

    KEPT = "kept"
    """The source of the text has them."""
    RECOVERED = "recovered"
    """The source has none. They are those of another text of the paper, as far as both have the same sentences."""
    UNKNOWN = "unknown"
    """The source has none, and the abstract may have more than those that were found in another text."""


class State(StrEnum):
    """The state of a calendar date. Where several apply, the first in this order counts."""

    CONFLICT = "conflict"
    FAILED = "failed"
    PARTIAL = "partial"
    COMPLETE = "complete"
    ADOPTED = "adopted"
    RECONSTRUCTED = "reconstructed"
    NO_MAILING = "no-mailing"
    PENDING = "pending"
    FUTURE = "future"


class Severity(StrEnum):
    """How much a finding matters: a fault needs an action, drift is a later change upstream, a hint is for information."""

    FAULT = "fault"
    DRIFT = "drift"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Author:
    """A name among the authors of a paper, in Unicode. `forenames` and `key_name` are None where the source has one text only."""

    name: str
    forenames: str | None = None
    key_name: str | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a source states of a paper beside title, abstract and categories, in Unicode plain text.

    None means that the source does not state the field. An empty text, or no author, means that it states that there is none.
    """

    authors: tuple[Author, ...] | None = None
    submitter: str | None = None
    comments: str | None = None
    journal_reference: str | None = None
    doi: str | None = None
    report_number: str | None = None
    msc_class: str | None = None
    acm_class: str | None = None
    licence: str | None = None


NOT_STATED = Metadata()
"""The metadata of a source that states none."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as one source shows it. Title and abstract are canonical HTML.

    `version` is the version whose text this is, None when the source does not say. `categories` has the primary first and
    is empty when the source does not say. An abstract is None where the source has none (`/recent`, month pages).
    `paragraphs` says whether those of the abstract are the ones that its version has.
    """

    id: PaperId
    title: str
    abstract: str | None
    version: int | None = None
    categories: tuple[str, ...] = ()
    metadata: Metadata = NOT_STATED
    paragraphs: Paragraphs = Paragraphs.KEPT


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a paper. `created` is UTC.

    `size` is in kilobytes as arXiv states it. `source_type` is arXiv's letters (`D` submitted as PDF, `I` withdrawn, …). Both
    are None where the source does not state them.
    """

    number: int
    created: datetime
    withdrawn: bool = False
    size: int | None = None
    source_type: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A paper as bulk metadata has it: title and abstract are raw text as its author typed it, of the newest version.

    `versions` is ascending and never empty. `datestamp` is the UTC date of the record's last modification, None if unknown.
    """

    id: PaperId
    title: str
    abstract: str
    categories: tuple[str, ...]
    versions: tuple[Version, ...]
    datestamp: date | None
    metadata: Metadata = NOT_STATED


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record of bulk metadata that could not be read: where it stood and why, in words, and all that says which it was.

    `after` and `before` are the ids of the readable records around it, None where there is none. `id` and `datestamp` are its
    own, None where they cannot be read either.
    """

    where: str
    why: str
    id: PaperId | None = None
    after: PaperId | None = None
    before: PaperId | None = None
    datestamp: date | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One mailing as a listing page announced it, accepted by the guards.

    `new` and `cross` ascend by id as on `/new`. `replaced` has ids only. `source` is `new`, `catchup` or `page`.
    """

    day: date
    new: tuple[Paper, ...]
    cross: tuple[Paper, ...]
    replaced: tuple[PaperId, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper in a digest: its text belongs to the mailing and never changes.

    `section` is None where it is not certain. `version` is the version whose text this is, None if unknown. `reason` is the code
    (`syncd.core.reasons`) of why this date was chosen, where it is bounded or assumed. `paragraphs` says whether those of
    the abstract are the ones that were announced.
    """

    id: PaperId
    title: str
    abstract: str
    section: Section | None = None
    version: int | None = None
    certainty: Certainty = Certainty.ADOPTED
    reason: str | None = None
    paragraphs: Paragraphs = Paragraphs.KEPT


@dataclass(frozen=True, slots=True)
class Digest:
    """One mailing as the archive has it, in file order. `tail` is the number of blanks that end each abstract line."""

    day: date
    category: str
    entries: tuple[Entry, ...]
    tail: int = 6


@dataclass(frozen=True, slots=True)
class Issue:
    """A deviation of a digest file from the format. `line` counts from 1, `code` is a key of `syncd.core.reasons.REASONS`."""

    line: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was read from a file: the digest as far as it can be read (None without a date), and every deviation."""

    digest: Digest | None
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class Mailing:
    """What the archive records of a mailing beside its entries.

    `state` is complete, adopted or reconstructed. `source` names where it came from (`new`, `catchup`, `page`, `adopted`,
    `oai`, `snapshot`), `evidence` says in words how its day is known, `response` is the vault hash behind it, `sha256` the
    hash of the digest's rendering (tail included), `recorded` a UTC time. `new` and `cross` are None where not certain.
    """

    day: date
    state: State
    source: str
    evidence: str
    response: str | None
    sha256: str
    tail: int
    papers: int
    new: int | None
    cross: int | None
    recorded: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known about a date beside a mailing: `state` is no-mailing, pending, partial, failed or conflict.

    `error` is the code of the error or guard behind it, `response` the vault hash of the page, `recorded` a UTC time.
    """

    day: date
    state: State
    source: str
    evidence: str
    response: str | None = None
    error: str | None = None
    recorded: datetime | None = None


class FileStat(NamedTuple):
    """What the file system says about a digest file. A quick check does not read an unchanged file again."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two versions of a mailing. `code` is a key of `syncd.core.reasons.REASONS`.

    `field` is `title`, `abstract`, `section` or None; `ours` and `theirs` are the two values, None where a side has none.
    """

    day: date
    code: str
    id: PaperId | None = None
    field: str | None = None
    ours: str | None = None
    theirs: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One response kept in the vault: `sha256` is the hash of `body` after decompression, `received` is UTC."""

    sha256: str
    kind: str
    url: str
    status: int
    received: datetime
    headers: tuple[tuple[str, str], ...] = field(default=())
