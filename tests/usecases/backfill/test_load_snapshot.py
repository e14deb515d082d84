"""Loading the public metadata set from a file: plain or packed, with bad lines, ended before its end."""

from __future__ import annotations

import gzip
import json
import zipfile
from datetime import date
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.core.errors import FolderError
from syncd.rehearsal.history import mailing, record
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.backfill.load_snapshot import LoadedSnapshot, load
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.core.model import Record

FIRST, LAST = date(2026, 6, 30), date(2026, 7, 13)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        yield made


def line(found: Record) -> str:
    versions = [
        {"version": f"v{one.number}", "created": format_datetime(one.created, usegmt=True)} for one in found.versions
    ]
    fields = {
        "id": found.id,
        "title": found.title,
        "categories": " ".join(found.categories),
        "abstract": found.abstract,
    }
    return json.dumps(fields | {"versions": versions, "update_date": str(found.datestamp)})


def lines(here: World) -> str:
    found = [record(work, LAST) for work in here.server.history.works]
    return "".join(f"{line(one)}\n" for one in found if one is not None)


def loaded(here: World, path: Path, watch: RunControl | None = None) -> LoadedSnapshot:
    with here.open() as work:
        return load(work, path, FIRST, watch or RunControl())


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
def test_a_packed_file_that_is_cut_or_damaged_is_told_as_such(here: World, how: str) -> None:
    path = written(here, lines(here), how)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(FolderError):
        loaded(here, path)
    path.write_bytes(data[:200] + bytes(len(data) - 400) + data[-200:])
    with pytest.raises(FolderError):
        loaded(here, path)


def test_asked_to_end_the_load_ends_before_its_end(here: World) -> None:
    watch = RunControl()
    watch.cancel.set()
    found = loaded(here, written(here, lines(here), "json"), watch)
    assert found.ended
    assert found.records == 0
