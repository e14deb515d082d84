"""The results of use cases, as values: `report` makes text and JSON of them, `cli` the exit code."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from syncd.core.model import Paragraphs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from syncd.core.coverage import DayReport
    from syncd.core.errors import SyncdError
    from syncd.core.model import (
        Certainty,
        Change,
        Entry,
        Mailing,
        PaperId,
        Section,
        Severity,
        State,
        Unreadable,
        Version,
    )
    from syncd.core.paper_history import Deletion
    from syncd.core.query import Part
    from syncd.core.troubles import Trouble


class Done(StrEnum):
    """The action taken on a date."""

    NONE = "none"
    WRITTEN = "written"
    REGISTERED = "registered"
    RESTORED = "restored"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class SkippedDate:
    """A date with nothing to examine, and why."""

    day: date
    why: str


@dataclass(frozen=True, slots=True)
class DayOutcome:
    """One date after a run. `path` is relative to the root. What is not known is None.

    `day` is None only for a file whose date cannot be read, and for what concerns all dates. `source` names where a planned or
    fetched mailing comes from.
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
    """The result of a run over dates: its outcomes in the order of the work, and the number of requests really sent.

    `error` is what ended the run early, None if nothing did. `waiting` are dates that stay pending and need another command,
    ascending. `skipped` are dates that were named and have no mailing. `ended` is True when a signal stopped the run early, and
    `left` are the dates that it did not get to, in the order of the work.
    """

    days: tuple[DayOutcome, ...] = ()
    requests: int = 0
    error: SyncdError | None = None
    waiting: tuple[date, ...] = ()
    skipped: tuple[SkippedDate, ...] = ()
    ended: bool = False
    left: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class LostRecord:
    """A record that could not be read, and the dates to whose mailings it could belong, ascending, of those asked for."""

    record: Unreadable
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """The result of a backfill.

    `placed` counts the papers written, by the certainty of their date. `ended` is True when a signal or the time limit stopped
    it early. `texts_error` is why no more first versions could be asked for: the days that need them are partial. `outside` is
    None when no metadata was needed. `lost` are the records that could not be read: the days to which they could belong are
    partial, too. `paragraphs_unknown` counts the papers written whose abstract may have had more paragraphs.
    """

    run: Run
    placed: Mapping[Certainty, int]
    ended: bool = False
    texts_error: SyncdError | None = None
    outside: PapersOutside | None = None
    lost: tuple[LostRecord, ...] = ()
    paragraphs_unknown: int = 0


@dataclass(frozen=True, slots=True)
class PapersOutside:
    """How many papers of the metadata belong to mailings `before` the first and `after` the last date filled from it."""

    first: date
    last: date
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class HarvestCost:
    """What the harvest of bulk metadata would cost: numbers of records and requests, and minutes at arXiv's rate limits."""

    records: int
    requests: int
    minutes: float


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """The plan of a backfill: every open date with its source, and the estimated cost.

    `minutes` is the time that the requests take at arXiv's rate limits. `harvest` is the part of the cost that metadata has.
    """

    days: tuple[DayOutcome, ...]
    requests: int
    bytes: int
    minutes: float
    harvest: HarvestCost


@dataclass(frozen=True, slots=True)
class MonthComparison:
    """One month of ids, compared with arXiv's listing of that month.

    `only_listed` are ids that only the listing has, `only_known` ids that only the metadata has. Both ascend. With an `error`,
    the listing could not be used, and nothing was compared.
    """

    year: int
    month: int
    papers: int
    only_listed: tuple[PaperId, ...] = ()
    only_known: tuple[PaperId, ...] = ()
    error: SyncdError | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """A host that gets no request before `until` (UTC). None: not before a person releases it."""

    host: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class LostRows:
    """A date whose rows are gone while a record or a file of it is left: what is left in words, and the command that helps."""

    day: date
    why: str
    repair: str
    has_file: bool = True


