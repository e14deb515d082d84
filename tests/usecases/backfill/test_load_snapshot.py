"""Loading the public metadata set from a file: plain or packed, with bad lines, ended before its end."""

from __future__ import annotations

import gzip
import json
import zipfile
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.core.errors import FolderError, PartialPage
from syncd.core.mailing.evidence import Bound
from syncd.core.model import Record, State, paper_id
from syncd.rehearsal.history import mailing, record
from syncd.sources import snapshot
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.backfill.infer import Beside
from syncd.usecases.backfill.load_snapshot import LoadedSnapshot, OtherBounds, load
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.support.small_archive import World, noon, world
from tests.support.snapshot_lines import snapshot_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syncd.core.results import BackfillResult


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


def fill(here: World, path: Path, until: date = LAST) -> BackfillResult:
    """Fill the archive from a snapshot, as the command does."""
    found = loaded(here, path)
    beside = Beside(found.others, found.unread, found.newest)
    order = BackfillRequest(FIRST, until, "snapshot", announced=False, beside=beside, modified=found.modified)
    with here.open() as work:
        return backfill(work, UpstreamAccess(here, here.upstream, RunControl()), order)


@pytest.mark.parametrize("how", ["json", "gz", "zip"])
def test_the_digests_of_a_snapshot_hold_every_mailing_but_the_last_and_nothing_is_asked(here: World, how: str) -> None:
    done = fill(here, written(here, lines(here), how))
    assert here.asked == []
    for day in here.server.history.days[:-1]:
        digest = digests.parse(here.file(day).read_bytes()).digest
        assert digest is not None
        announced = mailing(here.server.history, day, "cs.CV")
        true = {one.id for one in (*announced.new, *announced.cross) if one.announced == day}
        assert true <= {entry.id for entry in digest.entries}
    last = next(outcome for outcome in done.run.days if outcome.day == LAST)
    assert (last.state, last.path) == (State.PARTIAL, None)
    assert isinstance(last.error, PartialPage)
    assert "how many are missing is not known" in last.error.detail
    assert not here.file(LAST).exists()


def test_a_snapshot_cut_at_the_end_of_a_line_is_noticed_by_its_later_modifications(here: World) -> None:
    # The whole set is updated for months after the papers with which the cut one ends.
    whole = lines(here).splitlines(keepends=True)
    text = whole[0].replace('"update_date": "2026', '"update_date": "2027', 1) + "".join(whole[1:-6])
    done = fill(here, written(here, text, "json"))
    (cut,) = (outcome.error for outcome in done.run.days if outcome.state is State.PARTIAL)
    assert isinstance(cut, PartialPage)
    assert "it is cut, or a part only" in cut.detail
    later = {outcome.day for outcome in done.run.days if outcome.state is State.PENDING}
    assert LAST in later


def change(line: str, **fields: object) -> str:
    stated = json.loads(line) | fields
    return json.dumps({name: value for name, value in stated.items() if value is not ...}) + "\n"


