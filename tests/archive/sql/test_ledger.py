"""The politeness ledger in SQL: on SQLite with a manual clock, on both databases with the real one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.archive.sql.database import Database, open_database
from syncd.archive.sql.ledger import HostReport, SqlLedger
from syncd.archive.sql.ledger_tables import REST
from tests.support.manual_clock import NOON, Clock

if TYPE_CHECKING:
    from syncd.web import Ledger

pytest_plugins = ("tests.support.postgres_server",)

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
API, PAGES = ("api",), ("pages",)


def ask(
    ledger: Ledger,
    clock: Clock | None = None,
    *,
    host: str = "a.example",
    pools: tuple[str, ...] = API,
    takes: float = 0,
    status: int | None = 200,
) -> None:
    request = ledger.begin_request(f"https://{host}/", host, pools, 3 * SECOND)
    if clock is not None:
        clock.seconds += takes
    ledger.finish_request(request, pools, 3 * SECOND, status=status, size=1, outcome="accepted")


def test_new_ledger_allows_everything(either: SqlLedger) -> None:
    assert either.find_blocked_host() is None
    assert either.get_cooldown("a.example") is None
    assert either.count_strikes("a.example") == 0
    assert either.compute_wait(API, 3 * SECOND) == 0
    assert either.list_hosts() == ()
    assert either.list_pauses() == ()


def test_pool_waits_after_the_start_and_after_the_end_of_a_request(ledger: SqlLedger, clock: Clock) -> None:
    request = ledger.begin_request("https://a.example/", "a.example", API, 3 * SECOND)
    clock.seconds = 2
    ledger.finish_request(request, API, 3 * SECOND, status=200, size=1, outcome="accepted")
    assert [ledger.compute_wait(API, 3 * SECOND), ledger.compute_wait(PAGES, 15 * SECOND)] == [3, 0]
    clock.seconds = 4
    assert ledger.compute_wait(API, 3 * SECOND) == 1
    clock.seconds = 5
    assert ledger.compute_wait(API, 3 * SECOND) == 0


def test_spacing_is_kept_on_either_database(either: SqlLedger) -> None:
    ask(either)
    assert 2 < either.compute_wait(API, 3 * SECOND) <= 3
    assert either.compute_wait(("api", "pages"), 3 * SECOND) > 2
    assert either.compute_wait(PAGES, 3 * SECOND) == 0


def test_a_cooldown_of_the_future_that_ends_before_it_begins_is_over(ledger: SqlLedger, clock: Clock) -> None:
    ledger.start_cooldown("a.example", 3 * SECOND, status=429, reason="HTTP 429")
    with ledger._database.write() as connection:
        connection.exec_driver_sql("UPDATE syncd_rest SET since = '9999-12-31T00:00:00.000000Z'")
    assert ledger.list_pauses() == ()
    assert ledger.get_cooldown("a.example") is None


def test_the_log_keeps_the_newest_requests(either: SqlLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncd.archive.sql.ledger.LOGGED", 3)
    for number in range(5):
        ask(either, host=f"{number}.example")
    assert [report.host for report in either.list_hosts()] == ["2.example", "3.example", "4.example"]


def test_request_that_was_cut_off_is_followed_by_a_whole_interval(ledger: SqlLedger, clock: Clock) -> None:
    ledger.begin_request("https://a.example/", "a.example", API, 3 * SECOND)
    clock.seconds = 100
    assert ledger.compute_wait(API, 3 * SECOND) == 3
    assert ledger.compute_wait(PAGES, 3 * SECOND) == 0
    ask(ledger)
    clock.seconds = 200
    assert ledger.compute_wait(API, 3 * SECOND) == 0


@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.sampled_from(["api", "pages"])), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_wait_is_never_negative_nor_longer_than_the_interval(
    ledger: SqlLedger, clock: Clock, steps: list[tuple[int, str]]
) -> None:
    for jump, pool in steps:
        clock.offset += timedelta(seconds=jump)
        assert 0 <= ledger.compute_wait((pool,), 3 * SECOND) <= 3
        ask(ledger, pools=(pool,))
        assert ledger.compute_wait((pool,), 3 * SECOND) == 3


def test_cooldown_lasts_until_its_end(ledger: SqlLedger, clock: Clock) -> None:
    assert ledger.start_cooldown("a.example", MINUTE, status=429, reason="HTTP 429") == NOON + MINUTE
    assert ledger.get_cooldown("a.example") == NOON + MINUTE
    assert ledger.get_cooldown("b.example") is None
    clock.seconds = 60
    assert ledger.get_cooldown("a.example") is None
    assert ledger.list_pauses() == ()
    assert ledger.count_strikes("a.example") == 1


def test_cooldown_is_never_shortened(ledger: SqlLedger) -> None:
    ledger.start_cooldown("a.example", DAY, status=503, reason="HTTP 503")
    assert ledger.start_cooldown("a.example", MINUTE, status=429, reason="HTTP 429") == NOON + DAY
    assert ledger.count_strikes("a.example") == 2


def test_cooldown_of_a_thousand_years_can_be_stored(either: SqlLedger) -> None:
    until = either.start_cooldown("a.example", 365_000 * DAY, status=503, reason="HTTP 503")
    assert either.get_cooldown("a.example") == until


def test_pauses_are_stored_on_either_database(either: SqlLedger) -> None:
    until = either.start_cooldown("b.example", 5 * MINUTE, status=429, reason="HTTP 429")
    since = either.block_host("a.example", "answered 403", status=403)
    assert abs(until - datetime.now(UTC) - 5 * MINUTE) < MINUTE
    assert either.find_blocked_host() == ("a.example", since, "answered 403")
    assert [(pause.host, pause.until, pause.status, pause.strikes) for pause in either.list_pauses()] == [
        ("a.example", None, 403, 1),
        ("b.example", until, 429, 1),
    ]
    assert either.release("a.example")
    assert either.find_blocked_host() is None
    assert either.get_cooldown("b.example") == until


def test_cooldown_written_by_a_fast_clock_begins_when_that_is_seen(
    database: Database, ledger: SqlLedger, clock: Clock
) -> None:
    clock.offset = DAY
    assert ledger.start_cooldown("a.example", 2 * HOUR, status=429, reason="HTTP 429") == NOON + DAY + 2 * HOUR
    clock.offset = timedelta(0)
    assert ledger.get_cooldown("a.example") == NOON + 2 * HOUR
    clock.advance(2 * HOUR - SECOND)
    restarted = SqlLedger(database, clock=clock.now)
    assert restarted.get_cooldown("a.example") == NOON + 2 * HOUR
    clock.advance(SECOND)
    assert restarted.get_cooldown("a.example") is None


def test_listing_the_pauses_is_enough_to_see_it(ledger: SqlLedger, clock: Clock) -> None:
    """The daemon does so: it asks for nothing before the cooldown is over."""
    clock.offset = DAY
    ledger.start_cooldown("a.example", 2 * HOUR, status=429, reason="HTTP 429")
    clock.offset = timedelta(0)
    for _ in range(2):
        assert [pause.until for pause in ledger.list_pauses()] == [NOON + 2 * HOUR]
        clock.advance(HOUR)
    assert ledger.list_pauses() == ()


def test_a_reader_sees_the_end_of_a_cooldown_written_by_a_fast_clock(
    database: Database, ledger: SqlLedger, clock: Clock
) -> None:
    clock.offset = DAY
    ledger.start_cooldown("a.example", 2 * HOUR, status=429, reason="HTTP 429")
    clock.offset = timedelta(0)
    database.close()
    sa.event.listen(database.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA query_only = ON"))
    assert [pause.until for pause in ledger.list_pauses()] == [NOON + 2 * HOUR]


def test_report_shows_a_cooldown_written_by_a_fast_clock_and_changes_nothing(ledger: SqlLedger, clock: Clock) -> None:
    ask(ledger)
    clock.offset = DAY
    ledger.start_cooldown("a.example", 2 * HOUR, status=429, reason="HTTP 429")
    clock.offset = timedelta(0)
    assert [report.cooldown_until for report in ledger.list_hosts()] == [NOON + 2 * HOUR]
    clock.advance(HOUR)
    assert ledger.get_cooldown("a.example") == NOON + 3 * HOUR


def test_shorter_cooldown_after_the_clock_was_set_back_does_not_shorten_the_longer(
    ledger: SqlLedger, clock: Clock
) -> None:
    clock.offset = DAY
    ledger.start_cooldown("a.example", 2 * HOUR, status=429, reason="HTTP 429")
    clock.offset = timedelta(0)
    assert ledger.start_cooldown("a.example", MINUTE, status=429, reason="HTTP 429") == NOON + 2 * HOUR
    assert ledger.get_cooldown("a.example") == NOON + 2 * HOUR


def test_block_written_by_a_fast_clock_still_needs_a_person(ledger: SqlLedger, clock: Clock) -> None:
    clock.offset = DAY
    ledger.block_host("a.example", "answered 403", status=403)
    clock.offset = timedelta(0)
    assert ledger.get_cooldown("a.example") is None
    assert [(pause.until, pause.since) for pause in ledger.list_pauses()] == [(None, NOON + DAY)]
    assert ledger.find_blocked_host() == ("a.example", NOON + DAY, "answered 403")


@given(st.lists(st.tuples(st.integers(0, 7200), st.integers(0, 2 * 86400)), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_cooldown_has_its_length_from_now_whenever_the_clock_is_set_back(
    ledger: SqlLedger, clock: Clock, steps: list[tuple[int, int]]
) -> None:
    ledger.start_cooldown("a.example", HOUR, status=429, reason="HTTP 429")
    began = clock.seconds
    for passing, set_back in steps:
        clock.seconds += passing
        clock.offset -= timedelta(seconds=set_back)
        until = ledger.get_cooldown("a.example")
        if until is None:
            assert clock.seconds - began >= 3600
            break
        assert clock.now() < until <= clock.now() + HOUR
    ledger.clear_strikes("a.example")


def test_cooldown_written_in_the_future_begins_now_on_either_database(either: SqlLedger, url: str) -> None:
    database = open_database(url, create=False)
    ahead = datetime.now(UTC) + DAY
    rest = {"host": "a.example", "until": ahead + HOUR, "since": ahead, "status": 429, "strikes": 1, "reason": ""}
    with database.write() as connection:
        connection.execute(sa.insert(REST).values(rest))
    until = either.get_cooldown("a.example")
    assert until is not None
    assert abs(until - datetime.now(UTC) - HOUR) < MINUTE
    assert [pause.until for pause in SqlLedger(database).list_pauses()] == [until]
    database.close()


def test_success_clears_strikes_but_no_block(ledger: SqlLedger) -> None:
    ledger.start_cooldown("a.example", MINUTE, status=429, reason="HTTP 429")
    ledger.block_host("b.example", "answered 403", status=403)
    ledger.clear_strikes("a.example")
    ledger.clear_strikes("b.example")
    assert ledger.count_strikes("a.example") == 0
    assert ledger.find_blocked_host() == ("b.example", NOON, "answered 403")


def test_release_ends_a_block_or_a_cooldown_of_that_host_alone(ledger: SqlLedger) -> None:
    ledger.start_cooldown("a.example", MINUTE, status=429, reason="HTTP 429")
    ledger.start_cooldown("b.example", MINUTE, status=429, reason="HTTP 429")
    assert ledger.release("a.example")
    assert not ledger.release("a.example")
    assert not ledger.release("unknown.example")
    assert ledger.get_cooldown("a.example") is None
    assert ledger.get_cooldown("b.example") == NOON + MINUTE


def test_a_cooldown_at_the_end_of_time_is_readable_after_the_clock_was_set_back(
    ledger: SqlLedger, clock: Clock
) -> None:
    ledger.start_cooldown("a.example", datetime.max.replace(tzinfo=UTC) - NOON, status=429, reason="HTTP 429")
    clock.seconds -= 86_400
    until = ledger.get_cooldown("a.example")
    assert until is not None
    assert until - NOON <= timedelta(days=365)
    assert [pause.until for pause in ledger.list_pauses()] == [until]


def test_hosts_are_reported_with_the_shortest_gap_of_their_pool(ledger: SqlLedger, clock: Clock) -> None:
    for host, pause, pool in [
        ("a.example", 0, "api"),
        ("a.example", 5, "api"),
        ("p.example", 0.25, "pages"),
        ("b.example", 3.000001, "api"),
        ("a.example", 9, "api"),
        ("p.example", 15.5, "pages"),
    ]:
        clock.seconds += pause
        ask(ledger, clock, host=host, pools=(pool,), takes=1)
    clock.seconds += 4
    ask(ledger, clock, host="a.example", takes=1, status=None)
    ledger.start_cooldown("b.example", MINUTE, status=429, reason="HTTP 429")
    ledger.block_host("p.example", "answered 403", status=403)
    until, since = NOON + timedelta(seconds=clock.seconds) + MINUTE, NOON + timedelta(seconds=clock.seconds)
    reports = ledger.list_hosts()
    gaps = [report.min_gap_s for report in reports]
    assert gaps == pytest.approx([5, 4.250001, 29.500001], abs=2e-6)
    assert [replace(report, min_gap_s=None) for report in reports] == [
        HostReport("a.example", 4, None, None, None, None, None),
        HostReport("b.example", 1, None, 200, until, None, None),
        HostReport("p.example", 2, None, 200, None, since, "answered 403"),
    ]


def test_gap_is_measured_in_every_pool_a_request_counts_in(ledger: SqlLedger, clock: Clock) -> None:
    ask(ledger, clock, host="a.example")
    clock.seconds = 3
    ask(ledger, clock, host="both.example", pools=("api", "pages"))
    clock.seconds = 20
    ask(ledger, clock, host="p.example", pools=PAGES)
    assert [(report.host, report.count, report.min_gap_s) for report in ledger.list_hosts()] == [
        ("a.example", 1, None),
        ("both.example", 1, pytest.approx(3)),
        ("p.example", 1, pytest.approx(17)),
    ]


def test_gap_after_a_request_that_was_cut_off_is_not_guessed(ledger: SqlLedger, clock: Clock) -> None:
    ledger.begin_request("https://a.example/", "a.example", API, 3 * SECOND)
    clock.seconds = 50
    ask(ledger)
    (report,) = ledger.list_hosts()
    assert (report.count, report.min_gap_s) == (2, None)


def test_report_is_equal_on_either_database(either: SqlLedger) -> None:
    for host in ("a.example", "b.example", "a.example"):
        ask(either, host=host)
    counts = [(report.host, report.count, report.last_status) for report in either.list_hosts()]
    assert counts == [("a.example", 2, 200), ("b.example", 1, 200)]
    assert all(0 <= (report.min_gap_s or 0) < 5 for report in either.list_hosts())
    assert any(report.min_gap_s for report in either.list_hosts())


def test_the_last_success_is_the_last_request_with_status_200(ledger: SqlLedger, clock: Clock) -> None:
    ask(ledger, clock, takes=5)
    answered = clock.now()
    clock.seconds += 60
    ask(ledger, clock, takes=5, status=503)
    ask(ledger, clock, takes=5, status=None)
    assert ledger.find_last_success() == answered


def test_there_is_no_success_before_the_first(either: SqlLedger) -> None:
    assert either.find_last_success() is None
    ask(either)
    found = either.find_last_success()
    assert found is not None
    assert found.utcoffset() == timedelta(0)
