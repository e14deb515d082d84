"""The archive against upstream: what each source states of a mailing, and what is made of it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.core.model import Digest, Entry, Section, State
from syncd.rehearsal import faults
from syncd.rehearsal.history import removed
from syncd.usecases.compare.known_differences import accept, quiet
from syncd.usecases.compare.plan import plan
from syncd.usecases.compare.run import Question, compare, gathered
from syncd.usecases.compare.statement import inserted
from syncd.usecases.ingest import sync
from syncd.usecases.ingest.upstream_client import ListingClient
from syncd.usecases.progress import RunControl
from syncd.usecases.reconcile.write import Provenance, write_mailing
from syncd.usecases.upstream import UpstreamAccess
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from syncd.core.model import PaperId
    from syncd.core.results import Comparison
    from syncd.rehearsal.history import Work

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
LAST = DAYS[-1]
LATER = timedelta(days=120)
"""So much later no listing page reaches the mailings any more."""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        with made.open() as work:
            sync.sync(work, made.upstream)
        made.asked.clear()
        yield made


def compared(here: World, *days: date, source: str = "auto", keeps_both: bool = False) -> Comparison:
    with here.open() as work:
        upstream = ListingClient(here, here.server.url, "cs.CV")
        means = UpstreamAccess(here, upstream, RunControl())
        return gathered(quiet(work, compare(work, means, Question(days or tuple(DAYS), source, keeps_both))))


def told(found: Comparison) -> list[tuple[date, str, str | None]]:
    return [(change.day, change.code, change.id) for change in found.changes]


def altered(here: World, day: date, alter: Callable[[Digest], Digest], state: State = State.COMPLETE) -> None:
    """The archive, file and rows, as if the mailing had been recorded so."""
    with here.open() as work:
        held = work.store.digest(day)
        assert held is not None
    here.file(day).unlink()
    forgotten(here, day)
    with here.open() as work:
        outcome = write_mailing(work, alter(held), Provenance(state, "catchup", "told so", None))
    assert outcome.error is None


def without(paper: PaperId) -> Callable[[Digest], Digest]:
    return lambda digest: replace(digest, entries=tuple(e for e in digest.entries if e.id != paper))


def with_entry(paper: PaperId, **more: object) -> Callable[[Digest], Digest]:
    def alter(digest: Digest) -> Digest:
        entries = (replace(e, **more) if e.id == paper else e for e in digest.entries)  # type: ignore[arg-type]
        return replace(digest, entries=tuple(entries))

    return alter


def moved(here: World, paper: PaperId, source: date, target: date) -> None:
    """The archive as if a paper of `source` had been recorded in the mailing of `target`."""
    with here.open() as work:
        held = work.store.digest(source)
    assert held is not None
    entry = next(entry for entry in held.entries if entry.id == paper)
    altered(here, source, without(paper))
    altered(here, target, lambda digest: replace(digest, entries=inserted(digest.entries, entry)))


def forgotten(here: World, day: date) -> None:
    """The rows of a date are gone."""
    with closing(sqlite3.connect(here.folder / "syncd.db")) as connection, connection:
        connection.execute("DELETE FROM entry WHERE day = ?", (str(day),))
        connection.execute("DELETE FROM mailing WHERE day = ?", (str(day),))


def as_adopted(digest: Digest) -> Digest:
    """The digest as an adopted file gives it: sections and versions not known, one blank at the end."""
    entries = (Entry(entry.id, entry.title, entry.abstract) for entry in digest.entries)
    return replace(digest, entries=tuple(entries), tail=1)


def members(here: World, day: date) -> tuple[Sequence[Work], Sequence[Work]]:
    found = here.server.history.mailings[day, "cs.CV"]
    return found.new, found.cross


def new_papers(here: World, day: date) -> list[Work]:
    return list(here.server.history.mailings[day, "cs.CV"].new)


@pytest.mark.parametrize("source", ["auto", "catchup", "api", "oai", "rss"])
@pytest.mark.parametrize("later", [timedelta(0), LATER])
def test_a_true_archive_does_not_differ(here: World, source: str, later: timedelta) -> None:
    here.now += later
    found = compared(here, source=source)
    assert [t for t in told(found) if t[1] not in {"revised", "withdrawn"}] == []


# Members


def test_a_paper_that_the_archive_lost_is_missing_here(here: World) -> None:
    lost = new_papers(here, DAYS[1])[0].id
    altered(here, DAYS[1], without(lost))
    for source in ("auto", "api", "oai"):
        assert (DAYS[1], "missing-local", lost) in told(compared(here, DAYS[1], source=source)), source


def test_a_mailing_that_is_not_held_lacks_each_of_its_papers(here: World) -> None:
    forgotten(here, LAST)
    here.file(LAST).unlink()
    found = compared(here, LAST)
    assert {change.code for change in found.changes} == {"missing-local"}
    assert len(found.changes) == sum(map(len, members(here, LAST)))


def test_a_mailing_that_only_its_file_remembers_lacks_its_rows(here: World) -> None:
    forgotten(here, LAST)
    assert told(compared(here, LAST)) == [(LAST, "row-missing", None)]


@pytest.mark.parametrize("later", [timedelta(0), LATER])
def test_a_paper_in_the_wrong_mailing_is_told_once_with_both_dates_and_the_evidence(
    here: World, later: timedelta
) -> None:
    paper = new_papers(here, DAYS[4])[1].id
    moved(here, paper, DAYS[4], DAYS[7])
    here.now += later
    (found,) = [change for change in compared(here).changes if change.id == paper]
    assert (found.day, found.code, found.ours, found.theirs) == (DAYS[7], "wrong-day", str(DAYS[7]), str(DAYS[4]))
    assert f"in the mailing of {DAYS[7]} here, of {DAYS[4]} there: " in found.detail


def test_of_a_moved_paper_either_date_alone_tells(here: World) -> None:
    paper = new_papers(here, DAYS[4])[1].id
    moved(here, paper, DAYS[4], DAYS[7])
    assert (DAYS[7], "wrong-day", paper) in told(compared(here, DAYS[4]))
    assert (DAYS[7], "missing-upstream", paper) in told(compared(here, DAYS[7]))
    here.now += LATER
    assert (DAYS[7], "wrong-day", paper) in told(compared(here, DAYS[4]))
    assert (DAYS[7], "wrong-day", paper) in told(compared(here, DAYS[7]))


def test_bulk_metadata_proves_a_move_by_the_bounds_of_the_id(here: World) -> None:
    paper = new_papers(here, DAYS[1])[0].id
    moved(here, paper, DAYS[1], DAYS[5])
    (found,) = [c for c in compared(here, source="oai").changes if c.id == paper]
    assert (found.code, found.ours, found.theirs) == ("wrong-day", str(DAYS[5]), str(DAYS[1]))
    assert "touched by" in found.detail


@pytest.mark.parametrize("later", [timedelta(0), LATER])
def test_a_cross_list_that_went_is_drift(here: World, later: timedelta) -> None:
    cross = here.server.history.mailings[DAYS[1], "cs.CV"].cross[0].id
    here.server.history = removed(here.server.history, cross, "cs.CV", LAST)
    here.now += later
    assert (DAYS[1], "crosslist-removed", cross) in told(compared(here, DAYS[1]))


def test_a_cross_list_that_went_from_an_adopted_file_is_known_by_its_categories(here: World) -> None:
    cross = here.server.history.mailings[DAYS[1], "cs.CV"].cross[0].id
    altered(here, DAYS[1], as_adopted, State.ADOPTED)
    here.server.history = removed(here.server.history, cross, "cs.CV", LAST)
    (found,) = [change for change in compared(here, DAYS[1]).changes if change.id == cross]
    assert found.code == "crosslist-removed"
    assert re.fullmatch(r"upstream has it in [a-zA-Z. ]+ by now", found.detail)


@pytest.mark.parametrize("later", [timedelta(0), LATER])
def test_an_adopted_file_of_the_old_dialect_raises_no_alarm(here: World, later: timedelta) -> None:
    for day in DAYS:
        altered(here, day, as_adopted, State.ADOPTED)
    here.now += later
    found = told(compared(here))
    assert {code for _, code, _ in found} <= {"revised", "withdrawn"}


def test_a_section_that_leaves_no_trace_in_the_file_is_compared_as_well(here: World) -> None:
    new, _ = members(here, LAST)
    altered(here, LAST, with_entry(new[0].id, section=Section.CROSS))
    assert told(compared(here, LAST)) == [(LAST, "section-changed", new[0].id)]


def test_a_late_cross_list_whose_mailing_lost_its_rows_is_held_by_the_file(here: World) -> None:
    late = next(
        w
        for w in here.server.history.works
        for m in w.memberships
        if (m.category, m.since > w.announced) == ("cs.CV", True)
    )
    day = next(member.since for member in late.memberships if member.category == "cs.CV")
    forgotten(here, day)
    here.now += LATER
    assert late.id not in {paper for _, _, paper in told(compared(here, *(d for d in DAYS if d != day)))}
    here.file(day).unlink()
    assert (late.announced, "crosslist-added", late.id) in told(compared(here, *(d for d in DAYS if d != day)))


# What is not believed


def test_the_page_of_another_mailing_under_the_right_date_is_a_stale_source(here: World) -> None:
    here.server.faults.add(faults.stale_entries().on("/catchup/*"))
    found = compared(here, LAST)
    assert told(found) == [(LAST, "stale-source", None)]
    assert found.days == 0
    assert "papers of another mailing" in found.not_compared[0].why


def test_a_page_that_lacks_entries_is_no_witness_and_is_kept(here: World) -> None:
    here.server.faults.add(faults.hollow().on("/catchup/*"))
    found = compared(here, LAST)
    assert (told(found), found.days) == ([], 0)
    assert "cannot be believed" in found.not_compared[0].why
    with here.open() as work:
        assert "refused" in {receipt.kind for receipt in work.vault.receipts()}


def test_a_feed_of_yesterday_is_said_as_such(here: World) -> None:
    here.server.faults.add(faults.stale_feed().on("/rss/*"))
    found = compared(here, LAST, source="rss")
    assert told(found) == [(LAST, "stale-source", None)]
    assert f"holds the mailing of {DAYS[-2]}" in found.changes[0].detail


def test_an_empty_feed_is_no_quiet_day(here: World) -> None:
    here.server.faults.add(faults.hidden([work.id for work in here.server.history.works]).on("/rss/*"))
    found = compared(here, LAST, source="rss")
    assert (told(found), found.days) == ([], 0)
    assert found.not_compared[0].why == "the feed is empty, which proves nothing"


def test_the_feed_finds_what_the_archive_lacks(here: World) -> None:
    lost = new_papers(here, LAST)[0].id
    altered(here, LAST, without(lost))
    assert told(compared(here, LAST, source="rss")) == [(LAST, "missing-local", lost)]


def test_trouble_on_the_way_keeps_what_was_seen_and_names_the_rest(here: World) -> None:
    altered(here, LAST, without(new_papers(here, LAST)[0].id))
    here.server.faults.add(faults.status(500).on(f"/catchup/cs.CV/{DAYS[-2]}*", times=None))
    found = compared(here, LAST, DAYS[-2], DAYS[-3])
    assert found.error is not None
    assert [change.code for change in found.changes] == ["missing-local"]
    assert [one.day for one in found.not_compared] == [DAYS[-3], DAYS[-2]]


# What it costs


def test_an_equal_date_costs_one_page_and_no_question_about_papers(here: World) -> None:
    compared(here, LAST)
    assert here.asked == [f"/catchup/cs.CV/{LAST}?abs=True&page=1"]


def test_metadata_that_covers_the_dates_is_not_asked_for_again(here: World) -> None:
    compared(here, DAYS[1], source="oai")
    here.asked.clear()
    altered(here, DAYS[1], with_entry(new_papers(here, DAYS[1])[0].id, title="Another Title"))
    assert "title-changed" in {code for _, code, _ in told(compared(here, DAYS[1], source="oai"))}
    assert here.asked == []


def test_what_a_snapshot_does_not_reach_is_not_compared(here: World) -> None:
    found = compared(here, LAST, source="snapshot")
    assert (found.days, found.not_compared[0].why) == (0, "the database holds no metadata of that time")
    assert here.asked == []


@pytest.mark.parametrize("later", [timedelta(0), LATER])
@pytest.mark.parametrize("source", ["auto", "api", "oai", "rss", "snapshot"])
def test_a_plan_asks_nothing_and_promises_no_less_than_is_asked(here: World, source: str, later: timedelta) -> None:
    here.now += later
    with here.open() as work:
        promised = plan(work, Question(tuple(DAYS), source))
    assert here.asked == []
    compared(here, source=source)
    assert len(here.asked) <= promised.requests
    assert promised.requests <= len(here.asked) + 4


# What a person knows of


def test_an_accepted_difference_is_quiet_until_it_changes(here: World) -> None:
    paper = new_papers(here, LAST)[0].id
    altered(here, LAST, with_entry(paper, title="Another Title"))
    found = compared(here, LAST)
    with here.open() as work:
        assert accept(work, found, "seen to") == 1
    again = compared(here, LAST)
    assert (again.changes, [change.id for change in again.accepted]) == ((), [paper])
    altered(here, LAST, with_entry(paper, title="A Third Title"))
    assert told(compared(here, LAST)) == [(LAST, "title-changed", paper)]


def test_both_files_are_kept_where_they_are_wanted(here: World) -> None:
    altered(here, LAST, without(new_papers(here, LAST)[0].id))
    (both,) = compared(here, LAST, keeps_both=True).both
    assert both.ours == here.file(LAST).read_bytes()
    assert both.theirs is not None
    assert digests.parse(both.theirs).issues == ()
