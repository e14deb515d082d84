"""What reading commands cost cold, each in a process of its own, against a Python that does nothing: goal 9."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.speed.goals import Goal
from tests.speed.measurement import SYNCD, run_beside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.speed.reference_archive import ReferenceArchive

_BARE = [sys.executable, "-c", "pass"]
_ROUNDS = 5


def measure_starts(archive: ReferenceArchive) -> Iterator[Goal]:
    """Yield goal 9: reading commands, each with the most that it may cost."""
    day, since = archive.files[-1].stem, archive.files[0].stem
    yield _measure(9, "--help", 4, ["--help"])
    for what, arguments in {
        "status": ["status"],
        "show ID": ["show", archive.find_paper()],
        "search": ["search", "depth"],
        "requests": ["requests"],
        "list": ["list"],
        "db current": ["db", "current"],
    }.items():
        yield _measure(9, what, 30, archive.with_config(*arguments))
    for what, arguments in {
        "report --list": ["report", "--list", "revised"],
        "report": ["report"],
        "backfill --plan": ["backfill", "--since", since, "--plan"],
        "replay -n DATE": ["replay", "-n", day],
        "repair -n": ["repair", "-n"],
    }.items():
        yield _measure(9, what, 45, archive.with_config(*arguments))


def _measure(number: int, what: str, most: float, arguments: list[str]) -> Goal:
    return Goal(number, f"`{what}`, cold", "`python -c pass`", most, run_beside([SYNCD, *arguments], _BARE, _ROUNDS))
