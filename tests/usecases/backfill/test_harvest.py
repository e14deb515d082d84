"""Harvesting bulk metadata page by page from the loopback arXiv: resumed, restarted, cut short."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.harvests import Harvest
from syncd.core.errors import LayoutUnknown, Unavailable
from syncd.rehearsal import reply
from syncd.rehearsal.faults import Fault
from syncd.rehearsal.history import record
from syncd.usecases.backfill.harvest import DateRange, find_start, harvest, is_covered, is_fetched
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.progress import Cancelled, Progress, RunControl
from tests.support import faults
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.core.model import Unreadable

FIRST, LAST = date(2026, 6, 30), date(2026, 7, 13)
NOW = datetime(2026, 7, 13, 16, tzinfo=UTC)
DATES = DateRange(FIRST, LAST)
HEAD = '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        made.server.oai_page = 10
        yield made


def run(here: World, control: RunControl | None = None) -> tuple[Unreadable, ...]:
    with here.open() as work:
        return harvest(work, here, DATES, control or RunControl())


def known(here: World) -> set[str]:
    with here.open() as work:
        return {seen.id for seen in work.store.list_submissions()}


def refused(code: str) -> Fault:
    body = f'{HEAD}<error code="{code}">no</error></OAI-PMH>'.encode()
    return Fault(code, reply=lambda _reply, _scene: replace(reply.html(""), body=body, kind="text/xml"))


@pytest.fixture
def everything(tmp_path: Path) -> set[str]:
    with world(tmp_path / "undisturbed", noon(LAST)) as undisturbed:
        run(undisturbed)
        return known(undisturbed)


def test_each_page_is_asked_for_once_and_all_papers_are_known(here: World) -> None:
    run(here)
    assert len(set(here.asked)) == len(here.asked) > 2
    with here.open() as work:
        assert is_covered(work, DATES)


def test_stopped_between_pages_it_continues_with_the_next(here: World, everything: set[str]) -> None:
    watch = RunControl()
    with pytest.raises(Cancelled):
        run(here, RunControl(report=lambda one: watch.cancel.set() if one.done else None, cancel=watch.cancel))
    assert len(here.asked) == 1
    run(here)
    assert len(set(here.asked)) == len(here.asked)
    assert known(here) == everything


def test_a_harvest_that_was_finished_but_not_recorded_is_not_repeated(here: World) -> None:
    class KilledError(BaseException):
        pass

    def tell(progress: Progress) -> None:
        if progress.doing == "loading metadata":
            raise KilledError

    with pytest.raises(KilledError):
        run(here, RunControl(report=tell))
    asked = len(here.asked)
    with here.open() as work:
        assert is_fetched(work, DATES)
        assert not is_covered(work, DATES)
    run(here)
    assert len(here.asked) == asked
    with here.open() as work:
        assert is_covered(work, DATES)


def test_a_token_refused_once_continues_from_the_day_reached(here: World, everything: set[str]) -> None:
    here.server.faults.add(refused("badResumptionToken").on("*resumptionToken*", spare=1))
    run(here)
    first = [asked for asked in here.asked if "from=" in asked]
    assert len(first) == 2
    assert first[0] != first[1]
    assert known(here) == everything


def test_where_every_token_is_refused_it_continues_day_by_day(here: World, everything: set[str]) -> None:
    here.server.faults.add(refused("badResumptionToken").on("*resumptionToken*", times=None))
    run(here)
    assert known(here) == everything


def test_a_day_too_long_for_one_page_whose_token_is_always_refused_ends_the_harvest(here: World) -> None:
    here.server.oai_page = 2
    here.server.faults.add(refused("badResumptionToken").on("*resumptionToken*", times=None))
    with pytest.raises(RejectedPage) as caught:
        run(here)
    assert isinstance(caught.value.error, LayoutUnknown)
    assert len(here.asked) < 20
    with here.open() as work:
        assert work.store.list_harvested_pages(work.store.replica)


@pytest.mark.parametrize("code", ["badArgument", "cannotDisseminateFormat", "badVerb", "noSetHierarchy", "strange"])
def test_every_other_error_of_the_protocol_ends_the_harvest(here: World, code: str) -> None:
    here.server.faults.add(refused(code).on("/oai*"))
    with pytest.raises(RejectedPage) as caught:
        run(here)
    assert caught.value.error.reason == code


def test_a_first_response_without_any_record_covers_nothing(here: World) -> None:
    here.server.faults.add(refused("noRecordsMatch").on("/oai*"))
    run(here)
    with here.open() as work:
        assert not is_covered(work, DATES)
    run(here)
    assert known(here)


def test_a_response_that_was_cut_is_asked_for_again(here: World, everything: set[str]) -> None:
    here.server.faults.add(faults.halved().on("/oai*", times=2))
    run(here)
    assert known(here) == everything


def test_a_response_cut_every_time_stores_nothing_and_a_later_run_completes_it(
    here: World, everything: set[str]
) -> None:
    here.server.faults.add(faults.halved().on("/oai*", times=None))
    with pytest.raises(Unavailable):
        run(here)
    assert known(here) == set()
    here.server.faults.clear()
    run(here)
    assert known(here) == everything


def test_the_last_day_is_harvested_again_on_a_later_day_only(here: World) -> None:
    run(here)
    here.asked.clear()
    run(here)
    assert here.asked == []
    here.now += timedelta(days=1)
    run(here)
    assert [f"from={LAST}" in asked for asked in here.asked] == [True]


def test_papers_skipped_by_one_harvest_come_with_the_next(here: World, everything: set[str]) -> None:
    with here.open() as work:
        late = [paper for paper, in_ in here.server.history.by_id.items() if in_.announced == LAST]
        work.close()
    here.server.faults.add(faults.hidden(late).on("/oai*", times=None))
    run(here)
    assert not known(here).intersection(late)
    here.server.faults.clear()
    here.now += timedelta(days=1)
    run(here)
    assert known(here) == everything


# Records and pages that cannot be read


def test_a_record_that_cannot_be_read_is_returned_until_it_can_and_its_day_is_asked_for_again(
    here: World, everything: set[str]
) -> None:
    paper = sorted(everything)[len(everything) // 2]
    here.server.faults.add(faults.rewritten(f"<id>{paper}</id>", "<id/>").on("/oai*", times=None))
    (bad,) = run(here)
    assert (bad.id, bad.why) == (paper, "header and metadata name different ids")
    assert bad.where.startswith("record ")
    assert "/oai?" in bad.where
    assert known(here) == everything - {paper}
    here.asked.clear()
    assert [one.id for one in run(here)] == [paper]
    assert [asked.partition("&from=")[2] for asked in here.asked] == [f"{bad.datestamp}&until={bad.datestamp}"]
    here.server.faults.clear()
    assert run(here) == ()
    assert known(here) == everything
    here.asked.clear()
    assert run(here) == ()
    assert here.asked == []


def empty_record(paper: str) -> Fault:
    """Let a record come without id and datestamp."""

    def empty(whole: reply.Reply, _scene: object) -> reply.Reply:
        pattern = rb"<record>(?:(?!</record>).)*?<id>%s</id>.*?</record>" % paper.encode()
        return replace(whole, body=re.sub(pattern, b"<record/>", whole.body, flags=re.DOTALL))

    return Fault("empty record", reply=empty).on("/oai*", times=None)


@pytest.mark.parametrize("place", [0, 20, -1])
def test_a_record_that_shows_nothing_of_itself_is_asked_for_with_the_days_of_those_around_it(
    here: World, everything: set[str], place: int
) -> None:
    here.server.oai_page = 1000
    lost = sorted(everything)[place]
    here.server.faults.add(empty_record(lost))
    assert len(run(here)) == 1
    assert known(here) == everything - {lost}
    assert len(run(here)) == 1  # in a shorter window now
    here.server.faults.clear()
    assert run(here) == ()
    assert known(here) == everything


@pytest.mark.parametrize("broken", ["<id>&nbsp;</id>", "<id>\x01</id>", "<id>", f"<id>{'x' * (600 << 10)}</id>"])
def test_around_a_page_that_cannot_be_read_as_a_whole_the_harvest_asks_in_halves_and_loses_one_record(
    here: World, everything: set[str], broken: str
) -> None:
    paper = sorted(everything)[len(everything) // 2]
    here.server.faults.add(faults.rewritten(f"<id>{paper}</id>", broken).on("/oai*", times=None))
    (bad,) = run(here)
    assert bad.id == paper
    assert known(here) == everything - {paper}
    assert len(here.asked) < 25
    with here.open() as work:
        assert is_covered(work, DATES)
    here.server.faults.clear()
    assert run(here) == ()
    assert known(here) == everything


def test_a_harvest_whose_first_page_is_not_well_formed_covers_its_dates(here: World, everything: set[str]) -> None:
    here.server.oai_page = 1000
    broken = faults.rewritten(f"<id>{min(everything)}</id>", "<id>&nbsp;</id>")
    here.server.faults.add(broken.on("/oai*", times=None))
    assert len(run(here)) == 1
    with here.open() as work:
        assert is_covered(work, DATES)


def test_a_page_that_is_not_well_formed_once_loses_nothing(here: World, everything: set[str]) -> None:
    here.server.faults.add(faults.rewritten("</record>", "</recor>").on("/oai*", times=1, spare=1))
    assert run(here) == ()
    assert known(here) == everything


def test_a_page_of_which_nothing_can_be_read_ends_the_harvest(here: World) -> None:
    here.server.faults.add(faults.rewritten("<OAI-PMH", "<p>Down").on("/oai*", times=None))
    with pytest.raises(RejectedPage) as caught:
        run(here)
    assert caught.value.error.reason == "not-xml"
    assert len(here.asked) < 10


def cut_if_longer(records: int) -> Fault:
    """A way to arXiv on which each answer with more records than these is cut."""

    def cut(whole: reply.Reply, _scene: object) -> reply.Reply:
        is_long = whole.body.count(b"<record>") > records
        return replace(whole, body=whole.body[: len(whole.body) // 2]) if is_long else whole

    return Fault("cut", reply=cut).on("/oai*", times=None)


def test_a_page_that_is_cut_each_time_comes_in_halves(here: World, everything: set[str]) -> None:
    here.server.oai_page = 1000
    here.server.faults.add(cut_if_longer(20))
    assert run(here) == ()
    assert known(here) == everything
    with here.open() as work:
        assert is_covered(work, DATES)


def test_a_day_whose_page_is_cut_each_time_ends_the_harvest_and_the_next_one_gets_it(
    here: World, everything: set[str]
) -> None:
    here.server.oai_page = 1000
    here.server.faults.add(cut_if_longer(0))
    with pytest.raises(Unavailable, match="cut 3 times"):
        run(here)
    assert len(here.asked) < 30
    here.server.faults.clear()
    run(here)
    assert known(here) == everything


# What an earlier harvest covers

DAY = timedelta(days=1)
LONG_AGO = timedelta(days=30)


def covers(here: World, first: date, until: date | None, age: timedelta) -> bool:
    """Return whether a harvest of these dates, finished `age` ago, covers FIRST … LAST."""
    with here.open() as opened:
        work = replace(opened, wall=lambda: NOW)
        work.store.put_harvest(Harvest("oai cs:cs:CV", first, until, None, None, 1, 10, NOW - age, done=True))
        return is_covered(work, DATES)


@pytest.mark.parametrize(("later", "covered"), [(-DAY, True), (timedelta(0), True), (DAY, False)])
def test_a_harvest_covers_dates_from_its_first_day_on(here: World, later: timedelta, covered: bool) -> None:
    assert covers(here, FIRST + later, LAST + 2 * DAY, LONG_AGO) is covered


@pytest.mark.parametrize(("days", "covered"), [(1, False), (2, True), (3, True)])
def test_an_old_harvest_covers_dates_until_two_days_before_it_began(here: World, days: int, covered: bool) -> None:
    assert covers(here, FIRST, LAST + days * DAY, LONG_AGO) is covered


@pytest.mark.parametrize(
    ("age", "covered"), [(timedelta(hours=3, seconds=-1), True), (timedelta(hours=3), False), (LONG_AGO, False)]
)
def test_a_harvest_of_today_is_fresh_for_three_hours(here: World, age: timedelta, covered: bool) -> None:
    assert covers(here, FIRST, LAST, age) is covered


def test_a_harvest_of_yesterday_is_not_fresh_however_new_it_is(here: World) -> None:
    assert not covers(here, FIRST, LAST - DAY, timedelta(0))
    assert not covers(here, FIRST, None, timedelta(0))


@pytest.mark.parametrize(("later", "start"), [(-DAY, LAST), (timedelta(0), LAST), (DAY, FIRST - 21 * DAY)])
def test_a_harvest_starts_where_the_last_one_ended_or_three_weeks_before_the_first_day(
    here: World, later: timedelta, start: date
) -> None:
    with here.open() as work:
        work.store.put_harvest(
            Harvest("oai cs:cs:CV", FIRST + later, LAST, None, None, 1, 10, NOW - LONG_AGO, done=True)
        )
        assert find_start(work, FIRST) == start


def test_a_day_whose_tokens_are_refused_is_started_three_times(here: World) -> None:
    here.server.oai_page = 2
    here.server.faults.add(refused("badResumptionToken").on("*resumptionToken*", times=None))
    with pytest.raises(RejectedPage):
        run(here)
    starts = Counter(asked for asked in here.asked if "from=" in asked)
    assert max(starts.values()) == 3


def test_all_that_a_record_states_is_kept(here: World) -> None:
    run(here)
    with here.open() as work:
        kept = {one.record.id: one.record for one in work.store.papers()}
    true = {one.id: one for one in (record(work, LAST) for work in here.server.history.works) if one is not None}
    assert len(kept) > 20
    for paper, one in kept.items():
        assert (one.metadata, one.versions) == (true[paper].metadata, true[paper].versions)
