"""Texts that differ from upstream, told apart by versions: upstream moving on is drift, anything else is a fault.

    differing papers ─► newest version (API, unversioned) ─► newer than announced? ─► the text announced (table or API)
                                                                                   └─► ours equals it: revised, else a fault

Listing pages do not say which version they show. One request tells of 300 papers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syncd.core import diff as diffs
from syncd.core.model import Change, Digest, Section
from syncd.core.results import NotCompared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from syncd.core.model import Entry, PaperId
    from syncd.usecases.compare.api_texts import Texts
    from syncd.usecases.compare.statement import Statement

TEXTS = frozenset({"title-changed", "abstract-changed", "revised"})
"""Codes of a text that differs in more than its markup."""
_WITHDRAWN = re.compile(
    r"(?:(?:(?:this|the) )?(?:paper|article|submission|manuscript|work) (?:(?:has been|is|was) )?)?withdrawn\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A date's differences under their true codes, and what could not be told."""

    statement: Statement
    changes: tuple[Change, ...]
    not_compared: tuple[NotCompared, ...] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    """One paper whose text differs: as held, as stated, and the changes that were found."""

    ours: Entry
    theirs: Entry
    changes: tuple[Change, ...]

    @property
    def announced(self) -> int:
        """The version whose text should be held."""
        return self.ours.version or 1


def needing(judged: Iterable[Judged]) -> set[PaperId]:
    """The papers whose differences cannot be judged without their versions or categories."""
    found = (change for one in judged for change in one.changes)
    return {change.id for change in found if change.id is not None and change.code in TEXTS | {"missing-upstream"}}


def explain(found: Sequence[Judged], texts: Texts) -> list[Judged]:
    """The same with every differing text judged by its version, and every paper gone from a section not known by its categories.

    Without a way to ask, the versions that the source itself told must do. UpstreamError when nobody answers any more.
    """
    texts.ask_newest(needing(found))
    cases = [case for one in found for case in _cases(one)]
    texts.ask([(case.ours.id, case.announced) for case in cases if _newest(case, texts) not in {None, case.announced}])
    texts.ask([(case.ours.id, number) for case in cases for number in _others(case, texts)])
    return [_explained(one, texts) for one in found]


def _cases(judged: Judged) -> Iterator[_Case]:
    ours = {entry.id: entry for entry in judged.statement.ours.entries} if judged.statement.ours else {}
    theirs = {entry.id: entry for entry in judged.statement.theirs.entries}
    for paper in dict.fromkeys(change.id for change in judged.changes if change.code in TEXTS):
        if paper is not None:
            its = tuple(
                change for change in judged.changes if change.id == paper and change.field in {"title", "abstract"}
            )
            yield _Case(ours[paper], theirs[paper], its)


def _newest(case: _Case, texts: Texts) -> int | None:
    found = texts.newest.get(case.ours.id)
    return found.paper.version if found is not None else case.theirs.version


def _others(case: _Case, texts: Texts) -> Iterator[int]:
    """The versions between the first and the newest whose text an entry of unknown version may hold."""
    newest = _newest(case, texts)
    if case.ours.version is None and newest is not None and not _holds(case, case.announced, texts):
        yield from range(2, newest)


def _holds(case: _Case, version: int, texts: Texts) -> bool | None:
    """Whether our text is that of a version, markup aside; None when the version's text is not known."""
    text = _text(case, version, texts)
    if text is None:
        return None
    return not any(change.code in TEXTS for change in _against(case, text))


def _text(case: _Case, version: int, texts: Texts) -> tuple[str, str] | None:
    if case.theirs.version == version:
        return case.theirs.title, case.theirs.abstract
    return texts.of(case.ours.id, version)


def _against(case: _Case, text: tuple[str, str]) -> tuple[Change, ...]:
    """Our text against another of the same version."""
    ours = replace(case.ours, section=None, version=None)
    theirs = replace(ours, title=text[0], abstract=text[1])
    day = case.changes[0].day
    return diffs.compare(Digest(day, "", (ours,)), Digest(day, "", (theirs,)))


def _explained(judged: Judged, texts: Texts) -> Judged:
    cases = {case.ours.id: case for case in _cases(judged)}
    changes: list[Change] = []
    skipped: list[NotCompared] = []
    told: set[PaperId] = set()
    for change in judged.changes:
        case = cases.get(change.id) if change.id is not None and change.field in {"title", "abstract"} else None
        if case is None:
            changes.append(_gone(change, judged.statement, texts))
        elif case.ours.id not in told:
            told.add(case.ours.id)
            changes += _verdict(case, texts, skipped)
    return replace(judged, changes=tuple(changes), not_compared=(*judged.not_compared, *skipped))


