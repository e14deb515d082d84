"""Texts that differ from upstream, explained by versions: a newer version upstream is drift, anything else is a fault.

    differing papers ─► newest version (API, unversioned) ─► newer than announced? ─► the text announced (table or API)
                                                                                   └─► ours equals it: revised, else a fault

Listing pages do not say which version they show. One request answers for 300 papers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core import diff as diffs
from syncd.core.categories import has_category
from syncd.core.model import Change, Digest, Section
from syncd.core.results import NotCompared
from syncd.core.values import dataclass
from syncd.core.withdrawals import says_withdrawn

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.core.model import Entry, PaperId
    from syncd.core.paper_history import Deletion
    from syncd.sources.api import ApiEntry
    from syncd.usecases.compare.api_texts import ApiTexts
    from syncd.usecases.compare.source_view import SourceView

_TEXT_CODES = frozenset({"title-changed", "abstract-changed", "revised"})
"""Codes of a text that differs in more than its markup."""
_TEXT_FIELDS = frozenset({"title", "abstract"})


@dataclass(frozen=True, slots=True)
class DayDifferences:
    """What differs between the archive and a source's view of one mailing, and what could not be compared."""

    view: SourceView
    changes: tuple[Change, ...]
    not_compared: tuple[NotCompared, ...] = ()


@dataclass(frozen=True, slots=True)
class _DifferingPaper:
    """One paper whose text differs: as held, as the source shows it, and the changes that were found."""

    ours: Entry
    theirs: Entry
    changes: tuple[Change, ...]

    @property
    def announced(self) -> int:
        """The version whose text should be held."""
        return self.ours.version or 1


def find_unexplained(found: Iterable[DayDifferences]) -> set[PaperId]:
    """Return the papers whose differences or withdrawals cannot be explained without their versions or categories."""
    days = list(found)
    changes = (change for one in days for change in one.changes)
    differing = {c.id for c in changes if c.id is not None and c.code in _TEXT_CODES | {"missing-upstream"}}
    return differing.union(*(_list_said_withdrawn(one.view) for one in days))


def _list_said_withdrawn(view: SourceView) -> list[PaperId]:
    """Return the papers of ours whose comments upstream say that they were withdrawn, in our order."""
    return [paper for paper in _entries_by_id(view) if paper in view.said_withdrawn]


def explain(found: Sequence[DayDifferences], texts: ApiTexts) -> list[DayDifferences]:
    """Return the same differences with the codes that versions and categories give them.

    A text that differs is explained by its versions. A paper of unknown section that upstream lacks is explained by its
    categories. Where the API may not be asked, the versions that the source itself shows must do. UpstreamError when
    upstream cannot be asked any more.
    """
    # Each step requests only what the one before left open. Most papers need the first alone.
    texts.load_newest(find_unexplained(found), {one for day in found for one in _list_said_withdrawn(day.view)})
    papers = [paper for one in found for paper in _list_differing(one)]
    texts.load([(p.ours.id, p.announced) for p in papers if _newest_version(p, texts) not in {None, p.announced}])
    texts.load([(p.ours.id, number) for p in papers for number in _list_candidates(p, texts)])
    return [_explain_day(one, texts) for one in found]


def _list_differing(found: DayDifferences) -> Iterator[_DifferingPaper]:
    ours = _entries_by_id(found.view)
    theirs = {entry.id: entry for entry in found.view.theirs.entries}
    for paper in dict.fromkeys(change.id for change in found.changes if change.code in _TEXT_CODES):
        if paper is not None:
            of_texts = (change for change in found.changes if change.id == paper and change.field in _TEXT_FIELDS)
            yield _DifferingPaper(ours[paper], theirs[paper], tuple(of_texts))


def _entries_by_id(view: SourceView) -> dict[PaperId, Entry]:
    return {entry.id: entry for entry in view.ours.entries} if view.ours else {}


def _newest_version(paper: _DifferingPaper, texts: ApiTexts) -> int | None:
    """Return the newest version by the API, else the one that the source shows, or None when neither is known."""
    found = texts.newest.get(paper.ours.id)
    return found.paper.version if found is not None else paper.theirs.version


def _list_candidates(paper: _DifferingPaper, texts: ApiTexts) -> Iterator[int]:
    """Return the versions between the first and the newest whose text an entry of unknown version may hold."""
    newest = _newest_version(paper, texts)
    if paper.ours.version is None and newest is not None and not _has_text_of(paper, paper.announced, texts):
        # The first was compared just now, and the newest is the one that upstream shows.
        yield from range(2, newest)


