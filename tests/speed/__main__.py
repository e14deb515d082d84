"""Measure every goal, print the table, write it into the documentation, and end with 1 where a goal is not met.

`python -m tests.speed 218` measures an archive of 218 digests, an eighth of the whole one, which has 1,747. What fails does not
keep the rest from being measured.
"""

from __future__ import annotations

import argparse
import compileall
import gc
import os
import sys
import traceback
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING

import syncd
from syncd.cli import COLLECTION
from tests.speed import checking, database, pace, rebuilding, recent_days, serving, starting, upstream
from tests.speed.goals import format_table, write_page
from tests.speed.reference_archive import DIGESTS, MEAN_ENTRIES, make_archive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.speed.goals import Goal
    from tests.speed.reference_archive import ReferenceArchive

    Part = tuple[str, Callable[[], Iterable[Goal]]]

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
_DEFAULT = 218


def list_parts(archives: list[ReferenceArchive], scratch: Path) -> list[Part]:
    """Return what is measured, in order, with its name. The archives are a quarter, a half and the whole of its size."""
    quarter, *_, whole = archives
    return [
        ("listing page", lambda: upstream.measure_listing_page(scratch / "page")),
        ("second sync", lambda: upstream.measure_second_sync(scratch / "sync")),
        ("plan of a backfill", lambda: upstream.measure_plan(scratch / "plan")),
        ("backfill at arXiv's rate", lambda: pace.measure_pace(scratch / "pace")),
        ("checks and comparisons", lambda: checking.measure_checks(whole)),
        ("check after which nothing changed", lambda: checking.measure_quick_check(whole, whole.folder / "offered")),
        ("growth of checks", lambda: checking.measure_growth(archives)),
        ("cold starts", lambda: starting.measure_starts(whole)),
        ("adoption and repair", lambda: rebuilding.measure_rebuilding(archives, scratch / "rebuilt")),
        ("the same on PostgreSQL", lambda: rebuilding.measure_on_server(quarter, scratch / "server")),
        ("database", lambda: database.measure_database(len(whole.files) * MEAN_ENTRIES, scratch / "database")),
        ("recent days", lambda: recent_days.measure_recent_days(whole, scratch / "recent")),
        ("web pages", lambda: serving.measure_serving(whole)),
    ]


def measure(parts: Iterable[Part]) -> tuple[list[Goal], list[str]]:
    """Return the goals, and what could not be measured, with the error. Progress goes to standard error."""
    goals: list[Goal] = []
    failed: list[str] = []
    for name, part in parts:
        begun = monotonic()
        try:
            for goal in part():
                goals.append(goal)
                print(goal, file=sys.stderr, flush=True)
        except Exception as error:  # noqa: BLE001  one part must not end the others
            traceback.print_exc()
            failed.append(f"{name} ({type(error).__name__})")
        print(f"{name}: {monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return goals, failed


def main() -> int:
    """Return 0 where every goal is met."""
    parser = argparse.ArgumentParser(prog="python -m tests.speed", description="Measure the goals of speed.")
    parser.add_argument(
        "digests", nargs="?", type=int, default=_DEFAULT, help=f"size of the archive, at most {DIGESTS}"
    )
    count = parser.parse_args().digests
    # As every command does.
    gc.set_threshold(*COLLECTION)
    # As an installer does: where Python may write no bytecode, each cold start would compile what was changed since.
    compileall.compile_dir(syncd.__path__[0], quiet=1)
    begun, load = monotonic(), os.getloadavg()[0]
    with TemporaryDirectory(prefix="syncd-speed-") as folder:
        archives = [make_archive(Path(folder, str(part)), max(1, count // part)) for part in (4, 2, 1)]
        size = archives[-1].size
        goals, failed = measure(list_parts(archives, Path(folder)))
    load = (load + os.getloadavg()[0]) / 2
    described = (
        f"Measured on {count:,} of {DIGESTS:,} digests, {size / 1e6:,.0f} MB, in {(monotonic() - begun) / 60:.0f} minutes on "
        f"{os.cpu_count()} cores with a mean load of {load:.1f} (a quiet machine: 1)."
    )
    print(f"{described}\n\n{format_table(goals)}", *(f"Not measured: {one}" for one in failed), sep="\n")
    write_page(PAGE, described, goals, failed)
    return 0 if all(goal.is_met for goal in goals) and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
