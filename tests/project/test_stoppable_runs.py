"""A long run that a signal ends prints what it did so far, and leaves no folder and no process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import ROOT

_RUN = """
import os, subprocess, sys, time
from tests.support.stoppable_run import run_in_room

def work(room, stop):
    child = subprocess.Popen(["sleep", "60"], cwd=room, start_new_session=True)
    print(os.getpid(), child.pid, flush=True)
    while not stop.is_made():
        time.sleep(0.01)
    child.terminate()
    print("what was done, by a child that the signal did not reach:", child.wait() == -15)
    return 3

sys.exit(run_in_room("room-", work, in_memory=False))
"""


@pytest.mark.parametrize(
    ("number", "to_all", "code", "said"),
    [
        (signal.SIGINT, True, 3, "what was done, by a child that the signal did not reach: True\n"),
        (signal.SIGTERM, False, 3, "what was done, by a child that the signal did not reach: True\n"),
        (signal.SIGKILL, False, 137, ""),
    ],
)
def test_a_long_run_that_is_ended_by_a_signal_prints_what_it_did_and_leaves_nothing(
    tmp_path: Path, number: signal.Signals, to_all: bool, code: int, said: str
) -> None:
    surroundings = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", _RUN], stdout=subprocess.PIPE, text=True, env=surroundings, start_new_session=True
    ) as run:
        assert run.stdout is not None
        worker, child = map(int, run.stdout.readline().split())
        if number is signal.SIGKILL:
            os.kill(worker, number)
        else:
            (os.killpg if to_all else os.kill)(run.pid, number)
        assert (run.stdout.read(), run.wait(30)) == (said, code)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("room-")] == []
    assert not Path(f"/proc/{child}").exists()
