"""Measure every goal, print the table, write it into the documentation, and end with 1 where a goal is not met.

`python -m tests.speed 218` measures an archive of 218 digests, an eighth of the whole one, which has 1,747.
"""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from syncd.cli.main import _COLLECTION
from tests.speed import checking, database, rebuilding, serving, starting, upstream
from tests.speed.goals import format_table, write_page
from tests.speed.reference_archive import DIGESTS, MEAN_ENTRIES, make_archive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.speed.goals import Goal
    from tests.speed.reference_archive import ReferenceArchive

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
_DEFAULT = 218


def measure(archives: list[ReferenceArchive], scratch: Path) -> Iterator[Goal]:
    """Yield all goals. The archives are a quarter, a half and the whole of what is measured."""
    whole = archives[-1]
    yield from upstream.measure_listing_page(scratch / "page")
    yield from upstream.measure_second_sync(scratch / "sync")
    yield from upstream.measure_plan(scratch / "plan")
    yield from checking.measure_checks(whole)
    yield from checking.measure_quick_check(whole, whole.folder / "offered")
    yield from checking.measure_growth(archives)
    yield from starting.measure_starts(whole)
    yield from rebuilding.measure_rebuilding(scratch / "rebuilt", len(whole.files))
    yield from serving.measure_serving(whole)
    yield from database.measure_database(len(whole.files) * MEAN_ENTRIES, scratch / "database")


def main() -> int:
    """Return 0 where every goal is met."""
    parser = argparse.ArgumentParser(prog="python -m tests.speed", description="Measure the goals of speed.")
    parser.add_argument(
        "digests", nargs="?", type=int, default=_DEFAULT, help=f"size of the archive, at most {DIGESTS}"
    )
    count = parser.parse_args().digests
    # As every command does.
    gc.set_threshold(*_COLLECTION)
    with TemporaryDirectory(prefix="syncd-speed-") as folder:
        archives = [make_archive(Path(folder, str(part)), max(1, count // part)) for part in (4, 2, 1)]
        goals = list(measure(archives, Path(folder)))
        size = sum(path.stat().st_size for path in archives[-1].files)
    described = f"Measured on {count:,} of {DIGESTS:,} digests, {size / 1e6:,.0f} MB."
    print(f"{described}\n\n{format_table(goals)}")
    write_page(PAGE, described, goals)
    return 0 if all(goal.is_met for goal in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
