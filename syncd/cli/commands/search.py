"""`syncd search`: full-text search over titles and abstracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option, range_options

if TYPE_CHECKING:
    from datetime import date

    from syncd.cli.invocation import Invocation


@click.command()
@click.argument("words", metavar="QUERY...", nargs=-1)
@range_options
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Number of papers to show."
)
@click.option(
    "--sort",
    type=click.Choice(["newest", "rank"]),
    default="newest",
    show_default=True,
    help="Newest or best first.",
)
@click.option("--reindex", is_flag=True, help="Build the index again from the database first.")
@json_option
@click.pass_obj
def command(
    call: Invocation,
    /,
    words: tuple[str, ...],
    since: date | None,
    until: date | None,
    limit: int,
    sort: str,
    *,
    reindex: bool,
) -> int:
    """Search the titles and abstracts of every mailing, as they were announced.

    All words must occur. Upper case and accents do not matter. For example, depth "neural field" segment* "-medical"
    finds papers with the word depth, that phrase and a word that begins with segment, but without medical.
    """
    from syncd.report import search_results
    from syncd.usecases.inspect import search
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.READ)
    if reindex:
        search.reindex(work)
    try:
        found = search.search(work, " ".join(words), since, until, limit=limit, newest=sort == "newest")
    except ValueError:
        if reindex and not words:
            return call.finish({"indexed": work.store.counts().entries}, ["the index was built again"])
        raise click.BadParameter("it contains no word to search for", param_hint="QUERY") from None
    return call.finish(search_results.fields(found), search_results.lines(found, call.width))
