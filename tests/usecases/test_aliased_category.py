"""An archive whose category has two names: what upstream calls by either is of the same category, everywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core import categories
from syncd.core.model import Section, Severity
from syncd.core.reasons import severity
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.backfill.harvest import DateRange, harvest
from syncd.usecases.backfill.month_check import compare_months
from syncd.usecases.compare.run import compare, gather
from syncd.usecases.compare.select import Selection
from syncd.usecases.ingest import sync
from syncd.usecases.ingest.upstream_client import ListingClient
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.support.compared_archive import BEYOND_REACH, DAYS, LAST
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.web import Response


@dataclass(frozen=True)
class Renamed:
    """The arXiv of a world, asked for eess.SY: it answers with the papers of cs.CV, whose records say cs.CV."""

    here: World

    def get(self, url: str, *, expect: str) -> Response:
        assert "cs.CV" not in url
        assert "cs:cs:CV" not in url
        asked = url.replace("eess:eess:SY", "cs:cs:CV").replace("eess.SY", "cs.CV")
        return replace(self.here.get(asked, expect=expect), url=url)

    @property
    def access(self) -> UpstreamAccess:
        return UpstreamAccess(self, ListingClient(self, self.here.server.url, "eess.SY"), RunControl())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An archive of eess.SY. For these tests cs.CV is its other name, as cs.SY is."""
    monkeypatch.setitem(categories._CANONICAL, "cs.CV", "eess.SY")
    with world(tmp_path, noon(LAST)) as made:
        yield made


def sections(here: World, day: date) -> dict[str, Section | None]:
    with here.open() as work:
        found = work.store.digest(day)
    assert found is not None
    assert found.category == "eess.SY"
    return {entry.id: entry.section for entry in found.entries}


def true_sections(here: World, day: date) -> dict[str, Section | None]:
    mailing = here.server.history.mailings[day, "cs.CV"]
    new: dict[str, Section | None] = {work.id: Section.NEW for work in mailing.new}
    return new | {work.id: Section.CROSS for work in mailing.cross}


def test_sync_takes_both_names_and_a_second_source_agrees(here: World) -> None:
    with here.open() as work:
        (done,) = sync.sync(work, Renamed(here).access.listing, [LAST], witness=True).days
        mailing = work.store.mailing(LAST)
    assert done.error is None
    assert mailing is not None
    assert "agreed by" in mailing.evidence
    assert sections(here, LAST) == true_sections(here, LAST)


def test_backfill_finds_the_papers_of_both_names_and_so_does_the_month_check(here: World) -> None:
    access = Renamed(here).access
    with here.open() as work:
        done = backfill(work, access, BackfillRequest(DAYS[0], LAST, "oai"))
        held = [day for day in DAYS if work.store.mailing(day)]
        months = compare_months(work, access.listing, held, access.control)
    assert done.run.error is None
    assert len(held) >= len(DAYS) - 1
    for day in held[1:]:
        found, truth = sections(here, day), true_sections(here, day)
        assert {paper: section for paper, section in found.items() if paper in truth} == {
            paper: section for paper, section in truth.items() if paper in found
        }
        assert Section.NEW in found.values()
    assert months.months
    assert not [paper for month in months.months for paper in month.only_known]


@pytest.mark.parametrize(("source", "later"), [("auto", False), ("rss", False), ("oai", True), ("api", True)])
def test_no_source_of_a_comparison_takes_the_other_name_for_a_fault(here: World, source: str, later: bool) -> None:
    access = Renamed(here).access
    with here.open() as work:
        sync.sync(work, access.listing, DAYS)
    here.now += BEYOND_REACH if later else timedelta(0)
    days = (LAST,) if source == "rss" else tuple(DAYS)
    with here.open() as work:
        found = gather(compare(work, access, Selection(days, source)))
    assert found.error is None
    assert found.days == len(days)
    assert [change for change in found.changes if severity(change.code) is Severity.FAULT] == []


def test_an_archive_under_an_alias_asks_for_the_canonical_set(here: World) -> None:
    with here.open() as work:
        held = replace(work, config=replace(work.config, archive=replace(work.config.archive, category="cs.CV")))
        harvest(held, Renamed(here), DateRange(DAYS[0], LAST), RunControl())
        assert work.store.harvest("oai eess:eess:SY") is not None
