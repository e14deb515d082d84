"""Differences of all kinds planted at random are all found, each with its code, paper and date, and nothing else is."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from syncd.usecases.compare import run, select
from syncd.usecases.compare.file_comparison import compare_files
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.support.planted_differences import KINDS, Expected, Garden, fill, plain_history
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.core.results import Comparison
    from syncd.rehearsal.history import History

SINCE, UNTIL = date(2026, 3, 30), date(2026, 7, 31)
SILENT = [date(2026, 4, 25) + timedelta(days) for days in range(70)]
"""Dates without a mailing between those that only the API reaches and those of catchup pages."""


@pytest.fixture(scope="module")
def history() -> History:
    return plain_history(Random(1), SINCE, UNTIL, 20, SILENT)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, history: History) -> Path:
    """A folder with an archive that is true to the letter; half of it lies beyond the reach of catchup pages."""
    folder = tmp_path_factory.mktemp("held")
    with world(folder, noon(UNTIL), history) as here:
        fill(here)
    return folder


@pytest.fixture
def here(held: Path, history: History, tmp_path: Path) -> Iterator[World]:
    shutil.copytree(held, tmp_path / "archive")
    with world(tmp_path / "archive", noon(UNTIL), history) as made:
        yield made


def found(here: World) -> dict[str, set[Expected]]:
    """Everything that the two comparisons find in the whole archive."""
    with here.open() as work:
        days = select.list_all_held_days(work)
        means = UpstreamAccess(here, here.upstream, RunControl())
        upstream = run.gather(run.compare(work, means, select.Selection(tuple(days))))
        files = compare_files(work, days, sql_first=False)
    assert upstream.error is None
    return {"upstream": keys(upstream), "files": keys(files)}


def keys(compared: Comparison) -> set[Expected]:
    return {(change.day, change.code, change.id) for change in compared.changes}


def test_a_true_archive_differs_in_nothing(here: World) -> None:
    assert found(here) == {"upstream": set(), "files": set()}


@pytest.mark.parametrize("seed", [2, 22])
def test_every_planted_difference_is_found_under_its_code_and_nothing_else_is(here: World, seed: int) -> None:
    with here.open() as work:
        garden = Garden(here, work, Random(seed))
        assert garden.plant(120) > 70
    assert found(here) == garden.expected


def test_differences_of_all_kinds_are_planted(here: World) -> None:
    with here.open() as work:
        garden = Garden(here, work, Random(4))
        planted = Counter({kind: plant(garden, dict(here.server.history.by_id)) for kind, plant in KINDS.items()})
    assert [kind for kind in KINDS if not planted[kind]] == []
