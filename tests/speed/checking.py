"""What checks and comparisons of files and rows cost: goals 1, 2, 3 and 13."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from math import inf, log
from statistics import linear_regression
from typing import TYPE_CHECKING

from syncd.core.plural import pluralize
from syncd.usecases.compare.file_comparison import compare_files
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.inspect.day_problems import find_format_problems
from tests.speed.goals import Goal
from tests.speed.measurement import SYNCD, process, run, run_beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from syncd.usecases.workspace import Workspace
    from tests.speed.reference_archive import ReferenceArchive

_ROUNDS = 4
_SHA256SUM = "`sha256sum` of the digests"


def measure_checks(archive: ReferenceArchive) -> Iterator[Goal]:
    """Yield goals 1 and 3: what reads everything against `sha256sum` of the same files."""
    hashed = run(["sha256sum", *map(str, archive.files)], rounds=5).seconds
    with archive.open() as work:
        days = sorted(work.store.mailings())
        by_format = process(lambda: _check_formats(work), rounds=3)
        yield Goal(1, "file part of `check --full`", _SHA256SUM, 1.2, by_format / hashed)
        yield Goal(
            1, "`check --full`", _SHA256SUM, 3, process(lambda: check(work, Scope(full=True)), rounds=3) / hashed
        )
        compared = process(lambda: compare_files(work, days, sql_first=True), rounds=3)
        yield Goal(3, "`diff --against files`", _SHA256SUM, 3, compared / hashed)
    yield from measure_changed_days(archive)
    full = run(_command(archive, "check", "--full"))
    yield Goal(1, "memory of `check --full`", "–", 64, full.memory, "MB")
    yield Goal(
        3,
        "memory of `diff --against files`",
        "–",
        80,
        run(_command(archive, "diff", "--against", "files")).memory,
        "MB",
    )


def measure_changed_days(archive: ReferenceArchive) -> Iterator[Goal]:
    """Yield goal 3 for half of all days, 100 at most, with a changed file: what they add, against these days alone.

    Of fewer days, it would be lost in the differences between two runs.
    """
    with archive.open() as work:
        days = sorted(work.store.mailings())
        changed = days[1::2][:100]
        with _changed_files(work, changed):
            alone = process(lambda: compare_files(work, changed, sql_first=True), rounds=5)
            beside = process(lambda: compare_files(work, days, sql_first=True), rounds=5)
        unchanged = process(lambda: compare_files(work, days, sql_first=True), rounds=5)
    what = f"{pluralize(len(changed), 'changed day')} in `diff --against files`, beyond none"
    yield Goal(3, what, "`diff` of these days", 1.05, (beside - unchanged) / alone)


@contextmanager
def _changed_files(work: Workspace, days: Sequence[date]) -> Iterator[None]:
    """Let the file of each day have another abstract for the time of the block."""
    held = {work.folder.full_path(day): work.folder.read(day) or b"" for day in days}
    for path, data in held.items():
        path.write_bytes(data.replace(b"\n>  ", b"\n>  Changed: ", 1))
    yield
    for path, data in held.items():
        path.write_bytes(data)


def measure_quick_check(archive: ReferenceArchive, checkout: Path) -> Iterator[Goal]:
    """Yield goal 2: a check after which nothing changed. The checkout has the same files, under Git."""
    for arguments in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *arguments], cwd=checkout, check=True)
    status = ["git", "-C", str(checkout), "status", "--short", "--untracked-files=all"]
    run(status)
    git = run(status, rounds=9).seconds
    with archive.open() as work:
        check(work, Scope())
        quick = process(lambda: check(work, Scope()), rounds=5)
    yield Goal(2, "`check`, nothing changed, in process", "`git status`", 3, quick / git)
    cold = run_beside(_command(archive, "check"), [sys.executable, "-c", "pass"], rounds=7)
    yield Goal(2, "`check`, nothing changed, cold", "`python -c pass`", 30, cold)


def measure_growth(archives: Sequence[ReferenceArchive]) -> Iterator[Goal]:
    """Yield goal 13: how the time grows with the archive. Twice the archive takes two to the power of the exponent as long."""
    times: dict[str, list[float]] = {what: [inf] * len(archives) for what in ("check --full", "diff --against files")}
    # In turns, and the least of each: what else the machine does only adds, and not always as much.
    for number, archive in [*enumerate(archives)] * _ROUNDS:
        with archive.open() as work:
            days = sorted(work.store.mailings())
            checked = process(lambda: check(work, Scope(full=True)))
            compared = process(lambda: compare_files(work, days, sql_first=True))  # noqa: B023  called at once
        for what, taken in zip(times, (checked, compared), strict=True):
            times[what][number] = min(times[what][number], taken)
    sizes = [log(archive.size) for archive in archives]
    for what, least in times.items():
        exponent = linear_regression(sizes, [log(one) for one in least]).slope
        yield Goal(13, f"growth of `{what}`", "a half and a quarter of the archive", 1.05, exponent, "(exponent)")
    for command in (["check", "--full"], ["diff", "--against", "files"]):
        quarter, whole = (run(_command(archive, *command)).memory for archive in (archives[0], archives[-1]))
        what = f"memory of `{' '.join(command)}`"
        yield Goal(13, what, "a quarter of the archive", 1.05, whole / quarter)


def _check_formats(work: Workspace) -> None:
    for day, _ in work.folder.days():
        found = work.folder.read_with_stat(day)
        if found is not None and any(find_format_problems(work, day, found[0])):
            raise RuntimeError(f"the file of {day} is not sound")


def _command(archive: ReferenceArchive, *arguments: str) -> list[str]:
    return [SYNCD, *archive.with_config(*arguments)]
