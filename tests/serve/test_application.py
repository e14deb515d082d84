"""Addresses, headers and errors of the pages, whatever they show."""

from __future__ import annotations

import gzip
import re
from xml.etree import ElementTree as ET

import pytest
from starlette.testclient import TestClient

from syncd.core.errors import DatabaseError
from syncd.core.model import PaperId
from syncd.serve.application import PAGES, make_application
from tests.support.served_pages import ODD, Served

EVERY = ["/", f"/{ODD}", "/paper/2607.20001", "/search?q=depth", "/differences", "/requests", "/report", "/nothing"]


@pytest.mark.parametrize("path", EVERY)
def test_a_page_runs_nothing_asks_no_other_host_and_sets_no_cookie(served: Served, path: str) -> None:
    response = served.get(path)
    page = response.text
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "set-cookie" not in response.headers
    assert re.findall(r"<script(?! src=\"/static/)", page) == []
    assert re.findall(r"\s(?:style|on[a-z]+)=", page) == []
    assert "<style" not in page
    assert re.findall(r'<(?:link|script|img|iframe)[^>]*(?:src|href)="(?!/)[^"]*"', page) == []


@pytest.mark.parametrize("path", EVERY)
def test_a_page_is_well_formed_and_each_id_stands_once(served: Served, path: str) -> None:
    page = served.get(path).text
    ids = re.findall(r'\sid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("<h1") == 1
    assert '<html lang="en">' in page
    assert all(
        page.count(f"<{tag}>") + page.count(f"<{tag} ") == page.count(f"</{tag}>") for tag in ("div", "p", "a", "ul")
    )


@pytest.mark.parametrize("path", [path for path in EVERY if path != "/nothing"])
def test_what_the_reader_has_already_is_not_sent_again(served: Served, path: str) -> None:
    first = served.get(path)
    again = served.get(path, if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert served.get(path, if_none_match='"other"').status_code == 200


def test_a_page_is_compressed_for_those_who_ask(served: Served) -> None:
    with served.client.stream("GET", f"/{ODD}", headers={"accept-encoding": "gzip"}) as response:
        packed = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(packed).decode() == served.get(f"/{ODD}", accept_encoding="identity").text


def test_a_change_of_the_data_is_seen_although_the_page_was_kept(served: Served) -> None:
    paper = PaperId("2607.20003")
    assert "deleted upstream" not in served.text(f"/{ODD}")
    with served.world.open() as work:
        work.store.put_deletions({paper: served.world.now}, "oai")
    try:
        served.archive._asked = 0
        assert "deleted upstream, as seen on 2026-07-14" in served.text(f"/{ODD}")
    finally:
        with served.world.open() as work:
            work.store.end_deletions([paper], served.world.now)


def test_a_page_is_kept_until_the_data_change(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.archive, "read_revision", lambda: "one")
    first = served.text(f"/{ODD}")
    with served.world.open() as work:
        monkeypatch.setattr(type(work.store), "digest", pytest.fail)
    assert served.text(f"/{ODD}") == first


def test_an_unknown_parameter_makes_no_other_page(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.archive, "read_revision", lambda: "two")
    first = served.text("/requests")
    monkeypatch.setattr("syncd.serve.pages.requests_view.list_hosts", pytest.fail)
    assert served.text("/requests?x=1") == first


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_reading_is_allowed(served: Served, method: str) -> None:
    response = served.client.request(method, "/")
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_a_head_has_the_headers_of_the_page(served: Served) -> None:
    head, get = served.client.head("/requests"), served.get("/requests")
    assert head.status_code == 200
    assert head.headers["etag"] == get.headers["etag"]


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/2026-13-01", ""),
        ("/1999-01-01", "/2026-06-30"),
        ("/2030-01-01", "/2026-07-14"),
        ("/2607.20001", "/paper/2607.20001"),
        ("/serach", "/search"),
        ("/paper/2607.99999", "/2026-07-1"),
        ("/../../etc/passwd", ""),
        ("/static/../application.py", ""),
    ],
)
def test_an_unknown_address_names_the_nearest(served: Served, path: str, near: str) -> None:
    response = served.get(path)
    assert response.status_code == 404
    assert f'href="{near}' in response.text
    assert response.headers["content-type"].startswith("text/html")


