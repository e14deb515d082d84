"""`syncd requests`: show the requests sent to arXiv, and lift a stop or a cooldown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import dry_run_option, json_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncd.archive.sql.ledger import SqlLedger
    from syncd.cli.invocation import Invocation
    from syncd.core.report_facts import HostRequests


@click.command()
@click.option("--release", metavar="HOST", help="Lift the stop after a 403, or a cooldown, once you know its cause.")
@dry_run_option
@json_option
@click.pass_obj
def command(call: Invocation, /, release: str | None, *, dry_run: bool) -> int:
    """Show the number of requests to each host, the shortest gap between two, and cooldowns: the proof of politeness."""
    from syncd.report.json_fields import of_host
    from syncd.usecases.inspect.requests import describe_host
    from syncd.usecases.upstream import open_ledger
    from syncd.usecases.workspace import Access

    with open_ledger(call.workspace(Access.READ)) as ledger:
        was_stopped = release is not None and _is_paused(ledger, release)
        if release is not None and not dry_run:
            was_stopped = ledger.release(release) and was_stopped
        hosts = [describe_host(host) for host in ledger.list_hosts()]
    payload = {"hosts": [of_host(host) for host in hosts], "released": release if was_stopped and not dry_run else None}
    result = () if release is None else (_describe_release(release, was_stopped=was_stopped, dry_run=dry_run),)
    return call.finish(payload, (*result, *_lines(hosts)))


def _is_paused(ledger: SqlLedger, host: str) -> bool:
    """Return whether a host must not be asked. Where a pause cannot be understood, it may be this host's, and can be lifted."""
    from syncd.core.errors import DatabaseError

    try:
        return host in {pause.host for pause in ledger.list_pauses()}
    except DatabaseError as error:
        if not error.is_damage:
            raise
        return True


def _describe_release(host: str, *, was_stopped: bool, dry_run: bool) -> str:
    if not was_stopped:
        return f"{host} is not stopped and has no cooldown; nothing to release"
    return f"{host} would be released" if dry_run else f"{host} is released"


def _lines(hosts: Sequence[HostRequests]) -> Iterator[str]:
    from syncd.report.terminal import align_columns

    if not hosts:
        yield "no request was sent yet"
        return
    yield from align_columns([("host", "requests", "shortest gap", "last status", ""), *map(_row, hosts)])


def _row(host: HostRequests) -> tuple[str, ...]:
    gap = f"{host.min_gap:.1f} s" if host.min_gap is not None else "-"
    return host.host, f"{host.count:,}", gap, str(host.last_status or "-"), _rest(host)


def _rest(host: HostRequests) -> str:
    from syncd.report.error_messages import format_time

    if host.stopped_since is not None:
        reason, since = host.stopped_for, format_time(host.stopped_since)
        return f"stopped since {since}, as it {reason}: syncd requests --release {host.host}"
    return f"cooldown until {format_time(host.cooldown_until)}" if host.cooldown_until is not None else ""
