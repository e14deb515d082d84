"""`syncd config`: generate, validate or show the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option

if TYPE_CHECKING:
    from syncd.cli.invocation import Invocation


@click.command()
@click.argument("what", type=click.Choice(["generate", "validate", "show"]))
@json_option
@click.pass_obj
def command(call: Invocation, /, what: str) -> int:
    """Print a commented default file (generate), check the configuration (validate), or show where each value comes from.

    Passwords are never shown.
    """
    if what == "generate":
        from syncd.config import template

        return call.finish({"text": template()}, template().splitlines(), is_data=True)
    return _validate(call) if what == "validate" else _show(call)


def _validate(call: Invocation) -> int:
    call.needs_programs = True
    config = call.config
    payload = {"path": str(config.path) if config.path else None, "warnings": list(config.warnings)}
    return call.finish(payload, [f"{config.describe_origin()}: valid"])


def _show(call: Invocation) -> int:
    from syncd.config import describe
    from syncd.report.terminal import paint

    rows = describe(call.config)
    values = [{"key": row.key, "value": row.value, "origin": row.origin} for row in rows]
    lines = (f"{row.key} = {row.value}" + paint("aside", f"  # {row.origin}") for row in rows)
    return call.finish({"values": values}, lines)
