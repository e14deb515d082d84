"""The command behind `make mutants`: which modules, which tests, and what is printed."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mutants.changes import ROOT, Mutant, list_mutants
from tests.mutants.children import Task, run_in_children
from tests.mutants.runs import Recording, is_noticed, record

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOMS: dict[str, tuple[str, ...]] = {
    "syncd/core": ("tests/core",),
    "syncd/web": ("tests/web",),
    "syncd/usecases/reconcile": ("tests/usecases/reconcile",),
    "syncd/usecases/ingest": ("tests/usecases/ingest",),
    "syncd/daemon/schedule.py": ("tests/daemon/test_schedule.py",),
}
"""The pure half and the decisions, each with the tests that must notice a change in it."""

ENOUGH = 0.9
"""The share of a room's mutants that its tests must notice."""

SAMPLE = "12"
"""Mutants of each module, unless more are asked for: all of them take hours."""

BUDGET = 25.0
"""Seconds of tests that a mutant is given at most, by what they take with nothing changed: the slowest tests stay out.

The tests that call the client's `get` take 20 seconds together. A smaller budget leaves some of them out, and a change that
only they notice is listed as noticed by none.
"""

LIMIT = 60.0
"""Seconds of the processor after which a mutant is taken to run for ever."""

HEAVY = (
    "apscheduler.schedulers.background",
    "feedparser",
    "httpx",
    "hypothesis",
    "respx",
    "selectolax",
    "sqlalchemy.orm",
)
"""Libraries to import once here rather than in each child."""


def main() -> int:
    """Print survivors and shares; return 0 when every room has enough, 1 when not, 2 when a test fails with nothing changed."""
    parser = argparse.ArgumentParser(prog="make mutants", description=main.__doc__)
    parser.add_argument("paths", nargs="*", default=list(ROOMS), help="modules or folders, the rooms by default")
    parser.add_argument("--sample", default=SAMPLE, help=f"mutants of each module, or `all` (default {SAMPLE})")
    arguments = parser.parse_args()
    for library in HEAVY:
        importlib.import_module(library)
    mutants = [
        (path, mutant)
        for path in arguments.paths
        for module in list_modules(path)
        for mutant in islice(list_mutants(module), None if arguments.sample == "all" else int(arguments.sample))
    ]
    recordings = record_rooms({find_room(path) for path in arguments.paths})
    if recordings is None:
        return 2
    return report(check(mutants, recordings))


def list_modules(path: str) -> list[str]:
    """Return the modules in a folder of the package by their paths from the root, or the one module named."""
    folder = ROOT / path
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder]
    return [str(file.relative_to(ROOT)) for file in files]


def find_room(path: str) -> str:
    """Return the room that holds a path; outside the rooms, its own folder."""
    folder = path if (ROOT / path).is_dir() else str(Path(path).parent)
    return next((room for room in ROOMS if path == room or path.startswith(f"{room}/")), folder)


def record_rooms(rooms: set[str]) -> dict[str, Recording] | None:
    """Return what the tests of each room do; None when a test fails with nothing changed."""
    tests = {room: ROOMS.get(room, (room.replace("syncd", "tests", 1),)) for room in sorted(rooms)}
    files = [(room, file) for room, paths in tests.items() for path in paths for file in list_modules(path)]
    tasks = [Task(record, (file,), 600.0) for _, file in files if Path(file).name.startswith("test_")]
    room_of = {file: room for room, file in files}
    recordings = {room: Recording() for room in rooms}
    for task, result in run_in_children(tasks, os.cpu_count() or 1):
        file = task.arguments[0]
        code, recording = result or (None, Recording())
        if code not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            print(f"{file}: a test fails with nothing changed, so that it can show nothing (pytest ended with {code})")
            return None
        recordings[room_of[file]].seconds |= recording.seconds
        recordings[room_of[file]].functions |= recording.functions
    return recordings


def choose_tests(mutant: Mutant, recording: Recording) -> list[str]:
    """Return the tests that may notice a mutant, the fastest first and no more than the budget allows.

    For a change in a function only the tests that call it count. A change of what runs at import may show in any test, so that
    the test file named for the module comes first: a budget spent on the fastest tests of the room might not reach it.
    """
    first, last = mutant.function or (0, sys.maxsize)
    reaching = [
        test
        for test, functions in recording.functions.items()
        if any(path == mutant.path and first <= line <= last for path, line in functions)
    ]
    own_file = f"/test_{Path(mutant.path).stem}.py::"

    def rank(test: str) -> tuple[bool, float]:
        return mutant.function is None and own_file not in test, recording.seconds[test]

    chosen: list[str] = []
    seconds = 0.0
    for test in sorted(reaching if mutant.function else recording.seconds, key=rank):
        seconds += recording.seconds[test]
        if chosen and seconds > BUDGET:
            break
        chosen.append(test)
    return chosen


def check(mutants: Sequence[tuple[str, Mutant]], recordings: dict[str, Recording]) -> list[tuple[str, bool]]:
    """Run the tests of each mutant and print each survivor; return for each the path it was asked for and if it was noticed."""
    tasks, paths, results = [], {}, []
    for path, mutant in mutants:
        paths[mutant] = path
        tasks.append(Task(is_noticed, (mutant, choose_tests(mutant, recordings[find_room(mutant.path)])), LIMIT))
    for done, (task, noticed) in enumerate(run_in_children(tasks, os.cpu_count() or 1), start=1):
        mutant = task.arguments[0]
        results.append((paths[mutant], noticed is not False))  # a mutant that hangs or dies is noticed as well
        if noticed is False:
            print(f"{mutant.path}:{mutant.line}: {mutant.before}\n    became {mutant.after}", flush=True)
        if sys.stderr.isatty():
            print(f"{done} of {len(tasks)}", end="\r", file=sys.stderr)
    return results


def report(results: Sequence[tuple[str, bool]]) -> int:
    """Print the share of mutants noticed by path; return 1 when one of them has too few."""
    made = Counter(path for path, _ in results)
    noticed = Counter(path for path, seen in results if seen)
    for path, count in sorted(made.items()):
        print(f"{noticed[path] / count:6.1%}  {noticed[path]:4} of {count:4}  {path}")
    return int(any(noticed[path] < ENOUGH * count for path, count in made.items()))


if __name__ == "__main__":
    sys.exit(main())
