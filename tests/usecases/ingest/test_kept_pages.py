"""Mailings completed from listing pages in the vault, without asking upstream."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.core.model import Finding, State, paper_id
from syncd.core.results import Done
from syncd.usecases.ingest.keep import keep_all
from syncd.usecases.ingest.kept_pages import complete_from_vault
from syncd.usecases.reconcile.write import Provenance, write_mailing
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.core.model import Digest

DAY, LAST = date(2026, 7, 3), date(2026, 7, 13)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        made.server.catchup_page = 2
        yield made


def keep_page(here: World, kind: str) -> Digest:
    """Keep the parts of the day's page, and return what they show."""
    fetched = here.upstream.fetch_catchup(DAY)
    assert len(fetched.responses) > 1
    with here.open() as work:
        keep_all(work, fetched.responses, kind)
    here.asked.clear()
    return digests.from_listing(fetched.assemble(DAY), "cs.CV")


def hold(here: World, digest: Digest, state: State = State.RECONSTRUCTED) -> None:
    with here.open() as work:
        write_mailing(work, digest, Provenance(state, "oai", "inferred before", None))


@pytest.mark.parametrize("kind", ["refused", "response"])
def test_a_kept_page_that_has_more_completes_a_reconstructed_day(here: World, kind: str) -> None:
    whole = keep_page(here, kind)
    hold(here, replace(whole, entries=whole.entries[1:]))
    with here.open() as work:
        (planned,) = complete_from_vault(work, dry_run=True)
        assert (planned.day, planned.action) == (DAY, Done.PLANNED)
        (done,) = complete_from_vault(work, [DAY])
        assert (done.action, done.state, done.papers) == (Done.WRITTEN, State.COMPLETE, len(whole.entries))
        assert complete_from_vault(work) == []
    assert here.file(DAY).read_bytes() == digests.render(whole)
    assert here.asked == []


def test_a_partial_day_without_a_digest_is_written(here: World) -> None:
    whole = keep_page(here, "response")
    with here.open() as work:
        work.store.put_finding(Finding(DAY, State.PARTIAL, "oai", "one is missing", None, "bad-records", work.wall()))
        (done,) = complete_from_vault(work)
        assert (done.action, work.store.finding(DAY)) == (Done.WRITTEN, None)
    assert here.file(DAY).read_bytes() == digests.render(whole)


@pytest.mark.parametrize("state", [State.COMPLETE, State.ADOPTED])
def test_no_other_day_is_touched(here: World, state: State) -> None:
    whole = keep_page(here, "response")
    shorter = replace(whole, entries=whole.entries[1:])
    hold(here, shorter, state)
    with here.open() as work:
        assert complete_from_vault(work, [DAY]) == []
    assert here.file(DAY).read_bytes() == digests.render(shorter)


def test_a_page_that_contradicts_or_has_nothing_more_changes_nothing(here: World) -> None:
    whole = keep_page(here, "refused")
    strange = replace(whole.entries[0], id=paper_id("2607.99999"))
    for held in (whole, replace(whole, entries=(strange, *whole.entries[1:-1]))):
        hold(here, held)
        with here.open() as work:
            assert complete_from_vault(work, [DAY]) == []


def test_a_page_of_which_a_part_was_not_kept_completes_nothing(here: World) -> None:
    fetched = here.upstream.fetch_catchup(DAY)
    whole = digests.from_listing(fetched.assemble(DAY), "cs.CV")
    hold(here, replace(whole, entries=whole.entries[1:]))
    with here.open() as work:
        keep_all(work, fetched.responses[:1])
        assert complete_from_vault(work, [DAY]) == []
