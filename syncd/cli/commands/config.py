"""`syncd config`: a commented default file, a check, and the effective values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option

if TYPE_CHECKING:
    from syncd.cli.invocation import Invocation


@click.command(short_help="A default file, a check, and the effective values.")
@click.argument("what", type=click.Choice(["generate", "validate", "show"]))
@json_option
@click.pass_obj
def command(call: Invocation, /, what: str) -> int:
    """Print a commented default file (generate), check the configuration (validate), or show where each value comes from."""
    from syncd.config import describe, template

    if what == "generate":
        return call.finish({"text": template()}, template().splitlines())
    config = call.config
    if what == "validate":
        payload = {"path": str(config.path) if config.path else None, "warnings": list(config.warnings)}
        return call.finish(payload, [f"{config.path or 'the defaults'}: good"])
    rows = describe(config)
    values = [{"key": row.key, "value": row.value, "origin": row.origin} for row in rows]
    return call.finish({"values": values}, (f"{row.key} = {row.value}  # {row.origin}" for row in rows))
