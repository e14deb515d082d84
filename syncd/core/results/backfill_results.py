"""The plan and the result of a backfill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from syncd.core.errors import SyncdError
    from syncd.core.model import Certainty, PaperId, Unreadable
    from syncd.core.results.run_results import DayOutcome, Run


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