def _verdict(case: _Case, texts: Texts, skipped: list[NotCompared]) -> Iterable[Change]:
    newest, announced, paper = _newest(case, texts), case.announced, case.ours.id
    day, told = case.changes[0].day, f"v{announced} here, v{newest} there"
    if newest is None:
        skipped.append(NotCompared(day, f"version of {paper}", "the API does not say which version upstream shows"))
        return case.changes
    if newest < announced:
        return [replace(change, code="stale-source", detail=told) for change in case.changes]
    same = _holds(case, announced, texts)
    if newest == announced:
        return [_doubted(change) for change in case.changes] if same else case.changes
    if same is None and texts.web is not None:
        why = "the API kept it back: whether ours is the text announced is not proven"
        skipped.append(NotCompared(day, f"text of {paper}v{announced}", why))
    return _moved_on(case, texts, newest, told) if same is False else _revised(case, texts, told)


def _moved_on(case: _Case, texts: Texts, newest: int, told: str) -> Iterable[Change]:
    """Ours is not the text announced: that of a later version, where ours is of no version known, or of none."""
    announced = case.announced
    versions = range(2, newest + 1) if case.ours.version is None else ()
    held = next((number for number in versions if _holds(case, number, texts)), None)
    if held is not None:
        return _revised(case, texts, f"the text of v{held} here, v{announced} was announced, v{newest} there")
    text = _text(case, announced, texts)
    found = _against(case, text) if text is not None else case.changes
    detail = f"{told}, and ours is neither" if newest == announced + 1 else f"{told}, and ours is none of them"
    return [replace(change, detail=detail) for change in found if change.code in TEXTS]


def _revised(case: _Case, texts: Texts, detail: str) -> Iterable[Change]:
    if _says_withdrawn(case, texts):
        return [
            replace(case.changes[0], code="withdrawn", field=None, ours=case.ours.title, theirs=None, detail=detail)
        ]
    return [c if c.code == "markup-only" else replace(c, code="revised", detail=detail) for c in case.changes]


def _doubted(change: Change) -> Change:
    return change if change.code == "markup-only" else replace(change, detail="the API shows the text of the archive")


def _says_withdrawn(case: _Case, texts: Texts) -> bool:
    """Whether the newest version itself says so: in its comment, or in place of its abstract as authors put it too."""
    newest = texts.newest.get(case.ours.id)
    said = (case.theirs.abstract,) if newest is None else (newest.comment, newest.paper.abstract or "")
    return any(_WITHDRAWN.match(" ".join(text.split())) for text in said)


def _gone(change: Change, statement: Statement, texts: Texts) -> Change:
    """A paper of no known section that upstream lacks: its categories tell whether it was a cross-list."""
    found = texts.newest.get(change.id) if change.id is not None else None
    if change.code != "missing-upstream" or found is None:
        return change
    category, theirs = statement.theirs.category, found.paper.categories
    if category in theirs:
        return replace(change, detail="upstream has the paper, and lists it on another date or not at all")
    detail = f"upstream has it in {' '.join(theirs)} by now"
    section = next((e.section for e in statement.ours.entries if e.id == change.id), None) if statement.ours else None
    code = "missing-upstream" if section is Section.NEW else "crosslist-removed"
    return replace(change, code=code, detail=detail)


def withdrawn(judged: Judged, known: Mapping[PaperId, str]) -> Judged:
    """The same with every paper of the date that is known to be withdrawn named so; what that explains is left out."""
    ours = {entry.id: entry for entry in judged.statement.ours.entries} if judged.statement.ours else {}
    gone = [paper for paper in ours if paper in known]
    if not gone:
        return judged
    explained = {"revised", "withdrawn"}
    kept = [change for change in judged.changes if change.id not in known or change.code not in explained]
    told = [_withdrawal(judged, ours[paper], known[paper]) for paper in gone]
    return replace(judged, changes=(*kept, *told))


def _withdrawal(judged: Judged, entry: Entry, detail: str) -> Change:
    return Change(judged.statement.day, "withdrawn", entry.id, None, entry.title, None, detail)
