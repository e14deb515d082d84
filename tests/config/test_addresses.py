"""Addresses: of services, proxies and databases, and passwords in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncd import config
from syncd.config import addresses
from tests.support.config_files import read_config, read_refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_server_is_reached_through_psycopg(tmp_path: Path, scheme: str) -> None:
    assert read_config(tmp_path, database__url=f"{scheme}://db/syncd").database.url == "postgresql+psycopg://db/syncd"


@pytest.mark.parametrize(
    "url",
    [
        "http://arxiv.org",
        "http://127.0.0.1@arxiv.org",
        "http://localhost.arxiv.org",
        "ftp://localhost",
        "https://",
        "https://x:99999",
        "https://user:secret@arxiv.org",
        "https://arxiv.org?x=1",
        "http://localhost\\@arxiv.org",
        "arxiv.org",
        "https://arxiv.org/a b",
        "https://localhost\\@arxiv.org",
        "http://[::1",
    ],
)
def test_only_https_or_a_loopback_host_is_accepted(tmp_path: Path, url: str) -> None:
    error = read_refused(tmp_path, upstream__listing_url=url)
    assert error.key == "upstream.listing_url"
    assert "secret" not in error.detail


def test_a_final_slash_of_a_service_is_dropped(tmp_path: Path) -> None:
    assert read_config(tmp_path, upstream__listing_url="https://arxiv.org/").upstream.listing_url == "https://arxiv.org"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8000/x", True),
        ("http://LOCALHOST/x", True),
        ("http://10.0.0.1", False),
        ("http://127.0.0.1.example.org", False),
        ("https://arxiv.org", False),
        ("", False),
        ("http://[", False),
    ],
)
def test_loopback_is_known_by_the_host_alone(url: str, *, expected: bool) -> None:
    assert config.is_loopback(url) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@h/d", "postgresql://u:***@h/d"),
        ("postgresql://u:p@q/r@h/d", "postgresql://u:***@h/d"),
        ("postgresql://h/d?user=u&password=p&x=1", "postgresql://h/d?user=u&password=***&x=1"),
        ("http://h:3128", "http://h:3128"),
        ("sqlite:////srv/a:b@c.db", "sqlite:////srv/a:b@c.db"),
    ],
)
def test_a_masked_url_keeps_all_but_the_password(url: str, expected: str) -> None:
    assert config.mask_secrets(url) == expected


@pytest.mark.parametrize("text", ["a:1", "127.0.0.1:0", "127.0.0.1:65535", "[::1]:9464"])
def test_an_address_to_listen_at_is_shown_as_it_was_read(text: str) -> None:
    assert addresses.LISTEN.show(addresses.LISTEN.read(text)) == f'"{text}"'


@pytest.mark.parametrize("text", ["127.0.0.1:65536", "127.0.0.1:100000", "::1:9464", "127.0.0.1", ":9464", "[x]:1", ""])
def test_other_texts_are_no_address_to_listen_at(text: str) -> None:
    with pytest.raises(ValueError, match="must be an address and a port"):
        addresses.LISTEN.read(text)


@pytest.mark.parametrize("url", ["https://x:0", "https://x:65536", "https://x:-1", "https://:1"])
def test_a_port_that_cannot_be_asked_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be a URL with a host"):
        addresses.UPSTREAM.read(url)


@pytest.mark.parametrize("url", ["https://x#y", "https://x?y", "https://@x"])
def test_a_url_with_more_than_a_path_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be a plain URL"):
        addresses.UPSTREAM.read(url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///?timeout=5"])
def test_a_database_must_be_a_file(url: str) -> None:
    with pytest.raises(ValueError, match="must name a file"):
        addresses.DATABASE.read(url)
