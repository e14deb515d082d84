"""More faults of the loopback arXiv, beside those that the rehearsal itself needs."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from syncd.rehearsal.faults import (
    Fault,
    Faults,
    bomb,
    database_lag,
    drip,
    halved,
    maintenance,
    rate_exceeded,
    redirect,
    reset,
    status,
    truncated,
    typed,
)  # fmt: skip
from syncd.rehearsal.page_faults import (
    before,
    duplicated,
    hollow,
    list_rows,
    missing,
    skewed,
    stale,
    stale_entries,
    with_row,
    wrong_date,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Collection

    from syncd.core.model import PaperId
    from syncd.rehearsal.scene import Scene
    from syncd.rehearsal.sheets import Sheet

__all__ = [
    "Fault", "Faults", "bomb", "database_lag", "drip", "duplicated", "halved", "hollow", "maintenance", "missing",
    "rate_exceeded", "redirect", "reset", "skewed", "stale", "stale_entries", "status", "truncated", "typed", "with_row",
    "wrong_date",
]  # fmt: skip


def rewritten(old: str, new: str) -> Fault:
    """The body with this text written differently."""
    return Fault(
        "rewritten", reply=lambda reply, _scene: replace(reply, body=reply.body.replace(old.encode(), new.encode()))
    )


def stale_feed() -> Fault:
    """The RSS feed of today, freshly built, with the items of the mailing before."""
    return Fault("stale feed", scene=lambda scene: replace(scene, batch=before(scene.history, scene.today)))


def hostile_title(text: str, at: int = 0, *, escaped: bool = True) -> Fault:
    """Entry number `at` (from 0) gets a hostile title, escaped as an author's would be, or printed unescaped."""
    return Fault("hostile title", sheet=partial(_retitled, text=text, at=at, escaped=escaped))


def hidden(papers: Collection[PaperId]) -> Fault:
    """These papers are unknown to the answer: a feed that is not complete yet, and counts accordingly."""
    return Fault("hidden", scene=lambda scene: replace(scene, hidden=scene.hidden.union(papers)))


def deleted(papers: Collection[PaperId]) -> Fault:
    """The records of these papers are deleted: OAI gives their headers alone."""
    return Fault("deleted", reply=lambda reply, _scene: replace(reply, body=_delete_records(reply.body, papers)))


def _delete_records(body: bytes, papers: Collection[PaperId]) -> bytes:
    for paper in papers:
        record = rf"<header>(\s*<identifier>oai:arXiv.org:{re.escape(paper)}</identifier>.*?</header>).*?</metadata>"
        body = re.sub(record.encode(), rb'<header status="deleted">\1', body, flags=re.DOTALL)
    return body


def _retitled(sheet: Sheet, _scene: Scene, *, text: str, at: int, escaped: bool) -> Sheet:
    row = list_rows(sheet)[at]
    if row is None:
        return sheet
    changed = replace(row, record=replace(row.record, title=text)) if escaped else replace(row, markup=text)
    return with_row(sheet, at, changed)
