"""The pages of saved searches."""

from __future__ import annotations

from xml.etree import ElementTree

from tests.support.served_pages import Served, read_words


def test_the_list_has_each_search_with_what_it_finds(served: Served) -> None:
    words = read_words(served.text("/searches"))
    assert "maps depth maps 1 paper the last in 2026-07-14 1 in the newest mailing" in words
    found = {one["name"]: one for one in served.get("/searches.json").json()["saved"]}
    assert found["maps"] == {"name": "maps", "query": "depth maps", "total": 1, "new": 1, "last": "2026-07-14"}
    assert found["nothing"]["last"] is None
    assert 'href="/searches"' in served.text("/")


def test_a_search_has_a_page_an_object_and_a_feed(served: Served) -> None:
    page = served.text("/searches/maps")
    assert "<mark>Depth</mark> of <math" in page
    assert 'href="/searches/maps.atom"' in page
    assert served.get("/searches/maps.json").json()["query"] == "depth maps"
    feed = ElementTree.fromstring(served.text("/searches/maps.atom"))
    atom = "{http://www.w3.org/2005/Atom}"
    assert feed.findtext(f"{atom}title") == "maps · cs.CV" or "maps" in str(feed.findtext(f"{atom}title"))
    assert len(feed.findall(f"{atom}entry")) == 1
    assert served.get("/searches/maps.json?until=2026-07-01").json()["total"] == 0


def test_an_unknown_search_leads_to_those_there_are(served: Served) -> None:
    response = served.get("/searches/map")
    assert response.status_code == 404
    assert 'href="/searches/maps"' in response.text
