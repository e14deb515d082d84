"""Syncing a small archive with the loopback arXiv: what is asked, what is written, what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from syncd.archive.sql.tables import ENTRY
from syncd.core import digest as digests
from syncd.core.errors import FolderError, OutOfReach
from syncd.core.mailing import NEW_YORK, announced_at
from syncd.core.model import Finding, State
from syncd.core.results import Done, Run
from syncd.rehearsal.paper_details import bulk_metadata
from syncd.usecases.ingest import sync
from syncd.usecases.ingest.saved_pages import ingest_saved_pages
from syncd.usecases.ingest.upstream_client import ListingClient
from syncd.usecases.reconcile.write import Provenance, write_mailing
from tests.support import faults
from tests.support.small_archive import World, evening, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from syncd.core.model import Digest
    from syncd.rehearsal.faults import Fault
    from syncd.web import Response

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
LAST = DAYS[-1]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        yield made


def run(here: World, days: Sequence[date] = (), *, witness: bool = False) -> Run:
    with here.open() as work:
        return sync.sync(work, here.upstream, days, witness=witness)


def states(here: World, since: date = DAYS[0], until: date = LAST) -> dict[date, State]:
    with here.open() as work:
        return {report.day: report.state for report in work.reports(since, until)}


def test_an_empty_archive_gets_every_mailing_within_reach_newest_first(here: World) -> None:
    outcomes = run(here).days
    assert [day.day for day in outcomes if day.action is Done.WRITTEN] == DAYS[::-1]
    assert all(here.file(day).is_file() for day in DAYS)


def test_nothing_is_asked_for_that_the_vault_could_not_keep(here: World) -> None:
    with here.open() as work:
        (here.folder / "vault").write_bytes(b"in its place")
        with pytest.raises(FolderError, match="a file where a folder should be"):
            sync.sync(work, here.upstream)
    assert here.asked == []


def test_a_mailing_costs_one_request(here: World) -> None:
    run(here)
    assert here.asked[0] == "/list/cs.CV/new"
    assert len(here.asked) == len(DAYS)


def test_syncing_again_asks_nothing_and_changes_nothing(here: World) -> None:
    run(here)
    before = {day: here.file(day).stat().st_mtime_ns for day in DAYS}
    here.asked.clear()
    assert all(day.action is Done.NONE for day in run(here).days)
    assert here.asked == []
    assert before == {day: here.file(day).stat().st_mtime_ns for day in DAYS}


def test_every_written_file_is_a_digest_without_a_fault(here: World) -> None:
    run(here)
    for day in DAYS:
        parsed = digests.parse(here.file(day).read_bytes())
        assert parsed.digest is not None
        assert parsed.digest.day == day
        assert [issue for issue in parsed.issues if issue.code != "late-crosslist"] == []


def test_new_papers_fetched_before_the_next_mailing_are_of_version_one(here: World) -> None:
    run(here)
    with here.open() as work:
        newest, older = work.store.digest(LAST), work.store.digest(DAYS[0])
    assert newest is not None
    assert older is not None
    assert {entry.version for entry in newest.entries if entry.section == "new"} == {1}
    assert {entry.version for entry in older.entries} == {None}


def test_all_that_a_listing_states_is_kept(here: World) -> None:
    run(here)
    with here.open() as work:
        kept = {one.record.id: one.record.metadata for one in work.store.papers()}
    assert len(kept) > 20
    for paper, stated in kept.items():
        true = bulk_metadata(paper)
        assert [one.name for one in stated.authors or ()] == [one.name for one in true.authors or ()]
        assert (stated.comments, stated.journal_reference) == (true.comments, true.journal_reference)
        assert (stated.doi, stated.licence, stated.submitter) == (None, None, None)


def test_a_holiday_of_the_calendar_is_never_asked_for(here: World) -> None:
    run(here)
    assert states(here)[date(2026, 7, 6)] is State.NO_MAILING
    assert not any("2026-07-06" in target for target in here.asked)


def test_before_the_announcement_the_mailing_is_pending_and_one_page_is_asked(here: World) -> None:
    here.now = noon(DAYS[-2])
    run(here)
    here.asked.clear()
    here.now, here.server.lag = evening(LAST), timedelta(hours=2)
    (outcome,) = run(here).days
    assert (outcome.day, outcome.state, outcome.action) == (LAST, State.PENDING, Done.NONE)
    assert here.asked == ["/list/cs.CV/new"]


def test_in_the_evening_the_newest_mailing_comes_from_new_alone(here: World) -> None:
    here.now = noon(DAYS[-2])
    run(here)
    here.asked.clear()
    here.now = evening(LAST)
    assert [day.day for day in run(here).days if day.action is Done.WRITTEN] == [LAST]
    assert here.asked == ["/list/cs.CV/new"]


@pytest.mark.parametrize(("also_accepted", "taken"), [((DAYS[-2],), [DAYS[-2]]), ((DAYS[-3],), []), ((), [])])
def test_an_older_mailing_that_new_shows_is_accepted_where_it_was_named(
    here: World, also_accepted: Sequence[date], taken: list[date]
) -> None:
    here.now, here.server.lag = evening(LAST), timedelta(hours=2)
    with here.open() as work:
        days = sync.sync(work, here.upstream, [LAST], also_accepted=also_accepted).days
    assert [day.day for day in days if day.action is Done.WRITTEN] == taken
    assert (days[-1].day, days[-1].action) == (LAST, Done.NONE)
    assert here.asked == ["/list/cs.CV/new"]


def test_a_stale_new_page_does_not_hide_the_catchup_page_of_the_day(here: World) -> None:
    here.server.faults.add(faults.stale().on("/list/cs.CV/new"))
    outcomes = {day.day: day.action for day in run(here).days}
    assert outcomes[LAST] is Done.WRITTEN
    assert outcomes[DAYS[-2]] is Done.WRITTEN
    assert len(here.asked) == len(DAYS)


@pytest.mark.parametrize(
    ("clock", "asks_again"),
    [("2026-07-13T05:59:59", False), ("2026-07-13T06:00:00", True), ("2026-07-13T12:00:00", True)],
)
def test_an_old_new_page_may_be_a_late_announcement_until_six_in_new_york(
    here: World, clock: str, asks_again: bool
) -> None:
    here.now = datetime.fromisoformat(clock).replace(tzinfo=NEW_YORK)
    here.server.faults.add(faults.stale().on("/list/cs.CV/new"))
    outcome = run(here, [LAST]).days[-1]
    assert outcome.action is (Done.WRITTEN if asks_again else Done.NONE)
    catchup = [f"/catchup/cs.CV/{LAST}?abs=True&page=1"]
    assert here.asked == ["/list/cs.CV/new", *(catchup if asks_again else [])]


def test_the_day_after_an_old_new_page_is_stale_at_any_hour(here: World) -> None:
    friday = date(2026, 7, 10)
    here.now = datetime(2026, 7, 11, 0, 30, tzinfo=NEW_YORK)
    here.server.faults.add(faults.stale().on("/list/cs.CV/new"))
    run(here, [friday])
    assert here.asked == ["/list/cs.CV/new", f"/catchup/cs.CV/{friday}?abs=True&page=1"]


def test_listing_pages_reach_ninety_days_back(here: World) -> None:
    here.overrides["archive.since"] = "2026-01-05"
    oldest = LAST - timedelta(days=90)
    with here.open() as work:
        assert sync.plan_sync(work, [oldest]).days == (oldest,)
        with pytest.raises(OutOfReach):
            sync.plan_sync(work, [oldest - timedelta(days=1)])
        planned = sync.plan_sync(work, [])
    assert planned.days[-1] == oldest
    assert planned.waiting[-1] == oldest - timedelta(days=1)


def test_a_date_is_asked_for_from_20_00_of_the_evening_before(here: World) -> None:
    here.now = announced_at(LAST)
    with here.open() as work:
        assert sync.plan_sync(work, [LAST]).days == (LAST,)
        here.now -= timedelta(seconds=1)
        with pytest.raises(OutOfReach):
            sync.plan_sync(work, [LAST])


def test_a_named_weekend_is_not_asked_for_and_a_named_holiday_is(here: World) -> None:
    friday, saturday, holiday = date(2026, 7, 10), date(2026, 7, 11), date(2026, 7, 6)
    with here.open() as work:
        work.store.put_finding(Finding(friday, State.NO_MAILING, "catchup", "an empty page"))
        assert sync.plan_sync(work, [saturday, holiday, friday]).days == (friday, holiday)


def test_a_named_date_that_is_complete_or_in_conflict_is_not_asked_for(here: World) -> None:
    run(here, [LAST])
    with here.open() as work:
        work.store.put_finding(Finding(DAYS[-2], State.CONFLICT, "adopted", "another file"))
        work.store.put_finding(Finding(DAYS[-3], State.FAILED, "listing", "order-broken"))
        assert sync.plan_sync(work, [LAST, DAYS[-2], DAYS[-3]]).days == (DAYS[-3],)


def test_a_mailing_that_another_process_brought_meanwhile_is_not_asked_for(here: World) -> None:
    first, second = DAYS[-2], DAYS[-3]

    class Racing:
        """Lets another process sync the second day while the first one is being asked for."""

        def get(self, url: str, *, expect: str) -> Response:
            with here.open() as other:
                sync.sync(other, here.upstream, [second])
            here.asked.clear()
            return here.get(url, expect=expect)

    with here.open() as work:
        days = sync.sync(work, ListingClient(Racing(), here.server.url, "cs.CV"), [first, second]).days
    assert here.asked == [f"/catchup/cs.CV/{first}?abs=True&page=1"]
    assert [(day.day, day.action) for day in days] == [(first, Done.WRITTEN), (second, Done.NONE)]


def test_given_dates_are_asked_for_alone(here: World) -> None:
    run(here, [DAYS[2]])
    assert here.asked == [f"/catchup/cs.CV/{DAYS[2]}?abs=True&page=1"]
    assert states(here)[DAYS[1]] is State.PENDING


def test_a_date_beyond_reach_sends_nothing(here: World) -> None:
    with pytest.raises(OutOfReach):
        run(here, [date(2026, 1, 5)])
    with pytest.raises(OutOfReach):
        run(here, [date(2026, 7, 14)])
    assert here.asked == []


def test_of_several_dates_those_within_reach_are_fetched_and_the_others_named(here: World) -> None:
    future, old = date(2026, 7, 14), date(2026, 1, 5)
    done = run(here, [future, DAYS[2], old])
    assert here.asked == [f"/catchup/cs.CV/{DAYS[2]}?abs=True&page=1"]
    assert [(one.day, one.action) for one in done.days] == [
        (DAYS[2], Done.WRITTEN),
        (future, Done.REFUSED),
        (old, Done.REFUSED),
    ]
    errors = [one.error for one in done.days[1:]]
    assert [isinstance(error, OutOfReach) and error.is_future for error in errors] == [True, False]


def test_a_named_date_that_lost_its_file_gets_it_back_without_a_request(here: World) -> None:
    run(here, [LAST])
    data = here.file(LAST).read_bytes()
    here.file(LAST).unlink()
    here.asked.clear()
    with here.open() as work:
        (planned,) = sync.preview_sync(work, [LAST]).days
    assert (planned.action, planned.note) == (Done.PLANNED, "its file is gone")
    (outcome,) = run(here, [LAST]).days
    assert (outcome.action, outcome.note, outcome.error) == (Done.RESTORED, "its file was gone", None)
    assert here.file(LAST).read_bytes() == data
    assert here.asked == []


def test_a_sync_of_what_is_missing_notices_a_file_that_is_gone(here: World) -> None:
    run(here, [LAST])
    data = here.file(LAST).read_bytes()
    here.file(LAST).unlink()
    with here.open() as work:
        planned = {one.day: one.note for one in sync.preview_sync(work).days if one.note}
    assert planned == {LAST: "its file is gone"}
    found = {one.day: (one.action, one.note) for one in run(here).days}
    assert found[LAST] == (Done.RESTORED, "its file was gone")
    assert here.file(LAST).read_bytes() == data


def test_a_named_date_that_lost_its_rows_gets_them_back_without_a_request(here: World) -> None:
    run(here, [LAST])
    with here.open() as work:
        held = work.store.digest(LAST)
        with work.database.write() as connection:
            connection.execute(delete(ENTRY).where(ENTRY.c.day == LAST))
    here.asked.clear()
    with here.open() as work:
        (planned,) = sync.preview_sync(work, [LAST]).days
    assert (planned.action, planned.note) == (Done.PLANNED, "its rows are gone")
    (outcome,) = run(here, [LAST]).days
    assert (outcome.action, outcome.note, outcome.error) == (Done.RESTORED, "its rows were gone", None)
    with here.open() as work:
        assert work.store.digest(LAST) == held
    assert here.asked == []


def test_older_dates_beyond_reach_stay_pending_and_are_named(here: World) -> None:
    here.overrides["archive.since"] = "2026-03-02"
    assert min(run(here, []).waiting) == date(2026, 3, 2)


def test_a_mailing_in_several_parts_is_put_together(here: World) -> None:
    run(here, [DAYS[2]])
    whole = here.file(DAYS[2]).read_bytes()
    with world(here.folder / "other", here.now) as other:
        other.server.catchup_page = 2
        run(other, [DAYS[2]])
        assert other.file(DAYS[2]).read_bytes() == whole
        assert len(other.asked) > 1
        with other.open() as work:
            evidence = work.report(DAYS[2]).evidence
        assert evidence == f"heading of {other.server.url}{other.asked[0]}"


UNANNOUNCED = faults.Fault(
    "unannounced",
    sheet=lambda sheet, _scene: replace(sheet, blocks=(), stated=0),
    reply=lambda reply, _scene: replace(reply, body=reply.body.replace(b"Continue to the next day", b"")),
)
"""A catchup page as it was before its mailing: empty, and with no link to a next day."""

BROKEN: list[tuple[Fault, State]] = [
    (faults.halved(), State.PARTIAL),
    (faults.missing(), State.PARTIAL),
    (faults.hollow(), State.PARTIAL),
    (faults.duplicated(), State.FAILED),
    (faults.skewed(), State.PARTIAL),
    (faults.wrong_date(date(2026, 7, 8)), State.FAILED),
    (faults.maintenance(), State.FAILED),
]


@pytest.mark.parametrize(("fault", "state"), BROKEN, ids=[fault.name for fault, _ in BROKEN])
def test_a_broken_page_is_kept_and_nothing_is_written(here: World, fault: Fault, state: State) -> None:
    day = DAYS[4]
    here.server.faults.add(fault.on("/catchup/*"))
    (outcome,) = run(here, [day]).days
    assert outcome.action is Done.REFUSED
    assert outcome.error is not None
    assert states(here)[day] is state
    assert not here.file(day).exists()
    with here.open() as work:
        assert [receipt.kind for receipt in work.vault.receipts()] == ["refused"]


@pytest.mark.parametrize(("fault", "state"), BROKEN, ids=[fault.name for fault, _ in BROKEN])
def test_a_day_rejected_once_is_asked_for_again_and_completed(here: World, fault: Fault, state: State) -> None:
    day = DAYS[4]
    here.server.faults.add(fault.on("/catchup/*"))
    run(here, [day])
    assert states(here)[day] is state
    run(here)
    assert states(here)[day] is State.COMPLETE


def test_yesterdays_entries_under_todays_heading_are_refused(here: World) -> None:
    here.now = noon(DAYS[-2])
    run(here)
    here.now = noon(LAST)
    here.server.faults.add(faults.stale_entries().on("/list/*"))
    (outcome,) = run(here).days
    assert outcome.action is Done.REFUSED
    assert outcome.error is not None
    assert getattr(outcome.error, "reason", "") == "stale-source"


def test_an_unreachable_upstream_ends_the_run_and_persists_nothing(here: World) -> None:
    here.server.faults.add(faults.status(502).on("/catchup/*"))
    done = run(here)
    assert done.error is not None
    assert [day.day for day in done.days if day.action is Done.WRITTEN] == [LAST]
    assert states(here)[DAYS[-2]] is State.PENDING


def test_a_date_that_upstream_could_not_be_asked_about_is_not_called_one_with_nothing_to_examine(here: World) -> None:
    here.server.faults.add(faults.status(502).on("/catchup/*"))
    done = run(here, [DAYS[-2], date(2026, 7, 4)])
    assert done.error is not None
    assert [one.day for one in done.skipped] == [date(2026, 7, 4)]


def test_a_second_source_is_asked_on_demand(here: World) -> None:
    run(here, [LAST], witness=True)
    assert here.asked == ["/list/cs.CV/new", f"/catchup/cs.CV/{LAST}?abs=True&page=1"]
    with here.open() as work:
        mailing = work.store.mailing(LAST)
    assert mailing is not None
    assert "agreed by" in mailing.evidence


def test_two_sources_that_disagree_leave_the_day_unwritten(here: World) -> None:
    (paper, *_) = here.server.history.mailings[LAST, "cs.CV"].new
    here.server.faults.add(faults.hidden([paper.id]).on("/catchup/*"))
    (outcome,) = run(here, [LAST], witness=True).days
    assert getattr(outcome.error, "reason", "") == "witnesses-disagree"
    assert not here.file(LAST).exists()


def test_an_unlisted_day_without_mailing_is_recorded_from_its_empty_page(here: World) -> None:
    here.overrides["archive.since"] = "2026-06-29"
    run(here)
    with here.open() as work:
        report = work.report(date(2026, 6, 29))
    assert report.state is State.NO_MAILING
    assert "later mailings exist" in report.evidence


def test_another_file_at_the_path_is_a_conflict_and_stays_unchanged(here: World) -> None:
    run(here, [DAYS[0]])
    path = here.file(DAYS[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a person's notes\n")
    (outcome,) = run(here, [DAYS[1]]).days
    assert outcome.state is State.CONFLICT
    assert path.read_bytes() == b"a person's notes\n"
    with here.open() as work:
        assert "candidate" in {receipt.kind for receipt in work.vault.receipts()}


@pytest.mark.parametrize("step", ["row", "file"])
def test_the_next_run_finishes_what_a_kill_between_two_steps_left(here: World, step: str) -> None:
    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == step:
            raise Killed

    with here.open(steps=kill) as work, pytest.raises(Killed):
        sync.sync(work, here.upstream, [LAST])
    here.asked.clear()
    run(here, [LAST])
    assert here.asked == []
    assert here.file(LAST).is_file()
    with here.open() as work:
        mailing = work.store.mailing(LAST)
        assert mailing is not None
        assert work.store.list_agreed_hashes()[LAST] == mailing.sha256
        listed = {entry.id for digest in work.store.digests() for entry in digest.entries}
        assert {one.record.id for one in work.store.papers() if one.record.metadata.authors} == listed


def test_a_dry_run_asks_and_writes_nothing(here: World) -> None:
    with here.open() as work:
        plan = sync.preview_sync(work)
    assert [(day.day, day.source) for day in plan.days[:2]] == [(LAST, "new"), (DAYS[-2], "catchup")]
    assert here.asked == []
    assert not any(here.file(day).exists() for day in DAYS)


def test_a_page_saved_by_hand_is_taken_without_asking(here: World, tmp_path: Path) -> None:
    page = tmp_path / "saved.html"
    page.write_bytes(here.get(f"{here.server.url}/catchup/cs.CV/{DAYS[3]}?abs=True", expect="html").body)
    here.asked.clear()
    with here.open() as work:
        (outcome,) = ingest_saved_pages(work, [page]).days
    assert (outcome.day, outcome.action) == (DAYS[3], Done.WRITTEN)
    assert here.asked == []


def test_an_empty_catchup_page_that_links_no_next_day_proves_nothing(here: World) -> None:
    here.server.faults.add(UNANNOUNCED.on(f"/catchup/*/{DAYS[4]}*"))
    run(here)
    assert states(here)[DAYS[4]] is State.PENDING
    run(here)
    assert states(here)[DAYS[4]] is State.COMPLETE


def test_a_date_learned_to_have_no_mailing_is_asked_for_again_when_it_is_named(here: World) -> None:
    empty = replace(UNANNOUNCED, reply=faults.Fault("none").reply)
    here.server.faults.add(empty.on(f"/catchup/*/{DAYS[4]}*"))
    run(here)
    assert states(here)[DAYS[4]] is State.NO_MAILING
    here.asked.clear()
    run(here)
    assert here.asked == []
    run(here, [DAYS[4]])
    assert states(here)[DAYS[4]] is State.COMPLETE


def test_a_heading_of_the_future_records_nothing_for_that_date(here: World) -> None:
    here.server.faults.add(faults.wrong_date(date(2031, 4, 9)).on("/list/*"))
    outcome = run(here, [LAST]).days[0]
    assert (outcome.day, outcome.action) == (LAST, Done.REFUSED)
    with here.open() as work:
        assert date(2031, 4, 9) not in work.store.findings()


def test_an_unexpected_response_for_one_day_does_not_delay_older_days(here: World) -> None:
    here.server.faults.add(faults.status(418).on(f"/catchup/*/{DAYS[4]}*"))
    done = run(here)
    assert {day.day for day in done.days if day.action is Done.WRITTEN} == {*DAYS} - {DAYS[4]}
    assert [day.day for day in done.days if day.error is not None] == [DAYS[4]]


def test_three_unexpected_responses_in_a_row_end_the_run(here: World) -> None:
    here.server.faults.add(faults.status(418).on("/catchup/*", times=None))
    assert run(here).error is not None
    assert len(here.asked) == 4


def test_unexpected_responses_with_a_mailing_between_them_do_not_end_the_run(here: World) -> None:
    failing = (DAYS[1], DAYS[2], DAYS[4], DAYS[5])
    for day in failing:
        here.server.faults.add(faults.status(418).on(f"/catchup/*/{day}*"))
    done = run(here)
    assert done.error is None
    assert [day.day for day in done.days if day.error is not None] == [*failing[::-1]]


def test_a_named_date_that_is_held_needs_no_page_beyond_reach(here: World) -> None:
    run(here, [DAYS[0]])
    with here.open() as work:
        row, digest = work.store.mailing(DAYS[0]), work.store.digest(DAYS[0])
        assert row is not None
        assert digest is not None
        work.store.put_mailing(replace(row, state=State.ADOPTED), digest)
        for age, planned in ((90, (DAYS[0],)), (91, ())):
            here.now = noon(DAYS[0] + timedelta(days=age))
            assert sync.plan_sync(work, [DAYS[0]]).days == planned


def test_a_repeated_part_ends_the_fetch_at_the_second_request(here: World) -> None:
    here.server.faults.add(
        faults.Fault("one more", sheet=lambda s, _: replace(s, stated=s.total + 1)).on("/list/*", times=None)
    )
    (outcome,) = run(here, [LAST]).days
    assert (outcome.action, outcome.source) == (Done.WRITTEN, "catchup")
    assert len([path for path in here.asked if path.startswith("/list/")]) <= 2


def test_an_older_digest_is_where_the_states_begin(here: World) -> None:
    run(here, [DAYS[0]])
    here.overrides["archive.since"] = str(DAYS[2])
    with here.open() as work:
        assert work.coverage_start() == DAYS[0]


def test_parts_of_a_page_saved_by_hand_may_come_in_any_order(here: World, tmp_path: Path) -> None:
    here.server.catchup_page = 2
    pages = []
    for number in (3, 2, 1):
        page = tmp_path / f"{number}.html"
        url = f"{here.server.url}/catchup/cs.CV/{DAYS[2]}?abs=True&page={number}"
        page.write_bytes(here.get(url, expect="html").body)
        pages.append(page)
    with here.open() as work:
        outcomes = ingest_saved_pages(work, pages).days
    assert [(day.day, day.action) for day in outcomes] == [(DAYS[2], Done.WRITTEN)]


def test_a_new_page_that_stays_short_is_answered_by_the_catchup_page_of_its_day(here: World) -> None:
    here.server.faults.add(faults.missing(1).on("/list/*", times=None))
    (done,) = run(here, [LAST]).days
    assert (done.day, done.action, done.state) == (LAST, Done.WRITTEN, State.COMPLETE)
    assert [path.partition("?")[0] for path in here.asked] == ["/list/cs.CV/new", f"/catchup/cs.CV/{LAST}"]
    with here.open() as work:
        assert work.store.findings() == {}


def test_a_short_new_page_stays_partial_while_its_catchup_page_does_not_exist(here: World) -> None:
    here.now = evening(LAST)
    here.server.faults.add(faults.missing(1).on("/list/*", times=None))
    (done,) = run(here, [LAST]).days
    assert (done.day, done.state, len(here.asked)) == (LAST, State.PARTIAL, 1)


def listed_digest(here: World, day: date) -> Digest:
    """What the catchup page of a day shows."""
    return digests.from_listing(here.upstream.fetch_catchup(day).assemble(day), "cs.CV")


def test_a_reconstructed_day_that_lacks_a_paper_is_completed_by_its_catchup_page(here: World) -> None:
    day = DAYS[3]
    whole = listed_digest(here, day)
    with here.open() as work:
        shorter = replace(whole, entries=whole.entries[1:])
        write_mailing(work, shorter, Provenance(State.RECONSTRUCTED, "oai", "inferred before", None))
    (done,) = run(here, [day]).days
    assert (done.action, done.state, done.papers) == (Done.WRITTEN, State.COMPLETE, len(whole.entries))
    assert here.file(day).read_bytes() == digests.render(whole)
    with here.open() as work:
        found = work.store.mailing(day)
        assert found is not None
        assert f"completed: 1 paper was missing before, {whole.entries[0].id}" in found.evidence
