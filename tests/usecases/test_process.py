"""Programs that syncd starts: fed, heard, limited, and ended with all they started."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

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


def test_what_exceeds_the_limit_is_dropped_and_blocks_nothing() -> None:
    assert run("print('x' * 5_000_000)", limits=replace(LIMITS, most=10)).stdout == b"x" * 10


def test_the_program_starts_in_the_folder_given(tmp_path: Path) -> None:
    assert run("import os; print(os.getcwd(), end='')", folder=tmp_path).stdout == str(tmp_path).encode()


def test_it_has_no_terminal_to_ask_on() -> None:
    assert run("import os; print(os.getsid(0) == os.getpid(), end='')").stdout == b"True"


def test_a_missing_program_and_a_missing_folder_are_values(tmp_path: Path) -> None:
    assert process.run(["/nowhere/x"], b"", {}, LIMITS).trouble == "cannot be started: No such file or directory"
    assert run("pass", folder=tmp_path / "gone").trouble == "cannot be started: No such file or directory"
    assert process.run(["a\0b"], b"", {}, LIMITS).trouble == "cannot be started: embedded null byte"


def test_one_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "note"
    code = "import signal,sys,pathlib,time; signal.signal(15, signal.SIG_IGN); pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"
    ended = run(code, str(note), limits=replace(LIMITS, ending=note.exists, grace=timedelta(milliseconds=50)))
    assert (ended.exit_code, ended.trouble) == (None, "killed because syncd was stopping")


def test_one_that_is_terminated_may_tidy_up(tmp_path: Path) -> None:
    note, tidied = tmp_path / "note", tmp_path / "tidied"
    code = (
        "import signal,sys,pathlib,time; "
        "signal.signal(15, lambda *_: (pathlib.Path(sys.argv[2]).touch(), sys.exit())); "
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"
    )
    run(code, str(note), str(tidied), limits=replace(LIMITS, ending=note.exists))
    assert tidied.exists()


def test_the_limits_are_crossed_only_beyond_their_last_moment() -> None:
    limits = Limits(timedelta(seconds=30), silence=timedelta(seconds=5))
    reasons = [
        process._reason_to_end(limits, seconds, silent)
        for seconds, silent in ((30.0, 0.0), (30.1, 0.0), (6.0, 5.0), (6.0, 5.1))
    ]
    late, silent = "still running after 30 s, and killed", "gave no sign of life for 5 s and was killed"
    assert reasons == ["", late, "", silent]
    assert process._reason_to_end(Limits(), 1e9, 1e9) == ""


def test_one_that_says_something_now_and_then_is_not_silent() -> None:
    code = "import time,sys; [(print(n, flush=True), time.sleep(.1)) for n in range(8)]"
    limits = replace(LIMITS, silence=timedelta(seconds=0.5))
    assert run(code, limits=limits).trouble == ""
    silent = run("import time; time.sleep(60)", limits=replace(LIMITS, silence=timedelta(seconds=0.2)))
    assert silent.trouble == "gave no sign of life for 0.2 s and was killed"


def test_all_that_was_said_before_the_end_is_kept_up_to_the_limit() -> None:
    limits = replace(LIMITS, most=65_536)
    assert len(run("print('x' * 65_535)", limits=limits).stdout) == 65_536
    assert run("print('abc', end='')", limits=replace(LIMITS, most=3)).stdout == b"abc"


def test_an_error_in_the_middle_leaves_no_program_behind(tmp_path: Path) -> None:
    def fail() -> bool:
        if (tmp_path / "pid").exists():
            raise KeyError
        return False

    code = (
        "import os,pathlib,sys,time; note = pathlib.Path(sys.argv[1] + chr(126)); "
        "note.write_text(str(os.getpid())); note.rename(sys.argv[1]); time.sleep(60)"
    )
    with pytest.raises(KeyError):
        run(code, str(tmp_path / "pid"), limits=replace(LIMITS, ending=fail))
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
