"""One request and its response: headers, timeouts, limits of size and time, and failures of the connection."""

from __future__ import annotations

import gzip
import socket
import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from syncd.core.errors import ConfigError, Unavailable, Unexpected
from syncd.web import PoliteClient
from syncd.web.http_exchange import Exchange, ExchangeContext, format_user_agent
from tests.support.manual_clock import API, LISTING, NOON, OAI, never, settings, settings_of
from tests.support.scripted_web import Chunks, ScriptedWeb, feed, page, stream_response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Failure = Callable[[], httpx.Response | Exception]

SECOND = timedelta(seconds=1)


# The request


def test_request_says_who_asks_and_for_what_and_nothing_else(web: ScriptedWeb) -> None:
    route = web.answer(LISTING, page())
    other = web.answer(OAI, feed())
    web.get()
    web.get(OAI, "xml")
    assert dict(route.calls[0].request.headers) == {
        "host": "listing.example",
        "user-agent": "syncd/0.1.0 (+keeper@archive.example)",
        "accept": "text/html",
        "accept-encoding": "gzip, deflate",
        "connection": "close",
    }
    accepted = "application/xml, text/xml, application/rss+xml, application/atom+xml"
    assert other.calls[0].request.headers["accept"] == accepted


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("", ""),
        ("keeper@archive.example", " (+keeper@archive.example)"),
        (" ~ a b ~ ", " (+~ a b ~)"),
        ("a\r\nX-Evil: 1\x1f\x7f", " (+aX-Evil: 1)"),
        ("(é)", ""),
    ],
)
def test_user_agent_names_the_contact_as_far_as_a_header_can(contact: str, shown: str) -> None:
    name, _, rest = format_user_agent(contact).partition("/")
    assert name == "syncd"
    assert rest.lstrip("0123456789.") == shown


def test_request_times_out_between_bytes_and_sooner_while_connecting(web: ScriptedWeb) -> None:
    route = web.answer(LISTING, page(), page())
    web.get()
    web.get(timeout=5 * SECOND)
    assert [call.request.extensions["timeout"] for call in route.calls] == [
        {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": 30.0},
        {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0},
    ]


def test_unusable_proxy_is_an_error_of_the_configuration(web: ScriptedWeb) -> None:
    client = PoliteClient(settings(proxy="gopher://x"), web.ledger(), sleep=web.clock.sleep)
    with pytest.raises(ConfigError) as caught:
        client.get(LISTING, expect="html")
    assert caught.value.key == "upstream.proxy"
    assert web.log() == []


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_unusable_file_of_certificates_is_an_error_of_the_configuration(web: ScriptedWeb, content: str | None) -> None:
    file = web.file.parent / "ca.pem"
    if content is not None:
        file.write_text(content)
    client = PoliteClient(settings(ca_file=str(file)), web.ledger(), sleep=web.clock.sleep)
    with pytest.raises(ConfigError, match=str(file)) as caught:
        client.get(LISTING, expect="html")
    assert caught.value.key == "upstream.ca_file"


def test_environment_is_ignored(web: ScriptedWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://192.0.2.1:1")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/at/all")
    base = "http://127.0.0.1:1"
    client = PoliteClient(settings_of(base), web.ledger(), sleep=web.clock.sleep, monotonic=web.clock.monotonic)
    with client, pytest.raises(Unavailable, match="refused"):
        client.get(f"{base}/list", expect="html")


# Failures of the connection

PASSING = [
    pytest.param(lambda: page(status=500), id="500"),
    pytest.param(lambda: page(status=502), id="502"),
    pytest.param(lambda: page(status=503), id="503"),
    pytest.param(lambda: page(status=504), id="504"),
    pytest.param(lambda: page(status=522), id="522"),
    pytest.param(lambda: httpx.ConnectError("name not known"), id="dns"),
    pytest.param(lambda: httpx.ConnectTimeout("slow"), id="connect-timeout"),
    pytest.param(lambda: httpx.ReadTimeout("slow"), id="read-timeout"),
    pytest.param(lambda: httpx.ReadError("reset"), id="reset"),
    pytest.param(lambda: httpx.RemoteProtocolError("not HTTP"), id="not-http"),
    pytest.param(lambda: stream_response(Chunks(b"x", broken=True)), id="breaks-off"),
    pytest.param(lambda: stream_response(Chunks(b"x"), Content_Length="9"), id="truncated"),
    pytest.param(
        lambda: stream_response(Chunks(gzip.compress(b"x" * 99)[:-9]), Content_Encoding="gzip"), id="gzip-truncated"
    ),
]


@pytest.mark.parametrize("failure", PASSING)
def test_passing_failure_is_unavailable(web: ScriptedWeb, failure: Failure) -> None:
    web.answer(LISTING, failure(), failure(), failure())
    with pytest.raises(Unavailable) as caught:
        web.get()
    assert caught.value.url == LISTING


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (httpx.ConnectTimeout("slow"), "timed out while connecting: slow"),
        (httpx.ReadTimeout(""), "timed out"),
        (httpx.ConnectError("name not known"), "no connection: name not known"),
        (httpx.ReadError("reset"), "the connection broke: reset"),
    ],
)
def test_failure_of_the_connection_is_named(web: ScriptedWeb, error: Exception, detail: str) -> None:
    web.answer(LISTING, error, error, error)
    with pytest.raises(Unavailable) as caught:
        web.get()
    assert caught.value.detail == detail


