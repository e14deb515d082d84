"""What a search found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from syncd.core.model import Entry
    from syncd.core.query import Part


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
