"""The client: spacing, cooldowns, blocks, retries, redirects and the log, over a real ledger and a manual clock."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from syncd.core.errors import CoolingDown, HostBlocked, SyncdError, Unavailable, Unexpected
from syncd.web import PoliteClient
from tests.support.manual_clock import API, LISTING, NOON, OAI, RSS, settings
from tests.support.scripted_web import Chunks, ScriptedWeb, feed, page, stream_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncd.web import ClientSettings

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def test_response_is_returned_whole(web: ScriptedWeb) -> None:
    web.answer(LISTING, page("<p>é</p>", ETag="x"))
    response = web.get()
    assert (response.url, response.status, response.body.decode()) == (LISTING, 200, "<p>é</p>")
    assert response.received == NOON
    assert ("etag", "x") in response.headers


def test_cookies_are_not_kept(web: ScriptedWeb) -> None:
    route = web.answer(LISTING, page(Set_Cookie="a=b"), page())
    with web.client() as client:
        client.get(LISTING, expect="html")
        client.get(LISTING, expect="html")
    assert "cookie" not in route.calls[1].request.headers


def test_a_client_counts_its_own_requests_only(web: ScriptedWeb) -> None:
    web.answer(LISTING, page(), httpx.Response(503), httpx.Response(503), page(), page())
    with web.client() as client, web.client() as other:
        client.get(LISTING, expect="html")
        other.get(LISTING, expect="html")
        client.get(LISTING, expect="html")
    assert (client.sent, other.sent) == (2, 3)


def test_client_can_be_used_again_after_leaving_and_leaves_the_given_transport_open(web: ScriptedWeb) -> None:
    class OpenTransport(httpx.MockTransport):
        def close(self) -> None:
            raise AssertionError("closed")

    web.answer(OAI, feed(), feed())
    client = PoliteClient(
        settings(),
        web.ledger(),
        monotonic=web.clock.monotonic,
        sleep=web.clock.sleep,
        now=web.clock.now,
        transport=OpenTransport(web.router.handler),
    )
    for _ in range(2):
        with client:
            assert client.get(OAI, expect="xml").status == 200


def test_client_closes_the_transport_that_it_opened_itself_and_opens_another_when_used_again(
    web: ScriptedWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OwnTransport(httpx.MockTransport):
        closed = 0

        def close(self) -> None:
            self.closed += 1

    opened: list[OwnTransport] = []

    def open_own(_: ClientSettings) -> OwnTransport:
        opened.append(OwnTransport(web.router.handler))
        return opened[-1]

    monkeypatch.setattr("syncd.web.client.open_transport", open_own)
    web.answer(OAI, feed(), feed(), feed())
    clock = web.clock
    client = PoliteClient(settings(), web.ledger(), monotonic=clock.monotonic, sleep=clock.sleep, now=clock.now)
    with client:
        client.get(OAI, expect="xml")
        client.get(OAI, expect="xml")
        assert [each.closed for each in opened] == [0]
    with client:
        client.get(OAI, expect="xml")
    assert [each.closed for each in opened] == [1, 1]


# Spacing


def test_each_pool_is_spaced_from_the_end_of_its_last_response(web: ScriptedWeb) -> None:
    web.answer(LISTING, stream_response(Chunks(b"x", clock=web.clock, pause=7)), page())
    web.answer(OAI, feed())
    web.answer(RSS, feed())
    with web.client() as client:
        client.get(LISTING, expect="html")
        client.get(OAI, expect="xml")
        client.get(RSS, expect="xml")
        client.get(LISTING, expect="html")
    assert web.clock.slept == [3, 12]


def test_spacing_survives_a_restart(web: ScriptedWeb) -> None:
    web.answer(LISTING, page(), page())
    web.get()
    web.clock.advance(5 * SECOND)
    web.get()
    assert web.clock.slept == [10]


def test_host_of_both_pools_waits_for_both(web: ScriptedWeb) -> None:
    shared = "https://listing.example/rss/cs.CV"
    web.answer(OAI, feed(), feed())
    web.answer(shared, feed(), feed())
    with web.client(rss_url="https://listing.example") as client:
        client.get(OAI, expect="xml")
        client.get(shared, expect="xml")
        client.get(shared, expect="xml")
    assert web.clock.slept == [3, 15]


def test_clock_set_back_never_means_a_wait_longer_than_one_interval(web: ScriptedWeb) -> None:
    web.answer(LISTING, page(), page(), page())
    web.get()
    web.clock.offset = -timedelta(days=2)
    web.get()
    web.get()
    assert web.clock.slept == [15, 15]


def test_log_shows_the_whole_interval_although_the_calendar_clock_is_slow(web: ScriptedWeb) -> None:
    def sleep_while_the_calendar_lags(seconds: float) -> None:
        web.clock.sleep(seconds)
        web.clock.offset -= timedelta(seconds=seconds / 100)

    web.answer(LISTING, page(), page())
    web.get()
    web.get(sleep=sleep_while_the_calendar_lags)
    assert web.clock.slept == pytest.approx([15, 0.15, 0.0015, 0.000015])
    assert web.ledger().list_hosts()[0].min_gap_s == pytest.approx(15, abs=1e-5)


@pytest.mark.parametrize(("set_back", "slept"), [(1.25, [15, 1.25]), (1.5, [15]), (9, [15])])
def test_only_a_remainder_below_a_tenth_of_the_interval_is_waited_for_again(
    web: ScriptedWeb, set_back: float, slept: list[float]
) -> None:
    def sleep_while_the_clock_is_set_back(seconds: float) -> None:
        web.clock.sleep(seconds)
        web.clock.offset = -timedelta(seconds=set_back)

    web.answer(LISTING, page(), page())
    web.get()
    web.get(sleep=sleep_while_the_clock_is_set_back)
    assert web.clock.slept == slept


def test_remainder_that_does_not_shrink_is_waited_for_once(web: ScriptedWeb) -> None:
    def sleep_while_the_calendar_stands_still(seconds: float) -> None:
        web.clock.sleep(seconds)
        web.clock.offset -= timedelta(seconds=1)

    web.answer(LISTING, page(), page())
    web.get()
    web.get(sleep=sleep_while_the_calendar_stands_still)
    assert web.clock.slept == [15, 1]


def test_sleep_that_ends_early_is_continued(web: ScriptedWeb) -> None:
    web.answer(LISTING, page(), page())
    web.get()
    web.get(sleep=lambda seconds: web.clock.sleep(min(seconds, 4)))
    assert web.clock.slept == [4, 4, 4, 3]


def test_interrupted_wait_sends_nothing(web: ScriptedWeb) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    web.answer(LISTING, page(), AssertionError("asked"))
    web.get()
    with pytest.raises(KeyboardInterrupt):
        web.get(sleep=interrupt)
    assert len(web.log()) == 1


# Cooldowns and blocks


def test_clock_set_back_neither_shortens_a_cooldown_nor_prolongs_it(web: ScriptedWeb) -> None:
    web.answer(LISTING, page(status=429, Retry_After="7200"), page())
    with pytest.raises(CoolingDown):
        web.get()
    web.clock.offset = -timedelta(days=2)
    for left in (120 * MINUTE, SECOND):
        with pytest.raises(CoolingDown) as caught:
            web.get()
        assert caught.value.until - web.clock.now() == left
        web.clock.advance(left - SECOND)
    web.clock.advance(SECOND)
    assert web.get().status == 200


@pytest.mark.parametrize("status", [429, 406])
def test_cooldown_is_longer_with_each_strike(web: ScriptedWeb, status: int) -> None:
    web.answer(LISTING, *(page("Rate exceeded.", status) for _ in range(6)))
    minutes = []
    for _ in range(6):
        with pytest.raises(CoolingDown) as caught:
            web.get()
        minutes.append((caught.value.until - web.clock.now()) / MINUTE)
        web.clock.advance(caught.value.until - web.clock.now())
    assert minutes == [1, 2, 4, 8, 10, 10]
    assert (caught.value.status, caught.value.host, caught.value.detail) == (
        status,
        "listing.example",
        "Rate exceeded.",
    )


def test_success_clears_the_strikes(web: ScriptedWeb) -> None:
    web.answer(LISTING, page(status=429), page(), page(status=429))
    for length in (MINUTE, None, MINUTE):
        if length is None:
            web.get()
            continue
        with pytest.raises(CoolingDown) as caught:
            web.get()
        assert caught.value.until - web.clock.now() == length
        web.clock.advance(length)


def test_response_that_breaks_off_does_not_clear_the_strikes(web: ScriptedWeb) -> None:
    broken = [stream_response(Chunks(b"x", broken=True)) for _ in range(3)]
    web.answer(LISTING, page(status=429), *broken)
    with pytest.raises(CoolingDown):
        web.get()
    web.clock.advance(MINUTE)
    with pytest.raises(Unavailable):
        web.get()
    assert web.ledger().count_strikes("listing.example") == 1


@pytest.mark.parametrize("status", [406, 429, 500, 502, 503, 504, 520])
@pytest.mark.parametrize(
    ("asked", "length"),
    [
        ("300", 5 * MINUTE),
        ("7200", 120 * MINUTE),
        ("Fri, 07 Aug 2026 12:30:00 GMT", 30 * MINUTE),
        ("soon", MINUTE),
        ("0", MINUTE),
    ],
)
def test_retry_after_is_kept_over_a_restart_and_never_shortened(
    web: ScriptedWeb, status: int, asked: str, length: timedelta
) -> None:
    web.answer(LISTING, page(status=status, Retry_After=asked, Date="Fri, 07 Aug 2026 12:00:00 GMT"), page())
    with pytest.raises(CoolingDown) as caught:
        web.get()
    assert caught.value.until == NOON + length
    web.clock.advance(length - SECOND)
    with pytest.raises(CoolingDown) as again:
        web.get()
    assert (again.value.until, again.value.status) == (NOON + length, None)
    web.clock.advance(SECOND)
    assert web.get().status == 200
    assert len(web.log()) == 2


def test_only_the_host_that_asked_for_it_has_a_cooldown(web: ScriptedWeb) -> None:
    web.answer(API, page(status=429))
    web.answer(OAI, feed())
    with pytest.raises(CoolingDown):
        web.get(API, "xml")
    assert web.get(OAI, "xml").status == 200


def test_cooldown_is_kept_even_when_the_response_breaks_after_its_head(web: ScriptedWeb) -> None:
    web.answer(LISTING, httpx.Response(429, stream=Chunks(b"Rate", broken=True)))
    with pytest.raises(CoolingDown, match="Rate"):
        web.get()
    with pytest.raises(CoolingDown):
        web.get()


def test_403_blocks_every_host_until_a_person_releases_it(web: ScriptedWeb) -> None:
    web.answer(LISTING, page("<h1>Denied</h1>", 403))
    web.answer(OAI, feed())
    with pytest.raises(HostBlocked, match="Denied"):
        web.get()
    web.clock.advance(timedelta(days=30))
    with pytest.raises(HostBlocked) as caught:
        web.get(OAI, "xml")
    assert (caught.value.host, caught.value.since, caught.value.url) == ("listing.example", NOON, OAI)
    assert web.ledger().release("listing.example")
    assert web.get(OAI, "xml").status == 200


@pytest.mark.parametrize("asked", ["604801", "9" * 30, "Fri, 31 Dec 9999 23:59:59 GMT"])
@pytest.mark.parametrize("dated", [True, False])
def test_wish_for_more_than_a_week_blocks_every_host_as_a_403_does(
    web: ScriptedWeb, asked: str, *, dated: bool
) -> None:
    date = {"Date": "Fri, 07 Aug 2026 12:00:00 GMT"} if dated else {}
    web.answer(LISTING, page(status=429, Retry_After=asked, **date))
    web.answer(OAI, feed())
    for url, kind in ((LISTING, "html"), (OAI, "xml")):
        with pytest.raises(HostBlocked) as caught:
            web.get(url, kind)
        assert caught.value.reason == "answered 429 and asked for a pause of more than 7 days"
    assert web.ledger().release("listing.example")
    assert web.get(OAI, "xml").status == 200


def test_wish_for_a_week_is_a_cooldown(web: ScriptedWeb) -> None:
    web.answer(LISTING, page(status=503, Retry_After="604800"))
    with pytest.raises(CoolingDown) as caught:
        web.get()
    assert caught.value.until == NOON + timedelta(days=7)


def start_cooldown(web: ScriptedWeb) -> None:
    web.ledger().start_cooldown("listing.example", MINUTE, status=429, reason="HTTP 429")


def block_another_host(web: ScriptedWeb) -> None:
    web.ledger().block_host("oai.example", "answered 403", status=403)


@pytest.mark.parametrize(("pause", "error"), [(start_cooldown, CoolingDown), (block_another_host, HostBlocked)])
def test_pause_that_another_process_learns_of_while_this_one_waits_for_the_lock_counts_here_too(
    web: ScriptedWeb, pause: Callable[[ScriptedWeb], None], error: type[Exception]
) -> None:
    lock = web.ledger().hold_request_lock(web.clock.sleep)
    lock.__enter__()

    def sleep(_: float) -> None:
        pause(web)
        lock.__exit__(None, None, None)

    with pytest.raises(error):
        web.get(sleep=sleep)
    assert web.log() == []


def test_paused_host_is_refused_without_waiting_for_the_lock(web: ScriptedWeb) -> None:
    def sleep(_: float) -> None:
        raise AssertionError("waited")

    start_cooldown(web)
    with web.ledger().hold_request_lock(web.clock.sleep), pytest.raises(CoolingDown):
        web.get(sleep=sleep)


# Retries


def test_passing_failure_is_tried_three_times(web: ScriptedWeb) -> None:
    web.answer(LISTING, page(status=500), httpx.ReadError("reset"), page())
    assert web.get().status == 200
    assert len(web.log()) == 3


def test_passing_failure_is_given_up_after_three_tries_and_leaves_only_the_log(web: ScriptedWeb) -> None:
    web.answer(LISTING, *(page(status=502) for _ in range(3)))
    with pytest.raises(Unavailable):
        web.get()
    assert len(web.log()) == 3
    assert web.ledger().list_pauses() == ()
    assert web.ledger().count_strikes("listing.example") == 0


@pytest.mark.parametrize(("chance", "slept"), [(0, [0.5, 2.5, 1, 2]), (1, [1.5, 1.5, 3])])
def test_pause_before_a_retry_doubles_and_is_partly_random(web: ScriptedWeb, chance: float, slept: list[float]) -> None:
    web.answer(OAI, page(status=500), page(status=500), feed())
    web.get(OAI, "xml", chance=chance)
    assert web.clock.slept == slept


@pytest.mark.parametrize(("seconds", "tries"), [(29.75, 2), (30, 1)])
def test_no_try_is_begun_thirty_seconds_after_the_first_was_sent(web: ScriptedWeb, seconds: float, tries: int) -> None:
    def time_out(request: httpx.Request) -> httpx.Response:
        web.clock.seconds += seconds
        raise httpx.ReadTimeout("slow", request=request)

    web.router.get(LISTING).mock(side_effect=time_out)
    with pytest.raises(Unavailable):
        web.get()
    assert len(web.log()) == tries


def test_waiting_for_the_lock_and_the_spacing_does_not_count_as_time_of_the_tries(web: ScriptedWeb) -> None:
    web.answer(LISTING, page(), page(status=500), page())
    web.get(listing_interval=60 * SECOND)
    assert web.get(listing_interval=60 * SECOND).status == 200


# Redirects and addresses


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_among_configured_hosts_is_followed_as_a_request_of_its_own(web: ScriptedWeb, status: int) -> None:
    web.answer(LISTING, page(status=status, Location="/moved"))
    web.answer("https://listing.example/moved", page(status=status, Location=OAI))
    web.answer(OAI, page())
    assert web.get().url == OAI
    assert web.log() == [
        (LISTING, status, "redirected"),
        ("https://listing.example/moved", status, "redirected"),
        (OAI, 200, "accepted"),
    ]
    assert web.clock.slept == [15]


def test_three_redirects_are_followed(web: ScriptedWeb) -> None:
    web.answer(LISTING, *(page(status=302, Location=LISTING) for _ in range(3)), page())
    assert web.get().status == 200


def test_fourth_redirect_is_not_followed(web: ScriptedWeb) -> None:
    web.answer(LISTING, *(page(status=302, Location=LISTING) for _ in range(4)))
    with pytest.raises(Unexpected, match="more than 3 redirects") as caught:
        web.get()
    assert (caught.value.url, caught.value.status) == (LISTING, 302)
    assert len(web.log()) == 4


def test_redirect_without_a_location_is_unexpected(web: ScriptedWeb) -> None:
    web.answer(LISTING, page(status=302))
    with pytest.raises(Unexpected, match="without a location") as caught:
        web.get()
    assert (caught.value.url, caught.value.status) == (LISTING, 302)


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
def test_redirect_elsewhere_is_not_followed(web: ScriptedWeb, location: str) -> None:
    web.answer(LISTING, page(status=302, Location=location))
    with pytest.raises(Unexpected):
        web.get()
    assert len(web.log()) == 1


@pytest.mark.parametrize(
    "url", ["http://listing.example/", "https://evil.example/", "https://listing.example:99999/", "x"]
)
def test_address_that_is_not_permitted_is_not_asked(web: ScriptedWeb, url: str) -> None:
    with pytest.raises(Unexpected):
        web.get(url)
    assert web.log() == []


# The log


def test_every_request_is_logged_with_its_outcome(web: ScriptedWeb) -> None:
    web.answer(LISTING, page(), page(status=503), page(status=429), page("<h1>Denied</h1>", 403), page())
    web.get()
    with pytest.raises(CoolingDown):
        web.get()
    web.clock.advance(MINUTE)
    with pytest.raises(HostBlocked):
        web.get()
    assert [(status, outcome) for _, status, outcome in web.log()] == [
        (200, "accepted"),
        (503, "upstream-unavailable: Service Unavailable"),
        (429, "cooling-down: Too Many Requests"),
        (403, "stopped: Denied"),
    ]


def test_every_response_with_a_date_is_logged_with_what_both_clocks_said(web: ScriptedWeb) -> None:
    dated = "Wed, 26 Nov 2025 12:00:00 GMT"
    web.answer(LISTING, page("<h1>Invalid date</h1>", 400, Date=dated), page(Date="never"))
    with pytest.raises(Unexpected):
        web.get()
    received = web.clock.now()
    web.get()
    assert web.ledger().list_dated(socket.gethostname(), 5) == [(received, datetime(2025, 11, 26, 12, tzinfo=UTC))]


def test_reason_of_a_pause_is_the_status(web: ScriptedWeb) -> None:
    web.answer(API, page(status=429))
    web.answer(LISTING, page(status=403))
    for url in (API, LISTING):
        with pytest.raises((CoolingDown, HostBlocked)):
            web.get(url)
    pauses = {pause.host: (pause.status, pause.reason) for pause in web.ledger().list_pauses()}
    assert pauses == {"api.example": (429, "HTTP 429"), "listing.example": (403, "answered 403")}


def test_interrupted_request_is_logged_and_its_lock_is_free_again(web: ScriptedWeb) -> None:
    def interrupt(_: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    route = web.router.get(LISTING).mock(side_effect=interrupt)
    with pytest.raises(KeyboardInterrupt):
        web.get()
    route.mock(return_value=page())
    assert web.log() == [(LISTING, None, "interrupted")]
    assert web.get().status == 200
    assert web.clock.slept == [15]


def test_request_is_logged_and_the_next_allowed_moment_kept_before_it_is_sent(web: ScriptedWeb) -> None:
    seen: list[object] = []

    def look(_: httpx.Request) -> httpx.Response:
        seen.append((web.log(), web.ledger().list_hosts()[0].count))
        with web.open().read() as connection:
            seen.append(connection.exec_driver_sql("SELECT name, next_allowed FROM syncd_pool").all())
        return page()

    web.router.get(LISTING).mock(side_effect=look)
    web.get()
    assert seen == [([(LISTING, None, None)], 1), [("pages", "2026-08-07T12:00:15.000000Z")]]


def test_every_status_raises_an_error_of_the_tree(web: ScriptedWeb) -> None:
    statuses = [201, 300, 304, 400, 402, 403, 404, 405, 406, 407, 410, 418, 428, 429, 430, 499, 500, 501, 503, 599]
    web.answer(OAI, *(page(status=status) for status in statuses for _ in range(3 if status >= 500 else 1)))
    raised = {}
    for status in statuses:
        with pytest.raises(SyncdError) as caught:
            web.get(OAI, "xml")
        raised[status] = type(caught.value)
        web.ledger().release("oai.example")
        web.clock.advance(10 * MINUTE)
    special = {403: HostBlocked, 406: CoolingDown, 429: CoolingDown}
    assert raised == {status: special.get(status, Unavailable if status >= 500 else Unexpected) for status in statuses}
