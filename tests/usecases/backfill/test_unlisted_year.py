"""Backfilling where the first day follows closings, and a year of which no list of closings is known."""

from __future__ import annotations

import random
from datetime import date
from typing import TYPE_CHECKING

from syncd.core import mailing
from syncd.core.mailing import due_between
from syncd.core.model import Certainty, State
from syncd.core.reasons import REASONS
from syncd.rehearsal import history as histories
from syncd.report import backfill_output
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.support.generated_history import grown_history
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.core.results import BackfillResult
    from syncd.rehearsal.history import History

CLOSED = mailing.calendar().missing


def fill(here: World, since: date, until: date) -> BackfillResult:
    with here.open() as work:
        return backfill(work, UpstreamAccess(here, here.upstream, RunControl()), BackfillRequest(since, until, "oai"))


def held(here: World) -> dict[date, set[str]]:
    with here.open() as work:
        return {digest.day: {entry.id for entry in digest.entries} for digest in work.store.digests()}


def announced(past: History, since: date, until: date) -> dict[date, set[str]]:
    """The papers of each mailing, without late cross-lists."""
    found: dict[date, set[str]] = {}
    for day in past.days:
        if since <= day <= until:
            papers = histories.mailing(past, day, "cs.CV")
            found[day] = {work.id for work in (*papers.new, *papers.cross) if work.announced == day}
    return found


def test_the_first_day_of_a_range_is_whole_though_closings_are_before_it(tmp_path: Path) -> None:
    first, last = date(2020, 1, 1), date(2020, 1, 10)
    past = grown_history(random.Random(5), date(2019, 11, 1), date(2020, 1, 17), 12, closed=CLOSED)
    with world(tmp_path, noon(date(2020, 1, 17)), past) as here:
        done = fill(here, first, last)
        assert held(here) == announced(past, first, last)
        with here.open() as work:
            entries = [entry for digest in work.store.digests() for entry in digest.entries]
    assert {entry.reason for entry in entries if entry.certainty is not Certainty.PROVEN} <= set(REASONS)
    assert {entry.reason for entry in entries if entry.certainty is Certainty.PROVEN} == {None}
    outside = done.outside
    assert outside is not None
    assert (outside.first, outside.last) == (first, last)
    assert outside.before > 50
    assert outside.after > 20
    assert backfill_output.fields(done, ())["before_range"] == {"date": "2020-01-01", "papers": outside.before}
    assert backfill_output.fields(done, ())["expected_right"] == {"proven": 1.0, "bounded": 0.998, "assumed": 0.9998}
    assert any("proven (100.00% expected right)" in line for line in backfill_output.lines(done, ()))
    said = [line for line in backfill_output.lines(done, ()) if "before 2020-01-01" in line]
    assert said == [f"of mailings before 2020-01-01: {outside.before} papers of the metadata, not part of this run"]


def test_no_mailing_is_invented_in_a_year_without_a_list(tmp_path: Path) -> None:
    first, last = date(2018, 12, 17), date(2019, 1, 31)
    closed = {date(2018, 12, 25), date(2018, 12, 26), date(2019, 1, 2), date(2019, 1, 22)}
    past = grown_history(random.Random(6), date(2018, 11, 1), date(2019, 2, 11), 3, closed=closed)
    with world(tmp_path, noon(date(2019, 2, 11)), past) as here:
        done = fill(here, first, last)
        found = held(here)
        with here.open() as work:
            reports = {report.day: report for report in work.reports(first, last)}
        states = {one.day: (one.state, one.note) for one in done.run.days if one.day is not None}
    assert not closed & set(found)
    doubtful = {day for day, (state, _) in states.items() if state is State.PENDING}
    truth = announced(past, first, last)
    assert {day: papers for day, papers in truth.items() if day not in doubtful} == found
    assert doubtful
    assert all(reports[day].state is State.PENDING for day in doubtful)
    assert all(reports[day].evidence == states[day][1] for day in doubtful)
    assert all("no list of closings is known" in states[day][1] for day in doubtful)
    assert len(doubtful) < len(list(due_between(mailing.calendar(), first, last))) / 2


def test_a_mailing_that_only_the_calendar_denies_is_written_on_the_evidence_of_its_papers(tmp_path: Path) -> None:
    denied, first, last = date(2021, 12, 27), date(2021, 12, 20), date(2022, 1, 5)
    past = grown_history(random.Random(7), date(2021, 12, 1), date(2022, 1, 14), 12, closed=CLOSED.keys() - {denied})
    with world(tmp_path, noon(date(2022, 1, 14)), past) as here:
        fill(here, first, last)
        assert held(here) == announced(past, first, last)
        with here.open() as work:
            assert work.report(denied).state is State.RECONSTRUCTED


def test_a_recent_mailing_that_only_the_calendar_denies_is_fetched_from_its_page(tmp_path: Path) -> None:
    denied, first, last = date(2021, 12, 27), date(2021, 10, 1), date(2022, 1, 5)
    past = grown_history(random.Random(7), first, date(2022, 1, 14), 3, closed=CLOSED.keys() - {denied})
    with world(tmp_path, noon(date(2022, 3, 10)), past) as here, here.open() as work:
        backfill(work, UpstreamAccess(here, here.upstream, RunControl()), BackfillRequest(first, last))
        assert work.report(denied).state is State.COMPLETE
