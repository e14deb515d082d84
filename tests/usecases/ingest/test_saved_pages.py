"""A dry run over saved pages tells what the real run then does, guard by guard, and leaves every byte as it was."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from syncd.core.errors import FolderError
from syncd.core.model import Digest, State
from syncd.core.results import Done
from syncd.usecases.ingest import sync
from syncd.usecases.ingest.saved_pages import ingest_saved_pages
from syncd.usecases.reconcile.write import Provenance, write_mailing
from syncd.usecases.workspace import Access
from tests.support import faults
from tests.support.small_archive import World, noon, world
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syncd.core.results import DayOutcome
    from syncd.rehearsal.faults import Fault

    Summary = tuple[object, ...]

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
HELD, LAST = DAYS[:3], DAYS[-1]
NO_FAULT = faults.Fault("none")
EMPTY = faults.Fault("empty", sheet=lambda sheet, _: replace(sheet, blocks=(), stated=0))


class Pages:
    """A world in which the first days are held, and a folder in which pages of it are saved by hand."""

    def __init__(self, here: World) -> None:
        self.here = here
        self.folder = here.folder.parent / "saved"
        self.paths: list[Path] = []
        self.folder.mkdir()

    def save(self, target: date | str, fault: Fault = NO_FAULT) -> None:
        path = target if isinstance(target, str) else f"/catchup/cs.CV/{target}?abs=True"
        self.here.server.faults.add(fault.on())
        self.keep(self.here.get(f"{self.here.server.url}{path}", expect="html").body)

    def keep(self, body: bytes) -> None:
        self.paths.append(self.folder / f"{len(self.paths)}.html")
        self.paths[-1].write_bytes(body)


NEW = "/list/cs.CV/new"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    with world(tmp_path / "world", noon(LAST)) as here:
        copy_synced(here.folder, noon(LAST), HELD)
        here.configure()
        yield Pages(here)


def digest_of(here: World, day: date) -> Digest:
    """What an archive of its own holds of the day."""
    with world(here.folder.parent / "other", here.now) as other, other.open() as work:
        sync.sync(work, other.upstream, [day])
        digest = work.store.digest(day)
    assert digest is not None
    return digest


def adopt(here: World, digest: Digest) -> None:
    with here.open() as work:
        write_mailing(work, digest, Provenance(State.ADOPTED, "adopted", "a file", None))


def several(pages: Pages) -> None:
    for day in (DAYS[5], DAYS[3], DAYS[4]):
        pages.save(day)


def parts(pages: Pages) -> None:
    pages.here.server.catchup_page = 2
    for number in (3, 1, 2):
        pages.save(f"/catchup/cs.CV/{DAYS[4]}?abs=True&page={number}")


def a_part(pages: Pages) -> None:
    pages.here.server.catchup_page = 2
    pages.save(f"/catchup/cs.CV/{DAYS[4]}?abs=True&page=1")


def no_pages(pages: Pages) -> None:
    pages.keep(b"<html><p>Not arXiv.</p></html>")
    pages.save("/list/cs.CV/recent")
    pages.save(DAYS[3])


def twice(pages: Pages) -> None:
    pages.save(NEW)
    pages.save(LAST)


def shrinking(pages: Pages) -> None:
    pages.save(NEW)
    pages.save(LAST, faults.hidden([pages.here.server.history.mailings[LAST, "cs.CV"].new[0].id]))


def growing(pages: Pages) -> None:
    pages.save(LAST, faults.hidden([pages.here.server.history.mailings[LAST, "cs.CV"].new[0].id]))
    pages.save(NEW)


def emptied(pages: Pages) -> None:
    pages.save(NEW)
    pages.save(LAST, EMPTY)


def empty_before_a_later_one(pages: Pages) -> None:
    pages.save(LAST)
    pages.save(NEW, replace(EMPTY, sheet=lambda sheet, _: replace(sheet, blocks=(), stated=0, day=DAYS[5])))


def of_another_date(pages: Pages) -> None:
    pages.save(DAYS[3])
    pages.save(DAYS[3], faults.wrong_date(DAYS[4]))


def behind_the_block(pages: Pages) -> None:
    pages.save(DAYS[6])
    pages.save(DAYS[5], faults.wrong_date(LAST))


def before_the_block(pages: Pages) -> None:
    pages.save(DAYS[4])
    pages.save(DAYS[5], faults.wrong_date(DAYS[3]))


def small(pages: Pages) -> None:
    for day in DAYS[3:-1]:
        pages.save(day)
    mailing = pages.here.server.history.mailings[LAST, "cs.CV"]
    pages.save(LAST, faults.hidden([paper.id for paper in (*mailing.new, *mailing.cross)][1:]))


def held_in_full(pages: Pages) -> None:
    pages.save(HELD[1])


def held_and_stale(pages: Pages) -> None:
    pages.save(DAYS[3], faults.stale_entries())


def adopted(pages: Pages) -> None:
    adopt(pages.here, digest_of(pages.here, DAYS[3]))
    pages.save(DAYS[3])


def adopted_with_other_papers(pages: Pages) -> None:
    digest = digest_of(pages.here, DAYS[3])
    adopt(pages.here, replace(digest, entries=digest.entries[1:]))
    pages.save(DAYS[3])


def in_the_way(pages: Pages) -> None:
    pages.here.file(DAYS[3]).write_bytes(b"a person's notes\n")
    pages.here.file(DAYS[4]).mkdir()
    pages.save(DAYS[3])
    pages.save(DAYS[4])


def cut_off(pages: Pages) -> None:
    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == "row":
            raise Killed

    pages.save(DAYS[3])
    with pages.here.open(steps=kill) as work, pytest.raises(Killed):
        ingest_saved_pages(work, pages.paths)


def faulty(fault: Fault) -> Callable[[Pages], None]:
    def prepare(pages: Pages) -> None:
        pages.save(DAYS[4], fault)

    return prepare


REASONS = {
    several: ["", "", ""],
    parts: [""],
    a_part: ["missing-entries"],
    no_pages: ["no-heading", "no-abstracts", ""],
    twice: ["", ""],
    shrinking: ["", "shrunk"],
    growing: ["", "differs-from-held"],
    emptied: ["", "shrunk"],
    empty_before_a_later_one: ["", ""],
    of_another_date: ["", "stale-source"],
    behind_the_block: ["", "stale-source"],
    before_the_block: ["", "stale-source"],
    small: ["", "", "", "", "", "doubtful"],
    held_in_full: [""],
    held_and_stale: ["stale-source"],
    adopted: [""],
    adopted_with_other_papers: ["differs-from-held"],
    in_the_way: ["conflict", "folder"],
    cut_off: [""],
    faulty(EMPTY): [""],
    faulty(faults.wrong_date(date(2026, 7, 14))): ["future-date"],
    faulty(faults.halved()): ["truncated"],
}


def shown(outcome: DayOutcome) -> Summary:
    """All that an outcome says, but the names of what was kept; what would be written is shown as planned."""
    action = Done.PLANNED if outcome.action in {Done.WRITTEN, Done.REGISTERED} else outcome.action
    error = outcome.error
    facts = None if error is None else (type(error), error.detail, *(getattr(error, n, None) for n in ("day", "url")))
    return outcome.day, outcome.state, action, outcome.path, outcome.papers, outcome.source, outcome.note, facts


def reason(outcome: DayOutcome) -> str:
    return "" if outcome.error is None else getattr(outcome.error, "reason", outcome.error.code)


def everything(here: World) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in here.folder.rglob("*")}


def foreseen(pages: Pages) -> tuple[DayOutcome, ...]:
    with pages.here.open(Access.READ) as work:
        return ingest_saved_pages(work, pages.paths, dry_run=True).days


def test_a_saved_page_is_kept_as_a_response_received_when_its_file_was_written(pages: Pages) -> None:
    pages.save(DAYS[3])
    (path,) = pages.paths
    os.utime(path, (1_783_000_000, 1_783_000_000))
    with pages.here.open() as work:
        ingest_saved_pages(work, pages.paths)
        (kept,) = (receipt for receipt in work.vault.receipts() if receipt.url == path.as_uri())
    assert (kept.kind, kept.status, kept.headers) == ("response", 200, ())
    assert kept.received == datetime.fromtimestamp(1_783_000_000, UTC)


def test_a_page_that_cannot_be_read_ends_the_run_before_anything_is_taken(pages: Pages) -> None:
    pages.save(DAYS[3])
    absent = pages.folder / "absent.html"
    with pages.here.open() as work, pytest.raises(FolderError) as caught:
        ingest_saved_pages(work, [*pages.paths, absent])
    assert (caught.value.path, caught.value.detail) == (str(absent), "No such file or directory")
    assert not pages.here.file(DAYS[3]).exists()


def test_a_page_larger_than_any_response_is_not_read_to_its_end(pages: Pages) -> None:
    pages.save(DAYS[3])
    (path,) = pages.paths
    size = path.stat().st_size
    with pages.here.open() as work:
        upstream = work.config.upstream
        narrow = replace(work, config=replace(work.config, upstream=replace(upstream, max_body=size - 1)))
        with pytest.raises(FolderError, match="max_body"):
            ingest_saved_pages(narrow, pages.paths)
        exact = replace(work, config=replace(work.config, upstream=replace(upstream, max_body=size)))
        assert ingest_saved_pages(exact, pages.paths).days[0].action is Done.WRITTEN


@pytest.mark.parametrize("prepare", REASONS)
def test_a_dry_run_shows_what_the_real_run_does_and_changes_nothing(
    pages: Pages, prepare: Callable[[Pages], None]
) -> None:
    prepare(pages)
    before = everything(pages.here)
    planned = foreseen(pages)
    assert everything(pages.here) == before
    with pages.here.open() as work:
        done = ingest_saved_pages(work, pages.paths).days
    assert [*map(shown, planned)] == [*map(shown, done)]
    assert {outcome.action for outcome in planned}.isdisjoint({Done.WRITTEN, Done.REGISTERED})
    assert [*map(reason, planned)] == REASONS[prepare]
