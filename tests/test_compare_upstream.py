"""The archive against upstream: what each source states of a mailing, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd import digest as digests
from syncd.model import Digest, PaperId, Placed, Section, State, Version
from syncd.rehearsal import faults
from syncd.rehearsal.history import Edition, Membership, Work, changed, cross_listed, removed, revised
from syncd.usecases import sync
from syncd.usecases.backfill import Means
from syncd.usecases.comparing.accepted import accept, quiet
from syncd.usecases.comparing.costs import plan
from syncd.usecases.comparing.run import Question, compare, gathered
from syncd.usecases.fetching import Upstream
from syncd.usecases.placing import Provenance, place
from syncd.usecases.watching import Watch
from tests.world import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from syncd.model import Change, Entry
    from syncd.results import Compared
    from syncd.usecases.workspace import Workspace

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


def compared(here: World, *days: date, source: str = "auto", keeps_both: bool = False) -> Compared:
    with here.open() as work:
        upstream = Upstream(here, here.server.url, "cs.CV")
        means = Means(here, upstream, Watch())
        return gathered(quiet(work, compare(work, means, Question(days or tuple(DAYS), source, keeps_both))))


def told(found: Compared) -> list[tuple[date, str, str | None]]:
    return [(change.day, change.code, change.id) for change in found.changes]


def altered(here: World, day: date, alter: Callable[[Digest], Digest], state: State = State.COMPLETE) -> None:
    """The archive, file and rows, as if the mailing had been recorded so."""
    with here.open() as work:
        held = work.store.digest(day)
        assert held is not None
        digest = alter(held)
        here.file(day).unlink()
        place(work, digest, Provenance(state, "catchup", "told so", None))


def without(paper: PaperId) -> Callable[[Digest], Digest]:
    return lambda digest: replace(digest, entries=tuple(e for e in digest.entries if e.id != paper))


def with_entry(paper: PaperId, **more: object) -> Callable[[Digest], Digest]:
    def alter(digest: Digest) -> Digest:
        entries = (replace(e, **more) if e.id == paper else e for e in digest.entries)  # type: ignore[arg-type]
        return replace(digest, entries=tuple(entries))

    return alter


def new_papers(here: World, day: date) -> list[Work]:
    return list(here.server.history.mailings[day, "cs.CV"].new)


@pytest.mark.parametrize("source", ["auto", "catchup", "api", "oai", "rss"])
@pytest.mark.parametrize("later", [timedelta(0), LATER])
def test_a_true_archive_does_not_differ(here: World, source: str, later: timedelta) -> None:
    here.now += later
    found = compared(here, source=source)
    assert [t for t in told(found) if t[1] not in {"revised", "withdrawn"}] == []
