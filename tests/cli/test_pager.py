"""Long output on a terminal goes through a pager: a pseudo-terminal plays the terminal, a small program the pager."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import termios
from typing import TYPE_CHECKING, TextIO

import pytest

from syncd.cli import pager

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """A terminal of ten lines."""
    try:
        ours, theirs = pty.openpty()
    except OSError as error:
        pytest.skip(f"needs a pseudo-terminal: {error}")
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 80, 0, 0))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("SYNCD_PAGER", raising=False)
    monkeypatch.delenv("PAGER", raising=False)
    with os.fdopen(theirs, "w") as stream:
        yield stream
    os.close(ours)


def test_the_pager_is_the_projects_variable_then_the_users_then_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNCD_PAGER", raising=False)
    monkeypatch.delenv("PAGER", raising=False)
    assert pager.find_pager() == ["less", "-FRX"]
    monkeypatch.setenv("PAGER", "more -d")
    assert pager.find_pager() == ["more", "-d"]
    monkeypatch.setenv("SYNCD_PAGER", "most 'a b'")
    assert pager.find_pager() == ["most", "a b"]
    for off in ("cat", "", "a 'quote that is open"):
        monkeypatch.setenv("SYNCD_PAGER", off)
        assert pager.find_pager() == []


def test_only_output_longer_than_the_terminal_is_paged(screen: TextIO, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["a line"] * 10
    assert pager.is_wanted("\n".join(lines), screen)
    assert not pager.is_wanted("\n".join(lines[:-1]), screen)
    monkeypatch.setenv("PAGER", "cat")
    assert not pager.is_wanted("\n".join(lines), screen)
    monkeypatch.delenv("PAGER")
    monkeypatch.setenv("TERM", "dumb")
    assert not pager.is_wanted("\n".join(lines), screen)


def test_nothing_is_paged_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PAGER", "less")
    assert not pager.is_wanted("a line\n" * 1000, io.StringIO())


def test_the_pager_gets_the_text_and_flags_for_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LESS", raising=False)
    monkeypatch.setenv("SYNCD_PAGER", f"sh -c 'echo $LESS > {tmp_path}/got; cat >> {tmp_path}/got'")
    assert pager.show("one\ntwo – three")
    assert (tmp_path / "got").read_text() == "FRX\none\ntwo – three\n"


def test_a_pager_that_is_left_early_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNCD_PAGER", "true")
    assert pager.show("a line\n" * 100_000)


def test_a_pager_that_cannot_be_started_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNCD_PAGER", "no-such-pager")
    assert not pager.show("a line")
