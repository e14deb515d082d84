"""`syncd show`: show a paper or a mailing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import iso_date, json_option

if TYPE_CHECKING:
    from datetime import date

    from syncd.cli.invocation import Invocation
    from syncd.model import PaperId


@click.command()
@click.argument("what", metavar="ID|DATE")
@json_option
@click.pass_obj
def command(call: Invocation, /, what: str) -> int:
    """Show a paper, as announced and as last seen, or the mailing of a date."""
    from syncd.model import versioned_id

    if day := iso_date(what):
        return _mailing(call, day)
    try:
        paper, _ = versioned_id(what.removeprefix("arXiv:"))
    except ValueError:
        raise click.BadParameter(f"{what!r} is neither an arXiv id nor a date", param_hint="ID|DATE") from None
    return _paper(call, paper)


def _mailing(call: Invocation, day: date) -> int:
    from syncd.report import payload, text
    from syncd.usecases.show import show_day
    from syncd.usecases.workspace import Access

    story = show_day(call.workspace(Access.READ), day)
    return call.finish(payload.of_mailing(story), text.of_mailing(story, call.width))


def _paper(call: Invocation, paper: PaperId) -> int:
    from syncd.cli.failure import NotFound
    from syncd.report import payload, text
    from syncd.usecases.show import show_paper
    from syncd.usecases.workspace import Access

    found = show_paper(call.workspace(Access.READ), paper)
    if found is None:
        raise NotFound(f"{paper} stands in no mailing of this archive")
    return call.finish(payload.of_paper(found), text.of_paper(found, call.width))
