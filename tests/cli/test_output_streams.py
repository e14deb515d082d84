"""The standard streams when they are closed, full, or no longer read."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from syncd.cli.output_streams import Unwritable, _Messages, _Results
from tests.support.command_line import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def full() -> Iterator[int]:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


def call(redirections: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run syncd under the redirections of a shell, its streams buffered as they usually are."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = ["sh", "-c", f'exec "$@" {redirections}', "sh", sys.executable, "-m", "syncd", *arguments]
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.run(command, check=False, env=environment, capture_output=True, text=True, cwd="/")


def test_a_result_that_does_not_fit_is_unwritable(full: int) -> None:
    with pytest.raises(Unwritable, match=os.strerror(errno.ENOSPC)):
        _Results(full, "w", closefd=False).write(b"a result")


ADVICE = "  the work itself is done; give the command an output that is open and has room"


def test_a_result_whose_reader_is_gone_is_a_broken_pipe() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with _Results(writer, "w") as stream, pytest.raises(BrokenPipeError):
        stream.write(b"a result")


def test_a_message_that_does_not_fit_is_dropped(full: int) -> None:
    assert _Messages(full, "w", closefd=False).write(b"a message") == 9


@pytest.mark.parametrize("arguments", [("calendar", "2026"), ("calendar", "2026", "--json"), ("--version",)])
def test_a_result_for_a_full_disk_ends_with_one_message(arguments: tuple[str, ...]) -> None:
    ended = call(">/dev/full", *arguments)
    assert (ended.returncode, ended.stderr.splitlines()) == (
        6,
        ["syncd: cannot write the result to standard output: No space left on device", ADVICE],
    )


def test_a_result_for_a_closed_output_ends_with_one_message() -> None:
    ended = call("<&- >&-", "calendar", "2026", "--json")
    assert (ended.returncode, ended.stderr.splitlines()) == (
        6,
        ["syncd: cannot write the result to standard output: it is closed", ADVICE],
    )


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_a_message_that_cannot_be_written_changes_no_exit_code(redirection: str) -> None:
    ended = call(redirection, "stauts")
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", "")


def test_a_file_never_takes_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    code = (
        "import syncd.cli.output_streams as s; s.set_up(); file = open('number', 'w'); file.write(str(file.fileno()))"
    )
    command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", code]
    subprocess.run(command, check=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert int((tmp_path / "number").read_text(encoding="ascii")) > 2
