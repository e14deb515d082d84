"""What the saved searches find in a new mailing: found once, also after kills and by several hosts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from syncd.archive.sql.daemon_state import SharedState
from syncd.config.sections import SearchesConfig
from syncd.core.markup import plain
from syncd.core.query.word_forms import split_words
from syncd.daemon import notifications
from syncd.daemon.matches import record_matches
from syncd.usecases.ingest.sync import sync
from tests.support.daemon_turns import TurnMaker
from tests.support.small_archive import noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.core.troubles import HookEvent
    from syncd.daemon.notifications import Facts
    from syncd.usecases.workspace import Workspace

LAST = date(2026, 7, 13)


def configure(work: Workspace, base_url: str | None = None, **queries: str) -> Workspace:
    serve = replace(work.config.serve, base_url=base_url)
    return replace(work, config=replace(work.config, searches=SearchesConfig(queries), serve=serve))


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[TurnMaker]:
    """A daemon with a new mailing for which no hook was run. Two saved searches find papers of it, and one does not."""
    with world(tmp_path, noon(LAST)) as here, here.open() as work:
        sync(replace(work, store=replace(work.store, announces=True)), here.upstream, [LAST])
        title = plain(work.store.digest(LAST).entries[0].title)  # type: ignore[union-attr]
        phrase = " ".join(split_words(title)[:3])
        yield TurnMaker(here, configure(work, title=f'title:"{phrase}"', all="category:cs.CV", none="zzzz"))


def list_matches(work: Workspace) -> list[str]:
    return [one.trouble.code for one in SharedState(work.database).events() if one.name == "match"]


def hear_matches(work: Workspace) -> list[dict[str, Any]]:
    """Return what the hooks are given of each match."""
    given: list[dict[str, Any]] = []

    def run_hooks(event: HookEvent, facts: Facts) -> bool:
        given.extend([facts] if event.name == "match" else [])
        return True

    assert notifications.announce_shared(work, lambda: True, run_hooks)
    return given


def test_each_search_that_finds_something_is_announced_after_the_mailing(daemon: TurnMaker) -> None:
    assert daemon.announce() == ["new 2026-07-13", "match 2026-07-13", "match 2026-07-13"]
    assert daemon.announce() == []


def test_a_mailing_is_compared_once_whatever_happens_between(daemon: TurnMaker) -> None:
    record_matches(daemon.work)
    assert list_matches(daemon.work) == ["title", "all"]
    # Killed before any hook ran, and another host with other searches goes on.
    record_matches(configure(daemon.work, other="category:cs.CV"))
    assert list_matches(daemon.work) == ["title", "all"]
    assert daemon.announce(2) == ["new 2026-07-13", "match 2026-07-13"]
    assert list_matches(daemon.work) == ["all"]
    assert daemon.announce() == ["match 2026-07-13"]


def test_two_hosts_that_ask_at_once_record_the_matches_once(daemon: TurnMaker) -> None:
    shared = SharedState(daemon.work.database)
    (event,) = shared.unmatched()
    record_matches(daemon.work)
    assert not shared.record_matches(event, [])
    assert list_matches(daemon.work) == ["title", "all"]


def test_a_turn_that_was_replaced_compares_nothing(daemon: TurnMaker) -> None:
    daemon.is_current = lambda: False
    assert daemon.announce() == []
    assert len(SharedState(daemon.work.database).unmatched()) == 1


def test_a_hook_is_given_the_papers(daemon: TurnMaker) -> None:
    work = configure(daemon.work, "https://example.org/cv", **daemon.work.config.searches.queries)
    found, everything = hear_matches(work)
    entry = work.store.digest(LAST).entries[0]  # type: ignore[union-attr]
    assert (found["search"], found["date"], found["papers"]) == ("title", "2026-07-13", 1)
    assert found["ids"] == [entry.id]
    assert found["titles"] == plain(entry.title)
    assert found["url"] == "https://example.org/cv/searches/title"
    (paper,) = found["matches"]
    assert paper["url"] == f"https://example.org/cv/paper/{entry.id}"
    assert paper["abstract"] == plain(entry.abstract)
    assert isinstance(paper["authors"], list)
    assert everything["papers"] == len(everything["ids"])
    assert everything["id"] != found["id"]


def test_a_paper_is_shown_at_arxiv_where_no_address_of_the_pages_is_known(daemon: TurnMaker) -> None:
    found, _ = hear_matches(daemon.work)
    assert found["url"] is None
    assert "/abs/" in found["matches"][0]["url"]


def test_a_match_whose_papers_are_gone_is_forgotten(daemon: TurnMaker) -> None:
    record_matches(daemon.work)
    daemon.here.sql("UPDATE syncd_event SET message = 'zzzz' WHERE event = 'match'")
    assert daemon.announce() == ["new 2026-07-13"]
    assert list_matches(daemon.work) == []
