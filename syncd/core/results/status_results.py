"""The coverage of the archive, and what keeps it from being whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from datetime import date, datetime

    from syncd.core.coverage import DayReport
    from syncd.core.troubles import Trouble


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
