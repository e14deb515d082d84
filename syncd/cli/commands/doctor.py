"""`syncd doctor`: examine this host, the archive and the way to arXiv, and say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from syncd.cli.invocation import Invocation
    from syncd.config import Config
    from syncd.usecases.inspect.host_checks import Check, Host

_ROLES = {"ok": "good", "warn": "behind", "fail": "fault", "skipped": "aside"}


@click.command()
@click.option("--offline", is_flag=True, help="Send no request to arXiv.")
@json_option
@click.pass_obj
def command(call: Invocation, /, *, offline: bool) -> int:
    """Examine versions, configuration, folders, clock, unit, archive and the way to arXiv, and say what to do.

    Nothing is changed: a file that tries what the file system of each folder allows is removed at once. Each of arXiv's
    services gets one polite request, unless it is in cooldown. Exits with 1 when something fails.
    """
    import os

    from syncd.cli.config_location import add_line
    from syncd.core.errors import ConfigError, FolderError
    from syncd.usecases.inspect import host_checks
    from syncd.usecases.inspect.doctor import this_host

    try:
        config = call.config
    except (ConfigError, FolderError) as error:
        cause = add_line(error) if isinstance(error, ConfigError) else error
        refused = host_checks.Check("configuration", host_checks.Grade.FAIL, error=cause)
        return _finish(call, [*host_checks.software(), refused])
    return _finish(call, _examine(call, config, this_host(os.environ), offline=offline))


def _examine(call: Invocation, config: Config, host: Host, *, offline: bool) -> Iterator[Check]:
    from pathlib import Path

    from syncd.cli.upstream_progress import ReportingClient
    from syncd.usecases.inspect import doctor
    from syncd.usecases.progress import RunControl
    from syncd.usecases.upstream import open_web
    from syncd.usecases.workspace import Access

    yield from doctor.examine_host(config, host, Path("/proc/locks"))
    yield doctor.examine_calendar(config, call.now)
    check, work = doctor.examine_archive(lambda: call.workspace(Access.READ))
    yield check
    if work is None:
        return
    yield from doctor.examine_health(work)
    if offline:
        return
    if (refused := doctor.may_ask(work, host)) is not None:
        yield refused
        return
    with open_web(work) as (web, _):
        client = ReportingClient(web, RunControl(report=call.display.report))
        yield from doctor.examine_upstream(config, client)


def _finish(call: Invocation, examined: Iterable[Check]) -> int:
    checks = [_in_words(check) for check in examined]
    failed = any(check.grade == "fail" for check in checks)
    fields = [
        {"subject": check.subject, "grade": check.grade, "message": check.message, "help": check.help or None}
        for check in checks
    ]
    return call.finish({"checks": fields}, _lines(checks), 1 if failed else 0)


def _in_words(check: Check) -> Check:
    """Return the check with its error, if it has one, as message and help."""
    from dataclasses import replace

    from syncd.report.error_messages import explain

    if check.error is None:
        return check
    words = explain(check.error)
    return replace(check, message=words.message, help=words.help, error=None)


def _lines(checks: Sequence[Check]) -> Iterator[str]:
    from syncd.core.plural import pluralize
    from syncd.report.terminal import paint

    width = max(len(check.subject) for check in checks)
    for check in checks:
        yield f"{paint(_ROLES[check.grade], f'{check.grade:7}')}  {check.subject:{width}}  {check.message}"
        if check.help:
            yield " " * (width + 11) + check.help
    failed = sum(check.grade == "fail" for check in checks)
    warned = sum(check.grade == "warn" for check in checks)
    yield (
        "everything is in order"
        if not failed + warned
        else f"{pluralize(failed, 'fault')}, {pluralize(warned, 'warning')}"
    )
