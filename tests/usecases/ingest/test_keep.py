"""Responses in the vault, with what is known of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from syncd.core.errors import LayoutUnknown
from syncd.usecases.ingest.keep import keep, keep_all, keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.web import Response
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = date(2026, 7, 13)
RECEIVED = datetime(2026, 7, 13, 16, tzinfo=UTC)
FIRST = Response("http://loopback/1", 200, (("content-type", "text/html"),), b"one", RECEIVED)
SECOND = Response("http://loopback/2", 200, (), b"two", RECEIVED)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(DAY)) as made:
        yield made


def test_a_response_is_kept_with_address_status_headers_and_time(here: World) -> None:
    with here.open() as work:
        kept = keep(work, FIRST)
        (receipt,) = work.vault.receipts()
        assert kept == receipt.sha256
        assert work.vault.get(receipt.sha256) == b"one"
    found = receipt.kind, receipt.url, receipt.status, receipt.headers, receipt.received
    assert found == ("response", FIRST.url, 200, FIRST.headers, RECEIVED)


def test_all_parts_are_kept_and_named(here: World) -> None:
    with here.open() as work:
        kept = keep_all(work, [FIRST, SECOND])
        urls = {receipt.sha256: receipt.url for receipt in work.vault.receipts()}
        assert [urls[sha256] for sha256 in kept if sha256 is not None] == [FIRST.url, SECOND.url]
        assert keep_all(work, []) == []


def test_a_rejected_page_names_its_date_its_address_and_what_was_kept(here: World) -> None:
    rejected = RejectedPage(LayoutUnknown("odd", reason="headings"), (FIRST, SECOND))
    with here.open() as work:
        error = keep_rejected(work, rejected, DAY)
        kinds = {receipt.kind for receipt in work.vault.receipts()}
        assert error.response in {receipt.sha256 for receipt in work.vault.receipts() if receipt.url == FIRST.url}
    assert (error.day, error.url, kinds) == (DAY, FIRST.url, {"refused"})


def test_an_error_keeps_the_date_address_and_hash_it_already_names(here: World) -> None:
    other = date(2026, 7, 10)
    error = LayoutUnknown("odd", reason="headings", day=other, url="http://loopback/3", response="a" * 64)
    with here.open() as work:
        found = keep_rejected(work, RejectedPage(error, (FIRST,)), DAY)
    assert (found.day, found.url, found.response) == (other, "http://loopback/3", "a" * 64)