def _has_text_of(paper: _DifferingPaper, version: int, texts: ApiTexts) -> bool | None:
    """Say whether our text is that of a version, markup aside, or None when the version's text is not known."""
    text = _text_of(paper, version, texts)
    if text is None:
        return None
    return not any(change.code in _TEXT_CODES for change in _compare_with(paper, text))


def _text_of(paper: _DifferingPaper, version: int, texts: ApiTexts) -> tuple[str, str] | None:
    if paper.theirs.version == version:
        return paper.theirs.title, paper.theirs.abstract
    return texts.text_of(paper.ours.id, version)


def _compare_with(paper: _DifferingPaper, text: tuple[str, str]) -> tuple[Change, ...]:
    """Compare our text with another title and abstract, as if both were of one version."""
    ours = replace(paper.ours, section=None, version=None)
    theirs = replace(ours, title=text[0], abstract=text[1])
    day = paper.changes[0].day
    return diffs.compare(Digest(day, "", (ours,)), Digest(day, "", (theirs,)))


def _explain_day(found: DayDifferences, texts: ApiTexts) -> DayDifferences:
    differing = {paper.ours.id: paper for paper in _list_differing(found)}
    changes: list[Change] = []
    skipped: list[NotCompared] = []
    explained: set[PaperId] = set()
    for change in found.changes:
        paper = differing.get(change.id) if change.id is not None and change.field in _TEXT_FIELDS else None
        if paper is None:
            changes += _explain_absence(change, found.view, texts, skipped)
        elif paper.ours.id not in explained:
            explained.add(paper.ours.id)
            changes += _explain_text(paper, texts, skipped)
    changes += _find_withdrawals(found.view, explained, texts, skipped)
    return replace(found, changes=tuple(changes), not_compared=(*found.not_compared, *skipped))


def _explain_text(paper: _DifferingPaper, texts: ApiTexts, skipped: list[NotCompared]) -> Iterable[Change]:
    """Return the changes of one paper's text with their codes. What is not known for certain is added to `skipped`."""
    newest, announced, day = _newest_version(paper, texts), paper.announced, paper.changes[0].day
    if newest is None:
        # It may be a later version or a fault. Neither is proven without an answer.
        skipped.append(_note_silence(day, f"text of {paper.ours.id}", texts))
        return [change for change in paper.changes if change.code == "markup-only"]
    versions = f"v{announced} here, v{newest} upstream"
    if newest < announced:
        return [replace(change, code="stale-source", detail=versions) for change in paper.changes]
    is_as_announced = _has_text_of(paper, announced, texts)
    if newest == announced:
        if not is_as_announced:
            return paper.changes
        doubt = "the API shows the text of the archive"
        return [c if c.code == "markup-only" else replace(c, detail=doubt) for c in paper.changes]
    if is_as_announced is None and texts.web is not None:
        why = "the API did not give it: whether ours is the text announced is not proven"
        skipped.append(NotCompared(day, f"text of {paper.ours.id}v{announced}", why))
    if is_as_announced is False:
        return _explain_other_text(paper, texts, newest, versions)
    return _mark_revised(paper, texts, versions)


def _explain_other_text(paper: _DifferingPaper, texts: ApiTexts, newest: int, detail: str) -> Iterable[Change]:
    """Return the changes of a text that was not announced: revised when it is that of a later version, else a fault."""
    announced = paper.announced
    # An entry that records its version must hold that one. Only where none is recorded may it be any.
    candidates = range(2, newest + 1) if paper.ours.version is None else ()
    held = next((number for number in candidates if _has_text_of(paper, number, texts)), None)
    if held is not None:
        return _mark_revised(paper, texts, f"the text of v{held} here, v{announced} was announced, v{newest} upstream")
    text = _text_of(paper, announced, texts)
    found = _compare_with(paper, text) if text is not None else paper.changes
    others = "neither" if newest == announced + 1 else "none of them"
    return [replace(c, detail=f"{detail}, and ours is {others}") for c in found if c.code in _TEXT_CODES]


def _mark_revised(paper: _DifferingPaper, texts: ApiTexts, detail: str) -> Iterable[Change]:
    if _says_withdrawn(paper, texts):
        title = paper.ours.title
        return [replace(paper.changes[0], code="withdrawn", field=None, ours=title, theirs=None, detail=detail)]
    return [c if c.code == "markup-only" else replace(c, code="revised", detail=detail) for c in paper.changes]