@pytest.mark.parametrize("error", [httpx.LocalProtocolError("bug"), httpx.UnsupportedProtocol("bug")])
def test_mistake_of_this_side_stays_a_bug(web: ScriptedWeb, error: Exception) -> None:
    web.answer(LISTING, error)
    with pytest.raises(type(error)):
        web.get()


def test_failure_while_closing_does_not_spoil_the_response(web: ScriptedWeb) -> None:
    class StubbornBody(Chunks):
        def close(self) -> None:
            raise httpx.CloseError("reset by peer")

    web.answer(LISTING, stream_response(StubbornBody(b"<p>x</p>")))
    assert web.get().body == b"<p>x</p>"


def test_response_ends_with_the_connection_and_its_size_is_logged(web: ScriptedWeb) -> None:
    body = Chunks(b"abc", b"de")
    web.answer(LISTING, stream_response(body))
    exchange = Exchange(
        ExchangeContext(httpx.MockTransport(web.router.handler), settings(), web.clock.monotonic, never),
        httpx.URL(LISTING),
        "html",
    )
    assert (exchange.status, exchange.size) == (None, 0)
    with exchange:
        assert exchange.read_response(lambda: NOON).body == b"abcde"
    assert (exchange.status, exchange.size, body.closed) == (200, 5, True)


@pytest.mark.parametrize(("pause", "taken"), [(29, 5), (30, 5), (31, 4)])
def test_response_that_drips_is_given_up_after_four_timeouts(web: ScriptedWeb, pause: float, taken: int) -> None:
    drip = Chunks(*[b"x"] * 1000, clock=web.clock, pause=pause)
    web.answer(LISTING, stream_response(drip))
    with pytest.raises(Unavailable, match="too long"):
        web.get()
    assert drip.taken == taken
    assert drip.closed


# Refused responses


@pytest.mark.parametrize("status", [201, 204, 300, 304, 400, 401, 404, 405, 410, 451])
def test_other_status_is_unexpected_and_not_tried_again(web: ScriptedWeb, status: int) -> None:
    web.answer(LISTING, page("<h1>Invalid date: later than today</h1>", status))
    with pytest.raises(Unexpected, match="later than today") as caught:
        web.get()
    assert (caught.value.status, caught.value.url) == (status, LISTING)


def test_detail_of_an_api_error_is_its_summary(web: ScriptedWeb) -> None:
    body = b"<feed><title>x</title><entry><summary>start must be a number</summary></entry></feed>"
    web.answer(API, httpx.Response(400, content=body, headers={"Content-Type": "application/atom+xml"}))
    with pytest.raises(Unexpected, match="start must be a number"):
        web.get(API, "xml")


