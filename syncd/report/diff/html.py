"""Show a comparison as one self-contained HTML page: no script, nothing loaded, every text escaped."""

from __future__ import annotations

from collections import Counter
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.core.plural import pluralize
from syncd.core.printable import printable
from syncd.core.reasons import REASONS, severity
from syncd.report.diff.word_diff import compare_words, prepare_sides
from syncd.report.terminal import list_dates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.core.model import Change, PaperId
    from syncd.core.results import Comparison, NotCompared

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
color: #1c1c1c; background: #fff; }
h2 { border-bottom: 1px solid #ccc; margin-top: 2rem; } h3 { margin-bottom: .2rem; font-size: 1rem; }
p { margin: .3rem 0; } .fault { color: #a40000; } .drift { color: #7a5b00; } .hint { color: #005a87; }
.text { overflow-wrap: anywhere; border-left: .3rem solid #ddd; padding-left: .8rem; }
del { background: #ffd9d9; } ins { background: #d6f5d6; text-decoration: none; }
@media (prefers-color-scheme: dark) { body { color: #e4e4e4; background: #16181c; } .fault { color: #ff8f8f; }
.drift { color: #e6c35c; } .hint { color: #7cc4ee; } del { background: #6b2326; } ins { background: #1f5130; }
a { color: #8ab4f8; } .text { border-color: #444; } }
"""
_SAFE = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def lines(compared: Comparison) -> Iterator[str]:
    """Yield the page: the totals, a section for each date, the meanings of the codes, and what was not compared."""
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8"><title>Archive and upstream</title>'
    yield f'<meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="{_SAFE}">'
    yield f"<style>{_STYLE}</style></head><body><h1>Archive and upstream</h1>"
    yield f"<p>{pluralize(compared.days, 'day')} compared, {pluralize(len(compared.changes), 'difference')}.</p>"
    for day, changes in groupby(compared.changes, key=lambda change: change.day):
        yield from _day(day, list(changes))
    yield from _meanings(compared.changes)
    yield from _not_compared(compared.not_compared)
    yield "</body></html>"


def _day(day: date, changes: Sequence[Change]) -> Iterator[str]:
    counts = ", ".join(f"{count} {code}" for code, count in Counter(change.code for change in changes).items())
    yield f'<section id="d{day}"><h2>{day}</h2><p>{counts}</p>'
    for paper, its in groupby(changes, key=lambda change: change.id):
        yield f"<h3>{_link(paper)}</h3>" if paper else ""
        yield from (line for change in its for line in _change(change))
    yield "</section>"


def _link(paper: PaperId) -> str:
    return f'<a href="https://arxiv.org/abs/{escape(paper)}" rel="noreferrer">{escape(paper)}</a>'


def _change(change: Change) -> Iterator[str]:
    kind = severity(change.code)
    field = f" {change.field}" if change.field else ""
    yield f'<p class="{kind}"><b>{change.code}</b>{field} <small>{kind} {_escape(change.detail)}</small></p>'
    ours, theirs = prepare_sides(change)
    if change.ours is not None and change.theirs is not None:
        yield f'<p class="text">{_mark(ours, theirs)}</p>'
    elif change.ours is not None:
        yield f'<p class="text"><del>{escape(ours)}</del></p>'
    elif change.theirs is not None:
        yield f'<p class="text"><ins>{escape(theirs)}</ins></p>'


def _mark(ours: str, theirs: str) -> str:
    """Return one text with the words of both sides. Words of one side only are marked."""
    parts = []
    for run in compare_words(ours, theirs):
        if run.equal:
            parts.append(escape(" ".join(run.ours)))
            continue
        parts += [f"<del>{escape(' '.join(run.ours))}</del>"] if run.ours else []
        parts += [f"<ins>{escape(' '.join(run.theirs))}</ins>"] if run.theirs else []
    return " ".join(parts)


def _escape(text: str) -> str:
    return escape(printable(text))


def _meanings(changes: Iterable[Change]) -> Iterator[str]:
    codes = sorted({change.code for change in changes})
    if codes:
        yield "<h2>What the codes mean</h2><dl>"
        yield from (
            f"<dt><b>{code}</b> ({severity(code)})</dt><dd>{_escape(REASONS[code].meaning)}</dd>" for code in codes
        )
        yield "</dl>"


def _not_compared(skipped: Iterable[NotCompared]) -> Iterator[str]:
    reasons: dict[tuple[str, str], list[date]] = {}
    for part in skipped:
        reasons.setdefault((part.what, part.why), []).append(part.day)
    if reasons:
        yield "<h2>Not compared</h2><ul>"
        yield from (
            f"<li>{_escape(f'{what} of {list_dates(days)}: {why}')}</li>" for (what, why), days in reasons.items()
        )
        yield "</ul>"
