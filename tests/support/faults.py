"""More faults of the loopback arXiv, beside those that the rehearsal itself needs."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from syncd.rehearsal import reply as replies
from syncd.rehearsal.faults import Fault, Faults, drip, halved, status
from syncd.rehearsal.sheets import Row, Sheet, SheetBlock, sections, short_date
from tests.support.changed_history import before

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from syncd.core.model import PaperId
    from syncd.rehearsal.reply import Reply
    from syncd.rehearsal.scene import Scene

__all__ = ["Fault", "Faults", "drip", "halved", "status"]


def rate_exceeded() -> Fault:
    """429 as arXiv sends it: fourteen bytes and no Retry-After."""
    return status(429, body="Rate exceeded.")


def database_lag() -> Fault:
    """503 with Retry-After: 300 in plain text, as `/list` answers while its database is behind."""
    return status(503, retry_after=300, body="Service is catching up, try again later.")


def reset(after: int = 0) -> Fault:
    """The connection is reset after `after` bytes of the body; 0 is before the first byte of the answer."""
    return Fault("reset", reply=lambda reply, _scene: replace(reply, reset_at=after))


def truncated(share: float = 0.5) -> Fault:
    """The connection ends after a share of the bytes that Content-Length promises."""
    return Fault("truncated", reply=lambda reply, _scene: _truncate(reply, share))


def bomb(size: int = 65 << 20) -> Fault:
    """A small gzip body that unpacks to `size` bytes of blanks."""
    encoding = (("Content-Encoding", "gzip"),)
    return Fault("bomb", reply=lambda reply, _scene: replace(reply, body=_packed(size), headers=encoding))


def typed(kind: str) -> Fault:
    """The right body under a wrong content type."""
    return Fault(f"typed {kind}", reply=lambda reply, _scene: replace(reply, kind=kind))


def rewritten(old: str, new: str) -> Fault:
    """The body with this text written differently."""
    return Fault(
        "rewritten", reply=lambda reply, _scene: replace(reply, body=reply.body.replace(old.encode(), new.encode()))
    )


def redirect(location: str, code: int = 302) -> Fault:
    """The client is sent elsewhere."""
    moved = ("Location", location)
    return Fault(f"redirect {location}", reply=lambda _reply, _scene: replies.html("<p>Moved.</p>\n", code, moved))


def maintenance() -> Fault:
    """A page that has nothing to do with the question, with status 200."""
    text = "<!DOCTYPE html>\n<html><body><h1>Down for maintenance</h1><p>Please come back later.</p></body></html>\n"
    return Fault("maintenance", reply=lambda _reply, _scene: replies.html(text))


def wrong_date(day: date) -> Fault:
    """The right entries under another date in the (first) heading."""
    return Fault("wrong date", sheet=lambda sheet, _scene: _dated(sheet, day))


def missing(at: int = 0) -> Fault:
    """Entry number `at` (from 0) is counted and not printed."""
    return Fault("missing", sheet=lambda sheet, _scene: with_row(sheet, at, None))


def duplicated(at: int = 0) -> Fault:
    """Entry number `at` (from 0) also takes the position of the next one, and all counts agree."""
    return Fault("duplicated", sheet=lambda sheet, _scene: with_row(sheet, at + 1, _rows(sheet)[at]))


def hollow() -> Fault:
    """The page states its total and shows no entry at all: `catchup` while its database is behind."""
    return Fault("hollow", sheet=lambda sheet, _scene: replace(sheet, stated=sheet.total, blocks=()))


def skewed() -> Fault:
    """The trap of `/recent`: the newest entry has gone, and the sections are cut by the counts of before.

    The first section still says "n of n" and holds the first paper of the day before.
    """
    return Fault("skewed", sheet=lambda sheet, _scene: _skewed(sheet))


def stale() -> Fault:
    """The page or feed of one mailing earlier, whole and consistent in itself."""
    return Fault("stale", scene=_one_earlier)


def stale_feed() -> Fault:
    """The RSS feed of today, freshly built, with the items of the mailing before."""
    return Fault("stale feed", scene=lambda scene: replace(scene, batch=before(scene.history, scene.today)))


def stale_entries() -> Fault:
    """The entries of the mailing before under the right date (`/new`, `catchup`, the first section of `/recent`)."""
    return Fault("stale entries", sheet=_with_older_entries)


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


def _truncate(reply: Reply, share: float) -> Reply:
    body = reply.body[: int(len(reply.body) * share)]
    return replace(reply, body=body, missing=len(reply.body) - len(body))


@lru_cache(maxsize=2)
def _packed(size: int) -> bytes:
    return gzip.compress(b" " * size, compresslevel=1, mtime=0)


def _dated(sheet: Sheet, day: date) -> Sheet:
    if sheet.kind == "recent":
        first, *others = sheet.blocks
        return replace(sheet, blocks=(replace(first, name=short_date(day)), *others))
    return replace(sheet, day=day)


def _rows(sheet: Sheet) -> list[Row | None]:
    return [row for block in sheet.blocks for row in block.rows]


def _skewed(sheet: Sheet) -> Sheet:
    rows = _rows(sheet)[1:]
    blocks = []
    for block in sheet.blocks:
        count = len(block.rows)
        part, rows = rows[:count], rows[count:]
        blocks.append(SheetBlock(block.name, (*part, *[None] * (count - len(part)))))
    return replace(sheet, blocks=tuple(blocks))


def _one_earlier(scene: Scene) -> Scene:
    return scene if scene.newest is None else replace(scene, newest=before(scene.history, scene.newest))


def _with_older_entries(sheet: Sheet, scene: Scene) -> Sheet:
    if sheet.kind == "recent":
        first, second, *others = sheet.blocks
        return replace(sheet, blocks=(replace(first, rows=second.rows), second, *others))
    older = before(scene.history, sheet.day)
    return replace(sheet, blocks=sections(scene, sheet.category, older) if older else ())


def _retitled(sheet: Sheet, _scene: Scene, *, text: str, at: int, escaped: bool) -> Sheet:
    row = _rows(sheet)[at]
    if row is None:
        return sheet
    changed = replace(row, record=replace(row.record, title=text)) if escaped else replace(row, markup=text)
    return with_row(sheet, at, changed)


def with_row(sheet: Sheet, at: int, row: Row | None) -> Sheet:
    """Return the sheet with its entry number `at` (from 0, over all blocks) replaced, or the same sheet if it has none."""
    blocks = list(sheet.blocks)
    for place, block in enumerate(blocks):
        if at < len(block.rows):
            blocks[place] = replace(block, rows=(*block.rows[:at], row, *block.rows[at + 1 :]))
            return replace(sheet, blocks=tuple(blocks))
        at -= len(block.rows)
    return sheet
