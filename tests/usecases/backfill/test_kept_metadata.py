"""Mailings completed by what the archive has by now, without asking upstream."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.model import Finding, PaperId, State
from syncd.core.results import Done
from syncd.rehearsal import history as histories
from syncd.sources import oai
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.backfill.harvest import DateRange, harvest
from syncd.usecases.backfill.kept_metadata import complete_from_metadata
from syncd.usecases.compare.api_texts import ApiTexts
from syncd.usecases.progress import RunControl
from syncd.usecases.reconcile.write import Provenance, write_mailing
from syncd.usecases.upstream import UpstreamAccess
from tests.support import faults
from tests.support.generated_history import grown_history
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.core.model import Digest
    from syncd.rehearsal.history import History

SINCE, UNTIL = date(2026, 3, 2), date(2026, 6, 30)
DAY = SINCE + timedelta(days=8)
"""A date beyond the reach of catchup pages, with mailings before and after it."""
LAST = DAY + timedelta(days=6)


@pytest.fixture(scope="module")
def past() -> History:
    return grown_history(random.Random(3), SINCE, LAST + timedelta(days=7), 8)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, past: History) -> Digest:
    """The mailing of the day, as a backfill without trouble writes it."""
    with world(tmp_path_factory.mktemp("whole"), noon(UNTIL), past) as made:
        fill(made)
        with made.open() as work:
            found = work.store.digest(DAY)
    assert found is not None
    assert len(found.entries) > 4
    return found


@pytest.fixture
def here(tmp_path: Path, past: History) -> Iterator[World]:
    with world(tmp_path, noon(UNTIL), past) as made:
        yield made


def fill(here: World) -> None:
    with here.open() as work:
        control = RunControl()
        backfill(work, UpstreamAccess(here, here.upstream, control), BackfillRequest(SINCE, LAST, "oai"))


def hold(here: World, digest: Digest, state: State = State.RECONSTRUCTED) -> None:
    with here.open() as work:
        write_mailing(work, digest, Provenance(state, "oai", "inferred before", None))


def damage(here: World, paper: PaperId) -> None:
    """Let the record of a paper have no id that can be read."""
    here.server.faults.add(faults.rewritten(f"<id>{paper}</id>", "<id/>").on("/oai*", times=None))


def keep_partial(here: World, evidence: str, state: State = State.PARTIAL) -> None:
    with here.open() as work:
        work.store.put_finding(Finding(DAY, state, "oai", evidence, None, "bad-records", work.wall()))


def load_texts(here: World, day: date) -> None:
    """Fetch the first versions of a day's papers, as a comparison with the API does."""
    here.server.faults.clear()
    found = histories.mailing(here.server.history, day, "cs.CV")
    with here.open() as work:
        ApiTexts(work, here).load([(one.id, 1) for one in (*found.new, *found.cross) if len(one.editions) > 1])
    here.asked.clear()


def harvest_again(here: World) -> None:
    """Harvest as a comparison with OAI does, and fetch texts: it brings all that the day may lack, and writes no mailing."""
    here.server.faults.clear()
    with here.open() as work:
        assert not harvest(work, here, DateRange(DAY, DAY), RunControl(), as_of_now=True)
    load_texts(here, DAY)


def complete(here: World, *days: date, dry_run: bool = False) -> list[tuple[date | None, Done]]:
    with here.open() as work:
        return [(one.day, one.action) for one in complete_from_metadata(work, days, dry_run=dry_run)]


@pytest.mark.parametrize("is_held", [False, True])
def test_a_record_that_a_later_harvest_could_read_completes_its_day(here: World, whole: Digest, is_held: bool) -> None:
    gone = whole.entries[2]
    shorter = replace(whole, entries=tuple(entry for entry in whole.entries if entry is not gone))
    if is_held:
        hold(here, shorter)
    damage(here, gone.id)
    fill(here)
    with here.open() as work:
        assert work.report(DAY).state is State.PARTIAL
    assert complete(here) == []
    harvest_again(here)
    assert complete(here, DAY + timedelta(days=1)) == []
    assert complete(here, dry_run=True) == [(DAY, Done.PLANNED)]
    assert complete(here) == [(DAY, Done.WRITTEN)]
    assert complete(here) == []
    assert here.asked == []
    assert here.file(DAY).read_bytes() == digests.render(whole)
    with here.open() as work:
        assert work.report(DAY).state is State.RECONSTRUCTED
        if is_held:
            assert work.vault.get(sha256(digests.render(shorter))) == digests.render(shorter)
            assert f"completed: 1 paper was missing before, {gone.id}" in work.store.history(DAY)[-1].evidence


