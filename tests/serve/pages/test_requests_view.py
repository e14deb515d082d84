"""The page of requests."""

from __future__ import annotations

from tests.support.served_pages import Served, read_words


def test_requests_are_counted_by_host(served: Served) -> None:
    words = read_words(served.text("/requests"))
    found = served.get("/requests.json").json()
    assert found["command"] == "requests"
    (host,) = found["hosts"]
    assert (host["host"], host["count"], host["last_status"]) == ("arxiv.org", 1, 200)
    assert "arxiv.org 1 not known 200 none" in words
