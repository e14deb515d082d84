"""What the use cases report back: values only, so that text, JSON and exit codes can be made of them elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from syncd.core.coverage import DayReport
    from syncd.core.errors import SyncdError
    from syncd.core.model import Change, Entry, Mailing, PaperId, Placed, Section, Severity, State


class Done(StrEnum):
    """What was done about a date."""

    NONE = "none"
    WRITTEN = "written"
    REGISTERED = "registered"
    RESTORED = "restored"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class DayOutcome:
    """One date after a run; `path` is relative to the root, what is not known is None.

    `day` is None only for a file whose date cannot be read. `source` says where a planned or fetched mailing comes from.
    """

    day: date | None
    state: State | None
    action: Done
    path: str | None = None
    papers: int | None = None
    error: SyncdError | None = None
    source: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run over dates did: outcomes in the order of the work, requests really sent, and what ended it early, if anything.

    `waiting` are dates that stay pending and need another command, ascending.
    """

    days: tuple[DayOutcome, ...] = ()
    requests: int = 0
    error: SyncdError | None = None
    waiting: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """What a backfill did; `placed` counts the papers written by how their day is known, `ended` says that it was told to end."""

    run: Run
    placed: Mapping[Placed, int]
    ended: bool = False


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """What a backfill would ask: every open date with its source, requests, bytes and minutes at the polite rate (estimates)."""

    days: tuple[DayOutcome, ...]
    requests: int
    bytes: int
    minutes: float


@dataclass(frozen=True, slots=True)
class MonthComparison:
    """One id-month compared: ids that only the month listing has, and ids that only the metadata has, ascending."""

    year: int
    month: int
    papers: int
    only_listed: tuple[PaperId, ...]
    only_known: tuple[PaperId, ...]


@dataclass(frozen=True, slots=True)
class Rest:
    """A host that is not asked before `until` (UTC), or not before a person releases it (None)."""

    host: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    """The ledger at a glance; dates ascending, `lag` in mailings, `next_poll` aware, None when nothing is to come.

    `last_answer` is the real moment (UTC) at which upstream last gave what it was asked for, None when it never did.
    """

    days: tuple[DayReport, ...]
    gaps: tuple[date, ...]
    lag: int
    newest: date | None
    next_poll: datetime | None
    rests: tuple[Rest, ...]
    last_answer: datetime | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of a check; `line` counts from 1, `path` is relative to the root, `repair` is the command that helps."""

    day: date | None
    path: str | None
    line: int | None
    code: str
    severity: Severity
    message: str
    repair: str | None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check saw; a skipped file is one whose stat has not changed since it was last read."""

    problems: tuple[Problem, ...]
    read: int
    skipped: int


@dataclass(frozen=True, slots=True)
class NotCompared:
    """What a comparison could not look at, and why."""

    day: date
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class DayFiles:
    """Both files of a date that differs, `path` relative to the root; None for a side that has none."""

    day: date
    path: str
    ours: bytes | None
    theirs: bytes | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison saw; `days` is the number of dates compared.

    `accepted` are differences that a person knows of already; `both` is filled where the files themselves are wanted.
    """

    changes: tuple[Change, ...]
    days: int
    not_compared: tuple[NotCompared, ...] = ()
    requests: int = 0
    error: SyncdError | None = None
    accepted: tuple[Change, ...] = ()
    both: tuple[DayFiles, ...] = ()


@dataclass(frozen=True, slots=True)
class Appearance:
    """A mailing in which a paper stands."""

    day: date
    number: int
    section: Section | None
    placed: Placed
    version: int | None


@dataclass(frozen=True, slots=True)
class PaperDetails:
    """A paper as announced and as last seen; a side is None where nothing is known of it."""

    id: PaperId
    announced: Entry | None
    mailings: tuple[Appearance, ...]
    title: str | None = None
    abstract: str | None = None
    version: int | None = None
    categories: tuple[str, ...] = ()
    withdrawn: bool | None = None


@dataclass(frozen=True, slots=True)
class MailingDetails:
    """A mailing as the archive holds it; `mailing` is None where nothing is held."""

    report: DayReport
    mailing: Mailing | None
    entries: tuple[Entry, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that a search found: its mailing and number there, and its title and abstract without markup."""

    day: date
    number: int
    entry: Entry
    title: str
    abstract: str


@dataclass(frozen=True, slots=True)
class Matches:
    """The first matches of the query `typed`, and the number of all.

    `marks` returns the begin and end of every occurrence of the query in a text, ascending.
    """

    typed: str
    shown: tuple[Match, ...]
    total: int
    marks: Callable[[str], list[tuple[int, int]]]
