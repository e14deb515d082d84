"""`syncd export`: papers with all their metadata as JSON Lines, CSV or BibTeX."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import click

from syncd.cli.options import OUTPUT_FILE, json_option, range_options
from syncd.core.plural import pluralize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from syncd.cli.invocation import Invocation
    from syncd.core.exported_paper import ExportedPaper

_PROGRESS = 1000
_COLLECTION = 20_000


@click.command()
@click.argument("words", metavar="[QUERY]...", nargs=-1)
@range_options
@click.option("--format", "form", type=click.Choice(["jsonl", "csv", "bibtex"]), default="jsonl", show_default=True,
    help="One JSON object a line, a table for spreadsheets and databases, or references.")  # fmt: skip
@click.option("-o", "--output", metavar="FILE", type=OUTPUT_FILE,
    help="Write to this file, which appears or is replaced once all is written.")  # fmt: skip
@json_option
@click.pass_obj
def command(
    call: Invocation, /, words: tuple[str, ...], since: date | None, until: date | None, form: str, output: str | None
) -> int:
    """Write papers with all that is known of them, one row a paper, to standard output or a file.

    The order is that of their first mailings. --since and --until are dates of first mailings. A
    QUERY is one of syncd search, and must fit what the first mailing announced.

    Title and abstract are as announced. Where arXiv shows others now, these follow apart, and BibTeX has these alone. In JSON,
    null means that no source has stated a field, and an empty text that a source states that there is none.
    """
    from syncd.core.query import join_arguments
    from syncd.report.export import format_papers
    from syncd.usecases.inspect import export
    from syncd.usecases.workspace import Access

    if call.as_json and output is None:
        raise click.UsageError("--json describes the file that -o writes; for papers as JSON: --format jsonl")
    work = call.workspace(Access.READ)
    try:
        found = export.list_papers(work, join_arguments(words), since, until)
    except ValueError:
        raise click.BadParameter("it contains no word to search for", param_hint="QUERY") from None
    papers = _Counted(found, _make_progress(call, output))
    pieces = (piece.encode() for piece in format_papers(papers, form))
    if output is None:
        _print(pieces)
        call.progress.clear()
        if not papers.count and call.verbosity >= 0:
            click.echo("no paper found", err=True)
        return 0
    from pathlib import Path

    export.write_file(work, Path(output), pieces)
    fields = {"papers": papers.count, "format": form, "path": output}
    return call.finish(fields, [f"{pluralize(papers.count, 'paper')} written to {output}"])


def _make_progress(call: Invocation, output: str | None) -> Callable[[str], object]:
    """Return what shows the progress. Papers on a terminal are progress enough."""
    import sys

    return call.progress.say if output is not None or not sys.stdout.isatty() else len


class _Counted:
    """Papers that are counted while they are read. `count` is their number so far."""

    def __init__(self, papers: Iterable[ExportedPaper], report: Callable[[str], object]) -> None:
        self._papers, self._report = papers, report
        self.count = 0

    def __iter__(self) -> Iterator[ExportedPaper]:
        for paper in self._papers:
            self.count += 1
            if self.count % _COLLECTION == 0:
                # `main` lets Python collect rarely. The statements of a long export would add up to tens of megabytes.
                gc.collect()
            if self.count % _PROGRESS == 0:
                self._report(pluralize(self.count, "paper"))
            yield paper


def _print(pieces: Iterable[bytes]) -> None:
    """Write to standard output in UTF-8, whatever its encoding is for text."""
    import sys

    sys.stdout.flush()
    sys.stdout.buffer.writelines(pieces)
    sys.stdout.flush()
