"""One small archive behind its pages, made once for the tests of this folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from syncd.archive.sql.ledger import SqlLedger
from syncd.archive.sql.papers import Current
from syncd.config import load
from syncd.core.model import Author, Metadata, Paper, PaperId, Record, Section, Version
from syncd.serve.application import make_application
from syncd.serve.read_archive import ReadArchive
from syncd.usecases.workspace import Access, open_workspace
from tests.support.compared_archive import DAYS
from tests.support.searched_papers import make_entry, make_mailing
from tests.support.served_pages import HOSTILE, ODD, REVISED, Served
from tests.support.small_archive import noon, world
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.archive.sql.store import Store

LAST = DAYS[-1]
SEEN = datetime(2026, 7, 20, 4, 30, tzinfo=UTC)


def fill(store: Store) -> None:
    """Add a mailing of odd texts, and what sources said of its papers later."""
    entries = [make_entry(paper, title, text) for paper, (title, text) in HOSTILE.items()]
    entries[-1] = replace(entries[-1], section=Section.CROSS)
    store.put_mailing(*make_mailing(ODD, *entries))
    names = Metadata(authors=(Author("<b>Eve</b>"), Author("مريم")))
    store.put_listed([Paper(PaperId("2607.20001"), "Title", "Text", 1, ("cs.CV",), names)], "new", SEEN)
    title, text = HOSTILE[REVISED]
    versions = (Version(1, SEEN), Version(2, SEEN))
    record = Record(REVISED, title, text, ("cs.CV",), versions, None)
    store.put_records([Current(record, f"{title} Again", text.replace("first", "second"), "oai", SEEN)])


def log_request(ledger: SqlLedger) -> None:
    """Log one request to arXiv that was answered."""
    number = ledger.begin_request("https://arxiv.org/x", "arxiv.org", ("pages",), timedelta(0))
    ledger.finish_request(number, ("pages",), timedelta(0), status=200, size=1, outcome="ok")


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The pages of ten mailings. The clock stands at noon of the day after the last one."""
    folder: Path = tmp_path_factory.mktemp("served")
    copy_synced(folder, noon(LAST))
    with world(folder, noon(ODD)) as made:
        with made.open() as work:
            fill(work.store)
            log_request(SqlLedger(work.database))
        searches = {"SYNCD_SEARCHES__MAPS": "depth maps", "SYNCD_SEARCHES__NOTHING": "zzzz"}
        config = load(folder / "config.toml", searches, {})
        archive = ReadArchive(lambda: open_workspace(config, lambda: made.now, Access.READ_ONLY))
        with TestClient(make_application(archive, None), base_url="http://archive.example") as client:
            yield Served(client, made, archive)