DAMAGES: dict[str, Callable[[str], str]] = {
    "cut": lambda line: line[: len(line) // 2] + "\n",
    "cut before its categories": lambda line: line[:40] + "\n",
    "nothing readable": lambda _line: "{what is this\n",
    "no title": lambda line: change(line, title=...),
    "null text": lambda line: change(line, abstract=None),
    "wrong type": lambda line: change(line, title=["x"]),
    "numeric id": lambda line: change(line, id=float(json.loads(line)["id"])),
    "no id": lambda line: change(line, id=...),
    "no update date": lambda line: change(line, update_date=...),
    "no versions": lambda line: change(line, versions=...),
    "no categories": lambda line: change(line, categories=...),
    "a list": lambda line: f"[{line.strip()}]\n",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_line_that_cannot_be_read_keeps_its_day_open_and_no_day_is_called_whole_without_it(
    here: World, damage: str
) -> None:
    whole = lines(here).splitlines(keepends=True)
    day = here.server.history.days[3]
    papers = sorted(work.id for work in mailing(here.server.history, day, "cs.CV").new if work.announced == day)
    at = next(number for number, line in enumerate(whole) if papers[1] in line[:30])
    text = "".join([*whole[:at], DAMAGES[damage](whole[at]), *whole[at + 1 :]])
    done = fill(here, written(here, text, "json"))
    (lost,) = done.lost
    assert lost.record.where == f"line {at + 1}"
    assert lost.record.id in {papers[1], None}
    assert day in lost.days
    assert set(lost.days) <= set(here.server.history.days[2:5])
    assert not here.file(day).exists()
    with here.open() as work:
        report = work.report(day)
        assert (report.state, report.papers) == (State.PARTIAL, None)
        assert report.evidence.startswith("1 record that may belong to it could not be read: ")
    others = set(here.server.history.days[:-1]) - set(lost.days)
    assert all(here.file(other).exists() for other in others)
    # The whole set completes the day.
    assert fill(here, written(here, "".join(whole), "json")).lost == ()
    assert here.file(day).exists()
    with here.open() as work:
        assert work.report(day).state is State.RECONSTRUCTED


def test_a_broken_line_of_another_category_is_counted_and_keeps_no_day_open(here: World) -> None:
    other = '{"id": "2607.00500", "title": null, "categories": "hep-th", "abstract": "x"}\n'
    text = lines(here)
    found = loaded(here, written(here, f"{text}{other}", "json"))
    assert (found.malformed, found.unread) == (1, ())
    assert found.named[0].is_other


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[\n{}\n]", "a JSON array, not one object in each line"),
        ("id,title\n2607.00001,One\n2607.00002,Two\n", "not JSON with one object in each line"),
    ],
)
def test_a_file_of_another_form_is_named_once_and_read_no_further(here: World, text: str, why: str) -> None:
    done = fill(here, written(here, text, "json"))
    assert why in [lost.record.why for lost in done.lost]
    assert {outcome.state for outcome in done.run.days} == {State.PARTIAL}
    assert not any(here.file(day).exists() for day in here.server.history.days)


def test_a_file_without_a_record_of_the_category_is_noticed(here: World) -> None:
    (lost,) = fill(here, written(here, "", "json")).lost
    assert (lost.record.where, lost.record.why) == ("the whole file", "it has no record of cs.CV")


def test_a_file_that_ends_in_the_middle_of_a_line_keeps_all_later_days_open(here: World) -> None:
    whole = lines(here)
    done = fill(here, written(here, whole[: len(whole) * 2 // 3], "json"))
    (lost,) = done.lost
    assert lost.record.why.startswith("the file ends in the middle of this line")
    assert LAST in lost.days
    assert not any(here.file(day).exists() for day in lost.days)


def test_malformed_lines_are_counted_and_named_and_stop_nothing(here: World) -> None:
    whole = loaded(here, written(here, lines(here), "json")).records
    found = loaded(here, written(here, f"{{broken\n{lines(here)}[]\n", "json"))
    assert found.records == whole
    assert found.malformed == 2
    assert found.named[0].line == 1


@pytest.mark.parametrize("how", ["gz", "zip"])
def test_a_packed_file_that_is_cut_or_damaged_is_read_up_to_there(here: World, how: str) -> None:
    path = written(here, lines(here), how)
    data = path.read_bytes()
    path.write_bytes(data[:200] + bytes(len(data) - 400) + data[-200:])
    found = loaded(here, path)
    assert found.unread[-1].why.startswith("the packed file is cut or damaged here")
    path.write_bytes(data[: len(data) // 2])
    if how == "zip":  # its table of contents is at its end
        with pytest.raises(FolderError):
            loaded(here, path)
        return
    done = fill(here, path)
    assert LAST in done.lost[-1].days
    assert not here.file(LAST).exists()


def test_a_cancelled_load_stops_before_the_end_of_the_file(here: World) -> None:
    control = RunControl()
    control.cancel.set()
    found = loaded(here, written(here, lines(here), "json"), control)
    assert found.ended
    assert found.records == 0


def test_a_file_of_blank_lines_can_be_cancelled(here: World) -> None:
    control = RunControl()
    control.cancel.set()
    assert loaded(here, written(here, "\n" * 100, "json"), control).ended


@pytest.mark.parametrize("count", [19, 20, 21])
def test_twenty_malformed_lines_are_named_and_all_are_counted(here: World, count: int) -> None:
    found = loaded(here, written(here, "{}\n" * count, "json"))
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
