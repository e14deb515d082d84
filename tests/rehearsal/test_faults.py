"""Each fault of the loopback arXiv does what it says, to whom it says, as often as it says."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, date, datetime
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING

import pytest

from syncd.core.model import PaperId
from syncd.rehearsal.faults import Fault, Faults
from syncd.rehearsal.history import NEW_YORK, small_history
from syncd.rehearsal.server import Server
from tests.support import faults

if TYPE_CHECKING:
    from collections.abc import Iterator

NEW = "/list/cs.CV/new"
RECENT = "/list/cs.CV/recent"
CATCHUP = "/catchup/cs.CV/2026-07-09?abs=True"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(small_history(), lambda: datetime(2026, 7, 9, 12, tzinfo=NEW_YORK)) as running:
        yield running


def ask(server: Server, target: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=10)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def page(server: Server, target: str) -> str:
    return ask(server, target)[1].decode()


def ids(text: str) -> list[str]:
    return re.findall(r'<a href ="/abs/([^"]+)" title="Abstract"', text)


# --- the queue -----------------------------------------------------------------------------------------------------


def names(queue: Faults, *targets: str) -> list[str | None]:
    return [found.name if (found := queue.take(target)) else None for target in targets]


def test_faults_come_in_order_and_only_as_often_as_they_say() -> None:
    queue = Faults()
    queue.add(Fault("a", times=2), Fault("b"))
    assert names(queue, "/", "/", "/", "/") == ["a", "a", "b", None]
    assert queue.waiting == ()


def test_a_fault_waits_for_the_path_it_is_meant_for() -> None:
    queue = Faults()
    queue.add(Fault("a").on("/list/*"), Fault("b").on("*page=2*"))
    assert names(queue, "/abs/1", "/catchup/x?abs=True&page=2", "/list/cs.CV/new") == [None, "b", "a"]


def test_a_fault_spares_as_many_requests_as_it_says() -> None:
    queue = Faults()
    queue.add(Fault("a").on("/oai*", spare=2))
    assert names(queue, "/oai", "/list", "/oai", "/oai", "/oai") == [None, None, None, "a", None]


def test_a_fault_without_number_lasts_until_cleared() -> None:
    queue = Faults()
    queue.add(Fault("a", times=None))
    assert names(queue, *["/"] * 20) == ["a"] * 20
    queue.clear()
    assert queue.take("/") is None


# --- of the way ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [403, 406, 500, 502, 503, 504])
def test_a_status_is_answered_once(server: Server, code: int) -> None:
    server.faults.add(faults.status(code))
    assert ask(server, NEW)[0].status == code
    assert ask(server, NEW)[0].status == 200


@pytest.mark.parametrize(
    ("moment", "text"), [(300, "300"), (datetime(2026, 7, 9, 16, 5, tzinfo=UTC), "Thu, 09 Jul 2026 16:05:00 GMT")]
)
def test_retry_after_is_seconds_or_a_moment(server: Server, moment: int | datetime, text: str) -> None:
    server.faults.add(faults.status(503, retry_after=moment))
    assert ask(server, NEW)[0].headers["Retry-After"] == text


def test_rate_exceeded_is_fourteen_bytes_without_advice(server: Server) -> None:
    server.faults.add(faults.rate_exceeded())
    response, body = ask(server, "/api/query?id_list=2606.31288")
    assert (response.status, body, response.headers["Retry-After"]) == (429, b"Rate exceeded.", None)


def test_a_database_lag_asks_for_five_minutes_in_plain_text(server: Server) -> None:
    server.faults.add(faults.database_lag())
    response, _ = ask(server, NEW)
    assert (response.status, response.headers["Retry-After"]) == (503, "300")
    assert response.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("after", [0, 500])
def test_a_reset_is_a_reset(server: Server, after: int) -> None:
    server.faults.add(faults.reset(after))
    with pytest.raises(ConnectionResetError):
        ask(server, NEW)
    assert ask(server, NEW)[0].status == 200


def test_a_truncated_body_is_shorter_than_promised(server: Server) -> None:
    whole = ask(server, NEW)[1]
    server.faults.add(faults.truncated(0.25))
    with pytest.raises(IncompleteRead) as caught:
        ask(server, NEW)
    assert caught.value.partial == whole[: len(whole) // 4]


def test_a_halved_page_is_complete_as_an_answer(server: Server) -> None:
    whole = ask(server, NEW)[1]
    server.faults.add(faults.halved())
    response, body = ask(server, NEW)
    assert body == whole[: len(whole) // 2]
    assert response.headers["Content-Length"] == str(len(body))


def test_a_dripping_body_arrives_whole(server: Server) -> None:
    whole = ask(server, NEW)[1]
    server.faults.add(faults.drip(piece=1000, pause=0))
    assert ask(server, NEW)[1] == whole


def test_a_drip_does_not_hold_up_the_end() -> None:
    with Server(small_history(), lambda: datetime(2026, 7, 9, 12, tzinfo=NEW_YORK)) as running:
        running.faults.add(faults.drip(piece=1, pause=3600))
        connection = HTTPConnection("127.0.0.1", int(running.url.rpartition(":")[2]), timeout=10)
        connection.request("GET", NEW)
        response = connection.getresponse()
    with pytest.raises((IncompleteRead, ConnectionError)):
        response.read()
    connection.close()


def test_a_bomb_is_small_outside_and_large_inside(server: Server) -> None:
    server.faults.add(faults.bomb(5 << 20))
    response, body = ask(server, NEW)
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(body) < 50_000
    assert len(gzip.decompress(body)) == 5 << 20


def test_a_type_may_be_wrong_and_a_redirect_leads_away(server: Server) -> None:
    server.faults.add(faults.typed("application/octet-stream"), faults.redirect("http://localhost/elsewhere"))
    assert ask(server, NEW)[0].headers["Content-Type"] == "application/octet-stream"
    response, _ = ask(server, NEW)
    assert (response.status, response.headers["Location"]) == (302, "http://localhost/elsewhere")


def test_maintenance_has_status_200_and_nothing_of_a_listing(server: Server) -> None:
    server.faults.add(faults.maintenance())
    response, body = ask(server, NEW)
    assert response.status == 200
    assert b"dlpage" not in body


# --- of the page ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "words"),
    [(NEW, "Friday, 10 July 2026"), (RECENT, "Fri, 10 Jul 2026 ("), (CATCHUP, "Fri, 10 Jul 2026</h1>")],
)
def test_a_wrong_date_stands_over_the_right_entries(server: Server, target: str, words: str) -> None:
    right = page(server, target)
    server.faults.add(faults.wrong_date(date(2026, 7, 10)))
    wrong = page(server, target)
    assert words not in right
    assert words in wrong
    assert ids(wrong) == ids(right)


@pytest.mark.parametrize("target", [NEW, RECENT, CATCHUP])
@pytest.mark.parametrize("at", [0, 2])
def test_a_missing_entry_is_counted_all_the_same(server: Server, target: str, at: int) -> None:
    right = page(server, target)
    server.faults.add(faults.missing(at))
    wrong = page(server, target)
    expected = ids(right)
    del expected[at]
    assert ids(wrong) == expected
    assert re.findall(r"<h3>.*", wrong) == re.findall(r"<h3>.*", right)
    assert re.findall(r"Total of \d+", wrong) == re.findall(r"Total of \d+", right)


def test_a_duplicated_entry_takes_the_place_of_the_next(server: Server) -> None:
    right = ids(page(server, NEW))
    server.faults.add(faults.duplicated())
    assert ids(page(server, NEW)) == [right[0], right[0], *right[2:]]


def test_a_hollow_catchup_states_a_total_and_shows_nothing(server: Server) -> None:
    server.faults.add(faults.hollow())
    text = page(server, CATCHUP)
    assert "Total of 4 entries" in text
    assert ids(text) == []


def test_skewed_sections_look_right_and_hold_a_paper_of_the_day_before(server: Server) -> None:
    right = page(server, RECENT)
    server.faults.add(faults.skewed())
    wrong = page(server, RECENT)
    assert re.findall(r"<h3>.*", wrong) == re.findall(r"<h3>.*", right)
    assert ids(wrong) == ids(right)[1:]
    assert "showing 4 of 4" in wrong
    assert ids(wrong.split("</dl>")[0])[-1] == ids(right)[4]


def test_a_stale_page_is_that_of_the_mailing_before(server: Server) -> None:
    server.faults.add(faults.stale())
    text = page(server, NEW)
    assert "Wednesday, 8 July 2026" in text
    assert ids(text) == ["2607.05060", "2607.05511", "2607.06302", "2606.31777"]


def test_a_stale_feed_is_fresh_outside_and_old_inside(server: Server) -> None:
    server.faults.add(faults.stale_feed())
    text = page(server, "/rss/cs.CV")
    assert "<pubDate>Thu, 09 Jul 2026 00:00:00 -0400</pubDate>" in text
    assert re.findall(r"abs/([^<]+)</link>", text) == ["2607.05060", "2607.05511", "2607.06302", "2606.31777"]


@pytest.mark.parametrize("target", [NEW, CATCHUP, RECENT])
def test_stale_entries_stand_under_the_right_date(server: Server, target: str) -> None:
    right = page(server, target)
    server.faults.add(faults.stale_entries())
    wrong = page(server, target)
    heading = r"listings for .*|on \w+, .*</h1>|<h3>\w+, \d+ Jul 2026"
    assert re.findall(heading, wrong) == re.findall(heading, right)
    assert set(ids(wrong)[:3]) == {"2607.05060", "2607.05511", "2607.06302"}


@pytest.mark.parametrize("escaped", [True, False])
def test_a_hostile_title_is_escaped_or_not(server: Server, escaped: bool) -> None:
    server.faults.add(faults.hostile_title("<script>alert(1)</script>", 1, escaped=escaped))
    text = page(server, NEW)
    assert ("<script>alert(1)" in text) is not escaped
    assert ("&lt;script&gt;alert(1)" in text) is escaped


def test_hidden_papers_are_unknown_to_feeds_and_pages(server: Server) -> None:
    paper = PaperId("2607.07512")
    server.faults.add(faults.hidden([paper]).on(times=None))
    for target in (
        "/oai?verb=ListRecords&metadataPrefix=arXivRaw",
        "/rss/cs.CV",
        "/api/query?id_list=2607.07512",
        "/list/cs.CV/2026-07",
    ):
        assert "2607.07512v" not in page(server, target)
        assert "<id>2607.07512<" not in page(server, target)
    assert "Total of 3 entries" in page(server, NEW)
