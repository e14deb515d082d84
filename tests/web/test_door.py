"""The door, over a real ledger, a clock that only moves when somebody sleeps, and routes that blow up unless expected."""

from __future__ import annotations

import gzip
import shutil
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
import respx

from syncd.archive.sql.database import open_database
from syncd.archive.sql.ledger import SqlLedger
from syncd.core.errors import ConfigError, CoolingDown, HostBlocked, SyncdError, Unavailable, Unexpected
from syncd.web import PoliteClient, Response
from tests.support.manual_clock import API, LISTING, NOON, OAI, RSS, Clock, settings, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Trouble = Callable[[], httpx.Response | Exception]

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Chunks(httpx.SyncByteStream):
    """A body that comes in pieces, each after `pause` seconds, and may break."""

    def __init__(self, *pieces: bytes, clock: Clock | None = None, pause: float = 0, broken: bool = False) -> None:
        self._pieces, self._clock, self._pause, self._broken = pieces, clock, pause, broken
        self.taken = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if self._clock is not None:
                self._clock.seconds += self._pause
            self.taken += 1
            yield piece
        if self._broken:
            raise httpx.ReadError("reset by peer")

    def close(self) -> None:
        self.closed = True


@dataclass
class World:
    """All that a door needs, and a way to start another process with what is left on disk."""

    file: Path
    clock: Clock
    router: respx.Router

    def ledger(self) -> SqlLedger:
        return SqlLedger(open_database(f"sqlite:///{self.file}", create=False), clock=self.clock.now)

    def web(self, sleep: Callable[[float], None] | None = None, **changes: object) -> PoliteClient:
        return PoliteClient(
            settings(**changes),
            self.ledger(),
            now=self.clock.now,
            monotonic=self.clock.monotonic,
            sleep=sleep or self.clock.sleep,
            chance=lambda: 0.5,
            transport=httpx.MockTransport(self.router.handler),
        )

    def answer(self, url: str, *answers: httpx.Response | Exception | type[Exception]) -> respx.Route:
        return self.router.get(url).mock(side_effect=list(answers))

    def log(self) -> list[tuple[str, int | None, str]]:
        """What the ledger says was sent: URL, status, outcome."""
        with open_database(f"sqlite:///{self.file}", create=False).read() as connection:
            rows = connection.exec_driver_sql("SELECT url, status, outcome FROM request ORDER BY id")
            return [(row.url, row.status, row.outcome) for row in rows]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("ledger") / "empty.db"
    open_database(f"sqlite:///{file}", create=True).close()
    return file


@pytest.fixture
def world(empty: Path, tmp_path: Path) -> World:
    file = tmp_path / "syncd.db"
    shutil.copyfile(empty, file)
    return World(file, Clock(), respx.Router())


def page(text: str = "<p>page</p>", status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, html=text, headers={name.replace("_", "-"): value for name, value in headers.items()})


def feed(kind: str = "application/xml") -> httpx.Response:
    return httpx.Response(200, content=b"<feed/>", headers={"Content-Type": kind})


def get(world: World, url: str = LISTING, expect: str = "html") -> Response:
    with world.web() as web:
        return web.get(url, expect=expect)


def test_answer_is_handed_over_whole(world: World) -> None:
    world.answer(LISTING, page("<p>é</p>", ETag="x"))
    response = get(world)
    assert (response.url, response.status, response.body.decode()) == (LISTING, 200, "<p>é</p>")
    assert response.received == NOON
    assert ("etag", "x") in response.headers


def test_request_says_who_asks_and_for_what_and_nothing_else(world: World) -> None:
    route = world.answer(LISTING, page())
    other = world.answer(OAI, feed())
    get(world)
    get(world, OAI, "xml")
    assert dict(route.calls[0].request.headers) == {
        "host": "listing.example",
        "user-agent": "syncd/0.1.0 (+keeper@archive.example)",
        "accept": "text/html",
        "accept-encoding": "gzip, deflate",
        "connection": "close",
    }
    accepted = "application/xml, text/xml, application/rss+xml, application/atom+xml"
    assert other.calls[0].request.headers["accept"] == accepted