def _says_withdrawn(paper: _DifferingPaper, texts: ApiTexts) -> bool:
    """Say whether the newest version announces its withdrawal, in its comment or in its abstract. Authors use both."""
    newest = texts.newest.get(paper.ours.id)
    return says_withdrawn(paper.theirs.abstract) if newest is None else _is_withdrawal(newest)


def _is_withdrawal(newest: ApiEntry) -> bool:
    return says_withdrawn(newest.comment, newest.paper.abstract)


def _find_withdrawals(
    view: SourceView, explained: Collection[PaperId], texts: ApiTexts, skipped: list[NotCompared]
) -> Iterator[Change]:
    """Yield the withdrawals that left the text as it was: the comments upstream say so, and there is a newer version."""
    ours = _entries_by_id(view)
    for paper in _list_said_withdrawn(view):
        newest, announced = texts.newest.get(paper), ours[paper].version or 1
        if paper in explained:
            continue
        if newest is None:
            what = f"withdrawal of {paper}, which its comments name"
            skipped.append(_note_silence(view.day, what, texts))
        elif (newest.paper.version or 1) > announced:
            held = f"v{announced} here, " if ours[paper].version is not None else ""
            detail = f"{held}v{newest.paper.version} upstream"
            yield Change(view.day, "withdrawn", paper, None, ours[paper].title, None, detail)


def _note_silence(day: date, what: str, texts: ApiTexts) -> NotCompared:
    """Return that something could not be compared for want of an answer of the API."""
    if texts.web is None:
        return NotCompared(day, what, "the API could not be asked for its versions")
    why = texts.rejected or "the API did not say which version upstream shows"
    return NotCompared(day, what, why, is_rejected=bool(texts.rejected))


def _explain_absence(change: Change, view: SourceView, texts: ApiTexts, skipped: list[NotCompared]) -> Iterable[Change]:
    """Return the change of a paper that upstream lacks with what its categories say: it may have been a cross-list."""
    entry = _entries_by_id(view).get(change.id) if change.id is not None else None
    if change.code != "missing-upstream" or entry is None:
        return [change]
    found = texts.newest.get(entry.id)
    if found is not None:
        return [_explain_by_categories(change, entry, view, found)]
    if entry.section is not None:
        if entry.id not in texts.absent:
            return [change]
        # arXiv may have deleted it, or never had it: that it was deleted, only a source that says so can know.
        return [
            replace(change, detail=f"the API does not know it either, as seen on {texts.absent[entry.id]:%Y-%m-%d}")
        ]
    what = f"{entry.id}, which upstream lacks and which may have been a cross-list"
    skipped.append(_note_silence(change.day, what, texts))
    return []


def _explain_by_categories(change: Change, entry: Entry, view: SourceView, found: ApiEntry) -> Change:
    categories = found.paper.categories
    if has_category(categories, view.theirs.category):
        return replace(change, detail="upstream has the paper, and lists it on another date or not at all")
    code = "missing-upstream" if entry.section is Section.NEW else "crosslist-removed"
    return replace(change, code=code, detail=f"upstream has it in {' '.join(categories)} by now")


def describe_deletion(deletion: Deletion) -> str:
    """Return who said that a paper is deleted, and when, in words."""
    return f"as seen on {deletion.seen:%Y-%m-%d} ({deletion.source})"


def mark_deleted(found: DayDifferences, deletions: Mapping[PaperId, Deletion]) -> DayDifferences:
    """Return the same with one change for every paper of the date that upstream says it deleted: it is not missing there."""
    kept = [change for change in found.changes if change.id not in deletions or change.code != "missing-upstream"]
    marked = [
        Change(found.view.day, "deleted", one.id, None, one.title, None, describe_deletion(deletions[one.id]))
        for one in _entries_by_id(found.view).values()
        if one.id in deletions
    ]
    return replace(found, changes=(*kept, *marked))


def mark_withdrawn(found: DayDifferences, withdrawals: Mapping[PaperId, str]) -> DayDifferences:
    """Return the same with a change for every paper of the date that is known to be withdrawn.

    The changes that the withdrawal explains are left out. `withdrawals` gives the reason for each paper in words.
    """
    reported = {change.id for change in found.changes if change.code == "withdrawn"}
    gone = [one for one in _entries_by_id(found.view).values() if one.id in withdrawals and one.id not in reported]
    if not gone:
        return found
    kept = [change for change in found.changes if change.id not in withdrawals or change.code != "revised"]
    marked = [
        Change(found.view.day, "withdrawn", entry.id, None, entry.title, None, withdrawals[entry.id]) for entry in gone
    ]
    return replace(found, changes=(*kept, *marked))
