"""`syncd show`: show a paper or a mailing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option

if TYPE_CHECKING:
    from syncd.cli.invocation import Invocation


@click.command()
@click.argument("what", metavar="ID|DATE")
@json_option
@click.pass_obj
def command(call: Invocation, /, what: str) -> int:
    """Show a paper, as announced and as last seen, or the mailing of a date."""
    from datetime import date

    from syncd.cli.failure import NotFound
    from syncd.model import versioned_id
    from syncd.report import payload, text
    from syncd.usecases.show import show_day, show_paper
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.READ)
    try:
        if len(what) == 10 and what[4] == "-":
            story = show_day(work, date.fromisoformat(what))
            return call.finish(payload.of_mailing(story), text.of_mailing(story, call.width))
        paper, _ = versioned_id(what.removeprefix("arXiv:"))
    except ValueError:
        raise click.BadParameter(f"{what!r} is neither an arXiv id nor a date", param_hint="ID|DATE") from None
    found = show_paper(work, paper)
    if found is None:
        raise NotFound(f"{paper} stands in no mailing of this archive")
    return call.finish(payload.of_paper(found), text.of_paper(found, call.width))
