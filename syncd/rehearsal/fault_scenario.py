"""The rehearsal of upstream faults: each row of the table is played with the real command, and compared with what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syncd.rehearsal.history import announced_at, small_history
from syncd.rehearsal.scenario import Stage, make_stage, print_summary, start_command
from syncd.rehearsal.server import config_text
from syncd.rehearsal.upstream_faults import INTERFACE_FAULTS, NEWEST_PAGE, UPSTREAM_FAULTS, NextAttempt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from syncd.rehearsal.scenario import RehearsalStep, Start
    from syncd.rehearsal.upstream_faults import UpstreamFault

_HELD = 4
"""How many mailings the archive holds before the first fault."""


def rehearse_faults(
    say: Callable[[str], None],
    folder: Path | None = None,
    start: Start = start_command,
    steps: list[RehearsalStep] | None = None,
    rows: Sequence[UpstreamFault] = (*UPSTREAM_FAULTS, *INTERFACE_FAULTS),
) -> tuple[Path, tuple[RehearsalStep, ...]]:
    """Play these upstream faults one after the other; return the folder that is left and the steps.

    The whole table takes about four minutes. The steps are put into `steps` as they end.
    """
    history = small_history()
    with make_stage(history, say, folder, start, steps) as stage:
        stage.say(f"# What arXiv may do wrong, in {stage.folder}. A simulated arXiv on {stage.server.url} does it;")
        stage.say("# no network is used, and SYNCD_NOW sets the calendar clock. The commands are the real ones.\n")
        stage.now = announced_at(history.days[_HELD - 1]).replace(hour=23)
        stage.run("sync")
        stage.now = announced_at(history.days[_HELD]).replace(minute=15)
        for row in rows:
            _play(stage, row)
        stage.say("# arXiv answers as it should again.\n")
        stage.run("sync")
        stage.run("check", "--full")
    print_summary(stage)
    return stage.folder, tuple(stage.steps)


def _play(stage: Stage, row: UpstreamFault) -> None:
    arguments = row.interface.arguments
    if row.interface is not NEWEST_PAGE:
        arguments = ("-c", _make_empty_archive(stage, row.name), *arguments)
    stage.say(f"# arXiv, asked for {row.interface.words}, {row.words}. Next attempt: {row.next_attempt}.\n")
    stage.server.faults.add(row.fault.on(row.interface.path, times=row.fault.times))
    stage.run(*arguments, expected=row.exit_code)
    stage.server.faults.clear()
    if row.next_attempt not in {NextAttempt.NEXT_RUN, NextAttempt.SAME_RUN}:
        stage.run(*arguments, expected=row.exit_code)
        stage.run(
            *arguments[: -len(row.interface.arguments)], "requests", "--release", urlsplit(stage.server.url).netloc
        )
    if row.interface is not NEWEST_PAGE and row.exit_code:
        stage.run(*arguments)


def _make_empty_archive(stage: Stage, name: str) -> str:
    """Write the configuration of an archive of its own, and return its path within the folder."""
    folder = stage.folder / name
    folder.mkdir()
    (folder / "config.toml").write_text(config_text(stage.server, str(folder)), encoding="utf-8")
    return f"{name}/config.toml"
