"""The rules: what a status means, how long a cooldown is, which addresses are permitted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.errors import Unexpected
from syncd.web.policy import (
    MAX_REDIRECTS,
    MAX_TRIES,
    RETRY_TIME,
    Verdict,
    build_host_rules,
    choose_cooldown,
    classify,
    host_key,
    is_loopback,
    parse_url,
    permit,
)
from tests.support.manual_clock import settings, settings_of

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def expected_verdict(status: int, *, has_retry_after: bool) -> Verdict:
    """The table of upstream.md, written a second time."""
    named = {
        200: Verdict.ACCEPT,
        301: Verdict.FOLLOW,
        302: Verdict.FOLLOW,
        303: Verdict.FOLLOW,
        307: Verdict.FOLLOW,
        308: Verdict.FOLLOW,
        403: Verdict.BLOCK,
        406: Verdict.COOL_DOWN,
        429: Verdict.COOL_DOWN,
    }
    if status // 100 == 5 or status in {408, 425}:
        return Verdict.COOL_DOWN if has_retry_after else Verdict.RETRY
    return named.get(status, Verdict.REFUSE)


@pytest.mark.parametrize("has_retry_after", [False, True])
def test_every_status_is_classified(has_retry_after: bool) -> None:
    found = {status: classify(status, has_retry_after=has_retry_after) for status in range(100, 1000)}
    assert found == {status: expected_verdict(status, has_retry_after=has_retry_after) for status in found}


def test_request_has_three_redirects_and_three_tries_within_thirty_seconds() -> None:
    assert (MAX_REDIRECTS, MAX_TRIES, RETRY_TIME) == (3, 3, 30 * SECOND)


def test_cooldown_doubles_with_each_strike_up_to_ten_minutes() -> None:
    minutes = [choose_cooldown(strikes, None) / MINUTE for strikes in (0, 1, 2, 3, 4, 5, 1000)]
    assert minutes == [1, 2, 4, 8, 10, 10, 10]


@given(st.integers(0, 50), st.integers(1, 10**12))
def test_cooldown_is_as_long_as_asked_whatever_the_strikes(strikes: int, microseconds: int) -> None:
    asked = timedelta(microseconds=microseconds)
    assert choose_cooldown(strikes, asked) == asked


def test_response_that_asks_for_no_time_gets_the_usual_cooldown() -> None:
    assert choose_cooldown(1, timedelta(0)) == 2 * MINUTE


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


def test_each_host_has_its_pool_and_interval() -> None:
    rules = build_host_rules(settings())
    assert {host: (rule.pools, rule.interval) for host, rule in rules.items()} == {
        "listing.example": (("pages",), 15 * SECOND),
        "oai.example": (("api",), 3 * SECOND),
        "rss.example": (("api",), 3 * SECOND),
        "api.example": (("api",), 3 * SECOND),
    }


@pytest.mark.parametrize(("of_pages", "of_api"), [(15, 3), (3, 15)])
def test_host_of_both_pools_counts_in_both_and_takes_the_longer_interval(of_pages: int, of_api: int) -> None:
    rules = build_host_rules(
        settings(
            rss_url="https://listing.example/rss", listing_interval=of_pages * SECOND, api_interval=of_api * SECOND
        )
    )
    rule = rules["listing.example"]
    assert (rule.pools, rule.interval) == (("api", "pages"), 15 * SECOND)
    assert rules["oai.example"].interval == of_api * SECOND


def test_host_with_two_schemes_may_be_asked_by_both() -> None:
    rules = build_host_rules(settings_of("http://localhost", rss_url="https://localhost"))
    assert rules["localhost"].origins == {"http://localhost", "https://localhost"}


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


def test_text_that_is_no_url_is_quoted_up_to_200_characters() -> None:
    with pytest.raises(Unexpected, match="not a URL") as caught:
        parse_url("\0" + "x" * 300)
    assert caught.value.url == "\0" + "x" * 199


def test_url_is_read_relative_to_its_base() -> None:
    assert str(parse_url("../b?c", parse_url("https://listing.example/a/"))) == "https://listing.example/b?c"


def test_url_with_a_password_is_refused_by_naming_its_host_only() -> None:
    with pytest.raises(Unexpected, match="user name or password") as caught:
        permit(parse_url("https://name:secret@listing.example/"), build_host_rules(settings()))
    assert caught.value.url == "listing.example"


def test_configured_host_is_permitted_by_https() -> None:
    rules = build_host_rules(settings())
    assert permit(parse_url("https://listing.example/list/cs.CV/new?x=1"), rules) == rules["listing.example"]


def test_http_is_for_loopback_only() -> None:
    permit(parse_url("http://127.0.0.1:81/x"), build_host_rules(settings_of("http://127.0.0.1:81")))
    with pytest.raises(Unexpected, match="loopback"):
        permit(parse_url("http://mirror.example/x"), build_host_rules(settings_of("http://mirror.example")))


def test_scheme_is_part_of_what_is_permitted() -> None:
    with pytest.raises(Unexpected, match="not configured"):
        permit(parse_url("http://127.0.0.1:81/x"), build_host_rules(settings_of("https://127.0.0.1:81")))
