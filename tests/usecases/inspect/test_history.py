"""What became of a paper or a mailing: as announced, on a date, and now; every fact with where it comes from."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.papers import Current, VersionText
from syncd.core import digest as digests
from syncd.core.mailing import announced_at
from syncd.core.model import Paper, PaperId, Record, Version
from syncd.core.reconcile import Choice
from syncd.report import history_text
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.ingest import sync
from syncd.usecases.inspect import history
from syncd.usecases.progress import RunControl
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.upstream import UpstreamAccess
from tests.support.made_once import copy_made
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.core.model import Entry
    from syncd.usecases.workspace import Workspace

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
LAST = DAYS[-1]
SEEN = datetime(2026, 7, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        yield made


@pytest.fixture
def work(here: World) -> Iterator[Workspace]:
    """An archive whose first mailings are inferred from metadata, and whose others were listed."""
    copy_made(_fill, here.folder)
    with here.open() as opened:
        yield opened


def _fill(folder: Path) -> None:
    with world(folder, noon(LAST)) as made, made.open() as work:
        backfill(work, UpstreamAccess(made, made.upstream, RunControl()), BackfillRequest(DAYS[0], DAYS[3], "oai"))
        sync.sync(work, made.upstream)


def first_of(work: Workspace, day: date) -> Entry:
    digest = work.store.digest(day)
    assert digest is not None
    return digest.entries[0]


def revise(work: Workspace, entry: Entry, *versions: Version, title: str = "Now Called Otherwise") -> None:
    record = Record(entry.id, "raw", "raw", ("cs.CV", "cs.LG"), versions, date(2026, 7, 19))
    work.store.put_records([Current(record, title, "Present text.", "oai", SEEN)])


def three_versions(day: date) -> tuple[Version, ...]:
    """The first announced on `day`, the second two days later, the third a withdrawal another four days later."""
    submitted = datetime(day.year, day.month, day.day, 12, 0, tzinfo=UTC) - timedelta(days=1)
    return (
        Version(1, submitted),
        Version(2, submitted + timedelta(days=1)),
        Version(3, submitted + timedelta(days=6), withdrawn=True),
    )


def test_a_paper_shows_when_it_was_submitted_announced_revised_and_withdrawn(work: Workspace) -> None:
    entry = first_of(work, DAYS[5])
    revise(work, entry, *three_versions(DAYS[5]))
    found = history.of_paper(work, entry.id)
    assert found is not None
    assert [one.kind for one in found.events] == ["submitted", "announced", "revised", "withdrawn", "seen"]
    announced = found.events[1]
    assert (announced.when, announced.source.partition(":")[0]) == (DAYS[5], "listed")
    assert all(one.source for one in found.events)


def test_categories_then_come_from_the_page_and_now_from_the_record(work: Workspace) -> None:
    entry = first_of(work, DAYS[5])
    before = history.of_paper(work, entry.id)
    revise(work, entry, *three_versions(DAYS[5]))
    after = history.of_paper(work, entry.id)
    assert before is not None
    assert after is not None
    assert before.then == after.then != ()
    assert "cs.CV" in after.then
    assert after.now == ("cs.CV", "cs.LG")


def test_categories_on_a_page_that_was_read_later_are_not_those_announced(work: Workspace) -> None:
    entry, row = first_of(work, DAYS[5]), work.store.mailing(DAYS[5])
    found = history.of_paper(work, entry.id)
    assert row is not None
    assert found is not None
    assert found.then_seen == row.recorded
    fields = json.loads(json.dumps(history_text.paper_fields(found)))["categories"]
    assert (fields["announced"], fields["listed"]) == ([], list(found.then))
    lines = list(history_text.paper_lines(replace(found, now=())))
    assert f"categories as listed on {row.recorded:%Y-%m-%d}: cs.CV" in lines


def test_categories_on_a_page_that_was_read_before_the_next_mailing_are_those_announced(
    work: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, row = first_of(work, DAYS[5]), work.store.mailing(DAYS[5])
    assert row is not None
    early = replace(row, recorded=announced_at(DAYS[5]) + timedelta(hours=4))
    monkeypatch.setattr(type(work.store), "mailing", lambda _store, _day: early)
    found = history.of_paper(work, entry.id)
    assert found is not None
    assert found.then_seen is None
    fields = json.loads(json.dumps(history_text.paper_fields(found)))["categories"]
    assert (fields["announced"], fields["listed_seen"]) == (list(found.then), None)
    assert "categories as announced: cs.CV" in history_text.paper_lines(replace(found, now=()))


@pytest.mark.parametrize(
    ("day", "version", "withdrawn", "title"),
    [
        (DAYS[4], None, False, None),
        (DAYS[5], 1, False, "announced"),
        (DAYS[6], 2, False, None),
        (date(2026, 7, 20), 3, True, "Now Called Otherwise"),
    ],
)
def test_a_paper_on_a_date_is_the_version_announced_by_then(
    work: Workspace, day: date, version: int | None, withdrawn: bool, title: str | None
) -> None:
    entry = first_of(work, DAYS[5])
    revise(work, entry, *three_versions(DAYS[5]))
    found = history.of_paper(work, entry.id, day)
    assert found is not None
    assert found.as_of is not None
    assert (found.as_of.version, found.as_of.withdrawn) == (version, withdrawn)
    assert found.as_of.title == (entry.title if title == "announced" else title)


def test_a_paper_held_back_was_not_public_before_its_mailing(work: Workspace) -> None:
    entry = first_of(work, DAYS[5])
    revise(work, entry, Version(1, datetime(2026, 6, 1, 12, 0, tzinfo=UTC)))
    found = history.of_paper(work, entry.id, DAYS[4])
    assert found is not None
    assert found.as_of is not None
    assert (found.as_of.version, found.as_of.mailings) == (None, ())


def test_a_version_whose_text_was_fetched_is_shown_with_it(work: Workspace) -> None:
    entry = first_of(work, DAYS[5])
    versions = three_versions(DAYS[5])
    revise(work, entry, *versions)
    work.store.put_versions([VersionText(entry.id, versions[1], "The Second Title", "Second text.")])
    found = history.of_paper(work, entry.id, DAYS[6])
    assert found is not None
    assert found.as_of is not None
    assert (found.as_of.version, found.as_of.title) == (2, "The Second Title")


def test_a_paper_never_met_has_no_story(work: Workspace) -> None:
    assert history.of_paper(work, PaperId("2001.00001")) is None


def test_a_mailing_shows_every_state_it_was_in_and_the_bytes_that_gave_way(here: World, work: Workspace) -> None:
    held = work.store.digest(LAST)
    assert held is not None
    first, *others = held.entries
    here.file(LAST).write_bytes(digests.render(replace(held, entries=(replace(first, title="By Hand"), *others))))
    repair(work, [LAST], Choice.RESTORE)
    events = history.of_day(work, LAST)
    assert [one.kind for one in events] == ["complete", "edited"]
    assert "heading of" in events[0].source
    assert events[1].source.startswith("vault ")
    assert [one.kind for one in history.of_day(work, DAYS[0])][-1] == "reconstructed"


def test_papers_that_changed_later_are_listed_with_their_mailing(work: Workspace) -> None:
    entry, other = first_of(work, DAYS[5]), first_of(work, DAYS[6])
    known = {one.id for one in history.list_changed(work, "revised")}
    revise(work, entry, *three_versions(DAYS[5]))
    revise(work, other, *three_versions(DAYS[6])[:2])
    revised, withdrawn = history.list_changed(work, "revised"), history.list_changed(work, "withdrawn")
    assert {one.id for one in revised} == known | {entry.id, other.id}
    found = {one.id: one for one in withdrawn}[entry.id]
    assert (found.day, found.version, found.withdrawn) == (DAYS[5], 3, True)
    assert other.id not in {one.id for one in withdrawn}
    assert [one.day for one in revised] == sorted(one.day for one in revised)


def test_a_paper_that_no_mailing_holds_is_in_no_list(work: Workspace) -> None:
    stranger = replace(first_of(work, DAYS[5]), id=PaperId("2601.00001"))
    revise(work, stranger, *three_versions(date(2026, 1, 6)))
    assert stranger.id not in {
        one.id for one in (*history.list_changed(work, "revised"), *history.list_changed(work, "withdrawn"))
    }


def test_the_history_is_shown_as_lines_and_as_json(work: Workspace) -> None:
    entry = first_of(work, DAYS[5])
    revise(work, entry, *three_versions(DAYS[5]), title="A &lt;Title&gt; \u202ewith tricks")
    found = history.of_paper(work, entry.id, date(2026, 7, 20))
    assert found is not None
    output = "\n".join(history_text.paper_lines(found, 100))
    assert "version 3" in output
    assert "withdrawn" in output
    assert "\u202e" not in output
    fields = json.loads(json.dumps(history_text.paper_fields(found)))
    assert fields["as_of"]["withdrawn"] is True
    assert [one["number"] for one in fields["versions"]] == [1, 2, 3]
    assert fields["history"][1]["when"] == str(DAYS[5])
    changed, known = history.list_changed(work, "withdrawn"), work.store.read_knowledge()
    listed = list(history_text.list_lines(changed, "withdrawn", known))
    assert any(line.startswith(f"{DAYS[5]}  {entry.id}") for line in listed)
    assert listed[-1].startswith("known of ")
    assert history_text.list_fields(changed, "withdrawn", known)["list"] == "withdrawn"


# Current metadata from listing pages


def listed(paper: str, title: str) -> Paper:
    return Paper(PaperId(paper), title, "Text as shown.", None, ("cs.CV", "cs.RO"))


def test_a_listing_page_shows_what_a_paper_is_now_until_a_record_says_more(work: Workspace) -> None:
    shown = listed("2607.99999", "As Listed")
    work.store.put_listed([shown], "catchup", SEEN)
    found = work.store.paper(shown.id)
    assert found is not None
    assert (found.title, found.record.categories, found.source, found.seen) == (
        "As Listed", ("cs.CV", "cs.RO"), "catchup", SEEN,
    )  # fmt: skip
    assert found.record.versions == ()
    entry = replace(first_of(work, LAST), id=shown.id)
    revise(work, entry, *three_versions(LAST))
    work.store.put_listed([replace(shown, title="Listed Again")], "new", SEEN + timedelta(days=1))
    held = work.store.paper(shown.id)
    assert held is not None
    assert held.title == "Now Called Otherwise"


@pytest.mark.parametrize(("hours", "title"), [(-1, "First"), (1, "Second")])
def test_a_later_page_replaces_an_earlier_one_and_not_the_other_way_round(
    work: Workspace, hours: int, title: str
) -> None:
    work.store.put_listed([listed("2607.99999", "First")], "new", SEEN)
    work.store.put_listed([listed("2607.99999", "Second")], "catchup", SEEN + timedelta(hours=hours))
    found = work.store.paper(PaperId("2607.99999"))
    assert found is not None
    assert found.title == title
