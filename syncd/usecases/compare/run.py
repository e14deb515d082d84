"""A comparison from its question to its end: which source for which date, date by date, in pieces that are final.

It changes no file, row or checkpoint of a mailing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syncd.core import diff as diffs
from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.errors import FolderError, UpstreamError
from syncd.core.mailing.windows import REACH
from syncd.core.model import Change, Digest, Section
from syncd.core.results import Comparison, DayFiles, NotCompared
from syncd.sources.api import BATCH
from syncd.usecases.compare import from_api, from_catchup, from_oai, from_rss
from syncd.usecases.compare.api_texts import Texts
from syncd.usecases.compare.moved_papers import Moves
from syncd.usecases.compare.statement import Silence
from syncd.usecases.compare.versions import Judged, explain, needing, withdrawn
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.core.model import Mailing, PaperId
    from syncd.usecases.compare.statement import Source, Statement
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace

_SOURCES: Mapping[str, Source] = {
    "catchup": from_catchup.state,
    "api": from_api.state,
    "oai": from_oai.state_harvested,
    "snapshot": from_oai.state,
    "rss": from_rss.state,
}
SOURCES = ("auto", *_SOURCES)
"""What a mailing can be compared with; `auto` takes catchup pages as far as they reach, the API beyond."""
_SILENT = frozenset({"oai", "snapshot"})
"""Sources after which the API is not asked either: what is in the database must do."""


@dataclass(frozen=True, slots=True)
class Question:
    """The dates to compare, and with what; `keeps_both` wants the two files of every differing date as well."""

    days: tuple[date, ...]
    source: str = "auto"
    keeps_both: bool = False


def routes(work: Workspace, question: Question) -> tuple[tuple[str, tuple[date, ...]], ...]:
    """The sources to ask, each with its dates, newest first."""
    days = tuple(sorted(set(question.days), reverse=True))
    if question.source != "auto":
        return ((question.source, days),)
    reach = today(work) - REACH
    near, far = tuple(day for day in days if day >= reach), tuple(day for day in days if day < reach)
    return tuple((source, its) for source, its in (("catchup", near), ("api", far)) if its)


def compare(work: Workspace, means: UpstreamAccess, question: Question) -> Iterator[Comparison]:
    """The comparison in pieces, each final, about newest first; what concerns membership comes last, when all dates are known.

    Trouble with upstream ends it: the last piece carries the error, and the dates not reached as not compared.
    """
    moves = Moves(work)
    left = set(question.days)
    try:
        for source, days in routes(work, question):
            texts = Texts(work, None if source in _SILENT else means.web)
            gone: dict[PaperId, str] | None = None
            for piece in _pieces(_SOURCES[source](work, means, days), work, texts):
                gone = _withdrawals(work) if gone is None else gone  # not before: a harvest may bring them
                judged = [withdrawn(one, gone) for one in piece.judged]
                yield _piece(work, judged, piece, moves, question)
                left -= piece.days
    except UpstreamError as error:
        skipped = tuple(NotCompared(day, "mailing", "upstream could not be asked") for day in sorted(left))
        yield Comparison(moves.settled(), 0, skipped, error=error)
        return
    yield Comparison(moves.settled(), 0)


def gathered(pieces: Iterable[Comparison]) -> Comparison:
    """One comparison of all its pieces, days ascending."""
    found = list(pieces)
    changes = sorted((change for piece in found for change in piece.changes), key=lambda change: change.day)
    skipped = sorted((one for piece in found for one in piece.not_compared), key=lambda one: one.day)
    both = sorted((one for piece in found for one in piece.both), key=lambda one: one.day)
    return Comparison(
        tuple(changes),
        sum(piece.days for piece in found),
        tuple(skipped),
        sum(piece.requests for piece in found),
        next((piece.error for piece in found if piece.error is not None), None),
        tuple(change for piece in found for change in piece.accepted),
        tuple(both),
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some dates, judged together so that one request can explain many of their papers."""

    judged: list[Judged]
    silent: list[Silence]

    @property
    def days(self) -> set[date]:
        """The dates of this piece."""
        return {one.statement.day for one in self.judged} | {one.not_compared.day for one in self.silent}


def _pieces(stated: Iterable[Statement | Silence], work: Workspace, texts: Texts) -> Iterator[_Piece]:
    piece = _Piece([], [])
    try:
        for one in stated:
            if isinstance(one, Silence):
                piece.silent.append(one)
                continue
            piece.judged.append(Judged(one, _changes(work, one), one.not_compared))
            if len(needing(piece.judged)) >= BATCH or not needing(piece.judged):
                yield _Piece(explain(piece.judged, texts), piece.silent)
                piece = _Piece([], [])
        yield _Piece(explain(piece.judged, texts), piece.silent)
    except UpstreamError:
        # What was seen before the trouble counts; what only more requests would explain stays unexplained.
        yield _Piece(explain(piece.judged, replace(texts, web=None)), piece.silent)
        raise


def _changes(work: Workspace, one: Statement) -> tuple[Change, ...]:
    """What differs; an equal date costs the comparison of one hash."""
    if one.ours is None:
        if work.folder.stat(one.day) is not None:
            return (Change(one.day, "row-missing", detail=work.folder.path_of(one.day)),)
        return tuple(Change(one.day, "missing-local", e.id, theirs=e.title) for e in one.theirs.entries)
    row = work.store.mailing(one.day)
    if row is not None and _is_equal(one, row):
        return ()
    return diffs.compare(one.ours, one.theirs)


def _is_equal(one: Statement, row: Mailing) -> bool:
    """Whether the statement renders to the file that the row records, sections included where both know them."""
    rendered = rendering(replace(one.theirs, tail=row.tail))
    if rendered is None or sha256(rendered) != row.sha256:
        return False
    sections = [entry.section for entry in one.theirs.entries]
    return not one.is_exact or row.new is None or row.new == sections.count(Section.NEW)


def rendering(digest: Digest) -> bytes | None:
    """The file of a digest; None where none can be made of it."""
    try:
        return digests.render(digest)
    except (ValueError, TypeError, AttributeError):
        return None


def _piece(work: Workspace, judged: Sequence[Judged], piece: _Piece, moves: Moves, question: Question) -> Comparison:
    changes = [change for one in judged for change in moves.take(one)]
    changes += [change for one in piece.silent for change in one.changes]
    skipped = [one.not_compared for one in piece.silent]
    skipped += [told for one in judged for told in one.not_compared]
    both = [_both(work, one.statement) for one in judged if one.changes] if question.keeps_both else ()
    return Comparison(tuple(changes), len(judged), tuple(skipped), both=tuple(both))


def _both(work: Workspace, one: Statement) -> DayFiles:
    """The file as it lies in the folder, else as the rows would have it, and what upstream's account would be written as."""
    try:
        ours = work.folder.read(one.day)
    except FolderError:
        ours = None
    if ours is None and one.ours is not None:
        ours = rendering(one.ours)
    tail = one.ours.tail if one.ours is not None else one.theirs.tail
    return DayFiles(one.day, work.folder.path_of(one.day), ours, rendering(replace(one.theirs, tail=tail)))


def _withdrawals(work: Workspace) -> dict[PaperId, str]:
    """The papers whose newest version is a withdrawal by the version table, and which it is."""
    found = {}
    for paper in work.store.list_withdrawn_ids():
        newest = work.store.versions(paper)[-1]
        found[paper] = f"v{newest.number} of {newest.created:%Y-%m-%d} withdraws it (metadata)"
    return found
