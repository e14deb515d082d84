"""Two versions of one mailing compared, paper by paper.

It must not decide which of the two is right, or what is to be done about it.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TYPE_CHECKING

from syncd.core.markup import abstract_from_raw, title_from_raw
from syncd.core.model import Certainty, Change, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from syncd.core.model import Digest, Entry, PaperId

    Spelling = Callable[[str], str]

# `[^<>]` rather than a lazy dot: text may be hostile, and this stays linear.
_ANCHOR = re.compile(r"<a\b(?P<attributes>[^<>]*)>(?P<text>[^<]*)</a>")
_HREF = re.compile(r'\bhref="([^"]*)"')
_TAG = re.compile(r"(<br>|<a\b[^<>]*>|</a>)")
_URL_PLACEHOLDER = re.compile(r"this \w+ URL")


def compare(ours: Digest, theirs: Digest) -> tuple[Change, ...]:
    """Return every difference in file order, or () when there is none.

    What only `theirs` has comes at the position that it would have in ours. Compared are day, membership, section where both
    know it, title, abstract and order. The tail, `placed`, and a version that left the text unchanged are no differences.

    A text that differs is `revised` when theirs is of a later version than ours, `stale-source` when it is of an earlier
    one, and `markup-only` when both read the same. An unknown version of ours counts as the first.
    """
    return () if ours == theirs else tuple(_find_changes(ours, theirs))


def _find_changes(ours: Digest, theirs: Digest) -> Iterator[Change]:
    if ours.day != theirs.day:
        yield Change(ours.day, "wrong-day", ours=ours.day.isoformat(), theirs=theirs.day.isoformat())
    yield from _find_duplicates(ours, theirs)
    mine = {entry.id: entry for entry in reversed(ours.entries)}
    other = {entry.id: entry for entry in reversed(theirs.entries)}
    # A cross-list is often added later, which is drift. On the mailing's own listing it was there from the beginning.
    is_announced = _is_from_listing(theirs) and not _is_from_listing(ours)
    for paper in _sort_in_file_order(ours, theirs):
        left, right = mine.get(paper), other.get(paper)
        if left is None and right is not None:
            code = "crosslist-added" if right.section is Section.CROSS and not is_announced else "missing-local"
            yield Change(ours.day, code, paper, theirs=right.title, detail=right.section or "")
        elif right is None and left is not None:
            code = "crosslist-removed" if left.section is Section.CROSS else "missing-upstream"
            yield Change(ours.day, code, paper, ours=left.title, detail=left.section or "")
        elif left is not None and right is not None:
            yield from _compare_entries(ours.day, left, right)
    yield from _compare_order(ours, theirs)


def _is_from_listing(digest: Digest) -> bool:
    return all(entry.certainty is Certainty.LISTED for entry in digest.entries)


def _find_duplicates(ours: Digest, theirs: Digest) -> Iterator[Change]:
    mine = Counter(entry.id for entry in ours.entries)
    other = Counter(entry.id for entry in theirs.entries)
    for paper in mine | other:
        if max(mine[paper], other[paper]) > 1:
            yield Change(ours.day, "duplicate", paper, ours=str(mine[paper]), theirs=str(other[paper]))


def _sort_in_file_order(ours: Digest, theirs: Digest) -> Iterator[PaperId]:
    """Yield every id once: ours in their order, and what only theirs has before the next id that both have."""
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


def _compare_entries(day: date, ours: Entry, theirs: Entry) -> Iterator[Change]:
    if ours.section and theirs.section and ours.section != theirs.section:
        yield Change(day, "section-changed", ours.id, "section", ours.section, theirs.section)
    for field, left, right in (("title", ours.title, theirs.title), ("abstract", ours.abstract, theirs.abstract)):
        if left != right:
            code, detail = _classify_text(field, ours, theirs)
            yield Change(day, code, ours.id, field, left, right, detail)


def _classify_text(field: str, ours: Entry, theirs: Entry) -> tuple[str, str]:
    """Return code and detail of a text that differs."""
    held, shown = ours.version or 1, theirs.version
    if shown is not None and shown != held:
        return "revised" if shown > held else "stale-source", f"v{held} here, v{shown} upstream"
    if field == "title":
        rules = _find_markup_rules(ours.title, theirs.title, title_from_raw)
    else:
        rules = _find_markup_rules(ours.abstract, theirs.abstract, abstract_from_raw)
    return ("markup-only", rules) if rules else (f"{field}-changed", "")


def _find_markup_rules(left: str, right: str, spell: Spelling) -> str:
    """Return the rules of canonical HTML that explain the difference: one where one is enough, "" where all are not."""
    # In the order in which the rules can be undone together: each finds the text as the ones before it leave it.
    rules: dict[str, Spelling] = {
        "blank": lambda text: " ".join(text.split()),
        "break": lambda text: " ".join(text.replace("<br>", " ").split()),
        # A host without a scheme was linked too, as http.
        "link": lambda text: _ANCHOR.sub(_unlink, text).replace("http://", ""),
        "entity": lambda text: _respell_between_tags(lambda piece: html.escape(piece, quote=False), text),
        "accent": lambda text: _respell_between_tags(spell, text),
    }
    for name, undo in rules.items():
        if undo(left) == undo(right):
            return name
    names = []
    for name, undo in rules.items():
        before = left, right
        left, right = undo(left), undo(right)
        names += [name] if (left, right) != before else []
        if left == right:
            return ", ".join(names)
    return ""


def _respell_between_tags(spell: Spelling, text: str) -> str:
    """Decode and respell each piece of text between tags. An escaped tag never becomes equal to a real one."""
    pieces = _TAG.split(text)
    pieces[::2] = [spell(html.unescape(piece)) for piece in pieces[::2]]
    return "".join(pieces)


def _unlink(anchor: re.Match[str]) -> str:
    """Return what the author typed: the address of a link whose text only stands for it, else the text."""
    href = _HREF.search(anchor["attributes"])
    if href is not None and _URL_PLACEHOLDER.fullmatch(anchor["text"]):
        return href[1]
    return anchor["text"]


def _compare_order(ours: Digest, theirs: Digest) -> Iterator[Change]:
    """Yield one change where the papers that both have in the same section are in another order."""
    mine = {entry.id: entry.section for entry in ours.entries}
    other = {entry.id: entry.section for entry in theirs.entries}
    left = [paper for paper in mine if paper in other and _may_be_same(mine[paper], other[paper])]
    right = [paper for paper in other if paper in mine and _may_be_same(mine[paper], other[paper])]
    for here, there in zip(left, right, strict=True):
        if here != there:
            yield Change(ours.day, "order-only", None, None, here, there, "the first place that differs")
            return


def _may_be_same(ours: Section | None, theirs: Section | None) -> bool:
    return ours is None or theirs is None or ours is theirs
