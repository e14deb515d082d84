"""`syncd search`: full-text search over papers as they were announced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option, range_options

if TYPE_CHECKING:
    from datetime import date

    from syncd.cli.invocation import Invocation


@click.command()
@click.argument("words", metavar="QUERY...", nargs=-1)
@click.option(
    "--saved", metavar="NAME", help="Ask the query of this name in [searches]. A QUERY beside it narrows it down."
)
@range_options
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Number of papers to show."
)
@click.option(
    "--sort",
    type=click.Choice(["newest", "rank"]),
    default="newest",
    show_default=True,
    help="Newest or best first. The best are chosen among the newest 5,000 found, on PostgreSQL 1,000.",
)
@click.option("--by", type=click.Choice(["month"]), help="Count the papers of each month instead.")
@click.option("--reindex", is_flag=True, help="Build the index again from the database first.")
@json_option
@click.pass_obj
def command(
    call: Invocation,
    /,
    words: tuple[str, ...],
    saved: str | None,
    since: date | None,
    until: date | None,
    limit: int,
    sort: str,
    by: str | None,
    *,
    reindex: bool,
) -> int:
    """Search the titles and abstracts of every mailing, as they were announced.

    All words must occur, in any form: "map" finds maps and mapping. Upper case and accents do not matter. Put a query with
    more than words in single quotes.

    '"neural field" segment*' finds this phrase together with words that begin with segment.

    'nerf OR splatting NOT medical' finds papers with nerf, or with splatting but without medical. Parentheses group.

    'title:depth author:"Kaiming He" category:cs.LG' finds a word in the title, an author and a category. There are abstract:
    and id:, too. Authors and categories are those that a source stated.

    'depth since:2021-03 until:2022' finds papers of these dates.

    --saved nerf --since 2026-11-01 asks a query that is kept in the configuration: [searches] nerf = "radiance field*".
    """
    from syncd.core.query import join_arguments
    from syncd.report import search_results
    from syncd.usecases.inspect import search
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.READ)
    typed = join_arguments(words)
    if saved is not None:
        typed = _add_saved(call, saved, typed)
    if reindex:
        search.reindex(work)
    if by == "month":
        months = search.count_by_month(work, typed, since, until)
        return call.finish(search_results.month_fields(months), search_results.month_lines(months))
    try:
        found = search.search(work, typed, since, until, limit=limit, newest=sort == "newest")
    except ValueError:
        if reindex and not words and saved is None:
            return call.finish({"indexed": work.store.counts().entries}, ["the index was built again"])
        raise click.BadParameter("it contains no word to search for", param_hint="QUERY") from None
    return call.finish(search_results.fields(found), search_results.lines(found, call.width))


def _add_saved(call: Invocation, name: str, typed: str) -> str:
    """Return a saved query, narrowed down by what was typed beside it."""
    queries = call.config.searches.queries
    if name not in queries:
        known = ", ".join(sorted(queries)) or "none; add one to [searches] of the configuration"
        raise click.BadParameter(f"there is no saved search {name!r}; there is: {known}", param_hint="--saved")
    return f"({queries[name]}) {typed}" if typed else queries[name]
