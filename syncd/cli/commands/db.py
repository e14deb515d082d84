"""`syncd db`: upgrade, show or check the schema of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import dry_run_option, json_option

if TYPE_CHECKING:
    from syncd.cli.invocation import Invocation


@click.command()
@click.argument("what", type=click.Choice(["upgrade", "current", "check"]))
@dry_run_option
@json_option
@click.pass_obj
def command(call: Invocation, /, what: str, *, dry_run: bool) -> int:
    """Upgrade the schema (upgrade), show its revision (current), or compare it with this version of syncd (check).

    An SQLite archive is upgraded by the first command that writes to it. PostgreSQL, and a database that was made before the
    first release, need `upgrade`.
    """
    if what == "upgrade":
        return _upgrade(call, dry_run=dry_run)
    return _current(call) if what == "current" else _check(call)


def _upgrade(call: Invocation, *, dry_run: bool) -> int:
    before, after = _upgrade_one(call.config.database.url, dry_run=dry_run)
    lines = [_describe(before, after, dry_run=dry_run)]
    # The ledger that several archives share has the same tables. A missing one is made when it is first used.
    ledger = call.config.upstream.ledger
    if ledger is not None and _revision(ledger) is not None:
        lines.append(f"shared ledger: {_describe(*_upgrade_one(ledger, dry_run=dry_run), dry_run=dry_run)}")
    return call.finish({"before": before, "after": after}, lines)


def _upgrade_one(url: str, *, dry_run: bool) -> tuple[str | None, str]:
    from syncd.archive.sql import database

    return (_revision(url), database.HEAD) if dry_run else database.upgrade(url)


def _describe(before: str | None, after: str, *, dry_run: bool) -> str:
    was = f"schema {before}" if before else "no schema"
    return f"{was} already" if before == after else f"{was} {'would become' if dry_run else 'is now'} schema {after}"


def _revision(url: str) -> str | None:
    from syncd.archive.sql import database
    from syncd.core.errors import ArchiveMissing

    try:
        return database.get_revision(url)
    except ArchiveMissing:
        return None


def _current(call: Invocation) -> int:
    from syncd.archive.sql import database

    revision = database.get_revision(call.config.database.url)
    behind = "" if revision == database.HEAD else f"; this version writes schema {database.HEAD}: syncd db upgrade"
    shown = f"schema {revision}" if revision else "no schema"
    return call.finish({"revision": revision, "head": database.HEAD}, [shown + behind])


def _check(call: Invocation) -> int:
    from syncd.archive.sql import database

    found = database.compare_schema(call.config.database.url)
    lines = [*found, f"{len(found)} differences; run: syncd db upgrade"]
    return call.finish(
        {"differences": list(found)}, lines if found else ["the schema matches this version"], 1 if found else 0
    )
