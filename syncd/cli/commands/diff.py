"""`syncd diff`: compare the archive with upstream, or its files with the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import DATE_OR_PAPER, json_option, range_options
from syncd.usecases.compare import source_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.cli.interrupts import InterruptibleRun
    from syncd.cli.invocation import Invocation
    from syncd.core.model import PaperId
    from syncd.core.results import Comparison, SkippedDate
    from syncd.usecases.compare.select import Selection
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

SEVERITIES = ("fault", "drift", "hint")
FORMATS = ("text", "unified", "stat", "json", "ndjson", "markdown", "html")


def _describe_sources() -> str:
    sources = (f"{name}: {source_table.summarize(name)}" for name in source_table.list_names())
    return "; ".join([f"{source_table.AUTO}: the first source that reaches the date", *sources]) + "."


@click.command()
@click.argument("what", metavar="[DATE|ID]...", type=DATE_OR_PAPER, nargs=-1)
@range_options
@click.option("--against", type=click.Choice(["upstream", "files", "sql"]), default="upstream", show_default=True,
    help="What to compare with.")  # fmt: skip
@click.option("--source", type=click.Choice([source_table.AUTO, *source_table.list_names()]), default=source_table.AUTO,
    show_default=True, help=_describe_sources())  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True,
    help="unified is a patch for the archive's folder; ndjson streams.")  # fmt: skip
@click.option("--severity", "least", type=click.Choice(SEVERITIES), default="hint", show_default=True,
    help="Leave out what matters less.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 1 for drift too.")
@click.option("--plan", is_flag=True, help="Only print what would be asked of upstream, and how long that takes.")
@click.option("--accept", is_flag=True, help="Record what is shown as known: later comparisons leave it out.")
@click.option("--note", metavar="TEXT", default="", help="Why it is accepted.")
@json_option
@click.pass_obj
def command(
    call: Invocation,
    /,
    what: tuple[date | PaperId, ...],
    since: date | None,
    until: date | None,
    against: str,
    source: str,
    form: str,
    least: str,
    note: str,
    *,
    strict: bool,
    plan: bool,
    accept: bool,
) -> int:
    """Compare the archive with upstream (default), or files with the database. Every difference has a reason code.

    With dates, only those. With papers, by id or address, only what concerns them, in their mailings. Drift, upstream moving
    on, exits with 0 unless --strict. What arXiv sent and could not be used exits with 3.
    """
    from syncd.usecases.compare.known_differences import set_accepted_aside
    from syncd.usecases.workspace import Access

    _refuse_contradictions(against, source, note, plan=plan, accept=accept)
    call.as_json = call.as_json or form == "json"
    work = call.workspace(Access.READ)
    days, papers = _locate_papers(work, what, form)
    selection, skipped = _select(work, days, (since, until), against, source, with_files=form == "unified")
    if plan:
        return _print_plan(call, work, selection)
    by_severity = _SeverityFilter(least)
    with call.long_run() as made:
        compared = _keep_papers(_compare(made.control, work, selection, against, skipped), papers)
        comparison = _gather_parts(call, by_severity.apply(set_accepted_aside(work, compared)), form, papers)
    if accept:
        _accept(work, comparison, note)
    code, stopped = by_severity.exit_code(comparison, strict=strict), made if comparison.ended else None
    return _print_result(call, comparison, form, code, stopped=stopped)


def _refuse_contradictions(against: str, source: str, note: str, *, plan: bool, accept: bool) -> None:
    if against != "upstream" and (plan or source != source_table.AUTO):
        raise click.UsageError(f"--against {against} asks nothing of upstream: --source and --plan do not go with it")
    if note and not accept:
        raise click.UsageError("--note says why something is accepted; it goes with --accept")
    if plan and accept:
        raise click.UsageError("--plan compares nothing, so that there is nothing to --accept")


def _locate_papers(
    work: Workspace, what: Sequence[date | PaperId], form: str
) -> tuple[tuple[date, ...], Mapping[date, set[PaperId]]]:
    """Return the dates to compare, and for those that are compared only for the sake of papers, these papers."""
    from datetime import date

    from syncd.cli.errors import NotFound
    from syncd.report.text.paper_lines import name_days_around

    named = [one for one in what if isinstance(one, date)]
    papers: dict[date, set[PaperId]] = {}
    for paper in (one for one in what if not isinstance(one, date)):
        found = work.store.list_appearances(paper)
        if not found:
            around = name_days_around(work.store.find_days_around(paper), "diff")
            raise NotFound(f"{paper} is not in any mailing of this archive", around)
        for appearance in found:
            papers.setdefault(appearance.day, set()).add(paper)
    if papers and form == "unified":
        raise click.UsageError("--format unified is a patch of whole files: it goes with dates, not with papers")
    return (*named, *papers), {day: ids for day, ids in papers.items() if day not in named}


def _keep_papers(parts: Iterable[Comparison], papers: Mapping[date, set[PaperId]]) -> Iterator[Comparison]:
    """Yield the parts without the differences of other papers, on the dates that were chosen for these papers alone."""
    from dataclasses import replace

    for part in parts:
        kept = (one for one in part.changes if one.id is None or one.id in papers.get(one.day, {one.id}))
        yield replace(part, changes=tuple(kept)) if papers else part


def _select(
    work: Workspace,
    days: Sequence[date],
    span: tuple[date | None, date | None],
    against: str,
    source: str,
    *,
    with_files: bool,
) -> tuple[Selection, tuple[SkippedDate, ...]]:
    """Return what to compare, and the dates that were asked for and have nothing to compare."""
    from syncd.usecases.compare import select
    from syncd.usecases.skipped_days import list_dates_of_range

    is_upstream = against == "upstream"
    if is_upstream and not days:
        chosen = select.list_upstream_days(work, span, source)
    else:
        chosen = select.list_held_days(work, days, *span)
    asked = days or (list_dates_of_range(work, *span) if any(span) else ())
    comparable, skipped = select.set_skipped_aside(work, chosen, asked, is_upstream=is_upstream)
    return select.Selection(comparable, source, with_files=with_files), skipped


def _print_plan(call: Invocation, work: Workspace, selection: Selection) -> int:
    from syncd.report.diff import formats
    from syncd.usecases.compare.plan import plan

    found = plan(work, selection)
    facts = found.sources, found.requests, found.minutes
    return call.finish(formats.plan_fields(*facts), formats.plan_lines(*facts))


def _compare(
    control: RunControl, work: Workspace, selection: Selection, against: str, skipped: tuple[SkippedDate, ...]
) -> Iterator[Comparison]:
    """Yield the comparison in parts, each with the number of requests that it took."""
    from dataclasses import replace

    from syncd.cli.upstream_progress import ReportingClient
    from syncd.core.results import Comparison
    from syncd.usecases.compare import file_comparison, run
    from syncd.usecases.upstream import UpstreamAccess, make_listing_client, open_web

    yield Comparison((), 0, skipped=skipped)
    if against != "upstream":
        yield file_comparison.compare_files(work, selection.days, sql_first=against == "files", control=control)
        return
    with open_web(work, control.wait) as (web, count_sent):
        client = ReportingClient(web, control)
        upstream = UpstreamAccess(client, make_listing_client(work, client), control)
        sent = 0
        for part in run.compare(work, upstream, selection):
            before, sent = sent, count_sent()
            yield replace(part, requests=sent - before)


class _SeverityFilter:
    """Leaves out the differences that matter less than asked for. The exit code counts them all the same."""

    def __init__(self, least: str) -> None:
        self._shown = frozenset(SEVERITIES[: SEVERITIES.index(least) + 1])
        self._found: set[str] = set()

    def apply(self, parts: Iterable[Comparison]) -> Iterator[Comparison]:
        """Yield the parts with the differences that are to be shown."""
        from dataclasses import replace

        from syncd.core.reasons import severity

        for part in parts:
            self._found |= {severity(change.code) for change in part.changes}
            shown = tuple(change for change in part.changes if severity(change.code) in self._shown)
            yield replace(part, changes=shown, left_out=len(part.changes) - len(shown))

    def exit_code(self, comparison: Comparison, *, strict: bool) -> int:
        """Return the exit code: that of an error, else 1 for faults, and for drift as well where that is `strict`.

        Without those, it is 3 where what upstream sent could not be used.
        """
        from syncd.cli.errors import worst

        if comparison.error is not None:
            return worst([comparison.error])
        if self._found.intersection(("fault", "drift") if strict else ("fault",)):
            return 1
        return 3 if any(one.is_rejected for one in comparison.not_compared) else 0


def _gather_parts(
    call: Invocation, parts: Iterable[Comparison], form: str, papers: Mapping[date, set[PaperId]]
) -> Comparison:
    """Return the whole comparison. As ndjson, print each difference as soon as it is final."""
    from dataclasses import replace

    from syncd.usecases.compare.run import gather

    shown = _print_each(call, parts) if form == "ndjson" and not call.as_json else parts
    return replace(gather(shown), papers=tuple(sorted({one for ids in papers.values() for one in ids})))


def _print_each(call: Invocation, parts: Iterable[Comparison]) -> Iterator[Comparison]:
    from syncd.report.diff import formats

    for part in parts:
        call.finish({}, map(formats.json_line, part.changes), is_data=True)
        yield part


def _accept(work: Workspace, comparison: Comparison, note: str) -> None:
    from syncd.core.plural import pluralize
    from syncd.usecases.compare.known_differences import accept

    count = accept(work, comparison, note)
    click.echo(f"{pluralize(count, 'difference')} accepted", err=True)


def _print_result(
    call: Invocation, comparison: Comparison, form: str, code: int, *, stopped: InterruptibleRun | None
) -> int:
    import sys

    from syncd.cli import terminal
    from syncd.report.diff import formats

    if form not in {"text", "json"} and not call.as_json:
        _print_remarks(call, comparison)
    if form == "ndjson" and not call.as_json:
        return code if stopped is None else call.finish({}, (), code, stopped=stopped, is_data=True)
    width = terminal.find_line_width(sys.stdout) or terminal.width()
    lines = formats.lines(comparison, form, width=width, verbose=call.verbosity > 0)
    is_data = form not in {"text", "stat"}
    return call.finish(formats.fields(comparison), lines, code, stopped=stopped, is_data=is_data)


def _print_remarks(call: Invocation, comparison: Comparison) -> None:
    """Print to standard error what a format has no room for: what was not examined, and what ended the comparison."""
    import sys

    from syncd.cli import terminal
    from syncd.report.diff.text import has_remarks, of_remarks

    if call.verbosity >= 0 and has_remarks(comparison):
        for line in of_remarks(comparison, verbose=call.verbosity > 0):
            click.echo(terminal.fit(line, sys.stderr), err=True)
