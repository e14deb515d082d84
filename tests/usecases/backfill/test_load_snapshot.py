"""Loading the public metadata set from a file: plain or packed, with bad lines, ended before its end."""

from __future__ import annotations

import gzip
import zipfile
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.core.errors import FolderError
from syncd.core.mailing import Bound
from syncd.core.model import Record, paper_id
from syncd.rehearsal.history import mailing, record
from syncd.sources import snapshot
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.backfill.load_snapshot import LoadedSnapshot, OtherBounds, load
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.support.small_archive import World, noon, world
from tests.support.snapshot_lines import snapshot_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


FIRST, LAST = date(2026, 6, 30), date(2026, 7, 13)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        yield made


def lines(here: World) -> str:
    found = [record(work, LAST) for work in here.server.history.works]
    return "".join(f"{snapshot_line(one)}\n" for one in found if one is not None)


def loaded(here: World, path: Path, control: RunControl | None = None) -> LoadedSnapshot:
    with here.open() as work:
        return load(work, path, FIRST, control or RunControl())


def written(here: World, text: str, how: str) -> Path:
    path = here.folder / f"set.{how}"
    if how == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("set.json", text)
    else:
        path.write_bytes(gzip.compress(text.encode()) if how == "gz" else text.encode())
    return path


@pytest.mark.parametrize("how", ["json", "gz", "zip"])
def test_the_digests_of_a_snapshot_hold_every_mailing_and_nothing_is_asked(here: World, how: str) -> None:
    found = loaded(here, written(here, lines(here), how))
    with here.open() as work:
        order = BackfillRequest(FIRST, LAST, "snapshot", announced=False, others=found.others)
        backfill(work, UpstreamAccess(here, here.upstream, RunControl()), order)
    assert here.asked == []
    for day in here.server.history.days:
        digest = digests.parse(here.file(day).read_bytes()).digest
        assert digest is not None
        announced = mailing(here.server.history, day, "cs.CV")
        true = {one.id for one in (*announced.new, *announced.cross) if one.announced == day}
        assert true <= {entry.id for entry in digest.entries}


def test_malformed_lines_are_counted_and_named_and_stop_nothing(here: World) -> None:
    whole = loaded(here, written(here, lines(here), "json")).records
    found = loaded(here, written(here, f"{{broken\n{lines(here)}[]\n", "json"))
    assert found.records == whole
    assert found.malformed == 2
    assert found.named[0].line == 1


@pytest.mark.parametrize("how", ["gz", "zip"])
def test_a_packed_file_that_is_cut_or_damaged_cannot_be_read(here: World, how: str) -> None:
    path = written(here, lines(here), how)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(FolderError):
        loaded(here, path)
    path.write_bytes(data[:200] + bytes(len(data) - 400) + data[-200:])
    with pytest.raises(FolderError):
        loaded(here, path)


def test_a_cancelled_load_stops_before_the_end_of_the_file(here: World) -> None:
    control = RunControl()
    control.cancel.set()
    found = loaded(here, written(here, lines(here), "json"), control)
    assert found.ended
    assert found.records == 0


@pytest.mark.parametrize("count", [19, 20, 21])
def test_twenty_malformed_lines_are_named_and_all_are_counted(here: World, count: int) -> None:
    found = loaded(here, written(here, "[]\n" * count, "json"))
    assert found.malformed == count
    assert [bad.line for bad in found.named] == list(range(1, min(count, 20) + 1))


def bound(paper: str, minute: int, datestamp: int | None) -> Bound:
    submitted = datetime(2026, 7, 1, 12, minute, tzinfo=UTC)
    return Bound(paper_id(paper), submitted, None if datestamp is None else date(2026, 7, datestamp))


def test_of_a_run_of_other_papers_the_latest_version_and_the_earliest_datestamp_are_kept() -> None:
    others = OtherBounds("2607.")
    earliest, latest = bound("2607.00002", 5, 3), bound("2607.00003", 9, 8)
    for one in (bound("2607.00001", 1, 9), earliest, latest, bound("2607.00004", 2, 7)):
        others.add(one)
    assert list(others) == [earliest, latest]
    both = bound("2607.00005", 30, 1)
    for one in (bound("2607.00006", 10, 2), both):
        others.add(one)
    assert list(others) == [earliest, latest, both]


@pytest.mark.parametrize(
    ("paper", "datestamp", "kept"),
    [
        ("2607.00001", 3, True),
        ("2606.99999", 3, False),
        ("cs/0101001", 3, False),
        ("2607.00001", None, False),
    ],
)
def test_old_papers_and_those_without_a_datestamp_bound_nothing(paper: str, datestamp: int | None, kept: bool) -> None:
    others = OtherBounds("2607.")
    others.add(bound(paper, 1, datestamp))
    assert bool(list(others)) is kept


def test_all_that_a_line_states_is_kept(here: World, tmp_path: Path) -> None:
    path = tmp_path / "set.json"
    path.write_text(lines(here), encoding="utf-8")
    loaded(here, path)
    with here.open() as work:
        kept = {one.record.id: one.record.metadata for one in work.store.papers()}
    read = {
        one.id: one.metadata for one in snapshot.read_lines(path.read_bytes().splitlines()) if isinstance(one, Record)
    }
    assert len(kept) > 20
    assert kept == {paper: read[paper] for paper in kept}
    assert any(author.key_name for stated in kept.values() for author in stated.authors or ())