def test_an_unknown_address_of_json_gives_json(served: Served) -> None:
    response = served.get("/1999-01-01.json")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not-found"


@pytest.mark.parametrize("host", ["a b", "a/b", "a@b", "<x>", "a" * 300])
def test_an_odd_host_is_refused(served: Served, host: str) -> None:
    assert served.get("/", host=host).status_code == 400


@pytest.mark.parametrize(
    ("path", "status"), [(f"/{'x' * 300}", 414), (f"/search?q={'x' * 3000}", 414), (f"/search?q={'x' * 500}", 400)]
)
def test_a_long_address_is_refused(served: Served, path: str, status: int) -> None:
    assert served.get(path).status_code == status


def test_files_of_the_pages_last_under_the_name_of_their_content(served: Served) -> None:
    (style,) = re.findall(r'<link rel="stylesheet" href="([^"]*)"', served.text("/"))
    assert "immutable" in served.get(style).headers["cache-control"]
    assert served.get("/static/style.css").headers["cache-control"] == "no-cache"
    assert "url(" not in served.get(style).text


def test_a_base_path_begins_every_link_and_is_taken_off_when_it_comes(served: Served) -> None:
    with TestClient(make_application(served.archive, "https://example.org/digests/")) as client:
        for path in ("/", "/digests", "/digests/"):
            page = client.get(path).text
            links = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
            assert links
            assert all(link.startswith("/digests/") for link in links)
        moved = client.get("/digests/paper/2607.20001v1", follow_redirects=False)
        assert moved.headers["location"] == "/digests/paper/2607.20001"


@pytest.mark.parametrize("path", ["/feed.atom", f"/{ODD}.atom", "/search.atom?q=depth"])
def test_a_feed_has_ids_that_last_and_links_to_pages(served: Served, path: str) -> None:
    response = served.get(path)
    root = ET.fromstring(response.text)
    name = {"a": "http://www.w3.org/2005/Atom"}
    entries = root.findall("a:entry", name)
    assert response.headers["content-type"].startswith("application/atom+xml")
    assert entries
    for one in (root, *entries):
        assert (one.findtext("a:id", "", name)).startswith("urn:uuid:")
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", one.findtext("a:updated", "", name))
        links = [link.get("href", "") for link in one.findall("a:link", name)]
        assert all(link.startswith("http://archive.example/") for link in links)
        assert served.get(links[0].removeprefix("http://archive.example")).status_code == 200


def test_what_the_database_refuses_is_no_page_and_says_nothing_of_the_machine_except_in_one_line_of_the_log(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> str:
        raise DatabaseError("disk image is malformed", path="/var/lib/secret.db")

    monkeypatch.setattr(served.archive, "read_revision", fail)
    response = served.get("/")
    assert response.status_code == 503
    assert "secret" not in response.text
    assert "malformed" not in response.text
    assert [(one.message, one.exc_info) for one in caplog.records] == [
        ("/: database /var/lib/secret.db: disk image is malformed; ", None)
    ]
    assert served.get("/requests.json").json()["exit_code"] == 6


def test_each_page_has_its_forms(served: Served) -> None:
    assert {path: [str(form) for form in forms] for path, _, forms, _ in PAGES} == {
        "/index": [".json"],
        "/": [""],
        "/feed": [".atom"],
        "/{day:listing_date}": ["", ".json", ".atom"],
        "/paper/{paper:arxiv_id}": ["", ".json"],
        "/search": ["", ".json", ".atom"],
        "/searches": ["", ".json"],
        "/searches/{name:search_name}": ["", ".json", ".atom"],
        "/differences": ["", ".json"],
        "/requests": ["", ".json"],
        "/report": ["", ".json"],
    }