def test_request_is_timed_out_between_bytes_and_sooner_while_connecting(world: World) -> None:
    route = world.answer(LISTING, page(), page())
    world.web().get(LISTING, expect="html")
    world.web(timeout=5 * SECOND).get(LISTING, expect="html")
    assert [call.request.extensions["timeout"] for call in route.calls] == [
        {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": 30.0},
        {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0},
    ]


def test_cookies_are_not_kept(world: World) -> None:
    route = world.answer(LISTING, page(Set_Cookie="a=b"), page())
    with world.web() as web:
        web.get(LISTING, expect="html")
        web.get(LISTING, expect="html")
    assert "cookie" not in route.calls[1].request.headers


def test_pools_are_spaced_apart_from_the_end_of_the_last_answer(world: World) -> None:
    slow = httpx.Response(200, headers={"Content-Type": "text/html"}, stream=Chunks(b"x", clock=world.clock, pause=7))
    world.answer(LISTING, slow, page())
    world.answer(OAI, feed())
    world.answer(RSS, feed())
    with world.web() as web:
        web.get(LISTING, expect="html")
        web.get(OAI, expect="xml")
        web.get(RSS, expect="xml")
        web.get(LISTING, expect="html")
    assert world.clock.slept == [3, 12]


def test_spacing_survives_a_restart(world: World) -> None:
    world.answer(LISTING, page(), page())
    get(world)
    world.clock.pass_by(5 * SECOND)
    get(world)
    assert world.clock.slept == [10]


def test_host_of_both_pools_waits_for_both(world: World) -> None:
    shared = "https://listing.example/rss/cs.CV"
    world.answer(OAI, feed(), feed())
    world.answer(shared, feed(), feed())
    with world.web(rss_url="https://listing.example") as web:
        web.get(OAI, expect="xml")
        web.get(shared, expect="xml")
        web.get(shared, expect="xml")
    assert world.clock.slept == [3, 15]


def test_clock_set_back_makes_nobody_wait_longer_than_one_interval(world: World) -> None:
    world.answer(LISTING, page(), page(), page())
    get(world)
    world.clock.set_apart = -timedelta(days=2)
    get(world)
    get(world)
    assert world.clock.slept == [15, 15]


def test_distance_is_kept_by_the_ledgers_clock_too(world: World) -> None:
    def sleep_while_the_calendar_lags(seconds: float) -> None:
        world.clock.sleep(seconds)
        world.clock.set_apart -= timedelta(seconds=seconds / 100)

    world.answer(LISTING, page(), page())
    get(world)
    web = world.web(sleep=sleep_while_the_calendar_lags)
    web.get(LISTING, expect="html")
    assert world.clock.slept == pytest.approx([15, 0.15, 0.0015, 0.000015])
    assert world.ledger().list_hosts()[0].min_gap_s == pytest.approx(15, abs=1e-5)


def test_sleep_that_ends_early_is_gone_on_with(world: World) -> None:
    world.answer(LISTING, page(), page())
    get(world)
    world.web(sleep=lambda seconds: world.clock.sleep(min(seconds, 4))).get(LISTING, expect="html")
    assert world.clock.slept == [4, 4, 4, 3]


def test_clock_set_back_neither_shortens_a_rest_nor_prolongs_it_by_as_much(world: World) -> None:
    world.answer(LISTING, page(status=429, Retry_After="7200"), page())
    with pytest.raises(CoolingDown):
        get(world)
    world.clock.set_apart = -timedelta(days=2)
    for left in (120 * MINUTE, SECOND):
        with pytest.raises(CoolingDown) as caught:
            get(world)
        assert caught.value.until - world.clock.now() == left
        world.clock.pass_by(left - SECOND)
    world.clock.pass_by(SECOND)
    assert get(world).status == 200


@pytest.mark.parametrize("status", [429, 406])
def test_host_that_is_asked_too_often_rests_longer_each_time(world: World, status: int) -> None:
    world.answer(LISTING, *(page("Rate exceeded.", status) for _ in range(6)))
    rests = []
    for _ in range(6):
        with pytest.raises(CoolingDown) as caught:
            get(world)
        rests.append((caught.value.until - world.clock.now()) / MINUTE)
        world.clock.pass_by(caught.value.until - world.clock.now())
    assert rests == [1, 2, 4, 8, 10, 10]
    assert (caught.value.status, caught.value.host, caught.value.detail) == (
        status,
        "listing.example",
        "Rate exceeded.",
    )


def test_success_clears_the_strikes(world: World) -> None:
    world.answer(LISTING, page(status=429), page(), page(status=429))
    for rest in (MINUTE, None, MINUTE):
        if rest is None:
            get(world)
            continue
        with pytest.raises(CoolingDown) as caught:
            get(world)
        assert caught.value.until - world.clock.now() == rest
        world.clock.pass_by(rest)


@pytest.mark.parametrize("status", [406, 429, 500, 502, 503, 504, 520])
@pytest.mark.parametrize(
    ("asked", "rest"),
    [
        ("300", 5 * MINUTE),
        ("7200", 120 * MINUTE),
        ("Fri, 07 Aug 2026 12:30:00 GMT", 30 * MINUTE),
        ("soon", MINUTE),
        ("0", MINUTE),
    ],
)
def test_retry_after_is_kept_over_a_restart_and_never_shortened(
    world: World, status: int, asked: str, rest: timedelta
) -> None:
    world.answer(LISTING, page(status=status, Retry_After=asked, Date="Fri, 07 Aug 2026 12:00:00 GMT"), page())
    with pytest.raises(CoolingDown) as caught:
        get(world)
    assert caught.value.until == NOON + rest
    world.clock.pass_by(rest - SECOND)
    with pytest.raises(CoolingDown) as again:
        get(world)
    assert (again.value.until, again.value.status) == (NOON + rest, None)
    world.clock.pass_by(SECOND)
    assert get(world).status == 200
    assert len(world.log()) == 2


def test_only_the_host_that_asked_for_it_rests(world: World) -> None:
    world.answer(API, page(status=429))
    world.answer(OAI, feed())
    with pytest.raises(CoolingDown):
        get(world, API, "xml")
    assert get(world, OAI, "xml").status == 200


def test_rest_is_kept_even_when_the_answer_breaks_after_its_head(world: World) -> None:
    world.answer(LISTING, httpx.Response(429, stream=Chunks(b"Rate", broken=True)))
    with pytest.raises(CoolingDown, match="Rate"):
        get(world)
    with pytest.raises(CoolingDown):
        get(world)


def test_403_stops_every_host_until_a_person_releases_it(world: World) -> None:
    world.answer(LISTING, page("<h1>Denied</h1>", 403))
    world.answer(OAI, feed())
    with pytest.raises(HostBlocked, match="Denied"):
        get(world)
    world.clock.pass_by(timedelta(days=30))
    with pytest.raises(HostBlocked) as caught:
        get(world, OAI, "xml")
    assert (caught.value.host, caught.value.since, caught.value.url) == ("listing.example", NOON, OAI)
    assert world.ledger().release("listing.example")
    assert get(world, OAI, "xml").status == 200


def test_rest_that_another_process_learns_of_while_this_one_waits_holds_here_too(world: World) -> None:
    holding = world.ledger().hold_request_lock(world.clock.sleep)
    holding.__enter__()

    def while_waiting(_: float) -> None:
        world.ledger().start_cooldown("listing.example", MINUTE, status=429, reason="HTTP 429")
        holding.__exit__(None, None, None)

    with pytest.raises(CoolingDown):
        world.web(sleep=while_waiting).get(LISTING, expect="html")
    assert world.log() == []


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
    pytest.param(lambda: httpx.RemoteProtocolError("rubbish"), id="rubbish"),
    pytest.param(
        lambda: httpx.Response(200, headers={"Content-Type": "text/html"}, stream=Chunks(b"x", broken=True)),
        id="breaks-off",
    ),
    pytest.param(
        lambda: httpx.Response(200, headers={"Content-Type": "text/html", "Content-Length": "9"}, stream=Chunks(b"x")),
        id="truncated",
    ),
    pytest.param(
        lambda: httpx.Response(
            200,
            headers={"Content-Type": "text/html", "Content-Encoding": "gzip"},
            stream=Chunks(gzip.compress(b"x" * 99)[:-9]),
        ),
        id="gzip-truncated",
    ),
]