@dataclass(frozen=True, slots=True)
class Status:
    """The coverage of the archive. Dates ascend, `lag` counts mailings.

    `next_poll` is aware, None when only a person can end a stop. `last_answer` is the real time (UTC) of the last successful
    answer from upstream, None when there was none.

    `unlisted_years` are the years for which no list of closings is known, where a date that is shown is not held. `lost` are
    the dates shown whose rows are gone. `today` is the date in New York, from which the reach of pages counts, None if it is not
    known. `troubles` are the open troubles, whatever the dates shown.
    """

    days: tuple[DayReport, ...]
    gaps: tuple[date, ...]
    lag: int
    newest: date | None
    next_poll: datetime | None
    rests: tuple[Rest, ...]
    last_answer: datetime | None = None
    unlisted_years: tuple[int, ...] = ()
    lost: tuple[LostRows, ...] = ()
    today: date | None = None
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of a check. `line` counts from 1, `path` is relative to the root, `repair` is the command that helps."""

    day: date | None
    path: str | None
    line: int | None
    code: str
    severity: Severity
    message: str
    repair: str | None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a check. `skipped` counts the files that were not read because their stat has not changed.

    `absent` are the dates that were named and have nothing to check. `ended` is True when a signal stopped it early. `unread`
    counts the changed files that were left out because no more were to be read.
    """

    problems: tuple[Problem, ...]
    read: int
    skipped: int
    absent: tuple[SkippedDate, ...] = ()
    ended: bool = False
    unread: int = 0


@dataclass(frozen=True, slots=True)
class NotCompared:
    """A part of a date that a comparison could not look at, and why. `is_rejected`: what upstream sent could not be used."""

    day: date
    what: str
    why: str
    is_rejected: bool = False


@dataclass(frozen=True, slots=True)
class DayFiles:
    """The two files of a date that differs. `path` is relative to the root. A side without a file is None."""

    day: date
    path: str
    ours: bytes | None
    theirs: bytes | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of a comparison. `days` is the number of dates compared.

    `accepted` are differences that a person accepted before. `both` is filled only when the files themselves are wanted.
    `skipped` are dates that were asked for and have nothing to compare. `left_out` counts the differences that are not among
    `changes` because they matter less than was asked for. `papers` are those that alone were compared on their dates, empty
    where all were. `ended` is True when a signal stopped the comparison early.
    """

    changes: tuple[Change, ...]
    days: int
    not_compared: tuple[NotCompared, ...] = ()
    requests: int = 0
    error: SyncdError | None = None
    accepted: tuple[Change, ...] = ()
    both: tuple[DayFiles, ...] = ()
    skipped: tuple[SkippedDate, ...] = ()
    left_out: int = 0
    papers: tuple[PaperId, ...] = ()
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Appearance:
    """A mailing that contains a paper, and the paper's number there. `reason` and `paragraphs` are as in `Entry`."""

    day: date
    number: int
    section: Section | None
    certainty: Certainty
    version: int | None
    reason: str | None = None
    paragraphs: Paragraphs = Paragraphs.KEPT


@dataclass(frozen=True, slots=True)
class PaperDetails:
    """A paper as announced and as last seen. What is not known is None.

    `source` showed it last, at `seen` (UTC). Both are None where no source was asked. `reads_as` is the version whose text the
    announced one equals, where none is recorded with it. `authors` are names in their order, `versions` those that a source
    stated, ascending. `deletion` is what a source said last, and none has shown the paper since.
    """

    id: PaperId
    announced: Entry | None
    mailings: tuple[Appearance, ...]
    title: str | None = None
    abstract: str | None = None
    version: int | None = None
    categories: tuple[str, ...] = ()
    withdrawn: bool | None = None
    source: str | None = None
    seen: datetime | None = None
    reads_as: int | None = None
    authors: tuple[str, ...] | None = None
    versions: tuple[Version, ...] = ()
    deletion: Deletion | None = None


@dataclass(frozen=True, slots=True)
class MailingDetails:
    """A mailing as the archive holds it. `mailing` is None when nothing is held."""

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

    `marks` returns the begin and end of every occurrence of the query in a title or an abstract, ascending. `ranked` is the
    number of matches, the newest, among which the best were chosen, None where the newest come first. `alone` says of a query
    without a match how many papers each of its parts has.
    """

    typed: str
    shown: tuple[Match, ...]
    total: int
    marks: Callable[[Part, str], list[tuple[int, int]]]
    ranked: int | None = None
    alone: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class MonthCount:
    """The entries of one month, given as its first day: how many a search found, and how many the archive holds."""

    month: date
    found: int
    held: int


@dataclass(frozen=True, slots=True)
class MonthlyMatches:
    """The number of matches of the query `typed` in each month of which there are mailings, ascending."""

    typed: str
    months: tuple[MonthCount, ...]
