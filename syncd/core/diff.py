"""Two accounts of one mailing compared, paper by paper.

It must not decide which of the two is right, or what is to be done about it.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from syncd.core.markup import abstract_from_raw, title_from_raw
from syncd.core.model import Change, Placed, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syncd.core.model import Digest, Entry, PaperId

    Spelling = Callable[[str], str]

# `[^<>]` rather than a lazy dot: text may be hostile, and this stays linear.
_ANCHOR = re.compile(r"<a\b(?P<attributes>[^<>]*)>(?P<text>[^<]*)</a>")
_HREF = re.compile(r'\bhref="([^"]*)"')
_TAG = re.compile(r"(<br>|<a\b[^<>]*>|</a>)")
_STANDS_FOR_URL = re.compile(r"this \w+ URL")


def compare(ours: Digest, theirs: Digest) -> tuple[Change, ...]:
    """Every difference in file order (what only `theirs` has stands where it would stand); () when there is none.

    Compared are day, membership, section where both know it, title, abstract and order; tail, `placed` and a version that left
    the text as it was are no differences. A text that differs is `revised` when theirs is of a later version than ours (ours
    counts as v1 where unknown), `stale-source` when it is of an earlier one, `markup-only` when both read the same.
    """
    if ours == theirs:
        return ()
    return tuple(_changes(ours, theirs))


def _changes(ours: Digest, theirs: Digest) -> Iterator[Change]:
    if ours.day != theirs.day:
        yield Change(ours.day, "wrong-day", ours=ours.day.isoformat(), theirs=theirs.day.isoformat())
    yield from _duplicates(ours, theirs)
    mine = {entry.id: entry for entry in reversed(ours.entries)}
    other = {entry.id: entry for entry in reversed(theirs.entries)}
    exact = _listed(theirs) and not _listed(ours)
    for paper in _in_file_order(ours, theirs):
        left, right = mine.get(paper), other.get(paper)
        if left is None and right is not None:
            yield _missing_local(ours, right, exact=exact)
        elif right is None and left is not None:
            yield _missing_upstream(ours, left)
        elif left is not None and right is not None:
            yield from _of_paper(ours, left, right)
    yield from _reordered(ours, theirs)


def _listed(digest: Digest) -> bool:
    return all(entry.placed is Placed.LISTED for entry in digest.entries)


def _duplicates(ours: Digest, theirs: Digest) -> Iterator[Change]:
    mine = Counter(entry.id for entry in ours.entries)
    other = Counter(entry.id for entry in theirs.entries)
    for paper in mine | other:
        if max(mine[paper], other[paper]) > 1:
            yield Change(ours.day, "duplicate", paper, ours=str(mine[paper]), theirs=str(other[paper]))


def _in_file_order(ours: Digest, theirs: Digest) -> Iterator[PaperId]:
    """Every id once: ours in their order, and what only theirs has before the next id that both have."""
    mine = dict.fromkeys(entry.id for entry in ours.entries)
    other = dict.fromkeys(entry.id for entry in theirs.entries)
    rest = iter(other)
    passed: set[PaperId] = set()
    for paper in mine:
        while paper in other and paper not in passed:
            following = next(rest)
            passed.add(following)
            if following not in mine:
                yield following
        yield paper
    yield from (paper for paper in rest if paper not in mine)


def _missing_local(ours: Digest, entry: Entry, *, exact: bool) -> Change:
    """A cross-list that ours has not: drift, unless the mailing's own listing shows it and ours was not taken from a listing."""
    later = entry.section is Section.CROSS and not exact
    code = "crosslist-added" if later else "missing-local"
    return Change(ours.day, code, entry.id, theirs=entry.title, detail=entry.section or "")


def _missing_upstream(ours: Digest, entry: Entry) -> Change:
    code = "crosslist-removed" if entry.section is Section.CROSS else "missing-upstream"
    return Change(ours.day, code, entry.id, ours=entry.title, detail=entry.section or "")


def _of_paper(digest: Digest, ours: Entry, theirs: Entry) -> Iterator[Change]:
    if ours.section and theirs.section and ours.section != theirs.section:
        yield Change(digest.day, "section-changed", ours.id, "section", ours.section, theirs.section)
    for field, left, right in (("title", ours.title, theirs.title), ("abstract", ours.abstract, theirs.abstract)):
        if left != right:
            code, detail = _of_text(field, ours, theirs)
            yield Change(digest.day, code, ours.id, field, left, right, detail)


def _of_text(field: str, ours: Entry, theirs: Entry) -> tuple[str, str]:
    """Code and detail of a text that differs."""
    held, shown = ours.version or 1, theirs.version
    if shown is not None and shown > held:
        return "revised", f"v{held} here, v{shown} there"
    if shown is not None and shown < held:
        return "stale-source", f"v{held} here, v{shown} there"
    if field == "title":
        rules = _rules_between(ours.title, theirs.title, title_from_raw)
    else:
        rules = _rules_between(ours.abstract, theirs.abstract, abstract_from_raw)
    return ("markup-only", rules) if rules else (f"{field}-changed", "")


def _rules_between(left: str, right: str, spelling: Spelling) -> str:
    """The rules of canonical HTML that account for the difference: one where one suffices; "" where all together do not."""
    readings = _readings(spelling)
    for name, reading in readings.items():
        if reading(left) == reading(right):
            return name
    names = []
    for name, reading in readings.items():
        before = left, right
        left, right = reading(left), reading(right)
        names += [name] if (left, right) != before else []
        if left == right:
            return ", ".join(names)
    return ""


def _readings(spelling: Spelling) -> dict[str, Spelling]:
    """What undoes each rule, in the order in which they can be undone together."""
    return {
        "blank": _single_blanks,
        "break": _without_breaks,
        "link": _without_links,
        "entity": partial(_between_tags, _escaped),
        "accent": partial(_between_tags, spelling),
    }


def _single_blanks(text: str) -> str:
    return " ".join(text.split())


def _without_breaks(text: str) -> str:
    return _single_blanks(text.replace("<br>", " "))


def _without_links(text: str) -> str:
    # A host without scheme was linked too, as http.
    return _ANCHOR.sub(_as_written, text).replace("http://", "")


def _between_tags(spelling: Spelling, text: str) -> str:
    """Each piece of text between tags decoded and spelt anew; an escaped tag never comes to read like a real one."""
    pieces = _TAG.split(text)
    pieces[::2] = [spelling(html.unescape(piece)) for piece in pieces[::2]]
    return "".join(pieces)


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _as_written(anchor: re.Match[str]) -> str:
    """What the author typed: the address where the text only stands for it."""
    href = _HREF.search(anchor["attributes"])
    if href is not None and _STANDS_FOR_URL.fullmatch(anchor["text"]):
        return href[1]
    return anchor["text"]


def _reordered(ours: Digest, theirs: Digest) -> Iterator[Change]:
    """One change where the papers that both have in the same section stand in another order."""
    mine = {entry.id: entry.section for entry in ours.entries}
    other = {entry.id: entry.section for entry in theirs.entries}
    left = [paper for paper in mine if paper in other and _same_section(mine[paper], other[paper])]
    right = [paper for paper in other if paper in mine and _same_section(mine[paper], other[paper])]
    for here, there in zip(left, right, strict=True):
        if here != there:
            yield Change(ours.day, "order-only", None, None, here, there, "the first place that differs")
            return


def _same_section(ours: Section | None, theirs: Section | None) -> bool:
    return ours is None or theirs is None or ours is theirs