@pytest.mark.parametrize("failure", PASSING)
def test_passing_failure_is_tried_again(world: World, failure: Trouble) -> None:
    world.answer(LISTING, failure(), failure(), page())
    assert get(world).status == 200
    assert len(world.log()) == 3


@pytest.mark.parametrize("failure", PASSING)
def test_passing_failure_is_given_up_after_three_tries_and_leaves_nothing_but_the_log(
    world: World, failure: Trouble
) -> None:
    world.answer(LISTING, failure(), failure(), failure())
    with pytest.raises(Unavailable):
        get(world)
    assert len(world.log()) == 3
    assert world.ledger().list_pauses() == ()
    assert world.ledger().count_strikes("listing.example") == 0


def test_tries_keep_the_spacing_and_end_after_thirty_seconds(world: World) -> None:
    def slow() -> httpx.Response:
        return httpx.Response(
            200, headers={"Content-Type": "text/html"}, stream=Chunks(b"", clock=world.clock, pause=20)
        )

    route = world.router.get(LISTING).mock(side_effect=[_short(slow()), _short(slow()), page()])
    with pytest.raises(Unavailable):
        get(world)
    assert len(route.calls) == 2
    assert world.clock.slept == [1, 14]


def _short(response: httpx.Response) -> httpx.Response:
    response.headers["Content-Length"] = "9"
    return response


