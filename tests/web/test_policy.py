"""What the rules say of statuses, rests and addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.errors import Unexpected
from syncd.web.http_exchange import user_agent
from syncd.web.policy import (
    Verdict,
    build_host_rules,
    choose_cooldown,
    classify,
    host_key,
    is_loopback,
    parse_url,
    permit,
)
from syncd.web.retry_after import read_retry_after
from tests.support.manual_clock import settings, settings_of

NOON = datetime(2026, 8, 7, 12, tzinfo=UTC)
DATE = "Fri, 07 Aug 2026 12:00:00 GMT"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def expected_verdict(status: int, *, names_rest: bool) -> Verdict:
    """The table of upstream.md, written a second time."""
    named = {
        200: Verdict.ACCEPT,
        301: Verdict.FOLLOW,
        302: Verdict.FOLLOW,
        303: Verdict.FOLLOW,
        307: Verdict.FOLLOW,
        308: Verdict.FOLLOW,
        403: Verdict.STOP,
        406: Verdict.REST,
        429: Verdict.REST,
    }
    if status // 100 == 5:
        return Verdict.REST if names_rest else Verdict.RETRY
    return named.get(status, Verdict.REFUSE)


@pytest.mark.parametrize("names_rest", [False, True])
def test_every_status_has_its_verdict(names_rest: bool) -> None:
    judged = {status: classify(status, names_rest=names_rest) for status in range(100, 600)}
    assert judged == {status: expected_verdict(status, names_rest=names_rest) for status in judged}


def test_rest_doubles_with_each_strike_to_ten_minutes() -> None:
    assert [choose_cooldown(strikes, None) / MINUTE for strikes in (0, 1, 2, 3, 4, 5, 1000)] == [1, 2, 4, 8, 10, 10, 10]


@given(st.integers(0, 50), st.integers(1, 10**6))
def test_rest_is_as_long_as_asked_whatever_the_strikes(strikes: int, seconds: int) -> None:
    assert choose_cooldown(strikes, seconds * SECOND) == seconds * SECOND


def test_answer_that_asks_for_no_time_gets_the_usual_rest() -> None:
    assert choose_cooldown(1, timedelta(0)) == 2 * MINUTE


@pytest.mark.parametrize(
    ("values", "date", "rest"),
    [
        (["120"], DATE, 120 * SECOND),
        (["1.5"], DATE, 2 * SECOND),
        (["0"], DATE, timedelta(0)),
        (["Fri, 07 Aug 2026 12:05:00 GMT"], DATE, 5 * MINUTE),
        (["Fri, 07 Aug 2026 12:05:00 GMT"], "Fri, 07 Aug 2026 12:04:00 GMT", MINUTE),
        (["Friday, 07-Aug-26 12:05:00 GMT"], DATE, 5 * MINUTE),
        (["Fri Aug  7 12:05:00 2026"], DATE, 5 * MINUTE),
        (["Fri, 07 Aug 2026 12:05:00 GMT"], None, 5 * MINUTE),
        (["Fri, 07 Aug 2026 12:05:00 GMT"], "yesterday", 5 * MINUTE),
        (["Fri, 07 Aug 2026 11:05:00 GMT"], DATE, timedelta(0)),
        (["soon"], DATE, None),
        (["-5"], DATE, None),
        (["٣"], DATE, None),
        ([""], DATE, None),
        ([], DATE, None),
        (["10", "300"], DATE, 300 * SECOND),
        (["soon", "300"], DATE, 300 * SECOND),
    ],
)
def test_retry_after_is_read_against_the_answers_own_date(
    values: list[str], date: str | None, rest: timedelta | None
) -> None:
    assert read_retry_after(values, date, NOON) == rest


def test_wrong_clock_here_does_not_change_what_a_date_asks_for() -> None:
    wrong = NOON + timedelta(days=3)
    assert read_retry_after(["Fri, 07 Aug 2026 12:05:00 GMT"], DATE, wrong) == 5 * MINUTE


def test_absurd_number_is_a_long_rest_and_no_failure() -> None:
    rest = read_retry_after(["9" * 18], DATE, NOON)
    assert rest is not None
    assert rest > timedelta(days=300_000)
    assert NOON + rest > NOON


@given(st.integers(0, 10**7))
def test_seconds_and_the_same_moment_as_a_date_agree(seconds: int) -> None:
    moment = format_datetime(NOON + seconds * SECOND, usegmt=True)
    assert read_retry_after([moment], DATE, NOON) == read_retry_after([str(seconds)], DATE, NOON) == seconds * SECOND


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_header_breaks_the_reading(value: str, date: str) -> None:
    rest = read_retry_after([value], date, NOON)
    assert rest is None or rest >= timedelta(0)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://listing.example/x", "listing.example"),
        ("https://LISTING.example:443/x", "listing.example"),
        ("https://listing.example:80/x", "listing.example:80"),
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080"),
        ("http://[::1]:8080/x", "[::1]:8080"),
        ("http://localhost/x", "localhost"),
    ],
)
def test_host_key_names_the_port_where_it_is_not_the_schemes_own(url: str, key: str) -> None:
    assert host_key(parse_url(url)) == key


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1.evil.example", "localhost.example", "10.0.0.1", "0.0.0.0", ""])  # noqa: S104
def test_nothing_else_is_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_hosts_stand_in_their_pools() -> None:
    known = build_host_rules(settings())
    assert {host: (lane.pools, lane.interval) for host, lane in known.items()} == {
        "listing.example": (("pages",), 15 * SECOND),
        "oai.example": (("api",), 3 * SECOND),
        "rss.example": (("api",), 3 * SECOND),
        "api.example": (("api",), 3 * SECOND),
    }


def test_host_of_both_pools_counts_in_both_and_takes_the_longer_interval() -> None:
    known = build_host_rules(settings(rss_url="https://listing.example/rss"))
    lane = known["listing.example"]
    assert (lane.pools, lane.interval) == (("api", "pages"), 15 * SECOND)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "http://listing.example/",
        "https://listing.example:8443/",
        "https://listing.example.evil.example/",
        "https://listing.example@evil.example/",
        "https://name:secret@listing.example/",
        "ftp://listing.example/",
        "file:///etc/passwd",
        "listing.example/list",
        "",
    ],
)
def test_nothing_is_permitted_beyond_the_configured_hosts(url: str) -> None:
    with pytest.raises(Unexpected) as caught:
        permit(parse_url(url), build_host_rules(settings()))
    assert "secret" not in f"{caught.value.detail} {caught.value.url}"


@pytest.mark.parametrize("url", ["https://[", "https://a b/", "https://x:99999999/", "\0"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(Unexpected):
        permit(parse_url(url), build_host_rules(settings()))


def test_http_is_for_loopback_only() -> None:
    permit(parse_url("http://127.0.0.1:81/x"), build_host_rules(settings_of("http://127.0.0.1:81")))
    with pytest.raises(Unexpected, match="loopback"):
        permit(parse_url("http://mirror.example/x"), build_host_rules(settings_of("http://mirror.example")))


def test_scheme_is_part_of_what_is_permitted() -> None:
    with pytest.raises(Unexpected, match="not configured"):
        permit(parse_url("http://127.0.0.1:81/x"), build_host_rules(settings_of("https://127.0.0.1:81")))


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("", ""),
        ("keeper@archive.example", " (+keeper@archive.example)"),
        ("a\r\nX-Evil: 1", " (+aX-Evil: 1)"),
        ("(é)", ""),
    ],
)
def test_user_agent_names_the_contact_as_far_as_a_header_can(contact: str, shown: str) -> None:
    name, _, rest = user_agent(contact).partition("/")
    assert name == "syncd"
    assert rest.lstrip("0123456789.") == shown
