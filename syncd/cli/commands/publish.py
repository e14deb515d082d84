"""`syncd publish`: commit the digests to git, and push them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import dry_run_option, json_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.cli.invocation import Invocation
    from syncd.usecases.publish.publish import PublishResult


@click.command()
@dry_run_option
@json_option
@click.pass_obj
def command(call: Invocation, /, *, dry_run: bool) -> int:
    """Commit every digest that the git branch lacks, one commit a mailing, and push if that is configured.

    The daemon does the same after a mailing. [publish] in the configuration turns it on. Where a person has changes in the
    checkout, or branch and remote have diverged, nothing is committed.
    """
    from syncd.usecases.publish.manual_publishing import publish_now
    from syncd.usecases.workspace import Access

    if not dry_run:
        call.require_owner()
    work = call.workspace(Access.READ, dry_run=dry_run)
    with call.long_run() as made:
        done = publish_now(work, dry_run=dry_run, control=made.control)
    code, stopped = 3 if done.problem else 0, made if made.control.cancel.is_set() else None
    return call.finish(_fields(done), _lines(done, call, dry_run=dry_run), code, stopped=stopped)


def _fields(done: PublishResult) -> dict[str, object]:
    commits = [{"date": str(one.day), "id": one.id or None, "edited": one.edited} for one in done.commits]
    error = {"code": "publish", "message": done.problem, "help": ""}
    fields: dict[str, object] = {"commits": commits, "pushed": done.pushed, "waits": done.waits}
    return fields | ({"error": error} if done.problem else {})


def _lines(done: PublishResult, call: Invocation, *, dry_run: bool) -> Iterator[str]:
    from syncd.core.plural import pluralize
    from syncd.core.printable import printable
    from syncd.report.terminal import paint

    role = "planned" if dry_run else "written"
    for one in done.commits:
        yield f"{one.day}  {paint(role, one.id[:10] or role)}{'  edited' * one.edited}"
    publish = call.config.publish
    pushed = ", pushed" if done.pushed else ", not pushed" if publish.push and not dry_run else ""
    committed = pluralize(len(done.commits), "commit") if done.commits else "nothing to commit"
    yield f"{committed}{pushed}"
    if done.waits:
        yield "the mailings that a turn of the daemon is recording, or whose files are to be written, follow later"
    if done.problem:
        yield f"{paint('fault', 'not published')}: {printable(done.problem)}"
