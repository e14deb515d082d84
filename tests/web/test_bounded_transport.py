"""How long it may take until a connection stands."""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from syncd.web.bounded_transport import BoundedTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the limits of a connection that are handed to httpx, which sends nothing."""
    limits: list[float] = []

    def handle(_self: object, request: httpx.Request) -> httpx.Response:
        limits.append(request.extensions["timeout"]["connect"])
        return httpx.Response(200)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    return limits


@pytest.fixture
def never() -> Iterator[Callable[[str, int], list[object]]]:
    """Return a look-up that comes to no end before the test does."""
    end = threading.Event()

    def resolve(_host: str, _port: int) -> list[object]:
        end.wait()
        return []

    yield resolve
    end.set()


def send(resolve: Callable[[str, int], list[object]], proxy: str | None = None, timeout: float = 30.0) -> None:
    timeouts = {"connect": 10.0, "read": timeout, "write": timeout, "pool": timeout}
    request = httpx.Request("GET", "https://arxiv.example/list", extensions={"timeout": timeouts})
    transport = BoundedTransport(verify=ssl.create_default_context(), proxy=proxy, resolve=resolve)
    transport.handle_request(request)


@pytest.mark.parametrize(("addresses", "limit"), [(0, 10.0), (1, 10.0), (6, 10.0), (12, 5.0)])
def test_the_addresses_of_a_host_share_two_timeouts(connects: list[float], addresses: int, limit: float) -> None:
    send(lambda _host, _port: [None] * addresses)
    assert connects == [limit]


def test_a_name_that_is_not_looked_up_in_time_is_a_timeout(
    connects: list[float], never: Callable[[str, int], list[object]]
) -> None:
    with pytest.raises(httpx.ConnectTimeout, match="looked up"):
        send(never, timeout=0.02)
    assert not connects


def test_behind_a_proxy_the_proxy_is_looked_up(connects: list[float]) -> None:
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[object]:
        asked.append((host, port))
        return []

    send(resolve, proxy="http://proxy.example:3128")
    assert asked == [("proxy.example", 3128)]
    assert connects == [10.0]


def test_a_name_that_does_not_exist_is_left_to_the_connection(connects: list[float]) -> None:
    def resolve(_host: str, _port: int) -> list[object]:
        raise OSError

    send(resolve)
    assert connects == [10.0]
