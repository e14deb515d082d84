"""`syncd ack`: list what is wrong, and record that a person has seen it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import dry_run_option, json_option

if TYPE_CHECKING:
    from syncd.cli.invocation import Invocation


@click.command()
@click.argument("code", required=False)
@click.argument("subject", required=False)
@click.option("--note", default="", metavar="TEXT", help="Why it needs no alarm any more.")
@dry_run_option
@json_option
@click.pass_obj
def command(call: Invocation, /, code: str | None, subject: str | None, note: str, *, dry_run: bool) -> int:
    """Acknowledge a problem: it raises no alarm until it changes or ends. Without a code, list all open problems.

    CODE and SUBJECT are those that the list shows. Without a subject, all problems with the code are acknowledged.
    """
    import os

    from syncd.cli.errors import NotFound
    from syncd.report.json_fields import of_alarm
    from syncd.report.text.alarms import of_alarms
    from syncd.usecases.inspect import acknowledge
    from syncd.usecases.inspect.host_checks import user_name
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.READ)
    found = acknowledge.list_open(work)
    if code is None:
        if note:
            raise click.UsageError("--note says why a problem is acknowledged; it goes with a code")
        return call.finish({"alarms": [of_alarm(one) for one in found]}, of_alarms(found))
    chosen = acknowledge.choose(found, code, subject)
    if not chosen:
        wanted = f"{code} {subject or ''}".strip()
        raise NotFound(f"no problem {wanted} is open", "to see all that are open: syncd ack")
    if not dry_run:
        chosen = acknowledge.acknowledge(work, chosen, f"{user_name(os.geteuid())}@{os.uname().nodename}", note)
    lines = (f"{one.key} {'would be' if dry_run else 'is'} acknowledged" for one in chosen)
    return call.finish({"alarms": [of_alarm(one) for one in chosen]}, lines)
