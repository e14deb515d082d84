"""`syncd db`: the schema of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option

if TYPE_CHECKING:
    from syncd.cli.invocation import Invocation


@click.command(short_help="Upgrade or inspect the database's schema.")
@click.argument("what", type=click.Choice(["upgrade", "current", "check"]))
@json_option
@click.pass_obj
def command(call: Invocation, /, what: str) -> int:
    """Bring the schema up to date (upgrade), name its revision (current), or compare it with this version (check)."""
    from syncd.archive import database

    url = call.config.database.url
    if what == "upgrade":
        before, after = database.upgrade(url)
        told = f"schema {after}" + (" already" if before == after else f", was {before or 'none'}")
        return call.finish({"before": before, "after": after}, [told])
    revision = database.current(url)
    if what == "current":
        return call.finish({"revision": revision, "head": database.HEAD}, [f"schema {revision or 'none'}"])
    found = database.check(url)
    told_all = found or ("the schema is that of this version",)
    return call.finish({"differences": list(found)}, told_all, 1 if found else 0)