def test_detail_is_the_status_where_the_page_says_nothing(web: ScriptedWeb) -> None:
    unreadable = stream_response(Chunks(b"<h1>Gone</h1>"), 410, Content_Encoding="br")
    damaged = stream_response(Chunks(b"<h1>"), 404, Content_Encoding="gzip")
    web.answer(LISTING, httpx.Response(404), httpx.Response(499), unreadable, damaged)
    for detail in ("Not Found", "status 499", "Gone", "Not Found"):
        with pytest.raises(Unexpected) as caught:
            web.get()
        assert caught.value.detail == detail


@pytest.mark.parametrize(("piece", "taken"), [(32_768, 2), (32_767, 3)])
def test_refused_response_is_read_no_further_than_64_kib(web: ScriptedWeb, piece: int, taken: int) -> None:
    body = Chunks(*[b" " * piece] * 9)
    web.answer(LISTING, stream_response(body, 404))
    with pytest.raises(Unexpected):
        web.get()
    assert body.taken == taken


def test_excerpt_comes_from_the_first_64_kib(web: ScriptedWeb) -> None:
    start = b" " * (65_536 - len("<h1>x</h1"))
    web.answer(
        LISTING,
        stream_response(Chunks(start + b"<h1>x</h1"), 404),
        stream_response(Chunks(start + b" <h1>x</h1"), 404),
    )
    for detail in ("x", "Not Found"):
        with pytest.raises(Unexpected) as caught:
            web.get()
        assert caught.value.detail == detail


@pytest.mark.parametrize(
    ("expect", "content_type"),
    [
        ("html", "text/html; charset=utf-8"),
        ("html", "TEXT/HTML"),
        ("xml", "application/xml"),
        ("xml", "text/xml;charset=UTF-8"),
        ("xml", "application/rss+xml"),
        ("xml", "application/atom+xml; charset=utf-8"),
    ],
)
def test_content_types_asked_for_are_accepted(web: ScriptedWeb, expect: str, content_type: str) -> None:
    web.answer(LISTING, feed(content_type))
    assert web.get(LISTING, expect).body == b"<feed/>"


@pytest.mark.parametrize(
    ("expect", "content_type", "named"),
    [
        ("html", "application/xml", "application/xml"),
        ("html", "text/plain; charset=utf-8", "text/plain"),
        ("html", "", "missing"),
        ("xml", "text/html", "text/html"),
        ("xml", "x" * 81, "x" * 80),
    ],
)
def test_other_content_type_is_unexpected(web: ScriptedWeb, expect: str, content_type: str, named: str) -> None:
    web.answer(LISTING, feed(content_type))
    with pytest.raises(Unexpected) as caught:
        web.get(LISTING, expect)
    assert caught.value.detail == f"the content type is {named}, expected {expect}"


@pytest.mark.parametrize("coding", ["gzip", " GZIP "])
def test_compressed_response_is_decompressed(web: ScriptedWeb, coding: str) -> None:
    web.answer(LISTING, stream_response(Chunks(gzip.compress(b"<p>x</p>")), Content_Encoding=coding))
    assert web.get().body == b"<p>x</p>"


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_unknown_content_encoding_is_unexpected(web: ScriptedWeb, coding: str) -> None:
    web.answer(LISTING, stream_response(Chunks(b"x"), Content_Encoding=coding))
    with pytest.raises(Unexpected, match=f"the content encoding is {coding}"):
        web.get()


# Limits of size: 100,000 bytes in these settings


def test_response_as_large_as_the_limit_is_accepted(web: ScriptedWeb) -> None:
    body = b"x" * 100_000
    packed = gzip.compress(body)
    web.answer(
        LISTING,
        stream_response(Chunks(body), Content_Length="100000"),
        stream_response(Chunks(packed), Content_Length=str(len(packed)), Content_Encoding="gzip"),
    )
    assert len(web.get().body) == len(web.get().body) == 100_000


