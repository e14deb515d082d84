"""Show a comparison as lines: a line for each date, its papers below it, and of long texts only the words that differ."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.core.plural import pluralize
from syncd.core.printable import printable
from syncd.core.reasons import REASONS, severity
from syncd.report.diff.word_diff import compare_words, prepare_sides
from syncd.report.terminal import list_dates, pad, paint
from syncd.report.text.runs import of_error
from syncd.report.text.skipped_dates import list_skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.core.model import Change
    from syncd.core.results import Comparison, NotCompared

SHOWN = 400
"""At most this many differences are listed. The rest is counted, and JSON lists all."""
_AROUND = 6
"""Words shown on each side of a difference."""
_MARKS = ("[-{}-]", "{{+{}+}}")
"""The marks around words of one side: ours, theirs. A colour alone would not reach everyone."""
_REJECTED = "  run the same command again later, or ask another source: --source"
"""What helps where what upstream sent could not be used."""


def of_diff(compared: Comparison, *, verbose: bool = False) -> Iterator[str]:
    """Yield the differences by date and paper, the meanings of the codes, what was not compared, and the totals.

    Words that differ are marked by signs. `verbose` lists the differences that a person accepted before.
    """
    for day, changes in groupby(compared.changes[:SHOWN], key=lambda change: change.day):
        yield from _day(day, list(changes))
    if len(compared.changes) > SHOWN:
        yield f"… and {len(compared.changes) - SHOWN:,} more; --json lists all"
    yield from _meanings(compared.changes)
    yield from of_remarks(compared, verbose=verbose)


def has_remarks(compared: Comparison) -> bool:
    """Return whether something was not examined or not shown, or ended the comparison early."""
    left = (compared.not_compared, compared.skipped, compared.accepted, compared.error, compared.left_out)
    return any(left) or not compared.days


def of_remarks(compared: Comparison, *, verbose: bool = False) -> Iterator[str]:
    """Yield what was not examined, what is not shown, the totals, and what ended the comparison early."""
    yield from _not_compared(compared.not_compared)
    if any(one.is_rejected for one in compared.not_compared):
        yield _REJECTED
    yield from list_skipped(compared.skipped)
    yield from _list_accepted(compared, verbose=verbose)
    yield _summarize(compared) + (f"; {pluralize(compared.requests, 'request')}" if compared.requests else "")
    if compared.error is not None:
        yield from of_error(compared.error)


def _summarize(compared: Comparison) -> str:
    others = f", {pluralize(compared.left_out, 'difference')} of less weight not shown" if compared.left_out else ""
    if not compared.days and not compared.changes and not others:
        return "nothing was compared"
    if compared.changes or others:
        result = pluralize(len(compared.changes), "difference") + others
    else:
        result = paint("good", "no difference") + (" in what was compared" if compared.not_compared else "")
    only = f" for {', '.join(compared.papers)}" if compared.papers else ""
    return f"{pluralize(compared.days, 'day')} compared{only}: {result}"


def _day(day: date, changes: Sequence[Change]) -> Iterator[str]:
    counts = Counter(change.code for change in changes)
    yield paint("head", f"{day}") + f"  {', '.join(f'{n} {code}' for code, n in counts.items())}"
    for paper, its in groupby(changes, key=lambda change: change.id):
        if paper is not None:
            yield f"  {paper}"
        yield from (line for change in its for line in _change(change))


def _change(change: Change) -> Iterator[str]:
    detail = f"  {printable(change.detail)}" if change.detail else ""
    yield f"    {pad(severity(change.code), 5)}  {change.code}{detail}"
    ours, theirs = prepare_sides(change)
    if change.ours is not None and change.theirs is not None:
        ours, theirs = mark_words(ours, theirs)
    if change.ours is not None:
        yield f"      - {ours}"
    if change.theirs is not None:
        yield f"      + {theirs}"


def mark_words(ours: str, theirs: str) -> tuple[str, str]:
    """Return both texts with the differing words marked. Words far from any difference are left out."""
    found = compare_words(ours, theirs)
    if len(found) == 1:
        return (ours, theirs) if found[0].equal else (paint("ours", ours), paint("theirs", theirs))
    sides: tuple[list[str], list[str]] = [], []
    for position, run in enumerate(found):
        if run.equal:
            kept = _shorten(run.ours, first=position == 0, last=position == len(found) - 1)
            for side in sides:
                side.extend(kept)
        else:
            sides[0].extend(_mark("ours", run.ours))
            sides[1].extend(_mark("theirs", run.theirs))
    return " ".join(sides[0]), " ".join(sides[1])


def _mark(role: str, words: Sequence[str]) -> Sequence[str]:
    return [paint(role, _MARKS[role == "theirs"].format(" ".join(words)))] if words else []


def _shorten(words: Sequence[str], *, first: bool, last: bool) -> list[str]:
    """Return equal words without their middle. At the beginning or the end of a text, leave out the outer part instead."""
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
    for part in skipped:
        reasons.setdefault((part.what, part.why), []).append(part.day)
    for (what, why), days in reasons.items():
        yield f"not compared: {what} of {list_dates(days)}: {printable(why)}"


def _list_accepted(compared: Comparison, *, verbose: bool) -> Iterator[str]:
    if not compared.accepted:
        return
    if verbose:
        yield from (f"accepted: {c.day}  {c.id or ''}  {c.code}  {printable(c.detail)}" for c in compared.accepted)
    yield f"{pluralize(len(compared.accepted), 'accepted difference')} not shown" + (
        "" if verbose else "; -v lists them"
    )
