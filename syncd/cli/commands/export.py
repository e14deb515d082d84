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

    from syncd.cli.interrupts import InterruptibleRun
    from syncd.cli.invocation import Invocation
    from syncd.core.exported_paper import ExportedPaper
    from syncd.usecases.progress import RunControl

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
    from pathlib import Path

    from syncd.core.query import join_arguments
    from syncd.report.export import format_papers
    from syncd.usecases.inspect import export
    from syncd.usecases.progress import Cancelled
    from syncd.usecases.workspace import Access

    if call.as_json and output is None:
        raise click.UsageError("--json describes the file that -o writes; for papers as JSON: --format jsonl")
    work = call.workspace(Access.READ)
    try:
        found = export.list_papers(work, join_arguments(words), since, until)
    except ValueError:
        raise click.BadParameter("it contains no word to search for", param_hint="QUERY") from None
    total = 0 if words or since or until else work.store.counts().papers
    with call.long_run() as made:
        papers = _Counted(found, _make_progress(made.control, output), total)
        pieces = (piece.encode() for piece in format_papers(papers, form))
        try:
            if output is None:
                _print(pieces)
            else:
                export.write_file(work, Path(output), pieces)
        except Cancelled:
            return _report_interrupted(call, made, papers.count, output)
    if output is None:
        if not papers.count and call.verbosity >= 0:
            click.echo("no paper found", err=True)
        return 0
    fields = {"papers": papers.count, "format": form, "path": output}
    return call.finish(fields, [f"{pluralize(papers.count, 'paper')} written to {output}"])


def _make_progress(control: RunControl, output: str | None) -> Callable[[int, int], None]:
    """Return what shows the progress. Papers on a terminal are progress enough."""
    import sys
    from dataclasses import replace

    from syncd.usecases.progress import UNSTOPPED

    is_shown = output is not None or not sys.stdout.isatty()
    return (control if is_shown else replace(control, report=UNSTOPPED.report)).count("exporting", "paper")


def _report_interrupted(call: Invocation, made: InterruptibleRun, papers: int, output: str | None) -> int:
    """Say how much was written. Standard output holds papers, so that this goes to standard error."""
    if output is not None:
        return call.finish({"papers": 0, "path": output}, [f"nothing was written to {output}"], stopped=made)
    if call.verbosity >= 0:
        click.echo(f"{made.describe()}; {papers:,} papers were written", err=True)
    return made.exit_code()


class _Counted:
    """Papers that are counted while they are read. `count` is their number so far."""

    def __init__(self, papers: Iterable[ExportedPaper], report: Callable[[int, int], None], total: int) -> None:
        self._papers, self._report, self._total = papers, report, total
        self.count = 0

    def __iter__(self) -> Iterator[ExportedPaper]:
        for paper in self._papers:
            self.count += 1
            if self.count % _COLLECTION == 0:
                # `main` lets Python collect rarely. The statements of a long export would add up to tens of megabytes.
                gc.collect()
            if self.count % _PROGRESS == 0:
                self._report(self.count, self._total)
            yield paper


def _print(pieces: Iterable[bytes]) -> None:
    """Write to standard output in UTF-8, whatever its encoding is for text."""
    import sys

    sys.stdout.flush()
    sys.stdout.buffer.writelines(pieces)
    sys.stdout.flush()
