"""Records sorted by id in little memory."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from syncd.core.model import Author, Metadata, Record, Version, paper_id
from syncd.usecases.backfill import sorted_records
from syncd.usecases.backfill.sorted_records import SortedRecords

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SEEN = datetime(2026, 7, 13, 16, 0, 0, 250, tzinfo=UTC)
CREATED = datetime(2021, 4, 1, 12, tzinfo=UTC)
VERSIONS = (Version(1, CREATED, size=12, source_type="D"), Version(2, CREATED + timedelta(days=9), withdrawn=True))
AUTHORS = (Author("Ann Müller", "Ann", "Müller"), Author("B"))
FULL = Record(
    paper_id("2104.00001"),
    "On $x$",
    "Raw & \x01\n  text",
    ("cs.CV",),
    VERSIONS,
    date(2021, 4, 9),
    Metadata(AUTHORS, "B", ""),
)
BARE = Record(paper_id("cs/0401001"), "", "", (), VERSIONS[:1], None)


def test_records_come_back_as_they_were_by_ascending_id() -> None:
    with closing(SortedRecords(None)) as records:
        records.add([BARE, FULL], SEEN)
        records.add([replace(BARE, id=paper_id("2103.00001"))], SEEN + timedelta(seconds=9))
        found = list(records)
    assert found == [
        (replace(BARE, id=paper_id("2103.00001")), SEEN + timedelta(seconds=9)),
        (FULL, SEEN),
        (BARE, SEEN),
    ]


def test_records_of_one_paper_stay_in_the_order_in_which_they_came() -> None:
    with closing(SortedRecords(None)) as records:
        for number in range(5):
            records.add([FULL, replace(FULL, title=str(number))], SEEN)
        titles = [record.title for record, _ in records]
    assert titles[1::2] == ["0", "1", "2", "3", "4"]


def test_many_records_go_through_a_file_that_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorted_records, "_IN_MEMORY", 1000)
    wanted = [replace(FULL, id=paper_id(f"2104.{number:05d}")) for number in range(700)]
    mixed = Random(1).sample(wanted, len(wanted))
    with closing(SortedRecords(tmp_path)) as records:
        for at in range(0, len(mixed), 90):
            records.add(mixed[at : at + 90], SEEN)
        assert records.count == 700
        assert [record for record, _ in records] == wanted
        assert list(tmp_path.iterdir()) == []
        records.close()
        assert (records.count, list(records)) == (0, [])
