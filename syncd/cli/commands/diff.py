"""`syncd diff`: compare the archive with upstream, or its files with the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import days_argument, json_option, range_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.cli.invocation import Invocation
    from syncd.core.results import Comparison
    from syncd.usecases.compare.run import Question
    from syncd.usecases.workspace import Workspace

SEVERITIES = ("fault", "drift", "hint")
SOURCES = ("auto", "catchup", "oai", "api", "rss", "snapshot")
FORMATS = ("text", "unified", "stat", "json", "ndjson", "markdown", "html")


@click.command()
@days_argument
@range_options
@click.option("--against", type=click.Choice(["upstream", "files", "sql"]), default="upstream", show_default=True,
    help="What to compare with.")  # fmt: skip
@click.option("--source", type=click.Choice(SOURCES), default="auto", show_default=True,
    help="auto: catchup pages for the last 90 days, API and month pages before; snapshot: what is loaded.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True,
    help="unified is a patch for the archive's folder; ndjson streams.")  # fmt: skip
@click.option("--severity", "least", type=click.Choice(SEVERITIES), default="hint", show_default=True,
    help="Leave out what matters less.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 1 for drift too.")
@click.option("--plan", is_flag=True, help="Only print what would be asked of upstream, and how long that takes.")
@click.option("--accept", is_flag=True, help="Record what is shown as known: later comparisons keep quiet about it.")
@click.option("--note", metavar="TEXT", default="", help="Why it is accepted.")
@json_option
@click.pass_obj
def command(
    call: Invocation,
    /,
    days: tuple[date, ...],
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
    """Compare the archive with upstream (default), or files with the database; every difference has a reason code.

    Drift, upstream moving on, exits with 0 unless --strict.
    """
    from syncd.usecases.compare.known_differences import quiet
    from syncd.usecases.compare.run import Question
    from syncd.usecases.workspace import Access

    _refuse_nonsense(against, source, note, plan=plan, accept=accept)
    call.as_json = call.as_json or form == "json"
    work = call.workspace(Access.READ)
    question = Question(tuple(_days(work, days, (since, until), against, source)), source, form == "unified")
    if plan:
        return _plan(call, work, question)
    seen = _Seen(least)
    pieces = seen.watch(quiet(work, _pieces(call, work, question, against)))
    compared = _streamed(call, pieces) if form == "ndjson" and not call.as_json else _whole(pieces)
    if accept:
        _accept(call, work, compared, note)
    return _end(call, compared, form, seen.code(compared, strict=strict))


def _refuse_nonsense(against: str, source: str, note: str, *, plan: bool, accept: bool) -> None:
    if against != "upstream" and (plan or source != "auto"):
        raise click.UsageError(f"--against {against} asks nothing of upstream: --source and --plan do not go with it")
    if note and not accept:
        raise click.UsageError("--note says why something is accepted; it goes with --accept")
    if plan and accept:
        raise click.UsageError("--plan compares nothing, so that there is nothing to --accept")


def _days(
    work: Workspace, days: Sequence[date], span: tuple[date | None, date | None], against: str, source: str
) -> Sequence[date]:
    from syncd.usecases.compare import select

    if against != "upstream" or days:
        return select.held_days(work, days, *span)
    return select.upstream_days(work, span, source)


def _plan(call: Invocation, work: Workspace, question: Question) -> int:
    from syncd.report.diff import formats
    from syncd.usecases.compare.plan import plan

    found = plan(work, question)
    told = found.routes, found.requests, found.minutes
    return call.finish(formats.plan_fields(*told), formats.plan_lines(*told))


def _pieces(call: Invocation, work: Workspace, question: Question, against: str) -> Iterator[Comparison]:
    from dataclasses import replace

    from syncd.cli.upstream_progress import ReportingClient
    from syncd.usecases.compare import run, select
    from syncd.usecases.progress import RunControl
    from syncd.usecases.upstream import UpstreamAccess, make_listing_client, open_web

    if against != "upstream":
        yield select.with_files(work, question.days, sql_first=against == "files")
        return
    with open_web(work) as (web, sent):
        door = ReportingClient(web, call.progress)
        asked = 0
        for piece in run.compare(work, UpstreamAccess(door, make_listing_client(work, door), RunControl()), question):
            before, asked = asked, sent()
            yield replace(piece, requests=asked - before)


class _Seen:
    """What a comparison found, before the less important is left out: the exit code counts all of it."""

    def __init__(self, least: str) -> None:
        self._shown = frozenset(SEVERITIES[: SEVERITIES.index(least) + 1])
        self._found: set[str] = set()

    def watch(self, pieces: Iterable[Comparison]) -> Iterator[Comparison]:
        """The pieces with what is to be shown."""
        from dataclasses import replace

        from syncd.core.reasons import severity

        for piece in pieces:
            self._found |= {severity(change.code) for change in piece.changes}
            shown = tuple(change for change in piece.changes if severity(change.code) in self._shown)
            yield replace(piece, changes=shown)

    def code(self, compared: Comparison, *, strict: bool) -> int:
        """The exit code."""
        from syncd.cli.errors import worst

        if compared.error is not None:
            return worst([compared.error])
        return 1 if self._found.intersection(("fault", "drift") if strict else ("fault",)) else 0


def _whole(pieces: Iterable[Comparison]) -> Comparison:
    from syncd.usecases.compare.run import gathered

    return gathered(pieces)


def _streamed(call: Invocation, pieces: Iterable[Comparison]) -> Comparison:
    """Print each difference as soon as it is final; what was found, without them kept."""
    from syncd.report.diff import formats
    from syncd.usecases.compare.run import gathered

    def printed() -> Iterator[Comparison]:
        for piece in pieces:
            call.progress.clear()
            call.finish({}, map(formats.json_line, piece.changes))
            yield piece

    return gathered(printed())


def _accept(call: Invocation, work: Workspace, compared: Comparison, note: str) -> None:
    from syncd.report.terminal import pluralize
    from syncd.usecases.compare.known_differences import accept

    count = accept(work, compared, note)
    call.progress.clear()
    click.echo(f"{pluralize(count, 'difference')} accepted", err=True)


def _end(call: Invocation, compared: Comparison, form: str, code: int) -> int:
    from syncd.report.diff import formats

    if form == "ndjson" and not call.as_json:
        _tell_rest(call, compared)
        return code
    told = formats.lines(compared, form, coloured=_is_coloured(), verbose=call.verbosity > 0)
    if form in {"unified", "stat", "markdown", "html"} and not call.as_json:
        _tell_rest(call, compared)
    return call.finish(formats.fields(compared), told, code)


def _tell_rest(call: Invocation, compared: Comparison) -> None:
    """What a format has no place for goes to standard error: what was not compared, and what ended the comparison."""
    from dataclasses import replace

    from syncd.report import text

    call.progress.clear()
    if call.verbosity >= 0 and (compared.not_compared or compared.error is not None or compared.accepted):
        for line in text.of_diff(replace(compared, changes=()), verbose=call.verbosity > 0):
            click.echo(line, err=True)


def _is_coloured() -> bool:
    import sys

    chosen = click.get_current_context().color
    return sys.stdout.isatty() if chosen is None else chosen
