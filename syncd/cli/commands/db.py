"""`syncd db`: upgrade, show or check the schema of the database, or copy it to another."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from syncd.cli.options import dry_run_option, json_option
from syncd.core.plural import pluralize

if TYPE_CHECKING:
    from syncd.cli.invocation import Invocation
    from syncd.usecases.progress import RunControl


@click.command()
@click.argument("what", type=click.Choice(["upgrade", "current", "check", "copy"]))
@click.argument("url", required=False)
@dry_run_option
@json_option
@click.pass_obj
def command(call: Invocation, /, what: str, url: str | None, *, dry_run: bool) -> int:
    """Upgrade the schema (upgrade), show its revision (current), or compare it with this version of syncd (check).

    An SQLite archive is upgraded by the first command that writes to it. PostgreSQL, and a database that was made before the
    first release, need `upgrade`.

    `copy` copies the whole archive to an empty database at URL, SQLite or PostgreSQL, and proves that both hold the same
    rows. With `-`, the URL is read from standard input, so that no list of processes shows its password. The configuration
    is left as it is.
    """
    if (what == "copy") != (url is not None):
        raise click.UsageError("copy needs the URL of the target" if url is None else f"{what} takes no URL")
    if url is not None:
        return _copy(call, sys.stdin.readline().strip() if url == "-" else url, dry_run=dry_run)
    if what == "upgrade":
        return _upgrade(call, dry_run=dry_run)
    return _current(call) if what == "current" else _check(call)


def _upgrade(call: Invocation, *, dry_run: bool) -> int:
    from syncd.usecases.progress import Cancelled

    ledger = call.config.upstream.ledger
    with call.long_run() as made:
        try:
            before, after = _upgrade_one(call.config.database.url, made.control, dry_run=dry_run)
            lines = [_describe(before, after, dry_run=dry_run)]
            # The ledger that several archives share has the same tables. A missing one is made when it is first used.
            if ledger is not None and _revision(ledger) is not None:
                steps = _upgrade_one(ledger, made.control, dry_run=dry_run)
                lines.append(f"shared ledger: {_describe(*steps, dry_run=dry_run)}")
        except Cancelled:
            return call.finish({"before": None, "after": None}, ["the schema is as it was"], stopped=made)
    return call.finish({"before": before, "after": after}, lines)


def _upgrade_one(url: str, control: RunControl, *, dry_run: bool) -> tuple[str | None, str]:
    from syncd.archive.sql import database, schema_revision

    if dry_run:
        return _revision(url), schema_revision.HEAD
    return database.upgrade(url, control.count("upgrading", "row"))


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
    from syncd.archive.sql.schema_revision import HEAD

    revision = database.get_revision(call.config.database.url)
    behind = "" if revision == HEAD else f"; this version writes schema {HEAD}: syncd db upgrade"
    shown = f"schema {revision}" if revision else "no schema"
    return call.finish({"revision": revision, "head": HEAD}, [shown + behind])


def _check(call: Invocation) -> int:
    from syncd.archive.sql import database

    found = database.compare_schema(call.config.database.url)
    lines = [*found, f"{pluralize(len(found), 'difference')}; run: syncd db upgrade"]
    return call.finish(
        {"differences": list(found)}, lines if found else ["the schema matches this version"], 1 if found else 0
    )


def _copy(call: Invocation, target: str, *, dry_run: bool) -> int:
    from syncd.archive.sql.database_copy import copy_database
    from syncd.usecases.progress import Cancelled

    source = call.config.database.url
    _refuse_other_url(target)
    if dry_run:
        return _plan_copy(call, source, target)
    with call.long_run() as made:
        try:
            copied = copy_database(
                source, target, lambda doing, done, of: made.control.count(f"{doing} rows", "row")(done, of)
            )
        except Cancelled:
            return call.finish({"source": None, "target": None, "tables": []}, ["nothing was copied"], stopped=made)
    rows = sum(table.rows for table in copied.tables)
    tables = [{"table": table.table, "rows": table.rows, "sha256": table.sha256} for table in copied.tables]
    lines = [
        f"{pluralize(rows, 'row')} of {len(tables)} tables copied, counts and hashes are equal",
        f"the configuration still names {copied.source}; what is recorded from now on is not in the copy",
        "to use the copy, stop the daemon and configure:",
        "[database]",
        f'url = "{copied.target}"',
    ]
    return call.finish({"source": copied.source, "target": copied.target, "tables": tables}, lines)


def _refuse_other_url(target: str) -> None:
    """Raise BadParameter where the target is no URL of a database that syncd knows. It is no value of the configuration."""
    from syncd.archive.sql.database import check_url
    from syncd.core.errors import ConfigError

    try:
        check_url(target)
    except ConfigError as error:
        advice = "write it as sqlite:///FILE or postgresql://USER@HOST/DATABASE"
        raise click.BadParameter(f"{error.detail}; {advice}", param_hint="URL") from None


def _plan_copy(call: Invocation, source: str, target: str) -> int:
    from syncd.archive.sql.database_copy import plan_copy

    source, target, rows = plan_copy(source, target)
    tables = [{"table": table, "rows": count, "sha256": None} for table, count in rows.items()]
    lines = [f"{pluralize(sum(rows.values()), 'row')} of {len(tables)} tables would be copied to {target}"]
    return call.finish({"source": source, "target": target, "tables": tables}, lines)
