"""The hook that mails what a saved search found."""

from __future__ import annotations

import json
import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from syncd.cli.mail_matches import main

if TYPE_CHECKING:
    from collections.abc import Iterator

PAPER = {
    "id": "2607.00001",
    "title": "Größe \x1b[31m of radiance",
    "abstract": "A text. " * 40,
    "authors": ["Jürgen Müller", "Bo He"],
    "section": "new",
    "number": 1,
    "url": "https://example.org/paper/2607.00001",
}
FACTS: dict[str, Any] = {
    "event": "match",
    "id": "6d1f",
    "search": "nerf",
    "query": "radiance OR splatting",
    "date": "2026-07-13",
    "url": "https://example.org/searches/nerf",
    "matches": [PAPER, PAPER | {"id": "2607.00002", "authors": None}],
}
ADDRESSES = ["--to", "me@example.org", "--from", "syncd@example.org"]


class _Mailbox(socketserver.StreamRequestHandler):
    """Takes one mail as an SMTP server does."""

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))  # type: ignore[attr-defined]
            is_end = line.upper().startswith(b"QUIT")
            self.wfile.write(b"221 bye\r\n" if is_end else b"250 ok\r\n")
            if is_end:
                return


@contextmanager
def open_mailbox() -> Iterator[tuple[str, list[bytes]]]:
    with socketserver.TCPServer(("127.0.0.1", 0), _Mailbox) as server:
        server.mails = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}", server.mails  # type: ignore[attr-defined]
        thread.join()


def test_a_mail_has_the_papers_and_an_id_that_stays() -> None:
    with open_mailbox() as (address, mails):
        result = CliRunner().invoke(main, [*ADDRESSES, "--server", address], input=json.dumps(FACTS))
    assert result.exit_code == 0, result.output
    mail = message_from_bytes(mails[0], policy=policy.default)
    assert mail["Subject"] == "nerf: 2 papers of 2026-07-13"
    assert mail["Message-ID"] == "<6d1f@syncd.invalid>"
    text = mail.get_content()
    assert "Größe \\u001b[31m of radiance" in text
    assert "Jürgen Müller, Bo He" in text
    assert max(map(len, text.splitlines())) <= 78


def test_a_server_that_refuses_is_named_and_is_a_failure() -> None:
    with open_mailbox() as (address, _):
        CliRunner().invoke(main, [*ADDRESSES, "--server", address], input=json.dumps(FACTS))
    result = CliRunner().invoke(main, [*ADDRESSES, "--server", address], input=json.dumps(FACTS))
    assert result.exit_code == 1
    assert f"{address} did not take the mail" in result.output


@pytest.mark.parametrize("given", ["", "[]", '{"event": "new"}'])
def test_other_facts_are_refused(given: str) -> None:
    result = CliRunner().invoke(main, [*ADDRESSES, "--print"], input=given)
    assert result.exit_code == 1
    assert "hooks.on_match" in result.output


def test_the_mail_can_be_printed_instead() -> None:
    result = CliRunner().invoke(main, [*ADDRESSES, "--print"], input=json.dumps(FACTS | {"url": None, "matches": []}))
    assert "Subject: nerf: 0 papers of 2026-07-13" in result.output
