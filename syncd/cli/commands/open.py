"""`syncd open`: print the address at which arXiv shows a paper or a mailing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import iso_date, json_option

if TYPE_CHECKING:
    from datetime import date

    from syncd.cli.invocation import Invocation
    from syncd.core.mailing import Calendar
    from syncd.usecases.inspect.public_addresses import PublicAddress


@click.command()
@click.argument("what", metavar="ID|DATE")
@click.option(
    "--here", is_flag=True, help="Print the address of the archive's own page instead, as syncd serve shows it."
)
@json_option
@click.pass_obj
def command(call: Invocation, /, what: str, *, here: bool) -> int:
    """Print the address at which arXiv shows a paper or the mailing of a date. Nothing is asked, and no browser is opened.

    A mailing has a page of its own for 90 days. For an older one, it is the list of the papers of its month.
    """
    from syncd.core.typed_id import parse_typed_id
    from syncd.usecases.inspect.public_addresses import locate_own_page, locate_paper

    call.require_configuration(creating=False)
    if day := iso_date(what.strip()):
        return _finish(call, locate_own_page(call.config, day) if here else _locate(call, day))
    try:
        paper, version = parse_typed_id(what)
    except ValueError:
        raise click.BadParameter(f"{what!r} is neither an arXiv id nor a date", param_hint="ID|DATE") from None
    return _finish(call, locate_own_page(call.config, paper) if here else locate_paper(call.config, paper, version))


def _locate(call: Invocation, day: date) -> PublicAddress:
    from syncd.cli.errors import NotFound
    from syncd.usecases.inspect.public_addresses import WithoutMailing, locate_mailing

    found = locate_mailing(call.config, day, call.now(), _read_calendar(call))
    if isinstance(found, WithoutMailing):
        near = " and ".join(map(str, found.nearest))
        raise NotFound(f"{day:%a} {day} has no mailing: {found.why}", f"the nearest: {near}")
    return found


def _read_calendar(call: Invocation) -> Calendar:
    """Return the calendar as the archive knows it, arXiv's own where there is no archive."""
    from syncd.archive.sql import database
    from syncd.core import mailing
    from syncd.usecases.workspace import Access

    if database.exists(call.config.database.url):
        return call.workspace(Access.READ).calendar()
    return mailing.add_closings(mailing.calendar(), call.config.calendar.closings)


def _finish(call: Invocation, found: PublicAddress) -> int:
    if found.note and not call.as_json and call.verbosity >= 0:
        click.echo(found.note, err=True)
    return call.finish({"url": found.url, "note": found.note or None}, [found.url])
