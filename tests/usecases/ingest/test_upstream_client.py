"""Fetching a listing with all its parts, and a document of metadata, from prepared responses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from syncd.core.errors import LayoutUnknown, PageError, PartialPage, Unavailable
from syncd.usecases.ingest.upstream_client import FetchedListing, ListingClient, RejectedPage, fetch_xml
from syncd.web import Response
from tests.support import listing_pages as pages
from tests.support.listing_pages import BASE, Row


class PartServer:
    """Serves `/new` in parts of one entry each; `repeats` is a part that is served again instead of the one after it."""

    def __init__(self, parts: int, repeats: int | None = None) -> None:
        self.parts = parts
        self.repeats = repeats
        self.asked = 0

    def get(self, url: str, *, expect: str) -> Response:
        assert expect == "html"
        self.asked += 1
        skip = int(parse_qs(urlsplit(url).query).get("skip", ["0"])[0])
        number = self.repeats if self.repeats is not None and skip == self.repeats else skip + 1
        heading = f"New submissions (continued, showing 1 of {self.parts} entries)"
        block = pages.block(heading, [Row(f"2104.{number:05}")], number)
        return Response(url, 200, (), pages.new_page(content=block, total=self.parts), datetime.now(UTC))


def fetch(server: PartServer) -> int:
    """Return how many parts the newest listing has."""
    return len(ListingClient(server, BASE, "cs.CV").fetch_new().pages)


def test_a_listing_may_have_twenty_parts() -> None:
    assert fetch(PartServer(20)) == 20


@pytest.mark.parametrize("is_over", [True, False])
def test_the_first_part_of_a_listing_says_its_day_and_whether_that_is_over(is_over: bool) -> None:
    first, second = ListingClient(PartServer(2), BASE, "cs.CV").fetch_new().pages
    parts = (replace(first, links_next_day=is_over), replace(second, day=None, links_next_day=not is_over))
    fetched = FetchedListing(parts, (), "cs.CV")
    assert (fetched.heading, fetched.is_over) == (first.day, is_over)
    assert first.day is not None


def test_a_listing_of_more_than_twenty_parts_is_rejected_and_not_asked_for_further() -> None:
    server = PartServer(21)
    with pytest.raises(RejectedPage) as caught:
        fetch(server)
    assert caught.value.error.reason == "endless"
    assert server.asked == len(caught.value.responses) == 20


def test_a_part_that_is_served_twice_ends_the_fetch_at_once() -> None:
    server = PartServer(9, repeats=2)
    with pytest.raises(RejectedPage) as caught:
        fetch(server)
    assert isinstance(caught.value.error, LayoutUnknown)
    assert caught.value.error.url == f"{BASE}/list/cs.CV/new?skip=2&show=2000"
    assert server.asked == 3


def test_a_part_that_cannot_be_read_is_rejected_with_all_parts_before_it() -> None:
    class Broken(PartServer):
        def get(self, url: str, *, expect: str) -> Response:
            found = super().get(url, expect=expect)
            return found if self.asked < 3 else Response(url, 200, (), b"<html></html>", found.received)

    with pytest.raises(RejectedPage) as caught:
        fetch(Broken(9))
    assert len(caught.value.responses) == 3
    assert caught.value.error.url == caught.value.responses[-1].url


class Documents:
    """Serves these bodies one after another."""

    def __init__(self, *bodies: bytes) -> None:
        self.bodies = list(bodies)
        self.asked = 0

    def get(self, url: str, *, expect: str) -> Response:
        assert expect == "xml"
        self.asked += 1
        return Response(url, 200, (), self.bodies.pop(0), datetime.now(UTC))


def read(body: bytes) -> str:
    if body == b"cut":
        raise PartialPage("cut", reason="truncated")
    if body == b"bad":
        raise LayoutUnknown("bad", reason="layout")
    return body.decode()


def test_a_document_cut_twice_is_fetched_at_the_third_try() -> None:
    response, text = fetch_xml(Documents(b"cut", b"cut", b"whole"), "http://loopback/", read)
    assert (response.body, text) == (b"whole", "whole")


def test_a_document_cut_three_times_makes_upstream_unavailable() -> None:
    documents = Documents(b"cut", b"cut", b"cut", b"whole")
    with pytest.raises(Unavailable, match="cut 3 times"):
        fetch_xml(documents, "http://loopback/", read)
    assert documents.asked == 3


def test_a_whole_document_that_cannot_be_trusted_is_rejected_without_another_try() -> None:
    documents = Documents(b"bad", b"whole")
    with pytest.raises(RejectedPage) as caught:
        fetch_xml(documents, "http://loopback/", read)
    assert isinstance(caught.value.error, PageError)
    assert (caught.value.error.url, documents.asked) == ("http://loopback/", 1)
