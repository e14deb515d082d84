"""The figures of the report that are counted by month, and the sizes. Nothing is asked upstream."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.archive.sql import measurements
from syncd.core.mailing import announced_at
from syncd.core.report_facts import ArchiveSizes, GitState, MonthDelays, MonthRequests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime
    from pathlib import Path

    from syncd.usecases.workspace import Workspace

_SOON, _SAME_DAY = timedelta(hours=1), timedelta(days=1)
_PAUSING = frozenset({403, 429, 503})


def count_delays(work: Workspace) -> tuple[MonthDelays, ...]:
    """Return how soon the mailings of each month were recorded, ascending. A month without one whose listing was seen is out."""
    counts: Counter[tuple[date, str]] = Counter()
    for day, recorded in measurements.list_first_seen(work.database).items():
        counts[day.replace(day=1), _classify(day, recorded)] += 1
    months = sorted({first for first, _ in counts})
    return tuple(MonthDelays(first, *(counts[first, kind] for kind in ("hour", "day", "later"))) for first in months)


def _classify(day: date, recorded: datetime) -> str:
    delay = recorded - announced_at(day)
    return "hour" if delay <= _SOON else "day" if delay <= _SAME_DAY else "later"


def count_requests(work: Workspace) -> tuple[MonthRequests, ...]:
    """Return the requests of each month that has one, ascending."""
    counts: Counter[tuple[date, str]] = Counter()
    for (day, status), number in measurements.count_requests_by_day(work.database).items():
        kind = "answered" if status == 200 else "paused" if status in _PAUSING else "failed"
        counts[day.replace(day=1), kind] += number
    months = sorted({first for first, _ in counts})
    return tuple(
        MonthRequests(first, *(counts[first, kind] for kind in ("answered", "paused", "failed"))) for first in months
    )


def measure_sizes(work: Workspace, measure: Callable[[Path], int | None]) -> ArchiveSizes:
    """Return the sizes of digests, database and vault. `measure` returns the bytes in a folder, None where it cannot be read."""
    vault = work.config.archive.vault
    return ArchiveSizes(
        digests=measurements.folder_bytes(work.database, work.store.replica),
        database=measurements.database_bytes(work.database),
        vault=measure(vault) if vault is not None else None,
    )


def measure_folder(folder: Path) -> int | None:
    """Return the bytes of all files in a folder. None where it cannot be read."""
    try:
        return sum(_list_sizes(str(folder)))
    except OSError:
        return None


def _list_sizes(folder: str) -> Iterator[int]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _list_sizes(entry.path)
            else:
                yield entry.stat(follow_symlinks=False).st_size


def read_git(work: Workspace) -> GitState | None:
    """Return how the checkout stands that is published from. None where `publish.git` is off. Nothing is fetched."""
    if not work.config.publish.git:
        return None
    from syncd.usecases.publish.git_checkout import GitError, open_checkout

    try:
        checkout = open_checkout(work.folder.root, os.environ, lambda: False)
        branch = checkout.read_branch()
        commit = checkout.find_commit(branch)
        known = {path for path, _ in work.folder.days()}
        changed = (path.removeprefix(checkout.prefix) for path in checkout.list_changed())
        waiting = known.intersection((*changed, *checkout.list_untracked()))
        remote = checkout.find_commit(f"{branch.removeprefix('refs/heads/')}@{{upstream}}")
        is_pushed = None if remote is None or commit is None else remote == commit
    except (GitError, OSError) as error:
        return GitState(problem=str(error))
    return GitState(branch.removeprefix("refs/heads/"), commit, len(waiting), is_pushed)
