"""`syncd diff`: compare the archive with upstream, or files with database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import days_argument, json_option, range_options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from syncd.cli.invocation import Invocation
    from syncd.results import Compared

SEVERITIES = ("fault", "drift", "hint")


@click.command()
@days_argument
@range_options
@click.option("--against", type=click.Choice(["upstream", "files", "sql"]), default="upstream", show_default=True,
    help="What to compare with.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--severity", "least", type=click.Choice(SEVERITIES), default="hint", show_default=True,
    help="Leave out what matters less.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 1 for drift too.")
@json_option
@click.pass_obj
def command(
    call: Invocation,
    /,
    days: tuple[date, ...],
    since: date | None,
    until: date | None,
    against: str,
    form: str,
    least: str,
    *,
    strict: bool,
) -> int:
    """Compare the archive with upstream (default), or files with the database; every difference has a reason code.

    Drift, upstream moving on, exits with 0 unless --strict.
    """
    from dataclasses import replace

    from syncd.reasons import severity
    from syncd.report import payload, text

    call.as_json = call.as_json or form == "json"
    compared = _compared(call, days, (since, until), against)
    rank = SEVERITIES.index(least)
    shown = tuple(c for c in compared.changes if SEVERITIES.index(severity(c.code)) <= rank)
    code = _code(compared, strict=strict)
    compared = replace(compared, changes=shown)
    return call.finish(payload.of_diff(compared), text.of_diff(compared), code)


def _compared(call: Invocation, days: Sequence[date], span: tuple[date | None, date | None], against: str) -> Compared:
    from dataclasses import replace

    from syncd.cli.asking import Told
    from syncd.usecases import compare
    from syncd.usecases.asking import listing_pages, open_web
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.READ)
    if against != "upstream":
        return compare.with_files(work, compare.held_days(work, days, *span), sql_first=against == "files")
    wanted = compare.held_days(work, days, *span) if days or any(span) else compare.default_days(work)
    with open_web(work) as (web, sent):
        found = compare.with_upstream(work, listing_pages(work, Told(web, call.progress)), wanted)
        return replace(found, requests=sent())


def _code(compared: Compared, *, strict: bool) -> int:
    from syncd.cli.failure import worst
    from syncd.usecases.compare import gravest

    if compared.error is not None:
        return worst([compared.error])
    counting = ("fault", "drift") if strict else ("fault",)
    return 1 if gravest(compared.changes) in counting else 0
