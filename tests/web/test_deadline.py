"""The latest end of a request, over real connections to this machine."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from syncd.core.errors import CertificateRefused, Unavailable
from syncd.web import PoliteClient
from syncd.web.deadline import Deadline
from tests.support.manual_clock import never, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.scripted_web import ScriptedWeb

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


class Timers:
    """Timers that the test lets run out."""

    def __init__(self) -> None:
        self.running: list[Callable[[], None]] = []
        self.seconds: list[float] = []

    def start(self, seconds: float, do: Callable[[], None]) -> Callable[[], None]:
        self.seconds.append(seconds)
        self.running.append(do)
        return lambda: self.running.remove(do)

    def run_out(self) -> None:
        for do in list(self.running):
            do()


@contextmanager
def listening(serve: Callable[[socket.socket], None], times: int, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve each of `times` connections with `serve`, which ends when the other side is gone. Yield the address."""

    def work() -> None:
        for _ in range(times):
            connection, _address = listener.accept()
            connection.settimeout(10)
            with suppress(OSError):
                serve(tls.wrap_socket(connection, server_side=True) if tls else connection)
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            thread.join(30)


def client_of(web: ScriptedWeb, base: str, timers: Timers, **changes: str) -> PoliteClient:
    return PoliteClient(
        settings_of(base, **changes),
        web.ledger(),
        monotonic=web.clock.monotonic,
        sleep=web.clock.sleep,
        start_timer=timers.start,
    )


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 2", HEAD, b"HTTP/1.1 103 Early Hints\r\n\r\n", HEAD + b"\r\n<p>"])
def test_request_is_cut_off_at_its_latest_end_whatever_has_come_of_it(web: ScriptedWeb, sent: bytes) -> None:
    timers, ends = Timers(), []

    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(sent)
        timers.run_out()
        ends.append(connection.recv(1))

    with (
        listening(drip, times=3) as base,
        client_of(web, base, timers) as client,
        pytest.raises(Unavailable, match="too long"),
    ):
        client.get(f"{base}/list", expect="html")
    assert ends == [b""] * 3
    assert timers.seconds == [120.0] * 3
    assert timers.running == []


def test_a_connection_made_after_the_latest_end_is_cut_at_once() -> None:
    here, there = socket.socketpair()

    class Connected:
        def get_extra_info(self, _name: str) -> socket.socket:
            return here

    with here, there, Deadline(1, never) as deadline:
        deadline._cut()
        deadline.observe("connection.connect_tcp.complete", {"return_value": Connected()})
        assert there.recv(1) == b""


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_an_unknown_certificate_is_refused_at_once_and_accepted_when_its_file_is_named(
    web: ScriptedWeb, tmp_path: Path
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650"]
    names = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", *words, *names, *files], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(HEAD + b"\r\n<p>page</p>")
        connection.close()

    timers = Timers()
    with listening(answer, times=2, tls=tls) as base:
        with client_of(web, base, timers) as client, pytest.raises(CertificateRefused, match="self"):
            client.get(f"{base}/list", expect="html")
        with client_of(web, base, timers, ca_file=str(certificate)) as client:
            assert client.get(f"{base}/list", expect="html").body == b"<p>page</p>"
    assert len(web.log()) == 2
