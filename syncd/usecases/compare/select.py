"""Which dates a comparison looks at, and with which source it compares them. It reads the archive and compares nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core import coverage
from syncd.core.mailing import REACH
from syncd.core.values import dataclass
from syncd.usecases.compare import source_table
from syncd.usecases.skipped_days import explain_skipped
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from syncd.core.results import SkippedDate
    from syncd.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Selection:
    """The dates to compare and the source to compare them with.

    `with_files` asks for the two files of every date that differs as well.
    """

    days: tuple[date, ...]
    source: str = source_table.AUTO
    with_files: bool = False


def assign_sources(work: Workspace, selection: Selection) -> list[tuple[str, tuple[date, ...]]]:
    """Return the names of the sources to ask, each with its dates, newest first.

    Where the source is chosen automatically, a date goes to the first source that reaches it, else to the last one.
    """
    days = tuple(sorted(set(selection.days), reverse=True))
    if selection.source != source_table.AUTO:
        return [(selection.source, days)]
    sources = source_table.load_auto_sources()
    assigned: dict[str, list[date]] = {name: [] for name, _ in sources}
    for day in days:
        reaching = (name for name, source in sources if source.out_of_reach(work, day) is None)
        assigned[next(reaching, sources[-1][0])].append(day)
    return [(name, tuple(chosen)) for name, chosen in assigned.items() if chosen]


def list_held_days(work: Workspace, days: Sequence[date], since: date | None, until: date | None) -> list[date]:
    """Return the dates to compare, ascending: those given, else all within the range that have rows or a file."""
    if days:
        return sorted(set(days))
    held = {*work.store.mailings(), *(day for day, _ in work.folder.days())}
    return _within(held, since, until)


def list_all_held_days(work: Workspace) -> list[date]:
    """Return every date that has rows or a file, ascending."""
    return list_held_days(work, (), None, None)


def list_recent_days(work: Workspace) -> list[date]:
    """Return the dates within reach of listing pages that are held or still missing, ascending."""
    reports = work.reports(max(work.config.archive.since, today(work) - REACH), today(work))
    return [r.day for r in reports if coverage.is_held(r.state) or coverage.is_open(r.state)]


def list_upstream_days(work: Workspace, span: tuple[date | None, date | None], source: str) -> list[date]:
    """Return the dates to compare with upstream when none are named, ascending.

    With a range, these are the dates in it that are held or still missing. Without one, the source gives its default dates.
    """
    since, until = span
    if since is not None or until is not None:
        return _within({*list_all_held_days(work), *list_recent_days(work)}, since, until)
    if source == source_table.AUTO:
        source = source_table.load_auto_sources()[0][0]
    return sorted(source_table.load_source(source).default_days(work))


def set_skipped_aside(
    work: Workspace, chosen: Sequence[date], asked: Sequence[date], *, is_upstream: bool
) -> tuple[tuple[date, ...], tuple[SkippedDate, ...]]:
    """Return those of the chosen dates that can be compared, and the dates `asked` for that cannot, each with the reason."""
    skipped = explain_skipped(work, (*chosen, *asked), with_open=is_upstream)
    without = {one.day for one in skipped}
    return tuple(day for day in chosen if day not in without), skipped


def _within(days: set[date], since: date | None, until: date | None) -> list[date]:
    return sorted(day for day in days if (since is None or day >= since) and (until is None or day <= until))
