"""Show a comparison as Markdown, for an issue or a note. Foreign texts are fenced so that they cannot end the fence."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.core.plural import pluralize
from syncd.core.printable import printable
from syncd.core.reasons import REASONS, severity
from syncd.report.diff.word_diff import prepare_sides

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from syncd.core.model import Change
    from syncd.core.results import Comparison, NotCompared

_TICKS = re.compile("`+")


def lines(compared: Comparison) -> Iterator[str]:
    """Yield a section for each date, an item for each difference, the meanings of the codes, and what was not compared."""
    yield "# Archive and upstream"
    yield ""
    yield f"{pluralize(compared.days, 'day')} compared, {pluralize(len(compared.changes), 'difference')}."
    for day, changes in groupby(compared.changes, key=lambda change: change.day):
        yield from ("", f"## {day}", "")
        for change in changes:
            yield from _change(change)
    yield from _meanings(compared.changes)
    yield from _not_compared(compared.not_compared)


def _change(change: Change) -> Iterator[str]:
    paper = f"[{change.id}](https://arxiv.org/abs/{change.id}) " if change.id else ""
    field = f" ({change.field})" if change.field else ""
    detail = f": {code(change.detail)}" if change.detail else ""
    yield f"- {paper}**{change.code}**, {severity(change.code)}{field}{detail}"
    ours, theirs = prepare_sides(change)
    texts = [f"- {ours}"] * (change.ours is not None) + [f"+ {theirs}"] * (change.theirs is not None)
    if texts:
        fence = _fence(texts)
        yield from ("", f"  {fence}diff", *(f"  {text}" for text in texts), f"  {fence}", "")


def code(text: str) -> str:
    """Return foreign text as a code span that it cannot end."""
    shown = printable(text)
    ticks = "`" * (1 + max((len(run) for run in _TICKS.findall(shown)), default=0))
    return f"{ticks} {shown} {ticks}" if "`" in shown else f"{ticks}{shown}{ticks}"


def _fence(texts: Sequence[str]) -> str:
    return "`" * max(3, 1 + max((len(run) for text in texts for run in _TICKS.findall(text)), default=0))


def _meanings(changes: Iterable[Change]) -> Iterator[str]:
    codes = sorted({change.code for change in changes})
    if codes:
        yield from ("", "## What the codes mean", "")
        yield from (f"- **{one}** ({severity(one)}): {REASONS[one].meaning}" for one in codes)


def _not_compared(skipped: Iterable[NotCompared]) -> Iterator[str]:
    reasons: dict[tuple[str, str], int] = {}
    for one in skipped:
        reasons[one.what, one.why] = reasons.get((one.what, one.why), 0) + 1
    if reasons:
        yield from ("", "## Not compared", "")
        yield from (
            f"- {code(what)} of {pluralize(count, 'date')}: {code(why)}" for (what, why), count in reasons.items()
        )