def test_answer_that_drips_is_given_up_after_four_timeouts(world: World) -> None:
    drip = Chunks(*[b"x"] * 1000, clock=world.clock, pause=29)
    world.answer(LISTING, httpx.Response(200, headers={"Content-Type": "text/html"}, stream=drip))
    with pytest.raises(Unavailable, match="too long"):
        get(world)
    assert drip.taken == 5
    assert drip.closed


@pytest.mark.parametrize("status", [201, 204, 300, 304, 400, 401, 404, 405, 410, 451])
def test_other_statuses_are_not_expected_and_not_tried_again(world: World, status: int) -> None:
    world.answer(LISTING, page("<h1>Invalid date: later than today</h1>", status))
    with pytest.raises(Unexpected, match="later than today") as caught:
        get(world)
    assert (caught.value.status, caught.value.url) == (status, LISTING)


def test_api_error_is_told_by_its_summary(world: World) -> None:
    body = b"<feed><title>x</title><entry><summary>start must be a number</summary></entry></feed>"
    world.answer(API, httpx.Response(400, content=body, headers={"Content-Type": "application/atom+xml"}))
    with pytest.raises(Unexpected, match="start must be a number"):
        get(world, API, "xml")


def test_status_speaks_where_the_page_does_not(world: World) -> None:
    world.answer(LISTING, httpx.Response(404), httpx.Response(499))
    for words in ("Not Found", "status 499"):
        with pytest.raises(Unexpected, match=words):
            get(world)


@pytest.mark.parametrize(
    ("expect", "kind"),
    [
        ("html", "text/html; charset=utf-8"),
        ("html", "TEXT/HTML"),
        ("xml", "application/xml"),
        ("xml", "text/xml;charset=UTF-8"),
        ("xml", "application/rss+xml"),
        ("xml", "application/atom+xml; charset=utf-8"),
    ],
)
def test_kinds_asked_for_are_accepted(world: World, expect: str, kind: str) -> None:
    world.answer(LISTING, feed(kind))
    assert get(world, LISTING, expect).body == b"<feed/>"


