"""`syncd report`: one HTML page about the archive, or a plain list of papers that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import OUTPUT_FILE, json_option

if TYPE_CHECKING:
    from syncd.cli.invocation import Invocation
    from syncd.report.html.page_links import Links


@click.command()
@click.option("-o", "--output", metavar="FILE", type=OUTPUT_FILE, help="Write the page here.")
@click.option("--list", "kind", type=click.Choice(["withdrawn", "revised"]),
    help="Instead of the page, list the announced papers that changed later.")  # fmt: skip
@json_option
@click.pass_obj
def command(call: Invocation, /, output: str | None, kind: str | None) -> int:
    """Show the whole archive on one HTML page: coverage, problems, growth, health, politeness.

    The page is self-contained: it loads nothing and runs no script. Its dates and papers lead to the web pages of the archive
    where serve.base_url is set, else to arXiv. Without -o it goes to standard output.
    """
    return _write_page(call, output) if kind is None else _list_changed(call, kind)


def _list_changed(call: Invocation, kind: str) -> int:
    from syncd.report import history_text
    from syncd.usecases.inspect.history import list_changed
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.READ)
    found, known = list_changed(work, kind), work.store.read_knowledge()
    return call.finish(history_text.list_fields(found, kind, known), history_text.list_lines(found, kind, known))


def _write_page(call: Invocation, output: str | None) -> int:
    from pathlib import Path

    from syncd.report.html import report_page
    from syncd.report.report_fields import of_report
    from syncd.usecases.inspect.report import gather_facts
    from syncd.usecases.progress import Cancelled
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.READ)
    with call.long_run() as made:
        try:
            facts = gather_facts(work, made.control)
        except Cancelled:
            return call.finish({"path": None}, ["no report was written"], stopped=made)
    if output is None and call.as_json:
        return call.finish(of_report(facts), [])
    page = report_page.html(facts, _choose_links(call))
    if output is None:
        return call.finish({}, [page.rstrip("\n")], is_data=True)
    from syncd.usecases.inspect import export

    export.write_file(work, Path(output), [page.encode()])
    return call.finish(of_report(facts) | {"path": output}, [f"written to {output}"])


def _choose_links(call: Invocation) -> Links:
    """Return the web pages of the archive as what the report leads to where people can reach them, else those of arXiv."""
    from syncd.core.mailing import NEW_YORK
    from syncd.report.html.page_links import ArxivLinks, SiteLinks

    config = call.config
    if config.serve.base_url:
        return SiteLinks(config.serve.base_url.rstrip("/"))
    return ArxivLinks(config.upstream.listing_url, config.archive.category, call.now().astimezone(NEW_YORK).date())
