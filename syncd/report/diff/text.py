"""A comparison as lines: a line a date, its papers under it, and of long texts only the words that differ."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.core.printable import printable
from syncd.core.reasons import REASONS, severity
from syncd.report.diff.word_diff import readable, stretches
from syncd.report.terminal import many, padded, paint, some
from syncd.report.text.runs import of_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.core.model import Change
    from syncd.core.results import Comparison, NotCompared

SHOWN = 400
"""So many differences are listed; the rest is counted (JSON lists all)."""
_AROUND = 6
"""Words shown on each side of a difference."""
_PLAIN = ("[-{}-]", "{{+{}+}}")
"""How words of one side are marked where there is no colour."""


def of_diff(compared: Comparison, *, coloured: bool = True, verbose: bool = False) -> Iterator[str]:
    """The differences by date and paper, what each code means, what was not compared, and the sums.

    Words that differ are marked by signs where they are not `coloured`. `verbose` lists what a person accepted before.
    """
    for day, changes in groupby(compared.changes[:SHOWN], key=lambda change: change.day):
        yield from _day(day, list(changes), coloured=coloured)
    if len(compared.changes) > SHOWN:
        yield f"… and {len(compared.changes) - SHOWN:,} more; --json lists all"
    yield from _meanings(compared.changes)
    yield from _not_compared(compared.not_compared)
    told = many(len(compared.changes), "difference") if compared.changes else paint("good", "no difference")
    asked = f"; {many(compared.requests, 'request')}" if compared.requests else ""
    yield from _accepted(compared, verbose=verbose)
    yield f"{many(compared.days, 'day')} compared: {told}{asked}"
    if compared.error is not None:
        yield from of_error(compared.error)


def _day(day: date, changes: Sequence[Change], *, coloured: bool) -> Iterator[str]:
    counts = Counter(change.code for change in changes)
    yield paint("head", f"{day}") + f"  {', '.join(f'{n} {code}' for code, n in counts.items())}"
    for paper, its in groupby(changes, key=lambda change: change.id):
        if paper is not None:
            yield f"  {paper}"
        yield from (line for change in its for line in _change(change, coloured=coloured))


def _change(change: Change, *, coloured: bool) -> Iterator[str]:
    detail = f"  {printable(change.detail)}" if change.detail else ""
    yield f"    {padded(severity(change.code), 5)}  {change.code}{detail}"
    ours, theirs = readable(change)
    if change.ours is not None and change.theirs is not None:
        ours, theirs = marked(ours, theirs, coloured=coloured)
    if change.ours is not None:
        yield f"      - {ours}"
    if change.theirs is not None:
        yield f"      + {theirs}"


def marked(ours: str, theirs: str, *, coloured: bool = True) -> tuple[str, str]:
    """Both texts with the words that differ marked, and words far from any difference left out."""
    found = stretches(ours, theirs)
    if len(found) == 1:
        return (paint("ours", ours), paint("theirs", theirs)) if coloured and not found[0].equal else (ours, theirs)
    sides: tuple[list[str], list[str]] = [], []
    for place, stretch in enumerate(found):
        if stretch.equal:
            kept = _shortened(stretch.ours, first=place == 0, last=place == len(found) - 1)
            for side in sides:
                side.extend(kept)
        else:
            sides[0].extend(_signed("ours", stretch.ours, coloured=coloured))
            sides[1].extend(_signed("theirs", stretch.theirs, coloured=coloured))
    return " ".join(sides[0]), " ".join(sides[1])


def _signed(role: str, words: Sequence[str], *, coloured: bool) -> Sequence[str]:
    if coloured:
        return [paint(role, word) for word in words]
    return [_PLAIN[role == "theirs"].format(" ".join(words))] if words else []


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


def _accepted(compared: Comparison, *, verbose: bool) -> Iterator[str]:
    if not compared.accepted:
        return
    if verbose:
        yield from (f"accepted: {c.day}  {c.id or ''}  {c.code}  {printable(c.detail)}" for c in compared.accepted)
    yield f"{many(len(compared.accepted), 'accepted difference')} not shown" + ("" if verbose else "; -v lists them")