def test_response_whose_length_is_beyond_the_limit_is_refused_unread(web: ScriptedWeb) -> None:
    body = Chunks(b"x")
    web.answer(LISTING, stream_response(body, Content_Length="100001"))
    with pytest.raises(Unexpected, match=r"larger than 100,000 bytes$"):
        web.get()
    assert body.taken == 0


@pytest.mark.parametrize("length", ["", "many", "-1"])
def test_length_that_is_no_number_is_ignored_and_the_limit_holds(web: ScriptedWeb, length: str) -> None:
    web.answer(
        LISTING,
        stream_response(Chunks(b"<p>x</p>"), Content_Length=length),
        stream_response(Chunks(b"x" * 100_001), Content_Length=length),
    )
    assert web.get().body == b"<p>x</p>"
    with pytest.raises(Unexpected, match="larger than 100,000 bytes after decompression"):
        web.get()


@pytest.mark.parametrize("length", ["8", "7"])
def test_body_of_its_length_or_longer_is_whole(web: ScriptedWeb, length: str) -> None:
    web.answer(LISTING, stream_response(Chunks(b"<p>x</p>"), Content_Length=length))
    assert web.get().body == b"<p>x</p>"


def test_body_shorter_than_its_length_is_truncated(web: ScriptedWeb) -> None:
    web.answer(LISTING, *(stream_response(Chunks(b"<p>x</p>"), Content_Length="9") for _ in range(3)))
    with pytest.raises(Unavailable, match="truncated: 8 of 9 bytes"):
        web.get()


def test_decompression_bomb_is_left_after_the_first_pieces(web: ScriptedWeb) -> None:
    packed = gzip.compress(bytes(50_000_000), 9)
    bomb = Chunks(*(packed[start : start + 1000] for start in range(0, len(packed), 1000)))
    web.answer(LISTING, stream_response(bomb, Content_Encoding="gzip"))
    with pytest.raises(Unexpected, match="after decompression"):
        web.get()
    assert bomb.taken == 1


# Real connections

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
PACKED = gzip.compress(b"<p>page</p>")


@contextmanager
def speaking(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A socket on loopback that says each of `answers` to one connection and closes it, and what came in afterwards."""
    after: list[bytes] = []

    def serve() -> None:
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(10)
                connection.recv(65536)
                connection.sendall(answer)
                connection.shutdown(socket.SHUT_WR)
                after.append(connection.recv(1))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", after
        finally:
            thread.join(10)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(HEAD + b"Content-Length: 11\r\n\r\n<p>page</p>", id="length"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\nb\r\n<p>page</p>\r\n0\r\n\r\n", id="chunked"),
        pytest.param(HEAD + b"\r\n<p>page</p>", id="to-the-end"),
        pytest.param(HEAD + b"Content-Encoding: gzip\r\n\r\n" + PACKED, id="packed"),
    ],
)
def test_page_arrives_over_a_real_connection_which_ends_with_it(web: ScriptedWeb, answer: bytes) -> None:
    with (
        speaking(answer) as (base, after),
        PoliteClient(settings_of(base), web.ledger(), sleep=web.clock.sleep) as client,
    ):
        assert client.get(f"{base}/list", expect="html").body == b"<p>page</p>"
    assert after == [b""]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="silence"),
        pytest.param(b"SSH-2.0-nonsense\r\n", id="another-protocol"),
        pytest.param(HEAD, id="half-a-head"),
        pytest.param(HEAD + b"Content-Length: 12\r\n\r\n<p>page</p>", id="length"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\nb\r\n<p>page</p>", id="chunked"),
        pytest.param(HEAD + b"Content-Encoding: gzip\r\n\r\n" + PACKED[:-1], id="packed"),
    ],
)
def test_broken_response_over_a_real_connection_is_a_passing_failure(web: ScriptedWeb, answer: bytes) -> None:
    with speaking(*[answer] * 3) as (base, _):
        client = PoliteClient(settings_of(base), web.ledger(), monotonic=web.clock.monotonic, sleep=web.clock.sleep)
        with client, pytest.raises(Unavailable):
            client.get(f"{base}/list", expect="html")
    assert len(web.log()) == 3