def test_a_digest_older_than_a_harvest_that_has_more_is_completed(here: World, whole: Digest) -> None:
    hold(here, replace(whole, entries=whole.entries[1:]))
    harvest_again(here)
    assert complete(here, DAY) == [(DAY, Done.WRITTEN)]
    assert here.file(DAY).read_bytes() == digests.render(whole)


def test_no_other_day_is_touched(here: World, whole: Digest) -> None:
    shorter = replace(whole, entries=whole.entries[1:])
    for state in (State.COMPLETE, State.ADOPTED):
        hold(here, shorter, state)
        harvest_again(here)
        assert complete(here, DAY) == []
        assert here.file(DAY).read_bytes() == digests.render(shorter)


def test_metadata_that_contradicts_changes_nothing(here: World, whole: Digest) -> None:
    strange = replace(whole.entries[0], id=PaperId("2603.99999"))
    swapped = (whole.entries[2], whole.entries[1], *whole.entries[3:])
    for entries in ((strange, *whole.entries[2:]), swapped):
        hold(here, replace(whole, entries=entries))
        harvest_again(here)
        keep_partial(here, f"1 record that may belong to it could not be read: {whole.entries[0].id} (cut)")
        before = here.file(DAY).read_bytes()
        assert complete(here, DAY) == []
        assert here.file(DAY).read_bytes() == before
        with here.open() as work:
            assert work.report(DAY).state is State.PARTIAL


def test_a_conflict_is_left_to_a_person(here: World, whole: Digest) -> None:
    hold(here, replace(whole, entries=whole.entries[1:]))
    harvest_again(here)
    evidence = f"1 record that may belong to it could not be read: {whole.entries[0].id} (cut)"
    keep_partial(here, evidence, State.CONFLICT)
    assert complete(here) == []
    keep_partial(here, evidence)
    assert complete(here) == [(DAY, Done.WRITTEN)]


def test_while_a_record_cannot_be_read_no_day_is_completed(here: World, whole: Digest) -> None:
    hold(here, replace(whole, entries=whole.entries[1:]))
    harvest_again(here)
    with here.open() as work:
        done = work.store.harvest(f"oai {oai.set_of('cs.CV')}")
        assert done is not None
        work.store.put_harvest(replace(done, key=f"{done.key} again {DAY} {DAY}", done=False))
    assert complete(here) == []
    harvest_again(here)
    assert complete(here) == [(DAY, Done.WRITTEN)]


def test_a_day_whose_records_are_all_known_and_held_is_partial_no_longer(here: World, whole: Digest) -> None:
    hold(here, whole)
    harvest_again(here)
    known = whole.entries[0].id
    for records, is_closed in (
        ("1 record that may belong to it could not be read: 2603.99999 (no title)", False),
        ("1 record that may belong to it could not be read: record 3 (no id)", False),
        (f"2 records that may belong to it could not be read: {known} (cut), record 3 (no id)", False),
        (f"1 record that may belong to it could not be read: {known} (no title)", True),
    ):
        keep_partial(here, records)
        assert complete(here, dry_run=True) == ([(DAY, Done.PLANNED)] if is_closed else [])
        assert complete(here) == ([(DAY, Done.REGISTERED)] if is_closed else [])
        with here.open() as work:
            assert (work.store.finding(DAY) is None) is is_closed
    assert here.file(DAY).read_bytes() == digests.render(whole)


def test_a_day_is_written_when_the_texts_that_the_api_withheld_have_come(here: World) -> None:
    here.server.faults.add(faults.status(500).on("/api/*", times=None))
    fill(here)
    with here.open() as work:
        day = next(day for day, found in work.store.findings().items() if found.error == "missing-texts")
    assert complete(here) == []
    load_texts(here, day)
    assert complete(here) == [(day, Done.WRITTEN)]
    assert here.asked == []
    with here.open() as work:
        digest = work.store.digest(day)
        assert digest is not None
        assert {entry.version for entry in digest.entries} == {1}


def test_a_day_without_a_digest_whose_page_is_within_reach_is_left_to_sync(here: World, whole: Digest) -> None:
    here.now = noon(DAY + timedelta(days=90))
    damage(here, whole.entries[2].id)
    fill(here)
    harvest_again(here)
    assert complete(here, DAY) == []
    here.now = noon(DAY + timedelta(days=91))
    assert complete(here, DAY) == [(DAY, Done.WRITTEN)]
