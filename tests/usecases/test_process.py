"""Programs that syncd starts: fed, heard, bounded, and ended with all they started."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.usecases import process
from syncd.usecases.process import Ended, Limits

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = Limits(timedelta(seconds=30), most=100_000)


def run(code: str, *arguments: str, stdin: bytes = b"", limits: Limits = LIMITS, folder: Path | None = None) -> Ended:
    return process.run([sys.executable, "-I", "-c", code, *arguments], stdin, {}, limits, folder=folder)


def test_streams_are_kept_apart() -> None:
    ended = run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    assert (ended.stdout, ended.stderr, ended.exit_code, ended.trouble) == (b"out\n", b"err\n", 7, "")


def test_more_than_a_pipe_holds_flows_both_ways() -> None:
    data = b"0123456789" * 100_000
    limits = replace(LIMITS, most=len(data))
    assert run("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())", stdin=data, limits=limits).stdout == data


def test_what_exceeds_the_limit_is_dropped_and_holds_nobody_up() -> None:
    assert run("print('x' * 5_000_000)", limits=replace(LIMITS, most=10)).stdout == b"x" * 10


def test_the_program_starts_in_the_folder_given(tmp_path: Path) -> None:
    assert run("import os; print(os.getcwd(), end='')", folder=tmp_path).stdout == str(tmp_path).encode()


def test_it_has_no_terminal_to_ask_on() -> None:
    assert run("import os; print(os.getsid(0) == os.getpid(), end='')").stdout == b"True"


def test_a_missing_program_and_a_missing_folder_are_values(tmp_path: Path) -> None:
    assert process.run(["/nowhere/x"], b"", {}, LIMITS).trouble == "cannot be started: No such file or directory"
    assert run("pass", folder=tmp_path / "gone").trouble == "cannot be started: No such file or directory"
    assert process.run(["a\0b"], b"", {}, LIMITS).trouble == "cannot be started: embedded null byte"


def test_one_that_ignores_being_told_to_end_is_made_to(tmp_path: Path) -> None:
    note = tmp_path / "note"
    code = "import signal,sys,pathlib,time; signal.signal(15, signal.SIG_IGN); pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"
    ended = run(code, str(note), limits=replace(LIMITS, ending=note.exists, grace=timedelta(milliseconds=50)))
    assert (ended.exit_code, ended.trouble) == (None, "killed because syncd was stopping")


def test_one_that_is_told_to_end_may_tidy_up(tmp_path: Path) -> None:
    note, tidied = tmp_path / "note", tmp_path / "tidied"
    code = (
        "import signal,sys,pathlib,time; "
        "signal.signal(15, lambda *_: (pathlib.Path(sys.argv[2]).touch(), sys.exit())); "
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"
    )
    run(code, str(note), str(tidied), limits=replace(LIMITS, ending=note.exists))
    assert tidied.exists()
