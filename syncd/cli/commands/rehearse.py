"""`syncd rehearse`: play the life of an archive offline, in a throw-away folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.cli.invocation import Invocation


@click.command()
@click.option("--folder", type=click.Path(file_okay=False), help="Play it here instead of in a new temporary folder.")
@json_option
@click.pass_obj
def command(call: Invocation, /, folder: str | None) -> int:
    """Play the whole life of an archive against a built-in loopback arXiv: adopt, sync, an outage, a kill, repair, diff.

    No network is used, and nothing is left behind but the folder it names. Exits with 1 when a step went wrong.
    """
    from pathlib import Path

    from syncd.rehearsal.scenario import rehearse

    def say(text: str) -> None:
        if not call.as_json:
            click.echo("\n".join(map(_painted, text.split("\n"))))

    place, steps = rehearse(say, _empty(folder, Path))
    wrong = any(step.exit_code != step.expected for step in steps)
    told = [{"command": step.arguments, "exit_code": step.exit_code, "expected": step.expected} for step in steps]
    return call.finish({"folder": str(place), "steps": told}, (), 1 if wrong else 0)


def _empty(folder: str | None, path: type[Path]) -> Path | None:
    """The folder asked for, absolute; it must be empty, as the story begins with nothing."""
    if folder is None:
        return None
    place = path(folder).absolute()
    if place.exists() and any(place.iterdir()):
        raise click.BadParameter(f"{folder} is not empty", param_hint="--folder")
    return place


def _painted(line: str) -> str:
    from syncd.report.terminal import paint

    return paint({"#": "hint", "$": "head"}.get(line[:1], ""), line)
