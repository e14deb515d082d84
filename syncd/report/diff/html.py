"""Show a comparison as one self-contained HTML page: no script, nothing loaded, every text escaped."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.core.printable import printable
from syncd.core.reasons import REASONS, severity
from syncd.core.values import dataclass
from syncd.report.diff.word_diff import WordRun, compare_words, prepare_sides
from syncd.report.html.page_templates import report_environment
from syncd.report.terminal import list_dates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.core.model import Change, PaperId
    from syncd.core.results import Comparison, NotCompared


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A difference as the page has it: the words of both sides, in runs that both have or one alone."""

    code: str
    field: str
    severity: str
    detail: str
    words: tuple[WordRun, ...]


@dataclass(frozen=True, slots=True)
class ComparedDay:
    """The differences of a date, by paper, and how many there are of each code."""

    day: date
    counts: str
    papers: tuple[tuple[PaperId | None, tuple[ShownChange, ...]], ...]


def lines(compared: Comparison) -> list[str]:
    """Return the page: the totals, a section for each date, the meanings of the codes, and what was not compared."""
    page = report_environment().get_template("diff_file.html")
    text = page.render(
        compared=compared,
        days=[_show_day(day, list(its)) for day, its in groupby(compared.changes, key=lambda change: change.day)],
        meanings=[
            (code, severity(code), REASONS[code].meaning) for code in sorted({one.code for one in compared.changes})
        ],
        skipped=list(_list_skipped(compared.not_compared)),
    )
    return text.splitlines()


def _show_day(day: date, changes: Sequence[Change]) -> ComparedDay:
    counts = ", ".join(f"{count} {code}" for code, count in Counter(change.code for change in changes).items())
    papers = groupby(changes, key=lambda change: change.id)
    return ComparedDay(day, counts, tuple((paper, tuple(map(_show_change, its))) for paper, its in papers))


def _show_change(change: Change) -> ShownChange:
    ours, theirs = prepare_sides(change)
    words: tuple[WordRun, ...] = ()
    if change.ours is not None and change.theirs is not None:
        words = compare_words(ours, theirs)
    elif change.ours is not None or change.theirs is not None:
        words = (WordRun(equal=False, ours=[ours] if ours else [], theirs=[theirs] if theirs else []),)
    return ShownChange(change.code, change.field or "", severity(change.code), printable(change.detail), words)


def _list_skipped(skipped: Iterable[NotCompared]) -> Iterator[str]:
    reasons: dict[tuple[str, str], list[date]] = {}
    for part in skipped:
        reasons.setdefault((part.what, part.why), []).append(part.day)
    yield from (f"{what} of {list_dates(days)}: {why}" for (what, why), days in reasons.items())
