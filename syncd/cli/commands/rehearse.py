"""`syncd rehearse`: play the life of an archive offline, in a throw-away folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option
from syncd.core.plural import pluralize

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.cli.invocation import Invocation
    from syncd.rehearsal.scenario import RehearsalStep


@click.command()
@click.option(
    "--folder", type=click.Path(file_okay=False), help="Use this empty folder instead of a new temporary one."
)
@click.option("--faults", is_flag=True, help="Play each thing that arXiv may do wrong instead. Takes two minutes.")
@json_option
@click.pass_obj
def command(call: Invocation, /, folder: str | None, *, faults: bool) -> int:
    """Play the whole life of an archive against a built-in loopback arXiv: adopt, sync, an outage, a kill, repair, diff.

    No network is used. Only the folder that it prints is left. Exits with 1 when a step ended unexpectedly.
    """
    import sys
    from pathlib import Path
    from tempfile import mkdtemp

    from syncd.cli import terminal
    from syncd.cli.termination import Terminated
    from syncd.rehearsal.fault_scenario import rehearse_faults
    from syncd.rehearsal.scenario import rehearse

    def say(text: str) -> None:
        if not call.as_json:
            click.echo(terminal.fit("\n".join(map(_paint_line, text.split("\n"))), sys.stdout))

    play = rehearse_faults if faults else rehearse
    where = _empty(folder, Path) or Path(mkdtemp(prefix="syncd-rehearsal-"))
    steps: list[RehearsalStep] = []
    try:
        play(say, where, steps=steps)
    except (KeyboardInterrupt, Terminated) as signal:
        code = 143 if isinstance(signal, Terminated) else 130
        lines = [
            f"interrupted after {pluralize(len(steps), 'command')}; it starts anew the next time",
            f"you may remove {where}",
        ]
        return call.finish(_fields(where, steps) | {"interrupted": True}, lines, code)
    wrong = any(step.exit_code != step.expected for step in steps)
    return call.finish(_fields(where, steps), (), 1 if wrong else 0)


def _fields(where: Path, steps: list[RehearsalStep]) -> dict[str, object]:
    played = [{"command": step.arguments, "exit_code": step.exit_code, "expected": step.expected} for step in steps]
    return {"folder": str(where), "steps": played}


def _empty(folder: str | None, path: type[Path]) -> Path | None:
    """Return the requested folder as an absolute path. It must be empty, because the rehearsal begins with nothing."""
    if folder is None:
        return None
    try:
        absolute = path(folder).absolute()
        absolute.mkdir(parents=True, exist_ok=True)
        is_used = any(absolute.iterdir())
    except OSError as error:
        raise click.BadParameter(f"{folder} cannot be used: {error.strerror}", param_hint="--folder") from error
    if is_used:
        raise click.BadParameter(f"{folder} is not empty", param_hint="--folder")
    if not os.access(absolute, os.W_OK | os.X_OK):
        raise click.BadParameter(f"{folder} is not writable", param_hint="--folder")
    return absolute


def _paint_line(line: str) -> str:
    from syncd.report.terminal import paint

    return paint({"#": "hint", "$": "head"}.get(line[:1], ""), line)
