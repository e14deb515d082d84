"""Whether something answers where the web pages are to be."""

from __future__ import annotations

import socket
from dataclasses import replace

from syncd.config import Config
from syncd.usecases.inspect.host_checks import Grade
from syncd.usecases.inspect.page_checks import examine_pages


def configure(base_url: str | None, port: int) -> Config:
    config = Config()
    return replace(config, serve=replace(config.serve, base_url=base_url, listen=("127.0.0.1", port)))


def test_the_address_of_the_pages_is_checked_where_it_is_configured() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (well,) = examine_pages(configure("https://example.org/cv", port))
        assert list(examine_pages(configure(None, port))) == []
    (ill,) = examine_pages(configure("https://example.org/cv", port))
    assert (well.grade, ill.grade) == (Grade.OK, Grade.WARN)
    assert f"nothing listens at 127.0.0.1:{port}" in ill.message