@pytest.mark.parametrize(
    ("expect", "kind"), [("html", "application/xml"), ("html", "text/plain"), ("html", ""), ("xml", "text/html")]
)
def test_other_kinds_are_not(world: World, expect: str, kind: str) -> None:
    world.answer(LISTING, feed(kind))
    with pytest.raises(Unexpected, match=f"not as {expect}"):
        get(world, LISTING, expect)


def test_packed_answer_is_unpacked(world: World) -> None:
    headers = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
    world.answer(LISTING, httpx.Response(200, headers=headers, stream=Chunks(gzip.compress(b"<p>x</p>"))))
    assert get(world).body == b"<p>x</p>"


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_unknown_packing_is_not_expected(world: World, coding: str) -> None:
    headers = {"Content-Type": "text/html", "Content-Encoding": coding}
    world.answer(LISTING, httpx.Response(200, headers=headers, stream=Chunks(b"x")))
    with pytest.raises(Unexpected, match="encoded as"):
        get(world)


def test_too_large_an_answer_is_refused_by_its_length_unread(world: World) -> None:
    body = Chunks(b"x")
    headers = {"Content-Type": "text/html", "Content-Length": "100001"}
    world.answer(LISTING, httpx.Response(200, headers=headers, stream=body))
    with pytest.raises(Unexpected, match="larger than 100000 bytes"):
        get(world)
    assert body.taken == 0


def test_bomb_is_left_after_the_first_pieces(world: World) -> None:
    packed = gzip.compress(bytes(50_000_000), 9)
    bomb = Chunks(*(packed[start : start + 1000] for start in range(0, len(packed), 1000)))
    headers = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
    world.answer(LISTING, httpx.Response(200, headers=headers, stream=bomb))
    with pytest.raises(Unexpected, match="after decompression"):
        get(world)
    assert bomb.taken == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_among_configured_hosts_is_followed_as_a_request_of_its_own(world: World, status: int) -> None:
    world.answer(LISTING, page(status=status, Location="/moved"))
    world.answer("https://listing.example/moved", page(status=status, Location=OAI))
    world.answer(OAI, page())
    assert get(world).url == OAI
    assert world.log() == [
        (LISTING, status, "redirected"),
        ("https://listing.example/moved", status, "redirected"),
        (OAI, 200, "accepted"),
    ]
    assert world.clock.slept == [15]


def test_fourth_redirect_is_not_followed(world: World) -> None:
    world.answer(LISTING, *(page(status=302, Location=LISTING) for _ in range(4)))
    with pytest.raises(Unexpected, match="more than 3 redirects"):
        get(world)
    assert len(world.log()) == 4


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/",
        "http://listing.example/",
        "//evil.example/",
        "http://127.0.0.1/",
        "https://listing.example@evil.example/",
        "javascript:alert(1)",
        "https://[",
        "",
    ],
)
def test_redirect_elsewhere_is_not_followed(world: World, location: str) -> None:
    world.answer(LISTING, page(status=302, Location=location))
    with pytest.raises(Unexpected):
        get(world)
    assert len(world.log()) == 1


@pytest.mark.parametrize(
    "url", ["http://listing.example/", "https://evil.example/", "https://listing.example:99999/", "x"]
)
def test_what_may_not_be_asked_is_not_sent(world: World, url: str) -> None:
    with pytest.raises(Unexpected):
        get(world, url)
    assert world.log() == []


def test_every_request_is_logged_with_its_outcome(world: World) -> None:
    world.answer(LISTING, page(), page(status=503), page(status=429), page("<h1>Denied</h1>", 403), page())
    get(world)
    with pytest.raises(CoolingDown):
        get(world)
    world.clock.pass_by(MINUTE)
    with pytest.raises(HostBlocked):
        get(world)
    assert [(status, outcome) for _, status, outcome in world.log()] == [
        (200, "accepted"),
        (503, "upstream-unavailable: Service Unavailable"),
        (429, "cooling-down: Too Many Requests"),
        (403, "stopped: Denied"),
    ]


