"""`syncd show`: show a paper or a mailing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import DATE, iso_date, json_option

if TYPE_CHECKING:
    from datetime import date

    from syncd.cli.invocation import Invocation
    from syncd.core.model import PaperId


@click.command()
@click.argument("what", metavar="ID|DATE")
@click.option("--as-of", type=DATE, metavar="DATE", help="Show the paper as it was after the mailing of this date.")
@click.option("--history", is_flag=True, help="Show all events, with their times and sources.")
@json_option
@click.pass_obj
def command(call: Invocation, /, what: str, as_of: date | None, *, history: bool) -> int:
    """Show a paper, as announced and as last seen, or the mailing of a date."""
    from syncd.core.typed_id import parse_typed_id

    if day := iso_date(what.strip()):
        if as_of is not None:
            raise click.UsageError("--as-of works with a paper only, because a mailing never changes")
        return _mailing(call, day, history=history)
    try:
        paper, _ = parse_typed_id(what)
    except ValueError:
        raise click.BadParameter(f"{what!r} is neither an arXiv id nor a date", param_hint="ID|DATE") from None
    return _paper(call, paper, as_of, history=history)


def _mailing(call: Invocation, day: date, *, history: bool) -> int:
    from syncd.report import history_text as report
    from syncd.report import json_fields
    from syncd.report.text import paper_lines
    from syncd.usecases.inspect.history import of_day
    from syncd.usecases.inspect.show import show_day
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.READ)
    shown, events = show_day(work, day), of_day(work, day)
    lines = [*paper_lines.of_mailing(shown, call.width), *(report.day_lines(events, call.width) if history else ())]
    return call.finish(json_fields.of_mailing(shown) | {"history": report.day_fields(events)}, lines)


def _paper(call: Invocation, paper: PaperId, as_of: date | None, *, history: bool) -> int:
    from syncd.cli.errors import NotFound
    from syncd.report import history_text as report
    from syncd.report import json_fields
    from syncd.report.text import paper_lines
    from syncd.usecases.inspect.history import of_paper
    from syncd.usecases.inspect.show import show_paper
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.READ)
    found, life = show_paper(work, paper), of_paper(work, paper, as_of)
    if found is None or life is None:
        raise NotFound(
            f"{paper} is not in any mailing of this archive",
            paper_lines.name_days_around(work.store.find_days_around(paper), "show"),
        )
    lines = [*paper_lines.of_paper(found, call.width), *report.paper_lines(life, call.width, history=history)]
    return call.finish(json_fields.of_paper(found) | report.paper_fields(life), lines)
