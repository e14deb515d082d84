"""Pages of bulk metadata that are in the vault and not yet in the database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.model import PaperId
from syncd.usecases.backfill.harvest import DateRange, harvest
from syncd.usecases.progress import Cancelled, RunControl
from tests.support import faults
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.usecases.progress import Progress

DATES = DateRange(date(2026, 6, 30), date(2026, 7, 13))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(DATES.last)) as made:
        made.server.oai_page = 10
        yield made


def run(here: World, stop_at: int = 0) -> None:
    """Harvest, and stop after some pages where `stop_at` says so."""
    control = RunControl()

    def report(progress: Progress) -> None:
        if progress.done == 10 * stop_at:
            control.cancel.set()

    stopping = RunControl(report, control.cancel) if stop_at else control
    with here.open() as work:
        harvest(work, here, DATES, stopping)


def known(here: World) -> list[str]:
    with here.open() as work:
        assert work.store.list_harvested_pages(work.store.replica) == []
        return [seen.id for seen in work.store.list_submissions()]


@pytest.fixture
def everything(tmp_path: Path) -> list[str]:
    with world(tmp_path / "undisturbed", noon(DATES.last)) as undisturbed:
        run(undisturbed)
        return known(undisturbed)


def test_pages_of_a_stopped_run_are_read_from_the_vault(here: World, everything: list[str]) -> None:
    with pytest.raises(Cancelled):
        run(here, stop_at=2)
    with here.open() as work:
        assert len(work.store.list_harvested_pages(work.store.replica)) == 2
        assert list(work.store.list_submissions()) == []
    run(here)
    assert len(set(here.asked)) == len(here.asked)
    assert known(here) == everything


@pytest.mark.parametrize("vault", ["vault", ""])
def test_deleted_records_are_kept_with_their_moment_also_those_of_a_stopped_run(here: World, vault: str) -> None:
    if not vault:
        here.overrides["archive.vault"] = ""
    run(here)
    gone = [PaperId(one) for one in known(here)[:12]]
    here.later = timedelta(days=4)
    here.sql("DELETE FROM syncd_harvest")
    here.server.faults.add(faults.deleted(gone).on("/oai*", times=None))
    with pytest.raises(Cancelled):
        run(here, stop_at=1)
    run(here)
    with here.open() as work:
        found = work.store.get_deletions(gone)
        assert work.store.list_odd_papers() == []
    assert found.keys() == set(gone)
    assert {one.source for one in found.values()} == {"oai"}
    assert min(one.seen for one in found.values()) > datetime.now(UTC) + timedelta(days=3)
    here.sql("DELETE FROM syncd_harvest")
    here.later *= 2
    here.server.faults.clear()
    run(here)
    with here.open() as work:
        assert work.store.get_deletions(gone) == {}


def test_a_page_that_the_vault_lost_is_asked_for_again(here: World, everything: list[str]) -> None:
    with pytest.raises(Cancelled):
        run(here, stop_at=2)
    with here.open() as work:
        lost = work.store.list_harvested_pages(work.store.replica)[0]
    (here.folder / "vault" / "objects" / lost.sha256[:2] / f"{lost.sha256}.gz").unlink()
    run(here)
    assert any(f"from={lost.modified_from}&until={lost.modified_until}" in asked for asked in here.asked)
    assert known(here) == everything


def test_the_pages_of_another_host_are_left_to_it(here: World, everything: list[str]) -> None:
    with pytest.raises(Cancelled):
        run(here, stop_at=2)
    here.sql(
        "UPDATE syncd_harvested_page SET replica = 'another'",
        "UPDATE syncd_harvest SET key = replace(key, 'slice ', 'slice x')",
    )
    run(here)
    assert known(here) == everything
    assert here.asked.count(here.asked[0]) == 2


def test_without_a_vault_each_page_is_loaded_when_it_comes(here: World, everything: list[str]) -> None:
    here.overrides["archive.vault"] = ""
    with pytest.raises(Cancelled):
        run(here, stop_at=2)
    assert 0 < len(known(here)) < len(everything)
    run(here)
    assert len(set(here.asked)) == len(here.asked)
    assert known(here) == everything
