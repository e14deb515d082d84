"""`syncd requests`: what was asked of upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncd.archive.ledger import HostReport
    from syncd.cli.invocation import Invocation


@click.command(short_help="What was asked of upstream; lifts the stop after a 403.")
@click.option("--release", metavar="HOST", help="Lift the stop or the cooldown of a host, after finding out its cause.")
@json_option
@click.pass_obj
def command(call: Invocation, /, release: str | None) -> int:
    """Show what was asked of upstream, how far apart, and which hosts rest: the proof of politeness."""
    from syncd.usecases.asking import open_ledger
    from syncd.usecases.workspace import Access

    with open_ledger(call.workspace(Access.READ)) as ledger:
        released = None if release is None else ledger.release(release)
        hosts = ledger.hosts()
    payload = {"hosts": [_fields(host) for host in hosts], "released": release if released else None}
    return call.finish(payload, _lines(hosts, release, released=released))


def _fields(host: HostReport) -> dict[str, object]:
    return {
        "host": host.host,
        "count": host.count,
        "min_gap_s": host.min_gap_s,
        "last_status": host.last_status,
        "cooldown_until": host.cooldown_until.isoformat() if host.cooldown_until else None,
        "stopped_since": host.stopped_since.isoformat() if host.stopped_since else None,
    }


def _lines(hosts: Sequence[HostReport], release: str | None, *, released: bool | None) -> Iterator[str]:
    if release is not None:
        yield f"{release} is released" if released else f"{release} was not resting"
    if not hosts:
        yield "nothing was asked yet"
    for host in hosts:
        gap = f"{host.min_gap_s:.1f} s" if host.min_gap_s is not None else "-"
        yield f"{host.host}  {host.count} requests, shortest gap {gap}, last status {host.last_status or '-'}"
        if host.stopped_since is not None:
            yield f"  stopped by a 403 since {host.stopped_since:%Y-%m-%d %H:%M} UTC: syncd requests --release {host.host}"
        elif host.cooldown_until is not None:
            yield f"  resting until {host.cooldown_until:%Y-%m-%d %H:%M:%S} UTC"
