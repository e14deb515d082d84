"""One turn of the daemon in this process, as its own process makes it."""

from __future__ import annotations

from pathlib import Path

from syncd.config import load
from syncd.daemon.turn import make_turn
from syncd.daemon.worker import Mode, TurnRequest
from syncd.usecases.progress import RunControl


def make_one_turn() -> int:
    """Prepare the archive of the working folder and make a leader's turn. Print what it reports; 3 where there is a trouble."""
    config = load(Path("config.toml").absolute(), {}, {})
    report = make_turn(TurnRequest(config, Mode.LEAD, is_measured=True), RunControl())
    print(report.status, *(trouble.code for trouble in report.open))
    return 3 if report.open else 0
