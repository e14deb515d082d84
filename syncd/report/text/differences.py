"""A comparison as lines: a line a date, its papers under it, and of long texts only the words that differ."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.markup import plain
from syncd.reasons import REASONS, severity
from syncd.report.style import many, padded, paint, printable, some
from syncd.report.text.runs import of_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.model import Change
    from syncd.results import Compared, NotCompared

SHOWN = 400
"""So many differences are listed; the rest is counted (JSON lists all)."""
_AROUND = 6
"""Words shown on each side of a difference."""
_PATIENCE = 4000
"""Longer texts than this many words are not compared word by word."""


def of_diff(compared: Compared) -> Iterator[str]:
    """The differences by date and paper, what each code means, what was not compared, and the sums."""
    for day, changes in groupby(compared.changes[:SHOWN], key=lambda change: change.day):
        yield from _day(day, list(changes))
    if len(compared.changes) > SHOWN:
        yield f"… and {len(compared.changes) - SHOWN:,} more; --json lists all"
    yield from _meanings(compared.changes)
    yield from _not_compared(compared.not_compared)
    told = many(len(compared.changes), "difference") if compared.changes else paint("good", "no difference")
    asked = f"; {many(compared.requests, 'request')}" if compared.requests else ""
    yield f"{many(compared.days, 'day')} compared: {told}{asked}"
    if compared.error is not None:
        yield from of_error(compared.error)


def _day(day: date, changes: Sequence[Change]) -> Iterator[str]:
    counts = Counter(change.code for change in changes)
    yield paint("head", f"{day}") + f"  {', '.join(f'{n} {code}' for code, n in counts.items())}"
    for paper, its in groupby(changes, key=lambda change: change.id):
        if paper is not None:
            yield f"  {paper}"
        yield from (line for change in its for line in _change(change))


def _change(change: Change) -> Iterator[str]:
    detail = f"  {printable(change.detail)}" if change.detail else ""
    yield f"    {padded(severity(change.code), 5)}  {change.code}{detail}"
    ours, theirs = _readable(change)
    if change.ours is not None and change.theirs is not None:
        ours, theirs = marked(ours, theirs)
    if change.ours is not None:
        yield f"      - {ours}"
    if change.theirs is not None:
        yield f"      + {theirs}"


def _readable(change: Change) -> tuple[str, str]:
    """Both sides without markup, unless markup is all they differ in."""
    ours, theirs = change.ours or "", change.theirs or ""
    read = printable(plain(ours)), printable(plain(theirs))
    return read if read[0] != read[1] else (printable(ours), printable(theirs))


def marked(ours: str, theirs: str) -> tuple[str, str]:
    """Both texts with the words that differ in colour, and words far from any difference left out."""
    one, other = ours.split(" "), theirs.split(" ")
    if max(len(one), len(other)) > _PATIENCE:
        return ours, theirs
    codes = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    sides: tuple[list[str], list[str]] = [], []
    for place, (tag, a, b, c, d) in enumerate(codes):
        if tag == "equal":
            kept = _shortened(one[a:b], first=place == 0, last=place == len(codes) - 1)
            for side in sides:
                side.extend(kept)
        else:
            sides[0].extend(paint("ours", word) for word in one[a:b])
            sides[1].extend(paint("theirs", word) for word in other[c:d])
    return " ".join(sides[0]), " ".join(sides[1])


def _shortened(words: Sequence[str], *, first: bool, last: bool) -> list[str]:
    """Equal words with their middle left out, or the outer end where a text begins or ends with them."""
    before = () if first else words[:_AROUND]
    after = () if last else words[-_AROUND:]
    if len(words) <= len(before) + len(after) + 1:
        return list(words)
    return [*before, "…", *after]


def _meanings(changes: Iterable[Change]) -> Iterator[str]:
    codes = dict.fromkeys(change.code for change in changes)
    if codes:
        yield ""
        yield from (f"{code}: {REASONS[code].meaning}" for code in codes)
        yield ""


def _not_compared(skipped: Iterable[NotCompared]) -> Iterator[str]:
    reasons: dict[tuple[str, str], list[date]] = {}
    for one in skipped:
        reasons.setdefault((one.what, one.why), []).append(one.day)
    for (what, why), days in reasons.items():
        yield f"not compared: {what} of {some(days)}: {printable(why)}"