def test_interrupted_request_is_logged_and_its_slot_given_up(world: World) -> None:
    def interrupt(_: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    route = world.router.get(LISTING).mock(side_effect=interrupt)
    with pytest.raises(KeyboardInterrupt):
        get(world)
    route.mock(return_value=page())
    assert world.log() == [(LISTING, None, "interrupted")]
    assert get(world).status == 200
    assert world.clock.slept == [15]


def test_interrupted_wait_sends_nothing(world: World) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    world.answer(LISTING, page(), AssertionError("asked"))
    get(world)
    web = PoliteClient(
        settings(), world.ledger(), now=world.clock.now, monotonic=world.clock.monotonic, sleep=interrupt
    )
    with pytest.raises(KeyboardInterrupt):
        web.get(LISTING, expect="html")
    assert len(world.log()) == 1


def test_request_is_logged_and_the_next_moment_kept_before_it_is_sent(world: World) -> None:
    seen: list[object] = []

    def look(_: httpx.Request) -> httpx.Response:
        seen.append((world.log(), world.ledger().list_hosts()[0].count))
        with open_database(f"sqlite:///{world.file}", create=False).read() as connection:
            seen.append(connection.exec_driver_sql("SELECT name, next_allowed FROM pool").all())
        return page()

    world.router.get(LISTING).mock(side_effect=look)
    get(world)
    assert seen == [([(LISTING, None, None)], 1), [("pages", "2026-08-07 12:00:15.000000")]]


def test_unusable_proxy_is_a_fault_of_the_configuration(world: World) -> None:
    web = PoliteClient(settings(proxy="gopher://x"), world.ledger(), sleep=world.clock.sleep)
    with pytest.raises(ConfigError) as caught:
        web.get(LISTING, expect="html")
    assert caught.value.key == "upstream.proxy"
    assert world.log() == []


def test_environment_is_ignored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://192.0.2.1:1")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/at/all")
    base = "http://127.0.0.1:1"
    web = PoliteClient(settings_of(base), world.ledger(), sleep=world.clock.sleep, monotonic=world.clock.monotonic)
    with web, pytest.raises(Unavailable, match="refused"):
        web.get(f"{base}/list", expect="html")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
PACKED = gzip.compress(b"<p>page</p>")


@contextmanager
def speaking(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A socket on loopback that says each of `answers` to one connection and closes it; what was left in it is kept."""
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
def test_page_arrives_over_a_real_connection_which_ends_with_it(world: World, answer: bytes) -> None:
    with (
        speaking(answer) as (base, after),
        PoliteClient(settings_of(base), world.ledger(), sleep=world.clock.sleep) as web,
    ):
        assert web.get(f"{base}/list", expect="html").body == b"<p>page</p>"
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
def test_broken_answer_over_a_real_connection_is_a_passing_failure(world: World, answer: bytes) -> None:
    with speaking(*[answer] * 3) as (base, _):
        web = PoliteClient(settings_of(base), world.ledger(), monotonic=world.clock.monotonic, sleep=world.clock.sleep)
        with web, pytest.raises(Unavailable):
            web.get(f"{base}/list", expect="html")
    assert len(world.log()) == 3


def test_every_error_of_the_door_is_one_of_the_tree(world: World) -> None:
    statuses = [201, 300, 304, 400, 402, 403, 404, 405, 406, 407, 410, 418, 428, 429, 430, 499, 500, 501, 503, 599]
    world.answer(OAI, *(page(status=status) for status in statuses for _ in range(3 if status >= 500 else 1)))
    raised = {}
    for status in statuses:
        with pytest.raises(SyncdError) as caught:
            get(world, OAI, "xml")
        raised[status] = type(caught.value)
        world.ledger().release("oai.example")
        world.clock.pass_by(10 * MINUTE)
    special = {403: HostBlocked, 406: CoolingDown, 429: CoolingDown}
    assert raised == {status: special.get(status, Unavailable if status >= 500 else Unexpected) for status in statuses}
